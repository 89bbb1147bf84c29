//! Why an identity is not proven, or cannot be managed.

/// Why identity was refused, or a change to identities or PINs was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Neither the certificate nor the local user belongs to an identity of this daemon.
    #[error("the caller is not known to this daemon")]
    NotRecognised,
    /// The application token is unknown, has ended, or belongs to someone else. Says no more on purpose.
    #[error("the application is not known; say Hello again")]
    UnknownApplication,
    /// The principal has as many applications as it may have.
    #[error("the limit of {maximum} {what} was reached")]
    LimitReached {
        /// What there may not be more of.
        what: &'static str,
        /// How many there may be.
        maximum: u64,
    },
    /// The role is already logged in.
    #[error("this role is already logged in")]
    AlreadyLoggedIn,
    /// The other role is logged in.
    #[error("another role is logged in")]
    AnotherRoleLoggedIn,
    /// Nobody is logged in, or not the role that this needs.
    #[error("the application has no such login")]
    NotLoggedIn,
    /// The PIN is wrong; the try has been counted.
    #[error("the PIN is wrong")]
    PinIncorrect,
    /// A new PIN has fewer than 4 or more than 255 bytes.
    #[error("a PIN has {PIN_LENGTH_MIN} to {PIN_LENGTH_MAX} bytes")]
    PinLength,
    /// Too many wrong PINs.
    #[error("the PIN is locked after too many wrong ones")]
    PinLocked,
    /// The role has no PIN yet.
    #[error("the PIN has not been set")]
    PinNotSet,
    /// The name or the subject belongs to another identity.
    #[error("the name or subject is in use")]
    NameInUse,
    /// There is no identity of that name.
    #[error("there is no such identity")]
    IdentityNotFound,
    /// A name is empty, too long, or has characters that a certificate's URI cannot carry.
    #[error("a name has 1 to {NAME_BYTES_MAX} letters, digits, dots, hyphens and underscores")]
    NameInvalid,
    /// A subject is not `dns:…`, `uri:…` or `uid:…`.
    #[error("a subject is dns:NAME, uri:URI or uid:NUMBER")]
    SubjectInvalid,
    /// The certificate request cannot be read, or its own signature is wrong.
    #[error("the certificate request is invalid")]
    CertificateRequestInvalid,
    /// A certificate, key or set of trusted CAs that the daemon was given cannot be used.
    #[error("{what} cannot be used")]
    CertificateInvalid {
        /// Which one.
        what: &'static str,
    },
    /// A stored record cannot be read.
    #[error("a stored {what} cannot be read")]
    Damaged {
        /// What it was to be.
        what: &'static str,
    },
    /// Another request changed the same record at the same time; nothing was done.
    #[error("another request changed the same record; nothing was done")]
    Conflict,
    /// The storage has no room.
    #[error("the storage is full")]
    StorageFull,
    /// The storage failed, or did not answer.
    #[error("the storage is not available")]
    StorageUnavailable,
    /// The arena for secrets is full, or randomness or a worker was not to be had.
    #[error("the daemon lacks the resources to {task}")]
    Resources {
        /// What it was doing, as an infinitive.
        task: &'static str,
    },
}

use crate::identities::NAME_BYTES_MAX;
use crate::pins::{PIN_LENGTH_MAX, PIN_LENGTH_MIN};
