//! `C_CopyObject`.

use std::sync::Arc;

use hsm_algorithms::Attributes;
use hsm_algorithms::pkcs11::{CKA_PRIVATE, CKA_TOKEN};
use hsmd_gate::{Needs, Permit, Row, Visibility, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{Object, ObjectId, PartitionId};

use crate::attributes::apply_copy;
use crate::making;
use crate::{Dependencies, Error, Operation};

/// Copies an object within its partition. The material stays wrapped as it is.
pub struct CopyObject {
    /// Where the object is.
    pub partition: PartitionId,
    /// Which.
    pub object: ObjectId,
    /// In what the copy differs.
    pub template: Attributes,
}

impl Operation for CopyObject {
    type Permits = (Permit<key_use::Copy>, Permit<key_use::Create>);
    type Output = Arc<Object>;
    type Error = Error;

    fn action() -> &'static Row {
        actions::COPY_OBJECT.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        // A copy is private if its original is, which needs the login by itself.
        let is_private = self.template.is_set(CKA_PRIVATE);
        let visibility = if is_private {
            Visibility::Private
        } else {
            Visibility::Public
        };
        let needs = Needs::key_and_creation(
            &actions::COPY_OBJECT,
            self.partition,
            self.object,
            visibility,
        );
        let is_session_object = self.template.flag(CKA_TOKEN) == Some(false);
        Ok(if is_session_object {
            needs.for_session_object()
        } else {
            needs
        })
    }

    async fn execute(
        self,
        permits: &Self::Permits,
        caller: &Caller,
        with: &Dependencies,
    ) -> Result<Arc<Object>, Error> {
        let original = permits.0.object();
        let partition = permits.1.partition();
        let login = caller.login(partition.id);
        let attributes = apply_copy(
            &original.attributes,
            self.template,
            login,
            partition.profile,
        )?;
        let is_token_object = attributes.is_set(CKA_TOKEN);
        let versions = original.versions.clone();
        let copy = making::new_object(
            with,
            caller,
            partition.id,
            attributes,
            is_token_object,
            original.spec,
            versions,
        )?;
        making::insert_one(with, partition, copy).await
    }

    fn made(object: &Arc<Object>) -> Option<[u8; 16]> {
        Some(*object.id.as_bytes())
    }
}
