//! What the API tells of a key: `KeyMetadata`.

use std::sync::Arc;

use hsm_algorithms::{KmsAlgorithm, KmsKeySpec};
use hsmd_gate::Detail;
use hsmd_keys::{KeyState, KeyUsage, MultiRegion, Object, Origin, Partition};

use super::Error;
use super::key::AccountKey;

/// What the API tells of a key. Times are in milliseconds since 1970.
#[derive(Debug, Clone)]
pub struct KeyMetadata {
    /// The account's 12 digits.
    pub account: String,
    /// The key's id.
    pub key_id: String,
    /// Its ARN.
    pub arn: String,
    /// When it was made.
    pub created_at_unix_milliseconds: u64,
    /// Whether it is enabled.
    pub is_enabled: bool,
    /// What its owner says of it.
    pub description: String,
    /// What it is for.
    pub usage: KeyUsage,
    /// The state's name.
    pub state: &'static str,
    /// Where its material comes from, by name.
    pub origin: &'static str,
    /// Who looks after it, by name.
    pub manager: &'static str,
    /// Its kind and size.
    pub spec: KmsKeySpec,
    /// What it computes.
    pub algorithms: Vec<KmsAlgorithm>,
    /// The name of its current material, for keys that tell it.
    pub current_material_id: Option<String>,
    /// The name of the model of expiration, for imported material that is there.
    pub expiration_model: Option<&'static str>,
    /// When the first of its materials ends.
    pub valid_to_unix_milliseconds: Option<u64>,
    /// When the key ends.
    pub deleted_at_unix_milliseconds: Option<u64>,
    /// How long it waits for its end after its replicas', in days.
    pub deletion_waiting_days: Option<u8>,
    /// In which Regions it is, for multi-Region keys.
    pub multi_region: Option<MultiRegionMetadata>,
}

/// In which Regions a multi-Region key is.
#[derive(Debug, Clone)]
pub struct MultiRegionMetadata {
    /// Whether this one is the primary.
    pub is_primary: bool,
    /// The primary.
    pub primary: RegionalKey,
    /// The replicas.
    pub replicas: Vec<RegionalKey>,
}

/// A multi-Region key in one Region.
#[derive(Debug, Clone)]
pub struct RegionalKey {
    /// Its ARN there.
    pub arn: String,
    /// The Region.
    pub region: String,
}

impl KeyMetadata {
    /// As the audit log tells it.
    pub(super) fn told(&self) -> Vec<(&'static str, Detail)> {
        let text = |text: &str| Detail::Text(text.to_owned());
        let of_usage = self.algorithms.iter();
        let algorithms: Vec<_> = of_usage.map(|one| one.kms_name().to_owned()).collect();
        let mut told = vec![
            ("aWSAccountId", text(&self.account)),
            ("keyId", text(&self.key_id)),
            ("arn", text(&self.arn)),
            (
                "creationDate",
                Detail::Moment(self.created_at_unix_milliseconds),
            ),
            ("enabled", Detail::Flag(self.is_enabled)),
            ("description", text(&self.description)),
            ("keyUsage", Detail::Name(self.usage.kms_name())),
            ("keyState", Detail::Name(self.state)),
            ("origin", Detail::Name(self.origin)),
            ("keyManager", Detail::Name(self.manager)),
            ("keySpec", Detail::Name(self.spec.kms_name())),
            ("customerMasterKeySpec", Detail::Name(self.spec.kms_name())),
            (algorithms_name(self.usage), Detail::List(algorithms)),
            ("multiRegion", Detail::Flag(self.multi_region.is_some())),
        ];
        if let Some(id) = &self.current_material_id {
            told.push(("currentKeyMaterialId", text(id)));
        }
        if let Some(regions) = &self.multi_region {
            told.push(("multiRegionConfiguration", Detail::Members(regions.told())));
        }
        told
    }
}

