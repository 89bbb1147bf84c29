//! What soft tokens were seen to get wrong about attributes and templates, line by line.

use std::ptr;

use hsm_tests::{
    Daemon,
    c_caller::{Mechanism, Template, cryptoki_sys as c},
    in_module_process,
};

use crate::{aes, aes_value, of_class, slot, user};

#[test]
fn a_change_is_made_whole_or_not_at_all() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let key = aes(&m, s, Template::new().text(c::CKA_LABEL, "before"));
            let refused = [
                Template::new().number(c::CKA_CLASS, c::CKO_DATA),
                Template::new().number(c::CKA_KEY_TYPE, c::CKK_DES3),
                Template::new().number(c::CKA_VALUE_LEN, 16),
                Template::new().bytes(c::CKA_VALUE, &[0; 32]),
                Template::new().flag(c::CKA_SENSITIVE, false),
                Template::new().flag(c::CKA_EXTRACTABLE, true),
                Template::new().flag(c::CKA_LOCAL, false),
                Template::new().flag(c::CKA_ALWAYS_SENSITIVE, false),
                Template::new().flag(c::CKA_NEVER_EXTRACTABLE, false),
                Template::new().number(c::CKA_KEY_GEN_MECHANISM, 1),
                Template::new().bytes(c::CKA_CHECK_VALUE, &[1, 2, 3]),
                Template::new().flag(c::CKA_TOKEN, true),
                Template::new().flag(c::CKA_PRIVATE, false),
            ];
            for second in refused {
                let both = Template::new().text(c::CKA_LABEL, "after").joined(second);
                assert_eq!(
                    m.set_attributes(s, key, &both),
                    Err(c::CKR_ATTRIBUTE_READ_ONLY),
                    "{both:?}"
                );
                assert_eq!(m.attribute(s, key, c::CKA_LABEL).unwrap(), b"before");
            }
            let good = Template::new()
                .text(c::CKA_LABEL, "after")
                .bytes(c::CKA_ID, &[1]);
            m.set_attributes(s, key, &good).unwrap();
            assert_eq!(m.attribute(s, key, c::CKA_LABEL).unwrap(), b"after");
            assert_eq!(m.attribute(s, key, c::CKA_ID).unwrap(), [1]);
        },
        |_| {},
    );
}

#[test]
fn values_of_the_wrong_form_are_refused() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let data = of_class(c::CKO_DATA);
            let invalid = Err(c::CKR_ATTRIBUTE_VALUE_INVALID);
            for wrong in [
                Template::new().number(c::CKA_PRIVATE, 1),
                Template::new().bytes(c::CKA_PRIVATE, &[]),
                Template::new().bytes(c::CKA_PRIVATE, &[2]),
                Template::new().bytes(c::CKA_CLASS, &[0; 4]),
                Template::new().bytes(c::CKA_CLASS, &[0; 9]),
            ] {
                let template = wrong.joined(data.clone());
                assert_eq!(m.create_object(s, &template), invalid, "{template:?}");
            }
            let key = aes(&m, s, Template::new());
            for date in [&b"2026"[..], b"2026-1-1", b"202601011"] {
                let change = Template::new().bytes(c::CKA_START_DATE, date);
                assert_eq!(
                    m.set_attributes(s, key, &change),
                    Err(c::CKR_ATTRIBUTE_VALUE_INVALID)
                );
            }
            let dates = Template::new()
                .bytes(c::CKA_START_DATE, b"20260101")
                .bytes(c::CKA_END_DATE, b"");
            m.set_attributes(s, key, &dates).unwrap();
            let mut null_with_length = c::CK_ATTRIBUTE {
                type_: c::CKA_LABEL,
                pValue: ptr::null_mut(),
                ulValueLen: 5,
            };
            let class = c::CKO_DATA;
            let mut attributes = [
                c::CK_ATTRIBUTE {
                    type_: c::CKA_CLASS,
                    pValue: ptr::from_ref(&class).cast_mut().cast(),
                    ulValueLen: 8,
                },
                null_with_length,
            ];
            let made = m.create_object_raw(s, attributes.as_mut_ptr(), 2, &mut 0);
            assert_eq!(made, c::CKR_ATTRIBUTE_VALUE_INVALID);
            let found = m.find_init_raw(s, &raw mut null_with_length, 1);
            assert_eq!(found, c::CKR_ATTRIBUTE_VALUE_INVALID);
        },
        |_| {},
    );
}

