//! What the strict token profile forbids beyond the standard, so that no known attack on the interface gives a key away.
//!
//! The attacks (Clulow 2003; Bortolozzo and others 2010) combine roles: wrap a key with W and decrypt the result with W,
//! or bring a key W whose value is known, wrap with it, and open the result elsewhere. The strict profile's answer:
//!
//! - a key that wraps or unwraps does nothing else, and roles never change;
//! - a key that wraps was generated in the token, is sensitive and never leaves it, so nobody knows its value;
//! - what is unwrapped is sensitive, and neither wraps, unwraps nor derives, so that roles cannot be exchanged by
//!   wrapping;
//! - only authenticated ways of wrapping that never repeat a nonce, under keys at least as strong: of two keys wrapped
//!   by AES-GCM under one nonce, whoever knows the first reads the second;
//! - a secret key from which others are derived does nothing else and never leaves: its signatures and ciphertexts are
//!   what a derivation gives (SP 800-108 over HMAC, encryption of data);
//! - keys are derived by one-way functions alone, and never shorter than 112 bits: cutting a key into pieces lets each
//!   piece be guessed;
//! - a key that asks for the PIN each time leaves only under a key whose unwrap template makes it ask again;
//! - no authentication codes cut below 64 bits: who may only check them could find one byte after another by trying;
//! - no decryption by RSA with PKCS#1 v1.5 padding, which tells whether a padding was right.

use hsm_algorithms::pkcs11::{
    CKA_ALWAYS_AUTHENTICATE, CKA_CLASS, CKA_DECAPSULATE, CKA_DECRYPT, CKA_DERIVE, CKA_ENCAPSULATE,
    CKA_ENCRYPT, CKA_EXTRACTABLE, CKA_SENSITIVE, CKA_SIGN, CKA_SIGN_RECOVER, CKA_TRUSTED,
    CKA_UNWRAP, CKA_UNWRAP_TEMPLATE, CKA_VERIFY, CKA_VERIFY_RECOVER, CKA_WRAP, CKA_WRAP_TEMPLATE,
    CKA_WRAP_WITH_TRUSTED, CKO_DATA, CKO_SECRET_KEY,
};
use hsm_algorithms::{Algorithm, Attributes, Family, KeyKind, KeySpec, Parameters, Purpose};
use hsmd_keys::TokenProfile;

use super::Birth;
use crate::Error;

/// Whether the profile leaves this use out of those that a key has when its template names none.
pub(super) fn keeps_apart(purpose: Purpose, profile: TokenProfile) -> bool {
    profile == TokenProfile::Strict && purpose == Purpose::Wrap
}

/// Checks a new object.
pub(super) fn check_birth(
    attributes: &Attributes,
    birth: Birth<'_>,
    profile: TokenProfile,
) -> Result<(), Error> {
    if profile == TokenProfile::Compatible {
        return Ok(());
    }
    let is_forbidden = |attribute| Err(Error::TemplateInconsistent { attribute });
    let wraps = attributes.is_set(CKA_WRAP);
    let unwraps = attributes.is_set(CKA_UNWRAP);
    if wraps || unwraps {
        let other_use = OTHER_USES
            .iter()
            .find(|attribute| attributes.is_set(**attribute));
        if let Some(attribute) = other_use {
            return is_forbidden(*attribute);
        }
        if attributes.is_set(CKA_EXTRACTABLE) {
            return is_forbidden(CKA_EXTRACTABLE);
        }
    }
    let is_secret_base =
        attributes.number(CKA_CLASS) == Some(CKO_SECRET_KEY) && attributes.is_set(CKA_DERIVE);
    if is_secret_base {
        let beside = [
            CKA_ENCRYPT,
            CKA_DECRYPT,
            CKA_SIGN,
            CKA_VERIFY,
            CKA_EXTRACTABLE,
        ];
        if let Some(attribute) = beside.iter().find(|one| attributes.is_set(**one)) {
            return is_forbidden(*attribute);
        }
        if matches!(birth, Birth::Unwrapped { .. }) {
            return is_forbidden(CKA_DERIVE);
        }
    }
    match birth {
        // A bare public key wraps for whoever has its private half, which need not be in any token.
        Birth::Created
        | Birth::OfPassword { .. }
        | Birth::Unwrapped { .. }
        | Birth::Derived { .. }
            if wraps =>
        {
            return is_forbidden(CKA_WRAP);
        }
        Birth::Unwrapped { .. } if unwraps => {
            return is_forbidden(CKA_UNWRAP);
        }
        Birth::Created
        | Birth::Generated { .. }
        | Birth::OfPassword { .. }
        | Birth::Unwrapped { .. }
        | Birth::Derived { .. } => {}
    }
    let must_be_sensitive = match birth {
        Birth::Unwrapped { .. } => true,
        Birth::Derived { from } => from.is_set(CKA_SENSITIVE),
        Birth::Created | Birth::Generated { .. } => wraps || unwraps,
        Birth::OfPassword { .. } => false,
    };
    if must_be_sensitive && attributes.flag(CKA_SENSITIVE) == Some(false) {
        return is_forbidden(CKA_SENSITIVE);
    }
    match birth {
        // A data object is read by everybody: what is made of a secret must not become one.
        Birth::Derived { from }
            if attributes.number(CKA_CLASS) == Some(CKO_DATA) && from.is_set(CKA_SENSITIVE) =>
        {
            is_forbidden(CKA_CLASS)
        }
        // A key that only trusted keys may wrap stays one on the way out and in again.
        Birth::Unwrapped { by }
            if by.is_set(CKA_TRUSTED) && !attributes.is_set(CKA_WRAP_WITH_TRUSTED) =>
        {
            is_forbidden(CKA_WRAP_WITH_TRUSTED)
        }
        Birth::Derived { from }
            if !from.is_set(CKA_EXTRACTABLE) && attributes.is_set(CKA_EXTRACTABLE) =>
        {
            is_forbidden(CKA_EXTRACTABLE)
        }
        Birth::Created
        | Birth::Generated { .. }
        | Birth::OfPassword { .. }
        | Birth::Unwrapped { .. }
        | Birth::Derived { .. } => Ok(()),
    }
}

