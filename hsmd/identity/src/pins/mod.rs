//! PINs: a security officer's and a user's for each partition, with the tries that are left, kept in the store.

mod hashing;
mod recent;

use std::collections::HashMap;
use std::sync::Arc;

use hsmd_keys::{ObjectId, PartitionId, RecordChange, Records};
use hsmd_storage::Version;
use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretSlice};

use crate::applications::Applications;
use crate::caller::{Caller, LoginRole};
use crate::errors::Error;
use crate::pins::hashing::Hashing;
use crate::pins::recent::Recent;
use crate::stored::{PINS, StoredPin, decode, encode};

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
/// one away; but for a PIN that was right before in this run of the daemon, which costs no try and no Argon2id. The
/// tries of one role are taken one after another, and a try that was counted is finished even if its caller hangs up:
/// a right PIN never costs a try.
#[derive(Clone)]
pub struct Pins {
    records: Records,
    applications: Arc<Applications>,
    hashing: Hashing,
    recent: Recent,
    cost: Cost,
    turns: Arc<Mutex<HashMap<(PartitionId, LoginRole), Turn>>>,
}

type Turn = Arc<tokio::sync::Mutex<()>>;

impl Pins {
    pub(crate) fn new(records: Records, applications: Arc<Applications>, cost: Cost) -> Self {
        Self {
            records,
            applications,
            hashing: Hashing::new(),
            recent: Recent::default(),
            cost,
            turns: Arc::default(),
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
        let application = caller.application().ok_or(Error::UnknownApplication)?;
        application.may_log_in(partition, role)?;
        self.try_pin(partition, role, pin).await?;
        application.log_in(partition, role)
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
        let application = caller.application().ok_or(Error::UnknownApplication)?;
        let role = application.login(partition).ok_or(Error::NotLoggedIn)?;
        self.try_pin(partition, role, pin).await?;
        application.log_in_for_object(partition, object);
        Ok(())
    }

    /// Logs out, and says as what the application had been logged in.
    ///
    /// # Errors
    ///
    /// [`Error::NotLoggedIn`]; [`Error::UnknownApplication`] if the caller names none.
    pub fn logout(&self, caller: &Caller, partition: PartitionId) -> Result<LoginRole, Error> {
        caller
            .application()
            .ok_or(Error::UnknownApplication)?
            .logout(partition)
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
        check_length(&new_pin)?;
        let role = caller.login(partition).unwrap_or(LoginRole::User);
        self.try_pin(partition, role, old_pin).await?;
        let stored = self.hashing.stored(new_pin, self.cost).await?;
        let _turn = self.turn(partition, role).await;
        self.replace(partition, role, &stored).await
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
        check_length(&pin)?;
        let stored = self.hashing.stored(pin, self.cost).await?;
        let _turn = self.turn(partition, LoginRole::User).await;
        self.replace(partition, LoginRole::User, &stored).await
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
        self.try_pin(partition, LoginRole::SecurityOfficer, pin)
            .await
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
        check_length(&security_officer)?;
        if let Some(user) = &user {
            check_length(user)?;
        }
        let mut changes = Vec::new();
        for (role, pin) in [
            (LoginRole::SecurityOfficer, Some(security_officer)),
            (LoginRole::User, user),
        ] {
            let name = record_name(role);
            let present = self.records.get(partition.cell(), name).await?;
            let value = match pin {
                Some(pin) => Some(encode(&self.hashing.stored(pin, self.cost).await?)),
                None => None,
            };
            if value.is_some() || present.is_some() {
                changes.push(RecordChange {
                    table: PINS,
                    name: name.to_vec(),
                    expected: present.map(|record| record.version),
                    value,
                });
            }
        }
        Ok(changes)
    }

    /// How the partition's PINs stand.
    ///
    /// # Errors
    ///
    /// [`Error::StorageUnavailable`], [`Error::Damaged`].
    pub async fn states(&self, partition: PartitionId) -> Result<PinStates, Error> {
        let state = async |role| {
            let found = self.load(partition, role).await?;
            Ok::<_, Error>(found.map(|(stored, _)| PinState::after_tries(stored.tries)))
        };
        Ok(PinStates {
            security_officer: state(LoginRole::SecurityOfficer).await?,
            user: state(LoginRole::User).await?,
        })
    }

    /// Ends every login to a partition, after it was initialised again or destroyed.
    pub fn end_logins(&self, partition: PartitionId) {
        self.recent.forget(partition);
        self.applications.end_logins(partition);
    }

    /// Counts a try, looks at the PIN, and gives the tries back if it is right. Finished even if the caller goes away.
    async fn try_pin(
        &self,
        partition: PartitionId,
        role: LoginRole,
        pin: SecretSlice<u8>,
    ) -> Result<(), Error> {
        let this = self.clone();
        let attempt = tokio::spawn(async move {
            let _turn = this.turn(partition, role).await;
            this.count_and_check(partition, role, pin).await
        });
        attempt.await.map_err(|_| Error::Resources {
            task: "check a PIN",
        })?
    }

    async fn count_and_check(
        &self,
        partition: PartitionId,
        role: LoginRole,
        pin: SecretSlice<u8>,
    ) -> Result<(), Error> {
        let (mut stored, version) = self.load(partition, role).await?.ok_or(Error::PinNotSet)?;
        if stored.tries >= PIN_TRIES {
            return Err(Error::PinLocked);
        }
        if self.recent.knows(partition, role, &stored, &pin) {
            if stored.tries > 0 {
                stored.tries = 0;
                self.save(partition, role, Some(version), &stored).await?;
            }
            return Ok(());
        }
        stored.tries += 1;
        let version = self.save(partition, role, Some(version), &stored).await?;
        if !self.hashing.is_right(pin.clone(), &stored).await? {
            return Err(Error::PinIncorrect);
        }
        self.recent.keep(partition, role, &stored, &pin);
        stored.tries = 0;
        self.save(partition, role, Some(version), &stored).await?;
        Ok(())
    }

    async fn replace(
        &self,
        partition: PartitionId,
        role: LoginRole,
        stored: &StoredPin,
    ) -> Result<(), Error> {
        let present = self
            .load(partition, role)
            .await?
            .map(|(_, version)| version);
        self.save(partition, role, present, stored).await?;
        Ok(())
    }

    async fn load(
        &self,
        partition: PartitionId,
        role: LoginRole,
    ) -> Result<Option<(StoredPin, Version)>, Error> {
        let record = self
            .records
            .get(partition.cell(), record_name(role))
            .await?;
        record
            .map(|record| Ok((decode(&record.value, "PIN")?, record.version)))
            .transpose()
    }

    async fn save(
        &self,
        partition: PartitionId,
        role: LoginRole,
        expected: Option<Version>,
        stored: &StoredPin,
    ) -> Result<Version, Error> {
        let value = encode(stored);
        Ok(self
            .records
            .put(partition.cell(), record_name(role), expected, value)
            .await?)
    }

    /// The turn of one role of one partition. At most two for each partition there ever was in this process.
    async fn turn(
        &self,
        partition: PartitionId,
        role: LoginRole,
    ) -> tokio::sync::OwnedMutexGuard<()> {
        let turn = Arc::clone(self.turns.lock().entry((partition, role)).or_default());
        turn.lock_owned().await
    }
}

impl PinState {
    /// How a PIN stands after this many wrong tries in a row.
    #[must_use]
    pub const fn after_tries(tries: u32) -> Self {
        match tries {
            0 => Self::Ok,
            PIN_TRIES.. => Self::Locked,
            FINAL_TRY => Self::FinalTry,
            _ => Self::CountLow,
        }
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

const FINAL_TRY: u32 = PIN_TRIES - 1;

fn record_name(role: LoginRole) -> &'static [u8] {
    match role {
        LoginRole::SecurityOfficer => b"security-officer",
        LoginRole::User => b"user",
    }
}

fn check_length(pin: &SecretSlice<u8>) -> Result<(), Error> {
    #[expect(clippy::disallowed_methods, reason = "only the length is looked at")]
    let length_bytes = pin.expose_secret().len();
    if (PIN_LENGTH_MIN..=PIN_LENGTH_MAX).contains(&length_bytes) {
        Ok(())
    } else {
        Err(Error::PinLength)
    }
}
