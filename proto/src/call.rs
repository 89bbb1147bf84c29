//! Requests and replies that belong together, and the function that answers them.

use crate::{Error, Reply, Request};

/// A request message, with the reply that answers it. Implemented for the request of every rpc.
///
/// ```
/// use hsm_proto::{Call, Request, SignRequest};
///
/// assert_eq!(SignRequest::NAME, "Sign");
/// let request = Request::from(SignRequest::default().with_algorithm("EDDSA"));
/// # trait With { fn with_algorithm(self, name: &str) -> Self; }
/// # impl With for SignRequest { fn with_algorithm(mut self, name: &str) -> Self { self.algorithm = name.into(); self } }
/// assert_eq!(request.operation.as_ref().map(|operation| operation.name()), Some("Sign"));
/// ```
pub trait Call: Into<Request> + prost::Message + Clone {
    /// What answers this request.
    type Reply: TryFrom<Reply, Error = Refusal> + Into<Reply> + prost::Message + Default;

    /// The name of the rpc.
    const NAME: &'static str;

    /// Whether sending the request a second time is harmless: a client whose connection broke before the reply
    /// came may then ask again. From `idempotency_level` in the contract.
    const MAY_REPEAT: bool;
}

/// Why a [`Reply`] is not the one that was asked for.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Refusal {
    /// The daemon refused, and says why.
    #[error(transparent)]
    Error(Error),

    /// The reply belongs to another request or to none: the other side does not keep the contract.
    #[error("expected the reply of {expected}, received {}", received.unwrap_or("an empty reply"))]
    Unexpected {
        /// The rpc that was asked.
        expected: &'static str,
        /// The rpc whose reply came; `None` for a reply without outcome.
        received: Option<&'static str>,
    },
}

/// Whatever answers requests: the same for frames and for gRPC.
pub trait Answer: Send + Sync + 'static {
    /// Who is at the other end of the connection. The gRPC door takes it from the request's extensions.
    type Peer: Clone + Send + Sync + 'static;

    /// Answers one request. Every failure is a [`Reply`] that holds an [`Error`].
    fn answer(&self, peer: Self::Peer, request: Request) -> impl Future<Output = Reply> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorCode, LoginReply, LoginRequest, SignReply, SignRequest, StatusRequest};

    #[test]
    fn a_reply_of_another_operation_is_refused() {
        let refusal = SignReply::try_from(Reply::from(LoginReply {})).unwrap_err();
        assert!(matches!(
            refusal,
            Refusal::Unexpected {
                expected: "Sign",
                received: Some("Login")
            }
        ));
        assert!(SignReply::try_from(Reply::default()).is_err());
    }

    #[test]
    fn an_error_is_refused_as_itself() {
        let reply = Reply::from(Error::new(ErrorCode::Sealed, "the daemon is sealed"));
        let Refusal::Error(error) = SignReply::try_from(reply).unwrap_err() else {
            panic!("not the error")
        };
        assert_eq!(error.code(), ErrorCode::Sealed);
    }

    #[test]
    fn only_what_changes_nothing_may_be_repeated() {
        const {
            assert!(
                StatusRequest::MAY_REPEAT && SignRequest::MAY_REPEAT && !LoginRequest::MAY_REPEAT
            );
        };
    }
}
