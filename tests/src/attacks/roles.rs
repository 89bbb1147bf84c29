//! Wrapping keys whose value the attacker knows, and roles that change after birth.

use aws_lc_rs::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use aws_lc_rs::rand::SystemRandom;
use cryptoki_sys as c;

use super::ground::{
    Ground, Key, cbc_pad, kwp, plain, random, unwrapped_offline, with_uses, wrapped_offline,
};
use super::wrapping::bytes;
use super::{Gain, Row};
use crate::c_caller::{Failure, Mechanism, Template};

pub(super) const ATTACKS: &[Row] = &[
    (
        "known-key-wraps",
        "bring a key, wrap with it, open the result at home",
        known_key_wraps,
    ),
    (
        "known-key-two-roles",
        "bring one key twice: once to wrap, once to decrypt",
        known_key_two_roles,
    ),
    (
        "known-rsa-key-wraps",
        "bring the public half of a pair at home, wrap for it",
        known_rsa_wraps,
    ),
    (
        "readable-key-wraps",
        "generate a wrapping key that is not sensitive, read it",
        readable_key_wraps,
    ),
    (
        "extractable-key-wraps",
        "generate a wrapping key that may leave, wrap it for home, then use it",
        extractable_key_wraps,
    ),
    (
        "unwrapped-key-wraps",
        "unwrap a key made at home as a wrapping key",
        unwrapped_key_wraps,
    ),
    (
        "unwrapped-rsa-key-wraps",
        "encrypt a key for the token's RSA key, unwrap it as a wrapping key",
        rsa_unwrapped_key_wraps,
    ),
    (
        "encrypted-key-wraps",
        "encrypt a chosen key, unwrap it as a wrapping key",
        encrypted_key_wraps,
    ),
    (
        "derived-key-wraps",
        "agree on a wrapping key with a key at home",
        derived_key_wraps,
    ),
    (
        "derived-key-encrypts-data",
        "derive a wrapping key by encrypting chosen data",
        data_derived_key_wraps,
    ),
    (
        "decrypt-role-later",
        "give a wrapping key CKA_DECRYPT by C_SetAttributeValue",
        |g| role_later(g, c::CKA_WRAP, c::CKA_DECRYPT),
    ),
    (
        "wrap-role-later",
        "give a decrypting key CKA_WRAP by C_SetAttributeValue",
        |g| role_later(g, c::CKA_DECRYPT, c::CKA_WRAP),
    ),
    (
        "decrypt-role-by-copy",
        "give a copy of a wrapping key CKA_DECRYPT",
        |g| role_by_copy(g, c::CKA_WRAP, c::CKA_DECRYPT),
    ),
    (
        "wrap-role-by-copy",
        "give a copy of a decrypting key CKA_WRAP",
        |g| role_by_copy(g, c::CKA_DECRYPT, c::CKA_WRAP),
    ),
    (
        "role-exchanged-for-another",
        "wrap, then take CKA_WRAP away and give CKA_DECRYPT",
        role_exchanged,
    ),
    (
        "rsa-decrypt-role-later",
        "give an unwrapping RSA key CKA_DECRYPT",
        rsa_role_later,
    ),
    (
        "wrap-role-by-reimport",
        "wrap a decrypting key and unwrap it as a wrapping key",
        role_by_reimport,
    ),
    (
        "trusted-by-user",
        "set CKA_TRUSTED on a key of one's own",
        |g| {
            trusted(g, |g, key| {
                g.set(key, &Template::new().flag(c::CKA_TRUSTED, true))
                    .map(|()| key)
            })
        },
    ),
    (
        "trusted-at-birth",
        "bring a key with CKA_TRUSTED",
        trusted_at_birth,
    ),
    (
        "trusted-by-copy",
        "copy a key of one's own with CKA_TRUSTED",
        |g| {
            trusted(g, |g, key| {
                g.copy(key, &Template::new().flag(c::CKA_TRUSTED, true))
            })
        },
    ),
    (
        "untrusted-wrapping",
        "wrap a key that asks for a trusted one with another",
        |g| trusted(g, |_, key| Ok(key)),
    ),
    (
        "trust-no-longer-asked",
        "take CKA_WRAP_WITH_TRUSTED away",
        trust_no_longer_asked,
    ),
    (
        "trust-not-copied",
        "copy the victim without CKA_WRAP_WITH_TRUSTED",
        trust_not_copied,
    ),
];

