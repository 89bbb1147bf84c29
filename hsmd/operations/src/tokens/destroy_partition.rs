//! Destroying a partition with all that is in it.

use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::PartitionId;

use crate::{Dependencies, Error, Operation};

/// Destroys a partition, its keys first.
pub struct DestroyPartition {
    /// Which.
    pub partition: PartitionId,
}

impl Operation for DestroyPartition {
    type Permits = Permit<key_use::Administer>;
    type Output = ();
    type Error = Error;

    fn action() -> &'static Row {
        actions::DESTROY_PARTITION.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        Ok(Needs::partition(
            &actions::DESTROY_PARTITION,
            self.partition,
        ))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<(), Error> {
        let partition = permit.partition().id;
        with.repository.destroy_partition(partition).await?;
        with.pins.end_logins(partition);
        with.vault.forget_partition(partition);
        Ok(())
    }
}
