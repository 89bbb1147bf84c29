//! What several answers tell in the same way.

use hsm_algorithms::KmsAlgorithm;
use hsmd_operations::kms;

use crate::model::{
    GrantConstraints, GrantListEntry, KeyMetadata, MultiRegionConfiguration, MultiRegionKey,
    MultiRegionKeyType, Tag,
};
use crate::sent::Timestamp;
use crate::shape::Listed;

/// A moment, given in milliseconds since 1970.
pub(super) fn moment(unix_milliseconds: u64) -> Timestamp {
    Timestamp {
        unix_milliseconds: i64::try_from(unix_milliseconds).unwrap_or(i64::MAX),
    }
}

/// The value of the model with this name.
pub(super) fn listed<L: Listed>(name: &str) -> Option<L> {
    L::by_name(name)
}

/// Tags as keys and values.
pub(super) fn tag_pairs(tags: Vec<Tag>) -> Vec<(String, String)> {
    let pair = |Tag { tag_key, tag_value }| (tag_key, tag_value);
    tags.into_iter().map(pair).collect()
}

impl From<kms::KeyMetadata> for KeyMetadata {
    fn from(key: kms::KeyMetadata) -> Self {
        let names = &key.algorithms;
        Self {
            aws_account_id: Some(key.account),
            arn: Some(key.arn),
            cloud_hsm_cluster_id: None,
            creation_date: Some(moment(key.created_at_unix_milliseconds)),
            current_key_material_id: key.current_material_id,
            custom_key_store_id: None,
            customer_master_key_spec: listed(key.spec.kms_name()),
            deletion_date: key.deleted_at_unix_milliseconds.map(moment),
            description: Some(key.description),
            enabled: Some(key.is_enabled),
            encapsulation_algorithms: algorithms(names, kms::KeyUsage::EncapsulateDecapsulate),
            encryption_algorithms: algorithms(names, kms::KeyUsage::EncryptDecrypt),
            expiration_model: key.expiration_model.and_then(listed),
            key_agreement_algorithms: algorithms(names, kms::KeyUsage::KeyAgreement),
            key_id: key.key_id,
            key_manager: listed(key.manager),
            key_spec: listed(key.spec.kms_name()),
            key_state: listed(key.state),
            key_usage: listed(key.usage.kms_name()),
            mac_algorithms: algorithms(names, kms::KeyUsage::GenerateVerifyMac),
            multi_region: Some(key.multi_region.is_some()),
            multi_region_configuration: key.multi_region.map(Into::into),
            origin: listed(key.origin),
            pending_deletion_window_in_days: key.deletion_waiting_days.map(Into::into),
            signing_algorithms: algorithms(names, kms::KeyUsage::SignVerify),
            valid_to: key.valid_to_unix_milliseconds.map(moment),
            xks_key_configuration: None,
        }
    }
}

/// The algorithms of a key, under the one member that goes with its usage.
pub(super) fn algorithms<L: Listed>(
    algorithms: &[KmsAlgorithm],
    usage: kms::KeyUsage,
) -> Option<Vec<L>> {
    let of_usage: Vec<_> = algorithms
        .iter()
        .filter(|algorithm| algorithm.usage() == usage)
        .filter_map(|algorithm| listed(algorithm.kms_name()))
        .collect();
    (!of_usage.is_empty()).then_some(of_usage)
}

impl From<kms::MultiRegionMetadata> for MultiRegionConfiguration {
    fn from(regions: kms::MultiRegionMetadata) -> Self {
        let key = |key: kms::RegionalKey| MultiRegionKey {
            arn: Some(key.arn),
            region: Some(key.region),
        };
        Self {
            multi_region_key_type: Some(if regions.is_primary {
                MultiRegionKeyType::Primary
            } else {
                MultiRegionKeyType::Replica
            }),
            primary_key: Some(key(regions.primary)),
            replica_keys: Some(regions.replicas.into_iter().map(key).collect()),
        }
    }
}

impl From<kms::GrantEntry> for GrantListEntry {
    fn from(grant: kms::GrantEntry) -> Self {
        let (grantee_principal, grantee_service_principal) = arn_or_service(Some(grant.grantee));
        let (retiring_principal, retiring_service_principal) = arn_or_service(grant.retiring);
        Self {
            constraints: grant.constraints.map(Into::into),
            creation_date: Some(moment(grant.created_at_unix_milliseconds)),
            grant_id: Some(grant.grant_id),
            grantee_principal,
            grantee_service_principal,
            issuing_account: Some(grant.issuing_account),
            key_id: Some(grant.key_arn),
            name: Some(grant.name),
            operations: Some(grant.operations.into_iter().filter_map(listed).collect()),
            retiring_principal,
            retiring_service_principal,
        }
    }
}

/// A principal under the member for ARNs, or under the one for services.
fn arn_or_service(principal: Option<String>) -> (Option<String>, Option<String>) {
    match principal {
        Some(principal) if !principal.starts_with("arn:") => (None, Some(principal)),
        principal => (principal, None),
    }
}

impl From<kms::GrantConstraints> for GrantConstraints {
    fn from(constraints: kms::GrantConstraints) -> Self {
        let pairs = |context: kms::EncryptionContext| {
            context
                .pairs()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect()
        };
        Self {
            encryption_context_equals: constraints.encryption_context_equals.map(pairs),
            encryption_context_subset: constraints.encryption_context_subset.map(pairs),
            source_arn: constraints.source_arn.map(Into::into),
        }
    }
}

impl From<GrantConstraints> for kms::GrantConstraints {
    fn from(constraints: GrantConstraints) -> Self {
        let GrantConstraints {
            encryption_context_equals,
            encryption_context_subset,
            source_arn,
        } = constraints;
        Self {
            encryption_context_equals: encryption_context_equals
                .map(|pairs| pairs.into_iter().collect()),
            encryption_context_subset: encryption_context_subset
                .map(|pairs| pairs.into_iter().collect()),
            source_arn: source_arn.map(Into::into),
        }
    }
}