#[test]
fn a_public_session_makes_no_private_object() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            m.logout(s).unwrap();
            let out = Err(c::CKR_USER_NOT_LOGGED_IN);
            let data = of_class(c::CKO_DATA);
            let private = data.clone().flag(c::CKA_PRIVATE, true);
            assert_eq!(m.create_object(s, &private), out);
            assert_eq!(
                m.create_object(s, &aes_value(&[1; 32])),
                out,
                "private by default"
            );
            let length = Template::new().number(c::CKA_VALUE_LEN, 32);
            assert_eq!(m.generate_key(s, c::CKM_AES_KEY_GEN, &length), out);
            let open = m.create_object(s, &data).unwrap();
            let hide = Template::new().flag(c::CKA_PRIVATE, true);
            assert_eq!(m.copy_object(s, open, &hide), out);
            assert_eq!(
                m.set_attributes(s, open, &hide),
                Err(c::CKR_ATTRIBUTE_READ_ONLY)
            );
        },
        |_| {},
    );
}

#[test]
fn key_lengths_outside_the_range_are_refused() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            for length in [
                0,
                1,
                8,
                15,
                17,
                31,
                33,
                40,
                64,
                1 << 32,
                (1 << 32) + 16,
                u64::MAX,
                u64::MAX / 8 + 5,
            ] {
                let template = Template::new()
                    .flag(c::CKA_TOKEN, false)
                    .number(c::CKA_VALUE_LEN, length);
                let made = m.generate_key(s, c::CKM_AES_KEY_GEN, &template);
                assert!(
                    matches!(
                        made,
                        Err(c::CKR_KEY_SIZE_RANGE | c::CKR_ATTRIBUTE_VALUE_INVALID)
                    ),
                    "{length}: {made:?}"
                );
            }
            for length in [0, u64::MAX, 1 << 40] {
                let template = Template::new().number(c::CKA_VALUE_LEN, length);
                let made = m.generate_key(s, c::CKM_GENERIC_SECRET_KEY_GEN, &template);
                assert!(made.is_err(), "{length}");
            }
            let none = m.generate_key(s, c::CKM_AES_KEY_GEN, &Template::new());
            assert_eq!(none, Err(c::CKR_TEMPLATE_INCOMPLETE));
            for length in [0, 8, 15, 20, 40] {
                let imported = m.create_object(s, &aes_value(&vec![1; length]));
                assert!(imported.is_err(), "an imported AES key of {length} bytes");
            }
            let twice = aes_value(&[1; 32]).number(c::CKA_VALUE_LEN, 32);
            assert_eq!(m.create_object(s, &twice), Err(c::CKR_ATTRIBUTE_READ_ONLY));
        },
        |_| {},
    );
}

#[test]
fn counts_and_lengths_past_32_bits_are_seen_whole() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let key = aes(&m, s, Template::new());
            let mut label = c::CK_ATTRIBUTE {
                type_: c::CKA_LABEL,
                pValue: ptr::null_mut(),
                ulValueLen: 0,
            };
            for count in [1 << 32, (1 << 32) + 1, u64::MAX, 1 << 63] {
                let bad = c::CKR_ARGUMENTS_BAD;
                assert_eq!(m.find_init_raw(s, &raw mut label, count), bad);
                assert_eq!(m.create_object_raw(s, &raw mut label, count, &mut 0), bad);
                assert_eq!(m.attributes_raw(s, key, &raw mut label, count), bad);
            }
            // One byte more than fits into 32 bits must not be taken for one byte.
            let mut byte = [0_u8; 16];
            let random = m.random_raw(s, byte.as_mut_ptr(), (1 << 32) + 16);
            assert_ne!(random, c::CKR_OK);
            assert_eq!(byte, [0; 16]);
            let mut ecb = Mechanism::plain(c::CKM_AES_ECB);
            assert_eq!(m.encrypt_init_raw(s, ecb.pointer(), key), c::CKR_OK);
            let mut room = 64;
            let mut out = [0; 64];
            let huge = m.encrypt_raw(
                s,
                byte.as_mut_ptr(),
                (1 << 32) + 16,
                out.as_mut_ptr(),
                &raw mut room,
            );
            assert_ne!(huge, c::CKR_OK);
            assert_eq!(out, [0; 64]);
        },
        |_| {},
    );
}

