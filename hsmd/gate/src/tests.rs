//! The gate over real objects, callers and a real log: what is admitted, what is refused, and that both are recorded.

use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::SystemTime;

use hsm_algorithms::{Algorithm, AttributeValue, Attributes, pkcs11};
use hsmd_identity::{
    ApplicationLimits, Caller, Clock, Cost, Identity, LocalRights, LoginRole, Opened, Partitions,
    Peer, Role, Settings as IdentitySettings,
};
use hsmd_keys::{
    KeyState, KeyVersion, Lifetime, Object, ObjectId, Partition, PartitionId, Repository,
    TokenProfile, WrappedMaterial,
};
use hsmd_secret_memory::LockedBytes;
use hsmd_storage::{Barrier, BarrierKeys, Embedded, Term};
use tempfile::TempDir;

use crate::actions::{self, Recording};
use crate::audit::tests::{TestClock, key};
use crate::audit::{Log, Settings, verify};
use crate::event::{Outcome, Requester};
use crate::gate::Gate;
use crate::key_use::{Reveal, Sign};
use crate::needs::{Detail, Needs, Visibility};
use crate::permit::Permit;
use crate::quotas::Quotas;
use crate::refusal::Refusal;

const PIN: &[u8] = b"1234";
const SO_PIN: &[u8] = b"12345678";
const CHEAP: Cost = Cost {
    memory_kibibytes: 16,
    passes: 1,
};

struct World {
    directory: TempDir,
    repository: Arc<Repository>,
    identity: Opened,
    gate: Gate,
    log: Arc<Log>,
    partition: PartitionId,
    other_partition: PartitionId,
    peer: Peer,
    _socket: (UnixStream, UnixStream),
}

impl World {
    async fn new() -> Self {
        Self::with_quotas(Quotas::default()).await
    }

