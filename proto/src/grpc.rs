//! The contract over gRPC: a door for the daemon and a caller for clients, both without a line per operation.
//!
//! What a frame carries in [`Request`] beside the operation travels as metadata: the application in
//! [`APPLICATION_KEY`], the deadline in gRPC's own `grpc-timeout`. An [`Error`] becomes a status whose details are
//! the encoded [`Error`].

use std::{sync::Arc, time::Duration};

use prost::Message;
use tonic::{
    Code, Status,
    metadata::{MetadataMap, MetadataValue},
};

pub use crate::generated::hsm_server::HsmServer as Server;
use crate::{Answer, Call, Error, ErrorCode, Refusal, Request};

/// Metadata key of the application's 32 bytes.
pub const APPLICATION_KEY: &str = "hsm-application-bin";

/// The generated client over a channel of any kind.
pub type Client = crate::generated::hsm_client::HsmClient<tonic::transport::Channel>;

/// The gRPC service over whatever answers requests.
#[derive(Debug)]
pub struct Door<A> {
    answer: Arc<A>,
}

impl<A: Answer> Door<A> {
    /// A service that hands every request to `answer`.
    pub fn new(answer: Arc<A>) -> Self {
        Self { answer }
    }

    /// Answers one rpc; the generated service calls this for each.
    pub(crate) async fn answer<C: Call>(
        &self,
        request: tonic::Request<C>,
    ) -> Result<tonic::Response<C::Reply>, Status> {
        let (metadata, mut extensions, operation) = request.into_parts();
        let Some(peer) = extensions.remove::<A::Peer>() else {
            return Err(Status::internal("the connection has no peer"));
        };
        let mut request: Request = operation.into();
        request.application = application(&metadata)?;
        request.deadline_milliseconds = deadline_milliseconds(&metadata)?;
        let reply = self.answer.answer(peer, request).await;
        C::Reply::try_from(reply)
            .map(tonic::Response::new)
            .map_err(|refusal| match refusal {
                Refusal::Error(error) => status(&error),
                Refusal::Unexpected { .. } => {
                    Status::internal("the reply does not belong to the request")
                }
            })
    }
}

/// A request that can be sent over gRPC. Implemented for the request of every rpc.
pub trait Rpc: Call {
    /// Calls the rpc.
    ///
    /// # Errors
    ///
    /// The status that the server or the channel gave; [`error`] finds the daemon's own error in it.
    fn call(
        self,
        client: &mut Client,
        metadata: MetadataMap,
    ) -> impl Future<Output = Result<Self::Reply, Status>> + Send;
}

/// The metadata of a request: who asks, and how long the answer is waited for.
#[must_use]
#[expect(
    clippy::missing_panics_doc,
    reason = "digits and a letter are always a metadata value"
)]
pub fn metadata(application: &[u8], deadline: Option<Duration>) -> MetadataMap {
    let mut metadata = MetadataMap::new();
    if !application.is_empty() {
        let mut value = MetadataValue::from_bytes(application);
        value.set_sensitive(true);
        metadata.insert_bin(APPLICATION_KEY, value);
    }
    if let Some(deadline) = deadline {
        // The value has at most eight digits (gRPC over HTTP/2, "Timeout").
        let milliseconds = deadline.as_millis().clamp(1, 99_999_999);
        let value = format!("{milliseconds}m")
            .parse()
            .expect("digits and a letter are ASCII");
        metadata.insert("grpc-timeout", value);
    }
    metadata
}

/// The daemon's error inside a status, if it made it.
#[must_use]
pub fn error(status: &Status) -> Option<Error> {
    let error = Error::decode(status.details()).ok()?;
    (error.code() != ErrorCode::Unspecified).then_some(error)
}

/// The status that carries an error.
#[must_use]
pub fn status(error: &Error) -> Status {
    Status::with_details(
        code(error.code()),
        error.message.clone(),
        error.encode_to_vec().into(),
    )
}

fn application(metadata: &MetadataMap) -> Result<Vec<u8>, Status> {
    let Some(value) = metadata.get_bin(APPLICATION_KEY) else {
        return Ok(Vec::new());
    };
    let bytes = value
        .to_bytes()
        .map_err(|_| malformed("the application is not base64"))?;
    Ok(bytes.to_vec())
}

