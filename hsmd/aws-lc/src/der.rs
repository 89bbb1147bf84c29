//! The little DER that aws-lc does not write for us: keys whose `AlgorithmIdentifier` we give ourselves, in PKCS#8
//! (RFC 5958) and `SubjectPublicKeyInfo` (RFC 5280 §4.1).

use crate::Error;
use crate::secret_bytes::SecretBytes;

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const SEQUENCE: u8 = 0x30;
/// The seed alone, `[0]`, in a private key of ML-KEM or ML-DSA.
pub(crate) const SEED: u8 = 0x80;
const BIT_STRING: u8 = 0x03;
const OBJECT_IDENTIFIER: u8 = 0x06;

/// Writes PKCS#8, version 1, with `algorithm` as the content of its `AlgorithmIdentifier`.
///
/// # Errors
///
/// [`Error::Library`] when aws-lc's heap is used up.
pub(crate) fn pkcs8(algorithm: &[u8], private: &[u8]) -> Result<SecretBytes, Error> {
    let mut head = vec![INTEGER, 1, 0];
    head.extend(header(SEQUENCE, algorithm.len()));
    head.extend_from_slice(algorithm);
    head.extend(header(OCTET_STRING, private.len()));
    let outer = header(SEQUENCE, head.len() + private.len());
    joined(&[&outer, &head, private])
}

/// Algorithm and private key of PKCS#8, version 1 or 2. Attributes, and the public key of version 2, are passed over.
pub(crate) fn parse_pkcs8(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (content, []) = element(SEQUENCE, der)? else {
        return None;
    };
    let (version, content) = element(INTEGER, content)?;
    if !matches!(version, [0 | 1]) {
        return None;
    }
    let (algorithm, content) = element(SEQUENCE, content)?;
    let (private, mut rest) = element(OCTET_STRING, content)?;
    while let [tag @ (0xa0 | 0xa1 | 0x81), ..] = rest {
        rest = element(*tag, rest)?.1;
    }
    rest.is_empty().then_some((algorithm, private))
}

/// Whether an `AlgorithmIdentifier` of an elliptic-curve key spells its curve out instead of naming it. RFC 5480 §2.1.1
/// forbids that: parameters that look like a known curve's have been used to forge keys (CVE-2020-0601).
pub(crate) fn spells_out_its_curve(algorithm: &[u8]) -> bool {
    const EC_PUBLIC_KEY: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    algorithm
        .strip_prefix(EC_PUBLIC_KEY)
        .is_some_and(|parameters| element(OBJECT_IDENTIFIER, parameters).is_none())
}

/// Writes `SubjectPublicKeyInfo`.
pub(crate) fn spki(algorithm: &[u8], public: &[u8]) -> Vec<u8> {
    let mut content = header(SEQUENCE, algorithm.len());
    content.extend_from_slice(algorithm);
    content.extend(header(BIT_STRING, public.len() + 1));
    content.push(0);
    content.extend_from_slice(public);
    let mut der = header(SEQUENCE, content.len());
    der.extend(content);
    der
}

/// Algorithm and public key of `SubjectPublicKeyInfo`.
pub(crate) fn parse_spki(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (content, []) = element(SEQUENCE, der)? else {
        return None;
    };
    let (algorithm, content) = element(SEQUENCE, content)?;
    match element(BIT_STRING, content)? {
        ([0, public @ ..], []) => Some((algorithm, public)),
        _ => None,
    }
}

/// An INTEGER that is not negative, from its bytes without zeros in front.
pub(crate) fn unsigned_integer(number: &[u8]) -> Vec<u8> {
    let sign = sign_byte(number);
    [&header(INTEGER, sign.len() + number.len()), sign, number].concat()
}

/// The same of a secret number.
///
/// # Errors
///
/// [`Error::Library`] when aws-lc's heap is used up.
pub(crate) fn secret_integer(number: &[u8]) -> Result<SecretBytes, Error> {
    let sign = sign_byte(number);
    joined(&[&header(INTEGER, sign.len() + number.len()), sign, number])
}

/// The bytes of the first element, without zeros in front, which must be an INTEGER that is not negative and in its shortest
/// form; and what follows.
pub(crate) fn parse_unsigned_integer(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (number, rest) = element(INTEGER, der)?;
    let number = match number {
        [0] => &[],
        [0, 0x80..=0xff, ..] => &number[1..],
        [0x01..=0x7f, ..] => number,
        _ => return None,
    };
    Some((number, rest))
}

/// A SEQUENCE of these elements.
pub(crate) fn sequence(content: &[u8]) -> Vec<u8> {
    [&header(SEQUENCE, content.len()), content].concat()
}

/// A zero before a number whose first bit would make it negative, and as the whole of zero.
const fn sign_byte(number: &[u8]) -> &'static [u8] {
    match number {
        [] | [0x80..=0xff, ..] => &[0],
        _ => &[],
    }
}

/// One element around the contents.
///
/// # Errors
///
/// [`Error::Library`] when aws-lc's heap is used up.
pub(crate) fn wrapped(tag: u8, content: &[u8]) -> Result<SecretBytes, Error> {
    joined(&[&header(tag, content.len()), content])
}

/// The content of the first element, which must have `tag` and a length in its shortest form; and what follows.
pub(crate) fn element(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match der {
        [first, length @ 0..=0x7f, rest @ ..] if *first == tag => (usize::from(*length), rest),
        [first, 0x81, length @ 0x80..=0xff, rest @ ..] if *first == tag => {
            (usize::from(*length), rest)
        }
        [first, 0x82, high @ 1..=0xff, low, rest @ ..] if *first == tag => {
            (usize::from(u16::from_be_bytes([*high, *low])), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

/// Tag and length, for at most 65,535 bytes of content.
fn header(tag: u8, length: usize) -> Vec<u8> {
    let [.., high, low] = length.to_be_bytes();
    match length {
        0..=0x7f => vec![tag, low],
        0x80..=0xff => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    }
}

fn joined(parts: &[&[u8]]) -> Result<SecretBytes, Error> {
    let mut whole = SecretBytes::zeroed(parts.iter().map(|part| part.len()).sum())?;
    let mut rest = whole.expose_mut();
    for part in parts {
        let (room, after) = rest.split_at_mut(part.len());
        room.copy_from_slice(part);
        rest = after;
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_every_length_come_back() {
        let algorithm = [0x06, 0x03, 0x2b, 0x65, 0x71];
        for length in [0, 1, 57, 127, 128, 255, 256, 4032, 60_000] {
            let key = vec![7; length];
            let private = pkcs8(&algorithm, &key).unwrap();
            assert_eq!(
                parse_pkcs8(private.expose()),
                Some((&algorithm[..], &key[..]))
            );
            let public = spki(&algorithm, &key);
            assert_eq!(parse_spki(&public), Some((&algorithm[..], &key[..])));
            assert_eq!(parse_spki(&public[..public.len() - 1]), None);
            assert_eq!(parse_pkcs8(&[private.expose(), &[0]].concat()), None);
        }
        assert_eq!(parse_pkcs8(&[]), None);
    }
}
