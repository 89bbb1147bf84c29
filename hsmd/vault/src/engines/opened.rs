//! Keys that are open: parsed, in aws-lc's heap, ready for the engines; and their stored form.

use hsm_algorithms::pkcs11::CKA_VALUE;
use hsm_algorithms::{Digest, KeyKind, KeySpec};
use hsm_aws_lc::field::FieldGroup;
use hsm_aws_lc::private::{FieldPrivateKey, PrivateKey, RsaPrivateKey};
use hsm_aws_lc::public::PublicKey;
use hsm_aws_lc::symmetric::{self, BlockCipher};
use hsm_aws_lc::{SecretBytes, digest, random};

use super::{EngineError, ImportedKey};

/// The version of the stored form that [`OpenedKey::encode`] writes, its first byte.
const STORED_VERSION: u8 = 1;

/// A key that is open. Its bytes lie in aws-lc's heap, in locked memory, and are wiped when it goes.
pub struct OpenedKey {
    spec: KeySpec,
    material: Material,
}

enum Material {
    Private(PrivateKey),
    Secret(SecretBytes),
}

impl OpenedKey {
    /// Makes a key. RSA takes from 50 ms on: run it where it may block.
    ///
    /// `public_exponent` is for RSA alone; without it, 65537.
    ///
    /// # Errors
    ///
    /// [`EngineError::Crypto`] with `KeySize` for a size that cannot be made, `KeyInvalid` for an exponent that cannot be.
    pub fn generate(spec: KeySpec, public_exponent: Option<&[u8]>) -> Result<Self, EngineError> {
        let material = if spec.kind().is_key_pair() {
            Material::Private(PrivateKey::generate(spec, public_exponent)?)
        } else {
            let mut secret = SecretBytes::zeroed(spec.length_bytes())?;
            random::fill(secret.expose_mut())?;
            set_parity(spec.kind(), secret.expose_mut());
            Material::Secret(secret)
        };
        Ok(Self { spec, material })
    }

    /// Makes an RSA key of strong primes, as ANSI X9.31 asks for.
    ///
    /// # Errors
    ///
    /// As for [`OpenedKey::generate`].
    pub fn generate_x931(spec: KeySpec, public_exponent: &[u8]) -> Result<Self, EngineError> {
        let key = RsaPrivateKey::generate_x931(spec.bits(), public_exponent)?;
        Self::from_private(PrivateKey::Rsa(key))
    }

    /// Makes a key of DSA or Diffie-Hellman in a group; `private_bits` is for Diffie-Hellman alone.
    ///
    /// # Errors
    ///
    /// [`EngineError::Crypto`] with `KeySize` or `KeyInvalid`.
    pub fn generate_in_group(
        group: &FieldGroup,
        private_bits: Option<u32>,
    ) -> Result<Self, EngineError> {
        let key = FieldPrivateKey::generate(group, private_bits)?;
        Self::from_private(PrivateKey::Field(key))
    }

    /// Takes in a key that somebody brings.
    ///
    /// # Errors
    ///
    /// [`EngineError::KeySize`]; [`EngineError::Crypto`] with `KeyInvalid` when its numbers do not belong together.
    pub fn import(key: &ImportedKey<'_>) -> Result<Self, EngineError> {
        match key {
            ImportedKey::Secret { kind, value } => {
                Self::from_secret(*kind, SecretBytes::copy_of(value)?)
            }
            ImportedKey::Rsa(numbers) => {
                Self::from_private(PrivateKey::Rsa(RsaPrivateKey::from_numbers(numbers)?))
            }
            ImportedKey::RsaExponents { n, e, d } => {
                Self::from_private(PrivateKey::Rsa(RsaPrivateKey::from_exponents(n, e, d)?))
            }
            ImportedKey::Curve { curve, private } => {
                Self::from_private(PrivateKey::on_curve(*curve, private)?)
            }
            ImportedKey::PostQuantum { kind, seed, value } => {
                Self::from_private(PrivateKey::post_quantum(*kind, *seed, *value)?)
            }
            ImportedKey::Field { group, private } => {
                let key = FieldPrivateKey::from_number(group.clone(), private)?;
                Self::from_private(PrivateKey::Field(key))
            }
            ImportedKey::Pkcs8(der) => Self::from_private(PrivateKey::from_pkcs8(der)?),
        }
    }

    /// A secret key of these bytes.
    pub(crate) fn from_secret(kind: KeyKind, secret: SecretBytes) -> Result<Self, EngineError> {
        let spec = KeySpec::of_secret(kind, secret.len()).ok_or(EngineError::KeySize)?;
        Ok(Self {
            spec,
            material: Material::Secret(secret),
        })
    }

