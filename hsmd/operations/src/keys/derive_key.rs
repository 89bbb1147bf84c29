//! `C_DeriveKey`.

use std::sync::Arc;

use hsm_algorithms::pkcs11::{
    CKA_ALWAYS_SENSITIVE, CKA_DERIVE_TEMPLATE, CKA_EXTRACTABLE, CKA_KEY_TYPE,
    CKA_NEVER_EXTRACTABLE, CKA_PUBLIC_KEY_INFO, CKA_SENSITIVE, CKA_TOKEN, CKA_VALUE, CKA_VALUE_LEN,
    CKK_GENERIC_SECRET, CKO_DATA, CKO_PUBLIC_KEY, CKO_SECRET_KEY,
};
use hsm_algorithms::{Algorithm, Attributes, Family, Parameters, Purpose};
use hsm_aws_lc::public::PublicKey;
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{Object, ObjectId, PartitionId};
use hsmd_vault::KeyTarget;

use super::check_algorithm;
use crate::attributes::{
    Birth, Draft, Implied, check_derivation, check_derived, merge_required, visibility,
};
use crate::making;
use crate::{Dependencies, Error, Operation};

/// Derives a secret key from a key and keeps it as a new object.
pub struct DeriveKey {
    /// Where the base key is and the new one will be.
    pub partition: PartitionId,
    /// The key to derive from.
    pub base_key: ObjectId,
    /// A second key that goes into the derivation, where the algorithm takes one.
    pub other_key: Option<ObjectId>,
    /// How to derive.
    pub algorithm: Algorithm,
    /// What the algorithm is told.
    pub parameters: Parameters,
    /// What the caller says of the key.
    pub template: Attributes,
}

/// What a derivation gives.
pub struct Derived {
    /// The new key.
    pub object: Arc<Object>,
    /// The version of TLS that an RSA premaster secret began with.
    pub version: Option<[u8; 2]>,
}

impl Operation for DeriveKey {
    type Permits = (
        Permit<key_use::Derive>,
        Option<Permit<key_use::Derive>>,
        Permit<key_use::Create>,
    );
    type Output = Derived;
    type Error = Error;

    fn action() -> &'static Row {
        actions::DERIVE_KEY.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        check_algorithm(self.algorithm, Purpose::Derive, &self.parameters)?;
        if self.other_key.is_some() != self.algorithm.takes_other_key(&self.parameters) {
            return Err(Error::AlgorithmParametersInvalid);
        }
        let needs = Needs::keys_and_creation(
            &actions::DERIVE_KEY,
            self.partition,
            self.base_key,
            self.other_key,
            visibility(&self.template, self.implied()),
        );
        let needs = if self.template.is_set(CKA_TOKEN) {
            needs
        } else {
            needs.for_session_object()
        };
        Ok(needs.with_algorithm(self.algorithm))
    }

    async fn execute(
        mut self,
        permits: &Self::Permits,
        caller: &Caller,
        with: &Dependencies,
    ) -> Result<Derived, Error> {
        let (base, other) = (permits.0.object(), permits.1.as_ref().map(Permit::object));
        let partition = permits.2.partition();
        if self.algorithm.family() == Family::PublicFromPrivate {
            let object = public_half(self, permits, caller, with)?;
            let object = making::insert_one(with, object).await?;
            let version = None;
            return Ok(Derived { object, version });
        }
        if self.algorithm == Algorithm::HkdfData {
            let object = derived_data(self, permits, caller, with).await?;
            let object = making::insert_one(with, object).await?;
            let version = None;
            return Ok(Derived { object, version });
        }
        check_derivation(self.algorithm, partition.profile)?;
        merge_required(
            &mut self.template,
            base.attributes.template(CKA_DERIVE_TEMPLATE),
        )?;
        let origin = origin(&base.attributes, other.map(|other| &other.attributes));
        self.keep_as_secret_as(&origin)?;
        let birth = Birth::Derived { from: &origin };
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
        let (derived, version) = with
            .vault
            .derive(
                (&permits.0, permits.1.as_ref()),
                &permits.2,
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
        let object = making::insert_one(with, object).await?;
        Ok(Derived { object, version })
    }

    fn made(derived: &Derived) -> Option<[u8; 16]> {
        Some(*derived.object.id.as_bytes())
    }
}

