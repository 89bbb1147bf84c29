//! Deriving keys, and agreeing on them by encapsulation (PKCS#11 3.2, sections 5.18.7 to 5.18.9).

use std::iter;

use cryptoki_sys::{
    CK_INVALID_HANDLE, CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CKA_DECAPSULATE, CKA_DERIVE,
    CKA_ENCAPSULATE, CKR_ENCRYPTED_DATA_LEN_RANGE, CKR_GENERAL_ERROR,
};
use hsm_algorithms::{KeySpec, Purpose};
use hsm_proto::Wiping;
use hsm_proto::{
    self as wire, DecapsulateKeyRequest, DeriveKeyRequest, EncapsulateKeyRequest,
    attributes::to_wire, parameters,
};

use super::objects::{made, may_make, new_object};
use super::{Half, fit_key};
use crate::abi::{Delivery, Input, Mechanism, NewKey, Output, Place, Template};
use crate::errors::{Failure, Result};
use crate::library::Library;

/// `C_DeriveKey`.
pub(crate) fn derive<'a>(
    library: &Library,
    session: CK_SESSION_HANDLE,
    mechanism: &Mechanism<'a>,
    base_key: CK_OBJECT_HANDLE,
    template: &Template<'_>,
    handle: Place<'a, CK_OBJECT_HANDLE>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    let (algorithm, parameters) = mechanism.algorithm(Purpose::Derive)?;
    mechanism.check_place_beside(algorithm)?;
    let base_key = fit_key(
        &module,
        &session,
        base_key,
        algorithm,
        Half::Private,
        CKA_DERIVE,
    )?;
    let other_key = if algorithm.takes_other_key(&parameters) {
        let handle = mechanism.other_key(&parameters)?;
        let other = module.object(&session, handle).map_err(Failure::of_a_key)?;
        other.id.to_vec()
    } else {
        Vec::new()
    };
    let keys = mechanism.keys_to_derive(algorithm, template, handle)?;
    let mut places = Vec::with_capacity(keys.len());
    let mut templates = Vec::with_capacity(keys.len());
    for NewKey { template, handle } in keys {
        places.push((handle, may_make(&session, &template)?));
        templates.push(to_wire(template));
    }
    let mut templates = templates.into_iter();
    let reply = module.ask(DeriveKeyRequest {
        partition: session.slot.partition(),
        base_key: base_key.object.id.to_vec(),
        algorithm: algorithm.name().to_owned(),
        parameters: parameters::to_wire(&parameters),
        template: templates.next().unwrap_or_default(),
        other_key,
        further: templates
            .map(|attributes| wire::Template { attributes })
            .collect(),
    });
    let mut reply = match reply {
        Ok(reply) => reply,
        Err(failure) => {
            // None was made. Which template was wrong, if one was, nobody says.
            for (handle, _) in places.iter().skip(1) {
                handle.write(CK_INVALID_HANDLE)?;
            }
            return Err(module.after_failure(&base_key.object, failure).of_a_key());
        }
    };
    let objects = iter::once(reply.object.take()).chain(reply.further.drain(..).map(Some));
    for ((handle, is_token_object), object) in places.iter().zip(objects) {
        handle.write(made(&module, &session, object, *is_token_object)?)?;
    }
    mechanism.write_beside(algorithm, &reply.beside)
}

/// `C_EncapsulateKey`. The key is made only when there is room for the ciphertext.
pub(crate) fn encapsulate(
    library: &Library,
    session: CK_SESSION_HANDLE,
    mechanism: &Mechanism<'_>,
    public_key: CK_OBJECT_HANDLE,
    template: &Template<'_>,
    ciphertext: Output<'_>,
    handle: &Place<'_, CK_OBJECT_HANDLE>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    let (algorithm, parameters) = mechanism.algorithm(Purpose::Encapsulate)?;
    let public_key = fit_key(
        &module,
        &session,
        public_key,
        algorithm,
        Half::Public,
        CKA_ENCAPSULATE,
    )?;
    let template = template.attributes()?;
    let is_token_object = may_make(&session, &template)?;
    let mut key = None;
    let length_bytes = ciphertext_length_bytes(public_key.spec);
    let delivery = ciphertext.deliver(length_bytes, || {
        // A length query needs no place for the handle.
        handle.check()?;
        let reply = module.ask(EncapsulateKeyRequest {
            partition: session.slot.partition(),
            public_key: public_key.object.id.to_vec(),
            algorithm: algorithm.name().to_owned(),
            parameters: parameters::to_wire(&parameters),
            template: to_wire(template),
        });
        let mut reply = reply
            .map_err(|failure| module.after_failure(&public_key.object, failure).of_a_key())?;
        key = Some(made(
            &module,
            &session,
            reply.object.take(),
            is_token_object,
        )?);
        if reply.ciphertext.len() > length_bytes {
            let reason = "the ciphertext is longer than it can be";
            return Err(Failure::because(CKR_GENERAL_ERROR, reason));
        }
        Ok(Wiping::new(std::mem::take(&mut reply.ciphertext)))
    })?;
    match (delivery, key) {
        (Delivery::Delivered, Some(key)) => handle.write(key),
        _ => Ok(()),
    }
}

/// `C_DecapsulateKey`.
pub(crate) fn decapsulate(
    library: &Library,
    session: CK_SESSION_HANDLE,
    mechanism: &Mechanism<'_>,
    private_key: CK_OBJECT_HANDLE,
    template: &Template<'_>,
    ciphertext: &Input<'_>,
    handle: &Place<'_, CK_OBJECT_HANDLE>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    handle.check()?;
    let (algorithm, parameters) = mechanism.algorithm(Purpose::Encapsulate)?;
    let private_key = fit_key(
        &module,
        &session,
        private_key,
        algorithm,
        Half::Private,
        CKA_DECAPSULATE,
    )?;
    let ciphertext = ciphertext.bytes()?;
    if ciphertext.len() != ciphertext_length_bytes(private_key.spec) {
        return Err(CKR_ENCRYPTED_DATA_LEN_RANGE.into());
    }
    handle.write(new_object(&module, &session, template, |template| {
        let reply = module.ask(DecapsulateKeyRequest {
            partition: session.slot.partition(),
            private_key: private_key.object.id.to_vec(),
            algorithm: algorithm.name().to_owned(),
            parameters: parameters::to_wire(&parameters),
            ciphertext: ciphertext.to_vec(),
            template: to_wire(template),
        });
        match reply {
            Ok(mut reply) => Ok(reply.object.take()),
            Err(failure) => Err(module
                .after_failure(&private_key.object, failure)
                .of_a_key()),
        }
    })?)
}

/// The length of the ciphertext that carries a key to the holder of a private key of this kind and size.
fn ciphertext_length_bytes(spec: KeySpec) -> usize {
    match (spec.kind().post_quantum(), spec.kind().curve()) {
        (Some(parameter_set), _) => parameter_set.output_bytes,
        // A point of the curve.
        (None, Some(curve)) => curve.public_key_bytes(),
        // With RSA it is a number below the modulus.
        (None, None) => spec.length_bytes(),
    }
}
