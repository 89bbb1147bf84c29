//! The blocking client over mutually authenticated TLS, against a daemon of a few lines.

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::Arc,
    thread,
};

use hsm_client::{Configuration, Error, blocking::Client};
use hsm_proto::{
    GenerateRandomReply, GenerateRandomRequest, HelloReply, Reply, Request,
    frame::{Buffer, MESSAGE_BYTES_MAX},
    request::Operation,
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::version::TLS13;
use rustls::{
    RootCertStore, ServerConfig, ServerConnection, StreamOwned, crypto::aws_lc_rs,
    server::WebPkiClientVerifier,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

type Ca = CertifiedIssuer<'static, KeyPair>;

fn ca() -> Ca {
    let mut parameters = CertificateParams::default();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate for `name` and its key, in PEM.
fn issue(ca: &Ca, name: &str) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()])
        .unwrap()
        .signed_by(&key, ca)
        .unwrap();
    (certificate.pem(), key.serialize_pem())
}

/// A daemon that the CA certifies, for clients that `clients` certifies. Gives its address.
fn start(ca: &Ca, clients: &Ca) -> String {
    let (certificate, key) = issue(ca, "localhost");
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(clients.pem().as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .build()
            .unwrap();
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()],
            PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap(),
        )
        .unwrap();
    config.alpn_protocols = vec![b"hsm/1".to_vec(), b"h2".to_vec()];
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            thread::spawn(move || serve(StreamOwned::new(connection, stream.unwrap())));
        }
    });
    format!("https://localhost:{port}")
}

/// Answers with the protocol that ALPN chose, in place of random bytes.
fn serve(mut stream: StreamOwned<ServerConnection, TcpStream>) {
    let mut incoming = Buffer::new();
    let mut outgoing = Buffer::new();
    while let Ok(count @ 1..) = stream.read(incoming.space()) {
        incoming.advance(count);
        while let Some(request) = incoming.decode::<Request>(MESSAGE_BYTES_MAX).unwrap() {
            let reply: Reply = match &request.operation {
                Some(Operation::Hello(_)) => hello().into(),
                _ => {
                    let mut random = stream.conn.alpn_protocol().unwrap().to_vec();
                    if let Some(Operation::GenerateRandom(request)) = &request.operation {
                        random.resize(request.length_bytes as usize, 0);
                    }
                    GenerateRandomReply { random }.into()
                }
            };
            outgoing.encode(&reply, MESSAGE_BYTES_MAX).unwrap();
        }
        if stream.write_all(outgoing.filled()).is_err() {
            return;
        }
        outgoing.clear();
    }
}

fn hello() -> HelloReply {
    HelloReply {
        application: vec![1; 32],
        daemon_instance: vec![2; 16],
        daemon_version: String::new(),
        limits: None,
    }
}

/// A client with a certificate of `identity_ca` that trusts `trusted_ca`.
fn client(folder: &Path, endpoint: &str, trusted_ca: &Ca, identity_ca: &Ca) -> Client {
    let (certificate, key) = issue(identity_ca, "client");
    fs::write(folder.join("ca.pem"), trusted_ca.pem()).unwrap();
    fs::write(folder.join("client.pem"), certificate).unwrap();
    fs::write(folder.join("key.pem"), key).unwrap();
    let text = format!(
        "endpoint = \"{endpoint}\"\nca_certificate = \"ca.pem\"\ncertificate = \"client.pem\"\nprivate_key = \"key.pem\"\n"
    );
    fs::write(folder.join("client.toml"), text).unwrap();
    Client::new(
        "test",
        Configuration::from_file(&folder.join("client.toml")).unwrap(),
    )
    .unwrap()
}

fn random(length_bytes: u32) -> GenerateRandomRequest {
    GenerateRandomRequest { length_bytes }
}

#[test]
fn frames_travel_over_mutual_tls() {
    let (folder, ca) = (tempfile::tempdir().unwrap(), ca());
    let client = client(folder.path(), &start(&ca, &ca), &ca, &ca);
    assert_eq!(client.call(random(5)).unwrap().random, b"hsm/1");
    assert_eq!(
        client.call(random(3 << 20)).unwrap().random.len(),
        3 << 20,
        "many TLS records"
    );
    assert_eq!(client.requests_sent(), 3);
}

#[test]
fn a_daemon_of_another_ca_is_refused() {
    let (folder, ours, other) = (tempfile::tempdir().unwrap(), ca(), ca());
    let client = client(folder.path(), &start(&other, &ours), &ours, &ours);
    let error = client.call(random(1)).unwrap_err();
    assert!(matches!(error, Error::Tls { .. }), "{error:?}");
    assert_eq!(client.requests_sent(), 0);
}

#[test]
fn a_client_of_another_ca_is_told_so() {
    let (folder, ours, other) = (tempfile::tempdir().unwrap(), ca(), ca());
    let client = client(folder.path(), &start(&ours, &other), &ours, &ours);
    let error = client.call(random(1)).unwrap_err();
    assert!(matches!(error, Error::Tls { .. }), "{error:?}");
}
