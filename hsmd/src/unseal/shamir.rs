//! Shamir's secret sharing of the 32-byte unsealing key over GF(2⁸), in constant time where secrets are.
//!
//! The field is that of AES (x⁸ + x⁴ + x³ + x + 1). A share is one point of 32 polynomials of degree `threshold − 1`
//! whose constant terms are the secret; fewer shares than the threshold say nothing about it. A share's text form has a
//! version, the epoch of its sharing, and a checksum against typing mistakes; that it belongs to *this* daemon is known
//! from the digests that [`Share::digest`] gave when it was made. `docs/formats.md` has the layout.

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// Bytes of the secret and of each share's value.
pub(crate) const SECRET_BYTES: usize = 32;

const PREFIX: &str = "hsmd-share-1-";
const VERSION: u8 = 1;
const CHECKSUM_BYTES: usize = 4;
/// Version, epoch, threshold, count and index.
const HEADER_BYTES: usize = 1 + 4 + 1 + 1 + 1;
const SHARE_BYTES: usize = HEADER_BYTES + SECRET_BYTES + CHECKSUM_BYTES;

/// Why shares cannot be made or used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ShareError {
    /// The threshold is below 2, or above the number of shares.
    #[error("the threshold must be at least 2 and at most the number of shares")]
    Threshold,
    /// The text is not a share, or has a typing mistake.
    #[error("this is not a share, or it has a typing mistake")]
    Malformed,
    /// The share has a version that this daemon does not know.
    #[error("this share has version {version}, which this daemon does not know")]
    Version {
        /// The version in the share.
        version: u8,
    },
    /// Shares of different sharings, or too few of them, or one of them twice.
    #[error("these shares do not belong together")]
    Inconsistent,
}

/// One share. No `Debug` and no `Clone`: it is worth a part of the root key.
pub(crate) struct Share {
    epoch: u32,
    threshold: u8,
    count: u8,
    index: u8,
    value: Zeroizing<[u8; SECRET_BYTES]>,
}

impl Share {
    /// Reads a share's text form; surrounding white space and upper case are forgiven.
    ///
    /// # Errors
    ///
    /// [`ShareError::Malformed`] and [`ShareError::Version`].
    pub(crate) fn from_text(text: &str) -> Result<Self, ShareError> {
        let text = Zeroizing::new(text.trim().to_ascii_lowercase());
        let digits = text.strip_prefix(PREFIX).ok_or(ShareError::Malformed)?;
        let mut bytes = Zeroizing::new([0_u8; SHARE_BYTES]);
        hex::decode_to_slice(digits, bytes.as_mut_slice()).map_err(|_| ShareError::Malformed)?;
        let (body, checksum) = bytes.split_at(SHARE_BYTES - CHECKSUM_BYTES);
        if &Sha256::digest(body)[..CHECKSUM_BYTES] != checksum {
            return Err(ShareError::Malformed);
        }
        if body[0] != VERSION {
            return Err(ShareError::Version { version: body[0] });
        }
        let mut value = Zeroizing::new([0; SECRET_BYTES]);
        value.copy_from_slice(&body[HEADER_BYTES..]);
        let share = Self {
            epoch: u32::from_be_bytes([body[1], body[2], body[3], body[4]]),
            threshold: body[5],
            count: body[6],
            index: body[7],
            value,
        };
        let is_sound = share.threshold >= 2
            && share.threshold <= share.count
            && (1..=share.count).contains(&share.index);
        is_sound.then_some(share).ok_or(ShareError::Malformed)
    }

    /// The text form: `hsmd-share-1-` and 88 hexadecimal digits.
    pub(crate) fn to_text(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new([0_u8; SHARE_BYTES]);
        self.write_body(&mut bytes);
        let checksum = Sha256::digest(&bytes[..SHARE_BYTES - CHECKSUM_BYTES]);
        bytes[SHARE_BYTES - CHECKSUM_BYTES..].copy_from_slice(&checksum[..CHECKSUM_BYTES]);
        let digits = Zeroizing::new(hex::encode(bytes.as_slice()));
        Zeroizing::new(format!("{PREFIX}{}", digits.as_str()))
    }

    /// SHA-256 of the share, kept by the daemon to tell its own shares from others. The value is uniformly random, so
    /// the digest says nothing about it.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let mut bytes = Zeroizing::new([0_u8; SHARE_BYTES]);
        self.write_body(&mut bytes);
        Sha256::digest(&bytes[..SHARE_BYTES - CHECKSUM_BYTES]).into()
    }

    /// 1 to the number of shares.
    pub(crate) fn index(&self) -> u8 {
        self.index
    }

    fn write_body(&self, bytes: &mut [u8; SHARE_BYTES]) {
        bytes[0] = VERSION;
        bytes[1..5].copy_from_slice(&self.epoch.to_be_bytes());
        bytes[5..HEADER_BYTES].copy_from_slice(&[self.threshold, self.count, self.index]);
        bytes[HEADER_BYTES..HEADER_BYTES + SECRET_BYTES].copy_from_slice(self.value.as_slice());
    }
}

