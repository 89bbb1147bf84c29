//! Sessions and the table of them.
//!
//! A session costs no request: the daemon knows applications, not sessions. The table is in shards, each thread opening
//! in a shard of its own, so that threads which open and close sessions do not wait for each other.

use std::cell::Cell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cryptoki_sys::{
    CK_FLAGS, CKF_DECRYPT, CKF_DIGEST, CKF_ENCRYPT, CKF_MESSAGE_DECRYPT, CKF_MESSAGE_ENCRYPT,
    CKF_MESSAGE_SIGN, CKF_MESSAGE_VERIFY, CKF_SIGN, CKF_SIGN_RECOVER, CKF_VERIFY,
    CKF_VERIFY_RECOVER, CKR_SESSION_COUNT, CKR_SESSION_HANDLE_INVALID,
};
use parking_lot::{Mutex, MutexGuard};

use crate::errors::{Failure, Result};
use crate::functions::asynchronous::Job;
use crate::functions::cipher::{Cipher, Direction};
use crate::functions::digest::Digesting;
use crate::functions::message_ciphers::MessageCipher;
use crate::functions::objects::Search;
use crate::functions::recovery::Recovery;
use crate::functions::signing::Signing;
use crate::functions::verification::{OfSignature, Verification};
use crate::objects::ObjectId;
use crate::operation::{Cancel, Messages, OperationSlot};
use crate::slots::Slot;

/// Most sessions that are open at once.
pub(crate) const SESSIONS_MAX: usize = 65_536;

/// A session.
pub(crate) struct Session {
    /// The slot whose token it is with.
    pub(crate) slot: Arc<Slot>,
    /// How it was opened.
    pub(crate) kind: SessionKind,
    operations: Mutex<Operations>,
    /// What the daemon does for this session meanwhile.
    pub(crate) jobs: Mutex<Vec<Job>>,
    objects_made: Mutex<Vec<ObjectId>>,
}

/// How a session was opened.
#[derive(Clone, Copy)]
pub(crate) struct SessionKind {
    /// It may write token objects.
    pub(crate) is_read_write: bool,
    /// What takes long goes on in the daemon, and is asked for again (`CKF_ASYNC_SESSION`).
    pub(crate) is_asynchronous: bool,
}

/// What may run in a session: one operation of each kind.
#[derive(Default)]
pub(crate) struct Operations {
    /// `C_FindObjects`.
    pub(crate) search: OperationSlot<Search>,
    /// `C_Encrypt`.
    pub(crate) encryption: OperationSlot<Cipher>,
    /// `C_Decrypt`.
    pub(crate) decryption: OperationSlot<Cipher>,
    /// `C_Digest`.
    pub(crate) digest: OperationSlot<Digesting>,
    /// `C_Sign`.
    pub(crate) signing: OperationSlot<Signing>,
    /// `C_Verify`.
    pub(crate) verification: OperationSlot<Verification>,
    /// `C_VerifySignature`.
    pub(crate) signature_verification: OperationSlot<OfSignature>,
    /// `C_SignRecover`.
    pub(crate) sign_recovery: OperationSlot<Recovery>,
    /// `C_VerifyRecover`.
    pub(crate) verify_recovery: OperationSlot<Recovery>,
    /// `C_EncryptMessage`.
    pub(crate) message_encryption: OperationSlot<Messages<MessageCipher>>,
    /// `C_DecryptMessage`.
    pub(crate) message_decryption: OperationSlot<Messages<MessageCipher>>,
    /// `C_SignMessage`.
    pub(crate) message_signing: OperationSlot<Messages<Signing>>,
    /// `C_VerifyMessage`.
    pub(crate) message_verification: OperationSlot<Messages<Verification>>,
}

impl Operations {
    /// `C_Encrypt` or `C_Decrypt`.
    pub(crate) fn cipher(&mut self, direction: Direction) -> &mut OperationSlot<Cipher> {
        match direction {
            Direction::Encrypt => &mut self.encryption,
            Direction::Decrypt => &mut self.decryption,
        }
    }

    /// `C_EncryptMessage` or `C_DecryptMessage`.
    pub(crate) fn message_cipher(
        &mut self,
        direction: Direction,
    ) -> &mut OperationSlot<Messages<MessageCipher>> {
        match direction {
            Direction::Encrypt => &mut self.message_encryption,
            Direction::Decrypt => &mut self.message_decryption,
        }
    }

