//! One key of an account: what operations read of it, and how they change it.

use std::sync::Arc;

use hsm_algorithms::KmsKeySpec;
use hsmd_gate::key_use::Use;
use hsmd_gate::{KeySubject, Permit};
use hsmd_keys::{Change, KeyEvent, KeyManager, KmsKey, Object, Partition, Tenancy};

use super::Error;
use crate::Dependencies;

/// A key that a permit is for.
pub(super) struct AccountKey<'a> {
    pub(super) object: &'a Arc<Object>,
    pub(super) kms: &'a KmsKey,
    pub(super) spec: KmsKeySpec,
    pub(super) partition: &'a Partition,
    pub(super) tenancy: &'a Tenancy,
}

impl<'a> AccountKey<'a> {
    /// The key of a permit.
    ///
    /// # Errors
    ///
    /// [`Error::Internal`] if it is no account's: the gate gives no such permit.
    pub(super) fn of<U: Use<Subject = KeySubject>>(permit: &'a Permit<U>) -> Result<Self, Error> {
        Self::new(permit.object(), permit.partition()).ok_or(NOT_AN_ACCOUNTS)
    }

    pub(super) fn new(object: &'a Arc<Object>, partition: &'a Partition) -> Option<Self> {
        Some(Self {
            object,
            kms: object.kms.as_deref()?,
            spec: object.spec.and_then(KmsKeySpec::of)?,
            partition,
            tenancy: partition.tenancy.as_ref()?,
        })
    }

    pub(super) fn arn(&self) -> String {
        self.object
            .key_id()
            .map(|id| self.tenancy.key_arn(id))
            .unwrap_or_default()
    }

    /// Refuses to change what a service of AWS looks after.
    pub(super) fn check_customers(&self) -> Result<(), Error> {
        match self.kms.manager {
            KeyManager::Customer => Ok(()),
            KeyManager::Aws => Err(Error::UnsupportedOperation(format!(
                "{} is managed by AWS.",
                self.arn()
            ))),
        }
    }

    /// Whether the key is one of those that rotate: made of secret bytes that encrypt.
    pub(super) fn is_symmetric_encryption(&self) -> bool {
        self.spec.is_symmetric_encryption()
    }

    /// The same object with another state, and whatever else `change` makes of it.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if the event cannot happen: the gate's table let it through, the state machine not.
    pub(super) fn after(
        &self,
        event: KeyEvent,
        change: impl FnOnce(&mut KmsKey),
    ) -> Result<Object, Error> {
        let state = self.object.state.after(event);
        let state = state.ok_or_else(|| self.invalid_state())?;
        Ok(Object {
            state,
            ..self.with(change)
        })
    }

    /// The same object with what `change` makes of it.
    pub(super) fn with(&self, change: impl FnOnce(&mut KmsKey)) -> Object {
        let mut kms = self.kms.clone();
        change(&mut kms);
        Object {
            kms: Some(Arc::new(kms)),
            ..Object::clone(self.object)
        }
    }

    /// Destroys one of its materials.
    pub(super) async fn remove_material(
        &self,
        number: u32,
        with: &Dependencies,
    ) -> Result<(), Error> {
        let object = self.object.without_material(number);
        let object = object.ok_or_else(|| self.invalid_state())?;
        self.replace(object, with).await?;
        with.vault.forget(self.object.id);
        Ok(())
    }

    fn invalid_state(&self) -> Error {
        Error::InvalidState(format!("{} is {}.", self.arn(), self.object.state))
    }

    /// Stores another form of the key.
    pub(super) async fn replace(&self, object: Object, with: &Dependencies) -> Result<(), Error> {
        change(
            with,
            self.partition,
            vec![Change::Replace(Box::new(object))],
        )
        .await
    }
}

/// Makes changes in an account's partition, all or none.
pub(super) async fn change(
    with: &Dependencies,
    partition: &Partition,
    changes: Vec<Change>,
) -> Result<(), Error> {
    Ok(with
        .repository
        .change(partition.id, changes)
        .await
        .map_err(crate::Error::from)?)
}

/// The account and Region that a partition belongs to.
pub(super) fn tenancy(partition: &Partition) -> Result<&Tenancy, Error> {
    partition.tenancy.as_ref().ok_or(NOT_AN_ACCOUNTS)
}

/// Milliseconds since 1970, now.
pub(super) fn now(with: &Dependencies) -> u64 {
    u64::try_from(with.clock.since_epoch().as_millis()).unwrap_or(u64::MAX)
}

/// One day in milliseconds.
pub(super) const DAY_MILLISECONDS: u64 = 24 * 60 * 60 * 1000;

const NOT_AN_ACCOUNTS: Error = Error::Internal {
    task: "find the account of a key",
};
