//! Why a call gave no reply.

use std::{io, path::PathBuf, time::Duration};

use hsm_proto::frame::FrameError;

use crate::configuration::ConfigurationError;

/// Why a call gave no reply.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration cannot be used.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),

    /// No connection could be made; the request was not sent. The source says why for the address tried last.
    #[error("cannot reach the daemon at {endpoints}")]
    Unreachable {
        /// The addresses that were tried.
        endpoints: String,
        /// Why the last of them failed.
        source: io::Error,
    },

    /// TLS failed: one side did not accept the other's certificate, or there is no such protocol.
    #[error("TLS with {endpoint} failed")]
    Tls {
        /// The other side.
        endpoint: String,
        /// What TLS says.
        source: rustls::Error,
    },

    /// The connection broke after the request was sent. The daemon may have carried it out.
    #[error("the connection broke before {operation} was answered; it may have been carried out")]
    ConnectionLost {
        /// The rpc.
        operation: &'static str,
        /// How it broke.
        source: io::Error,
    },

    /// No reply came in time. The daemon may have carried the request out.
    #[error("{operation} was not answered within {} ms; it may have been carried out", after.as_millis())]
    TimedOut {
        /// The rpc.
        operation: &'static str,
        /// How long was waited.
        after: Duration,
    },

    /// The request is longer than the daemon accepts; it was not sent.
    #[error("the request is {length_bytes} bytes long; the limit is {limit_bytes}")]
    TooLarge {
        /// The request's length.
        length_bytes: usize,
        /// The daemon's limit.
        limit_bytes: u32,
    },

    /// What came back is no reply to what was sent.
    #[error("the daemon does not keep the contract: {0}")]
    Protocol(String),

    /// The daemon no longer knows this application: it restarted, or nothing was asked for long. Logins and session
    /// objects are gone, and the request was not carried out. The next call starts a new application.
    #[error(
        "the daemon restarted or forgot this application; its logins and session objects are gone"
    )]
    ApplicationLost,

    /// The daemon refused, and says why.
    #[error(transparent)]
    Refused(#[from] hsm_proto::Error),

    /// The private daemon did not start.
    #[error("cannot start a private daemon in {}: {reason}", directory.display())]
    PrivateDaemon {
        /// Its folder.
        directory: PathBuf,
        /// What happened, and where to look.
        reason: String,
    },
}

impl Error {
    /// What to do about it, for people; `None` if the message says it all.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        use hsm_proto::ErrorCode as Code;
        Some(match self {
            Self::Configuration(error) => return error.hint(),
            Self::Unreachable { source, .. } => match source.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
                    "is hsmd running? Start it with `hsmd serve --config FILE`, or `hsmd dev` to try it out".into()
                }
                io::ErrorKind::PermissionDenied => {
                    "the socket belongs to hsmd's user and group: ask to be added to the group, or use https".into()
                }
                _ => "check `endpoint` in client.toml, or HSM_ENDPOINT".into(),
            },
            Self::Tls { .. } => {
                "check `ca_certificate`, `certificate` and `private_key` in client.toml; an operator issues certificates \
                 with `hsm identity issue`"
                    .into()
            }
            Self::TimedOut { .. } => "`request_timeout_milliseconds` in client.toml sets how long to wait".into(),
            Self::PrivateDaemon { .. } => "set HSM_CONFIG or HSM_ENDPOINT to use a daemon that runs already".into(),
            Self::Refused(error) => match error.code() {
                Code::Sealed => "an operator must unseal it: `hsm unseal`".into(),
                Code::NotInitialized => "make its root key first: `hsm init`".into(),
                Code::AccessDenied => "`hsm identity list` shows, to an operator, who may do what".into(),
                Code::PinLocked => "the security officer can set a new PIN".into(),
                _ => return None,
            },
            Self::ConnectionLost { .. } | Self::TooLarge { .. } | Self::Protocol(_) | Self::ApplicationLost => return None,
        })
    }

    /// The daemon's error code, if the daemon refused.
    #[must_use]
    pub fn code(&self) -> Option<hsm_proto::ErrorCode> {
        match self {
            Self::Refused(error) => Some(error.code()),
            _ => None,
        }
    }

    pub(crate) fn from_frame(error: &FrameError) -> Self {
        match error {
            FrameError::TooLarge {
                length_bytes,
                limit_bytes,
            } => Self::TooLarge {
                length_bytes: *length_bytes,
                limit_bytes: *limit_bytes,
            },
            FrameError::Malformed => Self::Protocol(error.to_string()),
        }
    }
}
