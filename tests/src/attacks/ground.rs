//! Where attacks happen: a token, a session of its user, and what attackers can do on their own machine.

use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrapPadded as _};
use cryptoki_sys as c;

use crate::c_caller::{CModule, Failure, Mechanism, Template};

pub(crate) type Key = c::CK_OBJECT_HANDLE;

/// An object identifier of NIST P-256, as `CKA_EC_PARAMS` has it.
pub(crate) const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// A token under attack.
pub struct Ground {
    /// The module.
    pub module: CModule,
    /// A session of the user, for reading and writing.
    pub session: c::CK_SESSION_HANDLE,
    /// The token's slot.
    pub slot: c::CK_SLOT_ID,
    /// The user's PIN.
    pub pin: String,
    /// The security officer's PIN.
    pub so_pin: String,
}

impl Ground {
    /// The token with this label, logged in.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn new(module: CModule, label: &str, pin: &str, so_pin: &str) -> Result<Self, Failure> {
        let session = module.log_in(label, pin)?;
        let slot = module.slot_of(label)?;
        let (pin, so_pin) = (pin.to_owned(), so_pin.to_owned());
        Ok(Self {
            module,
            session,
            slot,
            pin,
            so_pin,
        })
    }

    /// A key of the session: AES, sensitive, that may be wrapped; and its value.
    pub(crate) fn victim(&self) -> Result<(Key, Vec<u8>), Failure> {
        self.victim_with(Template::new())
    }

    /// As [`victim`](Self::victim), with more in its template; the first mention of an attribute counts.
    pub(crate) fn victim_with(&self, more: Template) -> Result<(Key, Vec<u8>), Failure> {
        let value = random(32);
        let template = more
            .or_number(c::CKA_CLASS, c::CKO_SECRET_KEY)
            .or_number(c::CKA_KEY_TYPE, c::CKK_AES)
            .or_flag(c::CKA_TOKEN, false)
            .or_flag(c::CKA_SENSITIVE, true)
            .or_flag(c::CKA_EXTRACTABLE, true)
            .or_flag(c::CKA_ENCRYPT, true)
            .bytes(c::CKA_VALUE, &value);
        Ok((self.create(&template)?, value))
    }

    /// A generic secret that can be derived from, sensitive; and its value.
    pub(crate) fn base(&self, more: Template) -> Result<(Key, Vec<u8>), Failure> {
        self.victim_with(
            more.or_number(c::CKA_KEY_TYPE, c::CKK_GENERIC_SECRET)
                .or_flag(c::CKA_EXTRACTABLE, false)
                .or_flag(c::CKA_ENCRYPT, false)
                .or_flag(c::CKA_DERIVE, true),
        )
    }

    /// A generated AES-256 key of the session with these uses and nothing else said.
    pub(crate) fn aes(&self, uses: &[c::CK_ATTRIBUTE_TYPE]) -> Result<Key, Failure> {
        self.aes_with(uses, Template::new())
    }

    /// As [`aes`](Self::aes), with more in its template.
    pub(crate) fn aes_with(
        &self,
        uses: &[c::CK_ATTRIBUTE_TYPE],
        more: Template,
    ) -> Result<Key, Failure> {
        let template = with_uses(more, uses)
            .or_flag(c::CKA_TOKEN, false)
            .or_number(c::CKA_VALUE_LEN, 32);
        self.module
            .generate_key(self.session, c::CKM_AES_KEY_GEN, &template)
    }

    /// A key whose value the attacker chose.
    pub(crate) fn known(
        &self,
        value: &[u8],
        uses: &[c::CK_ATTRIBUTE_TYPE],
    ) -> Result<Key, Failure> {
        let template = with_uses(Template::new(), uses)
            .number(c::CKA_CLASS, c::CKO_SECRET_KEY)
            .number(c::CKA_KEY_TYPE, c::CKK_AES)
            .flag(c::CKA_TOKEN, false)
            .bytes(c::CKA_VALUE, value);
        self.create(&template)
    }

    /// A generated RSA pair of the session.
    pub(crate) fn rsa(
        &self,
        public_uses: &[c::CK_ATTRIBUTE_TYPE],
        private_uses: &[c::CK_ATTRIBUTE_TYPE],
    ) -> Result<(Key, Key), Failure> {
        let public = with_uses(Template::new(), public_uses)
            .flag(c::CKA_TOKEN, false)
            .number(c::CKA_MODULUS_BITS, 2048)
            .bytes(c::CKA_PUBLIC_EXPONENT, &[1, 0, 1]);
        let private = with_uses(Template::new(), private_uses).flag(c::CKA_TOKEN, false);
        self.module.generate_key_pair(
            self.session,
            c::CKM_RSA_PKCS_KEY_PAIR_GEN,
            &public,
            &private,
        )
    }

    /// A generated P-256 pair of the session for key agreement.
    pub(crate) fn ec(&self, more: Template) -> Result<(Key, Key), Failure> {
        let public = Template::new()
            .flag(c::CKA_TOKEN, false)
            .bytes(c::CKA_EC_PARAMS, P256);
        let private = more
            .or_flag(c::CKA_TOKEN, false)
            .or_flag(c::CKA_DERIVE, true);
        self.module
            .generate_key_pair(self.session, c::CKM_EC_KEY_PAIR_GEN, &public, &private)
    }

    pub(crate) fn create(&self, template: &Template) -> Result<Key, Failure> {
        self.module.create_object(self.session, template)
    }

    pub(crate) fn wrap(&self, mut how: Mechanism, by: Key, key: Key) -> Result<Vec<u8>, Failure> {
        self.module.wrap_key(self.session, &mut how, by, key)
    }

    pub(crate) fn unwrap(
        &self,
        mut how: Mechanism,
        by: Key,
        wrapped: &[u8],
        template: Template,
    ) -> Result<Key, Failure> {
        let template = template
            .or_number(c::CKA_CLASS, c::CKO_SECRET_KEY)
            .or_number(c::CKA_KEY_TYPE, c::CKK_AES)
            .or_flag(c::CKA_TOKEN, false);
        self.module
            .unwrap_key(self.session, &mut how, by, wrapped, &template)
    }

    pub(crate) fn derive(
        &self,
        mut how: Mechanism,
        from: Key,
        template: Template,
    ) -> Result<Key, Failure> {
        let template = template
            .or_number(c::CKA_CLASS, c::CKO_SECRET_KEY)
            .or_number(c::CKA_KEY_TYPE, c::CKK_GENERIC_SECRET)
            .or_flag(c::CKA_TOKEN, false);
        self.module
            .derive_key(self.session, &mut how, from, &template)
    }

    pub(crate) fn encrypt(
        &self,
        mut how: Mechanism,
        key: Key,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Failure> {
        self.module
            .ciphertext(self.session, &mut how, key, plaintext)
    }

    pub(crate) fn decrypt(
        &self,
        mut how: Mechanism,
        key: Key,
        ciphertext: &[u8],
    ) -> Result<Vec<u8>, Failure> {
        self.module.decrypt(self.session, &mut how, key, ciphertext)
    }

    pub(crate) fn sign(
        &self,
        mut how: Mechanism,
        key: Key,
        data: &[u8],
    ) -> Result<Vec<u8>, Failure> {
        self.module.signature(self.session, &mut how, key, data)
    }

    pub(crate) fn value(&self, key: Key) -> Result<Vec<u8>, Failure> {
        self.module.attribute(self.session, key, c::CKA_VALUE)
    }

    pub(crate) fn set(&self, key: Key, template: &Template) -> Result<(), Failure> {
        self.module.set_attributes(self.session, key, template)
    }

    pub(crate) fn copy(&self, key: Key, template: &Template) -> Result<Key, Failure> {
        self.module.copy_object(self.session, key, template)
    }

    /// Ends what an attack left behind: operations, session objects, another login.
    pub(crate) fn clean(&self) {
        let everything = self.module.find(self.session, &Template::new(), 200);
        for object in everything.unwrap_or_default() {
            // Some objects forbid it, and are of no harm to the next attack.
            let _ = self.module.destroy_object(self.session, object);
        }
    }
}

