//! What an object forbids and what a key asks for: copying, changing, destroying, mechanisms, PINs, templates for other
//! keys.

use hsm_tests::{
    Daemon,
    c_caller::{Mechanism, Template, cryptoki_sys as c},
    in_module_process,
};

use crate::{aes, aes_value, of_class, slot, user, variable};

#[test]
fn objects_that_forbid_it_are_not_copied_changed_or_destroyed() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let prohibited = c::CKR_ACTION_PROHIBITED;
            let fixed = m
                .create_object(
                    s,
                    &of_class(c::CKO_DATA)
                        .flag(c::CKA_MODIFIABLE, false)
                        .flag(c::CKA_COPYABLE, false)
                        .flag(c::CKA_DESTROYABLE, false),
                )
                .unwrap();
            let label = Template::new().text(c::CKA_LABEL, "new");
            assert_eq!(m.set_attributes(s, fixed, &label), Err(prohibited));
            assert_eq!(m.copy_object(s, fixed, &label), Err(prohibited));
            assert_eq!(m.destroy_object(s, fixed), Err(prohibited));
            let other = m.open_session(slot(&m)).unwrap();
            let lasting = of_class(c::CKO_DATA).flag(c::CKA_DESTROYABLE, false);
            let lasting = m.create_object(other, &lasting).unwrap();
            m.close_session(other).unwrap();
            assert_eq!(
                m.destroy_object(s, lasting),
                Err(c::CKR_OBJECT_HANDLE_INVALID),
                "a session object goes with its session"
            );
            let free = m.create_object(s, &of_class(c::CKO_DATA)).unwrap();
            m.set_attributes(s, free, &label).unwrap();
            let copyable = |value| Template::new().flag(c::CKA_COPYABLE, value);
            m.set_attributes(s, free, &copyable(false)).unwrap();
            assert_eq!(
                m.set_attributes(s, free, &copyable(true)),
                Err(c::CKR_ATTRIBUTE_READ_ONLY)
            );
            assert_eq!(m.copy_object(s, free, &label), Err(prohibited));
            m.destroy_object(s, free).unwrap();
            assert_eq!(m.destroy_object(s, free), Err(c::CKR_OBJECT_HANDLE_INVALID));
        },
        |_| {},
    );
}

#[test]
fn a_read_only_session_changes_no_token_object() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let token = Template::new()
                .number(c::CKA_CLASS, c::CKO_DATA)
                .flag(c::CKA_TOKEN, true);
            let kept = m.create_object(s, &token).unwrap();
            let reader = m.open_read_only_session(slot(&m)).unwrap();
            let read_only = c::CKR_SESSION_READ_ONLY;
            let label = Template::new().text(c::CKA_LABEL, "new");
            assert_eq!(m.create_object(reader, &token), Err(read_only));
            assert_eq!(m.set_attributes(reader, kept, &label), Err(read_only));
            assert_eq!(m.copy_object(reader, kept, &label), Err(read_only));
            assert_eq!(m.destroy_object(reader, kept), Err(read_only));
            let of_session = label.flag(c::CKA_TOKEN, false);
            let copy = m.copy_object(reader, kept, &of_session).unwrap();
            assert_eq!(m.attribute(reader, copy, c::CKA_LABEL).unwrap(), b"new");
            assert_eq!(m.attribute(reader, kept, c::CKA_LABEL).unwrap(), b"");
            m.destroy_object(reader, copy).unwrap();
        },
        |_| {},
    );
}

#[test]
fn a_key_is_used_with_its_allowed_mechanisms_alone() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let allowing = |mechanisms: &[u64]| {
                let bytes: Vec<u8> = mechanisms
                    .iter()
                    .flat_map(|mechanism| mechanism.to_ne_bytes())
                    .collect();
                aes_value(&[3; 32]).bytes(c::CKA_ALLOWED_MECHANISMS, &bytes)
            };
            let iv = [0; 16];
            let mut cbc = Mechanism::with_bytes(c::CKM_AES_CBC, &iv);
            let mut ecb = Mechanism::plain(c::CKM_AES_ECB);
            let bound = m.create_object(s, &allowing(&[c::CKM_AES_CBC])).unwrap();
            assert!(m.ciphertext(s, &mut cbc, bound, &[1; 16]).is_ok());
            assert_eq!(
                m.ciphertext(s, &mut ecb, bound, &[1; 16]),
                Err(c::CKR_MECHANISM_INVALID)
            );
            let list = m.attribute(s, bound, c::CKA_ALLOWED_MECHANISMS).unwrap();
            assert_eq!(list, c::CKM_AES_CBC.to_ne_bytes());
            let unbound = m.create_object(s, &allowing(&[])).unwrap();
            assert!(m.ciphertext(s, &mut ecb, unbound, &[1; 16]).is_ok());
        },
        |_| {},
    );
}

