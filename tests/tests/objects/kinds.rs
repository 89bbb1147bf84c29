//! Data, certificates, domain parameters, and what tokens add to keys.

use hsm_tests::{
    Daemon,
    c_caller::{Template, cryptoki_sys as c},
    in_module_process,
};
use rcgen::{CertificateParams, DnType, KeyPair, SerialNumber};

use crate::{aes, aes_value, of_class, slot, user};

fn certificate(serial: u64, subject: &str) -> Vec<u8> {
    let key = KeyPair::generate().unwrap();
    let mut parameters = CertificateParams::default();
    parameters
        .distinguished_name
        .push(DnType::CommonName, subject);
    parameters.serial_number = Some(SerialNumber::from(serial));
    parameters.not_before = rcgen::date_time_ymd(2026, 2, 3);
    parameters.not_after = rcgen::date_time_ymd(2036, 11, 30);
    parameters.self_signed(&key).unwrap().der().to_vec()
}

fn x509(value: &[u8]) -> Template {
    of_class(c::CKO_CERTIFICATE)
        .number(c::CKA_CERTIFICATE_TYPE, c::CKC_X_509)
        .bytes(c::CKA_VALUE, value)
}

#[test]
fn a_certificate_describes_itself_and_is_found_by_issuer_and_serial_number() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let one = certificate(0x1234, "one");
            let two = certificate(0x1235, "two");
            let object = m.create_object(s, &x509(&one)).unwrap();
            m.create_object(s, &x509(&two)).unwrap();
            let issuer = m.attribute(s, object, c::CKA_ISSUER).unwrap();
            assert_eq!(issuer, m.attribute(s, object, c::CKA_SUBJECT).unwrap());
            assert!(issuer.ends_with(b"one") && issuer[0] == 0x30);
            let serial = m.attribute(s, object, c::CKA_SERIAL_NUMBER).unwrap();
            assert_eq!(serial, [0x02, 0x02, 0x12, 0x34]);
            assert_eq!(
                m.attribute(s, object, c::CKA_START_DATE).unwrap(),
                b"20260203"
            );
            assert_eq!(
                m.attribute(s, object, c::CKA_END_DATE).unwrap(),
                b"20361130"
            );
            let info = m.attribute(s, object, c::CKA_PUBLIC_KEY_INFO).unwrap();
            assert!(one.windows(info.len()).any(|window| window == info));
            let check = m.attribute(s, object, c::CKA_CHECK_VALUE).unwrap();
            let digest =
                aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, &one);
            assert_eq!(check, digest.as_ref()[..3]);

            let by_name = Template::new()
                .number(c::CKA_CLASS, c::CKO_CERTIFICATE)
                .bytes(c::CKA_ISSUER, &issuer)
                .bytes(c::CKA_SERIAL_NUMBER, &serial);
            assert_eq!(m.find(s, &by_name, 10), Ok(vec![object]));
            let by_subject = Template::new().bytes(c::CKA_SUBJECT, &issuer);
            assert_eq!(m.find(s, &by_subject, 10), Ok(vec![object]));
            let mixed = Template::new()
                .bytes(c::CKA_ISSUER, &issuer)
                .bytes(c::CKA_SERIAL_NUMBER, &[0x02, 0x02, 0x12, 0x35]);
            assert_eq!(m.find(s, &mixed, 10), Ok(vec![]));
        },
        |_| {},
    );
}

