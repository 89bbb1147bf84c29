//! Accepting connections: HTTPS, and in development plain HTTP on loopback.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hsmd_identity::tls::Agreed;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use crate::connection::{self, Http};
use crate::door::Door;
use crate::newcomers::{Newcomers, Standing};
use crate::received::Origin;

/// ALPN of HTTP/2.
const ALPN_HTTP2: &[u8] = b"h2";

/// What to wait for when the process has no file descriptor left for a new connection.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(50);

/// What connections may take of the daemon.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// A connection without a request for so long is closed.
    pub idle: Duration,
    /// How long a client may take for a TLS handshake, or to send the body of a request.
    pub transfer: Duration,
    /// The most connections at a time. A further one takes the place of the oldest on which nobody has signed; if there is
    /// none, it is closed at once.
    pub connections_max: usize,
}

/// Where the TLS configuration for a new connection comes from.
pub trait HttpsSource: Send + Sync {
    /// What new connections use now; `None` as long as the daemon has no certificate.
    fn https(&self) -> Option<Arc<ServerConfig>>;
}

/// Accepts connections until told to stop. Each is a task.
#[derive(Clone)]
pub struct Listeners {
    door: Arc<Door>,
    limits: Limits,
    connections: Arc<Semaphore>,
    newcomers: Arc<Newcomers>,
    open: Arc<watch::Sender<usize>>,
    stop: watch::Receiver<bool>,
}

impl Listeners {
    /// Listeners for `door`. They end when `stop` becomes true.
    #[must_use]
    pub fn new(door: Arc<Door>, limits: Limits, stop: watch::Receiver<bool>) -> Self {
        let connections_max = limits.connections_max.min(Semaphore::MAX_PERMITS);
        Self {
            door,
            limits,
            connections: Arc::new(Semaphore::new(connections_max)),
            newcomers: Arc::default(),
            open: Arc::new(watch::Sender::new(0)),
            stop,
        }
    }

    /// Serves HTTPS. `tls` gives the configuration for each new connection, so that certificates can be renewed.
    pub async fn serve_https(self, listener: TcpListener, tls: Arc<dyn HttpsSource>) {
        self.serve(listener, Some(tls)).await;
    }

    /// Serves plain HTTP, for development on loopback.
    pub async fn serve_http(self, listener: TcpListener) {
        self.serve(listener, None).await;
    }

    /// Returns when there is no connection.
    pub async fn wait_until_unused(&self) {
        // The sender lives as long as `self`, so this cannot fail.
        let _ = self.open.subscribe().wait_for(|open| *open == 0).await;
    }

    async fn serve(self, listener: TcpListener, tls: Option<Arc<dyn HttpsSource>>) {
        let mut stop = self.stop.clone();
        loop {
            let accepted = tokio::select! {
                biased;
                accepted = listener.accept() => accepted,
                _ = stop.wait_for(|stop| *stop) => return,
            };
            match accepted {
                Ok((stream, address)) => self.begin(stream, address, tls.as_deref()),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(EXHAUSTED_PAUSE).await;
                }
            }
        }
    }

    fn begin(&self, stream: TcpStream, address: SocketAddr, tls: Option<&dyn HttpsSource>) {
        let permit = Arc::clone(&self.connections).try_acquire_owned().ok();
        if permit.is_none() && !self.newcomers.send_one_away() {
            tracing::warn!(
                "a connection was closed at once, because there are as many as there may be"
            );
            return;
        }
        let tls = match tls.map(HttpsSource::https) {
            Some(None) => {
                tracing::debug!("an HTTPS connection came before there was a certificate");
                return;
            }
            Some(Some(tls)) => Some(tls),
            None => None,
        };
        // Replies are small and waited for: Nagle's algorithm would add 40 ms to some of them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY cannot be set");
        }
        let serving = self.clone();
        let counted = OpenConnection::new(&self.open);
        let standing = self.newcomers.admit();
        tokio::spawn(async move {
            let served = async {
                // Who was sent away leaves soon.
                let permit = match permit {
                    Some(permit) => Some(permit),
                    None => Arc::clone(&serving.connections).acquire_owned().await.ok(),
                };
                serving
                    .serve_connection(stream, address, tls, &standing)
                    .await;
                drop(permit);
            };
            tokio::select! {
                () = served => {}
                () = standing.sent_away() => {
                    tracing::debug!(%address, "a connection on which nobody has signed made room for another");
                }
            }
            drop(counted);
        });
    }

    async fn serve_connection(
        &self,
        stream: TcpStream,
        address: SocketAddr,
        tls: Option<Arc<ServerConfig>>,
        standing: &Arc<Standing>,
    ) {
        let (door, stop) = (Arc::clone(&self.door), self.stop.clone());
        let standing = Arc::clone(standing);
        let Some(tls) = tls else {
            let (http, origin) = (Http::One, Origin { address, tls: None });
            return connection::serve(stream, http, origin, door, &self.limits, standing, stop)
                .await;
        };
        let handshake = TlsAcceptor::from(tls).accept(stream);
        let stream = match timeout(self.limits.transfer, handshake).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return log_refused(address, &error),
            Err(_) => return log_refused(address, &io::ErrorKind::TimedOut.into()),
        };
        let session = stream.get_ref().1;
        let http = match session.alpn_protocol() {
            Some(ALPN_HTTP2) => Http::Two,
            _ => Http::One,
        };
        let tls = Agreed::of(session);
        let origin = Origin { address, tls };
        connection::serve(stream, http, origin, door, &self.limits, standing, stop).await;
    }
}

/// A connection that counts until this is dropped.
struct OpenConnection(Arc<watch::Sender<usize>>);

impl OpenConnection {
    fn new(open: &Arc<watch::Sender<usize>>) -> Self {
        open.send_modify(|open| *open += 1);
        Self(Arc::clone(open))
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open -= 1);
    }
}

/// Nobody has said who they are yet, so this is no use of anything that the audit log would tell.
fn log_refused(address: SocketAddr, error: &io::Error) {
    tracing::debug!(%address, %error, "a TLS handshake of the AWS door failed");
}
