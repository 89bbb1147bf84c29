//! Admitting and concluding: the two ends of the road that every request travels.

use std::fmt;
use std::sync::Arc;

use hsmd_identity::{Caller, Clock, Peer};
use hsmd_keys::Repository;

use crate::actions::Row;
use crate::audit::{AuditUnavailable, Log};
use crate::needs::{Needs, PermitSet};
use crate::quotas::Quotas;
use crate::refusal::Refusal;

/// Decides who may do what, and writes down what was done.
pub struct Gate {
    repository: Arc<Repository>,
    log: Arc<Log>,
    clock: Arc<dyn Clock>,
    quotas: Quotas,
}

/// An admitted request: its permits, and the duty to conclude it.
///
/// Dropping it without [`Gate::conclude`], as when a client hangs up and its request is cancelled, records that it was
/// abandoned: whether the use took place is then not known, and the record says so.
#[must_use]
pub struct Admitted<P> {
    permits: P,
}

/// What became of an admitted request.
#[derive(Debug, Clone, Copy)]
pub enum Outcome<'a> {
    /// It was done.
    Done,
    /// It was done, and made or touched the thing with this id.
    DoneWith(&'a [u8; 16]),
    /// It failed; the name is what `errorCode` says.
    Failed(&'a str),
}

/// Who asked, for refusals outside an operation: a caller, or a peer that is none.
#[derive(Debug, Clone, Copy)]
pub enum Requester<'a> {
    /// Someone known.
    Caller(&'a Caller),
    /// The other end of a connection, not known.
    Peer(&'a Peer),
    /// A network address whose TLS handshake failed.
    Address(std::net::SocketAddr),
}

impl Gate {
    /// The gate over these objects and this log.
    #[must_use]
    pub fn new(
        repository: Arc<Repository>,
        log: Arc<Log>,
        clock: Arc<dyn Clock>,
        quotas: Quotas,
    ) -> Self {
        Self {
            repository,
            log,
            clock,
            quotas,
        }
    }

    /// Decides on a request: quota, then the object once, its state, its allowed uses, the caller's login and rights;
    /// then the permits. A refusal is recorded here. For actions that change what is stored, the intent is on disk when
    /// this returns; for all others it returns without waiting.
    ///
    /// # Errors
    ///
    /// The [`Refusal`], already recorded.
    pub async fn admit<P: PermitSet>(
        &self,
        caller: &Caller,
        needs: Needs<P>,
    ) -> Result<Admitted<P>, Refusal> {
        let _ = (caller, needs);
        todo!()
    }

    /// Records what became of an admitted request. Its reply may leave only when this has returned `Ok`.
    ///
    /// # Errors
    ///
    /// [`AuditUnavailable`]: the record could not be written in time. The reply must not leave.
    pub async fn conclude<P>(
        &self,
        admitted: Admitted<P>,
        outcome: Outcome<'_>,
    ) -> Result<(), AuditUnavailable> {
        let _ = (admitted, outcome);
        todo!()
    }

    /// Records a refusal that no operation saw: an unknown certificate, a failed handshake, a request while sealed.
    /// `code` is what `errorCode` says, as `NotRecognised`.
    pub fn refuse(&self, requester: Requester<'_>, action: &'static Row, code: &'static str) {
        let _ = (requester, action, code);
        todo!()
    }
}

impl<P> Admitted<P> {
    /// What the caller may do.
    #[must_use]
    pub fn permits(&self) -> &P {
        &self.permits
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("quotas", &self.quotas)
            .finish_non_exhaustive()
    }
}
