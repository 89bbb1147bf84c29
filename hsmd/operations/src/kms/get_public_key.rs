//! `GetPublicKey`.

use hsm_algorithms::pkcs11::CKA_PUBLIC_KEY_INFO;
use hsm_algorithms::{KmsKeySpec, KmsKeyUsage};
use hsmd_gate::aws::{AskedKey, KeyReference};
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;

use super::used_key::{arn, spec};
use super::{Error, key_detail};
use crate::{Dependencies, Operation};

/// Gives the public half of a key pair.
pub struct GetPublicKey {
    /// Of which key.
    pub key: KeyReference,
    /// Tokens of grants that may allow it.
    pub grant_tokens: Vec<String>,
}

/// The public half of a key pair.
pub struct PublicKey {
    /// `SubjectPublicKeyInfo`.
    pub spki_der: Vec<u8>,
    /// The key's ARN.
    pub key_arn: String,
    /// Kind and size.
    pub spec: KmsKeySpec,
    /// What the key is for.
    pub usage: KmsKeyUsage,
}

impl Operation for GetPublicKey {
    type Permits = Permit<key_use::Read>;
    type Output = PublicKey;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::GET_PUBLIC_KEY.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        let key = AskedKey::new(self.key.clone());
        let needs = Needs::kms_key(&actions::kms::GET_PUBLIC_KEY, key);
        Ok(key_detail(needs, &self.key).with_grant_tokens(self.grant_tokens.clone()))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        _: &Dependencies,
    ) -> Result<PublicKey, Error> {
        let (key_arn, spec) = (arn(permit)?, spec(permit)?);
        if !spec.is_asymmetric() {
            return Err(Error::UnsupportedOperation(format!(
                "{key_arn} is not an asymmetric key."
            )));
        }
        let object = permit.object();
        let spki_der = object.attributes.bytes(CKA_PUBLIC_KEY_INFO);
        let (spki_der, kms) = spki_der.zip(object.kms.as_ref()).ok_or(Error::Internal {
            task: "read a public key",
        })?;
        Ok(PublicKey {
            spki_der: spki_der.to_vec(),
            key_arn,
            spec,
            usage: kms.usage,
        })
    }
}
