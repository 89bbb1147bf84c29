//! Private keys, parsed once and used many times.
//!
//! Their numbers lie in aws-lc's heap. None of these types can be cloned, printed or compared.

mod curves;
mod lattice;
mod rsa;
mod slh_dsa;

use hsm_algorithms::pkcs11::{
    CKA_COEFFICIENT, CKA_EXPONENT_1, CKA_EXPONENT_2, CKA_PRIME_1, CKA_PRIME_2,
    CKA_PRIVATE_EXPONENT, CKA_VALUE, CKK_DH, CKK_DSA, CKK_ML_DSA, CKK_ML_KEM,
};
use hsm_algorithms::{Curve, KeyKind, KeySpec};

use crate::field::FieldGroup;
use crate::key_formats::{self, Parsed, RawCurve};
use crate::public::PublicKey;
use crate::secret_bytes::SecretBytes;
use crate::{Error, der};

pub use crate::curve448::Curve448PrivateKey;
pub use crate::field::FieldPrivateKey;
pub use crate::rsa::{RsaNumbers, RsaSecretNumbers};
pub use curves::{EcPrivateKey, Ed25519PrivateKey, X25519PrivateKey};
pub use lattice::LatticePrivateKey;
pub use rsa::RsaPrivateKey;
pub(crate) use rsa::{checked_pss, pkcs1_input_bytes_max, zero_extended};
pub use slh_dsa::SlhDsaPrivateKey;

/// The public exponent where none is asked for: 65537.
const USUAL_PUBLIC_EXPONENT: &[u8] = &[1, 0, 1];

/// A private key of any kind.
pub enum PrivateKey {
    /// RSA.
    Rsa(RsaPrivateKey),
    /// On a short Weierstrass curve.
    Ec(EcPrivateKey),
    /// Ed25519.
    Ed25519(Ed25519PrivateKey),
    /// X25519.
    X25519(X25519PrivateKey),
    /// ML-KEM or ML-DSA.
    Lattice(LatticePrivateKey),
    /// SLH-DSA.
    SlhDsa(SlhDsaPrivateKey),
    /// Ed448 or X448.
    Curve448(Curve448PrivateKey),
    /// DSA or Diffie-Hellman.
    Field(FieldPrivateKey),
}

impl PrivateKey {
    /// Makes a key; of DSA and Diffie-Hellman, in a group as [`FieldGroup::generate`] gives it. RSA takes from 50 ms on, and a
    /// group of DSA longer: run it where it may block.
    ///
    /// `public_exponent` is for RSA alone; without it, 65537.
    ///
    /// # Errors
    ///
    /// [`Error::KeySize`] for a size that cannot be made; [`Error::KeyInvalid`] for an exponent that cannot be, and for
    /// kinds that are no key pairs.
    pub fn generate(spec: KeySpec, public_exponent: Option<&[u8]>) -> Result<Self, Error> {
        Ok(match (spec.kind(), spec.kind().curve()) {
            (KeyKind::Rsa, _) => {
                let exponent = public_exponent.unwrap_or(USUAL_PUBLIC_EXPONENT);
                Self::Rsa(RsaPrivateKey::generate(spec.bits(), exponent)?)
            }
            (_, Some(Curve::Ed25519)) => Self::Ed25519(Ed25519PrivateKey::generate()?),
            (_, Some(Curve::X25519)) => Self::X25519(X25519PrivateKey::generate()?),
            (_, Some(curve @ (Curve::Ed448 | Curve::X448))) => {
                Self::Curve448(Curve448PrivateKey::generate(curve)?)
            }
            (_, Some(curve)) => Self::Ec(EcPrivateKey::generate(curve)?),
            (kind, None) if is_lattice(kind) => Self::Lattice(LatticePrivateKey::generate(kind)?),
            (kind, None) if is_field(kind) => {
                let group = FieldGroup::generate(spec)?;
                Self::Field(FieldPrivateKey::generate(&group, None)?)
            }
            (kind, None) => Self::SlhDsa(SlhDsaPrivateKey::generate(kind)?),
        })
    }

