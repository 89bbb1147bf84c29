//! From each request of the model to its operation, and from the operation's output to the answer. One file a call.
//!
//! A route takes its request apart without `..`, so that a member that a newer model brings is a compile error.

mod answers;
mod cancel_key_deletion;
mod connect_custom_key_store;
mod create_alias;
mod create_custom_key_store;
mod create_grant;
mod create_key;
mod decapsulate;
mod decrypt;
mod delete_alias;
mod delete_custom_key_store;
mod delete_imported_key_material;
mod derive_shared_secret;
mod describe_custom_key_stores;
mod describe_key;
mod disable_key;
mod disable_key_rotation;
mod disconnect_custom_key_store;
mod enable_key;
mod enable_key_rotation;
mod encapsulate;
mod encrypt;
mod generate_data_key;
mod generate_data_key_pair;
mod generate_data_key_pair_without_plaintext;
mod generate_data_key_without_plaintext;
mod generate_mac;
mod generate_random;
mod get_key_last_usage;
mod get_key_policy;
mod get_key_rotation_status;
mod get_parameters_for_import;
mod get_public_key;
mod import_key_material;
mod list_aliases;
mod list_grants;
mod list_key_policies;
mod list_key_rotations;
mod list_keys;
mod list_resource_tags;
mod list_retirable_grants;
mod put_key_policy;
mod re_encrypt;
mod replicate_key;
mod retire_grant;
mod revoke_grant;
mod rotate_key_on_demand;
mod schedule_key_deletion;
mod sign;
mod tag_resource;
mod untag_resource;
mod update_alias;
mod update_custom_key_store;
mod update_key_description;
mod update_primary_region;
mod uses;
mod verify;
mod verify_mac;

use hsmd_identity::Caller;
use hsmd_operations::{OpenDaemon, Operation, kms};
use serde::Serialize;
use serde_json::error::Category;

use crate::errors::Problem;
use crate::model::{self, Call};
use crate::shape::{Failures, Place, Shape};

/// A request that is answered by performing one operation.
pub(crate) trait Route: Shape<Value = Self> + Sized {
    /// The operation.
    type Operation: Operation<Error = kms::Error>;
    /// The answer; `()` for calls that answer nothing.
    type Response: Serialize;

    /// The operation that the request asks for.
    ///
    /// # Errors
    ///
    /// [`kms::Error::Validation`] for rules between members that the model does not state.
    fn operation(self) -> Result<Self::Operation, kms::Error>;

    /// The answer that tells what it gave.
    fn response(output: <Self::Operation as Operation>::Output) -> Self::Response;
}