#[test]
fn what_a_certificate_template_says_stands_and_what_it_lacks_is_told() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let value = certificate(7, "subject");
            // Java writes serial numbers without their header, and looks for them so.
            let own = x509(&value).bytes(c::CKA_SERIAL_NUMBER, &[7]);
            let object = m.create_object(s, &own).unwrap();
            assert_eq!(m.attribute(s, object, c::CKA_SERIAL_NUMBER).unwrap(), [7]);

            let bare = of_class(c::CKO_CERTIFICATE);
            let typed = bare.clone().number(c::CKA_CERTIFICATE_TYPE, c::CKC_X_509);
            let incomplete = [
                bare.clone().bytes(c::CKA_VALUE, &value),
                typed.clone(),
                typed.clone().bytes(c::CKA_SUBJECT, &[0x30, 0]),
                typed.clone().bytes(c::CKA_VALUE, b"no certificate"),
                typed
                    .clone()
                    .bytes(c::CKA_SUBJECT, &[0x30, 0])
                    .text(c::CKA_URL, "https://example.org/a.cer"),
                bare.clone()
                    .number(c::CKA_CERTIFICATE_TYPE, c::CKC_X_509_ATTR_CERT)
                    .bytes(c::CKA_VALUE, b"x"),
            ];
            for template in incomplete {
                assert_eq!(
                    m.create_object(s, &template),
                    Err(c::CKR_TEMPLATE_INCOMPLETE),
                    "{template:?}"
                );
            }
            let wrong = [
                bare.number(c::CKA_CERTIFICATE_TYPE, 0x77)
                    .bytes(c::CKA_VALUE, &value),
                x509(&value).bytes(c::CKA_CHECK_VALUE, &[1, 2, 3]),
            ];
            for template in wrong {
                assert_eq!(
                    m.create_object(s, &template),
                    Err(c::CKR_ATTRIBUTE_VALUE_INVALID),
                    "{template:?}"
                );
            }
            let linked = typed
                .bytes(c::CKA_SUBJECT, &[0x30, 0])
                .text(c::CKA_URL, "https://example.org/a.cer")
                .bytes(c::CKA_HASH_OF_SUBJECT_PUBLIC_KEY, &[1; 20])
                .bytes(c::CKA_HASH_OF_ISSUER_PUBLIC_KEY, &[2; 20]);
            assert!(m.create_object(s, &linked).is_ok());
            for (changed, result) in [
                (Template::new().bytes(c::CKA_ID, b"id"), Ok(())),
                (Template::new().bytes(c::CKA_ISSUER, b"issuer"), Ok(())),
                (
                    Template::new().bytes(c::CKA_SUBJECT, b"other"),
                    Err(c::CKR_ATTRIBUTE_READ_ONLY),
                ),
                (
                    Template::new().bytes(c::CKA_VALUE, b"other"),
                    Err(c::CKR_ATTRIBUTE_READ_ONLY),
                ),
            ] {
                assert_eq!(m.set_attributes(s, object, &changed), result);
            }
        },
        |_| {},
    );
}

#[test]
fn data_objects_keep_what_they_are_given_and_have_a_size() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let small = of_class(c::CKO_DATA)
                .text(c::CKA_APPLICATION, "suite")
                .bytes(c::CKA_OBJECT_ID, &[6, 1, 42])
                .bytes(c::CKA_VALUE, b"value");
            let object = m.create_object(s, &small).unwrap();
            assert_eq!(m.attribute(s, object, c::CKA_VALUE).unwrap(), b"value");
            assert_eq!(
                m.attribute(s, object, c::CKA_APPLICATION).unwrap(),
                b"suite"
            );
            assert_eq!(m.flag(s, object, c::CKA_PRIVATE), Ok(false));
            let size = m.object_size(s, object).unwrap();
            let larger = Template::new().bytes(c::CKA_VALUE, &[1; 1005]);
            m.set_attributes(s, object, &larger).unwrap();
            assert_eq!(m.object_size(s, object), Ok(size + 1000));
            assert_eq!(m.object_size(s, 99_999), Err(c::CKR_OBJECT_HANDLE_INVALID));
            assert_eq!(
                m.attribute(s, object, c::CKA_KEY_TYPE),
                Err(c::CKR_ATTRIBUTE_TYPE_INVALID)
            );
        },
        |_| {},
    );
}

#[test]
fn domain_parameters_are_objects() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let dh = |prime: &[u8], base: &[u8]| {
                of_class(c::CKO_DOMAIN_PARAMETERS)
                    .number(c::CKA_KEY_TYPE, c::CKK_DH)
                    .bytes(c::CKA_PRIME, prime)
                    .bytes(c::CKA_BASE, base)
            };
            let mut prime = [0xff; 256];
            let object = m.create_object(s, &dh(&prime, &[2])).unwrap();
            assert_eq!(m.number(s, object, c::CKA_PRIME_BITS), Ok(2048));
            assert_eq!(m.flag(s, object, c::CKA_LOCAL), Ok(false));
            let found = Template::new().number(c::CKA_CLASS, c::CKO_DOMAIN_PARAMETERS);
            assert_eq!(m.find(s, &found, 5), Ok(vec![object]));
            let invalid = Err(c::CKR_ATTRIBUTE_VALUE_INVALID);
            for base in [&[][..], &[0], &[1], &[0xff; 256], &[2; 257]] {
                assert_eq!(m.create_object(s, &dh(&prime, base)), invalid);
            }
            prime[255] = 0xfe;
            assert_eq!(m.create_object(s, &dh(&prime, &[2])), invalid);
            assert_eq!(m.create_object(s, &dh(&[0xff; 32], &[2])), invalid);
            let dsa = dh(&[0xff; 256], &[2]);
            let dsa = Template::new()
                .number(c::CKA_SUBPRIME_BITS, 160)
                .joined(dsa);
            assert_eq!(m.create_object(s, &dsa), Err(c::CKR_ATTRIBUTE_TYPE_INVALID));
            let rsa = of_class(c::CKO_DOMAIN_PARAMETERS).number(c::CKA_KEY_TYPE, c::CKK_RSA);
            assert_eq!(m.create_object(s, &rsa), invalid);
        },
        |_| {},
    );
}

