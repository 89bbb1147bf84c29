//! `hsm key generate`.

use std::io::{self, Write};

use clap::{Args, ValueEnum};
use hsm_algorithms::{
    Attributes, Generator, KeySpec,
    pkcs11::{
        CKA_DECAPSULATE, CKA_DECRYPT, CKA_DERIVE, CKA_EC_PARAMS, CKA_ENCAPSULATE, CKA_ENCRYPT,
        CKA_EXTRACTABLE, CKA_ID, CKA_LABEL, CKA_MODULUS_BITS, CKA_PARAMETER_SET, CKA_PRIVATE,
        CKA_SENSITIVE, CKA_SIGN, CKA_TOKEN, CKA_UNWRAP, CKA_VALUE_LEN, CKA_VERIFY, CKA_WRAP,
        CKK_AES, CKK_EC_MONTGOMERY, CKK_ML_KEM,
    },
};
use hsm_proto::{
    GenerateKeyPairRequest, GenerateKeyRequest, ObjectInfo, TokenInfo, attributes::to_wire,
};
use serde::Serialize;

use super::objects::{self, Listed};
use crate::{
    failure::{Exit, Failure},
    output::{self, Report},
    session::{Session, TokenArguments},
};

/// Make a key or a key pair in a token.
///
/// The secret part is made in the daemon and never leaves it in the clear.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hsm key generate EC_P256 --token web --label tls
  hsm key generate RSA_3072 --label release --id 01 --use sign
  hsm key generate AES_256 --label backup --use encrypt
  hsm key generate AES_256 --label transport --use wrap

Next:
  hsm key show tls --token web

Kinds:
  RSA_2048 RSA_3072 RSA_4096 EC_P256 EC_P384 EC_P521 EC_SECP256K1 ED25519 X25519 AES_128 AES_192
  AES_256 ML_DSA_44 ML_DSA_65 ML_DSA_87 ML_KEM_512 ML_KEM_768 ML_KEM_1024 SLH_DSA_SHA2_128S
  and secrets of any length in bits for HMAC, as HMAC_SHA_256_256 or GENERIC_SECRET_512")]
pub(crate) struct Arguments {
    /// Kind of key, as EC_P256 or rsa-3072
    #[arg(value_name = "KIND", value_parser = spec)]
    spec: KeySpec,
    /// Label of the key
    #[arg(long, value_name = "LABEL")]
    label: String,
    /// CKA_ID of the key in hexadecimal; many programs find the two halves of a pair by it
    #[arg(long, value_name = "HEX")]
    id: Option<String>,
    /// What it may be used for; may be given more than once [default: encrypt for AES, derive for X25519,
    /// encapsulate for ML-KEM, sign for the rest]
    #[arg(long = "use", value_enum, value_name = "USE")]
    uses: Vec<Use>,
    /// Let the key leave the token, wrapped by another key
    #[arg(long)]
    extractable: bool,
    #[command(flatten)]
    token: TokenArguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Use {
    /// sign and verify
    Sign,
    /// encrypt and decrypt
    Encrypt,
    /// wrap and unwrap other keys
    Wrap,
    /// derive other keys
    Derive,
    /// make and take out shared secrets
    Encapsulate,
}

impl Use {
    /// The attributes of the public half and of the secret half; a secret key has both.
    const fn attributes(self) -> (Option<u64>, u64) {
        match self {
            Self::Sign => (Some(CKA_VERIFY), CKA_SIGN),
            Self::Encrypt => (Some(CKA_ENCRYPT), CKA_DECRYPT),
            Self::Wrap => (Some(CKA_WRAP), CKA_UNWRAP),
            Self::Derive => (None, CKA_DERIVE),
            Self::Encapsulate => (Some(CKA_ENCAPSULATE), CKA_DECAPSULATE),
        }
    }
}

pub(super) fn run(session: &Session, arguments: &Arguments) -> Result<(), Failure> {
    let id = match &arguments.id {
        Some(id) => {
            hex::decode(id).map_err(|_| Failure::new(Exit::Usage, "--id must be hexadecimal"))?
        }
        None => Vec::new(),
    };
    let token = session.login(&arguments.token)?;
    let progress = output::waiting(
        session.output,
        &format!("Making {} {}", arguments.spec, arguments.label),
    );
    let made = generate(
        session,
        &token,
        &Wish {
            spec: arguments.spec,
            label: &arguments.label,
            id: &id,
            uses: &arguments.uses,
            is_extractable: arguments.extractable,
            is_session_object: false,
        },
    );
    progress.finish_and_clear();
    let mut objects = Vec::new();
    for object in made? {
        objects.push(objects::read(session, &token, &object)?);
    }
    session.output.show(&Generated { objects })
}

/// A key to be made.
struct Wish<'a> {
    spec: KeySpec,
    label: &'a str,
    id: &'a [u8],
    uses: &'a [Use],
    is_extractable: bool,
    is_session_object: bool,
}

