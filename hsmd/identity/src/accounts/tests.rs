//! Accounts over a real store: who is proven by which credentials, what is kept, and what cannot be deleted.

use std::sync::Arc;
use std::time::Duration;

use hsmd_keys::AccountId;
use hsmd_secret_memory::LockedBytes;
use hsmd_storage::Barrier;
use secrecy::{ExposeSecret, SecretString};
use tempfile::TempDir;

use super::{AccountError, Accounts, AssumeRole, Holder, NewPolicy, NewRole};
use crate::aws::{AwsService, PrincipalKind};
use crate::caller::Caller;
use crate::sigv4::SignatureRefused;
use crate::sigv4::tests::{borrowed, call, signed_headers};
use crate::tests::{TestClock, barrier};

/// What the test clock says at first.
const NOW: &str = "20231114T221320Z";

const ALLOW: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}"#;

struct World {
    _directory: TempDir,
    barrier: Arc<Barrier>,
    clock: Arc<TestClock>,
    accounts: Accounts,
    account: AccountId,
}

impl World {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let barrier = barrier(&directory);
        let clock = Arc::new(TestClock::default());
        let accounts = open(&barrier, &clock).await;
        let account = "111122223333".parse().unwrap();
        accounts.create_account(Some(account), "one").await.unwrap();
        Self {
            _directory: directory,
            barrier,
            clock,
            accounts,
            account,
        }
    }

    /// A user with a policy, and its access key.
    async fn user(&self, name: &str) -> (String, SecretString) {
        let (accounts, account) = (&self.accounts, self.account);
        accounts
            .create_user(account, name, "/", &[], None)
            .await
            .unwrap();
        let user = Holder::User(name);
        accounts
            .put_inline_policy(account, user, "all", ALLOW)
            .await
            .unwrap();
        let made = accounts
            .create_access_key(account, Some(name))
            .await
            .unwrap();
        (made.key.id, made.secret)
    }

    async fn role(&self, name: &str) {
        let trust = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{}"}},"Action":"sts:AssumeRole"}}]}}"#,
            self.account
        );
        let role = NewRole {
            name: name.to_owned(),
            path: "/".to_owned(),
            trust,
            description: String::new(),
            session_seconds_max: 3_600,
            tags: vec![("team".to_owned(), "blue".to_owned())],
            boundary: None,
        };
        self.accounts.create_role(self.account, role).await.unwrap();
    }

    fn authenticate(
        &self,
        key: (&str, &SecretString),
        token: Option<&SecretString>,
    ) -> Result<Caller, SignatureRefused> {
        authenticate(&self.accounts, key, token, NOW)
    }
}

async fn open(barrier: &Arc<Barrier>, clock: &Arc<TestClock>) -> Accounts {
    let session_key = LockedBytes::from_slice_and_wipe(&mut [5; 32]).unwrap();
    let clock = Arc::clone(clock) as Arc<dyn crate::Clock>;
    Accounts::open(barrier, session_key, clock).await.unwrap()
}

#[expect(clippy::disallowed_methods, reason = "secrets of tests")]
fn authenticate(
    accounts: &Accounts,
    (id, secret): (&str, &SecretString),
    token: Option<&SecretString>,
    date_time: &str,
) -> Result<Caller, SignatureRefused> {
    let token = token.map(ExposeSecret::expose_secret);
    let headers = signed_headers((id, secret.expose_secret()), token, date_time);
    let headers = borrowed(&headers);
    accounts.authenticate(&call(&headers), &[AwsService::Kms])
}

