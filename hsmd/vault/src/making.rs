//! New keys: generated, imported, unwrapped and derived. Each leaves the vault wrapped under its partition's key.

use hsm_algorithms::{Algorithm, Curve, KeyKind, KeySpec, Parameters};
use hsm_aws_lc::private::{
    EcPrivateKey, Ed25519PrivateKey, PrivateKey, RsaNumbers, RsaPrivateKey, X25519PrivateKey,
};
use hsm_aws_lc::public::PublicKey;
use hsm_aws_lc::{Error as Computation, SecretBytes, random};
use hsmd_gate::Permit;
use hsmd_gate::key_use::{Create, Derive, Unwrap};
use hsmd_keys::WrappedMaterial;
use hsmd_secret_memory::on_secret_stack;

use crate::opened_key::OpenedKey;
use crate::{Vault, VaultError, engines};

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

/// A key that its caller brings in the clear.
pub enum ImportedKey<'a> {
    /// A private key as PKCS#8 (RFC 5958).
    Pkcs8(&'a [u8]),
    /// The numbers of an RSA private key.
    Rsa(RsaNumbers<'a>),
    /// A private key on a curve: the scalar, or 32 bytes on Curve25519; the Ed25519 seed.
    Curve(Curve, &'a [u8]),
    /// A secret key.
    Secret(KeyKind, &'a [u8]),
}

impl Vault {
    /// Makes a secret key.
    ///
    /// # Errors
    ///
    /// [`VaultError::Computation`] with [`KeySize`](Computation::KeySize) if it is no secret key;
    /// [`VaultError::MemoryExhausted`].
    pub async fn generate(
        &self,
        permit: &Permit<Create>,
        spec: KeySpec,
    ) -> Result<Generated, VaultError> {
        if spec.kind().is_key_pair() {
            return Err(Computation::KeySize.into());
        }
        self.make(permit, spec, || {
            let mut secret = SecretBytes::zeroed(spec.length_bytes())?;
            random::fill(secret.expose_mut())?;
            Ok(OpenedKey::Secret(secret))
        })
    }

    /// Makes a key pair; an RSA one with this public exponent.
    ///
    /// # Errors
    ///
    /// [`VaultError::Computation`] with [`KeySize`](Computation::KeySize) for a size that cannot be made, or
    /// [`KeyInvalid`](Computation::KeyInvalid) for a bad exponent; [`VaultError::Overloaded`];
    /// [`VaultError::MemoryExhausted`].
    pub async fn generate_pair(
        &self,
        permit: &Permit<Create>,
        spec: KeySpec,
        exponent: u64,
    ) -> Result<Generated, VaultError> {
        let generate = || {
            let key = match (spec.kind(), spec.kind().curve()) {
                (KeyKind::Rsa, _) => {
                    let exponent = exponent.to_be_bytes();
                    let zeros = exponent.iter().take_while(|byte| **byte == 0).count();
                    RsaPrivateKey::generate(spec.bits(), &exponent[zeros..]).map(PrivateKey::Rsa)
                }
                (KeyKind::Ed25519, _) => Ed25519PrivateKey::generate().map(PrivateKey::Ed25519),
                (KeyKind::X25519, _) => X25519PrivateKey::generate().map(PrivateKey::X25519),
                (_, Some(curve)) => EcPrivateKey::generate(curve).map(PrivateKey::Ec),
                (_, None) => Err(Computation::KeySize),
            };
            Ok(OpenedKey::Private(key?))
        };
        if spec.kind() == KeyKind::Rsa {
            self.workers()
                .run(|| self.make(permit, spec, generate))
                .await?
        } else {
            self.make(permit, spec, generate)
        }
    }

    /// Takes a key that its caller knows.
    ///
    /// # Errors
    ///
    /// [`VaultError::Computation`] with [`KeyInvalid`](Computation::KeyInvalid) or [`KeySize`](Computation::KeySize)
    /// for bytes that are no such key; [`VaultError::MemoryExhausted`].
    pub async fn import(
        &self,
        permit: &Permit<Create>,
        key: ImportedKey<'_>,
    ) -> Result<Generated, VaultError> {
        let import = || {
            let private = match &key {
                ImportedKey::Secret(kind, value) => {
                    let spec =
                        KeySpec::of_secret(*kind, value.len()).ok_or(Computation::KeySize)?;
                    let secret = OpenedKey::Secret(SecretBytes::copy_of(value)?);
                    return Ok((spec, secret));
                }
                ImportedKey::Pkcs8(der) => PrivateKey::from_pkcs8(der)?,
                ImportedKey::Rsa(numbers) => PrivateKey::Rsa(RsaPrivateKey::from_numbers(numbers)?),
                ImportedKey::Curve(Curve::Ed25519, seed) => {
                    PrivateKey::Ed25519(Ed25519PrivateKey::from_seed(seed)?)
                }
                ImportedKey::Curve(Curve::X25519, private) => {
                    PrivateKey::X25519(X25519PrivateKey::from_bytes(private)?)
                }
                ImportedKey::Curve(curve, scalar) => {
                    PrivateKey::Ec(EcPrivateKey::from_scalar(*curve, scalar)?)
                }
            };
            let spec = private.spec().ok_or(Computation::KeySize)?;
            Ok((spec, OpenedKey::Private(private)))
        };
        self.make_of_kind(permit, import)
    }

    /// Unwraps a key of a kind that the caller says; for elliptic curves any kind of the same key type will do, since
    /// the curve is in the wrapped bytes.
    ///
    /// # Errors
    ///
    /// [`VaultError::WrappedKeyInvalid`] for whatever is wrong with the wrapped bytes; otherwise as [`Vault::sign`].
    pub async fn unwrap(
        &self,
        unwrapping: &Permit<Unwrap>,
        permit: &Permit<Create>,
        algorithm: Algorithm,
        parameters: &Parameters,
        wrapped: &[u8],
        kind: KeyKind,
    ) -> Result<Generated, VaultError> {
        let unwrap = |key: &OpenedKey| {
            engines::decrypt::<SecretBytes>(key, algorithm, parameters, wrapped)
                .map_err(one_fault_for_all)
        };
        let clear = self.compute(unwrapping, wrapped.len(), unwrap).await?;
        self.make_of_kind(permit, || {
            if !kind.is_key_pair() {
                let spec =
                    KeySpec::of_secret(kind, clear.len()).ok_or(VaultError::WrappedKeyInvalid)?;
                return Ok((
                    spec,
                    OpenedKey::Secret(SecretBytes::copy_of(clear.expose())?),
                ));
            }
            let key = PrivateKey::from_pkcs8(clear.expose()).map_err(one_fault_for_all)?;
            let spec = key
                .spec()
                .filter(|spec| spec.kind().key_type() == kind.key_type());
            Ok((
                spec.ok_or(VaultError::WrappedKeyInvalid)?,
                OpenedKey::Private(key),
            ))
        })
    }

    /// Derives a secret key of this kind and size.
    ///
    /// # Errors
    ///
    /// As [`Vault::sign`].
    pub async fn derive(
        &self,
        base: &Permit<Derive>,
        permit: &Permit<Create>,
        algorithm: Algorithm,
        parameters: &Parameters,
        spec: KeySpec,
    ) -> Result<Generated, VaultError> {
        if spec.kind().is_key_pair() {
            return Err(Computation::KeySize.into());
        }
        let derive = |key: &OpenedKey| {
            Ok(engines::derive(
                key,
                algorithm,
                parameters,
                spec.length_bytes(),
            )?)
        };
        let secret = self.compute(base, 0, derive).await?;
        self.make(permit, spec, || {
            Ok(OpenedKey::Secret(SecretBytes::copy_of(secret.expose())?))
        })
    }

    /// Makes a key on the secret stack and wraps it.
    fn make(
        &self,
        permit: &Permit<Create>,
        spec: KeySpec,
        make: impl Fn() -> Result<OpenedKey, VaultError>,
    ) -> Result<Generated, VaultError> {
        self.make_of_kind(permit, || Ok((spec, make()?)))
    }

    /// Makes a key of a kind that shows when it is made.
    fn make_of_kind(
        &self,
        permit: &Permit<Create>,
        make: impl Fn() -> Result<(KeySpec, OpenedKey), VaultError>,
    ) -> Result<Generated, VaultError> {
        self.freeing_memory(|| {
            on_secret_stack(|| {
                let (spec, key) = make()?;
                let public = match &key {
                    OpenedKey::Private(private) => Some(private.public()?),
                    OpenedKey::Secret(_) => None,
                };
                let check_value = key.check_value(spec.kind())?;
                let material = self.wrapped(permit.partition(), &key)?;
                Ok(Generated {
                    spec,
                    material,
                    public,
                    check_value,
                })
            })
        })
    }
}

/// What is wrong with wrapped bytes is not told, since it would tell something of what is in them.
fn one_fault_for_all(error: Computation) -> VaultError {
    match error {
        Computation::KeyInvalid
        | Computation::KeySize
        | Computation::InputLength
        | Computation::InputInvalid
        | Computation::CiphertextLength
        | Computation::CiphertextInvalid => VaultError::WrappedKeyInvalid,
        Computation::Parameters(_)
        | Computation::KeyType { .. }
        | Computation::Purpose { .. }
        | Computation::SignatureLength
        | Computation::SignatureInvalid
        | Computation::PublicPointInvalid
        | Computation::Library => error.into(),
    }
}
