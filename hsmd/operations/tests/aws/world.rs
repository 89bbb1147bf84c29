//! An unsealed daemon without its doors: real storage, audit log, policies and vault, and a clock that tests move.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hsm_algorithms::Digest;
use hsm_aws_lc::{digest, mac};
use hsmd_gate::audit::{HANG_LIMIT, Log, Settings, SigningKey};
use hsmd_gate::{Gate, Quotas, Rates};
use hsmd_identity::sigv4::SignedRequest;
use hsmd_identity::tls::Agreed;
use hsmd_identity::{
    Accounts, ApplicationLimits, AwsService, Caller, CertificateAuthority, Clock, Cost, KeyHolder,
    LocalRights, Settings as IdentitySettings, Source,
};
use hsmd_keys::{AccountId, Change, KeyId, Object, Partition, Repository, TokenProfile};
use hsmd_operations::kms::{
    self, CreateKey, DescribeKey, KeyChoice, KeyMetadata, KeyReference, LastUsages, Markers,
};
use hsmd_operations::{Dependencies, Operation, Service};
use hsmd_secret_memory::LockedBytes;
use hsmd_storage::{Barrier, BarrierKeys, Embedded, Storage, Term};
use hsmd_vault::{RootKey, Vault, VaultSettings};
use secrecy::{ExposeSecret as _, SecretString};
use tempfile::TempDir;
use tokio::sync::watch;

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const REGION: &str = "us-east-1";

/// 2026-01-02T03:04:05Z.
const BEGIN_MILLISECONDS: u64 = 1_767_323_045_000;

const TLS: Agreed = Agreed {
    version: "TLSv1.3",
    cipher_suite: "TLS_AES_128_GCM_SHA256",
};

/// A clock that stands still until somebody moves it.
#[derive(Debug)]
pub(crate) struct MovedClock(AtomicU64);

impl Clock for MovedClock {
    fn since_epoch(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }
}

/// The daemon, and what of it outlives a restart.
pub(crate) struct World {
    pub(crate) service: Service,
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) clock: Arc<MovedClock>,
    repository: Arc<Repository>,
    storage: Arc<dyn Storage>,
    log: Arc<Log>,
    root: RootKey,
    _directory: TempDir,
}

/// Who signs requests in one account.
#[derive(Clone)]
pub(crate) struct Person {
    id: String,
    secret: SecretString,
}

