//! The least that a daemon can do: a frame of a request's size to another process over a Unix socket, the bare library's
//! computation there, and a frame back. What is missing to this is what module, access checks and audit cost.

use std::{
    io::{Read as _, Write as _},
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use hsm_proto::socket::Socket;

use crate::{cases::Case, raw::Raw};

/// About what a signature's request and reply take.
const FRAME_BYTES: usize = 100;

/// Callers of a [`serve`].
pub(crate) struct Bare {
    socket: PathBuf,
    /// Connections that threads of earlier slices left, so that the server's threads live on and their time is counted.
    connections: Mutex<Vec<Socket<UnixStream>>>,
}

impl Bare {
    pub(crate) fn new(socket: &Path) -> Self {
        Self {
            socket: socket.to_owned(),
            connections: Mutex::default(),
        }
    }

    /// One exchange on the calling thread's own connection.
    pub(crate) fn operation(&self, case: Case) -> Box<dyn FnMut() + '_> {
        let kept = self.kept().pop();
        let connect = || Socket(UnixStream::connect(&self.socket).expect("a connection"));
        let mut connection = Borrowed(Some(kept.unwrap_or_else(connect)), self);
        let mut frame = [0; FRAME_BYTES];
        frame[0] = case.number();
        Box::new(move || {
            let stream = connection.0.as_mut().expect("it is given back on drop");
            stream.write_all(&frame).expect("a request is sent");
            stream.read_exact(&mut [0; FRAME_BYTES]).expect("a reply");
        })
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Vec<Socket<UnixStream>>> {
        self.connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that goes back to the others when its thread is done.
struct Borrowed<'a>(Option<Socket<UnixStream>>, &'a Bare);

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        self.1.kept().extend(self.0.take());
    }
}

/// Answers on a thread for each connection, until the process is killed.
pub(crate) fn serve(socket: &Path) {
    let raw = Arc::new(Raw::new());
    let listener = UnixListener::bind(socket).expect("a socket");
    println!("ready");
    for stream in listener.incoming() {
        let mut stream = Socket(stream.expect("a connection"));
        let raw = Arc::clone(&raw);
        thread::spawn(move || {
            let mut frame = [0; FRAME_BYTES];
            let mut current = None;
            while stream.read_exact(&mut frame).is_ok() {
                let (case, operation) = current.get_or_insert_with(|| of(&raw, frame[0]));
                if *case != frame[0] {
                    (*case, *operation) = of(&raw, frame[0]);
                }
                operation();
                if stream.write_all(&frame).is_err() {
                    return;
                }
            }
        });
    }
}

/// What the server repeats for a case.
fn of(raw: &Raw, number: u8) -> (u8, Box<dyn FnMut() + '_>) {
    (number, raw.operation(Case::ALL[usize::from(number)]))
}