    /// The key on `curve` that its `CKA_VALUE` is: the scalar with its most significant byte first, or what RFC 8032 and
    /// RFC 7748 have.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`] unless it is one.
    pub fn on_curve(curve: Curve, private: &[u8]) -> Result<Self, Error> {
        Ok(match curve {
            Curve::Ed25519 => Self::Ed25519(Ed25519PrivateKey::from_seed(private)?),
            Curve::X25519 => Self::X25519(X25519PrivateKey::from_bytes(private)?),
            Curve::Ed448 | Curve::X448 => {
                Self::Curve448(Curve448PrivateKey::from_bytes(curve, private)?)
            }
            curve => Self::Ec(EcPrivateKey::from_scalar(curve, private)?),
        })
    }

    /// The post-quantum key of which `CKA_SEED`, `CKA_VALUE` or both are known.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`] unless it is one.
    pub fn post_quantum(
        kind: KeyKind,
        seed: Option<&[u8]>,
        value: Option<&[u8]>,
    ) -> Result<Self, Error> {
        if is_lattice(kind) {
            return LatticePrivateKey::from_parts(kind, seed, value).map(Self::Lattice);
        }
        let value = value.ok_or(Error::KeyInvalid)?;
        SlhDsaPrivateKey::from_bytes(kind, value).map(Self::SlhDsa)
    }

    /// Opens what [`PrivateKey::to_stored`] gave. Nothing is computed that was stored, so it must come out of
    /// authenticated encryption. RSA takes about 400 µs, everything else some microseconds.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`] if it is no key of `spec`.
    pub fn from_stored(spec: KeySpec, form: &[u8]) -> Result<Self, Error> {
        let key = match (spec.kind(), spec.kind().curve()) {
            (KeyKind::Rsa, _) => Self::from_pkcs8(form)?,
            (_, Some(Curve::Ed25519)) => Self::Ed25519(Ed25519PrivateKey::from_trusted_pair(form)?),
            (_, Some(Curve::X25519)) => Self::X25519(X25519PrivateKey::from_bytes(form)?),
            (_, Some(curve @ (Curve::Ed448 | Curve::X448))) => {
                Self::Curve448(Curve448PrivateKey::from_bytes(curve, form)?)
            }
            (_, Some(curve)) if form.len() == curve.coordinate_bytes() => {
                Self::Ec(EcPrivateKey::from_scalar(curve, form)?)
            }
            (_, Some(_)) => return Err(Error::KeyInvalid),
            (kind, None) if is_lattice(kind) => {
                Self::Lattice(LatticePrivateKey::from_stored(kind, form)?)
            }
            (kind, None) if is_field(kind) => Self::Field(FieldPrivateKey::from_trusted(form)?),
            (kind, None) => Self::SlhDsa(SlhDsaPrivateKey::from_trusted(kind, form)?),
        };
        if key.spec() == Some(spec) {
            Ok(key)
        } else {
            Err(Error::KeyInvalid)
        }
    }

    /// What is stored: for RSA, DSA and Diffie-Hellman PKCS#8, for the short Weierstrass curves the scalar as long as a coordinate, for Ed25519
    /// the seed and the public key, for X25519 and Curve448 the private key, for ML-KEM and ML-DSA the seed if it is known and else the
    /// expanded key, for SLH-DSA the private key as FIPS 205 encodes it.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] when aws-lc's heap is used up.
    pub fn to_stored(&self) -> Result<SecretBytes, Error> {
        match self {
            Self::Rsa(_) => self.to_pkcs8(),
            Self::Ec(ec) => ec.scalar(),
            Self::Ed25519(key) => SecretBytes::copy_of(key.expose_pair()),
            Self::X25519(key) => SecretBytes::copy_of(key.expose()),
            Self::Curve448(key) => SecretBytes::copy_of(key.expose()),
            Self::Lattice(key) => key.to_stored(),
            Self::SlhDsa(key) => SecretBytes::copy_of(key.expose()),
            Self::Field(key) => key.to_pkcs8(),
        }
    }

