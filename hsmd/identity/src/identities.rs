//! Identities: whom the daemon knows, by certificate or local user, and what they may use.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use hsmd_keys::Records;
use hsmd_storage::{Cell, Version};
use parking_lot::RwLock;

use crate::authenticator::LocalRights;
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
    local: LocalRights,
    known: RwLock<Known>,
    /// Held while the store and the memory change together.
    change: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    by_name: BTreeMap<String, Stored>,
    by_subject: HashMap<(Subject, [u8; 32]), Arc<Principal>>,
}

struct Stored {
    identity: Identity,
    version: Version,
}

impl Identities {
    pub(crate) async fn open(records: Records, local: LocalRights) -> Result<Self, Error> {
        let mut known = Known::default();
        for record in records.list(Cell::SYSTEM).await? {
            let identity = Identity::from_stored(&record.name, &record.value)?;
            known.insert(
                Stored {
                    identity,
                    version: record.version,
                },
                local,
            );
        }
        for uid in [0, local.daemon_uid] {
            known
                .by_subject
                .entry((Subject::Uid(uid), NO_ISSUER))
                .or_insert_with(|| Arc::new(local_operator(uid, local)));
        }
        Ok(Self {
            records,
            local,
            known: RwLock::new(known),
            change: tokio::sync::Mutex::default(),
        })
    }

    /// Every identity, by name.
    #[must_use]
    pub fn list(&self) -> Vec<Identity> {
        self.known
            .read()
            .by_name
            .values()
            .map(|stored| stored.identity.clone())
            .collect()
    }

    /// Adds an identity. Its rights hold from the next request on.
    ///
    /// # Errors
    ///
    /// [`Error::NameInvalid`], [`Error::NameInUse`], [`Error::LimitReached`]; the store's.
    pub async fn add(&self, identity: Identity) -> Result<(), Error> {
        check_name(&identity.name)?;
        let _turn = self.change.lock().await;
        self.known.read().check_new(&identity)?;
        let version = self
            .records
            .put(
                Cell::SYSTEM,
                identity.name.as_bytes(),
                None,
                identity.to_stored(),
            )
            .await?;
        self.known
            .write()
            .insert(Stored { identity, version }, self.local);
        Ok(())
    }

    /// Removes an identity. Its open connections have no rights from the next request on.
    ///
    /// # Errors
    ///
    /// [`Error::IdentityNotFound`]; the store's.
    pub async fn remove(&self, name: &str) -> Result<(), Error> {
        let _turn = self.change.lock().await;
        let version = {
            let known = self.known.read();
            known
                .by_name
                .get(name)
                .ok_or(Error::IdentityNotFound)?
                .version
        };
        self.records
            .delete(Cell::SYSTEM, name.as_bytes(), version)
            .await?;
        self.known.write().remove(name, self.local);
        Ok(())
    }

    /// Whom the peer's evidence belongs to: the first of a certificate's names that is known with its issuer.
    pub(crate) fn principal(&self, peer: &Peer) -> Result<Arc<Principal>, Error> {
        let known = self.known.read();
        let find = |key: (Subject, [u8; 32])| known.by_subject.get(&key).cloned();
        let principal = match peer.evidence() {
            Evidence::LocalUser { uid, .. } => find((Subject::Uid(*uid), NO_ISSUER)),
            Evidence::Certificate {
                subjects,
                issuer_key_sha256,
            } => subjects
                .iter()
                .find_map(|subject| find((subject.clone(), *issuer_key_sha256))),
        };
        principal.ok_or(Error::NotRecognised)
    }
}

impl Known {
    fn check_new(&self, identity: &Identity) -> Result<(), Error> {
        if self.by_name.len() >= IDENTITIES_MAX {
            return Err(Error::LimitReached {
                what: "identities",
                maximum: IDENTITIES_MAX as u64,
            });
        }
        let is_taken = self.by_name.contains_key(&identity.name)
            || self
                .by_name
                .values()
                .any(|other| other.identity.key() == identity.key());
        if is_taken {
            Err(Error::NameInUse)
        } else {
            Ok(())
        }
    }

