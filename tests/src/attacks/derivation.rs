//! Derivations: pieces of keys that can be guessed, keys that another role computes in the clear.

use aws_lc_rs::hmac;
use cryptoki_sys as c;

use super::ground::{Ground, Key, plain, random, with_uses};
use super::wrapping::bytes;
use super::{Gain, Row};
use crate::c_caller::{Failure, KeyBlock, Mechanism, Template, Word};

pub(super) const ATTACKS: &[Row] = &[
    (
        "pieces-by-extraction",
        "extract the key byte by byte, guess each by its HMAC",
        pieces_by_extraction,
    ),
    (
        "pieces-by-length",
        "concatenate with data and cut to 1, 2, 3 bytes, guess each by its HMAC",
        |g| {
            pieces_by_length(g, |data| {
                Mechanism::with_string_data(c::CKM_CONCATENATE_BASE_AND_DATA, data)
            })
        },
    ),
    (
        "pieces-by-xor",
        "XOR with 1, 2, 3 bytes of zeros, guess each by its HMAC",
        pieces_by_xor,
    ),
    (
        "pieces-behind-known-data",
        "put known data before the key and cut after its first bytes",
        pieces_behind_data,
    ),
    (
        "pieces-behind-known-key",
        "put a known key before the key and cut after its first bytes",
        pieces_behind_key,
    ),
    (
        "pieces-of-an-agreement",
        "cut an ECDH secret to 1, 2, 3 bytes, guess each by its HMAC",
        pieces_of_agreement,
    ),
    (
        "pieces-of-hkdf",
        "expand an HKDF to 1, 2, 3 bytes, guess each by its HMAC",
        pieces_of_hkdf,
    ),
    (
        "key-block-as-vectors",
        "ask a TLS key block for keys, then for initialization vectors alone",
        key_block_as_vectors,
    ),
    (
        "readable-by-concatenation",
        "concatenate with nothing and read",
        |g| {
            readable(
                g,
                Mechanism::with_string_data(c::CKM_CONCATENATE_BASE_AND_DATA, &[0]),
            )
        },
    ),
    (
        "readable-by-data-before",
        "concatenate data before the key and read",
        |g| {
            readable(
                g,
                Mechanism::with_string_data(c::CKM_CONCATENATE_DATA_AND_BASE, &[0]),
            )
        },
    ),
    ("readable-by-xor", "XOR with zeros and read", |g| {
        readable(
            g,
            Mechanism::with_string_data(c::CKM_XOR_BASE_AND_DATA, &[0; 32]),
        )
    }),
    (
        "readable-by-extraction",
        "extract all of the key and read",
        |g| {
            readable(
                g,
                Mechanism::with_bytes(c::CKM_EXTRACT_KEY_FROM_KEY, &0_u64.to_ne_bytes()),
            )
        },
    ),
    (
        "readable-by-known-key",
        "concatenate with a known key and read",
        |g| {
            let known = known_secret(g, &random(16))?;
            readable(
                g,
                Mechanism::with_bytes(c::CKM_CONCATENATE_BASE_AND_KEY, &known.to_ne_bytes()),
            )
        },
    ),
    (
        "readable-agreement",
        "agree on a key that is not sensitive with a sensitive private key that says otherwise",
        readable_agreement,
    ),
    (
        "extractable-by-derivation",
        "derive an extractable key from one that is not",
        extractable_by_derivation,
    ),
    (
        "encrypted-data-known-ecb",
        "compute by C_Encrypt what CKM_AES_ECB_ENCRYPT_DATA derives",
        |g| {
            encrypted_data(g, &|data| {
                (
                    Mechanism::with_string_data(c::CKM_AES_ECB_ENCRYPT_DATA, data),
                    plain(c::CKM_AES_ECB),
                )
            })
        },
    ),
    (
        "encrypted-data-known-cbc",
        "compute by C_Encrypt what CKM_AES_CBC_ENCRYPT_DATA derives",
        |g| {
            encrypted_data(g, &|data| {
                let derivation = [
                    Word::Number(0),
                    Word::Number(0),
                    Word::Pointer(data.to_vec()),
                    Word::Number(data.len() as u64),
                ];
                (
                    Mechanism::structured(c::CKM_AES_CBC_ENCRYPT_DATA, &derivation),
                    Mechanism::with_bytes(c::CKM_AES_CBC, &[0; 16]),
                )
            })
        },
    ),
    (
        "counter-kdf-known",
        "compute by C_Sign what SP 800-108 derives",
        counter_kdf_known,
    ),
    (
        "hkdf-as-data",
        "give out as a data object what HKDF derives",
        hkdf_as_data,
    ),
    (
        "digest-of-short-key",
        "digest a short key by C_DigestKey, guess it",
        digest_of_short_key,
    ),
    (
        "state-after-digest-key",
        "read the state of a digest that took in the key",
        state_after_digest_key,
    ),
];

