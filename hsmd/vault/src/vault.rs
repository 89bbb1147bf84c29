//! The vault: what keys can be asked to do, each with a permit.

use std::time::{Duration, Instant};

use hsm_algorithms::pkcs11::{CKK_DH, CKK_DSA, CKK_ML_DSA, CKK_RSA, CKK_SLH_DSA};
use hsm_algorithms::{Algorithm, Attributes, KeySpec, Parameters};
use hsm_aws_lc::Message;
use hsm_aws_lc::public::PublicKey;
use hsmd_gate::key_use::{Decrypt, Encrypt, Export, Reveal, Sign, SignRecover, Use, Verify, Wrap};
use hsmd_gate::{KeySubject, Permit};
use hsmd_keys::{ObjectId, PartitionId, PartitionKey};
use hsmd_secret_memory::Plaintext;

use crate::engines::{self, OpenedKey, Wrapper};
use crate::keyring::Keyring;
use crate::{RootKey, VaultError, Workers};

/// Key material in secret memory, and everything that computes with it. There is one while the daemon is unsealed.
///
/// A permit is the only way in: each names the one key version, or the partition, that it is for.
///
/// ```compile_fail,E0061
/// # async fn sign(vault: &hsmd_vault::Vault) {
/// vault.sign(hsm_algorithms::Algorithm::EdDsa, &Default::default(), hsm_aws_lc::Message::Whole(b"")).await;
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # async fn sign(vault: &hsmd_vault::Vault, permit: &hsmd_gate::Permit<hsmd_gate::key_use::Decrypt>) {
/// let algorithm = hsm_algorithms::Algorithm::EdDsa;
/// vault.sign(permit, algorithm, &Default::default(), hsm_aws_lc::Message::Whole(b"")).await;
/// # }
/// ```
///
/// Dropping it wipes every key, and the stacks on which they were used: that is what sealing means.
pub struct Vault {
    keyring: Keyring,
    idle_max: Duration,
    workers: Workers,
}

/// How much the vault keeps and does at once.
#[derive(Debug, Clone)]
pub struct VaultSettings {
    /// About how many bytes of the arena open keys may take.
    pub resident_bytes_max: usize,
    /// A key that was not used for so long is closed.
    pub idle_max: Duration,
    /// How many long computations run at a time.
    pub long_computations_max: usize,
    /// How many more may wait for their turn.
    pub waiting_max: usize,
}

impl Default for VaultSettings {
    /// Half of the arena for open keys, ten minutes, and as many long computations as there are processors.
    fn default() -> Self {
        Self {
            resident_bytes_max: hsmd_secret_memory::usage().heap_bytes / 2,
            idle_max: Duration::from_mins(10),
            long_computations_max: std::thread::available_parallelism().map_or(1, usize::from),
            waiting_max: 1024,
        }
    }
}

/// How many keys are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResidentKeys {
    /// Key versions that are ready for use.
    pub keys: usize,
    /// About how many bytes of the arena they take.
    pub bytes: usize,
}

impl Vault {
    /// Opens the vault. The root key is wiped; what partition keys need of it stays.
    ///
    /// # Errors
    ///
    /// [`VaultError::MemoryExhausted`].
    pub fn open(
        root: &RootKey,
        settings: &VaultSettings,
        now: Instant,
    ) -> Result<Self, VaultError> {
        Ok(Self {
            keyring: Keyring::new(root, settings.resident_bytes_max, now)?,
            idle_max: settings.idle_max,
            workers: Workers::new(settings.long_computations_max, settings.waiting_max),
        })
    }

    /// Makes a key for a new or rotated partition.
    ///
    /// # Errors
    ///
    /// [`VaultError::MemoryExhausted`].
    pub fn new_partition_key(
        &self,
        partition: PartitionId,
        version: u32,
    ) -> Result<PartitionKey, VaultError> {
        self.keyring.new_partition_key(partition, version)
    }

