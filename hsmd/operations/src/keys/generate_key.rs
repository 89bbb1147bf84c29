//! `C_GenerateKey`.

use std::sync::Arc;

use hsm_algorithms::pkcs11::{
    CKA_KEY_TYPE, CKA_VALUE_LEN, CKK_GENERIC_SECRET, CKM_PKCS5_PBKD2, CKO_DOMAIN_PARAMETERS,
    CKO_SECRET_KEY,
};
use hsm_algorithms::{
    Algorithm, Attributes, Digest, Family, Generator, KeyKind, KeySpec, Parameters, Purpose,
};
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{Object, PartitionId, TokenProfile};
use hsmd_vault::KeyTarget;
use zeroize::Zeroizing;

use super::{check_algorithm, check_input};
use crate::attributes::{Birth, Draft, Implied, domain_parameters};
use crate::making;
use crate::{Dependencies, Error, Operation};

/// Makes a secret key, or the group for keys of DSA or Diffie-Hellman.
pub struct GenerateKey {
    /// Where to.
    pub partition: PartitionId,
    /// How.
    pub source: KeySource,
    /// What the caller says of the key.
    pub template: Attributes,
}

/// What a new secret key is made of.
pub enum KeySource {
    /// Random bytes.
    Generator(Generator),
    /// A password (PBKDF2).
    Password {
        /// Salt and iterations.
        parameters: Parameters,
        /// The password.
        password: Zeroizing<Vec<u8>>,
    },
}

impl Operation for GenerateKey {
    type Permits = Permit<key_use::Create>;
    type Output = Arc<Object>;
    type Error = Error;

    fn action() -> &'static Row {
        actions::GENERATE_KEY.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        let algorithm = match &self.source {
            KeySource::Generator(generator) if generator.makes_key_pairs() => {
                return Err(Error::AlgorithmUnknown);
            }
            KeySource::Generator(_) => None,
            KeySource::Password {
                parameters,
                password,
            } => {
                check_algorithm(Algorithm::Pbkdf2, Purpose::Generate, parameters)?;
                check_input(password)?;
                Some(Algorithm::Pbkdf2)
            }
        };
        let needs = making::creation(
            &actions::GENERATE_KEY,
            self.partition,
            &[(&self.template, self.implied())],
        );
        Ok(match algorithm {
            Some(algorithm) => needs.with_algorithm(algorithm),
            None => needs,
        })
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        caller: &Caller,
        with: &Dependencies,
    ) -> Result<Arc<Object>, Error> {
        let partition = permit.partition();
        let birth = match &self.source {
            KeySource::Generator(generator) => {
                check_generator(*generator, partition.profile)?;
                Birth::Generated {
                    mechanism: generator.row().pkcs11,
                }
            }
            KeySource::Password { .. } => Birth::OfPassword {
                mechanism: CKM_PKCS5_PBKD2,
            },
        };
        let implied = self.implied();
        let login = caller.login(partition.id);
        let mut draft = Draft::new(self.template, birth, implied, login, partition.profile)?;
        if draft.class == CKO_DOMAIN_PARAMETERS {
            let spec =
                domain_parameters::wanted(&draft.attributes, draft.key_type.unwrap_or_default())?;
            let group = with.vault.generate_group(permit, spec).await?;
            domain_parameters::add(&mut draft.attributes, &group)?;
            let object = making::object(with, caller, partition.id, draft, None)?;
            return making::insert_one(with, partition, object).await;
        }
        let generated = match &self.source {
            KeySource::Generator(generator) => {
                let length_bytes = draft.attributes.number(CKA_VALUE_LEN);
                let spec = secret_spec(generator.row().kinds[0], length_bytes)?;
                with.vault.generate(permit, spec).await?
            }
            KeySource::Password {
                parameters,
                password,
            } => {
                let target = KeyTarget {
                    key_type: draft.key_type.unwrap_or(CKK_GENERIC_SECRET),
                    length_bytes: making::value_length(&draft.attributes)?,
                };
                with.vault
                    .generate_from_password(permit, password, parameters, target)
                    .await?
            }
        };
        let spec = generated.spec;
        making::add_secret_key_facts(&mut draft.attributes, spec, generated.check_value)?;
        let object = making::object(
            with,
            caller,
            partition.id,
            draft,
            Some((spec, generated.material)),
        )?;
        making::insert_one(with, partition, object).await
    }

    fn made(object: &Arc<Object>) -> Option<[u8; 16]> {
        Some(*object.id.as_bytes())
    }
}

impl GenerateKey {
    fn implied(&self) -> Implied {
        let key_type = match &self.source {
            KeySource::Generator(generator) => Some(generator.key_type()),
            KeySource::Password { .. } => {
                (!self.template.contains(CKA_KEY_TYPE)).then_some(CKK_GENERIC_SECRET)
            }
        };
        let makes_group = matches!(
            self.source,
            KeySource::Generator(generator) if generator.makes_domain_parameters()
        );
        let class = if makes_group {
            CKO_DOMAIN_PARAMETERS
        } else {
            CKO_SECRET_KEY
        };
        Implied {
            class: Some(class),
            key_type,
        }
    }
}

/// Checks that the profile makes keys of this kind.
///
/// # Errors
///
/// [`Error::AlgorithmUnknown`] if not.
pub(super) fn check_generator(generator: Generator, profile: TokenProfile) -> Result<(), Error> {
    if profile == TokenProfile::Strict && generator.is_legacy() {
        return Err(Error::AlgorithmUnknown);
    }
    Ok(())
}

/// The size of a new secret: what the template says, else the only one there is, else the digest's for HMAC.
pub(super) fn secret_spec(kind: KeyKind, length_bytes: Option<u64>) -> Result<KeySpec, Error> {
    let sizes = kind.row().bits;
    let only = (sizes.min == sizes.max).then_some(sizes.min as usize / 8);
    let length_bytes = match length_bytes {
        Some(length) => usize::try_from(length).map_err(|_| Error::KeySize)?,
        None => only
            .or_else(|| hmac_digest(kind).map(Digest::length_bytes))
            .ok_or(Error::TemplateIncomplete {
                attribute: CKA_VALUE_LEN,
            })?,
    };
    KeySpec::of_secret(kind, length_bytes).ok_or(Error::KeySize)
}

/// The digest of the HMAC that keys of this kind are for alone.
fn hmac_digest(kind: KeyKind) -> Option<Digest> {
    let mac = |algorithm: &&Algorithm| {
        algorithm.family() == Family::Hmac
            && kind != KeyKind::GenericSecret
            && algorithm.takes(kind)
    };
    Algorithm::ALL.iter().find(mac)?.digest()
}
