//! What a [`Permit`](crate::Permit) is for: one type each, and the attribute of the key that must allow it.
//!
//! `CKA_SIGN` and its like are one set with the key usage of other protocols: this list.

use hsm_algorithms::pkcs11;

use crate::permit::{KeySubject, PartitionSubject};
use crate::resolver::Subject;

/// A use of a key, an object or a partition.
pub trait Use: sealed::Sealed + Send + Sync + 'static {
    /// What the permit names: a key version, or a partition.
    #[expect(
        private_bounds,
        reason = "how a subject is found is the gate's own business"
    )]
    type Subject: Subject + Send + Sync;

    /// What the object's attributes must say.
    const CONDITION: Condition;

    /// Whether it adds objects to a partition.
    const CREATES_OBJECTS: bool = matches!(Self::CONDITION, Condition::Creation);
}

/// What an object's attributes must say for a use of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// Every object allows it.
    None,
    /// There is no object yet.
    Creation,
    /// A cryptographic use: the attribute must be true, `CKA_ALLOWED_MECHANISMS` must have the algorithm if it is there,
    /// and with `CKA_ALWAYS_AUTHENTICATE` the PIN must have been shown for it.
    KeyUse(u64),
    /// Done to the object: the attribute must not be false.
    Permission(u64),
    /// `CKA_DESTROYABLE` must not be false; but a session object ends with its session, whatever it says.
    Destruction,
    /// `CKA_EXTRACTABLE` must be true; with `CKA_WRAP_WITH_TRUSTED`, the wrapping key must be `CKA_TRUSTED`.
    LeavesWrapped,
    /// `CKA_EXTRACTABLE` must be true and `CKA_SENSITIVE` false.
    LeavesClear,
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! uses {
    ($($(#[$documentation:meta])* $name:ident of $subject:ident, $condition:expr;)+) => {
        $($(#[$documentation])*
        #[derive(Debug)]
        pub enum $name {}

        impl sealed::Sealed for $name {}
        impl Use for $name {
            type Subject = $subject;
            const CONDITION: Condition = $condition;
        })+
    };
}

uses! {
    /// Signs, or makes an authentication code.
    Sign of KeySubject, Condition::KeyUse(pkcs11::CKA_SIGN);
    /// Signs so that the signature gives the message back.
    SignRecover of KeySubject, Condition::KeyUse(pkcs11::CKA_SIGN_RECOVER);
    /// Checks an authentication code.
    Verify of KeySubject, Condition::KeyUse(pkcs11::CKA_VERIFY);
    /// Encrypts.
    Encrypt of KeySubject, Condition::KeyUse(pkcs11::CKA_ENCRYPT);
    /// Decrypts.
    Decrypt of KeySubject, Condition::KeyUse(pkcs11::CKA_DECRYPT);
    /// Wraps other keys.
    Wrap of KeySubject, Condition::KeyUse(pkcs11::CKA_WRAP);
    /// Unwraps other keys.
    Unwrap of KeySubject, Condition::KeyUse(pkcs11::CKA_UNWRAP);
    /// Derives other keys.
    Derive of KeySubject, Condition::KeyUse(pkcs11::CKA_DERIVE);
    /// Agrees on a new key with the holder of its private half.
    Encapsulate of KeySubject, Condition::KeyUse(pkcs11::CKA_ENCAPSULATE);
    /// Agrees on the new key that another encapsulated.
    Decapsulate of KeySubject, Condition::KeyUse(pkcs11::CKA_DECAPSULATE);
    /// Leaves the partition wrapped under another key.
    Export of KeySubject, Condition::LeavesWrapped;
    /// Is read in the clear. Given only for keys that are extractable and not sensitive.
    Reveal of KeySubject, Condition::LeavesClear;
    /// Has its attributes read, secrets excepted.
    Read of KeySubject, Condition::None;
    /// Is copied; the material stays as it is wrapped.
    Copy of KeySubject, Condition::Permission(pkcs11::CKA_COPYABLE);
    /// Has its attributes changed.
    Modify of KeySubject, Condition::Permission(pkcs11::CKA_MODIFIABLE);
    /// Is destroyed.
    Destroy of KeySubject, Condition::Destruction;
    /// Gets a new object or key.
    Create of PartitionSubject, Condition::Creation;
    /// Is searched.
    Search of PartitionSubject, Condition::None;
    /// Has a PIN shown to it.
    Authenticate of PartitionSubject, Condition::None;
    /// Has its token or PINs set, or is destroyed.
    Administer of PartitionSubject, Condition::None;
}
