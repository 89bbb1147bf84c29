//! Generating keys (PKCS#11 3.2, sections 5.18.1 and 5.18.2).

use cryptoki_sys::{CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CKR_MECHANISM_INVALID};
use hsm_proto::attributes::to_wire;
use hsm_proto::parameters::to_wire as to_wire_parameters;
use hsm_proto::{GenerateKeyPairRequest, GenerateKeyRequest, StartJobRequest};
use zeroize::Zeroizing;

use super::asynchronous;
use super::objects::{made, may_make};
use crate::abi::{Mechanism, Place, Source, Template};
use crate::errors::Result;
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
    let (generator, parameters, mut password) = match mechanism.source()? {
        Source::Generator(generator) if generator.makes_key_pairs() => {
            return Err(CKR_MECHANISM_INVALID.into());
        }
        Source::Generator(generator) => (generator.name(), None, Zeroizing::default()),
        Source::Password {
            algorithm,
            parameters,
            password,
        } => (algorithm.name(), to_wire_parameters(&parameters), password),
    };
    let template = template.attributes()?;
    let is_token_object = may_make(&session, &template)?;
    let request = GenerateKeyRequest {
        partition: session.slot.partition(),
        generator: generator.to_owned(),
        template: to_wire(template),
        parameters,
        password: std::mem::take(&mut *password),
    };
    if session.kind.is_asynchronous {
        let work = StartJobRequest {
            generate_key: Some(request),
            generate_key_pair: None,
        };
        return asynchronous::start(&module, &session, asynchronous::GENERATE_KEY, work);
    }
    let object = module.ask(request)?.object.take();
    handle.write(made(&module, &session, object, is_token_object)?)
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
    let request = GenerateKeyPairRequest {
        partition: session.slot.partition(),
        generator: generator.name().to_owned(),
        public_template: to_wire(public_template),
        private_template: to_wire(private_template),
    };
    if session.kind.is_asynchronous {
        let work = StartJobRequest {
            generate_key: None,
            generate_key_pair: Some(request),
        };
        return asynchronous::start(&module, &session, asynchronous::GENERATE_KEY_PAIR, work);
    }
    let mut reply = module.ask(request)?;
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