    /// Random bytes for a caller, from aws-lc's generator (SP 800-90A `CTR_DRBG`).
    ///
    /// # Errors
    ///
    /// [`VaultError::Engine`] if the generator fails.
    pub fn random(&self, length_bytes: usize) -> Result<Plaintext, VaultError> {
        let mut bytes = vec![0; length_bytes];
        hsm_aws_lc::random::fill(&mut bytes)?;
        Ok(bytes.into())
    }

    /// Signs, or makes a message authentication code. ECDSA gives `r ‖ s`.
    ///
    /// # Errors
    ///
    /// [`VaultError::Engine`] when algorithm, key and message do not go together; [`VaultError::MaterialDamaged`];
    /// [`VaultError::MemoryExhausted`]; [`VaultError::Overloaded`].
    pub async fn sign(
        &self,
        permit: &Permit<Sign>,
        algorithm: Algorithm,
        parameters: &Parameters,
        message: Message<'_>,
    ) -> Result<Vec<u8>, VaultError> {
        self.compute(permit, Work::of(message.bytes()), |key| {
            Ok(engines::sign(key, algorithm, parameters, message)?)
        })
        .await
    }

    /// Signs so that the signature gives the message back.
    ///
    /// # Errors
    ///
    /// As [`Vault::sign`].
    pub async fn sign_recover(
        &self,
        permit: &Permit<SignRecover>,
        algorithm: Algorithm,
        message: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        self.compute(permit, Work::of(message), |key| {
            Ok(engines::sign_recover(key, algorithm, message)?)
        })
        .await
    }

    /// Checks a message authentication code, in constant time.
    ///
    /// # Errors
    ///
    /// [`Crypto`](crate::EngineError::Crypto) with [`SignatureInvalid`](hsm_aws_lc::Error::SignatureInvalid) for a wrong code;
    /// otherwise as [`Vault::sign`].
    pub async fn verify_mac(
        &self,
        permit: &Permit<Verify>,
        algorithm: Algorithm,
        parameters: &Parameters,
        message: &[u8],
        mac: &[u8],
    ) -> Result<(), VaultError> {
        let message = Message::Whole(message);
        let verify = |key: &OpenedKey| {
            Ok(engines::verify_mac(
                key, algorithm, parameters, message, mac,
            )?)
        };
        self.compute(permit, Work::of(message.bytes()), verify)
            .await
    }

    /// Encrypts with a secret key.
    ///
    /// # Errors
    ///
    /// As [`Vault::sign`].
    pub async fn encrypt(
        &self,
        permit: &Permit<Encrypt>,
        algorithm: Algorithm,
        parameters: &Parameters,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        self.compute(permit, Work::of(plaintext), |key| {
            Ok(engines::encrypt(key, algorithm, parameters, plaintext)?)
        })
        .await
    }

    /// Decrypts with a private or secret key.
    ///
    /// # Errors
    ///
    /// [`Crypto`](crate::EngineError::Crypto) with [`CiphertextInvalid`](hsm_aws_lc::Error::CiphertextInvalid) for whatever is
    /// wrong with the ciphertext; otherwise as [`Vault::sign`].
    pub async fn decrypt(
        &self,
        permit: &Permit<Decrypt>,
        algorithm: Algorithm,
        parameters: &Parameters,
        ciphertext: &[u8],
    ) -> Result<Plaintext, VaultError> {
        let decrypt = |key: &OpenedKey| {
            Ok(engines::decrypt::<Vec<u8>>(
                key, algorithm, parameters, ciphertext,
            )?)
        };
        self.compute(permit, Work::of(ciphertext), decrypt)
            .await
            .map(Plaintext::from)
    }

