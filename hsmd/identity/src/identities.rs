//! Identities: whom the daemon knows, by certificate or local user, and what they may use.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use hsmd_keys::Records;
use parking_lot::RwLock;

use crate::authenticator::{LocalRights, Settings};
use crate::caller::{Partitions, Principal, Role};
use crate::errors::Error;
use crate::peer::{Evidence, Peer, Subject};

/// One identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Unique; 1 to 128 letters, digits, dots, hyphens and underscores.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// The partitions that it may use. A local user or certificate with both rights is two identities.
    pub partitions: Partitions,
    /// Whom it is: an alternative name in a certificate, or a local user.
    pub subject: Subject,
    /// The SHA-256 of the subject public key info of the CA that must have issued the certificate; zeros for a local user.
    pub issuer_key_sha256: [u8; 32],
}

/// All identities, in memory and in the store.
pub struct Identities {
    records: Records,
    settings: Settings,
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    by_name: HashMap<String, Identity>,
    by_subject: HashMap<(Subject, [u8; 32]), Arc<Principal>>,
}

impl Identities {
    pub(crate) async fn open(records: Records, settings: Settings) -> Result<Self, Error> {
        let _ = (records, settings);
        todo!()
    }

    /// Every identity, by name.
    #[must_use]
    pub fn list(&self) -> Vec<Identity> {
        todo!()
    }

    /// Adds an identity. Its rights hold from the next request on.
    ///
    /// # Errors
    ///
    /// [`Error::NameInvalid`], [`Error::NameInUse`], [`Error::LimitReached`]; the store's.
    pub async fn add(&self, identity: Identity) -> Result<(), Error> {
        let _ = identity;
        todo!()
    }

    /// Removes an identity. Its open connections have no rights from the next request on.
    ///
    /// # Errors
    ///
    /// [`Error::IdentityNotFound`]; the store's.
    pub async fn remove(&self, name: &str) -> Result<(), Error> {
        let _ = name;
        todo!()
    }

    /// Whom the peer's evidence belongs to.
    pub(crate) fn principal(&self, peer: &Peer) -> Result<Arc<Principal>, Error> {
        let _ = peer;
        todo!()
    }
}

pub(crate) fn operator_by_name(
    peer: &Peer,
    local: LocalRights,
    own_issuer_key_sha256: [u8; 32],
) -> Result<Principal, Error> {
    let _ = (peer, local, own_issuer_key_sha256);
    todo!()
}

/// The longest name, in bytes.
pub(crate) const NAME_BYTES_MAX: usize = 128;

/// The most identities of one daemon.
pub(crate) const IDENTITIES_MAX: usize = 16_384;

/// Checks a name that goes into certificates and the audit log.
pub(crate) fn check_name(name: &str) -> Result<(), Error> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.bytes().all(is_plain) {
        return Err(Error::NameInvalid);
    }
    Ok(())
}
