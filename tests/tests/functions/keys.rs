//! Authenticated wrapping, encapsulation, asynchronous generation, and the objects that every token has.

use hsm_tests::c_caller::{CModule, GcmMessage, Mechanism, Template, Word, cryptoki_sys as c};
use hsm_tests::{Daemon, in_module_process};

use crate::{Session, aes, nothing, p256_with, plain, rsa, rsa_template, slot, user};

/// What AES-ECB makes of a block of zeros with this key: equal for equal keys.
fn fingerprint(module: &CModule, session: Session, key: c::CK_OBJECT_HANDLE) -> [u8; 16] {
    let mut block = [0; 16];
    module
        .encrypt(
            session,
            &mut plain(c::CKM_AES_ECB),
            key,
            &[0; 16],
            &mut block,
        )
        .unwrap();
    block
}

fn aes_template() -> Template {
    Template::new()
        .number(c::CKA_CLASS, c::CKO_SECRET_KEY)
        .number(c::CKA_KEY_TYPE, c::CKK_AES)
        .flag(c::CKA_TOKEN, false)
}

#[test]
fn a_wrapped_key_is_bound_to_the_data_beside_it() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, session) = user();
            let (wrapping, key) = (aes(&module, session), aes(&module, session));
            let mut gcm = GcmMessage::with_nonce([0; 12]);
            gcm.generator = c::CKG_GENERATE_RANDOM;
            gcm.fixed_bits = 16;
            let mut wrap = |room| {
                module.wrap_authenticated(session, &mut gcm, [wrapping, key], b"beside", room)
            };
            assert_eq!(wrap(None).length, 48);
            assert_eq!(wrap(Some(47)).value, c::CKR_BUFFER_TOO_SMALL);
            let wrapped = wrap(Some(64)).bytes().unwrap();
            assert_eq!(gcm.nonce[..2], [0; 2]);
            assert_ne!(gcm.nonce[2..], [0; 10], "the nonce is told");

            let mut unwrap = |wrapped: &[u8], associated: &[u8]| {
                let template = aes_template();
                module.unwrap_authenticated(
                    session, &mut gcm, wrapping, wrapped, &template, associated,
                )
            };
            let again = unwrap(&wrapped, b"beside").unwrap();
            assert_eq!(
                fingerprint(&module, session, again),
                fingerprint(&module, session, key)
            );
            assert_eq!(
                unwrap(&wrapped, b"besides"),
                Err(c::CKR_WRAPPED_KEY_INVALID)
            );
            assert_eq!(
                unwrap(&wrapped[..47], b"beside"),
                Err(c::CKR_WRAPPED_KEY_INVALID)
            );
            // A counter would begin anew with each call.
            gcm.generator = c::CKG_GENERATE_COUNTER;
            let counted =
                module.wrap_authenticated(session, &mut gcm, [wrapping, key], b"", Some(64));
            assert_eq!(counted.value, c::CKR_MECHANISM_PARAM_INVALID);
        },
        nothing,
    );
}

/// `CK_RSA_AES_KEY_WRAP_PARAMS` and `CK_ECDH_AES_KEY_WRAP_PARAMS`, for an AES key of 256 bits.
fn hybrid(mechanism: c::CK_MECHANISM_TYPE) -> Mechanism {
    let inner = match mechanism {
        c::CKM_RSA_AES_KEY_WRAP => {
            let oaep = [
                c::CKM_SHA256,
                c::CKG_MGF1_SHA256,
                c::CKZ_DATA_SPECIFIED,
                0,
                0,
            ];
            vec![Word::Pointer(oaep.map(u64::to_ne_bytes).concat())]
        }
        _ => vec![
            Word::Number(c::CKD_SHA256_KDF),
            Word::Number(0),
            Word::Pointer(Vec::new()),
        ],
    };
    Mechanism::structured(mechanism, &[vec![Word::Number(256)], inner].concat())
}

#[test]
fn keys_of_both_kinds_are_wrapped_for_a_public_key_into_the_room_that_was_told() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, session) = user();
            let [_, private_key] = p256_with(
                &module,
                session,
                &Template::new().flag(c::CKA_EXTRACTABLE, true),
            );
            let secret_key = aes(&module, session);
            let flags = Template::new().flag(c::CKA_UNWRAP, true);
            let pairs = [
                (c::CKM_RSA_AES_KEY_WRAP, rsa(&module, session)),
                (
                    c::CKM_ECDH_AES_KEY_WRAP,
                    p256_with(&module, session, &flags),
                ),
            ];
            for (mechanism, [public, private]) in pairs {
                let wrap = |key| module.wrap_key(session, &mut hybrid(mechanism), public, key);
                let unwrap = |wrapped: &[u8], template: &Template| {
                    module.unwrap_key(session, &mut hybrid(mechanism), private, wrapped, template)
                };
                let wrapped = wrap(secret_key).unwrap();
                let again = unwrap(&wrapped, &aes_template()).unwrap();
                assert_eq!(
                    fingerprint(&module, session, again),
                    fingerprint(&module, session, secret_key)
                );
                let template = Template::new()
                    .number(c::CKA_CLASS, c::CKO_PRIVATE_KEY)
                    .number(c::CKA_KEY_TYPE, c::CKK_EC)
                    .flag(c::CKA_TOKEN, false);
                unwrap(&wrap(private_key).unwrap(), &template).unwrap();
            }
        },
        nothing,
    );
}

