//! Clients that misuse HTTP/2: each costs its own connection and nothing else.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use hsm_tests::processor::resident_kibibytes;
use hsm_tests::{Daemon, https};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};
use tokio_rustls::TlsConnector;

use crate::hostile::still_answers;
use crate::signed::{Kms, Request};

/// Types of frames, and flags of theirs (RFC 9113 section 6).
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// Error codes (RFC 9113 section 7).
const REFUSED_STREAM: u32 = 7;
const CANCEL: u32 = 8;

/// `POST /` of `https://x`, in HPACK without compression.
const HEAD: &[u8] = b"\x83\x87\x84\x01\x01x";

/// A connection whose frames are written by hand.
struct Http2(StreamOwned<ClientConnection, TcpStream>);

impl Http2 {
    /// A connection with these settings, each a number and a value.
    fn open(daemon: &Daemon, settings: &[(u16, u32)]) -> Self {
        let mut connection = Self(https::open(daemon, b"h2"));
        let settings: Vec<u8> = settings
            .iter()
            .flat_map(|(name, value)| {
                [name.to_be_bytes().as_slice(), &value.to_be_bytes()].concat()
            })
            .collect();
        connection
            .0
            .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            .unwrap();
        connection.send(SETTINGS, 0, 0, &settings).unwrap();
        connection
    }

    fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> io::Result<()> {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        let mut frame = length[1..].to_vec();
        frame.extend([kind, flags]);
        frame.extend(stream.to_be_bytes());
        frame.extend(payload);
        self.0.write_all(&frame)
    }

    /// The next frame: its type, its stream and its payload. None when the daemon has closed the connection.
    fn receive(&mut self) -> Option<(u8, u32, Vec<u8>)> {
        let mut head = [0; 9];
        self.0.read_exact(&mut head).ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        let mut payload = vec![0; length as usize];
        self.0.read_exact(&mut payload).ok()?;
        Some((head[3], stream, payload))
    }

    /// Waits no longer than this for the daemon to take or to send something.
    fn is_patient_for(&self, limit: Duration) {
        self.0.sock.set_write_timeout(Some(limit)).unwrap();
        self.0.sock.set_read_timeout(Some(limit)).unwrap();
    }
}

/// The resident memory of the daemon, in MiB.
fn memory_mib(daemon: &Daemon) -> u64 {
    resident_kibibytes(daemon.process_id()) / 1024
}

#[test]
fn streams_opened_and_reset_at_once_cost_others_nothing() {
    let daemon = Daemon::dev();
    still_answers(&daemon);
    let before = memory_mib(&daemon);
    let mut connection = Http2::open(&daemon, &[]);
    connection.is_patient_for(Duration::from_secs(2));
    for number in 0..20_000 {
        let stream = 2 * number + 1;
        let begun = connection.send(HEADERS, END_HEADERS, stream, HEAD);
        let reset = connection.send(RST_STREAM, 0, stream, &CANCEL.to_be_bytes());
        if begun.is_err() || reset.is_err() {
            break;
        }
    }
    still_answers(&daemon);
    let more = memory_mib(&daemon).saturating_sub(before);
    assert!(more < 64, "{more} MiB more");
}

#[test]
fn headers_without_end_close_the_connection() {
    let daemon = Daemon::dev();
    let mut connection = Http2::open(&daemon, &[]);
    connection.is_patient_for(Duration::from_secs(10));
    connection.send(HEADERS, 0, 1, HEAD).unwrap();
    // A header of 100 bytes, again and again.
    let mut header = b"\x00\x01y\x64".to_vec();
    header.extend([b'z'; 100]);
    let headers = header.repeat(100);
    let sent_mib = (0..64 * 100)
        .take_while(|_| connection.send(CONTINUATION, 0, 1, &headers).is_ok())
        .count()
        / 100;
    assert!(sent_mib < 16, "{sent_mib} MiB of headers were taken");
    still_answers(&daemon);
}