    fn insert(&mut self, stored: Stored, local: LocalRights) {
        let principal = stored.identity.principal(local);
        self.by_subject
            .insert(stored.identity.key(), Arc::new(principal));
        self.by_name.insert(stored.identity.name.clone(), stored);
    }

    fn remove(&mut self, name: &str, local: LocalRights) {
        let Some(stored) = self.by_name.remove(name) else {
            return;
        };
        self.by_subject.remove(&stored.identity.key());
        // Being local keeps its own rights.
        if let Subject::Uid(uid) = stored.identity.subject
            && local.makes_operator(uid)
        {
            let operator = Arc::new(local_operator(uid, local));
            self.by_subject
                .insert((Subject::Uid(uid), NO_ISSUER), operator);
        }
    }
}

impl Identity {
    /// What a peer is found by. The issuer of a local user is the kernel.
    fn key(&self) -> (Subject, [u8; 32]) {
        match self.subject {
            Subject::Uid(_) => (self.subject.clone(), NO_ISSUER),
            Subject::Dns(_) | Subject::Uri(_) => (self.subject.clone(), self.issuer_key_sha256),
        }
    }

    fn principal(&self, local: LocalRights) -> Principal {
        let is_local_operator =
            matches!(self.subject, Subject::Uid(uid) if local.makes_operator(uid));
        Principal {
            name: self.name.clone(),
            is_operator: self.role == Role::Operator || is_local_operator,
            partitions: self.partitions.clone(),
            in_flight: AtomicU32::new(0),
            aws: None,
        }
    }
}

impl LocalRights {
    fn makes_operator(self, uid: u32) -> bool {
        uid == 0 || uid == self.daemon_uid
    }
}

fn local_operator(uid: u32, local: LocalRights) -> Principal {
    let partitions = if local.is_development && uid == local.daemon_uid {
        Partitions::All
    } else {
        Partitions::Named(Vec::new())
    };
    Principal {
        name: Subject::Uid(uid).to_string(),
        is_operator: true,
        partitions,
        in_flight: AtomicU32::new(0),
        aws: None,
    }
}

/// Who an operator is by what the peer alone proves, without the store.
pub(crate) fn operator_by_name(
    peer: &Peer,
    local: LocalRights,
    own_issuer_key_sha256: [u8; 32],
) -> Result<Principal, Error> {
    let name = match peer.evidence() {
        Evidence::LocalUser { uid, .. } if local.makes_operator(*uid) => {
            Some(Subject::Uid(*uid).to_string())
        }
        Evidence::Certificate {
            subjects,
            issuer_key_sha256,
        } if *issuer_key_sha256 == own_issuer_key_sha256 => {
            subjects.iter().find_map(|subject| match subject {
                Subject::Uri(uri) => uri.strip_prefix(OPERATOR_URI).map(str::to_owned),
                Subject::Dns(_) | Subject::Uid(_) => None,
            })
        }
        Evidence::LocalUser { .. } | Evidence::Certificate { .. } => None,
    };
    Ok(Principal {
        name: name.ok_or(Error::NotRecognised)?,
        is_operator: true,
        partitions: Partitions::Named(Vec::new()),
        in_flight: AtomicU32::new(0),
        aws: None,
    })
}

/// The name that the daemon's own CA writes into a certificate.
pub(crate) fn own_subject(role: Role, name: &str) -> Subject {
    match role {
        Role::Operator => Subject::Uri(format!("{OPERATOR_URI}{name}")),
        Role::Client => Subject::Uri(format!("{CLIENT_URI}{name}")),
    }
}

const OPERATOR_URI: &str = "urn:hsmd:operator:";
const CLIENT_URI: &str = "urn:hsmd:client:";

/// What stands for the issuer of a local user.
const NO_ISSUER: [u8; 32] = [0; 32];

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
