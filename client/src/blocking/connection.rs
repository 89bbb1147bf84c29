//! One connection: a Unix socket or TLS over TCP, with one request on its way at a time.

use std::{
    io::{self, Read, Write},
    net::{TcpStream, ToSocketAddrs},
    os::fd::AsFd as _,
    os::unix::net::UnixStream,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use hsm_proto::{
    Reply, Request,
    frame::{Buffer, FrameError, MESSAGE_BYTES_MAX},
    memory_file::{MemoryFile, WORTHWHILE_BYTES_MIN},
    socket::{Pending, ShortPath, Socket, is_timeout},
};
use rustix::net::sockopt;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use rustls_pki_types::ServerName;

use crate::{Endpoint, Error};

/// A connection that has rested longer than this is looked at before it is used again: looking costs a system call.
const REST_WITHOUT_LOOK: Duration = Duration::from_secs(1);

/// How much longer than the request's deadline the reply is waited for: the daemon's own word that the time is over
/// comes after it, and leaves the connection in use.
const GRACE: Duration = Duration::from_millis(500);

/// How much longer than its input an output may be: a tag, or padding.
const OUTPUT_BYTES_MORE: usize = 4 << 10;

/// A connection to the daemon.
pub(super) struct Connection {
    /// Which of the daemon's addresses it leads to.
    pub(super) address: usize,
    stream: Stream,
    incoming: Buffer,
    outgoing: Buffer,
    read_timeout: Duration,
    used_at: Instant,
    /// What carries large input and output; kept for the next request that has any.
    memory_file: Option<MemoryFile>,
    /// Whether the daemon has it, for the reply to be written into.
    is_file_passed: bool,
}

enum Stream {
    Unix(Socket<UnixStream>),
    Tls(Box<StreamOwned<ClientConnection, Socket<TcpStream>>>),
}

/// Why a request was not sent.
#[derive(Debug)]
pub(super) enum SendError {
    /// The connection broke before the whole request was out.
    Broken(io::Error),
    /// The request cannot be sent on any connection.
    Refused(Error),
}

impl Connection {
    /// Connects; `timeout` is for each address that a name stands for.
    pub(super) fn open(
        endpoint: &Endpoint,
        tls: Option<&Arc<ClientConfig>>,
        timeout: Duration,
    ) -> Result<Self, Error> {
        let unreachable = |source| Error::Unreachable {
            endpoints: endpoint.to_string(),
            source,
        };
        let stream = match endpoint {
            Endpoint::Unix(path) => open_unix(path, timeout)
                .map(Stream::Unix)
                .map_err(unreachable)?,
            Endpoint::Https { host, port } => {
                let tls = tls.expect("an https endpoint has made the client read its credentials");
                let socket = open_tcp(host, *port, timeout).map_err(unreachable)?;
                Stream::Tls(Box::new(handshake(
                    endpoint,
                    host,
                    socket,
                    Arc::clone(tls),
                )?))
            }
        };
        Ok(Self {
            address: 0,
            stream,
            incoming: Buffer::new(),
            outgoing: Buffer::new(),
            read_timeout: timeout,
            used_at: Instant::now(),
            memory_file: None,
            is_file_passed: false,
        })
    }

    /// Whether a connection that has rested in the pool can be used.
    pub(super) fn is_usable(&mut self) -> bool {
        if self.used_at.elapsed() < REST_WITHOUT_LOOK {
            return true;
        }
        match &mut self.stream {
            Stream::Unix(socket) => socket.peek() == Pending::Nothing,
            Stream::Tls(stream) => loop {
                match stream.sock.peek() {
                    Pending::Nothing => return true,
                    Pending::End => return false,
                    // Session tickets and key updates come unasked; data and a farewell do too, and end it.
                    Pending::Bytes => {
                        let read = stream.conn.read_tls(&mut stream.sock).is_ok();
                        let state = stream.conn.process_new_packets();
                        let is_quiet = state.is_ok_and(|state| {
                            state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed()
                        });
                        if !read || !is_quiet {
                            return false;
                        }
                    }
                }
            },
        }
    }

    /// Sends a whole request. It is the same afterwards.
    pub(super) fn send(
        &mut self,
        request: &mut Request,
        limit_bytes: u32,
        may_pass_a_file: bool,
    ) -> Result<(), SendError> {
        self.is_file_passed =
            may_pass_a_file && matches!(self.stream, Stream::Unix(_)) && self.put_input(request);
        // What is in the file need not be in the message too.
        let input = match (self.is_file_passed, request.bulk()) {
            (true, Some(bulk)) => std::mem::take(bulk),
            _ => Vec::new(),
        };
        let encoded = self.outgoing.encode(request, limit_bytes);
        if self.is_file_passed {
            request.memory_file = None;
            if let Some(bulk) = request.bulk() {
                *bulk = input;
            }
        }
        encoded.map_err(|error| SendError::Refused(Error::from_frame(&error)))?;
        self.write_out().map_err(|error| match self.alert() {
            Some(alert) => SendError::Refused(alert),
            None => SendError::Broken(error),
        })
    }

    /// Puts large input into the memory file, and says so in the request. False when the request is to be sent as it is.
    fn put_input(&mut self, request: &mut Request) -> bool {
        let bulk_bytes = request.bulk_bytes();
        if bulk_bytes < WORTHWHILE_BYTES_MIN {
            return false;
        }
        let needed_bytes = bulk_bytes + OUTPUT_BYTES_MORE;
        let is_long_enough = |file: &MemoryFile| file.length_bytes() >= needed_bytes;
        if !self.memory_file.as_ref().is_some_and(is_long_enough) {
            // Without one, as on a system that forbids them, the socket carries everything.
            self.memory_file = MemoryFile::create(needed_bytes.next_power_of_two()).ok();
        }
        let Some(file) = &self.memory_file else {
            return false;
        };
        let input = request.bulk().map_or(&[][..], |bulk| &bulk[..]);
        let is_written = file.write(input).is_ok();
        let input_bytes = u32::try_from(input.len()).ok().filter(|_| is_written);
        request.memory_file = input_bytes.map(|input_bytes| hsm_proto::MemoryFile { input_bytes });
        input_bytes.is_some()
    }

    /// Whether a file went with the last request.
    pub(super) const fn has_passed_a_file(&self) -> bool {
        self.is_file_passed
    }

    /// Takes large output out of the memory file, which is empty afterwards.
    fn take_output(&mut self, reply: &mut Reply) -> Result<(), Error> {
        let file = self.memory_file.as_ref().filter(|_| self.is_file_passed);
        let length_bytes = reply.memory_file_bytes as usize;
        if length_bytes > 0 {
            let output = file
                .filter(|file| length_bytes <= file.length_bytes())
                .and_then(|file| file.read(length_bytes).ok());
            match (output, reply.bulk()) {
                (Some(output), Some(bulk)) if bulk.is_empty() => *bulk = output,
                _ => {
                    let problem = "the reply is in a memory file, and it is not";
                    return Err(Error::Protocol(problem.into()));
                }
            }
        }
        // It may have held secrets; and this process keeps no memory for what comes seldom.
        if file.is_some_and(|file| file.wipe().is_err()) {
            self.memory_file = None;
        }
        Ok(())
    }

    fn write_out(&mut self) -> io::Result<()> {
        let mut file = self.memory_file.as_ref().filter(|_| self.is_file_passed);
        while !self.outgoing.filled().is_empty() {
            let count = match &mut self.stream {
                Stream::Unix(socket) => match file.take() {
                    Some(file) => socket.write_with_file(self.outgoing.filled(), file.as_fd()),
                    None => socket.write(self.outgoing.filled()),
                },
                Stream::Tls(stream) => stream.write(self.outgoing.filled()),
            }?;
            if count == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            self.outgoing.consume(count);
        }
        match &mut self.stream {
            Stream::Unix(_) => Ok(()),
            Stream::Tls(stream) => stream.flush(),
        }
    }

    /// What the daemon said before it closed a TLS connection that could not be written to.
    fn alert(&mut self) -> Option<Error> {
        let Stream::Tls(stream) = &mut self.stream else {
            return None;
        };
        let error = stream.read(self.incoming.space()).err()?;
        self.tls_error(error).ok()
    }

    /// Waits for the reply, a little longer than the daemon was told. After an error the connection is of no use.
    pub(super) fn receive(
        &mut self,
        operation: &'static str,
        timeout: Duration,
    ) -> Result<Reply, Error> {
        let lost = |source| Error::ConnectionLost { operation, source };
        let timed_out = || Error::TimedOut {
            operation,
            after: timeout,
        };
        let timeout = timeout + GRACE;
        if timeout != self.read_timeout {
            match &self.stream {
                Stream::Unix(socket) => socket.set_read_timeout(timeout),
                Stream::Tls(stream) => stream.sock.set_read_timeout(timeout),
            }
            .map_err(lost)?;
            self.read_timeout = timeout;
        }
        let started = Instant::now();
        loop {
            let read = match &mut self.stream {
                Stream::Unix(socket) => socket.read(self.incoming.space()),
                Stream::Tls(stream) => stream.read(self.incoming.space()),
            };
            match read {
                Ok(0) => return Err(lost(io::ErrorKind::UnexpectedEof.into())),
                Ok(count) => self.incoming.advance(count),
                Err(error) if is_timeout(&error) => return Err(timed_out()),
                Err(error) => return Err(self.tls_error(error).unwrap_or_else(lost)),
            }
            match self.incoming.decode(MESSAGE_BYTES_MAX) {
                Ok(Some(mut reply)) => {
                    self.used_at = Instant::now();
                    self.take_output(&mut reply)?;
                    return Ok(reply);
                }
                // Each read may last as long as the whole wait.
                Ok(None) if started.elapsed() > timeout => return Err(timed_out()),
                Ok(None) => {}
                Err(error @ (FrameError::TooLarge { .. } | FrameError::Malformed)) => {
                    return Err(Error::Protocol(error.to_string()));
                }
            }
        }
    }

    /// Whether nothing is left over from the last exchange, so that the next reply is the next request's.
    pub(super) fn is_quiet(&self) -> bool {
        self.incoming.filled().is_empty() && self.outgoing.filled().is_empty()
    }

    /// With TLS 1.3 the daemon's refusal of our certificate comes after the handshake, with the first read.
    fn tls_error(&self, error: io::Error) -> Result<Error, io::Error> {
        let Stream::Tls(stream) = &self.stream else {
            return Err(error);
        };
        let source = tls_reason(error)?;
        let endpoint = stream
            .sock
            .0
            .peer_addr()
            .map_or_else(|_| "the daemon".into(), |address| address.to_string());
        Ok(Error::Tls { endpoint, source })
    }
}

fn open_unix(path: &Path, timeout: Duration) -> io::Result<Socket<UnixStream>> {
    let socket = Socket(UnixStream::connect(ShortPath::of(path)?)?);
    socket.set_timeouts(timeout)?;
    Ok(socket)
}

fn open_tcp(host: &str, port: u16, timeout: Duration) -> io::Result<Socket<TcpStream>> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, timeout) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                // A peer that vanished without a word is noticed after about two minutes.
                sockopt::set_socket_keepalive(&stream, true)?;
                sockopt::set_tcp_keepidle(&stream, Duration::from_mins(1))?;
                sockopt::set_tcp_keepintvl(&stream, Duration::from_secs(15))?;
                sockopt::set_tcp_keepcnt(&stream, 4)?;
                let socket = Socket(stream);
                socket.set_timeouts(timeout)?;
                return Ok(socket);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn handshake(
    endpoint: &Endpoint,
    host: &str,
    mut socket: Socket<TcpStream>,
    tls: Arc<ClientConfig>,
) -> Result<StreamOwned<ClientConnection, Socket<TcpStream>>, Error> {
    let endpoint = endpoint.to_string();
    let name = ServerName::try_from(host.to_owned()).map_err(|_| Error::Tls {
        endpoint: endpoint.clone(),
        source: rustls::Error::General("the host is neither a DNS name nor an address".into()),
    })?;
    let mut connection = ClientConnection::new(tls, name).map_err(|source| Error::Tls {
        endpoint: endpoint.clone(),
        source,
    })?;
    while connection.is_handshaking() {
        connection
            .complete_io(&mut socket)
            .map_err(|error| match tls_reason(error) {
                Ok(source) => Error::Tls {
                    endpoint: endpoint.clone(),
                    source,
                },
                Err(source) => Error::Unreachable {
                    endpoints: endpoint.clone(),
                    source,
                },
            })?;
    }
    Ok(StreamOwned::new(connection, socket))
}

/// The TLS error that an I/O error wraps.
fn tls_reason(error: io::Error) -> Result<rustls::Error, io::Error> {
    error.downcast()
}
