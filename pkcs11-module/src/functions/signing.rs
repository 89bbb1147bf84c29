//! Functions for signing and message authentication codes (PKCS#11 3.2, section 5.13). A signature is one request; nothing else here is any.

use std::sync::Arc;

use cryptoki_sys::{CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CKA_SIGN, CKR_MECHANISM_INVALID};
use hsm_algorithms::{Algorithm, Parameters, Purpose};
use hsm_proto::Wiping;
use hsm_proto::{SignRequest, parameters::to_wire};

use super::message::{Parts, Prepared};
use super::{Half, begin_or_cancel, fit_key};
use crate::abi::{Delivery, Input, Mechanism, Output};
use crate::errors::{Failure, Result};
use crate::library::Library;
use crate::module::Module;
use crate::objects::{Object, ObjectId};
use crate::sessions::Session;

/// A running signature.
pub(crate) struct Signing {
    key: Arc<Object>,
    algorithm: Algorithm,
    parameters: Parameters,
    signature_length_bytes: usize,
    parts: Parts,
}

impl Signing {
    /// The key.
    pub(crate) fn key_id(&self) -> ObjectId {
        self.key.id
    }

    /// A signature with this mechanism and key.
    ///
    /// # Errors
    ///
    /// Those of [`Mechanism::algorithm`] and [`fit_key`].
    pub(super) fn new(
        module: &Module,
        session: &Session,
        mechanism: &Mechanism<'_>,
        key: CK_OBJECT_HANDLE,
    ) -> Result<Self> {
        let (algorithm, parameters) = mechanism.algorithm(Purpose::Sign)?;
        let key = fit_key(module, session, key, algorithm, Half::Private, CKA_SIGN)?;
        let length = algorithm.signature_length_bytes(key.spec, &parameters);
        Ok(Self {
            key: key.object,
            algorithm,
            parameters,
            signature_length_bytes: length.ok_or_else(|| Failure::from(CKR_MECHANISM_INVALID))?,
            parts: Parts::default(),
        })
    }

    /// Forgets the parts so far.
    pub(super) fn clear(&mut self) {
        self.parts = Parts::default();
    }

    /// Adds a part of the message.
    pub(super) fn add(&mut self, module: &Module, part: &[u8]) -> Result<Delivery> {
        self.parts.add(module, self.algorithm, part)?;
        Ok(Delivery::Delivered)
    }

    /// Signs a whole message into the caller's buffer.
    pub(super) fn deliver_whole(
        &self,
        module: &Module,
        session: &Session,
        data: &[u8],
        signature: Output<'_>,
    ) -> Result<Delivery> {
        signature.deliver(self.signature_length_bytes, || {
            let message = Prepared::whole(module, self.algorithm, data)?;
            self.sign(module, session, message)
        })
    }

    /// Signs the parts, the last one included, into the caller's buffer.
    pub(super) fn deliver_last(
        &mut self,
        module: &Module,
        session: &Session,
        last: &[u8],
        signature: Output<'_>,
    ) -> Result<Delivery> {
        signature.deliver(self.signature_length_bytes, || {
            self.parts.add(module, self.algorithm, last)?;
            let message = self.parts.prepare(module, self.algorithm)?;
            self.sign(module, session, message)
        })
    }

    fn sign(&self, module: &Module, session: &Session, mut message: Prepared) -> Result<Wiping> {
        let reply = module.ask(SignRequest {
            partition: session.slot.partition(),
            key: self.key.id.to_vec(),
            algorithm: self.algorithm.name().to_owned(),
            parameters: to_wire(&self.parameters),
            message: std::mem::take(&mut *message.bytes),
            is_digest: message.is_digest,
        });
        let mut reply =
            reply.map_err(|failure| module.after_failure(&self.key, failure).of_a_key())?;
        Ok(Wiping::new(std::mem::take(&mut reply.signature)))
    }
}

/// `C_SignInit`.
pub(crate) fn init(
    library: &Library,
    session: CK_SESSION_HANDLE,
    mechanism: &Mechanism<'_>,
    key: CK_OBJECT_HANDLE,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    begin_or_cancel(&mut session.operations().signing, mechanism, || {
        Signing::new(&module, &session, mechanism, key)
    })
}

/// `C_Sign`.
pub(crate) fn sign(
    library: &Library,
    session: CK_SESSION_HANDLE,
    data: &Input<'_>,
    signature: Output<'_>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    session
        .operations()
        .signing
        .once(|signing| signing.deliver_whole(&module, &session, data.bytes()?, signature))
}

/// `C_SignUpdate`.
pub(crate) fn update(library: &Library, session: CK_SESSION_HANDLE, part: &Input<'_>) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    session
        .operations()
        .signing
        .update(|signing| signing.add(&module, part.bytes()?))
}

/// `C_SignFinal`.
pub(crate) fn finish(
    library: &Library,
    session: CK_SESSION_HANDLE,
    signature: Output<'_>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    session
        .operations()
        .signing
        .finish(|signing| signing.deliver_last(&module, &session, &[], signature))
}
