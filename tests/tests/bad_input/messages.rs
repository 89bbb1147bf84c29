//! Messages that are cut off, too long, or mean nothing; and clients that do not read.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    os::unix::net::UnixStream,
    time::{Duration, Instant},
};

use hsm_proto::{Request, StatusRequest, request::Operation};
use hsm_tests::Daemon;
use prost::Message as _;

/// The daemon must answer or hang up sooner.
const PATIENCE: Duration = Duration::from_mins(1);

fn frame(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap();
    [&length.to_be_bytes(), message].concat()
}

fn status() -> Vec<u8> {
    let mut request = Request::default();
    request.operation = Some(Operation::Status(StatusRequest {}));
    frame(&request.encode_to_vec())
}

fn connect(daemon: &Daemon) -> UnixStream {
    let stream = UnixStream::connect(daemon.socket()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// A reply's bytes, or none when the daemon hung up.
fn reply(stream: &mut UnixStream) -> Option<Vec<u8>> {
    let mut length = [0; 4];
    match stream.read_exact(&mut length) {
        Ok(()) => {
            let mut message = vec![0; u32::from_be_bytes(length) as usize];
            stream.read_exact(&mut message).unwrap();
            Some(message)
        }
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            panic!("neither answered nor hung up")
        }
        Err(_) => None,
    }
}

/// Another client is served.
fn still_serves(daemon: &Daemon) {
    let mut stream = connect(daemon);
    stream.write_all(&status()).unwrap();
    assert!(reply(&mut stream).is_some());
}

#[test]
fn a_frame_that_is_cut_off_harms_nobody() {
    let daemon = Daemon::dev();
    let whole = status();
    for length in 0..whole.len() {
        let mut stream = connect(&daemon);
        stream.write_all(&whole[..length]).unwrap();
        drop(stream);
    }
    still_serves(&daemon);
}

#[test]
fn an_oversized_frame_is_refused_before_it_is_read() {
    let daemon = Daemon::dev();
    for length in [20_u32 << 20, 1 << 31, u32::MAX] {
        let mut stream = connect(&daemon);
        stream.write_all(&length.to_be_bytes()).unwrap();
        // Whether it answers first or hangs up at once, it does not wait for what was announced.
        while reply(&mut stream).is_some() {}
    }
    still_serves(&daemon);
}

#[test]
fn a_frame_without_meaning_is_answered_or_ends_the_connection() {
    let daemon = Daemon::dev();
    let messages: [&[u8]; 5] = [
        &[],
        &[0xff; 64],
        &[0x0a, 0xff, 0xff, 0xff, 0x7f],
        &[0x7a, 0x00],
        &[0; 1000],
    ];
    for message in messages {
        let mut stream = connect(&daemon);
        stream.write_all(&frame(message)).unwrap();
        if let Some(answer) = reply(&mut stream) {
            let answer = hsm_proto::Reply::decode(&answer[..]).unwrap();
            assert!(
                matches!(answer.outcome, Some(hsm_proto::reply::Outcome::Error(_))),
                "what means nothing was accepted: {message:?}"
            );
        }
    }
    still_serves(&daemon);
}

#[test]
fn requests_that_come_together_are_answered_in_order() {
    let daemon = Daemon::dev();
    let mut stream = connect(&daemon);
    let many = status().repeat(50);
    stream.write_all(&many).unwrap();
    for _ in 0..50 {
        assert!(reply(&mut stream).is_some());
    }
}

#[test]
fn a_client_that_stops_reading_does_not_hold_up_others() {
    let daemon = Daemon::dev();
    let mut deaf = connect(&daemon);
    deaf.set_nonblocking(true).unwrap();
    // Asks until neither side's buffers take more, and never reads.
    let many = status().repeat(10_000);
    let started = Instant::now();
    let mut sent = 0;
    while started.elapsed() < PATIENCE && sent < many.len() * 50 {
        match deaf.write(&many) {
            Ok(length) => sent += length,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(_) => break,
        }
    }
    for _ in 0..20 {
        still_serves(&daemon);
    }
}

#[test]
fn a_connection_without_tls_is_refused_where_tls_is_spoken() {
    let daemon = Daemon::dev();
    let configuration = std::fs::read_to_string(daemon.data_dir().join("client-tls.toml")).unwrap();
    let Some(address) = configuration
        .split("https://")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
    else {
        panic!("client.toml names no https endpoint: {configuration}");
    };
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(_) => assert!(!answer.starts_with(b"HTTP/1.1 200"), "{answer:?}"),
        Err(error) => assert_ne!(
            error.kind(),
            ErrorKind::WouldBlock,
            "neither answered nor hung up"
        ),
    }
    still_serves(&daemon);
}
