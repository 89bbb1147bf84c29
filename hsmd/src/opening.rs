//! From a root key to an unsealed daemon: everything that is behind the Barrier, put together once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hsmd_gate::audit::{Log, OpenError, SigningKey};
use hsmd_gate::{Gate, Outcome, Quotas, Rates, Requester, Row};
use hsmd_identity::{
    Accounts, ApplicationLimits, Authenticator, CertificateAuthority, Clock, Cost, Identities,
    Identity, Issued, KeyChoice, LocalRights, Partitions, Role,
};
use hsmd_keys::{Records, Repository, StoreHead, TokenProfile};
use hsmd_operations::{Dependencies, Error, OpenDaemon, Service, kms, limits};
use hsmd_storage::{Barrier, Storage, Table};
use hsmd_vault::{RootKey, Vault, VaultSettings};
use tokio::sync::watch;

use crate::barrier_terms::BarrierTerms;

use crate::dev;

/// How long the first operator's certificate is valid.
const OPERATOR_DAYS: u32 = 365;

/// What an unsealed daemon is made with.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// The work of one PIN try.
    pub(crate) pin_cost: Cost,
    /// How often partitions may be asked.
    pub(crate) rates: Rates,
    /// The profile of tokens for which nothing else is said.
    pub(crate) default_profile: TokenProfile,
    /// Whether tokens of accounts get the PINs of a development daemon.
    pub(crate) has_public_pins: bool,
    /// Whether a store that is older than its audit log says is opened all the same.
    pub(crate) accepts_older_store: bool,
    /// What the CA of a new daemon is called.
    pub(crate) authority_name: String,
}

/// What an unsealed daemon has to be looked after.
pub(crate) struct Opened {
    pub(crate) repository: Arc<Repository>,
    pub(crate) authenticator: Arc<Authenticator>,
    pub(crate) identities: Arc<Identities>,
    pub(crate) certificate_authority: Arc<CertificateAuthority>,
    pub(crate) vault: Arc<Vault>,
    store_head: StoreHead,
    log: Arc<Log>,
    /// To be made true when the daemon is sealed or ends.
    pub(crate) is_sealed: watch::Sender<bool>,
}

impl Opened {
    /// What has to be done every few seconds: applications and open keys whose time has come are ended.
    pub(crate) fn tidy(&self) {
        for application in self.authenticator.sweep() {
            tracing::debug!(application = %application.id, "an application has ended");
            self.repository.forget_application(application.id);
        }
        self.vault.close_idle(Instant::now());
    }

    /// What has to be done every second, and before the daemon is sealed: the audit log's checkpoints say how far the store
    /// is. The head is in the store before a checkpoint names it, so a crash between the two says nothing wrong.
    pub(crate) async fn witness_store(&self) {
        match self.store_head.advance().await {
            Ok(head) if head != self.log.store_head() => self.log.note_store_head(head),
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "the store's head cannot be written"),
        }
    }
}

/// Gives the audit log its key.
fn open_log(root: &RootKey, log: &Log) -> Result<(), Error> {
    let key = SigningKey::from_seed(root.subkey("hsmd audit checkpoints")?).map_err(|_| {
        Error::Internal {
            task: "make the audit log's key",
        }
    })?;
    log.unseal(key).map_err(|error| {
        tracing::error!(%error, "the audit log cannot be opened");
        match error {
            OpenError::OlderThanWitness { .. } => Error::StoreRolledBack,
            _ => Error::AuditUnavailable,
        }
    })
}

/// Refuses a store that is older than a checkpoint says, unless an operator has accepted it.
fn check_store_head(store_head: &StoreHead, log: &Log, is_accepted: bool) -> Result<(), Error> {
    let (found, signed) = (store_head.number(), log.store_head());
    if found >= signed {
        return Ok(());
    }
    if !is_accepted {
        tracing::error!(
            found,
            signed,
            "the store is older than its audit log says: an old copy was put back (`insecure_accept_older_store` opens it all the same)"
        );
        return Err(Error::StoreRolledBack);
    }
    tracing::warn!(
        found,
        signed,
        "the store is older than its audit log says, which is accepted"
    );
    log.note_store_head(found);
    Ok(())
}

