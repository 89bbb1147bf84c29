//! A token of the strict profile gives no key away: to no attack that has a name, and to no random sequence of calls.
//!
//! Each test has its counterpart on a compatible token, where the same harness must find what is to be found.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::path::Path;

use hsm_tests::{
    Daemon,
    attacks::{Attack, Ground, Outcome, sequences},
    c_caller::{CModule, Mechanism, Template, cryptoki_sys as c},
    module_process::in_module_process_with,
};

/// Attacks that work on a compatible token, as they do on other soft tokens: without them this suite would not know that
/// its harness sees anything.
const WORK_WHERE_COMPATIBLE: &[&str] = &[
    "wrap-decrypt-ecb",
    "wrap-decrypt-cbc",
    "wrap-decrypt-cbc-pad",
    "wrap-decrypt-gcm",
    "wrap-kw-decrypt-by-blocks",
    "wrap-decrypt-rsa-pkcs1",
    "wrap-decrypt-rsa-oaep",
    "wrap-ec-key-decrypt",
    "unwrap-readable-kw",
    "unwrap-readable-kwp",
    "unwrap-readable-cbc-pad",
    "unwrap-readable-gcm",
    "unwrap-readable-rsa-oaep",
    "unwrap-readable-other-type",
    "unwrap-readable-ec-key",
    "unwrap-template-readable",
    "gcm-nonce-repeated",
    "weaker-wrapping-aes",
    "known-key-wraps",
    "known-key-two-roles",
    "known-rsa-key-wraps",
    "readable-key-wraps",
    "unwrapped-key-wraps",
    "unwrapped-rsa-key-wraps",
    "derived-key-wraps",
    "decrypt-role-later",
    "wrap-role-by-copy",
    "role-exchanged-for-another",
    "pieces-by-extraction",
    "pieces-by-length",
    "pieces-by-xor",
    "pieces-behind-known-data",
    "pieces-behind-known-key",
    "pieces-of-an-agreement",
    "pieces-of-hkdf",
    "key-block-as-vectors",
    "encrypted-data-known-ecb",
    "encrypted-data-known-cbc",
    "counter-kdf-known",
    "mac-byte-by-byte",
    "rsa-decrypt-oracle",
    "always-authenticate-by-wrapping",
];

/// The random calls of one run; `HSM_SEQUENCE_CALLS` asks for more.
const CALLS: usize = 50_000;
/// A compatible token leaks long before.
const CALLS_UNTIL_A_LEAK_MAX: usize = 50_000;
/// Wrapping and decrypting takes three calls; what is found by chance may take a few more.
const SHORTEST_LEAK_STEPS_MAX: usize = 8;

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

fn ground() -> Ground {
    let module = CModule::load(Path::new(&variable("PKCS11_MODULE")));
    Ground::new(
        module,
        &variable("HSM_TOKEN_LABEL"),
        &variable("HSM_PIN"),
        &variable("HSM_SO_PIN"),
    )
    .unwrap()
}

/// A token of the strict profile beside the daemon's own; the child uses it.
fn with_strict_token(daemon: &Daemon) -> (Vec<(String, String)>, ()) {
    let label = daemon.make_token("strict", "strict");
    let (mut environment, ()) = with_own_token(daemon);
    environment.push(("HSM_TOKEN_LABEL".to_owned(), label));
    (environment, ())
}

/// The daemon's own token, which is a compatible one. The child sees of our settings only what is passed on.
fn with_own_token(_: &Daemon) -> (Vec<(String, String)>, ()) {
    let settings = ["HSM_SEQUENCE_CALLS", "HSM_TEST_SEED"];
    let set = settings
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?)));
    (set.collect(), ())
}

/// What came of every attack, printed as a table.
fn outcomes() -> Vec<(&'static str, Outcome)> {
    let ground = ground();
    Attack::all()
        .into_iter()
        .map(|attack| {
            let outcome = attack.try_on(&ground);
            println!("{:32} {outcome}", attack.name);
            (attack.name, outcome)
        })
        .collect()
}

