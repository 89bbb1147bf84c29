//! The rules of authorization, one by one.

use std::sync::Arc;

use crate::{
    Allowance, Binding, CallerPolicies, ConditionKey, Decision, Denial, EncryptionContext,
    GrantConstraints, GrantOperation, GrantTerms, GrantUse, Inputs, Layer, MalformedPolicy,
    PolicyKind, Principal, PrincipalKind, Request, RequestKeys, Retirement, StoredPolicy,
    authorize_by_identity, authorize_key_use, authorize_retirement, explain_key_use,
    is_lockout_safe, parse_key_policy,
};

const OWNER: &str = "111122223333";
const OTHER: &str = "444455556666";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const ADA: &str = "arn:aws:iam::111122223333:user/ada";
const ROLE: &str = "arn:aws:iam::111122223333:role/teams/writer";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/writer/ada";
const STRANGER: &str = "arn:aws:iam::444455556666:user/eve";

const USE_IS_DELEGATED: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Enable IAM User Permissions",
    "Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}"#;
const MAY_DECRYPT: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:Decrypt",
    "Resource":"arn:aws:kms:*:111122223333:key/*"}}"#;

fn user(arn: &'static str) -> Principal<'static> {
    Principal {
        account: arn.split(':').nth(4).unwrap(),
        arn,
        unique_id: "AIDAEXAMPLE",
        kind: PrincipalKind::User,
    }
}

fn root(arn: &'static str) -> Principal<'static> {
    Principal {
        kind: PrincipalKind::Root,
        ..user(arn)
    }
}

fn session() -> Principal<'static> {
    Principal {
        unique_id: "AROAEXAMPLE",
        kind: PrincipalKind::Session { role_arn: ROLE },
        ..user(SESSION)
    }
}

fn key_policy(principal: &str, effect: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"{effect}","Principal":{principal},"Action":"kms:Decrypt","Resource":"*"}}]}}"#
    )
}

fn named(arn: &str) -> String {
    key_policy(&format!(r#"{{"AWS":"{arn}"}}"#), "Allow")
}

/// Asks for `kms:Decrypt` with these policies.
#[derive(Default)]
struct Ask<'a> {
    identity: Vec<&'a str>,
    session: Vec<&'a str>,
    boundary: Option<&'a str>,
    grants: Vec<GrantTerms>,
    one_account_only: bool,
}

impl Ask<'_> {
    fn decide(&self, key_policy: &str, principal: Principal<'_>) -> Decision {
        let stored = |texts: &[&str]| -> Vec<Arc<StoredPolicy>> {
            texts
                .iter()
                .map(|text| StoredPolicy::parse(text, PolicyKind::Identity).unwrap())
                .collect()
        };
        let identity = stored(&self.identity);
        let session = stored(&self.session);
        let boundary = self
            .boundary
            .map(|text| StoredPolicy::parse(text, PolicyKind::Identity).unwrap());
        let keys = RequestKeys::new();
        let context = EncryptionContext::from_iter([("purpose", "test")]);
        let inputs = Inputs {
            request: Request {
                action: "kms:Decrypt",
                resource: KEY,
                principal,
                keys: &keys,
            },
            owner_account: OWNER,
            key_policy: &parse_key_policy(key_policy).unwrap(),
            caller: CallerPolicies {
                identity: &identity,
                boundary: boundary.as_deref(),
                session: &session,
            },
            grants: &self.grants.iter().collect::<Vec<_>>(),
            grant_use: Some(GrantUse {
                operation: GrantOperation::Decrypt,
                encryption_context: &context,
                source_arn: None,
                new_grant: None,
            }),
            works_across_accounts: !self.one_account_only,
        };
        let decision = authorize_key_use(&inputs);
        assert_eq!(explain_key_use(&inputs).decision, decision);
        decision
    }
}

fn grant(grantee: &str) -> GrantTerms {
    GrantTerms {
        id: "0f".repeat(32).into(),
        grantee: grantee.into(),
        operations: [GrantOperation::Decrypt].into_iter().collect(),
        constraints: GrantConstraints::default(),
    }
}

#[test]
fn a_statement_for_the_account_lets_nobody_in_by_itself() {
    let alone = Ask::default();
    assert_eq!(
        alone.decide(USE_IS_DELEGATED, user(ADA)),
        Decision::Denied(Denial::NoIdentityPolicyAllows)
    );
    let with_policy = Ask {
        identity: vec![MAY_DECRYPT],
        ..Ask::default()
    };
    assert_eq!(
        with_policy.decide(USE_IS_DELEGATED, user(ADA)),
        Decision::Allowed(Allowance::Delegated {
            key_statement: 0,
            policy: 0,
            identity_statement: 0
        })
    );
    assert!(with_policy.decide(&named(OWNER), session()).is_allowed());
}

