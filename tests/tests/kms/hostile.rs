//! Clients that send slowly, garbage, too much, or hang up: each costs its own connection and nothing else.

use std::io::{BufReader, Read as _, Write as _};

use hsm_tests::Daemon;
use serde_json::json;

use crate::signed::{Kms, Request, connect, read_answer};

fn address(daemon: &Daemon) -> &str {
    daemon
        .variable("HSM_KMS_HTTP_URL")
        .strip_prefix("http://")
        .unwrap()
}

/// The daemon still answers others.
#[track_caller]
pub(crate) fn still_answers(daemon: &Daemon) {
    let answer = Kms::of(daemon).call("GenerateRandom", &json!({"NumberOfBytes": 8}));
    let _ = answer.succeeded();
}

#[test]
fn garbage_ends_its_own_connection_alone() {
    let daemon = Daemon::dev();
    let long_line = vec![b'A'; 200_000];
    let garbage: [&[u8]; 8] = [
        b"\x00\x01\x02\x03\xff\xfe garbage\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
        b"POST / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nabcdef",
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        &long_line,
    ];
    for bytes in garbage {
        let mut stream = connect(address(&daemon));
        // The daemon may have closed already.
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let text = String::from_utf8_lossy(&answer);
        assert!(text.is_empty() || text.starts_with("HTTP/1.1 4"), "{text}");
        still_answers(&daemon);
    }
}

#[test]
fn slow_clients_hold_up_nobody() {
    let daemon = Daemon::dev();
    // Each has sent half of something, and sends no more.
    let halves: [&[u8]; 3] = [
        b"",
        b"POST / HTTP/1.1\r\nx-amz-tar",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf",
    ];
    let waiting: Vec<_> = (0..60)
        .map(|number| {
            let mut stream = connect(address(&daemon));
            stream.write_all(halves[number % halves.len()]).unwrap();
            stream
        })
        .collect();
    for _ in 0..20 {
        still_answers(&daemon);
    }
    drop(waiting);
    still_answers(&daemon);
}

#[test]
fn a_request_sent_byte_by_byte_is_answered() {
    let daemon = Daemon::dev();
    let mut kms = Kms::of(&daemon);
    let mut request = Request::call("GenerateRandom", r#"{"NumberOfBytes":8}"#);
    kms.signer.sign(&mut request, &kms.connection.host());
    let mut stream = connect(address(&daemon));
    for byte in request.to_bytes() {
        stream.write_all(&[byte]).unwrap();
    }
    let answer = read_answer(&mut BufReader::new(stream)).unwrap();
    let _ = answer.succeeded();
    let _ = kms
        .call("GenerateRandom", &json!({"NumberOfBytes": 8}))
        .succeeded();
}

#[test]
fn too_much_is_refused_unread() {
    let daemon = Daemon::dev();
    let mut kms = Kms::of(&daemon);
    let answer = kms.send(Request::call("GenerateRandom", vec![b' '; (1 << 20) + 1]));
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (413, "RequestEntityTooLargeException")
    );
    let headers: String = (0..200)
        .map(|number| format!("x-{number}: y\r\n"))
        .collect();
    let mut stream = connect(address(&daemon));
    let head = format!("POST / HTTP/1.1\r\nhost: x\r\n{headers}content-length: 0\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let text = String::from_utf8_lossy(&answer);
    assert!(
        text.is_empty() || text.starts_with("HTTP/1.1 431"),
        "{text}"
    );
    // The longest body that is taken.
    let mut body = br#"{"NumberOfBytes":8}"#.to_vec();
    body.resize(1 << 20, b' ');
    let _ = kms.send(Request::call("GenerateRandom", body)).succeeded();
    still_answers(&daemon);
}

#[test]
fn a_client_that_hangs_up_changes_nothing_for_others() {
    let mut daemon = Daemon::dev();
    for _ in 0..50 {
        let kms = Kms::of(&daemon);
        let mut request = Request::call("GenerateRandom", r#"{"NumberOfBytes":1024}"#);
        kms.signer.sign(&mut request, &kms.connection.host());
        let mut stream = connect(address(&daemon));
        stream.write_all(&request.to_bytes()).unwrap();
        // Gone before the answer.
        drop(stream);
    }
    still_answers(&daemon);
    assert!(daemon.terminate().success());
}
