//! Wrapping a key and opening the result: Clulow's attack and its relatives.

use cryptoki_sys as c;

use super::ground::{Ground, Key, cbc_pad, kwp, plain, random, with_uses};
use super::{ABSENT, Gain, Row};
use crate::c_caller::{Failure, Mechanism, Template};

const WRAP_DECRYPT: &[c::CK_ATTRIBUTE_TYPE] = &[c::CKA_WRAP, c::CKA_DECRYPT];
const WRAP_UNWRAP: &[c::CK_ATTRIBUTE_TYPE] = &[c::CKA_WRAP, c::CKA_UNWRAP];

pub(super) const ATTACKS: &[Row] = &[
    (
        "wrap-decrypt-ecb",
        "wrap with AES-ECB, decrypt with the same key",
        |g| wrap_decrypt(g, || plain(c::CKM_AES_ECB)),
    ),
    (
        "wrap-decrypt-cbc",
        "wrap with AES-CBC, decrypt with the same key",
        |g| wrap_decrypt(g, || iv(c::CKM_AES_CBC)),
    ),
    (
        "wrap-decrypt-cbc-pad",
        "wrap with AES-CBC-PAD, decrypt with the same key",
        |g| wrap_decrypt(g, cbc_pad),
    ),
    (
        "wrap-decrypt-gcm",
        "wrap with AES-GCM, decrypt with the same key",
        |g| wrap_decrypt(g, || Mechanism::gcm(&[7; 12])),
    ),
    ("wrap-decrypt-kwp", "wrap and decrypt with AES-KWP", |g| {
        wrap_decrypt(g, kwp)
    }),
    (
        "wrap-kw-decrypt-by-blocks",
        "wrap with AES-KW, undo it with AES-ECB, block by block",
        wrap_then_ecb_by_blocks,
    ),
    (
        "wrap-decrypt-rsa-pkcs1",
        "wrap for an RSA key, decrypt with its other half (PKCS#1 v1.5)",
        |g| wrap_decrypt_rsa(g, || plain(c::CKM_RSA_PKCS)),
    ),
    (
        "wrap-decrypt-rsa-oaep",
        "wrap for an RSA key, decrypt with its other half (OAEP)",
        |g| wrap_decrypt_rsa(g, oaep),
    ),
    (
        "wrap-decrypt-rsa-raw",
        "wrap for an RSA key, decrypt with its other half (no padding)",
        |g| wrap_decrypt_rsa(g, || plain(c::CKM_RSA_X_509)),
    ),
    (
        "wrap-ec-key-decrypt",
        "wrap an EC private key with AES-CBC-PAD, decrypt the PKCS#8",
        wrap_decrypt_private_key,
    ),
    (
        "unwrap-readable-kw",
        "unwrap what AES-KW wrapped as a key that is not sensitive",
        |g| unwrap_readable(g, || plain(c::CKM_AES_KEY_WRAP)),
    ),
    (
        "unwrap-readable-kwp",
        "unwrap what AES-KWP wrapped as a key that is not sensitive",
        |g| unwrap_readable(g, kwp),
    ),
    (
        "unwrap-readable-cbc",
        "unwrap what AES-CBC wrapped as a key that is not sensitive",
        |g| unwrap_readable(g, || iv(c::CKM_AES_CBC)),
    ),
    (
        "unwrap-readable-cbc-pad",
        "unwrap what AES-CBC-PAD wrapped as a key that is not sensitive",
        |g| unwrap_readable(g, cbc_pad),
    ),
    (
        "unwrap-readable-ecb",
        "unwrap what AES-ECB wrapped as a key that is not sensitive",
        |g| unwrap_readable(g, || plain(c::CKM_AES_ECB)),
    ),
    (
        "unwrap-readable-gcm",
        "unwrap what AES-GCM wrapped as a key that is not sensitive",
        |g| unwrap_readable(g, || Mechanism::gcm(&[9; 12])),
    ),
    (
        "unwrap-readable-rsa-pkcs1",
        "the same through an RSA key, PKCS#1 v1.5",
        |g| unwrap_readable_rsa(g, || plain(c::CKM_RSA_PKCS)),
    ),
    (
        "unwrap-readable-rsa-oaep",
        "the same through an RSA key, OAEP",
        |g| unwrap_readable_rsa(g, oaep),
    ),
    (
        "unwrap-readable-other-type",
        "unwrap an AES key as a generic secret that is not sensitive",
        unwrap_as_generic_secret,
    ),
    (
        "unwrap-as-data",
        "unwrap a key as a data object",
        unwrap_as_data,
    ),
    (
        "unwrap-readable-ec-key",
        "wrap an EC private key, unwrap it not sensitive",
        unwrap_private_key_readable,
    ),
    (
        "unwrap-template-readable",
        "make a wrapping key whose CKA_UNWRAP_TEMPLATE makes keys readable",
        unwrap_template_readable,
    ),
    (
        "unwrap-template-contradicted",
        "contradict CKA_UNWRAP_TEMPLATE of the unwrapping key",
        unwrap_template_contradicted,
    ),
    (
        "unwrap-template-removed",
        "take CKA_UNWRAP_TEMPLATE off the unwrapping key",
        unwrap_template_removed,
    ),
    (
        "gcm-nonce-repeated",
        "wrap a known key and the victim with AES-GCM under one nonce",
        gcm_nonce_repeated,
    ),
    (
        "weaker-wrapping-aes",
        "wrap an AES-256 key under an AES-128 key",
        weaker_aes,
    ),
    (
        "weaker-wrapping-rsa",
        "wrap an AES-256 key under an RSA-2048 key",
        weaker_rsa,
    ),
    (
        "self-wrap",
        "wrap a wrapping key under itself, decrypt",
        self_wrap,
    ),
    (
        "wrap-unextractable",
        "wrap a key that is not extractable",
        wrap_unextractable,
    ),
];

