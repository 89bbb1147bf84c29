//! The asynchronous client: gRPC over mTLS on a tokio runtime.
//!
//! ```no_run
//! # async fn example() -> Result<(), hsm_client::Error> {
//! use hsm_client::{Configuration, asynchronous::Client};
//! use hsm_proto::ListTokensRequest;
//!
//! let configuration = Configuration::from_file("client.toml".as_ref())?;
//! let client = Client::new("example", &configuration)?;
//! let tokens = client.call(ListTokensRequest {}).await?.tokens;
//! # Ok(())
//! # }
//! ```

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use hsm_proto::{ErrorCode, HelloRequest, frame::MESSAGE_BYTES_MAX, grpc};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::{net::TcpStream, sync::Mutex, time};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tonic::{
    Code, Status,
    transport::{Channel, Uri},
};

use crate::{
    Application, Configuration, Endpoint, Error,
    configuration::ConfigurationError,
    tls::{ALPN_GRPC, Credentials},
};

/// A client of one daemon, or of several that serve the same keys. Tasks share it by reference; their calls share one
/// HTTP/2 connection.
#[derive(Debug)]
pub struct Client {
    program: String,
    endpoints: String,
    channel: grpc::Client,
    request_timeout: Duration,
    application: Mutex<Option<Arc<Application>>>,
    applications_made: AtomicU64,
}

impl Client {
    /// A client with this configuration. Reads the certificates; connects only when something is asked. Must be called
    /// inside a tokio runtime.
    ///
    /// # Errors
    ///
    /// When the configuration cannot be used, or names a Unix socket, on which there is no gRPC.
    pub fn new(program: &str, configuration: &Configuration) -> Result<Self, Error> {
        let mut addresses = Vec::new();
        for endpoint in &configuration.endpoints {
            match endpoint {
                Endpoint::Https { host, port } => addresses.push((host.clone(), *port)),
                Endpoint::Unix(_) => {
                    return Err(ConfigurationError::NotHttps(endpoint.clone()).into());
                }
            }
        }
        let tls = Arc::new(Credentials::read(configuration)?.config(ALPN_GRPC)?);
        let timeout = configuration.connect_timeout;
        let addresses = Arc::new(addresses);
        let connector = tower::service_fn(move |_: Uri| {
            let (addresses, tls) = (Arc::clone(&addresses), Arc::clone(&tls));
            async move { connect(&addresses, &tls, timeout).await.map(TokioIo::new) }
        });
        // The name stands in requests only; the connector knows the addresses.
        let channel = Channel::builder(Uri::from_static("http://hsmd"))
            .tcp_nodelay(true)
            .http2_keep_alive_interval(Duration::from_mins(1))
            .connect_with_connector_lazy(connector);
        let endpoints: Vec<_> = configuration
            .endpoints
            .iter()
            .map(ToString::to_string)
            .collect();
        let message_bytes_max = MESSAGE_BYTES_MAX as usize;
        Ok(Self {
            program: program.to_owned(),
            endpoints: endpoints.join(", "),
            channel: grpc::Client::new(channel)
                .max_decoding_message_size(message_bytes_max)
                .max_encoding_message_size(message_bytes_max),
            request_timeout: configuration.request_timeout,
            application: Mutex::new(None),
            applications_made: AtomicU64::new(0),
        })
    }

    /// Asks the daemon, as this client's application.
    ///
    /// # Errors
    ///
    /// [`Error::ApplicationLost`] when the daemon has forgotten the application; [`Error::TimedOut`] when no reply came in the
    /// configured time; [`Error::ConnectionLost`] when the connection broke. Nothing is sent twice.
    pub async fn call<C: grpc::Rpc>(&self, request: C) -> Result<C::Reply, Error> {
        let application = self.application().await?;
        match self.send(request, application.secret()).await {
            Err(Error::Refused(error)) if error.code() == ErrorCode::UnknownApplication => {
                let mut slot = self.application.lock().await;
                if slot
                    .as_ref()
                    .is_some_and(|current| current.number() == application.number())
                {
                    *slot = None;
                }
                Err(Error::ApplicationLost)
            }
            other => other,
        }
    }

    /// Asks the daemon without an application.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn call_without_application<C: grpc::Rpc>(
        &self,
        request: C,
    ) -> Result<C::Reply, Error> {
        self.send(request, &[]).await
    }

    /// The application, made by a Hello if there is none yet.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn application(&self) -> Result<Arc<Application>, Error> {
        let mut slot = self.application.lock().await;
        if let Some(application) = &*slot {
            return Ok(Arc::clone(application));
        }
        let hello = HelloRequest {
            program: self.program.clone(),
            process_id: std::process::id(),
        };
        let reply = self.send(hello, &[]).await?;
        let number = self.applications_made.fetch_add(1, Ordering::Relaxed) + 1;
        Ok(Arc::clone(
            slot.insert(Arc::new(Application::new(reply, number))),
        ))
    }

    async fn send<C: grpc::Rpc>(&self, request: C, application: &[u8]) -> Result<C::Reply, Error> {
        let metadata = grpc::metadata(application, Some(self.request_timeout));
        let mut channel = self.channel.clone();
        let reply = request.call(&mut channel, metadata).await;
        reply.map_err(|status| self.error(C::NAME, &status))
    }

    fn error(&self, operation: &'static str, status: &Status) -> Error {
        if let Some(error) = grpc::error(status) {
            return Error::Refused(error);
        }
        match status.code() {
            Code::DeadlineExceeded | Code::Cancelled => Error::TimedOut {
                operation,
                after: self.request_timeout,
            },
            Code::Unavailable => Error::Unreachable {
                endpoints: self.endpoints.clone(),
                source: io::Error::other(cause(status)),
            },
            Code::Unknown => Error::ConnectionLost {
                operation,
                source: io::Error::other(cause(status)),
            },
            _ => Error::Protocol(status.message().to_owned()),
        }
    }
}

/// What lies at the bottom of a failed channel.
fn cause(status: &Status) -> String {
    let mut text = status.message().to_owned();
    let mut cause = std::error::Error::source(status);
    while let Some(error) = cause {
        text = error.to_string();
        cause = error.source();
    }
    text
}

/// Connects to the first address that answers and speaks gRPC.
async fn connect(
    addresses: &[(String, u16)],
    tls: &Arc<ClientConfig>,
    timeout: Duration,
) -> io::Result<TlsStream<TcpStream>> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for (host, port) in addresses {
        match time::timeout(timeout, connect_to(host, *port, tls)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = error,
            Err(_) => last = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(last)
}

async fn connect_to(
    host: &str,
    port: u16,
    tls: &Arc<ClientConfig>,
) -> io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let stream = TcpStream::connect((host, port)).await?;
    stream.set_nodelay(true)?;
    TlsConnector::from(Arc::clone(tls))
        .connect(name, stream)
        .await
}
