//! `C_DeriveKey`.

use std::sync::Arc;

use hsm_algorithms::pkcs11::{
    CKA_DERIVE_TEMPLATE, CKA_KEY_TYPE, CKK_GENERIC_SECRET, CKO_SECRET_KEY,
};
use hsm_algorithms::{Algorithm, Attributes, Parameters, Purpose};
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{Object, ObjectId, PartitionId};
use hsmd_vault::KeyTarget;

use super::check_algorithm;
use crate::attributes::{Birth, Draft, Implied, check_derivation, check_derived, merge_required};
use crate::making;
use crate::{Dependencies, Error, Operation};

/// Derives a secret key from a key and keeps it as a new object.
pub struct DeriveKey {
    /// Where the base key is and the new one will be.
    pub partition: PartitionId,
    /// The key to derive from.
    pub base_key: ObjectId,
    /// How to derive.
    pub algorithm: Algorithm,
    /// What the algorithm is told.
    pub parameters: Parameters,
    /// What the caller says of the key.
    pub template: Attributes,
}

impl Operation for DeriveKey {
    type Permits = (Permit<key_use::Derive>, Permit<key_use::Create>);
    type Output = Arc<Object>;

    fn action() -> &'static Row {
        actions::DERIVE_KEY.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        check_algorithm(self.algorithm, Purpose::Derive, &self.parameters)?;
        let needs = making::creation_by_key(
            &actions::DERIVE_KEY,
            self.partition,
            self.base_key,
            (&self.template, self.implied()),
        );
        Ok(needs.with_algorithm(self.algorithm))
    }

    async fn execute(
        mut self,
        permits: &Self::Permits,
        caller: &Caller,
        with: &Dependencies,
    ) -> Result<Arc<Object>, Error> {
        let base = permits.0.object();
        let partition = permits.1.partition();
        check_derivation(self.algorithm, partition.profile)?;
        merge_required(
            &mut self.template,
            base.attributes.template(CKA_DERIVE_TEMPLATE),
        )?;
        let birth = Birth::Derived {
            from: &base.attributes,
        };
        let implied = self.implied();
        let login = caller.login(partition.id);
        let mut draft = Draft::new(self.template, birth, implied, login, partition.profile)?;
        let key_type = draft.key_type.ok_or(Error::TemplateInconsistent {
            attribute: CKA_KEY_TYPE,
        })?;
        let target = KeyTarget {
            key_type,
            length_bytes: making::value_length(&draft.attributes)?,
        };
        let derived = with
            .vault
            .derive(
                &permits.0,
                &permits.1,
                self.algorithm,
                &self.parameters,
                target,
            )
            .await?;
        check_derived(derived.spec, partition.profile)?;
        making::add_secret_key_facts(&mut draft.attributes, derived.spec, derived.check_value)?;
        let object = making::object(
            with,
            caller,
            partition.id,
            draft,
            Some((derived.spec, derived.material)),
        )?;
        making::insert_one(with, object).await
    }

    fn made(object: &Arc<Object>) -> Option<[u8; 16]> {
        Some(*object.id.as_bytes())
    }
}

impl DeriveKey {
    fn implied(&self) -> Implied {
        let key_type = (!self.template.contains(CKA_KEY_TYPE)).then_some(CKK_GENERIC_SECRET);
        Implied {
            class: Some(CKO_SECRET_KEY),
            key_type,
        }
    }
}
