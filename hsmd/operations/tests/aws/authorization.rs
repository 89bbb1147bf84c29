//! What more than one policy decides: permissions boundaries, the check against lockouts, and dry runs.

use hsmd_identity::{Holder, NewPolicy};
use hsmd_operations::kms::{
    self, CreateGrant, CreateKey, GrantConstraints, KeyReference, ListGrants, PageRequest,
    PutKeyPolicy, RetireGrant, RetiredGrant, RevokeGrant,
};

use crate::timed::{code, data_key, encrypt, encryption};
use crate::world::{ACCOUNT, Person, World, create};

const ALLOW_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const ENCRYPT_ALONE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:Encrypt","Resource":"*"}]}"#;

/// Makes a managed policy. Gives its ARN.
async fn policy(world: &World, name: &str, text: &str) -> String {
    let new = NewPolicy {
        name: name.to_owned(),
        path: "/".to_owned(),
        text: text.to_owned(),
        description: String::new(),
        tags: Vec::new(),
    };
    let account = ACCOUNT.parse().unwrap();
    world
        .accounts
        .create_policy(account, new)
        .await
        .unwrap()
        .arn()
}

#[tokio::test]
async fn a_boundary_is_a_ceiling_on_what_identity_policies_give() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = world.symmetric_key(&ada).await;
    let account = ACCOUNT.parse().unwrap();
    let bob = world.user(ACCOUNT, "bob").await;
    let of = Holder::User("bob");
    let put = world
        .accounts
        .put_inline_policy(account, of, "all", ALLOW_ALL);
    put.await.unwrap();
    encrypt(&world, &bob, &key).await;
    world.ask(&bob, data_key(&key)).await.unwrap();

    let arn = policy(&world, "ceiling", ENCRYPT_ALONE).await;
    let accounts = &world.accounts;
    accounts
        .set_boundary(account, of, Some(&arn))
        .await
        .unwrap();
    encrypt(&world, &bob, &key).await;
    let refused = world.ask(&bob, data_key(&key)).await;
    assert_eq!(code(refused.map(|_| ())), "AccessDenied");
    // It gives nothing by itself, it cannot be deleted while it bounds somebody, and it outlives a restart.
    assert!(accounts.policy_uses(account, &arn).unwrap()[0].is_boundary);
    assert!(accounts.delete_policy(account, &arn).await.is_err());
    let world = world.restart().await;
    let refused = world.ask(&bob, data_key(&key)).await;
    assert_eq!(code(refused.map(|_| ())), "AccessDenied");
    let accounts = &world.accounts;
    accounts
        .delete_inline_policy(account, of, "all")
        .await
        .unwrap();
    let refused = world.ask(&bob, encryption(&key)).await;
    assert_eq!(code(refused.map(|_| ())), "AccessDenied");
    accounts.set_boundary(account, of, None).await.unwrap();
    accounts.delete_policy(account, &arn).await.unwrap();
    let none = accounts.set_boundary(account, of, Some(&arn)).await;
    assert!(none.is_err(), "a policy that is not there bounds nobody");
}

#[tokio::test]
async fn a_boundary_bounds_grants_too_and_not_what_a_key_policy_refuses() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = world.symmetric_key(&ada).await;
    let account = ACCOUNT.parse().unwrap();
    let bob = world.user(ACCOUNT, "bob").await;
    let granted = world.ask(&ada, grant(&key, "GenerateDataKey")).await;
    granted.unwrap();
    world.ask(&bob, data_key(&key)).await.unwrap();
    let arn = policy(&world, "ceiling", ENCRYPT_ALONE).await;
    let of = Holder::User("bob");
    world
        .accounts
        .set_boundary(account, of, Some(&arn))
        .await
        .unwrap();
    let refused = world.ask(&bob, data_key(&key)).await;
    assert_eq!(code(refused.map(|_| ())), "AccessDenied");
}

/// A key policy whose one statement for administrators has this condition.
fn conditioned(condition: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{ACCOUNT}"}},"Action":"kms:*","Resource":"*","Condition":{condition}}}]}}"#
    )
}

async fn put(
    world: &World,
    who: &Person,
    key: &KeyReference,
    policy: String,
) -> Result<(), kms::Error> {
    let put = PutKeyPolicy {
        key: key.clone(),
        policy_name: None,
        policy,
        bypasses_lockout_check: false,
    };
    world.ask(who, put).await
}

