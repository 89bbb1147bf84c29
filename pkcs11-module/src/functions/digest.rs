//! Message digesting functions (PKCS#11 3.2, section 5.12). Digests are computed here, without a request.

use cryptoki_sys::{
    CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CKA_VALUE, CKR_KEY_INDIGESTIBLE, CKR_MECHANISM_INVALID,
};
use hsm_algorithms::pkcs11::CKO_SECRET_KEY;
use hsm_algorithms::{Digest, Purpose};
use hsm_aws_lc::digest::{Hasher, digest as digest_of};
use hsm_proto::Wiping;
use hsm_proto::{ReadAttributesRequest, attribute::Value};

use super::begin_or_cancel;
use crate::abi::{Delivery, Input, Mechanism, Output};
use crate::errors::{Failure, Result};
use crate::library::Library;

/// A running digest.
pub(crate) struct Digesting {
    digest: Digest,
    /// The parts so far; none yet is none.
    hasher: Option<Hasher>,
    /// Whether the value of a secret key is among them.
    has_secret: bool,
}

impl Digesting {
    /// One that goes on where another was saved.
    pub(crate) fn restored(hasher: Hasher) -> Self {
        Self {
            digest: hasher.digest(),
            hasher: Some(hasher),
            has_secret: false,
        }
    }

    /// Which digest it makes.
    pub(crate) fn digest(&self) -> Digest {
        self.digest
    }

    /// Its state, if it may be told.
    pub(crate) fn saved(&self) -> Option<Vec<u8>> {
        match &self.hasher {
            _ if self.has_secret => None,
            Some(hasher) => hasher.saved(),
            None => Hasher::new(self.digest).ok()?.saved(),
        }
    }

    /// Adds a part.
    pub(crate) fn add(&mut self, part: &[u8]) -> Result<Delivery> {
        let hasher = match &mut self.hasher {
            Some(hasher) => hasher,
            none => none.insert(Hasher::new(self.digest)?),
        };
        hasher.update(part)?;
        Ok(Delivery::Delivered)
    }
}

/// `C_DigestInit`.
pub(crate) fn init(
    library: &Library,
    session: CK_SESSION_HANDLE,
    mechanism: &Mechanism<'_>,
) -> Result {
    let session = library.session(session)?;
    begin_or_cancel(&mut session.operations().digest, mechanism, || {
        let (algorithm, _) = mechanism.algorithm(Purpose::Digest)?;
        session.slot.check_offers(algorithm)?;
        let digest = algorithm
            .digest()
            .ok_or_else(|| Failure::from(CKR_MECHANISM_INVALID))?;
        Ok(Digesting {
            digest,
            hasher: None,
            has_secret: false,
        })
    })
}

/// `C_Digest`.
pub(crate) fn digest(
    library: &Library,
    session: CK_SESSION_HANDLE,
    data: &Input<'_>,
    output: Output<'_>,
) -> Result {
    let session = library.session(session)?;
    session.operations().digest.once(|running| {
        let data = data.bytes()?;
        output.deliver(running.digest.length_bytes(), || {
            Ok(Wiping::new(
                digest_of(running.digest, data)?.as_ref().to_vec(),
            ))
        })
    })
}

/// `C_DigestUpdate`.
pub(crate) fn update(library: &Library, session: CK_SESSION_HANDLE, part: &Input<'_>) -> Result {
    let session = library.session(session)?;
    session
        .operations()
        .digest
        .update(|running| running.add(part.bytes()?))
}

/// `C_DigestKey`: the value of a secret key, if it may leave the daemon.
pub(crate) fn update_with_key(
    library: &Library,
    session: CK_SESSION_HANDLE,
    key: CK_OBJECT_HANDLE,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    session.operations().digest.update(|running| {
        let key = module.object(&session, key).map_err(Failure::of_a_key)?;
        if module.facts(&session, &key)?.class() != Some(CKO_SECRET_KEY) {
            return Err(CKR_KEY_INDIGESTIBLE.into());
        }
        let reply = module.ask(ReadAttributesRequest {
            partition: session.slot.partition(),
            object: key.id.to_vec(),
            types: vec![CKA_VALUE],
        });
        let reply = reply.map_err(|failure| module.after_failure(&key, failure).of_a_key())?;
        let attribute = reply
            .readings
            .first()
            .and_then(|reading| reading.attribute.as_ref());
        match attribute.and_then(|attribute| attribute.value.as_ref()) {
            Some(Value::Bytes(value)) => {
                running.has_secret = true;
                running.add(value)
            }
            _ => Err(CKR_KEY_INDIGESTIBLE.into()),
        }
    })
}

/// `C_DigestFinal`.
pub(crate) fn finish(library: &Library, session: CK_SESSION_HANDLE, output: Output<'_>) -> Result {
    let session = library.session(session)?;
    session.operations().digest.finish(|running| {
        output.deliver(running.digest.length_bytes(), || {
            let hasher = match running.hasher.take() {
                Some(hasher) => hasher,
                None => Hasher::new(running.digest)?,
            };
            Ok(Wiping::new(hasher.finish()?.as_ref().to_vec()))
        })
    })
}
