//! The asynchronous client and the gRPC door, each against the other.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]
#![cfg(feature = "grpc")]

mod certificates;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use hsm_client::{Configuration, Error, asynchronous::Client};
use hsm_proto::{
    Answer, Error as WireError, ErrorCode, GenerateRandomReply, GenerateRandomRequest, HelloReply,
    LogoutRequest, Reply, Request, StatusReply, StatusRequest,
    grpc::{Door, Server},
    request::Operation,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// Who is at the other end: here nobody in particular.
#[derive(Clone)]
struct Anyone;

/// A daemon that forgets the first application after one request.
#[derive(Default)]
struct Daemon {
    applications: AtomicUsize,
}

impl Answer for Daemon {
    type Peer = Anyone;

    async fn answer(&self, _: Anyone, request: Request) -> Reply {
        match &request.operation {
            Some(Operation::Hello(_)) => {
                let number = self.applications.fetch_add(1, Ordering::SeqCst) + 1;
                HelloReply {
                    application: vec![u8::try_from(number).unwrap(); 32],
                    daemon_instance: vec![2; 16],
                    daemon_version: "1".into(),
                    limits: None,
                }
                .into()
            }
            Some(Operation::Status(_)) if request.application.is_empty() => {
                StatusReply::default().into()
            }
            Some(Operation::GenerateRandom(_)) => {
                let random = [
                    &request.application[..],
                    &request.deadline_milliseconds.to_be_bytes(),
                ]
                .concat();
                GenerateRandomReply { random }.into()
            }
            Some(Operation::Logout(_)) if request.application[0] == 1 => WireError::new(
                ErrorCode::UnknownApplication,
                "the application is not known",
            )
            .into(),
            _ => WireError::new(ErrorCode::NotLoggedIn, "nobody is logged in").into(),
        }
    }
}

async fn start(ca: &certificates::Ca) -> String {
    let acceptor = TlsAcceptor::from(Arc::new(certificates::server(ca, ca)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let daemon = Arc::new(Daemon::default());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let connection = acceptor.accept(stream).await.unwrap();
            assert_eq!(connection.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
            let service = Server::with_interceptor(
                Door::new(Arc::clone(&daemon)),
                |mut request: Incoming| {
                    request.extensions_mut().insert(Anyone);
                    Ok(request)
                },
            );
            tokio::spawn(async move {
                let service = TowerToHyperService::new(service);
                let server = auto::Builder::new(TokioExecutor::new()).http2_only();
                server
                    .serve_connection(TokioIo::new(connection), service)
                    .await
                    .map_err(|error| error.to_string())
            });
        }
    });
    format!("https://localhost:{port}")
}

type Incoming = tonic::Request<()>;

#[tokio::test]
async fn application_deadline_replies_and_errors_travel_over_grpc() {
    let (folder, ca) = (tempfile::tempdir().unwrap(), certificates::ca());
    let configuration = certificates::client(folder.path(), &start(&ca).await, &ca, &ca);
    let client = Client::new("test", &configuration).unwrap();

    client
        .call_without_application(StatusRequest {})
        .await
        .unwrap();

    let random = client
        .call(GenerateRandomRequest { length_bytes: 36 })
        .await
        .unwrap();
    assert_eq!(random.random[..32], [1; 32], "the application");
    assert_eq!(
        random.random[32..],
        60_000_u32.to_be_bytes(),
        "the deadline"
    );

    let logout = || LogoutRequest {
        partition: vec![3; 16],
    };
    assert!(matches!(
        client.call(logout()).await,
        Err(Error::ApplicationLost)
    ));
    let error = client.call(logout()).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::NotLoggedIn));
    assert_eq!(error.to_string(), "nobody is logged in");
    assert_eq!(client.application().await.unwrap().number(), 2);
}

#[tokio::test]
async fn a_daemon_that_is_not_there_is_unreachable() {
    let (folder, ca) = (tempfile::tempdir().unwrap(), certificates::ca());
    // Bound and dropped, so that nobody listens there.
    let port = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let configuration = certificates::client(
        folder.path(),
        &format!("https://127.0.0.1:{port}"),
        &ca,
        &ca,
    );
    let error = Client::new("test", &configuration)
        .unwrap()
        .call(StatusRequest {})
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_unix_socket_carries_no_grpc() {
    let error = Client::new("test", &Configuration::unix("/x")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "gRPC needs an https endpoint, not `unix:/x`"
    );
}
