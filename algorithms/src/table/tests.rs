//! That the rows agree with each other.

use std::collections::HashSet;

use super::*;

#[test]
fn every_algorithm_is_found_by_its_name_and_by_its_mechanism_for_each_purpose() {
    for algorithm in Algorithm::ALL {
        assert_eq!(Algorithm::by_name(algorithm.name()), Some(*algorithm));
        let Some(mechanism) = algorithm.row().pkcs11 else {
            continue;
        };
        for purpose in Purpose::ALL.iter().filter(|one| algorithm.is_for(**one)) {
            // The first of the table that fits.
            let first = Algorithm::ALL
                .iter()
                .find(|one| one.row().pkcs11 == Some(mechanism) && one.is_for(*purpose));
            let found = Algorithm::by_mechanism(mechanism, *purpose);
            assert_eq!(found.as_ref(), first, "{algorithm}");
        }
    }
    for wrong in ["", "ECDS", "ECDSAA", "ecdsa"] {
        assert_eq!(Algorithm::by_name(wrong), None);
    }
    assert_eq!(Algorithm::by_mechanism(u64::MAX, Purpose::Sign), None);
    assert_eq!(Algorithm::by_mechanism(0xffff, Purpose::Sign), None);
}

#[test]
fn names_are_unique_and_lead_back() {
    for algorithm in Algorithm::ALL {
        assert_eq!(Algorithm::by_name(algorithm.name()), Some(*algorithm));
    }
}

#[test]
fn a_mechanism_names_one_algorithm_for_each_purpose() {
    let mut seen = HashSet::new();
    for algorithm in Algorithm::ALL {
        for purpose in Purpose::ALL
            .iter()
            .filter(|purpose| algorithm.is_for(**purpose))
        {
            if let Some(mechanism) = algorithm.row().pkcs11 {
                assert!(
                    seen.insert((mechanism, *purpose)),
                    "{algorithm} {purpose:?}"
                );
                assert_eq!(
                    Algorithm::by_mechanism(mechanism, *purpose),
                    Some(*algorithm)
                );
            }
        }
    }
}

#[test]
fn every_algorithm_has_a_purpose_and_all_but_digests_a_key() {
    for algorithm in Algorithm::ALL {
        assert!(
            Purpose::ALL
                .iter()
                .any(|purpose| algorithm.is_for(*purpose)),
            "{algorithm}"
        );
        assert_eq!(
            algorithm.row().keys.is_empty(),
            algorithm.is_for(Purpose::Digest) || algorithm.is_for(Purpose::Generate),
            "{algorithm}"
        );
    }
}

#[test]
fn what_signs_has_a_signature_length() {
    for algorithm in Algorithm::ALL {
        for kind in algorithm.row().keys {
            let spec = KeySpec::new(*kind, kind.row().bits.max).unwrap();
            assert_eq!(
                algorithm
                    .signature_length_bytes(spec, &Parameters::None)
                    .is_some(),
                algorithm.is_for(Purpose::Sign)
            );
        }
    }
}

#[test]
fn the_digest_algorithms_are_the_digests() {
    let rows = Algorithm::ALL
        .iter()
        .filter(|algorithm| algorithm.is_for(Purpose::Digest));
    let digests: Vec<_> = rows
        .clone()
        .filter_map(|algorithm| algorithm.digest())
        .collect();
    assert_eq!(digests, Digest::ALL);
    for algorithm in rows {
        let digest = algorithm.digest().unwrap();
        assert_eq!(algorithm.name(), digest.name());
        assert_eq!(algorithm.row().pkcs11, Some(digest.row().mechanism));
    }
}
