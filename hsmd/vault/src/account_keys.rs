//! What keys of accounts compute that other keys do not: ciphertext blobs, data keys, and results in the clear of key
//! agreement and encapsulation, which PKCS#11 makes keys of.

use hsm_algorithms::{Algorithm, KeySpec, Parameters};
use hsm_aws_lc::public::{self, PublicKey};
use hsm_aws_lc::{Message, SecretBytes, random};
use hsmd_gate::key_use::{Decapsulate, Decrypt, Derive, Encapsulate, Encrypt, Use, Verify};
use hsmd_gate::{KeySubject, Permit};
use hsmd_secret_memory::Plaintext;

use crate::engines::{self, BlobHeader, OpenedKey, ciphertext_blob};
use crate::making::is_slow_to_make;
use crate::vault::Work;
use crate::{EngineError, Vault, VaultError};

/// A new data key: in the clear, and encrypted under the key that was asked.
pub struct DataKey {
    /// The data key.
    pub plaintext: Plaintext,
    /// Its ciphertext blob.
    pub ciphertext: Vec<u8>,
}

/// A new data key pair.
pub struct DataKeyPair {
    /// The private key as PKCS#8 (RFC 5958).
    pub private: Plaintext,
    /// The ciphertext blob of that.
    pub ciphertext: Vec<u8>,
    /// The public key as `SubjectPublicKeyInfo`.
    pub public_spki_der: Vec<u8>,
}

/// A new shared secret.
pub struct SharedSecret {
    /// The secret.
    pub plaintext: Plaintext,
    /// What the other side takes it from.
    pub ciphertext: Vec<u8>,
}

impl Vault {
    /// Encrypts under a symmetric key. `context` is the canonical encryption context.
    ///
    /// # Errors
    ///
    /// [`VaultError::NotAnAccountsKey`]; otherwise as [`Vault::sign`].
    pub fn seal_blob(
        &self,
        permit: &Permit<Encrypt>,
        context: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        let header = header(permit)?;
        self.compute_now(permit, |key| {
            Ok(ciphertext_blob::seal(key, &header, context, plaintext)?)
        })
    }

    /// Decrypts what [`Vault::seal_blob`] made.
    ///
    /// # Errors
    ///
    /// [`Crypto`](EngineError::Crypto) with [`CiphertextInvalid`](hsm_aws_lc::Error::CiphertextInvalid) for whatever is
    /// wrong with blob and context, and for a blob of another key or version; otherwise as [`Vault::seal_blob`].
    pub fn open_blob(
        &self,
        permit: &Permit<Decrypt>,
        context: &[u8],
        blob: &[u8],
    ) -> Result<Plaintext, VaultError> {
        if permit.version().is_none() || BlobHeader::parse(blob) != Some(header(permit)?) {
            return Err(hsm_aws_lc::Error::CiphertextInvalid.into());
        }
        let opened = self.compute_now(permit, |key| {
            Ok(ciphertext_blob::open::<Vec<u8>>(key, context, blob)?)
        });
        opened.map(Plaintext::from)
    }

    /// Makes a data key of that length.
    ///
    /// # Errors
    ///
    /// As [`Vault::seal_blob`].
    pub fn new_data_key(
        &self,
        permit: &Permit<Encrypt>,
        context: &[u8],
        length_bytes: usize,
    ) -> Result<DataKey, VaultError> {
        let header = header(permit)?;
        self.compute_now(permit, |key| {
            let mut data_key = SecretBytes::zeroed(length_bytes)?;
            random::fill(data_key.expose_mut())?;
            Ok(DataKey {
                ciphertext: ciphertext_blob::seal(key, &header, context, data_key.expose())?,
                plaintext: data_key.expose().to_vec().into(),
            })
        })
    }

    /// Makes a data key pair of that kind.
    ///
    /// # Errors
    ///
    /// [`VaultError::Overloaded`]; otherwise as [`Vault::seal_blob`].
    pub async fn new_data_key_pair(
        &self,
        permit: &Permit<Encrypt>,
        context: &[u8],
        spec: KeySpec,
    ) -> Result<DataKeyPair, VaultError> {
        let header = header(permit)?;
        let make = || {
            self.compute_now(permit, |key| {
                let pair = OpenedKey::generate(spec, None)?;
                let public = pair.public()?.ok_or(EngineError::KeyTypeUnknown)?;
                let private = pair.exported()?;
                Ok(DataKeyPair {
                    ciphertext: ciphertext_blob::seal(key, &header, context, private.expose())?,
                    private: private.expose().to_vec().into(),
                    public_spki_der: public.to_spki_der()?,
                })
            })
        };
        if is_slow_to_make(spec.kind()) {
            self.workers().run(make).await?
        } else {
            make()
        }
    }

