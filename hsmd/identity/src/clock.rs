//! Time, passed in so that tests decide what it is.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Tells the time.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The time since the Unix epoch, by the wall.
    fn since_epoch(&self) -> Duration;
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the machine's clock is read"
    )]
    fn since_epoch(&self) -> Duration {
        // A clock set before 1970 is a misconfigured machine; the epoch is then the least wrong answer.
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
    }
}