    async fn with_quotas(quotas: Quotas) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let engine = Embedded::open(&directory.path().join("store")).unwrap();
        let keys = BarrierKeys::new(Term(1), LockedBytes::random(32).unwrap());
        let barrier = Arc::new(Barrier::new(Arc::new(engine), keys));
        let repository = Arc::new(Repository::open(Arc::clone(&barrier)).await.unwrap());
        let clock: Arc<dyn Clock> = Arc::new(TestClock::default());
        let socket = UnixStream::pair().unwrap();
        let peer = Peer::of_unix_socket(&socket.0).unwrap();
        let settings = IdentitySettings {
            // Somebody else runs this daemon, so that the tests' own user has the rights of its identity alone.
            local: LocalRights {
                daemon_uid: u32::MAX,
                is_development: false,
            },
            pin_cost: CHEAP,
            applications: ApplicationLimits::default(),
        };
        let identity = hsmd_identity::open(&barrier, settings, Arc::clone(&clock))
            .await
            .unwrap();
        let partition = make_partition(&repository, &identity, 1).await;
        let other_partition = make_partition(&repository, &identity, 2).await;
        let uid = peer.local_uid().unwrap();
        identity
            .identities
            .add(Identity {
                name: "tester".to_owned(),
                role: Role::Client,
                partitions: Partitions::Named(vec![partition]),
                subject: format!("uid:{uid}").parse().unwrap(),
                issuer_key_sha256: [0; 32],
            })
            .await
            .unwrap();
        let log_settings = Settings {
            directory: directory.path().join("audit"),
            origin: "hsmd.test".to_owned(),
            sync_every_use: false,
            hang_limit: crate::audit::HANG_LIMIT,
        };
        let log = Log::open(log_settings, Arc::clone(&clock)).unwrap();
        log.unseal(key(1)).unwrap();
        let gate = Gate::new(Arc::clone(&repository), Arc::clone(&log), clock, quotas);
        Self {
            directory,
            repository,
            identity,
            gate,
            log,
            partition,
            other_partition,
            peer,
            _socket: socket,
        }
    }

    fn caller(&self) -> Caller {
        let token = self
            .identity
            .authenticator
            .hello(&self.peer, "test", 7)
            .unwrap();
        self.identity
            .authenticator
            .caller(&self.peer, token.expose())
            .unwrap()
    }

    async fn user(&self) -> Caller {
        let caller = self.caller();
        self.log_in(&caller, LoginRole::User, PIN).await;
        caller
    }

    async fn log_in(&self, caller: &Caller, role: LoginRole, pin: &[u8]) {
        let pin = pin.to_vec().into();
        self.identity
            .pins
            .login(caller, self.partition, role, pin)
            .await
            .unwrap();
    }

    /// A private key that may sign and nothing else, changed by `change`.
    async fn object(&self, change: impl FnOnce(&mut Object)) -> ObjectId {
        self.object_in(self.partition, change).await
    }

    async fn object_in(
        &self,
        partition: PartitionId,
        change: impl FnOnce(&mut Object),
    ) -> ObjectId {
        let mut attributes = Attributes::new();
        attributes.insert(pkcs11::CKA_CLASS, pkcs11::CKO_PRIVATE_KEY);
        attributes.insert(pkcs11::CKA_PRIVATE, true);
        attributes.insert(pkcs11::CKA_SIGN, true);
        attributes.insert(pkcs11::CKA_SENSITIVE, true);
        attributes.insert(pkcs11::CKA_EXTRACTABLE, false);
        let mut object = Object {
            id: self
                .repository
                .new_object_id(SystemTime::UNIX_EPOCH)
                .unwrap(),
            partition,
            lifetime: Lifetime::Token,
            revision: 0,
            attributes,
            state: KeyState::Enabled,
            spec: None,
            versions: vec![KeyVersion {
                number: 1,
                created_at_unix_milliseconds: 0,
                material: WrappedMaterial {
                    partition_key_version: 1,
                    bytes: vec![0; 16],
                },
            }],
        };
        change(&mut object);
        let id = object.id;
        self.repository.insert(vec![object]).await.unwrap();
        id
    }

    async fn sign(&self, caller: &Caller, object: ObjectId) -> Result<(), Refusal> {
        let needs = Needs::key(&actions::SIGN, self.partition, object)
            .with_algorithm(Algorithm::EcdsaSha384);
        let admitted = self.gate.admit(caller, needs).await?;
        self.gate.conclude(admitted, Outcome::Done).await.unwrap();
        Ok(())
    }

    /// Every record there is.
    fn records(&self) -> Vec<serde_json::Value> {
        self.log.sign_now();
        let page = self.log.read(0, usize::MAX).unwrap();
        page.records
            .iter()
            .map(|record| serde_json::from_slice(record).unwrap())
            .collect()
    }

    fn last_record(&self) -> serde_json::Value {
        self.records().pop().unwrap()
    }
}

async fn make_partition(repository: &Repository, identity: &Opened, slot: u64) -> PartitionId {
    let id = PartitionId::random().unwrap();
    let pins = identity
        .pins
        .initial_records(id, SO_PIN.to_vec().into(), Some(PIN.to_vec().into()))
        .await
        .unwrap();
    let partition = Partition {
        id,
        slot,
        name: format!("partition-{slot}"),
        label: "label".to_owned(),
        profile: TokenProfile::Strict,
        is_initialized: true,
        keys: Vec::new(),
        era: 0,
        created_at_unix_milliseconds: 0,
        revision: 0,
    };
    repository.create_partition(partition, pins).await.unwrap();
    id
}

