//! PINs: a security officer's, a user's and those of users with names for each partition, with the tries that are left, kept in the store.

mod hashing;
mod recent;

use std::collections::HashMap;
use std::sync::Arc;

use hsmd_keys::{ObjectId, PartitionId, RecordChange, Records};
use hsmd_storage::Version;
use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretSlice};

use crate::applications::Applications;
use crate::caller::{Caller, LoginRole, PinHolder};
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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PinStates {
    /// The security officer's; none if the token is not initialised.
    pub security_officer: Option<PinState>,
    /// The user's; none if it has not been set.
    pub user: Option<PinState>,
    /// Those of the users with names, by name.
    pub named: Vec<(String, PinState)>,
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
    turns: Arc<Mutex<HashMap<(PartitionId, PinHolder), Turn>>>,
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
        holder: impl Into<PinHolder>,
        pin: SecretSlice<u8>,
    ) -> Result<(), Error> {
        let holder = holder.into();
        let application = caller.application().ok_or(Error::UnknownApplication)?;
        application.may_log_in(partition, &holder)?;
        self.try_pin(partition, &holder, pin).await?;
        application.log_in(partition, holder)
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
        let holder = application.pin_holder(partition);
        self.try_pin(partition, &holder.ok_or(Error::NotLoggedIn)?, pin)
            .await?;
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
        let holder = caller.pin_holder(partition).unwrap_or(PinHolder::User);
        self.try_pin(partition, &holder, old_pin).await?;
        let stored = self.hashing.stored(new_pin, self.cost).await?;
        let _turn = self.turn(partition, &holder).await;
        self.replace(partition, &holder, &stored).await
    }

    /// Sets a user's PIN and gives it all its tries back (`C_InitPIN`); a user with a name need not have been there. That
    /// the security officer is logged in is the gate's to check (`actions::INIT_PIN`).
    ///
    /// # Errors
    ///
    /// [`Error::PinLength`].
    pub async fn init_pin(
        &self,
        partition: PartitionId,
        holder: &PinHolder,
        pin: SecretSlice<u8>,
    ) -> Result<(), Error> {
        check_length(&pin)?;
        let stored = self.hashing.stored(pin, self.cost).await?;
        let _turn = self.turn(partition, holder).await;
        self.replace(partition, holder, &stored).await
    }

    /// Removes a user with a name, and ends their logins.
    ///
    /// # Errors
    ///
    /// [`Error::PinNotSet`] if there is none; storage errors.
    pub async fn remove_user(
        &self,
        partition: PartitionId,
        holder: &PinHolder,
    ) -> Result<(), Error> {
        let _turn = self.turn(partition, holder).await;
        let (_, version) = self
            .load(partition, holder)
            .await?
            .ok_or(Error::PinNotSet)?;
        self.records
            .delete(partition.cell(), &record_name(holder), version)
            .await?;
        self.applications.end_logins(partition, Some(holder));
        Ok(())
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
        self.try_pin(partition, &PinHolder::SecurityOfficer, pin)
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
        let mut new = vec![(
            record_name(&PinHolder::SecurityOfficer),
            encode(&self.hashing.stored(security_officer, self.cost).await?),
        )];
        if let Some(user) = user {
            let stored = self.hashing.stored(user, self.cost).await?;
            new.push((record_name(&PinHolder::User), encode(&stored)));
        }
        let present = self.records.list(partition.cell()).await?;
        let version_of = |name: &[u8]| {
            let found = present.iter().find(|record| record.name == name);
            found.map(|record| record.version)
        };
        let is_replaced = |name: &[u8]| new.iter().any(|(one, _)| one == name);
        let removed: Vec<RecordChange> = present
            .iter()
            .filter(|record| !is_replaced(&record.name))
            .map(|record| RecordChange {
                table: PINS,
                name: record.name.clone(),
                expected: Some(record.version),
                value: None,
            })
            .collect();
        let written = new.iter().map(|(name, value)| RecordChange {
            table: PINS,
            name: name.clone(),
            expected: version_of(name),
            value: Some(value.clone()),
        });
        Ok(written.chain(removed).collect())
    }

    /// How the partition's PINs stand.
    ///
    /// # Errors
    ///
    /// [`Error::StorageUnavailable`], [`Error::Damaged`].
    pub async fn states(&self, partition: PartitionId) -> Result<PinStates, Error> {
        let mut states = PinStates::default();
        for record in self.records.list(partition.cell()).await? {
            let stored: StoredPin = decode(&record.value, "PIN")?;
            let state = PinState::after_tries(stored.tries);
            match holder_of(&record.name).ok_or(Error::Damaged { what: "PIN" })? {
                PinHolder::SecurityOfficer => states.security_officer = Some(state),
                PinHolder::User => states.user = Some(state),
                PinHolder::Named(name) => states.named.push((name.to_string(), state)),
            }
        }
        Ok(states)
    }

    /// Ends every login to a partition, after it was initialised again or destroyed.
    pub fn end_logins(&self, partition: PartitionId) {
        self.recent.forget(partition);
        self.applications.end_logins(partition, None);
    }

    /// Counts a try, looks at the PIN, and gives the tries back if it is right. Finished even if the caller goes away.
    async fn try_pin(
        &self,
        partition: PartitionId,
        holder: &PinHolder,
        pin: SecretSlice<u8>,
    ) -> Result<(), Error> {
        let (this, holder) = (self.clone(), holder.clone());
        let attempt = tokio::spawn(async move {
            let _turn = this.turn(partition, &holder).await;
            this.count_and_check(partition, &holder, pin).await
        });
        attempt.await.map_err(|_| Error::Resources {
            task: "check a PIN",
        })?
    }

    async fn count_and_check(
        &self,
        partition: PartitionId,
        holder: &PinHolder,
        pin: SecretSlice<u8>,
    ) -> Result<(), Error> {
        let (mut stored, version) = match self.load(partition, holder).await? {
            Some(found) => found,
            // Who guesses names learns no more than who guesses PINs, and no sooner.
            None if holder.name().is_some() => {
                self.hashing.stored(pin, self.cost).await?;
                return Err(Error::PinIncorrect);
            }
            None => return Err(Error::PinNotSet),
        };
        if stored.tries >= PIN_TRIES {
            return Err(Error::PinLocked);
        }
        if self.recent.knows(partition, holder, &stored, &pin) {
            if stored.tries > 0 {
                stored.tries = 0;
                self.save(partition, holder, Some(version), &stored).await?;
            }
            return Ok(());
        }
        stored.tries += 1;
        let version = self.save(partition, holder, Some(version), &stored).await?;
        if !self.hashing.is_right(pin.clone(), &stored).await? {
            return Err(Error::PinIncorrect);
        }
        self.recent.keep(partition, holder, &stored, &pin);
        stored.tries = 0;
        self.save(partition, holder, Some(version), &stored).await?;
        Ok(())
    }

    async fn replace(
        &self,
        partition: PartitionId,
        holder: &PinHolder,
        stored: &StoredPin,
    ) -> Result<(), Error> {
        let present = self
            .load(partition, holder)
            .await?
            .map(|(_, version)| version);
        self.save(partition, holder, present, stored).await?;
        Ok(())
    }

    async fn load(
        &self,
        partition: PartitionId,
        holder: &PinHolder,
    ) -> Result<Option<(StoredPin, Version)>, Error> {
        let record = self
            .records
            .get(partition.cell(), &record_name(holder))
            .await?;
        record
            .map(|record| Ok((decode(&record.value, "PIN")?, record.version)))
            .transpose()
    }

    async fn save(
        &self,
        partition: PartitionId,
        holder: &PinHolder,
        expected: Option<Version>,
        stored: &StoredPin,
    ) -> Result<Version, Error> {
        let value = encode(stored);
        Ok(self
            .records
            .put(partition.cell(), &record_name(holder), expected, value)
            .await?)
    }

    /// The turn of one who has a PIN of one partition. At most three for each partition there ever was in this process.
    async fn turn(
        &self,
        partition: PartitionId,
        holder: &PinHolder,
    ) -> tokio::sync::OwnedMutexGuard<()> {
        let holder = match holder {
            // One turn for all names: there may be any number of them, and who guesses makes up more.
            PinHolder::Named(_) => PinHolder::Named("".into()),
            other => other.clone(),
        };
        let turn = Arc::clone(self.turns.lock().entry((partition, holder)).or_default());
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

fn record_name(holder: &PinHolder) -> Vec<u8> {
    match holder {
        PinHolder::SecurityOfficer => b"security-officer".to_vec(),
        PinHolder::User => b"user".to_vec(),
        PinHolder::Named(name) => [b"user/", name.as_bytes()].concat(),
    }
}

/// The reverse of [`record_name`].
fn holder_of(record_name: &[u8]) -> Option<PinHolder> {
    match record_name {
        b"security-officer" => Some(PinHolder::SecurityOfficer),
        b"user" => Some(PinHolder::User),
        named => {
            let name = std::str::from_utf8(named.strip_prefix(b"user/")?).ok()?;
            Some(PinHolder::Named(name.into()))
        }
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
