//! Key management functions (PKCS#11 3.2, section 5.18).

use cryptoki_sys::*;
use hsm_algorithms::pkcs11::CKO_SECRET_KEY;
use hsm_algorithms::{Algorithm, Family, KeyKind, KeySpec, Parameters, Purpose};
use hsm_proto::attributes::to_wire;
use hsm_proto::{
    DeriveKeyRequest, GenerateKeyPairRequest, GenerateKeyRequest, UnwrapKeyRequest, WrapKeyRequest,
    parameters,
};
use zeroize::Zeroizing;

use super::objects::{made, may_make};
use super::{FitKey, Half, fit_key};
use crate::abi::{Input, Mechanism, Output, Place, Template};
use crate::errors::{Failure, Result};
use crate::library::Library;

/// `C_GenerateKey`.
pub(crate) fn generate_key(
    library: &Library,
    session: CK_SESSION_HANDLE,
    mechanism: &Mechanism<'_>,
    template: &Template<'_>,
    handle: &Place<'_, CK_OBJECT_HANDLE>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    handle.check()?;
    let generator = mechanism.generator()?;
    if generator.makes_key_pairs() {
        return Err(CKR_MECHANISM_INVALID.into());
    }
    let template = template.attributes()?;
    let is_token_object = may_make(&session, &template)?;
    let mut reply = module.ask(GenerateKeyRequest {
        partition: session.slot.partition(),
        generator: generator.name().to_owned(),
        template: to_wire(template),
    })?;
    handle.write(made(
        &module,
        &session,
        reply.object.take(),
        is_token_object,
    )?)
}

/// `C_GenerateKeyPair`.
pub(crate) fn generate_key_pair(
    library: &Library,
    session: CK_SESSION_HANDLE,
    mechanism: &Mechanism<'_>,
    public_template: &Template<'_>,
    private_template: &Template<'_>,
    (public_handle, private_handle): (&Place<'_, CK_OBJECT_HANDLE>, &Place<'_, CK_OBJECT_HANDLE>),
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    public_handle.check()?;
    private_handle.check()?;
    let generator = mechanism.generator()?;
    if !generator.makes_key_pairs() {
        return Err(CKR_MECHANISM_INVALID.into());
    }
    let (public_template, private_template) = (
        public_template.attributes()?,
        private_template.attributes()?,
    );
    let is_public_token_object = may_make(&session, &public_template)?;
    let is_private_token_object = may_make(&session, &private_template)?;
    let mut reply = module.ask(GenerateKeyPairRequest {
        partition: session.slot.partition(),
        generator: generator.name().to_owned(),
        public_template: to_wire(public_template),
        private_template: to_wire(private_template),
    })?;
    public_handle.write(made(
        &module,
        &session,
        reply.public_key.take(),
        is_public_token_object,
    )?)?;
    private_handle.write(made(
        &module,
        &session,
        reply.private_key.take(),
        is_private_token_object,
    )?)
}

/// `C_WrapKey`. A length query needs no request; for a private key it gives an upper bound.
pub(crate) fn wrap_key(
    library: &Library,
    session: CK_SESSION_HANDLE,
    mechanism: &Mechanism<'_>,
    wrapping_key: CK_OBJECT_HANDLE,
    key: CK_OBJECT_HANDLE,
    wrapped: Output<'_>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    wrapped.check()?;
    let (algorithm, parameters) = mechanism.algorithm(Purpose::Wrap)?;
    let wrapping_key = fit_key(
        &module,
        &session,
        wrapping_key,
        algorithm,
        Half::Public,
        CKA_WRAP,
    )
    .map_err(of_a_wrapping_key)?;
    let key = module.object(&session, key).map_err(Failure::of_a_key)?;
    let facts = module.facts(&session, &key).map_err(Failure::of_a_key)?;
    let spec = facts
        .spec()
        .ok_or_else(|| Failure::from(CKR_KEY_NOT_WRAPPABLE))?;
    let wrap = || {
        let reply = module.ask(WrapKeyRequest {
            partition: session.slot.partition(),
            wrapping_key: wrapping_key.object.id.to_vec(),
            key: key.id.to_vec(),
            algorithm: algorithm.name().to_owned(),
            parameters: parameters::to_wire(&parameters),
        });
        // Either of the two may be the one that is not found: then neither is known for certain any more.
        let mut reply = reply.map_err(Failure::of_a_key)?;
        Ok(Zeroizing::new(std::mem::take(&mut reply.wrapped_key)))
    };
    let length = wrapped_length_bytes(
        algorithm,
        &parameters,
        &wrapping_key,
        value_length_bytes(spec),
    );
    if facts.class() == Some(CKO_SECRET_KEY) {
        wrapped.deliver(length, wrap)?;
    } else {
        wrapped.deliver_at_most(length, wrap)?;
    }
    Ok(())
}