pub(crate) fn with_uses(template: Template, uses: &[c::CK_ATTRIBUTE_TYPE]) -> Template {
    uses.iter().fold(template, |template, attribute| {
        template.flag(*attribute, true)
    })
}

pub(crate) fn random(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    aws_lc_rs::rand::fill(&mut bytes).expect("randomness");
    bytes
}

pub(crate) fn plain(mechanism: c::CK_MECHANISM_TYPE) -> Mechanism {
    Mechanism::plain(mechanism)
}

pub(crate) fn kwp() -> Mechanism {
    plain(c::CKM_AES_KEY_WRAP_KWP)
}

pub(crate) fn cbc_pad() -> Mechanism {
    Mechanism::with_bytes(c::CKM_AES_CBC_PAD, &[0; 16])
}

/// What a holder of the wrapping key unwraps on a machine of their own (RFC 5649). Nothing if it does not fit.
pub(crate) fn unwrapped_offline(key: &[u8], wrapped: &[u8]) -> Vec<u8> {
    let mut out = vec![0; wrapped.len() + 8];
    AesKek::new(&AES_256, key)
        .and_then(|kek| {
            kek.unwrap_with_padding(wrapped, &mut out)
                .map(|bytes| bytes.to_vec())
        })
        .unwrap_or_default()
}

/// A key wrapped on the attacker's machine (RFC 5649).
pub(crate) fn wrapped_offline(key: &[u8], value: &[u8]) -> Vec<u8> {
    let mut out = vec![0; value.len() + 16];
    let kek = AesKek::new(&AES_256, key).expect("a key of 32 bytes");
    kek.wrap_with_padding(value, &mut out)
        .expect("there is room")
        .to_vec()
}
