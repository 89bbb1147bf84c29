//! Connections over socket pairs: limits, hostile clients, and memory files.

use std::os::unix::net::UnixStream;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};

use super::*;
use crate::limits::LargeMessages;
use hsm_proto::{EncryptReply, EncryptRequest, GenerateRandomReply, GenerateRandomRequest};

/// Answers random requests with as many bytes.
#[derive(Default)]
struct Echo {
    holds_an_application: bool,
}

impl AnswerFrames for Echo {
    fn answer(&self, request: Request) -> Reply {
        match request.operation {
            Some(hsm_proto::request::Operation::GenerateRandom(ref random)) => {
                GenerateRandomReply {
                    random: vec![7; random.length_bytes as usize],
                }
                .into()
            }
            Some(hsm_proto::request::Operation::Encrypt(ref encrypt)) => EncryptReply {
                ciphertext: encrypt.plaintext.iter().map(|byte| byte ^ 1).collect(),
            }
            .into(),
            _ => refusal(ErrorCode::Unsupported, "not here"),
        }
    }

    fn holds_an_application(&self) -> bool {
        self.holds_an_application
    }
}

fn limits() -> ConnectionLimits {
    ConnectionLimits {
        idle: Duration::from_mins(1),
        transfer: Duration::from_secs(5),
        large_messages: LargeMessages::new(64 << 20),
    }
}

const MOMENT: Duration = Duration::from_millis(20);

/// A client's end, and what becomes of the other.
fn begin(echo: Echo, limits: ConnectionLimits) -> (UnixStream, JoinHandle<Ended>) {
    let (client, server) = UnixStream::pair().unwrap();
    let serving = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let _runtime = runtime.enter();
        let socket = server.try_clone().unwrap();
        serve(FileSocket::new(Socket(server)), socket, &echo, &limits)
    });
    (client, serving)
}

fn request(length_bytes: u32) -> Request {
    GenerateRandomRequest { length_bytes }.into()
}

fn length_of(reply: &Reply) -> usize {
    match &reply.outcome {
        Some(hsm_proto::reply::Outcome::GenerateRandom(reply)) => reply.random.len(),
        _ => panic!("an unexpected reply"),
    }
}

#[test]
fn requests_sent_at_once_are_answered_in_order() {
    let (mut client, serving) = begin(Echo::default(), limits());
    let mut wire = Buffer::new();
    for length in [1, 2, 3] {
        wire.encode(&request(length), MESSAGE_BYTES_MAX).unwrap();
    }
    client.write_all(wire.filled()).unwrap();
    wire.clear();
    for length in [1, 2, 3] {
        let reply = loop {
            if let Some(reply) = wire.decode(MESSAGE_BYTES_MAX).unwrap() {
                break reply;
            }
            let count = client.read(wire.space()).unwrap();
            wire.advance(count);
        };
        assert_eq!(length_of(&reply), length);
    }
    drop(client);
    assert!(matches!(serving.join().unwrap(), Ended::Closed(_)));
}

#[test]
fn a_frame_over_the_limit_is_refused_and_ends_the_connection() {
    let (mut client, serving) = begin(Echo::default(), limits());
    client.write_all(&u32::MAX.to_be_bytes()).unwrap();
    let mut bytes = Vec::new();
    client.read_to_end(&mut bytes).unwrap();
    let mut wire = Buffer::new();
    wire.space()[..bytes.len()].copy_from_slice(&bytes);
    wire.advance(bytes.len());
    let reply: Reply = wire.decode(MESSAGE_BYTES_MAX).unwrap().unwrap();
    assert!(
        matches!(reply.outcome, Some(hsm_proto::reply::Outcome::Error(ref error)) if error.code() == ErrorCode::TooLarge)
    );
    assert!(matches!(serving.join().unwrap(), Ended::NotAFrame));
}

#[test]
fn an_idle_connection_and_a_slow_sender_are_closed() {
    let limits = ConnectionLimits {
        idle: MOMENT,
        transfer: MOMENT,
        ..limits()
    };
    let (_client, serving) = begin(Echo::default(), limits.clone());
    assert!(matches!(serving.join().unwrap(), Ended::Idle));
    let (mut client, serving) = begin(Echo::default(), limits);
    client.write_all(&[0, 0]).unwrap();
    assert!(matches!(serving.join().unwrap(), Ended::TooSlow));
}

