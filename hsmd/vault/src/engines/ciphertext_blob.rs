//! Ciphertext blobs: what keys of accounts encrypt. Each names its key and the version of its material, so that it is
//! decrypted without being told which.
//!
//! ```text
//! version ‖ flags ‖ account ‖ key ‖ material ‖ nonce ‖ IV ‖ AES-256-GCM ciphertext and tag
//!    1         1       12      16      4        16     12
//! ```
//!
//! Each message has a key of its own, derived from the material and the nonce (SP 800-108 rev. 1 §4.1, counter mode with
//! HMAC-SHA-256), so that one key can encrypt without bound. Everything before the ciphertext is authenticated, and after
//! it the canonical encryption context. `docs/formats.md` has vectors.

use hsm_algorithms::{Digest, GcmParameters};
use hsm_aws_lc::symmetric::{gcm_decrypt, gcm_encrypt};
use hsm_aws_lc::{Buffer, Error, SecretBytes, mac, random};
use hsmd_keys::{AccountId, KeyId, ObjectId};

use super::{EngineError, OpenedKey};

/// What a blob says before its ciphertext, in clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobHeader {
    /// The account of the key.
    pub account: AccountId,
    /// The key.
    pub key: KeyId,
    /// The number of its material.
    pub material: u32,
}

impl BlobHeader {
    /// What a blob says. `None` if it is none of this version: too short, too long, or made by something else.
    ///
    /// Nothing in it is proven until the blob is opened.
    #[must_use]
    pub fn parse(blob: &[u8]) -> Option<Self> {
        if !(HEADER_BYTES + TAG_BYTES..=BLOB_BYTES_MAX).contains(&blob.len()) {
            return None;
        }
        let [VERSION, flags, rest @ ..] = blob else {
            return None;
        };
        if flags & !FLAG_MULTI_REGION != 0 {
            return None;
        }
        let (account, rest) = rest.split_at(ACCOUNT_BYTES);
        let (object, rest) = rest.split_at(ID_BYTES);
        Some(Self {
            account: std::str::from_utf8(account).ok()?.parse().ok()?,
            key: KeyId {
                object: ObjectId::from_slice(object)?,
                is_multi_region: flags & FLAG_MULTI_REGION != 0,
            },
            material: u32::from_be_bytes(*rest.first_chunk()?),
        })
    }

    fn write(&self, nonce_and_iv: &[u8; NONCE_BYTES + IV_BYTES]) -> [u8; HEADER_BYTES] {
        let flags = if self.key.is_multi_region {
            FLAG_MULTI_REGION
        } else {
            0
        };
        let mut header = [0; HEADER_BYTES];
        let mut rest = header.as_mut_slice();
        for part in [
            [VERSION, flags].as_slice(),
            self.account.as_bytes(),
            self.key.object.as_bytes(),
            &self.material.to_be_bytes(),
            nonce_and_iv,
        ] {
            let (place, after) = std::mem::take(&mut rest).split_at_mut(part.len());
            place.copy_from_slice(part);
            rest = after;
        }
        header
    }
}

