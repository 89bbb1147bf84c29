//! The client against a daemon of a few lines, which does what each test needs.

use std::{
    io::{Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    path::PathBuf,
    sync::{
        Arc, Barrier,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use hsm_proto::{
    EncryptReply, EncryptRequest, Error as WireError, GenerateRandomReply, GenerateRandomRequest,
    HelloReply, Limits, LoginReply, LoginRequest, StatusReply, StatusRequest,
    frame::Buffer,
    memory_file::MemoryFile,
    request::Operation,
    socket::{FileSocket, Socket},
};

use super::*;

/// What the daemon does with a request.
enum Answer {
    Reply(Reply),
    Silence,
    Close,
}

/// Serves frames on a socket in a temporary folder, a thread for each connection.
struct Daemon {
    folder: tempfile::TempDir,
    connections: Arc<AtomicUsize>,
}

impl Daemon {
    fn start(answer: impl Fn(usize, &Request) -> Answer + Send + Sync + 'static) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("socket")).unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
                let answer = Arc::clone(&answer);
                thread::spawn(move || serve(stream.unwrap(), number, &*answer));
            }
        });
        Self {
            folder,
            connections,
        }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    fn client(&self) -> Client {
        Client::new("test", Configuration::unix(self.socket())).unwrap()
    }
}

fn serve(stream: UnixStream, number: usize, answer: &dyn Fn(usize, &Request) -> Answer) {
    let mut stream = FileSocket::new(Socket(stream));
    let mut incoming = Buffer::new();
    loop {
        match stream.read(incoming.space()) {
            Ok(0) | Err(_) => return,
            Ok(count) => incoming.advance(count),
        }
        while let Some(mut request) = incoming.decode::<Request>(MESSAGE_BYTES_MAX).unwrap() {
            let file = stream
                .take_passed()
                .map(|file| MemoryFile::accept(file).unwrap());
            if let (Some(file), Some(announced)) = (&file, &request.memory_file) {
                let input = file.read(announced.input_bytes as usize).unwrap();
                if let Some(bulk) = request.bulk() {
                    *bulk = input;
                }
            }
            let mut reply = match answer(number, &request) {
                Answer::Reply(reply) => reply,
                Answer::Silence => continue,
                Answer::Close => return,
            };
            if let (Some(file), Some(bulk)) = (&file, reply.bulk()) {
                file.write(bulk).unwrap();
                reply.memory_file_bytes = u32::try_from(std::mem::take(bulk).len()).unwrap();
            }
            let mut outgoing = Buffer::new();
            outgoing.encode(&reply, MESSAGE_BYTES_MAX).unwrap();
            if stream.write_all(outgoing.filled()).is_err() {
                return;
            }
        }
    }
}

fn hello() -> Answer {
    hello_that(false)
}

fn hello_that(memory_files: bool) -> Answer {
    let limits = Limits {
        message_bytes_max: 1000,
        random_bytes_max: 100,
        find_results_max: 10,
        memory_files,
    };
    let reply = HelloReply {
        application: vec![7; 32],
        daemon_instance: vec![1; 16],
        daemon_version: "1.2.3".into(),
        limits: Some(limits),
    };
    Answer::Reply(reply.into())
}

/// Random bytes that are the application's first byte and the connection's number.
fn ordinary(connection: usize, request: &Request) -> Answer {
    match &request.operation {
        Some(Operation::Hello(_)) => hello(),
        Some(Operation::GenerateRandom(_)) => {
            let random = vec![request.application[0], u8::try_from(connection).unwrap()];
            Answer::Reply(GenerateRandomReply { random }.into())
        }
        Some(Operation::Status(_)) => Answer::Reply(StatusReply::default().into()),
        Some(Operation::Login(_)) => Answer::Reply(LoginReply {}.into()),
        _ => Answer::Close,
    }
}

fn random() -> GenerateRandomRequest {
    GenerateRandomRequest { length_bytes: 2 }
}

fn login() -> LoginRequest {
    LoginRequest {
        partition: vec![1; 16],
        role: 2,
        pin: b"1234".to_vec(),
        for_object: vec![],
        user: String::new(),
    }
}

#[test]
fn the_first_call_says_hello_and_later_ones_are_one_round_trip() {
    let daemon = Daemon::start(ordinary);
    let client = daemon.client();
    assert_eq!(client.call(random()).unwrap().random, [7, 1]);
    assert_eq!(client.requests_sent(), 2);
    assert_eq!(client.call(random()).unwrap().random, [7, 1]);
    assert_eq!(client.requests_sent(), 3);
    assert_eq!(client.application().unwrap().daemon_version(), "1.2.3");
}

#[test]
fn a_call_without_application_says_no_hello() {
    let daemon = Daemon::start(ordinary);
    let client = daemon.client();
    client.call_without_application(StatusRequest {}).unwrap();
    assert_eq!(client.requests_sent(), 1);
}

#[test]
fn threads_that_call_at_once_have_a_connection_each_and_leave_them_to_others() {
    let both = Arc::new(Barrier::new(2));
    let daemon = Daemon::start({
        let both = Arc::clone(&both);
        move |connection, request| {
            if matches!(request.operation, Some(Operation::GenerateRandom(_))) {
                both.wait();
            }
            ordinary(connection, request)
        }
    });
    let client = daemon.client();
    for _ in 0..3 {
        thread::scope(|scope| {
            scope.spawn(|| client.call(random()).unwrap());
            scope.spawn(|| client.call(random()).unwrap());
        });
    }
    assert_eq!(daemon.connections.load(Ordering::SeqCst), 2);
}

#[test]
fn a_harmless_request_is_sent_again_when_its_connection_breaks() {
    let daemon = Daemon::start(|connection, request| match &request.operation {
        Some(Operation::GenerateRandom(_)) if connection == 1 => Answer::Close,
        _ => ordinary(connection, request),
    });
    assert_eq!(daemon.client().call(random()).unwrap().random, [7, 2]);
}

#[test]
fn a_request_that_may_have_been_carried_out_is_not_sent_again() {
    let logins = Arc::new(AtomicUsize::new(0));
    let daemon = Daemon::start({
        let logins = Arc::clone(&logins);
        move |connection, request| match &request.operation {
            Some(Operation::Login(_)) => {
                logins.fetch_add(1, Ordering::SeqCst);
                Answer::Close
            }
            _ => ordinary(connection, request),
        }
    });
    let client = daemon.client();
    let error = client.call(login()).unwrap_err();
    assert!(
        matches!(
            error,
            Error::ConnectionLost {
                operation: "Login",
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(logins.load(Ordering::SeqCst), 1);
    assert_eq!(
        client.call(random()).unwrap().random,
        [7, 2],
        "the next call connects anew"
    );
}

#[test]
fn a_daemon_that_never_answers_is_not_asked_for_ever() {
    let daemon = Daemon::start(|connection, request| match &request.operation {
        Some(Operation::GenerateRandom(_)) => Answer::Close,
        _ => ordinary(connection, request),
    });
    let client = daemon.client();
    assert!(matches!(
        client.call(random()),
        Err(Error::ConnectionLost { .. })
    ));
    assert_eq!(client.requests_sent(), 3, "a Hello and two tries");
}

#[test]
fn a_silent_daemon_is_waited_for_only_so_long() {
    let daemon = Daemon::start(|connection, request| match &request.operation {
        Some(Operation::GenerateRandom(_)) if connection == 1 => Answer::Silence,
        _ => ordinary(connection, request),
    });
    let client = daemon.client();
    let error = client
        .call_within(random(), Duration::from_millis(20))
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::TimedOut {
                operation: "GenerateRandom",
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(
        client.call(random()).unwrap().random,
        [7, 2],
        "a late reply must not answer the next request"
    );
}

#[test]
fn the_daemon_is_told_how_long_the_caller_waits() {
    let (sender, deadlines) = mpsc::channel();
    let daemon = Daemon::start(move |connection, request| {
        sender.send(request.deadline_milliseconds).unwrap();
        ordinary(connection, request)
    });
    daemon
        .client()
        .call_within(random(), Duration::from_millis(1234))
        .unwrap();
    assert_eq!(deadlines.recv().unwrap(), 60_000, "Hello");
    assert_eq!(deadlines.recv().unwrap(), 1234);
}

#[test]
fn an_application_that_the_daemon_forgot_is_reported_and_then_replaced() {
    let asked = AtomicUsize::new(0);
    let daemon = Daemon::start(move |connection, request| match &request.operation {
        Some(Operation::Login(_)) if asked.fetch_add(1, Ordering::SeqCst) == 0 => Answer::Reply(
            WireError::new(ErrorCode::UnknownApplication, "unknown application").into(),
        ),
        _ => ordinary(connection, request),
    });
    let client = daemon.client();
    assert!(matches!(client.call(login()), Err(Error::ApplicationLost)));
    client.call(login()).unwrap();
    assert_eq!(client.application().unwrap().number(), 2);
}

#[test]
fn a_request_over_the_daemon_s_limit_is_not_sent() {
    let daemon = Daemon::start(ordinary);
    let client = daemon.client();
    let mut request = login();
    request.pin = vec![0; 2000];
    let error = client.call(request).unwrap_err();
    assert!(
        matches!(
            error,
            Error::TooLarge {
                limit_bytes: 1000,
                ..
            }
        ),
        "{error}"
    );
    client.call(login()).unwrap();
}

#[test]
fn a_reply_to_another_question_is_an_error() {
    let daemon = Daemon::start(|_, request| match &request.operation {
        Some(Operation::Hello(_)) => hello(),
        _ => Answer::Reply(LoginReply {}.into()),
    });
    assert!(matches!(
        daemon.client().call(random()),
        Err(Error::Protocol(_))
    ));
}

#[test]
fn the_next_address_is_tried_when_one_does_not_answer() {
    let daemon = Daemon::start(ordinary);
    let mut configuration = Configuration::unix(daemon.folder.path().join("nobody"));
    configuration
        .endpoints
        .push(Endpoint::Unix(daemon.socket()));
    let client = Client::new("test", configuration).unwrap();
    assert_eq!(client.call(random()).unwrap().random, [7, 1]);
}

#[test]
fn an_unreachable_daemon_is_named_with_all_its_addresses() {
    let mut configuration = Configuration::unix("/nowhere/a");
    configuration
        .endpoints
        .push(Endpoint::Unix("/nowhere/b".into()));
    let error = Client::new("test", configuration)
        .unwrap()
        .call(random())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot reach the daemon at unix:/nowhere/a, unix:/nowhere/b"
    );
    assert!(error.hint().is_some_and(|hint| hint.contains("hsmd")));
}

#[test]
fn an_https_address_needs_certificates() {
    let mut configuration = Configuration::unix("/unused");
    configuration.endpoints = vec!["https://localhost:1".parse().unwrap()];
    let error = Client::new("test", configuration).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`ca_certificate` is not set, but an https endpoint needs it"
    );
}

/// Encrypts by changing a bit, and says no to messages that were to come in a file that did not.
fn encrypting(request: &Request) -> Answer {
    match &request.operation {
        Some(Operation::Hello(_)) => hello_that(true),
        Some(Operation::Encrypt(asked)) if asked.plaintext.is_empty() => {
            let error = WireError::new(ErrorCode::MalformedRequest, "no memory file came");
            Answer::Reply(error.into())
        }
        Some(Operation::Encrypt(asked)) => {
            let ciphertext = asked.plaintext.iter().map(|byte| byte ^ 1).collect();
            Answer::Reply(EncryptReply { ciphertext }.into())
        }
        _ => Answer::Close,
    }
}

fn encrypt(bytes: usize) -> EncryptRequest {
    let mut request = EncryptRequest::default();
    request.plaintext = vec![8; bytes];
    request
}

#[test]
fn large_input_and_output_go_past_the_socket_and_its_limit() {
    let daemon = Daemon::start(|_, request| {
        assert_eq!(
            request.bulk_bytes() >= 256 << 10,
            request.memory_file.is_some()
        );
        encrypting(request)
    });
    let client = daemon.client();
    for bytes in [10, 256 << 10, 900_000, 3 << 20, 300_000] {
        let reply = client.call(encrypt(bytes)).unwrap();
        assert_eq!(reply.ciphertext, vec![9; bytes]);
    }
    assert_eq!(client.requests_sent(), 6);
}

#[test]
fn a_daemon_that_takes_no_files_gets_none() {
    let daemon = Daemon::start(|_, request| {
        assert!(request.memory_file.is_none());
        match &request.operation {
            Some(Operation::Hello(_)) => hello(),
            _ => encrypting(request),
        }
    });
    let refused = daemon.client().call(encrypt(300_000)).unwrap_err();
    assert!(matches!(refused, Error::TooLarge { .. }), "{refused}");
}
