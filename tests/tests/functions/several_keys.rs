//! Derivations that make several keys in one call: all of them or none.

use hsm_tests::c_caller::{CModule, KeyBlock, Template, UNTOUCHED, cryptoki_sys as c};
use hsm_tests::{Daemon, in_module_process};

use crate::{Session, nothing, user};

/// A generic secret that can be derived from, and read, as what comes of it then can be.
fn base(module: &CModule, session: Session, value: &[u8], is_open: bool) -> c::CK_OBJECT_HANDLE {
    let template = Template::new()
        .number(c::CKA_CLASS, c::CKO_SECRET_KEY)
        .number(c::CKA_KEY_TYPE, c::CKK_GENERIC_SECRET)
        .flag(c::CKA_TOKEN, false)
        .flag(c::CKA_DERIVE, true)
        .flag(c::CKA_SENSITIVE, !is_open)
        .flag(c::CKA_EXTRACTABLE, is_open)
        .bytes(c::CKA_VALUE, value);
    module.create_object(session, &template).unwrap()
}

fn open(key_type: c::CK_KEY_TYPE) -> Template {
    Template::new()
        .number(c::CKA_CLASS, c::CKO_SECRET_KEY)
        .number(c::CKA_KEY_TYPE, key_type)
        .flag(c::CKA_TOKEN, false)
        .flag(c::CKA_SENSITIVE, false)
        .flag(c::CKA_EXTRACTABLE, true)
}

fn value(module: &CModule, session: Session, key: c::CK_OBJECT_HANDLE) -> Vec<u8> {
    module.attribute(session, key, c::CKA_VALUE).unwrap()
}

fn secrets(module: &CModule, session: Session) -> usize {
    let all = Template::new().number(c::CKA_CLASS, c::CKO_SECRET_KEY);
    module.find(session, &all, 100).unwrap().len()
}

/// The example of PKCS#11 3.2 §6.42.8: 48 bytes and 16 bytes take three segments of SHA-256, none of them in both. Values
/// computed with the hmac module of Python 3.
#[test]
fn sp_800_108_gives_each_key_segments_of_its_own() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, session) = user();
            let value_of_base: Vec<u8> = (0..32).collect();
            let base = base(&module, session, &value_of_base, true);
            let templates = [
                open(c::CKK_GENERIC_SECRET).number(c::CKA_VALUE_LEN, 48),
                open(c::CKK_AES).number(c::CKA_VALUE_LEN, 16),
            ];
            for (method, long, short) in [
                (
                    c::CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS,
                    "a96742dab629385c2fda3ab31ff80ae5ab8f18d61a903f75d4cb97422e3b95864f650329d558a492707fde7467250678",
                    "92b590fe0aa231ee45880d55690a779e",
                ),
                (
                    c::CK_SP800_108_DKM_LENGTH_SUM_OF_SEGMENTS,
                    "71a9167cf4ed4ffe52f1ae73fd4b94c7845ef2f8e3a7572b3efa6bcc4fc042dd3b136f63737c58b480d6395b3c08c9d7",
                    "4756688c19345e8b191b4dd912d28230",
                ),
            ] {
                let (keys, outcome) =
                    module.derive_by_counter(session, base, b"label\0context", method, &templates);
                assert_eq!(outcome, Ok(()));
                let values: Vec<_> = keys
                    .iter()
                    .map(|key| hex::encode(value(&module, session, *key)))
                    .collect();
                assert_eq!(values, [long, short]);
            }
        },
        nothing,
    );
}

#[test]
fn where_one_of_several_keys_cannot_be_made_none_is() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, session) = user();
            let base = base(&module, session, &[7; 32], true);
            let before = secrets(&module, session);
            let derive = |templates: &[Template]| {
                let method = c::CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS;
                module.derive_by_counter(session, base, b"label", method, templates)
            };
            let aes = |length| {
                Template::new()
                    .number(c::CKA_KEY_TYPE, c::CKK_AES)
                    .flag(c::CKA_TOKEN, false)
                    .number(c::CKA_VALUE_LEN, length)
            };
            for (wrong, why) in [
                (aes(17), c::CKR_KEY_SIZE_RANGE),
                (
                    Template::new().number(c::CKA_KEY_TYPE, c::CKK_RSA),
                    c::CKR_ATTRIBUTE_VALUE_INVALID,
                ),
                (
                    aes(16).bytes(c::CKA_SENSITIVE, &[1; 8]),
                    c::CKR_ATTRIBUTE_VALUE_INVALID,
                ),
            ] {
                let (keys, outcome) = derive(&[aes(32), wrong]);
                assert_eq!(outcome, Err(why));
                assert_eq!(keys, [UNTOUCHED, c::CK_INVALID_HANDLE]);
                assert_eq!(secrets(&module, session), before);
            }
            let (_, outcome) = derive(&vec![aes(16); 17]);
            assert_eq!(outcome, Err(c::CKR_MECHANISM_PARAM_INVALID));
            let (keys, outcome) = derive(&vec![aes(16); 16]);
            assert_eq!(outcome, Ok(()));
            assert_eq!(keys.len(), 16);
            assert_eq!(secrets(&module, session), before + 16);
        },
        nothing,
    );
}

