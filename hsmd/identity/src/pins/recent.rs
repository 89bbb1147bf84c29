//! The PINs that were found right since the daemon started, so that a program that starts, logs in and signs once does
//! not wait for Argon2id each time.
//!
//! What is kept is a digest over the PIN, in the arena, where nobody who can read the daemon's other memory finds it. It
//! is bound to the stored hash, so that a changed PIN is no longer known. Not knowing a PIN says nothing about it: then it
//! is counted as a try and Argon2id decides.

use std::collections::HashMap;
use std::sync::Arc;

use hsmd_keys::PartitionId;
use hsmd_secret_memory::{LockedBytes, on_secret_stack};
use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretSlice};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::caller::PinHolder;
use crate::stored::StoredPin;

/// Right PINs of this run of the daemon: at most one for each who has one.
#[derive(Clone, Default)]
pub(super) struct Recent(Arc<Mutex<HashMap<(PartitionId, PinHolder), LockedBytes>>>);

impl Recent {
    /// Whether `pin` was found right before, for this very `stored` hash.
    pub(super) fn knows(
        &self,
        partition: PartitionId,
        holder: &PinHolder,
        stored: &StoredPin,
        pin: &SecretSlice<u8>,
    ) -> bool {
        let known = self.0.lock();
        known
            .get(&(partition, holder.clone()))
            .is_some_and(|known| known.equals_in_constant_time(&*digest(stored, pin)))
    }

    /// Keeps `pin`, which was found right. Without room in the arena it is not kept.
    pub(super) fn keep(
        &self,
        partition: PartitionId,
        holder: &PinHolder,
        stored: &StoredPin,
        pin: &SecretSlice<u8>,
    ) {
        if let Ok(known) = LockedBytes::from_slice_and_wipe(&mut *digest(stored, pin)) {
            self.0.lock().insert((partition, holder.clone()), known);
        }
    }

    /// Forgets the PINs of a partition.
    pub(super) fn forget(&self, partition: PartitionId) {
        self.0.lock().retain(|(of, _), _| *of != partition);
    }
}

fn digest(stored: &StoredPin, pin: &SecretSlice<u8>) -> Zeroizing<[u8; 32]> {
    #[allow(
        clippy::disallowed_methods,
        reason = "the bytes go into SHA-256, which wipes its state"
    )]
    let pin = pin.expose_secret();
    // SHA-256 copies the PIN into its block.
    on_secret_stack(|| {
        let digest = Sha256::new()
            .chain_update(&stored.salt)
            .chain_update(&stored.hash)
            .chain_update(pin);
        Zeroizing::new(digest.finalize().into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(hash: u8) -> StoredPin {
        StoredPin {
            salt: vec![1; 16],
            hash: vec![hash; 32],
            ..StoredPin::default()
        }
    }

    fn pin(digits: &str) -> SecretSlice<u8> {
        digits.as_bytes().to_vec().into()
    }

    #[test]
    fn a_pin_is_known_for_its_own_partition_role_and_stored_hash_alone() {
        let (recent, partition) = (Recent::default(), PartitionId::from_bytes([1; 16]));
        let other = PartitionId::from_bytes([2; 16]);
        recent.keep(partition, &PinHolder::User, &stored(1), &pin("1234"));
        let knows = |partition, role, hash, digits| {
            recent.knows(partition, role, &stored(hash), &pin(digits))
        };
        assert!(knows(partition, &PinHolder::User, 1, "1234"));
        assert!(!knows(partition, &PinHolder::User, 1, "1235"));
        assert!(!knows(partition, &PinHolder::User, 2, "1234"));
        assert!(!knows(partition, &PinHolder::SecurityOfficer, 1, "1234"));
        assert!(!knows(other, &PinHolder::User, 1, "1234"));
    }
}
