//! Why an operation fails, in the product's own terms. Each front door gives every variant a code of its protocol.

mod below;
mod names;

/// Why an operation failed.
///
/// Not `non_exhaustive` on purpose: a front door maps every variant without a `_` arm, so that a new one must be thought
/// about there. Texts never hold a secret or what the caller sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A fault of the daemon's own. What went wrong is in its log, not in the reply.
    #[error("the daemon failed while it was to {task}")]
    Internal {
        /// What it was doing, as an infinitive: `read the key`.
        task: &'static str,
    },
    /// The daemon has no root key in memory: it must be unsealed.
    #[error("the daemon is sealed")]
    Sealed,
    /// The daemon has no root key yet: it must be initialised.
    #[error("the daemon is not initialised")]
    NotInitialized,
    /// The daemon has a root key already.
    #[error("the daemon is initialised already")]
    AlreadyInitialized,
    /// The passphrase or the shares are not this daemon's. Says no more on purpose.
    #[error("the passphrase or share is wrong")]
    UnsealFailed,
    /// The daemon restarted, or the application was idle for too long.
    #[error("the application is not known; say Hello again")]
    UnknownApplication,
    /// The request lacks a field, or a field cannot be what it should be.
    #[error("{field} of the request is missing or malformed")]
    MalformedRequest {
        /// The field's name in the wire contract.
        field: &'static str,
    },
    /// The input is longer than the operation accepts.
    #[error("{what} is {length_bytes} bytes long; the limit is {limit_bytes}")]
    TooLarge {
        /// What is too long.
        what: &'static str,
        /// How long it is.
        length_bytes: u64,
        /// The longest that is accepted.
        limit_bytes: u64,
    },
    /// The caller's deadline passed; the operation may still have been done.
    #[error("the request was not done within its deadline")]
    DeadlineExceeded,
    /// One of the stated limits was reached.
    #[error("the limit of {maximum} {what} was reached")]
    LimitReached {
        /// What there may not be more of.
        what: &'static str,
        /// How many there may be.
        maximum: u64,
    },
    /// The partition has asked more often than its rate of this group of requests allows.
    #[error("there are too many requests of the group {group}; try again later")]
    Throttled {
        /// The group's name, as in the configuration.
        group: &'static str,
    },
    /// Known to the contract, but not offered.
    #[error("{what} is not supported")]
    Unsupported {
        /// What is not offered.
        what: &'static str,
    },
    /// The audit log cannot be written, so nothing is done.
    #[error("the audit log cannot be written, so nothing is done until it can")]
    AuditUnavailable,
    /// The storage has no room.
    #[error("the storage is full")]
    StorageFull,
    /// The storage failed, or did not answer.
    #[error("the storage is not available")]
    StorageUnavailable,
    /// The store is older than the checkpoints of its audit log say: an old copy was put back.
    #[error("the store is older than its audit log says: an old copy was put back")]
    StoreRolledBack,
    /// Something changed under the operation; nothing was done.
    #[error(
        "the object or partition was changed by another request at the same time; nothing was done"
    )]
    Conflict,

    /// The caller has no right to this action.
    #[error("the caller may not do this")]
    AccessDenied,
    /// Nobody, or not the role that the action needs, is logged in.
    #[error("the action needs a login that the application does not have")]
    NotLoggedIn,
    /// The role is already logged in.
    #[error("this role is already logged in")]
    AlreadyLoggedIn,
    /// The other role is logged in.
    #[error("another role is logged in")]
    AnotherRoleLoggedIn,
    /// The PIN is wrong.
    #[error("the PIN is wrong")]
    PinIncorrect,
    /// The new PIN has characters that a PIN may not have.
    #[error("the PIN has characters that a PIN may not have")]
    PinInvalid,
    /// The new PIN is too short or too long.
    #[error("a PIN has {length_min} to {length_max} bytes")]
    PinLength {
        /// The fewest bytes that a PIN has.
        length_min: usize,
        /// The most bytes that a PIN has.
        length_max: usize,
    },
    /// Too many wrong PINs: nobody can log in until a security officer sets a new one.
    #[error("the PIN is locked after too many wrong ones")]
    PinLocked,
    /// The role has no PIN yet.
    #[error("the PIN has not been set")]
    PinNotSet,

    /// There is no such partition, or the caller has no right to it.
    #[error("there is no such partition")]
    PartitionNotFound,
    /// There is no such object in the partition, or the caller may not see it.
    #[error("there is no such object")]
    ObjectNotFound,
    /// The name belongs to another partition or identity.
    #[error("the name is in use")]
    NameInUse,
    /// There is no such identity.
    #[error("there is no such identity")]
    IdentityNotFound,
    /// There is no such account, user or access key.
    #[error("there is no such account, user or access key")]
    AccountNotFound,
    /// The account still has something.
    #[error("the account still has users, roles, policies or access keys")]
    AccountInUse,

    /// The key's state does not allow the action now.
    #[error("the key's state does not allow this")]
    KeyState,
    /// The key's attributes do not allow the use.
    #[error("the key's attributes do not allow this use")]
    KeyUseNotPermitted,
    /// The algorithm cannot be used with this kind of key.
    #[error("the algorithm does not go with this kind of key")]
    KeyTypeInconsistent,
    /// A key of this size is not supported.
    #[error("a key of this size is not supported")]
    KeySize,
    /// The key may not leave the partition.
    #[error("the key is not extractable")]
    KeyNotExtractable,
    /// The key may leave the partition, but not this way.
    #[error("the key cannot be wrapped like this")]
    KeyNotWrappable,
    /// The wrapping key is weaker than the key to wrap.
    #[error("the wrapping key is too small for this key")]
    WrappingKeySize,
    /// The algorithm cannot be used with this kind of wrapping key.
    #[error("the algorithm does not go with this kind of wrapping key")]
    WrappingKeyTypeInconsistent,
    /// The wrapped bytes are not a key wrapped by this key. Says no more on purpose.
    #[error("the wrapped key is invalid")]
    WrappedKeyInvalid,
    /// No algorithm has this name, or it does not do what was asked.
    #[error("the algorithm is not known, or does not do this")]
    AlgorithmUnknown,
    /// The parameters do not belong to the algorithm, or have values it does not allow.
    #[error("the parameters do not fit the algorithm")]
    AlgorithmParametersInvalid,
    /// The curve is not one of those offered.
    #[error("the curve is not supported")]
    CurveNotSupported,

    /// The input has a length that the algorithm does not accept.
    #[error("the input has a length that the algorithm does not accept")]
    InputLength,
    /// The input has a value that the algorithm does not accept.
    #[error("the input has a value that the algorithm does not accept")]
    InputInvalid,
    /// The ciphertext has a length that the algorithm does not make.
    #[error("the ciphertext has a length that the algorithm does not make")]
    CiphertextLength,
    /// The ciphertext was not made by this key, or was changed. Says no more on purpose.
    #[error("the ciphertext is invalid")]
    CiphertextInvalid,
    /// The signature or authentication code has a length that the algorithm does not make.
    #[error("the signature has a length that the algorithm does not make")]
    SignatureLength,
    /// The signature or authentication code is not one of this key over this message.
    #[error("the signature is invalid")]
    SignatureInvalid,

    /// The attribute cannot be set by a caller, or not any more.
    #[error("attribute {attribute:#x} cannot be changed")]
    AttributeReadOnly {
        /// `CKA_…`.
        attribute: u64,
    },
    /// The attribute is a secret of a sensitive or not extractable key.
    #[error("attribute {attribute:#x} is sensitive")]
    AttributeSensitive {
        /// `CKA_…`.
        attribute: u64,
    },
    /// The object cannot have such an attribute.
    #[error("an object of this class has no attribute {attribute:#x}")]
    AttributeTypeInvalid {
        /// `CKA_…`.
        attribute: u64,
    },
    /// The attribute cannot have that value.
    #[error("attribute {attribute:#x} cannot have that value")]
    AttributeValueInvalid {
        /// `CKA_…`.
        attribute: u64,
    },
    /// The template lacks an attribute.
    #[error("the template lacks attribute {attribute:#x}")]
    TemplateIncomplete {
        /// `CKA_…`.
        attribute: u64,
    },
    /// The template's attributes contradict each other, the key or the profile of the token.
    #[error(
        "attribute {attribute:#x} of the template contradicts another attribute, the key or the token's profile"
    )]
    TemplateInconsistent {
        /// `CKA_…`.
        attribute: u64,
    },
    /// The object forbids the action on itself: it is not modifiable, copyable or destroyable.
    #[error("the object's own attributes forbid this action")]
    ActionProhibited,
}
