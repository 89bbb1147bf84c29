//! PINs: a security officer's and a user's for each partition, with the tries that are left, kept in the store.

use std::sync::Arc;

use hsmd_keys::{ObjectId, PartitionId, RecordChange, Records};
use secrecy::SecretSlice;

use crate::applications::Applications;
use crate::caller::{Caller, LoginRole};
use crate::errors::Error;

/// The fewest bytes of a PIN.
pub const PIN_LENGTH_MIN: usize = 4;

/// The most bytes of a PIN.
pub const PIN_LENGTH_MAX: usize = 255;

/// How many wrong PINs in a row lock a role out.
pub const PIN_TRIES: u32 = 10;

/// How much work one try of a PIN is: the parameters of Argon2id (RFC 9106), stored with each PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory, in KiB.
    pub memory_kibibytes: u32,
    /// Passes over the memory.
    pub passes: u32,
}

/// How a role's PIN stands, as `CK_TOKEN_INFO` tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinState {
    /// The last try was right, or there was none.
    Ok,
    /// At least one try was wrong since the last right one.
    CountLow,
    /// The next wrong try locks it.
    FinalTry,
    /// Locked.
    Locked,
}

/// How a partition's PINs stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PinStates {
    /// The security officer's; none if the token is not initialised.
    pub security_officer: Option<PinState>,
    /// The user's; none if it has not been set.
    pub user: Option<PinState>,
}

/// The PINs of all partitions, and the logins that they give.
///
/// A try is counted in the store before the PIN is looked at, so that neither a crash nor a second connection gives
/// one away. The tries of one role are taken one after another.
pub struct Pins {
    records: Records,
    applications: Arc<Applications>,
    cost: Cost,
}

impl Pins {
    pub(crate) fn new(records: Records, applications: Arc<Applications>, cost: Cost) -> Self {
        Self {
            records,
            applications,
            cost,
        }
    }

    /// Logs the caller's application in to the partition.
    ///
    /// # Errors
    ///
    /// [`Error::AlreadyLoggedIn`], [`Error::AnotherRoleLoggedIn`] before any try is counted; [`Error::PinNotSet`],
    /// [`Error::PinLocked`], [`Error::PinIncorrect`]; [`Error::UnknownApplication`] if the caller names none.
    pub async fn login(
        &self,
        caller: &Caller,
        partition: PartitionId,
        role: LoginRole,
        pin: SecretSlice<u8>,
    ) -> Result<(), Error> {
        let _ = (caller, partition, role, pin);
        todo!()
    }

    /// Proves the PIN of the role that is logged in again, for one use of a `CKA_ALWAYS_AUTHENTICATE` key.
    ///
    /// # Errors
    ///
    /// [`Error::NotLoggedIn`]; else as [`Pins::login`].
    pub async fn login_for_object(
        &self,
        caller: &Caller,
        partition: PartitionId,
        object: ObjectId,
        pin: SecretSlice<u8>,
    ) -> Result<(), Error> {
        let _ = (caller, partition, object, pin);
        todo!()
    }

    /// Logs out, and says as what the application had been logged in.
    ///
    /// # Errors
    ///
    /// [`Error::NotLoggedIn`].
    pub fn logout(&self, caller: &Caller, partition: PartitionId) -> Result<LoginRole, Error> {
        let _ = (caller, partition);
        todo!()
    }

    /// Changes the PIN of the role that is logged in; the user's when nobody is (`C_SetPIN`).
    ///
    /// # Errors
    ///
    /// [`Error::PinLength`] for the new PIN, before a try is counted; for the old one as [`Pins::login`].
    pub async fn set_pin(
        &self,
        caller: &Caller,
        partition: PartitionId,
        old_pin: SecretSlice<u8>,
        new_pin: SecretSlice<u8>,
    ) -> Result<(), Error> {
        let _ = (caller, partition, old_pin, new_pin);
        todo!()
    }

    /// Sets the user's PIN and gives it all its tries back (`C_InitPIN`). That the security officer is logged in is the
    /// gate's to check (`actions::INIT_PIN`).
    ///
    /// # Errors
    ///
    /// [`Error::PinLength`].
    pub async fn init_pin(
        &self,
        partition: PartitionId,
        pin: SecretSlice<u8>,
    ) -> Result<(), Error> {
        let _ = (partition, pin);
        todo!()
    }

    /// Checks the security officer's PIN without logging in, as `C_InitToken` on an initialised token does.
    ///
    /// # Errors
    ///
    /// As [`Pins::login`].
    pub async fn check_security_officer(
        &self,
        partition: PartitionId,
        pin: SecretSlice<u8>,
    ) -> Result<(), Error> {
        let _ = (partition, pin);
        todo!()
    }

    /// The changes to the partition's records that make these its PINs, and remove what was there. They go into the
    /// transaction that creates or initialises the partition, so that there is never a token without its PINs.
    ///
    /// # Errors
    ///
    /// [`Error::PinLength`].
    pub async fn initial_records(
        &self,
        partition: PartitionId,
        security_officer: SecretSlice<u8>,
        user: Option<SecretSlice<u8>>,
    ) -> Result<Vec<RecordChange>, Error> {
        let _ = (partition, security_officer, user);
        todo!()
    }

    /// How the partition's PINs stand.
    ///
    /// # Errors
    ///
    /// [`Error::StorageUnavailable`], [`Error::Damaged`].
    pub async fn states(&self, partition: PartitionId) -> Result<PinStates, Error> {
        let _ = partition;
        todo!()
    }

    /// Ends every login to a partition, after it was initialised again or destroyed.
    pub fn end_logins(&self, partition: PartitionId) {
        self.applications.end_logins(partition);
    }
}

impl Cost {
    /// For `serve`: about 30 ms on one core.
    pub const SERVE: Self = Self {
        memory_kibibytes: 16 * 1024,
        passes: 2,
    };

    /// For development daemons and their test suites: about 5 ms on one core.
    pub const DEVELOPMENT: Self = Self {
        memory_kibibytes: 4 * 1024,
        passes: 1,
    };
}