#[test]
fn more_streams_than_allowed_are_refused_one_by_one() {
    let daemon = Daemon::dev();
    let mut connection = Http2::open(&daemon, &[]);
    // The daemon's settings say how many; who has seen them and goes on is refused.
    loop {
        let (kind, _, payload) = connection.receive().unwrap();
        if kind == SETTINGS && !payload.is_empty() {
            break;
        }
    }
    connection.send(SETTINGS, 1, 0, &[]).unwrap();
    for number in 0..200 {
        connection
            .send(HEADERS, END_HEADERS, 2 * number + 1, HEAD)
            .unwrap();
    }
    loop {
        let (kind, stream, payload) = connection.receive().expect("a stream that is refused");
        assert_ne!(kind, GOAWAY, "{payload:?}");
        if kind == RST_STREAM {
            assert_eq!(payload, REFUSED_STREAM.to_be_bytes());
            assert!(stream > 2 * 127, "{stream}");
            break;
        }
    }
    still_answers(&daemon);
    // Those that were taken are answered when they end.
    connection.send(DATA, END_STREAM, 1, b"{}").unwrap();
    loop {
        let (kind, stream, _) = connection.receive().expect("an answer");
        if kind == HEADERS {
            assert_eq!(stream, 1);
            break;
        }
    }
}

#[test]
fn a_client_that_never_reads_holds_up_nobody() {
    let daemon = Daemon::dev();
    still_answers(&daemon);
    let before = memory_mib(&daemon);
    // A window of nothing: no answer can be sent.
    let mut closed = Http2::open(&daemon, &[(4, 0)]);
    for number in 0..100 {
        let stream = 2 * number + 1;
        closed
            .send(HEADERS, END_HEADERS | END_STREAM, stream, HEAD)
            .unwrap();
    }
    // Questions whose answers nobody reads, until the daemon takes no more of them.
    let mut asking = Http2::open(&daemon, &[]);
    asking.is_patient_for(Duration::from_secs(1));
    for _ in 0..200_000 {
        if asking.send(PING, 0, 0, &[7; 8]).is_err() {
            break;
        }
    }
    still_answers(&daemon);
    let more = memory_mib(&daemon).saturating_sub(before);
    assert!(more < 64, "{more} MiB more");
}

#[test]
fn garbage_in_frames_ends_its_own_connection_alone() {
    let daemon = Daemon::dev();
    let garbage: [(u8, u8, u32, &[u8]); 7] = [
        // An index that HPACK does not have; a string longer than the block; a size update beyond all bounds.
        (HEADERS, END_HEADERS, 1, b"\xff\xff\xff\xff\x0f"),
        (HEADERS, END_HEADERS, 1, b"\x00\x7f\xff\xff\xff\x0f"),
        (HEADERS, END_HEADERS, 1, b"\x3f\xff\xff\xff\xff\x0f"),
        // An even stream, a stream of nobody, settings of half a setting, and the end of headers that never began.
        (HEADERS, END_HEADERS, 2, HEAD),
        (DATA, 0, 99, b"x"),
        (SETTINGS, 0, 0, b"\x00\x01\x00"),
        (CONTINUATION, END_HEADERS, 1, HEAD),
    ];
    for (kind, flags, stream, payload) in garbage {
        let mut connection = Http2::open(&daemon, &[]);
        connection.send(kind, flags, stream, payload).unwrap();
        while let Some((kind, _, _)) = connection.receive() {
            if kind == GOAWAY || kind == RST_STREAM {
                break;
            }
        }
        still_answers(&daemon);
    }
}

#[tokio::test]
async fn long_bodies_on_one_connection_are_all_answered() {
    let daemon = Daemon::dev();
    let kms = Kms::of(&daemon);
    let address = https::address(&daemon);
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let tls = TlsConnector::from(Arc::new(https::client_of(&daemon, b"h2")));
    let name = ServerName::IpAddress(address.ip().into());
    let stream = TokioIo::new(tls.connect(name, stream).await.unwrap());
    let (sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), stream)
        .await
        .unwrap();
    drop(tokio::spawn(connection));
    let calls: Vec<_> = (0..40)
        .map(|number| {
            let mut body = br#"{"NumberOfBytes":8}"#.to_vec();
            body.resize(if number % 2 == 0 { 400 << 10 } else { 20 }, b' ');
            let mut request = Request::call("GenerateRandom", body);
            kms.signer.sign(&mut request, &address.to_string());
            let mut builder = hyper::Request::post(format!("https://{address}/"));
            for (name, value) in &request.headers {
                builder = builder.header(name, value);
            }
            let request = builder.body(Full::new(Bytes::from(request.body))).unwrap();
            let mut sender = sender.clone();
            tokio::spawn(async move {
                let answer = sender.send_request(request).await.unwrap();
                let status = answer.status();
                let body = answer.into_body().collect().await.unwrap().to_bytes();
                (status, body)
            })
        })
        .collect();
    for call in calls {
        let (status, body) = call.await.unwrap();
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    }
}