/// Reads `grpc-timeout`: up to eight digits and a unit. Rounded up to whole milliseconds; 0 if there is none.
fn deadline_milliseconds(metadata: &MetadataMap) -> Result<u32, Status> {
    let Some(value) = metadata.get("grpc-timeout") else {
        return Ok(0);
    };
    let refusal = || malformed("grpc-timeout is not a number of at most eight digits and a unit");
    let text = value.to_str().map_err(|_| refusal())?;
    let (digits, unit) = text
        .split_at_checked(text.len().saturating_sub(1))
        .ok_or_else(refusal)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refusal());
    }
    let number: u64 = digits.parse().map_err(|_| refusal())?;
    let milliseconds = match unit {
        "H" => number * 3_600_000,
        "M" => number * 60_000,
        "S" => number * 1000,
        "m" => number,
        "u" => number.div_ceil(1000),
        "n" => number.div_ceil(1_000_000),
        _ => return Err(refusal()),
    };
    Ok(u32::try_from(milliseconds).unwrap_or(u32::MAX).max(1))
}

fn malformed(message: &str) -> Status {
    status(&Error::new(ErrorCode::MalformedRequest, message))
}

/// The gRPC code nearest to each of ours, for callers that do not read the details.
fn code(code: ErrorCode) -> Code {
    use ErrorCode as E;
    match code {
        E::Unspecified | E::Internal => Code::Internal,
        E::Sealed | E::AuditUnavailable | E::StorageUnavailable | E::StoreRolledBack => {
            Code::Unavailable
        }
        E::NotInitialized
        | E::AlreadyLoggedIn
        | E::AnotherRoleLoggedIn
        | E::PinLocked
        | E::PinNotSet
        | E::KeyState
        | E::KeyUseNotPermitted
        | E::KeyTypeInconsistent
        | E::KeyNotExtractable
        | E::KeyNotWrappable
        | E::ActionProhibited => Code::FailedPrecondition,
        E::AlreadyInitialized | E::NameInUse => Code::AlreadyExists,
        E::UnknownApplication | E::NotLoggedIn | E::PinIncorrect | E::UnsealFailed => {
            Code::Unauthenticated
        }
        E::MalformedRequest
        | E::PinInvalid
        | E::PinLength
        | E::KeySize
        | E::WrappingKeySize
        | E::WrappingKeyTypeInconsistent
        | E::WrappedKeyInvalid
        | E::AlgorithmUnknown
        | E::AlgorithmParametersInvalid
        | E::CurveNotSupported
        | E::InputLength
        | E::InputInvalid
        | E::CiphertextLength
        | E::CiphertextInvalid
        | E::SignatureLength
        | E::SignatureInvalid
        | E::AttributeReadOnly
        | E::AttributeSensitive
        | E::AttributeTypeInvalid
        | E::AttributeValueInvalid
        | E::TemplateIncomplete
        | E::TemplateInconsistent => Code::InvalidArgument,
        E::TooLarge | E::LimitReached | E::Throttled | E::StorageFull => Code::ResourceExhausted,
        E::DeadlineExceeded => Code::DeadlineExceeded,
        E::Unsupported => Code::Unimplemented,
        E::Conflict => Code::Aborted,
        E::AccessDenied => Code::PermissionDenied,
        E::PartitionNotFound | E::ObjectNotFound => Code::NotFound,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_read_as_grpc_writes_them() {
        for (text, milliseconds) in [
            ("1H", 3_600_000),
            ("2M", 120_000),
            ("3S", 3000),
            ("4m", 4),
            ("1500u", 2),
            ("1n", 1),
            ("0m", 1),
        ] {
            let mut metadata = MetadataMap::new();
            metadata.insert("grpc-timeout", text.parse().unwrap());
            assert_eq!(
                deadline_milliseconds(&metadata).unwrap(),
                milliseconds,
                "{text}"
            );
        }
        assert_eq!(deadline_milliseconds(&MetadataMap::new()).unwrap(), 0);
    }

    #[test]
    fn other_deadlines_are_refused() {
        for text in ["", "m", "1", "1x", "123456789m", "-1m", "1 m"] {
            let mut metadata = MetadataMap::new();
            metadata.insert("grpc-timeout", text.parse().unwrap());
            assert!(deadline_milliseconds(&metadata).is_err(), "{text}");
        }
    }

    #[test]
    fn application_and_deadline_travel_as_metadata() {
        let metadata = metadata(&[0xfe; 32], Some(Duration::from_millis(1500)));
        assert_eq!(application(&metadata).unwrap(), [0xfe; 32]);
        assert_eq!(deadline_milliseconds(&metadata).unwrap(), 1500);
    }

    #[test]
    fn an_error_survives_its_status() {
        let sent = Error::new(ErrorCode::KeyState, "the key is disabled");
        let status = status(&sent);
        assert_eq!(status.code(), Code::FailedPrecondition);
        assert_eq!(error(&status), Some(sent));
        assert_eq!(error(&Status::internal("no details")), None);
    }
}
