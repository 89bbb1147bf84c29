//! Keys as DER: PKCS#8 (RFC 5958) for private ones, `SubjectPublicKeyInfo` (RFC 5280 §4.1) for public ones.

use std::ffi::c_int;
use std::mem::MaybeUninit;

use aws_lc_sys as aws_lc;

use crate::Error;
use crate::curve25519::KEY_BYTES;
use crate::ec::Ec;
use crate::owned::{Owned, succeeded};
use crate::rsa::Rsa;
use crate::secret_bytes::SecretBytes;

type Generic = Owned<aws_lc::EVP_PKEY>;

/// A parsed key, private or public.
pub(crate) enum Parsed {
    Rsa(Rsa),
    Ec(Ec),
    /// The seed, or the public key.
    Ed25519(SecretBytes),
    /// The private key, or the public one.
    X25519(SecretBytes),
}

/// Parses PKCS#8, version 1 or 2, all of `der`.
pub(crate) fn parse_private(der: &[u8]) -> Result<Parsed, Error> {
    let key = parse(der, aws_lc::EVP_parse_private_key)?;
    sort(&key, aws_lc::EVP_PKEY_get_raw_private_key)
}

/// Parses `SubjectPublicKeyInfo`, all of `der`.
pub(crate) fn parse_public(der: &[u8]) -> Result<Parsed, Error> {
    let key = parse(der, aws_lc::EVP_parse_public_key)?;
    sort(&key, aws_lc::EVP_PKEY_get_raw_public_key)
}

/// Writes PKCS#8, version 1.
pub(crate) fn write_private(key: &Generic) -> Result<SecretBytes, Error> {
    write(key, aws_lc::EVP_marshal_private_key)
}

/// Writes `SubjectPublicKeyInfo`.
pub(crate) fn write_public(key: &Generic) -> Result<Vec<u8>, Error> {
    Ok(write(key, aws_lc::EVP_marshal_public_key)?
        .expose()
        .to_vec())
}

/// An Ed25519 or X25519 private key in aws-lc's generic form.
pub(crate) fn generic_private(curve: RawCurve, bytes: &[u8]) -> Result<Generic, Error> {
    // SAFETY: the bytes are a slice with its length, and the key is new.
    unsafe {
        let key = aws_lc::EVP_PKEY_new_raw_private_key(
            curve.code(),
            std::ptr::null_mut(),
            bytes.as_ptr(),
            bytes.len(),
        );
        Owned::take(key, Error::KeyInvalid)
    }
}

/// An Ed25519 or X25519 public key in aws-lc's generic form.
pub(crate) fn generic_public(curve: RawCurve, bytes: &[u8]) -> Result<Generic, Error> {
    // SAFETY: the bytes are a slice with its length, and the key is new.
    unsafe {
        let key = aws_lc::EVP_PKEY_new_raw_public_key(
            curve.code(),
            std::ptr::null_mut(),
            bytes.as_ptr(),
            bytes.len(),
        );
        Owned::take(key, Error::KeyInvalid)
    }
}

/// A curve whose keys are 32 raw bytes.
#[derive(Clone, Copy)]
pub(crate) enum RawCurve {
    Ed25519,
    X25519,
}

impl RawCurve {
    const fn code(self) -> c_int {
        match self {
            Self::Ed25519 => aws_lc::EVP_PKEY_ED25519,
            Self::X25519 => aws_lc::EVP_PKEY_X25519,
        }
    }
}

fn parse(
    der: &[u8],
    parser: unsafe extern "C" fn(*mut aws_lc::CBS) -> *mut aws_lc::EVP_PKEY,
) -> Result<Generic, Error> {
    let mut input = MaybeUninit::uninit();
    // SAFETY: `CBS_init` initializes the reader over a slice that outlives it; the key is new.
    let (key, rest) = unsafe {
        aws_lc::CBS_init(input.as_mut_ptr(), der.as_ptr(), der.len());
        let key = Owned::take(parser(input.as_mut_ptr()), Error::KeyInvalid)?;
        (key, aws_lc::CBS_len(input.as_ptr()))
    };
    if rest == 0 {
        Ok(key)
    } else {
        Err(Error::KeyInvalid)
    }
}

fn sort(
    key: &Generic,
    raw: unsafe extern "C" fn(*const aws_lc::EVP_PKEY, *mut u8, *mut usize) -> c_int,
) -> Result<Parsed, Error> {
    // SAFETY: the key is live; the typed keys get a reference of their own; a raw key has the room that it needs.
    unsafe {
        match aws_lc::EVP_PKEY_id(key.as_ptr()) {
            aws_lc::EVP_PKEY_RSA => {
                let rsa = Owned::take(aws_lc::EVP_PKEY_get1_RSA(key.as_ptr()), Error::KeyInvalid)?;
                Rsa::from_owned(rsa).map(Parsed::Rsa)
            }
            aws_lc::EVP_PKEY_EC => {
                let ec = Owned::take(
                    aws_lc::EVP_PKEY_get1_EC_KEY(key.as_ptr()),
                    Error::KeyInvalid,
                )?;
                Ec::from_owned(ec).map(Parsed::Ec)
            }
            aws_lc::EVP_PKEY_ED25519 => raw_bytes(key, raw).map(Parsed::Ed25519),
            aws_lc::EVP_PKEY_X25519 => raw_bytes(key, raw).map(Parsed::X25519),
            _ => Err(Error::KeyInvalid),
        }
    }
}

fn raw_bytes(
    key: &Generic,
    raw: unsafe extern "C" fn(*const aws_lc::EVP_PKEY, *mut u8, *mut usize) -> c_int,
) -> Result<SecretBytes, Error> {
    let mut bytes = SecretBytes::zeroed(KEY_BYTES)?;
    let mut length = KEY_BYTES;
    // SAFETY: the key is live, and the output is as long as said.
    let code = unsafe {
        raw(
            key.as_ptr(),
            bytes.expose_mut().as_mut_ptr(),
            &raw mut length,
        )
    };
    succeeded(code, Error::KeyInvalid)?;
    if length == KEY_BYTES {
        Ok(bytes)
    } else {
        Err(Error::KeyInvalid)
    }
}

fn write(
    key: &Generic,
    writer: unsafe extern "C" fn(*mut aws_lc::CBB, *const aws_lc::EVP_PKEY) -> c_int,
) -> Result<SecretBytes, Error> {
    /// More than any key of ours, so that the buffer does not move while it is written.
    const ROOM_BYTES: usize = 8192;
    let mut output = MaybeUninit::uninit();
    let mut start = std::ptr::null_mut();
    let mut length = 0;
    // SAFETY: `CBB_init` initializes the writer, which is cleaned up on failure and on success gives its buffer, from
    // aws-lc's heap, to us.
    unsafe {
        succeeded(
            aws_lc::CBB_init(output.as_mut_ptr(), ROOM_BYTES),
            Error::Library,
        )?;
        if writer(output.as_mut_ptr(), key.as_ptr()) != 1
            || aws_lc::CBB_finish(output.as_mut_ptr(), &raw mut start, &raw mut length) != 1
        {
            aws_lc::CBB_cleanup(output.as_mut_ptr());
            return Err(crate::owned::fail(Error::KeyInvalid));
        }
        SecretBytes::take(start, length)
    }
}
