//! The operations of AWS KMS: what each needs of policies, which keys it takes, and what it answers in each key state.

use hsm_algorithms::KmsKeyUsage;
use hsmd_policy::GrantOperation;

use super::aws::{Ask, AwsRow, Identifier, KeyAsk, StateAnswer, States};
use super::{Action, Creates, Recording, Requirement, Row, aws_actions};
use crate::key_use::{
    Administer, Create, Decapsulate, Decrypt, Derive, Encapsulate, Encrypt, Modify, Read, Search,
    Sign, Verify,
};
use crate::permit::Permit;
use crate::quotas::{Quota, QuotaGroup as Q};

/// In the order of AWS's table: Enabled, Disabled, `PendingDeletion`, `PendingImport`, Unavailable, Creating, Updating.
const fn states(answers: [StateAnswer; 7]) -> States {
    let [
        enabled,
        disabled,
        pending_deletion,
        pending_import,
        unavailable,
        creating,
        updating,
    ] = answers;
    States {
        enabled,
        disabled,
        pending_deletion,
        pending_import,
        unavailable,
        creating,
        updating,
    }
}

const fn key(
    permission: &'static str,
    identifier: Identifier,
    states: States,
    grant: Option<GrantOperation>,
) -> Ask {
    Ask::Key(KeyAsk {
        permission,
        identifier,
        states,
        grant,
    })
}

/// A permission to use a key, which a grant can give.
const fn uses(permission: &'static str, grant: GrantOperation) -> Ask {
    key(permission, Identifier::Any, USE, Some(grant))
}

/// A permission to manage a key, which no grant gives.
const fn manages(permission: &'static str, states: States) -> Ask {
    key(permission, Identifier::IdOrArn, states, None)
}

use StateAnswer::{Disabled as D, InvalidState as I, Unsupported as U, Works as W};

const USE: States = states([W, D, I, I, I, I, W]);
const ALWAYS: States = states([W, W, W, W, W, W, W]);
const CREATE_GRANT_STATES: States = states([W, D, I, I, W, I, W]);
const UNLESS_ENDING: States = states([W, W, I, W, W, W, W]);
const SWITCH: States = states([W, W, I, I, W, I, I]);
const AUTOMATIC_ROTATION: States = states([W, D, I, U, U, I, W]);
const ROTATION_STATUS: States = states([W, W, W, U, U, W, W]);
const ON_DEMAND_ROTATION: States = states([W, D, I, I, U, I, I]);
const IMPORT_PARAMETERS: States = states([W, W, I, W, U, I, I]);
const IMPORT: States = states([W, W, I, W, U, I, W]);
const DELETE_MATERIAL: States = states([W, W, W, W, U, I, I]);
const SCHEDULE_DELETION: States = states([W, W, I, W, W, W, I]);
const CANCEL_DELETION: States = states([I, I, W, I, I, I, I]);
const REPLICATE: States = states([W, D, I, I, I, I, I]);
const UPDATE_PRIMARY: States = states([W, D, I, I, I, I, W]);

const EVERY: &[KmsKeyUsage] = &[];
const ENCRYPTS: &[KmsKeyUsage] = &[KmsKeyUsage::EncryptDecrypt];
const SIGNS: &[KmsKeyUsage] = &[KmsKeyUsage::SignVerify];
const MACS: &[KmsKeyUsage] = &[KmsKeyUsage::GenerateVerifyMac];
const AGREES: &[KmsKeyUsage] = &[KmsKeyUsage::KeyAgreement];
const ENCAPSULATES: &[KmsKeyUsage] = &[KmsKeyUsage::EncapsulateDecapsulate];