#[tokio::test]
async fn an_access_key_proves_its_user_while_it_is_active() {
    let world = World::new().await;
    let (accounts, account) = (&world.accounts, world.account);
    let (id, secret) = world.user("ada").await;
    let caller = world.authenticate((&id, &secret), None).unwrap();
    let principal = caller.aws().unwrap();
    assert_eq!(principal.arn, "arn:aws:iam::111122223333:user/ada");
    assert_eq!(principal.kind, PrincipalKind::User);
    assert_eq!(principal.access_key_id, id);
    assert_eq!(accounts.identity_policies(principal).len(), 1);
    assert_eq!(caller.aws_request().unwrap().region.as_str(), "us-east-1");

    let refused = world.authenticate((&id, &SecretString::from("wrong")), None);
    assert_eq!(refused.map(drop), Err(SignatureRefused::DoesNotMatch));
    accounts
        .set_access_key_active(account, Some("ada"), &id, false)
        .await
        .unwrap();
    let refused = world.authenticate((&id, &secret), None);
    assert_eq!(refused.map(drop), Err(SignatureRefused::UnknownCredentials));
    accounts
        .set_access_key_active(account, Some("ada"), &id, true)
        .await
        .unwrap();
    assert!(world.authenticate((&id, &secret), None).is_ok());
    accounts
        .delete_access_key(account, Some("ada"), &id)
        .await
        .unwrap();
    let refused = world.authenticate((&id, &secret), None);
    assert_eq!(refused.map(drop), Err(SignatureRefused::UnknownCredentials));
}

#[tokio::test]
async fn everything_is_there_when_the_store_is_opened_again() {
    let world = World::new().await;
    let (accounts, account) = (&world.accounts, world.account);
    let (id, secret) = world.user("ada").await;
    let root = accounts.create_access_key(account, None).await.unwrap();
    world.role("writer").await;
    let policy = NewPolicy {
        name: "use".to_owned(),
        path: "/".to_owned(),
        text: ALLOW.to_owned(),
        description: "d".to_owned(),
        tags: Vec::new(),
    };
    let policy = accounts.create_policy(account, policy).await.unwrap();
    let role = Holder::Role("writer");
    accounts
        .attach_policy(account, role, &policy.arn())
        .await
        .unwrap();

    let again = open(&world.barrier, &world.clock).await;
    assert_eq!(
        again.user(account, "ADA").unwrap(),
        accounts.user(account, "ada").unwrap()
    );
    assert_eq!(
        again.role(account, "writer").unwrap(),
        accounts.role(account, "writer").unwrap()
    );
    assert_eq!(again.policy(account, &policy.arn()).unwrap(), policy);
    let caller = authenticate(&again, (&id, &secret), None, NOW).unwrap();
    assert_eq!(caller.aws().unwrap().name, "ada");
    let caller = authenticate(&again, (&root.key.id, &root.secret), None, NOW).unwrap();
    assert!(caller.aws().unwrap().is_root());
}

#[tokio::test]
async fn a_session_is_its_role_until_its_time_is_over_or_the_role_is_gone() {
    let world = World::new().await;
    let (accounts, account) = (&world.accounts, world.account);
    world.role("writer").await;
    let asked = AssumeRole {
        session_name: "me".to_owned(),
        policies: vec![ALLOW.to_owned()],
        tags: vec![("job".to_owned(), "7".to_owned())],
        ..AssumeRole::default()
    };
    let session = accounts
        .assume_role(account, "writer", asked.clone())
        .unwrap();
    let key = (session.access_key_id.as_str(), &session.secret);
    let token = &session.session_token;
    let caller = world.authenticate(key, Some(token)).unwrap();
    let principal = caller.aws().unwrap();
    assert_eq!(
        principal.arn,
        "arn:aws:sts::111122223333:assumed-role/writer/me"
    );
    assert_eq!(
        principal.principal_arn(),
        "arn:aws:iam::111122223333:role/writer"
    );
    assert_eq!(principal.session_policies.len(), 1);
    assert_eq!(principal.tags.len(), 2);

    let without_token = world.authenticate(key, None).map(drop);
    assert_eq!(without_token, Err(SignatureRefused::UnknownCredentials));
    let garbled = SecretString::from("AAAA");
    let refused = world.authenticate(key, Some(&garbled)).map(drop);
    assert_eq!(refused, Err(SignatureRefused::UnknownCredentials));
    let other = accounts
        .assume_role(account, "writer", asked.clone())
        .unwrap();
    let refused = world
        .authenticate(key, Some(&other.session_token))
        .map(drop);
    assert_eq!(
        refused,
        Err(SignatureRefused::UnknownCredentials),
        "another session's token"
    );

    world.clock.advance(Duration::from_hours(1));
    let refused = authenticate(accounts, key, Some(token), "20231114T231320Z").map(drop);
    assert_eq!(refused, Err(SignatureRefused::ExpiredCredentials));

    let session = accounts.assume_role(account, "writer", asked).unwrap();
    accounts.delete_role(account, "writer").await.unwrap();
    world.role("writer").await;
    let key = (session.access_key_id.as_str(), &session.secret);
    let token = Some(&session.session_token);
    let refused = authenticate(accounts, key, token, "20231114T231320Z").map(drop);
    assert_eq!(
        refused,
        Err(SignatureRefused::UnknownCredentials),
        "a role of the same name is another"
    );
}

