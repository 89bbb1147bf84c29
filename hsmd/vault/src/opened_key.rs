//! A key ready for use, and the clear form of its material.
//!
//! The clear form is what AES-KWP wraps: format version 1 in one byte, then, by the kind of key,
//!
//! | Kind | Bytes |
//! |---|---|
//! | RSA | PKCS#8 (RFC 5958), version 1 |
//! | P-256, P-384, P-521 | the private scalar, as long as a coordinate of the curve |
//! | Ed25519 | the seed in 32 bytes, the public key in 32 |
//! | X25519 | the private key in 32 bytes |
//! | secret keys | the secret itself |
//!
//! These forms open without arithmetic where they can: the wrapping vouches for what belongs together.

use hsm_algorithms::pkcs11::{
    CKA_COEFFICIENT, CKA_EXPONENT_1, CKA_EXPONENT_2, CKA_PRIME_1, CKA_PRIME_2,
    CKA_PRIVATE_EXPONENT, CKA_VALUE,
};
use hsm_algorithms::{Attributes, Digest, KeyKind, KeySpec};
use hsm_aws_lc::private::{EcPrivateKey, Ed25519PrivateKey, PrivateKey, X25519PrivateKey};
use hsm_aws_lc::{SecretBytes, digest, symmetric};
use hsmd_secret_memory::LockedBytes;

use crate::VaultError;

/// A key ready for use, in the arena. Never leaves this crate.
pub(crate) enum OpenedKey {
    /// A private key of any kind.
    Private(PrivateKey),
    /// A secret key's bytes.
    Secret(SecretBytes),
}

const FORMAT: u8 = 1;

impl OpenedKey {
    /// Opens the clear form of a key of this kind and size.
    ///
    /// # Errors
    ///
    /// [`VaultError::MaterialDamaged`] for anything that [`OpenedKey::clear_form`] would not have made.
    pub(crate) fn open(spec: KeySpec, clear_form: &[u8]) -> Result<Self, VaultError> {
        let Some((&FORMAT, bytes)) = clear_form.split_first() else {
            return Err(VaultError::MaterialDamaged);
        };
        let key = match (spec.kind(), spec.kind().curve()) {
            (KeyKind::Rsa, _) => PrivateKey::from_pkcs8(bytes).map(Self::Private),
            (KeyKind::Ed25519, _) => Ed25519PrivateKey::from_trusted_pair(bytes)
                .map(PrivateKey::Ed25519)
                .map(Self::Private),
            (KeyKind::X25519, _) => X25519PrivateKey::from_bytes(bytes)
                .map(PrivateKey::X25519)
                .map(Self::Private),
            (_, Some(curve)) => EcPrivateKey::from_scalar(curve, bytes)
                .map(PrivateKey::Ec)
                .map(Self::Private),
            (_, None) => SecretBytes::copy_of(bytes).map(Self::Secret),
        };
        let key = key.map_err(|error| match error {
            hsm_aws_lc::Error::Library => VaultError::Computation(error),
            _ => VaultError::MaterialDamaged,
        })?;
        if key.has(spec) {
            Ok(key)
        } else {
            Err(VaultError::MaterialDamaged)
        }
    }

    /// The form in which the key is wrapped for storage.
    pub(crate) fn clear_form(&self) -> Result<LockedBytes, VaultError> {
        match self {
            Self::Private(PrivateKey::Rsa(_)) => formatted(self.wrappable_form()?.expose()),
            Self::Private(PrivateKey::Ec(key)) => formatted(key.scalar()?.expose()),
            Self::Private(PrivateKey::Ed25519(key)) => formatted(key.expose_pair()),
            Self::Private(PrivateKey::X25519(key)) => formatted(key.expose()),
            Self::Secret(secret) => formatted(secret.expose()),
        }
    }

    /// The form in which the key leaves, wrapped by another key: PKCS#8 for private keys (PKCS#11 3.2, section 6.7),
    /// the secret itself for others.
    pub(crate) fn wrappable_form(&self) -> Result<SecretBytes, VaultError> {
        Ok(match self {
            Self::Private(key) => key.to_pkcs8()?,
            Self::Secret(secret) => SecretBytes::copy_of(secret.expose())?,
        })
    }

