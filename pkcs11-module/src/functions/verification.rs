//! Functions for verifying signatures and MACs (PKCS#11 3.2, section 5.15). With a public key that needs no request; a
//! MAC is verified by the daemon, which has the secret key.

use std::sync::Arc;

use cryptoki_sys::{
    CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CKA_VERIFY, CKR_KEY_TYPE_INCONSISTENT,
    CKR_SIGNATURE_LEN_RANGE,
};
use hsm_algorithms::{Algorithm, Parameters, Purpose};
use hsm_aws_lc::public;
use hsm_proto::{VerifyMacRequest, parameters::to_wire};

use super::message::{Parts, Prepared};
use super::{Half, begin_or_cancel, fit_key};
use crate::abi::{Delivery, Input, Mechanism};
use crate::errors::{Failure, Result};
use crate::library::Library;
use crate::module::Module;
use crate::objects::{Facts, Object};
use crate::sessions::Session;

/// A running verification.
pub(crate) struct Verification {
    key: Arc<Object>,
    facts: Arc<Facts>,
    algorithm: Algorithm,
    parameters: Parameters,
    signature_length_bytes: Option<usize>,
    parts: Parts,
}

impl Verification {
    fn check(
        &self,
        module: &Module,
        session: &Session,
        mut message: Prepared,
        signature: &[u8],
    ) -> Result<Delivery> {
        if self
            .signature_length_bytes
            .is_some_and(|length| length != signature.len())
        {
            return Err(CKR_SIGNATURE_LEN_RANGE.into());
        }
        if self.algorithm.is_mac() {
            let reply = module.ask(VerifyMacRequest {
                partition: session.slot.partition(),
                key: self.key.id.to_vec(),
                algorithm: self.algorithm.name().to_owned(),
                parameters: to_wire(&self.parameters),
                message: std::mem::take(&mut *message.bytes),
                mac: signature.to_vec(),
            });
            reply.map_err(|failure| module.after_failure(&self.key, failure).of_a_key())?;
        } else {
            let key = self
                .facts
                .public_key()
                .ok_or_else(|| Failure::from(CKR_KEY_TYPE_INCONSISTENT))?;
            public::verify(
                self.algorithm,
                &self.parameters,
                key,
                message.as_message(),
                signature,
            )?;
        }
        Ok(Delivery::Delivered)
    }
}

/// `C_VerifyInit`.
pub(crate) fn init(
    library: &Library,
    session: CK_SESSION_HANDLE,
    mechanism: &Mechanism<'_>,
    key: CK_OBJECT_HANDLE,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    begin_or_cancel(&mut session.operations().verification, mechanism, || {
        let (algorithm, parameters) = mechanism.algorithm(Purpose::Sign)?;
        let key = fit_key(&module, &session, key, algorithm, Half::Public, CKA_VERIFY)?;
        let signature_length_bytes = algorithm.signature_length_bytes(key.spec, &parameters);
        Ok(Verification {
            key: key.object,
            facts: key.facts,
            algorithm,
            parameters,
            signature_length_bytes,
            parts: Parts::default(),
        })
    })
}

/// `C_Verify`.
pub(crate) fn verify(
    library: &Library,
    session: CK_SESSION_HANDLE,
    data: &Input<'_>,
    signature: &Input<'_>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    session.operations().verification.once(|verification| {
        let message = Prepared::whole(&module, verification.algorithm, data.bytes()?)?;
        verification.check(&module, &session, message, signature.bytes()?)
    })
}

/// `C_VerifyUpdate`.
pub(crate) fn update(library: &Library, session: CK_SESSION_HANDLE, part: &Input<'_>) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    session.operations().verification.update(|verification| {
        verification
            .parts
            .add(&module, verification.algorithm, part.bytes()?)?;
        Ok(Delivery::Delivered)
    })
}

/// `C_VerifyFinal`.
pub(crate) fn finish(
    library: &Library,
    session: CK_SESSION_HANDLE,
    signature: &Input<'_>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    session.operations().verification.finish(|verification| {
        let message = verification
            .parts
            .prepare(&module, verification.algorithm)?;
        verification.check(&module, &session, message, signature.bytes()?)
    })
}
