//! `C_DestroyObject`, for any number of objects.

use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{ObjectId, PartitionId};

use crate::{Dependencies, Error, Operation, limits};

/// Destroys all of these objects, or none.
pub struct DestroyObjects {
    /// Where they are.
    pub partition: PartitionId,
    /// Which.
    pub objects: Vec<ObjectId>,
}

impl Operation for DestroyObjects {
    type Permits = Vec<Permit<key_use::Destroy>>;
    type Output = ();
    type Error = Error;

    fn action() -> &'static Row {
        actions::DESTROY_OBJECTS.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        if self.objects.len() > limits::DESTROYED_OBJECTS_MAX {
            return Err(Error::LimitReached {
                what: "objects to destroy at once",
                maximum: limits::DESTROYED_OBJECTS_MAX as u64,
            });
        }
        Ok(Needs::objects(
            &actions::DESTROY_OBJECTS,
            self.partition,
            self.objects.clone(),
        ))
    }

    async fn execute(
        self,
        permits: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<(), Error> {
        for permit in permits {
            with.vault.forget(permit.object().id);
        }
        Ok(with
            .repository
            .remove(self.partition, &self.objects)
            .await?)
    }
}
