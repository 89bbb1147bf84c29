//! Connections that do not do what clients do, over streams in memory and on loopback.

use hsmd_identity::Peer;
use hsmd_operations as operations;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::listeners::Listeners;

/// A daemon that is sealed.
struct Sealed;

impl operations::Daemon for Sealed {
    fn open(&self) -> Result<Arc<operations::OpenDaemon>, operations::Error> {
        Err(operations::Error::Sealed)
    }

    fn status(&self) -> operations::Status {
        unreachable!("no door of AWS asks for it")
    }

    fn initialize<'a>(
        &'a self,
        _: &'a Peer,
        _: operations::Initialization,
    ) -> operations::Pending<'a, Result<operations::Initialized, operations::Error>> {
        unreachable!("no door of AWS asks for it")
    }

    fn unseal<'a>(
        &'a self,
        _: &'a Peer,
        _: operations::UnsealKey,
    ) -> operations::Pending<'a, Result<operations::UnsealProgress, operations::Error>> {
        unreachable!("no door of AWS asks for it")
    }

    fn record_refused_request<'a>(
        &'a self,
        _: &'a Peer,
        _: &'static str,
        _: operations::Error,
    ) -> operations::Pending<'a, ()> {
        unreachable!("no door of AWS asks for it")
    }

    fn record_refused_call(&self, _: std::net::SocketAddr, _: &str, _: &'static str) {}

    fn record_refused_handshake(&self, _: std::net::SocketAddr) -> operations::Pending<'_, ()> {
        unreachable!("no door of AWS asks for it")
    }
}

/// What a client reads until the daemon closes the connection, on which it has sent `sent` and sends no more.
async fn answer_to(http: Http, sent: &[u8]) -> Vec<u8> {
    let (mut client, server) = tokio::io::duplex(1 << 20);
    let limits = Limits {
        idle: Duration::from_hours(1),
        transfer: Duration::from_millis(20),
        connections_max: 1,
    };
    let origin = Origin {
        address: "192.0.2.1:1".parse().unwrap(),
        tls: None,
    };
    let door = Arc::new(Door::new(Arc::new(Sealed), Vec::new()));
    let (_stop, stopped) = watch::channel(false);
    let serving = serve(server, http, origin, door, &limits, Arc::default(), stopped);
    client.write_all(sent).await.unwrap();
    let mut answer = Vec::new();
    let (read, ()) = tokio::join!(client.read_to_end(&mut answer), serving);
    read.unwrap();
    answer
}

#[tokio::test]
async fn a_connection_on_which_nobody_signed_ends_soon() {
    for sent in [
        &b""[..],
        b"POST / HTTP/1.1\r\nx-amz-tar",
        b"POST / HTTP/1.1\r\nhost: x\r\n\r\n",
    ] {
        let _ = answer_to(Http::One, sent).await;
    }
    let _ = answer_to(Http::Two, b"").await;
    let _ = answer_to(Http::Two, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_answered_and_the_connection_ends() {
    let half = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf";
    let answer = answer_to(Http::One, half).await;
    assert!(answer.starts_with(b"HTTP/1.1 408"));
}

#[tokio::test]
async fn connections_on_which_nobody_signs_make_room_for_others() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let limits = Limits {
        idle: Duration::from_hours(1),
        transfer: Duration::from_hours(1),
        connections_max: 4,
    };
    let door = Arc::new(Door::new(Arc::new(Sealed), Vec::new()));
    let (_stop, stopped) = watch::channel(false);
    let listeners = Listeners::new(door, limits, stopped);
    drop(tokio::spawn(listeners.serve_http(listener)));
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(TcpStream::connect(address).await.unwrap());
    }
    let mut asking = TcpStream::connect(address).await.unwrap();
    let request = b"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    asking.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    asking.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 4"));
    // The oldest were sent away.
    let mut nothing = Vec::new();
    silent[0].read_to_end(&mut nothing).await.unwrap();
    assert!(nothing.is_empty());
}
