//! Finding what a request names: keys by id, ARN, alias or ciphertext, and grants by token, id or grantee.

use std::sync::Arc;

use hsmd_identity::PrincipalKind;
use hsmd_keys::{AccountId, Grant, Partition, alias_name};
use hsmd_policy::{GrantConstraints, GrantUse};

use super::admission::{Admission, ResolvedKey, Subjects};
use super::key_reference::{KeyReference, Named, Resource};
use super::request::GrantReference;
use super::{AwsRefusal, GrantToken};
use crate::actions::aws::Identifier;

impl Admission<'_> {
    /// The key that `reference` names.
    pub(super) fn key(
        &self,
        subjects: &Subjects,
        reference: &KeyReference,
        identifier: Identifier,
    ) -> Result<ResolvedKey, AwsRefusal> {
        let own = |resource: &Resource| {
            let found = subjects
                .account
                .as_ref()
                .and_then(|partition| self.find(partition, resource));
            found.ok_or_else(|| self.not_found(resource))
        };
        if identifier == Identifier::IdOrArn && reference.alias().is_some() {
            let text = reference.text().to_owned();
            return Err(AwsRefusal::AliasNotTaken { text });
        }
        match reference.named() {
            Named::Key(resource) => own(resource),
            Named::Alias(name) => own(&Resource::Alias(name.clone())),
            Named::Arn { region, .. } if region != self.region.as_str() => {
                Err(AwsRefusal::ArnOfAnotherRegion {
                    region: region.clone(),
                })
            }
            Named::Arn {
                account, resource, ..
            } if account == self.principal.account.as_str() => own(resource),
            Named::Arn {
                account, resource, ..
            } => {
                let account = account.parse().ok();
                let found = account.and_then(|account| self.find_in(account, resource));
                found.ok_or_else(|| self.other_account(reference.text()))
            }
            Named::ByCiphertext { account, key } => {
                let found = self.find_in(*account, &Resource::Key(*key));
                found.ok_or(AwsRefusal::CiphertextKeyDenied)
            }
            Named::InvalidArn => Err(AwsRefusal::ArnInvalid {
                text: reference.text().to_owned(),
            }),
            Named::Unknown => Err(AwsRefusal::KeyIdInvalid {
                text: reference.text().to_owned(),
            }),
        }
    }

    fn find_in(&self, account: AccountId, resource: &Resource) -> Option<ResolvedKey> {
        if !self.acts_in(account) {
            return None;
        }
        let partition = self.repository.tenant_of(&account, self.region)?;
        self.find(&partition, resource)
    }

    /// Whether the caller can do anything in that account. A service acts in its own alone: what it says of its source would
    /// otherwise be believed by the policies of others.
    pub(super) fn acts_in(&self, account: AccountId) -> bool {
        self.principal.kind != PrincipalKind::Service || self.principal.account == account
    }

    fn find(&self, partition: &Arc<Partition>, resource: &Resource) -> Option<ResolvedKey> {
        let id = match resource {
            Resource::Key(key) => key.object,
            Resource::Alias(name) => {
                let name = alias_name(name)?;
                self.repository.alias(partition.id, name)?.target
            }
        };
        let object = self.repository.object_at(partition.id, id, self.now)?;
        let key_id = object.key_id()?;
        // The two spellings of one id are two names, of which a key has one.
        if matches!(resource, Resource::Key(key) if *key != key_id) {
            return None;
        }
        Some(ResolvedKey {
            version: object.current_version_index(),
            partition: Arc::clone(partition),
            object,
        })
    }

    /// The grant that is to be retired, and its key.
    pub(super) fn grant(
        &self,
        subjects: &Subjects,
        reference: &GrantReference,
    ) -> Result<(ResolvedKey, Arc<Grant>), AwsRefusal> {
        match reference {
            GrantReference::Token(text) => {
                let token = GrantToken::parse(text).ok_or(AwsRefusal::GrantTokenInvalid)?;
                let grant = self
                    .repository
                    .grant(token.partition, token.key, token.grant);
                let grant = grant.ok_or(AwsRefusal::GrantTokenInvalid)?;
                let partition = self.repository.partition(token.partition);
                let partition = partition
                    .filter(|partition| {
                        let tenancy = partition.tenancy.as_ref();
                        tenancy.is_some_and(|tenancy| self.acts_in(tenancy.account))
                    })
                    .ok_or(AwsRefusal::GrantTokenInvalid)?;
                let object = self
                    .repository
                    .object_at(token.partition, token.key, self.now);
                let object = object.ok_or(AwsRefusal::GrantTokenInvalid)?;
                let key = ResolvedKey {
                    version: object.current_version_index(),
                    partition,
                    object,
                };
                Ok((key, grant))
            }
            GrantReference::Id { key, grant } => {
                let key = self.key(subjects, key, Identifier::IdOrArn)?;
                let found = grant
                    .parse()
                    .ok()
                    .and_then(|id| self.repository.grant(key.partition.id, key.object.id, id));
                let found = found.ok_or_else(|| AwsRefusal::GrantNotFound {
                    grant: grant.clone(),
                })?;
                Ok((key, found))
            }
        }
    }

    pub(super) fn grants_of_tokens(&self) -> Result<Vec<Arc<Grant>>, AwsRefusal> {
        let of_token = |text: &String| {
            let token = GrantToken::parse(text)?;
            self.repository
                .grant(token.partition, token.key, token.grant)
        };
        self.request
            .grant_tokens
            .iter()
            .map(|text| of_token(text).ok_or(AwsRefusal::GrantTokenInvalid))
            .collect()
    }

    /// The grants that permit a use of a key to the caller: one each to its own ARN, its role, and its account, and those
    /// of its grant tokens. None of them looks at more of the key's grants than those to that principal.
    pub(super) fn grants_to_caller(
        &self,
        key: &ResolvedKey,
        asked: &GrantUse<'_>,
        by_token: &[Arc<Grant>],
    ) -> Vec<Arc<Grant>> {
        let root = hsmd_identity::root_arn(self.principal.account);
        let mut names = vec![self.principal.arn.as_str()];
        for name in [self.principal.principal_arn(), &root] {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let (partition, object) = (key.partition.id, key.object.id);
        let binds_context = asked.operation.takes_encryption_context();
        let context = binds_context.then_some(asked.encryption_context);
        let permits = |grant: &Grant| {
            let constraints = grant.constraints.as_deref();
            asked.is_permitted(
                grant.operations,
                constraints.unwrap_or(&GrantConstraints::NONE),
            )
        };
        let of_tokens = by_token
            .iter()
            .filter(|grant| grant.key == object && permits(grant));
        names
            .into_iter()
            .filter_map(|name| {
                self.repository
                    .grant_to(partition, object, name, context, permits)
            })
            .chain(of_tokens.cloned())
            .collect()
    }
}