fn iv(mechanism: c::CK_MECHANISM_TYPE) -> Mechanism {
    Mechanism::with_bytes(mechanism, &[0; 16])
}

fn oaep() -> Mechanism {
    // SHA-1 in both places, since SoftHSM knows no other.
    Mechanism::oaep(c::CKM_SHA_1, c::CKG_MGF1_SHA1)
}

/// Bytes that were obtained, beside those that were to be had.
#[expect(
    clippy::unnecessary_wraps,
    reason = "every attack ends in a result, and most with this"
)]
pub(super) fn bytes(obtained: Vec<u8>, victim: Vec<u8>) -> Result<Gain, Failure> {
    Ok(Gain::Bytes { obtained, victim })
}

fn wrap_decrypt(g: &Ground, how: fn() -> Mechanism) -> Result<Gain, Failure> {
    let (key, value) = g.victim()?;
    let wrapping = g.aes(WRAP_DECRYPT)?;
    let wrapped = g.wrap(how(), wrapping, key)?;
    bytes(g.decrypt(how(), wrapping, &wrapped)?, value)
}

fn wrap_decrypt_rsa(g: &Ground, how: fn() -> Mechanism) -> Result<Gain, Failure> {
    let (key, value) = g.victim()?;
    let (public, private) = g.rsa(&[c::CKA_WRAP], &[c::CKA_DECRYPT])?;
    let wrapped = g.wrap(how(), public, key)?;
    bytes(g.decrypt(how(), private, &wrapped)?, value)
}

/// RFC 3394 section 2.2.2, with `C_Decrypt` for its block cipher.
fn wrap_then_ecb_by_blocks(g: &Ground) -> Result<Gain, Failure> {
    let (key, value) = g.victim()?;
    let wrapping = g.aes(WRAP_DECRYPT)?;
    let wrapped = g.wrap(plain(c::CKM_AES_KEY_WRAP), wrapping, key)?;
    let mut first: [u8; 8] = wrapped[..8].try_into().expect("eight bytes");
    let mut blocks: Vec<Vec<u8>> = wrapped[8..].chunks(8).map(<[u8]>::to_vec).collect();
    let count = blocks.len();
    for round in (0..6).rev() {
        for index in (0..count).rev() {
            let step = (count * round + index + 1) as u64;
            let mixed = (u64::from_be_bytes(first) ^ step).to_be_bytes();
            let block = [&mixed[..], &blocks[index]].concat();
            let opened = g.decrypt(plain(c::CKM_AES_ECB), wrapping, &block)?;
            first = opened[..8].try_into().expect("eight bytes");
            blocks[index] = opened[8..16].to_vec();
        }
    }
    bytes(blocks.concat(), value)
}

fn wrap_decrypt_private_key(g: &Ground) -> Result<Gain, Failure> {
    let (key, scalar) = private_victim(g)?;
    let wrapping = g.aes(WRAP_DECRYPT)?;
    let wrapped = g.wrap(cbc_pad(), wrapping, key)?;
    bytes(g.decrypt(cbc_pad(), wrapping, &wrapped)?, scalar)
}

