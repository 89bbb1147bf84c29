//! The decisions of this crate beside those of a second, naive evaluator, over random policies and requests.

mod generate;
mod naive;

use std::sync::Arc;

use hsmd_policy::{
    CallerPolicies, Document, EncryptionContext, GrantConstraints, GrantOperation, GrantTerms,
    GrantUse, Inputs, PolicyKind, Principal, PrincipalKind, Request, RequestKeys, StoredPolicy,
    authorize_key_use, parse_key_policy,
};
use serde_json::{Value, json};

use generate::{Case, Grant, Kind, Policies, Random};

/// Requests for each set of policies.
const REQUESTS: usize = 4;
/// Sets of policies in each of the four parts: 100,000 pairs in all.
const SETS: usize = 6_250;

#[test]
fn both_evaluators_agree_part_1() {
    compare_part(1);
}

#[test]
fn both_evaluators_agree_part_2() {
    compare_part(2);
}

#[test]
fn both_evaluators_agree_part_3() {
    compare_part(3);
}

#[test]
fn both_evaluators_agree_part_4() {
    compare_part(4);
}

/// Compares, and counts, so that a generator which only ever denies would be seen.
fn compare_part(part: u64) {
    let repetitions: usize = std::env::var("HSM_TEST_REPETITIONS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1);
    let mut random = Random::new(part);
    let (mut allowed, mut denied) = (0, 0);
    for _ in 0..SETS * repetitions {
        let policies = generate::policies(&mut random);
        let ready = Ready::new(&policies);
        let cases: Vec<Case> = (0..REQUESTS).map(|_| generate::case(&mut random)).collect();
        let changed = narrower(&policies, &mut random);
        let changed_ready = Ready::new(&changed);
        for case in &cases {
            let was_allowed = ready.is_allowed(case);
            assert_eq!(
                was_allowed,
                naive::is_allowed(&policies, case),
                "{policies:#?} {case:#?}"
            );
            let is_allowed = changed_ready.is_allowed(case);
            assert!(
                was_allowed || !is_allowed,
                "what can only take away gave: {policies:#?} became {changed:#?} for {case:#?}"
            );
            if was_allowed {
                allowed += 1;
            } else {
                denied += 1;
            }
        }
    }
    assert_eq!(allowed + denied, SETS * REQUESTS * repetitions);
    assert!(
        allowed * 10 > denied && denied * 10 > allowed,
        "one-sided: {allowed} allowed, {denied} denied"
    );
}

#[test]
fn an_operator_that_is_unknown_is_refused() {
    let mut random = Random::new(5);
    let mut tried = 0;
    while tried < 1_000 {
        let mut statement = generate::statement(&mut random, "Allow", true);
        let Some(conditions) = statement["Condition"].as_object_mut() else {
            continue;
        };
        let first = conditions.keys().next().expect("a condition").clone();
        let keys = conditions.remove(&first).expect("it is there");
        conditions.insert(format!("{first}X"), keys);
        let policy = json!({"Version": "2012-10-17", "Statement": [statement]});
        assert!(parse_key_policy(&policy.to_string()).is_err(), "{policy}");
        tried += 1;
    }
}

/// The same policies with a Deny more, an Allow less, or a condition on a key that nobody knows.
fn narrower(policies: &Policies, random: &mut Random) -> Policies {
    let mut changed = policies.clone();
    let of_caller: Vec<&mut Value> = changed
        .identity
        .iter_mut()
        .chain(&mut changed.session)
        .chain(&mut changed.boundary)
        .collect();
    let is_key_policy = of_caller.is_empty() || random.one_in(3);
    let policy = if is_key_policy {
        &mut changed.key
    } else {
        let index = random.below(of_caller.len());
        of_caller.into_iter().nth(index).expect("one of them")
    };
    let mut statements = match &policy["Statement"] {
        Value::Array(statements) => statements.clone(),
        one => vec![one.clone()],
    };
    let index = random.below(statements.len());
    match random.below(3) {
        0 => statements.push(generate::statement(random, "Deny", is_key_policy)),
        1 => {
            // Emptied and not removed, because a policy has at least one statement.
            if statements[index]["Effect"] == "Allow" {
                let object = statements[index].as_object_mut().expect("a statement");
                object.remove("NotAction");
                object.insert("Action".to_owned(), json!("none:None"));
            }
        }
        _ => {
            if statements[index]["Condition"].is_object() {
                statements[index]["Condition"] = rename_key(&statements[index]["Condition"]);
            }
        }
    }
    policy["Statement"] = json!(statements);
    changed
}

fn rename_key(conditions: &Value) -> Value {
    let conditions = conditions.as_object().expect("an object").iter();
    let renamed = conditions.map(|(operator, keys)| {
        let values = keys
            .as_object()
            .expect("an object")
            .values()
            .next()
            .expect("a key");
        (operator.clone(), json!({"kms:Invented": values}))
    });
    renamed.collect()
}

/// Policies parsed once and asked often.
struct Ready {
    key: Document,
    identity: Vec<Arc<StoredPolicy>>,
    boundary: Option<Arc<StoredPolicy>>,
    session: Vec<Arc<StoredPolicy>>,
    grants: Vec<GrantTerms>,
}

impl Ready {
    fn new(policies: &Policies) -> Self {
        let parse = |policy: &Value| {
            StoredPolicy::parse(&policy.to_string(), PolicyKind::Identity)
                .unwrap_or_else(|error| panic!("{error}: {policy}"))
        };
        Self {
            key: parse_key_policy(&policies.key.to_string())
                .unwrap_or_else(|error| panic!("{error}: {}", policies.key)),
            identity: policies.identity.iter().map(parse).collect(),
            boundary: policies.boundary.as_ref().map(parse),
            session: policies.session.iter().map(parse).collect(),
            grants: policies.grants.iter().map(terms).collect(),
        }
    }

    fn is_allowed(&self, case: &Case) -> bool {
        let mut keys = RequestKeys::new();
        for (name, values) in &case.keys {
            keys.insert_all(name.as_str(), values.iter().cloned());
        }
        let context: EncryptionContext = case
            .context
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let operation = case
            .action
            .strip_prefix("kms:")
            .and_then(GrantOperation::by_name);
        let inputs = Inputs {
            request: Request {
                action: &case.action,
                resource: &case.resource,
                principal: principal(case),
                keys: &keys,
            },
            owner_account: &case.owner,
            key_policy: &self.key,
            caller: CallerPolicies {
                identity: &self.identity,
                boundary: self.boundary.as_deref(),
                session: &self.session,
            },
            grants: &self.grants.iter().collect::<Vec<_>>(),
            grant_use: operation.map(|operation| GrantUse {
                operation,
                encryption_context: &context,
                source_arn: None,
                new_grant: None,
            }),
            works_across_accounts: case.works_across_accounts,
        };
        authorize_key_use(&inputs).is_allowed()
    }
}

fn principal(case: &Case) -> Principal<'_> {
    let caller = &case.caller;
    Principal {
        account: &caller.account,
        arn: &caller.arn,
        unique_id: "",
        kind: match caller.kind {
            Kind::Root => PrincipalKind::Root,
            Kind::User => PrincipalKind::User,
            Kind::Session => PrincipalKind::Session {
                role_arn: &caller.role,
            },
            Kind::Federated => PrincipalKind::FederatedUser,
            Kind::Service => PrincipalKind::Service,
        },
    }
}

fn terms(grant: &Grant) -> GrantTerms {
    let constraint = |pairs: &[(String, String)]| {
        (!pairs.is_empty()).then(|| {
            pairs
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect()
        })
    };
    GrantTerms {
        id: "0f".repeat(32).into(),
        grantee: grant.grantee.as_str().into(),
        operations: grant
            .operations
            .iter()
            .filter_map(|name| GrantOperation::by_name(name))
            .collect(),
        constraints: GrantConstraints {
            encryption_context_equals: constraint(&grant.equals),
            encryption_context_subset: constraint(&grant.subset),
            source_arn: None,
        },
    }
}
