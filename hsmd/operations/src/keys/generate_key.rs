//! `C_GenerateKey`.

use std::sync::Arc;

use hsm_algorithms::pkcs11::{CKA_VALUE_LEN, CKO_SECRET_KEY};
use hsm_algorithms::{Attributes, Digest, Generator, KeyKind, KeySpec};
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{Object, PartitionId};

use crate::attributes::{Birth, Draft, Implied};
use crate::making;
use crate::{Dependencies, Error, Operation};

/// Makes a secret key.
pub struct GenerateKey {
    /// Where to.
    pub partition: PartitionId,
    /// How.
    pub generator: Generator,
    /// What the caller says of the key.
    pub template: Attributes,
}

impl Operation for GenerateKey {
    type Permits = Permit<key_use::Create>;
    type Output = Arc<Object>;

    fn action() -> &'static Row {
        actions::GENERATE_KEY.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        if self.generator.makes_key_pairs() {
            return Err(Error::AlgorithmUnknown);
        }
        Ok(making::creation(
            &actions::GENERATE_KEY,
            self.partition,
            &[(&self.template, self.implied())],
        ))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        caller: &Caller,
        with: &Dependencies,
    ) -> Result<Arc<Object>, Error> {
        let partition = permit.partition();
        let birth = Birth::Generated {
            mechanism: self.generator.row().pkcs11,
        };
        let implied = self.implied();
        let login = caller.login(partition.id);
        let mut draft = Draft::new(self.template, birth, implied, login, partition.profile)?;
        let spec = secret_spec(
            self.generator.row().kinds[0],
            draft.attributes.number(CKA_VALUE_LEN),
        )?;
        let generated = with.vault.generate(permit, spec).await?;
        making::add_secret_key_facts(&mut draft.attributes, spec, generated.check_value)?;
        let object = making::object(
            with,
            caller,
            partition.id,
            draft,
            Some((spec, generated.material)),
        )?;
        making::insert_one(with, object).await
    }

    fn made(object: &Arc<Object>) -> Option<[u8; 16]> {
        Some(*object.id.as_bytes())
    }
}

impl GenerateKey {
    fn implied(&self) -> Implied {
        Implied {
            class: Some(CKO_SECRET_KEY),
            key_type: Some(self.generator.key_type()),
        }
    }
}

/// The size of a new secret: what the template says, else the only one there is, else the digest's for HMAC.
pub(super) fn secret_spec(kind: KeyKind, length_bytes: Option<u64>) -> Result<KeySpec, Error> {
    let length_bytes = match length_bytes {
        Some(length) => usize::try_from(length).map_err(|_| Error::KeySize)?,
        None => hmac_digest(kind)
            .map(Digest::length_bytes)
            .ok_or(Error::TemplateIncomplete {
                attribute: CKA_VALUE_LEN,
            })?,
    };
    KeySpec::of_secret(kind, length_bytes).ok_or(Error::KeySize)
}

fn hmac_digest(kind: KeyKind) -> Option<Digest> {
    match kind {
        KeyKind::HmacSha1 => Some(Digest::Sha1),
        KeyKind::HmacSha224 => Some(Digest::Sha224),
        KeyKind::HmacSha256 => Some(Digest::Sha256),
        KeyKind::HmacSha384 => Some(Digest::Sha384),
        KeyKind::HmacSha512 => Some(Digest::Sha512),
        KeyKind::HmacSha512_224 => Some(Digest::Sha512_224),
        KeyKind::HmacSha512_256 => Some(Digest::Sha512_256),
        KeyKind::HmacSha3_224 => Some(Digest::Sha3_224),
        KeyKind::HmacSha3_256 => Some(Digest::Sha3_256),
        KeyKind::HmacSha3_384 => Some(Digest::Sha3_384),
        KeyKind::HmacSha3_512 => Some(Digest::Sha3_512),
        KeyKind::Aes
        | KeyKind::GenericSecret
        | KeyKind::Rsa
        | KeyKind::EcP256
        | KeyKind::EcP384
        | KeyKind::EcP521
        | KeyKind::Ed25519
        | KeyKind::X25519 => None,
    }
}
