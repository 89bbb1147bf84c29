//! One sealed value: XAES-256-GCM (C2SP, <https://c2sp.org/XAES-256-GCM>), which is AES-256-GCM under a key derived
//! for each value from the barrier key and half of a 24-byte nonce. So nonces are random and no count of them is kept:
//! 2^80 values can be sealed with one barrier key.

use aes_gcm::aes::Aes256;
use aes_gcm::aes::cipher::BlockCipherEncrypt;
use aes_gcm::{AeadInOut, Aes256Gcm, KeyInit};
use hsmd_secret_memory::LockedBytes;
use zeroize::Zeroizing;

use crate::{Error, Key, Term, Version};

/// The length of a barrier key.
pub(crate) const KEY_BYTES: usize = 32;
/// The version that a sealed value begins with.
const FORMAT: u8 = 1;
/// `format (1) ‖ term (4) ‖ nonce (24)`, before the ciphertext.
const HEADER_BYTES: usize = 1 + 4 + NONCE_BYTES;
const NONCE_BYTES: usize = 24;
/// After the ciphertext.
const TAG_BYTES: usize = 16;

/// A barrier key and its term.
#[derive(Clone, Copy)]
pub(crate) struct SealedBy<'a> {
    pub(crate) term: Term,
    pub(crate) key: &'a LockedBytes,
}

/// Seals `value` as the value of `key` in `version`: 45 bytes longer. To be called on the secret stack.
pub(crate) fn seal(
    by: SealedBy<'_>,
    key: &Key,
    version: Version,
    value: &[u8],
) -> Result<Vec<u8>, Error> {
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce).map_err(Error::Random)?;

    let mut sealed = Vec::with_capacity(HEADER_BYTES + value.len() + TAG_BYTES);
    sealed.push(FORMAT);
    sealed.extend_from_slice(&by.term.0.to_be_bytes());
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(value);
    let tag = encrypt(
        by.key.expose(),
        &nonce,
        &associated_data(by.term, key, version),
        &mut sealed[HEADER_BYTES..],
    );
    sealed.extend_from_slice(&tag);
    Ok(sealed)
}

/// Opens what [`seal`] made, or `None` if it was made for another key or version, by another barrier key, or changed.
/// To be called on the secret stack.
pub(crate) fn open(
    by: SealedBy<'_>,
    key: &Key,
    version: Version,
    mut sealed: Vec<u8>,
) -> Option<Vec<u8>> {
    if term(&sealed)? != by.term {
        return None;
    }
    let tag_begin = sealed
        .len()
        .checked_sub(TAG_BYTES)
        .filter(|begin| *begin >= HEADER_BYTES)?;
    let (value, tag) = sealed.split_at_mut(tag_begin);
    let (header, value) = value.split_at_mut(HEADER_BYTES);
    let nonce = header[5..].try_into().ok()?;
    let tag = (&*tag).try_into().ok()?;
    decrypt(
        by.key.expose(),
        nonce,
        &associated_data(by.term, key, version),
        value,
        tag,
    )?;
    sealed.truncate(tag_begin);
    sealed.drain(..HEADER_BYTES);
    Some(sealed)
}

/// The term of the barrier key that sealed this value. `None` if it is no sealed value.
pub(crate) fn term(sealed: &[u8]) -> Option<Term> {
    match sealed {
        [FORMAT, a, b, c, d, ..] => Some(Term(u32::from_be_bytes([*a, *b, *c, *d]))),
        _ => None,
    }
}

/// `format (1) ‖ term (4) ‖ version (8) ‖ key (cell, table and name)`: fixed lengths first, so it reads one way only.
fn associated_data(term: Term, key: &Key, version: Version) -> Vec<u8> {
    let mut data = Vec::with_capacity(13 + key.as_bytes().len());
    data.push(FORMAT);
    data.extend_from_slice(&term.0.to_be_bytes());
    data.extend_from_slice(&version.0.to_be_bytes());
    data.extend_from_slice(key.as_bytes());
    data
}

fn encrypt(
    key: &[u8],
    nonce: &[u8; NONCE_BYTES],
    associated_data: &[u8],
    value: &mut [u8],
) -> [u8; TAG_BYTES] {
    let (cipher, nonce) = derived_cipher(key, nonce);
    cipher
        .encrypt_inout_detached(&nonce.into(), associated_data, value.into())
        .expect("values are limited to far less than the 64 GiB of GCM")
        .into()
}

fn decrypt(
    key: &[u8],
    nonce: &[u8; NONCE_BYTES],
    associated_data: &[u8],
    value: &mut [u8],
    tag: &[u8; TAG_BYTES],
) -> Option<()> {
    let (cipher, nonce) = derived_cipher(key, nonce);
    cipher
        .decrypt_inout_detached(&nonce.into(), associated_data, value.into(), tag.into())
        .ok()
}

