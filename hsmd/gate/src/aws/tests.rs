//! The authorization matrix of AWS KMS: every row of the table, with and without permission, in every state, for keys of
//! the caller's account and of another, and with names that are none.

use std::sync::Arc;
use std::time::Duration;

use hsm_algorithms::{Attributes, KmsKeySpec, KmsKeyUsage, pkcs11};
use hsmd_identity::{AwsPrincipal, Caller, PrincipalKind};
use hsmd_keys::{
    AccountId, Change, Grant, KeyState, Lifetime, Object, Partition, PartitionId, RegionName,
    Tenancy, TokenProfile,
};
use hsmd_policy::{
    CallerPolicies, Denial, GrantConstraints, GrantOperations, GrantTerms, Layer, PolicyKind,
    StoredPolicy,
};

use super::admission::Admission;
use super::{AskedKey, AwsRefusal, AwsRequest, KeyReference, NoPrincipals};
use crate::actions::Row;
use crate::actions::aws::{Ask, AwsRow, Identifier, StateAnswer};
use crate::actions::kms;
use crate::tests::{World, kms_key};

const OWNER: &str = "111122223333";
const OTHER: &str = "444455556666";
const REGION: &str = "us-east-1";
const STATES: [KeyState; 4] = [
    KeyState::Enabled,
    KeyState::Disabled,
    KeyState::PendingDeletion,
    KeyState::PendingImport,
];

/// An account with a key for each usage in each state, and a user who has no policy of its own.
struct Account {
    world: World,
    caller: Caller,
    owner: Tenancy,
    partition: PartitionId,
    keys: Vec<(KmsKeyUsage, KeyState, String)>,
}

/// Whose policy lets whom in.
const DELEGATED: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},
    "Action":"kms:*","Resource":"*"}]}"#;
const OPEN_TO_OTHERS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"444455556666"},
    "Action":"kms:*","Resource":"*"}]}"#;

impl Account {
    async fn new(key_policy: &str) -> Self {
        let world = World::new().await;
        let owner = Tenancy {
            account: OWNER.parse().unwrap(),
            region: REGION.parse().unwrap(),
        };
        let partition = PartitionId::random().unwrap();
        let tenant = Partition {
            id: partition,
            slot: 3,
            name: "tenant".to_owned(),
            label: "tenant".to_owned(),
            profile: TokenProfile::Strict,
            is_initialized: true,
            tenancy: Some(owner.clone()),
            keys: Vec::new(),
            era: 0,
            created_at_unix_milliseconds: 0,
            revision: 0,
        };
        world
            .repository
            .create_partition(tenant, Vec::new())
            .await
            .unwrap();
        let mut account = Self {
            caller: world.caller(),
            world,
            owner,
            partition,
            keys: Vec::new(),
        };
        for usage in KmsKeyUsage::ALL {
            for state in STATES {
                account.add_key(*usage, state, key_policy).await;
            }
        }
        account
    }

    async fn add_key(&mut self, usage: KmsKeyUsage, state: KeyState, policy: &str) {
        let repository = &self.world.repository;
        let mut attributes = Attributes::new();
        attributes.insert(pkcs11::CKA_CLASS, pkcs11::CKO_SECRET_KEY);
        let kms = kms_key(repository, usage, policy);
        let spec = match usage {
            KmsKeyUsage::EncryptDecrypt => KmsKeySpec::SymmetricDefault,
            KmsKeyUsage::SignVerify | KmsKeyUsage::KeyAgreement => KmsKeySpec::EccNistP256,
            KmsKeyUsage::GenerateVerifyMac => KmsKeySpec::Hmac256,
            KmsKeyUsage::EncapsulateDecapsulate => KmsKeySpec::MlKem768,
        };
        let object = Object {
            id: repository
                .new_object_id(std::time::SystemTime::UNIX_EPOCH)
                .unwrap(),
            partition: self.partition,
            lifetime: Lifetime::Token,
            revision: 0,
            attributes,
            state,
            spec: Some(spec.spec()),
            versions: Vec::new(),
            kms: Some(Arc::new(kms)),
        };
        let arn = self.owner.key_arn(object.key_id().unwrap());
        repository
            .change(self.partition, vec![Change::Insert(Box::new(object))])
            .await
            .unwrap();
        self.keys.push((usage, state, arn));
    }

