//! Attributes: reading what is secret, and making what is sensitive readable.

use cryptoki_sys as c;

use super::ground::{Ground, Key, kwp, plain, random, unwrapped_offline};
use super::wrapping::bytes;
use super::{Gain, Row};
use crate::c_caller::{Failure, Template};

pub(super) const ATTACKS: &[Row] = &[
    ("read-sensitive", "read CKA_VALUE of a sensitive key", |g| {
        let (key, value) = g.victim()?;
        bytes(g.value(key)?, value)
    }),
    (
        "read-unextractable",
        "read CKA_VALUE of a key that is not sensitive but not extractable",
        |g| {
            let more = Template::new()
                .flag(c::CKA_SENSITIVE, false)
                .flag(c::CKA_EXTRACTABLE, false);
            let (key, value) = g.victim_with(more)?;
            bytes(g.value(key)?, value)
        },
    ),
    (
        "read-among-others",
        "read CKA_VALUE together with attributes that may be read",
        read_among_others,
    ),
    (
        "read-private-exponent",
        "read the secret numbers of an RSA key",
        read_private_exponent,
    ),
    (
        "read-ec-scalar",
        "read CKA_VALUE of an EC private key",
        |g| {
            let (_, private) = g.ec(Template::new())?;
            Ok(if g.value(private)?.is_empty() {
                Gain::Nothing
            } else {
                Gain::Proof("a private key's number")
            })
        },
    ),
    ("sensitive-off", "set CKA_SENSITIVE to false, read", |g| {
        changed(g, &flag(c::CKA_SENSITIVE, false))
    }),
    (
        "sensitive-off-of-eight-bytes",
        "set CKA_SENSITIVE to a number that is zero, read",
        |g| changed(g, &Template::new().number(c::CKA_SENSITIVE, 0)),
    ),
    (
        "sensitive-off-empty",
        "set CKA_SENSITIVE to no value, read",
        |g| changed(g, &Template::new().bytes(c::CKA_SENSITIVE, &[])),
    ),
    (
        "sensitive-on-and-off",
        "set CKA_SENSITIVE to true and to false in one template, read",
        |g| {
            changed(
                g,
                &flag(c::CKA_SENSITIVE, true).flag(c::CKA_SENSITIVE, false),
            )
        },
    ),
    (
        "sensitive-off-beside-label",
        "hide the change of CKA_SENSITIVE behind that of a label, read whatever is said",
        partial_change,
    ),
    (
        "class-changed-to-data",
        "make a data object of the key by CKA_CLASS, read",
        |g| changed(g, &Template::new().number(c::CKA_CLASS, c::CKO_DATA)),
    ),
    (
        "key-type-changed",
        "make a generic secret of the key by CKA_KEY_TYPE, with CKA_SENSITIVE false",
        |g| {
            changed(
                g,
                &flag(c::CKA_SENSITIVE, false).number(c::CKA_KEY_TYPE, c::CKK_GENERIC_SECRET),
            )
        },
    ),
    (
        "always-sensitive-off",
        "set CKA_ALWAYS_SENSITIVE and CKA_SENSITIVE to false, read",
        |g| {
            changed(
                g,
                &flag(c::CKA_ALWAYS_SENSITIVE, false).flag(c::CKA_SENSITIVE, false),
            )
        },
    ),
    (
        "copy-not-sensitive",
        "copy with CKA_SENSITIVE false, read",
        |g| copied(g, &flag(c::CKA_SENSITIVE, false)),
    ),
    ("copy-as-data", "copy as a data object, read", |g| {
        copied(g, &Template::new().number(c::CKA_CLASS, c::CKO_DATA))
    }),
    (
        "copy-to-token-not-sensitive",
        "copy into the token with CKA_SENSITIVE false, read",
        |g| copied(g, &flag(c::CKA_TOKEN, true).flag(c::CKA_SENSITIVE, false)),
    ),
    (
        "copy-then-change",
        "copy with CKA_MODIFIABLE, then set CKA_SENSITIVE to false, read",
        copy_then_change,
    ),
    ("extractable-on", "set CKA_EXTRACTABLE to true, wrap", |g| {
        extractable(g, |g, key| {
            g.set(key, &flag(c::CKA_EXTRACTABLE, true)).map(|()| key)
        })
    }),
    (
        "extractable-by-copy",
        "copy with CKA_EXTRACTABLE true, wrap",
        |g| extractable(g, |g, key| g.copy(key, &flag(c::CKA_EXTRACTABLE, true))),
    ),
    (
        "never-extractable-off",
        "set CKA_NEVER_EXTRACTABLE to false and CKA_EXTRACTABLE to true, wrap",
        |g| {
            extractable(g, |g, key| {
                g.set(
                    key,
                    &flag(c::CKA_NEVER_EXTRACTABLE, false).flag(c::CKA_EXTRACTABLE, true),
                )
                .map(|()| key)
            })
        },
    ),
    (
        "find-by-value",
        "confirm a guess of the value by searching for it",
        find_by_value,
    ),
    (
        "value-overwritten",
        "overwrite a part of the value, so as to find the rest",
        |g| {
            let (key, _) = g.victim()?;
            g.set(key, &Template::new().bytes(c::CKA_VALUE, &[0; 32]))?;
            Ok(Gain::Proof("a key whose value was replaced"))
        },
    ),
    (
        "value-length-cut",
        "cut the key to one byte by CKA_VALUE_LEN",
        |g| {
            let (key, _) = g.victim()?;
            g.set(key, &Template::new().number(c::CKA_VALUE_LEN, 1))?;
            Ok(Gain::Proof("a key that was cut"))
        },
    ),
    (
        "copy-with-value-length",
        "copy with another CKA_VALUE_LEN",
        |g| {
            let (key, _) = g.victim()?;
            g.copy(key, &Template::new().number(c::CKA_VALUE_LEN, 16))?;
            Ok(Gain::Proof("a key that was cut"))
        },
    ),
    (
        "public-copy",
        "copy a private key as a public object, use it without login",
        public_copy,
    ),
    (
        "always-authenticate-off",
        "set CKA_ALWAYS_AUTHENTICATE to false",
        |g| {
            without_pin(g, |g, key| {
                g.set(key, &flag(c::CKA_ALWAYS_AUTHENTICATE, false))
                    .map(|()| key)
            })
        },
    ),
    (
        "always-authenticate-by-copy",
        "copy without CKA_ALWAYS_AUTHENTICATE",
        |g| {
            without_pin(g, |g, key| {
                g.copy(key, &flag(c::CKA_ALWAYS_AUTHENTICATE, false))
            })
        },
    ),
    (
        "always-authenticate-ignored",
        "use a key that asks for the PIN without giving it",
        |g| without_pin(g, |_, key| Ok(key)),
    ),
    (
        "always-authenticate-by-wrapping",
        "wrap a key that asks for the PIN, unwrap it without CKA_ALWAYS_AUTHENTICATE",
        |g| {
            without_pin(g, |g, key| {
                let by = g.aes(&[c::CKA_WRAP, c::CKA_UNWRAP])?;
                let wrapped = g.wrap(kwp(), by, key)?;
                let template = Template::new()
                    .number(c::CKA_CLASS, c::CKO_PRIVATE_KEY)
                    .number(c::CKA_KEY_TYPE, c::CKK_EC)
                    .flag(c::CKA_SIGN, true);
                g.unwrap(kwp(), by, &wrapped, template)
            })
        },
    ),
];