#[test]
fn the_root_user_is_let_in_by_a_statement_for_the_account_and_by_nothing_else() {
    let root = root("arn:aws:iam::111122223333:root");
    assert!(Ask::default().decide(USE_IS_DELEGATED, root).is_allowed());
    assert_eq!(
        Ask::default().decide(&named(ADA), root),
        Decision::Denied(Denial::NoKeyPolicyAllows)
    );
}

#[test]
fn an_identity_policy_alone_opens_no_key() {
    let ask = Ask {
        identity: vec![MAY_DECRYPT],
        ..Ask::default()
    };
    assert_eq!(
        ask.decide(&named(ROLE), user(ADA)),
        Decision::Denied(Denial::NoKeyPolicyAllows)
    );
}

#[test]
fn a_key_policy_that_names_the_caller_is_enough_in_the_account_of_the_key() {
    for (policy, principal) in [
        (named(ADA), user(ADA)),
        (named(ROLE), session()),
        (named(SESSION), session()),
        (key_policy("\"*\"", "Allow"), user(ADA)),
        (named("*"), session()),
    ] {
        assert_eq!(
            Ask::default().decide(&policy, principal),
            Decision::Allowed(Allowance::KeyPolicy { statement: 0 }),
            "{policy}"
        );
    }
}

#[test]
fn another_account_needs_both_sides() {
    let may = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}}"#;
    let with_policy = Ask {
        identity: vec![may],
        ..Ask::default()
    };
    let eve = user(STRANGER);
    let denied = Decision::Denied(Denial::OtherAccount);
    assert_eq!(with_policy.decide(USE_IS_DELEGATED, eve), denied);
    for policy in [named(STRANGER), named(OTHER), named("*")] {
        assert_eq!(Ask::default().decide(&policy, eve), denied, "{policy}");
        assert!(with_policy.decide(&policy, eve).is_allowed(), "{policy}");
        let one_account_only = Ask {
            identity: vec![may],
            one_account_only: true,
            ..Ask::default()
        };
        assert_eq!(one_account_only.decide(&policy, eve), denied, "{policy}");
    }
    let root = root("arn:aws:iam::444455556666:root");
    assert!(Ask::default().decide(&named(OTHER), root).is_allowed());
}

#[test]
fn a_grant_lets_its_grantee_in_from_any_account() {
    for (grantee, principal) in [
        (ADA, user(ADA)),
        (ROLE, session()),
        (SESSION, session()),
        (STRANGER, user(STRANGER)),
    ] {
        let ask = Ask {
            grants: vec![grant(grantee)],
            ..Ask::default()
        };
        assert!(
            matches!(
                ask.decide(&named("arn:aws:iam::111122223333:user/bob"), principal),
                Decision::Allowed(Allowance::Grant { .. })
            ),
            "{grantee}"
        );
        assert!(
            !ask.decide(USE_IS_DELEGATED, user("arn:aws:iam::111122223333:user/bob"))
                .is_allowed()
        );
    }
}

#[test]
fn a_grant_to_an_account_leaves_it_to_identity_policies() {
    let mut ask = Ask {
        grants: vec![grant("arn:aws:iam::444455556666:root")],
        ..Ask::default()
    };
    assert!(!ask.decide(USE_IS_DELEGATED, user(STRANGER)).is_allowed());
    ask.identity = vec![MAY_DECRYPT];
    assert!(ask.decide(USE_IS_DELEGATED, user(STRANGER)).is_allowed());
    assert!(!ask.decide(&named(ROLE), user(ADA)).is_allowed());
}

