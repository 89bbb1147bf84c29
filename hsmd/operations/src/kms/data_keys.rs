//! `GenerateDataKey` and its like: four calls, of which two leave the plaintext inside.

use hsm_algorithms::{KmsAlgorithm, KmsKeySpec};
use hsmd_gate::aws::AskedKey;
use hsmd_gate::{Action, Detail, Needs, Permit, QuotaGroup, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_policy::EncryptionContext;
use hsmd_secret_memory::Plaintext;

use super::Error;
use super::used_key::{KeyRequest, add_context, arn, check_context, material_id, vault_error};
use crate::{Dependencies, Operation};

/// A data key that is asked for.
pub struct DataKeyRequest {
    /// Under which key.
    pub request: KeyRequest,
    /// How long it is to be.
    pub length: DataKeyLength,
    /// What its ciphertext is bound to.
    pub encryption_context: EncryptionContext,
}

/// A data key pair that is asked for.
pub struct DataKeyPairRequest {
    /// Under which key.
    pub request: KeyRequest,
    /// Of which kind.
    pub spec: KmsKeySpec,
    /// What the ciphertext of its private half is bound to.
    pub encryption_context: EncryptionContext,
}

/// How long a data key is to be.
#[derive(Debug, Clone, Copy)]
pub enum DataKeyLength {
    /// `AES_128`.
    Aes128,
    /// `AES_256`.
    Aes256,
    /// So many bytes.
    Bytes(u32),
}

/// A new data key.
pub struct NewDataKey {
    /// The key in the clear; not where it was to stay inside.
    pub plaintext: Option<Plaintext>,
    /// Its ciphertext blob.
    pub ciphertext: Vec<u8>,
    /// The ARN of the key that encrypted it.
    pub key_arn: String,
    /// The material that encrypted it.
    pub key_material_id: Option<String>,
}

/// A new data key pair.
pub struct NewDataKeyPair {
    /// The private key as PKCS#8; not where it was to stay inside.
    pub private: Option<Plaintext>,
    /// The ciphertext blob of that.
    pub ciphertext: Vec<u8>,
    /// The public key as `SubjectPublicKeyInfo`.
    pub public_spki_der: Vec<u8>,
    /// Its kind.
    pub spec: KmsKeySpec,
    /// The ARN of the key that encrypted it.
    pub key_arn: String,
    /// The material that encrypted it.
    pub key_material_id: Option<String>,
}

/// Makes a data key, in the clear and encrypted.
pub struct GenerateDataKey(pub DataKeyRequest);

/// Makes a data key, encrypted alone.
pub struct GenerateDataKeyWithoutPlaintext(pub DataKeyRequest);

/// Makes a data key pair, its private half in the clear and encrypted.
pub struct GenerateDataKeyPair(pub DataKeyPairRequest);

/// Makes a data key pair, its private half encrypted alone.
pub struct GenerateDataKeyPairWithoutPlaintext(pub DataKeyPairRequest);

/// Makes an operation of a request that says how to be asked and done.
macro_rules! data_key_operation {
    ($operation:ident, $action:ident, $output:ty, with_plaintext: $with_plaintext:literal) => {
        impl Operation for $operation {
            type Permits = Permit<key_use::Encrypt>;
            type Output = $output;
            type Error = Error;

            fn action() -> &'static Row {
                actions::kms::$action.row()
            }

            fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
                self.0.needs(&actions::kms::$action)
            }

            async fn execute(
                self,
                permit: &Self::Permits,
                _: &Caller,
                with: &Dependencies,
            ) -> Result<$output, Error> {
                self.0.made(permit, with, $with_plaintext).await
            }
        }
    };
}

data_key_operation!(GenerateDataKey, GENERATE_DATA_KEY, NewDataKey, with_plaintext: true);
data_key_operation!(
    GenerateDataKeyWithoutPlaintext,
    GENERATE_DATA_KEY_WITHOUT_PLAINTEXT,
    NewDataKey,
    with_plaintext: false
);
data_key_operation!(
    GenerateDataKeyPair,
    GENERATE_DATA_KEY_PAIR,
    NewDataKeyPair,
    with_plaintext: true
);
data_key_operation!(
    GenerateDataKeyPairWithoutPlaintext,
    GENERATE_DATA_KEY_PAIR_WITHOUT_PLAINTEXT,
    NewDataKeyPair,
    with_plaintext: false
);

