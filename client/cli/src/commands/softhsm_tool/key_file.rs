//! Key pairs in files: PKCS#8 (RFC 5208 and 5958) in PEM, encrypted with PBES2 or not, to the attributes of two objects.

use std::{fs, path::Path};

use cryptoki::object::{Attribute, KeyType};
use pkcs8::{
    EncryptedPrivateKeyInfoRef, ObjectIdentifier, PrivateKeyInfoRef, SecretDocument,
    der::{
        Decode, Encode, Reader, SliceReader,
        asn1::{AnyRef, BitStringRef, ContextSpecific, OctetStringRef, UintRef},
    },
};

use super::Result;

/// What is in a file.
pub(super) struct KeyPair {
    pub(super) key_type: KeyType,
    /// What both halves have: a modulus, a curve.
    pub(super) shared: Vec<Attribute>,
    pub(super) private: Vec<Attribute>,
    /// None where the file does not have it; the token knows it once it has the private key.
    pub(super) point: Option<Vec<u8>>,
}

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const X25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.110");
const X448: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.111");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const ED448: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.113");

/// Reads a file; `password` is there if it is encrypted.
pub(super) fn read(file: &Path, password: Option<&str>) -> Result<KeyPair> {
    let text = fs::read_to_string(file)
        .map(zeroize::Zeroizing::new)
        .map_err(|error| {
            format!(
                "ERROR: Could not open the PKCS#8 file: {}: {error}",
                file.display()
            )
        })?;
    let document = match (SecretDocument::from_pem(&text), password) {
        (Ok(("ENCRYPTED PRIVATE KEY", sealed)), Some(password)) => {
            let sealed = EncryptedPrivateKeyInfoRef::try_from(sealed.as_bytes())
                .map_err(|_| "ERROR: Could not read the PKCS#8 file.")?;
            sealed.decrypt(password).map_err(|_| {
                "ERROR: Could not decrypt the PKCS#8 file. Maybe wrong PIN to file (--file-pin <PIN>)"
            })?
        }
        (Ok(("PRIVATE KEY", document)), None) => document,
        (_, Some(_)) => {
            return Err(
                "ERROR: Could not read the PKCS#8 file. Maybe the file is not encrypted.".into(),
            );
        }
        (_, None) => {
            return Err(
                "ERROR: Could not read the PKCS#8 file. Maybe it is encrypted (--file-pin <PIN>)"
                    .into(),
            );
        }
    };
    let info = PrivateKeyInfoRef::try_from(document.as_bytes())
        .map_err(|_| "ERROR: Could not convert the key.")?;
    match info.algorithm.oid {
        RSA => rsa(&info),
        EC => ec(&info),
        oid @ (X25519 | X448 | ED25519 | ED448) => edwards_or_montgomery(&info, oid),
        _ => return Err("ERROR: Cannot handle this algorithm.".into()),
    }
    .map_err(|_| "ERROR: Could not get the key material.".into())
}

/// `RSAPrivateKey` of RFC 8017, appendix A.1.2.
fn rsa(info: &PrivateKeyInfoRef<'_>) -> pkcs8::der::Result<KeyPair> {
    let mut reader = SliceReader::new(info.private_key.as_bytes())?;
    reader.sequence(|reader: &mut SliceReader<'_>| {
        let _version = u8::decode(reader)?;
        let mut number = || UintRef::decode(reader).map(|number| number.as_bytes().to_vec());
        Ok(KeyPair {
            key_type: KeyType::RSA,
            shared: vec![
                Attribute::Modulus(number()?),
                Attribute::PublicExponent(number()?),
            ],
            private: vec![
                Attribute::PrivateExponent(number()?),
                Attribute::Prime1(number()?),
                Attribute::Prime2(number()?),
                Attribute::Exponent1(number()?),
                Attribute::Exponent2(number()?),
                Attribute::Coefficient(number()?),
            ],
            point: None,
        })
    })
}

/// `ECPrivateKey` of RFC 5915; the curve is among the parameters of the algorithm.
fn ec(info: &PrivateKeyInfoRef<'_>) -> pkcs8::der::Result<KeyPair> {
    let curve = info
        .algorithm
        .parameters
        .ok_or(pkcs8::der::ErrorKind::Failed)?
        .to_der()?;
    let mut reader = SliceReader::new(info.private_key.as_bytes())?;
    reader.sequence(|reader: &mut SliceReader<'_>| {
        let _version = u8::decode(reader)?;
        let scalar = <&OctetStringRef>::decode(reader)?.as_bytes().to_vec();
        let _curve =
            ContextSpecific::<AnyRef<'_>>::decode_explicit(reader, pkcs8::der::TagNumber(0))?;
        let point =
            ContextSpecific::<BitStringRef<'_>>::decode_explicit(reader, pkcs8::der::TagNumber(1))?;
        let point = point
            .map(|point| octet_string(point.value.raw_bytes()))
            .transpose()?;
        Ok(KeyPair {
            key_type: KeyType::EC,
            shared: vec![Attribute::EcParams(curve.clone())],
            private: vec![Attribute::Value(scalar)],
            point,
        })
    })
}

/// RFC 8410: the key is an octet string in the octet string.
fn edwards_or_montgomery(
    info: &PrivateKeyInfoRef<'_>,
    oid: ObjectIdentifier,
) -> pkcs8::der::Result<KeyPair> {
    let key_type = match oid {
        X25519 | X448 => KeyType::EC_MONTGOMERY,
        _ => KeyType::EC_EDWARDS,
    };
    let scalar = <&OctetStringRef>::from_der(info.private_key.as_bytes())?;
    let point = info
        .public_key
        .map(|point| octet_string(point.raw_bytes()))
        .transpose()?;
    Ok(KeyPair {
        key_type,
        shared: vec![Attribute::EcParams(oid.to_der()?)],
        private: vec![Attribute::Value(scalar.as_bytes().to_vec())],
        point,
    })
}

fn octet_string(bytes: &[u8]) -> pkcs8::der::Result<Vec<u8>> {
    OctetStringRef::new(bytes)?.to_der()
}
