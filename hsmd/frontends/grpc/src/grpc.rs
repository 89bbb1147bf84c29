//! gRPC over one TLS connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hsm_proto::grpc::{Door as GrpcDoor, Server};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::sleep;
use tower::Service as _;

use crate::door::{AnswerEach, Visitor};
use crate::limits::{ConnectionLimits, MESSAGE_BYTES_MAX};

/// The most requests of one connection at a time. With the longest message it bounds what a connection can hold.
const STREAMS_MAX: u32 = 32;

/// How often a quiet connection is asked whether it is still there, and how long it may take to answer.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// Serves HTTP/2 until the connection ends, is idle for too long, or the daemon stops.
pub(crate) async fn serve<S>(
    stream: S,
    visitor: Visitor,
    limits: &ConnectionLimits,
    mut stop: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let requests = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&requests);
    let service = Server::new(GrpcDoor::new(Arc::new(AnswerEach)))
        .max_decoding_message_size(MESSAGE_BYTES_MAX as usize)
        .max_encoding_message_size(MESSAGE_BYTES_MAX as usize);
    let service =
        hyper::service::service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
            counted.fetch_add(1, Ordering::Relaxed);
            request.extensions_mut().insert(visitor.clone());
            let mut service = service.clone();
            async move { service.call(request.map(tonic::body::Body::new)).await }
        });
    let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .initial_stream_window_size(1 << 20)
        .initial_connection_window_size(4 << 20)
        .max_send_buf_size(1 << 20)
        .keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(limits.transfer)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let mut requests_before = 0;
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a gRPC connection broke");
                }
                return;
            }
            _ = stop.wait_for(|stop| *stop) => return,
            () = sleep(limits.idle) => {
                let requests_now = requests.load(Ordering::Relaxed);
                if requests_now == requests_before {
                    tracing::info!("a gRPC connection was closed, because it was idle for too long");
                    return;
                }
                requests_before = requests_now;
            }
        }
    }
}
