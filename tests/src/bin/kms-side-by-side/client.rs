//! The callers: each has a connection of its own, and sends its next request when the last is answered.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use hsm_tests::{
    https,
    signed::{Request, Signer},
};
use http_body_util::{BodyExt as _, Full};
use hyper::{
    body::{Bytes, Incoming},
    client::conn::{http1, http2},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

use crate::case::Http;

/// How long a signed request is sent again before it is signed anew.
const SIGNATURE_LIFE: Duration = Duration::from_secs(1);

/// Where a server is, and how it is trusted.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    /// The file with the certificate that is trusted; none for plain HTTP.
    pub(crate) certificate: Option<PathBuf>,
}

/// What one caller repeats.
#[derive(Clone)]
pub(crate) struct Work {
    pub(crate) target: Target,
    pub(crate) signer: Signer,
    pub(crate) request: Request,
    /// For the bare server: how long its answer is to be.
    pub(crate) answer_bytes: usize,
}

/// A connection with a request that is signed.
pub(crate) struct Caller {
    sender: Sender,
    http: Http,
    work: Work,
    signed: hyper::Request<Full<Bytes>>,
    signed_at: Instant,
}

enum Sender {
    One(http1::SendRequest<Full<Bytes>>),
    Two(http2::SendRequest<Full<Bytes>>),
}

impl Caller {
    pub(crate) async fn connect(work: Work, http: Http) -> Self {
        let sender = Sender::to(&work.target, http).await;
        let signed = signed(&work);
        Self {
            sender,
            http,
            work,
            signed,
            signed_at: Instant::now(),
        }
    }

    /// One call. Gives the answer's body.
    pub(crate) async fn call(&mut self) -> Bytes {
        if self.signed_at.elapsed() > SIGNATURE_LIFE {
            self.signed = signed(&self.work);
            self.signed_at = Instant::now();
        }
        let answer = if let Ok(answer) = self.sender.send(self.signed.clone()).await {
            answer
        } else {
            // moto closes connections now and then.
            self.sender = Sender::to(&self.work.target, self.http).await;
            let answer = self.sender.send(self.signed.clone()).await;
            answer.expect("an answer on a new connection")
        };
        let status = answer.status();
        let body = answer.into_body().collect().await.expect("a whole answer");
        let body = body.to_bytes();
        assert!(
            status.is_success(),
            "{status}: {}",
            String::from_utf8_lossy(&body)
        );
        body
    }

    /// Calls until told to stop. Gives how often, and the connection, which is still open.
    pub(crate) async fn call_until(mut self, is_over: Arc<AtomicBool>) -> (u64, Self) {
        let mut calls = 0;
        while !is_over.load(Ordering::Relaxed) {
            let _ = self.call().await;
            calls += 1;
        }
        (calls, self)
    }
}

impl Sender {
    async fn to(target: &Target, http: Http) -> Self {
        let stream = TcpStream::connect(target.address).await;
        let stream = stream.expect("the server listens");
        stream.set_nodelay(true).expect("a TCP socket");
        match &target.certificate {
            None => Sender::over(stream, http).await,
            Some(certificate) => {
                let tls = Arc::new(https::client(certificate, http.alpn()));
                let name = ServerName::IpAddress(target.address.ip().into());
                let stream = TlsConnector::from(tls).connect(name, stream).await;
                Sender::over(stream.expect("a TLS handshake"), http).await
            }
        }
    }

    async fn send(
        &mut self,
        request: hyper::Request<Full<Bytes>>,
    ) -> hyper::Result<hyper::Response<Incoming>> {
        match self {
            Self::One(sender) => {
                sender.ready().await?;
                sender.send_request(request).await
            }
            Self::Two(sender) => {
                sender.ready().await?;
                sender.send_request(request).await
            }
        }
    }

    async fn over<S>(stream: S, http: Http) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let io = TokioIo::new(stream);
        match http {
            Http::One => {
                let (sender, connection) = http1::handshake(io).await.expect("HTTP/1.1");
                drop(tokio::spawn(connection));
                Self::One(sender)
            }
            Http::Two => {
                let handshake = http2::handshake(TokioExecutor::new(), io).await;
                let (sender, connection) = handshake.expect("HTTP/2");
                drop(tokio::spawn(connection));
                Self::Two(sender)
            }
        }
    }
}

fn signed(work: &Work) -> hyper::Request<Full<Bytes>> {
    let host = work.target.address.to_string();
    let mut request = work.request.clone();
    work.signer.sign(&mut request, &host);
    let mut builder = hyper::Request::post(format!("http://{host}/"))
        .header("user-agent", "kms-side-by-side")
        .header(crate::floor::ANSWER_BYTES, work.answer_bytes);
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    builder
        .body(Full::new(Bytes::from(request.body)))
        .expect("a request")
}