#[tokio::test]
async fn a_user_may_sign_and_the_record_says_who_what_and_with_what() {
    let world = World::new().await;
    let key = world.object(|_| ()).await;
    let user = world.user().await;
    let needs = Needs::key(&actions::SIGN, world.partition, key)
        .with_algorithm(Algorithm::EcdsaSha384)
        .with_detail("lengthBytes", Detail::Number(48));
    let admitted = world.gate.admit(&user, needs).await.unwrap();
    let permit: &Permit<Sign> = admitted.permits();
    assert_eq!(permit.object().id, key);
    assert_eq!(permit.version().unwrap().number, 1);
    assert_eq!(permit.partition().id, world.partition);
    world.gate.conclude(admitted, Outcome::Done).await.unwrap();

    let record = world.last_record();
    assert_eq!(record["eventName"], "Sign");
    // Root is an operator of every daemon, so whoever runs the tests may be one.
    let kind = if user.is_operator() {
        "Operator"
    } else {
        "Client"
    };
    assert_eq!(record["userIdentity"]["type"], kind);
    assert_eq!(record["userIdentity"]["principalId"], "tester");
    assert_eq!(record["userIdentity"]["login"], "User");
    assert_eq!(record["userAgent"], "test/7");
    assert_eq!(record["sourceIPAddress"], "local");
    assert_eq!(record["requestParameters"]["object"], key.to_string());
    assert_eq!(
        record["requestParameters"]["partition"],
        world.partition.to_string()
    );
    assert_eq!(
        record["requestParameters"]["algorithm"],
        Algorithm::EcdsaSha384.name()
    );
    assert_eq!(record["requestParameters"]["lengthBytes"], 48);
    assert_eq!(record["errorCode"], serde_json::Value::Null);
    assert!(
        record["eventTime"]
            .as_str()
            .unwrap()
            .starts_with("2023-11-14T22:13:2")
    );
}

#[tokio::test]
async fn every_refusal_has_its_reason_and_its_record() {
    let world = World::new().await;
    let flag = |attribute: u64, value: bool| {
        move |object: &mut Object| {
            object.attributes.insert(attribute, value);
        }
    };
    let good = world.object(|_| ()).await;
    let foreign = world.object_in(world.other_partition, |_| ()).await;
    let no_sign = world.object(flag(pkcs11::CKA_SIGN, false)).await;
    let disabled = world
        .object(|object| object.state = KeyState::Disabled)
        .await;
    let only_rsa = world
        .object(|object| {
            let allowed = AttributeValue::Numbers(vec![pkcs11::CKM_SHA256_RSA_PKCS]);
            object
                .attributes
                .insert(pkcs11::CKA_ALLOWED_MECHANISMS, allowed);
        })
        .await;
    let always = world
        .object(flag(pkcs11::CKA_ALWAYS_AUTHENTICATE, true))
        .await;
    let other_user = world.user().await;
    let session = world
        .object(|object| object.lifetime = Lifetime::Session(other_user.application_id().unwrap()))
        .await;
    let user = world.user().await;
    let nobody = world.caller();
    let officer = world.caller();
    world
        .log_in(&officer, LoginRole::SecurityOfficer, SO_PIN)
        .await;

    for (caller, object, refusal) in [
        (&nobody, good, Refusal::NotLoggedIn),
        (&officer, good, Refusal::NotLoggedIn),
        (&user, foreign, Refusal::ObjectNotFound),
        (&user, session, Refusal::ObjectNotFound),
        (&user, no_sign, Refusal::KeyUseNotPermitted),
        (&user, disabled, Refusal::KeyState),
        (&user, only_rsa, Refusal::KeyUseNotPermitted),
        (&user, always, Refusal::NotLoggedIn),
    ] {
        assert_eq!(world.sign(caller, object).await, Err(refusal), "{object}");
        let record = world.last_record();
        assert_eq!(record["errorCode"], refusal.code());
        assert_eq!(record["eventName"], "Sign");
        assert_eq!(record["requestParameters"]["object"], object.to_string());
    }
    assert_eq!(world.sign(&other_user, session).await, Ok(()));
    assert_eq!(world.sign(&user, good).await, Ok(()));

    let elsewhere = Needs::key(&actions::SIGN, world.other_partition, foreign);
    let refused = world.gate.admit(&user, elsewhere).await.unwrap_err();
    assert_eq!(refused, Refusal::PartitionNotFound);
    let nowhere = Needs::key(&actions::SIGN, PartitionId::from_bytes([9; 16]), foreign);
    let refused = world.gate.admit(&user, nowhere).await.unwrap_err();
    assert_eq!(
        refused,
        Refusal::PartitionNotFound,
        "as if it were another's"
    );
    let make = Needs::daemon(&actions::CREATE_TOKEN);
    assert_eq!(
        world.gate.admit(&user, make).await.unwrap_err(),
        Refusal::AccessDenied
    );
    assert_eq!(world.last_record()["eventName"], "CreateToken");
}