/// A known generic secret that may be derived from.
fn known_secret(g: &Ground, value: &[u8]) -> Result<Key, Failure> {
    let template = Template::new()
        .number(c::CKA_CLASS, c::CKO_SECRET_KEY)
        .number(c::CKA_KEY_TYPE, c::CKK_GENERIC_SECRET)
        .flag(c::CKA_TOKEN, false)
        .flag(c::CKA_DERIVE, true)
        .bytes(c::CKA_VALUE, value);
    g.create(&template)
}

fn piece(length: usize) -> Template {
    with_uses(Template::new(), &[c::CKA_SIGN]).number(c::CKA_VALUE_LEN, length as u64)
}

/// Finds the last byte of a key whose other bytes are known, by its HMAC.
fn guessed(g: &Ground, key: Key, known: &[u8]) -> Result<Vec<u8>, Failure> {
    let code = g.sign(plain(c::CKM_SHA256_HMAC), key, b"guess")?;
    for byte in 0..=255 {
        for guess in [[known, &[byte]].concat(), [&[byte], known].concat()] {
            let guessed = hmac::Key::new(hmac::HMAC_SHA256, &guess);
            if hmac::sign(&guessed, b"guess").as_ref() == code {
                return Ok(guess);
            }
        }
    }
    Ok(Vec::new())
}

/// How many bytes show that the rest follows.
const PIECES: usize = 4;

fn pieces_by_extraction(g: &Ground) -> Result<Gain, Failure> {
    let (base, value) = g.base(Template::new())?;
    let mut found = Vec::new();
    for index in 0..PIECES {
        let bit = (8 * index as u64).to_ne_bytes();
        let how = Mechanism::with_bytes(c::CKM_EXTRACT_KEY_FROM_KEY, &bit);
        let key = g.derive(how, base, piece(1))?;
        found.extend(guessed(g, key, &[])?);
    }
    bytes(found, value[..PIECES].to_vec())
}

fn pieces_by_length(g: &Ground, how: fn(&[u8]) -> Mechanism) -> Result<Gain, Failure> {
    let (base, value) = g.base(Template::new())?;
    let mut found = Vec::new();
    for length in 1..=PIECES {
        let key = g.derive(how(&[0]), base, piece(length))?;
        found = guessed(g, key, &found)?;
    }
    bytes(found, value[..PIECES].to_vec())
}

fn pieces_by_xor(g: &Ground) -> Result<Gain, Failure> {
    let (base, value) = g.base(Template::new())?;
    let mut found = Vec::new();
    for length in 1..=PIECES {
        let how = Mechanism::with_string_data(c::CKM_XOR_BASE_AND_DATA, &vec![0; length]);
        let key = g.derive(how, base, piece(length))?;
        found = guessed(g, key, &found)?;
    }
    bytes(found, value[..PIECES].to_vec())
}

fn pieces_behind_data(g: &Ground) -> Result<Gain, Failure> {
    let (base, value) = g.base(Template::new())?;
    let mut found = vec![7; 20];
    for length in 1..=PIECES {
        let how = Mechanism::with_string_data(c::CKM_CONCATENATE_DATA_AND_BASE, &[7; 20]);
        let key = g.derive(how, base, piece(20 + length))?;
        found = guessed(g, key, &found)?;
    }
    bytes(found, value[..PIECES].to_vec())
}

fn pieces_behind_key(g: &Ground) -> Result<Gain, Failure> {
    let (base, value) = g.base(Template::new())?;
    let known = known_secret(g, &[7; 20])?;
    let mut found = vec![7; 20];
    for length in 1..=PIECES {
        let how = Mechanism::with_bytes(c::CKM_CONCATENATE_BASE_AND_KEY, &base.to_ne_bytes());
        let key = g.derive(how, known, piece(20 + length))?;
        found = guessed(g, key, &found)?;
    }
    bytes(found, value[..PIECES].to_vec())
}