/// Checks that the two halves of a new pair fit: who wraps with the public half must not be able to read the private one.
pub(crate) fn check_pair(
    public: &Attributes,
    private: &Attributes,
    profile: TokenProfile,
) -> Result<(), Error> {
    if profile == TokenProfile::Compatible || !public.is_set(CKA_WRAP) {
        return Ok(());
    }
    if !private.is_set(CKA_SENSITIVE) {
        return Err(Error::TemplateInconsistent {
            attribute: CKA_SENSITIVE,
        });
    }
    if private.is_set(CKA_EXTRACTABLE) {
        return Err(Error::TemplateInconsistent {
            attribute: CKA_EXTRACTABLE,
        });
    }
    // What unwraps must do nothing else, or it could decrypt what its other half wraps.
    OTHER_USES
        .iter()
        .find(|attribute| private.is_set(**attribute))
        .map_or(Ok(()), |attribute| {
            Err(Error::TemplateInconsistent {
                attribute: *attribute,
            })
        })
}

/// Checks a change of one attribute.
pub(super) fn check_change(attribute: u64, profile: TokenProfile) -> Result<(), Error> {
    let is_role = OTHER_USES.contains(&attribute) || matches!(attribute, CKA_WRAP | CKA_UNWRAP);
    if profile == TokenProfile::Strict && is_role {
        return Err(Error::AttributeReadOnly { attribute });
    }
    Ok(())
}

/// Checks that a key may be wrapped so.
///
/// # Errors
///
/// [`Error::KeyNotWrappable`] when the wrapping key's `CKA_WRAP_TEMPLATE` does not fit the key, or on a strict token the
/// key would come back without `CKA_ALWAYS_AUTHENTICATE`;
/// [`Error::AlgorithmUnknown`] for a way of wrapping that the strict profile does not offer; [`Error::WrappingKeySize`]
/// when the wrapping key is the weaker one.
pub(crate) fn check_wrapping(
    wrapping: (&Attributes, KeySpec),
    wrapped: (&Attributes, KeySpec),
    algorithm: Algorithm,
    profile: TokenProfile,
) -> Result<(), Error> {
    if wrapping
        .0
        .template(CKA_WRAP_TEMPLATE)
        .is_some_and(|template| !wrapped.0.matches(template))
    {
        return Err(Error::KeyNotWrappable);
    }
    if profile == TokenProfile::Compatible {
        return Ok(());
    }
    check_unwrapping(algorithm, profile)?;
    if !matches!(algorithm.family(), Family::AesKeyWrap | Family::RsaOaep) {
        return Err(Error::AlgorithmUnknown);
    }
    if strength_bits(wrapping.1) < strength_bits(wrapped.1) {
        return Err(Error::WrappingKeySize);
    }
    if wrapped.0.is_set(CKA_ALWAYS_AUTHENTICATE) && !asks_again(wrapping.0) {
        return Err(Error::KeyNotWrappable);
    }
    Ok(())
}

/// Whether what is unwrapped with this key asks for the PIN each time. A public key does not unwrap, so it does not say.
fn asks_again(wrapping: &Attributes) -> bool {
    wrapping
        .template(CKA_UNWRAP_TEMPLATE)
        .is_some_and(|template| template.is_set(CKA_ALWAYS_AUTHENTICATE))
}