#[tokio::test]
async fn a_pin_shown_for_one_use_allows_one_use() {
    let world = World::new().await;
    let key = world
        .object(|object| {
            object
                .attributes
                .insert(pkcs11::CKA_ALWAYS_AUTHENTICATE, true);
        })
        .await;
    let other = world.object(|_| ()).await;
    let user = world.user().await;
    let pins = &world.identity.pins;
    pins.login_for_object(&user, world.partition, key, PIN.to_vec().into())
        .await
        .unwrap();
    assert_eq!(
        world.sign(&user, other).await,
        Ok(()),
        "another key does not take it"
    );
    assert_eq!(world.sign(&user, key).await, Ok(()));
    assert_eq!(world.sign(&user, key).await, Err(Refusal::NotLoggedIn));
}

#[tokio::test]
async fn material_is_revealed_only_if_extractable_and_not_sensitive() {
    let world = World::new().await;
    let user = world.user().await;
    for (extractable, sensitive, revealed) in [
        (true, false, true),
        (true, true, false),
        (false, false, false),
        (false, true, false),
    ] {
        let key = world
            .object(|object| {
                object
                    .attributes
                    .insert(pkcs11::CKA_EXTRACTABLE, extractable);
                object.attributes.insert(pkcs11::CKA_SENSITIVE, sensitive);
            })
            .await;
        let needs = Needs::reading(&actions::READ_ATTRIBUTES, world.partition, key);
        let admitted = world.gate.admit(&user, needs).await.unwrap();
        let reveal: &Option<Permit<Reveal>> = &admitted.permits().1;
        assert_eq!(reveal.is_some(), revealed, "{extractable} {sensitive}");
        world.gate.conclude(admitted, Outcome::Done).await.unwrap();
    }
}

#[tokio::test]
async fn a_key_is_wrapped_only_if_it_may_leave_and_by_a_key_that_it_trusts() {
    let world = World::new().await;
    let user = world.user().await;
    let wrapping = |trusted: bool| {
        move |object: &mut Object| {
            object.attributes.insert(pkcs11::CKA_WRAP, true);
            object.attributes.insert(pkcs11::CKA_TRUSTED, trusted);
        }
    };
    let plain = world.object(wrapping(false)).await;
    let trusted = world.object(wrapping(true)).await;
    let stays = world.object(|_| ()).await;
    let leaves = world
        .object(|object| {
            object.attributes.insert(pkcs11::CKA_EXTRACTABLE, true);
        })
        .await;
    let choosy = world
        .object(|object| {
            object.attributes.insert(pkcs11::CKA_EXTRACTABLE, true);
            object
                .attributes
                .insert(pkcs11::CKA_WRAP_WITH_TRUSTED, true);
        })
        .await;
    for (by, what, expected) in [
        (plain, leaves, Ok(())),
        (trusted, choosy, Ok(())),
        (plain, choosy, Err(Refusal::KeyNotWrappable)),
        (trusted, stays, Err(Refusal::KeyNotExtractable)),
        (stays, leaves, Err(Refusal::KeyUseNotPermitted)),
    ] {
        let needs = Needs::keys(&actions::WRAP_KEY, world.partition, by, what);
        let outcome = match world.gate.admit(&user, needs).await {
            Ok(admitted) => {
                world.gate.conclude(admitted, Outcome::Done).await.unwrap();
                Ok(())
            }
            Err(refusal) => Err(refusal),
        };
        assert_eq!(outcome, expected);
    }
}

