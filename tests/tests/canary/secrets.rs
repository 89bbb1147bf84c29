//! The secrets that are searched for, and keys made of them.

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair,
        EcdsaSigningAlgorithm, Ed25519KeyPair, RsaKeyPair,
    },
};
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use cryptoki::{
    error::Error,
    mechanism::{
        Mechanism,
        aead::GcmParams,
        eddsa::{EddsaParams, EddsaSignatureScheme},
    },
    object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle},
    session::Session,
};

use crate::memory_scan::{Needles, elements};

/// Named secrets.
#[derive(Default)]
pub(crate) struct Secrets(Vec<(String, Vec<u8>)>);

impl Secrets {
    pub(crate) fn add(&mut self, name: &str, secret: &[u8]) {
        self.0.push((name.to_owned(), secret.to_vec()));
    }

    /// 64 random bytes.
    pub(crate) fn new_bytes(&mut self, name: &str) -> Vec<u8> {
        let mut bytes = vec![0; 64];
        rand::fill(&mut bytes).unwrap();
        self.add(name, &bytes);
        bytes
    }

    /// 32 digits.
    pub(crate) fn new_pin(&mut self, name: &str) -> String {
        let mut bytes = [0; 32];
        rand::fill(&mut bytes).unwrap();
        let pin: String = bytes
            .iter()
            .map(|byte| char::from(b'a' + byte % 26))
            .collect();
        self.add(name, pin.as_bytes());
        pin
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// As they are.
    pub(crate) fn raw(&self) -> Needles {
        let mut needles = Needles::new();
        for (name, secret) in &self.0 {
            needles.add(name, secret);
        }
        needles
    }

    /// As they are, in hexadecimal and in base64, wherever in a longer text.
    pub(crate) fn in_every_form(&self) -> Needles {
        let mut needles = self.raw();
        for (name, secret) in &self.0 {
            needles.add(
                &format!("{name} in hexadecimal"),
                hex::encode(secret).as_bytes(),
            );
            needles.add(
                &format!("{name} in hexadecimal"),
                hex::encode_upper(secret).as_bytes(),
            );
            for start in 0..3 {
                // Three bytes make four letters, so there are three ways for a secret to lie in a text.
                let aligned = &secret[start..secret.len() - (secret.len() - start) % 3];
                needles.add(
                    &format!("{name} in base64"),
                    BASE64_STANDARD_NO_PAD.encode(aligned).as_bytes(),
                );
                needles.add(
                    &format!("{name} in base64"),
                    BASE64_URL_SAFE_NO_PAD.encode(aligned).as_bytes(),
                );
            }
        }
        needles
    }
}

/// What a key is used for.
#[derive(Clone, Copy)]
pub(crate) enum Use {
    Rsa,
    Ecdsa,
    EdDsa,
    Gcm,
    Hmac,
}

impl Use {
    /// Uses the key on `input`.
    pub(crate) fn compute(
        self,
        session: &Session,
        key: ObjectHandle,
        input: &[u8],
    ) -> Result<(), Error> {
        let eddsa = EddsaParams::new(EddsaSignatureScheme::Ed25519);
        let mechanism = match self {
            Self::Rsa => Mechanism::Sha256RsaPkcs,
            Self::Ecdsa => Mechanism::EcdsaSha256,
            Self::EdDsa => Mechanism::Eddsa(eddsa),
            Self::Hmac => Mechanism::Sha256Hmac,
            Self::Gcm => {
                let (mut iv, mut same_iv) = ([7; 12], [7; 12]);
                let gcm = Mechanism::AesGcm(GcmParams::new(&mut iv, b"", 128.into())?);
                let ciphertext = session.encrypt(&gcm, key, input)?;
                let gcm = Mechanism::AesGcm(GcmParams::new(&mut same_iv, b"", 128.into())?);
                assert_eq!(session.decrypt(&gcm, key, &ciphertext)?, input);
                return Ok(());
            }
        };
        session.sign(&mechanism, key, input).map(drop)
    }
}

/// A key of each kind, as templates for `C_CreateObject`.
pub(crate) fn imported(secrets: &mut Secrets) -> Vec<(Use, Vec<Attribute>)> {
    let mut keys = vec![(Use::Rsa, rsa(secrets)), (Use::EdDsa, ed25519(secrets))];
    for (name, algorithm, curve) in [
        (
            "P-256",
            &ECDSA_P256_SHA256_ASN1_SIGNING,
            &b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"[..],
        ),
        (
            "P-384",
            &ECDSA_P384_SHA384_ASN1_SIGNING,
            b"\x06\x05\x2b\x81\x04\x00\x22",
        ),
    ] {
        keys.push((Use::Ecdsa, ec(secrets, name, algorithm, curve)));
    }
    for (name, key_use, key_type, usage) in [
        (
            "AES",
            Use::Gcm,
            KeyType::AES,
            vec![Attribute::Encrypt(true), Attribute::Decrypt(true)],
        ),
        (
            "HMAC",
            Use::Hmac,
            KeyType::GENERIC_SECRET,
            vec![Attribute::Sign(true), Attribute::Verify(true)],
        ),
    ] {
        let value = secrets.new_bytes(name)[..32].to_vec();
        let secret = [
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::KeyType(key_type),
            Attribute::Value(value),
        ];
        keys.push((key_use, [&secret[..], &usage, &common()].concat()));
    }
    keys
}

/// Makes keys that may be read, and reads them.
pub(crate) fn readable(session: &Session, secrets: &mut Secrets) {
    let readable = [
        Attribute::Token(true),
        Attribute::Sensitive(false),
        Attribute::Extractable(true),
    ];
    let aes = [&[Attribute::ValueLen(32.into())], &readable[..]].concat();
    let aes = session.generate_key(&Mechanism::AesKeyGen, &aes).unwrap();
    let curve = [Attribute::EcParams(
        b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07".to_vec(),
    )];
    let (_, ec) = session
        .generate_key_pair(&Mechanism::EccKeyPairGen, &curve, &readable)
        .unwrap();
    for (name, key) in [
        ("AES key that was read", aes),
        ("P-256 key that was read", ec),
    ] {
        let values = session
            .get_attributes(key, &[AttributeType::Value])
            .unwrap();
        let [Attribute::Value(value)] = &values[..] else {
            panic!("{name}: {values:?}")
        };
        secrets.add(name, value);
    }
}

fn common() -> [Attribute; 3] {
    [
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
    ]
}

fn private(key_type: KeyType, more: &[Attribute]) -> Vec<Attribute> {
    let private = [
        Attribute::Class(ObjectClass::PRIVATE_KEY),
        Attribute::KeyType(key_type),
        Attribute::Sign(true),
    ];
    [&private[..], more, &common()].concat()
}

fn rsa(secrets: &mut Secrets) -> Vec<Attribute> {
    let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let encoded: Pkcs8V1Der<'_> = key.as_der().unwrap();
    let numbers = elements(elements(elements(encoded.as_ref())[0].1)[2].1)[0].1;
    let numbers = elements(numbers);
    let number = |index: usize| {
        let bytes: &[u8] = numbers[index].1;
        bytes.strip_prefix(&[0]).unwrap_or(bytes).to_vec()
    };
    for (name, index) in [
        ("d", 3),
        ("p", 4),
        ("q", 5),
        ("dp", 6),
        ("dq", 7),
        ("q inverse", 8),
    ] {
        secrets.add(&format!("RSA {name}"), &number(index));
    }
    private(
        KeyType::RSA,
        &[
            Attribute::Modulus(number(1)),
            Attribute::PublicExponent(number(2)),
            Attribute::PrivateExponent(number(3)),
            Attribute::Prime1(number(4)),
            Attribute::Prime2(number(5)),
            Attribute::Exponent1(number(6)),
            Attribute::Exponent2(number(7)),
            Attribute::Coefficient(number(8)),
        ],
    )
}

fn ed25519(secrets: &mut Secrets) -> Vec<Attribute> {
    let encoded = Ed25519KeyPair::generate_pkcs8(&rand::SystemRandom::new()).unwrap();
    let seed = elements(elements(elements(encoded.as_ref())[0].1)[2].1)[0].1;
    secrets.add("Ed25519 seed", seed);
    let curve = b"\x13\x0cedwards25519".to_vec();
    private(
        KeyType::EC_EDWARDS,
        &[Attribute::EcParams(curve), Attribute::Value(seed.to_vec())],
    )
}

fn ec(
    secrets: &mut Secrets,
    name: &str,
    algorithm: &'static EcdsaSigningAlgorithm,
    curve: &[u8],
) -> Vec<Attribute> {
    let encoded = EcdsaKeyPair::generate_pkcs8(algorithm, &rand::SystemRandom::new()).unwrap();
    let key = elements(elements(encoded.as_ref())[0].1)[2].1;
    let scalar = elements(elements(key)[0].1)[1].1;
    secrets.add(name, scalar);
    private(
        KeyType::EC,
        &[
            Attribute::EcParams(curve.to_vec()),
            Attribute::Value(scalar.to_vec()),
        ],
    )
}
