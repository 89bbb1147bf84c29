//! The error message as a Rust error.

use std::fmt;

use crate::{Error, ErrorCode, Reply, reply::Outcome};

impl Error {
    /// An error with a text for people. The text holds no secret and nothing that the caller sent.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.message.is_empty() {
            return fmt::Display::fmt(&self.code(), formatter);
        }
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl fmt::Display for ErrorCode {
    /// The code in lower case, as `key use not permitted`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.as_str_name().to_ascii_lowercase().replace('_', " "))
    }
}

impl From<Error> for Reply {
    fn from(error: Error) -> Self {
        Self {
            memory_file_bytes: 0,
            outcome: Some(Outcome::Error(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_prints_its_message_or_else_its_code() {
        assert_eq!(
            Error::new(ErrorCode::PinIncorrect, "the PIN is wrong").to_string(),
            "the PIN is wrong"
        );
        assert_eq!(
            Error::new(ErrorCode::PinIncorrect, "").to_string(),
            "pin incorrect"
        );
    }
}
