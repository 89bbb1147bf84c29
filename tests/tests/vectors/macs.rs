//! Message authentication codes, whole. Wycheproof's shortened ones belong to mechanisms that are not offered.

use hsm_algorithms::{Algorithm, KeyKind, Parameters};
use hsm_aws_lc::Message;
use hsmd_vault::engines;
use wycheproof::mac::{TestName, TestSet};

use crate::{Cases, secret};

/// The files, and the algorithm that each is about.
pub(crate) const FILES: &[(TestName, Algorithm)] = &[
    (TestName::AesCmac, Algorithm::AesCmac),
    (TestName::HmacSha1, Algorithm::HmacSha1),
    (TestName::HmacSha224, Algorithm::HmacSha224),
    (TestName::HmacSha256, Algorithm::HmacSha256),
    (TestName::HmacSha384, Algorithm::HmacSha384),
    (TestName::HmacSha512, Algorithm::HmacSha512),
    (TestName::HmacSha512_224, Algorithm::HmacSha512_224),
    (TestName::HmacSha512_256, Algorithm::HmacSha512_256),
    (TestName::HmacSha3_224, Algorithm::HmacSha3_224),
    (TestName::HmacSha3_256, Algorithm::HmacSha3_256),
    (TestName::HmacSha3_384, Algorithm::HmacSha3_384),
    (TestName::HmacSha3_512, Algorithm::HmacSha3_512),
];

#[test]
fn codes_are_made_and_changed_ones_refused() {
    for (name, algorithm) in FILES {
        let mut cases = Cases::of(algorithm.name());
        let whole_bits = 8 * algorithm
            .digest()
            .map_or(16, hsm_algorithms::Digest::length_bytes);
        let groups = TestSet::load(*name).unwrap().test_groups;
        for test in groups
            .into_iter()
            .filter(|group| group.tag_size == whole_bits)
            .flat_map(|group| group.tests)
        {
            let kind = if *algorithm == Algorithm::AesCmac {
                KeyKind::Aes
            } else {
                KeyKind::GenericSecret
            };
            // A key of a length that AES does not have is refused when it is made.
            let outcome = secret(kind, &test.key).map(|key| {
                engines::verify_mac(
                    &key,
                    *algorithm,
                    &Parameters::None,
                    Message::Whole(&test.msg),
                    &test.tag,
                )
            });
            cases.case(
                test.tc_id,
                test.result,
                outcome.is_some_and(|outcome| outcome.is_ok()),
            );
        }
        cases.finish();
    }
}
