//! The application: what the daemon ties logins and session objects to.

use std::mem;

use hsm_proto::{HelloReply, Limits, frame::MESSAGE_BYTES_MAX};
use zeroize::Zeroizing;

/// What the daemon's Hello gave.
pub struct Application {
    secret: Zeroizing<Vec<u8>>,
    number: u64,
    daemon_instance: Vec<u8>,
    daemon_version: String,
    limits: Limits,
}

impl Application {
    pub(crate) fn new(mut reply: HelloReply, number: u64) -> Self {
        let limits = reply.limits.take().unwrap_or_default();
        Self {
            secret: Zeroizing::new(mem::take(&mut reply.application)),
            number,
            daemon_instance: mem::take(&mut reply.daemon_instance),
            daemon_version: mem::take(&mut reply.daemon_version),
            limits: Limits {
                message_bytes_max: match limits.message_bytes_max {
                    0 => MESSAGE_BYTES_MAX,
                    bytes => bytes.min(MESSAGE_BYTES_MAX),
                },
                ..limits
            },
        }
    }

    /// Counts the applications of this client from 1: a higher number means that earlier logins and session objects
    /// are gone.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Names one run of the daemon.
    #[must_use]
    pub fn daemon_instance(&self) -> &[u8] {
        &self.daemon_instance
    }

    /// The daemon's version.
    #[must_use]
    pub fn daemon_version(&self) -> &str {
        &self.daemon_version
    }

    /// What the daemon accepts.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) fn secret(&self) -> &[u8] {
        &self.secret
    }
}

impl std::fmt::Debug for Application {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Application")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}