    /// Every operation but the search, with the flag that `C_SessionCancel` names it by.
    pub(crate) fn by_flag(&mut self) -> [(CK_FLAGS, &mut dyn Cancel); 12] {
        [
            (CKF_DIGEST, &mut self.digest),
            (CKF_ENCRYPT, &mut self.encryption),
            (CKF_DECRYPT, &mut self.decryption),
            (CKF_SIGN, &mut self.signing),
            (CKF_VERIFY, &mut self.verification),
            (CKF_VERIFY, &mut self.signature_verification),
            (CKF_SIGN_RECOVER, &mut self.sign_recovery),
            (CKF_VERIFY_RECOVER, &mut self.verify_recovery),
            (CKF_MESSAGE_ENCRYPT, &mut self.message_encryption),
            (CKF_MESSAGE_DECRYPT, &mut self.message_decryption),
            (CKF_MESSAGE_SIGN, &mut self.message_signing),
            (CKF_MESSAGE_VERIFY, &mut self.message_verification),
        ]
    }

    /// Whether an operation runs that depends on a key.
    pub(crate) fn uses_a_key(&mut self) -> bool {
        let mut all = self.by_flag().into_iter();
        all.any(|(flag, operation)| flag != CKF_DIGEST && operation.is_running())
    }

    /// The key of the running operation that may need the PIN once more: one with a private key.
    pub(crate) fn private_key(&mut self) -> Result<ObjectId> {
        let signing = self.signing.active().map(|signing| signing.key_id());
        signing
            .or_else(|_| self.decryption.active().map(|cipher| cipher.key_id()))
            .or_else(|_| {
                self.sign_recovery
                    .active()
                    .map(|recovery| recovery.key_id())
            })
            .or_else(|_| {
                let messages = self.message_signing.active();
                messages.map(|messages| messages.process().key_id())
            })
    }
}

impl Session {
    /// The running operations. A second thread waits while one works in this session.
    pub(crate) fn operations(&self) -> MutexGuard<'_, Operations> {
        self.operations.lock()
    }

    /// Notes a session object that was made here, and goes with the session.
    pub(crate) fn made(&self, object: ObjectId) {
        self.objects_made.lock().push(object);
    }

    /// The session objects that were made here.
    pub(crate) fn take_objects_made(&self) -> Vec<ObjectId> {
        std::mem::take(&mut self.objects_made.lock())
    }
}

/// Shards of the table; a power of two, and enough for threads to have one each.
const SHARDS: usize = 64;
const SHARD_BITS: u32 = SHARDS.trailing_zeros();

/// Every open session, by handle.
pub(crate) struct Sessions {
    shards: Vec<Mutex<Shard>>,
    open: AtomicUsize,
}

/// Aligned so that shards do not share a cache line.
#[repr(align(128))]
#[derive(Default)]
struct Shard {
    handles_given: u64,
    sessions: HashMap<u64, Arc<Session>, BuildHasherDefault<HandleHasher>>,
}

