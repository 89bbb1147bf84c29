//! The least that a daemon can do: a frame of a request's size to another process over a Unix socket, the bare library's
//! computation there, and a frame back. What is missing to this is what module, access checks and audit cost.

use std::{
    io::{Read as _, Write as _},
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use hsm_proto::socket::Socket;

use crate::{cases::Case, raw::Raw};

/// About what a signature's request and reply take.
const FRAME_BYTES: usize = 100;

/// Callers of a [`serve`].
pub(crate) struct Bare {
    socket: PathBuf,
}

impl Bare {
    pub(crate) fn new(socket: &Path) -> Self {
        Self {
            socket: socket.to_owned(),
        }
    }

    /// One exchange on the calling thread's own connection.
    pub(crate) fn operation(&self, case: Case) -> Box<dyn FnMut() + '_> {
        let mut stream = Socket(UnixStream::connect(&self.socket).expect("a connection"));
        let mut frame = [0; FRAME_BYTES];
        frame[0] = case.number();
        Box::new(move || {
            stream.write_all(&frame).expect("a request is sent");
            stream.read_exact(&mut [0; FRAME_BYTES]).expect("a reply");
        })
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
            if stream.read_exact(&mut frame).is_err() {
                return;
            }
            // A connection is used for one case.
            let mut operation = raw.operation(Case::ALL[usize::from(frame[0])]);
            loop {
                operation();
                if stream.write_all(&frame).is_err() || stream.read_exact(&mut frame).is_err() {
                    return;
                }
            }
        });
    }
}
