//! Public keys in every form: numbers, PKCS#11 attributes, DER.

use hsm_algorithms::pkcs11::{
    CKA_BASE, CKA_EC_PARAMS, CKA_EC_POINT, CKA_KEY_TYPE, CKA_MODULUS, CKA_MODULUS_BITS,
    CKA_PARAMETER_SET, CKA_PRIME, CKA_PUBLIC_EXPONENT, CKA_SUBPRIME, CKA_VALUE, CKK_DH, CKK_DSA,
    CKK_RSA, CKK_SLH_DSA,
};
use hsm_algorithms::{Attributes, Curve, KeyKind, KeySpec};

use crate::curve448;
use crate::ec::Ec;
use crate::field::{FieldGroup, FieldPublicKey};
use crate::key_formats::{self, Parsed, RawCurve};
use crate::lattice::Lattice;
use crate::rsa::Rsa;
use crate::{Error, der};

/// A public key, parsed and checked once.
pub struct PublicKey(pub(super) Inner);

pub(super) enum Inner {
    Rsa(Rsa),
    Ec(Ec),
    Ed25519([u8; 32]),
    X25519([u8; 32]),
    Lattice(Lattice),
    SlhDsa { kind: KeyKind, bytes: Vec<u8> },
    Field(FieldPublicKey),
    Curve448 { curve: Curve, bytes: Vec<u8> },
}

impl PublicKey {
    /// An RSA public key, from modulus and exponent with the most significant byte first.
    ///
    /// # Errors
    ///
    /// [`Error::KeySize`] unless the modulus has 1024 to 8192 bits; [`Error::KeyInvalid`] unless it is odd, and the
    /// exponent odd, above 1 and of at most 33 bits.
    pub fn rsa(n: &[u8], e: &[u8]) -> Result<Self, Error> {
        Rsa::public(n, e).map(|rsa| Self(Inner::Rsa(rsa)))
    }

    /// A public key on a short Weierstrass curve, from an uncompressed point.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`] unless the point is on the curve and not at infinity.
    pub fn ec(curve: Curve, point: &[u8]) -> Result<Self, Error> {
        Ec::public(curve, point).map(|ec| Self(Inner::Ec(ec)))
    }

    /// An Ed25519 public key of 32 bytes.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`] if it has another length. Whether it is a point shows when a signature is checked.
    pub fn ed25519(public: &[u8]) -> Result<Self, Error> {
        public
            .try_into()
            .map(|public| Self(Inner::Ed25519(public)))
            .map_err(|_| Error::KeyInvalid)
    }

    /// An X25519 public key of 32 bytes.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`] if it has another length.
    pub fn x25519(public: &[u8]) -> Result<Self, Error> {
        public
            .try_into()
            .map(|public| Self(Inner::X25519(public)))
            .map_err(|_| Error::KeyInvalid)
    }

    /// A public key on any curve, in the form that the curve's standard has.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`].
    pub fn on_curve(curve: Curve, public: &[u8]) -> Result<Self, Error> {
        match curve {
            Curve::Ed25519 => Self::ed25519(public),
            Curve::X25519 => Self::x25519(public),
            Curve::Ed448 | Curve::X448 if public.len() == curve448::length_bytes(curve)? => {
                let bytes = public.to_vec();
                Ok(Self(Inner::Curve448 { curve, bytes }))
            }
            Curve::Ed448 | Curve::X448 => Err(Error::KeyInvalid),
            curve => Self::ec(curve, public),
        }
    }

    /// A post-quantum public key, as its standard encodes it.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`] if it has another length, or for ML-KEM a coefficient that is not below the modulus.
    pub fn post_quantum(kind: KeyKind, public: &[u8]) -> Result<Self, Error> {
        let set = kind.post_quantum().ok_or(Error::KeyInvalid)?;
        if public.len() != set.public_key_bytes {
            return Err(Error::KeyInvalid);
        }
        Ok(Self(match kind.key_type() {
            CKK_SLH_DSA => Inner::SlhDsa {
                kind,
                bytes: public.to_vec(),
            },
            _ => Inner::Lattice(Lattice::public(kind, public)?),
        }))
    }

