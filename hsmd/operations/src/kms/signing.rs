//! `Sign` and `Verify`.

use hsm_algorithms::{
    Algorithm, EdDsaParameters, KmsAlgorithm, KmsKeySpec, Parameters, PssParameters,
};
use hsm_aws_lc::Message;
use hsmd_gate::aws::AskedKey;
use hsmd_gate::{Action, Detail, Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_secret_memory::Plaintext;
use hsmd_vault::{EngineError, VaultError};

use super::used_key::{KeyRequest, arn, spec_for, vault_error};
use super::{Error, ecdsa_signature};
use crate::{Dependencies, Operation};

/// What is signed, how, and with which key.
pub struct SigningRequest {
    /// With which key.
    pub request: KeyRequest,
    /// The message, or what its type says.
    pub message: Plaintext,
    /// What `message` is.
    pub message_type: MessageType,
    /// How.
    pub algorithm: KmsAlgorithm,
}

/// What the message of a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageType {
    /// The message itself.
    Raw,
    /// The algorithm's digest of it.
    Digest,
    /// The μ of ML-DSA (FIPS 204 §6.2).
    ExternalMu,
}

/// Signs.
pub struct Sign(pub SigningRequest);

/// Checks a signature.
pub struct Verify {
    /// Of what, how, and with which key.
    pub signed: SigningRequest,
    /// The signature.
    pub signature: Vec<u8>,
}

/// What [`Sign`] gives.
pub struct Signed {
    /// The signature; of ECDSA, in DER.
    pub signature: Vec<u8>,
    /// The key's ARN.
    pub key_arn: String,
    /// How it was made.
    pub algorithm: KmsAlgorithm,
}

/// What [`Verify`] gives: the signature is right.
pub struct Verified {
    /// The key's ARN.
    pub key_arn: String,
    /// How it was made.
    pub algorithm: KmsAlgorithm,
}

impl Operation for Sign {
    type Permits = Permit<key_use::Sign>;
    type Output = Signed;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::SIGN.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        self.0.needs(&actions::kms::SIGN)
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<Signed, Error> {
        let SigningRequest { algorithm, .. } = self.0;
        spec_for(permit, algorithm)?;
        let Prepared {
            by,
            parameters,
            message,
        } = self.0.prepared()?;
        let signature = with.vault.sign(permit, by, &parameters, message).await;
        let signature = signature.map_err(vault_error)?;
        Ok(Signed {
            signature: if is_ecdsa(algorithm) {
                ecdsa_signature::to_der(&signature)
            } else {
                signature
            },
            key_arn: arn(permit)?,
            algorithm,
        })
    }
}

impl Operation for Verify {
    type Permits = Permit<key_use::Verify>;
    type Output = Verified;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::VERIFY.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        self.signed.needs(&actions::kms::VERIFY)
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<Verified, Error> {
        let SigningRequest { algorithm, .. } = self.signed;
        let spec = spec_for(permit, algorithm)?;
        let Prepared {
            by,
            parameters,
            message,
        } = self.signed.prepared()?;
        let signature = if is_ecdsa(algorithm) {
            ecdsa_signature::from_der(&self.signature, coordinate_bytes(spec))
                .ok_or(Error::InvalidSignature)?
        } else {
            self.signature
        };
        with.vault
            .verify(permit, by, &parameters, message, &signature)
            .map_err(signature_error)?;
        Ok(Verified {
            key_arn: arn(permit)?,
            algorithm,
        })
    }
}

/// What the vault takes.
struct Prepared<'a> {
    by: Algorithm,
    parameters: Parameters,
    message: Message<'a>,
}

impl SigningRequest {
    fn needs<U: key_use::Use<Subject = hsmd_gate::KeySubject>>(
        &self,
        action: &'static Action<Permit<U>>,
    ) -> Result<Needs<Permit<U>>, Error> {
        self.prepared()?;
        let (algorithm, kind) = (self.algorithm.kms_name(), self.message_type.name());
        let key = AskedKey::new(self.request.key.clone())
            .with_condition("kms:SigningAlgorithm", algorithm)
            .with_condition("kms:MessageType", kind);
        let needs = Needs::kms_key(action, key)
            .with_detail("messageType", Detail::Name(kind))
            .with_detail("signingAlgorithm", Detail::Name(algorithm));
        Ok(self.request.add_to(needs))
    }