    /// The PKCS#11 attributes that hold the secret: `CKA_VALUE`, or the numbers of RSA.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] when aws-lc's heap is used up.
    pub fn secret_attributes(&self) -> Result<Vec<(u64, SecretBytes)>, Error> {
        let value = match self {
            Self::Rsa(rsa) => {
                let numbers = rsa.secret_numbers()?;
                return Ok(vec![
                    (CKA_PRIVATE_EXPONENT, numbers.d),
                    (CKA_PRIME_1, numbers.p),
                    (CKA_PRIME_2, numbers.q),
                    (CKA_EXPONENT_1, numbers.dp),
                    (CKA_EXPONENT_2, numbers.dq),
                    (CKA_COEFFICIENT, numbers.q_inverse),
                ]);
            }
            Self::Ec(ec) => ec.scalar()?,
            Self::Ed25519(key) => SecretBytes::copy_of(key.seed())?,
            Self::X25519(key) => SecretBytes::copy_of(key.expose())?,
            Self::Curve448(key) => SecretBytes::copy_of(key.expose())?,
            Self::Lattice(key) => return key.secret_attributes(),
            Self::SlhDsa(key) => SecretBytes::copy_of(key.expose())?,
            Self::Field(key) => SecretBytes::copy_of(key.expose())?,
        };
        Ok(vec![(CKA_VALUE, value)])
    }

    /// Parses PKCS#8 (RFC 5958), all of `der`.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`] if it is no such thing, or numbers in it do not belong together; [`Error::KeySize`].
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, Error> {
        if let Some((kind, private)) = post_quantum_pkcs8(der) {
            return Ok(if is_lattice(kind) {
                Self::Lattice(LatticePrivateKey::from_pkcs8_choice(kind, private)?)
            } else {
                Self::SlhDsa(SlhDsaPrivateKey::from_bytes(kind, private)?)
            });
        }
        if let Some((algorithm, private)) = der::parse_pkcs8(der)
            && let Some(key) = FieldPrivateKey::from_pkcs8_parts(algorithm, private)
        {
            return key.map(Self::Field);
        }
        if let Some((algorithm, private)) = der::parse_pkcs8(der)
            && let Some(curve @ (Curve::Ed448 | Curve::X448)) = Curve::by_oid(algorithm)
        {
            return match der::element(der::OCTET_STRING, private) {
                Some((private, [])) => Self::on_curve(curve, private),
                _ => Err(Error::KeyInvalid),
            };
        }
        if der::parse_pkcs8(der).is_some_and(|(algorithm, _)| der::spells_out_its_curve(algorithm))
        {
            return Err(Error::KeyInvalid);
        }
        Ok(match key_formats::parse_private(der)? {
            Parsed::Rsa(rsa) => Self::Rsa(RsaPrivateKey::from_rsa(rsa)?),
            Parsed::Ec(ec) => Self::Ec(EcPrivateKey(ec)),
            Parsed::Ed25519(seed) => Self::Ed25519(Ed25519PrivateKey::from_seed(seed.expose())?),
            Parsed::X25519(private) => {
                Self::X25519(X25519PrivateKey::from_bytes(private.expose())?)
            }
        })
    }

    /// Writes PKCS#8, version 1.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] when aws-lc's heap is used up.
    pub fn to_pkcs8(&self) -> Result<SecretBytes, Error> {
        key_formats::write_private(&match self {
            Self::Rsa(rsa) => rsa.0.generic()?,
            Self::Ec(ec) => ec.0.with_public()?.generic()?,
            Self::Ed25519(key) => key_formats::generic_private(RawCurve::Ed25519, key.seed())?,
            Self::X25519(key) => key_formats::generic_private(RawCurve::X25519, key.0.expose())?,
            Self::Lattice(key) => return key.to_pkcs8(),
            Self::Field(key) => return key.to_pkcs8(),
            Self::Curve448(key) => {
                let private = der::wrapped(der::OCTET_STRING, key.expose())?;
                return der::pkcs8(key.curve().parameters_der(), private.expose());
            }
            Self::SlhDsa(key) => {
                let set = key.kind().post_quantum().ok_or(Error::KeyInvalid)?;
                return der::pkcs8(set.oid, key.expose());
            }
        })
    }

