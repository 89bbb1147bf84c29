//! `CreateKey`.

use std::collections::BTreeMap;
use std::sync::Arc;

use hsm_algorithms::{KeyKind, KmsKeySpec};
use hsmd_gate::{Detail, Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{
    Change, KeyManager, KeyState, KeyUsage, KeyVersion, KmsKey, Lifetime, Material, MultiRegion,
    Object, Origin, Partition,
};
use hsmd_vault::Generated;

use super::key::{change, now, tenancy};
use super::metadata::{KeyMetadata, metadata};
use super::{Error, key_policy, objects, tags};
use crate::{Dependencies, Operation, limits, making};

/// Makes a key.
pub struct CreateKey {
    /// What it is to be.
    pub kind: KeyChoice,
    /// What its owner says of it.
    pub description: String,
    /// Its policy; the default one if none is given.
    pub policy: Option<String>,
    /// Whether the policy may lock out whoever puts it.
    pub bypasses_lockout_check: bool,
    /// Its tags.
    pub tags: Vec<(String, String)>,
    /// Whether it can be replicated to other Regions.
    pub is_multi_region: bool,
}

/// What a new key is to be: a spec, a usage that goes with it, and where its material comes from.
#[derive(Debug, Clone, Copy)]
pub struct KeyChoice {
    spec: KmsKeySpec,
    usage: KeyUsage,
    origin: Origin,
}

impl KeyChoice {
    /// A symmetric encryption key.
    pub(super) const fn symmetric(origin: Origin) -> Self {
        Self {
            spec: KmsKeySpec::SymmetricDefault,
            usage: KeyUsage::EncryptDecrypt,
            origin,
        }
    }

    /// What the members of a request say. A spec has two names in the API, of which one may be given; the texts are
    /// names of the model.
    ///
    /// # Errors
    ///
    /// [`Error::Validation`] for what does not go together; [`Error::UnsupportedOperation`] for what is not offered.
    pub fn new(
        key_spec: Option<&'static str>,
        customer_master_key_spec: Option<&'static str>,
        key_usage: Option<&'static str>,
        origin: Option<&'static str>,
    ) -> Result<Self, Error> {
        if key_spec.is_some() && customer_master_key_spec.is_some() {
            return Err(Error::Validation(
                "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.".to_owned(),
            ));
        }
        let name = key_spec
            .or(customer_master_key_spec)
            .unwrap_or(KmsKeySpec::SymmetricDefault.kms_name());
        let spec = KmsKeySpec::by_kms_name(name).ok_or_else(|| {
            Error::UnsupportedOperation(format!("KeySpec {name} is not supported in this Region."))
        })?;
        let usage = match key_usage {
            None if spec == KmsKeySpec::SymmetricDefault => KeyUsage::EncryptDecrypt,
            None => {
                return Err(Error::Validation(
                    "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.".to_owned(),
                ));
            }
            Some(name) => KeyUsage::by_kms_name(name)
                .filter(|usage| spec.usages().contains(usage))
                .ok_or_else(|| {
                    Error::Validation(format!(
                        "KeyUsage {name} is not compatible with KeySpec {spec}"
                    ))
                })?,
        };
        let origin = origin.map_or(Some(Origin::AwsKms), Origin::by_kms_name);
        match origin {
            Some(origin @ (Origin::AwsKms | Origin::External)) => Ok(Self {
                spec,
                usage,
                origin,
            }),
            Some(Origin::AwsCloudHsm | Origin::ExternalKeyStore) | None => Err(
                Error::UnsupportedOperation("Custom key stores are not supported.".to_owned()),
            ),
        }
    }
}

impl Operation for CreateKey {
    type Permits = Permit<key_use::Create>;
    type Output = KeyMetadata;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::CREATE_KEY.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        tags::check_new(&self.tags)?;
        let KeyChoice {
            spec,
            usage,
            origin,
        } = self.kind;
        let flag = |value: bool| if value { "true" } else { "false" };
        let mut needs = Needs::aws_account(&actions::kms::CREATE_KEY)
            .with_condition("kms:KeySpec", spec.kms_name())
            .with_condition("kms:CustomerMasterKeySpec", spec.kms_name())
            .with_condition("kms:KeyUsage", usage.kms_name())
            .with_condition("kms:CustomerMasterKeyUsage", usage.kms_name())
            .with_condition("kms:KeyOrigin", origin.kms_name())
            .with_condition("kms:MultiRegion", flag(self.is_multi_region))
            .with_condition(
                "kms:BypassPolicyLockoutSafetyCheck",
                flag(self.bypasses_lockout_check),
            );
        if self.is_multi_region {
            needs = needs.with_condition("kms:MultiRegionKeyType", "PRIMARY");
        }
        if !self.tags.is_empty() {
            needs = tags::with_conditions(needs.with_permission("kms:TagResource"), &self.tags);
        }
        Ok(needs
            .with_detail(
                "bypassPolicyLockoutSafetyCheck",
                Detail::Flag(self.bypasses_lockout_check),
            )
            .with_detail("description", Detail::Text(self.description.clone()))
            .with_detail("keySpec", Detail::Name(spec.kms_name()))
            .with_detail("customerMasterKeySpec", Detail::Name(spec.kms_name()))
            .with_detail("keyUsage", Detail::Name(usage.kms_name()))
            .with_detail("origin", Detail::Name(origin.kms_name()))
            .with_detail("multiRegion", Detail::Flag(self.is_multi_region))
            .with_detail("tags", Detail::Pairs(self.tags.clone())))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        caller: &Caller,
        with: &Dependencies,
    ) -> Result<KeyMetadata, Error> {
        let partition = permit.partition();
        if with.repository.kms_key_count(partition.id) >= limits::KMS_KEYS_MAX {
            return Err(Error::LimitExceeded("the account has too many keys"));
        }
        let draft = self.new_key(partition, with)?;
        let id = draft.id;
        if !self.bypasses_lockout_check {
            key_policy::check_lockout(&draft, caller, partition, with)?;
        }
        let objects = match self.kind.origin {
            Origin::AwsKms => self.with_material(draft, permit, with).await?,
            _ => vec![draft],
        };
        let changes = objects.into_iter().map(Box::new).map(Change::Insert);
        change(with, partition, changes.collect()).await?;
        let made = with.repository.object(partition.id, id);
        metadata(
            &made.ok_or(Error::Internal {
                task: "store a key",
            })?,
            partition,
        )
    }

    fn answered(output: &KeyMetadata) -> Vec<(&'static str, Detail)> {
        vec![("keyMetadata", Detail::Members(output.told()))]
    }
}

