//! Counting what passes between the module and the daemon.
//!
//! A proxy is a Unix socket in front of the daemon's own. It passes everything on, and takes the frames apart far enough
//! to say which operations were asked for. Names and numbers are those of `hsm.proto`.

use std::{
    collections::BTreeMap,
    fs,
    io::{Read, Write},
    net::Shutdown,
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use crate::workspace;

/// A running proxy. Its threads end with their connections; the listener ends with the test's process.
#[derive(Clone)]
pub struct Proxy {
    socket: PathBuf,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Listens on `socket` and passes everything to `daemon`.
    ///
    /// # Panics
    ///
    /// When the socket cannot be made.
    #[must_use]
    pub fn start(socket: PathBuf, daemon: &Path) -> Self {
        let listener = UnixListener::bind(&socket).expect("a socket for the proxy");
        let proxy = Self {
            socket,
            seen: Arc::default(),
        };
        let names = Arc::new(operation_names());
        let (daemon, own) = (daemon.to_path_buf(), proxy.clone());
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (names, own) = (Arc::clone(&names), own.clone());
                // A daemon that is not there refuses the client, as without a proxy.
                if let Ok(server) = UnixStream::connect(&daemon) {
                    own.pass(&client, &server, &names);
                }
            }
        });
        proxy
    }

    /// What a client puts in `HSM_ENDPOINT`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("unix:{}", self.socket.display())
    }

    /// The operations asked for so far, in the order in which they came.
    #[must_use]
    pub fn operations(&self) -> Vec<String> {
        self.lock().clone()
    }

    /// How often each operation was asked for so far.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for name in self.lock().iter() {
            *counts.entry(name.clone()).or_insert(0) += 1;
        }
        counts
    }

    fn pass(&self, client: &UnixStream, server: &UnixStream, names: &Arc<BTreeMap<u64, String>>) {
        let (from_client, to_server) = (clone(client), clone(server));
        let (from_server, to_client) = (clone(server), clone(client));
        let (seen, names) = (self.clone(), Arc::clone(names));
        thread::spawn(move || {
            let _ = seen.requests(from_client, &to_server, &names);
            let _ = to_server.shutdown(Shutdown::Write);
        });
        thread::spawn(move || {
            let _ = replies(from_server, &to_client);
            let _ = to_client.shutdown(Shutdown::Both);
        });
    }

    fn requests(
        &self,
        mut client: UnixStream,
        mut server: &UnixStream,
        names: &BTreeMap<u64, String>,
    ) -> std::io::Result<()> {
        loop {
            let mut length = [0; 4];
            client.read_exact(&mut length)?;
            let mut message = vec![0; u32::from_be_bytes(length) as usize];
            client.read_exact(&mut message)?;
            let operation =
                operation_number(&message).and_then(|number| names.get(&number).cloned());
            self.lock()
                .push(operation.unwrap_or_else(|| "unknown".to_owned()));
            server.write_all(&length)?;
            server.write_all(&message)?;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn replies(mut server: UnixStream, mut client: &UnixStream) -> std::io::Result<()> {
    let mut buffer = vec![0; 65_536];
    loop {
        match server.read(&mut buffer)? {
            0 => return Ok(()),
            length => client.write_all(&buffer[..length])?,
        }
    }
}

fn clone(stream: &UnixStream) -> UnixStream {
    stream.try_clone().expect("a socket can be cloned")
}

/// The number of the member of `Request.operation` in an encoded `Request`.
fn operation_number(message: &[u8]) -> Option<u64> {
    let mut rest = message;
    while !rest.is_empty() {
        let (tag, after_tag) = varint(rest)?;
        let number = tag >> 3;
        rest = match tag & 7 {
            0 => varint(after_tag)?.1,
            2 => {
                let (length, content) = varint(after_tag)?;
                content.get(usize::try_from(length).ok()?..)?
            }
            _ => return None,
        };
        // Lower numbers are the fields beside the operation.
        if number >= 16 {
            return Some(number);
        }
    }
    None
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (index, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[index + 1..]));
        }
    }
    None
}

/// The members of `Request.operation` in `hsm.proto`, as `sign` for `SignRequest sign = 69;`.
fn operation_names() -> BTreeMap<u64, String> {
    let path = workspace::root().join("proto/hsm/v1/hsm.proto");
    let proto = fs::read_to_string(path).expect("the wire contract can be read");
    let request = proto
        .split("message Request {")
        .nth(1)
        .and_then(|rest| rest.split("\n}").next());
    let lines = request.expect("hsm.proto has a message Request").lines();
    let fields = lines.filter_map(|line| {
        let (declaration, number) = line.trim().strip_suffix(';')?.split_once(" = ")?;
        let (kind, name) = declaration.split_once(' ')?;
        kind.ends_with("Request")
            .then(|| (number.parse().ok(), name.to_owned()))
    });
    fields
        .filter_map(|(number, name)| Some((number?, name)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operations_of_the_wire_contract_are_known() {
        let names = operation_names();
        assert_eq!(names[&16], "hello");
        assert_eq!(names[&69], "sign");
        assert!(names.len() >= 34);
    }

    #[test]
    fn the_operation_is_found_behind_the_application() {
        // Field 1 with two bytes, field 2 with the number 5, field 69 with one byte.
        let message = [0x0a, 2, 7, 7, 0x10, 5, 0xaa, 0x04, 1, 0];
        assert_eq!(operation_number(&message), Some(69));
        assert_eq!(operation_number(&[0x0a, 2, 7, 7]), None);
    }
}