    /// Algorithm and message as the vault takes them.
    fn prepared(&self) -> Result<Prepared<'_>, Error> {
        let Self {
            algorithm,
            message_type,
            ..
        } = *self;
        let is_ml_dsa = algorithm == KmsAlgorithm::MlDsaShake256;
        let fits = match message_type {
            MessageType::Raw => algorithm != KmsAlgorithm::Ed25519PhSha512,
            MessageType::Digest => algorithm != KmsAlgorithm::Ed25519Sha512 && !is_ml_dsa,
            MessageType::ExternalMu => is_ml_dsa,
        };
        if !fits {
            return Err(Error::Validation(format!(
                "Algorithm {algorithm} and message type {} are not compatible.",
                message_type.name()
            )));
        }
        let bytes = self.message.as_bytes();
        let is_right_length = match (message_type, algorithm.digest()) {
            (MessageType::Digest, Some(digest)) => bytes.len() == digest.length_bytes(),
            (MessageType::ExternalMu, _) => bytes.len() == MU_BYTES,
            (MessageType::Digest, None) | (MessageType::Raw, _) => true,
        };
        if !is_right_length {
            return Err(Error::Validation(format!(
                "Digest is invalid length for algorithm {algorithm}."
            )));
        }
        let (by, parameters) = signing(algorithm, message_type)?;
        // Ed25519ph hashes what it is given itself, be it a digest already.
        let is_digest =
            message_type == MessageType::Digest && algorithm != KmsAlgorithm::Ed25519PhSha512;
        let message = if is_digest {
            Message::Digest(bytes)
        } else {
            Message::Whole(bytes)
        };
        Ok(Prepared {
            by,
            parameters,
            message,
        })
    }
}

impl MessageType {
    /// The type with this name in the API.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        [Self::Raw, Self::Digest, Self::ExternalMu]
            .into_iter()
            .find(|kind| kind.name() == name)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Raw => "RAW",
            Self::Digest => "DIGEST",
            Self::ExternalMu => "EXTERNAL_MU",
        }
    }
}

/// The product's own algorithm, with its parameters.
fn signing(
    algorithm: KmsAlgorithm,
    message_type: MessageType,
) -> Result<(Algorithm, Parameters), Error> {
    use KmsAlgorithm as Kms;
    let pss = |by: Algorithm| {
        let parameters = algorithm.digest().map_or(Parameters::None, |hash| {
            Parameters::Pss(PssParameters {
                hash,
                mgf1_hash: hash,
                salt_length_bytes: u32::try_from(hash.length_bytes()).unwrap_or(0),
            })
        });
        (by, parameters)
    };
    let plain = |by: Algorithm| (by, Parameters::None);
    Ok(match algorithm {
        Kms::RsassaPkcs1V15Sha256 => plain(Algorithm::RsassaPkcs1V15Sha256),
        Kms::RsassaPkcs1V15Sha384 => plain(Algorithm::RsassaPkcs1V15Sha384),
        Kms::RsassaPkcs1V15Sha512 => plain(Algorithm::RsassaPkcs1V15Sha512),
        Kms::RsassaPssSha256 => pss(Algorithm::RsassaPssSha256),
        Kms::RsassaPssSha384 => pss(Algorithm::RsassaPssSha384),
        Kms::RsassaPssSha512 => pss(Algorithm::RsassaPssSha512),
        Kms::EcdsaSha256 => plain(Algorithm::EcdsaSha256),
        Kms::EcdsaSha384 => plain(Algorithm::EcdsaSha384),
        Kms::EcdsaSha512 => plain(Algorithm::EcdsaSha512),
        Kms::Ed25519Sha512 => plain(Algorithm::EdDsa),
        Kms::Ed25519PhSha512 => {
            let parameters = EdDsaParameters {
                is_prehashed: true,
                context: Vec::new(),
            };
            (Algorithm::EdDsa, Parameters::EdDsa(parameters))
        }
        Kms::MlDsaShake256 if message_type == MessageType::ExternalMu => {
            plain(Algorithm::MlDsaExternalMu)
        }
        Kms::MlDsaShake256 => plain(Algorithm::MlDsa),
        Kms::SymmetricDefault
        | Kms::RsaesOaepSha1
        | Kms::RsaesOaepSha256
        | Kms::HmacSha224
        | Kms::HmacSha256
        | Kms::HmacSha384
        | Kms::HmacSha512
        | Kms::Ecdh
        | Kms::MlKem => {
            return Err(Error::Validation(format!(
                "{algorithm} is no signing algorithm."
            )));
        }
    })
}

const fn is_ecdsa(algorithm: KmsAlgorithm) -> bool {
    matches!(
        algorithm,
        KmsAlgorithm::EcdsaSha256 | KmsAlgorithm::EcdsaSha384 | KmsAlgorithm::EcdsaSha512
    )
}

fn coordinate_bytes(spec: KmsKeySpec) -> usize {
    (spec.spec().bits() as usize).div_ceil(8)
}

/// Whatever is wrong with a signature is one error.
fn signature_error(error: VaultError) -> Error {
    use hsm_aws_lc::Error as Crypto;
    match error {
        VaultError::Engine(EngineError::Crypto(
            Crypto::SignatureInvalid | Crypto::SignatureLength,
        )) => Error::InvalidSignature,
        error => vault_error(error),
    }
}

/// FIPS 204 algorithm 7, step 6.
const MU_BYTES: usize = 64;
