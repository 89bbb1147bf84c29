//! `C_CreateObject`: data, certificates and public keys as they are; private and secret keys are imported.

use std::sync::Arc;

use hsm_algorithms::pkcs11::{
    CKA_COEFFICIENT, CKA_EC_PARAMS, CKA_EC_POINT, CKA_EXPONENT_1, CKA_EXPONENT_2, CKA_KEY_TYPE,
    CKA_MODULUS, CKA_PARAMETER_SET, CKA_PRIME_1, CKA_PRIME_2, CKA_PRIVATE_EXPONENT,
    CKA_PUBLIC_EXPONENT, CKA_SEED, CKA_VALUE, CKK_DH, CKK_DSA, CKK_RSA, CKO_CERTIFICATE,
    CKO_DOMAIN_PARAMETERS, CKO_PRIVATE_KEY, CKO_PUBLIC_KEY, CKO_SECRET_KEY,
};
use hsm_algorithms::{Attributes, Curve, KeyKind, KeySpec};
use hsm_aws_lc::private::RsaNumbers;
use hsm_aws_lc::public::PublicKey;
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{Object, PartitionId};
use hsmd_vault::{Generated, ImportedKey};

use crate::attributes::{Birth, Draft, Implied, certificate, domain_parameters};
use crate::making;
use crate::{Dependencies, Error, Operation};

/// Makes an object of which the caller knows everything.
pub struct CreateObject {
    /// Where to.
    pub partition: PartitionId,
    /// All that it is. Secrets in it are wiped when this is dropped.
    pub template: Attributes,
}

impl Operation for CreateObject {
    type Permits = Permit<key_use::Create>;
    type Output = Arc<Object>;
    type Error = Error;

    fn action() -> &'static Row {
        actions::CREATE_OBJECT.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        Ok(making::creation(
            &actions::CREATE_OBJECT,
            self.partition,
            &[(&self.template, Implied::default())],
        ))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        caller: &Caller,
        with: &Dependencies,
    ) -> Result<Arc<Object>, Error> {
        let partition = permit.partition();
        let login = caller.login(partition.id);
        let mut draft = Draft::new(
            self.template,
            Birth::Created,
            Implied::default(),
            login,
            partition.profile,
        )?;
        let (spec, material) = match draft.class {
            CKO_PUBLIC_KEY => (Some(complete_public_key(&mut draft)?), None),
            CKO_PRIVATE_KEY | CKO_SECRET_KEY => {
                let imported = with.vault.import(permit, imported_key(&draft)?).await?;
                check_public_half(&draft, &imported)?;
                making::add_key_facts(&mut draft, &imported)?;
                (Some(imported.spec), Some(imported.material))
            }
            CKO_CERTIFICATE => {
                certificate::complete(&mut draft.attributes)?;
                (None, None)
            }
            CKO_DOMAIN_PARAMETERS => {
                domain_parameters::complete(&mut draft.attributes)?;
                (None, None)
            }
            _ => (None, None),
        };
        let object = making::object(with, caller, partition.id, draft, spec.zip(material))?;
        making::insert_one(with, partition, Object { spec, ..object }).await
    }

    fn made(object: &Arc<Object>) -> Option<[u8; 16]> {
        Some(*object.id.as_bytes())
    }
}

/// Checks a public key and adds what it says about itself.
fn complete_public_key(draft: &mut Draft) -> Result<KeySpec, Error> {
    check_curve(draft)?;
    let attribute = match draft.key_type {
        Some(CKK_RSA) => CKA_MODULUS,
        Some(CKK_DSA | CKK_DH) => CKA_VALUE,
        _ if draft.attributes.contains(CKA_PARAMETER_SET) => CKA_VALUE,
        _ => CKA_EC_POINT,
    };
    let key = PublicKey::from_attributes(&draft.attributes).map_err(|error| match error {
        hsm_aws_lc::Error::KeySize => Error::KeySize,
        _ => Error::AttributeValueInvalid { attribute },
    })?;
    if key.weakness().is_some() {
        return Err(Error::AttributeValueInvalid { attribute });
    }
    making::add_public_key_facts(&mut draft.attributes, CKO_PUBLIC_KEY, &key)?;
    key.spec().ok_or(Error::KeySize)
}

