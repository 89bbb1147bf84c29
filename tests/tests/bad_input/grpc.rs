//! gRPC messages that are cut off or too long, in HTTP/2 frames written by hand over mutual TLS.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    path::Path,
    sync::Arc,
    time::Duration,
};

use hsm_tests::Daemon;
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _},
};

/// The daemon must answer or hang up sooner.
const PATIENCE: Duration = Duration::from_mins(1);

/// Types of HTTP/2 frames, RFC 9113 section 6.
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

type Connection = StreamOwned<ClientConnection, TcpStream>;

/// What the daemon did with a request.
#[derive(Debug, PartialEq, Eq)]
enum Reaction {
    /// Answered with headers, a message, and headers: a call that succeeded.
    Served,
    /// Answered with headers alone, reset the stream, or ended the connection.
    Refused,
}

/// Connects with the client certificate of the development daemon.
fn connect(daemon: &Daemon, protocol: &[u8]) -> Connection {
    let settings = std::fs::read_to_string(daemon.data_dir().join("client-tls.toml")).unwrap();
    let settings: toml::Table = settings.parse().unwrap();
    let text = |name: &str| settings[name].as_str().unwrap().to_owned();
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(text("ca_certificate")).unwrap())
        .unwrap();
    let chain = CertificateDer::pem_file_iter(text("certificate"))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let key = PrivateKeyDer::from_pem_file(Path::new(&text("private_key"))).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut configuration = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key)
        .unwrap();
    configuration.alpn_protocols = vec![protocol.to_vec()];
    let endpoint = text("endpoint");
    let address = endpoint.strip_prefix("https://").unwrap();
    let host = ServerName::try_from(address.rsplit_once(':').unwrap().0.to_owned()).unwrap();
    let socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.set_write_timeout(Some(PATIENCE)).unwrap();
    StreamOwned::new(
        ClientConnection::new(Arc::new(configuration), host).unwrap(),
        socket,
    )
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A header without indexing and without Huffman coding, RFC 7541 section 6.2.2.
fn header(name: &str, value: &str) -> Vec<u8> {
    let length = |text: &str| u8::try_from(text.len()).unwrap();
    [
        &[0, length(name)],
        name.as_bytes(),
        &[length(value)],
        value.as_bytes(),
    ]
    .concat()
}

/// Calls `Hsm/Status` with these bytes as its body, in frames of 16 KiB, and sees what comes.
fn call(daemon: &Daemon, body: &[u8]) -> Reaction {
    let mut connection = connect(daemon, b"h2");
    let mut request = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    request.extend(frame(SETTINGS, 0, 0, &[]));
    let headers = [
        (":method", "POST"),
        (":scheme", "https"),
        (":path", "/hsm.v1.Hsm/Status"),
        (":authority", "localhost"),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
    ];
    let headers: Vec<u8> = headers
        .iter()
        .flat_map(|(name, value)| header(name, value))
        .collect();
    request.extend(frame(HEADERS, END_HEADERS, 1, &headers));
    // An oversized body may be refused before all of it was sent.
    let mut sent = connection.write_all(&request);
    let mut window = 65_535_usize;
    for part in body.chunks(16_384) {
        // The daemon's window is not waited for: what is more than it allows is one more wrong thing.
        if sent.is_err() || window < part.len() {
            break;
        }
        window -= part.len();
        sent = connection.write_all(&frame(DATA, 0, 1, part));
    }
    if sent.is_ok() {
        sent = connection.write_all(&frame(DATA, END_STREAM, 1, &[]));
    }
    drop(sent);
    reaction(&mut connection)
}

fn reaction(connection: &mut Connection) -> Reaction {
    let mut has_message = false;
    loop {
        let mut head = [0; 9];
        if let Err(error) = connection.read_exact(&mut head) {
            assert_ne!(
                error.kind(),
                ErrorKind::WouldBlock,
                "neither answered nor hung up"
            );
            return Reaction::Refused;
        }
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; length as usize];
        if connection.read_exact(&mut payload).is_err() {
            return Reaction::Refused;
        }
        match head[3] {
            DATA => has_message |= !payload.is_empty(),
            RST_STREAM | GOAWAY => return Reaction::Refused,
            HEADERS if head[4] & END_STREAM != 0 => {
                return if has_message {
                    Reaction::Served
                } else {
                    Reaction::Refused
                };
            }
            _ => {}
        }
    }
}

/// A message with its gRPC prefix, which may tell another length than it has.
fn message(told: u32, content: &[u8]) -> Vec<u8> {
    [&[0], &told.to_be_bytes()[..], content].concat()
}

#[test]
fn a_good_message_is_served() {
    let daemon = Daemon::dev();
    assert_eq!(call(&daemon, &message(0, &[])), Reaction::Served);
}

#[test]
fn a_message_that_is_cut_off_is_refused() {
    let daemon = Daemon::dev();
    for body in [
        &[][..],
        &[0],
        &[0, 0, 0],
        &message(100, &[1, 2, 3]),
        &message(1 << 20, &[]),
    ] {
        assert_eq!(call(&daemon, body), Reaction::Refused, "{body:?}");
    }
    assert_eq!(call(&daemon, &message(0, &[])), Reaction::Served);
}

#[test]
fn an_oversized_message_is_refused_before_it_is_read() {
    let daemon = Daemon::dev();
    for told in [20 << 20, 1 << 31, u32::MAX] {
        assert_eq!(
            call(&daemon, &message(told, &vec![0; 40_000])),
            Reaction::Refused,
            "{told}"
        );
    }
    assert_eq!(call(&daemon, &message(0, &[])), Reaction::Served);
}

#[test]
fn a_message_without_meaning_is_refused() {
    let daemon = Daemon::dev();
    for content in [&[0xff; 40][..], &[0x0a, 0xff, 0xff, 0xff, 0x7f]] {
        let told = u32::try_from(content.len()).unwrap();
        assert_eq!(
            call(&daemon, &message(told, content)),
            Reaction::Refused,
            "{content:?}"
        );
    }
}

#[test]
fn frames_and_grpc_are_chosen_by_name() {
    let daemon = Daemon::dev();
    let mut unknown = connect(&daemon, b"http/1.1");
    let refused = unknown
        .write_all(b"GET / HTTP/1.1\r\n\r\n")
        .and_then(|()| unknown.read_exact(&mut [0]));
    assert!(
        refused.is_err(),
        "a protocol that is not offered was accepted"
    );
    let mut frames = connect(&daemon, b"hsm/1");
    // An oversized frame over TLS ends as one over the Unix socket does.
    frames.write_all(&u32::MAX.to_be_bytes()).unwrap();
    let mut rest = Vec::new();
    if let Err(error) = frames.read_to_end(&mut rest) {
        assert_ne!(
            error.kind(),
            ErrorKind::WouldBlock,
            "neither answered nor hung up"
        );
    }
}