    /// A private key.
    pub(crate) fn from_private(key: PrivateKey) -> Result<Self, EngineError> {
        let spec = key.spec().ok_or(EngineError::KeySize)?;
        Ok(Self {
            spec,
            material: Material::Private(key),
        })
    }

    /// Opens the stored form of a key of `spec`, which [`OpenedKey::encode`] wrote.
    ///
    /// RSA keys take about 400 µs, everything else a microsecond: nothing is computed that was stored, so the form
    /// must come out of authenticated encryption.
    ///
    /// # Errors
    ///
    /// [`EngineError::StoredFormat`] if it has another version or is not a key of `spec`.
    pub fn parse(spec: KeySpec, stored: &[u8]) -> Result<Self, EngineError> {
        let [STORED_VERSION, form @ ..] = stored else {
            return Err(EngineError::StoredFormat);
        };
        let key = if spec.kind().is_key_pair() {
            let private = PrivateKey::from_stored(spec, form);
            Self::from_private(private.map_err(|_| EngineError::StoredFormat)?)?
        } else {
            Self::from_secret(spec.kind(), SecretBytes::copy_of(form)?)?
        };
        if key.spec == spec {
            Ok(key)
        } else {
            Err(EngineError::StoredFormat)
        }
    }

    /// The stored form: a version byte, then for private keys what [`PrivateKey::to_stored`] says, for secrets their bytes.
    ///
    /// # Errors
    ///
    /// [`EngineError::Crypto`] when aws-lc's heap is used up.
    pub fn encode(&self) -> Result<SecretBytes, EngineError> {
        match &self.material {
            Material::Secret(secret) => versioned(secret.expose()),
            Material::Private(private) => versioned(private.to_stored()?.expose()),
        }
    }

    /// The kind and size.
    #[must_use]
    pub const fn spec(&self) -> KeySpec {
        self.spec
    }

    /// The public half. `None` for secret keys.
    ///
    /// # Errors
    ///
    /// [`EngineError::Crypto`] when aws-lc's heap is used up.
    pub fn public(&self) -> Result<Option<PublicKey>, EngineError> {
        Ok(self.private().map(PrivateKey::public).transpose()?)
    }

    /// `CKA_CHECK_VALUE` of a secret key (PKCS#11 3.2 §4.10.2): of AES and DES, the first 3 bytes of a block of zeros
    /// encrypted; of other secrets, the first 3 bytes of their SHA-1. `None` for private keys, and for secrets shorter
    /// than 16 bytes, which three bytes of a digest would give away in part.
    ///
    /// # Errors
    ///
    /// [`EngineError::Crypto`] when aws-lc's heap is used up.
    pub fn check_value(&self) -> Result<Option<[u8; 3]>, EngineError> {
        let Material::Secret(secret) = &self.material else {
            return Ok(None);
        };
        let mut value = [0; 3];
        let cipher = match self.spec.kind() {
            KeyKind::Aes => Some(BlockCipher::Aes),
            KeyKind::Des | KeyKind::Des2 | KeyKind::Des3 => Some(BlockCipher::Des),
            _ => None,
        };
        if let Some(cipher) = cipher {
            let zeros = vec![0; cipher.block_bytes()];
            let block: Vec<u8> = symmetric::ecb_encrypt(cipher, secret.expose(), &zeros)?;
            value.copy_from_slice(&block[..3]);
        } else if secret.len() < 16 {
            return Ok(None);
        } else {
            value.copy_from_slice(&digest::digest(Digest::Sha1, secret.expose())?.as_ref()[..3]);
        }
        Ok(Some(value))
    }

    /// The attributes that hold the secret, for a key that may be read: `CKA_VALUE`, or the numbers of RSA.
    ///
    /// # Errors
    ///
    /// [`EngineError::Crypto`] when aws-lc's heap is used up.
    pub fn secret_attributes(&self) -> Result<Vec<(u64, SecretBytes)>, EngineError> {
        Ok(match &self.material {
            Material::Secret(secret) => vec![(CKA_VALUE, SecretBytes::copy_of(secret.expose())?)],
            Material::Private(private) => private.secret_attributes()?,
        })
    }

    /// The private key, if it is one.
    pub(super) const fn private(&self) -> Option<&PrivateKey> {
        match &self.material {
            Material::Private(private) => Some(private),
            Material::Secret(_) => None,
        }
    }

