//! The daemon's life: uninitialised, sealed, unsealed, and sealed again. Only an unsealed daemon has a service, a vault
//! and a root key in memory.

use std::net::SocketAddr;
use std::sync::Arc;

use arc_swap::{ArcSwap, ArcSwapOption};
use hsmd_gate::audit::Log;
use hsmd_gate::{Requester, Row, actions};
use hsmd_grpc::TlsSource;
use hsmd_identity::tls::ServerTls;
use hsmd_identity::{Clock, LocalRights, Peer, operator_while_sealed};
use hsmd_kms::HttpsSource;
use hsmd_operations::{
    Counts, Daemon, Error, Initialization, Initialized, OpenDaemon, Pending, Protection, State,
    Status, UnsealKey, UnsealProgress,
};
use hsmd_storage::{Cell, Key, Outcome, Storage, Table, Transaction};
use hsmd_vault::RootKey;
use parking_lot::Mutex;
use rustls::ServerConfig;

use crate::opening::{self, Opened};
use crate::tls_files::TlsFiles;
use crate::unseal::shamir::Share;
use crate::unseal::{PASSPHRASE_BYTES_MIN, RootRecord, UnsealError, share_texts};

/// The name of the record that is read first.
const ROOT_RECORD: &[u8] = b"root-key";

/// What stays the same for the daemon's life.
pub(crate) struct Settings {
    /// What local users may do.
    pub(crate) local: LocalRights,
    /// Every protection that was switched off, for `hsm status`.
    pub(crate) warnings: Vec<String>,
    /// The Region's name.
    pub(crate) region: String,
    /// How key material is held.
    pub(crate) key_memory: &'static str,
    /// What an unsealed daemon is made with.
    pub(crate) opening: opening::Settings,
}

/// The daemon between start and end.
pub(crate) struct Lifecycle {
    settings: Settings,
    storage: Arc<dyn Storage>,
    log: Arc<Log>,
    tls: TlsFiles,
    clock: Arc<dyn Clock>,
    started_at_unix_seconds: u64,
    instance: [u8; 16],
    root: ArcSwapOption<RootRecord>,
    open: ArcSwapOption<OpenDaemon>,
    /// What has to be done regularly or at the end for an unsealed daemon, beside answering.
    opened: ArcSwapOption<Opened>,
    server: ArcSwapOption<ServerTls>,
    https: ArcSwapOption<ServerConfig>,
    /// The SHA-256 of the own CA's public key, once there is one.
    own_issuer: ArcSwap<[u8; 32]>,
    shares: Mutex<Vec<Share>>,
    /// Initialising, unsealing and sealing happen one at a time.
    changing: tokio::sync::Mutex<()>,
    seal_asked: Arc<tokio::sync::Notify>,
}