fn pieces_of_agreement(g: &Ground) -> Result<Gain, Failure> {
    let (public, private) = g.ec(Template::new())?;
    let point = g.module.attribute(g.session, public, c::CKA_EC_POINT)?;
    let mut found = Vec::new();
    for length in 1..=PIECES {
        let key = g.derive(
            Mechanism::ecdh(&point[point.len() - 65..]),
            private,
            piece(length),
        )?;
        let longer = guessed(g, key, &found)?;
        if longer.len() != length {
            return Ok(Gain::Nothing);
        }
        found = longer;
    }
    Ok(Gain::Proof("an agreed secret, byte by byte"))
}

fn hkdf(mechanism: c::CK_MECHANISM_TYPE) -> Mechanism {
    // bExtract and bExpand are one byte each and share a word.
    let parameter = [
        Word::Number(0x0101),
        Word::Number(c::CKM_SHA256),
        Word::Number(c::CKF_HKDF_SALT_NULL),
        Word::Pointer(Vec::new()),
        Word::Number(0),
        Word::Number(0),
        Word::Pointer(b"info".to_vec()),
        Word::Number(4),
    ];
    Mechanism::structured(mechanism, &parameter)
}

fn pieces_of_hkdf(g: &Ground) -> Result<Gain, Failure> {
    let (base, _) = g.base(Template::new())?;
    let mut found = Vec::new();
    for length in 1..=PIECES {
        let key = g.derive(hkdf(c::CKM_HKDF_DERIVE), base, piece(length))?;
        let longer = guessed(g, key, &found)?;
        if longer.len() != length {
            return Ok(Gain::Nothing);
        }
        found = longer;
    }
    Ok(Gain::Proof("a derived secret, byte by byte"))
}

fn key_block_as_vectors(g: &Ground) -> Result<Gain, Failure> {
    let (base, _) = g.base(Template::new())?;
    let template = Template::new()
        .number(c::CKA_KEY_TYPE, c::CKK_GENERIC_SECRET)
        .flag(c::CKA_TOKEN, false);
    let derive = |code_bits, cipher_bits, iv_bits| {
        let block = KeyBlock {
            mechanism: c::CKM_TLS12_KEY_AND_MAC_DERIVE,
            client_random: vec![1; 32],
            server_random: vec![2; 32],
            code_bits,
            cipher_bits,
            iv_bits,
        };
        let out = g
            .module
            .derive_key_block(g.session, base, &block, &template);
        out.outcome.map(|()| (out.keys, out.ivs))
    };
    let ([_, server, ..], _) = derive(256, 0, 0)?;
    let code = g.sign(plain(c::CKM_SHA256_HMAC), server, b"guess")?;
    let (_, [vector, _]) = derive(128, 0, 256)?;
    let guessed = hmac::Key::new(hmac::HMAC_SHA256, &vector[..32]);
    Ok(if hmac::sign(&guessed, b"guess").as_ref() == code {
        Gain::Proof("a derived key, as a vector")
    } else {
        Gain::Nothing
    })
}

fn readable(g: &Ground, how: Mechanism) -> Result<Gain, Failure> {
    let (base, value) = g.base(Template::new())?;
    let open = Template::new()
        .flag(c::CKA_SENSITIVE, false)
        .flag(c::CKA_EXTRACTABLE, true)
        .number(c::CKA_VALUE_LEN, 32);
    let key = g.derive(how, base, open)?;
    let obtained = g.value(key)?;
    bytes(obtained, value[..PIECES].to_vec())
}

fn readable_agreement(g: &Ground) -> Result<Gain, Failure> {
    let (public, private) = g.ec(Template::new().flag(c::CKA_SENSITIVE, true))?;
    let point = g.module.attribute(g.session, public, c::CKA_EC_POINT)?;
    let open = Template::new()
        .flag(c::CKA_SENSITIVE, false)
        .flag(c::CKA_EXTRACTABLE, true)
        .number(c::CKA_VALUE_LEN, 32);
    let key = g.derive(Mechanism::ecdh(&point[point.len() - 65..]), private, open)?;
    Ok(if g.value(key)?.len() == 32 {
        Gain::Proof("an agreed secret in the clear")
    } else {
        Gain::Nothing
    })
}

fn extractable_by_derivation(g: &Ground) -> Result<Gain, Failure> {
    let (public, private) = g.ec(Template::new().flag(c::CKA_EXTRACTABLE, false))?;
    let point = g.module.attribute(g.session, public, c::CKA_EC_POINT)?;
    let template = Template::new()
        .flag(c::CKA_EXTRACTABLE, true)
        .number(c::CKA_VALUE_LEN, 32);
    g.derive(
        Mechanism::ecdh(&point[point.len() - 65..]),
        private,
        template,
    )?;
    Ok(Gain::Proof(
        "a key that may leave, made of one that may not",
    ))
}

