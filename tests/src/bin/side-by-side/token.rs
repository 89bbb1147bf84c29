//! A PKCS#11 token of any module, used as an application that cares for speed would: one initialising call and one call an
//! operation, with a buffer that is large enough.

use std::{
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use hsm_tests::c_caller::{CModule, Mechanism, Template, cryptoki_sys as c};

use crate::cases::Case;

const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];
const ED25519: &[u8] = b"\x13\x0cedwards25519";
const MESSAGE: [u8; 64] = [0x42; 64];
/// The security officer's PIN of the tokens that are made here.
const SO_PIN: &str = "12345678";

/// A logged-in token with a key of each kind.
pub(crate) struct Token {
    module: CModule,
    slot: c::CK_SLOT_ID,
    pairs: [(&'static str, Pair); 4],
    aes: c::CK_OBJECT_HANDLE,
    /// Sessions that threads of earlier slices left: opening one is not what is measured.
    sessions: Mutex<Vec<c::CK_SESSION_HANDLE>>,
    objects: usize,
    next: AtomicUsize,
}

#[derive(Clone, Copy)]
struct Pair {
    public: c::CK_OBJECT_HANDLE,
    private: c::CK_OBJECT_HANDLE,
}

/// What [`populate`] puts into a token.
pub(crate) fn object_label(index: usize) -> String {
    format!("object-{index:06}")
}

/// Makes a token with this label and PIN in a free slot, with the keys that [`Token::open`] looks for, and `objects` more.
pub(crate) fn populate(module: &Path, label: &str, pin: &str, objects: usize) {
    let module = CModule::load(module);
    match module.initialize() {
        Ok(()) | Err(c::CKR_CRYPTOKI_ALREADY_INITIALIZED) => {}
        Err(failure) => panic!("C_Initialize: {failure:#x}"),
    }
    let slot = if let Ok(slot) = module.slot_of(label) {
        slot
    } else {
        let slots = module.slots().expect("slots");
        let is_free = |slot: &c::CK_SLOT_ID| {
            module.token_info(*slot).expect("a token").flags & c::CKF_TOKEN_INITIALIZED == 0
        };
        let free = slots.into_iter().find(is_free).expect("a free slot");
        module.init_token(free, SO_PIN, label).expect("C_InitToken");
        // SoftHSM moves an initialised token to another slot.
        let slot = module.slot_of(label).expect("the new token");
        let session = module.open_session(slot).expect("a session");
        module
            .login(session, c::CKU_SO, SO_PIN)
            .expect("the security officer");
        module.init_pin(session, pin).expect("C_InitPIN");
        module.close_session(session).expect("C_CloseSession");
        slot
    };
    let session = module.open_session(slot).expect("a session");
    module.login(session, c::CKU_USER, pin).expect("the user");
    generate_pair(&module, session, "rsa", c::CKM_RSA_PKCS_KEY_PAIR_GEN, None);
    generate_pair(&module, session, "p256", c::CKM_EC_KEY_PAIR_GEN, Some(P256));
    generate_pair(&module, session, "p384", c::CKM_EC_KEY_PAIR_GEN, Some(P384));
    generate_pair(
        &module,
        session,
        "ed25519",
        c::CKM_EC_EDWARDS_KEY_PAIR_GEN,
        Some(ED25519),
    );
    module
        .generate_key(session, c::CKM_AES_KEY_GEN, &aes_template(true, "aes"))
        .expect("an AES key");
    create_objects(&module, slot, objects);
    // The logged-in session must outlive the threads that share its login.
    module.close_session(session).expect("C_CloseSession");
    module.finalize().expect("C_Finalize");
}

/// Eight threads at once: a daemon that writes them to disk together is quicker, and others are not slower.
fn create_objects(module: &CModule, slot: c::CK_SLOT_ID, objects: usize) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let session = module.open_session(slot).expect("a session");
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= objects {
                        break;
                    }
                    let template = aes_template(true, &object_label(index));
                    module
                        .generate_key(session, c::CKM_AES_KEY_GEN, &template)
                        .expect("an AES key");
                }
                module.close_session(session).expect("C_CloseSession");
            });
        }
    });
}

