//! `C_Logout`.

use hsm_algorithms::Attributes;
use hsm_algorithms::pkcs11::{CKA_PRIVATE, CKA_TOKEN};
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{ObjectId, PartitionId, Query};

use crate::{Dependencies, Error, Operation, limits};

/// Logs the caller's application out of a token, which ends its private session objects (PKCS#11 3.2, section 5.6.9).
pub struct Logout {
    /// Whose token.
    pub partition: PartitionId,
}

impl Operation for Logout {
    type Permits = Permit<key_use::Authenticate>;
    type Output = ();
    type Error = Error;

    fn action() -> &'static Row {
        actions::LOGOUT.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        Ok(Needs::partition(&actions::LOGOUT, self.partition))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        caller: &Caller,
        with: &Dependencies,
    ) -> Result<(), Error> {
        let partition = permit.partition().id;
        with.pins.logout(caller, partition)?;
        let mut query = Query {
            template: Attributes::from_iter([
                (CKA_TOKEN, false.into()),
                (CKA_PRIVATE, true.into()),
            ]),
            includes_private: true,
            application: caller.application_id(),
            after: None,
            limit: limits::FIND_RESULTS_MAX,
        };
        loop {
            let found = with.repository.find(partition, &query)?;
            let ids: Vec<ObjectId> = found.objects.iter().map(|object| object.id).collect();
            query.after = ids.last().copied();
            // Another request of the application may have destroyed one of them meanwhile, so each is removed by itself.
            for id in ids {
                match with.repository.remove(partition, &[id]).await {
                    Ok(()) | Err(hsmd_keys::Error::NoSuchObject(_)) => with.vault.forget(id),
                    Err(error) => return Err(error.into()),
                }
            }
            if found.is_last_page {
                return Ok(());
            }
        }
    }
}