fn known_key_wraps(g: &Ground) -> Result<Gain, Failure> {
    let home = random(32);
    let wrapping = g.known(&home, &[c::CKA_WRAP])?;
    wrapped_for_home(g, wrapping, &home)
}

fn wrapped_for_home(g: &Ground, wrapping: Key, home: &[u8]) -> Result<Gain, Failure> {
    let (key, value) = g.victim()?;
    if let Ok(wrapped) = g.wrap(kwp(), wrapping, key) {
        return bytes(unwrapped_offline(home, &wrapped), value);
    }
    // SoftHSM calls AES-KWP by its older number.
    let wrapped = g.wrap(plain(c::CKM_AES_KEY_WRAP_PAD), wrapping, key)?;
    bytes(unwrapped_offline(home, &wrapped), value)
}

fn known_key_two_roles(g: &Ground) -> Result<Gain, Failure> {
    let home = random(32);
    let wrapping = g.known(&home, &[c::CKA_WRAP])?;
    let decrypting = g.known(&home, &[c::CKA_DECRYPT])?;
    let (key, value) = g.victim()?;
    let wrapped = g.wrap(cbc_pad(), wrapping, key)?;
    bytes(g.decrypt(cbc_pad(), decrypting, &wrapped)?, value)
}

fn known_rsa_wraps(g: &Ground) -> Result<Gain, Failure> {
    // The pair at home is played by another pair of the token, which may decrypt and nothing else.
    let (public, private) = g.rsa(&[c::CKA_ENCRYPT], &[c::CKA_DECRYPT])?;
    let modulus = g.module.attribute(g.session, public, c::CKA_MODULUS)?;
    let brought = Template::new()
        .number(c::CKA_CLASS, c::CKO_PUBLIC_KEY)
        .number(c::CKA_KEY_TYPE, c::CKK_RSA)
        .flag(c::CKA_TOKEN, false)
        .flag(c::CKA_WRAP, true)
        .bytes(c::CKA_MODULUS, &modulus)
        .bytes(c::CKA_PUBLIC_EXPONENT, &[1, 0, 1]);
    let brought = g.create(&brought)?;
    let (key, value) = g.victim()?;
    let oaep = || Mechanism::oaep(c::CKM_SHA_1, c::CKG_MGF1_SHA1);
    let wrapped = g.wrap(oaep(), brought, key)?;
    bytes(g.decrypt(oaep(), private, &wrapped)?, value)
}

fn readable_key_wraps(g: &Ground) -> Result<Gain, Failure> {
    let open = Template::new()
        .flag(c::CKA_SENSITIVE, false)
        .flag(c::CKA_EXTRACTABLE, true);
    let wrapping = g.aes_with(&[c::CKA_WRAP], open)?;
    let home = g.value(wrapping)?;
    wrapped_for_home(g, wrapping, &home)
}

fn extractable_key_wraps(g: &Ground) -> Result<Gain, Failure> {
    let may_leave = Template::new().flag(c::CKA_EXTRACTABLE, true);
    let wrapping = g.aes_with(&[c::CKA_WRAP], may_leave)?;
    let home = random(32);
    let first = g.known(&home, &[c::CKA_WRAP])?;
    let wrapped = g.wrap(plain(c::CKM_AES_KEY_WRAP_PAD), first, wrapping)?;
    let value = unwrapped_offline(&home, &wrapped);
    wrapped_for_home(g, wrapping, &value)
}

fn unwrapped_key_wraps(g: &Ground) -> Result<Gain, Failure> {
    let (home, second) = (random(32), random(32));
    let unwrapping = g.known(&home, &[c::CKA_UNWRAP])?;
    let made = wrapped_offline(&home, &second);
    let uses = || with_uses(Template::new(), &[c::CKA_WRAP]);
    let wrapping = match g.unwrap(kwp(), unwrapping, &made, uses()) {
        Ok(key) => key,
        Err(_) => g.unwrap(plain(c::CKM_AES_KEY_WRAP_PAD), unwrapping, &made, uses())?,
    };
    wrapped_for_home(g, wrapping, &second)
}

fn rsa_unwrapped_key_wraps(g: &Ground) -> Result<Gain, Failure> {
    let (public, private) = g.rsa(&[c::CKA_ENCRYPT], &[c::CKA_UNWRAP])?;
    let home = random(32);
    let oaep = || Mechanism::oaep(c::CKM_SHA_1, c::CKG_MGF1_SHA1);
    let made = g.encrypt(oaep(), public, &home)?;
    let uses = with_uses(Template::new(), &[c::CKA_WRAP]);
    let wrapping = g.unwrap(oaep(), private, &made, uses)?;
    wrapped_for_home(g, wrapping, &home)
}