fn aes_template(is_kept: bool, label: &str) -> Template {
    Template::new()
        .flag(c::CKA_TOKEN, is_kept)
        .flag(c::CKA_PRIVATE, true)
        .number(c::CKA_VALUE_LEN, 32)
        .flag(c::CKA_ENCRYPT, true)
        .flag(c::CKA_DECRYPT, true)
        .text(c::CKA_LABEL, label)
}

fn pair_templates(is_kept: bool, label: &str, curve: Option<&[u8]>) -> (Template, Template) {
    let public = Template::new()
        .flag(c::CKA_TOKEN, is_kept)
        .flag(c::CKA_VERIFY, true)
        .text(c::CKA_LABEL, label);
    let public = match curve {
        Some(curve) => public.bytes(c::CKA_EC_PARAMS, curve),
        None => public
            .number(c::CKA_MODULUS_BITS, 2048)
            .bytes(c::CKA_PUBLIC_EXPONENT, &[1, 0, 1]),
    };
    let private = Template::new()
        .flag(c::CKA_TOKEN, is_kept)
        .flag(c::CKA_PRIVATE, true)
        .flag(c::CKA_SENSITIVE, true)
        .flag(c::CKA_SIGN, true)
        .text(c::CKA_LABEL, label);
    (public, private)
}

fn generate_pair(
    module: &CModule,
    session: c::CK_SESSION_HANDLE,
    label: &str,
    mechanism: c::CK_MECHANISM_TYPE,
    curve: Option<&[u8]>,
) {
    let (public, private) = pair_templates(true, label, curve);
    module
        .generate_key_pair(session, mechanism, &public, &private)
        .expect("a key pair");
}

impl Token {
    /// Logs in to the token that [`populate`] made.
    pub(crate) fn open(module: &Path, label: &str, pin: &str) -> Self {
        let module = CModule::load(module);
        let session = module.log_in(label, pin).expect("a session of the user");
        let slot = module.slot_of(label).expect("the token");
        let find = |label: &str, class| {
            let template = Template::new()
                .text(c::CKA_LABEL, label)
                .number(c::CKA_CLASS, class);
            module.find(session, &template, 1).expect("a search")[0]
        };
        let pair = |label| {
            let (public, private) = (
                find(label, c::CKO_PUBLIC_KEY),
                find(label, c::CKO_PRIVATE_KEY),
            );
            (label, Pair { public, private })
        };
        let pairs = ["rsa", "p256", "p384", "ed25519"].map(pair);
        let aes = find("aes", c::CKO_SECRET_KEY);
        let every = Template::new().number(c::CKA_CLASS, c::CKO_SECRET_KEY);
        let objects = module
            .find(session, &every, 100_000)
            .expect("a search")
            .len()
            - 1;
        Self {
            slot,
            pairs,
            aes,
            sessions: Mutex::new(vec![session]),
            objects,
            next: AtomicUsize::new(0),
            module,
        }
    }

