//! The gate over real objects, callers and a real log: what is admitted, what is refused, and that both are recorded.

mod admitting;
mod recording;

use std::collections::BTreeMap;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::SystemTime;

use hsm_algorithms::{Algorithm, AttributeValue, Attributes, KeyKind, KmsKeyUsage, pkcs11};
use hsmd_identity::{
    ApplicationLimits, Caller, Clock, Cost, Identity, LocalRights, LoginRole, Opened, Partitions,
    Peer, Role, Settings as IdentitySettings,
};
use hsmd_keys::{
    Deletion, Import, KeyManager, KeyState, KeyVersion, KmsKey, Lifetime, Material, MaterialId,
    Object, ObjectId, Origin, Partition, PartitionId, Repository, TokenProfile, WrappedMaterial,
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
use crate::quotas::{Quota, QuotaGroup, Quotas, Rate, Rates};
use crate::refusal::Refusal;

const PIN: &[u8] = b"1234";
const SO_PIN: &[u8] = b"12345678";
const CHEAP: Cost = Cost {
    memory_kibibytes: 16,
    passes: 1,
};

pub(crate) struct World {
    directory: TempDir,
    pub(crate) repository: Arc<Repository>,
    identity: Opened,
    gate: Gate,
    log: Arc<Log>,
    partition: PartitionId,
    other_partition: PartitionId,
    peer: Peer,
    _socket: (UnixStream, UnixStream),
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with_quotas(Quotas::default()).await
    }

    #[expect(clippy::large_types_passed_by_value, reason = "the gate keeps them")]
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
            witness: None,
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

    pub(crate) fn caller(&self) -> Caller {
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
            kms: None,
        };
        change(&mut object);
        let id = object.id;
        let partition = self.repository.partition(partition).unwrap();
        let inserted = self.repository.insert(&partition, vec![object]);
        inserted.await.unwrap();
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

/// What makes an object a key of an account, with this policy and nothing else.
pub(crate) fn kms_key(repository: &Repository, usage: KmsKeyUsage, policy: &str) -> KmsKey {
    KmsKey {
        description: String::new(),
        usage,
        origin: Origin::AwsKms,
        manager: KeyManager::Customer,
        created_at_unix_milliseconds: 0,
        policy: repository.policy(policy, &[]).unwrap(),
        policy_bindings: Vec::new(),
        tags: BTreeMap::new(),
        rotation: None,
        deletion: None,
        multi_region: None,
        materials: Vec::new(),
        current_version: None,
        on_demand_rotations: 0,
        public_object: None,
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
        tenancy: None,
        keys: Vec::new(),
        era: 0,
        created_at_unix_milliseconds: 0,
        revision: 0,
    };
    repository.create_partition(partition, pins).await.unwrap();
    id
}
