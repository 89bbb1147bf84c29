//! Deciding on a request of an AWS principal: its keys once, its grant tokens, policies and grants, then usage and state.
//!
//! Authorization comes before usage and state, so that who may not ask learns nothing of a key.

use std::cell::{LazyCell, RefCell};
use std::iter;
use std::sync::Arc;
use std::time::Duration;

use hsm_algorithms::{KeyKind, KmsKeySpec};
use hsmd_identity::{AwsPrincipal, Caller, PrincipalKind};
use hsmd_keys::{AccountId, Grant, Object, Partition, RegionName, Repository, Tenancy};
use hsmd_policy::{
    CallerPolicies, ConditionKey, ConditionValues, Decision, Denial, GrantTerms, GrantUse, Inputs,
    Request as Question, RequestKeys, Retirement, Trace, authorize_by_identity, authorize_key_use,
    authorize_retirement, explain_by_identity, explain_key_use,
};

use super::condition_values;
use super::explanation::ExplainedAsk;
use super::key_reference::Resource;
use super::principals::policy_principal;
use super::request::{AskedKey, AwsRequest};
use super::{AwsRefusal, Principals};
use crate::actions::Row;
use crate::actions::aws::{Ask, AwsRow, KeyAsk, StateAnswer};
use crate::actions::kms::{CREATE_GRANT, LIST_GRANTS, RE_ENCRYPT, REVOKE_GRANT};

/// A request of an AWS principal, with what deciding on it takes.
pub(crate) struct Admission<'a> {
    /// Who asks; nobody if the request is only supposed.
    pub(crate) caller: Option<&'a Caller>,
    pub(crate) principal: &'a AwsPrincipal,
    pub(crate) region: &'a RegionName,
    pub(crate) action: &'static Row,
    pub(crate) row: &'static AwsRow,
    pub(crate) request: &'a AwsRequest,
    pub(crate) repository: &'a Repository,
    pub(crate) now: Duration,
    /// Who may assume which role.
    pub(crate) principals: &'a dyn Principals,
    /// Where each decision is explained, if anybody wants to know.
    pub(crate) explained: Option<&'a RefCell<Vec<ExplainedAsk>>>,
}

/// What a request asks of, found.
pub(crate) struct Subjects {
    /// The partition of the caller's account in the Region of the request, if there is one.
    pub(crate) account: Option<Arc<Partition>>,
    /// The keys, in the order of the request.
    pub(crate) keys: Vec<ResolvedKey>,
    /// The grant that is to be retired.
    pub(crate) grant: Option<Arc<Grant>>,
}

/// A key that is asked of, found.
pub(crate) struct ResolvedKey {
    pub(crate) partition: Arc<Partition>,
    pub(crate) object: Arc<Object>,
    /// Where in `object.versions` the version is that is asked of.
    pub(crate) version: Option<usize>,
}

impl ResolvedKey {
    /// The key's ARN.
    pub(crate) fn arn(&self) -> String {
        match (&self.partition.tenancy, self.object.key_id()) {
            (Some(tenancy), Some(key)) => tenancy.key_arn(key),
            (None, _) | (_, None) => self.object.id.to_string(),
        }
    }

    /// The id of the material that is asked of, if it is a symmetric key.
    pub(crate) fn material_id(&self) -> Option<String> {
        let spec = self.object.spec.and_then(KmsKeySpec::of)?;
        let number = self.object.versions.get(self.version?)?.number;
        let material = self.object.kms.as_ref()?.material(number)?;
        spec.is_symmetric_encryption()
            .then(|| material.id.to_string())
    }

    /// Whose it is.
    pub(crate) fn account(&self) -> Option<&AccountId> {
        Some(&self.partition.tenancy.as_ref()?.account)
    }
}

/// The kinds of key as which a request for these keys counts: once, and with keys of two accounts once for each.
pub(crate) fn counted(keys: &[ResolvedKey]) -> impl Iterator<Item = Option<KeyKind>> {
    let first = keys.first();
    let second = keys
        .get(1)
        .filter(|second| second.account() != first.and_then(ResolvedKey::account));
    let kind = |key: &ResolvedKey| key.object.spec.map(hsm_algorithms::KeySpec::kind);
    iter::once(first.and_then(kind)).chain(second.map(kind))
}

