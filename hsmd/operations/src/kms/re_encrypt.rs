//! `ReEncrypt`.

use hsm_algorithms::KmsAlgorithm;
use hsmd_gate::aws::{AskedKey, KeyReference};
use hsmd_gate::{Detail, Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_policy::EncryptionContext;

use super::Error;
use super::decrypt::Source;
use super::encrypt::encrypted;
use super::used_key::{add_context, arn, check_context, material_id};
use crate::{Dependencies, Operation};

/// Decrypts with one key and encrypts with another; the plaintext stays inside.
pub struct ReEncrypt {
    /// What to decrypt, and with which key.
    pub source: Source,
    /// The key that encrypts.
    pub target: KeyReference,
    /// What the new ciphertext is bound to.
    pub target_context: EncryptionContext,
    /// How to encrypt.
    pub target_algorithm: KmsAlgorithm,
    /// Tokens of grants that may allow it.
    pub grant_tokens: Vec<String>,
    /// Whether it is only asked what would come of it.
    pub is_dry_run: bool,
}

/// What [`ReEncrypt`] gives.
pub struct ReEncrypted {
    /// The new ciphertext.
    pub ciphertext: Vec<u8>,
    /// The ARN of the key that decrypted.
    pub source_key_arn: String,
    /// The material that decrypted.
    pub source_key_material_id: Option<String>,
    /// How it was encrypted before.
    pub source_algorithm: KmsAlgorithm,
    /// The ARN of the key that encrypted.
    pub target_key_arn: String,
    /// The material that encrypted.
    pub target_key_material_id: Option<String>,
    /// How it is encrypted now.
    pub target_algorithm: KmsAlgorithm,
}

impl Operation for ReEncrypt {
    type Permits = (Permit<key_use::Decrypt>, Permit<key_use::Encrypt>);
    type Output = ReEncrypted;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::RE_ENCRYPT.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        check_context(&self.target_context, self.target_algorithm)?;
        let (from, to) = (
            self.source.algorithm.kms_name(),
            self.target_algorithm.kms_name(),
        );
        let target = AskedKey::new(self.target.clone())
            .with_encryption_context(self.target_context.clone())
            .with_condition("kms:EncryptionAlgorithm", to);
        let mut needs = Needs::kms_keys(&actions::kms::RE_ENCRYPT, self.source.asked()?, target)
            .with_detail("sourceEncryptionAlgorithm", Detail::Name(from))
            .with_detail("destinationEncryptionAlgorithm", Detail::Name(to))
            .with_detail(
                "destinationKeyId",
                Detail::Text(self.target.text().to_owned()),
            );
        if let Some(key) = &self.source.key {
            needs = needs.with_detail("sourceKeyId", Detail::Text(key.text().to_owned()));
        }
        let needs = add_context(
            needs,
            "sourceEncryptionContext",
            &self.source.encryption_context,
        );
        let needs = add_context(needs, "destinationEncryptionContext", &self.target_context);
        Ok(needs
            .with_grant_tokens(self.grant_tokens.clone())
            .as_dry_run(self.is_dry_run))
    }

    async fn execute(
        self,
        (source, target): &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<ReEncrypted, Error> {
        let plaintext = self.source.decrypted(source, with).await?;
        let ciphertext = encrypted(
            target,
            with,
            self.target_algorithm,
            &self.target_context,
            plaintext.as_bytes(),
        )?;
        Ok(ReEncrypted {
            ciphertext,
            source_key_arn: arn(source)?,
            source_key_material_id: material_id(source),
            source_algorithm: self.source.algorithm,
            target_key_arn: arn(target)?,
            target_key_material_id: material_id(target),
            target_algorithm: self.target_algorithm,
        })
    }
}