    /// The ARN of the key for this row in this state.
    fn key(&self, row: &AwsRow, state: KeyState) -> &str {
        let usage = row.usages.first().copied();
        self.key_for(usage.unwrap_or(KmsKeyUsage::EncryptDecrypt), state)
    }

    fn key_for(&self, usage: KmsKeyUsage, state: KeyState) -> &str {
        let key = self
            .keys
            .iter()
            .find(|(of, at, _)| (*of, *at) == (usage, state));
        &key.unwrap().2
    }

    fn ask(
        &self,
        action: &'static Row,
        principal: &AwsPrincipal,
        name: &str,
        identity: &[Arc<StoredPolicy>],
    ) -> Result<(), AwsRefusal> {
        let row = action.aws.as_ref().unwrap();
        let keys = row.keys().map(|_| AskedKey::new(KeyReference::parse(name)));
        let request = AwsRequest {
            keys: keys.collect(),
            alias: Some("alias/a".to_owned()),
            new_grant: Some(Box::new(new_grant())),
            ..AwsRequest::default()
        };
        let region: RegionName = REGION.parse().unwrap();
        let admission = Admission {
            caller: Some(&self.caller),
            principal,
            region: &region,
            action,
            row,
            request: &request,
            repository: &self.world.repository,
            now: Duration::ZERO,
            principals: &NoPrincipals,
            explained: None,
        };
        let subjects = admission.resolve()?;
        let policies = CallerPolicies {
            identity,
            ..CallerPolicies::default()
        };
        admission.decide(&subjects, policies)
    }
}

fn new_grant() -> GrantTerms {
    GrantTerms {
        id: "".into(),
        grantee: format!("arn:aws:iam::{OTHER}:user/eve").into(),
        operations: GrantOperations::default(),
        constraints: GrantConstraints::default(),
    }
}

fn user(account: &str) -> AwsPrincipal {
    let account: AccountId = account.parse().unwrap();
    AwsPrincipal {
        arn: format!("arn:aws:iam::{account}:user/ada"),
        unique_id: "AIDAEXAMPLE".to_owned(),
        kind: PrincipalKind::User,
        name: "ada".to_owned(),
        ..AwsPrincipal::root(account)
    }
}

fn identity(effect: &str, action: &str) -> Arc<StoredPolicy> {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"{effect}","Action":"{action}","Resource":"*"}}}}"#
    );
    StoredPolicy::parse(&text, PolicyKind::Identity).unwrap()
}

/// Every row with the permissions that it asks for.
fn rows() -> impl Iterator<Item = (&'static Row, &'static AwsRow, Vec<&'static str>)> {
    kms::ALL.iter().map(|action| {
        let row = action.aws.as_ref().unwrap();
        (*action, row, row.permissions().collect())
    })
}

/// Rows that ask of a key, or of nothing but the account; retiring asks of a grant.
fn asks_of_no_grant(row: &AwsRow) -> bool {
    !row.asks.iter().any(|ask| matches!(ask, Ask::Grant(_)))
}

fn denial(refused: Result<(), AwsRefusal>) -> Option<(&'static str, Denial)> {
    match refused {
        Err(AwsRefusal::AccessDenied {
            permission, denial, ..
        }) => Some((permission, denial)),
        _ => None,
    }
}