impl World {
    /// A new daemon.
    pub(crate) async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let storage: Arc<dyn Storage> =
            Arc::new(Embedded::open(&directory.path().join("store")).unwrap());
        let clock = Arc::new(MovedClock(AtomicU64::new(BEGIN_MILLISECONDS)));
        let log = open_log(directory.path(), &clock);
        let root = RootKey::from_bytes(LockedBytes::random(RootKey::LENGTH_BYTES).unwrap());
        let root = root.unwrap();
        let (service, accounts, repository) = open(&storage, &log, &root, &clock).await;
        Self {
            service,
            accounts,
            repository,
            clock,
            storage,
            log,
            root,
            _directory: directory,
        }
    }

    /// Ends the daemon and starts it again over the same store: nothing that it knew in memory is left.
    pub(crate) async fn restart(self) -> Self {
        let (service, accounts, repository) =
            open(&self.storage, &self.log, &self.root, &self.clock).await;
        Self {
            service,
            accounts,
            repository,
            ..self
        }
    }

    /// An administrator of an account, which is made if it is not there.
    pub(crate) async fn administrator(&self, account: &str) -> Person {
        const NAME: &str = "admin";
        let account: AccountId = account.parse().unwrap();
        if self.accounts.account(account).is_none() {
            let made = self.accounts.create_account(Some(account), NAME).await;
            made.unwrap();
        }
        self.accounts.administrator(account, NAME).await.unwrap();
        self.person(account.as_str(), KeyHolder::User(NAME)).await
    }

    /// A new user of an account, who may do nothing.
    pub(crate) async fn user(&self, account: &str, name: &str) -> Person {
        let id: AccountId = account.parse().unwrap();
        let made = self.accounts.create_user(id, name, "/", &[], None).await;
        made.unwrap();
        self.person(account, KeyHolder::User(name)).await
    }

    /// A user of an account, its root user, or a service that acts in it, with a new access key.
    pub(crate) async fn person(&self, account: &str, holder: KeyHolder<'_>) -> Person {
        let account: AccountId = account.parse().unwrap();
        let made = self
            .accounts
            .create_access_key(account, holder)
            .await
            .unwrap();
        Person {
            id: made.key.id.clone(),
            secret: made.secret.clone(),
        }
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, time: Duration) {
        let milliseconds = u64::try_from(time.as_millis()).unwrap();
        self.clock.0.fetch_add(milliseconds, Ordering::Relaxed);
    }

    /// Lets time pass and does what is due then, as the daemon does every few seconds. Gives how many keys changed.
    pub(crate) async fn pass_working(&self, time: Duration) -> usize {
        self.pass(time);
        self.work().await
    }

    /// Does what is due, until nothing is.
    pub(crate) async fn work(&self) -> usize {
        let mut done = 0;
        loop {
            match self.service.do_due_work().await {
                0 => return done,
                more => done += more,
            }
        }
    }

    /// Milliseconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        self.clock.0.load(Ordering::Relaxed)
    }

    /// Asks for something as this person.
    pub(crate) async fn ask<O: Operation>(
        &self,
        person: &Person,
        operation: O,
    ) -> Result<O::Output, O::Error> {
        let caller = self.caller(person, &[]);
        self.service.perform(&caller, operation).await
    }

    /// Asks with more signed headers.
    pub(crate) async fn ask_with<O: Operation>(
        &self,
        person: &Person,
        headers: &[(&str, &str)],
        operation: O,
    ) -> Result<O::Output, O::Error> {
        let caller = self.caller(person, headers);
        self.service.perform(&caller, operation).await
    }

    /// A key as `CreateKey` makes it: spec, usage and origin are names of the API.
    pub(crate) async fn key(
        &self,
        person: &Person,
        spec: &'static str,
        usage: Option<&'static str>,
        origin: &'static str,
    ) -> KeyMetadata {
        let create = create(spec, usage, origin);
        self.ask(person, create).await.unwrap()
    }

    /// A symmetric key whose material is made here.
    pub(crate) async fn symmetric_key(&self, person: &Person) -> KeyReference {
        let key = self.key(person, "SYMMETRIC_DEFAULT", None, "AWS_KMS").await;
        KeyReference::parse(&key.key_id)
    }

    pub(crate) async fn describe(
        &self,
        person: &Person,
        key: &KeyReference,
    ) -> Result<KeyMetadata, kms::Error> {
        let describe = DescribeKey {
            key: key.clone(),
            grant_tokens: Vec::new(),
        };
        self.ask(person, describe).await
    }

    /// The state's name in the API's words.
    pub(crate) async fn state(&self, person: &Person, key: &KeyReference) -> &'static str {
        self.describe(person, key).await.unwrap().state
    }

    /// The finished records of the audit log with this `eventName`.
    pub(crate) fn records_named(&self, name: &str) -> usize {
        let records = self.records().into_iter();
        let named = records.filter(|record| record["eventName"] == name);
        named
            .filter(|record| record["eventPhase"] != "Intent")
            .count()
    }

    /// The records of the audit log.
    pub(crate) fn records(&self) -> Vec<serde_json::Value> {
        let page = self.log.read(0, usize::MAX).unwrap();
        let records = page.records.iter();
        records
            .map(|record| serde_json::from_slice(record).unwrap())
            .collect()
    }

    /// How many objects the account [`ACCOUNT`] has.
    pub(crate) fn object_count(&self) -> u64 {
        self.repository.counts(self.partition().id).token_objects
    }

    /// A multi-Region key that has a replica somewhere else, as replication leaves it.
    pub(crate) async fn primary_key_with_a_replica(&self, person: &Person) -> KeyReference {
        let create = CreateKey {
            is_multi_region: true,
            ..create("SYMMETRIC_DEFAULT", None, "AWS_KMS")
        };
        let made = self.ask(person, create).await.unwrap();
        let id: KeyId = made.key_id.parse().unwrap();
        let partition = self.partition().id;
        let mut object = Object::clone(&*self.repository.object(partition, id.object).unwrap());
        let kms = Arc::make_mut(object.kms.as_mut().unwrap());
        let regions = kms.multi_region.as_mut().unwrap();
        regions.replicas.push("eu-west-1".parse().unwrap());
        let change = vec![Change::Replace(Box::new(object))];
        self.repository.change(partition, change).await.unwrap();
        KeyReference::parse(&made.key_id)
    }

    fn partition(&self) -> Arc<Partition> {
        let account = ACCOUNT.parse().unwrap();
        let region = REGION.parse().unwrap();
        self.repository.tenant_of(&account, &region).unwrap()
    }

    fn caller(&self, person: &Person, headers: &[(&str, &str)]) -> Caller {
        let signed = person.sign(self.clock.since_epoch(), headers);
        let headers: Vec<(&str, &[u8])> = signed
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        let request = SignedRequest {
            method: "POST",
            path: "/",
            query: "",
            headers: &headers,
            body: b"{}",
            tls: Some(TLS),
            source: Source::Network(SocketAddr::from((Ipv4Addr::LOCALHOST, 1))),
            request_id: "00000000-0000-4000-8000-000000000000",
        };
        let caller = self.accounts.authenticate(&request, &[AwsService::Kms]);
        caller.unwrap()
    }
}

