//! The least that a daemon can do: hyper and rustls, the same computation by the bare library, and an answer of the same
//! size. What is missing to this is what signatures, JSON, policies and audit cost.

use std::{convert::Infallible, fs, io::Read as _, path::Path, sync::Arc};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair},
};
use http_body_util::{BodyExt as _, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    header::CONTENT_TYPE,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// The header that says how long the answer is to be.
pub(crate) const ANSWER_BYTES: &str = "x-answer-bytes";

struct Keys {
    signing: EcdsaKeyPair,
    encrypting: LessSafeKey,
    random: SystemRandom,
}

/// Serves until standard input ends. Writes its certificate to this file, and then its port to standard output.
pub(crate) fn serve(certificate: &Path) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let acceptor = TlsAcceptor::from(Arc::new(tls(certificate)));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        println!("{}", listener.local_addr().expect("an address"));
        let encrypting = UnboundKey::new(&AES_256_GCM, &[7; 32]).expect("a key");
        let keys = Arc::new(Keys {
            signing: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key"),
            encrypting: LessSafeKey::new(encrypting),
            random: SystemRandom::new(),
        });
        drop(tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                drop(tokio::spawn(connection(
                    stream,
                    acceptor.clone(),
                    Arc::clone(&keys),
                )));
            }
        }));
    });
    let _ = std::io::stdin().read(&mut [0]);
}

fn tls(certificate: &Path) -> ServerConfig {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    fs::write(certificate, made.cert.pem()).expect("the certificate's file");
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let mut tls = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.into()], PrivateKeyDer::Pkcs8(key))
        .expect("a certificate and its key");
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    tls
}

async fn connection(stream: TcpStream, acceptor: TlsAcceptor, keys: Arc<Keys>) {
    stream.set_nodelay(true).expect("a TCP socket");
    let stream = acceptor.accept(stream).await.expect("a TLS handshake");
    let is_two = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let service = service_fn(move |request| {
        let keys = Arc::clone(&keys);
        async move { Ok::<_, Infallible>(answer(request, &keys).await) }
    });
    let io = TokioIo::new(stream);
    // A connection ends when its client has what it came for.
    let _ = if is_two {
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .serve_connection(io, service)
            .await
    } else {
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .serve_connection(io, service)
            .await
    };
}

async fn answer(request: Request<Incoming>, keys: &Keys) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.expect("a whole body").to_bytes();
    let header = |name| head.headers.get(name).and_then(|value| value.to_str().ok());
    let mut answer = if header("x-amz-target") == Some("TrentService.Sign") {
        let signature = keys.signing.sign(&keys.random, &body[..32]);
        signature.expect("a signature").as_ref().to_vec()
    } else {
        let mut sealed = body[..64].to_vec();
        let nonce = Nonce::assume_unique_for_key([9; 12]);
        keys.encrypting
            .seal_in_place_append_tag(nonce, Aad::empty(), &mut sealed)
            .expect("a ciphertext");
        sealed
    };
    let length = header(ANSWER_BYTES).and_then(|text| text.parse().ok());
    answer.resize(length.unwrap_or(0), b' ');
    let mut response = Response::new(Full::new(Bytes::from(answer)));
    response.headers_mut().insert(
        CONTENT_TYPE,
        hyper::header::HeaderValue::from_static("application/x-amz-json-1.1"),
    );
    response
}
