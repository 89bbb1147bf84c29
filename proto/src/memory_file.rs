//! Files in memory that carry large input and output past a Unix socket.
//!
//! The side that asks makes the file (`memfd_create`), seals its size, and passes it with its request. The daemon takes a
//! file only if its size is sealed, which says two things at once: it is in memory, so that reading it waits for no
//! disk and no other program; and it cannot be cut short. It reads the input with one copy and never maps the file,
//! so whoever made it can do no more with it later than send something else.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::buffer::spare_capacity;
use rustix::fs::{
    FallocateFlags, MemfdFlags, SealFlags, fallocate, fcntl_add_seals, fcntl_get_seals, fstat,
    ftruncate, memfd_create,
};
use rustix::io::{pread, pwrite, retry_on_intr};

use crate::frame::MESSAGE_BYTES_MAX;

/// Input and output of at least so many bytes are worth a memory file.
pub const WORTHWHILE_BYTES_MIN: usize = 256 << 10;

/// What keeps a file's size as it is.
const SEALS: SealFlags = SealFlags::SHRINK.union(SealFlags::GROW);

/// A file in memory whose size is fixed.
#[derive(Debug)]
pub struct MemoryFile {
    file: OwnedFd,
    length_bytes: usize,
}

/// Why a passed file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unacceptable {
    /// It is no file in memory, or its size can change.
    #[error("the passed file is no file in memory whose size is sealed")]
    NotSealed,
    /// It is larger than any message.
    #[error("the passed file is larger than any message")]
    TooLarge,
    /// It is shorter than what it is said to hold.
    #[error("the passed file is shorter than what it is said to hold")]
    TooShort,
}

impl MemoryFile {
    /// A new file of `length_bytes`, empty and with its size sealed.
    ///
    /// # Errors
    ///
    /// When the kernel has no memory files, or does not allow them.
    pub fn create(length_bytes: usize) -> io::Result<Self> {
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let make = |flags| memfd_create(c"hsm-message", flags);
        // Kernels before 6.3 do not know that a file is to be never executable.
        let file = make(flags | MemfdFlags::NOEXEC_SEAL).or_else(|_| make(flags))?;
        ftruncate(&file, length_bytes as u64)?;
        fcntl_add_seals(&file, SEALS | SealFlags::SEAL)?;
        Ok(Self { file, length_bytes })
    }

    /// A file that the other side passed.
    ///
    /// # Errors
    ///
    /// [`Unacceptable`]: its size is not sealed, or not of a message.
    pub fn accept(file: OwnedFd) -> Result<Self, Unacceptable> {
        let seals = fcntl_get_seals(&file).map_err(|_| Unacceptable::NotSealed)?;
        if !seals.contains(SEALS) {
            return Err(Unacceptable::NotSealed);
        }
        let size = fstat(&file).map_err(|_| Unacceptable::NotSealed)?.st_size;
        let length_bytes = u32::try_from(size)
            .ok()
            .filter(|length| *length <= MESSAGE_BYTES_MAX)
            .ok_or(Unacceptable::TooLarge)? as usize;
        Ok(Self { file, length_bytes })
    }

    /// How long the file is.
    #[must_use]
    pub const fn length_bytes(&self) -> usize {
        self.length_bytes
    }