impl DeriveKey {
    /// What is only put together or cut out of keys is as secret as they are (PKCS#11 3.2 §6.43): the template may say
    /// nothing else.
    fn keep_as_secret_as(&mut self, origin: &Attributes) -> Result<(), Error> {
        let is_put_together = matches!(
            self.algorithm.family(),
            Family::Concatenation | Family::Extraction
        );
        for (attribute, value) in [(CKA_SENSITIVE, true), (CKA_EXTRACTABLE, false)] {
            if !is_put_together || origin.is_set(attribute) != value {
                continue;
            }
            if self.template.flag(attribute) == Some(!value) {
                return Err(Error::TemplateInconsistent { attribute });
            }
            self.template.insert(attribute, value);
        }
        Ok(())
    }

    /// Class and type of what is derived, where the template does not say them.
    fn implied(&self) -> Implied {
        if self.algorithm.family() == Family::PublicFromPrivate {
            return Implied {
                class: Some(CKO_PUBLIC_KEY),
                key_type: None,
            };
        }
        if self.algorithm == Algorithm::HkdfData {
            return Implied {
                class: Some(CKO_DATA),
                key_type: None,
            };
        }
        let key_type = (!self.template.contains(CKA_KEY_TYPE)).then_some(CKK_GENERIC_SECRET);
        Implied {
            class: Some(CKO_SECRET_KEY),
            key_type,
        }
    }
}

/// The public half of a private key, as an object of its own. It is known from the private key's attributes.
fn public_half(
    operation: DeriveKey,
    permits: &<DeriveKey as Operation>::Permits,
    caller: &Caller,
    with: &Dependencies,
) -> Result<Object, Error> {
    let base = permits.0.object();
    let partition = permits.2.partition();
    let info = base.attributes.bytes(CKA_PUBLIC_KEY_INFO);
    let info = info.ok_or(Error::KeyTypeInconsistent)?;
    let key = PublicKey::from_spki_der(info).map_err(|_| Error::KeyTypeInconsistent)?;
    let implied = Implied {
        class: Some(CKO_PUBLIC_KEY),
        key_type: base.attributes.number(CKA_KEY_TYPE),
    };
    let birth = Birth::Derived {
        from: &base.attributes,
    };
    let login = caller.login(partition.id);
    let mut draft = Draft::new(operation.template, birth, implied, login, partition.profile)?;
    making::add_public_key_facts(&mut draft.attributes, CKO_PUBLIC_KEY, &key)?;
    let object = making::object(with, caller, partition.id, draft, None)?;
    Ok(Object {
        spec: key.spec(),
        ..object
    })
}

/// A data object of what is derived. Its template says the length as that of a key would, though no data object has one.
async fn derived_data(
    mut operation: DeriveKey,
    permits: &<DeriveKey as Operation>::Permits,
    caller: &Caller,
    with: &Dependencies,
) -> Result<Object, Error> {
    let (base, other) = (permits.0.object(), permits.1.as_ref().map(Permit::object));
    let partition = permits.2.partition();
    merge_required(
        &mut operation.template,
        base.attributes.template(CKA_DERIVE_TEMPLATE),
    )?;
    if operation.template.contains(CKA_VALUE) {
        let attribute = CKA_VALUE;
        return Err(Error::TemplateInconsistent { attribute });
    }
    let implied = operation.implied();
    let length_bytes = making::value_length(&operation.template)?;
    operation.template.remove(CKA_VALUE_LEN);
    let origin = origin(&base.attributes, other.map(|other| &other.attributes));
    let birth = Birth::Derived { from: &origin };
    let login = caller.login(partition.id);
    let mut draft = Draft::new(operation.template, birth, implied, login, partition.profile)?;
    let data = with
        .vault
        .derive_data(
            (&permits.0, permits.1.as_ref()),
            operation.algorithm,
            &operation.parameters,
            length_bytes,
        )
        .await?;
    draft.attributes.insert(CKA_VALUE, data.as_bytes());
    making::object(with, caller, partition.id, draft, None)
}

/// What a key derived from one or two keys has from them: it is as secret as the more secret one.
fn origin(base: &Attributes, other: Option<&Attributes>) -> Attributes {
    let mut origin = base.clone();
    let Some(other) = other else { return origin };
    origin.insert(
        CKA_SENSITIVE,
        base.is_set(CKA_SENSITIVE) || other.is_set(CKA_SENSITIVE),
    );
    for attribute in [CKA_EXTRACTABLE, CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE] {
        origin.insert(attribute, base.is_set(attribute) && other.is_set(attribute));
    }
    origin
}
