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
    pairs: [(&'static str, Pair); 6],
    aes: c::CK_OBJECT_HANDLE,
    mac: c::CK_OBJECT_HANDLE,
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
    for (label, mechanism, kind) in [
        ("rsa", c::CKM_RSA_PKCS_KEY_PAIR_GEN, Kind::Rsa(2048)),
        ("rsa-3072", c::CKM_RSA_PKCS_KEY_PAIR_GEN, Kind::Rsa(3072)),
        ("rsa-4096", c::CKM_RSA_PKCS_KEY_PAIR_GEN, Kind::Rsa(4096)),
        ("p256", c::CKM_EC_KEY_PAIR_GEN, Kind::Curve(P256)),
        ("p384", c::CKM_EC_KEY_PAIR_GEN, Kind::Curve(P384)),
        (
            "ed25519",
            c::CKM_EC_EDWARDS_KEY_PAIR_GEN,
            Kind::Curve(ED25519),
        ),
    ] {
        let (public, private) = pair_templates(true, label, kind);
        module
            .generate_key_pair(session, mechanism, &public, &private)
            .expect("a key pair");
    }
    let mac = Template::new()
        .flag(c::CKA_TOKEN, true)
        .flag(c::CKA_PRIVATE, true)
        .number(c::CKA_VALUE_LEN, 32)
        .flag(c::CKA_SIGN, true)
        .flag(c::CKA_VERIFY, true)
        .text(c::CKA_LABEL, "mac");
    module
        .generate_key(session, c::CKM_GENERIC_SECRET_KEY_GEN, &mac)
        .expect("a secret");
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

/// What a key pair is made of.
#[derive(Clone, Copy)]
enum Kind {
    Rsa(c::CK_ULONG),
    Curve(&'static [u8]),
}

fn pair_templates(is_kept: bool, label: &str, kind: Kind) -> (Template, Template) {
    let public = Template::new()
        .flag(c::CKA_TOKEN, is_kept)
        .flag(c::CKA_VERIFY, true)
        .text(c::CKA_LABEL, label);
    let public = match kind {
        Kind::Curve(curve) => public.bytes(c::CKA_EC_PARAMS, curve),
        Kind::Rsa(bits) => public
            .number(c::CKA_MODULUS_BITS, bits)
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
        let pairs = ["rsa", "rsa-3072", "rsa-4096", "p256", "p384", "ed25519"].map(pair);
        let aes = find("aes", c::CKO_SECRET_KEY);
        let mac = find("mac", c::CKO_SECRET_KEY);
        let every = Template::new().number(c::CKA_CLASS, c::CKO_SECRET_KEY);
        let objects = module
            .find(session, &every, 100_000)
            .expect("a search")
            .len()
            - 2;
        Self {
            slot,
            pairs,
            aes,
            mac,
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
            Case::SignRsa3072 => self.signing(session, "rsa-3072", c::CKM_SHA256_RSA_PKCS, 32),
            Case::SignRsa4096 => self.signing(session, "rsa-4096", c::CKM_SHA256_RSA_PKCS, 32),
            Case::SignP256 => self.signing(session, "p256", c::CKM_ECDSA, 32),
            Case::SignP384 => self.signing(session, "p384", c::CKM_ECDSA, 48),
            Case::SignEd25519 => self.signing(session, "ed25519", c::CKM_EDDSA, 32),
            Case::VerifyRsa2048 => self.verifying(session, "rsa", c::CKM_SHA256_RSA_PKCS),
            Case::VerifyP256 => self.verifying(session, "p256", c::CKM_ECDSA),
            Case::EncryptAesGcm64 => self.encrypting(session, 64),
            Case::EncryptAesGcm4K => self.encrypting(session, 4 << 10),
            Case::EncryptAesGcm1M => self.encrypting(session, 1 << 20),
            Case::MacSha256 => self.signing_with(session, self.mac, c::CKM_SHA256_HMAC, 64),
            Case::DigestSha256 => Box::new(move || {
                self.module
                    .sha256(session.handle(), &MESSAGE)
                    .expect("a digest");
            }),
            Case::GenerateAes256 => self.generating(session, false),
            Case::GenerateDurableAes256 => self.generating(session, true),
            Case::ReadAttributes => Box::new(move || self.read_attributes(session.handle())),
            Case::OpenAndClose => Box::new(move || {
                let opened = self.module.open_session(self.slot).expect("a session");
                self.module.close_session(opened).expect("C_CloseSession");
            }),
            Case::OpenFindSignClose => Box::new(move || self.open_find_sign_close()),
            Case::GenerateP256 => {
                let (public, private) = pair_templates(false, "generated", Kind::Curve(P256));
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
        self.signing_with(session, self.pair(key).private, mechanism, length)
    }

    fn signing_with<'a>(
        &'a self,
        session: Borrowed<'a>,
        key: c::CK_OBJECT_HANDLE,
        mechanism: c::CK_MECHANISM_TYPE,
        length: usize,
    ) -> Box<dyn FnMut() + 'a> {
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

    fn encrypting<'a>(&'a self, session: Borrowed<'a>, length: usize) -> Box<dyn FnMut() + 'a> {
        let mut counter = 0_u64;
        let plaintext = vec![0x42; length];
        let mut ciphertext = vec![0; length + 16];
        Box::new(move || {
            counter += 1;
            let mut iv = [0; 12];
            iv[..8].copy_from_slice(&counter.to_be_bytes());
            let done = self.module.encrypt(
                session.handle(),
                &mut Mechanism::gcm(&iv),
                self.aes,
                &plaintext,
                &mut ciphertext,
            );
            assert_eq!(done, Ok(length + 16));
        })
    }

    /// An AES key, made and destroyed again.
    fn generating<'a>(&'a self, session: Borrowed<'a>, is_kept: bool) -> Box<dyn FnMut() + 'a> {
        let template = aes_template(is_kept, "generated");
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

    fn read_attributes(&self, session: c::CK_SESSION_HANDLE) {
        let (mut class, mut kind, mut bits) = ([0_u8; 8], [0_u8; 8], [0_u8; 512]);
        let attribute = |code, bytes: &mut [u8]| c::CK_ATTRIBUTE {
            type_: code,
            pValue: bytes.as_mut_ptr().cast(),
            ulValueLen: c::CK_ULONG::try_from(bytes.len()).expect("a small buffer"),
        };
        let mut attributes = [
            attribute(c::CKA_CLASS, &mut class),
            attribute(c::CKA_KEY_TYPE, &mut kind),
            attribute(c::CKA_MODULUS, &mut bits),
        ];
        let value = self.module.attributes_raw(
            session,
            self.pair("rsa").public,
            attributes.as_mut_ptr(),
            3,
        );
        assert_eq!(value, c::CKR_OK, "C_GetAttributeValue");
    }

    fn open_find_sign_close(&self) {
        let session = self.module.open_session(self.slot).expect("a session");
        let template = Template::new()
            .text(c::CKA_LABEL, "p256")
            .number(c::CKA_CLASS, c::CKO_PRIVATE_KEY);
        let key = self.module.find(session, &template, 1).expect("a search")[0];
        self.module
            .sign_init(session, &mut Mechanism::plain(c::CKM_ECDSA), key)
            .expect("C_SignInit");
        self.module
            .sign(session, &MESSAGE[..32], &mut [0; 64])
            .expect("C_Sign");
        self.module.close_session(session).expect("C_CloseSession");
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