    /// The public half.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] when aws-lc's heap is used up.
    pub fn public(&self) -> Result<PublicKey, Error> {
        match self {
            Self::Rsa(rsa) => rsa.public(),
            Self::Ec(ec) => ec.public(),
            Self::Ed25519(key) => PublicKey::ed25519(key.public_bytes()),
            Self::X25519(key) => PublicKey::x25519(&key.public_bytes()?),
            Self::Lattice(key) => key.public(),
            Self::SlhDsa(key) => key.public(),
            Self::Field(key) => key.public(),
            Self::Curve448(key) => key.public(),
        }
    }

    /// The kind and size. `None` for an RSA modulus of a size that the key table does not have.
    #[must_use]
    pub fn spec(&self) -> Option<KeySpec> {
        match self {
            Self::Rsa(rsa) => rsa.spec(),
            Self::Ec(ec) => Some(KeySpec::of_curve(ec.curve())),
            Self::Ed25519(_) => Some(KeySpec::ED25519),
            Self::X25519(_) => Some(KeySpec::X25519),
            Self::Lattice(key) => Some(KeySpec::of_kind(key.kind())),
            Self::SlhDsa(key) => Some(KeySpec::of_kind(key.kind())),
            Self::Field(key) => Some(key.spec()),
            Self::Curve448(key) => Some(key.spec()),
        }
    }
}

fn is_lattice(kind: KeyKind) -> bool {
    matches!(kind.key_type(), CKK_ML_KEM | CKK_ML_DSA)
}

fn is_field(kind: KeyKind) -> bool {
    matches!(kind.key_type(), CKK_DSA | CKK_DH)
}

/// Kind and private key of PKCS#8, if it is a post-quantum one.
fn post_quantum_pkcs8(der: &[u8]) -> Option<(KeyKind, &[u8])> {
    let (algorithm, private) = der::parse_pkcs8(der)?;
    Some((KeyKind::by_post_quantum_oid(algorithm)?, private))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_keys_come_back_from_pkcs8_and_from_their_stored_form() {
        // The small sets of SLH-DSA differ from the fast ones in numbers alone, and take seconds.
        let is_slow =
            |kind: &KeyKind| kind.name().starts_with("SLH_DSA") && kind.name().ends_with('S');
        let kinds = KeyKind::ALL
            .iter()
            .filter(|kind| kind.is_key_pair() && !is_slow(kind));
        for kind in kinds {
            let spec = KeySpec::new(*kind, kind.row().bits.min).unwrap();
            let key = PrivateKey::generate(spec, None).unwrap();
            assert_eq!(key.spec(), Some(spec));
            let public = |key: &PrivateKey| key.public().unwrap().to_spki_der().unwrap();

            let der = key.to_pkcs8().unwrap();
            let again = PrivateKey::from_pkcs8(der.expose()).unwrap();
            assert_eq!(again.to_pkcs8().unwrap().expose(), der.expose(), "{spec}");
            assert_eq!(public(&again), public(&key), "{spec}");
            assert!(
                PrivateKey::from_pkcs8(&der.expose()[..der.len() - 1]).is_err(),
                "{spec}"
            );

            let stored = key.to_stored().unwrap();
            let again = PrivateKey::from_stored(spec, stored.expose()).unwrap();
            assert_eq!(
                again.to_stored().unwrap().expose(),
                stored.expose(),
                "{spec}"
            );
            assert_eq!(public(&again), public(&key), "{spec}");
            assert!(
                PrivateKey::from_stored(spec, &stored.expose()[1..]).is_err(),
                "{spec}"
            );
        }
        assert!(PrivateKey::from_pkcs8(&[]).is_err());
    }
}