#[tokio::test]
async fn private_objects_are_made_by_the_user_and_public_ones_by_whoever_may_use_the_partition() {
    let world = World::new().await;
    let nobody = world.caller();
    let user = world.user().await;
    let making = |visibility| Needs::creation(&actions::GENERATE_KEY, world.partition, visibility);
    let refused = world
        .gate
        .admit(&nobody, making(Visibility::Private))
        .await
        .unwrap_err();
    assert_eq!(refused, Refusal::NotLoggedIn);
    for (caller, visibility) in [(&nobody, Visibility::Public), (&user, Visibility::Private)] {
        let admitted = world.gate.admit(caller, making(visibility)).await.unwrap();
        world
            .gate
            .conclude(admitted, Outcome::DoneWith(&[5; 16]))
            .await
            .unwrap();
        assert_eq!(
            world.last_record()["responseElements"]["id"],
            "05".repeat(16)
        );
    }
}

#[tokio::test]
async fn a_change_has_an_intent_before_it_and_a_session_object_has_none() {
    let world = World::new().await;
    let user = world.user().await;
    let needs = Needs::creation(&actions::GENERATE_KEY, world.partition, Visibility::Private);
    let admitted = world.gate.admit(&user, needs).await.unwrap();
    let intent = world.last_record();
    assert_eq!(intent["eventPhase"], "Intent");
    world
        .gate
        .conclude(admitted, Outcome::Failed("StorageFull"))
        .await
        .unwrap();
    let outcome = world.last_record();
    assert_eq!(outcome["eventPhase"], "Outcome");
    assert_eq!(outcome["errorCode"], "StorageFull");
    assert_eq!(outcome["eventID"], intent["eventID"]);

    let before = world.records().len();
    let needs = Needs::creation(&actions::GENERATE_KEY, world.partition, Visibility::Private)
        .for_session_object();
    let admitted = world.gate.admit(&user, needs).await.unwrap();
    world.gate.conclude(admitted, Outcome::Done).await.unwrap();
    assert_eq!(world.records().len(), before + 1);
    assert_eq!(world.last_record()["eventPhase"], serde_json::Value::Null);
}

#[tokio::test]
async fn a_request_that_its_client_abandons_is_recorded_as_abandoned() {
    let world = World::new().await;
    let key = world.object(|_| ()).await;
    let user = world.user().await;
    let needs = Needs::key(&actions::SIGN, world.partition, key);
    drop(world.gate.admit(&user, needs).await.unwrap());
    let record = world.last_record();
    assert_eq!(record["errorCode"], "Abandoned");
    assert_eq!(record["requestParameters"]["object"], key.to_string());
}

#[tokio::test]
async fn objects_are_destroyed_all_or_none() {
    let world = World::new().await;
    let user = world.user().await;
    let first = world.object(|_| ()).await;
    let lasting = world
        .object(|object| {
            object.attributes.insert(pkcs11::CKA_DESTROYABLE, false);
        })
        .await;
    let needs = Needs::objects(
        &actions::DESTROY_OBJECTS,
        world.partition,
        vec![first, lasting],
    );
    assert_eq!(
        world.gate.admit(&user, needs).await.unwrap_err(),
        Refusal::ActionProhibited
    );
    let needs = Needs::objects(&actions::DESTROY_OBJECTS, world.partition, vec![first]);
    let admitted = world.gate.admit(&user, needs).await.unwrap();
    assert_eq!(admitted.permits().len(), 1);
    world.gate.conclude(admitted, Outcome::Done).await.unwrap();
}