#[test]
fn a_connection_that_holds_an_application_may_rest() {
    let limits = ConnectionLimits {
        idle: MOMENT,
        ..limits()
    };
    let echo = Echo {
        holds_an_application: true,
    };
    let (client, serving) = begin(echo, limits);
    let (ended, end) = mpsc::channel();
    let waiting = thread::spawn(move || ended.send(serving.join().unwrap()));
    assert!(
        matches!(end.recv_timeout(5 * MOMENT), Err(RecvTimeoutError::Timeout)),
        "still served when nobody waits any more"
    );
    drop(client);
    waiting.join().unwrap().unwrap();
}

#[test]
fn a_client_that_stops_reading_is_closed() {
    let limits = ConnectionLimits {
        transfer: MOMENT,
        ..limits()
    };
    let (mut client, serving) = begin(Echo::default(), limits);
    let mut wire = Buffer::new();
    wire.encode(&request(1 << 20), MESSAGE_BYTES_MAX).unwrap();
    client.write_all(wire.filled()).unwrap();
    assert!(matches!(serving.join().unwrap(), Ended::TooSlow));
}

/// Sends a request with this file, and gives the reply.
fn ask(client: &UnixStream, request: &Request, file: Option<&OwnedFd>) -> Reply {
    let mut socket = Socket(client);
    let mut wire = Buffer::new();
    wire.encode(request, MESSAGE_BYTES_MAX).unwrap();
    let mut sent = match file {
        Some(file) => socket.write_with_file(wire.filled(), file.as_fd()).unwrap(),
        None => 0,
    };
    while sent < wire.filled().len() {
        sent += socket.write(&wire.filled()[sent..]).unwrap();
    }
    receive(client)
}

fn receive(mut client: &UnixStream) -> Reply {
    let mut wire = Buffer::new();
    loop {
        if let Some(reply) = wire.decode(MESSAGE_BYTES_MAX).unwrap() {
            return reply;
        }
        let count = client.read(wire.space()).unwrap();
        assert!(count > 0, "the connection ended without a reply");
        wire.advance(count);
    }
}

fn with_file(mut request: Request, input_bytes: usize) -> Request {
    request.memory_file = Some(hsm_proto::MemoryFile {
        input_bytes: u32::try_from(input_bytes).unwrap(),
    });
    request
}

fn copy_of(file: &MemoryFile) -> OwnedFd {
    file.as_fd().try_clone_to_owned().unwrap()
}

fn code(reply: &Reply) -> Option<ErrorCode> {
    match &reply.outcome {
        Some(hsm_proto::reply::Outcome::Error(error)) => Some(error.code()),
        _ => None,
    }
}

#[test]
fn input_and_output_go_through_the_file_and_so_does_the_next_request() {
    let (client, _serving) = begin(Echo::default(), limits());
    let file = MemoryFile::create(1 << 20).unwrap();
    for byte in [4, 8] {
        let input = vec![byte; 900_000];
        file.write(&input).unwrap();
        let request = with_file(EncryptRequest::default().into(), input.len());
        let reply = ask(&client, &request, Some(&copy_of(&file)));
        assert_eq!(reply.memory_file_bytes as usize, input.len());
        assert_eq!(file.read(input.len()).unwrap(), vec![byte ^ 1; input.len()]);
    }
    assert_eq!(length_of(&ask(&client, &request(5), None)), 5);
}

#[test]
fn a_file_for_output_alone_takes_what_is_large_and_fits() {
    let (client, _serving) = begin(Echo::default(), limits());
    let file = MemoryFile::create(1 << 20).unwrap();
    let random = |length| with_file(request(length), 0);
    let mut reply = ask(&client, &random(1 << 20), Some(&copy_of(&file)));
    assert_eq!((reply.memory_file_bytes, length_of(&reply)), (1 << 20, 0));
    for length in [(1 << 20) + 1, 1000] {
        reply = ask(&client, &random(length), Some(&copy_of(&file)));
        assert_eq!(
            (reply.memory_file_bytes, length_of(&reply)),
            (0, length as usize)
        );
    }
}

