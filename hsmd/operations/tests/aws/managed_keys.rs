//! AWS managed keys, the services that they are made for, and grants to services.

use hsmd_identity::KeyHolder;
use hsmd_operations::kms::{
    self, AliasName, CreateAlias, CreateGrant, DescribeKey, DisableKey, EnableKeyRotation,
    GetKeyPolicy, GetKeyRotationStatus, GrantConstraints, KeyReference, ListAliases, ListKeys,
    PageRequest, PutKeyPolicy, RotateKeyOnDemand, ScheduleKeyDeletion, TagResource,
};

use crate::timed::{DAY_MILLISECONDS, code, data_key, decrypt_with, encrypt, rotations};
use crate::world::{ACCOUNT, Person, World, days};

const S3_KEY: &str = "alias/aws/s3";
const SOURCE: &str = "arn:aws:s3:::invoices";

async fn service(world: &World, name: &str) -> Person {
    world.person(ACCOUNT, KeyHolder::Service(name)).await
}

fn describe(name: &str) -> DescribeKey {
    DescribeKey {
        key: KeyReference::parse(name),
        grant_tokens: Vec::new(),
    }
}

async fn alias_names(world: &World, who: &Person) -> Vec<String> {
    let list = ListAliases {
        key: None,
        page: PageRequest::default(),
    };
    let mut listed = world.ask(who, list).await.unwrap().entries;
    assert!(listed.is_sorted_by(|one, other| one.name < other.name));
    assert!(listed.iter().any(|alias| alias.name == S3_KEY));
    listed.retain(|alias| alias.target.is_some());
    listed.into_iter().map(|alias| alias.name).collect()
}

#[tokio::test]
async fn a_key_appears_when_its_service_uses_it_first_and_stays() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let s3 = service(&world, "s3.amazonaws.com").await;
    let key = KeyReference::parse(S3_KEY);
    let first = world.ask(&s3, data_key(&key)).await.unwrap();
    let second = world.ask(&s3, data_key(&key)).await.unwrap();
    assert_eq!(first.key_arn, second.key_arn);
    assert_eq!(alias_names(&world, &ada).await, [S3_KEY]);
    assert_eq!(world.records_named("CreateKey"), 1);

    let metadata = world.describe(&ada, &key).await.unwrap();
    assert_eq!(metadata.manager, "AWS");
    assert_eq!(metadata.arn, first.key_arn);
    assert!(metadata.description.contains("S3 objects"));
    let plaintext = decrypt_with(&world, &s3, &first.ciphertext).await.unwrap();
    assert_eq!(
        plaintext.as_bytes(),
        first.plaintext.as_ref().unwrap().as_bytes()
    );
    // It is there after a restart too.
    let world = world.restart().await;
    assert_eq!(world.describe(&ada, &key).await.unwrap().arn, first.key_arn);
}

#[tokio::test]
async fn people_of_the_account_see_the_key_and_do_nothing_else_with_it() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let root = world.person(ACCOUNT, KeyHolder::Root).await;
    // Asking to see it is the other way in which it appears.
    let made = world.ask(&ada, describe(S3_KEY)).await.unwrap();
    let key = KeyReference::parse(&made.key_id);
    for who in [&ada, &root] {
        world.ask(who, describe(S3_KEY)).await.unwrap();
        let policy = GetKeyPolicy {
            key: key.clone(),
            policy_name: None,
        };
        let policy = world.ask(who, policy).await.unwrap();
        assert!(policy.contains("s3.us-east-1.amazonaws.com"));
        let denied = [
            world.ask(who, data_key(&key)).await.map(|_| ()),
            world.ask(who, DisableKey { key: key.clone() }).await,
            world.ask(who, rotation(&key)).await,
            world.ask(who, rotate(&key)).await.map(|_| ()),
            world.ask(who, deletion(&key)).await.map(|_| ()),
            world.ask(who, tagging(&key)).await,
            world.ask(who, policy_of_all(&key)).await,
            world.ask(who, alias("alias/mine", &key)).await,
        ];
        for refused in denied {
            assert_eq!(code(refused), "AccessDenied");
        }
    }
    assert_eq!(world.state(&ada, &key).await, "Enabled");
    let taken = AliasName::new("alias/aws/mine");
    assert!(matches!(taken, Err(kms::Error::NotAuthorized)));
}

