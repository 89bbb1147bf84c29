//! HTTP on one connection: HTTP/1.1, or HTTP/2 if TLS agreed on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::door::Door;
use crate::listeners::Limits;
use crate::received::{Origin, Received};
use crate::reply::Reply;

/// The most requests of one HTTP/2 connection at a time.
const STREAMS_MAX: u32 = 128;

/// The longest head of a request, in bytes. Session tokens are the longest header, at some thousand bytes.
const HEAD_BYTES_MAX: usize = 64 << 10;

/// The most headers of a request over HTTP/1.1.
const HEADERS_MAX: usize = 100;

/// Which HTTP a connection speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Http {
    One,
    Two,
}

/// Serves requests until the connection ends, is idle for too long, or the daemon stops.
pub(crate) async fn serve<S>(
    stream: S,
    http: Http,
    origin: Origin,
    door: Arc<Door>,
    limits: &Limits,
    mut stop: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let activity = Arc::new(Activity::default());
    let transfer = limits.transfer;
    let counted = Arc::clone(&activity);
    let service = service_fn(move |request: Request<Incoming>| {
        let (door, activity) = (Arc::clone(&door), Arc::clone(&counted));
        async move {
            let _under_way = activity.begin();
            let request_id = request_id();
            let reply = match Received::whole(request, origin, request_id.clone(), transfer).await {
                Ok(received) => door.answer(received).await,
                Err(problem) => Reply::problem(&problem),
            };
            Ok::<Response<Full<Bytes>>, std::convert::Infallible>(reply.into_response(&request_id))
        }
    });
    let io = TokioIo::new(stream);
    let idle = idle(&activity, limits);
    match http {
        Http::One => {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                // From the first byte on, and between requests too.
                .header_read_timeout(limits.idle)
                .max_buf_size(HEAD_BYTES_MAX)
                .max_headers(HEADERS_MAX)
                .pipeline_flush(true)
                .serve_connection(io, service);
            tokio::pin!(connection);
            tokio::select! {
                ended = connection.as_mut() => log_end(ended),
                () = idle => {}
                () = stopped(&mut stop) => {
                    connection.as_mut().graceful_shutdown();
                    log_end(connection.await);
                }
            }
        }
        Http::Two => {
            let connection = http2::Builder::new(TokioExecutor::new())
                .timer(TokioTimer::new())
                .max_concurrent_streams(STREAMS_MAX)
                .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).unwrap_or(u32::MAX))
                .initial_stream_window_size(1 << 20)
                .initial_connection_window_size(4 << 20)
                .keep_alive_interval(limits.transfer)
                .keep_alive_timeout(limits.transfer)
                .serve_connection(io, service);
            tokio::pin!(connection);
            tokio::select! {
                ended = connection.as_mut() => log_end(ended),
                () = idle => {}
                () = stopped(&mut stop) => {
                    connection.as_mut().graceful_shutdown();
                    log_end(connection.await);
                }
            }
        }
    }
}

/// Returns when the daemon is to stop.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone is an end too.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Requests of one connection: how many began, and how many have not ended.
#[derive(Default)]
struct Activity {
    begun: AtomicU64,
    ended: AtomicU64,
}

impl Activity {
    fn begin(self: &Arc<Self>) -> OneRequest {
        self.begun.fetch_add(1, Ordering::Relaxed);
        OneRequest(Arc::clone(self))
    }
}

/// A request that has begun, until this is dropped.
struct OneRequest(Arc<Activity>);

impl Drop for OneRequest {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::Relaxed);
    }
}

/// Returns when no request came and none was under way for so long.
async fn idle(activity: &Activity, limits: &Limits) {
    let mut begun_before = u64::MAX;
    loop {
        sleep(limits.idle).await;
        let begun = activity.begun.load(Ordering::Relaxed);
        let is_quiet = activity.ended.load(Ordering::Relaxed) == begun;
        if is_quiet && (begun == begun_before || begun == 0) {
            tracing::debug!("a connection was closed, because it was idle for too long");
            return;
        }
        begun_before = begun;
    }
}

/// A random UUID of version 4.
fn request_id() -> String {
    let mut bytes = [0_u8; 16];
    // Without randomness there is no id; the answer matters more.
    let _ = getrandom::fill(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let number = u128::from_be_bytes(bytes);
    let digits = format!("{number:032x}");
    let parts = [
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..],
    ];
    parts.join("-")
}

fn log_end(ended: Result<(), hyper::Error>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "an HTTP connection broke");
    }
}
