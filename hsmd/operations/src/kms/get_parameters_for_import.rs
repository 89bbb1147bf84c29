//! `GetParametersForImport`.

use hsm_algorithms::KeySpec;
use hsmd_gate::aws::KeyReference;
use hsmd_gate::{Detail, Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::Origin;
use hsmd_vault::ImportWrapping;

use super::key::{AccountKey, DAY_MILLISECONDS, now};
use super::{Error, key_detail};
use crate::{Dependencies, Operation};

/// Makes a wrapping key and a token for an import.
pub struct GetParametersForImport {
    /// Which key.
    pub key: KeyReference,
    /// How the material will travel.
    pub wrapping: WrappingChoice,
}

/// How material will travel: an algorithm and an RSA key.
#[derive(Debug, Clone, Copy)]
pub struct WrappingChoice {
    algorithm: ImportWrapping,
    algorithm_name: &'static str,
    key: KeySpec,
    key_name: &'static str,
}

/// What somebody needs to send material.
#[derive(Debug, Clone)]
pub struct ParametersForImport {
    /// The key's ARN.
    pub key_arn: String,
    /// What must come back with the material.
    pub token: Vec<u8>,
    /// The public wrapping key, as `SubjectPublicKeyInfo`.
    pub public_spki_der: Vec<u8>,
    /// Until when both can be used, in milliseconds since 1970.
    pub valid_to_unix_milliseconds: u64,
}

impl WrappingChoice {
    /// What the members of a request say: names of the model.
    ///
    /// # Errors
    ///
    /// [`Error::UnsupportedOperation`] for what is not offered.
    pub fn new(algorithm_name: &'static str, key_name: &'static str) -> Result<Self, Error> {
        let algorithm = match algorithm_name {
            "RSAES_OAEP_SHA_1" => ImportWrapping::OaepSha1,
            "RSAES_OAEP_SHA_256" => ImportWrapping::OaepSha256,
            "RSA_AES_KEY_WRAP_SHA_1" => ImportWrapping::AesKeyWrapSha1,
            "RSA_AES_KEY_WRAP_SHA_256" => ImportWrapping::AesKeyWrapSha256,
            name => {
                return Err(Error::UnsupportedOperation(format!(
                    "Wrapping algorithm {name} is not supported."
                )));
            }
        };
        let key = match key_name {
            "RSA_2048" => KeySpec::RSA_2048,
            "RSA_3072" => KeySpec::RSA_3072,
            "RSA_4096" => KeySpec::RSA_4096,
            name => {
                return Err(Error::UnsupportedOperation(format!(
                    "Wrapping key spec {name} is not supported."
                )));
            }
        };
        Ok(Self {
            algorithm,
            algorithm_name,
            key,
            key_name,
        })
    }
}

impl Operation for GetParametersForImport {
    type Permits = Permit<key_use::Modify>;
    type Output = ParametersForImport;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::GET_PARAMETERS_FOR_IMPORT.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        let WrappingChoice {
            algorithm_name,
            key_name,
            ..
        } = self.wrapping;
        let needs = Needs::kms_key(&actions::kms::GET_PARAMETERS_FOR_IMPORT, self.key.clone())
            .with_condition("kms:WrappingAlgorithm", algorithm_name)
            .with_condition("kms:WrappingKeySpec", key_name);
        Ok(key_detail(needs, &self.key)
            .with_detail("wrappingAlgorithm", Detail::Name(algorithm_name))
            .with_detail("wrappingKeySpec", Detail::Name(key_name)))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<ParametersForImport, Error> {
        let key = AccountKey::of(permit)?;
        if key.kms.origin != Origin::External {
            return Err(key.wrong_origin());
        }
        let valid_to = now(with) + DAY_MILLISECONDS;
        let parameters = with
            .vault
            .import_parameters(permit, self.wrapping.key, self.wrapping.algorithm, valid_to)
            .await
            .map_err(crate::Error::from)?;
        Ok(ParametersForImport {
            key_arn: key.arn(),
            token: parameters.token,
            public_spki_der: parameters.public_spki_der,
            valid_to_unix_milliseconds: valid_to,
        })
    }
}
