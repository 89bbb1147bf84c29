//! `Decrypt`.

use hsm_algorithms::KmsAlgorithm;
use hsmd_gate::aws::{AskedKey, KeyReference};
use hsmd_gate::{Detail, Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_policy::EncryptionContext;
use hsmd_secret_memory::Plaintext;
use hsmd_vault::BlobHeader;

use super::used_key::{
    add_context, arn, check_context, ciphertext_error, material_id, oaep, spec_for,
};
use super::{Error, key_detail};
use crate::{Dependencies, Operation};

/// Decrypts.
pub struct Decrypt {
    /// What, and with which key.
    pub source: Source,
    /// Tokens of grants that may allow it.
    pub grant_tokens: Vec<String>,
    /// Whether it is only asked what would come of it.
    pub is_dry_run: bool,
}

/// A ciphertext, and what is said of it.
pub struct Source {
    /// The ciphertext; none where a dry run judges the permission alone.
    pub ciphertext: Option<Vec<u8>>,
    /// The key; none if the ciphertext is to name it.
    pub key: Option<KeyReference>,
    /// What the ciphertext is bound to.
    pub encryption_context: EncryptionContext,
    /// How it was encrypted.
    pub algorithm: KmsAlgorithm,
}

/// What [`Decrypt`] gives.
pub struct Decrypted {
    /// The plaintext.
    pub plaintext: Plaintext,
    /// The key's ARN.
    pub key_arn: String,
    /// How it was encrypted.
    pub algorithm: KmsAlgorithm,
    /// The material that decrypted it.
    pub key_material_id: Option<String>,
}

impl Operation for Decrypt {
    type Permits = Permit<key_use::Decrypt>;
    type Output = Decrypted;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::DECRYPT.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        let source = &self.source;
        let name = source.algorithm.kms_name();
        let needs = Needs::kms_key(&actions::kms::DECRYPT, source.asked()?)
            .with_detail("encryptionAlgorithm", Detail::Name(name));
        let needs = match &source.key {
            Some(key) => key_detail(needs, key),
            None => needs,
        };
        let needs = add_context(needs, "encryptionContext", &source.encryption_context);
        Ok(needs
            .with_grant_tokens(self.grant_tokens.clone())
            .as_dry_run(self.is_dry_run))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<Decrypted, Error> {
        Ok(Decrypted {
            plaintext: self.source.decrypted(permit, with).await?,
            key_arn: arn(permit)?,
            algorithm: self.source.algorithm,
            key_material_id: material_id(permit),
        })
    }
}

impl Source {
    /// What the gate is asked for.
    pub(super) fn asked(&self) -> Result<AskedKey, Error> {
        check_context(&self.encryption_context, self.algorithm)?;
        let header = self.header();
        let mut key = match (&self.key, header) {
            (Some(key), _) => AskedKey::new(key.clone()),
            (None, _) if self.ciphertext.is_none() => {
                return Err(Error::Validation(
                    "KeyId is required when the ciphertext is ignored.".to_owned(),
                ));
            }
            (None, _) if self.algorithm != KmsAlgorithm::SymmetricDefault => {
                return Err(Error::Validation(
                    "KeyId is required to decrypt with an asymmetric KMS key.".to_owned(),
                ));
            }
            (None, Some(header)) => {
                AskedKey::new(KeyReference::of_ciphertext(header.account, header.key))
            }
            (None, None) => return Err(Error::InvalidCiphertext),
        };
        if let Some(header) = header {
            key = key.of_ciphertext(header.key, header.material);
        }
        Ok(key
            .with_encryption_context(self.encryption_context.clone())
            .with_condition("kms:EncryptionAlgorithm", self.algorithm.kms_name()))
    }

    /// Decrypts it. What a dry run does not have, is empty.
    pub(super) async fn decrypted(
        &self,
        permit: &Permit<key_use::Decrypt>,
        with: &Dependencies,
    ) -> Result<Plaintext, Error> {
        spec_for(permit, self.algorithm)?;
        let Some(ciphertext) = &self.ciphertext else {
            return Ok(Vec::new().into());
        };
        if let Some((by, parameters)) = oaep(self.algorithm) {
            let decrypted = with.vault.decrypt(permit, by, &parameters, ciphertext);
            return decrypted.await.map_err(ciphertext_error);
        }
        self.header().ok_or(Error::InvalidCiphertext)?;
        let context = self.encryption_context.canonical();
        let opened = with.vault.open_blob(permit, &context, ciphertext);
        opened.map_err(ciphertext_error)
    }

    /// What a blob of a symmetric key says of itself.
    fn header(&self) -> Option<BlobHeader> {
        let ciphertext = self.ciphertext.as_ref()?;
        let is_blob = self.algorithm == KmsAlgorithm::SymmetricDefault;
        is_blob.then(|| BlobHeader::parse(ciphertext)).flatten()
    }
}