#[test]
fn a_deny_overrides_whatever_allows() {
    let deny =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;
    let denied_by = |layer| {
        Decision::Denied(Denial::ExplicitDeny {
            layer,
            statement: 0,
        })
    };
    let ask = Ask {
        identity: vec![MAY_DECRYPT],
        grants: vec![grant(ADA)],
        ..Ask::default()
    };
    for principal in [
        format!(r#"{{"AWS":"{ADA}"}}"#),
        format!(r#"{{"AWS":"{OWNER}"}}"#),
        "\"*\"".to_owned(),
    ] {
        let policy = key_policy(&principal, "Deny");
        assert_eq!(ask.decide(&policy, user(ADA)), denied_by(Layer::KeyPolicy));
    }
    let by_identity = Ask {
        identity: vec![MAY_DECRYPT, deny],
        grants: vec![grant(ADA)],
        ..Ask::default()
    };
    assert_eq!(
        by_identity.decide(&named(ADA), user(ADA)),
        denied_by(Layer::IdentityPolicy(1))
    );
    let by_session = Ask {
        session: vec![deny],
        ..Ask::default()
    };
    assert_eq!(
        by_session.decide(&named(SESSION), session()),
        denied_by(Layer::SessionPolicy(0))
    );
}

#[test]
fn a_ceiling_bounds_all_but_what_is_given_to_the_very_session() {
    let other = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:Encrypt","Resource":"*"}}"#;
    let with_session = Ask {
        session: vec![other],
        grants: vec![grant(ROLE)],
        ..Ask::default()
    };
    let missing = Decision::Denied(Denial::NoCeilingAllows(Layer::SessionPolicy(0)));
    assert_eq!(with_session.decide(&named(ROLE), session()), missing);
    assert_eq!(with_session.decide(&named(ADA), session()), missing);
    assert!(with_session.decide(&named(SESSION), session()).is_allowed());
    let with_boundary = Ask {
        boundary: Some(other),
        identity: vec![MAY_DECRYPT],
        ..Ask::default()
    };
    assert_eq!(
        with_boundary.decide(USE_IS_DELEGATED, user(ADA)),
        Decision::Denied(Denial::NoCeilingAllows(Layer::PermissionsBoundary))
    );
    let both_allow = Ask {
        boundary: Some(MAY_DECRYPT),
        session: vec![other, MAY_DECRYPT],
        identity: vec![MAY_DECRYPT],
        ..Ask::default()
    };
    assert!(both_allow.decide(USE_IS_DELEGATED, session()).is_allowed());
}

#[test]
fn not_principal_denies_all_but_those_that_it_names() {
    let deny = format!(
        r#"{{"Version":"2012-10-17","Statement":[
        {{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}},
        {{"Effect":"Deny","NotPrincipal":{{"AWS":["{ADA}","{OWNER}"]}},"Action":"kms:*","Resource":"*"}}]}}"#
    );
    let ask = Ask::default();
    assert!(ask.decide(&deny, user(ADA)).is_allowed());
    assert!(
        ask.decide(&deny, root("arn:aws:iam::111122223333:root"))
            .is_allowed()
    );
    assert!(
        !ask.decide(&deny, user("arn:aws:iam::111122223333:user/bob"))
            .is_allowed()
    );
    assert!(!ask.decide(&deny, session()).is_allowed());
    let allow = key_policy("1", "Allow").replace("\"Principal\":1", r#""NotPrincipal":"*""#);
    assert_eq!(
        parse_key_policy(&allow),
        Err(MalformedPolicy::AllowNotPrincipal)
    );
}

#[test]
fn a_successor_of_the_same_name_is_not_meant() {
    let bound = |id: &str| {
        let binding = Binding {
            arn: ADA.into(),
            unique_id: id.into(),
        };
        StoredPolicy::parse_bound(&named(ADA), PolicyKind::Key, &[binding]).unwrap()
    };
    let keys = RequestKeys::new();
    let request = Request {
        action: "kms:Decrypt",
        resource: KEY,
        principal: user(ADA),
        keys: &keys,
    };
    let allows = |id| {
        crate::evaluate(&bound(id).document, &request)
            .allowed_by
            .is_some()
    };
    assert!(allows("AIDAEXAMPLE"));
    assert!(!allows("AIDAEARLIER"));
}

#[test]
fn lists_need_an_identity_policy_or_the_root_user() {
    let keys = RequestKeys::new();
    let request = |principal| Request {
        action: "kms:ListKeys",
        resource: "*",
        principal,
        keys: &keys,
    };
    let may = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","NotAction":"kms:Create*","Resource":"*"}}"#;
    let identity = [StoredPolicy::parse(may, PolicyKind::Identity).unwrap()];
    let with_policy = CallerPolicies {
        identity: &identity,
        ..CallerPolicies::default()
    };
    let none = CallerPolicies::default();
    let root = root("arn:aws:iam::111122223333:root");
    assert!(authorize_by_identity(&request(user(ADA)), OWNER, &with_policy).is_allowed());
    assert!(authorize_by_identity(&request(root), OWNER, &none).is_allowed());
    assert!(!authorize_by_identity(&request(user(ADA)), OWNER, &none).is_allowed());
    assert!(!authorize_by_identity(&request(root), OTHER, &none).is_allowed());
}