/// Opens the store with the root key. `seal` is called when a caller with the right to has asked for sealing.
///
/// # Errors
///
/// Those of the store; [`Error::Internal`] when locked memory is used up or the audit log is not this store's.
pub(crate) async fn open(
    root: &RootKey,
    settings: &Settings,
    local: LocalRights,
    storage: Arc<dyn Storage>,
    log: Arc<Log>,
    clock: Arc<dyn Clock>,
    seal: Box<dyn Fn() + Send + Sync>,
) -> Result<(OpenDaemon, Opened), Error> {
    open_log(root, &log)?;
    let terms = Arc::new(BarrierTerms::open(root, storage).await?);
    let barrier = Arc::clone(terms.barrier());
    let store_head = StoreHead::open(Arc::clone(&barrier)).await?;
    check_store_head(&store_head, &log, settings.accepts_older_store)?;
    // Not before: an old store's head must not rise by it.
    terms.complete().await?;
    let store_head = StoreHead::open(Arc::clone(&barrier)).await?;
    let repository = Arc::new(Repository::open(Arc::clone(&barrier)).await?);
    let certificate_authority = Arc::new(authority(&barrier, settings, clock.as_ref()).await?);
    let identity_settings = hsmd_identity::Settings {
        local,
        pin_cost: settings.pin_cost,
        applications: ApplicationLimits::default(),
    };
    let identity = hsmd_identity::open(&barrier, identity_settings, Arc::clone(&clock)).await?;
    let session_key = root.subkey("hsmd session tokens")?;
    let accounts = Arc::new(Accounts::open(&barrier, session_key, Arc::clone(&clock)).await?);
    let vault = Arc::new(Vault::open(
        root,
        &VaultSettings::default(),
        Instant::now(),
    )?);
    let quotas = Quotas {
        partition_objects_max: limits::PARTITION_OBJECTS_MAX,
        rates: settings.rates,
        ..Quotas::default()
    };
    let gate = Gate::new(
        Arc::clone(&repository),
        Arc::clone(&log),
        Arc::clone(&clock),
        quotas,
    );
    let gate = Arc::new(gate.with_principals(Arc::clone(&accounts) as _));
    let now = u64::try_from(clock.since_epoch().as_millis()).unwrap_or(u64::MAX);
    let last_usages = kms::LastUsages::open(&barrier, now).await?;
    let is_sealed = watch::Sender::new(false);
    let dependencies = Dependencies {
        vault: Arc::clone(&vault),
        repository: Arc::clone(&repository),
        authenticator: Arc::clone(&identity.authenticator),
        identities: Arc::clone(&identity.identities),
        last_usages,
        account_pins: settings.has_public_pins.then(dev::account_pins),
        markers: kms::Markers::new()?,
        accounts: Arc::clone(&accounts),
        pins: identity.pins,
        certificate_authority: Arc::clone(&certificate_authority),
        audit: Arc::clone(&log),
        clock,
        default_profile: settings.default_profile,
        is_sealed: is_sealed.subscribe(),
        seal,
        rotate_barrier: Box::new(move || {
            let terms = Arc::clone(&terms);
            Box::pin(async move { terms.rotate().await })
        }),
    };
    let daemon = OpenDaemon {
        service: Service::new(gate, dependencies),
        authenticator: Arc::clone(&identity.authenticator),
        accounts,
    };
    let opened = Opened {
        repository,
        authenticator: identity.authenticator,
        identities: identity.identities,
        certificate_authority,
        vault,
        store_head,
        log,
        is_sealed,
    };
    Ok((daemon, opened))
}

/// Issues the first operator's certificate and gives it its rights.
///
/// # Errors
///
/// A bad name; those of the store.
pub(crate) async fn issue_first_operator(
    opened: &Opened,
    name: &str,
    clock: &dyn Clock,
) -> Result<Issued, Error> {
    issue(
        opened,
        name,
        Role::Operator,
        Partitions::Named(Vec::new()),
        OPERATOR_DAYS,
        clock,
    )
    .await
}

/// Issues a certificate with a new key, and gives its identity rights.
///
/// # Errors
///
/// A bad or taken name; those of the store.
pub(crate) async fn issue(
    opened: &Opened,
    name: &str,
    role: Role,
    partitions: Partitions,
    valid_days: u32,
    clock: &dyn Clock,
) -> Result<Issued, Error> {
    let authority = &opened.certificate_authority;
    let issued = authority.issue_client(name, role, valid_days, KeyChoice::Generate, clock)?;
    let subject = issued.subject.clone().ok_or(Error::Internal {
        task: "issue a certificate",
    })?;
    let issuer_key_sha256 = authority.key_sha256();
    opened
        .identities
        .add(Identity {
            name: name.to_owned(),
            role,
            partitions,
            subject,
            issuer_key_sha256,
        })
        .await?;
    Ok(issued)
}

/// Records a refusal that no operation saw. `operation` is the request's name in the contract.
pub(crate) fn record_refusal(
    log: &Log,
    requester: Requester<'_>,
    operation: &'static str,
    error: Error,
) {
    if let Some(action) = Row::by_name(&format!("hsm:{operation}")) {
        log.refuse(requester, action, error.name());
    } else {
        tracing::error!(
            operation,
            "a refusal of an unknown action cannot be recorded"
        );
    }
}

/// Records that a request outside the road was done: initialising or unsealing. On disk when this returns.
///
/// # Errors
///
/// [`Error::AuditUnavailable`].
pub(crate) async fn record_done(
    log: &Log,
    requester: Requester<'_>,
    action: &'static Row,
) -> Result<(), Error> {
    let recorded = log.record_outcome(requester, action, Outcome::Done).await;
    recorded.map_err(|_| Error::AuditUnavailable)
}

/// The CA of the store; made when there is none yet, as at the end of initialising.
async fn authority(
    barrier: &Arc<Barrier>,
    settings: &Settings,
    clock: &dyn Clock,
) -> Result<CertificateAuthority, Error> {
    let records = Records::new(Arc::clone(barrier), Table::SYSTEM);
    if let Some(authority) = CertificateAuthority::load(&records).await? {
        return Ok(authority);
    }
    let authority = CertificateAuthority::create(&settings.authority_name, clock)?;
    authority.store(&records).await?;
    Ok(authority)
}

/// How often [`Opened::witness_store`] is called.
pub(crate) const WITNESS_INTERVAL: Duration = Duration::from_secs(1);

/// How often it is stored when keys were used last.
pub(crate) const USAGE_INTERVAL: Duration = Duration::from_mins(1);

/// How often [`Opened::tidy`] is called, and what is due is done.
pub(crate) const TIDY_INTERVAL: Duration = Duration::from_secs(5);