    /// The secret attributes, as PKCS#11 names them: `CKA_VALUE`, or RSA's numbers.
    pub(crate) fn secret_attributes(&self) -> Result<Attributes, VaultError> {
        let mut attributes = Attributes::new();
        match self {
            Self::Private(PrivateKey::Rsa(key)) => {
                let numbers = key.secret_numbers()?;
                for (attribute, number) in [
                    (CKA_PRIVATE_EXPONENT, numbers.d),
                    (CKA_PRIME_1, numbers.p),
                    (CKA_PRIME_2, numbers.q),
                    (CKA_EXPONENT_1, numbers.dp),
                    (CKA_EXPONENT_2, numbers.dq),
                    (CKA_COEFFICIENT, numbers.q_inverse),
                ] {
                    attributes.insert(attribute, number.expose().to_vec());
                }
            }
            Self::Private(PrivateKey::Ec(key)) => {
                drop(attributes.insert(CKA_VALUE, key.scalar()?.expose().to_vec()))
            }
            Self::Private(PrivateKey::Ed25519(key)) => {
                drop(attributes.insert(CKA_VALUE, key.seed().to_vec()))
            }
            Self::Private(PrivateKey::X25519(key)) => {
                drop(attributes.insert(CKA_VALUE, key.expose().to_vec()))
            }
            Self::Secret(secret) => drop(attributes.insert(CKA_VALUE, secret.expose().to_vec())),
        }
        Ok(attributes)
    }

    /// `CKA_CHECK_VALUE` of a secret key of this kind: for AES, the first bytes of an encrypted block of zeros; for
    /// others, of their SHA-1 digest (PKCS#11 3.2, section 4.10.2). None for keys shorter than 16 bytes, which
    /// three bytes of a digest would give away in part.
    pub(crate) fn check_value(&self, kind: KeyKind) -> Result<Option<[u8; 3]>, VaultError> {
        let Self::Secret(secret) = self else {
            return Ok(None);
        };
        if kind == KeyKind::Aes {
            let block: Vec<u8> = symmetric::ecb_encrypt(secret.expose(), &[0; 16])?;
            return Ok(block.first_chunk().copied());
        }
        if secret.len() < 16 {
            return Ok(None);
        }
        Ok(digest::digest(Digest::Sha1, secret.expose())?
            .as_ref()
            .first_chunk()
            .copied())
    }

    /// About how much room it takes in the arena, with what aws-lc keeps for its later uses.
    pub(crate) fn resident_bytes(&self) -> usize {
        match self {
            // Measured: 5,760 bytes for 2048 bits after the first signature, most of it in proportion to the modulus.
            Self::Private(PrivateKey::Rsa(key)) => 1024 + key.modulus_bytes() * 20,
            Self::Private(PrivateKey::Ec(_)) => 640,
            Self::Private(PrivateKey::Ed25519(_) | PrivateKey::X25519(_)) => 128,
            Self::Secret(secret) => 64 + secret.len(),
        }
    }

    /// About how long it takes to open it again.
    pub(crate) fn opening_nanoseconds(&self) -> u64 {
        match self {
            // 400 µs for 2048 bits; the checks grow with the square of the size at least.
            Self::Private(PrivateKey::Rsa(key)) => {
                400_000 * (key.modulus_bytes() as u64).pow(2) / 256_u64.pow(2)
            }
            Self::Private(PrivateKey::Ec(_)) => 5_000,
            Self::Private(PrivateKey::Ed25519(_) | PrivateKey::X25519(_)) | Self::Secret(_) => {
                1_000
            }
        }
    }

    fn has(&self, spec: KeySpec) -> bool {
        match self {
            Self::Private(key) => key.spec() == Some(spec),
            Self::Secret(secret) => KeySpec::of_secret(spec.kind(), secret.len()) == Some(spec),
        }
    }
}

fn formatted(bytes: &[u8]) -> Result<LockedBytes, VaultError> {
    let mut clear_form = LockedBytes::zeroed(1 + bytes.len())?;
    clear_form.expose_mut()[0] = FORMAT;
    clear_form.expose_mut()[1..].copy_from_slice(bytes);
    Ok(clear_form)
}