#[tokio::test]
async fn a_key_is_its_own_services_alone() {
    let world = World::new().await;
    world.administrator(ACCOUNT).await;
    let s3 = service(&world, "s3.amazonaws.com").await;
    let sqs = service(&world, "sqs.amazonaws.com").await;
    let key = KeyReference::parse(S3_KEY);
    // It makes no key for another, and names no key of a service that there is not.
    assert_eq!(
        code(world.ask(&sqs, data_key(&key)).await.map(|_| ())),
        "NotFoundException"
    );
    let made = world.ask(&s3, data_key(&key)).await.unwrap();
    assert_eq!(
        code(world.ask(&sqs, data_key(&key)).await.map(|_| ())),
        "AccessDenied"
    );
    let refused = decrypt_with(&world, &sqs, &made.ciphertext).await;
    assert_eq!(code(refused.map(|_| ())), "AccessDenied");
    let unknown = KeyReference::parse("alias/aws/teapot");
    assert_eq!(
        code(world.describe(&s3, &unknown).await),
        "NotFoundException"
    );
    // EBS comes as EC2.
    let ec2 = service(&world, "ec2.amazonaws.com").await;
    let volumes = KeyReference::parse("alias/aws/ebs");
    world.ask(&ec2, data_key(&volumes)).await.unwrap();
}

#[tokio::test]
async fn a_service_has_the_rights_of_nobody_in_the_account() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = world.symmetric_key(&ada).await;
    let s3 = service(&world, "s3.amazonaws.com").await;
    assert_eq!(
        code(world.ask(&s3, data_key(&key)).await.map(|_| ())),
        "AccessDenied"
    );
    assert_eq!(code(world.describe(&s3, &key).await), "AccessDenied");
    let list = ListKeys {
        page: PageRequest::default(),
    };
    assert_eq!(code(world.ask(&s3, list).await.map(|_| ())), "AccessDenied");
    let create = crate::world::create("SYMMETRIC_DEFAULT", None, "AWS_KMS");
    assert_eq!(
        code(world.ask(&s3, create).await.map(|_| ())),
        "AccessDenied"
    );
    // A session of its own would be one of the root user.
    let account = ACCOUNT.parse().unwrap();
    let principal = hsmd_identity::AwsPrincipal::service(account, "s3.amazonaws.com");
    assert!(world.accounts.session_of_user(&principal, None).is_err());
}

#[tokio::test]
async fn a_managed_key_is_rotated_every_year() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let s3 = service(&world, "s3.amazonaws.com").await;
    let made = world.ask(&s3, data_key(&KeyReference::parse(S3_KEY))).await;
    let made = made.unwrap();
    let key = KeyReference::parse(&made.key_arn);
    let asked = GetKeyRotationStatus { key: key.clone() };
    let rotation = world.ask(&ada, asked).await.unwrap().rotation.unwrap();
    assert_eq!(rotation.period_days, 365);
    let next = world.now() + 365 * DAY_MILLISECONDS;
    assert_eq!(rotation.next_at_unix_milliseconds, next);
    assert_eq!(world.pass_working(days(365)).await, 1);
    assert_eq!(rotations(&world, &ada, &key, false).await.len(), 1);
    decrypt_with(&world, &s3, &made.ciphertext).await.unwrap();
}

#[tokio::test]
async fn a_grant_for_a_source_works_for_requests_that_its_service_makes_for_it() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = world.symmetric_key(&ada).await;
    let grant = |source: Option<&str>| CreateGrant {
        key: key.clone(),
        grantee: "s3.amazonaws.com".to_owned(),
        retiring: Some(format!("arn:aws:iam::{ACCOUNT}:user/admin")),
        operations: vec!["GenerateDataKey", "Decrypt"],
        constraints: GrantConstraints {
            source_arn: source.map(Into::into),
            ..GrantConstraints::default()
        },
        name: String::new(),
        grant_tokens: Vec::new(),
        is_dry_run: false,
    };
    let refused = world.ask(&ada, grant(None)).await;
    assert_eq!(code(refused.map(|_| ())), "ValidationException");
    world.ask(&ada, grant(Some(SOURCE))).await.unwrap();

    let s3 = service(&world, "s3.amazonaws.com").await;
    let from = |source| [("x-amz-source-arn", source)];
    let made = world.ask_with(&s3, &from(SOURCE), data_key(&key)).await;
    made.unwrap();
    for headers in [&from("arn:aws:s3:::other")[..], &[]] {
        let refused = world.ask_with(&s3, headers, data_key(&key)).await;
        assert_eq!(code(refused.map(|_| ())), "AccessDenied");
    }
    // Who is no service says what he likes in vain.
    let eve = world.user(ACCOUNT, "eve").await;
    let refused = world.ask_with(&eve, &from(SOURCE), data_key(&key)).await;
    assert_eq!(code(refused.map(|_| ())), "AccessDenied");
    let sqs = service(&world, "sqs.amazonaws.com").await;
    let refused = world.ask_with(&sqs, &from(SOURCE), data_key(&key)).await;
    assert_eq!(code(refused.map(|_| ())), "AccessDenied");
}