#[test]
fn a_key_that_always_authenticates_wants_the_pin_for_each_use() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let p256 = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
            let public = Template::new().bytes(c::CKA_EC_PARAMS, &p256);
            let careful = Template::new().flag(c::CKA_ALWAYS_AUTHENTICATE, true);
            let (_, key) = m
                .generate_key_pair(s, c::CKM_EC_KEY_PAIR_GEN, &public, &careful)
                .unwrap();
            let pin = variable("HSM_PIN");
            let mut ecdsa = Mechanism::plain(c::CKM_ECDSA);
            let mut signature = [0; 64];
            for _ in 0..2 {
                m.sign_init(s, &mut ecdsa, key).unwrap();
                m.login(s, c::CKU_CONTEXT_SPECIFIC, &pin).unwrap();
                assert_eq!(m.sign(s, &[7; 32], &mut signature), Ok(64));
                m.sign_init(s, &mut ecdsa, key).unwrap();
                assert_eq!(
                    m.sign(s, &[7; 32], &mut signature),
                    Err(c::CKR_USER_NOT_LOGGED_IN)
                );
            }
            m.sign_init(s, &mut ecdsa, key).unwrap();
            assert_eq!(
                m.login(s, c::CKU_CONTEXT_SPECIFIC, "0000"),
                Err(c::CKR_PIN_INCORRECT)
            );
            assert!(m.sign(s, &[7; 32], &mut signature).is_err());
            assert_eq!(
                m.login(s, c::CKU_CONTEXT_SPECIFIC, &pin),
                Err(c::CKR_OPERATION_NOT_INITIALIZED)
            );
            let open = careful.flag(c::CKA_PRIVATE, false);
            assert_eq!(
                m.generate_key_pair(s, c::CKM_EC_KEY_PAIR_GEN, &public, &open),
                Err(c::CKR_TEMPLATE_INCONSISTENT)
            );
        },
        |_| {},
    );
}

#[test]
fn wrapping_keys_decide_what_they_wrap_and_what_comes_out() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let stays = Template::new().flag(c::CKA_MODIFIABLE, false);
            let must = Template::new()
                .flag(c::CKA_SENSITIVE, true)
                .flag(c::CKA_EXTRACTABLE, false);
            let wrapping = aes(
                &m,
                s,
                Template::new()
                    .template(c::CKA_WRAP_TEMPLATE, &stays)
                    .template(c::CKA_UNWRAP_TEMPLATE, &must),
            );
            let mut kwp = Mechanism::plain(c::CKM_AES_KEY_WRAP_KWP);
            let loose = m.create_object(s, &aes_value(&[1; 32])).unwrap();
            assert_eq!(
                m.wrap_key(s, &mut kwp, wrapping, loose),
                Err(c::CKR_KEY_NOT_WRAPPABLE)
            );
            let firm = aes_value(&[1; 32]).flag(c::CKA_MODIFIABLE, false);
            let firm = m.create_object(s, &firm).unwrap();
            let wrapped = m.wrap_key(s, &mut kwp, wrapping, firm).unwrap();
            assert_eq!(wrapped.len(), 40);

            let as_aes = of_class(c::CKO_SECRET_KEY).number(c::CKA_KEY_TYPE, c::CKK_AES);
            let open = as_aes.clone().flag(c::CKA_EXTRACTABLE, true);
            assert_eq!(
                m.unwrap_key(s, &mut kwp, wrapping, &wrapped, &open),
                Err(c::CKR_TEMPLATE_INCONSISTENT)
            );
            let back = m
                .unwrap_key(s, &mut kwp, wrapping, &wrapped, &as_aes)
                .unwrap();
            assert_eq!(m.flag(s, back, c::CKA_EXTRACTABLE), Ok(false));
            assert_eq!(m.flag(s, back, c::CKA_SENSITIVE), Ok(true));
            assert_eq!(m.flag(s, back, c::CKA_LOCAL), Ok(false));
            assert_eq!(
                m.wrap_key(s, &mut kwp, wrapping, back),
                Err(c::CKR_KEY_UNEXTRACTABLE)
            );
            // The template of templates can be read as it was given.
            let told = m.attribute(s, wrapping, c::CKA_UNWRAP_TEMPLATE);
            assert!(
                told.is_ok() || told == Err(c::CKR_BUFFER_TOO_SMALL),
                "{told:?}"
            );
        },
        |_| {},
    );
}

