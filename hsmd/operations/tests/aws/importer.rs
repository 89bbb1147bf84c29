//! Whoever brings material from outside for one key.

use std::time::Duration;

use aes_kw::{KeyInit as _, KwpAes256};
use hsm_algorithms::{Algorithm, Digest, OaepParameters, Parameters};
use hsm_aws_lc::public::{self, PublicKey};
use hsm_aws_lc::random;
use hsmd_operations::kms::{
    self, DeleteImportedKeyMaterial, GetParametersForImport, ImportKeyMaterial, ImportKind,
    KeyReference, ParametersForImport, RotateKeyOnDemand, WrappingChoice,
};

use crate::timed::rotations;
use crate::world::{Person, World};

/// The first and the second material of a key.
pub(crate) const ONE: [u8; 32] = [1; 32];
pub(crate) const TWO: [u8; 32] = [2; 32];

/// A key for imports with who asks for it.
pub(crate) struct Importer<'a> {
    pub(crate) world: &'a World,
    pub(crate) who: &'a Person,
    pub(crate) key: KeyReference,
}

/// What may be said of an import.
#[derive(Default)]
pub(crate) struct Said {
    pub(crate) valid_for: Option<Duration>,
    pub(crate) kind: Option<ImportKind>,
    pub(crate) description: Option<String>,
    pub(crate) material_id: Option<String>,
}

impl<'a> Importer<'a> {
    pub(crate) async fn new(world: &'a World, who: &'a Person) -> Self {
        let made = world.key(who, "SYMMETRIC_DEFAULT", None, "EXTERNAL").await;
        Self {
            world,
            who,
            key: KeyReference::parse(&made.key_id),
        }
    }

    pub(crate) async fn parameters(&self, algorithm: &'static str) -> ParametersForImport {
        let asked = GetParametersForImport {
            key: self.key.clone(),
            wrapping: WrappingChoice::new(algorithm, "RSA_2048").unwrap(),
        };
        self.world.ask(self.who, asked).await.unwrap()
    }

    /// Gives the material's id.
    pub(crate) async fn import_wrapped(
        &self,
        token: Vec<u8>,
        encrypted_material: Vec<u8>,
        said: Said,
    ) -> Result<String, kms::Error> {
        let valid_to = said
            .valid_for
            .map(|time| self.world.now() + u64::try_from(time.as_millis()).unwrap());
        let import = ImportKeyMaterial {
            key: self.key.clone(),
            token,
            encrypted_material,
            does_not_expire: valid_to.is_none(),
            valid_to_unix_milliseconds: valid_to,
            kind: said.kind,
            description: said.description,
            material_id: said.material_id,
        };
        let imported = self.world.ask(self.who, import).await?;
        Ok(imported.material_id.unwrap_or_default())
    }

    pub(crate) async fn import(&self, material: &[u8], said: Said) -> Result<String, kms::Error> {
        let parameters = self.parameters("RSAES_OAEP_SHA_256").await;
        let wrapped = oaep(&parameters, Digest::Sha256, material);
        self.import_wrapped(parameters.token, wrapped, said).await
    }

    pub(crate) async fn delete(&self, material_id: Option<String>) -> Result<String, kms::Error> {
        let delete = DeleteImportedKeyMaterial {
            key: self.key.clone(),
            material_id,
        };
        let deleted = self.world.ask(self.who, delete).await?;
        Ok(deleted.material_id.unwrap_or_default())
    }

    pub(crate) async fn rotate(&self) -> Result<String, kms::Error> {
        let rotate = RotateKeyOnDemand {
            key: self.key.clone(),
        };
        self.world.ask(self.who, rotate).await
    }

    pub(crate) async fn state(&self) -> &'static str {
        self.world.state(self.who, &self.key).await
    }

    /// The states of every material: which it is, and whether it is there.
    pub(crate) async fn states(&self) -> Vec<(&'static str, &'static str)> {
        let entries = rotations(self.world, self.who, &self.key, true).await;
        entries
            .iter()
            .map(|entry| (entry.material_state, entry.import.as_ref().unwrap().state))
            .collect()
    }
}

pub(crate) fn oaep(parameters: &ParametersForImport, hash: Digest, material: &[u8]) -> Vec<u8> {
    let key = PublicKey::from_spki_der(&parameters.public_spki_der).unwrap();
    let oaep = Parameters::Oaep(OaepParameters {
        hash,
        mgf1_hash: hash,
        label: Vec::new(),
    });
    public::encrypt(Algorithm::RsaesOaep, &oaep, &key, material).unwrap()
}

/// RFC 5649 under an AES-256 key, which travels under RSA-OAEP before it.
pub(crate) fn aes_key_wrap(
    parameters: &ParametersForImport,
    hash: Digest,
    material: &[u8],
) -> Vec<u8> {
    let mut key = [0; 32];
    random::fill(&mut key).unwrap();
    let mut buffer = vec![0; material.len().div_ceil(8) * 8 + 8];
    let wrapped = KwpAes256::new(&key.into())
        .wrap_key(material, &mut buffer)
        .unwrap();
    [oaep(parameters, hash, &key).as_slice(), wrapped].concat()
}