    /// The bytes of a secret key.
    pub(crate) fn secret(&self) -> Result<&[u8], EngineError> {
        match &self.material {
            Material::Secret(secret) => Ok(secret.expose()),
            Material::Private(_) => Err(EngineError::KeyTypeUnknown),
        }
    }

    /// What is wrapped when this key is: the bytes of a secret, or PKCS#8.
    pub(crate) fn exported(&self) -> Result<SecretBytes, EngineError> {
        match &self.material {
            Material::Secret(secret) => Ok(SecretBytes::copy_of(secret.expose())?),
            Material::Private(private) => Ok(private.to_pkcs8()?),
        }
    }
}

/// Gives each byte of a DES key an odd number of ones, FIPS 46-3: its last bit is there for nothing else.
pub(super) fn set_parity(kind: KeyKind, key: &mut [u8]) {
    if matches!(kind, KeyKind::Des | KeyKind::Des2 | KeyKind::Des3) {
        for byte in key {
            *byte ^= u8::from(byte.count_ones().is_multiple_of(2));
        }
    }
}

fn versioned(form: &[u8]) -> Result<SecretBytes, EngineError> {
    let mut stored = SecretBytes::zeroed(1 + form.len())?;
    stored.expose_mut()[0] = STORED_VERSION;
    stored.expose_mut()[1..].copy_from_slice(form);
    Ok(stored)
}

#[cfg(test)]
mod tests {
    use hsm_algorithms::pkcs11::{
        CKA_COEFFICIENT, CKA_EC_PARAMS, CKA_EC_POINT, CKA_KEY_TYPE, CKA_MODULUS, CKA_PRIME_1,
        CKA_PRIME_2, CKA_PRIVATE_EXPONENT, CKK_AES, CKK_EC,
    };
    use hsm_algorithms::{Attributes, Curve};

    use super::*;
    use crate::engines::KeyTarget;

    const SPECS: &[KeySpec] = &[
        KeySpec::RSA_2048,
        KeySpec::EC_P256,
        KeySpec::EC_P384,
        KeySpec::EC_P521,
        KeySpec::ED25519,
        KeySpec::X25519,
        KeySpec::AES_128,
        KeySpec::AES_192,
        KeySpec::AES_256,
    ];

    fn public_attributes(key: &OpenedKey) -> Option<Attributes> {
        key.public()
            .unwrap()
            .map(|public| public.to_attributes().unwrap())
    }

    #[test]
    fn a_key_comes_back_from_its_stored_form() {
        for spec in SPECS {
            let key = OpenedKey::generate(*spec, None).unwrap();
            let stored = key.encode().unwrap();
            let again = OpenedKey::parse(*spec, stored.expose()).unwrap();
            assert_eq!(again.encode().unwrap().expose(), stored.expose(), "{spec}");
            assert_eq!(public_attributes(&again), public_attributes(&key), "{spec}");
        }
    }

    #[test]
    fn a_stored_form_of_another_version_or_kind_is_refused() {
        for spec in SPECS {
            let stored = OpenedKey::generate(*spec, None)
                .unwrap()
                .encode()
                .unwrap()
                .expose()
                .to_vec();
            for other in SPECS.iter().filter(|other| *other != spec) {
                // X25519 keys are as long as AES-256 and P-256 ones, and then nothing tells them apart.
                let is_alike = |one: &KeySpec| {
                    matches!(*one, KeySpec::X25519 | KeySpec::AES_256 | KeySpec::EC_P256)
                };
                if !(is_alike(spec) && is_alike(other)) {
                    assert!(
                        OpenedKey::parse(*other, &stored).is_err(),
                        "{spec} as {other}"
                    );
                }
            }
            let mut newer = stored.clone();
            newer[0] = 2;
            assert_eq!(
                OpenedKey::parse(*spec, &newer).err(),
                Some(EngineError::StoredFormat),
                "{spec}"
            );
            assert!(OpenedKey::parse(*spec, &[]).is_err(), "{spec}");
            assert!(OpenedKey::parse(*spec, &stored[..stored.len() - 1]).is_err());
        }
    }

    #[test]
    fn the_secret_attributes_make_the_same_key_again() {
        for spec in SPECS {
            let key = OpenedKey::generate(*spec, None).unwrap();
            let mut template = public_attributes(&key).unwrap_or_else(|| {
                [(CKA_KEY_TYPE, spec.kind().key_type().into())]
                    .into_iter()
                    .collect()
            });
            template.remove(CKA_EC_POINT);
            for (attribute, value) in key.secret_attributes().unwrap() {
                template.insert(attribute, value.expose().to_vec());
            }
            let imported =
                OpenedKey::import(&ImportedKey::from_attributes(&template).unwrap()).unwrap();
            assert_eq!(
                imported.encode().unwrap().expose(),
                key.encode().unwrap().expose(),
                "{spec}"
            );
        }
    }

