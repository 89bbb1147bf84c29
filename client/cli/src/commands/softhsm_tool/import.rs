//! `--import`: a key pair from a PKCS#8 file, or an AES key from a file that holds it as it is.

use std::fs;

use cryptoki::{
    context::Pkcs11,
    error::{Error as Pkcs11Error, RvError},
    object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle},
    session::{Session, UserType},
};

use super::{Result, key_file, options::Options, return_value, slots};

/// Imports what the options say.
pub(super) fn run(pkcs11: &Pkcs11, options: &Options) -> Result {
    let slot = slots::find(pkcs11, options)?;
    let label = options
        .label
        .as_deref()
        .ok_or("ERROR: A label for the object must be supplied. Use --label <text>")?;
    let id = options
        .id
        .as_deref()
        .ok_or("ERROR: An ID for the object must be supplied. Use --id <hex>")?;
    let id = id_bytes(id)?;
    let session = pkcs11.open_rw_session(slot).map_err(|error| match error {
        Pkcs11Error::Pkcs11(RvError::SlotIdInvalid, _) => "ERROR: The given slot does not exist.",
        _ => "ERROR: Could not open a session on the given slot.",
    })?;
    let pin = super::pin(options.pin.as_deref(), "user")?;
    session
        .login(UserType::User, Some(&slots::auth_pin(&pin)?))
        .map_err(|error| match error {
            Pkcs11Error::Pkcs11(RvError::PinIncorrect, _) => {
                "ERROR: The given user PIN does not match the one in the token."
            }
            _ => "ERROR: Could not log in on the token.",
        })?;
    if options.is_aes {
        return secret_key(&session, options, label, id);
    }
    let taken = [
        Attribute::Class(ObjectClass::PRIVATE_KEY),
        Attribute::Id(id.clone()),
    ];
    let taken = session
        .find_objects(&taken)
        .map_err(|_| "ERROR: Could not get the search results.")?;
    if !taken.is_empty() && !options.is_forced {
        return Err("ERROR: The ID is already assigned to another object. Use --force to override this message.".into());
    }
    key_pair(&session, options, label, id)
}

fn id_bytes(text: &str) -> Result<Vec<u8>> {
    let wrong =
        |what: &str| format!("ERROR: {what} hex string.\nPlease edit --id <hex> to correct error.");
    if text.len() < 2 || !text.len().is_multiple_of(2) {
        return Err(wrong("Invalid length on").into());
    }
    hex::decode(text).map_err(|_| wrong("Invalid character in").into())
}

fn secret_key(session: &Session, options: &Options, label: &str, id: Vec<u8>) -> Result {
    let mut value =
        fs::read(&options.file).map_err(|_| "ERROR: Could not open the secret key file.")?;
    // SoftHSM's tool reads one line of text; a key that happens to end in a line end stays whole here.
    if !matches!(value.len(), 16 | 24 | 32) && value.ends_with(b"\n") {
        value.pop();
    }
    session
        .create_object(&[
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::KeyType(KeyType::AES),
            Attribute::Label(label.as_bytes().to_vec()),
            Attribute::Id(id),
            Attribute::Token(true),
            Attribute::Encrypt(true),
            Attribute::Decrypt(true),
            Attribute::Sensitive(true),
            Attribute::Value(value),
        ])
        .map_err(|error| not_saved("secret key", &error))?;
    Ok(())
}

fn not_saved(what: &str, error: &Pkcs11Error) -> String {
    format!(
        "ERROR: Could not save the {what} in the token ({}). Maybe the algorithm is not supported.",
        return_value(error)
    )
}

fn key_pair(session: &Session, options: &Options, label: &str, id: Vec<u8>) -> Result {
    let pair = key_file::read(&options.file, options.file_pin.as_deref())?;
    let is_rsa = pair.key_type == KeyType::RSA;
    let agrees = pair.key_type == KeyType::EC || pair.key_type == KeyType::EC_MONTGOMERY;
    let signs = pair.key_type != KeyType::EC_MONTGOMERY;
    let shared = [
        Attribute::KeyType(pair.key_type),
        Attribute::Label(label.as_bytes().to_vec()),
        Attribute::Id(id),
        Attribute::Token(true),
    ];
    let private = [
        Attribute::Class(ObjectClass::PRIVATE_KEY),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(signs),
        Attribute::Decrypt(is_rsa),
        Attribute::Unwrap(is_rsa),
        Attribute::Derive(agrees),
    ];
    let private = [&shared[..], &private, &pair.shared, &pair.private].concat();
    let key = session
        .create_object(&private)
        .map_err(|error| not_saved("private key", &error))?;
    if !options.has_no_public_key {
        let mut public = vec![
            Attribute::Class(ObjectClass::PUBLIC_KEY),
            Attribute::Verify(signs),
            Attribute::Encrypt(is_rsa),
            Attribute::Wrap(is_rsa),
        ];
        if !is_rsa {
            public.push(Attribute::EcPoint(point(session, &pair, key)?));
        }
        let public = [&shared[..], &public, &pair.shared].concat();
        if session.create_object(&public).is_err() {
            // Half a pair would be in the way of the next try.
            let _ = session.destroy_object(key);
            return Err("ERROR: Could not save the public key in the token.".into());
        }
    }
    println!("The key pair has been imported.");
    Ok(())
}

/// The public point: from the file, else from the token, which computes it of the private key.
fn point(session: &Session, pair: &key_file::KeyPair, key: ObjectHandle) -> Result<Vec<u8>> {
    if let Some(point) = &pair.point {
        return Ok(point.clone());
    }
    let read = session.get_attributes(key, &[AttributeType::EcPoint]);
    match read.as_deref() {
        Ok([Attribute::EcPoint(point)]) if !point.is_empty() => Ok(point.clone()),
        _ => {
            let _ = session.destroy_object(key);
            Err("ERROR: The file has no public key. Use --no-public-key to import the private key alone.".into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_pairs_of_hexadecimal_digits() {
        assert_eq!(id_bytes("A1b2").unwrap(), [0xa1, 0xb2]);
        for wrong in ["", "1", "123", "zz", "0x12"] {
            assert!(id_bytes(wrong).is_err(), "{wrong}");
        }
    }
}
