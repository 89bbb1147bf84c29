//! Wrapping and unwrapping keys (PKCS#11 3.2, sections 5.18.3 to 5.18.6), with and without associated data.

use cryptoki_sys::{
    CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CKA_UNWRAP, CKA_WRAP, CKR_ENCRYPTED_DATA_INVALID,
    CKR_ENCRYPTED_DATA_LEN_RANGE, CKR_KEY_HANDLE_INVALID, CKR_KEY_NOT_WRAPPABLE,
    CKR_KEY_TYPE_INCONSISTENT, CKR_MECHANISM_PARAM_INVALID, CKR_UNWRAPPING_KEY_HANDLE_INVALID,
    CKR_UNWRAPPING_KEY_SIZE_RANGE, CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, CKR_WRAPPED_KEY_INVALID,
    CKR_WRAPPED_KEY_LEN_RANGE, CKR_WRAPPING_KEY_HANDLE_INVALID, CKR_WRAPPING_KEY_SIZE_RANGE,
    CKR_WRAPPING_KEY_TYPE_INCONSISTENT,
};
use hsm_algorithms::pkcs11::CKO_SECRET_KEY;
use hsm_algorithms::{Algorithm, Curve, Family, KeyKind, KeySpec, Parameters, Purpose};
use hsm_proto::Wiping;
use hsm_proto::{UnwrapKeyRequest, WrapKeyRequest, attributes, parameters::to_wire};

use super::nonces::{self, NonceSource};
use super::objects::new_object;
use super::{FitKey, Half, fit_key};
use crate::abi::{Input, Mechanism, Output, Place, Template};
use crate::errors::{Failure, Result};
use crate::library::Library;
use crate::module::Module;
use crate::sessions::Session;

/// `C_WrapKey`. A length query needs no request; for a private key it gives an upper bound.
pub(crate) fn wrap(
    library: &Library,
    session: CK_SESSION_HANDLE,
    mechanism: &Mechanism<'_>,
    keys: [CK_OBJECT_HANDLE; 2],
    wrapped: Output<'_>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    wrapped.check()?;
    let (algorithm, parameters) = mechanism.algorithm(Purpose::Wrap)?;
    let keys = Keys::find(&module, &session, algorithm, keys)?;
    keys.deliver(&parameters, wrapped, || {
        keys.ask(&module, &session, &parameters)
    })
}

/// `C_WrapKeyAuthenticated`: the wrapped key ends in its tag, and a nonce that is made here is told in the mechanism.
pub(crate) fn wrap_authenticated(
    library: &Library,
    session: CK_SESSION_HANDLE,
    mechanism: &Mechanism<'_>,
    keys: [CK_OBJECT_HANDLE; 2],
    associated: &Input<'_>,
    wrapped: Output<'_>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    wrapped.check()?;
    let wrapping = mechanism.authenticated_wrapping(associated.bytes()?)?;
    // A counter would begin anew with each call.
    if matches!(
        wrapping.source,
        NonceSource::Counter | NonceSource::CounterXor
    ) {
        return Err(CKR_MECHANISM_PARAM_INVALID.into());
    }
    let keys = Keys::find(&module, &session, wrapping.algorithm, keys)?;
    let parameters = wrapping.parameters;
    keys.deliver(&parameters.clone(), wrapped, || {
        let mut parameters = parameters;
        if let (Parameters::Gcm(gcm), NonceSource::Random) = (&mut parameters, wrapping.source) {
            gcm.iv = nonces::next(&gcm.iv, wrapping.fixed_bits, wrapping.source, &mut 0)?;
            mechanism.write_wrapping_nonce(wrapping.algorithm, &gcm.iv)?;
        }
        keys.ask(&module, &session, &parameters)
    })
}

/// A key, and the one that wraps it.
struct Keys {
    wrapping: FitKey,
    key: Vec<u8>,
    spec: KeySpec,
    is_secret: bool,
    algorithm: Algorithm,
}

impl Keys {
    fn find(
        module: &Module,
        session: &Session,
        algorithm: Algorithm,
        [wrapping, key]: [CK_OBJECT_HANDLE; 2],
    ) -> Result<Self> {
        let wrapping = fit_key(module, session, wrapping, algorithm, Half::Public, CKA_WRAP)
            .map_err(of_a_wrapping_key)?;
        let key = module.object(session, key).map_err(Failure::of_a_key)?;
        let facts = module.facts(session, &key).map_err(Failure::of_a_key)?;
        let spec = facts.spec();
        Ok(Self {
            wrapping,
            key: key.id.to_vec(),
            spec: spec.ok_or_else(|| Failure::from(CKR_KEY_NOT_WRAPPABLE))?,
            is_secret: facts.class() == Some(CKO_SECRET_KEY),
            algorithm,
        })
    }