impl Admission<'_> {
    /// Finds what is asked of.
    pub(crate) fn resolve(&self) -> Result<Subjects, AwsRefusal> {
        let account = self
            .repository
            .tenant_of(&self.principal.account, self.region);
        let mut subjects = Subjects {
            account,
            keys: Vec::with_capacity(self.request.keys.len()),
            grant: None,
        };
        for (ask, asked) in self.row.keys().zip(&self.request.keys) {
            let key = self.key(&subjects, &asked.reference, ask.identifier)?;
            subjects.keys.push(key.in_version(asked.version));
        }
        if let Some(reference) = &self.request.grant {
            let (key, grant) = self.grant(&subjects, reference)?;
            subjects.keys.push(key);
            subjects.grant = Some(grant);
        }
        Ok(subjects)
    }

    /// Decides.
    pub(crate) fn decide(
        &self,
        subjects: &Subjects,
        policies: CallerPolicies<'_>,
    ) -> Result<(), AwsRefusal> {
        let by_token = self.grants_of_tokens()?;
        let base = LazyCell::new(|| self.values(subjects));
        let mut position = 0;
        for ask in self.row.asks {
            match ask {
                Ask::Key(ask) => {
                    let key = subjects.keys.get(position);
                    let key = key.ok_or_else(|| self.denied(ask.permission, "*".to_owned()))?;
                    let asked = self.request.keys.get(position);
                    self.ask_key(ask, key, asked, policies, &base, &by_token)?;
                    position += 1;
                }
                Ask::Alias(permission) => {
                    let resource = self.alias_arn(self.request.alias.as_deref().unwrap_or("*"));
                    self.ask_identity(permission, &resource, policies, &base)?;
                }
                Ask::Account(permission) => {
                    let resource = self.request.resource.as_deref().unwrap_or("*");
                    self.ask_identity(permission, resource, policies, &base)?;
                }
                Ask::Role(permission) => self.ask_role(permission, policies, &base)?,
                Ask::Grant(permission) => {
                    self.ask_grant(permission, subjects, policies, &base)?;
                }
            }
        }
        let is_of_role = self.row.asks.iter().any(|ask| matches!(ask, Ask::Role(_)));
        for permission in &self.request.also {
            if is_of_role {
                self.ask_role(permission, policies, &base)?;
            } else {
                self.ask_identity(permission, "*", policies, &base)?;
            }
        }
        for (asked, key) in self.request.keys.iter().zip(&subjects.keys) {
            let made_by = asked.ciphertext_key;
            if made_by.is_some() && made_by != key.object.key_id() {
                return Err(AwsRefusal::IncorrectKey);
            }
        }
        for (ask, key) in self.row.keys().zip(&subjects.keys) {
            self.check_usage(ask, key)?;
            check_state(ask, key)?;
        }
        Ok(())
    }

    fn ask_key(
        &self,
        ask: &KeyAsk,
        key: &ResolvedKey,
        asked: Option<&AskedKey>,
        policies: CallerPolicies<'_>,
        base: &dyn ConditionValues,
        by_token: &[Arc<Grant>],
    ) -> Result<(), AwsRefusal> {
        let keys = LazyCell::new(|| {
            let mut keys = base.gathered().clone();
            condition_values::add_key(&mut keys, asked, key, self.repository);
            keys
        });
        let arn = key.arn();
        let (Some(kms), Some(owner)) = (&key.object.kms, key.account()) else {
            return Err(self.denied(ask.permission, arn));
        };
        let no_context = hsmd_policy::EncryptionContext::new();
        let inputs = Inputs {
            request: Question {
                action: ask.permission,
                resource: &arn,
                principal: policy_principal(self.principal),
                keys: &keys,
            },
            owner_account: owner.as_str(),
            key_policy: &kms.policy.document,
            caller: policies,
            grants: &[],
            grant_use: ask.grant.map(|operation| GrantUse {
                operation,
                encryption_context: asked.map_or(&no_context, |asked| &asked.encryption_context),
                source_arn: self.source_arn(),
                new_grant: self.request.new_grant.as_deref(),
            }),
            works_across_accounts: self.row.crosses_accounts,
        };
        self.explain(&inputs.request, || {
            let terms = self.terms_for_caller(&inputs, key, by_token);
            explain_key_use(&Inputs {
                grants: &terms.iter().collect::<Vec<_>>(),
                ..inputs
            })
        });
        let decision = match authorize_key_use(&inputs) {
            Decision::Denied(denial) => self.decide_with_grants(&inputs, key, by_token, denial),
            allowed @ Decision::Allowed(_) => allowed,
        };
        let Decision::Denied(denial) = decision else {
            return Ok(());
        };
        // Whether another account's key is there is not told, nor under which name.
        let names_it = asked.is_some_and(|asked| !asked.reference.is_of_ciphertext());
        match (&denial, asked) {
            (Denial::OtherAccount, _) if !names_it => Err(AwsRefusal::CiphertextKeyDenied),
            (Denial::OtherAccount, Some(asked)) => {
                Err(self.denied_because(ask.permission, asked.reference.text().to_owned(), denial))
            }
            _ => Err(self.denied_because(ask.permission, arn, denial)),
        }
    }

    /// Decides once more, with the grants that could let in whom policies alone do not.
    fn decide_with_grants(
        &self,
        inputs: &Inputs<'_>,
        key: &ResolvedKey,
        by_token: &[Arc<Grant>],
        denial: Denial,
    ) -> Decision {
        let terms = self.terms_for_caller(inputs, key, by_token);
        if terms.is_empty() {
            return Decision::Denied(denial);
        }
        let terms: Vec<&GrantTerms> = terms.iter().collect();
        authorize_key_use(&Inputs {
            grants: &terms,
            ..*inputs
        })
    }

    /// The grants that could let the caller in.
    fn terms_for_caller(
        &self,
        inputs: &Inputs<'_>,
        key: &ResolvedKey,
        by_token: &[Arc<Grant>],
    ) -> Vec<GrantTerms> {
        let grants = inputs.grant_use.map_or_else(Vec::new, |asked| {
            self.grants_to_caller(key, &asked, by_token)
        });
        grants.iter().map(|grant| terms(grant)).collect()
    }

    /// What conditions may ask of the whole request.
    fn values(&self, subjects: &Subjects) -> RequestKeys {
        let mut values =
            condition_values::of_request(self.caller, self.principal, self.request, self.now);
        if let ([first, second], true) = (
            subjects.keys.as_slice(),
            std::ptr::eq(self.action, RE_ENCRYPT.row()),
        ) {
            let is_same = first.object.id == second.object.id;
            values.insert_flag(ConditionKey::KmsReEncryptOnSameKey, is_same);
        }
        let about_grants = [CREATE_GRANT.row(), LIST_GRANTS.row(), REVOKE_GRANT.row()];
        if about_grants
            .iter()
            .any(|row| std::ptr::eq(*row, self.action))
        {
            let is_service = self.principal.kind == PrincipalKind::Service;
            values.insert_flag(ConditionKey::KmsGrantIsForAwsResource, is_service);
        }
        values
    }

    fn ask_identity(
        &self,
        permission: &'static str,
        resource: &str,
        policies: CallerPolicies<'_>,
        keys: &dyn ConditionValues,
    ) -> Result<(), AwsRefusal> {
        let question = Question {
            action: permission,
            resource,
            principal: policy_principal(self.principal),
            keys,
        };
        let own = self.principal.account.as_str();
        self.explain(&question, || explain_by_identity(&question, own, &policies));
        match authorize_by_identity(&question, own, &policies) {
            Decision::Allowed(_) => Ok(()),
            Decision::Denied(denial) => {
                Err(self.denied_because(permission, resource.to_owned(), denial))
            }
        }
    }

    /// Asks the trust policy of the role that the request names. Whether there is such a role is not told.
    fn ask_role(
        &self,
        permission: &'static str,
        policies: CallerPolicies<'_>,
        keys: &dyn ConditionValues,
    ) -> Result<(), AwsRefusal> {
        let resource = self.request.resource.clone().unwrap_or_default();
        let trust = self.principals.trust(&resource);
        let Some(trust) = trust.filter(|trust| self.acts_in(trust.account)) else {
            return Err(self.denied(permission, resource));
        };
        let inputs = Inputs {
            request: Question {
                action: permission,
                resource: &resource,
                principal: policy_principal(self.principal),
                keys,
            },
            owner_account: trust.account.as_str(),
            key_policy: &trust.policy.document,
            caller: policies,
            grants: &[],
            grant_use: None,
            works_across_accounts: self.row.crosses_accounts,
        };
        self.explain(&inputs.request, || explain_key_use(&inputs));
        match authorize_key_use(&inputs) {
            Decision::Allowed(_) => Ok(()),
            Decision::Denied(denial) => {
                Err(self.denied_because(permission, resource.clone(), denial))
            }
        }
    }

    fn ask_grant(
        &self,
        permission: &'static str,
        subjects: &Subjects,
        policies: CallerPolicies<'_>,
        base: &dyn ConditionValues,
    ) -> Result<(), AwsRefusal> {
        let ([key], Some(grant)) = (subjects.keys.as_slice(), &subjects.grant) else {
            return Err(self.denied(permission, "*".to_owned()));
        };
        let arn = key.arn();
        let (Some(kms), Some(owner)) = (&key.object.kms, key.account()) else {
            return Err(self.denied(permission, arn));
        };
        let keys = LazyCell::new(|| {
            let mut keys = base.gathered().clone();
            condition_values::add_key(&mut keys, None, key, self.repository);
            keys
        });
        let terms = terms(grant);
        let no_context = hsmd_policy::EncryptionContext::new();
        let inputs = Inputs {
            request: Question {
                action: permission,
                resource: &arn,
                principal: policy_principal(self.principal),
                keys: &keys,
            },
            owner_account: owner.as_str(),
            key_policy: &kms.policy.document,
            caller: policies,
            grants: &[&terms],
            grant_use: Some(GrantUse {
                operation: hsmd_policy::GrantOperation::RetireGrant,
                encryption_context: &no_context,
                source_arn: self.source_arn(),
                new_grant: None,
            }),
            works_across_accounts: true,
        };
        let retirement = Retirement {
            terms: &terms,
            retiring_principal: grant.retiring.as_deref(),
            issuing_account: grant.issuing_account.as_str(),
        };
        match authorize_retirement(&inputs, &retirement) {
            Decision::Allowed(_) => Ok(()),
            Decision::Denied(denial) => Err(self.denied_because(permission, arn, denial)),
        }
    }

    /// The resource that a service acts for. Others may say what they like.
    fn source_arn(&self) -> Option<&str> {
        let signed = self.caller?.aws_request()?;
        let is_service = self.principal.kind == PrincipalKind::Service;
        signed.source_arn.as_deref().filter(|_| is_service)
    }

    fn check_usage(&self, ask: &KeyAsk, key: &ResolvedKey) -> Result<(), AwsRefusal> {
        let Some(kms) = &key.object.kms else {
            return Ok(());
        };
        let spec = key.object.spec.and_then(KmsKeySpec::of);
        let is_symmetric = spec.is_some_and(KmsKeySpec::is_symmetric_encryption);
        let fits = (self.row.usages.is_empty() || self.row.usages.contains(&kms.usage))
            && (is_symmetric || !self.row.is_symmetric_alone);
        if fits {
            return Ok(());
        }
        Err(AwsRefusal::InvalidUsage {
            arn: key.arn(),
            usage: kms.usage,
            operation: ask
                .permission
                .strip_prefix("kms:")
                .unwrap_or(ask.permission),
        })
    }

    /// Keeps the trace of a decision, if anybody wants to know.
    fn explain(&self, question: &Question<'_>, trace: impl FnOnce() -> Trace) {
        if let Some(explained) = self.explained {
            explained.borrow_mut().push(ExplainedAsk {
                permission: question.action.to_owned(),
                resource: question.resource.to_owned(),
                trace: trace(),
            });
        }
    }

    pub(super) fn tenancy(&self) -> Tenancy {
        Tenancy {
            account: self.principal.account,
            region: self.region.clone(),
        }
    }

    /// `alias` has its `alias/`.
    pub(super) fn alias_arn(&self, alias: &str) -> String {
        format!("{}:{alias}", self.tenancy().arn_prefix())
    }

    pub(super) fn not_found(&self, resource: &Resource) -> AwsRefusal {
        match resource {
            Resource::Key(key) => AwsRefusal::KeyNotFound {
                arn: self.tenancy().key_arn(*key),
            },
            Resource::Alias(name) => AwsRefusal::AliasNotFound {
                arn: self.alias_arn(name),
            },
        }
    }

    pub(super) fn other_account(&self, text: &str) -> AwsRefusal {
        let permission = self.row.keys().next().map(|ask| ask.permission);
        self.denied_because(
            permission.unwrap_or(self.action.name),
            text.to_owned(),
            Denial::OtherAccount,
        )
    }

    pub(super) fn denied(&self, permission: &'static str, resource: String) -> AwsRefusal {
        self.denied_because(permission, resource, Denial::NoKeyPolicyAllows)
    }

    fn denied_because(
        &self,
        permission: &'static str,
        resource: String,
        denial: Denial,
    ) -> AwsRefusal {
        AwsRefusal::AccessDenied {
            caller: self.principal.arn.clone(),
            permission,
            resource,
            denial,
        }
    }
}

impl ResolvedKey {
    /// The version with this number, or the one that new uses take. If there is none with it, none.
    fn in_version(mut self, number: Option<u32>) -> Self {
        if let Some(number) = number {
            let mut versions = self.object.versions.iter();
            self.version = versions.position(|version| version.number == number);
        }
        self
    }
}

fn check_state(ask: &KeyAsk, key: &ResolvedKey) -> Result<(), AwsRefusal> {
    let state = key.object.state;
    match ask.states.answer(state) {
        StateAnswer::Works => Ok(()),
        StateAnswer::Disabled => Err(AwsRefusal::Disabled { arn: key.arn() }),
        StateAnswer::InvalidState => Err(AwsRefusal::InvalidState {
            arn: key.arn(),
            state,
        }),
        StateAnswer::Unsupported => Err(AwsRefusal::Unsupported { arn: key.arn() }),
    }
}

/// A grant as policies see it.
fn terms(grant: &Grant) -> GrantTerms {
    GrantTerms {
        id: grant.id.to_string().into(),
        grantee: (*grant.grantee).into(),
        operations: grant.operations,
        constraints: grant.constraints.as_deref().cloned().unwrap_or_default(),
    }
}
