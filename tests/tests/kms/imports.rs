//! Key material from outside, wrapped as `GetParametersForImport` says, by code that shares nothing with the daemon's.

use aws_lc_rs::cipher::AES_256_KEY_LEN;
use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrapPadded as _};
use aws_lc_rs::rand;
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::signed::Kms;

/// Makes a key of this spec and usage with this material: the id, or the name of the error that refuses the material.
pub(crate) fn imported(
    kms: &mut Kms,
    spec: &str,
    usage: &str,
    material: &[u8],
) -> Result<String, String> {
    let made = kms.call(
        "CreateKey",
        &json!({"KeySpec": spec, "KeyUsage": usage, "Origin": "EXTERNAL"}),
    );
    let id = made.succeeded()["KeyMetadata"]["KeyId"]
        .as_str()
        .unwrap()
        .to_owned();
    // RSA-OAEP alone has no room for an RSA key: an AES key goes between.
    let is_long = material.len() > 190;
    let algorithm = if is_long {
        "RSA_AES_KEY_WRAP_SHA_256"
    } else {
        "RSAES_OAEP_SHA_256"
    };
    let given = kms.call(
        "GetParametersForImport",
        &json!({"KeyId": id, "WrappingAlgorithm": algorithm, "WrappingKeySpec": "RSA_2048"}),
    );
    let given = given.succeeded();
    let wrapping_key = STANDARD
        .decode(given["PublicKey"].as_str().unwrap())
        .unwrap();
    let wrapped = if is_long {
        let mut kek = [0; AES_256_KEY_LEN];
        rand::fill(&mut kek).unwrap();
        let mut wrapped = oaep(&wrapping_key, &kek);
        wrapped.extend(wrap_with_padding(&kek, material));
        wrapped
    } else {
        oaep(&wrapping_key, material)
    };
    let answer = kms.call(
        "ImportKeyMaterial",
        &json!({
            "KeyId": id,
            "ImportToken": given["ImportToken"],
            "EncryptedKeyMaterial": STANDARD.encode(wrapped),
            "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
        }),
    );
    if answer.status == 200 {
        Ok(id)
    } else {
        Err(answer.code())
    }
}

/// RSA-OAEP with SHA-256.
fn oaep(public_key: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let key = PublicEncryptingKey::from_der(public_key).unwrap();
    let key = OaepPublicEncryptingKey::new(key).unwrap();
    let mut ciphertext = vec![0; key.ciphertext_size()];
    let written = key.encrypt(&OAEP_SHA256_MGF1SHA256, plaintext, &mut ciphertext, None);
    written.unwrap().to_vec()
}

/// AES-KWP, RFC 5649.
fn wrap_with_padding(kek: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let kek = AesKek::new(&AES_256, kek).unwrap();
    let mut wrapped = vec![0; plaintext.len() + 16];
    kek.wrap_with_padding(plaintext, &mut wrapped)
        .unwrap()
        .to_vec()
}

/// The `PrivateKeyInfo` of RFC 5958 with an `ECPrivateKey` of RFC 5915 that has nothing but the number. `curve` is the DER of
/// the curve's object identifier.
pub(crate) fn ec_private_key(curve: &[u8], scalar: &[u8]) -> Vec<u8> {
    const EC_PUBLIC_KEY: [u8; 9] = [0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    let private_key = sequence(&[&[0x02, 0x01, 0x01], &of(0x04, scalar)[..]].concat());
    private_key_info(&[&EC_PUBLIC_KEY[..], curve].concat(), &private_key)
}

/// The `PrivateKeyInfo` of an Ed25519 key (RFC 8410 §7).
pub(crate) fn ed25519_private_key(key: &[u8]) -> Vec<u8> {
    private_key_info(&[0x06, 0x03, 0x2b, 0x65, 0x70], &of(0x04, key))
}

/// What is known of a private key of ML-DSA or ML-KEM.
pub(crate) enum Lattice<'a> {
    /// What it is expanded from.
    Seed(&'a [u8]),
    /// The expanded key.
    Expanded(&'a [u8]),
    /// One and the other.
    Both(&'a [u8], &'a [u8]),
}

/// The `PrivateKeyInfo` of RFC 9881 §6 or RFC 9935 §6. `arc` is the last part of the object identifier and what is before it,
/// behind 2.16.840.1.101.3.4.
pub(crate) fn lattice_private_key(arc: [u8; 2], key: &Lattice<'_>) -> Vec<u8> {
    const NIST_ALGORITHMS: [u8; 9] = [0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04];
    let choice = match key {
        Lattice::Seed(seed) => of(0x80, seed),
        Lattice::Expanded(expanded) => of(0x04, expanded),
        Lattice::Both(seed, expanded) => sequence(&[of(0x04, seed), of(0x04, expanded)].concat()),
    };
    private_key_info(&[&NIST_ALGORITHMS[..], &arc].concat(), &choice)
}

fn private_key_info(algorithm: &[u8], private_key: &[u8]) -> Vec<u8> {
    let version = [0x02, 0x01, 0x00];
    sequence(&[&version[..], &sequence(algorithm), &of(0x04, private_key)].concat())
}

fn sequence(content: &[u8]) -> Vec<u8> {
    of(0x30, content)
}

/// A value of DER, of at most 65535 bytes.
fn of(tag: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
    let length = match (high, low) {
        (0, ..0x80) => vec![low],
        (0, _) => vec![0x81, low],
        _ => vec![0x82, high, low],
    };
    [&[tag][..], &length, content].concat()
}
