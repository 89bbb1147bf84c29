//! What connections may take of the daemon's memory and time.

use std::sync::Arc;
use std::time::Duration;

use hsmd_operations::limits;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The longest frame or gRPC message, in bytes.
#[expect(clippy::cast_possible_truncation, reason = "16 MiB and a little")]
pub(crate) const MESSAGE_BYTES_MAX: u32 = limits::MESSAGE_BYTES_MAX as u32;

/// The longest memory file, in bytes: the longest input, and room for a longer output.
pub(crate) const MEMORY_FILE_BYTES_MAX: usize = 2 * limits::INPUT_BYTES_MAX;

/// Longer messages wait for their share of [`LargeMessages`].
pub(crate) const LARGE_MESSAGE_BYTES: usize = 64 << 10;

/// The most jobs that run, or whose replies wait to be collected.
pub(crate) const JOBS_MAX: usize = 1_024;

/// How long the reply of a job waits to be collected.
pub(crate) const JOB_KEPT: Duration = Duration::from_mins(10);

/// The longest that a client may wait for a job in one request.
pub(crate) const JOB_WAIT_MAX: Duration = Duration::from_secs(5);

/// The limits of every connection.
#[derive(Debug, Clone)]
pub struct ConnectionLimits {
    /// A connection without a request for so long is closed.
    pub idle: Duration,
    /// How long a client may take to send the rest of a request, or to take its replies.
    pub transfer: Duration,
    /// Memory for large messages of all connections together.
    pub large_messages: LargeMessages,
}

/// Memory for large messages of all connections together: whoever wants more waits.
#[derive(Debug, Clone)]
pub struct LargeMessages {
    kibibytes: Arc<Semaphore>,
    kibibytes_max: u32,
}

impl LargeMessages {
    /// Room for `bytes_max` bytes.
    #[must_use]
    pub fn new(bytes_max: usize) -> Self {
        let kibibytes_max = u32::try_from(bytes_max >> 10)
            .unwrap_or(u32::MAX)
            .min(1 << 28);
        Self {
            kibibytes: Arc::new(Semaphore::new(kibibytes_max as usize)),
            kibibytes_max,
        }
    }

    /// Waits for room for a message and its reply. `None` only while the daemon ends.
    pub(crate) async fn reserve(&self, message_bytes: usize) -> Option<OwnedSemaphorePermit> {
        let kibibytes = u32::try_from(message_bytes >> 9)
            .unwrap_or(u32::MAX)
            .clamp(1, self.kibibytes_max);
        Arc::clone(&self.kibibytes)
            .acquire_many_owned(kibibytes)
            .await
            .ok()
    }
}
