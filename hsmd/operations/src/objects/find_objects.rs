//! `C_FindObjects`.

use hsm_algorithms::Attributes;
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::{Caller, LoginRole};
use hsmd_keys::{FoundObjects, ObjectId, PartitionId, Query};

use crate::attributes::can_match;
use crate::{Dependencies, Error, Operation, limits};

/// One page of the objects that have all attributes of a template.
pub struct FindObjects {
    /// Where to look.
    pub partition: PartitionId,
    /// What they must have. Empty finds everything.
    pub template: Attributes,
    /// The last id of the page before.
    pub after: Option<ObjectId>,
    /// The most objects to give; 0 and more than [`limits::FIND_RESULTS_MAX`] mean that limit.
    pub limit: usize,
}

impl Operation for FindObjects {
    type Permits = Permit<key_use::Search>;
    type Output = FoundObjects;
    type Error = Error;

    fn action() -> &'static Row {
        actions::FIND_OBJECTS.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        can_match(&self.template)?;
        Ok(Needs::partition(&actions::FIND_OBJECTS, self.partition))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        caller: &Caller,
        with: &Dependencies,
    ) -> Result<FoundObjects, Error> {
        if !can_match(&self.template)? {
            return Ok(FoundObjects {
                objects: Vec::new(),
                is_last_page: true,
            });
        }
        let partition = permit.partition().id;
        let limit = if self.limit == 0 {
            limits::FIND_RESULTS_MAX
        } else {
            self.limit.min(limits::FIND_RESULTS_MAX)
        };
        let query = Query {
            template: self.template,
            includes_private: caller.login(partition) == Some(LoginRole::User),
            application: caller.application_id(),
            after: self.after,
            limit,
        };
        Ok(with.repository.find(partition, &query)?)
    }
}
