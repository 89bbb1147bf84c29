//! `C_UnwrapKey`.

use std::sync::Arc;

use hsm_algorithms::pkcs11::{CKA_CLASS, CKA_UNWRAP_TEMPLATE, CKO_PUBLIC_KEY};
use hsm_algorithms::{Algorithm, Attributes, Parameters, Purpose};
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{Object, ObjectId, PartitionId};
use hsmd_vault::KeyTarget;

use super::{check_algorithm, check_input};
use crate::attributes::{Birth, Draft, Implied, check_unwrapping, merge_required};
use crate::making;
use crate::{Dependencies, Error, Operation};

/// Unwraps a key and keeps it as a new object.
pub struct UnwrapKey {
    /// Where the unwrapping key is and the new one will be.
    pub partition: PartitionId,
    /// The private or secret key that unwraps.
    pub unwrapping_key: ObjectId,
    /// How the key was wrapped.
    pub algorithm: Algorithm,
    /// What the algorithm is told.
    pub parameters: Parameters,
    /// The wrapped key.
    pub wrapped_key: Vec<u8>,
    /// What the caller says of the key.
    pub template: Attributes,
}

impl Operation for UnwrapKey {
    type Permits = (Permit<key_use::Unwrap>, Permit<key_use::Create>);
    type Output = Arc<Object>;
    type Error = Error;

    fn action() -> &'static Row {
        actions::UNWRAP_KEY.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        check_algorithm(self.algorithm, Purpose::Wrap, &self.parameters)?;
        check_input(&self.wrapped_key)?;
        let needs = making::creation_by_key(
            &actions::UNWRAP_KEY,
            self.partition,
            self.unwrapping_key,
            (&self.template, IMPLIED),
        );
        Ok(needs.with_algorithm(self.algorithm))
    }

    async fn execute(
        mut self,
        permits: &Self::Permits,
        caller: &Caller,
        with: &Dependencies,
    ) -> Result<Arc<Object>, Error> {
        let unwrapping = permits.0.object();
        let partition = permits.1.partition();
        check_unwrapping(self.algorithm, partition.profile)?;
        merge_required(
            &mut self.template,
            unwrapping.attributes.template(CKA_UNWRAP_TEMPLATE),
        )?;
        let birth = Birth::Unwrapped {
            by: &unwrapping.attributes,
        };
        let login = caller.login(partition.id);
        let mut draft = Draft::new(self.template, birth, IMPLIED, login, partition.profile)?;
        let target = target(&draft)?;
        let unwrapped = with
            .vault
            .unwrap(
                &permits.0,
                &permits.1,
                self.algorithm,
                &self.parameters,
                &self.wrapped_key,
                target,
            )
            .await?;
        making::add_key_facts(&mut draft, &unwrapped)?;
        let object = making::object(
            with,
            caller,
            partition.id,
            draft,
            Some((unwrapped.spec, unwrapped.material)),
        )?;
        making::insert_one(with, partition, object).await
    }

    fn made(object: &Arc<Object>) -> Option<[u8; 16]> {
        Some(*object.id.as_bytes())
    }
}

/// Class and type of what comes out are for the template to say.
const IMPLIED: Implied = Implied {
    class: None,
    key_type: None,
};

/// What the template says of the key. The class must be that of the type: wrapped public keys do not exist.
fn target(draft: &Draft) -> Result<KeyTarget, Error> {
    let attribute = CKA_CLASS;
    let key_type = draft.key_type.filter(|_| draft.class != CKO_PUBLIC_KEY);
    let key_type = key_type.ok_or(Error::TemplateInconsistent { attribute })?;
    Ok(KeyTarget {
        key_type,
        length_bytes: making::value_length(&draft.attributes)?,
    })
}
