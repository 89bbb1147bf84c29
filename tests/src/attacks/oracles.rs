//! Answers that tell more than they should: paddings, PINs, logins.

use cryptoki_sys as c;

use super::ground::{Ground, cbc_pad, plain, random, with_uses};
use super::{Gain, Row};
use crate::c_caller::{Failure, Mechanism, Template};

pub(super) const ATTACKS: &[Row] = &[
    (
        "rsa-unwrap-oracle",
        "tell right paddings from wrong ones by C_UnwrapKey with RSA PKCS#1 v1.5 (Bleichenbacher; Bardou)",
        rsa_unwrap_oracle,
    ),
    (
        "rsa-decrypt-oracle",
        "tell right paddings from wrong ones by C_Decrypt with RSA PKCS#1 v1.5",
        rsa_decrypt_oracle,
    ),
    (
        "cbc-pad-unwrap-oracle",
        "tell right paddings from wrong ones by C_UnwrapKey with AES-CBC-PAD (Vaudenay)",
        cbc_pad_unwrap_oracle,
    ),
    (
        "private-key-after-logout",
        "use the handle of a private key after C_Logout",
        after_logout,
    ),
    (
        "private-data-after-logout",
        "read a private data object by its handle after C_Logout",
        data_after_logout,
    ),
    (
        "officer-uses-keys",
        "log in as security officer and use the user's keys",
        officer_uses_keys,
    ),
    (
        "private-found-without-login",
        "search for private objects without login",
        found_without_login,
    ),
    (
        "sign-with-decrypting-key",
        "sign with an RSA key that may only decrypt",
        |g| {
            let (_, private) = g.rsa(&[c::CKA_ENCRYPT], &[c::CKA_DECRYPT])?;
            g.set(private, &Template::new().flag(c::CKA_SIGN, false))
                .ok();
            let template = Template::new().flag(c::CKA_SIGN, false);
            let (_, private) = g.ec(template)?;
            g.sign(plain(c::CKM_ECDSA), private, &[1; 32])?;
            Ok(Gain::Proof("a signature that the key does not allow"))
        },
    ),
    (
        "mac-byte-by-byte",
        "find the code of a message with a key that may only check, by codes cut to 1, 2, 3 bytes",
        mac_byte_by_byte,
    ),
    // This one locks the PIN, so it comes last.
    (
        "pin-guessing",
        "guess the user's PIN without end",
        pin_guessing,
    ),
];

/// Whether the answers to well and badly padded inputs differ in anything that a program sees.
fn oracle(well: &[Failure], badly: &[Failure]) -> Gain {
    let first = badly[0];
    let all_same = well.iter().chain(badly).all(|answer| *answer == first);
    if all_same {
        Gain::Nothing
    } else {
        Gain::Proof("right paddings told from wrong ones")
    }
}

fn returned<T>(result: Result<T, Failure>) -> Failure {
    result.err().unwrap_or(c::CKR_OK)
}

fn rsa_unwrap_oracle(g: &Ground) -> Result<Gain, Failure> {
    let (public, private) = g.rsa(&[c::CKA_ENCRYPT], &[c::CKA_UNWRAP])?;
    let unwrap = |wrapped: &[u8]| {
        let template = with_uses(Template::new(), &[c::CKA_ENCRYPT]);
        returned(g.unwrap(plain(c::CKM_RSA_PKCS), private, wrapped, template))
    };
    let right = g.encrypt(plain(c::CKM_RSA_PKCS), public, &random(32))?;
    let answer = unwrap(&right);
    if answer != c::CKR_OK {
        return Err(answer);
    }
    // Well padded, but no AES key; and badly padded.
    let well = [unwrap(&g.encrypt(
        plain(c::CKM_RSA_PKCS),
        public,
        &random(7),
    )?)];
    let mut bad = right;
    let badly: Vec<_> = (0..4)
        .map(|index| {
            bad[200 + index] ^= 0x55;
            unwrap(&bad)
        })
        .collect();
    Ok(oracle(&well, &badly))
}

fn rsa_decrypt_oracle(g: &Ground) -> Result<Gain, Failure> {
    let (public, private) = g.rsa(&[c::CKA_ENCRYPT], &[c::CKA_DECRYPT])?;
    let right = g.encrypt(plain(c::CKM_RSA_PKCS), public, &random(32))?;
    let decrypt = |input: &[u8]| returned(g.decrypt(plain(c::CKM_RSA_PKCS), private, input));
    let answer = decrypt(&right);
    if answer != c::CKR_OK {
        return Err(answer);
    }
    let mut bad = right;
    let badly: Vec<_> = (0..4)
        .map(|index| {
            bad[200 + index] ^= 0x55;
            decrypt(&bad)
        })
        .collect();
    Ok(oracle(&[answer], &badly))
}