    /// Checks a signature with the public half of a key.
    ///
    /// # Errors
    ///
    /// [`Crypto`](EngineError::Crypto) with `SignatureInvalid` or `SignatureLength` for a wrong one; otherwise as
    /// [`Vault::sign`].
    pub fn verify(
        &self,
        permit: &Permit<Verify>,
        algorithm: Algorithm,
        parameters: &Parameters,
        message: Message<'_>,
        signature: &[u8],
    ) -> Result<(), VaultError> {
        let public = self.public(permit)?;
        Ok(public::verify(
            algorithm, parameters, &public, message, signature,
        )?)
    }

    /// Encrypts with the public half of a key.
    ///
    /// # Errors
    ///
    /// As [`Vault::sign`].
    pub fn encrypt_with_public(
        &self,
        permit: &Permit<Encrypt>,
        algorithm: Algorithm,
        parameters: &Parameters,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        let public = self.public(permit)?;
        Ok(public::encrypt(algorithm, parameters, &public, plaintext)?)
    }

    /// The x coordinate that both holders of a key on one curve have in common (SP 800-56A rev. 3 §5.7.1.2), as long as the
    /// field's elements.
    ///
    /// # Errors
    ///
    /// [`Crypto`](EngineError::Crypto) with `KeyInvalid` unless `peer_spki_der` is a public key on the same curve; otherwise
    /// as [`Vault::sign`].
    pub async fn agree(
        &self,
        permit: &Permit<Derive>,
        peer_spki_der: &[u8],
    ) -> Result<Plaintext, VaultError> {
        let peer =
            PublicKey::from_spki_der(peer_spki_der).map_err(|_| hsm_aws_lc::Error::KeyInvalid)?;
        if peer.spec() != permit.object().spec {
            return Err(hsm_aws_lc::Error::KeyInvalid.into());
        }
        let (_, point) = peer.point()?.ok_or(hsm_aws_lc::Error::KeyInvalid)?;
        self.compute(permit, Work::default(), |key| {
            let secret = engines::agree(key, &point)?;
            Ok(secret.expose().to_vec().into())
        })
        .await
    }

    /// Makes a shared secret, and the ciphertext for the holder of the key.
    ///
    /// # Errors
    ///
    /// As [`Vault::sign`].
    pub fn new_shared_secret(
        &self,
        permit: &Permit<Encapsulate>,
    ) -> Result<SharedSecret, VaultError> {
        let public = self.public(permit)?;
        let none = &Parameters::None;
        let (ciphertext, secret) = public::encapsulate(Algorithm::MlKem, none, &public)?;
        Ok(SharedSecret {
            ciphertext,
            plaintext: secret.expose().to_vec().into(),
        })
    }

    /// The shared secret of a ciphertext; another one if it was not made for this key (FIPS 203 §6.3).
    ///
    /// # Errors
    ///
    /// [`Crypto`](EngineError::Crypto) with `CiphertextLength`; otherwise as [`Vault::sign`].
    pub async fn shared_secret(
        &self,
        permit: &Permit<Decapsulate>,
        ciphertext: &[u8],
    ) -> Result<Plaintext, VaultError> {
        self.compute(permit, Work::of(ciphertext), |key| {
            let secret = engines::decapsulate_secret(key, ciphertext)?;
            Ok(secret.expose().to_vec().into())
        })
        .await
    }

    /// The public half of a key.
    fn public<U: Use<Subject = KeySubject>>(
        &self,
        permit: &Permit<U>,
    ) -> Result<PublicKey, VaultError> {
        self.compute_now(permit, |key| {
            Ok(key.public()?.ok_or(EngineError::KeyTypeUnknown)?)
        })
    }
}

/// What a blob under the permit's key and version says.
fn header<U: Use<Subject = KeySubject>>(permit: &Permit<U>) -> Result<BlobHeader, VaultError> {
    let tenancy = permit.partition().tenancy.as_ref();
    Ok(BlobHeader {
        account: tenancy.ok_or(VaultError::NotAnAccountsKey)?.account,
        key: permit
            .object()
            .key_id()
            .ok_or(VaultError::NotAnAccountsKey)?,
        material: permit.version().ok_or(VaultError::NoMaterial)?.number,
    })
}