    /// The first `length_bytes` bytes.
    ///
    /// # Errors
    ///
    /// When the file is shorter, or cannot be read.
    pub fn read(&self, length_bytes: usize) -> io::Result<Vec<u8>> {
        if length_bytes > self.length_bytes {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut bytes = Vec::with_capacity(length_bytes);
        while bytes.len() < length_bytes {
            let offset = bytes.len() as u64;
            if retry_on_intr(|| pread(&self.file, spare_capacity(&mut bytes), offset))? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        bytes.truncate(length_bytes);
        Ok(bytes)
    }

    /// Writes at the beginning.
    ///
    /// # Errors
    ///
    /// When the file is shorter, or cannot be written.
    pub fn write(&self, bytes: &[u8]) -> io::Result<()> {
        if bytes.len() > self.length_bytes {
            return Err(io::ErrorKind::WriteZero.into());
        }
        let mut written = 0;
        while written < bytes.len() {
            let rest = &bytes[written..];
            match retry_on_intr(|| pwrite(&self.file, rest, written as u64))? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                count => written += count,
            }
        }
        Ok(())
    }

    /// Empties the file: its memory goes back to the kernel, which wipes it before anybody else gets it.
    ///
    /// # Errors
    ///
    /// When the kernel refuses.
    pub fn wipe(&self) -> io::Result<()> {
        let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        Ok(retry_on_intr(|| {
            fallocate(&self.file, flags, 0, self.length_bytes as u64)
        })?)
    }
}

impl AsFd for MemoryFile {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use rustix::fs::SealFlags;

    use super::*;

    fn unsealed(length_bytes: u64, seals: SealFlags) -> OwnedFd {
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let file = memfd_create(c"test", flags).unwrap();
        ftruncate(&file, length_bytes).unwrap();
        fcntl_add_seals(&file, seals).unwrap();
        file
    }

    #[test]
    fn what_one_side_writes_the_other_reads_and_wiping_leaves_nothing() {
        let ours = MemoryFile::create(1 << 20).unwrap();
        let theirs = MemoryFile::accept(ours.as_fd().try_clone_to_owned().unwrap()).unwrap();
        assert_eq!(theirs.length_bytes(), 1 << 20);
        let bytes: Vec<u8> = (0..700_000).map(|n: u32| n.to_le_bytes()[0]).collect();
        ours.write(&bytes).unwrap();
        assert_eq!(theirs.read(bytes.len()).unwrap(), bytes);
        theirs.write(&[9; 5]).unwrap();
        assert_eq!(ours.read(6).unwrap(), [9, 9, 9, 9, 9, 5]);
        ours.wipe().unwrap();
        assert!(theirs.read(1 << 20).unwrap().iter().all(|byte| *byte == 0));
    }

    #[test]
    fn nothing_is_read_or_written_past_the_end() {
        let file = MemoryFile::create(4096).unwrap();
        assert!(file.read(4097).is_err());
        assert!(file.write(&[0; 4097]).is_err());
        assert_eq!(file.read(0).unwrap(), [0; 0]);
    }

    #[test]
    fn only_files_in_memory_with_a_sealed_size_are_accepted() {
        let refused = |file: OwnedFd| MemoryFile::accept(file).unwrap_err();
        for seals in [SealFlags::empty(), SealFlags::SHRINK, SealFlags::GROW] {
            assert_eq!(refused(unsealed(10, seals)), Unacceptable::NotSealed);
        }
        let ordinary = tempfile::tempfile().unwrap();
        assert_eq!(refused(ordinary.into()), Unacceptable::NotSealed);
        let (pipe, _writer) = std::io::pipe().unwrap();
        assert_eq!(refused(pipe.into()), Unacceptable::NotSealed);
        let (socket, _other) = std::os::unix::net::UnixStream::pair().unwrap();
        assert_eq!(refused(socket.into()), Unacceptable::NotSealed);
        let device = std::fs::File::open("/dev/zero").unwrap();
        assert_eq!(refused(device.into()), Unacceptable::NotSealed);
        let huge = unsealed(1 << 40, SEALS);
        assert_eq!(refused(huge), Unacceptable::TooLarge);
    }

    #[test]
    fn a_file_that_nobody_may_write_is_read_and_its_reply_fails() {
        let file = unsealed(10, SEALS | SealFlags::WRITE);
        let file = MemoryFile::accept(file).unwrap();
        assert_eq!(file.read(10).unwrap(), [0; 10]);
        assert!(file.write(&[1]).is_err());
    }
}
