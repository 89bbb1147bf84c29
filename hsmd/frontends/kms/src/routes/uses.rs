//! What requests for the use of a key say in the same way.

use std::collections::BTreeMap;

use hsm_algorithms::KmsAlgorithm;
use hsmd_operations::kms;

use crate::model::{DryRunModifierType, RecipientInfo};
use crate::sent::Blob;
use crate::shape::Listed;

/// The key of a request, the grant tokens, and whether it is a dry run.
pub(super) fn key_request(
    key_id: &str,
    grant_tokens: Option<Vec<String>>,
    dry_run: Option<bool>,
) -> kms::KeyRequest {
    kms::KeyRequest {
        key: kms::KeyReference::parse(key_id),
        grant_tokens: grant_tokens.unwrap_or_default(),
        is_dry_run: dry_run.unwrap_or_default(),
    }
}

/// The algorithm of a request.
///
/// # Errors
///
/// [`kms::Error::UnsupportedOperation`] for those that AWS has in some Regions alone.
pub(super) fn algorithm<L: Listed>(named: L) -> Result<KmsAlgorithm, kms::Error> {
    let name = named.as_str();
    KmsAlgorithm::by_kms_name(name).ok_or_else(|| {
        kms::Error::UnsupportedOperation(format!("{name} is not supported in this Region."))
    })
}

/// The encryption algorithm of a request, which it may leave out.
pub(super) fn encryption_algorithm<L: Listed>(
    named: Option<L>,
) -> Result<KmsAlgorithm, kms::Error> {
    named.map_or(Ok(KmsAlgorithm::SymmetricDefault), algorithm)
}

/// The encryption context of a request.
pub(super) fn context(pairs: Option<BTreeMap<String, String>>) -> kms::EncryptionContext {
    pairs.unwrap_or_default().into_iter().collect()
}

/// What there is to decrypt. A dry run may leave the ciphertext to be ignored.
///
/// # Errors
///
/// [`kms::Error::Validation`] for a ciphertext that is missing, or ignored in earnest.
pub(super) fn ciphertext(
    blob: Option<Blob>,
    modifiers: Option<Vec<DryRunModifierType>>,
    dry_run: Option<bool>,
) -> Result<Option<Vec<u8>>, kms::Error> {
    let is_ignored = modifiers.is_some_and(|modifiers| !modifiers.is_empty());
    match (is_ignored, blob) {
        (true, _) if dry_run == Some(true) => Ok(None),
        (true, _) => Err(kms::Error::Validation(
            "DryRunModifiers can be given for a dry run only.".to_owned(),
        )),
        (false, Some(Blob(ciphertext))) => Ok(Some(ciphertext)),
        (false, None) => Err(kms::Error::Validation(
            "1 validation error detected: Value at 'ciphertextBlob' failed to satisfy constraint: Member must not be null"
                .to_owned(),
        )),
    }
}

/// Refuses requests for an attested recipient.
#[expect(
    clippy::needless_pass_by_value,
    reason = "a member of a request ends here"
)]
pub(super) fn no_recipient(recipient: Option<RecipientInfo>) -> Result<(), kms::Error> {
    match recipient {
        None => Ok(()),
        Some(_) => Err(kms::Error::UnsupportedOperation(
            "Attested recipients are not supported.".to_owned(),
        )),
    }
}
