//! Checkpoints: signed statements of how many records there are and what their tree's root is, as C2SP
//! tlog-checkpoint and signed-note have them.

use std::fmt::{self, Write as _};
use std::io;
use std::path::Path;

use ed25519_dalek::Signer;
use hsmd_secret_memory::{LockedBytes, on_secret_stack};
use signed_note::{Note, Signature, StandardVerifier, VerifierList};
use tlog_tiles::checkpoint::Checkpoint as Statement;
use tlog_tiles::tlog::Hash;

use crate::audit::record;

/// The file with the latest checkpoint, under the log's directory.
pub(crate) const CHECKPOINT: &str = "checkpoint";

/// The file with the key that checks it.
pub(crate) const VERIFIER_KEY: &str = "verifier-key";

/// The log's own Ed25519 key, in locked memory. It is opened for one signature at a time, on a stack in locked memory.
pub struct SigningKey {
    seed: LockedBytes,
}

impl SigningKey {
    /// A new key.
    ///
    /// # Errors
    ///
    /// [`hsmd_secret_memory::Exhausted`] if the arena for secrets is full.
    pub fn generate() -> Result<Self, hsmd_secret_memory::Exhausted> {
        LockedBytes::random(SEED_BYTES).map(|seed| Self { seed })
    }

    /// The key with this 32-byte seed.
    ///
    /// # Errors
    ///
    /// Gives the bytes back if they are not 32.
    pub fn from_seed(seed: LockedBytes) -> Result<Self, LockedBytes> {
        if seed.len() == SEED_BYTES {
            Ok(Self { seed })
        } else {
            Err(seed)
        }
    }

    /// The seed, to be stored behind the barrier.
    #[must_use]
    pub fn seed(&self) -> &LockedBytes {
        &self.seed
    }

    /// The key that checks this one's signatures, in the form of C2SP signed-note: `origin+id+key`.
    #[must_use]
    pub fn verifier_key(&self, origin: &str) -> String {
        use base64::Engine;
        let encoded = self.encoded_public_key();
        let id = signed_note::key_id(origin, &encoded);
        format!(
            "{origin}+{id:08x}+{}",
            base64::prelude::BASE64_STANDARD.encode(encoded)
        )
    }

    fn encoded_public_key(&self) -> Vec<u8> {
        let public = self.with_key(|key| key.verifying_key().to_bytes());
        [&[ED25519], &public[..]].concat()
    }

    fn with_key<R>(&self, f: impl FnOnce(&ed25519_dalek::SigningKey) -> R) -> R {
        on_secret_stack(|| {
            let mut seed = [0; SEED_BYTES];
            seed.copy_from_slice(self.seed.expose());
            let key = ed25519_dalek::SigningKey::from_bytes(&seed);
            zeroize::Zeroize::zeroize(&mut seed);
            f(&key)
        })
    }
}

/// A checkpoint that was read, and whose signature was checked or not.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Checkpoint {
    pub(crate) size: u64,
    pub(crate) root: Hash,
    /// The store's head: it was at least this when the checkpoint was signed. 0 if nobody had said.
    pub(crate) store_head: u64,
}

/// Signs that the log `origin` has so many records with this root, and the store this head.
pub(crate) fn sign(
    key: &SigningKey,
    origin: &str,
    checkpoint: &Checkpoint,
    since_epoch: std::time::Duration,
) -> Result<Vec<u8>, Unsignable> {
    let mut extension = String::from("time ");
    record::push_time(&mut extension, since_epoch);
    extension.push('\n');
    if checkpoint.store_head > 0 {
        let _ = writeln!(extension, "{STORE_HEAD}{}", checkpoint.store_head);
    }
    let text = Statement::new(origin, checkpoint.size, checkpoint.root, &extension)
        .map_err(|_| Unsignable)?
        .to_bytes();
    let id = signed_note::key_id(origin, &key.encoded_public_key());
    let signature = key.with_key(|key| key.sign(&text).to_bytes().to_vec());
    let signature = Signature::new(origin.to_owned(), id, signature).map_err(|_| Unsignable)?;
    Ok(Note::new(&text, &[signature])
        .map_err(|_| Unsignable)?
        .to_bytes())
}

