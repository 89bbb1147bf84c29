//! The daemon's Unix socket: made in folders of any depth, and removed only while it is still the daemon's own.

use std::fs;
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, open};
use tokio::net::UnixListener;

/// The longest path that an address of a Unix socket holds.
const ADDRESS_BYTES_MAX: usize = 107;

/// The place of a listening socket.
pub(crate) struct UnixSocket {
    path: PathBuf,
    inode: (u64, u64),
}

impl UnixSocket {
    /// Listens. A socket that an ended daemon left is replaced; one that answers is another daemon's.
    pub(crate) fn bind(path: &Path, mode: u32) -> io::Result<(UnixListener, Self)> {
        // A long path is reached by its folder's open file, which must stay open until then.
        let (short, _folder) = shortened(path)?;
        if UnixStream::connect(&short).is_ok() {
            return Err(io::Error::new(
                io::ErrorKind::AddrInUse,
                format!("another daemon listens on {}", path.display()),
            ));
        }
        remove(path);
        let listener = UnixListener::bind(&short)?;
        fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
        let socket = Self {
            path: path.to_owned(),
            inode: inode(path)?,
        };
        Ok((listener, socket))
    }

    /// Removes the socket, unless its folder was emptied meanwhile and another daemon listens there now.
    pub(crate) fn remove(&self) {
        if inode(&self.path).is_ok_and(|inode| inode == self.inode) {
            remove(&self.path);
        }
    }
}

fn inode(path: &Path) -> io::Result<(u64, u64)> {
    let metadata = fs::symlink_metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

fn remove(path: &Path) {
    match fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => tracing::warn!(%error, "the Unix socket cannot be removed"),
    }
}

/// A path that fits into an address.
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
    use super::*;

    #[tokio::test]
    async fn a_long_path_can_be_listened_on_and_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("d".repeat(120));
        fs::create_dir(&deep).unwrap();
        let (_listener, socket) = UnixSocket::bind(&deep.join("socket"), 0o600).unwrap();
        assert!(deep.join("socket").exists());
        socket.remove();
        assert!(!deep.join("socket").exists());
    }

    #[tokio::test]
    async fn another_daemons_socket_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let (_first, socket) = UnixSocket::bind(&path, 0o600).unwrap();
        assert!(UnixSocket::bind(&path, 0o600).is_err(), "it answers");
        fs::remove_file(&path).unwrap();
        let (_second, _) = UnixSocket::bind(&path, 0o600).unwrap();
        socket.remove();
        assert!(path.exists());
    }
}