#[tokio::test]
async fn quotas_are_looked_at_first() {
    let quotas = Quotas {
        requests_under_way_max: 2,
        request_objects_max: 3,
        partition_objects_max: 1,
    };
    let world = World::with_quotas(quotas).await;
    let user = world.user().await;
    let status = || Needs::daemon(&actions::STATUS);
    let first = world.gate.admit(&user, status()).await.unwrap();
    let _second = world.gate.admit(&user, status()).await.unwrap();
    let what = "requests under way";
    let third = world.gate.admit(&user, status()).await.unwrap_err();
    assert_eq!(third, Refusal::LimitReached { what, maximum: 2 });
    world.gate.conclude(first, Outcome::Done).await.unwrap();
    let many = vec![ObjectId::from_bytes([0; 16]); 4];
    let many = Needs::objects(&actions::DESTROY_OBJECTS, world.partition, many);
    let refused = world.gate.admit(&user, many).await.unwrap_err();
    assert_eq!(
        refused,
        Refusal::LimitReached {
            what: "objects in one request",
            maximum: 3
        }
    );

    world.object(|_| ()).await;
    let one_more = Needs::creation(&actions::CREATE_OBJECT, world.partition, Visibility::Public);
    let refused = world.gate.admit(&user, one_more).await.unwrap_err();
    assert_eq!(
        refused,
        Refusal::LimitReached {
            what: "objects in a partition",
            maximum: 1
        }
    );
}

#[tokio::test]
async fn refusals_outside_an_operation_are_recorded() {
    let world = World::new().await;
    let address = "203.0.113.9:4711".parse().unwrap();
    world.gate.refuse(
        Requester::Address(address),
        actions::HELLO.row(),
        "HandshakeFailed",
    );
    let record = world.last_record();
    assert_eq!(record["sourceIPAddress"], "203.0.113.9");
    assert_eq!(record["errorCode"], "HandshakeFailed");
    world.gate.refuse(
        Requester::Peer(&world.peer),
        actions::HELLO.row(),
        "NotRecognised",
    );
    assert_eq!(world.last_record()["userIdentity"]["type"], "Unknown");
}

#[tokio::test]
async fn a_flood_of_refusals_is_recorded_to_the_last_one() {
    let world = World::new().await;
    let nobody = world.caller();
    let key = world.object(|_| ()).await;
    for _ in 0..1_000 {
        assert_eq!(world.sign(&nobody, key).await, Err(Refusal::NotLoggedIn));
    }
    let count = || -> u64 {
        let refused = world
            .records()
            .into_iter()
            .filter(|record| record["errorCode"] == "NotLoggedIn");
        refused
            .map(|record| record["count"].as_u64().unwrap_or(1))
            .sum()
    };
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while count() < 1_000 {
        assert!(std::time::Instant::now() < deadline, "{} counted", count());
        tokio::task::yield_now().await;
    }
    assert_eq!(count(), 1_000);
}

#[tokio::test]
async fn the_log_of_all_this_is_whole() {
    let world = World::new().await;
    let key = world.object(|_| ()).await;
    let user = world.user().await;
    for _ in 0..300 {
        world.sign(&user, key).await.unwrap();
    }
    world.log.close();
    let directory = world.directory.path().join("audit");
    let report = verify::verify_directory(&directory, &verify::Evidence::default()).unwrap();
    assert_eq!((report.records, report.records_signed), (300, 300));
    assert!(report.problems.is_empty(), "{report:?}");
}

#[test]
fn every_action_is_found_by_its_name_and_says_what_it_changes() {
    for action in actions::ALL {
        assert_eq!(actions::Row::by_name(action.name), Some(*action));
        assert!(action.name.starts_with("hsm:"), "{}", action.name);
        assert_eq!(
            action.changes_state(),
            action.recording == Recording::Change
        );
    }
    let mut names: Vec<_> = actions::ALL.iter().map(|action| action.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), actions::ALL.len());
    assert!(actions::UNWRAP_KEY.row().creates_objects && !actions::SIGN.row().creates_objects);
}
