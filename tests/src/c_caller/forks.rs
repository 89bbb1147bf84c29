//! What C programs do that Rust programs seldom do: fork in the middle of everything, bring mutexes of their own, end
//! without a word.

use std::{ffi::c_void, ptr, sync::Mutex};

use cryptoki_sys as c;

use super::{CModule, Failure, call, checked};

/// A child that hangs is ended after so many seconds.
const CHILD_SECONDS_MAX: u32 = 60;

/// Runs `work` in a forked child and gives what the child ended with: what `work` returned, or none if a signal ended it.
///
/// # Panics
///
/// When there can be no child.
pub fn in_child(work: impl FnOnce() -> i32) -> Option<i32> {
    // SAFETY: the child does what the programs do that this stands for; whether that is sound is what is tested.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "fork");
    if child == 0 {
        // SAFETY: sets a timer of the child alone.
        unsafe { libc::alarm(CHILD_SECONDS_MAX) };
        let code = work();
        // SAFETY: ends the child without running anything of the parent's.
        unsafe { libc::_exit(code) };
    }
    let mut status = 0;
    // SAFETY: waits for the child just made.
    unsafe { libc::waitpid(child, &raw mut status, 0) };
    libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status))
}

/// Ends the process as `return` from a C program's `main` does: exit handlers run, whatever other threads are doing.
pub fn exit_normally(code: i32) -> ! {
    // SAFETY: as a C program would.
    unsafe { libc::exit(code) }
}

/// Locks that the program brings; none of them may be used after it was destroyed.
static LIVE_MUTEXES: Mutex<Vec<usize>> = Mutex::new(Vec::new());

unsafe extern "C" fn create_mutex(mutex: *mut *mut c_void) -> c::CK_RV {
    let made = Box::into_raw(Box::new(0_u64));
    LIVE_MUTEXES.lock().expect("no panic").push(made as usize);
    // SAFETY: the module passes a pointer to a variable of its own.
    unsafe { *mutex = made.cast() };
    c::CKR_OK
}

unsafe extern "C" fn destroy_mutex(mutex: *mut c_void) -> c::CK_RV {
    LIVE_MUTEXES
        .lock()
        .expect("no panic")
        .retain(|live| *live != mutex as usize);
    c::CKR_OK
}

unsafe extern "C" fn use_mutex(mutex: *mut c_void) -> c::CK_RV {
    let is_live = LIVE_MUTEXES
        .lock()
        .expect("no panic")
        .contains(&(mutex as usize));
    if is_live { c::CKR_OK } else { c::CKR_MUTEX_BAD }
}

impl CModule {
    /// `C_Initialize` with these flags, and with the first `mutex_functions` of the four.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn initialize_with(&self, flags: c::CK_FLAGS, mutex_functions: u8) -> Result<(), Failure> {
        let mut arguments = c::CK_C_INITIALIZE_ARGS {
            CreateMutex: (mutex_functions > 0).then_some(create_mutex),
            DestroyMutex: (mutex_functions > 1).then_some(destroy_mutex),
            LockMutex: (mutex_functions > 2).then_some(use_mutex),
            UnlockMutex: (mutex_functions > 3).then_some(use_mutex),
            flags,
            pReserved: ptr::null_mut(),
        };
        checked(call!(self, C_Initialize((&raw mut arguments).cast())))
    }

    /// `C_GenerateRandom`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn random(&self, session: c::CK_SESSION_HANDLE, bytes: &mut [u8]) -> Result<(), Failure> {
        let length = super::template::length(bytes);
        checked(call!(
            self,
            C_GenerateRandom(session, bytes.as_mut_ptr(), length)
        ))
    }
}
