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

/// A running verification of a signature that was given first (`C_VerifySignatureInit`).
pub(crate) struct OfSignature {
    verification: Verification,
    signature: Vec<u8>,
}

impl Verification {
    /// A verification with this mechanism and key.
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
        let key = fit_key(module, session, key, algorithm, Half::Public, CKA_VERIFY)?;
        let signature_length_bytes = algorithm.signature_length_bytes(key.spec, &parameters);
        Ok(Self {
            key: key.object,
            facts: key.facts,
            algorithm,
            parameters,
            signature_length_bytes,
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

    /// Checks the signature of a whole message.
    pub(super) fn check_whole(
        &self,
        module: &Module,
        session: &Session,
        data: &[u8],
        signature: &[u8],
    ) -> Result<Delivery> {
        let message = Prepared::whole(module, self.algorithm, data)?;
        self.check(module, session, message, signature)
    }

    /// Checks the signature of the parts.
    pub(super) fn check_parts(
        &self,
        module: &Module,
        session: &Session,
        signature: &[u8],
    ) -> Result<Delivery> {
        let message = self.parts.prepare(module, self.algorithm)?;
        self.check(module, session, message, signature)
    }

    fn check_length(&self, signature: &[u8]) -> Result {
        match self.signature_length_bytes {
            Some(length) if length != signature.len() => Err(CKR_SIGNATURE_LEN_RANGE.into()),
            Some(_) | None => Ok(()),
        }
    }

    fn check(
        &self,
        module: &Module,
        session: &Session,
        mut message: Prepared,
        signature: &[u8],
    ) -> Result<Delivery> {
        self.check_length(signature)?;
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
        Verification::new(&module, &session, mechanism, key)
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
        verification.check_whole(&module, &session, data.bytes()?, signature.bytes()?)
    })
}

/// `C_VerifyUpdate`.
pub(crate) fn update(library: &Library, session: CK_SESSION_HANDLE, part: &Input<'_>) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    session
        .operations()
        .verification
        .update(|verification| verification.add(&module, part.bytes()?))
}

/// `C_VerifyFinal`.
pub(crate) fn finish(
    library: &Library,
    session: CK_SESSION_HANDLE,
    signature: &Input<'_>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    session
        .operations()
        .verification
        .finish(|verification| verification.check_parts(&module, &session, signature.bytes()?))
}

/// `C_VerifySignatureInit`: the signature comes first, the message after it.
pub(crate) fn init_with_signature(
    library: &Library,
    session: CK_SESSION_HANDLE,
    mechanism: &Mechanism<'_>,
    key: CK_OBJECT_HANDLE,
    signature: &Input<'_>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    let operation = &mut session.operations().signature_verification;
    begin_or_cancel(operation, mechanism, || {
        let signature = signature.bytes()?;
        let verification = Verification::new(&module, &session, mechanism, key)?;
        verification.check_length(signature)?;
        Ok(OfSignature {
            verification,
            signature: signature.to_vec(),
        })
    })
}

/// `C_VerifySignature`.
pub(crate) fn verify_given(
    library: &Library,
    session: CK_SESSION_HANDLE,
    data: &Input<'_>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    session.operations().signature_verification.once(|given| {
        let OfSignature {
            verification,
            signature,
        } = given;
        verification.check_whole(&module, &session, data.bytes()?, signature)
    })
}

/// `C_VerifySignatureUpdate`.
pub(crate) fn update_given(
    library: &Library,
    session: CK_SESSION_HANDLE,
    part: &Input<'_>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    session
        .operations()
        .signature_verification
        .update(|given| given.verification.add(&module, part.bytes()?))
}

/// `C_VerifySignatureFinal`.
pub(crate) fn finish_given(library: &Library, session: CK_SESSION_HANDLE) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    session.operations().signature_verification.finish(|given| {
        given
            .verification
            .check_parts(&module, &session, &given.signature)
    })
}