#[tokio::test]
async fn what_is_in_use_cannot_be_deleted() {
    let world = World::new().await;
    let (accounts, account) = (&world.accounts, world.account);
    let (id, _) = world.user("ada").await;
    let conflict = |must| Err(AccountError::DeleteConflict { must });
    assert_eq!(
        accounts.delete_user(account, "ada").await,
        conflict("delete policies")
    );
    let ada = Holder::User("ada");
    accounts
        .delete_inline_policy(account, ada, "all")
        .await
        .unwrap();
    assert_eq!(
        accounts.delete_user(account, "ada").await,
        conflict("delete access keys")
    );
    accounts
        .delete_access_key(account, Some("ada"), &id)
        .await
        .unwrap();
    let provided = "arn:aws:iam::aws:policy/AdministratorAccess";
    accounts
        .attach_policy(account, ada, provided)
        .await
        .unwrap();
    assert_eq!(
        accounts.delete_user(account, "ada").await,
        conflict("detach all policies")
    );
    assert!(accounts.delete_account(account).await.is_err());
    accounts
        .detach_policy(account, ada, provided)
        .await
        .unwrap();
    accounts.delete_user(account, "ada").await.unwrap();
    accounts.delete_account(account).await.unwrap();
    assert!(accounts.list().is_empty());
}

#[tokio::test]
async fn principals_exist_by_arn_while_they_do() {
    let world = World::new().await;
    let accounts = &world.accounts;
    world.user("ada").await;
    world.role("writer").await;
    for arn in [
        "111122223333",
        "arn:aws:iam::111122223333:root",
        "arn:aws:iam::111122223333:user/ada",
        "arn:aws:iam::111122223333:role/writer",
        "arn:aws:sts::111122223333:assumed-role/writer/any",
    ] {
        assert!(accounts.principal_exists(arn), "{arn}");
    }
    for arn in [
        "",
        "444455556666",
        "arn:aws:iam::444455556666:root",
        "arn:aws:iam::111122223333:user/bob",
        "arn:aws:iam::111122223333:user/x/ada",
        "arn:aws:iam::111122223333:role/ada",
        "arn:aws:kms::111122223333:user/ada",
    ] {
        assert!(!accounts.principal_exists(arn), "{arn}");
    }
}

#[tokio::test]
async fn limits_and_bad_values_change_nothing() {
    let world = World::new().await;
    let (accounts, account) = (&world.accounts, world.account);
    world.user("ada").await;
    accounts
        .create_access_key(account, Some("ada"))
        .await
        .unwrap();
    let third = accounts.create_access_key(account, Some("ada")).await;
    assert!(matches!(third, Err(AccountError::LimitExceeded { .. })));
    let before = accounts.user(account, "ada").unwrap();
    let ada = Holder::User("ada");
    let refused = accounts.put_inline_policy(account, ada, "p", "{}").await;
    assert!(
        matches!(refused, Err(AccountError::MalformedPolicy(_))),
        "{refused:?}"
    );
    let reserved = [("AWS:x".to_owned(), String::new())];
    assert!(accounts.tag(account, ada, &reserved).await.is_err());
    let absent = "arn:aws:iam::111122223333:policy/absent";
    assert!(accounts.attach_policy(account, ada, absent).await.is_err());
    assert!(
        accounts
            .create_user(account, "Ada", "/", &[], None)
            .await
            .is_err()
    );
    assert!(
        accounts
            .create_user(account, "a b", "/", &[], None)
            .await
            .is_err()
    );
    assert!(
        accounts
            .create_user(account, "bob", "bad", &[], None)
            .await
            .is_err()
    );
    assert_eq!(accounts.user(account, "ada").unwrap(), before);
    assert_eq!(accounts.users(account).unwrap().len(), 1);
}
