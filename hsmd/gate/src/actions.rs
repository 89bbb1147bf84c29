//! Everything that can be asked of the daemon: one row each, from which come the names in the audit log, the state
//! checks, who may ask, and the authorization tests.

pub mod aws;
pub mod iam;
pub mod kms;
pub mod sts;
pub mod timed;

use std::fmt;
use std::marker::PhantomData;

use hsmd_keys::KeyState;

use crate::key_use::{
    Administer, Authenticate, Copy, Create, Decapsulate, Decrypt, Derive, Destroy, Encapsulate,
    Encrypt, Export, Modify, Read, Reveal, Search, Sign, SignRecover, Unwrap, Use, Verify, Wrap,
};
use crate::permit::Permit;
use crate::quotas::{Quota, QuotaGroup};

/// An action, and the permits that being admitted to it gives. `P` says what the vault may then do, so that no
/// operation can ask for one thing and do another.
pub struct Action<P> {
    row: Row,
    permits: PhantomData<fn() -> P>,
}

/// What the table says of one action.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// The name as the audit log and policies write it, as `hsm:Sign`.
    pub name: &'static str,
    /// Who may ask.
    pub requires: Requirement,
    /// The states of a key in which it may be asked. Empty where no key is asked of.
    pub states: &'static [KeyState],
    /// How it is recorded.
    pub recording: Recording,
    /// Whether it adds objects to a partition, which a quota limits.
    pub creates_objects: bool,
    /// What it counts in when the rate of a partition's requests is limited.
    pub quota: Quota,
    /// What an operation of AWS needs besides.
    pub aws: Option<aws::AwsRow>,
}

/// Who may ask for an action. Rights to a partition come first: without them the partition is not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requirement {
    /// Any caller with an identity.
    Identity,
    /// An operator.
    Operator,
    /// A caller that may make tokens in free slots, which only development daemons allow.
    TokenMaker,
    /// A caller that may use the partition, logged in or not.
    Partition,
    /// The partition's security officer, logged in.
    SecurityOfficer,
    /// The partition's user, logged in.
    User,
    /// Either of the two, logged in.
    Login,
    /// The user, logged in, if the object is or will be private (`CKA_PRIVATE`); else whoever may use the partition.
    UserIfPrivate,
    /// An AWS principal whom policies or grants allow it.
    Policy,
}

/// How an action is recorded. A refusal is recorded the same way for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recording {
    /// Reads only: the record is queued before the reply and written within 100 ms.
    Description,
    /// Uses a key or an identity: the record is with the operating system before the reply and on disk within 100 ms.
    Use,
    /// Changes what is stored: an intent is on disk before the change, and the record before the reply.
    Change,
}

impl<P> Action<P> {
    const fn new(row: Row) -> Self {
        Self {
            row,
            permits: PhantomData,
        }
    }

    /// What the table says of it.
    #[must_use]
    pub const fn row(&'static self) -> &'static Row {
        &self.row
    }
}

impl<P> fmt::Debug for Action<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.row.name)
    }
}

impl Row {
    /// Whether it changes what is stored, and so is recorded before and after.
    #[must_use]
    pub const fn changes_state(&self) -> bool {
        matches!(self.recording, Recording::Change)
    }

    /// Whether it computes with keys of accounts, and so counts as their use.
    #[must_use]
    pub fn is_use_of_keys(&self) -> bool {
        let is_by_key = self.aws.as_ref().is_some_and(|row| !row.usages.is_empty());
        is_by_key && matches!(self.recording, Recording::Use)
    }

    /// The name without its prefix, as `eventName` has it.
    #[must_use]
    pub fn event_name(&self) -> &'static str {
        self.name
            .split_once(':')
            .map_or(self.name, |(_, event)| event)
    }

    /// The row with this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<&'static Self> {
        let mut all = ALL
            .iter()
            .chain(kms::ALL)
            .chain(iam::ALL)
            .chain(sts::ALL)
            .copied();
        all.find(|action| action.name == name)
    }
}

/// The quota group of our own actions: all that are recorded alike count together.
macro_rules! own_quota {
    (Description) => {
        QuotaGroup::HsmDescriptions
    };
    (Use) => {
        QuotaGroup::HsmUses
    };
    (Change) => {
        QuotaGroup::HsmChanges
    };
}

