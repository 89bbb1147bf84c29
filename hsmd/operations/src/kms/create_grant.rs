//! `CreateGrant`.

use std::sync::Arc;

use hsmd_gate::aws::{AskedKey, GrantToken, KeyReference, SALT_BYTES};
use hsmd_gate::{Detail, Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{Change, Grant, GrantConstraints, GrantId, GrantOperation, GrantOperations};
use hsmd_policy::GrantTerms;

use super::key::{AccountKey, change, now};
use super::{Error, grants, key_detail};
use crate::{Dependencies, Operation, limits};

/// Lets somebody use a key.
pub struct CreateGrant {
    /// Which key.
    pub key: KeyReference,
    /// Who may use it: an ARN, or a service's name.
    pub grantee: String,
    /// Who may retire the grant: an ARN, or a service's name.
    pub retiring: Option<String>,
    /// The names of what it allows.
    pub operations: Vec<&'static str>,
    /// What a request must be like.
    pub constraints: GrantConstraints,
    /// What the grant is called; empty for no name. The same grant under the same name is made once.
    pub name: String,
    /// Tokens of grants that may allow this one.
    pub grant_tokens: Vec<String>,
    /// Whether only to say what would come of it.
    pub is_dry_run: bool,
}

/// A grant that was made, or found again.
#[derive(Debug, Clone)]
pub struct CreatedGrant {
    /// Its id.
    pub grant_id: String,
    /// A token of it, other than every one before.
    pub token: String,
}

impl Operation for CreateGrant {
    type Permits = Permit<key_use::Modify>;
    type Output = CreatedGrant;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::CREATE_GRANT.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        if self.operations.is_empty() {
            return Err(Error::Validation(
                "A grant must list at least one operation.".to_owned(),
            ));
        }
        grants::check_constraints(&self.constraints)?;
        if grants::is_service(&self.grantee)
            && (self.constraints.source_arn.is_none() || self.retiring.is_none())
        {
            return Err(Error::Validation(
                "A grant to a service must have a SourceArn constraint and a retiring principal."
                    .to_owned(),
            ));
        }
        let GrantConstraints {
            encryption_context_equals,
            encryption_context_subset,
            source_arn: _,
        } = &self.constraints;
        let pairs = encryption_context_equals
            .as_ref()
            .or(encryption_context_subset.as_ref());
        let asked = AskedKey::new(self.key.clone())
            .with_encryption_context(pairs.cloned().unwrap_or_default());
        let operations: Vec<_> = self.operations.iter().map(ToString::to_string).collect();
        let mut needs = Needs::kms_key(&actions::kms::CREATE_GRANT, asked)
            .with_condition("kms:GranteePrincipal", self.grantee.clone())
            .with_condition_values("kms:GrantOperations", operations.clone())
            .with_grant_tokens(self.grant_tokens.clone())
            .with_new_grant(self.terms())
            .as_dry_run(self.is_dry_run);
        if let Some(retiring) = &self.retiring {
            needs = needs
                .with_condition("kms:RetiringPrincipal", retiring.clone())
                .with_detail("retiringPrincipal", Detail::Text(retiring.clone()));
        }
        let kinds = [
            ("EncryptionContextEquals", encryption_context_equals),
            ("EncryptionContextSubset", encryption_context_subset),
        ];
        for (kind, _) in kinds.iter().filter(|(_, pairs)| pairs.is_some()) {
            needs = needs.with_condition("kms:GrantConstraintType", *kind);
        }
        Ok(key_detail(needs, &self.key)
            .with_detail("granteePrincipal", Detail::Text(self.grantee.clone()))
            .with_detail("operations", Detail::List(operations)))
    }

    fn check(&self, permit: &Self::Permits, with: &Dependencies) -> Result<(), Error> {
        let key = AccountKey::of(permit)?;
        let operations = self.operations();
        if !grants::allowed(key.spec, key.kms.usage).contains_all(operations) {
            return Err(Error::Validation(format!(
                "A grant operation is not valid for a key with usage {} and spec {}.",
                key.kms.usage, key.spec
            )));
        }
        let has_context = self.constraints.encryption_context_equals.is_some()
            || self.constraints.encryption_context_subset.is_some();
        if has_context && !key.is_symmetric_encryption() {
            return Err(Error::Validation(
                "Encryption context constraints are for symmetric encryption keys alone."
                    .to_owned(),
            ));
        }
        for principal in [Some(&self.grantee), self.retiring.as_ref()]
            .into_iter()
            .flatten()
        {
            let is_there =
                principal.starts_with("arn:") && with.accounts.principal_exists(principal);
            if !is_there && !grants::is_service(principal) {
                return Err(Error::InvalidArn(format!("Invalid arn {principal}")));
            }
        }
        Ok(())
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        caller: &Caller,
        with: &Dependencies,
    ) -> Result<CreatedGrant, Error> {
        let key = AccountKey::of(permit)?;
        let operations = self.operations();
        let issuing_account = caller
            .aws()
            .map_or(key.tenancy.account, |principal| principal.account);
        let constraints = Some(self.constraints).filter(|constraints| !constraints.is_empty());
        let grant = Grant {
            id: GrantId::random().map_err(crate::Error::from)?,
            key: key.object.id,
            name: self.name.into(),
            grantee: self.grantee.into(),
            retiring: self.retiring.map(Into::into),
            issuing_account,
            operations,
            constraints: constraints.map(Box::new),
            created_at_unix_milliseconds: now(with),
            revision: 0,
        };
        let id = if let Some(same) = same_grant(&grant, &key, with) {
            same.id
        } else {
            if with.repository.grant_count(key.partition.id, grant.key) >= limits::KMS_GRANTS_MAX {
                return Err(Error::LimitExceeded("The key has too many grants."));
            }
            let id = grant.id;
            let changes = vec![Change::AddGrant(Box::new(grant))];
            change(with, key.partition, changes).await?;
            id
        };
        let token = GrantToken {
            partition: key.partition.id,
            key: key.object.id,
            grant: id,
        };
        let mut salt = [0; SALT_BYTES];
        hsm_aws_lc::random::fill(&mut salt).map_err(crate::Error::from)?;
        Ok(CreatedGrant {
            grant_id: id.to_string(),
            token: token.to_text(salt),
        })
    }

    fn answered(output: &CreatedGrant) -> Vec<(&'static str, Detail)> {
        vec![("grantId", Detail::Text(output.grant_id.clone()))]
    }
}

impl CreateGrant {
    fn operations(&self) -> GrantOperations {
        let names = self.operations.iter();
        names
            .filter_map(|name| GrantOperation::by_name(name))
            .collect()
    }

    /// The grant as policies and other grants see it.
    fn terms(&self) -> GrantTerms {
        GrantTerms {
            id: Box::default(),
            grantee: self.grantee.as_str().into(),
            operations: self.operations(),
            constraints: self.constraints.clone(),
        }
    }
}

/// The grant of the same name that says the same, if the new one has a name.
fn same_grant(grant: &Grant, key: &AccountKey<'_>, with: &Dependencies) -> Option<Arc<Grant>> {
    if grant.name.is_empty() {
        return None;
    }
    let is_same = |other: &Grant| {
        other.retiring == grant.retiring
            && other.operations == grant.operations
            && other.constraints == grant.constraints
            && other.issuing_account == grant.issuing_account
    };
    with.repository.grant_named(
        key.partition.id,
        grant.key,
        &grant.grantee,
        &grant.name,
        is_same,
    )
}