fn encrypted_key_wraps(g: &Ground) -> Result<Gain, Failure> {
    let both = g.aes(&[c::CKA_ENCRYPT, c::CKA_UNWRAP])?;
    let home = random(32);
    let made = g.encrypt(cbc_pad(), both, &home)?;
    let uses = with_uses(Template::new(), &[c::CKA_WRAP]);
    let wrapping = g.unwrap(cbc_pad(), both, &made, uses)?;
    wrapped_for_home(g, wrapping, &home)
}

fn derived_key_wraps(g: &Ground) -> Result<Gain, Failure> {
    let (public, private) = g.ec(Template::new())?;
    let random = SystemRandom::new();
    let own = EphemeralPrivateKey::generate(&ECDH_P256, &random).expect("a key at home");
    let own_public = own.compute_public_key().expect("a public key at home");
    let uses = with_uses(Template::new(), &[c::CKA_WRAP])
        .number(c::CKA_KEY_TYPE, c::CKK_AES)
        .number(c::CKA_VALUE_LEN, 32);
    let wrapping = g.derive(Mechanism::ecdh(own_public.as_ref()), private, uses)?;
    let point = g.module.attribute(g.session, public, c::CKA_EC_POINT)?;
    // Without the header of the OCTET STRING that the point is in.
    let point = UnparsedPublicKey::new(&ECDH_P256, &point[point.len() - 65..]);
    let home = agree_ephemeral(own, point, (), |secret| Ok(secret.to_vec()))
        .expect("an agreement at home");
    wrapped_for_home(g, wrapping, &home)
}

fn data_derived_key_wraps(g: &Ground) -> Result<Gain, Failure> {
    let base = g.aes(&[c::CKA_DERIVE, c::CKA_ENCRYPT])?;
    let data = random(32);
    let uses = with_uses(Template::new(), &[c::CKA_WRAP])
        .number(c::CKA_KEY_TYPE, c::CKK_AES)
        .number(c::CKA_VALUE_LEN, 32);
    let how = Mechanism::with_string_data(c::CKM_AES_ECB_ENCRYPT_DATA, &data);
    let wrapping = g.derive(how, base, uses)?;
    let home = g.encrypt(plain(c::CKM_AES_ECB), base, &data)?;
    wrapped_for_home(g, wrapping, &home)
}

fn role_later(
    g: &Ground,
    first: c::CK_ATTRIBUTE_TYPE,
    second: c::CK_ATTRIBUTE_TYPE,
) -> Result<Gain, Failure> {
    let both = one_use(g, first)?;
    g.set(both, &Template::new().flag(second, true))?;
    let (key, value) = g.victim()?;
    let wrapped = g.wrap(cbc_pad(), both, key)?;
    bytes(g.decrypt(cbc_pad(), both, &wrapped)?, value)
}

fn role_by_copy(
    g: &Ground,
    first: c::CK_ATTRIBUTE_TYPE,
    second: c::CK_ATTRIBUTE_TYPE,
) -> Result<Gain, Failure> {
    let original = one_use(g, first)?;
    let copy = g.copy(original, &Template::new().flag(second, true))?;
    let (wrapping, decrypting) = if first == c::CKA_WRAP {
        (original, copy)
    } else {
        (copy, original)
    };
    let (key, value) = g.victim()?;
    let wrapped = g.wrap(cbc_pad(), wrapping, key)?;
    bytes(g.decrypt(cbc_pad(), decrypting, &wrapped)?, value)
}

/// A key with this use and explicitly without the others.
fn one_use(g: &Ground, only: c::CK_ATTRIBUTE_TYPE) -> Result<Key, Failure> {
    let others = [
        c::CKA_WRAP,
        c::CKA_UNWRAP,
        c::CKA_ENCRYPT,
        c::CKA_DECRYPT,
        c::CKA_SIGN,
        c::CKA_VERIFY,
    ];
    let none = others
        .into_iter()
        .filter(|attribute| *attribute != only)
        .fold(Template::new(), |template, attribute| {
            template.flag(attribute, false)
        });
    g.aes_with(&[only], none)
}

fn role_exchanged(g: &Ground) -> Result<Gain, Failure> {
    let wrapping = one_use(g, c::CKA_WRAP)?;
    let (key, value) = g.victim()?;
    let how = if g.wrap(cbc_pad(), wrapping, key).is_ok() {
        cbc_pad
    } else {
        kwp
    };
    let wrapped = g.wrap(how(), wrapping, key)?;
    g.set(wrapping, &Template::new().flag(c::CKA_WRAP, false))?;
    g.set(wrapping, &Template::new().flag(c::CKA_DECRYPT, true))?;
    bytes(g.decrypt(how(), wrapping, &wrapped)?, value)
}