/// The victim is a key derived by encrypting data; its base key encrypts for the attacker too.
fn encrypted_data(
    g: &Ground,
    how: &dyn Fn(&[u8]) -> (Mechanism, Mechanism),
) -> Result<Gain, Failure> {
    let base = g.aes(&[c::CKA_DERIVE, c::CKA_ENCRYPT])?;
    let data = random(32);
    let (derivation, encryption) = how(&data);
    let victim = g.derive(derivation, base, piece(32))?;
    let value = g.encrypt(encryption, base, &data)?;
    shown_to_be(g, victim, &value)
}

/// Whether a sensitive key has a value, by its HMAC.
fn shown_to_be(g: &Ground, key: Key, value: &[u8]) -> Result<Gain, Failure> {
    let code = g.sign(plain(c::CKM_SHA256_HMAC), key, b"proof")?;
    let own = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, value), b"proof");
    Ok(if own.as_ref() == code {
        Gain::Proof("a derived key's value")
    } else {
        Gain::Nothing
    })
}

/// SP 800-108 in counter mode with a 32-bit counter before a fixed input is HMAC of a message that anybody can write.
fn counter_kdf_known(g: &Ground) -> Result<Gain, Failure> {
    let both = Template::new().flag(c::CKA_SIGN, true);
    let (base, _) = g.base(both)?;
    let iteration = {
        // CK_SP800_108_COUNTER_FORMAT: bLittleEndian, ulWidthInBits.
        let mut format = vec![0; 8];
        format.extend_from_slice(&32_u64.to_ne_bytes());
        format
    };
    let label = b"label".to_vec();
    let mut parameters = Vec::new();
    for (kind, value) in [
        (c::CK_SP800_108_ITERATION_VARIABLE, &iteration),
        (c::CK_SP800_108_BYTE_ARRAY, &label),
    ] {
        for word in [kind, value.as_ptr() as u64, value.len() as u64] {
            parameters.extend_from_slice(&word.to_ne_bytes());
        }
    }
    let how = Mechanism::structured(
        c::CKM_SP800_108_COUNTER_KDF,
        &[
            Word::Number(c::CKM_SHA256_HMAC),
            Word::Number(2),
            Word::Pointer(parameters),
            Word::Number(0),
            Word::Pointer(Vec::new()),
        ],
    );
    let victim = g.derive(how, base, piece(32))?;
    let message = [&1_u32.to_be_bytes()[..], &label].concat();
    let value = g.sign(plain(c::CKM_SHA256_HMAC), base, &message)?;
    shown_to_be(g, victim, &value)
}

fn hkdf_as_data(g: &Ground) -> Result<Gain, Failure> {
    let (base, _) = g.base(Template::new())?;
    let victim = g.derive(hkdf(c::CKM_HKDF_DERIVE), base, piece(32))?;
    let data = Template::new()
        .number(c::CKA_CLASS, c::CKO_DATA)
        .flag(c::CKA_TOKEN, false)
        .number(c::CKA_VALUE_LEN, 32);
    let open = g
        .module
        .derive_key(g.session, &mut hkdf(c::CKM_HKDF_DATA), base, &data)?;
    shown_to_be(g, victim, &g.value(open)?)
}

fn digest_of_short_key(g: &Ground) -> Result<Gain, Failure> {
    let value = random(2);
    let template = with_uses(Template::new(), &[c::CKA_SIGN])
        .number(c::CKA_CLASS, c::CKO_SECRET_KEY)
        .number(c::CKA_KEY_TYPE, c::CKK_GENERIC_SECRET)
        .flag(c::CKA_TOKEN, false)
        .flag(c::CKA_SENSITIVE, true)
        .bytes(c::CKA_VALUE, &value);
    let key = g.create(&template)?;
    let digest = g.module.digest_key(g.session, key)?;
    let all = (0..=u16::MAX).map(u16::to_be_bytes);
    let guess = all.into_iter().find(|guess| {
        aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, guess).as_ref() == digest
    });
    bytes(guess.map(Vec::from).unwrap_or_default(), value)
}

fn state_after_digest_key(g: &Ground) -> Result<Gain, Failure> {
    let (key, value) = g.victim()?;
    let state = g.module.state_with_digested_key(g.session, key)?;
    bytes(state, value)
}