/// The length of a key as it is wrapped: a secret as it is, a private key as PKCS#8 of about this length or less.
fn value_length_bytes(spec: KeySpec) -> usize {
    match spec.kind() {
        // Modulus, private exponent, and five numbers of half the length, with their headers.
        KeyKind::Rsa => spec.length_bytes() * 9 / 2 + 128,
        kind if kind.is_key_pair() => 4 * spec.length_bytes() + 128,
        _ => spec.length_bytes(),
    }
}

fn wrapped_length_bytes(
    algorithm: Algorithm,
    parameters: &Parameters,
    wrapping_key: &FitKey,
    value_bytes: usize,
) -> usize {
    if algorithm.is_asymmetric() {
        return wrapping_key.spec.length_bytes();
    }
    let whole = match algorithm.family() {
        Family::AesCbc | Family::AesEcb | Family::DesCbc | Family::DesEcb => {
            value_bytes.next_multiple_of(algorithm.block_bytes())
        }
        _ => value_bytes,
    };
    algorithm.ciphertext_bytes(parameters, whole)
}

fn of_a_wrapping_key(failure: Failure) -> Failure {
    failure
        .instead(CKR_KEY_HANDLE_INVALID, CKR_WRAPPING_KEY_HANDLE_INVALID)
        .instead(
            CKR_KEY_TYPE_INCONSISTENT,
            CKR_WRAPPING_KEY_TYPE_INCONSISTENT,
        )
}

/// `C_UnwrapKey`.
pub(crate) fn unwrap_key(
    library: &Library,
    session: CK_SESSION_HANDLE,
    mechanism: &Mechanism<'_>,
    unwrapping_key: CK_OBJECT_HANDLE,
    wrapped: &Input<'_>,
    template: &Template<'_>,
    handle: &Place<'_, CK_OBJECT_HANDLE>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    handle.check()?;
    let (algorithm, parameters) = mechanism.algorithm(Purpose::Wrap)?;
    let unwrapping_key = fit_key(
        &module,
        &session,
        unwrapping_key,
        algorithm,
        Half::Private,
        CKA_UNWRAP,
    )
    .map_err(of_an_unwrapping_key)?;
    let wrapped = wrapped.bytes()?;
    if wrapped.len() > module.input_bytes_max()? {
        return Err(CKR_WRAPPED_KEY_LEN_RANGE.into());
    }
    let template = template.attributes()?;
    let is_token_object = may_make(&session, &template)?;
    let reply = module.ask(UnwrapKeyRequest {
        partition: session.slot.partition(),
        unwrapping_key: unwrapping_key.object.id.to_vec(),
        algorithm: algorithm.name().to_owned(),
        parameters: parameters::to_wire(&parameters),
        wrapped_key: wrapped.to_vec(),
        template: to_wire(template),
    });
    let mut reply = reply.map_err(|failure| {
        of_an_unwrapping_key(
            module
                .after_failure(&unwrapping_key.object, failure)
                .of_a_key(),
        )
    })?;
    handle.write(made(
        &module,
        &session,
        reply.object.take(),
        is_token_object,
    )?)
}

fn of_an_unwrapping_key(failure: Failure) -> Failure {
    failure
        .instead(CKR_KEY_HANDLE_INVALID, CKR_UNWRAPPING_KEY_HANDLE_INVALID)
        .instead(
            CKR_KEY_TYPE_INCONSISTENT,
            CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT,
        )
        .instead(
            CKR_WRAPPING_KEY_TYPE_INCONSISTENT,
            CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT,
        )
        .instead(CKR_WRAPPING_KEY_SIZE_RANGE, CKR_UNWRAPPING_KEY_SIZE_RANGE)
        .instead(CKR_ENCRYPTED_DATA_INVALID, CKR_WRAPPED_KEY_INVALID)
        .instead(CKR_ENCRYPTED_DATA_LEN_RANGE, CKR_WRAPPED_KEY_LEN_RANGE)
}

/// `C_DeriveKey`.
pub(crate) fn derive_key(
    library: &Library,
    session: CK_SESSION_HANDLE,
    mechanism: &Mechanism<'_>,
    base_key: CK_OBJECT_HANDLE,
    template: &Template<'_>,
    handle: &Place<'_, CK_OBJECT_HANDLE>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    handle.check()?;
    let (algorithm, parameters) = mechanism.algorithm(Purpose::Derive)?;
    let base_key = fit_key(
        &module,
        &session,
        base_key,
        algorithm,
        Half::Private,
        CKA_DERIVE,
    )?;
    let template = template.attributes()?;
    let is_token_object = may_make(&session, &template)?;
    let reply = module.ask(DeriveKeyRequest {
        partition: session.slot.partition(),
        base_key: base_key.object.id.to_vec(),
        algorithm: algorithm.name().to_owned(),
        parameters: parameters::to_wire(&parameters),
        template: to_wire(template),
    });
    let mut reply =
        reply.map_err(|failure| module.after_failure(&base_key.object, failure).of_a_key())?;
    handle.write(made(
        &module,
        &session,
        reply.object.take(),
        is_token_object,
    )?)
}