    /// A public key of DSA or Diffie-Hellman.
    pub(crate) const fn field(key: FieldPublicKey) -> Self {
        Self(Inner::Field(key))
    }

    /// The public key of a PKCS#11 object: `CKA_MODULUS` and `CKA_PUBLIC_EXPONENT`, or `CKA_EC_PARAMS` and
    /// `CKA_EC_POINT`, the latter with or without the DER around it, or `CKA_PARAMETER_SET` and `CKA_VALUE`, or those of
    /// a group ([`FieldGroup`]) and `CKA_VALUE`.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`] if one is absent or wrong; [`Error::KeySize`].
    pub fn from_attributes(attributes: &Attributes) -> Result<Self, Error> {
        let bytes = |attribute| attributes.bytes(attribute).ok_or(Error::KeyInvalid);
        if attributes.number(CKA_KEY_TYPE) == Some(CKK_RSA) {
            return Self::rsa(bytes(CKA_MODULUS)?, bytes(CKA_PUBLIC_EXPONENT)?);
        }
        if let Some(CKK_DSA | CKK_DH) = attributes.number(CKA_KEY_TYPE) {
            let group = FieldGroup::from_attributes(attributes)?;
            return FieldPublicKey::new(group, bytes(CKA_VALUE)?).map(Self::field);
        }
        if let Some(parameter_set) = attributes.number(CKA_PARAMETER_SET) {
            let key_type = attributes.number(CKA_KEY_TYPE).ok_or(Error::KeyInvalid)?;
            let kind =
                KeyKind::by_parameter_set(key_type, parameter_set).ok_or(Error::KeyInvalid)?;
            return Self::post_quantum(kind, bytes(CKA_VALUE)?);
        }
        let curve = Curve::by_parameters(bytes(CKA_EC_PARAMS)?).ok_or(Error::KeyInvalid)?;
        if attributes.number(CKA_KEY_TYPE) != Some(KeySpec::of_curve(curve).kind().key_type()) {
            return Err(Error::KeyInvalid);
        }
        let point = bytes(CKA_EC_POINT)?;
        Self::on_curve(curve, point_within(curve, point).ok_or(Error::KeyInvalid)?)
    }

    /// Parses `SubjectPublicKeyInfo`, all of `der`.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`] if it is no such thing or of a kind that we do not have; [`Error::KeySize`].
    pub fn from_spki_der(der: &[u8]) -> Result<Self, Error> {
        if let Some((algorithm, public)) = der::parse_spki(der)
            && let Some(kind) = KeyKind::by_post_quantum_oid(algorithm)
        {
            return Self::post_quantum(kind, public);
        }
        if der::parse_spki(der).is_some_and(|(algorithm, _)| der::spells_out_its_curve(algorithm)) {
            return Err(Error::KeyInvalid);
        }
        if let Some((algorithm, public)) = der::parse_spki(der)
            && let Some(curve @ (Curve::Ed448 | Curve::X448)) = Curve::by_oid(algorithm)
        {
            return Self::on_curve(curve, public);
        }
        if let Some((algorithm, public)) = der::parse_spki(der)
            && let Some(key) = FieldPublicKey::from_spki_parts(algorithm, public)
        {
            return key.map(Self::field);
        }
        match key_formats::parse_public(der)? {
            Parsed::Rsa(rsa) => Ok(Self(Inner::Rsa(rsa))),
            Parsed::Ec(ec) => Ok(Self(Inner::Ec(ec))),
            Parsed::Ed25519(public) => Self::ed25519(public.expose()),
            Parsed::X25519(public) => Self::x25519(public.expose()),
        }
    }

