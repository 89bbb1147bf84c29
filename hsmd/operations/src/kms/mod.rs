//! What the KMS door asks for: one file per operation of AWS KMS.
//!
//! An operation takes what its user sent, parsed into the product's own types, and gives what the answer needs. Texts of
//! errors are AWS's, and are made in [`Error`] alone. A dry run ends on the road, and no operation asks for it.

mod account_partition;
mod alias_names;
mod cancel_key_deletion;
mod create_alias;
mod create_grant;
mod create_key;
mod custom_key_stores;
mod data_keys;
mod decrypt;
mod delete_alias;
mod delete_imported_key_material;
mod describe_key;
mod disable_key;
mod disable_key_rotation;
mod ecdsa_signature;
mod enable_key;
mod enable_key_rotation;
mod encrypt;
mod error;
mod generate_random;
mod get_key_last_usage;
mod get_key_policy;
mod get_key_rotation_status;
mod get_parameters_for_import;
mod get_public_key;
mod grants;
mod import_key_material;
mod key;
mod key_policy;
mod last_usage;
mod list_aliases;
mod list_grants;
mod list_key_policies;
mod list_key_rotations;
mod list_keys;
mod list_resource_tags;
mod list_retirable_grants;
mod macs;
mod managed_keys;
mod marker;
mod metadata;
mod objects;
mod page;
mod put_key_policy;
mod re_encrypt;
mod replicate_key;
mod retire_grant;
mod revoke_grant;
mod rotate_key_on_demand;
mod rotation;
mod schedule_key_deletion;
mod shared_secrets;
mod signing;
mod tag_resource;
mod tags;
mod timed;
mod untag_resource;
mod update_alias;
mod update_key_description;
mod update_primary_region;
mod used_key;

pub use account_partition::AccountPins;
pub(crate) use account_partition::{ensure, ensure_partition};
pub use alias_names::AliasName;
pub use cancel_key_deletion::CancelKeyDeletion;
pub use create_alias::CreateAlias;
pub use create_grant::{CreateGrant, CreatedGrant};
pub use create_key::{CreateKey, KeyChoice};
pub use custom_key_stores::{
    ConnectCustomKeyStore, CreateCustomKeyStore, DeleteCustomKeyStore, DescribeCustomKeyStores,
    DisconnectCustomKeyStore, UpdateCustomKeyStore,
};
pub use data_keys::{
    DataKeyLength, DataKeyPairRequest, DataKeyRequest, GenerateDataKey, GenerateDataKeyPair,
    GenerateDataKeyPairWithoutPlaintext, GenerateDataKeyWithoutPlaintext, NewDataKey,
    NewDataKeyPair,
};
pub use decrypt::{Decrypt, Decrypted, Source};
pub use delete_alias::DeleteAlias;
pub use delete_imported_key_material::DeleteImportedKeyMaterial;
pub use describe_key::DescribeKey;
pub use disable_key::DisableKey;
pub use disable_key_rotation::DisableKeyRotation;
pub use enable_key::EnableKey;
pub use enable_key_rotation::EnableKeyRotation;
pub use encrypt::{Encrypt, Encrypted};
pub use error::Error;
pub use generate_random::GenerateRandom;
pub use get_key_last_usage::{GetKeyLastUsage, KeyLastUsage};
pub use get_key_policy::GetKeyPolicy;
pub use get_key_rotation_status::{GetKeyRotationStatus, RotationStatus};
pub use get_parameters_for_import::{GetParametersForImport, ParametersForImport, WrappingChoice};
pub use get_public_key::{GetPublicKey, PublicKey};
pub use grants::GrantEntry;
pub use import_key_material::{ImportKeyMaterial, ImportKind, ImportedMaterial};
pub use last_usage::LastUsages;
pub(crate) use last_usage::used;
pub use list_aliases::{AliasEntry, AliasTarget, ListAliases};
pub use list_grants::ListGrants;
pub use list_key_policies::ListKeyPolicies;
pub use list_key_rotations::{ImportEntry, ListKeyRotations, RotationEntry};
pub use list_keys::{KeyEntry, ListKeys};
pub use list_resource_tags::ListResourceTags;
pub use list_retirable_grants::ListRetirableGrants;
pub use macs::{GenerateMac, Mac, MacRequest, MacVerified, VerifyMac};
pub use marker::Markers;
pub use metadata::{KeyMetadata, MultiRegionMetadata, RegionalKey};
pub use page::{Page, PageRequest};
pub use put_key_policy::PutKeyPolicy;
pub use re_encrypt::{ReEncrypt, ReEncrypted};
pub use replicate_key::ReplicateKey;
pub use retire_grant::{RetireGrant, RetiredGrant};
pub use revoke_grant::RevokeGrant;
pub use rotate_key_on_demand::RotateKeyOnDemand;
pub use schedule_key_deletion::{ScheduleKeyDeletion, ScheduledDeletion};
pub use shared_secrets::{Decapsulate, DeriveSharedSecret, Encapsulate, SharedSecret};
pub use signing::{MessageType, Sign, Signed, SigningRequest, Verified, Verify};
pub use tag_resource::TagResource;
pub use untag_resource::UntagResource;
pub use update_alias::UpdateAlias;
pub use update_key_description::UpdateKeyDescription;
pub use update_primary_region::UpdatePrimaryRegion;
pub use used_key::KeyRequest;

use hsmd_gate::{Detail, Needs};

// What operations take and give, for the front door.
pub use hsmd_gate::aws::KeyReference;
pub use hsmd_keys::{EncryptionContext, GrantConstraints, KeyUsage};

/// Says in the audit record which key was asked for, as the caller wrote it.
fn key_detail<P>(needs: Needs<P>, key: &KeyReference) -> Needs<P> {
    needs.with_detail("keyId", Detail::Text(key.text().to_owned()))
}

/// The same, for aliases.
fn target_detail<P>(needs: Needs<P>, key: &KeyReference) -> Needs<P> {
    needs.with_detail("targetKeyId", Detail::Text(key.text().to_owned()))
}