/// Why the daemon cannot start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// The stored root key record cannot be read.
    #[error("the stored root key record cannot be used")]
    Root(#[from] UnsealError),
    /// The store cannot be read.
    #[error("the store cannot be read")]
    Storage(#[from] hsmd_storage::Error),
    /// The certificate files cannot be used.
    #[error("the certificates cannot be used")]
    Tls(#[from] crate::tls_files::TlsFilesError),
    /// No randomness.
    #[error("the operating system has no randomness to give")]
    Random,
}

impl Lifecycle {
    /// A daemon over a store, sealed if the store has a root key, and uninitialised if not.
    pub(crate) async fn start(
        settings: Settings,
        storage: Arc<dyn Storage>,
        log: Arc<Log>,
        tls: TlsFiles,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, StartError> {
        let found = storage.get(&[root_key()]).await?;
        let root = match found.into_iter().next().flatten() {
            Some(record) => Some(Arc::new(RootRecord::from_bytes(&record.value)?)),
            None => None,
        };
        let mut instance = [0; 16];
        getrandom::fill(&mut instance).map_err(|_| StartError::Random)?;
        let lifecycle = Arc::new(Self {
            started_at_unix_seconds: clock.since_epoch().as_secs(),
            settings,
            storage,
            log,
            tls,
            clock,
            instance,
            root: ArcSwapOption::new(root),
            open: ArcSwapOption::empty(),
            opened: ArcSwapOption::empty(),
            server: ArcSwapOption::empty(),
            https: ArcSwapOption::empty(),
            own_issuer: ArcSwap::from_pointee([0; 32]),
            shares: Mutex::new(Vec::new()),
            changing: tokio::sync::Mutex::new(()),
            seal_asked: Arc::new(tokio::sync::Notify::new()),
        });
        lifecycle.load_server_tls()?;
        Ok(lifecycle)
    }

    /// Whether there is a root key.
    pub(crate) fn is_initialized(&self) -> bool {
        self.root.load().is_some()
    }

    /// The record of how the root key is protected.
    pub(crate) fn root_record(&self) -> Option<Arc<RootRecord>> {
        self.root.load_full()
    }

    /// What an unsealed daemon has to be looked after.
    pub(crate) fn opened(&self) -> Option<Arc<Opened>> {
        self.opened.load_full()
    }

    /// Seals whenever a caller with the right to has asked for it. Runs until the daemon ends.
    pub(crate) async fn seal_when_asked(self: Arc<Self>) {
        loop {
            self.seal_asked.notified().await;
            self.seal().await;
        }
    }

    /// Drops the root key, the vault and the service. Requests under way are still answered.
    pub(crate) async fn seal(&self) {
        let _changing = self.changing.lock().await;
        if let Some(open) = self.open.swap(None) {
            open.service.store_last_usages().await;
        }
        if let Some(opened) = self.opened.swap(None) {
            opened.witness_store().await;
            opened.is_sealed.send_replace(true);
        }
        self.log.seal();
        hsmd_secret_memory::wipe_idle_stacks();
        tracing::info!("the daemon is sealed");
    }

    /// Stores the record of a new root key, once.
    pub(crate) async fn store_root(&self, record: RootRecord) -> Result<(), Error> {
        let bytes = record.to_bytes().map_err(unseal_error)?;
        let head = self.storage.head().await?;
        let transaction = Transaction::new()?.putting(root_key(), None, head, bytes);
        match self.storage.commit(transaction).await? {
            Outcome::Committed(_) => {}
            Outcome::Conflict(_) => return Err(Error::AlreadyInitialized),
            Outcome::Unknown(_) => return Err(Error::StorageUnavailable),
        }
        self.root.store(Some(Arc::new(record)));
        Ok(())
    }

    /// Opens everything that the root key protects.
    pub(crate) async fn open_with(&self, root: &RootKey) -> Result<Arc<Opened>, Error> {
        let seal_asked = Arc::clone(&self.seal_asked);
        let (daemon, opened) = opening::open(
            root,
            &self.settings.opening,
            self.settings.local,
            Arc::clone(&self.storage),
            Arc::clone(&self.log),
            Arc::clone(&self.clock),
            Box::new(move || seal_asked.notify_one()),
        )
        .await
        // A log that has its key would go on to sign for a store that is not open.
        .inspect_err(|_| self.log.seal())?;
        let opened = Arc::new(opened);
        self.tls
            .renew(&opened.certificate_authority, self.clock.as_ref())
            .and_then(|()| self.load_server_tls())
            .map_err(|error| {
                tracing::error!(%error, "the server's certificate cannot be made");
                Error::Internal {
                    task: "make the server's certificate",
                }
            })?;
        self.opened.store(Some(Arc::clone(&opened)));
        self.open.store(Some(Arc::new(daemon)));
        tracing::info!("the daemon is unsealed");
        Ok(opened)
    }

    /// Makes a new server certificate when the one in use has lived for long.
    pub(crate) fn renew_server_certificate(&self) {
        let Some(opened) = self.opened.load_full() else {
            return;
        };
        let renewed = self
            .tls
            .renew_if_old(&opened.certificate_authority, self.clock.as_ref());
        if let Err(error) = renewed.and_then(|()| self.load_server_tls()) {
            tracing::error!(%error, "the server's certificate cannot be renewed");
        }
    }

    fn load_server_tls(&self) -> Result<(), crate::tls_files::TlsFilesError> {
        if let Some(loaded) = self.tls.load()? {
            self.own_issuer
                .store(Arc::new(loaded.own_issuer_key_sha256));
            self.server.store(Some(Arc::new(loaded.server)));
            self.https.store(Some(loaded.https));
        }
        Ok(())
    }

    async fn initialize_for(
        &self,
        peer: &Peer,
        initialization: Initialization,
    ) -> Result<Initialized, Error> {
        // The first operator is whoever may run the daemon on this machine: there is nobody else to ask yet.
        let is_local_operator = peer
            .local_uid()
            .is_some_and(|uid| uid == 0 || uid == self.settings.local.daemon_uid);
        if !is_local_operator {
            return Err(Error::AccessDenied);
        }
        let _changing = self.changing.lock().await;
        if self.is_initialized() {
            return Err(Error::AlreadyInitialized);
        }
        let root = RootKey::generate()?;
        let (record, shares) = match initialization.protection {
            Protection::Passphrase(passphrase) => {
                if passphrase.len() < PASSPHRASE_BYTES_MIN {
                    return Err(Error::MalformedRequest {
                        field: "passphrase",
                    });
                }
                let record =
                    tokio::task::block_in_place(|| RootRecord::with_passphrase(&root, &passphrase));
                (record.map_err(unseal_error)?, Vec::new())
            }
            Protection::Shares { count, threshold } => {
                RootRecord::with_shares(&root, threshold, count).map_err(unseal_error)?
            }
        };
        self.store_root(record).await?;
        let opened = self.open_with(&root).await?;
        let operator = opening::issue_first_operator(
            &opened,
            &initialization.operator_name,
            self.clock.as_ref(),
        )
        .await?;
        tracing::info!("the daemon is initialised");
        Ok(Initialized {
            shares: share_texts(&shares),
            operator,
        })
    }

    async fn unseal_for(&self, peer: &Peer, key: UnsealKey) -> Result<UnsealProgress, Error> {
        let record = self.root.load_full().ok_or(Error::NotInitialized)?;
        operator_while_sealed(peer, self.settings.local, **self.own_issuer.load())?;
        let _changing = self.changing.lock().await;
        if self.open.load().is_some() {
            return Ok(self.progress());
        }
        let root = match key {
            UnsealKey::Reset => {
                self.shares.lock().clear();
                None
            }
            UnsealKey::Passphrase(passphrase) => Some(
                tokio::task::block_in_place(|| record.open_with_passphrase(&passphrase))
                    .map_err(unseal_error)?,
            ),
            UnsealKey::Share(text) => self.add_share(&record, &text).map_err(unseal_error)?,
        };
        if let Some(root) = root {
            self.open_with(&root).await?;
        }
        Ok(self.progress())
    }

    /// Keeps a share, and opens the root key once there are enough.
    fn add_share(&self, record: &RootRecord, text: &str) -> Result<Option<RootKey>, UnsealError> {
        let share = record.share(text)?;
        let mut shares = self.shares.lock();
        if shares.iter().all(|given| given.index() != share.index()) {
            shares.push(share);
        }
        if (shares.len() as u64) < u64::from(record.shares_needed()) {
            return Ok(None);
        }
        let root = record.open_with_shares(&shares);
        shares.clear();
        root.map(Some)
    }

    /// Records what became of a request outside the road. What cannot be recorded is undone: the daemon is sealed.
    async fn record<T>(
        &self,
        peer: &Peer,
        action: &'static Row,
        result: Result<T, Error>,
    ) -> Result<T, Error> {
        let requester = Requester::Peer(peer);
        match result {
            Ok(done) => {
                if let Err(error) = opening::record_done(&self.log, requester, action).await {
                    self.seal().await;
                    return Err(error);
                }
                Ok(done)
            }
            Err(error) => {
                self.log.refuse(requester, action, error.name());
                Err(error)
            }
        }
    }

    fn progress(&self) -> UnsealProgress {
        UnsealProgress {
            is_unsealed: self.open.load().is_some(),
            shares_given: u32::try_from(self.shares.lock().len()).unwrap_or(u32::MAX),
            shares_needed: self
                .root
                .load()
                .as_ref()
                .map_or(0, |record| record.shares_needed()),
        }
    }
}

impl Daemon for Lifecycle {
    fn open(&self) -> Result<Arc<OpenDaemon>, Error> {
        let closed = || {
            if self.is_initialized() {
                Error::Sealed
            } else {
                Error::NotInitialized
            }
        };
        self.open.load_full().ok_or_else(closed)
    }

    fn status(&self) -> Status {
        let usage = hsmd_secret_memory::usage();
        let state = match (self.is_initialized(), self.open.load().is_some()) {
            (false, _) => State::Uninitialized,
            (true, false) => State::Sealed,
            (true, true) => State::Unsealed,
        };
        Status {
            state,
            shares: self.progress(),
            warnings: self.settings.warnings.clone(),
            started_at_unix_seconds: self.started_at_unix_seconds,
            instance: self.instance,
            region: self.settings.region.clone(),
            key_memory: self.settings.key_memory,
            key_memory_bytes: usage.heap_bytes as u64,
            key_memory_used_bytes: usage.taken_bytes as u64,
            is_development: self.settings.local.is_development,
            counts: Counts::default(),
        }
    }

    fn initialize<'a>(
        &'a self,
        peer: &'a Peer,
        initialization: Initialization,
    ) -> Pending<'a, Result<Initialized, Error>> {
        Box::pin(async move {
            let result = self.initialize_for(peer, initialization).await;
            self.record(peer, actions::INITIALIZE.row(), result).await
        })
    }

    fn unseal<'a>(
        &'a self,
        peer: &'a Peer,
        key: UnsealKey,
    ) -> Pending<'a, Result<UnsealProgress, Error>> {
        Box::pin(async move {
            let result = self.unseal_for(peer, key).await;
            self.record(peer, actions::UNSEAL.row(), result).await
        })
    }

    fn record_refused_request<'a>(
        &'a self,
        peer: &'a Peer,
        action: &'static str,
        error: Error,
    ) -> Pending<'a, ()> {
        Box::pin(async move {
            opening::record_refusal(&self.log, Requester::Peer(peer), action, error);
        })
    }

    fn record_refused_call(&self, address: SocketAddr, action: &str, code: &'static str) {
        if let Some(action) = Row::by_name(action) {
            self.log.refuse(Requester::Address(address), action, code);
        }
    }

    fn record_refused_handshake(&self, address: SocketAddr) -> Pending<'_, ()> {
        Box::pin(async move {
            opening::record_refusal(
                &self.log,
                Requester::Address(address),
                "Hello",
                Error::AccessDenied,
            );
        })
    }
}

impl TlsSource for Lifecycle {
    fn current(&self) -> Option<Arc<ServerTls>> {
        self.server.load_full()
    }
}

impl HttpsSource for Lifecycle {
    fn https(&self) -> Option<Arc<ServerConfig>> {
        self.https.load_full()
    }
}

fn root_key() -> Key {
    Key::new(Cell::SYSTEM, Table::FOUNDATION, ROOT_RECORD)
}

#[expect(clippy::needless_pass_by_value, reason = "goes into map_err")]
fn unseal_error(error: UnsealError) -> Error {
    match error {
        UnsealError::Wrong => Error::UnsealFailed,
        UnsealError::AnotherMethod => Error::MalformedRequest { field: "share" },
        UnsealError::Damaged | UnsealError::Resources => {
            tracing::error!(%error, "the root key cannot be protected or opened");
            Error::Internal {
                task: "protect or open the root key",
            }
        }
    }
}
