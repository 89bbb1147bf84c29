//! Sockets that carry frames, and how both ends wait: no `SIGPIPE`, calls that a signal interrupted go on, and whoever
//! waits for a short answer stays awake for it.

use std::{
    io::{self, IoSlice, IoSliceMut, Read, Write},
    mem::MaybeUninit,
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rustix::{
    fs::{Mode, OFlags, open},
    io::{Errno, retry_on_intr},
    net::{
        RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
        SendAncillaryMessage, SendFlags, recv, recvmsg, send, sendmsg,
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

    /// Writes bytes, and passes a file with the first of them.
    ///
    /// # Errors
    ///
    /// When the kernel says so. A file may have been passed with fewer bytes than all: write the rest without it.
    pub fn write_with_file(&mut self, bytes: &[u8], file: BorrowedFd<'_>) -> io::Result<usize> {
        let files = [file];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        if !ancillary.push(SendAncillaryMessage::ScmRights(&files)) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let parts = &[IoSlice::new(bytes)];
        Ok(retry_on_intr(|| {
            sendmsg(&self.0, parts, &mut ancillary, SendFlags::NOSIGNAL)
        })?)
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

/// A Unix socket over which the other end may pass memory files, one at a time.
#[derive(Debug)]
pub struct FileSocket<S> {
    socket: Socket<S>,
    passed: Option<OwnedFd>,
}

impl<S: AsFd> FileSocket<S> {
    /// A socket over which nothing has been passed yet.
    pub const fn new(socket: Socket<S>) -> Self {
        Self {
            socket,
            passed: None,
        }
    }

    /// The file that was passed since this was asked last.
    pub fn take_passed(&mut self) -> Option<OwnedFd> {
        self.passed.take()
    }

    /// Receives bytes, and a file if one comes with them.
    ///
    /// # Errors
    ///
    /// When the kernel says so; `EPROTO` when more than one file comes, or one before the last was taken: nobody knows then
    /// which one is for what.
    fn receive(&mut self, buffer: &mut [u8], flags: RecvFlags) -> rustix::io::Result<usize> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let flags = flags | RecvFlags::CMSG_CLOEXEC;
        let message = retry_on_intr(|| {
            let parts = &mut [IoSliceMut::new(buffer)];
            recvmsg(&self.socket.0, parts, &mut ancillary, flags)
        })?;
        for received in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(files) = received {
                for file in files {
                    if self.passed.replace(file).is_some() {
                        return Err(Errno::PROTO);
                    }
                }
            }
        }
        if message.flags.contains(ReturnFlags::CTRUNC) {
            return Err(Errno::PROTO);
        }
        Ok(message.bytes)
    }
}

impl<S: AsFd> Read for FileSocket<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(read) = awake(|| self.receive(buffer, RecvFlags::DONTWAIT)) {
            return Ok(read?);
        }
        Ok(self.receive(buffer, RecvFlags::empty())?)
    }
}

impl<S: AsFd> Write for FileSocket<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What `receive` gives, if it does so soon.
fn awake(
    mut receive: impl FnMut() -> rustix::io::Result<usize>,
) -> Option<rustix::io::Result<usize>> {
    let mut asleep_at = None;
    loop {
        match receive() {
            Err(Errno::AGAIN) => {}
            received => return Some(received),
        }
        let now = Instant::now();
        if now >= *asleep_at.get_or_insert(now + AWAKE) {
            return None;
        }
        sched_yield();
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
        let receive = || {
            let (count, _) = retry_on_intr(|| recv(&self.0, &mut *buffer, RecvFlags::DONTWAIT))?;
            Ok(count)
        };
        if let Some(read) = awake(receive) {
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
    fn a_file_comes_with_the_bytes_that_it_was_passed_with() {
        let (near, far) = UnixStream::pair().unwrap();
        let (mut near, mut far) = (Socket(near), FileSocket::new(Socket(far)));
        let file = tempfile::tempfile().unwrap();
        near.write_all(&[1]).unwrap();
        near.write_with_file(&[2, 3], file.as_fd()).unwrap();
        near.write_all(&[4]).unwrap();
        let mut bytes = Vec::new();
        let mut passed_after = None;
        while bytes.len() < 4 {
            let mut buffer = [0; 16];
            let count = far.read(&mut buffer).unwrap();
            bytes.extend_from_slice(&buffer[..count]);
            if far.take_passed().is_some() {
                assert_eq!(passed_after.replace(bytes.len()), None, "passed twice");
            }
        }
        assert_eq!(bytes, [1, 2, 3, 4]);
        assert_eq!(passed_after, Some(3));
    }

    #[test]
    fn a_second_file_before_the_first_was_taken_ends_the_connection() {
        let (near, far) = UnixStream::pair().unwrap();
        let (mut near, mut far) = (Socket(near), FileSocket::new(Socket(far)));
        let file = tempfile::tempfile().unwrap();
        for _ in 0..2 {
            near.write_with_file(&[1], file.as_fd()).unwrap();
        }
        let mut byte = [0];
        assert_eq!(far.read(&mut byte).unwrap(), 1);
        assert!(far.read(&mut byte).is_err());
    }

    #[test]
    fn several_files_at_once_are_refused_and_closed() {
        let (near, far) = UnixStream::pair().unwrap();
        let mut far = FileSocket::new(Socket(far));
        let file = tempfile::tempfile().unwrap();
        let files = [file.as_fd(); 3];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        assert!(ancillary.push(SendAncillaryMessage::ScmRights(&files)));
        let parts = &[IoSlice::new(&[1])];
        sendmsg(&near, parts, &mut ancillary, SendFlags::empty()).unwrap();
        assert!(far.read(&mut [0]).is_err());
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