/// NIST CAVP, TLS 1.2 key derivation, SHA-256, key block of 1,024 bits, count 0.
const MASTER_SECRET: &str = "202c88c00f84a17a20027079604787461176455539e705be730890602c289a5001e34eeb3a043e5d52a65e66125188bf";
const KEY_BLOCK: &str = "d06139889fffac1e3a71865f504aa5d0d2a2e89506c6f2279b670c3e1b74f531016a2530c51a3a0f7e1d6590d0f0566b2f387f8d11fd4f731cdd572d2eae927f6f2f81410b25e6960be68985add6c38445ad9f8c64bf8068bf9a6679485d966f1ad6f68b43495b10a683755ea2b858d70ccac7ec8b053c6bd41ca299d4e51928";

/// AES-128-CBC with HMAC-SHA-1.
fn block() -> KeyBlock {
    let random = |text| hex::decode(text).unwrap();
    KeyBlock {
        mechanism: c::CKM_TLS12_KEY_AND_MAC_DERIVE,
        client_random: random("62e1fd91f23f558a605f28478c58cf72637b89784d959df7e946d3f07bd1b616"),
        server_random: random("ae6c806f8ad4d80784549dff28a4b58fd837681a51d928c3e30ee5ff14f39868"),
        code_bits: 160,
        cipher_bits: 128,
        iv_bits: 128,
    }
}

#[test]
fn a_key_block_of_tls_is_four_keys_and_two_initialization_vectors() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, session) = user();
            let master = base(&module, session, &hex::decode(MASTER_SECRET).unwrap(), true);
            let template = Template::new()
                .number(c::CKA_KEY_TYPE, c::CKK_AES)
                .flag(c::CKA_TOKEN, false);
            let out = module.derive_key_block(session, master, &block(), &template);
            assert_eq!(out.outcome, Ok(()));
            let values = out
                .keys
                .map(|key| hex::encode(value(&module, session, key)));
            let ivs = out.ivs.map(|iv| hex::encode(&iv[..16]));
            assert_eq!([values.concat(), ivs.concat()].concat(), KEY_BLOCK[..208]);
            assert_eq!(out.ivs[0][16..], [0; 48], "not a byte more");
            let has = |key, flag| module.attribute(session, key, flag).unwrap() == [1];
            let [code, _, cipher, _] = out.keys;
            assert!(has(code, c::CKA_SIGN) && has(code, c::CKA_VERIFY));
            assert!(has(cipher, c::CKA_ENCRYPT) && has(cipher, c::CKA_DERIVE));

            // The mechanism that tells no bytes of the block, and no keys of codes.
            let safe = KeyBlock {
                mechanism: c::CKM_TLS12_KEY_SAFE_DERIVE,
                code_bits: 0,
                // Ignored, whatever it says.
                iv_bits: 12_345,
                ..block()
            };
            let out = module.derive_key_block(session, master, &safe, &template);
            assert_eq!(out.outcome, Ok(()));
            let [no_code, no_other, client, server] = out.keys;
            assert_eq!([no_code, no_other], [c::CK_INVALID_HANDLE; 2]);
            let values = [client, server].map(|key| hex::encode(value(&module, session, key)));
            assert_eq!(values.concat(), KEY_BLOCK[..64]);
            assert_eq!(out.ivs, [[0; 64]; 2]);
        },
        nothing,
    );
}

#[test]
fn the_keys_of_a_key_block_are_as_secret_as_the_master_secret() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, session) = user();
            let master = base(&module, session, &[3; 48], false);
            let template = Template::new()
                .number(c::CKA_KEY_TYPE, c::CKK_AES)
                .flag(c::CKA_TOKEN, true);
            let out = module.derive_key_block(session, master, &block(), &template);
            assert_eq!(out.outcome, Ok(()));
            for key in out.keys {
                let has = |flag| module.attribute(session, key, flag).unwrap() == [1];
                assert!(has(c::CKA_SENSITIVE) && !has(c::CKA_EXTRACTABLE) && has(c::CKA_TOKEN));
                module.destroy_object(session, key).unwrap();
            }
            let before = secrets(&module, session);
            for (template, block, why) in [
                (
                    template.clone().flag(c::CKA_EXTRACTABLE, true),
                    block(),
                    c::CKR_TEMPLATE_INCONSISTENT,
                ),
                (
                    template.clone().number(c::CKA_VALUE_LEN, 32),
                    block(),
                    c::CKR_TEMPLATE_INCONSISTENT,
                ),
                (
                    template.clone(),
                    KeyBlock {
                        cipher_bits: 136,
                        ..block()
                    },
                    c::CKR_KEY_SIZE_RANGE,
                ),
                (
                    template.clone(),
                    KeyBlock {
                        cipher_bits: 127,
                        ..block()
                    },
                    c::CKR_MECHANISM_PARAM_INVALID,
                ),
                (
                    template.clone(),
                    KeyBlock {
                        cipher_bits: 0,
                        code_bits: 0,
                        ..block()
                    },
                    c::CKR_MECHANISM_PARAM_INVALID,
                ),
                (
                    template.clone(),
                    KeyBlock {
                        iv_bits: 1 << 20,
                        ..block()
                    },
                    c::CKR_MECHANISM_PARAM_INVALID,
                ),
            ] {
                let out = module.derive_key_block(session, master, &block, &template);
                assert_eq!(out.outcome, Err(why));
                assert_eq!(out.ivs, [[0; 64]; 2]);
                assert_eq!(secrets(&module, session), before);
            }
        },
        nothing,
    );
}