aws_actions! {
    // ---- Use of keys ----

    /// Encrypts up to 4096 bytes.
    ENCRYPT: Permit<Encrypt>, Use { name: "kms:Encrypt", any_account, keys ENCRYPTS, quota: Quota::ByKey,
        asks: &[uses("kms:Encrypt", GrantOperation::Encrypt)], }
    /// Decrypts.
    DECRYPT: Permit<Decrypt>, Use { name: "kms:Decrypt", any_account, keys ENCRYPTS, quota: Quota::ByKey,
        asks: &[uses("kms:Decrypt", GrantOperation::Decrypt)], }
    /// Decrypts with one key and encrypts with another, inside.
    RE_ENCRYPT: (Permit<Decrypt>, Permit<Encrypt>), Use { name: "kms:ReEncrypt", any_account, keys ENCRYPTS, quota: Quota::ByKey,
        asks: &[uses("kms:ReEncryptFrom", GrantOperation::ReEncryptFrom), uses("kms:ReEncryptTo", GrantOperation::ReEncryptTo)], }
    /// Makes a data key, in the clear and encrypted.
    GENERATE_DATA_KEY: Permit<Encrypt>, Use { name: "kms:GenerateDataKey", any_account, symmetric ENCRYPTS, quota: Quota::ByKey,
        asks: &[uses("kms:GenerateDataKey", GrantOperation::GenerateDataKey)], }
    /// Makes a data key, encrypted alone.
    GENERATE_DATA_KEY_WITHOUT_PLAINTEXT: Permit<Encrypt>, Use { name: "kms:GenerateDataKeyWithoutPlaintext", any_account, symmetric ENCRYPTS, quota: Quota::ByKey,
        asks: &[uses("kms:GenerateDataKeyWithoutPlaintext", GrantOperation::GenerateDataKeyWithoutPlaintext)], }
    /// Makes a key pair, its private half in the clear and encrypted.
    GENERATE_DATA_KEY_PAIR: Permit<Encrypt>, Use { name: "kms:GenerateDataKeyPair", any_account, symmetric ENCRYPTS, quota: Quota::In(Q::KmsDataKeyPairEcc),
        asks: &[uses("kms:GenerateDataKeyPair", GrantOperation::GenerateDataKeyPair)], }
    /// Makes a key pair, its private half encrypted alone.
    GENERATE_DATA_KEY_PAIR_WITHOUT_PLAINTEXT: Permit<Encrypt>, Use { name: "kms:GenerateDataKeyPairWithoutPlaintext", any_account, symmetric ENCRYPTS, quota: Quota::In(Q::KmsDataKeyPairEcc),
        asks: &[uses("kms:GenerateDataKeyPairWithoutPlaintext", GrantOperation::GenerateDataKeyPairWithoutPlaintext)], }
    /// Signs.
    SIGN: Permit<Sign>, Use { name: "kms:Sign", any_account, keys SIGNS, quota: Quota::ByKey,
        asks: &[uses("kms:Sign", GrantOperation::Sign)], }
    /// Checks a signature.
    VERIFY: Permit<Verify>, Use { name: "kms:Verify", any_account, keys SIGNS, quota: Quota::ByKey,
        asks: &[uses("kms:Verify", GrantOperation::Verify)], }
    /// Makes a message authentication code.
    GENERATE_MAC: Permit<Sign>, Use { name: "kms:GenerateMac", any_account, keys MACS, quota: Quota::ByKey,
        asks: &[uses("kms:GenerateMac", GrantOperation::GenerateMac)], }
    /// Checks a message authentication code.
    VERIFY_MAC: Permit<Verify>, Use { name: "kms:VerifyMac", any_account, keys MACS, quota: Quota::ByKey,
        asks: &[uses("kms:VerifyMac", GrantOperation::VerifyMac)], }
    /// Agrees on a shared secret.
    DERIVE_SHARED_SECRET: Permit<Derive>, Use { name: "kms:DeriveSharedSecret", any_account, keys AGREES, quota: Quota::ByKey,
        asks: &[uses("kms:DeriveSharedSecret", GrantOperation::DeriveSharedSecret)], }
    /// Makes a shared secret and its ciphertext.
    ENCAPSULATE: Permit<Encapsulate>, Use { name: "kms:Encapsulate", any_account, keys ENCAPSULATES, quota: Quota::ByKey,
        asks: &[uses("kms:Encapsulate", GrantOperation::Encapsulate)], }
    /// Makes the shared secret of a ciphertext again.
    DECAPSULATE: Permit<Decapsulate>, Use { name: "kms:Decapsulate", any_account, keys ENCAPSULATES, quota: Quota::ByKey,
        asks: &[uses("kms:Decapsulate", GrantOperation::Decapsulate)], }
    /// Gives the public half of a key pair.
    GET_PUBLIC_KEY: Permit<Read>, Use { name: "kms:GetPublicKey", any_account, keys EVERY, quota: Quota::In(Q::KmsGetPublicKey),
        asks: &[uses("kms:GetPublicKey", GrantOperation::GetPublicKey)], }
    /// Gives random bytes.
    GENERATE_RANDOM: (), Use { name: "kms:GenerateRandom", own_account, keys EVERY, quota: Quota::In(Q::KmsSymmetric),
        asks: &[Ask::Account("kms:GenerateRandom")], }

    // ---- Keys ----

    /// Makes a key.
    CREATE_KEY: Permit<Create>, Change { name: "kms:CreateKey", own_account, keys EVERY, quota: Quota::In(Q::KmsCreateKey),
        asks: &[Ask::Account("kms:CreateKey")], }
    /// Describes a key.
    DESCRIBE_KEY: Permit<Read>, Description { name: "kms:DescribeKey", any_account, keys EVERY, quota: Quota::In(Q::KmsDescribeKey),
        asks: &[key("kms:DescribeKey", Identifier::Any, ALWAYS, Some(GrantOperation::DescribeKey))], }
    /// Lists the account's keys.
    LIST_KEYS: Permit<Search>, Description { name: "kms:ListKeys", own_account, keys EVERY, quota: Quota::In(Q::KmsListKeys),
        asks: &[Ask::Account("kms:ListKeys")], }
    /// Changes a key's description.
    UPDATE_KEY_DESCRIPTION: Permit<Modify>, Change { name: "kms:UpdateKeyDescription", own_account, keys EVERY, quota: Quota::In(Q::KmsUpdateKeyDescription),
        asks: &[manages("kms:UpdateKeyDescription", UNLESS_ENDING)], }
    /// Lets a key be used again.
    ENABLE_KEY: Permit<Modify>, Change { name: "kms:EnableKey", own_account, keys EVERY, quota: Quota::In(Q::KmsEnableKey),
        asks: &[manages("kms:EnableKey", SWITCH)], }
    /// Lets a key not be used for now.
    DISABLE_KEY: Permit<Modify>, Change { name: "kms:DisableKey", own_account, keys EVERY, quota: Quota::In(Q::KmsDisableKey),
        asks: &[manages("kms:DisableKey", SWITCH)], }
    /// Sets a key's end.
    SCHEDULE_KEY_DELETION: Permit<Modify>, Change { name: "kms:ScheduleKeyDeletion", own_account, keys EVERY, quota: Quota::In(Q::KmsScheduleKeyDeletion),
        asks: &[manages("kms:ScheduleKeyDeletion", SCHEDULE_DELETION)], }
    /// Calls a key's end off.
    CANCEL_KEY_DELETION: Permit<Modify>, Change { name: "kms:CancelKeyDeletion", own_account, keys EVERY, quota: Quota::In(Q::KmsCancelKeyDeletion),
        asks: &[manages("kms:CancelKeyDeletion", CANCEL_DELETION)], }
    /// Says when a key was used last.
    GET_KEY_LAST_USAGE: Permit<Read>, Description { name: "kms:GetKeyLastUsage", own_account, keys EVERY, quota: Quota::In(Q::KmsGetKeyLastUsage),
        asks: &[manages("kms:GetKeyLastUsage", ALWAYS)], }

    // ---- Policies ----

    /// Gives a key's policy.
    GET_KEY_POLICY: Permit<Read>, Description { name: "kms:GetKeyPolicy", own_account, keys EVERY, quota: Quota::In(Q::KmsGetKeyPolicy),
        asks: &[manages("kms:GetKeyPolicy", ALWAYS)], }
    /// Sets a key's policy.
    PUT_KEY_POLICY: Permit<Modify>, Change { name: "kms:PutKeyPolicy", own_account, keys EVERY, quota: Quota::In(Q::KmsPutKeyPolicy),
        asks: &[manages("kms:PutKeyPolicy", ALWAYS)], }
    /// Lists the names of a key's policies.
    LIST_KEY_POLICIES: Permit<Read>, Description { name: "kms:ListKeyPolicies", own_account, keys EVERY, quota: Quota::In(Q::KmsListKeyPolicies),
        asks: &[manages("kms:ListKeyPolicies", ALWAYS)], }

    // ---- Aliases and tags ----

    /// Gives a key an alias.
    CREATE_ALIAS: Permit<Modify>, Change { name: "kms:CreateAlias", own_account, keys EVERY, quota: Quota::In(Q::KmsCreateAlias),
        asks: &[Ask::Alias("kms:CreateAlias"), manages("kms:CreateAlias", UNLESS_ENDING)], }
    /// Takes an alias away. Its key is the one that the alias names.
    DELETE_ALIAS: Permit<Modify>, Change { name: "kms:DeleteAlias", own_account, keys EVERY, quota: Quota::In(Q::KmsDeleteAlias),
        asks: &[Ask::Alias("kms:DeleteAlias"), key("kms:DeleteAlias", Identifier::Any, ALWAYS, None)], }
    /// Points an alias to another key. The first key is the one that the alias names.
    UPDATE_ALIAS: (Permit<Modify>, Permit<Modify>), Change { name: "kms:UpdateAlias", own_account, keys EVERY, quota: Quota::In(Q::KmsUpdateAlias),
        asks: &[Ask::Alias("kms:UpdateAlias"), key("kms:UpdateAlias", Identifier::Any, ALWAYS, None), manages("kms:UpdateAlias", UNLESS_ENDING)], }
    /// Lists aliases.
    LIST_ALIASES: Permit<Search>, Description { name: "kms:ListAliases", own_account, keys EVERY, quota: Quota::In(Q::KmsListAliases),
        asks: &[Ask::Account("kms:ListAliases")], }
    /// Sets tags.
    TAG_RESOURCE: Permit<Modify>, Change { name: "kms:TagResource", own_account, keys EVERY, quota: Quota::In(Q::KmsTagResource),
        asks: &[manages("kms:TagResource", UNLESS_ENDING)], }
    /// Removes tags.
    UNTAG_RESOURCE: Permit<Modify>, Change { name: "kms:UntagResource", own_account, keys EVERY, quota: Quota::In(Q::KmsUntagResource),
        asks: &[manages("kms:UntagResource", UNLESS_ENDING)], }
    /// Lists a key's tags.
    LIST_RESOURCE_TAGS: Permit<Read>, Description { name: "kms:ListResourceTags", own_account, keys EVERY, quota: Quota::In(Q::KmsListResourceTags),
        asks: &[manages("kms:ListResourceTags", ALWAYS)], }

    // ---- Rotation and imported material ----

    /// Lets a key rotate by itself.
    ENABLE_KEY_ROTATION: Permit<Modify>, Change { name: "kms:EnableKeyRotation", own_account, keys EVERY, quota: Quota::In(Q::KmsEnableKeyRotation),
        asks: &[manages("kms:EnableKeyRotation", AUTOMATIC_ROTATION)], }
    /// Lets a key no longer rotate by itself.
    DISABLE_KEY_ROTATION: Permit<Modify>, Change { name: "kms:DisableKeyRotation", own_account, keys EVERY, quota: Quota::In(Q::KmsDisableKeyRotation),
        asks: &[manages("kms:DisableKeyRotation", AUTOMATIC_ROTATION)], }
    /// Says whether and when a key rotates.
    GET_KEY_ROTATION_STATUS: Permit<Read>, Description { name: "kms:GetKeyRotationStatus", any_account, keys EVERY, quota: Quota::In(Q::KmsGetKeyRotationStatus),
        asks: &[manages("kms:GetKeyRotationStatus", ROTATION_STATUS)], }
    /// Lists a key's rotations.
    LIST_KEY_ROTATIONS: Permit<Read>, Description { name: "kms:ListKeyRotations", own_account, keys EVERY, quota: Quota::In(Q::KmsListKeyRotations),
        asks: &[manages("kms:ListKeyRotations", ALWAYS)], }
    /// Rotates a key now.
    ROTATE_KEY_ON_DEMAND: Permit<Modify>, Change { name: "kms:RotateKeyOnDemand", own_account, keys EVERY, quota: Quota::In(Q::KmsRotateKeyOnDemand),
        asks: &[manages("kms:RotateKeyOnDemand", ON_DEMAND_ROTATION)], }
    /// Makes a wrapping key and a token for an import.
    GET_PARAMETERS_FOR_IMPORT: Permit<Modify>, Use { name: "kms:GetParametersForImport", own_account, keys EVERY, quota: Quota::In(Q::KmsGetParametersForImport),
        asks: &[manages("kms:GetParametersForImport", IMPORT_PARAMETERS)], }
    /// Takes material from outside.
    IMPORT_KEY_MATERIAL: Permit<Modify>, Change { name: "kms:ImportKeyMaterial", own_account, keys EVERY, quota: Quota::In(Q::KmsImportKeyMaterial),
        asks: &[manages("kms:ImportKeyMaterial", IMPORT)], }
    /// Destroys material from outside.
    DELETE_IMPORTED_KEY_MATERIAL: Permit<Modify>, Change { name: "kms:DeleteImportedKeyMaterial", own_account, keys EVERY, quota: Quota::In(Q::KmsDeleteImportedKeyMaterial),
        asks: &[manages("kms:DeleteImportedKeyMaterial", DELETE_MATERIAL)], }

    // ---- Grants ----

    /// Lets somebody use a key.
    CREATE_GRANT: Permit<Modify>, Change { name: "kms:CreateGrant", any_account, keys EVERY, quota: Quota::In(Q::KmsCreateGrant),
        asks: &[key("kms:CreateGrant", Identifier::IdOrArn, CREATE_GRANT_STATES, Some(GrantOperation::CreateGrant))], }
    /// Lists a key's grants.
    LIST_GRANTS: Permit<Read>, Description { name: "kms:ListGrants", any_account, keys EVERY, quota: Quota::In(Q::KmsListGrants),
        asks: &[manages("kms:ListGrants", ALWAYS)], }
    /// Lists the grants that a principal may retire.
    LIST_RETIRABLE_GRANTS: Permit<Search>, Description { name: "kms:ListRetirableGrants", own_account, keys EVERY, quota: Quota::In(Q::KmsListRetirableGrants),
        asks: &[Ask::Account("kms:ListRetirableGrants")], }
    /// Ends a grant, by those whom it names.
    RETIRE_GRANT: Permit<Modify>, Change { name: "kms:RetireGrant", any_account, keys EVERY, quota: Quota::In(Q::KmsRetireGrant),
        asks: &[Ask::Grant("kms:RetireGrant")], }
    /// Ends a grant, by those whom the key's policy names.
    REVOKE_GRANT: Permit<Modify>, Change { name: "kms:RevokeGrant", any_account, keys EVERY, quota: Quota::In(Q::KmsRevokeGrant),
        asks: &[manages("kms:RevokeGrant", ALWAYS)], }

    // ---- Several Regions ----

    /// Makes a copy of a key in another Region.
    REPLICATE_KEY: Permit<Modify>, Change { name: "kms:ReplicateKey", own_account, keys EVERY, quota: Quota::In(Q::KmsReplicateKey),
        asks: &[manages("kms:ReplicateKey", REPLICATE)], }
    /// Makes another Region's copy of a key the first one.
    UPDATE_PRIMARY_REGION: Permit<Modify>, Change { name: "kms:UpdatePrimaryRegion", own_account, keys EVERY, quota: Quota::In(Q::KmsUpdatePrimaryRegion),
        asks: &[manages("kms:UpdatePrimaryRegion", UPDATE_PRIMARY)], }

    // ---- Custom key stores ----

    /// Makes a custom key store.
    CREATE_CUSTOM_KEY_STORE: Permit<Administer>, Change { name: "kms:CreateCustomKeyStore", own_account, keys EVERY, quota: Quota::In(Q::KmsCustomKeyStores),
        asks: &[Ask::Account("kms:CreateCustomKeyStore")], }
    /// Describes custom key stores.
    DESCRIBE_CUSTOM_KEY_STORES: Permit<Search>, Description { name: "kms:DescribeCustomKeyStores", own_account, keys EVERY, quota: Quota::In(Q::KmsCustomKeyStores),
        asks: &[Ask::Account("kms:DescribeCustomKeyStores")], }
    /// Changes a custom key store.
    UPDATE_CUSTOM_KEY_STORE: Permit<Administer>, Change { name: "kms:UpdateCustomKeyStore", own_account, keys EVERY, quota: Quota::In(Q::KmsCustomKeyStores),
        asks: &[Ask::Account("kms:UpdateCustomKeyStore")], }
    /// Deletes a custom key store.
    DELETE_CUSTOM_KEY_STORE: Permit<Administer>, Change { name: "kms:DeleteCustomKeyStore", own_account, keys EVERY, quota: Quota::In(Q::KmsCustomKeyStores),
        asks: &[Ask::Account("kms:DeleteCustomKeyStore")], }
    /// Connects a custom key store.
    CONNECT_CUSTOM_KEY_STORE: Permit<Administer>, Change { name: "kms:ConnectCustomKeyStore", own_account, keys EVERY, quota: Quota::In(Q::KmsCustomKeyStores),
        asks: &[Ask::Account("kms:ConnectCustomKeyStore")], }
    /// Disconnects a custom key store.
    DISCONNECT_CUSTOM_KEY_STORE: Permit<Administer>, Change { name: "kms:DisconnectCustomKeyStore", own_account, keys EVERY, quota: Quota::In(Q::KmsCustomKeyStores),
        asks: &[Ask::Account("kms:DisconnectCustomKeyStore")], }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_the_operations_of_the_model_and_every_operation_that_a_grant_gives() {
        assert_eq!(ALL.len(), 56);
        let mut grants: Vec<_> = ALL
            .iter()
            .filter_map(|row| row.aws.as_ref())
            .flat_map(AwsRow::keys)
            .filter_map(|key| key.grant)
            .collect();
        grants.sort_unstable();
        let all_but_retiring: Vec<_> = GrantOperation::ALL
            .iter()
            .copied()
            .filter(|operation| *operation != GrantOperation::RetireGrant)
            .collect();
        assert_eq!(grants, all_but_retiring);
    }

    #[test]
    fn a_grant_names_its_operation_as_policies_do() {
        for ask in ALL
            .iter()
            .filter_map(|row| row.aws.as_ref())
            .flat_map(AwsRow::keys)
        {
            if let Some(grant) = ask.grant {
                assert_eq!(ask.permission, format!("kms:{}", grant.name()));
            }
        }
    }
}