/// An EC private key that may be wrapped, and its number.
fn private_victim(g: &Ground) -> Result<(Key, Vec<u8>), Failure> {
    // Below the order of P-256, whatever it is.
    let scalar = [&[1][..], &random(31)].concat();
    let template = with_uses(Template::new(), &[c::CKA_SIGN])
        .number(c::CKA_CLASS, c::CKO_PRIVATE_KEY)
        .number(c::CKA_KEY_TYPE, c::CKK_EC)
        .flag(c::CKA_TOKEN, false)
        .flag(c::CKA_SENSITIVE, true)
        .flag(c::CKA_EXTRACTABLE, true)
        .bytes(c::CKA_EC_PARAMS, super::ground::P256)
        .bytes(c::CKA_VALUE, &scalar);
    Ok((g.create(&template)?, scalar))
}

fn readable() -> Template {
    Template::new()
        .flag(c::CKA_SENSITIVE, false)
        .flag(c::CKA_EXTRACTABLE, true)
}

fn unwrap_readable(g: &Ground, how: fn() -> Mechanism) -> Result<Gain, Failure> {
    let (key, value) = g.victim()?;
    let wrapping = g.aes(WRAP_UNWRAP)?;
    let wrapped = g.wrap(how(), wrapping, key)?;
    let copy = g.unwrap(how(), wrapping, &wrapped, readable())?;
    bytes(g.value(copy)?, value)
}

fn unwrap_readable_rsa(g: &Ground, how: fn() -> Mechanism) -> Result<Gain, Failure> {
    let (key, value) = g.victim()?;
    let (public, private) = g.rsa(&[c::CKA_WRAP], &[c::CKA_UNWRAP])?;
    let wrapped = g.wrap(how(), public, key)?;
    let copy = g.unwrap(how(), private, &wrapped, readable())?;
    bytes(g.value(copy)?, value)
}

fn unwrap_as_generic_secret(g: &Ground) -> Result<Gain, Failure> {
    let (key, value) = g.victim()?;
    let wrapping = g.aes(WRAP_UNWRAP)?;
    let wrapped = g.wrap(plain(c::CKM_AES_KEY_WRAP), wrapping, key)?;
    let other = readable().number(c::CKA_KEY_TYPE, c::CKK_GENERIC_SECRET);
    let copy = g.unwrap(plain(c::CKM_AES_KEY_WRAP), wrapping, &wrapped, other)?;
    bytes(g.value(copy)?, value)
}

fn unwrap_as_data(g: &Ground) -> Result<Gain, Failure> {
    let (key, value) = g.victim()?;
    let wrapping = g.aes(WRAP_UNWRAP)?;
    let how = || plain(c::CKM_AES_KEY_WRAP);
    let wrapped = g.wrap(how(), wrapping, key)?;
    let data = Template::new()
        .number(c::CKA_CLASS, c::CKO_DATA)
        .flag(c::CKA_TOKEN, false);
    let copy = g
        .module
        .unwrap_key(g.session, &mut how(), wrapping, &wrapped, &data)?;
    bytes(g.value(copy)?, value)
}

fn unwrap_private_key_readable(g: &Ground) -> Result<Gain, Failure> {
    let (key, scalar) = private_victim(g)?;
    let wrapping = g.aes(WRAP_UNWRAP)?;
    let how = || plain(c::CKM_AES_KEY_WRAP_KWP);
    let wrapped = g.wrap(how(), wrapping, key)?;
    let template = readable()
        .number(c::CKA_CLASS, c::CKO_PRIVATE_KEY)
        .number(c::CKA_KEY_TYPE, c::CKK_EC);
    let copy = g.unwrap(how(), wrapping, &wrapped, template)?;
    bytes(g.value(copy)?, scalar)
}

fn unwrap_template_readable(g: &Ground) -> Result<Gain, Failure> {
    let (key, value) = g.victim()?;
    let more = Template::new().template(c::CKA_UNWRAP_TEMPLATE, &readable());
    let wrapping = g.aes_with(WRAP_UNWRAP, more)?;
    let how = || plain(c::CKM_AES_KEY_WRAP);
    let wrapped = g.wrap(how(), wrapping, key)?;
    let copy = g.unwrap(how(), wrapping, &wrapped, Template::new())?;
    bytes(g.value(copy)?, value)
}

