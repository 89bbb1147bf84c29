//! From a peer and an application token to a caller.

use std::fmt;
use std::sync::Arc;

use hsmd_keys::{ApplicationId, Records};
use hsmd_storage::Barrier;

use crate::applications::{Applications, Attachment, Limits, Token};
use crate::caller::Caller;
use crate::clock::Clock;
use crate::errors::Error;
use crate::identities::Identities;
use crate::peer::Peer;
use crate::pins::{Cost, Pins};
use crate::stored::{IDENTITIES, PINS};

/// What the daemon's configuration says of identity.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// What local users may do by being local.
    pub local: LocalRights,
    /// The work of one PIN try, for PINs that are set from now on.
    pub pin_cost: Cost,
    /// The limits on applications.
    pub applications: Limits,
}

/// What users of the daemon's own machine may do, over its Unix socket, without an identity of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalRights {
    /// The user that the daemon runs as. It and root are operators.
    pub daemon_uid: u32,
    /// A development daemon: its user may also use all partitions and make tokens.
    pub is_development: bool,
}

/// An application that has ended; its session objects are to be forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedApplication {
    /// Which one.
    pub id: ApplicationId,
    /// The program that it was, as it said.
    pub program: String,
}

/// Everything that proves or keeps identities, over one store.
pub struct Opened {
    /// For front doors.
    pub authenticator: Arc<Authenticator>,
    /// For operations.
    pub identities: Arc<Identities>,
    /// For operations.
    pub pins: Arc<Pins>,
}

/// Makes callers out of peers. The only way to a [`Caller`].
pub struct Authenticator {
    identities: Arc<Identities>,
    applications: Arc<Applications>,
    limits: Limits,
    clock: Arc<dyn Clock>,
}

/// Opens the identities and PINs of a store.
///
/// # Errors
///
/// [`Error::StorageUnavailable`], [`Error::Damaged`].
pub async fn open(
    barrier: &Arc<Barrier>,
    settings: Settings,
    clock: Arc<dyn Clock>,
) -> Result<Opened, Error> {
    let identities = Arc::new(
        Identities::open(
            Records::new(Arc::clone(barrier), IDENTITIES),
            settings.local,
        )
        .await?,
    );
    let applications = Arc::new(Applications::default());
    let pins = Pins::new(
        Records::new(Arc::clone(barrier), PINS),
        Arc::clone(&applications),
        settings.pin_cost,
    );
    let authenticator = Authenticator {
        identities: Arc::clone(&identities),
        applications,
        limits: settings.applications,
        clock,
    };
    Ok(Opened {
        authenticator: Arc::new(authenticator),
        identities,
        pins: Arc::new(pins),
    })
}

impl Authenticator {
    /// Begins an application for the peer. Its token goes into the reply and is kept nowhere else.
    ///
    /// # Errors
    ///
    /// [`Error::NotRecognised`]; [`Error::LimitReached`].
    pub fn hello(&self, peer: &Peer, program: &str, process_id: u32) -> Result<Token, Error> {
        self.identities.principal(peer)?;
        self.applications.begin(
            peer,
            program,
            process_id,
            self.limits,
            self.clock.since_epoch(),
        )
    }

    /// Who the peer is, speaking for the application that `token` names; for none when it is empty.
    ///
    /// Rights are looked up anew each time: an identity that was removed is not recognised any more, on open
    /// connections too.
    ///
    /// # Errors
    ///
    /// [`Error::NotRecognised`]; [`Error::UnknownApplication`].
    pub fn caller(&self, peer: &Peer, token: &[u8]) -> Result<Caller, Error> {
        let principal = self.identities.principal(peer)?;
        let application = if token.is_empty() {
            None
        } else {
            Some(
                self.applications
                    .find(peer, token, self.clock.since_epoch())?,
            )
        };
        Ok(Caller::new(principal, peer.source(), application))
    }

    /// Keeps the caller's application alive while a framed connection is open; none if it speaks for no application.
    #[must_use]
    pub fn attach(&self, caller: &Caller) -> Option<Attachment> {
        Attachment::new(caller, Arc::clone(&self.clock))
    }

    /// Ends the applications whose time has come. To be called every few seconds.
    #[must_use]
    pub fn sweep(&self) -> Vec<EndedApplication> {
        let ended = self
            .applications
            .sweep(self.limits, self.clock.since_epoch());
        ended
            .into_iter()
            .map(|application| EndedApplication {
                id: application.id(),
                program: application.program().to_owned(),
            })
            .collect()
    }

    /// How many applications there are.
    #[must_use]
    pub fn applications(&self) -> usize {
        self.applications.count()
    }
}

/// Who an operator is while the daemon is sealed and identities cannot be read: root and the daemon's user over the
/// Unix socket, and certificates of the daemon's own CA whose URI is `urn:hsmd:operator:NAME`.
///
/// # Errors
///
/// [`Error::NotRecognised`].
pub fn operator_while_sealed(
    peer: &Peer,
    local: LocalRights,
    own_issuer_key_sha256: [u8; 32],
) -> Result<Caller, Error> {
    let principal = crate::identities::operator_by_name(peer, local, own_issuer_key_sha256)?;
    Ok(Caller::new(Arc::new(principal), peer.source(), None))
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator")
            .field("applications", &self.applications.count())
            .finish_non_exhaustive()
    }
}