#[tokio::test]
async fn each_row_needs_each_of_its_permissions_in_every_state() {
    let account = Account::new(DELEGATED).await;
    let ada = user(OWNER);
    for (action, row, permissions) in rows().filter(|(_, row, _)| asks_of_no_grant(row)) {
        for state in STATES {
            let key = account.key(row, state);
            let without = account.ask(action, &ada, key, &[]);
            assert_eq!(
                denial(without),
                Some((permissions[0], Denial::NoIdentityPolicyAllows)),
                "{} in {state:?}",
                action.name
            );
            for permission in &permissions {
                let policies = [identity("Allow", "kms:*"), identity("Deny", permission)];
                let denied = account.ask(action, &ada, key, &policies);
                let expected = Denial::ExplicitDeny {
                    layer: Layer::IdentityPolicy(1),
                    statement: 0,
                };
                assert_eq!(
                    denial(denied),
                    Some((*permission, expected)),
                    "{}",
                    action.name
                );
            }
        }
    }
}

#[tokio::test]
async fn each_row_answers_in_each_state_what_the_table_says() {
    let account = Account::new(DELEGATED).await;
    let (ada, all) = (user(OWNER), [identity("Allow", "kms:*")]);
    for (action, row, _) in rows().filter(|(_, row, _)| asks_of_no_grant(row)) {
        for state in STATES {
            let outcome = account.ask(action, &ada, account.key(row, state), &all);
            let answers = row.keys().map(|ask| ask.states.answer(state));
            let expected = answers
                .into_iter()
                .find(|answer| *answer != StateAnswer::Works);
            let fits = match expected {
                None => outcome.is_ok(),
                Some(StateAnswer::Disabled) => matches!(outcome, Err(AwsRefusal::Disabled { .. })),
                Some(StateAnswer::Unsupported) => {
                    matches!(outcome, Err(AwsRefusal::Unsupported { .. }))
                }
                Some(StateAnswer::InvalidState | StateAnswer::Works) => {
                    matches!(outcome, Err(AwsRefusal::InvalidState { .. }))
                }
            };
            assert!(fits, "{} in {state:?}: {outcome:?}", action.name);
        }
    }
}

#[tokio::test]
async fn a_key_for_something_else_is_refused_before_its_state() {
    let account = Account::new(DELEGATED).await;
    let (ada, all) = (user(OWNER), [identity("Allow", "kms:*")]);
    for (action, row, _) in rows().filter(|(_, row, _)| !row.usages.is_empty()) {
        for usage in KmsKeyUsage::ALL {
            let key = account.key_for(*usage, KeyState::Disabled);
            let outcome = account.ask(action, &ada, key, &all);
            let is_refused = matches!(outcome, Err(AwsRefusal::InvalidUsage { .. }));
            assert_eq!(
                is_refused,
                !row.usages.contains(usage),
                "{} {usage}",
                action.name
            );
        }
    }
}

#[tokio::test]
async fn another_account_needs_both_policies_and_a_row_that_crosses_accounts() {
    let (closed, open) = (
        Account::new(DELEGATED).await,
        Account::new(OPEN_TO_OTHERS).await,
    );
    let (stranger, all) = (user(OTHER), [identity("Allow", "kms:*")]);
    for (action, row, permissions) in rows().filter(|(_, row, _)| row.keys().count() > 0) {
        let first_of_key = row.keys().next().map(|ask| ask.permission);
        for state in STATES {
            let told = |account: &Account, policies: &[Arc<StoredPolicy>]| {
                account.ask(action, &stranger, account.key(row, state), policies)
            };
            let other_account = first_of_key.map(|permission| (permission, Denial::OtherAccount));
            assert_eq!(
                denial(told(&closed, &all)),
                other_account,
                "{}",
                action.name
            );
            if row.crosses_accounts {
                assert_eq!(denial(told(&open, &[])), other_account, "{}", action.name);
                let outcome = told(&open, &all);
                assert_eq!(
                    denial(outcome.clone()),
                    None,
                    "{}: {outcome:?}",
                    action.name
                );
            } else {
                assert_eq!(denial(told(&open, &all)), other_account, "{}", action.name);
            }
        }
        assert!(!permissions.is_empty());
    }
}

