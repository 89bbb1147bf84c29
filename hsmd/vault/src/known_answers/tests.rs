//! That every algorithm has answers, and that wrong ones are found.

use super::*;

#[test]
fn every_algorithm_has_known_answers() {
    let missing: Vec<_> = Algorithm::ALL
        .iter()
        .filter(|algorithm| !all().any(|answer| answer.algorithm == **algorithm))
        .collect();
    assert!(
        missing.is_empty(),
        "add answers to src/known_answers for {missing:?}"
    );
}

#[test]
fn the_self_test_passes_and_runs_every_answer() {
    let report = self_test().unwrap();
    assert_eq!(report.answers, all().count());
    assert_eq!(report.algorithms, Algorithm::ALL.len());
}

#[test]
fn a_broken_answer_is_found_whichever_it_is() {
    for answer in all() {
        let broken = KnownAnswer {
            algorithm: answer.algorithm,
            source: answer.source,
            test: broken(answer.test),
        };
        assert!(
            broken.run().is_err(),
            "{} of {} passes although broken",
            answer.algorithm,
            answer.source
        );
    }
}

#[test]
fn an_algorithm_that_computes_something_else_is_found() {
    for answer in all() {
        let digest = answer.algorithm.digest();
        let others = Algorithm::ALL.iter().filter(|other| {
            other.family() == answer.algorithm.family()
                && other.digest() != digest
                && other.digest().is_some()
        });
        for other in others.filter(|_| digest.is_some()) {
            let wrong = KnownAnswer {
                algorithm: *other,
                source: answer.source,
                test: answer.test,
            };
            assert!(
                wrong.run().is_err(),
                "{other} passes for {}",
                answer.algorithm
            );
        }
    }
}

/// The same test with the last bit of its answer changed.
#[expect(clippy::too_many_lines, reason = "one arm for each kind of test")]
fn broken(test: Test) -> Test {
    let flip = |bytes: &'static [u8]| -> &'static [u8] {
        let mut bytes = bytes.to_vec();
        *bytes.last_mut().unwrap() ^= 1;
        bytes.leak()
    };
    match test {
        Test::Digest { message, digest } => Test::Digest {
            message,
            digest: flip(digest),
        },
        Test::Mac {
            kind,
            key,
            parameters,
            message,
            code,
        } => Test::Mac {
            kind,
            key,
            parameters,
            message,
            code: flip(code),
        },
        Test::Cipher {
            kind,
            key,
            parameters,
            plaintext,
            ciphertext,
        } => Test::Cipher {
            kind,
            key,
            parameters,
            plaintext,
            ciphertext: flip(ciphertext),
        },
        Test::Signature {
            key,
            parameters,
            message,
            signature,
            is_deterministic,
        } => Test::Signature {
            key,
            parameters,
            message,
            signature: flip(signature),
            is_deterministic,
        },
        Test::Decryption {
            key,
            parameters,
            plaintext,
            ciphertext,
        } => Test::Decryption {
            key,
            parameters,
            plaintext: flip(plaintext),
            ciphertext,
        },
        Test::Derivation {
            kind,
            key,
            other,
            parameters,
            derived,
        } => Test::Derivation {
            kind,
            key,
            other,
            parameters,
            derived: flip(derived),
        },
        Test::Password {
            password,
            parameters,
            derived,
        } => Test::Password {
            password,
            parameters,
            derived: flip(derived),
        },
        Test::Unwrapping {
            key,
            parameters,
            wrapped,
            clear,
        } => Test::Unwrapping {
            key,
            parameters,
            wrapped,
            clear: flip(clear),
        },
        Test::PublicHalf { key, public } => Test::PublicHalf {
            key,
            public: flip(public),
        },
        Test::Decapsulation {
            key,
            ciphertext,
            secret,
        } => Test::Decapsulation {
            key,
            ciphertext,
            secret: flip(secret),
        },
        Test::Agreement {
            key,
            public_point,
            secret,
        } => Test::Agreement {
            key,
            public_point,
            secret: flip(secret),
        },
    }
}