/// The key that the template's secrets make.
fn imported_key(draft: &Draft) -> Result<ImportedKey<'_>, Error> {
    let secret = |attribute| draft.secrets.bytes(attribute).unwrap_or_default();
    let public = |attribute| draft.attributes.bytes(attribute).unwrap_or_default();
    if draft.class == CKO_SECRET_KEY {
        let kind = draft
            .key_type
            .and_then(|key_type| KeyKind::by_key_type(key_type, None));
        let kind = kind.ok_or(Error::AttributeValueInvalid {
            attribute: CKA_KEY_TYPE,
        })?;
        return Ok(ImportedKey::Secret {
            kind,
            value: secret(CKA_VALUE),
        });
    }
    if draft.key_type == Some(CKK_RSA) {
        let (n, e, d) = (
            public(CKA_MODULUS),
            public(CKA_PUBLIC_EXPONENT),
            secret(CKA_PRIVATE_EXPONENT),
        );
        // The standard lets a template leave out this one too; without it we cannot find the primes.
        if e.is_empty() {
            return Err(Error::TemplateIncomplete {
                attribute: CKA_PUBLIC_EXPONENT,
            });
        }
        let primes = [
            CKA_PRIME_1,
            CKA_PRIME_2,
            CKA_EXPONENT_1,
            CKA_EXPONENT_2,
            CKA_COEFFICIENT,
        ];
        if primes.iter().any(|attribute| secret(*attribute).is_empty()) {
            return Ok(ImportedKey::RsaExponents { n, e, d });
        }
        return Ok(ImportedKey::Rsa(RsaNumbers {
            n,
            e,
            d,
            p: secret(CKA_PRIME_1),
            q: secret(CKA_PRIME_2),
            dp: secret(CKA_EXPONENT_1),
            dq: secret(CKA_EXPONENT_2),
            q_inverse: secret(CKA_COEFFICIENT),
        }));
    }
    if let Some(CKK_DSA | CKK_DH) = draft.key_type {
        return Ok(ImportedKey::Field {
            group: domain_parameters::group(&draft.attributes)?,
            private: secret(CKA_VALUE),
        });
    }
    let parameter_set = draft.attributes.number(CKA_PARAMETER_SET);
    if let Some((key_type, parameter_set)) = draft.key_type.zip(parameter_set) {
        let attribute = CKA_PARAMETER_SET;
        let kind = KeyKind::by_parameter_set(key_type, parameter_set)
            .ok_or(Error::AttributeValueInvalid { attribute })?;
        let (seed, value) = (
            draft.secrets.bytes(CKA_SEED),
            draft.secrets.bytes(CKA_VALUE),
        );
        if seed.is_none() && value.is_none() {
            return Err(Error::TemplateIncomplete {
                attribute: CKA_VALUE,
            });
        }
        return Ok(ImportedKey::PostQuantum { kind, seed, value });
    }
    Ok(ImportedKey::Curve {
        curve: check_curve(draft)?.ok_or(Error::CurveNotSupported)?,
        private: secret(CKA_VALUE),
    })
}

/// The curve that the template names, if its key type has one.
fn check_curve(draft: &Draft) -> Result<Option<Curve>, Error> {
    let Some(parameters) = draft.attributes.bytes(CKA_EC_PARAMS) else {
        return Ok(None);
    };
    let curve = Curve::by_parameters(parameters).ok_or(Error::CurveNotSupported)?;
    if draft.key_type != Some(KeySpec::of_curve(curve).kind().key_type()) {
        return Err(Error::TemplateInconsistent {
            attribute: CKA_EC_PARAMS,
        });
    }
    Ok(Some(curve))
}

/// Checks that the public numbers that came with a private key are its own.
fn check_public_half(draft: &Draft, imported: &Generated) -> Result<(), Error> {
    let Some(public) = &imported.public else {
        return Ok(());
    };
    if public.weakness().is_some() {
        let attribute = CKA_MODULUS;
        return Err(Error::AttributeValueInvalid { attribute });
    }
    let Some(given) = draft.attributes.bytes(CKA_EC_POINT) else {
        return Ok(());
    };
    let facts = public.to_attributes().map_err(|_| Error::Internal {
        task: "describe a public key",
    })?;
    let point = public.point().map_err(|_| Error::Internal {
        task: "describe a public key",
    })?;
    let is_same =
        facts.bytes(CKA_EC_POINT) == Some(given) || point.is_some_and(|(_, point)| point == given);
    is_same.then_some(()).ok_or(Error::AttributeValueInvalid {
        attribute: CKA_EC_POINT,
    })
}
