//! Sockets that carry frames, and how both ends wait: no `SIGPIPE`, calls that a signal interrupted go on, and whoever
//! waits for a short answer stays awake for it.

use std::{
    io::{self, Read, Write},
    os::fd::{AsFd, AsRawFd, OwnedFd},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rustix::{
    fs::{Mode, OFlags, open},
    io::{Errno, retry_on_intr},
    net::{
        RecvFlags, SendFlags, recv, send,
        sockopt::{Timeout, set_socket_timeout},
    },
    thread::sched_yield,
};

/// How long a reader stays awake before the kernel puts it to sleep: a little more than a P-256 signature takes.
///
/// Waking a thread of another process costs more than most requests do, and an idle processor takes longest to wake. A reader
/// that is awake gives its processor to whatever else can run, between one look and the next, so that nobody waits for it.
const AWAKE: Duration = Duration::from_micros(50);

/// A connected stream socket that blocks.
#[derive(Debug)]
pub struct Socket<S>(pub S);

impl<S: AsFd> Socket<S> {
    /// Sets how long one read, and one write, may wait.
    ///
    /// # Errors
    ///
    /// When the kernel refuses, as for a socket that was shut down.
    pub fn set_timeouts(&self, timeout: Duration) -> io::Result<()> {
        self.set_read_timeout(timeout)?;
        Ok(set_socket_timeout(&self.0, Timeout::Send, Some(timeout))?)
    }

    /// Sets how long one read may wait; at least a millisecond. A read that waited so long fails with
    /// [`WouldBlock`](io::ErrorKind::WouldBlock).
    ///
    /// # Errors
    ///
    /// As [`Socket::set_timeouts`].
    pub fn set_read_timeout(&self, timeout: Duration) -> io::Result<()> {
        // Zero would mean to wait for ever.
        Ok(set_socket_timeout(
            &self.0,
            Timeout::Recv,
            Some(timeout.max(Duration::from_millis(1))),
        )?)
    }

    /// What there is to read without waiting for it; it stays there.
    pub fn peek(&self) -> Pending {
        let mut byte = [0_u8; 1];
        match retry_on_intr(|| recv(&self.0, &mut byte, RecvFlags::PEEK | RecvFlags::DONTWAIT)) {
            Ok((0, _)) => Pending::End,
            Ok(_) => Pending::Bytes,
            Err(Errno::AGAIN) => Pending::Nothing,
            Err(_) => Pending::End,
        }
    }

    /// What has come, if it comes soon.
    fn read_awake(&self, buffer: &mut [u8]) -> Option<rustix::io::Result<usize>> {
        let mut asleep_at = None;
        loop {
            match retry_on_intr(|| recv(&self.0, &mut *buffer, RecvFlags::DONTWAIT)) {
                Err(Errno::AGAIN) => {}
                read => return Some(read.map(|(count, _)| count)),
            }
            let now = Instant::now();
            if now >= *asleep_at.get_or_insert(now + AWAKE) {
                return None;
            }
            sched_yield();
        }
    }
}

/// Whether a read or write took longer than the socket's timeout, which shows as `WouldBlock` on Linux.
#[must_use]
pub fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}

/// The longest path that an address of a Unix socket holds.
const ADDRESS_BYTES_MAX: usize = 107;

/// A path of a Unix socket that fits into an address, however deep its folder lies; temporary folders of tests are often
/// deeper.
#[derive(Debug)]
pub struct ShortPath {
    path: PathBuf,
    /// A long path is reached by its folder's open file.
    _folder: Option<OwnedFd>,
}

impl ShortPath {
    /// Another way to `path`, as long as this lives.
    ///
    /// # Errors
    ///
    /// When the folder of a long path cannot be opened.
    pub fn of(path: &Path) -> io::Result<Self> {
        if path.as_os_str().len() <= ADDRESS_BYTES_MAX {
            return Ok(Self {
                path: path.to_owned(),
                _folder: None,
            });
        }
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = open(folder, flags, Mode::empty())?;
        let short = Path::new("/proc/self/fd").join(folder.as_raw_fd().to_string());
        Ok(Self {
            path: short.join(name),
            _folder: Some(folder),
        })
    }
}

impl AsRef<Path> for ShortPath {
    fn as_ref(&self) -> &Path {
        &self.path
    }
}

/// What [`Socket::peek`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pending {
    /// A read would wait.
    Nothing,
    /// There is something to read.
    Bytes,
    /// The other end has closed, or the connection is broken.
    End,
}

impl<S: AsFd> Read for Socket<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(read) = self.read_awake(buffer) {
            return Ok(read?);
        }
        let (count, _) = retry_on_intr(|| recv(&self.0, &mut *buffer, RecvFlags::empty()))?;
        Ok(count)
    }
}

impl<S: AsFd> Write for Socket<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(retry_on_intr(|| send(&self.0, bytes, SendFlags::NOSIGNAL))?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::thread;

    use super::*;

    #[test]
    fn a_reader_gets_what_comes_at_once_and_what_comes_after_it_fell_asleep() {
        let (mut near, far) = UnixStream::pair().unwrap();
        let mut far = Socket(far);
        let mut byte = [0];
        near.write_all(&[1]).unwrap();
        assert_eq!(far.read(&mut byte).unwrap(), 1);
        let reading = thread::spawn(move || {
            let mut byte = [0];
            far.read(&mut byte).map(|count| (count, byte, far))
        });
        // Long after it fell asleep, or before it began to read: both must do.
        thread::yield_now();
        near.write_all(&[2]).unwrap();
        let (count, byte, mut far) = reading.join().unwrap().unwrap();
        assert_eq!((count, byte), (1, [2]));
        drop(near);
        assert_eq!(far.read(&mut [0]).unwrap(), 0);
    }

    #[test]
    fn a_read_ends_with_its_timeout() {
        let (_near, far) = UnixStream::pair().unwrap();
        let mut far = Socket(far);
        far.set_timeouts(Duration::from_millis(1)).unwrap();
        let error = far.read(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    }

    #[test]
    fn a_path_longer_than_an_address_is_listened_on_and_connected_to() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("d".repeat(120)).join("e".repeat(120));
        std::fs::create_dir_all(&deep).unwrap();
        let socket = deep.join("socket");
        assert!(UnixListener::bind(&socket).is_err(), "it fits after all");
        let listener = UnixListener::bind(ShortPath::of(&socket).unwrap()).unwrap();
        let _client = UnixStream::connect(ShortPath::of(&socket).unwrap()).unwrap();
        assert!(listener.accept().is_ok());
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let path = PathBuf::from("/no-such-folder")
            .join("d".repeat(200))
            .join("socket");
        assert_eq!(
            ShortPath::of(&path).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
    }

    #[test]
    fn writing_to_a_closed_socket_is_an_error_and_no_signal() {
        let (near, far) = UnixStream::pair().unwrap();
        drop(far);
        let error = Socket(near).write(&[1]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }
}
