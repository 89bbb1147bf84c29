//! The blocking client over mutually authenticated TLS, against a daemon of a few lines.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod certificates;

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
};

use certificates::{Ca, ca};
use hsm_client::{Error, blocking::Client};
use hsm_proto::{
    GenerateRandomReply, GenerateRandomRequest, HelloReply, Reply, Request,
    frame::{Buffer, MESSAGE_BYTES_MAX},
    request::Operation,
};
use rustls::{ServerConnection, StreamOwned};

/// A daemon that `ca` certifies, for clients that `clients` certifies. Gives its address.
fn start(ca: &Ca, clients: &Ca) -> String {
    let config = Arc::new(certificates::server(ca, clients));
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

/// Answers with the protocol that ALPN chose, filled up to the wanted length, in place of random bytes.
fn serve(mut stream: StreamOwned<ServerConnection, TcpStream>) {
    let mut incoming = Buffer::new();
    let mut outgoing = Buffer::new();
    while let Ok(count @ 1..) = stream.read(incoming.space()) {
        incoming.advance(count);
        while let Some(request) = incoming.decode::<Request>(MESSAGE_BYTES_MAX).unwrap() {
            let reply: Reply = match &request.operation {
                Some(Operation::GenerateRandom(request)) => {
                    let mut random = stream.conn.alpn_protocol().unwrap().to_vec();
                    random.resize(request.length_bytes as usize, 0);
                    GenerateRandomReply { random }.into()
                }
                _ => hello().into(),
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

fn random(length_bytes: u32) -> GenerateRandomRequest {
    GenerateRandomRequest { length_bytes }
}

#[test]
fn frames_travel_over_mutual_tls() {
    let (folder, ca) = (tempfile::tempdir().unwrap(), ca());
    let configuration = certificates::client(folder.path(), &start(&ca, &ca), &ca, &ca);
    let client = Client::new("test", configuration).unwrap();
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
    let configuration = certificates::client(folder.path(), &start(&other, &ours), &ours, &ours);
    let client = Client::new("test", configuration).unwrap();
    let error = client.call(random(1)).unwrap_err();
    assert!(matches!(error, Error::Tls { .. }), "{error:?}");
    assert_eq!(client.requests_sent(), 0);
}

#[test]
fn a_client_of_another_ca_is_told_so() {
    let (folder, ours, other) = (tempfile::tempdir().unwrap(), ca(), ca());
    let configuration = certificates::client(folder.path(), &start(&ours, &other), &ours, &ours);
    let error = Client::new("test", configuration)
        .unwrap()
        .call(random(1))
        .unwrap_err();
    assert!(matches!(error, Error::Tls { .. }), "{error:?}");
}