/// Answers a call of a known caller, with a body.
#[expect(clippy::too_many_lines, reason = "a line for each operation")]
pub(crate) async fn answer(
    daemon: &OpenDaemon,
    caller: &Caller,
    call: Call,
    body: &[u8],
) -> Result<Vec<u8>, Problem> {
    match call {
        Call::CancelKeyDeletion => {
            perform::<model::CancelKeyDeletionRequest>(daemon, caller, body).await
        }
        Call::ConnectCustomKeyStore => {
            perform::<model::ConnectCustomKeyStoreRequest>(daemon, caller, body).await
        }
        Call::CreateAlias => perform::<model::CreateAliasRequest>(daemon, caller, body).await,
        Call::CreateCustomKeyStore => {
            perform::<model::CreateCustomKeyStoreRequest>(daemon, caller, body).await
        }
        Call::CreateKey => perform::<model::CreateKeyRequest>(daemon, caller, body).await,
        Call::DeleteAlias => perform::<model::DeleteAliasRequest>(daemon, caller, body).await,
        Call::DeleteCustomKeyStore => {
            perform::<model::DeleteCustomKeyStoreRequest>(daemon, caller, body).await
        }
        Call::DescribeCustomKeyStores => {
            perform::<model::DescribeCustomKeyStoresRequest>(daemon, caller, body).await
        }
        Call::DescribeKey => perform::<model::DescribeKeyRequest>(daemon, caller, body).await,
        Call::DisableKey => perform::<model::DisableKeyRequest>(daemon, caller, body).await,
        Call::DisableKeyRotation => {
            perform::<model::DisableKeyRotationRequest>(daemon, caller, body).await
        }
        Call::DisconnectCustomKeyStore => {
            perform::<model::DisconnectCustomKeyStoreRequest>(daemon, caller, body).await
        }
        Call::EnableKey => perform::<model::EnableKeyRequest>(daemon, caller, body).await,
        Call::EnableKeyRotation => {
            perform::<model::EnableKeyRotationRequest>(daemon, caller, body).await
        }
        Call::GenerateRandom => perform::<model::GenerateRandomRequest>(daemon, caller, body).await,
        Call::GetKeyPolicy => perform::<model::GetKeyPolicyRequest>(daemon, caller, body).await,
        Call::GetKeyRotationStatus => {
            perform::<model::GetKeyRotationStatusRequest>(daemon, caller, body).await
        }
        Call::ListAliases => perform::<model::ListAliasesRequest>(daemon, caller, body).await,
        Call::ListGrants => perform::<model::ListGrantsRequest>(daemon, caller, body).await,
        Call::ListKeyPolicies => {
            perform::<model::ListKeyPoliciesRequest>(daemon, caller, body).await
        }
        Call::ListKeyRotations => {
            perform::<model::ListKeyRotationsRequest>(daemon, caller, body).await
        }
        Call::ListKeys => perform::<model::ListKeysRequest>(daemon, caller, body).await,
        Call::ListResourceTags => {
            perform::<model::ListResourceTagsRequest>(daemon, caller, body).await
        }
        Call::ListRetirableGrants => {
            perform::<model::ListRetirableGrantsRequest>(daemon, caller, body).await
        }
        Call::PutKeyPolicy => perform::<model::PutKeyPolicyRequest>(daemon, caller, body).await,
        Call::ReplicateKey => perform::<model::ReplicateKeyRequest>(daemon, caller, body).await,
        Call::RevokeGrant => perform::<model::RevokeGrantRequest>(daemon, caller, body).await,
        Call::RotateKeyOnDemand => {
            perform::<model::RotateKeyOnDemandRequest>(daemon, caller, body).await
        }
        Call::ScheduleKeyDeletion => {
            perform::<model::ScheduleKeyDeletionRequest>(daemon, caller, body).await
        }
        Call::TagResource => perform::<model::TagResourceRequest>(daemon, caller, body).await,
        Call::UntagResource => perform::<model::UntagResourceRequest>(daemon, caller, body).await,
        Call::UpdateAlias => perform::<model::UpdateAliasRequest>(daemon, caller, body).await,
        Call::UpdateCustomKeyStore => {
            perform::<model::UpdateCustomKeyStoreRequest>(daemon, caller, body).await
        }
        Call::UpdateKeyDescription => {
            perform::<model::UpdateKeyDescriptionRequest>(daemon, caller, body).await
        }
        Call::UpdatePrimaryRegion => {
            perform::<model::UpdatePrimaryRegionRequest>(daemon, caller, body).await
        }
        Call::Encrypt => perform::<model::EncryptRequest>(daemon, caller, body).await,
        Call::Decrypt => perform::<model::DecryptRequest>(daemon, caller, body).await,
        Call::ReEncrypt => perform::<model::ReEncryptRequest>(daemon, caller, body).await,
        Call::GenerateDataKey => {
            perform::<model::GenerateDataKeyRequest>(daemon, caller, body).await
        }
        Call::GenerateDataKeyWithoutPlaintext => {
            perform::<model::GenerateDataKeyWithoutPlaintextRequest>(daemon, caller, body).await
        }
        Call::GenerateDataKeyPair => {
            perform::<model::GenerateDataKeyPairRequest>(daemon, caller, body).await
        }
        Call::GenerateDataKeyPairWithoutPlaintext => {
            perform::<model::GenerateDataKeyPairWithoutPlaintextRequest>(daemon, caller, body).await
        }
        Call::Sign => perform::<model::SignRequest>(daemon, caller, body).await,
        Call::Verify => perform::<model::VerifyRequest>(daemon, caller, body).await,
        Call::GenerateMac => perform::<model::GenerateMacRequest>(daemon, caller, body).await,
        Call::VerifyMac => perform::<model::VerifyMacRequest>(daemon, caller, body).await,
        Call::DeriveSharedSecret => {
            perform::<model::DeriveSharedSecretRequest>(daemon, caller, body).await
        }
        Call::Encapsulate => perform::<model::EncapsulateRequest>(daemon, caller, body).await,
        Call::Decapsulate => perform::<model::DecapsulateRequest>(daemon, caller, body).await,
        Call::GetPublicKey => perform::<model::GetPublicKeyRequest>(daemon, caller, body).await,
        Call::CreateGrant => perform::<model::CreateGrantRequest>(daemon, caller, body).await,
        Call::DeleteImportedKeyMaterial => {
            perform::<model::DeleteImportedKeyMaterialRequest>(daemon, caller, body).await
        }
        Call::GetKeyLastUsage => {
            perform::<model::GetKeyLastUsageRequest>(daemon, caller, body).await
        }
        Call::GetParametersForImport => {
            perform::<model::GetParametersForImportRequest>(daemon, caller, body).await
        }
        Call::ImportKeyMaterial => {
            perform::<model::ImportKeyMaterialRequest>(daemon, caller, body).await
        }
        Call::RetireGrant => perform::<model::RetireGrantRequest>(daemon, caller, body).await,
    }
}

