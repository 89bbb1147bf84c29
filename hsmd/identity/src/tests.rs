//! Identity over a real store: who is recognised, what a PIN's tries are, and when an application ends.

use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hsmd_keys::{ObjectId, Partition, PartitionId, Repository, TokenProfile};
use hsmd_secret_memory::LockedBytes;
use hsmd_storage::{Barrier, BarrierKeys, Embedded, Term};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::applications::{Limits, Token};
use crate::authenticator::{LocalRights, Opened, Settings};
use crate::caller::{Caller, LoginRole, Partitions, Role};
use crate::clock::Clock;
use crate::errors::Error;
use crate::identities::Identity;
use crate::peer::{Peer, Subject};
use crate::pins::{Cost, PIN_TRIES, PinState};

const PIN: &[u8] = b"1234";
const SO_PIN: &[u8] = b"12345678";
const CHEAP: Cost = Cost {
    memory_kibibytes: 8,
    passes: 1,
};
const ISSUER: [u8; 32] = [7; 32];

#[derive(Debug, Default)]
pub(crate) struct TestClock(AtomicU64);

impl TestClock {
    fn advance(&self, time: Duration) {
        self.0
            .fetch_add(u64::try_from(time.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn since_epoch(&self) -> Duration {
        Duration::from_millis(1_700_000_000_000 + self.0.load(Ordering::Relaxed))
    }
}

struct World {
    directory: TempDir,
    barrier: Arc<Barrier>,
    repository: Repository,
    opened: Opened,
    clock: Arc<TestClock>,
    partition: PartitionId,
}

fn settings(local: LocalRights) -> Settings {
    Settings {
        local,
        pin_cost: CHEAP,
        applications: Limits {
            per_peer_max: 3,
            ..Limits::default()
        },
    }
}

/// Somebody else's daemon, where the tests' own user has no rights by being local, unless it is root.
const SERVE: LocalRights = LocalRights {
    daemon_uid: u32::MAX,
    is_development: false,
};

impl World {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let engine = Embedded::open(&directory.path().join("store")).unwrap();
        let keys = BarrierKeys::new(Term(1), LockedBytes::random(32).unwrap());
        let barrier = Arc::new(Barrier::new(Arc::new(engine), keys));
        let repository = Repository::open(Arc::clone(&barrier)).await.unwrap();
        let clock = Arc::new(TestClock::default());
        let opened = open(&barrier, &clock, SERVE).await;
        let partition = PartitionId::random().unwrap();
        let world = Self {
            directory,
            barrier,
            repository,
            opened,
            clock,
            partition,
        };
        world.make_partition(Some(PIN)).await;
        world
    }

    async fn make_partition(&self, user: Option<&[u8]>) {
        let pins = &self.opened.pins;
        let user = user.map(|pin| pin.to_vec().into());
        let records = pins
            .initial_records(self.partition, SO_PIN.to_vec().into(), user)
            .await
            .unwrap();
        let partition = Partition {
            id: self.partition,
            slot: 1,
            name: "p".to_owned(),
            label: "p".to_owned(),
            profile: TokenProfile::Strict,
            is_initialized: true,
            keys: Vec::new(),
            era: 0,
            created_at_unix_milliseconds: 0,
            revision: 0,
        };
        self.repository
            .create_partition(partition, records)
            .await
            .unwrap();
    }

    async fn add_client(&self, name: &str, subject: &str) {
        self.opened
            .identities
            .add(client(name, subject, self.partition))
            .await
            .unwrap();
    }

    fn hello(&self, peer: &Peer) -> Result<Token, Error> {
        self.opened.authenticator.hello(peer, "test", 7)
    }

    fn caller(&self, peer: &Peer) -> Caller {
        let token = self.hello(peer).unwrap();
        self.opened
            .authenticator
            .caller(peer, token.expose())
            .unwrap()
    }

    async fn login(&self, caller: &Caller, role: LoginRole, pin: &[u8]) -> Result<(), Error> {
        self.opened
            .pins
            .login(caller, self.partition, role, pin.to_vec().into())
            .await
    }

    async fn user_state(&self) -> Option<PinState> {
        self.opened.pins.states(self.partition).await.unwrap().user
    }
}

async fn open(barrier: &Arc<Barrier>, clock: &Arc<TestClock>, local: LocalRights) -> Opened {
    let clock: Arc<dyn Clock> = clock.clone();
    crate::open(barrier, settings(local), clock).await.unwrap()
}

fn client(name: &str, subject: &str, partition: PartitionId) -> Identity {
    Identity {
        name: name.to_owned(),
        role: Role::Client,
        partitions: Partitions::Named(vec![partition]),
        subject: subject.parse().unwrap(),
        issuer_key_sha256: ISSUER,
    }
}

fn certificate(names: &[&str], issuer: [u8; 32]) -> Peer {
    let subjects = names.iter().map(|name| name.parse().unwrap()).collect();
    Peer::with_certificate(subjects, issuer, "192.0.2.1:5000".parse().unwrap())
}

#[tokio::test]
async fn a_certificate_is_recognised_by_its_name_and_its_issuer_together() {
    let world = World::new().await;
    world.add_client("web", "dns:web.example").await;
    let caller = world.caller(&certificate(
        &["dns:other.example", "dns:web.example"],
        ISSUER,
    ));
    assert_eq!(caller.principal_name(), "web");
    assert!(!caller.is_operator() && caller.may_use(world.partition));
    assert!(!caller.may_use(PartitionId::from_bytes([1; 16])) && !caller.may_create_tokens());
    for stranger in [
        certificate(&["dns:web.example"], [8; 32]),
        certificate(&["dns:other.example"], ISSUER),
        certificate(&["uri:web.example"], ISSUER),
        certificate(&[], ISSUER),
    ] {
        assert_eq!(world.hello(&stranger).unwrap_err(), Error::NotRecognised);
    }
}

#[tokio::test]
async fn an_identity_that_is_removed_has_no_rights_from_the_next_request_on() {
    let world = World::new().await;
    world.add_client("web", "dns:web.example").await;
    let peer = certificate(&["dns:web.example"], ISSUER);
    let token = world.hello(&peer).unwrap();
    let authenticator = &world.opened.authenticator;
    assert!(authenticator.caller(&peer, token.expose()).is_ok());
    world.opened.identities.remove("web").await.unwrap();
    assert_eq!(
        authenticator.caller(&peer, token.expose()).unwrap_err(),
        Error::NotRecognised
    );
    assert_eq!(
        world.opened.identities.remove("web").await,
        Err(Error::IdentityNotFound)
    );
}

#[tokio::test]
async fn identities_are_there_after_a_restart_and_names_and_subjects_are_unique() {
    let world = World::new().await;
    world.add_client("web", "dns:web.example").await;
    let again = open(&world.barrier, &world.clock, SERVE).await;
    assert_eq!(
        again.identities.list(),
        [client("web", "dns:web.example", world.partition)]
    );
    for (name, subject, refused) in [
        ("web", "dns:other.example", Error::NameInUse),
        ("other", "dns:WEB.example", Error::NameInUse),
        ("", "dns:other.example", Error::NameInvalid),
        ("a b", "dns:other.example", Error::NameInvalid),
        ("a\n", "dns:other.example", Error::NameInvalid),
    ] {
        let identity = client(name, subject, world.partition);
        assert_eq!(
            world.opened.identities.add(identity).await,
            Err(refused),
            "{name:?}"
        );
    }
}

#[tokio::test]
async fn local_users_have_the_rights_of_the_mode_and_of_their_identity() {
    let world = World::new().await;
    let (socket, _other) = UnixStream::pair().unwrap();
    let peer = Peer::of_unix_socket(&socket).unwrap();
    let uid = peer.local_uid().unwrap();
    let rights = |daemon_uid, is_development| LocalRights {
        daemon_uid,
        is_development,
    };

    let development = open(&world.barrier, &world.clock, rights(uid, true)).await;
    let caller = development.authenticator.caller(&peer, &[]).unwrap();
    assert!(caller.is_operator() && caller.may_use(world.partition) && caller.may_create_tokens());

    let serve = open(&world.barrier, &world.clock, rights(uid, false)).await;
    let caller = serve.authenticator.caller(&peer, &[]).unwrap();
    assert!(caller.is_operator() && !caller.may_use(world.partition));
    assert!(!caller.may_create_tokens());
    assert_eq!(caller.application_id(), None);

    let both = client("me", &format!("uid:{uid}"), world.partition);
    serve.identities.add(both).await.unwrap();
    let caller = serve.authenticator.caller(&peer, &[]).unwrap();
    assert!(caller.is_operator() && caller.may_use(world.partition));
    serve.identities.remove("me").await.unwrap();
    let caller = serve.authenticator.caller(&peer, &[]).unwrap();
    assert!(caller.is_operator() && !caller.may_use(world.partition));
}

#[test]
fn while_sealed_operators_are_known_by_what_the_peer_proves_alone() {
    let (socket, _other) = UnixStream::pair().unwrap();
    let local = Peer::of_unix_socket(&socket).unwrap();
    let mine = LocalRights {
        daemon_uid: local.local_uid().unwrap(),
        is_development: false,
    };
    let sealed = |peer: &Peer, local| crate::operator_while_sealed(peer, local, ISSUER);
    assert!(sealed(&local, mine).unwrap().is_operator());
    let operator = certificate(&["uri:urn:hsmd:operator:ann"], ISSUER);
    assert_eq!(sealed(&operator, SERVE).unwrap().principal_name(), "ann");
    for stranger in [
        certificate(&["uri:urn:hsmd:operator:ann"], [8; 32]),
        certificate(&["uri:urn:hsmd:client:ann"], ISSUER),
        certificate(&["dns:ann"], ISSUER),
    ] {
        assert_eq!(sealed(&stranger, SERVE).unwrap_err(), Error::NotRecognised);
    }
}

#[tokio::test]
async fn a_token_is_worth_nothing_changed_or_in_other_hands() {
    let world = World::new().await;
    world.add_client("web", "dns:web.example").await;
    world.add_client("db", "dns:db.example").await;
    let web = certificate(&["dns:web.example"], ISSUER);
    let token = world.hello(&web).unwrap();
    let caller = |peer: &Peer, token: &[u8]| world.opened.authenticator.caller(peer, token);
    assert!(caller(&web, token.expose()).is_ok());
    let other = certificate(&["dns:db.example"], ISSUER);
    assert_eq!(
        caller(&other, token.expose()).unwrap_err(),
        Error::UnknownApplication
    );
    for position in 0..32 {
        let mut changed = *token.expose();
        changed[position] ^= 1;
        assert_eq!(
            caller(&web, &changed).unwrap_err(),
            Error::UnknownApplication,
            "{position}"
        );
    }
    assert_eq!(
        caller(&web, &token.expose()[..31]).unwrap_err(),
        Error::UnknownApplication
    );
}

#[tokio::test]
async fn applications_end_a_minute_after_their_last_connection_or_after_an_idle_hour() {
    let world = World::new().await;
    world.add_client("web", "dns:web.example").await;
    let peer = certificate(&["dns:web.example"], ISSUER);
    let authenticator = &world.opened.authenticator;
    let framed = world.caller(&peer);
    let called = world.caller(&peer);
    let first = authenticator.attach(&framed).unwrap();
    let second = authenticator.attach(&framed).unwrap();
    drop(first);
    world.clock.advance(Duration::from_secs(3_599));
    assert!(
        authenticator.sweep().is_empty(),
        "an open connection, and an hour not over"
    );
    drop(second);
    world.clock.advance(Duration::from_secs(59));
    let ended: Vec<_> = authenticator
        .sweep()
        .into_iter()
        .map(|ended| ended.id)
        .collect();
    assert_eq!(
        ended,
        [called.application_id().unwrap()],
        "an hour without a request"
    );
    world.clock.advance(Duration::from_secs(1));
    let ended: Vec<_> = authenticator
        .sweep()
        .into_iter()
        .map(|ended| ended.id)
        .collect();
    assert_eq!(
        ended,
        [framed.application_id().unwrap()],
        "a minute without a connection"
    );
    assert_eq!(authenticator.applications(), 0);
}

#[tokio::test]
async fn one_identity_cannot_take_all_applications() {
    let world = World::new().await;
    world.add_client("web", "dns:web.example").await;
    world.add_client("db", "dns:db.example").await;
    let web = certificate(&["dns:web.example"], ISSUER);
    for _ in 0..3 {
        world.hello(&web).unwrap();
    }
    let what = "applications of one identity";
    assert_eq!(
        world.hello(&web).unwrap_err(),
        Error::LimitReached { what, maximum: 3 }
    );
    assert!(
        world
            .hello(&certificate(&["dns:db.example"], ISSUER))
            .is_ok()
    );
}

#[tokio::test]
async fn logins_belong_to_one_application_and_one_role_at_a_time() {
    let world = World::new().await;
    world.add_client("web", "dns:web.example").await;
    let peer = certificate(&["dns:web.example"], ISSUER);
    let (caller, other) = (world.caller(&peer), world.caller(&peer));
    let pins = &world.opened.pins;
    assert_eq!(
        pins.logout(&caller, world.partition),
        Err(Error::NotLoggedIn)
    );
    world.login(&caller, LoginRole::User, PIN).await.unwrap();
    assert_eq!(caller.login(world.partition), Some(LoginRole::User));
    assert_eq!(other.login(world.partition), None);
    let again = world.login(&caller, LoginRole::User, PIN).await;
    assert_eq!(again, Err(Error::AlreadyLoggedIn));
    let officer = world
        .login(&caller, LoginRole::SecurityOfficer, SO_PIN)
        .await;
    assert_eq!(officer, Err(Error::AnotherRoleLoggedIn));
    let object = ObjectId::from_bytes([1; 16]);
    pins.login_for_object(&caller, world.partition, object, PIN.to_vec().into())
        .await
        .unwrap();
    assert_eq!(pins.logout(&caller, world.partition), Ok(LoginRole::User));
    assert!(
        !caller.take_login_for_object(world.partition, object),
        "logging out ends it too"
    );
    world
        .login(&caller, LoginRole::SecurityOfficer, SO_PIN)
        .await
        .unwrap();
    pins.end_logins(world.partition);
    assert_eq!(caller.login(world.partition), None);
}

#[tokio::test]
async fn pins_are_set_and_changed_as_the_standard_says() {
    let world = World::new().await;
    world.add_client("web", "dns:web.example").await;
    let caller = world.caller(&certificate(&["dns:web.example"], ISSUER));
    let pins = &world.opened.pins;
    let set = |old: &[u8], new: &[u8]| {
        pins.set_pin(
            &caller,
            world.partition,
            old.to_vec().into(),
            new.to_vec().into(),
        )
    };
    assert_eq!(set(PIN, b"123").await, Err(Error::PinLength));
    assert_eq!(set(PIN, &[b'1'; 256]).await, Err(Error::PinLength));
    assert_eq!(
        world.user_state().await,
        Some(PinState::Ok),
        "no try was counted"
    );
    assert_eq!(set(b"9999", b"5678").await, Err(Error::PinIncorrect));
    set(PIN, b"5678").await.unwrap();
    assert_eq!(
        world.login(&caller, LoginRole::User, PIN).await,
        Err(Error::PinIncorrect)
    );
    world
        .login(&caller, LoginRole::User, b"5678")
        .await
        .unwrap();
    pins.logout(&caller, world.partition).unwrap();

    world
        .login(&caller, LoginRole::SecurityOfficer, SO_PIN)
        .await
        .unwrap();
    set(SO_PIN, b"87654321").await.unwrap();
    pins.init_pin(world.partition, b"0000".to_vec().into())
        .await
        .unwrap();
    pins.logout(&caller, world.partition).unwrap();
    world
        .login(&caller, LoginRole::User, b"0000")
        .await
        .unwrap();
    let checked = |pin: &[u8]| pins.check_security_officer(world.partition, pin.to_vec().into());
    assert_eq!(checked(SO_PIN).await, Err(Error::PinIncorrect));
    assert_eq!(checked(b"87654321").await, Ok(()));
}

#[tokio::test]
async fn a_token_without_a_user_pin_says_so_and_initialising_it_again_takes_the_pin_away() {
    let world = World::new().await;
    world.add_client("web", "dns:web.example").await;
    let caller = world.caller(&certificate(&["dns:web.example"], ISSUER));
    let pins = &world.opened.pins;
    let records = pins
        .initial_records(world.partition, b"newsopin".to_vec().into(), None)
        .await
        .unwrap();
    let partition = world.repository.partition(world.partition).unwrap();
    world
        .repository
        .reinitialize_partition((*partition).clone(), records)
        .await
        .unwrap();
    assert_eq!(world.user_state().await, None);
    assert_eq!(
        world.login(&caller, LoginRole::User, PIN).await,
        Err(Error::PinNotSet)
    );
    let officer = LoginRole::SecurityOfficer;
    assert_eq!(
        world.login(&caller, officer, SO_PIN).await,
        Err(Error::PinIncorrect)
    );
    assert_eq!(world.login(&caller, officer, b"newsopin").await, Ok(()));
}

#[tokio::test]
async fn a_locked_pin_stays_locked_over_a_restart_until_the_security_officer_sets_another() {
    let world = World::new().await;
    world.add_client("web", "dns:web.example").await;
    let peer = certificate(&["dns:web.example"], ISSUER);
    let caller = world.caller(&peer);
    for try_number in 1..=PIN_TRIES {
        let outcome = world.login(&caller, LoginRole::User, b"wrong").await;
        assert_eq!(outcome, Err(Error::PinIncorrect), "try {try_number}");
        let expected = match PIN_TRIES - try_number {
            0 => PinState::Locked,
            1 => PinState::FinalTry,
            _ => PinState::CountLow,
        };
        assert_eq!(
            world.user_state().await,
            Some(expected),
            "after try {try_number}"
        );
    }
    assert_eq!(
        world.login(&caller, LoginRole::User, PIN).await,
        Err(Error::PinLocked)
    );

    let again = open(&world.barrier, &world.clock, SERVE).await;
    let token = again.authenticator.hello(&peer, "test", 8).unwrap();
    let caller = again.authenticator.caller(&peer, token.expose()).unwrap();
    let user = LoginRole::User;
    let outcome = again
        .pins
        .login(&caller, world.partition, user, PIN.to_vec().into())
        .await;
    assert_eq!(outcome, Err(Error::PinLocked));
    again
        .pins
        .init_pin(world.partition, PIN.to_vec().into())
        .await
        .unwrap();
    again
        .pins
        .login(&caller, world.partition, user, PIN.to_vec().into())
        .await
        .unwrap();
}

#[tokio::test]
async fn concurrent_tries_are_counted_every_one() {
    let world = World::new().await;
    world.add_client("web", "dns:web.example").await;
    let peer = certificate(&["dns:web.example"], ISSUER);
    let caller = world.caller(&peer);
    let tries: Vec<_> = (0..40)
        .map(|_| {
            let (pins, caller, partition) = (
                Arc::clone(&world.opened.pins),
                caller.clone(),
                world.partition,
            );
            tokio::spawn(async move {
                pins.login(
                    &caller,
                    partition,
                    LoginRole::User,
                    b"wrong".to_vec().into(),
                )
                .await
            })
        })
        .collect();
    let mut looked_at = 0;
    for attempt in tries {
        match attempt.await.unwrap() {
            Err(Error::PinIncorrect) => looked_at += 1,
            Err(Error::PinLocked) => {}
            outcome => panic!("{outcome:?}"),
        }
    }
    assert_eq!(looked_at, PIN_TRIES);
}

#[tokio::test]
async fn a_try_is_finished_even_if_its_caller_goes_away() {
    let world = World::new().await;
    world.add_client("web", "dns:web.example").await;
    let caller = world.caller(&certificate(&["dns:web.example"], ISSUER));
    for _ in 0..3 * PIN_TRIES {
        let mut attempt = Box::pin(world.login(&caller, LoginRole::User, PIN));
        // Polled once, so that the try has begun, and dropped as when a client hangs up.
        std::future::poll_fn(|context| {
            let _ = attempt.as_mut().poll(context);
            std::task::Poll::Ready(())
        })
        .await;
        drop(attempt);
    }
    // Takes its turn after all of them.
    world.login(&caller, LoginRole::User, PIN).await.unwrap();
    assert_eq!(world.user_state().await, Some(PinState::Ok));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// The model: a number of tries, and nothing else.
    #[test]
    fn tries_are_those_of_a_counter_with_restarts_anywhere(steps in proptest::collection::vec(0..10_u8, 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::new().await;
            let mut opened = open(&world.barrier, &world.clock, SERVE).await;
            let mut tries = 0;
            for step in steps {
                if step == 9 {
                    opened = open(&world.barrier, &world.clock, SERVE).await;
                    continue;
                }
                let is_right = step == 0;
                let pin = if is_right { SO_PIN } else { b"wrong" };
                let outcome = opened.pins.check_security_officer(world.partition, pin.to_vec().into()).await;
                let expected = if tries >= PIN_TRIES {
                    Err(Error::PinLocked)
                } else if is_right {
                    tries = 0;
                    Ok(())
                } else {
                    tries += 1;
                    Err(Error::PinIncorrect)
                };
                assert_eq!(outcome, expected);
                let states = opened.pins.states(world.partition).await.unwrap();
                assert_eq!(states.security_officer, Some(PinState::after_tries(tries)));
            }
        });
    }
}

#[test]
fn subjects_are_read_as_they_are_written_and_nothing_else() {
    for text in ["dns:a.example", "uri:spiffe://example/service", "uid:1000"] {
        assert_eq!(text.parse::<Subject>().unwrap().to_string(), text);
    }
    for text in [
        "",
        "dns:",
        "a.example",
        "uid:-1",
        "uid:x",
        "dns:a b",
        "mail:a@b",
        "uri:\u{e9}",
    ] {
        assert_eq!(
            text.parse::<Subject>(),
            Err(Error::SubjectInvalid),
            "{text}"
        );
    }
}

#[tokio::test]
async fn stored_pins_hold_neither_the_pin_nor_its_plain_hash() {
    let world = World::new().await;
    let records = hsmd_keys::Records::new(Arc::clone(&world.barrier), hsmd_storage::Table::PIN);
    let record = records
        .get(world.partition.cell(), b"user")
        .await
        .unwrap()
        .unwrap();
    assert!(!record.value.windows(PIN.len()).any(|window| window == PIN));
    // Below the barrier not even that is there to be seen.
    let mut found = Vec::new();
    for entry in std::fs::read_dir(world.directory.path().join("store")).unwrap() {
        found.extend(std::fs::read(entry.unwrap().path()).unwrap_or_default());
    }
    assert!(
        !found
            .windows(16)
            .any(|window| window == &record.value[8..24])
    );
}
