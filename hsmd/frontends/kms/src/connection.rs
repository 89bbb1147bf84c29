//! HTTP on one connection: HTTP/1.1, or HTTP/2 if TLS agreed on it.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

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
use crate::newcomers::Standing;
use crate::received::{Bodies, Origin};
use crate::reply::Reply;

/// The most requests of one HTTP/2 connection at a time.
const STREAMS_MAX: u32 = 128;

/// The longest head of a request, in bytes. Session tokens are the longest header, at some thousand bytes.
const HEAD_BYTES_MAX: usize = 64 << 10;

/// What a client may send of one request over HTTP/2 before the daemon takes it up.
const STREAM_WINDOW_BYTES: u32 = 64 << 10;

/// The same of all requests of a connection: one whose body waits for its turn takes nothing from the others.
const CONNECTION_WINDOW_BYTES: u32 = STREAMS_MAX * STREAM_WINDOW_BYTES;

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
    standing: Arc<Standing>,
    mut stop: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let activity = Arc::new(Activity::default());
    let bodies = Bodies::new(limits.transfer);
    let idle = idle(Arc::clone(&activity), Arc::clone(&standing), limits);
    let service = service_fn(move |request: Request<Incoming>| {
        let (door, activity) = (Arc::clone(&door), Arc::clone(&activity));
        let (bodies, standing) = (bodies.clone(), Arc::clone(&standing));
        async move {
            let _under_way = activity.begin();
            let request_id = request_id();
            let reply = match bodies.receive(request, origin, request_id.clone()).await {
                Ok(received) => door.answer(received).await,
                Err(problem) => Reply::problem(&problem),
            };
            if reply.status.is_success() {
                standing.prove();
            }
            Ok::<Response<Full<Bytes>>, std::convert::Infallible>(reply.into_response(&request_id))
        }
    });
    let io = TokioIo::new(stream);
    match http {
        Http::One => {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                // From the first byte on, and between requests too.
                .header_read_timeout(limits.idle)
                .max_buf_size(HEAD_BYTES_MAX)
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
                .initial_stream_window_size(STREAM_WINDOW_BYTES)
                .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
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

/// Requests of one connection: how many began, and how many have ended.
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

/// Returns when no request came and none was under way for so long: [`Limits::transfer`] until one of the connection's
/// requests was answered with success, and then [`Limits::idle`]. Opening thousands of connections costs nothing otherwise.
async fn idle(activity: Arc<Activity>, standing: Arc<Standing>, limits: &Limits) {
    let step = limits.transfer.min(limits.idle);
    let mut begun_before = 0;
    let mut quiet = Duration::ZERO;
    loop {
        sleep(step).await;
        let begun = activity.begun.load(Ordering::Relaxed);
        let is_quiet = activity.ended.load(Ordering::Relaxed) == begun && begun == begun_before;
        begun_before = begun;
        quiet = if is_quiet {
            quiet + step
        } else {
            Duration::ZERO
        };
        let limit = if standing.is_proven() {
            limits.idle
        } else {
            step
        };
        if quiet >= limit {
            tracing::debug!("a connection was closed, because it was idle for too long");
            return;
        }
    }
}

/// A random UUID of version 4.
fn request_id() -> String {
    let mut bytes = random_bytes();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut id = String::with_capacity(36);
    for (index, byte) in bytes.into_iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            id.push('-');
        }
        for digit in [byte >> 4, byte & 15] {
            id.push(char::from_digit(digit.into(), 16).unwrap_or_default());
        }
    }
    id
}

/// 16 bytes of which each is given out once. The kernel is asked for those of many requests at once.
fn random_bytes() -> [u8; 16] {
    thread_local! {
        static DRAWN: RefCell<(usize, [u8; 1024])> = const { RefCell::new((0, [0; 1024])) };
    }
    DRAWN.with_borrow_mut(|(left, drawn)| {
        if *left == 0 {
            // Without randomness there is no id; the answer matters more.
            let _ = getrandom::fill(drawn);
            *left = drawn.len();
        }
        *left -= 16;
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&drawn[*left..*left + 16]);
        bytes
    })
}

fn log_end(ended: Result<(), hyper::Error>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "an HTTP connection broke");
    }
}

#[cfg(test)]
mod tests;