#[test]
fn keys_tell_where_they_come_from() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let made = aes(&m, s, Template::new());
            let brought = m.create_object(s, &aes_value(&[7; 32])).unwrap();
            for (key, is_local, mechanism) in [
                (made, true, c::CKM_AES_KEY_GEN),
                (brought, false, c::CK_UNAVAILABLE_INFORMATION),
            ] {
                assert_eq!(m.flag(s, key, c::CKA_LOCAL), Ok(is_local));
                assert_eq!(m.flag(s, key, c::CKA_ALWAYS_SENSITIVE), Ok(is_local));
                assert_eq!(m.flag(s, key, c::CKA_NEVER_EXTRACTABLE), Ok(is_local));
                assert_eq!(m.number(s, key, c::CKA_KEY_GEN_MECHANISM), Ok(mechanism));
            }
            let copy = m.copy_object(s, made, &Template::new()).unwrap();
            assert_eq!(m.flag(s, copy, c::CKA_LOCAL), Ok(true));
            let ids: Vec<_> = [made, brought, copy]
                .map(|key| m.attribute(s, key, c::CKA_UNIQUE_ID).unwrap())
                .into();
            assert!(ids[0] != ids[1] && ids[0] != ids[2] && !ids[0].is_empty());
            let by_id = Template::new().bytes(c::CKA_UNIQUE_ID, &ids[2]);
            assert_eq!(m.find(s, &by_id, 5), Ok(vec![copy]));
            let own_id = Template::new().bytes(c::CKA_UNIQUE_ID, b"mine");
            assert_eq!(
                m.set_attributes(s, made, &own_id),
                Err(c::CKR_ATTRIBUTE_READ_ONLY)
            );
            // What nobody may set, nobody may set to what it is.
            let same = Template::new().number(c::CKA_KEY_GEN_MECHANISM, c::CKM_AES_KEY_GEN);
            assert_eq!(
                m.set_attributes(s, made, &same),
                Err(c::CKR_ATTRIBUTE_READ_ONLY)
            );
            // AES-256 of a block of zeros under thirty-two bytes of 7, checked with openssl enc -aes-256-ecb.
            let check = m.attribute(s, brought, c::CKA_CHECK_VALUE).unwrap();
            let mut ecb = hsm_tests::c_caller::Mechanism::plain(c::CKM_AES_ECB);
            let zeros = m.ciphertext(s, &mut ecb, brought, &[0; 16]).unwrap();
            assert_eq!(check, zeros[..3]);
        },
        |_| {},
    );
}

#[test]
fn both_halves_of_a_pair_tell_the_public_key() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let p256 = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
            let public = Template::new().bytes(c::CKA_EC_PARAMS, &p256);
            let (public, private) = m
                .generate_key_pair(s, c::CKM_EC_KEY_PAIR_GEN, &public, &Template::new())
                .unwrap();
            let info = m.attribute(s, public, c::CKA_PUBLIC_KEY_INFO).unwrap();
            assert_eq!(info.len(), 91);
            assert_eq!(m.attribute(s, private, c::CKA_PUBLIC_KEY_INFO), Ok(info));
            assert_eq!(m.flag(s, public, c::CKA_PRIVATE), Ok(false));
            assert_eq!(m.flag(s, private, c::CKA_PRIVATE), Ok(true));
        },
        |_| {},
    );
}

#[test]
fn public_objects_are_read_without_login_and_private_ones_are_not_there() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let named = |template: Template| template.text(c::CKA_LABEL, "both");
            let public = named(of_class(c::CKO_DATA)).bytes(c::CKA_VALUE, b"open");
            let private = public.clone().flag(c::CKA_PRIVATE, true);
            let open = m.create_object(s, &public).unwrap();
            let hidden = m.create_object(s, &private).unwrap();
            let found = named(Template::new());
            assert_eq!(m.find(s, &found, 5).unwrap().len(), 2);
            m.logout(s).unwrap();
            assert_eq!(m.find(s, &found, 5), Ok(vec![open]));
            assert_eq!(m.attribute(s, open, c::CKA_VALUE).unwrap(), b"open");
            assert_eq!(
                m.attribute(s, hidden, c::CKA_VALUE),
                Err(c::CKR_OBJECT_HANDLE_INVALID)
            );
            let read_only = m.open_read_only_session(slot(&m)).unwrap();
            assert_eq!(m.find(read_only, &found, 5), Ok(vec![open]));
        },
        |_| {},
    );
}
