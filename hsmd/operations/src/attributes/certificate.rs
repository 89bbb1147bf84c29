//! Certificates: what the standard requires of them, and what an X.509 certificate says about itself.
//!
//! PKCS#11 3.2, sections 4.7.2 to 4.7.5. What a template says stands, since some applications write serial numbers
//! and names in forms of their own and look for them in these; what it leaves out is taken from the certificate.

use hsm_algorithms::attributes::AttributeValue;
use hsm_algorithms::pkcs11::{
    CKA_CERTIFICATE_TYPE, CKA_CHECK_VALUE, CKA_END_DATE, CKA_HASH_OF_ISSUER_PUBLIC_KEY,
    CKA_HASH_OF_SUBJECT_PUBLIC_KEY, CKA_ISSUER, CKA_OWNER, CKA_PUBLIC_KEY_INFO, CKA_SERIAL_NUMBER,
    CKA_START_DATE, CKA_SUBJECT, CKA_URL, CKA_VALUE, CKC_X_509, CKC_X_509_ATTR_CERT,
};
use hsm_algorithms::{Attributes, Digest};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::time::ASN1Time;

use crate::Error;

/// The bytes of a certificate's SHA-1 digest that are its check value (PKCS#11 3.2, section 4.7.2).
const CHECK_VALUE_BYTES: usize = 3;

/// Checks a new certificate and adds what it says about itself.
///
/// # Errors
///
/// [`Error::TemplateIncomplete`] for what its type requires; [`Error::AttributeValueInvalid`] for another type and for
/// a check value that is not the certificate's.
pub(crate) fn complete(attributes: &mut Attributes) -> Result<(), Error> {
    let value = attributes.bytes(CKA_VALUE).unwrap_or_default().to_vec();
    match attributes.number(CKA_CERTIFICATE_TYPE) {
        Some(CKC_X_509) => {
            add_facts(attributes, &value);
            check_x509(attributes)?;
        }
        Some(CKC_X_509_ATTR_CERT) => {
            require(attributes, CKA_OWNER)?;
            require(attributes, CKA_VALUE)?;
        }
        _ => {
            let attribute = CKA_CERTIFICATE_TYPE;
            return Err(Error::AttributeValueInvalid { attribute });
        }
    }
    check_value(attributes, &value)
}

fn check_x509(attributes: &Attributes) -> Result<(), Error> {
    require(attributes, CKA_SUBJECT)?;
    if !has(attributes, CKA_URL) {
        return require(attributes, CKA_VALUE);
    }
    // Who follows the address must be able to tell that it leads to the same certificate.
    require(attributes, CKA_HASH_OF_SUBJECT_PUBLIC_KEY)?;
    require(attributes, CKA_HASH_OF_ISSUER_PUBLIC_KEY)
}

/// What the certificate says, where the template does not. Bytes that are no X.509 certificate are kept as they are.
fn add_facts(attributes: &mut Attributes, value: &[u8]) {
    let Ok((_, certificate)) = X509Certificate::from_der(value) else {
        return;
    };
    let validity = certificate.validity();
    let facts = [
        (CKA_SUBJECT, Some(certificate.subject().as_raw().to_vec())),
        (CKA_ISSUER, Some(certificate.issuer().as_raw().to_vec())),
        (CKA_SERIAL_NUMBER, integer_der(certificate.raw_serial())),
        (CKA_START_DATE, date(validity.not_before)),
        (CKA_END_DATE, date(validity.not_after)),
        (
            CKA_PUBLIC_KEY_INFO,
            Some(certificate.public_key().raw.to_vec()),
        ),
    ];
    for (attribute, fact) in facts {
        if let Some(fact) = fact
            && !has(attributes, attribute)
        {
            attributes.insert(attribute, AttributeValue::Bytes(fact));
        }
    }
}

/// The check value: computed, or as the template says if it is right. An empty one says that there is to be none.
fn check_value(attributes: &mut Attributes, value: &[u8]) -> Result<(), Error> {
    let attribute = CKA_CHECK_VALUE;
    if value.is_empty() || attributes.bytes(attribute) == Some(&[]) {
        return Ok(());
    }
    let digest = hsm_aws_lc::digest::digest(Digest::Sha1, value).map_err(|_| Error::Internal {
        task: "digest a certificate",
    })?;
    let computed = &digest.as_ref()[..CHECK_VALUE_BYTES];
    match attributes.bytes(attribute) {
        Some(given) if given != computed => Err(Error::AttributeValueInvalid { attribute }),
        _ => {
            attributes.insert(attribute, computed);
            Ok(())
        }
    }
}

fn has(attributes: &Attributes, attribute: u64) -> bool {
    attributes
        .bytes(attribute)
        .is_some_and(|bytes| !bytes.is_empty())
}

fn require(attributes: &Attributes, attribute: u64) -> Result<(), Error> {
    has(attributes, attribute)
        .then_some(())
        .ok_or(Error::TemplateIncomplete { attribute })
}

/// The DER of an INTEGER with these content bytes, which are at most 127: serial numbers have at most 20.
fn integer_der(content: &[u8]) -> Option<Vec<u8>> {
    let length = u8::try_from(content.len())
        .ok()
        .filter(|length| *length < 128)?;
    Some([&[0x02, length], content].concat())
}

/// `CK_DATE`; none for years that it cannot hold.
fn date(time: ASN1Time) -> Option<Vec<u8>> {
    let time = time.to_datetime();
    let date = format!(
        "{:04}{:02}{:02}",
        time.year(),
        u8::from(time.month()),
        time.day()
    );
    (date.len() == 8).then(|| date.into_bytes())
}