#[test]
fn files_that_could_harm_the_daemon_and_requests_that_lie_about_them_are_refused() {
    let (client, _serving) = begin(Echo::default(), limits());
    let sealed = |bytes| copy_of(&MemoryFile::create(bytes).unwrap());
    let encrypt = |input_bytes| with_file(EncryptRequest::default().into(), input_bytes);
    let mut twice = EncryptRequest::default();
    twice.plaintext = vec![1];
    let (pipe, _writer) = std::io::pipe().unwrap();
    let malformed = [
        // No file at all; one that may be cut short; one that waits for its writer for ever; a device.
        ask(&client, &encrypt(10), None),
        ask(
            &client,
            &encrypt(10),
            Some(&tempfile::tempfile().unwrap().into()),
        ),
        ask(&client, &encrypt(10), Some(&pipe.into())),
        ask(
            &client,
            &encrypt(10),
            Some(&std::fs::File::open("/dev/zero").unwrap().into()),
        ),
        // Shorter than it is said to be.
        ask(&client, &encrypt(4097), Some(&sealed(4096))),
        // Input in the file and in the message too, or where there is none.
        ask(&client, &with_file(twice.into(), 10), Some(&sealed(4096))),
        ask(&client, &with_file(request(1), 10), Some(&sealed(4096))),
    ];
    for (index, reply) in malformed.iter().enumerate() {
        assert_eq!(
            code(reply),
            Some(ErrorCode::MalformedRequest),
            "case {index}"
        );
    }
    let huge = ask(
        &client,
        &encrypt(10),
        Some(&sealed(MEMORY_FILE_BYTES_MAX + 1)),
    );
    assert_eq!(code(&huge), Some(ErrorCode::TooLarge));
    // The connection has survived all of them.
    assert_eq!(length_of(&ask(&client, &request(5), None)), 5);
}

#[test]
fn a_file_that_the_daemon_may_not_write_leaves_the_output_in_the_reply() {
    use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, ftruncate, memfd_create};
    let (client, _serving) = begin(Echo::default(), limits());
    let file = memfd_create(c"test", MemfdFlags::ALLOW_SEALING).unwrap();
    ftruncate(&file, 1 << 20).unwrap();
    fcntl_add_seals(
        &file,
        SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE,
    )
    .unwrap();
    let reply = ask(&client, &with_file(request(1 << 20), 0), Some(&file));
    assert_eq!((reply.memory_file_bytes, length_of(&reply)), (0, 1 << 20));
}

#[test]
fn a_file_that_no_request_names_ends_the_connection_at_the_next_one() {
    let (client, serving) = begin(Echo::default(), limits());
    let file = copy_of(&MemoryFile::create(4096).unwrap());
    assert_eq!(length_of(&ask(&client, &request(5), Some(&file))), 5);
    let mut wire = Buffer::new();
    wire.encode(&request(5), MESSAGE_BYTES_MAX).unwrap();
    Socket(&client)
        .write_with_file(wire.filled(), file.as_fd())
        .unwrap();
    assert!(matches!(serving.join().unwrap(), Ended::Closed(Some(_))));
}

#[test]
fn files_share_the_memory_of_large_messages() {
    let limits = ConnectionLimits {
        transfer: MOMENT,
        large_messages: LargeMessages::new(1 << 20),
        ..limits()
    };
    let all = limits.large_messages.reserve(1 << 20);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _all = runtime.block_on(all).unwrap();
    let (client, server) = UnixStream::pair().unwrap();
    let serving = thread::spawn(move || {
        let _runtime = runtime.enter();
        let socket = server.try_clone().unwrap();
        serve(
            FileSocket::new(Socket(server)),
            socket,
            &Echo::default(),
            &limits,
        )
    });
    let file = MemoryFile::create(1 << 20).unwrap();
    let mut wire = Buffer::new();
    wire.encode(
        &with_file(EncryptRequest::default().into(), 1 << 20),
        MESSAGE_BYTES_MAX,
    )
    .unwrap();
    Socket(&client)
        .write_with_file(wire.filled(), file.as_fd())
        .unwrap();
    assert!(matches!(serving.join().unwrap(), Ended::TooSlow));
}