/// Encrypts. `context` is the canonical encryption context.
pub(crate) fn seal(
    key: &OpenedKey,
    header: &BlobHeader,
    context: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, EngineError> {
    let mut nonce_and_iv = [0; NONCE_BYTES + IV_BYTES];
    random::fill(&mut nonce_and_iv)?;
    seal_with(key, header, context, plaintext, &nonce_and_iv)
}

fn seal_with(
    key: &OpenedKey,
    header: &BlobHeader,
    context: &[u8],
    plaintext: &[u8],
    nonce_and_iv: &[u8; NONCE_BYTES + IV_BYTES],
) -> Result<Vec<u8>, EngineError> {
    let header = header.write(nonce_and_iv);
    let message_key = message_key(key, &header)?;
    let sealed: Vec<u8> = gcm_encrypt(message_key.expose(), &gcm(&header, context), plaintext)?;
    let mut blob = Vec::with_capacity(HEADER_BYTES + sealed.len());
    blob.extend_from_slice(&header);
    blob.extend_from_slice(&sealed);
    Ok(blob)
}

/// Undoes [`seal`]. That the blob names this key is the caller's to know.
pub(crate) fn open<B: Buffer>(
    key: &OpenedKey,
    context: &[u8],
    blob: &[u8],
) -> Result<B, EngineError> {
    let (header, sealed) = blob
        .split_first_chunk::<HEADER_BYTES>()
        .ok_or(Error::CiphertextInvalid)?;
    let message_key = message_key(key, header)?;
    let opened = gcm_decrypt(message_key.expose(), &gcm(header, context), sealed);
    Ok(opened.map_err(|error| match error {
        Error::Library => error,
        _ => Error::CiphertextInvalid,
    })?)
}

/// The key of one message: SP 800-108 rev. 1 §4.1 with one block, `HMAC(material, 1 ‖ label ‖ 0 ‖ nonce ‖ 256)`.
fn message_key(key: &OpenedKey, header: &[u8; HEADER_BYTES]) -> Result<SecretBytes, EngineError> {
    let nonce = &header[NONCE_START..NONCE_START + NONCE_BYTES];
    let mut input = [0; 4 + LABEL.len() + 1 + NONCE_BYTES + 4];
    input[..4].copy_from_slice(&1_u32.to_be_bytes());
    input[4..4 + LABEL.len()].copy_from_slice(LABEL);
    input[5 + LABEL.len()..][..NONCE_BYTES].copy_from_slice(nonce);
    input[5 + LABEL.len() + NONCE_BYTES..].copy_from_slice(&256_u32.to_be_bytes());
    let code = mac::hmac(Digest::Sha256, key.secret()?, &input)?;
    Ok(SecretBytes::copy_of(code.as_ref())?)
}

fn gcm(header: &[u8; HEADER_BYTES], context: &[u8]) -> GcmParameters {
    GcmParameters {
        iv: header[HEADER_BYTES - IV_BYTES..].to_vec(),
        aad: [header, context].concat(),
        tag_bits: 128,
    }
}

const VERSION: u8 = 1;
const FLAG_MULTI_REGION: u8 = 1;
const ACCOUNT_BYTES: usize = 12;
const ID_BYTES: usize = 16;
const NONCE_BYTES: usize = 16;
const IV_BYTES: usize = 12;
const TAG_BYTES: usize = 16;
const NONCE_START: usize = 2 + ACCOUNT_BYTES + ID_BYTES + 4;
const HEADER_BYTES: usize = NONCE_START + NONCE_BYTES + IV_BYTES;
const LABEL: &[u8] = b"hsmd kms message key";

/// The longest blob that the API takes, in bytes.
const BLOB_BYTES_MAX: usize = 6144;

#[cfg(test)]
mod tests {
    use hsm_algorithms::KeyKind;
    use proptest::prelude::*;

    use super::*;

    fn key(byte: u8) -> OpenedKey {
        OpenedKey::from_secret(KeyKind::Aes, SecretBytes::copy_of(&[byte; 32]).unwrap()).unwrap()
    }

    fn header() -> BlobHeader {
        BlobHeader {
            account: "111122223333".parse().unwrap(),
            key: "1234abcd-12ab-34cd-56ef-1234567890ab".parse().unwrap(),
            material: 7,
        }
    }

    fn hexadecimal(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The vectors of `docs/formats.md`.
    #[test]
    fn blobs_are_written_as_published() {
        let page = include_str!("../../../../docs/formats.md");
        let page: String = page.split_whitespace().collect();
        let mut nonce_and_iv = [0; NONCE_BYTES + IV_BYTES];
        for (place, byte) in nonce_and_iv.iter_mut().zip(0x40..) {
            *place = byte;
        }
        for (context, plaintext) in [
            (b"".as_slice(), b"hello".as_slice()),
            (b"\0\0\0\x07purpose\0\0\0\x04test", b"hello"),
        ] {
            let blob = seal_with(&key(0x11), &header(), context, plaintext, &nonce_and_iv).unwrap();
            let hexadecimal = hexadecimal(&blob);
            assert!(page.contains(&hexadecimal), "{hexadecimal}");
        }
    }

    proptest! {
        #[test]
        fn blobs_open_with_their_key_and_context_alone(
            plaintext in prop::collection::vec(any::<u8>(), 0..200),
            context in prop::collection::vec(any::<u8>(), 0..40),
            bit in 0..8_u8, at in any::<prop::sample::Index>(), is_multi_region: bool,
        ) {
            let mut header = header();
            header.key.is_multi_region = is_multi_region;
            let blob = seal(&key(1), &header, &context, &plaintext).unwrap();
            prop_assert_eq!(BlobHeader::parse(&blob), Some(header));
            prop_assert_eq!(open::<Vec<u8>>(&key(1), &context, &blob), Ok(plaintext.clone()));

            let refused = Err(EngineError::Crypto(Error::CiphertextInvalid));
            let mut changed = blob.clone();
            changed[at.index(blob.len())] ^= 1 << bit;
            prop_assert_eq!(open::<Vec<u8>>(&key(1), &context, &changed), refused.clone());
            prop_assert_eq!(open::<Vec<u8>>(&key(2), &context, &blob), refused.clone());
            let longer = [context.as_slice(), b"\0"].concat();
            prop_assert_eq!(open::<Vec<u8>>(&key(1), &longer, &blob), refused.clone());
            let shorter = &blob[..at.index(blob.len())];
            prop_assert_eq!(open::<Vec<u8>>(&key(1), &context, shorter), refused);
            prop_assert_ne!(seal(&key(1), &header, &context, &plaintext).unwrap(), blob);
        }
    }

    #[test]
    fn what_is_no_blob_has_no_header() {
        let blob = seal(&key(1), &header(), b"", b"text").unwrap();
        for length in 0..HEADER_BYTES + TAG_BYTES {
            assert_eq!(BlobHeader::parse(&blob[..length]), None);
        }
        let mut other = blob.clone();
        other[0] = 2;
        assert_eq!(BlobHeader::parse(&other), None);
        other = blob.clone();
        other[1] = 2;
        assert_eq!(BlobHeader::parse(&other), None);
        other = blob.clone();
        other[2] = b'x';
        assert_eq!(BlobHeader::parse(&other), None);
        other = blob;
        other.resize(BLOB_BYTES_MAX + 1, 0);
        assert_eq!(BlobHeader::parse(&other), None);
    }
}