#[test]
fn retiring_is_for_those_whom_the_grant_names_and_for_its_account() {
    let terms = grant(STRANGER);
    let keys = RequestKeys::new();
    let context = EncryptionContext::new();
    let may_retire = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:RetireGrant","Resource":"*"}}"#;
    let stored = [StoredPolicy::parse(may_retire, PolicyKind::Identity).unwrap()];
    let decide =
        |principal, retiring: &str, policy: &str, identity: &[Arc<StoredPolicy>], lists: bool| {
            let mut terms = terms.clone();
            if lists {
                terms.operations = [GrantOperation::RetireGrant].into_iter().collect();
            }
            let inputs = Inputs {
                request: Request {
                    action: "kms:RetireGrant",
                    resource: KEY,
                    principal,
                    keys: &keys,
                },
                owner_account: OWNER,
                key_policy: &parse_key_policy(policy).unwrap(),
                caller: CallerPolicies {
                    identity,
                    ..CallerPolicies::default()
                },
                grants: &[],
                grant_use: Some(GrantUse {
                    operation: GrantOperation::RetireGrant,
                    encryption_context: &context,
                    source_arn: None,
                    new_grant: None,
                }),
                works_across_accounts: true,
            };
            authorize_retirement(
                &inputs,
                &Retirement {
                    terms: &terms,
                    retiring_principal: Some(retiring),
                    issuing_account: OWNER,
                },
            )
            .is_allowed()
        };
    let owner_policy = USE_IS_DELEGATED;
    assert!(decide(user(ADA), ADA, owner_policy, &[], false));
    assert!(decide(user(STRANGER), ADA, owner_policy, &[], true));
    assert!(!decide(user(STRANGER), ADA, owner_policy, &[], false));
    assert!(!decide(session(), ADA, owner_policy, &[], false));
    assert!(decide(session(), ADA, owner_policy, &stored, false));
    assert!(decide(
        root("arn:aws:iam::111122223333:root"),
        ADA,
        owner_policy,
        &[],
        false
    ));
    assert!(!decide(user(STRANGER), ADA, owner_policy, &stored, false));
    assert!(decide(
        user(STRANGER),
        "arn:aws:iam::444455556666:root",
        owner_policy,
        &stored,
        false
    ));
    let deny = key_policy("\"*\"", "Deny").replace("kms:Decrypt", "kms:Retire*");
    assert!(!decide(user(ADA), ADA, &deny, &[], false));
}

#[test]
fn a_policy_that_locks_its_maker_out_is_found() {
    let keys = RequestKeys::new();
    let is_safe = |policy: &str, principal| {
        is_lockout_safe(
            &parse_key_policy(policy).unwrap(),
            &Request {
                action: "kms:PutKeyPolicy",
                resource: KEY,
                principal,
                keys: &keys,
            },
        )
    };
    assert!(is_safe(USE_IS_DELEGATED, user(ADA)));
    assert!(is_safe(USE_IS_DELEGATED, session()));
    assert!(!is_safe(&named(ADA), user(ADA)));
    let other = USE_IS_DELEGATED.replace(OWNER, OTHER);
    assert!(!is_safe(&other, user(ADA)));
    let denied = USE_IS_DELEGATED.replace(
        "\"Statement\":[",
        r#""Statement":[{"Effect":"Deny","Principal":"*","Action":"kms:Put*","Resource":"*"},"#,
    );
    assert!(!is_safe(&denied, user(ADA)));
}

#[test]
fn a_statement_without_action_or_resource_has_no_effect() {
    for gone in [r#","Action":"kms:Decrypt""#, r#","Resource":"*""#] {
        let policy = named(ADA).replace(gone, "");
        assert!(
            !Ask::default().decide(&policy, user(ADA)).is_allowed(),
            "{gone}"
        );
    }
}

#[test]
fn the_aliases_of_a_key_count_in_identity_policies_alone() {
    let condition = r#""Condition":{"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/a"}}"#;
    let mut keys = RequestKeys::new();
    keys.insert(ConditionKey::KmsResourceAliases, "alias/a");
    let allows = |kind, text: &str, keys: &RequestKeys| {
        let policy = StoredPolicy::parse(text, kind).unwrap();
        let request = Request {
            action: "kms:Decrypt",
            resource: KEY,
            principal: user(ADA),
            keys,
        };
        crate::evaluate(&policy.document, &request)
            .allowed_by
            .is_some()
    };
    let key = named(ADA).replace(r#""Resource""#, &format!(r#"{condition},"Resource""#));
    let identity = MAY_DECRYPT.replace(r#""Resource""#, &format!(r#"{condition},"Resource""#));
    assert!(!allows(PolicyKind::Key, &key, &keys));
    assert!(allows(PolicyKind::Identity, &identity, &keys));
    keys.make_unusable(ConditionKey::KmsResourceAliases);
    assert!(!allows(PolicyKind::Identity, &identity, &keys));
    let of_all = identity.replace("ForAnyValue", "ForAllValues");
    assert!(!allows(PolicyKind::Identity, &of_all, &keys));
    assert!(allows(PolicyKind::Identity, &of_all, &RequestKeys::new()));
}
