//! Unix sockets in folders of any depth: the kernel takes 107 bytes of path, and temporary folders of tests are often longer.

use std::{
    io,
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::net::UnixStream,
    },
    path::{Path, PathBuf},
};

use rustix::fs::{Mode, OFlags, open};

/// The longest path that an address of a Unix socket holds.
const ADDRESS_BYTES_MAX: usize = 107;

/// Connects to the socket at `path`.
pub(crate) fn connect(path: &Path) -> io::Result<UnixStream> {
    let (short, _folder) = shortened(path)?;
    UnixStream::connect(short)
}

/// A path that fits: of a long one the folder by its open file, which must stay open as long as the path is used.
fn shortened(path: &Path) -> io::Result<(PathBuf, Option<OwnedFd>)> {
    if path.as_os_str().len() <= ADDRESS_BYTES_MAX {
        return Ok((path.to_owned(), None));
    }
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = open(folder, flags, Mode::empty())?;
    let short = Path::new("/proc/self/fd").join(folder.as_raw_fd().to_string());
    Ok((short.join(name), Some(folder)))
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn a_path_longer_than_an_address_is_listened_on_and_connected_to() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("d".repeat(120)).join("e".repeat(120));
        std::fs::create_dir_all(&deep).unwrap();
        let socket = deep.join("socket");
        assert!(UnixListener::bind(&socket).is_err(), "it fits after all");
        let (short, _folder) = shortened(&socket).unwrap();
        let listener = UnixListener::bind(short).unwrap();
        let _client = connect(&socket).unwrap();
        assert!(listener.accept().is_ok());
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let path = PathBuf::from("/no-such-folder")
            .join("d".repeat(200))
            .join("socket");
        assert_eq!(connect(&path).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
