//! Changes to one key, object or token take turns, so that none meets what another is changing just now: whoever applies a
//! configuration asks for several at once, and none of these is at fault.

use hsmd_gate::{Row, actions};
use tokio::sync::{Mutex, MutexGuard};

/// How many things can be changed at once. Those that share a place wait for each other, no more.
const PLACES: usize = 1_024;

/// The turns of all keys, objects and tokens, by their ids.
pub(crate) struct Turns(Box<[Mutex<()>]>);

impl Default for Turns {
    fn default() -> Self {
        Self((0..PLACES).map(|_| Mutex::default()).collect())
    }
}

impl Turns {
    /// Whether an action changes what it names, and not what it makes of it. Grants are records of their own, of which a key
    /// can get thousands at the same time.
    pub(crate) fn are_taken_by(action: &Row) -> bool {
        let of_grants = [
            actions::kms::CREATE_GRANT.row(),
            actions::kms::REVOKE_GRANT.row(),
            actions::kms::RETIRE_GRANT.row(),
        ];
        let changes_the_named = action.changes_state() && !action.creates_objects;
        changes_the_named && !of_grants.into_iter().any(|row| std::ptr::eq(row, action))
    }

    /// Waits for the turn of each of these. It ends when this is dropped.
    pub(crate) async fn of(&self, ids: &[[u8; 16]]) -> Vec<MutexGuard<'_, ()>> {
        // The last bytes of an id are random.
        let place = |id: &[u8; 16]| usize::from(u16::from_be_bytes([id[14], id[15]])) % PLACES;
        let mut places: Vec<usize> = ids.iter().map(place).collect();
        // In one order, so that no two requests wait for each other.
        places.sort_unstable();
        places.dedup();
        let mut turns = Vec::with_capacity(places.len());
        for place in places {
            turns.push(self.0[place].lock().await);
        }
        turns
    }
}