fn flag(attribute: c::CK_ATTRIBUTE_TYPE, value: bool) -> Template {
    Template::new().flag(attribute, value)
}

fn changed(g: &Ground, change: &Template) -> Result<Gain, Failure> {
    let (key, value) = g.victim()?;
    g.set(key, change)?;
    bytes(g.value(key)?, value)
}

fn copied(g: &Ground, change: &Template) -> Result<Gain, Failure> {
    let (key, value) = g.victim()?;
    let copy = g.copy(key, change)?;
    bytes(g.value(copy)?, value)
}

fn partial_change(g: &Ground) -> Result<Gain, Failure> {
    let (key, value) = g.victim()?;
    let change = Template::new()
        .text(c::CKA_LABEL, "harmless")
        .flag(c::CKA_SENSITIVE, false)
        .number(c::CKA_CLASS, c::CKO_DATA);
    // What it says does not matter: a part of it may have been done.
    let _ = g.set(key, &change);
    bytes(g.value(key)?, value)
}

fn copy_then_change(g: &Ground) -> Result<Gain, Failure> {
    let (key, value) = g.victim_with(flag(c::CKA_MODIFIABLE, false))?;
    let copy = g.copy(key, &flag(c::CKA_MODIFIABLE, true))?;
    g.set(copy, &flag(c::CKA_SENSITIVE, false))?;
    bytes(g.value(copy)?, value)
}

