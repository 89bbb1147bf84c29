//! When each key was used last. Uses are noted in memory, since writing each down would cost as much again, and stored
//! every minute and before the daemon is sealed: a crash forgets the last minute.

use std::collections::HashMap;
use std::sync::Arc;

use hsmd_gate::{Admitted, Row, actions};
use hsmd_identity::Caller;
use hsmd_keys::{LastUse, ObjectId, PartitionId, Records, Repository};
use hsmd_storage::{Barrier, Cell, Table};
use parking_lot::Mutex;

use super::KeyUsage;
use crate::{Error, Service};

/// The last use of each key.
pub struct LastUsages {
    since_unix_milliseconds: u64,
    noted: Mutex<Noted>,
    /// Held while uses are stored.
    storing: tokio::sync::Mutex<()>,
}

/// What the store does not say yet, in memory.
#[derive(Default)]
struct Noted {
    new: Uses,
    /// What is being stored.
    older: Arc<Uses>,
}

type Uses = HashMap<(PartitionId, ObjectId), LastUse>;

impl LastUsages {
    /// Those of a store. Since when they are noted is written down at the first opening.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn open(barrier: &Arc<Barrier>, now_unix_milliseconds: u64) -> Result<Self, Error> {
        let records = Records::new(Arc::clone(barrier), Table::SYSTEM);
        let found = records.get(Cell::SYSTEM, SINCE).await?;
        let since_unix_milliseconds = if let Some(record) = found {
            since(&record.value).ok_or(Error::StorageUnavailable)?
        } else {
            let time = now_unix_milliseconds.to_be_bytes();
            let value = [[FORMAT].as_slice(), &time].concat();
            records.put(Cell::SYSTEM, SINCE, None, value).await?;
            now_unix_milliseconds
        };
        Ok(Self {
            since_unix_milliseconds,
            noted: Mutex::default(),
            storing: tokio::sync::Mutex::default(),
        })
    }

    /// Notes a use of these keys.
    pub(crate) fn note(
        &self,
        keys: impl Iterator<Item = (PartitionId, ObjectId)>,
        usage: &LastUse,
    ) {
        let mut noted = self.noted.lock();
        for key in keys {
            if let Some(kept) = noted.new.get_mut(&key) {
                kept.clone_from(usage);
            } else if noted.new.len() < KEYS_MAX {
                noted.new.insert(key, usage.clone());
            }
        }
    }

    /// The last use of a key.
    pub(super) async fn of(
        &self,
        partition: PartitionId,
        key: ObjectId,
        repository: &Repository,
    ) -> Result<Option<LastUse>, Error> {
        let id = (partition, key);
        let noted = {
            let noted = self.noted.lock();
            let found = noted.new.get(&id).or_else(|| noted.older.get(&id));
            found.cloned()
        };
        match noted {
            Some(usage) => Ok(Some(usage)),
            None => Ok(repository.last_use(partition, key).await?),
        }
    }

    /// Since when uses are noted.
    pub(super) fn since_unix_milliseconds(&self) -> u64 {
        self.since_unix_milliseconds
    }

    async fn store(&self, repository: &Repository) -> Result<(), Error> {
        let _storing = self.storing.lock().await;
        let older = {
            let mut noted = self.noted.lock();
            noted.older = Arc::new(std::mem::take(&mut noted.new));
            Arc::clone(&noted.older)
        };
        let mut partitions: HashMap<_, Vec<_>> = HashMap::new();
        for ((partition, key), usage) in older.iter() {
            let uses = partitions.entry(*partition).or_default();
            uses.push((*key, usage.clone()));
        }
        let mut stored = Ok(());
        for (partition, uses) in partitions {
            stored = repository.put_last_uses(partition, uses).await;
            if stored.is_err() {
                break;
            }
        }
        let mut noted = self.noted.lock();
        noted.older = Arc::default();
        if stored.is_err() {
            // Kept for the next time, but for what is newer.
            let kept = older.iter().map(|(key, usage)| (*key, usage.clone()));
            let newer = std::mem::replace(&mut noted.new, kept.collect());
            noted.new.extend(newer);
        }
        Ok(stored?)
    }
}

/// The keys of accounts with which a request that succeeded has computed, and what is to be noted of it, whichever door it
/// came through.
pub(crate) fn used<P>(
    admitted: &Admitted<P>,
    action: &Row,
    caller: &Caller,
    repository: &Repository,
) -> Option<(Vec<(PartitionId, ObjectId)>, LastUse)> {
    let request = caller.aws_request();
    let (keys, operation) = if request.is_some() {
        (admitted.keys(), aws_name(action)?)
    } else {
        let named = Pkcs11Use::of(action)?;
        let (partition, object) = admitted.object()?;
        repository.partition(partition)?.tenancy.as_ref()?;
        let key = repository.object(partition, object)?;
        let usage = key.kms.as_ref()?.usage;
        (vec![(partition, object)], named.name(usage))
    };
    Some((
        keys,
        LastUse {
            operation: operation.into(),
            at_unix_milliseconds: admitted.at_unix_milliseconds(),
            event_id: admitted.event_id(),
            request_id: request.map_or_else(String::new, |signed| signed.request_id.clone()),
        },
    ))
}

fn aws_name(action: &Row) -> Option<&'static str> {
    action.is_use_of_keys().then(|| action.event_name())
}

/// A use of a key through PKCS#11.
#[derive(Clone, Copy)]
enum Pkcs11Use {
    Sign,
    VerifyMac,
    Encrypt,
    Decrypt,
    Derive,
}

impl Pkcs11Use {
    fn of(action: &Row) -> Option<Self> {
        let is = |other: &'static Row| std::ptr::eq(action, other);
        [
            (actions::SIGN.row(), Self::Sign),
            (actions::VERIFY_MAC.row(), Self::VerifyMac),
            (actions::ENCRYPT.row(), Self::Encrypt),
            (actions::DECRYPT.row(), Self::Decrypt),
            (actions::DERIVE_KEY.row(), Self::Derive),
        ]
        .into_iter()
        .find_map(|(row, used)| is(row).then_some(used))
    }

    /// What AWS KMS calls it, of a key with this usage.
    fn name(self, usage: KeyUsage) -> &'static str {
        match self {
            Self::Sign if usage == KeyUsage::GenerateVerifyMac => "GenerateMac",
            Self::Sign => "Sign",
            Self::VerifyMac => "VerifyMac",
            Self::Encrypt => "Encrypt",
            Self::Decrypt => "Decrypt",
            Self::Derive => "DeriveSharedSecret",
        }
    }
}

impl Service {
    /// Stores when keys were used last: to be called every minute, and before the daemon is sealed.
    pub async fn store_last_usages(&self) {
        let with = self.dependencies();
        if let Err(error) = with.last_usages.store(&with.repository).await {
            tracing::warn!(%error, "when keys were used last cannot be stored now");
        }
    }
}

fn since(record: &[u8]) -> Option<u64> {
    let (format, time) = record.split_first()?;
    let time = time.try_into().map(u64::from_be_bytes).ok()?;
    (*format == FORMAT).then_some(time)
}

/// The record of the store that says since when uses are noted: its format, and milliseconds since 1970.
const SINCE: &[u8] = b"uses-noted-since";
const FORMAT: u8 = 1;

/// Of so many keys at most between one time of storing and the next.
const KEYS_MAX: usize = 200_000;