    /// Writes `SubjectPublicKeyInfo`: `CKA_PUBLIC_KEY_INFO`.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] when aws-lc's heap is used up.
    pub fn to_spki_der(&self) -> Result<Vec<u8>, Error> {
        if let Some((kind, public)) = self.post_quantum_bytes()? {
            let set = kind.post_quantum().ok_or(Error::KeyInvalid)?;
            return Ok(der::spki(set.oid, &public));
        }
        key_formats::write_public(&match &self.0 {
            Inner::Field(key) => return Ok(key.to_spki()),
            Inner::Curve448 { curve, bytes } => {
                return Ok(der::spki(curve.parameters_der(), bytes));
            }
            Inner::Rsa(rsa) => rsa.generic()?,
            Inner::Ec(ec) => ec.generic()?,
            Inner::Ed25519(public) => key_formats::generic_public(RawCurve::Ed25519, public)?,
            Inner::X25519(public) => key_formats::generic_public(RawCurve::X25519, public)?,
            Inner::Lattice(_) | Inner::SlhDsa { .. } => return Err(Error::Library),
        })
    }

    /// What a PKCS#11 public key object says about the key: `CKA_KEY_TYPE`, and `CKA_MODULUS`, `CKA_MODULUS_BITS` and
    /// `CKA_PUBLIC_EXPONENT`, or `CKA_EC_PARAMS` and `CKA_EC_POINT` (a DER OCTET STRING), or `CKA_PARAMETER_SET` and
    /// `CKA_VALUE`.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] when aws-lc's heap is used up.
    pub fn to_attributes(&self) -> Result<Attributes, Error> {
        let mut attributes = Attributes::new();
        if let Inner::Rsa(rsa) = &self.0 {
            attributes.insert(CKA_KEY_TYPE, CKK_RSA);
            attributes.insert(CKA_MODULUS, rsa.n()?);
            attributes.insert(CKA_MODULUS_BITS, u64::from(rsa.modulus_bits()));
            attributes.insert(CKA_PUBLIC_EXPONENT, rsa.e()?);
            return Ok(attributes);
        }
        if let Inner::Field(key) = &self.0 {
            let group = key.group();
            attributes.insert(CKA_KEY_TYPE, self.kind().key_type());
            attributes.insert(CKA_PRIME, group.prime());
            if let Some(order) = group.subprime() {
                attributes.insert(CKA_SUBPRIME, order);
            }
            attributes.insert(CKA_BASE, group.base());
            attributes.insert(CKA_VALUE, key.value());
            return Ok(attributes);
        }
        if let Some((kind, public)) = self.post_quantum_bytes()? {
            let set = kind.post_quantum().ok_or(Error::KeyInvalid)?;
            attributes.insert(CKA_KEY_TYPE, kind.key_type());
            attributes.insert(CKA_PARAMETER_SET, set.pkcs11);
            attributes.insert(CKA_VALUE, public);
            return Ok(attributes);
        }
        if let Some((curve, point)) = self.point()? {
            attributes.insert(CKA_KEY_TYPE, KeySpec::of_curve(curve).kind().key_type());
            attributes.insert(CKA_EC_PARAMS, curve.parameters_der());
            attributes.insert(CKA_EC_POINT, octet_string(&point));
        }
        Ok(attributes)
    }

    /// The curve and the public key on it, an uncompressed point or 32 bytes. `None` for a key that is on none.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] when aws-lc's heap is used up.
    pub fn point(&self) -> Result<Option<(Curve, Vec<u8>)>, Error> {
        Ok(match &self.0 {
            Inner::Rsa(_) | Inner::Lattice(_) | Inner::SlhDsa { .. } | Inner::Field(_) => None,
            Inner::Ec(ec) => Some((ec.curve(), ec.point()?)),
            Inner::Ed25519(public) => Some((Curve::Ed25519, public.to_vec())),
            Inner::X25519(public) => Some((Curve::X25519, public.to_vec())),
            Inner::Curve448 { curve, bytes } => Some((*curve, bytes.clone())),
        })
    }