fn read_among_others(g: &Ground) -> Result<Gain, Failure> {
    let (key, value) = g.victim()?;
    let mut buffers = [[0_u8; 64]; 3];
    let mut attributes: Vec<_> = [c::CKA_LABEL, c::CKA_VALUE, c::CKA_CLASS]
        .iter()
        .zip(&mut buffers)
        .map(|(kind, buffer)| c::CK_ATTRIBUTE {
            type_: *kind,
            pValue: buffer.as_mut_ptr().cast(),
            ulValueLen: 64,
        })
        .collect();
    // Whatever it returns: the buffers tell.
    let returned = g
        .module
        .attributes_raw(g.session, key, attributes.as_mut_ptr(), 3);
    let gain = bytes(buffers.concat(), value);
    if returned == c::CKR_OK {
        gain
    } else {
        gain.and_then(|gain| refuse_unless_held(gain, returned))
    }
}

/// An attack whose call failed and gave nothing was refused.
fn refuse_unless_held(gain: Gain, returned: Failure) -> Result<Gain, Failure> {
    match gain {
        Gain::Bytes { obtained, victim } if super::holds(&obtained, &victim) => {
            bytes(obtained, victim)
        }
        _ => Err(returned),
    }
}

fn read_private_exponent(g: &Ground) -> Result<Gain, Failure> {
    let (_, private) = g.rsa(&[c::CKA_ENCRYPT], &[c::CKA_DECRYPT])?;
    let mut last = c::CKR_OK;
    for attribute in [
        c::CKA_PRIVATE_EXPONENT,
        c::CKA_PRIME_1,
        c::CKA_PRIME_2,
        c::CKA_EXPONENT_1,
        c::CKA_EXPONENT_2,
        c::CKA_COEFFICIENT,
    ] {
        match g.module.attribute(g.session, private, attribute) {
            Ok(number) if !number.is_empty() => {
                return Ok(Gain::Proof("a private key's number"));
            }
            Ok(_) => {}
            Err(failure) => last = failure,
        }
    }
    Err(last)
}

fn extractable(
    g: &Ground,
    change: fn(&Ground, Key) -> Result<Key, Failure>,
) -> Result<Gain, Failure> {
    let (key, value) = g.victim_with(flag(c::CKA_EXTRACTABLE, false))?;
    let key = change(g, key)?;
    let home = random(32);
    let Ok(wrapping) = g.known(&home, &[c::CKA_WRAP]) else {
        return Ok(Gain::Proof("a key that may leave after all"));
    };
    let wrapped = match g.wrap(kwp(), wrapping, key) {
        Ok(wrapped) => wrapped,
        Err(_) => g.wrap(plain(c::CKM_AES_KEY_WRAP_PAD), wrapping, key)?,
    };
    bytes(unwrapped_offline(&home, &wrapped), value)
}

fn find_by_value(g: &Ground) -> Result<Gain, Failure> {
    let (key, value) = g.victim()?;
    let right = Template::new().bytes(c::CKA_VALUE, &value);
    let wrong = Template::new().bytes(c::CKA_VALUE, &random(32));
    let found = g.module.find(g.session, &right, 10)?;
    let not_found = g.module.find(g.session, &wrong, 10)?;
    Ok(if found.contains(&key) && !not_found.contains(&key) {
        Gain::Proof("a confirmed guess of the value")
    } else {
        Gain::Nothing
    })
}

fn public_copy(g: &Ground) -> Result<Gain, Failure> {
    let (key, _) = g.victim()?;
    let copy = g.copy(key, &flag(c::CKA_PRIVATE, false))?;
    g.module.logout(g.session)?;
    let used = g.encrypt(plain(c::CKM_AES_ECB), copy, &[0; 16]);
    g.module.login(g.session, c::CKU_USER, &g.pin)?;
    used.map(|_| Gain::Proof("a private key used without login"))
}

fn without_pin(
    g: &Ground,
    change: fn(&Ground, Key) -> Result<Key, Failure>,
) -> Result<Gain, Failure> {
    let careful = Template::new()
        .flag(c::CKA_ALWAYS_AUTHENTICATE, true)
        .flag(c::CKA_DERIVE, false)
        .flag(c::CKA_EXTRACTABLE, true)
        .flag(c::CKA_SIGN, true);
    let (_, private) = g.ec(careful)?;
    let private = change(g, private)?;
    g.sign(plain(c::CKM_ECDSA), private, &[7; 32])?;
    Ok(Gain::Proof("a use without the PIN"))
}
