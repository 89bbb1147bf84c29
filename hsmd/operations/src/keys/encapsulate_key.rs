//! `C_EncapsulateKey`, and what the two sides of encapsulation share.

use std::sync::Arc;

use hsm_algorithms::pkcs11::{
    CKA_ENCAPSULATE_TEMPLATE, CKA_KEY_TYPE, CKK_GENERIC_SECRET, CKO_SECRET_KEY,
};
use hsm_algorithms::{Algorithm, Attributes, Parameters, Purpose};
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{Object, ObjectId, Partition, PartitionId};
use hsmd_vault::{Generated, KeyTarget};

use super::check_algorithm;
use crate::attributes::{Birth, Draft, Implied, check_derived, merge_required};
use crate::making;
use crate::{Dependencies, Error, Operation};

/// Makes a secret key that the holder of a private key can make too, and keeps it as a new object.
pub struct EncapsulateKey {
    /// Where the public key is and the new one will be.
    pub partition: PartitionId,
    /// The other side's public key.
    pub public_key: ObjectId,
    /// How.
    pub algorithm: Algorithm,
    /// What the algorithm is told.
    pub parameters: Parameters,
    /// What the caller says of the key.
    pub template: Attributes,
}

/// What encapsulation gives.
pub struct Encapsulated {
    /// For the other side.
    pub ciphertext: Vec<u8>,
    /// The key.
    pub object: Arc<Object>,
}

impl Operation for EncapsulateKey {
    type Permits = (Permit<key_use::Encapsulate>, Permit<key_use::Create>);
    type Output = Encapsulated;
    type Error = Error;

    fn action() -> &'static Row {
        actions::ENCAPSULATE_KEY.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        check_algorithm(self.algorithm, Purpose::Encapsulate, &self.parameters)?;
        let needs = making::creation_by_key(
            &actions::ENCAPSULATE_KEY,
            self.partition,
            self.public_key,
            (&self.template, implied(&self.template)),
        );
        Ok(needs.with_algorithm(self.algorithm))
    }

    async fn execute(
        self,
        permits: &Self::Permits,
        caller: &Caller,
        with: &Dependencies,
    ) -> Result<Encapsulated, Error> {
        let agreement = Agreement {
            key: &permits.0.object().attributes,
            required: CKA_ENCAPSULATE_TEMPLATE,
            partition: permits.1.partition(),
        };
        let (draft, target) = agreement.draft(self.template, caller)?;
        let (ciphertext, generated) = with.vault.encapsulate(
            &permits.0,
            &permits.1,
            self.algorithm,
            &self.parameters,
            target,
        )?;
        let object = agreement.keep(draft, generated, caller, with).await?;
        Ok(Encapsulated { ciphertext, object })
    }

    fn made(encapsulated: &Encapsulated) -> Option<[u8; 16]> {
        Some(*encapsulated.object.id.as_bytes())
    }
}

/// A key that two sides agree on by a key of one of them.
pub(super) struct Agreement<'a> {
    /// The attributes of the key that they agree by.
    pub(super) key: &'a Attributes,
    /// The attribute that says what the new key must be like.
    pub(super) required: u64,
    /// Where the new key will be.
    pub(super) partition: &'a Partition,
}

impl Agreement<'_> {
    /// The new key without its material.
    pub(super) fn draft(
        &self,
        mut template: Attributes,
        caller: &Caller,
    ) -> Result<(Draft, KeyTarget), Error> {
        merge_required(&mut template, self.key.template(self.required))?;
        let implied = implied(&template);
        let login = caller.login(self.partition.id);
        // As for an unwrapped key, somebody else knows it.
        let birth = Birth::Unwrapped { by: self.key };
        let draft = Draft::new(template, birth, implied, login, self.partition.profile)?;
        let key_type = draft.key_type.ok_or(Error::TemplateInconsistent {
            attribute: CKA_KEY_TYPE,
        })?;
        let target = KeyTarget {
            key_type,
            length_bytes: making::value_length(&draft.attributes)?,
        };
        Ok((draft, target))
    }

    /// Stores the new key.
    pub(super) async fn keep(
        &self,
        mut draft: Draft,
        generated: Generated,
        caller: &Caller,
        with: &Dependencies,
    ) -> Result<Arc<Object>, Error> {
        let spec = generated.spec;
        check_derived(spec, self.partition.profile)?;
        making::add_secret_key_facts(&mut draft.attributes, spec, generated.check_value)?;
        let key = Some((spec, generated.material));
        let object = making::object(with, caller, self.partition.id, draft, key)?;
        making::insert_one(with, self.partition, object).await
    }
}

/// A secret key comes out, of no type if the template names none.
pub(super) fn implied(template: &Attributes) -> Implied {
    let key_type = (!template.contains(CKA_KEY_TYPE)).then_some(CKK_GENERIC_SECRET);
    Implied {
        class: Some(CKO_SECRET_KEY),
        key_type,
    }
}