    /// The kind of key.
    #[must_use]
    pub const fn kind(&self) -> KeyKind {
        match &self.0 {
            Inner::Rsa(_) => KeyKind::Rsa,
            Inner::Ec(ec) => KeySpec::of_curve(ec.curve()).kind(),
            Inner::Ed25519(_) => KeyKind::Ed25519,
            Inner::X25519(_) => KeyKind::X25519,
            Inner::Lattice(key) => key.kind(),
            Inner::SlhDsa { kind, .. } => *kind,
            Inner::Field(key) => key.spec().kind(),
            Inner::Curve448 { curve, .. } => KeySpec::of_curve(*curve).kind(),
        }
    }

    /// The kind and size. `None` for an RSA modulus of a size that the key table does not have.
    #[must_use]
    pub fn spec(&self) -> Option<KeySpec> {
        match &self.0 {
            Inner::Rsa(rsa) => KeySpec::new(KeyKind::Rsa, rsa.modulus_bits()),
            Inner::Ec(ec) => Some(KeySpec::of_curve(ec.curve())),
            Inner::Ed25519(_) => Some(KeySpec::ED25519),
            Inner::X25519(_) => Some(KeySpec::X25519),
            Inner::Lattice(_) | Inner::SlhDsa { .. } => Some(KeySpec::of_kind(self.kind())),
            Inner::Field(key) => Some(key.spec()),
            Inner::Curve448 { curve, .. } => Some(KeySpec::of_curve(*curve)),
        }
    }

    /// Kind and encoding of a post-quantum key.
    fn post_quantum_bytes(&self) -> Result<Option<(KeyKind, Vec<u8>)>, Error> {
        Ok(match &self.0 {
            Inner::Lattice(key) => Some((key.kind(), key.public_bytes()?)),
            Inner::SlhDsa { kind, bytes } => Some((*kind, bytes.clone())),
            Inner::Rsa(_)
            | Inner::Ec(_)
            | Inner::Ed25519(_)
            | Inner::X25519(_)
            | Inner::Field(_)
            | Inner::Curve448 { .. } => None,
        })
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_tuple("PublicKey")
            .field(&self.kind())
            .finish()
    }
}

/// `CKA_EC_POINT` of a public key: a DER OCTET STRING around it, PKCS#11 3.2 §6.3.3.
///
/// Takes at most 255 bytes, more than any curve's public key.
#[must_use]
pub fn octet_string(point: &[u8]) -> Vec<u8> {
    let length = u8::try_from(point.len()).unwrap_or(u8::MAX);
    let mut der = vec![0x04];
    if length >= 0x80 {
        der.push(0x81);
    }
    der.push(length);
    der.extend_from_slice(point);
    der
}