#[test]
fn base_keys_decide_what_is_derived() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let p256 = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
            let public = Template::new().bytes(c::CKA_EC_PARAMS, &p256);
            let sensitive = Template::new().flag(c::CKA_SENSITIVE, true);
            let private = Template::new()
                .flag(c::CKA_DERIVE, true)
                .template(c::CKA_DERIVE_TEMPLATE, &sensitive);
            let (public, private) = m
                .generate_key_pair(s, c::CKM_EC_KEY_PAIR_GEN, &public, &private)
                .unwrap();
            let point = m.attribute(s, public, c::CKA_EC_POINT).unwrap();
            let mut ecdh = Mechanism::ecdh(&point);
            let secret = of_class(c::CKO_SECRET_KEY)
                .number(c::CKA_KEY_TYPE, c::CKK_GENERIC_SECRET)
                .number(c::CKA_VALUE_LEN, 32);
            let open = secret.clone().flag(c::CKA_SENSITIVE, false);
            assert_eq!(
                m.derive_key(s, &mut ecdh, private, &open),
                Err(c::CKR_TEMPLATE_INCONSISTENT)
            );
            let key = m.derive_key(s, &mut ecdh, private, &secret).unwrap();
            assert_eq!(m.flag(s, key, c::CKA_SENSITIVE), Ok(true));
            assert_eq!(
                m.attribute(s, key, c::CKA_VALUE),
                Err(c::CKR_ATTRIBUTE_SENSITIVE)
            );
        },
        |_| {},
    );
}

#[test]
fn trusted_is_the_officers_word_and_trusting_keys_wait_for_it() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let trusted = Template::new().flag(c::CKA_TRUSTED, true);
            let wrapping = m
                .generate_key(
                    s,
                    c::CKM_AES_KEY_GEN,
                    &Template::new()
                        .flag(c::CKA_TOKEN, true)
                        .flag(c::CKA_PRIVATE, false)
                        .flag(c::CKA_WRAP, true)
                        .number(c::CKA_VALUE_LEN, 32),
                )
                .unwrap();
            let careful = aes_value(&[5; 32])
                .flag(c::CKA_WRAP_WITH_TRUSTED, true)
                .replacing(c::CKA_TOKEN, &[c::CK_TRUE]);
            let careful = m.create_object(s, &careful).unwrap();
            let mut kwp = Mechanism::plain(c::CKM_AES_KEY_WRAP_KWP);
            let read_only = Err(c::CKR_ATTRIBUTE_READ_ONLY);
            assert_eq!(m.set_attributes(s, wrapping, &trusted), read_only);
            assert_eq!(
                m.create_object(s, &aes_value(&[1; 32]).flag(c::CKA_TRUSTED, true)),
                Err(c::CKR_ATTRIBUTE_READ_ONLY)
            );
            assert_eq!(
                m.wrap_key(s, &mut kwp, wrapping, careful),
                Err(c::CKR_KEY_NOT_WRAPPABLE)
            );
            m.logout(s).unwrap();
            assert!(
                m.set_attributes(s, wrapping, &trusted).is_err(),
                "nobody is logged in"
            );
            m.login(s, c::CKU_SO, &variable("HSM_SO_PIN")).unwrap();
            let label = Template::new().number(c::CKA_CLASS, c::CKO_SECRET_KEY);
            let wrapping = m.find(s, &label, 5).unwrap()[0];
            m.set_attributes(s, wrapping, &trusted).unwrap();
            m.logout(s).unwrap();
            m.login(s, c::CKU_USER, &variable("HSM_PIN")).unwrap();
            let keys = m.find(s, &label, 5).unwrap();
            let careful = *keys.iter().find(|key| **key != wrapping).unwrap();
            assert_eq!(m.flag(s, wrapping, c::CKA_TRUSTED), Ok(true));
            assert_eq!(
                m.wrap_key(s, &mut kwp, wrapping, careful).unwrap().len(),
                40
            );
            let untrusting = Template::new().flag(c::CKA_WRAP_WITH_TRUSTED, false);
            assert_eq!(m.set_attributes(s, careful, &untrusting), read_only);
        },
        |_| {},
    );
}