impl Sessions {
    /// No sessions.
    pub(crate) fn new() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            open: AtomicUsize::new(0),
        }
    }

    /// Opens a session and gives its handle, which is never given again.
    ///
    /// # Errors
    ///
    /// `CKR_SESSION_COUNT` when [`SESSIONS_MAX`] are open.
    pub(crate) fn open(&self, slot: Arc<Slot>, kind: SessionKind) -> Result<u64> {
        if self.open.fetch_add(1, Ordering::Relaxed) >= SESSIONS_MAX {
            self.open.fetch_sub(1, Ordering::Relaxed);
            return Err(CKR_SESSION_COUNT.into());
        }
        slot.session_opened(kind.is_read_write);
        let session = Session {
            slot,
            kind,
            operations: Mutex::default(),
            jobs: Mutex::default(),
            objects_made: Mutex::default(),
        };
        let index = shard_of_this_thread();
        let mut shard = self.shards[index].lock();
        shard.handles_given += 1;
        let handle = (shard.handles_given << SHARD_BITS) | index as u64;
        shard.sessions.insert(handle, Arc::new(session));
        Ok(handle)
    }

    /// The session with this handle.
    ///
    /// # Errors
    ///
    /// `CKR_SESSION_HANDLE_INVALID` when there is none.
    pub(crate) fn get(&self, handle: u64) -> Result<Arc<Session>> {
        let shard = self.shard(handle).lock();
        shard
            .sessions
            .get(&handle)
            .map(Arc::clone)
            .ok_or_else(invalid)
    }

    /// Whether no session is open.
    pub(crate) fn is_empty(&self) -> bool {
        self.open.load(Ordering::Relaxed) == 0
    }

    /// Takes the session with this handle out of the table.
    ///
    /// # Errors
    ///
    /// `CKR_SESSION_HANDLE_INVALID` when there is none.
    pub(crate) fn remove(&self, handle: u64) -> Result<Arc<Session>> {
        let session = self
            .shard(handle)
            .lock()
            .sessions
            .remove(&handle)
            .ok_or_else(invalid)?;
        self.open.fetch_sub(1, Ordering::Relaxed);
        Ok(session)
    }

    /// Takes every session with this slot out of the table; with none named, every session.
    pub(crate) fn remove_all(&self, slot: Option<u64>) -> Vec<Arc<Session>> {
        let mut removed = Vec::new();
        for shard in &self.shards {
            let of_slot = |session: &Arc<Session>| slot.is_none_or(|slot| session.slot.id == slot);
            let taken = shard
                .lock()
                .sessions
                .extract_if(|_, session| of_slot(session))
                .map(|(_, session)| session)
                .collect::<Vec<_>>();
            removed.extend(taken);
        }
        self.open.fetch_sub(removed.len(), Ordering::Relaxed);
        removed
    }

    fn shard(&self, handle: u64) -> &Mutex<Shard> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the low bits alone are meant"
        )]
        let index = handle as usize % SHARDS;
        &self.shards[index]
    }
}

fn invalid() -> Failure {
    CKR_SESSION_HANDLE_INVALID.into()
}

/// The shard in which this thread opens sessions.
fn shard_of_this_thread() -> usize {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static SHARD: Cell<usize> = const { Cell::new(usize::MAX) });
    SHARD.with(|shard| {
        if shard.get() == usize::MAX {
            shard.set(THREADS.fetch_add(1, Ordering::Relaxed) % SHARDS);
        }
        shard.get()
    })
}

/// Spreads handles, which count up, over a hash table. They come from us, so nobody can choose them to collide.
#[derive(Default)]
pub(crate) struct HandleHasher(u64);

impl Hasher for HandleHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(self.0 ^ u64::from(*byte));
        }
    }

    fn write_u64(&mut self, handle: u64) {
        // The golden ratio in 64 bits: neighbours end up far apart.
        self.0 = handle.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    const READ_WRITE: SessionKind = SessionKind {
        is_read_write: true,
        is_asynchronous: false,
    };

    #[test]
    fn handles_are_not_given_twice_and_not_known_after_closing() {
        let (sessions, slot) = (Sessions::new(), testing::slot());
        let first = sessions.open(Arc::clone(&slot), READ_WRITE).unwrap();
        assert!(sessions.get(first).is_ok());
        sessions.remove(first).unwrap();
        assert_eq!(
            sessions.get(first).err().map(|failure| failure.value()),
            Some(CKR_SESSION_HANDLE_INVALID)
        );
        let second = sessions.open(slot, READ_WRITE).unwrap();
        assert_ne!(first, second);
    }

    #[test]
    fn handles_that_were_never_given_are_not_known() {
        let sessions = Sessions::new();
        for handle in [0, 1, 63, 64, u64::MAX, u64::MAX - 1] {
            assert!(sessions.get(handle).is_err());
            assert!(sessions.remove(handle).is_err());
        }
    }

    #[test]
    fn there_is_a_limit_and_closing_makes_room() {
        let (sessions, slot) = (Sessions::new(), testing::slot());
        let handles: Vec<_> = (0..SESSIONS_MAX)
            .map(|_| sessions.open(Arc::clone(&slot), READ_WRITE).unwrap())
            .collect();
        assert_eq!(
            sessions
                .open(Arc::clone(&slot), READ_WRITE)
                .err()
                .map(|failure| failure.value()),
            Some(CKR_SESSION_COUNT)
        );
        sessions.remove(handles[7]).unwrap();
        assert!(sessions.open(Arc::clone(&slot), READ_WRITE).is_ok());
        assert_eq!(sessions.remove_all(Some(slot.id)).len(), SESSIONS_MAX);
        assert!(sessions.open(slot, READ_WRITE).is_ok());
    }
}