    #[test]
    fn numbers_that_do_not_belong_together_are_refused() {
        let template = |key: &OpenedKey| {
            let mut template = public_attributes(key).unwrap();
            for (attribute, value) in key.secret_attributes().unwrap() {
                template.insert(attribute, value.expose().to_vec());
            }
            template
        };
        let key = OpenedKey::generate(KeySpec::RSA_2048, None).unwrap();
        let other = OpenedKey::generate(KeySpec::RSA_2048, None).unwrap();
        let (good, foreign) = (template(&key), template(&other));
        for attribute in [
            CKA_MODULUS,
            CKA_PRIVATE_EXPONENT,
            CKA_PRIME_1,
            CKA_PRIME_2,
            CKA_COEFFICIENT,
        ] {
            let mut mixed = good.clone();
            mixed.insert(attribute, foreign.get(attribute).unwrap().clone());
            let import = OpenedKey::import(&ImportedKey::from_attributes(&mixed).unwrap());
            assert!(import.is_err(), "{attribute:#x}");
        }
    }

    #[test]
    fn an_rsa_key_without_its_primes_gets_them_back() {
        for exponent in [&[3][..], &[1, 0, 1], &[1, 0, 0, 1]] {
            let key = OpenedKey::generate(KeySpec::RSA_2048, Some(exponent)).unwrap();
            let mut template = public_attributes(&key).unwrap();
            let secrets = key.secret_attributes().unwrap();
            template.insert(CKA_PRIVATE_EXPONENT, secrets[0].1.expose());
            template.insert(CKA_PRIME_1, secrets[1].1.expose());
            let again =
                OpenedKey::import(&ImportedKey::from_attributes(&template).unwrap()).unwrap();
            assert_eq!(
                again.encode().unwrap().expose(),
                key.encode().unwrap().expose()
            );

            let mut wrong = secrets[0].1.expose().to_vec();
            *wrong.last_mut().unwrap() ^= 2;
            template.insert(CKA_PRIVATE_EXPONENT, wrong);
            assert!(OpenedKey::import(&ImportedKey::from_attributes(&template).unwrap()).is_err());
            template.remove(CKA_PRIVATE_EXPONENT);
            assert_eq!(
                ImportedKey::from_attributes(&template).err(),
                Some(EngineError::Incomplete)
            );
        }
    }

    #[test]
    fn scalars_outside_the_curve_and_odd_lengths_are_refused() {
        let order_and_more = [0xff; 32];
        for private in [&[0; 32][..], &order_and_more, &[]] {
            let key = ImportedKey::Curve {
                curve: Curve::P256,
                private,
            };
            assert!(OpenedKey::import(&key).is_err(), "{private:?}");
        }
        for length in [0, 15, 17, 33, 40] {
            let key = ImportedKey::Secret {
                kind: KeyKind::Aes,
                value: &vec![1; length],
            };
            assert_eq!(
                OpenedKey::import(&key).err(),
                Some(EngineError::KeySize),
                "{length}"
            );
        }
    }

    #[test]
    fn a_template_of_an_unknown_curve_is_refused() {
        let secp192r1 = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x01];
        let template: Attributes = [
            (CKA_KEY_TYPE, CKK_EC.into()),
            (CKA_EC_PARAMS, secp192r1[..].into()),
            (CKA_VALUE, vec![1; 32].into()),
        ]
        .into_iter()
        .collect();
        assert_eq!(
            ImportedKey::from_attributes(&template).err(),
            Some(EngineError::KeyTypeUnknown)
        );
    }

    #[test]
    fn check_values_are_those_of_the_standard() {
        let zeros = ImportedKey::Secret {
            kind: KeyKind::Aes,
            value: &[0; 16],
        };
        // FIPS 197 and SP 800-38A give the encryption of a zero block under a zero key.
        assert_eq!(
            OpenedKey::import(&zeros).unwrap().check_value().unwrap(),
            Some([0x66, 0xe9, 0x4b])
        );
        let short = ImportedKey::Secret {
            kind: KeyKind::GenericSecret,
            value: b"abc",
        };
        assert_eq!(
            OpenedKey::import(&short).unwrap().check_value().unwrap(),
            None
        );
        assert_eq!(
            KeyTarget {
                key_type: CKK_AES,
                length_bytes: None
            }
            .secret_kind(),
            Some(KeyKind::Aes)
        );
    }
}
