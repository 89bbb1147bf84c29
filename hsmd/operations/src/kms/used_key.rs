//! What the operations that use a key have in common: how a request asks for the use, and what answers say of the key.

use hsm_algorithms::{Algorithm, Digest, KmsAlgorithm, KmsKeySpec, OaepParameters, Parameters};
use hsmd_gate::aws::KeyReference;
use hsmd_gate::key_use::Use;
use hsmd_gate::{Detail, KeySubject, Needs, Permit};
use hsmd_policy::EncryptionContext;
use hsmd_vault::{EngineError, VaultError};

use super::{Error, key_detail};

/// A key whose use is asked for.
#[derive(Debug, Clone)]
pub struct KeyRequest {
    /// The key.
    pub key: KeyReference,
    /// Tokens of grants that may allow it.
    pub grant_tokens: Vec<String>,
    /// Whether it is only asked what would come of it.
    pub is_dry_run: bool,
}

impl KeyRequest {
    /// Adds what it says to what the gate is asked, and to the audit record.
    pub(super) fn add_to<P>(&self, needs: Needs<P>) -> Needs<P> {
        key_detail(needs, &self.key)
            .with_grant_tokens(self.grant_tokens.clone())
            .as_dry_run(self.is_dry_run)
    }
}

/// Adds an encryption context to the audit record, in full: it is no secret.
pub(super) fn add_context<P>(
    needs: Needs<P>,
    name: &'static str,
    context: &EncryptionContext,
) -> Needs<P> {
    if context.is_empty() {
        return needs;
    }
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    needs.with_detail(name, Detail::Pairs(context.pairs().map(owned).collect()))
}

/// Checks an encryption context against the algorithm that is to authenticate it.
pub(super) fn check_context(
    context: &EncryptionContext,
    algorithm: KmsAlgorithm,
) -> Result<(), Error> {
    if context.is_empty() {
        return Ok(());
    }
    if algorithm != KmsAlgorithm::SymmetricDefault {
        return Err(Error::Validation(
            "EncryptionContext is not supported for asymmetric KMS keys.".to_owned(),
        ));
    }
    if context.length_bytes() > CONTEXT_BYTES_MAX {
        return Err(Error::Validation(format!(
            "EncryptionContext is too large: names and values may have {CONTEXT_BYTES_MAX} bytes together."
        )));
    }
    Ok(())
}

/// The key's ARN.
pub(super) fn arn<U: Use<Subject = KeySubject>>(permit: &Permit<U>) -> Result<String, Error> {
    let tenancy = permit.partition().tenancy.as_ref();
    let (tenancy, id) = tenancy.zip(permit.object().key_id()).ok_or(NO_ACCOUNT)?;
    Ok(tenancy.key_arn(id))
}

/// The key's spec.
pub(super) fn spec<U: Use<Subject = KeySubject>>(permit: &Permit<U>) -> Result<KmsKeySpec, Error> {
    let spec = permit.object().spec.and_then(KmsKeySpec::of);
    spec.ok_or(NO_ACCOUNT)
}

/// The key's spec, if it computes `algorithm`.
pub(super) fn spec_for<U: Use<Subject = KeySubject>>(
    permit: &Permit<U>,
    algorithm: KmsAlgorithm,
) -> Result<KmsKeySpec, Error> {
    let spec = spec(permit)?;
    if algorithm.takes(spec) {
        return Ok(spec);
    }
    Err(Error::AlgorithmIncompatible {
        algorithm: algorithm.kms_name(),
        key_spec: spec.kms_name(),
    })
}

/// The id of the material that the permit is for: symmetric keys tell it.
pub(super) fn material_id<U: Use<Subject = KeySubject>>(permit: &Permit<U>) -> Option<String> {
    let spec = permit.object().spec.and_then(KmsKeySpec::of)?;
    if !spec.is_symmetric_encryption() {
        return None;
    }
    let kms = permit.object().kms.as_ref()?;
    let material = kms.material(permit.version()?.number)?;
    Some(material.id.to_string())
}

/// How RSA keys encrypt; none for the symmetric algorithm.
pub(super) fn oaep(algorithm: KmsAlgorithm) -> Option<(Algorithm, Parameters)> {
    let hash = match algorithm {
        KmsAlgorithm::RsaesOaepSha1 => Digest::Sha1,
        KmsAlgorithm::RsaesOaepSha256 => Digest::Sha256,
        _ => return None,
    };
    let parameters = Parameters::Oaep(OaepParameters {
        hash,
        mgf1_hash: hash,
        label: Vec::new(),
    });
    Some((Algorithm::RsaesOaep, parameters))
}

/// The most bytes that RSA-OAEP encrypts: RFC 8017 §7.1.1.
pub(super) fn oaep_plaintext_bytes_max(spec: KmsKeySpec, algorithm: KmsAlgorithm) -> usize {
    let modulus = spec.spec().bits() as usize / 8;
    let hash = algorithm.digest().map_or(0, Digest::length_bytes);
    modulus.saturating_sub(2 * hash + 2)
}

/// Whatever is wrong with a ciphertext is one error.
pub(super) fn ciphertext_error(error: VaultError) -> Error {
    use hsm_aws_lc::Error as Crypto;
    match error {
        VaultError::Engine(EngineError::Crypto(
            Crypto::CiphertextInvalid
            | Crypto::CiphertextLength
            | Crypto::InputInvalid
            | Crypto::InputLength,
        )) => Error::InvalidCiphertext,
        error => crate::Error::from(error).into(),
    }
}

/// What the vault says for which no operation has a better word.
pub(super) fn vault_error(error: VaultError) -> Error {
    crate::Error::from(error).into()
}

/// The gate gives permits for keys of accounts alone.
const NO_ACCOUNT: Error = Error::Internal {
    task: "read a key of an account",
};

/// The most bytes of an encryption context, names and values together.
const CONTEXT_BYTES_MAX: usize = 8 << 10;