fn cbc_pad_unwrap_oracle(g: &Ground) -> Result<Gain, Failure> {
    let key = g.aes(&[c::CKA_UNWRAP])?;
    let unwrap = |wrapped: &[u8]| {
        let template = with_uses(Template::new(), &[c::CKA_ENCRYPT]);
        returned(g.unwrap(cbc_pad(), key, wrapped, template))
    };
    let first = unwrap(&random(32));
    if first == c::CKR_MECHANISM_INVALID {
        return Err(first);
    }
    // One random block in 256 is well padded, and none of these is an AES key.
    let answers: Vec<_> = (0..2_000).map(|_| unwrap(&random(32))).collect();
    Ok(oracle(&answers, &[first]))
}

fn mac_byte_by_byte(g: &Ground) -> Result<Gain, Failure> {
    let template = Template::new()
        .number(c::CKA_CLASS, c::CKO_SECRET_KEY)
        .number(c::CKA_KEY_TYPE, c::CKK_GENERIC_SECRET)
        .flag(c::CKA_TOKEN, false)
        .flag(c::CKA_SENSITIVE, true)
        .flag(c::CKA_SIGN, false)
        .flag(c::CKA_VERIFY, true)
        .bytes(c::CKA_VALUE, &random(32));
    let key = g.create(&template)?;
    let mut code = Vec::new();
    for length in 1..=4_u64 {
        let byte = (0..=255_u8).find(|byte| {
            let mut how = Mechanism::with_bytes(c::CKM_SHA256_HMAC_GENERAL, &length.to_ne_bytes());
            let guess = [&code[..], &[*byte]].concat();
            let checked = g
                .module
                .verify(g.session, &mut how, key, b"message", &guess);
            checked.is_ok()
        });
        let Some(byte) = byte else {
            // Nothing fits: the first guess says why.
            let mut how = Mechanism::with_bytes(c::CKM_SHA256_HMAC_GENERAL, &length.to_ne_bytes());
            g.module
                .verify(g.session, &mut how, key, b"message", &[0])?;
            return Ok(Gain::Nothing);
        };
        code.push(byte);
    }
    Ok(Gain::Proof(
        "the code of a message from a key that does not sign",
    ))
}

fn after_logout(g: &Ground) -> Result<Gain, Failure> {
    let template = Template::new().flag(c::CKA_PRIVATE, true);
    let (key, _) = g.victim_with(template)?;
    logged_out(g, |g| {
        g.encrypt(plain(c::CKM_AES_ECB), key, &[0; 16])?;
        Ok(Gain::Proof("a private key used without login"))
    })
}

fn data_after_logout(g: &Ground) -> Result<Gain, Failure> {
    let data = g.create(&private_data())?;
    logged_out(g, |g| {
        g.value(data)?;
        Ok(Gain::Proof("a private object read without login"))
    })
}

fn private_data() -> Template {
    Template::new()
        .number(c::CKA_CLASS, c::CKO_DATA)
        .flag(c::CKA_TOKEN, false)
        .flag(c::CKA_PRIVATE, true)
        .bytes(c::CKA_VALUE, b"private")
}

fn found_without_login(g: &Ground) -> Result<Gain, Failure> {
    let token = private_data()
        .replacing(c::CKA_TOKEN, &[c::CK_TRUE])
        .text(c::CKA_LABEL, "private");
    let _ = g.create(&token)?;
    logged_out(g, |g| {
        let private = Template::new().text(c::CKA_LABEL, "private");
        let found = g.module.find(g.session, &private, 10)?;
        Ok(if found.is_empty() {
            Gain::Nothing
        } else {
            Gain::Proof("a private object found without login")
        })
    })
}

/// Does something without login, and logs in again.
fn logged_out(
    g: &Ground,
    attack: impl FnOnce(&Ground) -> Result<Gain, Failure>,
) -> Result<Gain, Failure> {
    g.module.logout(g.session)?;
    let outcome = attack(g);
    g.module.login(g.session, c::CKU_USER, &g.pin)?;
    outcome
}

fn officer_uses_keys(g: &Ground) -> Result<Gain, Failure> {
    let (key, _) = g.victim()?;
    logged_out(g, |g| {
        g.module.login(g.session, c::CKU_SO, &g.so_pin)?;
        let used = g.encrypt(plain(c::CKM_AES_ECB), key, &[0; 16]);
        g.module.logout(g.session)?;
        used.map(|_| Gain::Proof("the user's key used by the officer"))
    })
}

fn pin_guessing(g: &Ground) -> Result<Gain, Failure> {
    g.module.logout(g.session)?;
    for guess in 0..20 {
        let answer = returned(
            g.module
                .login(g.session, c::CKU_USER, &format!("wrong{guess}")),
        );
        if answer != c::CKR_PIN_INCORRECT {
            return Err(answer);
        }
    }
    g.module.login(g.session, c::CKU_USER, &g.pin)?;
    Ok(Gain::Proof("twenty guesses at the PIN, and no end"))
}
