//! The daemon as a front door sees it: what can be asked while it is closed, and what it opens when it is not.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use hsmd_identity::{Accounts, Authenticator, Issued, Peer};
use zeroize::Zeroizing;

use crate::{Error, Service};

/// A future behind a trait object.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The daemon, sealed or not. While it is sealed there is no [`OpenDaemon`], so no service and no vault.
pub trait Daemon: Send + Sync + 'static {
    /// What answers requests now.
    ///
    /// # Errors
    ///
    /// [`Error::NotInitialized`] and [`Error::Sealed`].
    fn open(&self) -> Result<Arc<OpenDaemon>, Error>;

    /// What anybody may know about the daemon.
    fn status(&self) -> Status;

    /// Makes the root key and the daemon's own CA, and unseals.
    ///
    /// # Errors
    ///
    /// [`Error::AlreadyInitialized`]; [`Error::AccessDenied`] unless `peer` is root or the daemon's own user on this
    /// machine; malformed requests; storage errors.
    fn initialize<'a>(
        &'a self,
        peer: &'a Peer,
        initialization: Initialization,
    ) -> Pending<'a, Result<Initialized, Error>>;

    /// Gives a passphrase or a share; the last one that is needed unseals.
    ///
    /// # Errors
    ///
    /// [`Error::UnsealFailed`]; [`Error::NotInitialized`]; [`Error::AccessDenied`] unless `peer` is an operator.
    fn unseal<'a>(
        &'a self,
        peer: &'a Peer,
        key: UnsealKey,
    ) -> Pending<'a, Result<UnsealProgress, Error>>;

    /// Records a request that was refused because the daemon is closed.
    fn record_refused_request<'a>(
        &'a self,
        peer: &'a Peer,
        action: &'static str,
        error: Error,
    ) -> Pending<'a, ()>;

    /// Records a call of AWS that was refused before anybody was proven to have made it. `action` is as `kms:Sign`.
    fn record_refused_call(&self, address: SocketAddr, action: &str, code: &'static str);

    /// Records that a TLS client did not get in.
    fn record_refused_handshake(&self, address: SocketAddr) -> Pending<'_, ()>;
}

/// What an unsealed daemon gives to its front doors.
pub struct OpenDaemon {
    /// Performs operations.
    pub service: Service,
    /// Makes callers.
    pub authenticator: Arc<Authenticator>,
    /// Makes callers of those who sign their requests.
    pub accounts: Arc<Accounts>,
}

/// What `hsm status` shows to anybody.
#[derive(Debug, Clone)]
pub struct Status {
    /// Where the daemon stands.
    pub state: State,
    /// Shares given and needed while unsealing.
    pub shares: UnsealProgress,
    /// Every protection that a setting or the development mode switched off.
    pub warnings: Vec<String>,
    /// When the daemon started, in seconds since 1970.
    pub started_at_unix_seconds: u64,
    /// Made anew at each start.
    pub instance: [u8; 16],
    /// The Region's name.
    pub region: String,
    /// How key material is held: `memfd_secret` or `mlock`.
    pub key_memory: &'static str,
    /// Size of the memory for keys.
    pub key_memory_bytes: u64,
    /// How much of it is taken.
    pub key_memory_used_bytes: u64,
    /// Whether this is a development daemon.
    pub is_development: bool,
    /// What only an unsealed daemon knows.
    pub counts: Counts,
}

/// How much an unsealed daemon holds; zeros while it is sealed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// Partitions.
    pub partitions: u32,
    /// Objects of all partitions.
    pub objects: u64,
    /// Applications that said Hello and have not ended.
    pub applications: u32,
    /// Records in the audit log.
    pub audit_records: u64,
}

/// Where the daemon stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It has no root key yet.
    Uninitialized,
    /// It has no root key in memory.
    Sealed,
    /// It works.
    Unsealed,
}

/// How the root key is to be protected.
pub struct Initialization {
    /// What unseals the daemon from then on.
    pub protection: Protection,
    /// The name of the first operator.
    pub operator_name: String,
}

/// What unseals the daemon.
pub enum Protection {
    /// A passphrase.
    Passphrase(Zeroizing<Vec<u8>>),
    /// Shares, `threshold` of which are needed.
    Shares {
        /// How many there are.
        count: u8,
        /// How many are needed.
        threshold: u8,
    },
}

/// What initialising gives, once and never again.
pub struct Initialized {
    /// The shares, if the root key is protected by shares.
    pub shares: Vec<Zeroizing<String>>,
    /// The first operator's certificate and private key.
    pub operator: Issued,
}

/// What unsealing takes.
pub enum UnsealKey {
    /// The passphrase.
    Passphrase(Zeroizing<Vec<u8>>),
    /// One share.
    Share(Zeroizing<String>),
    /// Forget the shares given so far.
    Reset,
}

/// How far unsealing is.
#[derive(Debug, Clone, Copy, Default)]
pub struct UnsealProgress {
    /// Whether the daemon is unsealed.
    pub is_unsealed: bool,
    /// Shares given so far.
    pub shares_given: u32,
    /// Shares needed; 0 with a passphrase.
    pub shares_needed: u32,
}
