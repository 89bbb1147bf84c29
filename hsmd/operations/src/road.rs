//! The road that every request travels: admit, execute, conclude.

use std::sync::Arc;

use hsmd_gate::audit::Log;
use hsmd_gate::aws::AwsRefusal;
use hsmd_gate::{Detail, Gate, Needs, Outcome, PermitSet, Refusal, Requester, Row};
use hsmd_identity::{
    Accounts, Authenticator, Caller, CertificateAuthority, Clock, Identities, Pins,
};
use hsmd_keys::{Repository, TokenProfile};
use hsmd_vault::Vault;
use tokio::sync::watch;

use crate::turns::Turns;
use crate::{Error, Pending};

/// A request in the product's own terms.
pub trait Operation: Send + 'static {
    /// The permits without which it cannot be done.
    type Permits: PermitSet;
    /// What it gives.
    type Output: Send;
    /// Why it fails, in the words of those who ask for it.
    type Error: Failure;

    /// The action that is asked for.
    fn action() -> &'static Row;

    /// What to ask the gate for.
    ///
    /// # Errors
    ///
    /// Those that show in the request alone.
    fn needs(&self) -> Result<Needs<Self::Permits>, Self::Error>;

    /// Refuses what the request and the permits show to be wrong, and changes nothing. It comes before `execute`, and is all
    /// that there is to a dry run of an operation that changes something.
    ///
    /// # Errors
    ///
    /// Those of the operation itself.
    fn check(
        &self,
        _permits: &Self::Permits,
        _dependencies: &Dependencies,
    ) -> Result<(), Self::Error> {
        Ok(())
    }

    /// Does it, with the permits that the gate gave.
    fn execute(
        self,
        permits: &Self::Permits,
        caller: &Caller,
        dependencies: &Dependencies,
    ) -> impl Future<Output = Result<Self::Output, Self::Error>> + Send;

    /// The id of what it made, for the audit log.
    fn made(_output: &Self::Output) -> Option<[u8; 16]> {
        None
    }

    /// What else the audit log tells of the answer, with the names of `CloudTrail`. Never a secret.
    fn answered(_output: &Self::Output) -> Vec<(&'static str, Detail)> {
        Vec::new()
    }
}

/// Why operations of one family fail: what the road itself has to know of it.
pub trait Failure: From<Refusal> + Send {
    /// The name that the audit log writes as `errorCode`.
    fn name(&self) -> &'static str;

    /// What the audit log writes as `errorMessage`, for families whose texts say nothing that it may not hold.
    fn message(&self) -> Option<String> {
        None
    }
}

/// Performs operations. It exists only while the daemon is unsealed, and is all that a front door is given.
pub struct Service {
    gate: Arc<Gate>,
    dependencies: Dependencies,
    turns: Turns,
}

/// What operations work with.
pub struct Dependencies {
    /// Key material.
    pub vault: Arc<Vault>,
    /// Partitions and objects.
    pub repository: Arc<Repository>,
    /// Applications.
    pub authenticator: Arc<Authenticator>,
    /// Identities.
    pub identities: Arc<Identities>,
    /// When keys of accounts were used last.
    pub last_usages: crate::kms::LastUsages,
    /// The PINs that tokens of accounts get, if any.
    pub account_pins: Option<crate::kms::AccountPins>,
    /// Writes and reads the markers of pages.
    pub markers: crate::kms::Markers,
    /// AWS accounts.
    pub accounts: Arc<Accounts>,
    /// PINs and logins.
    pub pins: Arc<Pins>,
    /// Issues certificates.
    pub certificate_authority: Arc<CertificateAuthority>,
    /// The audit log, for reading.
    pub audit: Arc<Log>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// The profile of tokens for which nothing else is said.
    pub default_profile: TokenProfile,
    /// Becomes true when the daemon is sealed: who waits for something long must then give up, and with it the vault.
    pub is_sealed: watch::Receiver<bool>,
    /// Asks the daemon to drop its root key.
    pub seal: Box<dyn Fn() + Send + Sync>,
    /// Begins a new term of the barrier key, and gives it.
    pub rotate_barrier: Box<dyn Fn() -> Pending<'static, Result<u32, Error>> + Send + Sync>,
}

impl Service {
    /// A service over these.
    #[must_use]
    pub fn new(gate: Arc<Gate>, dependencies: Dependencies) -> Self {
        Self {
            gate,
            dependencies,
            turns: Turns::default(),
        }
    }

    /// Performs an operation for a caller. Its record is written before this returns.
    ///
    /// # Errors
    ///
    /// Those of the operation, and the gate's refusals.
    pub async fn perform<O: Operation>(
        &self,
        caller: &Caller,
        operation: O,
    ) -> Result<O::Output, O::Error> {
        let needs = operation
            .needs()
            .inspect_err(|error| self.refuse::<O>(caller, error))?;
        if let Err(error) = crate::kms::ensure(caller, &self.dependencies).await {
            tracing::error!(%error, "the partition of an account cannot be made");
        }
        self.ensure_aws_managed_keys(caller, &needs).await;
        let changed = if Turns::are_taken_by(O::action()) {
            self.gate.named(caller, &needs)
        } else {
            Vec::new()
        };
        let turns = self.turns.of(&changed).await;
        let admitted = self.gate.admit(caller, needs).await?;
        // What changes something is only checked; what only computes is done, so that its own errors come first.
        let is_only_checked = admitted.is_dry_run() && O::action().changes_state();
        let result = match operation.check(admitted.permits(), &self.dependencies) {
            Err(error) => Err(error),
            Ok(()) if is_only_checked => Err(Refusal::from(AwsRefusal::DryRun).into()),
            Ok(()) => {
                operation
                    .execute(admitted.permits(), caller, &self.dependencies)
                    .await
            }
        };
        drop(turns);
        let result = match result {
            Ok(_) if admitted.is_dry_run() => Err(Refusal::from(AwsRefusal::DryRun).into()),
            result => result,
        };
        let made = result.as_ref().ok().and_then(O::made);
        let answered = result.as_ref().map(O::answered).unwrap_or_default();
        let message = result.as_ref().err().and_then(O::Error::message);
        let outcome = match (&result, &made) {
            (Ok(_), Some(id)) => Outcome::DoneWith(id),
            (Ok(_), None) if answered.is_empty() => Outcome::Done,
            (Ok(_), None) => Outcome::Answered(&answered),
            (Err(error), _) => match &message {
                Some(message) => Outcome::FailedBecause {
                    code: error.name(),
                    message,
                },
                None => Outcome::Failed(error.name()),
            },
        };
        let used = result.as_ref().ok().and_then(|_| {
            crate::kms::used(
                &admitted,
                O::action(),
                caller,
                &self.dependencies.repository,
            )
        });
        self.gate
            .conclude(admitted, outcome)
            .await
            .map_err(|_| O::Error::from(Refusal::AuditUnavailable))?;
        if let Some((keys, usage)) = used {
            let usages = &self.dependencies.last_usages;
            usages.note(keys.into_iter(), &usage);
        }
        result
    }

    pub(crate) fn turns(&self) -> &Turns {
        &self.turns
    }

    pub(crate) fn gate(&self) -> &Gate {
        &self.gate
    }

    pub(crate) fn dependencies(&self) -> &Dependencies {
        &self.dependencies
    }

    /// Records that a request for an operation was refused before it could be asked of the gate.
    pub fn refuse<O: Operation>(&self, caller: &Caller, error: &O::Error) {
        self.gate
            .refuse(Requester::Caller(caller), O::action(), error.name());
    }
}
