//! The one mapping that holds secrets: secret stacks and a heap, each between guard pages.
//!
//! ```text
//! guard │ stack 0 │ guard │ stack 1 │ … │ guard │ heap │ guard
//! ```
//!
//! Guards are reserved addresses without memory, so they do not count against `RLIMIT_MEMLOCK`.

use std::ffi::c_void;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::ptr::{self, NonNull};
use std::sync::OnceLock;

use crate::heap::{CHUNK_BYTES, Heap};
use crate::limit;
use crate::secret_stack::{STACK_BYTES, Stacks};
use crate::{ArenaKind, Error, Exhausted, Settings};

/// The arena of the process. Made once and never unmapped.
pub(crate) struct Arena {
    pub(crate) heap: Heap,
    pub(crate) stacks: Stacks,
    pub(crate) kind: ArenaKind,
    pub(crate) length_bytes: usize,
    pub(crate) is_sealed: bool,
}

/// The smallest arena that is of use: two stacks, and room for some hundred keys.
pub(crate) const ARENA_BYTES_MIN: usize = 2 << 20;

/// Guards are this large, more than any frame that could step over them.
const GUARD_BYTES: usize = 64 << 10;

static ARENA: OnceLock<Arena> = OnceLock::new();

impl Arena {
    /// The arena if there is one already; two loads, for the allocator's sake.
    pub(crate) fn existing() -> Option<&'static Self> {
        ARENA.get()
    }

    /// The arena; made with default settings when nothing was installed, which is how tests of single crates run.
    pub(crate) fn get() -> Result<&'static Self, Exhausted> {
        if let Some(arena) = ARENA.get() {
            return Ok(arena);
        }
        let made = Self::new(&Settings::default()).map_err(|_| Exhausted {
            wanted_bytes: ARENA_BYTES_MIN,
        })?;
        // Of two threads that come here at once, one's arena stays mapped without use.
        Ok(ARENA.get_or_init(|| made))
    }

    /// Makes the arena of the process.
    pub(crate) fn install(settings: &Settings) -> Result<&'static Self, Error> {
        if ARENA.get().is_some() {
            return Err(Error::AlreadyInstalled);
        }
        let made = Self::new(settings)?;
        ARENA.set(made).map_err(|_| Error::AlreadyInstalled)?;
        ARENA.get().ok_or(Error::AlreadyInstalled)
    }

    fn new(settings: &Settings) -> Result<Self, Error> {
        let wanted = (settings.arena_bytes_max / CHUNK_BYTES * CHUNK_BYTES).max(ARENA_BYTES_MIN);
        let limit_bytes = limit::raise_locked_memory(wanted);
        match Self::largest(wanted, limit_bytes, settings, &Pages::secret) {
            Err(Error::NoSecretPages(_)) if settings.is_locked_fallback_allowed => {
                Self::largest(wanted, limit_bytes, settings, &Pages::locked)
            }
            made => made,
        }
    }

    /// The largest arena that can be locked, halving from `wanted` down to [`ARENA_BYTES_MIN`].
    fn largest(
        wanted: usize,
        limit_bytes: u64,
        settings: &Settings,
        pages: &dyn Fn(usize) -> Result<Pages, Error>,
    ) -> Result<Self, Error> {
        let mut arena_bytes = wanted;
        loop {
            match Self::map(arena_bytes, settings.stacks_max, &pages(arena_bytes)?) {
                Err(Error::System { .. }) if arena_bytes > ARENA_BYTES_MIN => {
                    // The limit itself is worth a try: at 8 MiB, half of 64 MiB three times over hits it exactly.
                    arena_bytes =
                        (arena_bytes / 2 / CHUNK_BYTES * CHUNK_BYTES).max(ARENA_BYTES_MIN);
                }
                Err(Error::System { .. }) => {
                    return Err(Error::NotLockable {
                        wanted_bytes: ARENA_BYTES_MIN,
                        limit_bytes,
                    });
                }
                made => return made,
            }
        }
    }

    fn map(arena_bytes: usize, stacks_max: usize, pages: &Pages) -> Result<Self, Error> {
        // A quarter for stacks: where little can be locked, keys need the room more than threads do.
        let stacks = stacks_max.clamp(1, arena_bytes / 4 / STACK_BYTES);
        let heap_bytes = arena_bytes - stacks * STACK_BYTES;
        let reserved_bytes = arena_bytes + (stacks + 2) * GUARD_BYTES;
        let reservation = Reservation::new(reserved_bytes)?;

        let mut address = GUARD_BYTES;
        let mut offset = 0;
        let mut bases = Vec::with_capacity(stacks);
        for _ in 0..stacks {
            bases.push(pages.map_into(&reservation, address, offset, STACK_BYTES)?);
            address += STACK_BYTES + GUARD_BYTES;
            offset += STACK_BYTES;
        }
        let heap = pages.map_into(&reservation, address, offset, heap_bytes)?;
        // mseal(2), since Linux 6.10: from here on nobody in this process can unmap or reprotect the arena, or
        // put ordinary memory in its place. It is an addition, so its absence is only reported.
        let is_sealed = reservation.seal();
        reservation.keep();
        // SAFETY: the heap's pages were mapped above for this arena alone, zeroed, and are never unmapped.
        let heap = unsafe { Heap::new(heap, heap_bytes) };
        Ok(Self {
            heap,
            stacks: Stacks::new(bases),
            kind: pages.kind(),
            length_bytes: arena_bytes,
            is_sealed,
        })
    }
}