impl MultiRegionMetadata {
    fn told(&self) -> Vec<(&'static str, Detail)> {
        let kind = if self.is_primary {
            "PRIMARY"
        } else {
            "REPLICA"
        };
        let primary = vec![
            ("arn", Detail::Text(self.primary.arn.clone())),
            ("region", Detail::Text(self.primary.region.clone())),
        ];
        let replicas = self.replicas.iter().map(|replica| replica.arn.clone());
        vec![
            ("multiRegionKeyType", Detail::Name(kind)),
            ("primaryKey", Detail::Members(primary)),
            ("replicaKeys", Detail::List(replicas.collect())),
        ]
    }
}

/// The member of the metadata that lists what keys of this usage compute.
const fn algorithms_name(usage: KeyUsage) -> &'static str {
    match usage {
        KeyUsage::EncryptDecrypt => "encryptionAlgorithms",
        KeyUsage::SignVerify => "signingAlgorithms",
        KeyUsage::GenerateVerifyMac => "macAlgorithms",
        KeyUsage::KeyAgreement => "keyAgreementAlgorithms",
        KeyUsage::EncapsulateDecapsulate => "encapsulationAlgorithms",
    }
}

/// What the API tells of an object.
///
/// # Errors
///
/// [`Error::Internal`] if it is no account's key.
pub(super) fn metadata(object: &Arc<Object>, partition: &Partition) -> Result<KeyMetadata, Error> {
    let key = AccountKey::new(object, partition).ok_or(Error::Internal {
        task: "describe a key",
    })?;
    Ok(key.metadata())
}

impl AccountKey<'_> {
    pub(super) fn metadata(&self) -> KeyMetadata {
        let Self {
            object,
            kms,
            spec,
            tenancy,
            ..
        } = *self;
        let has_material = kms.has_all_material();
        let current = kms
            .current_material()
            .filter(|_| spec.is_symmetric_encryption());
        let expires = kms.origin == Origin::External && has_material;
        let valid_to = kms.valid_to_unix_milliseconds().filter(|_| expires);
        let model = match valid_to {
            Some(_) => KEY_MATERIAL_EXPIRES,
            None => KEY_MATERIAL_DOES_NOT_EXPIRE,
        };
        let deletion = kms.deletion.as_ref();
        KeyMetadata {
            account: tenancy.account.to_string(),
            key_id: object.key_id().map(|id| id.to_string()).unwrap_or_default(),
            arn: self.arn(),
            created_at_unix_milliseconds: kms.created_at_unix_milliseconds,
            is_enabled: object.state == KeyState::Enabled,
            description: kms.description.clone(),
            usage: kms.usage,
            state: object.state.name(),
            origin: kms.origin.kms_name(),
            manager: kms.manager.kms_name(),
            spec,
            algorithms: spec.algorithms(kms.usage).collect(),
            current_material_id: current.map(|material| material.id.to_string()),
            expiration_model: expires.then_some(model),
            valid_to_unix_milliseconds: valid_to,
            deleted_at_unix_milliseconds: deletion
                .and_then(|deletion| deletion.at_unix_milliseconds),
            deletion_waiting_days: deletion
                .filter(|_| object.state == KeyState::PendingReplicaDeletion)
                .map(|deletion| deletion.waiting_days),
            multi_region: kms
                .multi_region
                .as_ref()
                .map(|regions| self.regions(regions)),
        }
    }

    fn regions(&self, regions: &MultiRegion) -> MultiRegionMetadata {
        let in_region = |region: &hsmd_keys::RegionName| {
            let there = hsmd_keys::Tenancy {
                account: self.tenancy.account,
                region: region.clone(),
            };
            RegionalKey {
                arn: self
                    .object
                    .key_id()
                    .map(|id| there.key_arn(id))
                    .unwrap_or_default(),
                region: region.to_string(),
            }
        };
        MultiRegionMetadata {
            is_primary: regions.primary == self.tenancy.region,
            primary: in_region(&regions.primary),
            replicas: regions.replicas.iter().map(in_region).collect(),
        }
    }
}

/// Imported material that ends.
pub(super) const KEY_MATERIAL_EXPIRES: &str = "KEY_MATERIAL_EXPIRES";
/// Imported material that stays.
pub(super) const KEY_MATERIAL_DOES_NOT_EXPIRE: &str = "KEY_MATERIAL_DOES_NOT_EXPIRE";