impl DataKeyLength {
    /// What the members of a request say, of which there is to be one.
    ///
    /// # Errors
    ///
    /// [`Error::Validation`] if there are none or two.
    pub fn new(spec: Option<Self>, bytes: Option<u32>) -> Result<Self, Error> {
        match (spec, bytes) {
            (Some(spec), None) => Ok(spec),
            (None, Some(bytes)) => Ok(Self::Bytes(bytes)),
            (None, None) | (Some(_), Some(_)) => Err(Error::Validation(
                "Please specify either number of bytes or key spec.".to_owned(),
            )),
        }
    }

    const fn bytes(self) -> usize {
        match self {
            Self::Aes128 => 16,
            Self::Aes256 => 32,
            Self::Bytes(bytes) => bytes as usize,
        }
    }
}

impl DataKeyRequest {
    fn needs(
        &self,
        action: &'static Action<Permit<key_use::Encrypt>>,
    ) -> Result<Needs<Permit<key_use::Encrypt>>, Error> {
        let key = asked(&self.request, &self.encryption_context)?;
        let needs = Needs::kms_key(action, key);
        let needs = match self.length {
            DataKeyLength::Aes128 => needs.with_detail("keySpec", Detail::Name("AES_128")),
            DataKeyLength::Aes256 => needs.with_detail("keySpec", Detail::Name("AES_256")),
            DataKeyLength::Bytes(bytes) => {
                needs.with_detail("numberOfBytes", Detail::Number(bytes.into()))
            }
        };
        let needs = add_context(needs, "encryptionContext", &self.encryption_context);
        Ok(self.request.add_to(needs))
    }

    #[expect(clippy::unused_async, reason = "data keys and pairs are made alike")]
    async fn made(
        self,
        permit: &Permit<key_use::Encrypt>,
        with: &Dependencies,
        with_plaintext: bool,
    ) -> Result<NewDataKey, Error> {
        let context = self.encryption_context.canonical();
        let made = with
            .vault
            .new_data_key(permit, &context, self.length.bytes())
            .map_err(vault_error)?;
        Ok(NewDataKey {
            plaintext: with_plaintext.then_some(made.plaintext),
            ciphertext: made.ciphertext,
            key_arn: arn(permit)?,
            key_material_id: material_id(permit),
        })
    }
}

impl DataKeyPairRequest {
    fn needs(
        &self,
        action: &'static Action<Permit<key_use::Encrypt>>,
    ) -> Result<Needs<Permit<key_use::Encrypt>>, Error> {
        let key = asked(&self.request, &self.encryption_context)?
            .with_condition("kms:DataKeyPairSpec", self.spec.kms_name());
        let needs = Needs::kms_key(action, key)
            .with_detail("keyPairSpec", Detail::Name(self.spec.kms_name()));
        let needs = add_context(needs, "encryptionContext", &self.encryption_context);
        let spec = self.spec.spec();
        let needs = needs.counted_in(QuotaGroup::of_data_key_pair(spec.kind(), spec.bits()));
        Ok(self.request.add_to(needs))
    }

    async fn made(
        self,
        permit: &Permit<key_use::Encrypt>,
        with: &Dependencies,
        with_plaintext: bool,
    ) -> Result<NewDataKeyPair, Error> {
        let context = self.encryption_context.canonical();
        let made = with
            .vault
            .new_data_key_pair(permit, &context, self.spec.spec());
        let made = made.await.map_err(vault_error)?;
        Ok(NewDataKeyPair {
            private: with_plaintext.then_some(made.private),
            ciphertext: made.ciphertext,
            public_spki_der: made.public_spki_der,
            spec: self.spec,
            key_arn: arn(permit)?,
            key_material_id: material_id(permit),
        })
    }
}

fn asked(request: &KeyRequest, context: &EncryptionContext) -> Result<AskedKey, Error> {
    let algorithm = KmsAlgorithm::SymmetricDefault;
    check_context(context, algorithm)?;
    Ok(AskedKey::new(request.key.clone())
        .with_encryption_context(context.clone())
        .with_condition("kms:EncryptionAlgorithm", algorithm.kms_name()))
}
