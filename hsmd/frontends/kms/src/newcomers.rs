//! Connections on which nobody has signed a request yet. When there are as many connections as there may be, the oldest of
//! these makes room for the next, so that opening connections keeps nobody else out.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::sync::Notify;

/// Whether somebody has signed a request of a connection.
#[derive(Default)]
pub(crate) struct Standing {
    is_proven: AtomicBool,
    sent_away: Notify,
}

/// The connections that are not proven yet, the oldest first, among some that are, or that have ended.
#[derive(Default)]
pub(crate) struct Newcomers(Mutex<VecDeque<Weak<Standing>>>);

impl Standing {
    /// A request of the connection was answered with success, so whoever signed it is known.
    pub(crate) fn prove(&self) {
        self.is_proven.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_proven(&self) -> bool {
        self.is_proven.load(Ordering::Relaxed)
    }

    /// Returns when the connection has to make room.
    pub(crate) async fn sent_away(&self) {
        self.sent_away.notified().await;
    }
}

impl Newcomers {
    /// Takes in one more connection, of which nothing is known yet.
    pub(crate) fn admit(&self) -> Arc<Standing> {
        let standing = Arc::<Standing>::default();
        let mut newcomers = self.0.lock();
        if newcomers.len() == newcomers.capacity() {
            newcomers.retain(is_newcomer);
        }
        newcomers.push_back(Arc::downgrade(&standing));
        standing
    }

    /// Sends the oldest away. False if there is none.
    pub(crate) fn send_one_away(&self) -> bool {
        let mut newcomers = self.0.lock();
        while let Some(oldest) = newcomers.pop_front() {
            let oldest = oldest.upgrade();
            if let Some(standing) = oldest.filter(|standing| !standing.is_proven()) {
                standing.sent_away.notify_one();
                return true;
            }
        }
        false
    }
}

fn is_newcomer(standing: &Weak<Standing>) -> bool {
    let standing = standing.upgrade();
    standing.is_some_and(|standing| !standing.is_proven())
}
