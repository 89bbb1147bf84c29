//! Errors as AWS writes them. No `_` arm: a new variant must be thought about here.

use hsmd_identity::sigv4::SignatureRefused;
use hsmd_operations::kms;
use hyper::StatusCode;

/// Why a request is not answered as it asks.
#[derive(Debug)]
pub(crate) enum Problem {
    /// An operation failed, or the gate refused it.
    Operation(kms::Error),
    /// No operation has that name.
    UnknownOperation,
    /// The body is no JSON, or a member has another JSON type.
    Serialization(String),
    /// The constraints of the model that were broken.
    Constraints(String),
    /// The signature was refused: code and message.
    Signature(&'static str, String),
    /// The body is longer than any request may be.
    TooLarge,
    /// The client did not send its body in time.
    TooSlow,
    /// The client ended in the middle of its body.
    BrokenOff,
}

impl From<kms::Error> for Problem {
    fn from(error: kms::Error) -> Self {
        Self::Operation(error)
    }
}

impl From<hsmd_operations::Error> for Problem {
    fn from(error: hsmd_operations::Error) -> Self {
        Self::Operation(error.into())
    }
}

impl From<SignatureRefused> for Problem {
    fn from(refused: SignatureRefused) -> Self {
        let code = match &refused {
            SignatureRefused::Missing => "MissingAuthenticationTokenException",
            SignatureRefused::Incomplete { .. } => "IncompleteSignatureException",
            SignatureRefused::UnknownCredentials => "UnrecognizedClientException",
            SignatureRefused::ExpiredCredentials => "ExpiredTokenException",
            SignatureRefused::WrongScope { .. }
            | SignatureRefused::WrongTime { .. }
            | SignatureRefused::DateNotInScope
            | SignatureRefused::HeaderNotSigned { .. }
            | SignatureRefused::DoesNotMatch => "InvalidSignatureException",
        };
        Self::Signature(code, refused.to_string())
    }
}

impl Problem {
    /// AWS's name, HTTP status, and message.
    pub(crate) fn answer(&self) -> (&'static str, StatusCode, String) {
        let (code, status) = match self {
            Self::Operation(error) => (error.code(), status(error)),
            Self::UnknownOperation => ("UnknownOperationException", StatusCode::BAD_REQUEST),
            Self::Serialization(_) | Self::BrokenOff => {
                ("SerializationException", StatusCode::BAD_REQUEST)
            }
            Self::Constraints(_) => ("ValidationException", StatusCode::BAD_REQUEST),
            Self::Signature(code, _) => (*code, StatusCode::BAD_REQUEST),
            Self::TooLarge => (
                "RequestEntityTooLargeException",
                StatusCode::PAYLOAD_TOO_LARGE,
            ),
            Self::TooSlow => ("RequestTimeoutException", StatusCode::REQUEST_TIMEOUT),
        };
        let message = match self {
            Self::Operation(error) => error.to_string(),
            Self::Serialization(message)
            | Self::Constraints(message)
            | Self::Signature(_, message) => message.clone(),
            Self::UnknownOperation => String::new(),
            Self::TooLarge => "the request is longer than 1 MiB".to_owned(),
            Self::TooSlow => "the request did not come in time".to_owned(),
            Self::BrokenOff => "the request ended too early".to_owned(),
        };
        (code, status, message)
    }
}

/// 400 for whatever the client can change; a fault of ours is 500 or 503, which SDKs try again.
fn status(error: &kms::Error) -> StatusCode {
    use kms::Error;
    match error {
        Error::Internal { .. } | Error::KeyUnavailable { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        Error::DependencyTimeout(_) => StatusCode::SERVICE_UNAVAILABLE,
        Error::Refused(_)
        | Error::Validation(_)
        | Error::NotFound(_)
        | Error::InvalidArn(_)
        | Error::NotAuthorized
        | Error::InvalidMarker
        | Error::InvalidGrantId(_)
        | Error::InvalidAliasName(_)
        | Error::MalformedPolicyDocument(_)
        | Error::Tag(_)
        | Error::AlreadyExists { .. }
        | Error::LimitExceeded(_)
        | Error::RotationsExhausted { .. }
        | Error::Throttling
        | Error::UnsupportedOperation(_)
        | Error::DryRunOperation
        | Error::InvalidState(_)
        | Error::AlgorithmIncompatible { .. }
        | Error::Conflict(_)
        | Error::InvalidCiphertext
        | Error::InvalidSignature
        | Error::InvalidMac
        | Error::IncorrectKeyMaterial(_)
        | Error::ExpiredImportToken
        | Error::InvalidImportToken
        | Error::CustomKeyStoreNotFound
        | Error::CustomKeyStoreInvalidState(_) => StatusCode::BAD_REQUEST,
    }
}
