//! Why a command failed, for people and for scripts.

use std::{error::Error, io, process::ExitCode};

use hsm_client::Error as ClientError;
use hsm_proto::ErrorCode;

/// Why a command failed: what happened, what to do, and the exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    hint: Option<String>,
    code: Option<ErrorCode>,
    exit: Exit,
}

/// The exit codes of `hsm`; `--help` explains them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    Failed = 1,
    Usage = 2,
    Unreachable = 3,
    Sealed = 4,
    Denied = 5,
    NotFound = 6,
    AuditDamaged = 7,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
            code: None,
            exit,
        }
    }

    /// An operation on a file failed: `cannot write alice/ca.pem: …`.
    pub(crate) fn file(action: &str, file: &std::path::Path, error: &io::Error) -> Self {
        Self::new(
            Exit::Failed,
            format!("cannot {action} {}: {error}", file.display()),
        )
    }

    pub(crate) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The daemon's error code as the contract names it: `PIN_INCORRECT`.
    pub(crate) fn code(&self) -> Option<&'static str> {
        self.code.map(|code| code.as_str_name())
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let exit = match &error {
            ClientError::Configuration(_)
            | ClientError::Unreachable { .. }
            | ClientError::Tls { .. }
            | ClientError::PrivateDaemon { .. } => Exit::Unreachable,
            ClientError::Refused(refusal) => exit_of(refusal.code()),
            _ => Exit::Failed,
        };
        Self {
            message: chain(&error),
            hint: error.hint(),
            code: error.code(),
            exit,
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new(Exit::Failed, error.to_string())
    }
}

fn exit_of(code: ErrorCode) -> Exit {
    match code {
        ErrorCode::Sealed | ErrorCode::NotInitialized => Exit::Sealed,
        ErrorCode::AccessDenied
        | ErrorCode::UnsealFailed
        | ErrorCode::NotLoggedIn
        | ErrorCode::PinIncorrect
        | ErrorCode::PinLocked
        | ErrorCode::PinNotSet => Exit::Denied,
        ErrorCode::PartitionNotFound | ErrorCode::ObjectNotFound => Exit::NotFound,
        _ => Exit::Failed,
    }
}

/// An error and its causes: `cannot reach the daemon at unix:/x: No such file or directory (os error 2)`.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
