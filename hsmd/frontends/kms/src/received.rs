//! A request as it came over the wire: all of it, within its limits.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hsmd_identity::Source;
use hsmd_identity::tls::Agreed;
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::HOST;
use hyper::http::request::Parts;
use hyper::{HeaderMap, Request};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::errors::Problem;

/// The longest body, in bytes. An attestation document has 256 KiB before it is base64, and a policy 128 KiB.
pub(crate) const BODY_BYTES_MAX: usize = 1 << 20;

/// What is read of a longer body before the connection is closed, in bytes.
const DROPPED_BYTES_MAX: usize = 8 << 20;

/// Longer bodies of one connection are received one after another. 4 KiB to be encrypted are shorter.
const SHORT_BYTES_MAX: usize = 16 << 10;

/// A request with its body.
pub(crate) struct Received {
    parts: Parts,
    pub(crate) body: Bytes,
    pub(crate) origin: Origin,
    /// What the reply's `x-amzn-RequestId` says.
    pub(crate) request_id: String,
}

/// How the bodies of one connection's requests are received: short ones at the same time, long ones one after another, so
/// that a connection holds no more than one of them, however many requests it has under way.
#[derive(Clone)]
pub(crate) struct Bodies {
    long: Arc<Semaphore>,
    /// How long a client may take for a body.
    transfer: Duration,
}

impl Bodies {
    pub(crate) fn new(transfer: Duration) -> Self {
        Self {
            long: Arc::new(Semaphore::new(1)),
            transfer,
        }
    }

    /// Takes the whole request.
    pub(crate) async fn receive(
        &self,
        request: Request<Incoming>,
        origin: Origin,
        request_id: String,
    ) -> Result<Received, Problem> {
        let (parts, body) = request.into_parts();
        let body = timeout(self.transfer, self.whole(body))
            .await
            .map_err(|_| Problem::TooSlow)??;
        Ok(Received {
            parts,
            body,
            origin,
            request_id,
        })
    }

    /// All bytes of a body. What is too long is read for a while and dropped: a client that still sends when the
    /// connection closes never sees the answer.
    async fn whole(&self, mut body: Incoming) -> Result<Bytes, Problem> {
        let mut bytes = Vec::new();
        let mut length = 0_usize;
        let mut turn = None;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Problem::BrokenOff)?;
            let Ok(data) = frame.into_data() else {
                continue;
            };
            length = length.saturating_add(data.len());
            if length > DROPPED_BYTES_MAX {
                break;
            }
            if length > SHORT_BYTES_MAX && turn.is_none() {
                // Never closed, so this cannot fail.
                turn = self.long.acquire().await.ok();
            }
            if length <= BODY_BYTES_MAX {
                if bytes.is_empty() && body.is_end_stream() {
                    // It came in one piece, as nearly all do.
                    return Ok(data);
                }
                bytes.extend_from_slice(&data);
            }
        }
        if length > BODY_BYTES_MAX {
            return Err(Problem::TooLarge);
        }
        Ok(bytes.into())
    }
}

/// Where a request came from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    pub(crate) address: SocketAddr,
    pub(crate) tls: Option<Agreed>,
}

impl Received {
    pub(crate) fn method(&self) -> &str {
        self.parts.method.as_str()
    }

    pub(crate) fn path(&self) -> &str {
        self.parts.uri.path()
    }

    /// What follows the question mark.
    pub(crate) fn query(&self) -> &str {
        self.parts.uri.query().unwrap_or_default()
    }

    /// A header that is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.parts.headers.get(name)?.to_str().ok()
    }

    /// Every header; over HTTP/2 the authority as `host`.
    pub(crate) fn headers(&self) -> Vec<(&str, &[u8])> {
        let headers: &HeaderMap = &self.parts.headers;
        let mut all: Vec<(&str, &[u8])> = Vec::with_capacity(headers.len() + 1);
        all.extend(
            headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_bytes())),
        );
        if !headers.contains_key(HOST)
            && let Some(authority) = self.parts.uri.authority()
        {
            all.push(("host", authority.as_str().as_bytes()));
        }
        all
    }

    pub(crate) fn source(&self) -> Source {
        Source::Network(self.origin.address)
    }
}
