//! `DeriveSharedSecret`, `Encapsulate` and `Decapsulate`.

use hsm_algorithms::KmsAlgorithm;
use hsmd_gate::aws::AskedKey;
use hsmd_gate::{Detail, Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::Origin;
use hsmd_secret_memory::Plaintext;
use hsmd_vault::{EngineError, VaultError};

use super::Error;
use super::used_key::{KeyRequest, arn, ciphertext_error, spec_for, vault_error};
use crate::{Dependencies, Operation};

/// Agrees on a secret with the holder of another key on the same curve.
pub struct DeriveSharedSecret {
    /// With which key.
    pub request: KeyRequest,
    /// The other side's public key as `SubjectPublicKeyInfo`.
    pub peer_spki_der: Vec<u8>,
    /// How.
    pub algorithm: KmsAlgorithm,
}

/// Makes a secret that the holder of a key can make too.
pub struct Encapsulate {
    /// For which key.
    pub request: KeyRequest,
    /// How.
    pub algorithm: KmsAlgorithm,
}

/// Makes the secret of a ciphertext again.
pub struct Decapsulate {
    /// With which key.
    pub request: KeyRequest,
    /// The ciphertext.
    pub ciphertext: Vec<u8>,
    /// How.
    pub algorithm: KmsAlgorithm,
}

/// What they give.
pub struct SharedSecret {
    /// The secret.
    pub secret: Plaintext,
    /// What the other side takes it from, where it was made here.
    pub ciphertext: Option<Vec<u8>>,
    /// The key's ARN.
    pub key_arn: String,
    /// Where the key's material comes from, as the API writes it.
    pub key_origin: &'static str,
    /// How it was made.
    pub algorithm: KmsAlgorithm,
}

impl Operation for DeriveSharedSecret {
    type Permits = Permit<key_use::Derive>;
    type Output = SharedSecret;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::DERIVE_SHARED_SECRET.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        let algorithm = self.algorithm.kms_name();
        let key = AskedKey::new(self.request.key.clone())
            .with_condition("kms:KeyAgreementAlgorithm", algorithm);
        let needs = Needs::kms_key(&actions::kms::DERIVE_SHARED_SECRET, key)
            .with_detail("keyAgreementAlgorithm", Detail::Name(algorithm));
        Ok(self.request.add_to(needs))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<SharedSecret, Error> {
        let spec = spec_for(permit, self.algorithm)?;
        let agreed = with.vault.agree(permit, &self.peer_spki_der).await;
        let secret = agreed.map_err(|error| match error {
            VaultError::Engine(EngineError::Crypto(
                hsm_aws_lc::Error::KeyInvalid | hsm_aws_lc::Error::InputInvalid,
            )) => Error::Validation(format!(
                "The public key is not a valid {spec} public key in DER."
            )),
            error => vault_error(error),
        })?;
        made(permit, secret, None, self.algorithm)
    }
}

impl Operation for Encapsulate {
    type Permits = Permit<key_use::Encapsulate>;
    type Output = SharedSecret;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::ENCAPSULATE.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        let key = AskedKey::new(self.request.key.clone());
        let algorithm = Detail::Name(self.algorithm.kms_name());
        let needs = Needs::kms_key(&actions::kms::ENCAPSULATE, key)
            .with_detail("encapsulationAlgorithm", algorithm);
        Ok(self.request.add_to(needs))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<SharedSecret, Error> {
        spec_for(permit, self.algorithm)?;
        let secret = with.vault.new_shared_secret(permit).map_err(vault_error)?;
        made(
            permit,
            secret.plaintext,
            Some(secret.ciphertext),
            self.algorithm,
        )
    }
}

impl Operation for Decapsulate {
    type Permits = Permit<key_use::Decapsulate>;
    type Output = SharedSecret;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::DECAPSULATE.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        let key = AskedKey::new(self.request.key.clone());
        let algorithm = Detail::Name(self.algorithm.kms_name());
        let needs = Needs::kms_key(&actions::kms::DECAPSULATE, key)
            .with_detail("encapsulationAlgorithm", algorithm);
        Ok(self.request.add_to(needs))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<SharedSecret, Error> {
        spec_for(permit, self.algorithm)?;
        let secret = with.vault.shared_secret(permit, &self.ciphertext).await;
        made(
            permit,
            secret.map_err(ciphertext_error)?,
            None,
            self.algorithm,
        )
    }
}

fn made<U: key_use::Use<Subject = hsmd_gate::KeySubject>>(
    permit: &Permit<U>,
    secret: Plaintext,
    ciphertext: Option<Vec<u8>>,
    algorithm: KmsAlgorithm,
) -> Result<SharedSecret, Error> {
    let kms = permit.object().kms.as_ref();
    Ok(SharedSecret {
        secret,
        ciphertext,
        key_arn: arn(permit)?,
        key_origin: kms.map_or(Origin::AwsKms, |kms| kms.origin).kms_name(),
        algorithm,
    })
}