/// Performs the one operation of a request.
async fn perform<R: Route>(
    daemon: &OpenDaemon,
    caller: &Caller,
    body: &[u8],
) -> Result<Vec<u8>, Problem> {
    let refuse = |error: &kms::Error| daemon.service.refuse::<R::Operation>(caller, error);
    let request =
        request::<R>(body).inspect_err(|_| refuse(&kms::Error::Validation(String::new())))?;
    let operation = request.operation().inspect_err(refuse)?;
    let output = daemon.service.perform(caller, operation).await?;
    // An answer without members is a body without a byte.
    if std::mem::size_of::<R::Response>() == 0 {
        return Ok(Vec::new());
    }
    let mut answer = Vec::with_capacity(ANSWER_BYTES);
    match serde_json::to_writer(&mut answer, &R::response(output)) {
        Ok(()) => Ok(answer),
        Err(error) => {
            tracing::error!(%error, "an answer cannot be written");
            Err(Problem::Operation(kms::Error::Internal {
                task: "write the answer",
            }))
        }
    }
}

/// Room for most answers without growing.
const ANSWER_BYTES: usize = 768;

/// Reads a body and checks every constraint of the model.
fn request<R: Route>(body: &[u8]) -> Result<R, Problem> {
    // Clients send nothing where nothing is asked.
    let body = if body.is_empty() { &b"{}"[..] } else { body };
    let sent = serde_json::from_slice::<R::Sent>(body).map_err(|error| serialization(&error))?;
    let mut failures = Failures::default();
    let request = R::check(sent, &Place::TOP, &mut failures);
    match (request, failures.message()) {
        (Some(request), None) => Ok(request),
        (_, message) => Err(Problem::Constraints(message.unwrap_or_default())),
    }
}

/// What is wrong with the JSON, without the place in the text.
fn serialization(error: &serde_json::Error) -> Problem {
    match error.classify() {
        Category::Data => {
            let text = error.to_string();
            let end = text.rfind(" at line ").unwrap_or(text.len());
            Problem::Serialization(text[..end].to_owned())
        }
        Category::Syntax | Category::Eof | Category::Io => Problem::Serialization(String::new()),
    }
}