/// Splits `secret` into `count` shares, `threshold` of which give it back. `fill_random` must fill its buffer with
/// uniformly random bytes.
///
/// # Errors
///
/// [`ShareError::Threshold`] unless 2 ≤ `threshold` ≤ `count`.
pub(crate) fn split(
    secret: &[u8],
    threshold: u8,
    count: u8,
    epoch: u32,
    mut fill_random: impl FnMut(&mut [u8]),
) -> Result<Vec<Share>, ShareError> {
    if threshold < 2 || threshold > count || secret.len() != SECRET_BYTES {
        return Err(ShareError::Threshold);
    }
    let mut coefficients = Zeroizing::new(vec![0_u8; SECRET_BYTES * usize::from(threshold - 1)]);
    fill_random(&mut coefficients);
    let shares = (1..=count)
        .map(|index| {
            // Horner's rule from the highest coefficient down to the secret.
            let mut value = Zeroizing::new([0_u8; SECRET_BYTES]);
            for row in coefficients.chunks_exact(SECRET_BYTES).chain([secret]) {
                for (sum, coefficient) in value.iter_mut().zip(row) {
                    *sum = multiply(*sum, index) ^ coefficient;
                }
            }
            Share {
                epoch,
                threshold,
                count,
                index,
                value,
            }
        })
        .collect();
    Ok(shares)
}

/// Puts the secret together from as many shares as the threshold says.
///
/// # Errors
///
/// [`ShareError::Inconsistent`] when the shares are of different sharings, one is there twice, or there are too few.
pub(crate) fn combine(shares: &[Share], secret: &mut [u8]) -> Result<(), ShareError> {
    let first = shares.first().ok_or(ShareError::Inconsistent)?;
    let belongs = |share: &Share| {
        (share.epoch, share.threshold, share.count) == (first.epoch, first.threshold, first.count)
            && shares
                .iter()
                .filter(|other| other.index == share.index)
                .count()
                == 1
    };
    if shares.len() < usize::from(first.threshold)
        || !shares.iter().all(belongs)
        || secret.len() != SECRET_BYTES
    {
        return Err(ShareError::Inconsistent);
    }
    secret.fill(0);
    let shares = &shares[..usize::from(first.threshold)];
    for share in shares {
        // Lagrange's basis polynomial of this share at 0. Indexes are no secret; subtraction is xor in this field.
        let weight = shares
            .iter()
            .filter(|other| other.index != share.index)
            .fold(1, |weight, other| {
                multiply(
                    weight,
                    multiply(other.index, invert(other.index ^ share.index)),
                )
            });
        for (sum, value) in secret.iter_mut().zip(share.value.iter()) {
            *sum ^= multiply(*value, weight);
        }
    }
    Ok(())
}

/// Product in GF(2⁸), with neither branches nor table look-ups that depend on the factors.
fn multiply(mut left: u8, mut right: u8) -> u8 {
    let mut product = 0;
    for _ in 0..8 {
        product ^= left & 0_u8.wrapping_sub(right & 1);
        let reduction = 0x1b & 0_u8.wrapping_sub(left >> 7);
        left = (left << 1) ^ reduction;
        right >>= 1;
    }
    product
}

/// Inverse in GF(2⁸): the 254th power. 0 gives 0.
fn invert(value: u8) -> u8 {
    let mut power = value;
    let mut result = 1;
    for _ in 0..7 {
        power = multiply(power, power);
        result = multiply(result, power);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(threshold: u8, count: u8) -> Vec<Share> {
        let mut state = 7_u8;
        split(&SECRET, threshold, count, 3, |bytes| {
            for byte in bytes {
                state = state.wrapping_mul(13).wrapping_add(41);
                *byte = state;
            }
        })
        .unwrap()
    }

    const SECRET: [u8; 32] = *b"0123456789abcdef0123456789ABCDEF";

    #[test]
    fn multiplication_is_that_of_the_field_of_aes() {
        // FIPS 197, section 4.2.
        assert_eq!(multiply(0x57, 0x83), 0xc1);
        assert_eq!(multiply(0x57, 0x13), 0xfe);
        assert!((1..=255).all(|value| multiply(value, invert(value)) == 1));
    }

    #[test]
    fn any_shares_of_the_threshold_give_the_secret() {
        for (left, middle, right) in [(0, 1, 2), (4, 2, 0), (1, 3, 4)] {
            let mut all: Vec<Option<Share>> = shares(3, 5).into_iter().map(Some).collect();
            let chosen: Vec<Share> = [left, middle, right]
                .map(|at: usize| all[at].take().unwrap())
                .into();
            let mut secret = [0; 32];
            combine(&chosen, &mut secret).unwrap();
            assert_eq!(secret, SECRET);
        }
    }

    #[test]
    fn too_few_shares_and_a_share_given_twice_are_refused() {
        let mut secret = [0; 32];
        assert_eq!(
            combine(&shares(3, 5)[..2], &mut secret),
            Err(ShareError::Inconsistent)
        );
        let mut twice = shares(2, 5);
        twice.truncate(1);
        twice.push(shares(2, 5).remove(0));
        assert_eq!(combine(&twice, &mut secret), Err(ShareError::Inconsistent));
        assert_eq!(secret, [0; 32]);
    }

    #[test]
    fn a_threshold_of_one_or_above_the_count_is_refused() {
        for (threshold, count) in [(0, 3), (1, 3), (4, 3)] {
            assert!(matches!(
                split(&SECRET, threshold, count, 1, |_| ()),
                Err(ShareError::Threshold)
            ));
        }
    }

    #[test]
    fn the_text_form_reads_back_and_finds_every_changed_digit() {
        let share = &shares(2, 3)[1];
        let text = share.to_text();
        let read = Share::from_text(&format!(" {}\n", text.to_uppercase())).unwrap();
        assert_eq!((read.digest(), read.index()), (share.digest(), 2));
        for at in PREFIX.len()..text.len() {
            let mut changed = text.as_bytes().to_vec();
            changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(
                Share::from_text(&changed).err(),
                Some(ShareError::Malformed),
                "digit {at}"
            );
        }
    }
}