fn guarded_wrapping_key(g: &Ground) -> Result<Key, Failure> {
    let guard = Template::new().flag(c::CKA_SENSITIVE, true);
    g.aes_with(
        WRAP_UNWRAP,
        Template::new().template(c::CKA_UNWRAP_TEMPLATE, &guard),
    )
}

fn unwrap_template_contradicted(g: &Ground) -> Result<Gain, Failure> {
    let (key, value) = g.victim()?;
    let wrapping = guarded_wrapping_key(g)?;
    let how = || plain(c::CKM_AES_KEY_WRAP);
    let wrapped = g.wrap(how(), wrapping, key)?;
    let copy = g.unwrap(how(), wrapping, &wrapped, readable())?;
    bytes(g.value(copy)?, value)
}

fn unwrap_template_removed(g: &Ground) -> Result<Gain, Failure> {
    let (key, value) = g.victim()?;
    let wrapping = guarded_wrapping_key(g)?;
    let how = || plain(c::CKM_AES_KEY_WRAP);
    let wrapped = g.wrap(how(), wrapping, key)?;
    g.set(
        wrapping,
        &Template::new().bytes(c::CKA_UNWRAP_TEMPLATE, &[]),
    )?;
    let copy = g.unwrap(how(), wrapping, &wrapped, readable())?;
    bytes(g.value(copy)?, value)
}

fn gcm_nonce_repeated(g: &Ground) -> Result<Gain, Failure> {
    let (key, value) = g.victim()?;
    let known_value = random(32);
    let known = Template::new()
        .number(c::CKA_CLASS, c::CKO_SECRET_KEY)
        .number(c::CKA_KEY_TYPE, c::CKK_AES)
        .flag(c::CKA_TOKEN, false)
        .flag(c::CKA_EXTRACTABLE, true)
        .flag(c::CKA_ENCRYPT, true)
        .bytes(c::CKA_VALUE, &known_value);
    let known = g.create(&known)?;
    let wrapping = g.aes(&[c::CKA_WRAP])?;
    let mask = g.wrap(Mechanism::gcm(&[1; 12]), wrapping, known)?;
    let wrapped = g.wrap(Mechanism::gcm(&[1; 12]), wrapping, key)?;
    let opened = (0..32)
        .map(|index| wrapped[index] ^ mask[index] ^ known_value[index])
        .collect();
    bytes(opened, value)
}

fn weaker_aes(g: &Ground) -> Result<Gain, Failure> {
    let (key, _) = g.victim()?;
    let weak = Template::new().number(c::CKA_VALUE_LEN, 16);
    let wrapping = g.aes_with(&[c::CKA_WRAP], weak)?;
    g.wrap(plain(c::CKM_AES_KEY_WRAP), wrapping, key)?;
    Ok(Gain::Proof("a key of 256 bits under one of 128"))
}

fn weaker_rsa(g: &Ground) -> Result<Gain, Failure> {
    let (key, _) = g.victim()?;
    let (public, _) = g.rsa(&[c::CKA_WRAP], &[c::CKA_UNWRAP])?;
    g.wrap(oaep(), public, key)?;
    Ok(Gain::Proof("a key of 256 bits under one of 112"))
}

fn self_wrap(g: &Ground) -> Result<Gain, Failure> {
    let more = Template::new().flag(c::CKA_EXTRACTABLE, true);
    let (wrapping, value) = g.victim_with(with_uses(
        more,
        &[c::CKA_WRAP, c::CKA_UNWRAP, c::CKA_DECRYPT],
    ))?;
    let wrapped = g.wrap(cbc_pad(), wrapping, wrapping)?;
    bytes(g.decrypt(cbc_pad(), wrapping, &wrapped)?, value)
}

fn wrap_unextractable(g: &Ground) -> Result<Gain, Failure> {
    let (key, value) = g.victim_with(Template::new().flag(c::CKA_EXTRACTABLE, false))?;
    let mut last = ABSENT;
    for how in [
        || plain(c::CKM_AES_KEY_WRAP),
        kwp,
        cbc_pad,
        || plain(c::CKM_AES_ECB),
    ] {
        let wrapping = g.aes(&[c::CKA_WRAP])?;
        match g.wrap(how(), wrapping, key) {
            Ok(_) => return Ok(Gain::Proof("a wrapped key that may not leave")),
            Err(failure) => last = failure,
        }
    }
    drop(value);
    Err(last)
}