/// Checks that the profile offers this way of wrapping and unwrapping.
///
/// # Errors
///
/// [`Error::AlgorithmUnknown`] if not.
pub(crate) fn check_unwrapping(algorithm: Algorithm, profile: TokenProfile) -> Result<(), Error> {
    let is_authenticated = matches!(
        algorithm.family(),
        Family::AesKeyWrap
            | Family::AesGcm
            | Family::AesCcm
            | Family::RsaOaep
            | Family::RsaAesKeyWrap
            | Family::EcdhAesKeyWrap
    );
    if profile == TokenProfile::Strict && !is_authenticated {
        return Err(Error::AlgorithmUnknown);
    }
    Ok(())
}

/// Checks that the profile derives keys so.
///
/// # Errors
///
/// [`Error::AlgorithmUnknown`] if not.
pub(crate) fn check_derivation(algorithm: Algorithm, profile: TokenProfile) -> Result<(), Error> {
    let is_one_way = matches!(
        algorithm.family(),
        Family::Ecdh | Family::Hkdf | Family::Kbkdf | Family::DigestDerivation | Family::Tls
    );
    // Its initialization vectors are bytes of keys to whoever asks for shorter keys (PKCS#11 3.2 §6.40.6).
    let tells_bytes = algorithm == Algorithm::Tls12KeyBlock;
    if profile == TokenProfile::Strict && (!is_one_way || tells_bytes) {
        return Err(Error::AlgorithmUnknown);
    }
    Ok(())
}

/// Checks that a derived key is no piece that can be guessed.
///
/// # Errors
///
/// [`Error::KeySize`] if it is.
pub(crate) fn check_derived(spec: KeySpec, profile: TokenProfile) -> Result<(), Error> {
    if profile == TokenProfile::Strict && spec.bits() < DERIVED_BITS_MIN {
        return Err(Error::KeySize);
    }
    Ok(())
}

/// Checks that the profile decrypts so.
///
/// # Errors
///
/// [`Error::AlgorithmUnknown`] if not.
pub(crate) fn check_decryption(algorithm: Algorithm, profile: TokenProfile) -> Result<(), Error> {
    if profile == TokenProfile::Strict && algorithm.family() == Family::RsaPkcs1Encryption {
        return Err(Error::AlgorithmUnknown);
    }
    Ok(())
}

/// Checks that the profile makes and checks authentication codes of this length.
///
/// # Errors
///
/// [`Error::AlgorithmParametersInvalid`] if not.
pub(crate) fn check_code_length(
    parameters: &Parameters,
    profile: TokenProfile,
) -> Result<(), Error> {
    match parameters {
        Parameters::CodeLength(bytes)
            if profile == TokenProfile::Strict && *bytes < CODE_BYTES_MIN =>
        {
            Err(Error::AlgorithmParametersInvalid)
        }
        _ => Ok(()),
    }
}

/// Whether a template that sets this names a use, so that the key gets no others by default.
pub(super) fn names_a_use(attribute: u64, class: u64) -> bool {
    attribute == CKA_DERIVE && class == CKO_SECRET_KEY
}

/// The shortest authentication code that NIST SP 800-38B advises, in bytes.
const CODE_BYTES_MIN: u32 = 8;

/// The least strength that NIST SP 800-131A still allows, in bits.
const DERIVED_BITS_MIN: u32 = 112;

/// Uses that a key which wraps or unwraps must not have.
const OTHER_USES: &[u64] = &[
    CKA_ENCRYPT,
    CKA_DECRYPT,
    CKA_SIGN,
    CKA_SIGN_RECOVER,
    CKA_VERIFY,
    CKA_VERIFY_RECOVER,
    CKA_DERIVE,
    CKA_ENCAPSULATE,
    CKA_DECAPSULATE,
];

/// Security strength in bits: NIST SP 800-57 part 1, table 2, for RSA with linear steps between its rows.
fn strength_bits(spec: KeySpec) -> u32 {
    let kind = spec.kind();
    match kind {
        KeyKind::Rsa => {
            return match spec.bits() {
                0..2048 => 80,
                2048..3072 => 112,
                3072..4096 => 128,
                4096..7680 => 152,
                7680.. => 192,
            };
        }
        KeyKind::AesXts => return spec.bits() / 2,
        KeyKind::Des => return 56,
        KeyKind::Des2 => return 80,
        KeyKind::Des3 => return 112,
        _ => {}
    }
    if let Some(set) = kind.post_quantum() {
        return set.strength_bits;
    }
    kind.curve()
        .map_or(spec.bits(), |curve| curve.row().field_bits.div_ceil(2))
        .min(256)
}