fn gained(outcomes: &[(&'static str, Outcome)]) -> Vec<&'static str> {
    outcomes
        .iter()
        .filter(|(_, outcome)| matches!(outcome, Outcome::Leaked(_)))
        .map(|(name, _)| *name)
        .collect()
}

#[test]
fn no_attack_works_on_a_strict_token() {
    in_module_process_with(
        Daemon::dev,
        with_strict_token,
        || {
            let outcomes = outcomes();
            assert!(outcomes.len() >= 60, "{} attacks", outcomes.len());
            assert_eq!(gained(&outcomes), [""; 0]);
        },
        |_, ()| {},
    );
}

#[test]
fn the_harness_sees_the_attacks_that_work_on_a_compatible_token() {
    in_module_process_with(
        Daemon::dev,
        with_own_token,
        || {
            let outcomes = outcomes();
            let gained = gained(&outcomes);
            let unseen: Vec<_> = WORK_WHERE_COMPATIBLE
                .iter()
                .filter(|name| !gained.contains(name))
                .collect();
            assert!(unseen.is_empty(), "{unseen:?}");
            // What even this profile refuses, since the standard does.
            for refused in [
                "read-sensitive",
                "read-unextractable",
                "sensitive-off",
                "copy-not-sensitive",
                "extractable-on",
                "trusted-by-user",
                "pin-guessing",
                "unwrap-template-contradicted",
                "private-key-after-logout",
                "cbc-pad-unwrap-oracle",
            ] {
                assert!(!gained.contains(&refused), "{refused}");
            }
        },
        |_, ()| {},
    );
}

#[test]
fn a_strict_token_offers_nothing_by_broken_algorithms() {
    in_module_process_with(
        Daemon::dev,
        with_strict_token,
        || {
            let ground = ground();
            let (module, session) = (&ground.module, ground.session);
            for legacy in [
                c::CKM_MD5,
                c::CKM_MD5_HMAC,
                c::CKM_MD5_RSA_PKCS,
                c::CKM_DES_CBC,
                c::CKM_DES3_CBC,
                c::CKM_DES3_KEY_GEN,
            ] {
                assert!(!module.has_mechanism(ground.slot, legacy), "{legacy:#x}");
            }
            assert!(module.has_mechanism(ground.slot, c::CKM_SHA256));
            // Digests and verifications are computed in the module, where nobody asks the daemon.
            let invalid = Err(c::CKR_MECHANISM_INVALID);
            let mut md5 = Mechanism::plain(c::CKM_MD5);
            assert_eq!(
                module.start_without_key(|list| list.C_DigestInit, session, &mut md5),
                invalid
            );
            let mut sha256 = Mechanism::plain(c::CKM_SHA256);
            assert_eq!(
                module.start_without_key(|list| list.C_DigestInit, session, &mut sha256),
                Ok(())
            );
            let session_object = || Template::new().flag(c::CKA_TOKEN, false);
            let public = session_object().number(c::CKA_MODULUS_BITS, 2048);
            let generator = c::CKM_RSA_PKCS_KEY_PAIR_GEN;
            let (public, _) = module
                .generate_key_pair(session, generator, &public, &session_object())
                .unwrap();
            let mut md5 = Mechanism::plain(c::CKM_MD5_RSA_PKCS);
            assert_eq!(
                module.start(|list| list.C_VerifyInit, session, &mut md5, public),
                invalid
            );
        },
        |_, ()| {},
    );
}

#[test]
fn no_random_sequence_of_calls_tells_a_secret_of_a_strict_token() {
    in_module_process_with(
        Daemon::dev,
        with_strict_token,
        || {
            let calls = std::env::var("HSM_SEQUENCE_CALLS")
                .map_or(CALLS, |calls| calls.parse().expect("a number of calls"));
            let seed = seed();
            println!("HSM_TEST_SEED={seed}");
            match sequences::run(&ground(), seed, calls) {
                Ok(tally) => {
                    println!("{tally:?}");
                    // A machine whose calls all fail proves nothing.
                    assert!(tally.succeeded > calls / 10, "{tally:?}");
                    assert!(tally.outputs > calls / 100, "{tally:?}");
                }
                Err(leak) => panic!("{leak}"),
            }
        },
        |_, ()| {},
    );
}

#[test]
fn random_sequences_find_the_leaks_of_a_compatible_token_and_cut_them_short() {
    in_module_process_with(
        Daemon::dev,
        with_own_token,
        || {
            let seed = seed();
            println!("HSM_TEST_SEED={seed}");
            let Err(leak) = sequences::run(&ground(), seed, CALLS_UNTIL_A_LEAK_MAX) else {
                panic!("seed {seed}: no leak was seen where there are some");
            };
            println!("{leak}");
            assert!(leak.shortest.len() <= SHORTEST_LEAK_STEPS_MAX, "{leak}");
        },
        |_, ()| {},
    );
}

/// What makes the random calls: the one that is asked for, else a new one each time.
fn seed() -> u64 {
    std::env::var("HSM_TEST_SEED").map_or_else(
        |_| {
            let mut bytes = [0; 8];
            aws_lc_rs::rand::fill(&mut bytes).expect("randomness");
            u64::from_le_bytes(bytes)
        },
        |seed| seed.parse().expect("a seed is a number"),
    )
}