    /// Wraps a key under another one, a public key included.
    ///
    /// # Errors
    ///
    /// [`NotWrappable`](crate::EngineError::NotWrappable) when the key does not fit into this kind of wrapping; otherwise as
    /// [`Vault::sign`].
    pub async fn wrap(
        &self,
        wrapping: &Permit<Wrap>,
        exported: &Permit<Export>,
        algorithm: Algorithm,
        parameters: &Parameters,
    ) -> Result<Vec<u8>, VaultError> {
        if wrapping.version().is_some() {
            let wrap = |wrapping: &OpenedKey| {
                let wrapper = Wrapper::Secret(wrapping);
                self.compute_now(exported, |key| {
                    Ok(engines::wrap(&wrapper, algorithm, parameters, key)?)
                })
            };
            return self.compute(wrapping, Work::default(), wrap).await;
        }
        let wrapping = PublicKey::from_attributes(&wrapping.object().attributes)?;
        let wrap = |key: &OpenedKey| {
            Ok(engines::wrap(
                &Wrapper::Public(&wrapping),
                algorithm,
                parameters,
                key,
            )?)
        };
        self.compute(exported, Work::default(), wrap).await
    }

    /// The secret attributes of a key that may be read in the clear: `CKA_VALUE`, or an RSA key's numbers. Whoever
    /// takes them wipes them.
    ///
    /// # Errors
    ///
    /// As [`Vault::sign`].
    pub async fn reveal(&self, permit: &Permit<Reveal>) -> Result<Attributes, VaultError> {
        let reveal = |key: &OpenedKey| {
            let mut attributes = Attributes::new();
            for (attribute, value) in key.secret_attributes()? {
                attributes.insert(attribute, value.expose().to_vec());
            }
            Ok(attributes)
        };
        self.compute(permit, Work::default(), reveal).await
    }

    /// Closes a destroyed object's keys.
    pub fn forget(&self, object: ObjectId) {
        self.keyring.close_object(object);
    }

    /// Closes a partition's keys, and the partition's own.
    pub fn forget_partition(&self, partition: PartitionId) {
        self.keyring.close_partition(partition);
    }

    /// Closes keys that were not used for long. To be called every few seconds.
    pub fn close_idle(&self, now: Instant) {
        self.keyring.close_idle(now, self.idle_max);
    }

    /// How many keys are open.
    #[must_use]
    pub fn resident_keys(&self) -> ResidentKeys {
        let (keys, bytes) = self.keyring.size();
        ResidentKeys { keys, bytes }
    }

    /// Where long computations run; for those of others, too.
    #[must_use]
    pub fn workers(&self) -> &Workers {
        &self.workers
    }

    /// Computes with the permit's key on the secret stack: here if it is short, else in its turn.
    pub(crate) async fn compute<U: Use<Subject = KeySubject>, R>(
        &self,
        permit: &Permit<U>,
        work: Work,
        computation: impl Fn(&OpenedKey) -> Result<R, VaultError>,
    ) -> Result<R, VaultError> {
        let compute = || self.compute_now(permit, &computation);
        if work.is_long(permit.object().spec) {
            self.workers.run(compute).await?
        } else {
            compute()
        }
    }

    pub(crate) fn compute_now<U: Use<Subject = KeySubject>, R>(
        &self,
        permit: &Permit<U>,
        computation: impl Fn(&OpenedKey) -> Result<R, VaultError>,
    ) -> Result<R, VaultError> {
        self.keyring.compute(
            permit.partition(),
            permit.object(),
            permit.version(),
            computation,
        )
    }

    pub(crate) fn keyring(&self) -> &Keyring {
        &self.keyring
    }
}

/// How much there is to compute, besides what the key costs.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Work {
    input_bytes: usize,
}

impl Work {
    pub(crate) fn of(input: &[u8]) -> Self {
        Self {
            input_bytes: input.len(),
        }
    }

    /// Whether it takes longer than about 300 µs with a key of that kind and size.
    fn is_long(self, spec: Option<KeySpec>) -> bool {
        const INPUT_BYTES_SHORT: usize = 256 << 10;
        let has_long_arithmetic = spec.is_some_and(|spec| match spec.kind().key_type() {
            CKK_RSA => spec.bits() > 2048,
            CKK_ML_DSA | CKK_SLH_DSA | CKK_DSA | CKK_DH => true,
            _ => false,
        });
        has_long_arithmetic || self.input_bytes > INPUT_BYTES_SHORT
    }
}
