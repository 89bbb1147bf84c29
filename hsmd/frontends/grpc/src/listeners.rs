//! Accepting connections: frames over the Unix socket, and over mTLS frames or gRPC as ALPN decides.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use hsm_proto::socket::{FileSocket, Socket};
use hsmd_identity::Peer;
use hsmd_identity::tls::ServerTls;
use rustix::net::{Shutdown, shutdown, sockopt};
use rustls::{ServerConnection, StreamOwned};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::runtime::Handle;
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

/// The stack of a connection's thread. What computes with keys has a stack of its own.
const STACK_BYTES: usize = 1 << 20;

/// Accepts connections until told to stop. Frames are served by a thread for each connection, gRPC by a task.
#[derive(Clone)]
pub struct Listeners {
    door: Arc<Door>,
    limits: ConnectionLimits,
    connections: Arc<Semaphore>,
    open: Arc<watch::Sender<usize>>,
    framed: Arc<FramedSockets>,
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
            framed: Arc::default(),
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
        self.framed.end_reading();
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
        self.framed.end_reading();
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
        match stream.into_std() {
            Ok(stream) => self.begin_frames(Stream::Unix(Socket(stream)), peer, permit),
            Err(error) => tracing::warn!(%error, "a connection cannot be served"),
        }
    }

    /// Serves frames in a thread of its own.
    fn begin_frames(&self, stream: Stream, peer: Peer, permit: OpenConnection) {
        let visitor = Visitor::new(Arc::clone(&self.door), peer);
        let limits = self.limits.clone();
        let socket = match self.framed.enter(&stream) {
            Ok(socket) => socket,
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be served");
                return;
            }
        };
        if *self.stop.borrow() {
            return;
        }
        let runtime = Handle::current();
        let serving = std::thread::Builder::new()
            .name("connection".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || {
                let _runtime = runtime.enter();
                let socket = socket;
                let ended = match stream {
                    Stream::Unix(stream) => {
                        frames::serve(FileSocket::new(stream), &socket, &visitor, &limits)
                    }
                    Stream::Tls(stream) => frames::serve(*stream, &socket, &visitor, &limits),
                };
                log_end(&ended);
                drop(permit);
            });
        if let Err(error) = serving {
            tracing::warn!(%error, "a connection was closed at once, because there is no thread for it");
        }
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
                serving.serve_tls_connection(stream, address, &tls, permit),
            )
            .await;
        });
    }

    async fn serve_tls_connection(
        &self,
        stream: TcpStream,
        address: SocketAddr,
        tls: &ServerTls,
        permit: OpenConnection,
    ) {
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
        if is_grpc {
            let visitor = Visitor::new(Arc::clone(&self.door), peer);
            grpc::serve(stream, visitor, &self.limits, self.stop.clone()).await;
            return;
        }
        let (stream, connection) = stream.into_inner();
        match stream.into_std() {
            Ok(stream) => {
                let stream = StreamOwned::new(connection, Socket(stream));
                self.begin_frames(Stream::Tls(Box::new(stream)), peer, permit);
            }
            Err(error) => tracing::warn!(%error, "a connection cannot be served"),
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

/// A connection that carries frames.
enum Stream {
    Unix(Socket<std::os::unix::net::UnixStream>),
    Tls(Box<StreamOwned<ServerConnection, Socket<std::net::TcpStream>>>),
}

impl Stream {
    /// Lets the connection's thread wait in the kernel. Gives another handle of the socket.
    fn block(&self) -> io::Result<OwnedFd> {
        match self {
            Self::Unix(Socket(socket)) => {
                socket.set_nonblocking(false)?;
                Ok(socket.try_clone()?.into())
            }
            Self::Tls(stream) => {
                let Socket(socket) = &stream.sock;
                socket.set_nonblocking(false)?;
                Ok(socket.try_clone()?.into())
            }
        }
    }
}

/// The sockets whose threads wait for requests.
#[derive(Default)]
struct FramedSockets(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    next: u64,
    sockets: HashMap<u64, Arc<OwnedFd>>,
}

impl FramedSockets {
    fn enter(self: &Arc<Self>, stream: &Stream) -> io::Result<FramedSocket> {
        let socket = Arc::new(stream.block()?);
        let mut entries = self.entries();
        let number = entries.next;
        entries.next += 1;
        entries.sockets.insert(number, Arc::clone(&socket));
        Ok(FramedSocket {
            all: Arc::clone(self),
            number,
            socket,
        })
    }

    /// No thread waits for a request any more: each ends with the requests that it has.
    fn end_reading(&self) {
        for socket in self.entries().sockets.values() {
            // A socket that is closed already needs no end.
            let _ = shutdown(socket, Shutdown::Read);
        }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A socket that is known to [`FramedSockets`] until this is dropped.
struct FramedSocket {
    all: Arc<FramedSockets>,
    number: u64,
    socket: Arc<OwnedFd>,
}

impl AsFd for FramedSocket {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl Drop for FramedSocket {
    fn drop(&mut self) {
        self.all.entries().sockets.remove(&self.number);
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

fn log_end(ended: &Ended) {
    match ended {
        Ended::Closed(_) => {}
        Ended::Idle | Ended::TooSlow | Ended::NotAFrame => {
            tracing::info!(reason = %ended, "a connection was closed");
        }
    }
}

/// Asks the other end for a sign of life after a minute of silence, and gives it up about a minute later.
fn keep_alive(stream: &TcpStream) -> rustix::io::Result<()> {
    sockopt::set_socket_keepalive(stream, true)?;
    sockopt::set_tcp_keepidle(stream, Duration::from_mins(1))?;
    sockopt::set_tcp_keepintvl(stream, Duration::from_secs(15))?;
    sockopt::set_tcp_keepcnt(stream, 4)
}