#[test]
fn what_is_unwrapped_fits_its_type_and_what_wraps_fits_its_mechanism() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let wrapping = aes(&m, s, Template::new());
            let mut kwp = Mechanism::plain(c::CKM_AES_KEY_WRAP_KWP);
            let target = of_class(c::CKO_SECRET_KEY)
                .number(c::CKA_KEY_TYPE, c::CKK_GENERIC_SECRET)
                .bytes(c::CKA_VALUE, &[9; 20])
                .flag(c::CKA_EXTRACTABLE, true);
            let target = m.create_object(s, &target).unwrap();
            let wrapped = m.wrap_key(s, &mut kwp, wrapping, target).unwrap();
            let as_type = |key_type| of_class(c::CKO_SECRET_KEY).number(c::CKA_KEY_TYPE, key_type);
            for key_type in [c::CKK_AES, c::CKK_DES3, c::CKK_DES2] {
                let unwrapped = m.unwrap_key(s, &mut kwp, wrapping, &wrapped, &as_type(key_type));
                assert!(
                    unwrapped.is_err(),
                    "20 bytes as a key of type {key_type:#x}"
                );
            }
            let with_value = as_type(c::CKK_GENERIC_SECRET).bytes(c::CKA_VALUE, &[9; 20]);
            assert_eq!(
                m.unwrap_key(s, &mut kwp, wrapping, &wrapped, &with_value),
                Err(c::CKR_ATTRIBUTE_READ_ONLY)
            );
            assert!(
                m.unwrap_key(
                    s,
                    &mut kwp,
                    wrapping,
                    &wrapped,
                    &as_type(c::CKK_GENERIC_SECRET)
                )
                .is_ok()
            );

            let p256 = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
            let public = Template::new().bytes(c::CKA_EC_PARAMS, &p256);
            let (public, private) = m
                .generate_key_pair(s, c::CKM_EC_KEY_PAIR_GEN, &public, &Template::new())
                .unwrap();
            let slot = slot(&m);
            let mut tried = 0;
            for mechanism in [
                c::CKM_AES_KEY_WRAP,
                c::CKM_AES_KEY_WRAP_KWP,
                c::CKM_AES_CBC_PAD,
                c::CKM_AES_GCM,
                c::CKM_RSA_PKCS,
                c::CKM_RSA_PKCS_OAEP,
            ] {
                if !m.has_mechanism(slot, mechanism) {
                    continue;
                }
                tried += 1;
                let parameter = match mechanism {
                    c::CKM_AES_CBC_PAD => Mechanism::with_bytes(mechanism, &[0; 16]),
                    c::CKM_AES_GCM => Mechanism::gcm(&[0; 12]),
                    c::CKM_RSA_PKCS_OAEP => Mechanism::oaep(c::CKM_SHA256, c::CKG_MGF1_SHA256),
                    _ => Mechanism::plain(mechanism),
                };
                let mut parameter = parameter;
                for wrong in [public, private] {
                    assert_eq!(
                        m.wrap_key(s, &mut parameter, wrong, target),
                        Err(c::CKR_WRAPPING_KEY_TYPE_INCONSISTENT),
                        "{mechanism:#x}"
                    );
                }
            }
            assert!(tried >= 5, "{tried}");
        },
        |_| {},
    );
}

#[test]
fn curves_that_are_none_are_refused_on_import_and_generation() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let point = [&[0x04, 0x41, 0x04][..], &[1; 64]].concat();
            for parameters in [
                &[][..],
                &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x70],
                &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01],
                &[0x06, 0x03, 0x2a, 0x03, 0x04],
                b"secp256r1",
            ] {
                let public = of_class(c::CKO_PUBLIC_KEY)
                    .number(c::CKA_KEY_TYPE, c::CKK_EC)
                    .bytes(c::CKA_EC_PARAMS, parameters)
                    .bytes(c::CKA_EC_POINT, &point);
                let private = of_class(c::CKO_PRIVATE_KEY)
                    .number(c::CKA_KEY_TYPE, c::CKK_EC)
                    .bytes(c::CKA_EC_PARAMS, parameters)
                    .bytes(c::CKA_VALUE, &[1; 32]);
                let is_refused = |made: Result<_, u64>| {
                    matches!(
                        made,
                        Err(c::CKR_CURVE_NOT_SUPPORTED
                            | c::CKR_ATTRIBUTE_VALUE_INVALID
                            | c::CKR_DOMAIN_PARAMS_INVALID)
                    )
                };
                assert!(is_refused(m.create_object(s, &public)), "{parameters:x?}");
                assert!(is_refused(m.create_object(s, &private)), "{parameters:x?}");
                let generated = m.generate_key_pair(
                    s,
                    c::CKM_EC_KEY_PAIR_GEN,
                    &Template::new().bytes(c::CKA_EC_PARAMS, parameters),
                    &Template::new(),
                );
                assert!(
                    is_refused(generated.map(|(public, _)| public)),
                    "{parameters:x?}"
                );
            }
            let off_the_curve = of_class(c::CKO_PUBLIC_KEY)
                .number(c::CKA_KEY_TYPE, c::CKK_EC)
                .bytes(
                    c::CKA_EC_PARAMS,
                    &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
                )
                .bytes(c::CKA_EC_POINT, &point);
            assert_eq!(
                m.create_object(s, &off_the_curve),
                Err(c::CKR_ATTRIBUTE_VALUE_INVALID)
            );
        },
        |_| {},
    );
}
