//! `Encrypt`.

use hsm_algorithms::KmsAlgorithm;
use hsmd_gate::aws::AskedKey;
use hsmd_gate::{Detail, Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_policy::EncryptionContext;
use hsmd_secret_memory::Plaintext;

use super::Error;
use super::used_key::{
    KeyRequest, add_context, arn, check_context, oaep, oaep_plaintext_bytes_max, spec_for,
    vault_error,
};
use crate::{Dependencies, Operation};

/// Encrypts up to 4096 bytes.
pub struct Encrypt {
    /// With which key.
    pub request: KeyRequest,
    /// What.
    pub plaintext: Plaintext,
    /// What the ciphertext is bound to.
    pub encryption_context: EncryptionContext,
    /// How.
    pub algorithm: KmsAlgorithm,
}

/// What [`Encrypt`] gives.
pub struct Encrypted {
    /// The ciphertext blob, or what RSA made.
    pub ciphertext: Vec<u8>,
    /// The key's ARN.
    pub key_arn: String,
    /// How it was encrypted.
    pub algorithm: KmsAlgorithm,
}

impl Operation for Encrypt {
    type Permits = Permit<key_use::Encrypt>;
    type Output = Encrypted;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::ENCRYPT.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        check_context(&self.encryption_context, self.algorithm)?;
        let name = self.algorithm.kms_name();
        let key = AskedKey::new(self.request.key.clone())
            .with_encryption_context(self.encryption_context.clone())
            .with_condition("kms:EncryptionAlgorithm", name);
        let needs = Needs::kms_key(&actions::kms::ENCRYPT, key)
            .with_detail("encryptionAlgorithm", Detail::Name(name));
        let needs = add_context(needs, "encryptionContext", &self.encryption_context);
        Ok(self.request.add_to(needs))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<Encrypted, Error> {
        let plaintext = self.plaintext.as_bytes();
        Ok(Encrypted {
            ciphertext: encrypted(
                permit,
                with,
                self.algorithm,
                &self.encryption_context,
                plaintext,
            )?,
            key_arn: arn(permit)?,
            algorithm: self.algorithm,
        })
    }
}

/// The ciphertext of `plaintext` under the permit's key.
pub(super) fn encrypted(
    permit: &Permit<key_use::Encrypt>,
    with: &Dependencies,
    algorithm: KmsAlgorithm,
    context: &EncryptionContext,
    plaintext: &[u8],
) -> Result<Vec<u8>, Error> {
    let spec = spec_for(permit, algorithm)?;
    let Some((by, parameters)) = oaep(algorithm) else {
        let sealed = with
            .vault
            .seal_blob(permit, &context.canonical(), plaintext);
        return sealed.map_err(vault_error);
    };
    let length_max = oaep_plaintext_bytes_max(spec, algorithm);
    if plaintext.len() > length_max {
        return Err(Error::Validation(format!(
            "Algorithm {algorithm} and key spec {spec} cannot encrypt data larger than {length_max} bytes."
        )));
    }
    let encrypted = with
        .vault
        .encrypt_with_public(permit, by, &parameters, plaintext);
    encrypted.map_err(vault_error)
}
