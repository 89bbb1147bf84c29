//! Accepting connections: frames over the Unix socket, and over mTLS frames or gRPC as ALPN decides.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hsmd_identity::Peer;
use hsmd_identity::tls::ServerTls;
use rustix::net::sockopt;
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use crate::door::{Door, Visitor};
use crate::frames::{self, Ended};
use crate::grpc;
use crate::limits::ConnectionLimits;

/// ALPN of gRPC; everything else is frames.
const ALPN_GRPC: &[u8] = b"h2";

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// What to wait for when the process has no file descriptor left for a new connection.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(50);

/// Accepts connections and serves each in a task of its own, until told to stop.
#[derive(Clone)]
pub struct Listeners {
    door: Arc<Door>,
    limits: ConnectionLimits,
    connections: Arc<Semaphore>,
    open: Arc<watch::Sender<usize>>,
    stop: watch::Receiver<bool>,
}

impl Listeners {
    /// Listeners for `door` with at most `connections_max` connections at a time. They end when `stop` becomes true.
    #[must_use]
    pub fn new(
        door: Arc<Door>,
        limits: ConnectionLimits,
        connections_max: usize,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let connections = Arc::new(Semaphore::new(connections_max.min(Semaphore::MAX_PERMITS)));
        let open = Arc::new(watch::Sender::new(0));
        Self {
            door,
            limits,
            connections,
            open,
            stop,
        }
    }

    /// Serves frames on a Unix socket; the kernel says who is at the other end.
    pub async fn serve_unix(self, listener: UnixListener) {
        let mut stop = self.stop.clone();
        while let Some(accepted) = until(&mut stop, listener.accept()).await {
            match accepted {
                Ok((stream, _)) => self.begin_unix(stream),
                Err(error) => pause_after(&error).await,
            }
        }
    }

    /// Serves mTLS. `tls` gives the configuration for each new connection, so that certificates can be renewed.
    pub async fn serve_tls(self, listener: TcpListener, tls: Arc<dyn TlsSource>) {
        let mut stop = self.stop.clone();
        while let Some(accepted) = until(&mut stop, listener.accept()).await {
            match accepted {
                Ok((stream, address)) => self.begin_tls(stream, address, &tls),
                Err(error) => pause_after(&error).await,
            }
        }
    }

    /// Returns when there is no connection.
    pub async fn wait_until_unused(&self) {
        // The sender lives as long as `self`, so this cannot fail.
        let _ = self.open.subscribe().wait_for(|open| *open == 0).await;
    }

    /// Returns when there is a connection.
    pub async fn wait_until_used(&self) {
        let _ = self.open.subscribe().wait_for(|open| *open > 0).await;
    }

    fn begin_unix(&self, stream: UnixStream) {
        let Some(permit) = self.permit() else { return };
        let peer = match Peer::of_unix_socket(&stream) {
            Ok(peer) => peer,
            Err(error) => {
                tracing::warn!(%error, "the kernel does not say who is at the other end of a connection");
                return;
            }
        };
        let serving = self.clone();
        tokio::spawn(async move {
            let visitor = Visitor::new(Arc::clone(&serving.door), peer);
            let mut stop = serving.stop.clone();
            let ended = until(&mut stop, frames::serve(stream, &visitor, &serving.limits)).await;
            log_end(ended);
            drop(permit);
        });
    }

    fn begin_tls(&self, stream: TcpStream, address: SocketAddr, tls: &Arc<dyn TlsSource>) {
        let Some(permit) = self.permit() else { return };
        let Some(tls) = tls.current() else {
            tracing::debug!("a TLS connection came before there was a certificate");
            return;
        };
        let serving = self.clone();
        tokio::spawn(async move {
            let mut stop = serving.stop.clone();
            until(
                &mut stop,
                serving.serve_tls_connection(stream, address, &tls),
            )
            .await;
            drop(permit);
        });
    }

    async fn serve_tls_connection(&self, stream: TcpStream, address: SocketAddr, tls: &ServerTls) {
        // Replies are small and waited for: Nagle's algorithm would add 40 ms to some of them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY cannot be set");
        }
        // A connection that holds an application may rest for days; one whose other end is gone must not.
        if let Err(error) = keep_alive(&stream) {
            tracing::debug!(%error, "TCP keep-alive cannot be set");
        }
        let acceptor = TlsAcceptor::from(tls.config());
        let stream = match timeout(HANDSHAKE, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return self.refuse(address, &error).await,
            Err(_) => return self.refuse(address, &io::ErrorKind::TimedOut.into()).await,
        };
        let connection = stream.get_ref().1;
        let Ok(peer) = tls.peer(connection, address) else {
            let error = io::ErrorKind::PermissionDenied.into();
            return self.refuse(address, &error).await;
        };
        let is_grpc = connection.alpn_protocol() == Some(ALPN_GRPC);
        let visitor = Visitor::new(Arc::clone(&self.door), peer);
        if is_grpc {
            grpc::serve(stream, visitor, &self.limits, self.stop.clone()).await;
        } else {
            log_end(Some(frames::serve(stream, &visitor, &self.limits).await));
        }
    }

    async fn refuse(&self, address: SocketAddr, error: &io::Error) {
        tracing::info!(%address, %error, "a TLS handshake was refused");
        self.door.record_refused_handshake(address).await;
    }

    fn permit(&self) -> Option<OpenConnection> {
        let Ok(permit) = Arc::clone(&self.connections).try_acquire_owned() else {
            tracing::warn!(
                "a connection was closed at once, because there are as many as there may be"
            );
            return None;
        };
        self.open.send_modify(|open| *open += 1);
        Some(OpenConnection {
            open: Arc::clone(&self.open),
            _permit: permit,
        })
    }
}

/// A connection that counts until this is dropped.
struct OpenConnection {
    open: Arc<watch::Sender<usize>>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.open.send_modify(|open| *open -= 1);
    }
}

/// Where the TLS configuration for a new connection comes from.
pub trait TlsSource: Send + Sync {
    /// What new connections use now; `None` as long as the daemon has no certificate.
    fn current(&self) -> Option<Arc<ServerTls>>;
}

/// The future's output, or `None` once the daemon is to stop.
async fn until<F: Future>(stop: &mut watch::Receiver<bool>, future: F) -> Option<F::Output> {
    tokio::select! {
        biased;
        output = future => Some(output),
        _ = stop.wait_for(|stop| *stop) => None,
    }
}

async fn pause_after(error: &io::Error) {
    tracing::warn!(%error, "a connection could not be accepted");
    sleep(EXHAUSTED_PAUSE).await;
}

fn log_end(ended: Option<Ended>) {
    match ended {
        None | Some(Ended::Closed(_)) => {}
        Some(ended @ (Ended::Idle | Ended::TooSlow | Ended::NotAFrame)) => {
            tracing::info!(reason = %ended, "a connection was closed");
        }
    }
}

/// Asks the other end for a sign of life after a minute of silence, and gives it up about a minute later.
fn keep_alive(stream: &TcpStream) -> rustix::io::Result<()> {
    sockopt::set_socket_keepalive(stream, true)?;
    sockopt::set_tcp_keepidle(stream, Duration::from_secs(60))?;
    sockopt::set_tcp_keepintvl(stream, Duration::from_secs(15))?;
    sockopt::set_tcp_keepcnt(stream, 4)
}