fn rsa_role_later(g: &Ground) -> Result<Gain, Failure> {
    let (public, private) = g.rsa(&[c::CKA_WRAP], &[c::CKA_UNWRAP])?;
    g.set(private, &Template::new().flag(c::CKA_DECRYPT, true))?;
    let (key, value) = g.victim()?;
    let oaep = || Mechanism::oaep(c::CKM_SHA_1, c::CKG_MGF1_SHA1);
    let wrapped = g.wrap(oaep(), public, key)?;
    bytes(g.decrypt(oaep(), private, &wrapped)?, value)
}

fn role_by_reimport(g: &Ground) -> Result<Gain, Failure> {
    let may_leave = Template::new().flag(c::CKA_EXTRACTABLE, true);
    let decrypting = g.aes_with(&[c::CKA_DECRYPT], may_leave)?;
    let carrier = g.aes(&[c::CKA_WRAP, c::CKA_UNWRAP])?;
    let kw = || plain(c::CKM_AES_KEY_WRAP);
    let in_transit = g.wrap(kw(), carrier, decrypting)?;
    let wrapping = g.unwrap(
        kw(),
        carrier,
        &in_transit,
        with_uses(Template::new(), &[c::CKA_WRAP]),
    )?;
    let (key, value) = g.victim()?;
    let wrapped = g.wrap(cbc_pad(), wrapping, key)?;
    bytes(g.decrypt(cbc_pad(), decrypting, &wrapped)?, value)
}

/// A victim that asks for a trusted wrapping key, and a key from home that `trust` tries to make one.
fn trusted(g: &Ground, trust: fn(&Ground, Key) -> Result<Key, Failure>) -> Result<Gain, Failure> {
    let (key, value) = careful_victim(g)?;
    let home = random(32);
    let wrapping = match g.known(&home, &[c::CKA_WRAP]) {
        Ok(wrapping) => wrapping,
        // Where known keys do not wrap, a generated one shows whether trust can be had.
        Err(_) => g.aes(&[c::CKA_WRAP])?,
    };
    let wrapping = trust(g, wrapping)?;
    let wrapped = match g.wrap(kwp(), wrapping, key) {
        Ok(wrapped) => wrapped,
        Err(_) => g.wrap(plain(c::CKM_AES_KEY_WRAP_PAD), wrapping, key)?,
    };
    if unwrapped_offline(&home, &wrapped).is_empty() {
        return Ok(Gain::Proof("a key wrapped by one that is not trusted"));
    }
    bytes(unwrapped_offline(&home, &wrapped), value)
}

fn careful_victim(g: &Ground) -> Result<(Key, Vec<u8>), Failure> {
    g.victim_with(Template::new().flag(c::CKA_WRAP_WITH_TRUSTED, true))
}

fn trusted_at_birth(g: &Ground) -> Result<Gain, Failure> {
    let (key, _) = careful_victim(g)?;
    let more = Template::new().flag(c::CKA_TRUSTED, true);
    let wrapping = g.aes_with(&[c::CKA_WRAP], more)?;
    g.wrap(plain(c::CKM_AES_KEY_WRAP), wrapping, key)?;
    Ok(Gain::Proof("a key wrapped by one that is not trusted"))
}

fn trust_no_longer_asked(g: &Ground) -> Result<Gain, Failure> {
    let (key, _) = careful_victim(g)?;
    g.set(key, &Template::new().flag(c::CKA_WRAP_WITH_TRUSTED, false))?;
    let wrapping = g.aes(&[c::CKA_WRAP])?;
    g.wrap(plain(c::CKM_AES_KEY_WRAP), wrapping, key)?;
    Ok(Gain::Proof("a key wrapped by one that is not trusted"))
}

fn trust_not_copied(g: &Ground) -> Result<Gain, Failure> {
    let (key, _) = careful_victim(g)?;
    let copy = g.copy(key, &Template::new().flag(c::CKA_WRAP_WITH_TRUSTED, false))?;
    let wrapping = g.aes(&[c::CKA_WRAP])?;
    g.wrap(plain(c::CKM_AES_KEY_WRAP), wrapping, copy)?;
    Ok(Gain::Proof("a key wrapped by one that is not trusted"))
}
