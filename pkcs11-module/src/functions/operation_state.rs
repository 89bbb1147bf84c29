//! `C_GetOperationState` and `C_SetOperationState` (PKCS#11 3.2, sections 5.6.5 and 5.6.6), for digests.
//!
//! A state is of a documented form (`docs/formats.md`), good on any machine and with any version of the module that
//! knows the form. Every other operation depends on a key, and says `CKR_STATE_UNSAVEABLE`; so does a digest that has
//! taken in a secret key, and one whose inner state the cryptographic library does not tell: SHA-3.

use cryptoki_sys::{
    CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CKR_KEY_NOT_NEEDED, CKR_SAVED_STATE_INVALID,
    CKR_STATE_UNSAVEABLE,
};
use hsm_algorithms::Digest;
use hsm_aws_lc::digest::{Hasher, digest as digest_of};
use hsm_proto::Wiping;

use super::digest::Digesting;
use crate::abi::{Input, Output};
use crate::errors::{Failure, Result};
use crate::library::Library;
use crate::sessions::Operations;

/// The version of the form.
const VERSION: u8 = 1;

/// The check at the end: the first bytes of SHA-256 of all that is before.
const CHECK_BYTES: usize = 4;

/// More than any state is long: a name, a chaining value, a length and a block. Nothing beyond it is looked at.
const STATE_BYTES_MAX: usize = 1024;

/// `C_GetOperationState`.
pub(crate) fn save(library: &Library, session: CK_SESSION_HANDLE, output: Output<'_>) -> Result {
    let session = library.session(session)?;
    let operations = &mut *session.operations();
    if operations.uses_a_key() {
        return Err(CKR_STATE_UNSAVEABLE.into());
    }
    let running = operations.digest.active()?;
    let state = running
        .saved()
        .ok_or_else(|| Failure::from(CKR_STATE_UNSAVEABLE))?;
    let state = encoded(running.digest(), &state)?;
    output.deliver(state.len(), || Ok(state))?;
    Ok(())
}

/// `C_SetOperationState`: whatever ran in the session is over.
pub(crate) fn restore(
    library: &Library,
    session: CK_SESSION_HANDLE,
    state: &Input<'_>,
    keys: [CK_OBJECT_HANDLE; 2],
) -> Result {
    let session = library.session(session)?;
    let state = state.bytes()?;
    let running = decoded(state)?;
    if session.slot.is_strict() && running.digest() == Digest::Md5 {
        return Err(CKR_SAVED_STATE_INVALID.into());
    }
    if keys != [0; 2] {
        return Err(CKR_KEY_NOT_NEEDED.into());
    }
    let operations = &mut *session.operations();
    *operations = Operations::default();
    operations.digest.begin(|| Ok(running))?;
    // The parts before the state was saved count: what follows is parts too, or the end.
    operations
        .digest
        .update(|_| Ok(crate::abi::Delivery::Delivered))
}

fn encoded(digest: Digest, state: &[u8]) -> Result<Wiping> {
    let name = digest.name().as_bytes();
    let mut bytes = Wiping::new(Vec::with_capacity(
        2 + name.len() + state.len() + CHECK_BYTES,
    ));
    bytes.push(VERSION);
    bytes.extend(u8::try_from(name.len()));
    bytes.extend_from_slice(name);
    bytes.extend_from_slice(state);
    let check = digest_of(Digest::Sha256, &bytes)?;
    bytes.extend_from_slice(&check.as_ref()[..CHECK_BYTES]);
    Ok(bytes)
}

fn decoded(bytes: &[u8]) -> Result<Digesting> {
    let invalid = || Failure::from(CKR_SAVED_STATE_INVALID);
    if bytes.len() > STATE_BYTES_MAX {
        return Err(invalid());
    }
    let (body, check) = bytes
        .split_last_chunk::<CHECK_BYTES>()
        .ok_or_else(invalid)?;
    if digest_of(Digest::Sha256, body)?.as_ref()[..CHECK_BYTES] != check[..] {
        return Err(invalid());
    }
    let [VERSION, length, rest @ ..] = body else {
        return Err(invalid());
    };
    let (name, state) = rest
        .split_at_checked(usize::from(*length))
        .ok_or_else(invalid)?;
    let digest = std::str::from_utf8(name).ok().and_then(Digest::by_name);
    let digest = digest.ok_or_else(invalid)?;
    let hasher = Hasher::restored(digest, state).map_err(|_| invalid())?;
    Ok(Digesting::restored(hasher))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The initial chaining value of SHA-256 (FIPS 180-4, section 5.3.3), since "abc" does not fill a block.
    const AFTER_ABC: [u8; 32] = [
        0x6a, 0x09, 0xe6, 0x67, 0xbb, 0x67, 0xae, 0x85, 0x3c, 0x6e, 0xf3, 0x72, 0xa5, 0x4f, 0xf5,
        0x3a, 0x51, 0x0e, 0x52, 0x7f, 0x9b, 0x05, 0x68, 0x8c, 0x1f, 0x83, 0xd9, 0xab, 0x5b, 0xe0,
        0xcd, 0x19,
    ];

    #[test]
    fn a_saved_state_has_the_form_that_is_documented() {
        let mut hasher = Hasher::new(Digest::Sha256).unwrap();
        hasher.update(b"abc").unwrap();
        let state = encoded(Digest::Sha256, &hasher.saved().unwrap()).unwrap();
        let length = 3_u128.to_be_bytes();
        let expected = [&[1, 7], &b"SHA-256"[..], &AFTER_ABC, &length, b"abc"].concat();
        let (body, check) = state.split_at(state.len() - CHECK_BYTES);
        assert_eq!(body, expected);
        let digest = digest_of(Digest::Sha256, body).unwrap();
        assert_eq!(check, &digest.as_ref()[..CHECK_BYTES]);
        assert!(decoded(&state).is_ok());
    }

    #[test]
    fn a_state_of_another_version_or_digest_is_refused() {
        let with_check = |body: &[u8]| {
            let digest = digest_of(Digest::Sha256, body).unwrap();
            [body, &digest.as_ref()[..CHECK_BYTES]].concat()
        };
        let length = [0; 16];
        let body =
            |version, name: &[u8]| [&[version, 7], name, &AFTER_ABC[..], &length[..]].concat();
        assert!(decoded(&with_check(&body(1, b"SHA-256"))).is_ok());
        for bad in [
            body(2, b"SHA-256"),
            body(1, b"SHA-999"),
            body(1, b"SHA-512"),
            vec![1],
        ] {
            let refused = decoded(&with_check(&bad))
                .err()
                .map(|failure| failure.value());
            assert_eq!(refused, Some(CKR_SAVED_STATE_INVALID));
        }
    }
}
