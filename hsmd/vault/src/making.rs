//! New keys: generated, imported, unwrapped and derived. Each leaves the vault wrapped under its partition's key.

use hsm_algorithms::pkcs11::{CKK_DH, CKK_DSA, CKK_GENERIC_SECRET, CKK_RSA, CKK_SLH_DSA};
use hsm_algorithms::{Algorithm, KeyKind, KeySpec, Parameters};
use hsm_aws_lc::field::FieldGroup;
use hsm_aws_lc::public::PublicKey;
use hsmd_gate::Permit;
use hsmd_gate::key_use::{Create, Decapsulate, Derive, Encapsulate, Unwrap};
use hsmd_keys::{Partition, WrappedMaterial};
use hsmd_secret_memory::{Plaintext, on_secret_stack};

use crate::engines::{self, OpenedKey};
use crate::vault::Work;
use crate::{EngineError, ImportedKey, KeyTarget, Vault, VaultError};

/// A new key, as it is stored.
pub struct Generated {
    /// Its kind and size.
    pub spec: KeySpec,
    /// The wrapped material.
    pub material: WrappedMaterial,
    /// The public half of a key pair.
    pub public: Option<PublicKey>,
    /// `CKA_CHECK_VALUE` of a secret key.
    pub check_value: Option<[u8; 3]>,
}

