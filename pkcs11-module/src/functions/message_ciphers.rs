//! Message-based encryption and decryption functions (PKCS#11 3.2, sections 5.9 and 5.11): one shell for both directions.
//!
//! The daemon keeps no state between requests, so a message in parts is kept here. Ciphertext is given out part by part:
//! the algorithms are stream ciphers, and a request with all parts so far ends in the ciphertext of the newest one.
//! Plaintext is given out with the last part alone, since before that nothing says that the message is genuine.

use cryptoki_sys::{
    CK_FLAGS, CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CKF_END_OF_MESSAGE, CKR_AEAD_DECRYPT_FAILED,
    CKR_ARGUMENTS_BAD, CKR_DATA_LEN_RANGE, CKR_ENCRYPTED_DATA_INVALID,
    CKR_ENCRYPTED_DATA_LEN_RANGE, CKR_GENERAL_ERROR, CKR_OPERATION_NOT_INITIALIZED,
};
use hsm_algorithms::{Algorithm, Parameters, Purpose};
use hsm_proto::Wiping;

use super::cipher::{Cipher, Direction};
use super::message::extend;
use super::{FitKey, begin_or_cancel, fit_key, nonces};
use crate::abi::{Input, Mechanism, MessageParameter, Output};
use crate::errors::{Failure, Result};
use crate::library::Library;
use crate::module::Module;
use crate::operation::{Cancel, Messages};
use crate::sessions::Session;

/// Encrypts or decrypts messages.
pub(crate) struct MessageCipher {
    direction: Direction,
    key: FitKey,
    algorithm: Algorithm,
    nonces_made: u64,
    parts: Option<Parts>,
}

/// A message that comes in parts.
struct Parts {
    parameters: Parameters,
    held: Wiping,
}

/// `C_MessageEncryptInit` and `C_MessageDecryptInit`.
pub(crate) fn init(
    library: &Library,
    session: CK_SESSION_HANDLE,
    direction: Direction,
    mechanism: &Mechanism<'_>,
    key: CK_OBJECT_HANDLE,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    let operation = &mut *session.operations();
    begin_or_cancel(operation.message_cipher(direction), mechanism, || {
        let algorithm = mechanism.message_algorithm(Purpose::Encrypt)?;
        let (half, usage) = Cipher::usage(direction);
        let key = fit_key(&module, &session, key, algorithm, half, usage)?;
        Ok(Messages::new(MessageCipher {
            direction,
            key,
            algorithm,
            nonces_made: 0,
            parts: None,
        }))
    })
}

/// `C_EncryptMessage` and `C_DecryptMessage`.
pub(crate) fn whole(
    library: &Library,
    session: CK_SESSION_HANDLE,
    direction: Direction,
    (parameter, associated): (&MessageParameter<'_>, &Input<'_>),
    input: &Input<'_>,
    output: Output<'_>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    let operation = &mut *session.operations();
    let messages = operation.message_cipher(direction).active()?;
    messages.whole(|cipher| {
        let (associated, input) = (associated.bytes()?, input.bytes()?);
        cipher.check_length(&module, input.len())?;
        parameter.check(cipher.algorithm)?;
        output.deliver(input.len(), || {
            let parameters = cipher.parameters(parameter, associated)?;
            cipher.last(&module, &session, parameters, parameter, input)
        })
    })
}

/// `C_EncryptMessageBegin` and `C_DecryptMessageBegin`.
pub(crate) fn begin(
    library: &Library,
    session: CK_SESSION_HANDLE,
    direction: Direction,
    parameter: &MessageParameter<'_>,
    associated: &Input<'_>,
) -> Result {
    let session = library.session(session)?;
    let operation = &mut *session.operations();
    let messages = operation.message_cipher(direction).active()?;
    messages.begin(|cipher| {
        let parameters = cipher.parameters(parameter, associated.bytes()?)?;
        cipher.parts = Some(Parts {
            parameters,
            held: Wiping::default(),
        });
        Ok(())
    })
}