/// Makes a signing key that lasts as long as the login, for measurements. Gives the private half's id.
pub(in crate::commands) fn signing_key(
    session: &Session,
    token: &TokenInfo,
    spec: KeySpec,
) -> Result<Vec<u8>, Failure> {
    let wish = Wish {
        spec,
        label: "hsm bench",
        id: &[],
        uses: &[Use::Sign],
        is_extractable: false,
        is_session_object: true,
    };
    let made = generate(session, token, &wish)?;
    Ok(made
        .into_iter()
        .last()
        .map(|object| object.id)
        .unwrap_or_default())
}

/// Makes it: the public half first, if there is one.
fn generate(
    session: &Session,
    token: &TokenInfo,
    wish: &Wish<'_>,
) -> Result<Vec<ObjectInfo>, Failure> {
    let generator = Generator::ALL
        .iter()
        .find(|generator| generator.row().kinds.contains(&wish.spec.kind()))
        .ok_or_else(|| Failure::new(Exit::Failed, format!("nothing generates {}", wish.spec)))?;
    let default = [default_use(wish.spec)];
    let uses = if wish.uses.is_empty() {
        &default[..]
    } else {
        wish.uses
    };
    let mut shared = Attributes::new();
    shared.insert(CKA_TOKEN, !wish.is_session_object);
    shared.insert(CKA_LABEL, wish.label.as_bytes());
    if !wish.id.is_empty() {
        shared.insert(CKA_ID, wish.id);
    }
    let mut secret = shared.clone();
    secret.insert(CKA_PRIVATE, true);
    secret.insert(CKA_SENSITIVE, true);
    secret.insert(CKA_EXTRACTABLE, wish.is_extractable);
    // What is not asked for is refused, whatever the profile's own defaults are.
    for one in Use::value_variants() {
        if *one == Use::Encapsulate && !generator.makes_key_pairs() {
            continue;
        }
        let is_wanted = uses.contains(one);
        let (public, private) = one.attributes();
        secret.insert(private, is_wanted);
        match public {
            Some(public) if generator.makes_key_pairs() => shared.insert(public, is_wanted),
            Some(public) => secret.insert(public, is_wanted),
            None => None,
        };
    }
    let partition = token.partition.clone();
    let generator_name = generator.name().to_owned();
    if generator.makes_key_pairs() {
        let kind = wish.spec.kind();
        match (kind.curve(), kind.post_quantum()) {
            (Some(curve), _) => shared.insert(CKA_EC_PARAMS, curve.parameters_der()),
            (None, Some(set)) => shared.insert(CKA_PARAMETER_SET, set.pkcs11),
            (None, None) => shared.insert(CKA_MODULUS_BITS, u64::from(wish.spec.bits())),
        };
        let reply = session.call(GenerateKeyPairRequest {
            partition,
            generator: generator_name,
            public_template: to_wire(shared),
            private_template: to_wire(secret),
        })?;
        Ok(reply
            .public_key
            .into_iter()
            .chain(reply.private_key)
            .collect())
    } else {
        secret.insert(CKA_VALUE_LEN, wish.spec.length_bytes() as u64);
        let reply = session.call(GenerateKeyRequest {
            partition,
            generator: generator_name,
            template: to_wire(secret),
            parameters: None,
            password: Vec::new(),
        })?;
        Ok(reply.object.into_iter().collect())
    }
}

fn default_use(spec: KeySpec) -> Use {
    match spec.kind().key_type() {
        CKK_AES => Use::Encrypt,
        CKK_EC_MONTGOMERY => Use::Derive,
        CKK_ML_KEM => Use::Encapsulate,
        _ => Use::Sign,
    }
}

/// Reads the kind of a key as the tables name it, in any case and with `-` for `_`.
pub(in crate::commands) fn spec(text: &str) -> Result<KeySpec, String> {
    KeySpec::by_name(&text.to_ascii_uppercase().replace('-', "_")).ok_or_else(|| {
        "there is no such kind of key; try EC_P256, RSA_3072, ED25519 or AES_256".to_owned()
    })
}

#[derive(Serialize)]
struct Generated {
    objects: Vec<Listed>,
}

impl Report for Generated {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for object in &self.objects {
            output::fields(
                out,
                &[
                    ("Object", object.object.clone()),
                    ("Label", object.label.clone()),
                    ("Class", object.class.to_owned()),
                    ("Kind", object.kind.clone()),
                    ("Uses", object.uses.join(" ")),
                ],
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_read_in_any_case_and_with_dashes() {
        assert_eq!(spec("rsa-3072"), Ok(KeySpec::RSA_3072));
        assert_eq!(spec("EC_P256"), Ok(KeySpec::EC_P256));
        assert!(spec("rsa-3000000").is_err());
    }

    #[test]
    fn every_kind_in_the_help_exists() {
        let help = <Arguments as Args>::augment_args(clap::Command::new("generate"))
            .render_long_help()
            .to_string();
        let kinds = help.split("Kinds:\n").nth(1).unwrap();
        let kinds = kinds.split("and secrets").next().unwrap();
        for kind in kinds.split_whitespace() {
            assert!(spec(kind).is_ok(), "{kind}");
        }
    }
}