/// The cipher for one value and the nonce to use with it: the key is CMAC-based, SP 800-108 in counter mode.
fn derived_cipher(key: &[u8], nonce: &[u8; NONCE_BYTES]) -> (Aes256Gcm, [u8; 12]) {
    let aes = Aes256::new_from_slice(key).expect("barrier keys are 32 bytes long");
    // The subkey K1 of CMAC (SP 800-38B §6.1), for messages of whole blocks.
    let mut subkey = Zeroizing::new([0; 16]);
    aes.encrypt_block((&mut *subkey).into());
    let bits = u128::from_be_bytes(*subkey);
    // The top bit decides without a branch, since it is secret.
    *subkey = (bits << 1 ^ (0x87 & 0_u128.wrapping_sub(bits >> 127))).to_be_bytes();

    let mut derived = Zeroizing::new([0; 32]);
    for (counter, block) in (1..).zip(derived.chunks_exact_mut(16)) {
        block[..4].copy_from_slice(&[0, counter, b'X', 0]);
        block[4..].copy_from_slice(&nonce[..12]);
        block
            .iter_mut()
            .zip(*subkey)
            .for_each(|(byte, mask)| *byte ^= mask);
        aes.encrypt_block(block.try_into().expect("sixteen bytes"));
    }
    let cipher = Aes256Gcm::new_from_slice(&*derived).expect("32 bytes");
    (
        cipher,
        nonce[12..].try_into().expect("the second half of 24 bytes"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cell, Table};

    const KEY: [u8; 32] = [7; 32];

    fn key_of(cell: u8, table: Table, name: &[u8]) -> Key {
        Key::new(Cell([cell; 16]), table, name)
    }

    #[test]
    fn the_vectors_of_the_specification_hold() {
        let nonce = b"ABCDEFGHIJKLMNOPQRSTUVWX";
        let cases: [(u8, &[u8], [u8; 28]); 2] = [
            (
                0x01,
                b"",
                [
                    0xce, 0x54, 0x6e, 0xf6, 0x3c, 0x9c, 0xc6, 0x07, 0x65, 0x92, 0x36, 0x09, 0xb3,
                    0x3a, 0x9a, 0x19, 0x74, 0xe9, 0x6e, 0x52, 0xda, 0xf2, 0xfc, 0xf7, 0x07, 0x5e,
                    0x22, 0x71,
                ],
            ),
            (
                0x03,
                b"c2sp.org/XAES-256-GCM",
                [
                    0x98, 0x6e, 0xc1, 0x83, 0x25, 0x93, 0xdf, 0x54, 0x43, 0xa1, 0x79, 0x43, 0x7f,
                    0xd0, 0x83, 0xbf, 0x3f, 0xdb, 0x41, 0xab, 0xd7, 0x40, 0xa2, 0x1f, 0x71, 0xeb,
                    0x76, 0x9d,
                ],
            ),
        ];
        for (key, associated_data, expected) in cases {
            let mut value = *b"XAES-256-GCM";
            let tag = encrypt(&[key; 32], nonce, associated_data, &mut value);
            assert_eq!([&value[..], &tag].concat(), expected);
            assert!(decrypt(&[key; 32], nonce, associated_data, &mut value, &tag).is_some());
            assert_eq!(&value, b"XAES-256-GCM");
        }
    }

    #[test]
    fn a_value_opens_only_in_its_own_place() {
        let barrier_key = LockedBytes::copy_of(&KEY).unwrap();
        let other_key = LockedBytes::copy_of(&[8; 32]).unwrap();
        let by = SealedBy {
            term: Term(3),
            key: &barrier_key,
        };
        let key = key_of(1, Table::OBJECT, b"name");
        let sealed = seal(by, &key, Version(9), b"value").unwrap();

        assert_eq!(sealed.len(), 5 + 45);
        assert_eq!(
            open(by, &key, Version(9), sealed.clone()).as_deref(),
            Some(&b"value"[..])
        );
        for other in [
            key_of(2, Table::OBJECT, b"name"),
            key_of(1, Table::PIN, b"name"),
            key_of(1, Table::OBJECT, b"named"),
            key_of(1, Table::OBJECT, b""),
        ] {
            assert_eq!(
                open(by, &other, Version(9), sealed.clone()),
                None,
                "{other}"
            );
        }
        assert_eq!(open(by, &key, Version(8), sealed.clone()), None);
        assert_eq!(open(by, &key, Version(10), sealed.clone()), None);
        assert_eq!(
            open(
                SealedBy {
                    term: Term(4),
                    ..by
                },
                &key,
                Version(9),
                sealed.clone()
            ),
            None
        );
        assert_eq!(
            open(
                SealedBy {
                    key: &other_key,
                    ..by
                },
                &key,
                Version(9),
                sealed
            ),
            None
        );
    }

    #[test]
    fn every_flipped_bit_and_every_missing_byte_is_noticed() {
        let barrier_key = LockedBytes::copy_of(&KEY).unwrap();
        let by = SealedBy {
            term: Term(1),
            key: &barrier_key,
        };
        let key = key_of(1, Table::OBJECT, b"name");
        let sealed = seal(by, &key, Version(1), b"value").unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(by, &key, Version(1), changed), None, "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert_eq!(
                open(by, &key, Version(1), sealed[..length].to_vec()),
                None,
                "{length} bytes"
            );
        }
    }
}
