//! Changes to the keys of one account take turns, so that none meets a key that another is changing just now: whoever
//! applies a configuration asks for several at once, and none of these is at fault.

use hsmd_gate::Row;
use hsmd_identity::Caller;
use tokio::sync::{Mutex, MutexGuard};

/// How many accounts can change keys at once. Accounts that share a place wait for each other, no more.
const PLACES: usize = 64;

/// The turns of all accounts.
pub(crate) struct Turns([Mutex<()>; PLACES]);

impl Default for Turns {
    fn default() -> Self {
        Self([const { Mutex::const_new(()) }; PLACES])
    }
}

impl Turns {
    /// Waits for the account's turn if the action changes its keys. The turn ends when this is dropped.
    pub(crate) async fn of(&self, caller: &Caller, action: &Row) -> Option<MutexGuard<'_, ()>> {
        let has_keys = action.aws.as_ref()?.keys().next().is_some();
        if !has_keys || !action.changes_state() {
            return None;
        }
        let digits = caller.aws()?.account.as_str().bytes();
        let place = digits.fold(0, |sum: usize, digit| {
            sum.wrapping_mul(31).wrapping_add(usize::from(digit))
        });
        Some(self.0[place % PLACES].lock().await)
    }
}