impl Vault {
    /// Makes a secret key.
    ///
    /// # Errors
    ///
    /// [`EngineError::KeyTypeUnknown`] if it is no kind of secret key; [`VaultError::MemoryExhausted`].
    #[expect(
        clippy::unused_async,
        reason = "callers treat all ways of making a key alike"
    )]
    pub async fn generate(
        &self,
        permit: &Permit<Create>,
        spec: KeySpec,
    ) -> Result<Generated, VaultError> {
        if spec.kind().is_key_pair() {
            return Err(EngineError::KeyTypeUnknown.into());
        }
        self.make(permit, || OpenedKey::generate(spec, None))
    }

    /// Makes a key pair; an RSA one with this public exponent.
    ///
    /// # Errors
    ///
    /// [`EngineError::KeyTypeUnknown`] if it is no kind of key pair; [`EngineError::Crypto`] with `KeySize` for a size
    /// that cannot be made, or `KeyInvalid` for a bad exponent; [`VaultError::Overloaded`];
    /// [`VaultError::MemoryExhausted`].
    pub async fn generate_pair(
        &self,
        permit: &Permit<Create>,
        spec: KeySpec,
        exponent: u64,
    ) -> Result<Generated, VaultError> {
        if !spec.kind().is_key_pair() {
            return Err(EngineError::KeyTypeUnknown.into());
        }
        if !is_slow_to_make(spec.kind()) {
            return self.make(permit, || OpenedKey::generate(spec, None));
        }
        let exponent = exponent.to_be_bytes();
        let zeros = exponent.iter().take_while(|byte| **byte == 0).count();
        let generate = || OpenedKey::generate(spec, Some(&exponent[zeros..]));
        self.workers().run(|| self.make(permit, generate)).await?
    }

    /// Makes an RSA key pair of strong primes, as ANSI X9.31 asks for.
    ///
    /// # Errors
    ///
    /// As for [`Vault::generate_pair`].
    pub async fn generate_x931_pair(
        &self,
        permit: &Permit<Create>,
        spec: KeySpec,
        exponent: u64,
    ) -> Result<Generated, VaultError> {
        let exponent = exponent.to_be_bytes();
        let zeros = exponent.iter().take_while(|byte| **byte == 0).count();
        let generate = || OpenedKey::generate_x931(spec, &exponent[zeros..]);
        self.workers().run(|| self.make(permit, generate)).await?
    }

    /// Makes a key pair of DSA or Diffie-Hellman in a group; `private_bits` is for Diffie-Hellman alone.
    ///
    /// # Errors
    ///
    /// [`EngineError::Crypto`] with `KeySize` or `KeyInvalid`; [`VaultError::Overloaded`]; [`VaultError::MemoryExhausted`].
    pub async fn generate_pair_in_group(
        &self,
        permit: &Permit<Create>,
        group: &FieldGroup,
        private_bits: Option<u32>,
    ) -> Result<Generated, VaultError> {
        let generate = || OpenedKey::generate_in_group(group, private_bits);
        self.workers().run(|| self.make(permit, generate)).await?
    }

    /// A group for keys of `spec`: [`FieldGroup::generate`]. Nothing in it is secret.
    ///
    /// # Errors
    ///
    /// [`EngineError::Crypto`] with `KeySize`; [`VaultError::Overloaded`].
    pub async fn generate_group(
        &self,
        _permit: &Permit<Create>,
        spec: KeySpec,
    ) -> Result<FieldGroup, VaultError> {
        let generate = || FieldGroup::generate(spec).map_err(VaultError::from);
        self.workers().run(generate).await?
    }

    /// Takes a key that its caller knows.
    ///
    /// # Errors
    ///
    /// [`EngineError::KeySize`], or [`EngineError::Crypto`] with `KeyInvalid`, for bytes that are no such key;
    /// [`VaultError::Overloaded`]; [`VaultError::MemoryExhausted`].
    pub async fn import(
        &self,
        permit: &Permit<Create>,
        key: ImportedKey<'_>,
    ) -> Result<Generated, VaultError> {
        let import = || self.make(permit, || OpenedKey::import(&key));
        match key {
            // The numbers of an RSA key are checked, and of a group's the public key is computed, which takes up to some milliseconds.
            ImportedKey::Rsa(_)
            | ImportedKey::RsaExponents { .. }
            | ImportedKey::Field { .. }
            | ImportedKey::Pkcs8(_) => self.workers().run(import).await?,
            ImportedKey::PostQuantum { kind, .. } if is_slow_to_make(kind) => {
                self.workers().run(import).await?
            }
            ImportedKey::Curve { .. }
            | ImportedKey::Secret { .. }
            | ImportedKey::PostQuantum { .. } => import(),
        }
    }

    /// Unwraps a key of the type that `target` says.
    ///
    /// # Errors
    ///
    /// [`EngineError::WrappedKeyInvalid`] or [`EngineError::WrappedKeyLength`] for wrapped bytes that hold no such
    /// key; otherwise as [`Vault::sign`].
    pub async fn unwrap(
        &self,
        unwrapping: &Permit<Unwrap>,
        permit: &Permit<Create>,
        algorithm: Algorithm,
        parameters: &Parameters,
        wrapped: &[u8],
        target: KeyTarget,
    ) -> Result<Generated, VaultError> {
        let unwrap = |key: &OpenedKey| {
            Ok(engines::unwrap(
                key, algorithm, parameters, wrapped, target,
            )?)
        };
        let unwrapped = self.compute(unwrapping, Work::of(wrapped), unwrap).await?;
        self.stored(permit, &unwrapped)
    }

    /// Derives keys of the types and lengths that `targets` say, and what anybody may read beside them
    /// ([`engines::derive_all`]); from a second key too, where the algorithm takes one.
    ///
    /// # Errors
    ///
    /// [`EngineError::LengthNeeded`] or [`EngineError::KeySize`] for a length that cannot be derived; otherwise as
    /// [`Vault::sign`].
    pub async fn derive(
        &self,
        (base, other): (&Permit<Derive>, Option<&Permit<Derive>>),
        permit: &Permit<Create>,
        algorithm: Algorithm,
        parameters: &Parameters,
        targets: &[KeyTarget],
    ) -> Result<(Vec<Generated>, Vec<u8>), VaultError> {
        let derive = |key: &OpenedKey| {
            let derive = |other: Option<&OpenedKey>| {
                Ok(engines::derive_all(
                    key, other, algorithm, parameters, targets,
                )?)
            };
            match other {
                Some(permit) => self.compute_now(permit, |other| derive(Some(other))),
                None => derive(None),
            }
        };
        let (derived, beside) = self.compute(base, Work::default(), derive).await?;
        let derived = derived.iter().map(|key| self.stored(permit, key));
        Ok((derived.collect::<Result<_, _>>()?, beside))
    }

    /// Derives bytes that are no key, for a data object: `CKM_HKDF_DATA`.
    ///
    /// # Errors
    ///
    /// As [`Vault::derive`].
    pub async fn derive_data(
        &self,
        (base, other): (&Permit<Derive>, Option<&Permit<Derive>>),
        algorithm: Algorithm,
        parameters: &Parameters,
        length_bytes: Option<usize>,
    ) -> Result<Plaintext, VaultError> {
        let target = KeyTarget {
            key_type: CKK_GENERIC_SECRET,
            length_bytes,
        };
        let derive = |key: &OpenedKey| {
            let derive = |other: Option<&OpenedKey>| {
                let derived = engines::derive(key, other, algorithm, parameters, target)?;
                Ok(Plaintext::from(derived.secret()?.to_vec()))
            };
            match other {
                Some(permit) => self.compute_now(permit, |other| derive(Some(other))),
                None => derive(None),
            }
        };
        self.compute(base, Work::default(), derive).await
    }

    /// Makes a secret key of a password.
    ///
    /// # Errors
    ///
    /// As [`Vault::derive`]; [`VaultError::Overloaded`].
    pub async fn generate_from_password(
        &self,
        permit: &Permit<Create>,
        password: &[u8],
        parameters: &Parameters,
        target: KeyTarget,
    ) -> Result<Generated, VaultError> {
        let generate = || {
            self.make(permit, || {
                engines::from_password(password, parameters, target)
            })
        };
        self.workers().run(generate).await?
    }

    /// Makes a key that the holder of a private key can make too, and the ciphertext that it takes.
    ///
    /// # Errors
    ///
    /// [`EngineError::LengthNeeded`] or [`EngineError::KeySize`] for a length that cannot be made; otherwise as
    /// [`Vault::sign`].
    pub fn encapsulate(
        &self,
        public: &Permit<Encapsulate>,
        permit: &Permit<Create>,
        algorithm: Algorithm,
        parameters: &Parameters,
        target: KeyTarget,
    ) -> Result<(Vec<u8>, Generated), VaultError> {
        let public = PublicKey::from_attributes(&public.object().attributes)?;
        let encapsulate = || engines::encapsulate(&public, algorithm, parameters, target);
        let (ciphertext, key) = self.keyring().make(encapsulate)?;
        Ok((ciphertext, self.stored(permit, &key)?))
    }

    /// Makes the key that another made by the public half of this one.
    ///
    /// # Errors
    ///
    /// [`EngineError::WrappedKeyInvalid`] or [`EngineError::WrappedKeyLength`] for a ciphertext that holds no such key;
    /// otherwise as [`Vault::sign`].
    pub async fn decapsulate(
        &self,
        private: &Permit<Decapsulate>,
        permit: &Permit<Create>,
        algorithm: Algorithm,
        parameters: &Parameters,
        ciphertext: &[u8],
        target: KeyTarget,
    ) -> Result<Generated, VaultError> {
        let decapsulate = |key: &OpenedKey| {
            Ok(engines::decapsulate(
                key, algorithm, parameters, ciphertext, target,
            )?)
        };
        let key = self
            .compute(private, Work::of(ciphertext), decapsulate)
            .await?;
        self.stored(permit, &key)
    }

    fn make(
        &self,
        permit: &Permit<Create>,
        make: impl Fn() -> Result<OpenedKey, EngineError>,
    ) -> Result<Generated, VaultError> {
        self.make_in(permit.partition(), make)
    }

    fn stored(&self, permit: &Permit<Create>, key: &OpenedKey) -> Result<Generated, VaultError> {
        self.stored_in(permit.partition(), key)
    }

    /// Makes a key of a partition. Whoever calls this has a permit for it.
    pub(crate) fn make_in(
        &self,
        partition: &Partition,
        make: impl Fn() -> Result<OpenedKey, EngineError>,
    ) -> Result<Generated, VaultError> {
        self.stored_in(partition, &self.keyring().make(make)?)
    }

    pub(crate) fn stored_in(
        &self,
        partition: &Partition,
        key: &OpenedKey,
    ) -> Result<Generated, VaultError> {
        let material = self.keyring().wrap(partition, key)?;
        on_secret_stack(|| {
            Ok(Generated {
                spec: key.spec(),
                material,
                public: key.public()?,
                check_value: key.check_value()?,
            })
        })
    }
}

/// Whether making a key of this kind, or checking one, takes longer than about 300 µs.
pub(crate) fn is_slow_to_make(kind: KeyKind) -> bool {
    matches!(kind.key_type(), CKK_RSA | CKK_SLH_DSA | CKK_DSA | CKK_DH)
}
