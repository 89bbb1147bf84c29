//! `C_DeriveKey`.

use std::sync::Arc;

use hsm_algorithms::pkcs11::{
    CKA_ALWAYS_SENSITIVE, CKA_DERIVE_TEMPLATE, CKA_EXTRACTABLE, CKA_KEY_TYPE,
    CKA_NEVER_EXTRACTABLE, CKA_PUBLIC_KEY_INFO, CKA_SENSITIVE, CKA_TOKEN, CKA_VALUE, CKA_VALUE_LEN,
    CKK_GENERIC_SECRET, CKO_DATA, CKO_PUBLIC_KEY, CKO_SECRET_KEY,
};
use hsm_algorithms::{
    Algorithm, Attributes, DERIVED_KEYS_MAX, Family, Parameters, ParametersKind, Purpose,
};
use hsm_aws_lc::public::PublicKey;
use hsmd_gate::{Needs, Permit, Row, Visibility, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{Object, ObjectId, PartitionId};
use hsmd_vault::KeyTarget;

use super::check_algorithm;
use crate::attributes::{
    Birth, Draft, Implied, check_derivation, check_derived, merge_required, visibility,
};
use crate::making;
use crate::{Dependencies, Error, Operation};

/// Derives secret keys from a key and keeps them as new objects, all or none.
pub struct DeriveKey {
    /// Where the base key is and the new ones will be.
    pub partition: PartitionId,
    /// The key to derive from.
    pub base_key: ObjectId,
    /// A second key that goes into the derivation, where the algorithm takes one.
    pub other_key: Option<ObjectId>,
    /// How to derive.
    pub algorithm: Algorithm,
    /// What the algorithm is told.
    pub parameters: Parameters,
    /// What the caller says of each key, in the order in which what is derived is divided among them. Several only where
    /// [`Algorithm::makes_several_keys`].
    pub templates: Vec<Attributes>,
}

/// What a derivation gives.
pub struct Derived {
    /// The new keys.
    pub objects: Vec<Arc<Object>>,
    /// What anybody may read: the version of TLS that an RSA premaster secret began with, the initialization vectors of a key
    /// block.
    pub beside: Vec<u8>,
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
        let keys_max = if self.algorithm.makes_several_keys() {
            DERIVED_KEYS_MAX
        } else {
            1
        };
        if self.other_key.is_some() != self.algorithm.takes_other_key(&self.parameters)
            || !(1..=keys_max).contains(&self.templates.len())
        {
            return Err(Error::AlgorithmParametersInvalid);
        }
        let is_private = self
            .templates
            .iter()
            .any(|template| visibility(template, self.implied(template)) == Visibility::Private);
        let needs = Needs::keys_and_creation(
            &actions::DERIVE_KEY,
            self.partition,
            self.base_key,
            self.other_key,
            if is_private {
                Visibility::Private
            } else {
                Visibility::Public
            },
        );
        let is_stored = |template: &Attributes| template.is_set(CKA_TOKEN);
        let needs = if self.templates.iter().any(is_stored) {
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
        let is_public_half = self.algorithm.family() == Family::PublicFromPrivate;
        if is_public_half || self.algorithm == Algorithm::HkdfData {
            let template = self.templates.pop().unwrap_or_default();
            let object = if is_public_half {
                public_half(template, permits, caller, with)?
            } else {
                self.derived_data(template, permits, caller, with).await?
            };
            return Ok(Derived {
                objects: making::insert(with, permits.2.partition(), vec![object]).await?,
                beside: Vec::new(),
            });
        }
        let (base, other) = (permits.0.object(), permits.1.as_ref().map(Permit::object));
        let partition = permits.2.partition();
        check_derivation(self.algorithm, partition.profile)?;
        let origin = origin(&base.attributes, other.map(|other| &other.attributes));
        let mut drafts = Vec::with_capacity(self.templates.len());
        let mut targets = Vec::with_capacity(self.templates.len());
        for mut template in std::mem::take(&mut self.templates) {
            let required = base.attributes.template(CKA_DERIVE_TEMPLATE);
            merge_required(&mut template, required)?;
            self.keep_as_secret_as(&origin, &mut template)?;
            let birth = Birth::Derived { from: &origin };
            let implied = self.implied(&template);
            let login = caller.login(partition.id);
            let draft = Draft::new(template, birth, implied, login, partition.profile)?;
            let key_type = draft.key_type.ok_or(Error::TemplateInconsistent {
                attribute: CKA_KEY_TYPE,
            })?;
            targets.push(KeyTarget {
                key_type,
                length_bytes: making::value_length(&draft.attributes)?,
            });
            drafts.push(draft);
        }
        let (keys, beside) = with
            .vault
            .derive(
                (&permits.0, permits.1.as_ref()),
                &permits.2,
                self.algorithm,
                &self.parameters,
                &targets,
            )
            .await?;
        let mut objects = Vec::with_capacity(keys.len());
        for (mut draft, key) in drafts.into_iter().zip(keys) {
            check_derived(key.spec, partition.profile)?;
            making::add_secret_key_facts(&mut draft.attributes, key.spec, key.check_value)?;
            let key = Some((key.spec, key.material));
            objects.push(making::object(with, caller, partition.id, draft, key)?);
        }
        let objects = making::insert(with, partition, objects).await?;
        Ok(Derived { objects, beside })
    }

    fn made(derived: &Derived) -> Option<[u8; 16]> {
        let first = derived.objects.first()?;
        Some(*first.id.as_bytes())
    }
}

impl DeriveKey {
    /// What is only put together or cut out of keys is as secret as they are (PKCS#11 3.2 §6.43), and the keys of a TLS session
    /// are exactly so (§6.40.6): the template may say nothing else.
    fn keep_as_secret_as(
        &self,
        origin: &Attributes,
        template: &mut Attributes,
    ) -> Result<(), Error> {
        let is_put_together = matches!(
            self.algorithm.family(),
            Family::Concatenation | Family::Extraction
        );
        let is_key_block = self.algorithm.row().parameters == ParametersKind::TlsKeyBlock;
        for (attribute, secret) in [(CKA_SENSITIVE, true), (CKA_EXTRACTABLE, false)] {
            let value = origin.is_set(attribute);
            if !is_key_block && (!is_put_together || value != secret) {
                continue;
            }
            if template.flag(attribute) == Some(!value) {
                return Err(Error::TemplateInconsistent { attribute });
            }
            template.insert(attribute, value);
        }
        Ok(())
    }

    /// Class and type of what is derived, where the template does not say them.
    fn implied(&self, template: &Attributes) -> Implied {
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
        let key_type = (!template.contains(CKA_KEY_TYPE)).then_some(CKK_GENERIC_SECRET);
        Implied {
            class: Some(CKO_SECRET_KEY),
            key_type,
        }
    }

    /// A data object of what is derived. Its template says the length as that of a key would, though no data object has one.
    async fn derived_data(
        &self,
        mut template: Attributes,
        permits: &<Self as Operation>::Permits,
        caller: &Caller,
        with: &Dependencies,
    ) -> Result<Object, Error> {
        let (base, other) = (permits.0.object(), permits.1.as_ref().map(Permit::object));
        let partition = permits.2.partition();
        let required = base.attributes.template(CKA_DERIVE_TEMPLATE);
        merge_required(&mut template, required)?;
        if template.contains(CKA_VALUE) {
            let attribute = CKA_VALUE;
            return Err(Error::TemplateInconsistent { attribute });
        }
        let implied = self.implied(&template);
        let length_bytes = making::value_length(&template)?;
        template.remove(CKA_VALUE_LEN);
        let origin = origin(&base.attributes, other.map(|other| &other.attributes));
        let birth = Birth::Derived { from: &origin };
        let login = caller.login(partition.id);
        let mut draft = Draft::new(template, birth, implied, login, partition.profile)?;
        let data = with
            .vault
            .derive_data(
                (&permits.0, permits.1.as_ref()),
                self.algorithm,
                &self.parameters,
                length_bytes,
            )
            .await?;
        draft.attributes.insert(CKA_VALUE, data.as_bytes());
        making::object(with, caller, partition.id, draft, None)
    }
}

/// The public half of a private key, as an object of its own. It is known from the private key's attributes.
fn public_half(
    template: Attributes,
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
    let mut draft = Draft::new(template, birth, implied, login, partition.profile)?;
    making::add_public_key_facts(&mut draft.attributes, CKO_PUBLIC_KEY, &key)?;
    let object = making::object(with, caller, partition.id, draft, None)?;
    Ok(Object {
        spec: key.spec(),
        ..object
    })
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
