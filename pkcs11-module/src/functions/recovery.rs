//! Signatures that give their message back (PKCS#11 3.2, sections 5.14 and 5.16).

use cryptoki_sys::{
    CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CKA_SIGN_RECOVER, CKA_VERIFY_RECOVER,
    CKR_KEY_TYPE_INCONSISTENT, CKR_SIGNATURE_LEN_RANGE,
};
use hsm_algorithms::{Algorithm, Purpose};
use hsm_aws_lc::public;
use hsm_proto::SignRecoverRequest;
use hsm_proto::Wiping;

use super::{FitKey, Half, begin_or_cancel, fit_key};
use crate::abi::{Input, Mechanism, Output};
use crate::errors::{Failure, Result};
use crate::library::Library;
use crate::objects::ObjectId;

/// A running signature or verification with recovery.
pub(crate) struct Recovery {
    key: FitKey,
    algorithm: Algorithm,
}

impl Recovery {
    /// The key.
    pub(crate) fn key_id(&self) -> ObjectId {
        self.key.object.id
    }
}

/// `C_SignRecoverInit` and `C_VerifyRecoverInit`, by the half of the key pair that they need.
pub(crate) fn init(
    library: &Library,
    session: CK_SESSION_HANDLE,
    half: Half,
    mechanism: &Mechanism<'_>,
    key: CK_OBJECT_HANDLE,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    let operations = &mut *session.operations();
    let (operation, usage) = match half {
        Half::Private => (&mut operations.sign_recovery, CKA_SIGN_RECOVER),
        Half::Public => (&mut operations.verify_recovery, CKA_VERIFY_RECOVER),
    };
    begin_or_cancel(operation, mechanism, || {
        let (algorithm, _) = mechanism.algorithm(Purpose::Recover)?;
        let key = fit_key(&module, &session, key, algorithm, half, usage)?;
        Ok(Recovery { key, algorithm })
    })
}

/// `C_SignRecover`: one request.
pub(crate) fn sign(
    library: &Library,
    session: CK_SESSION_HANDLE,
    data: &Input<'_>,
    signature: Output<'_>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    session.operations().sign_recovery.once(|recovery| {
        let data = data.bytes()?;
        signature.deliver(recovery.key.spec.length_bytes(), || {
            let reply = module.ask(SignRecoverRequest {
                partition: session.slot.partition(),
                key: recovery.key_id().to_vec(),
                algorithm: recovery.algorithm.name().to_owned(),
                message: data.to_vec(),
            });
            let object = &recovery.key.object;
            let mut reply =
                reply.map_err(|failure| module.after_failure(object, failure).of_a_key())?;
            Ok(Wiping::new(std::mem::take(&mut reply.signature)))
        })
    })
}

/// `C_VerifyRecover`. Needs no request.
pub(crate) fn verify(
    library: &Library,
    session: CK_SESSION_HANDLE,
    signature: &Input<'_>,
    data: Output<'_>,
) -> Result {
    let session = library.session(session)?;
    session.operations().verify_recovery.once(|recovery| {
        let signature = signature.bytes()?;
        if signature.len() != recovery.key.spec.length_bytes() {
            return Err(CKR_SIGNATURE_LEN_RANGE.into());
        }
        let key = recovery.key.facts.public_key();
        let key = key.ok_or_else(|| Failure::from(CKR_KEY_TYPE_INCONSISTENT))?;
        data.deliver_at_most(recovery.key.spec.length_bytes(), || {
            let message = public::recover(recovery.algorithm, key, signature)?;
            Ok(Wiping::new(message))
        })
    })
}