impl CreateKey {
    /// The key without material: a key for imports stays so until the first one.
    pub(super) fn new_key(
        &self,
        partition: &Partition,
        with: &Dependencies,
    ) -> Result<Object, Error> {
        let KeyChoice {
            spec,
            usage,
            origin,
        } = self.kind;
        let tenancy = tenancy(partition)?;
        let text = self
            .policy
            .clone()
            .unwrap_or_else(|| key_policy::default_text(tenancy));
        let (policy, policy_bindings) = key_policy::checked(&text, with)?;
        let id = with
            .repository
            .new_object_id(std::time::UNIX_EPOCH + with.clock.since_epoch())
            .map_err(crate::Error::from)?;
        let kms = KmsKey {
            description: self.description.clone(),
            usage,
            origin,
            manager: KeyManager::Customer,
            created_at_unix_milliseconds: now(with),
            policy,
            policy_bindings,
            tags: self.tags.iter().cloned().collect::<BTreeMap<_, _>>(),
            rotation: None,
            deletion: None,
            multi_region: self.is_multi_region.then(|| MultiRegion {
                primary: tenancy.region.clone(),
                replicas: Vec::new(),
            }),
            materials: Vec::new(),
            current_version: None,
            on_demand_rotations: 0,
            public_object: None,
        };
        Ok(Object {
            id,
            partition: partition.id,
            lifetime: Lifetime::Token,
            revision: 0,
            attributes: objects::secret_attributes(id, spec, usage, origin),
            state: KeyState::PendingImport,
            spec: Some(spec.spec()),
            versions: Vec::new(),
            kms: Some(Arc::new(kms)),
        })
    }

    /// The key with its first material, and its public half beside it.
    pub(super) async fn with_material(
        &self,
        draft: Object,
        permit: &Permit<key_use::Create>,
        with: &Dependencies,
    ) -> Result<Vec<Object>, Error> {
        let generated = generate(self.kind.spec, permit, with).await?;
        let mut objects = vec![Object {
            state: KeyState::Enabled,
            ..draft
        }];
        let key = &mut objects[0];
        key.versions = vec![KeyVersion {
            number: 1,
            created_at_unix_milliseconds: now(with),
            material: generated.material,
        }];
        let id = with
            .vault
            .name_material(permit, key.id, &key.versions[0].material)
            .map_err(crate::Error::from)?;
        if let Some(kms) = key.kms.as_mut().map(Arc::make_mut) {
            kms.current_version = Some(1);
            kms.materials = vec![Material {
                number: 1,
                id,
                rotated: None,
                import: None,
            }];
        }
        match &generated.public {
            None => {
                making::add_secret_key_facts(
                    &mut key.attributes,
                    generated.spec,
                    generated.check_value,
                )?;
            }
            Some(public) => {
                let class = hsm_algorithms::pkcs11::CKO_PRIVATE_KEY;
                making::add_public_key_facts(&mut key.attributes, class, public)?;
                let id = with
                    .repository
                    .new_object_id(std::time::UNIX_EPOCH + with.clock.since_epoch())
                    .map_err(crate::Error::from)?;
                let KeyChoice { usage, origin, .. } = self.kind;
                let object = objects::public_object(key.partition, id, key, usage, origin, public)?;
                if let Some(kms) = key.kms.as_mut().map(Arc::make_mut) {
                    kms.public_object = Some(id);
                }
                objects.push(object);
            }
        }
        Ok(objects)
    }
}

/// Makes material of this kind.
async fn generate(
    spec: KmsKeySpec,
    permit: &Permit<key_use::Create>,
    with: &Dependencies,
) -> Result<Generated, Error> {
    const PUBLIC_EXPONENT: u64 = 65_537;
    let spec = spec.spec();
    let generated = if spec.kind().is_key_pair() {
        let exponent = if spec.kind() == KeyKind::Rsa {
            PUBLIC_EXPONENT
        } else {
            0
        };
        with.vault.generate_pair(permit, spec, exponent).await
    } else {
        with.vault.generate(permit, spec).await
    };
    Ok(generated.map_err(crate::Error::from)?)
}
