//! `C_GenerateKeyPair`.

use std::sync::Arc;

use hsm_algorithms::pkcs11::{
    CKA_EC_PARAMS, CKA_MODULUS_BITS, CKA_PARAMETER_SET, CKA_PUBLIC_EXPONENT, CKA_VALUE_BITS,
    CKK_DH, CKK_DSA, CKO_PRIVATE_KEY, CKO_PUBLIC_KEY,
};
use hsm_algorithms::{Attributes, Curve, Generator, KeyKind, KeySpec};
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{Object, PartitionId};

use super::generate_key::check_generator;
use crate::attributes::{Birth, Draft, Implied, check_pair, domain_parameters};
use crate::making;
use crate::{Dependencies, Error, Operation};

/// Makes a key pair: two objects, both or none.
pub struct GenerateKeyPair {
    /// Where to.
    pub partition: PartitionId,
    /// How.
    pub generator: Generator,
    /// What the caller says of the public key; size or curve are in it.
    pub public_template: Attributes,
    /// What the caller says of the private key.
    pub private_template: Attributes,
}

/// A new key pair.
pub struct KeyPair {
    /// The public half.
    pub public: Arc<Object>,
    /// The private half.
    pub private: Arc<Object>,
}

impl Operation for GenerateKeyPair {
    type Permits = Permit<key_use::Create>;
    type Output = KeyPair;
    type Error = Error;

    fn action() -> &'static Row {
        actions::GENERATE_KEY_PAIR.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        if !self.generator.makes_key_pairs() {
            return Err(Error::AlgorithmUnknown);
        }
        let halves = [
            (&self.public_template, self.implied(CKO_PUBLIC_KEY)),
            (&self.private_template, self.implied(CKO_PRIVATE_KEY)),
        ];
        Ok(making::creation(
            &actions::GENERATE_KEY_PAIR,
            self.partition,
            &halves,
        ))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        caller: &Caller,
        with: &Dependencies,
    ) -> Result<KeyPair, Error> {
        let partition = permit.partition();
        let birth = Birth::Generated {
            mechanism: self.generator.row().pkcs11,
        };
        let login = caller.login(partition.id);
        let draft = |template, class| {
            Draft::new(
                template,
                birth,
                self.implied(class),
                login,
                partition.profile,
            )
        };
        let mut public = draft(self.public_template.clone(), CKO_PUBLIC_KEY)?;
        let mut private = draft(self.private_template.clone(), CKO_PRIVATE_KEY)?;
        check_pair(&public.attributes, &private.attributes, partition.profile)?;

        check_generator(self.generator, partition.profile)?;
        let generated = if let CKK_DSA | CKK_DH = self.generator.key_type() {
            let group = domain_parameters::group(&public.attributes)?;
            let private_bits = private_bits(&private.attributes)?;
            with.vault
                .generate_pair_in_group(permit, &group, private_bits)
                .await?
        } else {
            let spec = pair_spec(self.generator, &public.attributes)?;
            let exponent = public_exponent(spec, &public.attributes)?;
            if self.generator == Generator::RsaX931KeyPairGen {
                with.vault
                    .generate_x931_pair(permit, spec, exponent)
                    .await?
            } else {
                with.vault.generate_pair(permit, spec, exponent).await?
            }
        };
        let spec = generated.spec;
        let key = generated.public.ok_or(Error::Internal {
            task: "generate a key pair",
        })?;
        making::add_public_key_facts(&mut public.attributes, CKO_PUBLIC_KEY, &key)?;
        making::add_public_key_facts(&mut private.attributes, CKO_PRIVATE_KEY, &key)?;

        let public = making::object(with, caller, partition.id, public, None)?;
        let private = making::object(
            with,
            caller,
            partition.id,
            private,
            Some((spec, generated.material)),
        )?;
        let mut made = making::insert(
            with,
            partition,
            vec![
                Object {
                    spec: Some(spec),
                    ..public
                },
                private,
            ],
        )
        .await?
        .into_iter();
        match (made.next(), made.next()) {
            (Some(public), Some(private)) => Ok(KeyPair { public, private }),
            _ => Err(Error::Internal {
                task: "store a key pair",
            }),
        }
    }

    fn made(pair: &KeyPair) -> Option<[u8; 16]> {
        Some(*pair.private.id.as_bytes())
    }
}

impl GenerateKeyPair {
    fn implied(&self, class: u64) -> Implied {
        Implied {
            class: Some(class),
            key_type: Some(self.generator.key_type()),
        }
    }
}

/// Kind and size as the public template says them.
fn pair_spec(generator: Generator, public: &Attributes) -> Result<KeySpec, Error> {
    let kinds = generator.row().kinds;
    if kinds == [KeyKind::Rsa] {
        let bits = public
            .number(CKA_MODULUS_BITS)
            .ok_or(Error::TemplateIncomplete {
                attribute: CKA_MODULUS_BITS,
            })?;
        return u32::try_from(bits)
            .ok()
            .and_then(|bits| KeySpec::new(KeyKind::Rsa, bits))
            .ok_or(Error::KeySize);
    }
    if kinds.iter().all(|kind| kind.post_quantum().is_some()) {
        let attribute = CKA_PARAMETER_SET;
        let parameter_set = public
            .number(attribute)
            .ok_or(Error::TemplateIncomplete { attribute })?;
        return KeyKind::by_parameter_set(generator.key_type(), parameter_set)
            .map(KeySpec::of_kind)
            .ok_or(Error::AttributeValueInvalid { attribute });
    }
    let parameters = public
        .bytes(CKA_EC_PARAMS)
        .ok_or(Error::TemplateIncomplete {
            attribute: CKA_EC_PARAMS,
        })?;
    let spec = Curve::by_parameters(parameters)
        .map(KeySpec::of_curve)
        .ok_or(Error::CurveNotSupported)?;
    if kinds.contains(&spec.kind()) {
        Ok(spec)
    } else {
        Err(Error::CurveNotSupported)
    }
}

/// How long a private key of Diffie-Hellman is to be.
fn private_bits(private: &Attributes) -> Result<Option<u32>, Error> {
    let bits = private.number(CKA_VALUE_BITS);
    let bits = bits.map(|bits| u32::try_from(bits).map_err(|_| Error::KeySize));
    bits.transpose()
}

/// The RSA public exponent, 65537 if the template has none. Odd, and from 3 to 2³² − 1.
fn public_exponent(spec: KeySpec, public: &Attributes) -> Result<u64, Error> {
    let attribute = CKA_PUBLIC_EXPONENT;
    let Some(bytes) = public
        .bytes(attribute)
        .filter(|_| spec.kind() == KeyKind::Rsa)
    else {
        return Ok(65_537);
    };
    let digits = bytes.iter().skip_while(|byte| **byte == 0);
    let exponent = digits
        .clone()
        .fold(0_u64, |exponent, byte| exponent << 8 | u64::from(*byte));
    let is_sound = digits.count() <= 4 && exponent >= 3 && exponent % 2 == 1;
    is_sound
        .then_some(exponent)
        .ok_or(Error::AttributeValueInvalid { attribute })
}
