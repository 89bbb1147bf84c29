//! `GenerateMac` and `VerifyMac`.

use hsm_algorithms::{Algorithm, KmsAlgorithm, Parameters};
use hsm_aws_lc::Message;
use hsmd_gate::aws::AskedKey;
use hsmd_gate::{Action, Detail, Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_secret_memory::Plaintext;
use hsmd_vault::{EngineError, VaultError};

use super::Error;
use super::used_key::{KeyRequest, arn, spec_for, vault_error};
use crate::{Dependencies, Operation};

/// What is authenticated, how, and with which key.
pub struct MacRequest {
    /// With which key.
    pub request: KeyRequest,
    /// The message.
    pub message: Plaintext,
    /// How.
    pub algorithm: KmsAlgorithm,
}

/// Makes a message authentication code.
pub struct GenerateMac(pub MacRequest);

/// Checks a message authentication code.
pub struct VerifyMac {
    /// Of what, how, and with which key.
    pub authenticated: MacRequest,
    /// The code.
    pub mac: Vec<u8>,
}

/// What [`GenerateMac`] gives.
pub struct Mac {
    /// The code.
    pub mac: Vec<u8>,
    /// The key's ARN.
    pub key_arn: String,
    /// How it was made.
    pub algorithm: KmsAlgorithm,
}

/// What [`VerifyMac`] gives: the code is right.
pub struct MacVerified {
    /// The key's ARN.
    pub key_arn: String,
    /// How it was made.
    pub algorithm: KmsAlgorithm,
}

impl Operation for GenerateMac {
    type Permits = Permit<key_use::Sign>;
    type Output = Mac;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::GENERATE_MAC.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        Ok(self.0.needs(&actions::kms::GENERATE_MAC))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<Mac, Error> {
        let MacRequest { algorithm, .. } = self.0;
        spec_for(permit, algorithm)?;
        let message = Message::Whole(self.0.message.as_bytes());
        let by = hmac(algorithm)?;
        let mac = with.vault.sign(permit, by, &Parameters::None, message);
        Ok(Mac {
            mac: mac.await.map_err(vault_error)?,
            key_arn: arn(permit)?,
            algorithm,
        })
    }
}

impl Operation for VerifyMac {
    type Permits = Permit<key_use::Verify>;
    type Output = MacVerified;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::VERIFY_MAC.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        Ok(self.authenticated.needs(&actions::kms::VERIFY_MAC))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<MacVerified, Error> {
        let MacRequest {
            algorithm, message, ..
        } = self.authenticated;
        spec_for(permit, algorithm)?;
        let by = hmac(algorithm)?;
        let (message, none) = (message.as_bytes(), &Parameters::None);
        let checked = with.vault.verify_mac(permit, by, none, message, &self.mac);
        checked.await.map_err(mac_error)?;
        Ok(MacVerified {
            key_arn: arn(permit)?,
            algorithm,
        })
    }
}

impl MacRequest {
    fn needs<U: key_use::Use<Subject = hsmd_gate::KeySubject>>(
        &self,
        action: &'static Action<Permit<U>>,
    ) -> Needs<Permit<U>> {
        let algorithm = self.algorithm.kms_name();
        let key =
            AskedKey::new(self.request.key.clone()).with_condition("kms:MacAlgorithm", algorithm);
        let needs =
            Needs::kms_key(action, key).with_detail("macAlgorithm", Detail::Name(algorithm));
        self.request.add_to(needs)
    }
}

fn hmac(algorithm: KmsAlgorithm) -> Result<Algorithm, Error> {
    match algorithm {
        KmsAlgorithm::HmacSha224 => Ok(Algorithm::HmacSha224),
        KmsAlgorithm::HmacSha256 => Ok(Algorithm::HmacSha256),
        KmsAlgorithm::HmacSha384 => Ok(Algorithm::HmacSha384),
        KmsAlgorithm::HmacSha512 => Ok(Algorithm::HmacSha512),
        _ => Err(Error::Validation(format!(
            "{algorithm} is no MAC algorithm."
        ))),
    }
}

/// Whatever is wrong with a code is one error.
fn mac_error(error: VaultError) -> Error {
    use hsm_aws_lc::Error as Crypto;
    match error {
        VaultError::Engine(EngineError::Crypto(
            Crypto::SignatureInvalid | Crypto::SignatureLength,
        )) => Error::InvalidMac,
        error => vault_error(error),
    }
}
