//! The steps of PKCS#11 3.0 and 3.2: messages, authenticated wrapping, encapsulation.

use cryptoki_sys as c;

use super::step::{Generator, Newer};
use super::{Round, key};
use crate::c_caller::{Failure, GcmMessage, Mechanism, Template};

/// Room for every output.
const ROOM: usize = 4096;

impl Round<'_> {
    /// Performs a step and gives the byte strings that came out.
    #[expect(clippy::too_many_lines, reason = "an arm for each function")]
    pub(super) fn perform_newer(&mut self, step: &mut Newer) -> Result<Vec<Vec<u8>>, Failure> {
        let (module, session) = (&self.ground.module, self.session);
        match step {
            Newer::EncryptMessage(by, string) => {
                let (by, string) = (self.object(by)?, self.string(string)?);
                let mut gcm = GcmMessage::with_nonce([0; 12]);
                let mut mechanism = Mechanism::plain(c::CKM_AES_GCM);
                module.start(
                    |list| list.C_MessageEncryptInit,
                    session,
                    &mut mechanism,
                    by,
                )?;
                let given = module.message(
                    |list| list.C_EncryptMessage,
                    session,
                    &mut gcm,
                    &[],
                    &string,
                    Some(ROOM),
                );
                // An error may have ended it already.
                let _ = module.end(|list| list.C_MessageEncryptFinal, session);
                let sealed = [given.bytes()?, gcm.tag.to_vec()].concat();
                Ok(self.kept(sealed))
            }
            Newer::DecryptMessage(by, string) => {
                let (by, string) = (self.object(by)?, self.string(string)?);
                let mut gcm = GcmMessage::with_nonce([0; 12]);
                let (sealed, tag) = string.split_last_chunk().ok_or(c::CKR_DATA_LEN_RANGE)?;
                gcm.tag = *tag;
                let mut mechanism = Mechanism::plain(c::CKM_AES_GCM);
                module.start(
                    |list| list.C_MessageDecryptInit,
                    session,
                    &mut mechanism,
                    by,
                )?;
                let given = module.message(
                    |list| list.C_DecryptMessage,
                    session,
                    &mut gcm,
                    &[],
                    sealed,
                    Some(ROOM),
                );
                // An error may have ended it already.
                let _ = module.end(|list| list.C_MessageDecryptFinal, session);
                // What stands in the buffer counts, whatever the call says.
                let judged = vec![given.bytes.clone()];
                match given.bytes() {
                    Ok(opened) => Ok(self.kept(opened)),
                    Err(_) => Ok(judged),
                }
            }
            Newer::SignMessage(by, string) => {
                let (by, string) = (self.object(by)?, self.string(string)?);
                let mut hmac = Mechanism::plain(c::CKM_SHA256_HMAC);
                module.start(|list| list.C_MessageSignInit, session, &mut hmac, by)?;
                let given = module.sign_message(session, &string, Some(ROOM));
                // An error may have ended it already.
                let _ = module.end(|list| list.C_MessageSignFinal, session);
                Ok(self.kept(given.bytes()?))
            }
            Newer::WrapAuthenticated(generator, by, wrapped) => {
                let keys = [self.object(by)?, self.object(wrapped)?];
                let mut gcm = GcmMessage::with_nonce([0; 12]);
                gcm.generator = match generator {
                    Generator::Caller => c::CKG_NO_GENERATE,
                    Generator::Token => c::CKG_GENERATE_RANDOM,
                };
                let given = module.wrap_authenticated(session, &mut gcm, keys, &[], Some(ROOM));
                Ok(self.kept(given.bytes()?))
            }
            Newer::UnwrapAuthenticated(by, string, key_type, flags) => {
                let (by, string) = (self.object(by)?, self.string(string)?);
                let mut gcm = GcmMessage::with_nonce([0; 12]);
                let template = key(*key_type, flags.template());
                let made =
                    module.unwrap_authenticated(session, &mut gcm, by, &string, &template, &[])?;
                self.keep_object(made);
                Ok(Vec::new())
            }
            Newer::GenerateMlKem(flags) => {
                let public = Template::new()
                    .flag(c::CKA_TOKEN, false)
                    .flag(c::CKA_ENCAPSULATE, true)
                    .number(c::CKA_PARAMETER_SET, c::CKP_ML_KEM_768);
                let private = flags
                    .template()
                    .flag(c::CKA_TOKEN, false)
                    .flag(c::CKA_DECAPSULATE, true);
                let generator = c::CKM_ML_KEM_KEY_PAIR_GEN;
                let (public, private) =
                    module.generate_key_pair(session, generator, &public, &private)?;
                self.keep_object(public);
                self.keep_object(private);
                Ok(Vec::new())
            }
            Newer::Encapsulate(by, key_type, flags) => {
                let by = self.object(by)?;
                let template = key(*key_type, flags.template());
                let mut ml_kem = Mechanism::plain(c::CKM_ML_KEM);
                let (ciphertext, made) = module.encapsulate(session, &mut ml_kem, by, &template)?;
                self.keep_object(made);
                Ok(self.kept(ciphertext))
            }
            Newer::Decapsulate(by, string, key_type, flags) => {
                let (by, string) = (self.object(by)?, self.string(string)?);
                let template = key(*key_type, flags.template());
                let mut ml_kem = Mechanism::plain(c::CKM_ML_KEM);
                let made = module.decapsulate(session, &mut ml_kem, by, &template, &string)?;
                self.keep_object(made);
                Ok(Vec::new())
            }
        }
    }
}