    fn deliver(
        &self,
        parameters: &Parameters,
        wrapped: Output<'_>,
        wrap: impl FnOnce() -> Result<Wiping>,
    ) -> Result {
        let length = wrapped_length_bytes(
            self.algorithm,
            parameters,
            &self.wrapping,
            value_length_bytes(self.spec),
        );
        if self.is_secret {
            wrapped.deliver(length, wrap)?;
        } else {
            wrapped.deliver_at_most(length, wrap)?;
        }
        Ok(())
    }

    fn ask(&self, module: &Module, session: &Session, parameters: &Parameters) -> Result<Wiping> {
        let reply = module.ask(WrapKeyRequest {
            partition: session.slot.partition(),
            wrapping_key: self.wrapping.object.id.to_vec(),
            key: self.key.clone(),
            algorithm: self.algorithm.name().to_owned(),
            parameters: to_wire(parameters),
        });
        // Either of the two may be the one that is not found: then neither is known for certain any more.
        let mut reply = reply.map_err(Failure::of_a_key)?;
        Ok(Wiping::new(std::mem::take(&mut reply.wrapped_key)))
    }
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
    let wrapping = wrapping_key.spec;
    // What the hybrid mechanisms put after the AES key, or what it is agreed with.
    let padded = || Algorithm::AesKwp.ciphertext_bytes(&Parameters::None, value_bytes);
    let whole = match algorithm.family() {
        Family::RsaAesKeyWrap => return wrapping.length_bytes() + padded(),
        Family::EcdhAesKeyWrap => {
            let curve = wrapping.kind().curve();
            return curve.map_or(0, Curve::public_key_bytes) + padded();
        }
        _ if algorithm.is_asymmetric() => return wrapping.length_bytes(),
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
pub(crate) fn unwrap(
    library: &Library,
    session: CK_SESSION_HANDLE,
    mechanism: &Mechanism<'_>,
    unwrapping_key: CK_OBJECT_HANDLE,
    wrapped: &Input<'_>,
    template: &Template<'_>,
    handle: &Place<'_, CK_OBJECT_HANDLE>,
) -> Result {
    let with = mechanism.algorithm(Purpose::Wrap);
    unwrap_with(
        library,
        session,
        with,
        unwrapping_key,
        wrapped,
        (template, handle),
    )
}

/// `C_UnwrapKeyAuthenticated`.
#[expect(clippy::too_many_arguments, reason = "as many as the standard has")]
pub(crate) fn unwrap_authenticated(
    library: &Library,
    session: CK_SESSION_HANDLE,
    mechanism: &Mechanism<'_>,
    unwrapping_key: CK_OBJECT_HANDLE,
    wrapped: &Input<'_>,
    template: &Template<'_>,
    associated: &Input<'_>,
    handle: &Place<'_, CK_OBJECT_HANDLE>,
) -> Result {
    let with = associated
        .bytes()
        .and_then(|associated| mechanism.authenticated_wrapping(associated))
        .map(|wrapping| (wrapping.algorithm, wrapping.parameters));
    unwrap_with(
        library,
        session,
        with,
        unwrapping_key,
        wrapped,
        (template, handle),
    )
}

fn unwrap_with(
    library: &Library,
    session: CK_SESSION_HANDLE,
    with: Result<(Algorithm, Parameters)>,
    unwrapping_key: CK_OBJECT_HANDLE,
    wrapped: &Input<'_>,
    (template, handle): (&Template<'_>, &Place<'_, CK_OBJECT_HANDLE>),
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    handle.check()?;
    let (algorithm, parameters) = with?;
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
    handle.write(new_object(&module, &session, template, |template| {
        let reply = module.ask(UnwrapKeyRequest {
            partition: session.slot.partition(),
            unwrapping_key: unwrapping_key.object.id.to_vec(),
            algorithm: algorithm.name().to_owned(),
            parameters: to_wire(&parameters),
            wrapped_key: wrapped.to_vec(),
            template: attributes::to_wire(template),
        });
        match reply {
            Ok(mut reply) => Ok(reply.object.take()),
            Err(failure) => {
                let failure = module.after_failure(&unwrapping_key.object, failure);
                Err(of_an_unwrapping_key(failure.of_a_key()))
            }
        }
    })?)
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
