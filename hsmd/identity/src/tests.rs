//! Identity over a real store: who is recognised, what a PIN's tries are, and when an application ends.

mod callers;
mod pins;

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
use crate::caller::{Caller, LoginRole, Partitions, PinHolder, Role};
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
    pub(crate) fn advance(&self, time: Duration) {
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

/// A new store.
pub(crate) fn barrier(directory: &TempDir) -> Arc<Barrier> {
    let engine = Embedded::open(&directory.path().join("store")).unwrap();
    let keys = BarrierKeys::new(Term(1), LockedBytes::random(32).unwrap());
    Arc::new(Barrier::new(Arc::new(engine), keys))
}

impl World {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let barrier = barrier(&directory);
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
            tenancy: None,
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
