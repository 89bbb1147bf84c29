//! Argon2id (RFC 9106) over PINs, on a bounded number of threads.

use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret, SecretSlice};
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

use hsmd_secret_memory::on_secret_stack;

use crate::errors::Error;
use crate::pins::Cost;
use crate::stored::StoredPin;

/// Computes Argon2id, as many at once as there are processors: each takes a processor and [`Cost::memory_kibibytes`].
#[derive(Clone)]
pub(super) struct Hashing {
    workers: Arc<Semaphore>,
}

impl Hashing {
    pub(super) fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            workers: Arc::new(Semaphore::new(processors)),
        }
    }

    /// What is stored for a new PIN.
    pub(super) async fn stored(
        &self,
        pin: SecretSlice<u8>,
        cost: Cost,
    ) -> Result<StoredPin, Error> {
        let mut salt = vec![0; SALT_BYTES];
        getrandom::fill(&mut salt).map_err(|_| Error::Resources {
            task: "draw random bytes",
        })?;
        let hash = self.hash(pin, salt.clone(), cost).await?;
        Ok(StoredPin {
            memory_kibibytes: cost.memory_kibibytes,
            passes: cost.passes,
            salt,
            hash: hash.to_vec(),
            tries: 0,
        })
    }

    /// Whether `pin` is the one that was stored. Takes as long for any PIN.
    pub(super) async fn is_right(
        &self,
        pin: SecretSlice<u8>,
        stored: &StoredPin,
    ) -> Result<bool, Error> {
        let cost = Cost {
            memory_kibibytes: stored.memory_kibibytes,
            passes: stored.passes,
        };
        let hash = self.hash(pin, stored.salt.clone(), cost).await?;
        Ok(hash.ct_eq(&stored.hash).into())
    }

    async fn hash(
        &self,
        pin: SecretSlice<u8>,
        salt: Vec<u8>,
        cost: Cost,
    ) -> Result<[u8; HASH_BYTES], Error> {
        let failed = || Error::Resources {
            task: "check a PIN",
        };
        let worker = Arc::clone(&self.workers)
            .acquire_owned()
            .await
            .map_err(|_| failed())?;
        let hashed = tokio::task::spawn_blocking(move || {
            let _worker = worker;
            // Argon2id hashes the PIN itself at its start, through a block that it leaves on its stack.
            on_secret_stack(|| argon2id(&pin, &salt, cost))
        });
        hashed.await.map_err(|_| failed())?
    }
}

fn argon2id(pin: &SecretSlice<u8>, salt: &[u8], cost: Cost) -> Result<[u8; HASH_BYTES], Error> {
    let damaged = || Error::Damaged { what: "PIN" };
    let parameters = Params::new(cost.memory_kibibytes, cost.passes, LANES, Some(HASH_BYTES))
        .map_err(|_| damaged())?;
    let mut hash = [0; HASH_BYTES];
    #[expect(
        clippy::disallowed_methods,
        reason = "the bytes go into Argon2id, whose memory is wiped"
    )]
    let pin = pin.expose_secret();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
        .hash_password_into(pin, salt, &mut hash)
        .map_err(|_| damaged())?;
    Ok(hash)
}

const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;
const LANES: u32 = 1;
