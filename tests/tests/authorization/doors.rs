//! The doors: frames over the Unix socket, frames over mTLS, and gRPC.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    os::unix::net::UnixStream,
    path::Path,
    sync::Arc,
    time::Duration,
};

use hsm_proto::{ErrorCode, Refusal, Reply, Request, grpc};
use hyper_util::rt::TokioIo;
use prost::Message as _;
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _},
};
use tokio::runtime::Runtime;
use tonic::transport::{Channel, Uri};

/// The daemon must answer or hang up sooner.
const PATIENCE: Duration = Duration::from_mins(1);

/// A way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// Frames over the Unix socket.
    Unix,
    /// Frames over mutual TLS.
    Frames,
    /// gRPC over mutual TLS.
    Grpc,
}

impl Door {
    pub(crate) const ALL: &[Self] = &[Self::Unix, Self::Frames, Self::Grpc];
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It was done.
    Done,
    /// The daemon refused it.
    Refused(ErrorCode),
    /// There was no connection to ask over.
    ShutOut,
}

/// A connection, and the application that it speaks for.
pub(crate) struct Line {
    way: Way,
    pub(crate) application: Vec<u8>,
}

enum Way {
    Frames(Box<dyn Stream>),
    Grpc(Box<(Runtime, grpc::Client)>),
    /// The connection was refused.
    None,
}

trait Stream: Read + Write {}
impl<S: Read + Write> Stream for S {}

/// A certificate with its key.
pub(crate) struct Certificate {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
}

impl Certificate {
    /// What `hsm identity issue` wrote into a folder.
    pub(crate) fn in_folder(folder: &Path) -> Self {
        let chain = CertificateDer::pem_file_iter(folder.join("client.pem")).unwrap();
        Self {
            chain: chain.map(Result::unwrap).collect(),
            key: PrivateKeyDer::from_pem_file(folder.join("client-key.pem")).unwrap(),
        }
    }
}

/// TLS with this certificate, or with none.
fn tls(ca: &Path, certificate: Option<&Certificate>, protocol: &[u8]) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(ca).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots);
    let mut configuration = match certificate {
        Some(certificate) => builder
            .with_client_auth_cert(certificate.chain.clone(), certificate.key.clone_key())
            .unwrap(),
        None => builder.with_no_client_auth(),
    };
    configuration.alpn_protocols = vec![protocol.to_vec()];
    Arc::new(configuration)
}

impl Line {
    pub(crate) fn unix(stream: UnixStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self::over(Way::Frames(Box::new(stream)))
    }

    pub(crate) fn frames(address: &str, ca: &Path, certificate: Option<&Certificate>) -> Self {
        let socket = TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.set_nodelay(true).unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let connection = ClientConnection::new(tls(ca, certificate, b"hsm/1"), name).unwrap();
        Self::over(Way::Frames(Box::new(StreamOwned::new(connection, socket))))
    }

    pub(crate) fn grpc(address: &str, ca: &Path, certificate: Option<&Certificate>) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let (tls, address) = (tls(ca, certificate, b"h2"), address.to_owned());
        let channel = runtime.block_on(async {
            let connector = tower::service_fn(move |_: Uri| {
                let (tls, address) = (Arc::clone(&tls), address.clone());
                async move {
                    let stream = tokio::net::TcpStream::connect(address).await?;
                    let name = ServerName::try_from("localhost").unwrap();
                    let stream = tokio_rustls::TlsConnector::from(tls)
                        .connect(name, stream)
                        .await?;
                    Ok::<_, io::Error>(TokioIo::new(stream))
                }
            });
            Channel::builder(Uri::from_static("http://hsmd"))
                .connect_with_connector(connector)
                .await
        });
        match channel {
            Ok(channel) => Self::over(Way::Grpc(Box::new((runtime, grpc::Client::new(channel))))),
            Err(_) => Self::over(Way::None),
        }
    }

    fn over(way: Way) -> Self {
        Self {
            way,
            application: Vec::new(),
        }
    }

    /// Asks, and says what came of it.
    pub(crate) fn ask<C: grpc::Rpc>(&mut self, request: C) -> Answer {
        match self.reply(request) {
            Ok(_) => Answer::Done,
            Err(answer) => answer,
        }
    }

    /// Asks, for the reply.
    pub(crate) fn reply<C: grpc::Rpc>(&mut self, request: C) -> Result<C::Reply, Answer> {
        match &mut self.way {
            Way::Frames(stream) => {
                let mut request: Request = request.into();
                request.application.clone_from(&self.application);
                let reply = exchange(stream, &request).map_err(|_| Answer::ShutOut)?;
                C::Reply::try_from(reply).map_err(|refusal| match refusal {
                    Refusal::Error(error) => Answer::Refused(error.code()),
                    Refusal::Unexpected { .. } => panic!("{refusal}"),
                })
            }
            Way::Grpc(grpc) => {
                let (runtime, client) = &mut **grpc;
                let metadata = grpc::metadata(&self.application, Some(PATIENCE));
                let reply = runtime.block_on(request.call(client, metadata));
                reply.map_err(|status| {
                    grpc::error(&status)
                        .map_or(Answer::ShutOut, |error| Answer::Refused(error.code()))
                })
            }
            Way::None => Err(Answer::ShutOut),
        }
    }
}

fn exchange(stream: &mut Box<dyn Stream>, request: &Request) -> io::Result<Reply> {
    let message = request.encode_to_vec();
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    stream.write_all(&[&length[..], &message].concat())?;
    stream.flush()?;
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut reply = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut reply)?;
    Ok(Reply::decode(&reply[..])?)
}