/// The public key in a `CKA_EC_POINT`: within an OCTET STRING, within a BIT STRING (PKCS#11 3.0 for the Edwards and
/// Montgomery curves), or bare, as old tools write it. The lengths tell them apart.
fn point_within(curve: Curve, attribute: &[u8]) -> Option<&[u8]> {
    let length_bytes = curve.public_key_bytes();
    let start = attribute.len().checked_sub(length_bytes)?;
    let (header, point) = attribute.split_at(start);
    let length = u8::try_from(length_bytes).ok()?;
    let is_octet_string =
        header == [0x04, length] || (length >= 0x80 && header == [0x04, 0x81, length]);
    let is_bit_string = header == [0x03, length + 1, 0x00];
    (header.is_empty() || is_octet_string || is_bit_string).then_some(point)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::private::{
        EcPrivateKey, Ed25519PrivateKey, PrivateKey, RsaPrivateKey, X25519PrivateKey,
    };

    pub(crate) fn one_key_of_each_kind() -> Vec<PublicKey> {
        let mut keys = vec![
            RsaPrivateKey::generate(1024, &[1, 0, 1])
                .unwrap()
                .public()
                .unwrap(),
            PrivateKey::Ed25519(Ed25519PrivateKey::generate().unwrap())
                .public()
                .unwrap(),
            PrivateKey::X25519(X25519PrivateKey::generate().unwrap())
                .public()
                .unwrap(),
        ];
        for curve in [Curve::Ed448, Curve::X448] {
            let key = crate::private::Curve448PrivateKey::generate(curve).unwrap();
            keys.push(key.public().unwrap());
        }
        for curve in Curve::ALL.iter().filter(|curve| curve.is_weierstrass()) {
            keys.push(EcPrivateKey::generate(*curve).unwrap().public().unwrap());
        }
        keys
    }

    #[test]
    fn a_key_comes_back_from_attributes_and_from_der() {
        for key in one_key_of_each_kind() {
            let (attributes, der) = (key.to_attributes().unwrap(), key.to_spki_der().unwrap());
            for again in [
                PublicKey::from_attributes(&attributes),
                PublicKey::from_spki_der(&der),
            ] {
                let again = again.unwrap();
                assert_eq!(again.to_attributes().unwrap(), attributes, "{key:?}");
                assert_eq!(again.to_spki_der().unwrap(), der, "{key:?}");
                assert_eq!(again.spec(), key.spec(), "{key:?}");
            }
        }
    }

    #[test]
    fn der_with_something_after_it_or_cut_short_is_refused() {
        for key in one_key_of_each_kind() {
            let der = key.to_spki_der().unwrap();
            assert!(
                PublicKey::from_spki_der(&[&der[..], &[0]].concat()).is_err(),
                "{key:?}"
            );
            assert!(
                PublicKey::from_spki_der(&der[..der.len() - 1]).is_err(),
                "{key:?}"
            );
        }
        assert!(PublicKey::from_spki_der(&[]).is_err());
    }

    #[test]
    fn points_are_read_in_every_form_that_tools_write() {
        for key in one_key_of_each_kind() {
            let Some((_, point)) = key.point().unwrap() else {
                continue;
            };
            let mut attributes = key.to_attributes().unwrap();
            attributes.insert(CKA_EC_POINT, &point[..]);
            assert!(
                PublicKey::from_attributes(&attributes).is_ok(),
                "bare, {key:?}"
            );
            let length = u8::try_from(point.len()).unwrap();
            if length < 0x7f {
                attributes.insert(CKA_EC_POINT, [&[0x03, length + 1, 0][..], &point].concat());
                assert!(
                    PublicKey::from_attributes(&attributes).is_ok(),
                    "in a BIT STRING, {key:?}"
                );
            }
            attributes.insert(CKA_EC_POINT, [&[0x05, length][..], &point].concat());
            assert!(
                PublicKey::from_attributes(&attributes).is_err(),
                "in something else, {key:?}"
            );
            attributes.insert(CKA_EC_POINT, &point[1..]);
            assert!(
                PublicKey::from_attributes(&attributes).is_err(),
                "cut short, {key:?}"
            );
            attributes.remove(CKA_EC_POINT);
            assert!(
                PublicKey::from_attributes(&attributes).is_err(),
                "absent, {key:?}"
            );
        }
    }

    #[test]
    fn points_off_the_curve_are_refused() {
        for curve in Curve::ALL.iter().filter(|curve| curve.is_weierstrass()) {
            let (_, mut point) = EcPrivateKey::generate(*curve)
                .unwrap()
                .public()
                .unwrap()
                .point()
                .unwrap()
                .unwrap();
            *point.last_mut().unwrap() ^= 1;
            assert_eq!(
                PublicKey::ec(*curve, &point).err(),
                Some(Error::KeyInvalid),
                "{curve:?}"
            );
            assert!(
                PublicKey::ec(*curve, &[0]).is_err(),
                "infinity on {curve:?}"
            );
        }
    }

    #[test]
    fn weak_rsa_keys_are_refused() {
        let good = [0xff; 128];
        assert_eq!(
            PublicKey::rsa(&[0xff; 64], &[1, 0, 1]).err(),
            Some(Error::KeySize)
        );
        assert_eq!(
            PublicKey::rsa(&[0xff; 2048], &[1, 0, 1]).err(),
            Some(Error::KeySize)
        );
        for exponent in [&[][..], &[1], &[2], &[1, 0], &[0xff; 100]] {
            assert_eq!(
                PublicKey::rsa(&good, exponent).err(),
                Some(Error::KeyInvalid),
                "{exponent:?}"
            );
        }
    }
}
