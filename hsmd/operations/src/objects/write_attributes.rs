//! `C_SetAttributeValue`.

use hsm_algorithms::Attributes;
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{Object, ObjectId, PartitionId};

use crate::attributes::apply_change;
use crate::{Dependencies, Error, Operation};

/// Changes attributes: all that the template names, or none.
pub struct WriteAttributes {
    /// Where the object is.
    pub partition: PartitionId,
    /// Which.
    pub object: ObjectId,
    /// The new values.
    pub template: Attributes,
}

impl Operation for WriteAttributes {
    type Permits = Permit<key_use::Modify>;
    type Output = ();
    type Error = Error;

    fn action() -> &'static Row {
        actions::WRITE_ATTRIBUTES.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        Ok(Needs::key(
            &actions::WRITE_ATTRIBUTES,
            self.partition,
            self.object,
        ))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        caller: &Caller,
        with: &Dependencies,
    ) -> Result<(), Error> {
        let object = permit.object();
        let partition = permit.partition();
        let login = caller.login(partition.id);
        let attributes = apply_change(&object.attributes, self.template, login, partition.profile)?;
        if attributes != object.attributes {
            with.repository
                .replace(Object {
                    attributes,
                    ..Object::clone(object)
                })
                .await?;
        }
        Ok(())
    }
}