#[test]
fn both_sides_of_an_encapsulation_have_the_same_key() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, session) = user();
            let [public, private] = rsa(&module, session);
            let mut mechanism = plain(c::CKM_RSA_PKCS);
            let template = aes_template().number(c::CKA_VALUE_LEN, 32);
            let (ciphertext, one) = module
                .encapsulate(session, &mut mechanism, public, &template)
                .unwrap();
            assert_eq!(ciphertext.len(), 256);
            let mut open = |template: &Template, ciphertext: &[u8]| {
                module.decapsulate(session, &mut mechanism, private, template, ciphertext)
            };
            let other = open(&template, &ciphertext).unwrap();
            assert_eq!(
                fingerprint(&module, session, one),
                fingerprint(&module, session, other)
            );
            let with_value = template.clone().bytes(c::CKA_VALUE, &[1; 32]);
            assert_eq!(
                open(&with_value, &ciphertext),
                Err(c::CKR_ATTRIBUTE_READ_ONLY)
            );
            assert_eq!(
                open(&template, &ciphertext[1..]),
                Err(c::CKR_ENCRYPTED_DATA_LEN_RANGE)
            );
            let [ec, _] = crate::p256(&module, session);
            let wrong = module.encapsulate(session, &mut plain(c::CKM_RSA_PKCS), ec, &template);
            assert_eq!(wrong, Err(c::CKR_KEY_TYPE_INCONSISTENT));
            let none = module.encapsulate(
                session,
                &mut Mechanism::plain(c::CKM_AES_ECB),
                ec,
                &template,
            );
            assert_eq!(none, Err(c::CKR_MECHANISM_INVALID));
        },
        nothing,
    );
}

#[test]
fn a_key_is_encapsulated_to_a_point_of_a_curve() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, session) = user();
            let deriving = Template::new().flag(c::CKA_DERIVE, true);
            let [public, private] = crate::p256_with(&module, session, &deriving);
            let template = aes_template().number(c::CKA_VALUE_LEN, 32);
            for mechanism in [c::CKM_ECDH1_DERIVE, c::CKM_ECDH1_COFACTOR_DERIVE] {
                let how = |point: &[u8]| {
                    let words = [
                        Word::Number(c::CKD_SHA256_KDF),
                        Word::Number(6),
                        Word::Pointer(b"shared".to_vec()),
                        Word::Number(point.len() as u64),
                        Word::Pointer(point.to_vec()),
                    ];
                    Mechanism::structured(mechanism, &words)
                };
                let (point, one) = module
                    .encapsulate(session, &mut how(&[]), public, &template)
                    .unwrap();
                assert_eq!((point.len(), point[0]), (65, 4));
                let other = module
                    .decapsulate(session, &mut how(&[]), private, &template, &point)
                    .unwrap();
                // As C_DeriveKey gives it to whoever has the point.
                let derived = module
                    .derive_key(session, &mut how(&point), private, &template)
                    .unwrap();
                let prints = [one, other, derived].map(|key| fingerprint(&module, session, key));
                assert_eq!(prints[0], prints[1]);
                assert_eq!(prints[0], prints[2]);

                let given = module.encapsulate(session, &mut how(&point), public, &template);
                assert_eq!(given, Err(c::CKR_MECHANISM_PARAM_INVALID));
                let none = module.derive_key(session, &mut how(&[]), private, &template);
                assert_eq!(none, Err(c::CKR_MECHANISM_PARAM_INVALID));
                let mut changed = point.clone();
                changed[40] ^= 1;
                let refused =
                    module.decapsulate(session, &mut how(&[]), private, &template, &changed);
                assert_eq!(refused, Err(c::CKR_WRAPPED_KEY_INVALID));
            }
        },
        nothing,
    );
}

#[test]
fn a_key_is_agreed_on_by_ml_kem() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, session) = user();
            for (parameter_set, ciphertext_bytes) in [
                (c::CKP_ML_KEM_512, 768),
                (c::CKP_ML_KEM_768, 1088),
                (c::CKP_ML_KEM_1024, 1568),
            ] {
                let public = Template::new()
                    .flag(c::CKA_TOKEN, false)
                    .number(c::CKA_PARAMETER_SET, parameter_set);
                let private = Template::new().flag(c::CKA_TOKEN, false);
                let generator = c::CKM_ML_KEM_KEY_PAIR_GEN;
                let (public, private) = module
                    .generate_key_pair(session, generator, &public, &private)
                    .unwrap();
                let mut ml_kem = plain(c::CKM_ML_KEM);
                let template = aes_template();
                let (ciphertext, one) = module
                    .encapsulate(session, &mut ml_kem, public, &template)
                    .unwrap();
                assert_eq!(ciphertext.len(), ciphertext_bytes);
                let other = module
                    .decapsulate(session, &mut ml_kem, private, &template, &ciphertext)
                    .unwrap();
                assert_eq!(
                    fingerprint(&module, session, one),
                    fingerprint(&module, session, other)
                );
            }
        },
        nothing,
    );
}

