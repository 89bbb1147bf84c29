//! Applications: the holders of logins and session objects, made by Hello and bound to the peer that said it.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use hsmd_keys::{ApplicationId, ObjectId, PartitionId};
use parking_lot::{Mutex, RwLock};
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use crate::caller::{Caller, LoginRole, PinHolder};
use crate::errors::Error;
use crate::peer::{Evidence, Peer};

/// The limits on applications and when they end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most applications of one peer identity.
    pub per_peer_max: usize,
    /// The most applications of the daemon.
    pub total_max: usize,
    /// How long an application outlives its last framed connection.
    pub after_last_connection: Duration,
    /// How long an application that never had a framed connection lives without a request.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            per_peer_max: 4_096,
            total_max: 16_384,
            after_last_connection: Duration::from_mins(1),
            idle: Duration::from_hours(1),
        }
    }
}

/// What Hello gives and every later request shows: the application's id and a secret, 16 bytes each. Wiped on drop.
pub struct Token([u8; TOKEN_BYTES]);

/// One framed connection that speaks for an application, until this is dropped.
pub struct Attachment {
    application: Arc<Application>,
    clock: Arc<dyn crate::Clock>,
}

/// One program's standing with the daemon.
pub(crate) struct Application {
    id: ApplicationId,
    secret: [u8; SECRET_BYTES],
    peer: Evidence,
    program: String,
    process_id: u32,
    last_used_milliseconds: AtomicU64,
    connections: AtomicU32,
    was_attached: AtomicBool,
    logins: Mutex<Logins>,
}

#[derive(Default)]
struct Logins {
    holders: Vec<(PartitionId, PinHolder)>,
    /// Keys that a context-specific login allowed one use of. Bounded by [`OBJECT_LOGINS_MAX`].
    for_objects: Vec<(PartitionId, ObjectId)>,
}

/// All applications, by id.
#[derive(Default)]
pub(crate) struct Applications {
    by_id: RwLock<HashMap<ApplicationId, Arc<Application>>>,
}

impl Applications {
    pub(crate) fn begin(
        &self,
        peer: &Peer,
        program: &str,
        process_id: u32,
        limits: Limits,
        now: Duration,
    ) -> Result<Token, Error> {
        let mut bytes = [0; TOKEN_BYTES];
        getrandom::fill(&mut bytes).map_err(|_| Error::Resources {
            task: "make an application",
        })?;
        let (id, secret) = split(&bytes);
        let application = Application {
            id,
            secret,
            peer: owner(peer),
            program: printable(program),
            process_id,
            last_used_milliseconds: AtomicU64::new(milliseconds(now)),
            connections: AtomicU32::new(0),
            was_attached: AtomicBool::new(false),
            logins: Mutex::default(),
        };
        let mut by_id = self.by_id.write();
        if by_id.len() >= limits.total_max {
            return Err(Error::LimitReached {
                what: "applications",
                maximum: limits.total_max as u64,
            });
        }
        let of_this_peer = by_id
            .values()
            .filter(|other| other.peer == application.peer)
            .count();
        if of_this_peer >= limits.per_peer_max {
            return Err(Error::LimitReached {
                what: "applications of one identity",
                maximum: limits.per_peer_max as u64,
            });
        }
        by_id.insert(id, Arc::new(application));
        Ok(Token(bytes))
    }

    /// The application that `token` names, if `peer` is who began it.
    pub(crate) fn find(
        &self,
        peer: &Peer,
        token: &[u8],
        now: Duration,
    ) -> Result<Arc<Application>, Error> {
        let token: &[u8; TOKEN_BYTES] = token.try_into().map_err(|_| Error::UnknownApplication)?;
        let (id, mut secret) = split(token);
        let application = self.by_id.read().get(&id).cloned();
        let application = application.filter(|application| {
            bool::from(application.secret.ct_eq(&secret)) && application.belongs_to(peer)
        });
        secret.zeroize();
        let application = application.ok_or(Error::UnknownApplication)?;
        application
            .last_used_milliseconds
            .store(milliseconds(now), Ordering::Relaxed);
        Ok(application)
    }

    /// Removes the applications that have ended by `now`.
    pub(crate) fn sweep(&self, limits: Limits, now: Duration) -> Vec<Arc<Application>> {
        let now = milliseconds(now);
        let has_ended = |application: &Application| {
            let unused =
                now.saturating_sub(application.last_used_milliseconds.load(Ordering::Relaxed));
            if application.connections.load(Ordering::Relaxed) > 0 {
                return false;
            }
            let limit = if application.was_attached.load(Ordering::Relaxed) {
                limits.after_last_connection
            } else {
                limits.idle
            };
            u128::from(unused) >= limit.as_millis()
        };
        let mut by_id = self.by_id.write();
        let ended: Vec<_> = by_id
            .values()
            .filter(|application| has_ended(application))
            .cloned()
            .collect();
        for application in &ended {
            by_id.remove(&application.id);
        }
        ended
    }

    pub(crate) fn count(&self) -> usize {
        self.by_id.read().len()
    }

    /// Ends every login in a partition whose PINs are gone; or those of one whose PIN is.
    pub(crate) fn end_logins(&self, partition: PartitionId, of: Option<&PinHolder>) {
        for application in self.by_id.read().values() {
            if of.is_none() || application.pin_holder(partition).as_ref() == of {
                let _ = application.logout(partition);
            }
        }
    }
}

impl Application {
    pub(crate) fn id(&self) -> ApplicationId {
        self.id
    }