#[tokio::test]
async fn a_grant_lets_a_stranger_do_what_it_lists_and_nothing_else() {
    let account = Account::new(DELEGATED).await;
    let stranger = user(OTHER);
    for (action, row, _) in rows() {
        let Some(operation) = row.keys().find_map(|ask| ask.grant) else {
            continue;
        };
        let listed: GrantOperations = row.keys().filter_map(|ask| ask.grant).collect();
        let key = account.key(row, KeyState::Enabled).to_owned();
        assert!(
            denial(account.ask(action, &stranger, &key, &[])).is_some(),
            "{}",
            action.name
        );
        let grant = grant_on(&account, &key, &stranger.arn, listed);
        let repository = &account.world.repository;
        repository
            .change(
                account.partition,
                vec![Change::AddGrant(Box::new(grant.clone()))],
            )
            .await
            .unwrap();
        let outcome = account.ask(action, &stranger, &key, &[]);
        assert!(
            outcome.is_ok(),
            "{} by {operation:?}: {outcome:?}",
            action.name
        );
        for (other, other_row, _) in rows().filter(|(_, row, _)| row.keys().count() > 0) {
            let is_listed = other_row.keys().all(|ask| {
                ask.grant
                    .is_some_and(|operation| listed.contains(operation))
            });
            if !is_listed {
                let outcome = account.ask(other, &stranger, &key, &[]);
                assert!(
                    denial(outcome).is_some(),
                    "{} opens {}",
                    action.name,
                    other.name
                );
            }
        }
        let stored = repository
            .grant(account.partition, grant.key, grant.id)
            .unwrap();
        repository
            .change(account.partition, vec![Change::RemoveGrant(stored)])
            .await
            .unwrap();
    }
}

fn grant_on(account: &Account, arn: &str, grantee: &str, operations: GrantOperations) -> Grant {
    let (_, id) = arn.rsplit_once('/').unwrap();
    let key: hsmd_keys::KeyId = id.parse().unwrap();
    Grant {
        id: "0f".repeat(32).parse().unwrap(),
        key: key.object,
        name: "".into(),
        grantee: grantee.into(),
        retiring: None,
        issuing_account: account.owner.account,
        operations,
        constraints: None,
        created_at_unix_milliseconds: 0,
        revision: 0,
    }
}

#[tokio::test]
async fn names_that_are_none_are_told_apart_in_the_callers_account_alone() {
    let account = Account::new(DELEGATED).await;
    let (ada, all) = (user(OWNER), [identity("Allow", "kms:*")]);
    let absent = "11111111-2222-3333-4444-555555555555";
    let arn = |region: &str, account: &str| format!("arn:aws:kms:{region}:{account}:key/{absent}");
    for (action, row, _) in rows() {
        let Some(identifier) = row.keys().map(|ask| ask.identifier).next() else {
            continue;
        };
        let refusal = |name: &str| account.ask(action, &ada, name, &all).unwrap_err();
        assert!(
            matches!(refusal("key"), AwsRefusal::KeyIdInvalid { .. }),
            "{}",
            action.name
        );
        assert!(
            matches!(refusal(absent), AwsRefusal::KeyNotFound { .. }),
            "{}",
            action.name
        );
        let own = refusal(&arn(REGION, OWNER));
        assert!(
            matches!(own, AwsRefusal::KeyNotFound { .. }),
            "{}",
            action.name
        );
        let elsewhere = refusal(&arn("eu-west-1", OWNER));
        assert!(
            matches!(elsewhere, AwsRefusal::ArnOfAnotherRegion { .. }),
            "{}",
            action.name
        );
        let foreign = account.ask(action, &ada, &arn(REGION, OTHER), &all);
        let denied = denial(foreign).map(|(_, denial)| denial);
        assert_eq!(denied, Some(Denial::OtherAccount), "{}", action.name);
        let alias = refusal("alias/absent");
        let fits = match identifier {
            Identifier::Any => matches!(alias, AwsRefusal::AliasNotFound { .. }),
            Identifier::IdOrArn => matches!(alias, AwsRefusal::AliasNotTaken { .. }),
        };
        assert!(fits, "{}: {alias:?}", action.name);
    }
}