#[test]
fn an_asynchronous_session_makes_keys_while_the_program_goes_on() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, ordinary) = user();
            let flags = c::CKF_RW_SESSION | c::CKF_ASYNC_SESSION;
            let session = module.open_with(slot(&module), flags).unwrap();
            let other = module.open_with(slot(&module), flags).unwrap();
            let pair = "C_GenerateKeyPair";
            let start = |session| {
                let private = Template::new().flag(c::CKA_TOKEN, false);
                let generator = c::CKM_RSA_PKCS_KEY_PAIR_GEN;
                module.generate_key_pair(session, generator, &rsa_template(), &private)
            };
            let complete = |session| {
                loop {
                    match module.async_complete(session, pair) {
                        Err(c::CKR_PENDING) => {}
                        done => return done,
                    }
                }
            };
            assert_eq!(
                module.async_complete(session, pair),
                Err(c::CKR_OPERATION_NOT_INITIALIZED)
            );
            assert_eq!(start(session), Err(c::CKR_PENDING));
            assert_eq!(start(session), Err(c::CKR_OPERATION_ACTIVE));
            let [public, private] = complete(session).unwrap();
            module
                .sign_init(session, &mut plain(c::CKM_SHA256_RSA_PKCS), private)
                .unwrap();
            let mut signature = [0; 256];
            module.sign(session, b"message", &mut signature).unwrap();
            let mut mechanism = plain(c::CKM_SHA256_RSA_PKCS);
            module
                .verify(ordinary, &mut mechanism, public, b"message", &signature)
                .unwrap();

            // A job changes hands.
            assert_eq!(start(session), Err(c::CKR_PENDING));
            let id = module.async_id(session, pair).unwrap();
            assert_eq!(
                module.async_complete(session, pair),
                Err(c::CKR_OPERATION_NOT_INITIALIZED)
            );
            module.async_join(other, pair, id).unwrap();
            assert_ne!(complete(other).unwrap(), [0; 2]);
            // Once.
            module.async_join(other, pair, id).unwrap();
            assert_eq!(complete(other), Err(c::CKR_OPERATION_NOT_INITIALIZED));

            // What cannot be done says so at the end.
            let template = Template::new().number(c::CKA_VALUE_LEN, 5);
            assert_eq!(
                module.generate_key(session, c::CKM_AES_KEY_GEN, &template),
                Err(c::CKR_PENDING)
            );
            let refused = loop {
                match module.async_complete(session, "C_GenerateKey") {
                    Err(c::CKR_PENDING) => {}
                    done => break done,
                }
            };
            assert_eq!(refused, Err(c::CKR_KEY_SIZE_RANGE));
            assert_eq!(
                module.async_complete(ordinary, pair),
                Err(c::CKR_SESSION_ASYNC_NOT_SUPPORTED)
            );
        },
        nothing,
    );
}

#[test]
fn mechanisms_profiles_and_validations_are_objects_for_those_who_ask() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, session) = user();
            let find = |template: Template| module.find(session, &template, 1000).unwrap();
            let class = |class| Template::new().number(c::CKA_CLASS, class);
            assert!(find(class(c::CKO_MECHANISM)).len() > 50);
            assert!(find(class(c::CKO_PROFILE)).len() >= 3);
            let sha256 = class(c::CKO_MECHANISM).number(c::CKA_MECHANISM_TYPE, c::CKM_SHA256);
            assert_eq!(find(sha256).len(), 1);
            let baseline =
                class(c::CKO_PROFILE).number(c::CKA_PROFILE_ID, c::CKP_BASELINE_PROVIDER);
            let [baseline] = find(baseline)[..] else {
                panic!("one baseline profile")
            };
            assert!(
                !find(Template::new()).contains(&baseline),
                "who does not ask for the class never meets them"
            );
            assert_eq!(
                module.destroy_object(session, baseline),
                Err(c::CKR_ACTION_PROHIBITED)
            );
            let [validation] = find(class(c::CKO_VALIDATION))[..] else {
                panic!("one validation")
            };
            let flag = find(class(c::CKO_VALIDATION).number(c::CKA_VALIDATION_FLAG, 1));
            assert_eq!(flag, [validation]);
            assert_eq!(
                module.validation_flags(session, c::CKS_LAST_VALIDATION_OK),
                Ok(1)
            );
            assert_eq!(
                module.validation_flags(session, 77),
                Err(c::CKR_ARGUMENTS_BAD)
            );
            assert_eq!(
                module.sign_init(session, &mut plain(c::CKM_ECDSA), validation),
                Err(c::CKR_KEY_HANDLE_INVALID)
            );
        },
        nothing,
    );
}