    /// What one thread repeats, on a session of its own.
    pub(crate) fn operation(&self, case: Case) -> Box<dyn FnMut() + '_> {
        let session = self.session();
        match case {
            Case::SignRsa2048 => self.signing(session, "rsa", c::CKM_SHA256_RSA_PKCS, 32),
            Case::SignP256 => self.signing(session, "p256", c::CKM_ECDSA, 32),
            Case::SignP384 => self.signing(session, "p384", c::CKM_ECDSA, 48),
            Case::SignEd25519 => self.signing(session, "ed25519", c::CKM_EDDSA, 32),
            Case::VerifyRsa2048 => self.verifying(session, "rsa", c::CKM_SHA256_RSA_PKCS),
            Case::VerifyP256 => self.verifying(session, "p256", c::CKM_ECDSA),
            Case::EncryptAesGcm64 => {
                let mut counter = 0_u64;
                let mut ciphertext = [0; 80];
                Box::new(move || {
                    counter += 1;
                    let mut iv = [0; 12];
                    iv[..8].copy_from_slice(&counter.to_be_bytes());
                    let mut mechanism = Mechanism::gcm(&iv);
                    let done = self.module.encrypt(
                        session.handle(),
                        &mut mechanism,
                        self.aes,
                        &MESSAGE,
                        &mut ciphertext,
                    );
                    assert_eq!(done, Ok(80));
                })
            }
            Case::GenerateAes256 => {
                let template = aes_template(false, "generated");
                Box::new(move || {
                    let key = self
                        .module
                        .generate_key(session.handle(), c::CKM_AES_KEY_GEN, &template)
                        .expect("a key");
                    self.module
                        .destroy_object(session.handle(), key)
                        .expect("C_DestroyObject");
                })
            }
            Case::GenerateP256 => {
                let (public, private) = pair_templates(false, "generated", Some(P256));
                Box::new(move || {
                    let generated = self.module.generate_key_pair(
                        session.handle(),
                        c::CKM_EC_KEY_PAIR_GEN,
                        &public,
                        &private,
                    );
                    let (public, private) = generated.expect("a key pair");
                    self.module
                        .destroy_object(session.handle(), public)
                        .expect("C_DestroyObject");
                    self.module
                        .destroy_object(session.handle(), private)
                        .expect("C_DestroyObject");
                })
            }
            Case::Random8 => {
                let mut bytes = [0; 8];
                Box::new(move || {
                    let value = self
                        .module
                        .random_raw(session.handle(), bytes.as_mut_ptr(), 8);
                    assert_eq!(value, c::CKR_OK, "C_GenerateRandom");
                })
            }
            Case::FindByLabel => Box::new(move || {
                // A large odd step visits the labels in no order that a cache would like.
                let index = self.next.fetch_add(7_919, Ordering::Relaxed) % self.objects.max(1);
                let template = Template::new().text(c::CKA_LABEL, &object_label(index));
                assert_eq!(
                    self.module
                        .find(session.handle(), &template, 2)
                        .expect("a search")
                        .len(),
                    1
                );
            }),
        }
    }

    fn signing<'a>(
        &'a self,
        session: Borrowed<'a>,
        key: &str,
        mechanism: c::CK_MECHANISM_TYPE,
        length: usize,
    ) -> Box<dyn FnMut() + 'a> {
        let key = self.pair(key).private;
        let mut signature = [0; 512];
        Box::new(move || {
            self.module
                .sign_init(session.handle(), &mut Mechanism::plain(mechanism), key)
                .expect("C_SignInit");
            self.module
                .sign(session.handle(), &MESSAGE[..length], &mut signature)
                .expect("C_Sign");
        })
    }

    fn verifying<'a>(
        &'a self,
        session: Borrowed<'a>,
        key: &str,
        mechanism: c::CK_MECHANISM_TYPE,
    ) -> Box<dyn FnMut() + 'a> {
        let Pair { public, private } = self.pair(key);
        let mut signature = [0; 512];
        self.module
            .sign_init(session.handle(), &mut Mechanism::plain(mechanism), private)
            .expect("C_SignInit");
        let length = self
            .module
            .sign(session.handle(), &MESSAGE[..32], &mut signature)
            .expect("C_Sign");
        Box::new(move || {
            let mechanism = &mut Mechanism::plain(mechanism);
            let verified = self.module.verify(
                session.handle(),
                mechanism,
                public,
                &MESSAGE[..32],
                &signature[..length],
            );
            verified.expect("a good signature");
        })
    }

    fn pair(&self, label: &str) -> Pair {
        self.pairs
            .iter()
            .find(|(name, _)| *name == label)
            .map(|(_, pair)| *pair)
            .expect("a key pair")
    }

    fn session(&self) -> Borrowed<'_> {
        let kept = self
            .sessions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        Borrowed(
            kept.unwrap_or_else(|| self.module.open_session(self.slot).expect("a session")),
            &self.sessions,
        )
    }
}

/// A session that goes back to the others when its thread is done.
struct Borrowed<'a>(c::CK_SESSION_HANDLE, &'a Mutex<Vec<c::CK_SESSION_HANDLE>>);

impl Borrowed<'_> {
    // A closure that uses this keeps the whole value, and so the session until it ends.
    fn handle(&self) -> c::CK_SESSION_HANDLE {
        self.0
    }
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        self.1
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(self.0);
    }
}