/// Makes one static for each row, and [`ALL`] of them.
macro_rules! actions {
    ($($(#[$documentation:meta])* $constant:ident: $permits:ty, $recording:ident {
        name: $name:literal, requires: $requires:ident, states: $states:expr,
    })+) => {
        $($(#[$documentation])*
        pub static $constant: Action<$permits> = Action::new(Row {
            name: $name,
            requires: Requirement::$requires,
            states: $states,
            recording: Recording::$recording,
            creates_objects: <$permits as Creates>::OBJECTS,
            quota: Quota::In(own_quota!($recording)),
            aws: None,
        });)+

        /// Every action of our own; those of AWS are [`kms::ALL`], [`iam::ALL`] and [`sts::ALL`].
        pub static ALL: &[&Row] = &[$(&$constant.row),+];
    };
}

/// Makes one static for each row of one API of AWS, and `ALL` of them.
macro_rules! aws_actions {
    ($($(#[$documentation:meta])* $constant:ident: $permits:ty, $recording:ident {
        name: $name:literal, $crossing:ident, $keys:ident $usages:expr, quota: $quota:expr, asks: $asks:expr,
    })+) => {
        $($(#[$documentation])*
        pub static $constant: Action<$permits> = Action::new(Row {
            name: $name,
            requires: Requirement::Policy,
            states: &[],
            recording: Recording::$recording,
            creates_objects: <$permits as Creates>::OBJECTS,
            quota: $quota,
            aws: Some(AwsRow {
                asks: $asks,
                crosses_accounts: aws_actions!(@crosses $crossing),
                usages: $usages,
                is_symmetric_alone: aws_actions!(@symmetric $keys),
            }),
        });)+

        /// Every operation of this API.
        pub static ALL: &[&Row] = &[$($constant.row()),+];
    };
    (@crosses any_account) => { true };
    (@crosses own_account) => { false };
    (@symmetric symmetric) => { true };
    (@symmetric keys) => { false };
}
use aws_actions;

/// Whether a set of permits lets new objects into a partition.
trait Creates {
    const OBJECTS: bool;
}

impl Creates for () {
    const OBJECTS: bool = false;
}

impl<U: Use> Creates for Permit<U> {
    const OBJECTS: bool = U::CREATES_OBJECTS;
}

impl<U: Use, V: Use> Creates for (Permit<U>, Permit<V>) {
    const OBJECTS: bool = U::CREATES_OBJECTS || V::CREATES_OBJECTS;
}

impl<U: Use, V: Use> Creates for (Permit<U>, Option<Permit<V>>) {
    const OBJECTS: bool = U::CREATES_OBJECTS || V::CREATES_OBJECTS;
}

impl<U: Use, V: Use, W: Use> Creates for (Permit<U>, Option<Permit<V>>, Permit<W>) {
    const OBJECTS: bool = U::CREATES_OBJECTS || V::CREATES_OBJECTS || W::CREATES_OBJECTS;
}

impl<U: Use> Creates for Vec<Permit<U>> {
    const OBJECTS: bool = U::CREATES_OBJECTS;
}

/// The states in which a key works.
const WORKING: &[KeyState] = &[KeyState::Enabled];

/// Every state in which there is something left to read, change or destroy.
const EXISTING: &[KeyState] = &[
    KeyState::Enabled,
    KeyState::Disabled,
    KeyState::PendingImport,
    KeyState::PendingDeletion,
];

actions! {
    // ---- The daemon ----

    /// Begins an application.
    HELLO: (), Use { name: "hsm:Hello", requires: Identity, states: &[], }
    /// Reads the daemon's status.
    STATUS: (), Description { name: "hsm:Status", requires: Identity, states: &[], }
    /// Makes the root key and the daemon's CA.
    INITIALIZE: (), Change { name: "hsm:Initialize", requires: Operator, states: &[], }
    /// Gives the passphrase or a share.
    UNSEAL: (), Use { name: "hsm:Unseal", requires: Operator, states: &[], }
    /// Drops the root key from memory.
    SEAL: (), Use { name: "hsm:Seal", requires: Operator, states: &[], }
    /// Takes a new key for what is stored.
    ROTATE_BARRIER: (), Change { name: "hsm:RotateBarrier", requires: Operator, states: &[], }
    /// Issues a certificate from the daemon's own CA, with rights.
    ISSUE_IDENTITY: (), Change { name: "hsm:IssueIdentity", requires: Operator, states: &[], }
    /// Gives rights to an identity that another CA certifies, or to a local user.
    TRUST_IDENTITY: (), Change { name: "hsm:TrustIdentity", requires: Operator, states: &[], }
    /// Lists the identities.
    LIST_IDENTITIES: (), Description { name: "hsm:ListIdentities", requires: Operator, states: &[], }
    /// Takes an identity's rights away.
    REMOVE_IDENTITY: (), Change { name: "hsm:RemoveIdentity", requires: Operator, states: &[], }
    /// Makes an AWS account.
    CREATE_ACCOUNT: (), Change { name: "hsm:CreateAccount", requires: Operator, states: &[], }
    /// Lists the AWS accounts.
    LIST_ACCOUNTS: (), Description { name: "hsm:ListAccounts", requires: Operator, states: &[], }
    /// Says why a request of an AWS principal would be allowed or denied.
    EXPLAIN_POLICY: (), Description { name: "hsm:ExplainPolicy", requires: Operator, states: &[], }
    /// Deletes an AWS account that has nothing any more.
    DELETE_ACCOUNT: (), Change { name: "hsm:DeleteAccount", requires: Operator, states: &[], }
    /// Sets the PINs of an account's token.
    OPEN_ACCOUNT_TOKEN: (), Change { name: "hsm:OpenAccountToken", requires: Operator, states: &[], }
    /// Makes an access key of a user or of a root user.
    CREATE_ACCESS_KEY: (), Change { name: "hsm:CreateAccessKey", requires: Operator, states: &[], }
    /// Lists the access keys of an account.
    LIST_ACCESS_KEYS: (), Description { name: "hsm:ListAccessKeys", requires: Operator, states: &[], }
    /// Switches an access key on or off.
    UPDATE_ACCESS_KEY: (), Change { name: "hsm:UpdateAccessKey", requires: Operator, states: &[], }
    /// Deletes an access key.
    DELETE_ACCESS_KEY: (), Change { name: "hsm:DeleteAccessKey", requires: Operator, states: &[], }
    /// Reads the audit log.
    READ_AUDIT: (), Description { name: "hsm:ReadAudit", requires: Operator, states: &[], }
    /// Gives random bytes.
    GENERATE_RANDOM: (), Description { name: "hsm:GenerateRandom", requires: Identity, states: &[], }
    /// Starts work that goes on while nobody waits. The work is recorded by itself too.
    START_JOB: (), Use { name: "hsm:StartJob", requires: Identity, states: &[], }
    /// Asks for what such work gave (`C_AsyncComplete`).
    FINISH_JOB: (), Use { name: "hsm:FinishJob", requires: Identity, states: &[], }

    // ---- Partitions and tokens ----

    /// Makes a partition.
    CREATE_PARTITION: (), Change { name: "hsm:CreatePartition", requires: Operator, states: &[], }
    /// Makes a token in a free slot (`C_InitToken`).
    CREATE_TOKEN: (), Change { name: "hsm:CreateToken", requires: TokenMaker, states: &[], }
    /// Destroys a partition with all that is in it.
    DESTROY_PARTITION: Permit<Administer>, Change { name: "hsm:DestroyPartition", requires: Operator, states: &[], }
    /// Lists the tokens that the caller may see.
    LIST_TOKENS: (), Description { name: "hsm:ListTokens", requires: Identity, states: &[], }
    /// Initialises a partition's token, new or again (`C_InitToken`). The SO PIN is the proof.
    INIT_TOKEN: Permit<Administer>, Change { name: "hsm:InitToken", requires: Partition, states: &[], }
    /// Sets the user's PIN (`C_InitPIN`).
    INIT_PIN: Permit<Administer>, Change { name: "hsm:InitPin", requires: SecurityOfficer, states: &[], }
    /// Changes a PIN. The old PIN is the proof.
    SET_PIN: Permit<Administer>, Change { name: "hsm:SetPin", requires: Partition, states: &[], }
    /// Logs in. The PIN is the proof.
    LOGIN: Permit<Authenticate>, Use { name: "hsm:Login", requires: Partition, states: &[], }
    /// Proves the PIN again for one use of a key (`CKU_CONTEXT_SPECIFIC`).
    LOGIN_FOR_OBJECT: Permit<Read>, Use { name: "hsm:LoginForObject", requires: Login, states: WORKING, }
    /// Logs out.
    LOGOUT: Permit<Authenticate>, Use { name: "hsm:Logout", requires: Partition, states: &[], }

    // ---- Objects ----

    /// Stores an object that the caller brings; for keys, an import in the clear.
    CREATE_OBJECT: Permit<Create>, Change { name: "hsm:CreateObject", requires: UserIfPrivate, states: &[], }
    /// Copies an object.
    COPY_OBJECT: (Permit<Copy>, Permit<Create>), Change { name: "hsm:CopyObject", requires: UserIfPrivate, states: WORKING, }
    /// Destroys objects.
    DESTROY_OBJECTS: Vec<Permit<Destroy>>, Change { name: "hsm:DestroyObjects", requires: UserIfPrivate, states: EXISTING, }
    /// Reads attributes.
    READ_ATTRIBUTES: (Permit<Read>, Option<Permit<Reveal>>), Description { name: "hsm:ReadAttributes", requires: UserIfPrivate, states: EXISTING, }
    /// Changes attributes.
    WRITE_ATTRIBUTES: Permit<Modify>, Change { name: "hsm:WriteAttributes", requires: UserIfPrivate, states: EXISTING, }
    /// Searches for objects; private ones are found only when the user is logged in.
    FIND_OBJECTS: Permit<Search>, Description { name: "hsm:FindObjects", requires: Partition, states: &[], }

    // ---- Keys ----

    /// Makes a secret key.
    GENERATE_KEY: Permit<Create>, Change { name: "hsm:GenerateKey", requires: UserIfPrivate, states: &[], }
    /// Makes a key pair.
    GENERATE_KEY_PAIR: Permit<Create>, Change { name: "hsm:GenerateKeyPair", requires: UserIfPrivate, states: &[], }
    /// Wraps one key under another.
    WRAP_KEY: (Permit<Wrap>, Permit<Export>), Use { name: "hsm:WrapKey", requires: UserIfPrivate, states: WORKING, }
    /// Unwraps a key and stores it.
    UNWRAP_KEY: (Permit<Unwrap>, Permit<Create>), Change { name: "hsm:UnwrapKey", requires: UserIfPrivate, states: WORKING, }
    /// Derives a key and stores it.
    DERIVE_KEY: (Permit<Derive>, Option<Permit<Derive>>, Permit<Create>), Change { name: "hsm:DeriveKey", requires: UserIfPrivate, states: WORKING, }
    /// Agrees on a new key with the holder of a private key, and stores it.
    ENCAPSULATE_KEY: (Permit<Encapsulate>, Permit<Create>), Change { name: "hsm:EncapsulateKey", requires: UserIfPrivate, states: WORKING, }
    /// Stores the key that another agreed on by the public half.
    DECAPSULATE_KEY: (Permit<Decapsulate>, Permit<Create>), Change { name: "hsm:DecapsulateKey", requires: UserIfPrivate, states: WORKING, }
    /// Signs, or makes an authentication code.
    SIGN: Permit<Sign>, Use { name: "hsm:Sign", requires: UserIfPrivate, states: WORKING, }
    /// Signs so that the signature gives the message back.
    SIGN_RECOVER: Permit<SignRecover>, Use { name: "hsm:SignRecover", requires: UserIfPrivate, states: WORKING, }
    /// Checks an authentication code.
    VERIFY_MAC: Permit<Verify>, Use { name: "hsm:VerifyMac", requires: UserIfPrivate, states: WORKING, }
    /// Encrypts.
    ENCRYPT: Permit<Encrypt>, Use { name: "hsm:Encrypt", requires: UserIfPrivate, states: WORKING, }
    /// Decrypts.
    DECRYPT: Permit<Decrypt>, Use { name: "hsm:Decrypt", requires: UserIfPrivate, states: WORKING, }
}
