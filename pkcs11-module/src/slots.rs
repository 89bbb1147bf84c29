//! The slots that the daemon shows, each with its token, and who is logged in there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};

use arc_swap::ArcSwap;
use cryptoki_sys::CKR_MECHANISM_INVALID;
use hsm_algorithms::{Algorithm, mechanisms};
use hsm_proto::{TokenInfo, TokenProfile};
use parking_lot::{Mutex, RwLock};
use zeroize::Zeroizing;

use crate::errors::{Failure, Result};

/// A slot, as long as the module lives.
pub(crate) struct Slot {
    /// Its number, which stays put.
    pub(crate) id: u64,
    /// The partition behind its token; empty for an uninitialised slot.
    partition: RwLock<Vec<u8>>,
    is_initialized: AtomicBool,
    is_strict: AtomicBool,
    role: AtomicU8,
    /// With what to log in again, where the configuration asks for that.
    pin: Mutex<Option<(String, Zeroizing<Vec<u8>>)>>,
    /// Held while who is logged in changes, so that a login and the logout of a last session do not cross.
    pub(crate) login: Mutex<()>,
    read_write: AtomicUsize,
    read_only: AtomicUsize,
}

/// Who is logged in to a token, for all sessions of the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Nobody.
    Nobody,
    /// The normal user.
    User,
    /// The security officer.
    SecurityOfficer,
}

impl Slot {
    fn new(token: &TokenInfo) -> Self {
        let slot = Self {
            id: token.slot,
            partition: RwLock::default(),
            is_initialized: AtomicBool::new(false),
            is_strict: AtomicBool::new(false),
            role: AtomicU8::new(Role::Nobody as u8),
            pin: Mutex::default(),
            login: Mutex::new(()),
            read_write: AtomicUsize::new(0),
            read_only: AtomicUsize::new(0),
        };
        slot.update(token);
        slot
    }

    /// The partition behind the token, as requests name it.
    pub(crate) fn partition(&self) -> Vec<u8> {
        self.partition.read().clone()
    }

    /// Whether the token has been initialised.
    pub(crate) fn is_initialized(&self) -> bool {
        self.is_initialized.load(Ordering::Relaxed)
    }

    /// Whether its token has the profile `strict`, which offers nothing that is kept for what was made long ago.
    pub(crate) fn is_strict(&self) -> bool {
        self.is_strict.load(Ordering::Relaxed)
    }

    /// The mechanisms that its token offers.
    pub(crate) fn mechanisms(&self) -> impl Iterator<Item = u64> + use<> {
        let is_strict = self.is_strict();
        mechanisms()
            .filter(move |(_, info)| !(info.is_legacy && is_strict))
            .map(|(mechanism, _)| mechanism)
    }

    /// Checks that the token offers the algorithm, for what is computed here without asking the daemon.
    ///
    /// # Errors
    ///
    /// `CKR_MECHANISM_INVALID` if not.
    pub(crate) fn check_offers(&self, algorithm: Algorithm) -> Result {
        if self.is_strict() && algorithm.is_legacy() {
            Err(Failure::because(
                CKR_MECHANISM_INVALID,
                "the token's profile does not offer it",
            ))
        } else {
            Ok(())
        }
    }

    /// Who is logged in.
    pub(crate) fn role(&self) -> Role {
        match self.role.load(Ordering::Acquire) {
            1 => Role::User,
            2 => Role::SecurityOfficer,
            _ => Role::Nobody,
        }
    }

    /// Notes who is logged in now.
    pub(crate) fn set_role(&self, role: Role) {
        if role == Role::Nobody {
            *self.pin.lock() = None;
        }
        self.role.store(role as u8, Ordering::Release);
    }

    /// Keeps the PIN, and the name of a user who has one, for as long as somebody is logged in by it.
    pub(crate) fn keep_pin(&self, user: &str, pin: &[u8]) {
        *self.pin.lock() = Some((user.to_owned(), Zeroizing::new(pin.to_vec())));
    }

    /// The name and the PIN that were kept.
    pub(crate) fn kept_pin(&self) -> Option<(String, Zeroizing<Vec<u8>>)> {
        self.pin.lock().clone()
    }

    /// Counts a session in.
    pub(crate) fn session_opened(&self, is_read_write: bool) {
        self.counter(is_read_write).fetch_add(1, Ordering::AcqRel);
    }

    /// Counts a session out; says whether it was the last one.
    pub(crate) fn session_closed(&self, is_read_write: bool) -> bool {
        self.counter(is_read_write).fetch_sub(1, Ordering::AcqRel);
        self.sessions_open() == 0
    }

    /// How many sessions the application has with the token.
    pub(crate) fn sessions_open(&self) -> usize {
        self.read_write_sessions_open() + self.read_only_sessions_open()
    }

    /// How many of them may write.
    pub(crate) fn read_write_sessions_open(&self) -> usize {
        self.read_write.load(Ordering::Acquire)
    }

    /// How many of them may only read.
    pub(crate) fn read_only_sessions_open(&self) -> usize {
        self.read_only.load(Ordering::Acquire)
    }

    fn counter(&self, is_read_write: bool) -> &AtomicUsize {
        if is_read_write {
            &self.read_write
        } else {
            &self.read_only
        }
    }

    fn update(&self, token: &TokenInfo) {
        if *self.partition.read() != token.partition {
            self.partition.write().clone_from(&token.partition);
        }
        self.is_initialized
            .store(token.is_initialized, Ordering::Relaxed);
        let is_strict = token.profile() == TokenProfile::Strict;
        self.is_strict.store(is_strict, Ordering::Relaxed);
    }
}

/// The slots that are known so far, by number.
#[derive(Default)]
pub(crate) struct Slots(ArcSwap<Vec<Arc<Slot>>>);

impl Slots {
    /// The slot with this number.
    pub(crate) fn get(&self, id: u64) -> Option<Arc<Slot>> {
        let slots = self.0.load();
        let index = slots.binary_search_by_key(&id, |slot| slot.id).ok()?;
        Some(Arc::clone(&slots[index]))
    }

    /// All of them.
    pub(crate) fn all(&self) -> Vec<Arc<Slot>> {
        self.0.load().to_vec()
    }

    /// Takes up what the daemon says about tokens. Slots that it no longer shows are forgotten, unless sessions are
    /// still open there.
    pub(crate) fn update(&self, tokens: &[TokenInfo]) {
        self.0.rcu(|known| {
            let mut slots: Vec<_> = known
                .iter()
                .filter(|slot| {
                    slot.sessions_open() > 0 && tokens.iter().all(|token| token.slot != slot.id)
                })
                .map(Arc::clone)
                .collect();
            for token in tokens {
                let known = known.iter().find(|slot| slot.id == token.slot);
                slots.push(known.map_or_else(
                    || Arc::new(Slot::new(token)),
                    |slot| {
                        slot.update(token);
                        Arc::clone(slot)
                    },
                ));
            }
            slots.sort_by_key(|slot| slot.id);
            slots
        });
    }

    /// Takes up what the daemon says about one token.
    pub(crate) fn update_one(&self, token: &TokenInfo) {
        match self.get(token.slot) {
            Some(slot) => slot.update(token),
            None => {
                self.0.rcu(|known| {
                    let mut slots = known.to_vec();
                    slots.push(Arc::new(Slot::new(token)));
                    slots.sort_by_key(|slot| slot.id);
                    slots
                });
            }
        }
    }
}