/// Where the arena's memory comes from.
enum Pages {
    Secret(OwnedFd),
    Locked,
}

impl Pages {
    /// A `memfd_secret(2)` file of that size. The file is closed once it is mapped: no name leads to it.
    fn secret(bytes: usize) -> Result<Self, Error> {
        // SAFETY: the call takes one integer and touches no memory of ours.
        let fd = unsafe { libc::syscall(libc::SYS_memfd_secret, libc::O_CLOEXEC) };
        let fd = RawFd::try_from(fd).unwrap_or(-1);
        if fd < 0 {
            return Err(Error::NoSecretPages(io::Error::last_os_error()));
        }
        // SAFETY: the kernel has just given us this descriptor; nobody else has it.
        let file = unsafe { OwnedFd::from_raw_fd(fd) };
        rustix::fs::ftruncate(&file, bytes as u64).map_err(|error| Error::System {
            call: "ftruncate",
            source: error.into(),
        })?;
        Ok(Self::Secret(file))
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "has the signature of the other constructor"
    )]
    fn locked(_bytes: usize) -> Result<Self, Error> {
        Ok(Self::Locked)
    }

    fn kind(&self) -> ArenaKind {
        match self {
            Self::Secret(_) => ArenaKind::SecretPages,
            Self::Locked => ArenaKind::LockedPages,
        }
    }

    /// Maps zeroed pages over a part of the reservation.
    fn map_into(
        &self,
        reservation: &Reservation,
        address: usize,
        offset: usize,
        bytes: usize,
    ) -> Result<NonNull<u8>, Error> {
        assert!(
            address + bytes <= reservation.bytes,
            "a part of the arena lies inside its reservation"
        );
        let target = reservation.base.as_ptr().wrapping_add(address);
        let (flags, fd) = match self {
            Self::Secret(file) => (libc::MAP_SHARED, file.as_raw_fd()),
            Self::Locked => (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1),
        };
        let offset =
            libc::off_t::try_from(offset).expect("an arena is far smaller than a file may be");
        // SAFETY: the range was reserved by us and nothing else is in it, so MAP_FIXED replaces only our reservation.
        let mapped = unsafe {
            libc::mmap(
                target.cast(),
                bytes,
                libc::PROT_READ | libc::PROT_WRITE,
                flags | libc::MAP_FIXED,
                fd,
                offset,
            )
        };
        let mapped = checked("mmap", mapped)?;
        // No child may inherit keys. Wiping is for kernels' sake that ignore DONTFORK under vfork; it only exists
        // for private memory, as does excluding from dumps: secret pages are never dumped.
        advise(mapped, bytes, libc::MADV_DONTFORK)?;
        if matches!(self, Self::Locked) {
            advise(mapped, bytes, libc::MADV_DONTDUMP)?;
            advise(mapped, bytes, libc::MADV_WIPEONFORK)?;
            // SAFETY: the range was mapped above; locking does not change its contents.
            if unsafe { libc::mlock2(mapped.as_ptr().cast(), bytes, libc::MLOCK_ONFAULT) } != 0 {
                return Err(Error::System {
                    call: "mlock2",
                    source: io::Error::last_os_error(),
                });
            }
        }
        Ok(mapped)
    }
}

/// Addresses without memory, unmapped again unless [`Reservation::keep`] is called.
struct Reservation {
    base: NonNull<u8>,
    bytes: usize,
}

impl Reservation {
    fn new(bytes: usize) -> Result<Self, Error> {
        // SAFETY: a new mapping at an address that the kernel chooses.
        let mapped = unsafe {
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
            libc::mmap(ptr::null_mut(), bytes, libc::PROT_NONE, flags, -1, 0)
        };
        Ok(Self {
            base: checked("mmap", mapped)?,
            bytes,
        })
    }

    fn seal(&self) -> bool {
        // SAFETY: the range is ours; sealing changes neither contents nor protection.
        unsafe { libc::syscall(libc::SYS_mseal, self.base.as_ptr(), self.bytes, 0) == 0 }
    }

    #[expect(
        clippy::mem_forget,
        reason = "holds addresses, no secrets; the arena lives as long as the process"
    )]
    fn keep(self) {
        std::mem::forget(self);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        // SAFETY: made by `new` with this size; only reached when no part of it was handed out.
        unsafe { libc::munmap(self.base.as_ptr().cast(), self.bytes) };
    }
}

fn checked(call: &'static str, mapped: *mut c_void) -> Result<NonNull<u8>, Error> {
    if mapped == libc::MAP_FAILED {
        return Err(Error::System {
            call,
            source: io::Error::last_os_error(),
        });
    }
    NonNull::new(mapped.cast()).ok_or(Error::System {
        call,
        source: io::ErrorKind::OutOfMemory.into(),
    })
}

fn advise(base: NonNull<u8>, bytes: usize, advice: libc::c_int) -> Result<(), Error> {
    // SAFETY: the range is ours, and the advices given here do not change its contents in this process.
    if unsafe { libc::madvise(base.as_ptr().cast(), bytes, advice) } != 0 {
        return Err(Error::System {
            call: "madvise",
            source: io::Error::last_os_error(),
        });
    }
    Ok(())
}