/// The log's name cannot stand in a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a log's name has no spaces and no plus signs")]
pub(crate) struct Unsignable;

/// What a checkpoint says, if `verifier_key` signed it.
pub(crate) fn verify(note: &[u8], verifier_key: &str) -> Option<Checkpoint> {
    let verifier = StandardVerifier::new(verifier_key.trim_end()).ok()?;
    let name = signed_note::Verifier::name(&verifier).to_owned();
    let note = Note::from_bytes(note).ok()?;
    let (signed, _) = note
        .verify(&VerifierList::new(vec![Box::new(verifier)]))
        .ok()?;
    let statement = Statement::from_bytes(note.text()).ok()?;
    (!signed.is_empty() && statement.origin() == name).then(|| said(&statement))
}

/// What a checkpoint says, believed as it stands.
pub(crate) fn parse(note: &[u8]) -> Option<Checkpoint> {
    let note = Note::from_bytes(note).ok()?;
    let statement = Statement::from_bytes(note.text()).ok()?;
    Some(said(&statement))
}

fn said(statement: &Statement) -> Checkpoint {
    let mut lines = statement.extension().lines();
    let store_head = lines.find_map(|line| line.strip_prefix(STORE_HEAD)?.parse().ok());
    Checkpoint {
        size: statement.size(),
        root: *statement.hash(),
        store_head: store_head.unwrap_or(0),
    }
}

/// Reads a file that may not be there.
pub(crate) fn read_if_there(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

/// How the line of a checkpoint begins that says the store's head.
const STORE_HEAD: &str = "store-head ";

const SEED_BYTES: usize = 32;

/// The algorithm byte of Ed25519 in C2SP signed-note.
const ED25519: u8 = 1;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const CHECKPOINT_OF_42: Checkpoint = Checkpoint {
        size: 42,
        root: Hash([9; 32]),
        store_head: 0,
    };

    fn key(byte: u8) -> SigningKey {
        SigningKey::from_seed(LockedBytes::copy_of(&[byte; 32]).unwrap())
            .ok()
            .unwrap()
    }

    #[test]
    fn a_checkpoint_is_checked_by_an_independent_implementation() {
        let key = key(7);
        let root = Hash([9; 32]);
        let checkpoint = Checkpoint {
            size: 42,
            root,
            store_head: 7,
        };
        let note = sign(&key, "hsmd.example/a", &checkpoint, Duration::from_secs(1)).unwrap();
        let verifier_key = key.verifier_key("hsmd.example/a");
        assert_eq!(verify(&note, &verifier_key), Some(checkpoint));
        let text = String::from_utf8(note).unwrap();
        assert!(text.starts_with("hsmd.example/a\n42\n"), "{text}");
        assert!(
            text.contains("\ntime 1970-01-01T00:00:01.000000Z\nstore-head 7\n"),
            "{text}"
        );
    }

    #[test]
    fn one_changed_bit_another_key_or_another_log_is_refused() {
        let note = sign(&key(7), "log", &CHECKPOINT_OF_42, Duration::ZERO).unwrap();
        let verifier_key = key(7).verifier_key("log");
        assert!(verify(&note, &verifier_key).is_some());
        assert!(verify(&note, &key(8).verifier_key("log")).is_none());
        assert!(verify(&note, &key(7).verifier_key("other")).is_none());
        for position in 0..note.len() {
            let mut changed = note.clone();
            changed[position] ^= 1;
            assert_eq!(verify(&changed, &verifier_key), None, "at {position}");
        }
    }

    #[test]
    fn a_name_that_cannot_stand_in_a_checkpoint_is_refused() {
        assert!(sign(&key(7), "a b", &CHECKPOINT_OF_42, Duration::ZERO).is_err());
    }
}