#[tokio::test]
async fn a_key_policy_lets_a_service_in_for_a_source() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[
            {{"Effect":"Allow","Principal":{{"AWS":"{ACCOUNT}"}},"Action":"kms:*","Resource":"*"}},
            {{"Effect":"Allow","Principal":{{"Service":"sns.amazonaws.com"}},"Action":"kms:GenerateDataKey","Resource":"*",
              "Condition":{{"ArnLike":{{"aws:SourceArn":"arn:aws:s3:::inv*"}},
                            "StringEquals":{{"aws:SourceAccount":"{ACCOUNT}"}}}}}}]}}"#
    );
    let create = kms::CreateKey {
        policy: Some(policy),
        ..crate::world::create("SYMMETRIC_DEFAULT", None, "AWS_KMS")
    };
    let made = world.ask(&ada, create).await.unwrap();
    let key = KeyReference::parse(&made.key_id);
    let sns = service(&world, "sns.amazonaws.com").await;
    let of = |account| {
        [
            ("x-amz-source-account", account),
            ("x-amz-source-arn", SOURCE),
        ]
    };
    world
        .ask_with(&sns, &of(ACCOUNT), data_key(&key))
        .await
        .unwrap();
    let other = of("444455556666");
    let refused = world.ask_with(&sns, &other, data_key(&key)).await;
    assert_eq!(code(refused.map(|_| ())), "AccessDenied");
    let refused = world.ask(&sns, data_key(&key)).await;
    assert_eq!(code(refused.map(|_| ())), "AccessDenied");
    let eve = world.user(ACCOUNT, "eve").await;
    let refused = world.ask_with(&eve, &of(ACCOUNT), data_key(&key)).await;
    assert_eq!(code(refused.map(|_| ())), "AccessDenied");
    encrypt(&world, &ada, &key).await;
}

#[tokio::test]
async fn a_service_acts_in_its_own_account_alone() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    world.administrator("444455556666").await;
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[
            {{"Effect":"Allow","Principal":{{"AWS":"{ACCOUNT}"}},"Action":"kms:*","Resource":"*"}},
            {{"Effect":"Allow","Principal":{{"Service":"s3.amazonaws.com"}},"Action":"kms:*","Resource":"*",
              "Condition":{{"StringEquals":{{"aws:SourceAccount":"{ACCOUNT}"}}}}}}]}}"#
    );
    let create = kms::CreateKey {
        policy: Some(policy),
        ..crate::world::create("SYMMETRIC_DEFAULT", None, "AWS_KMS")
    };
    let key = world.ask(&ada, create).await.unwrap();
    let key = KeyReference::parse(&key.arn);
    let says = [("x-amz-source-account", ACCOUNT)];
    let own = service(&world, "s3.amazonaws.com").await;
    let made = world.ask_with(&own, &says, data_key(&key)).await.unwrap();
    // The same service of another account says that it acts for this one, and is not believed.
    let holder = KeyHolder::Service("s3.amazonaws.com");
    let other = world.person("444455556666", holder).await;
    let refused = world.ask_with(&other, &says, data_key(&key)).await;
    assert_eq!(code(refused.map(|_| ())), "AccessDenied");
    let refused = decrypt_with(&world, &other, &made.ciphertext).await;
    assert_eq!(code(refused.map(|_| ())), "AccessDenied");
}

fn rotation(key: &KeyReference) -> EnableKeyRotation {
    EnableKeyRotation {
        key: key.clone(),
        period_days: 90,
    }
}

fn rotate(key: &KeyReference) -> RotateKeyOnDemand {
    RotateKeyOnDemand { key: key.clone() }
}

fn deletion(key: &KeyReference) -> ScheduleKeyDeletion {
    ScheduleKeyDeletion {
        key: key.clone(),
        waiting_days: 7,
    }
}

fn tagging(key: &KeyReference) -> TagResource {
    TagResource {
        key: key.clone(),
        tags: vec![("a".to_owned(), "b".to_owned())],
    }
}

fn alias(name: &str, key: &KeyReference) -> CreateAlias {
    CreateAlias {
        name: AliasName::new(name).unwrap(),
        target: key.clone(),
    }
}

fn policy_of_all(key: &KeyReference) -> PutKeyPolicy {
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{ACCOUNT}"}},"Action":"kms:*","Resource":"*"}}]}}"#
    );
    PutKeyPolicy {
        key: key.clone(),
        policy_name: None,
        policy,
        bypasses_lockout_check: false,
    }
}