/// `C_EncryptMessageNext` and `C_DecryptMessageNext`.
pub(crate) fn next(
    library: &Library,
    session: CK_SESSION_HANDLE,
    direction: Direction,
    parameter: &MessageParameter<'_>,
    part: &Input<'_>,
    (output, flags): (Output<'_>, CK_FLAGS),
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    let operation = &mut *session.operations();
    let messages = operation.message_cipher(direction).active()?;
    if flags & !CKF_END_OF_MESSAGE != 0 {
        return Err(CKR_ARGUMENTS_BAD.into());
    }
    let is_last = flags & CKF_END_OF_MESSAGE != 0;
    messages.next(is_last, |cipher| {
        let part = part.bytes()?;
        let held = cipher.parts.as_ref().map_or(0, |parts| parts.held.len());
        cipher.check_length(&module, held.saturating_add(part.len()))?;
        let length_bytes = match direction {
            Direction::Encrypt => part.len(),
            Direction::Decrypt if is_last => held + part.len(),
            Direction::Decrypt => 0,
        };
        output.deliver(length_bytes, || {
            let parts = cipher.parts.as_mut();
            let parts = parts.ok_or_else(|| Failure::from(CKR_OPERATION_NOT_INITIALIZED))?;
            extend(&mut parts.held, part);
            let (parameters, input) = (parts.parameters.clone(), parts.held.clone());
            let mut done = match (direction, is_last) {
                (_, true) => cipher.last(&module, &session, parameters, parameter, &input)?,
                (Direction::Encrypt, false) => cipher.all(&module, &session, parameters, &input)?.0,
                (Direction::Decrypt, false) => return Ok(Wiping::default()),
            };
            if is_last {
                cipher.parts = None;
            }
            let before = done.len() - length_bytes;
            Ok(Wiping::new(done.split_off(before)))
        })
    })
}

/// `C_MessageEncryptFinal` and `C_MessageDecryptFinal`. A message that has not ended is given up.
pub(crate) fn finish(
    library: &Library,
    session: CK_SESSION_HANDLE,
    direction: Direction,
) -> Result {
    let session = library.session(session)?;
    let operation = &mut *session.operations();
    operation.message_cipher(direction).active()?;
    operation.message_cipher(direction).cancel();
    Ok(())
}

impl MessageCipher {
    /// The parameters of a message. With a nonce of ours in them, the caller learns it.
    fn parameters(
        &mut self,
        parameter: &MessageParameter<'_>,
        associated: &[u8],
    ) -> Result<Parameters> {
        let mut message = parameter.read(self.algorithm)?;
        if self.direction == Direction::Encrypt {
            let given = std::mem::take(&mut message.nonce);
            message.nonce = nonces::next(
                &given,
                message.fixed_bits,
                message.source,
                &mut self.nonces_made,
            )?;
            if message.nonce != given {
                parameter.write_nonce(self.algorithm, &message.nonce)?;
            }
        }
        message.parameters(self.algorithm, associated)
    }

    /// The output for all of a message: its tag is told in encryption, and checked in decryption.
    fn last(
        &self,
        module: &Module,
        session: &Session,
        parameters: Parameters,
        parameter: &MessageParameter<'_>,
        input: &[u8],
    ) -> Result<Wiping> {
        // The length that CCM binds is told before the message, and must be true.
        if let Parameters::Ccm(ccm) = &parameters
            && ccm.data_length_bytes != input.len() as u64
        {
            return Err(self.length_error());
        }
        match self.direction {
            Direction::Encrypt => {
                let (ciphertext, tag) = self.all(module, session, parameters, input)?;
                parameter.write_tag(self.algorithm, &tag)?;
                Ok(ciphertext)
            }
            Direction::Decrypt => {
                let mut input = Wiping::new(input.to_vec());
                extend(&mut input, &parameter.tag(self.algorithm)?);
                self.compute(module, session, parameters, &input)
                    .map_err(|failure| {
                        failure.instead(CKR_ENCRYPTED_DATA_INVALID, CKR_AEAD_DECRYPT_FAILED)
                    })
            }
        }
    }

    /// Ciphertext and tag.
    fn all(
        &self,
        module: &Module,
        session: &Session,
        parameters: Parameters,
        input: &[u8],
    ) -> Result<(Wiping, Vec<u8>)> {
        let mut done = self.compute(module, session, parameters, input)?;
        if done.len() < input.len() {
            let reason = "the ciphertext is shorter than the plaintext";
            return Err(Failure::because(CKR_GENERAL_ERROR, reason));
        }
        let tag = done.split_off(input.len());
        Ok((done, tag))
    }

    fn compute(
        &self,
        module: &Module,
        session: &Session,
        parameters: Parameters,
        input: &[u8],
    ) -> Result<Wiping> {
        let key = self.key.clone();
        let mut parameters = parameters;
        if let Parameters::Ccm(ccm) = &mut parameters {
            let tag_bytes = match self.direction {
                Direction::Encrypt => 0,
                Direction::Decrypt => u64::from(ccm.code_length_bytes),
            };
            ccm.data_length_bytes = (input.len() as u64).saturating_sub(tag_bytes);
        }
        Cipher::with_key(self.direction, key, self.algorithm, parameters)
            .whole(module, session, input)
    }

    fn check_length(&self, module: &Module, length_bytes: usize) -> Result {
        if length_bytes <= module.input_bytes_max()? {
            return Ok(());
        }
        Err(self.length_error())
    }

    fn length_error(&self) -> Failure {
        match self.direction {
            Direction::Encrypt => CKR_DATA_LEN_RANGE.into(),
            Direction::Decrypt => CKR_ENCRYPTED_DATA_LEN_RANGE.into(),
        }
    }
}
