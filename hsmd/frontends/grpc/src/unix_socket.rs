//! The daemon's Unix socket: made in folders of any depth, and removed only while it is still the daemon's own.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use hsm_proto::socket::ShortPath;
use tokio::net::UnixListener;

/// The place of a listening socket.
#[derive(Debug)]
pub struct UnixSocket {
    path: PathBuf,
    inode: (u64, u64),
}

impl UnixSocket {
    /// Listens. A socket that an ended daemon left is replaced; one that answers is another daemon's.
    ///
    /// # Errors
    ///
    /// [`AddrInUse`](io::ErrorKind::AddrInUse) when another daemon listens there, and those of making the socket.
    pub fn bind(path: &Path, mode: u32) -> io::Result<(UnixListener, Self)> {
        let short = ShortPath::of(path)?;
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
    pub fn remove(&self) {
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