#[tokio::test]
async fn the_check_against_lockouts_sees_the_caller_and_the_key_as_conditions_do() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = world.symmetric_key(&ada).await;
    let user = format!("arn:aws:iam::{ACCOUNT}:user/admin");
    let met = [
        format!(r#"{{"StringEquals":{{"kms:CallerAccount":"{ACCOUNT}"}}}}"#),
        format!(r#"{{"ArnEquals":{{"aws:PrincipalArn":"{user}"}}}}"#),
        r#"{"IpAddress":{"aws:SourceIp":"127.0.0.0/8"}}"#.to_owned(),
        r#"{"StringEquals":{"kms:KeySpec":"SYMMETRIC_DEFAULT","kms:PolicyName":"default"}}"#
            .to_owned(),
        r#"{"Bool":{"aws:SecureTransport":"true"}}"#.to_owned(),
    ];
    for condition in met {
        put(&world, &ada, &key, conditioned(&condition))
            .await
            .unwrap();
        let made = CreateKey {
            policy: Some(conditioned(&condition)),
            ..create("SYMMETRIC_DEFAULT", None, "AWS_KMS")
        };
        world.ask(&ada, made).await.unwrap();
    }
    let unmet = [
        r#"{"StringEquals":{"kms:CallerAccount":"444455556666"}}"#,
        r#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#,
        r#"{"StringEquals":{"kms:KeySpec":"RSA_2048"}}"#,
        r#"{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}}"#,
        r#"{"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}"#,
    ];
    for condition in unmet {
        let refused = put(&world, &ada, &key, conditioned(condition)).await;
        assert_eq!(
            code(refused),
            "MalformedPolicyDocumentException",
            "{condition}"
        );
        let made = CreateKey {
            policy: Some(conditioned(condition)),
            ..create("SYMMETRIC_DEFAULT", None, "AWS_KMS")
        };
        let refused = world.ask(&ada, made).await;
        assert_eq!(
            code(refused),
            "MalformedPolicyDocumentException",
            "{condition}"
        );
    }
    // Who says so may lock out whom they like.
    let bypassing = CreateKey {
        policy: Some(conditioned(unmet[0])),
        bypasses_lockout_check: true,
        ..create("SYMMETRIC_DEFAULT", None, "AWS_KMS")
    };
    world.ask(&ada, bypassing).await.unwrap();
}

fn grant(key: &KeyReference, operation: &'static str) -> CreateGrant {
    CreateGrant {
        key: key.clone(),
        grantee: format!("arn:aws:iam::{ACCOUNT}:user/bob"),
        retiring: None,
        operations: vec![operation],
        constraints: GrantConstraints::default(),
        name: String::new(),
        grant_tokens: Vec::new(),
        is_dry_run: false,
    }
}

#[tokio::test]
async fn a_dry_run_of_a_change_tells_the_changes_own_errors_first_and_changes_nothing() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    world.user(ACCOUNT, "bob").await;
    let key = world.symmetric_key(&ada).await;
    let dry = |operation| CreateGrant {
        is_dry_run: true,
        ..grant(&key, operation)
    };
    let none = || ListGrants {
        key: key.clone(),
        grant_id: None,
        grantee: None,
        page: PageRequest::default(),
    };
    let told = |result: Result<(), kms::Error>| code(result);
    assert_eq!(
        told(world.ask(&ada, dry("Decrypt")).await.map(|_| ())),
        "DryRunOperationException"
    );
    assert_eq!(
        told(world.ask(&ada, dry("Sign")).await.map(|_| ())),
        "ValidationException"
    );
    let nobody = CreateGrant {
        grantee: format!("arn:aws:iam::{ACCOUNT}:user/nobody"),
        ..dry("Decrypt")
    };
    assert_eq!(
        told(world.ask(&ada, nobody).await.map(|_| ())),
        "InvalidArnException"
    );
    assert!(world.ask(&ada, none()).await.unwrap().entries.is_empty());

    let made = world.ask(&ada, grant(&key, "Decrypt")).await.unwrap();
    let revoke = |grant_id: &str, is_dry_run| RevokeGrant {
        key: key.clone(),
        grant_id: grant_id.to_owned(),
        is_dry_run,
    };
    let unknown = "0".repeat(64);
    assert_eq!(
        told(world.ask(&ada, revoke(&unknown, true)).await),
        "NotFoundException"
    );
    assert_eq!(
        told(world.ask(&ada, revoke(&made.grant_id, true)).await),
        "DryRunOperationException"
    );
    let retire = |token: &str| RetireGrant {
        grant: RetiredGrant::Token(token.to_owned()),
        is_dry_run: true,
    };
    assert_eq!(
        told(world.ask(&ada, retire("x")).await),
        "InvalidGrantTokenException"
    );
    assert_eq!(
        told(world.ask(&ada, retire(&made.token)).await),
        "DryRunOperationException"
    );
    assert_eq!(world.ask(&ada, none()).await.unwrap().entries.len(), 1);
    world
        .ask(&ada, revoke(&made.grant_id, false))
        .await
        .unwrap();
}