impl Person {
    /// The headers of a request of now: Signature Version 4, written apart from the code that checks it.
    fn sign(&self, now: Duration, more: &[(&str, &str)]) -> Vec<(String, String)> {
        let date_time = date_time(now);
        let date = &date_time[..8];
        let mut headers = vec![
            ("host".to_owned(), "kms.example".to_owned()),
            ("x-amz-date".to_owned(), date_time.clone()),
        ];
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        headers.extend(more.iter().map(owned));
        headers.sort();
        let names: Vec<_> = headers.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.join(";");
        let lines = headers
            .iter()
            .map(|(name, value)| format!("{name}:{value}\n"));
        let lines: String = lines.collect();
        let canonical = format!("POST\n/\n\n{lines}\n{names}\n{}", sha256(b"{}"));
        let scope = format!("{date}/{REGION}/kms/aws4_request");
        let canonical = sha256(canonical.as_bytes());
        let text = format!("AWS4-HMAC-SHA256\n{date_time}\n{scope}\n{canonical}");
        #[expect(clippy::disallowed_methods, reason = "a caller signs with its secret")]
        let mut key = format!("AWS4{}", self.secret.expose_secret()).into_bytes();
        for part in [date, REGION, "kms", "aws4_request"] {
            key = hmac(&key, part.as_bytes());
        }
        let signature = hexadecimal(&hmac(&key, text.as_bytes()));
        let value = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
            self.id
        );
        headers.push(("authorization".to_owned(), value));
        headers
    }
}

/// What `CreateKey` takes for a key with the default policy.
pub(crate) fn create(
    spec: &'static str,
    usage: Option<&'static str>,
    origin: &'static str,
) -> CreateKey {
    CreateKey {
        kind: KeyChoice::new(Some(spec), None, usage, Some(origin)).unwrap(),
        description: String::new(),
        policy: None,
        bypasses_lockout_check: false,
        tags: Vec::new(),
        is_multi_region: false,
    }
}

fn open_log(directory: &Path, clock: &Arc<MovedClock>) -> Arc<Log> {
    let settings = Settings {
        directory: directory.join("audit"),
        origin: "hsmd.test".to_owned(),
        sync_every_use: false,
        hang_limit: HANG_LIMIT,
        witness: None,
    };
    let log = Log::open(settings, Arc::clone(clock) as _).unwrap();
    let key = SigningKey::from_seed(LockedBytes::random(32).unwrap());
    log.unseal(key.ok().unwrap()).unwrap();
    log
}

async fn open(
    storage: &Arc<dyn Storage>,
    log: &Arc<Log>,
    root: &RootKey,
    clock: &Arc<MovedClock>,
) -> (Service, Arc<Accounts>, Arc<Repository>) {
    let clock: Arc<dyn Clock> = Arc::clone(clock) as _;
    let keys = BarrierKeys::new(Term(1), root.subkey("test barrier").unwrap());
    let barrier = Arc::new(Barrier::new(Arc::clone(storage), keys));
    let repository = Arc::new(Repository::open(Arc::clone(&barrier)).await.unwrap());
    let settings = IdentitySettings {
        local: LocalRights {
            daemon_uid: u32::MAX,
            is_development: false,
        },
        pin_cost: Cost {
            memory_kibibytes: 16,
            passes: 1,
        },
        applications: ApplicationLimits::default(),
    };
    let identity = hsmd_identity::open(&barrier, settings, Arc::clone(&clock)).await;
    let identity = identity.unwrap();
    let session_key = root.subkey("test sessions").unwrap();
    let accounts = Accounts::open(&barrier, session_key, Arc::clone(&clock)).await;
    let accounts = Arc::new(accounts.unwrap());
    let quotas = Quotas {
        rates: Rates::UNLIMITED,
        ..Quotas::default()
    };
    let gate = Gate::new(
        Arc::clone(&repository),
        Arc::clone(log),
        Arc::clone(&clock),
        quotas,
    );
    let gate = Arc::new(gate.with_principals(Arc::clone(&accounts) as _));
    let vault = Vault::open(root, &VaultSettings::default(), Instant::now());
    let authority = CertificateAuthority::create("test", clock.as_ref()).unwrap();
    let now = u64::try_from(clock.since_epoch().as_millis()).unwrap();
    let last_usages = LastUsages::open(&barrier, now).await.unwrap();
    let dependencies = Dependencies {
        vault: Arc::new(vault.unwrap()),
        repository: Arc::clone(&repository),
        authenticator: identity.authenticator,
        identities: identity.identities,
        last_usages,
        account_pins: None,
        markers: Markers::new().unwrap(),
        accounts: Arc::clone(&accounts),
        pins: identity.pins,
        certificate_authority: Arc::new(authority),
        audit: Arc::clone(log),
        clock,
        default_profile: TokenProfile::Strict,
        is_sealed: watch::Sender::new(false).subscribe(),
        seal: Box::new(|| ()),
        rotate_barrier: Box::new(|| Box::pin(async { Ok(1) })),
    };
    (Service::new(gate, dependencies), accounts, repository)
}

/// As `20260102T030405Z`.
fn date_time(since_epoch: Duration) -> String {
    let time = jiff::Timestamp::from_second(since_epoch.as_secs().try_into().unwrap()).unwrap();
    time.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn sha256(data: &[u8]) -> String {
    hexadecimal(digest::digest(Digest::Sha256, data).unwrap().as_ref())
}

fn hmac(key: &[u8], data: &[u8]) -> Vec<u8> {
    mac::hmac(Digest::Sha256, key, data)
        .unwrap()
        .as_ref()
        .to_vec()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// So many days.
pub(crate) const fn days(count: u64) -> Duration {
    Duration::from_secs(count * 24 * 60 * 60)
}