    pub(crate) fn program(&self) -> &str {
        &self.program
    }

    pub(crate) fn process_id(&self) -> u32 {
        self.process_id
    }

    pub(crate) fn login(&self, partition: PartitionId) -> Option<LoginRole> {
        self.pin_holder(partition).map(|holder| holder.role())
    }

    pub(crate) fn pin_holder(&self, partition: PartitionId) -> Option<PinHolder> {
        self.logins.lock().holder(partition).cloned()
    }

    /// Whether `holder` may log in now; [`Application::log_in`] asks again once the PIN has been checked.
    pub(crate) fn may_log_in(
        &self,
        partition: PartitionId,
        holder: &PinHolder,
    ) -> Result<(), Error> {
        self.logins.lock().may_log_in(partition, holder)
    }

    pub(crate) fn log_in(&self, partition: PartitionId, holder: PinHolder) -> Result<(), Error> {
        let mut logins = self.logins.lock();
        logins.may_log_in(partition, &holder)?;
        logins.holders.push((partition, holder));
        Ok(())
    }

    pub(crate) fn logout(&self, partition: PartitionId) -> Result<LoginRole, Error> {
        let mut logins = self.logins.lock();
        let holder = logins.holder(partition).ok_or(Error::NotLoggedIn)?;
        let role = holder.role();
        logins.holders.retain(|(of, _)| *of != partition);
        logins.for_objects.retain(|(of, _)| *of != partition);
        Ok(role)
    }

    /// Allows one use of a `CKA_ALWAYS_AUTHENTICATE` key. The oldest unused one goes when there are too many.
    pub(crate) fn log_in_for_object(&self, partition: PartitionId, object: ObjectId) {
        let mut logins = self.logins.lock();
        if logins.for_objects.len() >= OBJECT_LOGINS_MAX {
            logins.for_objects.remove(0);
        }
        logins.for_objects.push((partition, object));
    }

    pub(crate) fn take_login_for_object(&self, partition: PartitionId, object: ObjectId) -> bool {
        let mut logins = self.logins.lock();
        let found = logins
            .for_objects
            .iter()
            .position(|one| *one == (partition, object));
        found
            .map(|index| logins.for_objects.swap_remove(index))
            .is_some()
    }

    fn belongs_to(&self, peer: &Peer) -> bool {
        match (&self.peer, peer.evidence()) {
            (Evidence::LocalUser { uid, .. }, Evidence::LocalUser { uid: other, .. }) => {
                uid == other
            }
            (certificate, other) => certificate == other,
        }
    }
}

impl Logins {
    fn holder(&self, partition: PartitionId) -> Option<&PinHolder> {
        self.holders
            .iter()
            .find(|(of, _)| *of == partition)
            .map(|(_, holder)| holder)
    }

    fn may_log_in(&self, partition: PartitionId, holder: &PinHolder) -> Result<(), Error> {
        match self.holder(partition) {
            None => Ok(()),
            Some(present) if present == holder => Err(Error::AlreadyLoggedIn),
            Some(_) => Err(Error::AnotherRoleLoggedIn),
        }
    }
}

impl Attachment {
    pub(crate) fn new(caller: &Caller, clock: Arc<dyn crate::Clock>) -> Option<Self> {
        let application = Arc::clone(caller.application()?);
        application.connections.fetch_add(1, Ordering::Relaxed);
        application.was_attached.store(true, Ordering::Relaxed);
        Some(Self { application, clock })
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        // The minute begins when the connection closes, so the time is written before the count falls.
        let now = milliseconds(self.clock.since_epoch());
        self.application
            .last_used_milliseconds
            .store(now, Ordering::Relaxed);
        self.application.connections.fetch_sub(1, Ordering::Release);
    }
}

impl Token {
    /// The 32 bytes, for the reply to Hello.
    #[must_use]
    pub fn expose(&self) -> &[u8; TOKEN_BYTES] {
        &self.0
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Attachment")
            .field(&self.application.id)
            .finish()
    }
}

/// Who an application belongs to: the identity that the peer proved. Not its process, which may have forked.
fn owner(peer: &Peer) -> Evidence {
    match peer.evidence() {
        Evidence::LocalUser { uid, .. } => Evidence::LocalUser {
            uid: *uid,
            gid: 0,
            pid: 0,
        },
        certificate @ Evidence::Certificate { .. } => certificate.clone(),
    }
}

fn split(token: &[u8; TOKEN_BYTES]) -> (ApplicationId, [u8; SECRET_BYTES]) {
    let mut id = [0; TOKEN_BYTES - SECRET_BYTES];
    let mut secret = [0; SECRET_BYTES];
    id.copy_from_slice(&token[..TOKEN_BYTES - SECRET_BYTES]);
    secret.copy_from_slice(&token[TOKEN_BYTES - SECRET_BYTES..]);
    (ApplicationId::from_bytes(id), secret)
}

/// A program's name as the audit log may show it: at most 128 bytes, and nothing that would break a line.
fn printable(program: &str) -> String {
    let mut name: String = program
        .chars()
        .map(|character| {
            if character.is_control() {
                '\u{fffd}'
            } else {
                character
            }
        })
        .collect();
    while name.len() > PROGRAM_BYTES_MAX {
        name.pop();
    }
    name
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

const TOKEN_BYTES: usize = 32;
const SECRET_BYTES: usize = 16;
const PROGRAM_BYTES_MAX: usize = 128;

/// The most context-specific logins of one application that wait for their use.
const OBJECT_LOGINS_MAX: usize = 64;
