//! Keys that must not come in.

use hsm_algorithms::Curve;
use hsm_tests::Daemon;
use hsm_tests::c_caller::{Template, cryptoki_sys as c};
use hsm_tests::in_module_process;

use crate::{of, user};

#[test]
fn points_and_scalars_off_their_curves_are_refused() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            for curve in Curve::ALL.iter().filter(|curve| curve.is_weierstrass()) {
                let half = curve.coordinate_bytes();
                let public = |point: &[u8]| {
                    of(c::CKO_PUBLIC_KEY, c::CKK_EC)
                        .bytes(c::CKA_EC_PARAMS, curve.parameters_der())
                        .bytes(c::CKA_EC_POINT, point)
                };
                let mut off = vec![4];
                off.extend(vec![1; 2 * half]);
                let infinity = [&[4][..], &vec![0; 2 * half]].concat();
                for point in [&off[..], &infinity, &[0], &off[1..], &[]] {
                    assert_eq!(
                        m.create_object(s, &public(point)),
                        Err(c::CKR_ATTRIBUTE_VALUE_INVALID),
                        "{curve:?} {}",
                        point.len()
                    );
                }
                for scalar in [vec![0; half], vec![0xff; half + 1], vec![]] {
                    let private = of(c::CKO_PRIVATE_KEY, c::CKK_EC)
                        .bytes(c::CKA_EC_PARAMS, curve.parameters_der())
                        .bytes(c::CKA_VALUE, &scalar);
                    assert!(m.create_object(s, &private).is_err(), "{curve:?}");
                }
            }
            let explicit = of(c::CKO_PUBLIC_KEY, c::CKK_EC)
                .bytes(c::CKA_EC_PARAMS, &[0x30, 0])
                .bytes(c::CKA_EC_POINT, &[4; 65]);
            assert_eq!(
                m.create_object(s, &explicit),
                Err(c::CKR_CURVE_NOT_SUPPORTED)
            );
        },
        |_| {},
    );
}

#[test]
fn weak_rsa_keys_are_refused() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let public = |modulus: &[u8], exponent: &[u8]| {
                of(c::CKO_PUBLIC_KEY, c::CKK_RSA)
                    .bytes(c::CKA_MODULUS, modulus)
                    .bytes(c::CKA_PUBLIC_EXPONENT, exponent)
            };
            let mut odd = vec![0xff; 256];
            odd[100] = 3;
            let mut even = odd.clone();
            even[255] = 0xfe;
            assert!(m.create_object(s, &public(&odd, &[1, 0, 1])).is_ok());
            for (modulus, exponent) in [
                (&odd[..], &[1][..]),
                (&odd, &[2]),
                (&odd, &[0]),
                (&odd, &[]),
                (&even, &[1, 0, 1]),
                (&odd[..63], &[1, 0, 1]),
            ] {
                assert!(
                    m.create_object(s, &public(modulus, exponent)).is_err(),
                    "{} {exponent:?}",
                    modulus.len()
                );
            }
        },
        |_| {},
    );
}

#[test]
fn keys_that_give_their_secrets_away_are_refused() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            for (key_type, parameters, point) in [
                (c::CKK_EC_EDWARDS, Curve::Ed25519, [0; 32]),
                (c::CKK_EC_MONTGOMERY, Curve::X25519, [0; 32]),
            ] {
                let mut one = point;
                one[0] = 1;
                for point in [point, one] {
                    let template = of(c::CKO_PUBLIC_KEY, key_type)
                        .bytes(c::CKA_EC_PARAMS, parameters.parameters_der())
                        .bytes(c::CKA_EC_POINT, &point);
                    assert_eq!(
                        m.create_object(s, &template),
                        Err(c::CKR_ATTRIBUTE_VALUE_INVALID),
                        "{parameters:?}"
                    );
                }
            }
            // 65537 and a multiple of every prime up to 167: it has the fingerprint of CVE-2017-15361.
            let modulus = hex::decode(concat!(
                "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffd0e9e5c8baf526fc9c9a706ab3cf5e74ac8e4fca2150297300c842ed",
            ))
            .unwrap();
            let template = of(c::CKO_PUBLIC_KEY, c::CKK_RSA)
                .bytes(c::CKA_MODULUS, &modulus)
                .bytes(c::CKA_PUBLIC_EXPONENT, &[1, 0, 1]);
            assert_eq!(
                m.create_object(s, &template),
                Err(c::CKR_ATTRIBUTE_VALUE_INVALID)
            );
        },
        |_| {},
    );
}

#[test]
fn post_quantum_keys_of_wrong_lengths_and_sets_are_refused() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let of_set =
                |class, key_type, set| of(class, key_type).number(c::CKA_PARAMETER_SET, set);
            for (template, expected) in [
                (
                    of_set(c::CKO_PUBLIC_KEY, c::CKK_ML_DSA, 9).bytes(c::CKA_VALUE, &[0; 1312]),
                    c::CKR_ATTRIBUTE_VALUE_INVALID,
                ),
                (
                    of_set(c::CKO_PUBLIC_KEY, c::CKK_ML_DSA, 1).bytes(c::CKA_VALUE, &[0; 1311]),
                    c::CKR_ATTRIBUTE_VALUE_INVALID,
                ),
                // Coefficients that are not below the modulus.
                (
                    of_set(c::CKO_PUBLIC_KEY, c::CKK_ML_KEM, 1).bytes(c::CKA_VALUE, &[0xff; 800]),
                    c::CKR_ATTRIBUTE_VALUE_INVALID,
                ),
                (
                    of_set(c::CKO_PRIVATE_KEY, c::CKK_ML_KEM, 1),
                    c::CKR_TEMPLATE_INCOMPLETE,
                ),
                (
                    of(c::CKO_PUBLIC_KEY, c::CKK_ML_KEM).bytes(c::CKA_VALUE, &[0; 800]),
                    c::CKR_TEMPLATE_INCOMPLETE,
                ),
            ] {
                assert_eq!(m.create_object(s, &template), Err(expected), "{template:?}");
            }
            for (key_type, set, value) in [
                (c::CKK_ML_KEM, 1, vec![0; 1632]),
                (c::CKK_ML_KEM, 1, vec![0; 1631]),
                (c::CKK_ML_DSA, 1, vec![0xff; 2560]),
                (c::CKK_SLH_DSA, 3, vec![1; 64]),
            ] {
                let template =
                    of_set(c::CKO_PRIVATE_KEY, key_type, set).bytes(c::CKA_VALUE, &value);
                assert!(m.create_object(s, &template).is_err(), "{key_type:#x}");
            }
            let generate = |set| {
                let session = Template::new().flag(c::CKA_TOKEN, false);
                let public = session.clone().number(c::CKA_PARAMETER_SET, set);
                m.generate_key_pair(s, c::CKM_ML_DSA_KEY_PAIR_GEN, &public, &session)
            };
            assert!(generate(3).is_ok());
            assert_eq!(generate(4), Err(c::CKR_ATTRIBUTE_VALUE_INVALID));
        },
        |_| {},
    );
}

/// A square: the prime below, twice. Encryption and decryption with it are inverse of each other, so that a check by
/// trying does not find it; whoever has the public key has its root.
const SQUARE: &str = concat!(
    "900000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
    "000000000000000000000000000004758000000000000000000000000000000000000000000000000000000000000000",
    "000000000000000000000000000000000000000000000000000000000008d631",
);
const ROOT: &str = concat!(
    "c00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
    "000000000000000000000000000002f9",
);
const PRIVATE_EXPONENT: &str = concat!(
    "70aecf5130aecf5130aecf5130aecf5130aecf5130aecf5130aecf5130aecf5130aecf5130aecf5130aecf5130aecf51",
    "30aecf5130aecf5130aecf5130aed2cdd981267ed981267ed981267ed981267ed981267ed981267ed981267ed981267e",
    "d981267ed981267ed981267ed981267ed981267ed981267ed981267ed9880e61",
);
const EXPONENT_OF_ROOT: &str = concat!(
    "10372fc8d0372fc8d0372fc8d0372fc8d0372fc8d0372fc8d0372fc8d0372fc8d0372fc8d0372fc8d0372fc8d0372fc8",
    "d0372fc8d0372fc8d0372fc8d0373009",
);

#[test]
fn an_rsa_key_of_one_prime_twice_is_refused() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let number = |text| hex::decode(text).unwrap();
            let square = || {
                of(c::CKO_PRIVATE_KEY, c::CKK_RSA)
                    .bytes(c::CKA_MODULUS, &number(SQUARE))
                    .bytes(c::CKA_PUBLIC_EXPONENT, &[1, 0, 1])
                    .bytes(c::CKA_PRIVATE_EXPONENT, &number(PRIVATE_EXPONENT))
            };
            let complete = square()
                .bytes(c::CKA_PRIME_1, &number(ROOT))
                .bytes(c::CKA_PRIME_2, &number(ROOT))
                .bytes(c::CKA_EXPONENT_1, &number(EXPONENT_OF_ROOT))
                .bytes(c::CKA_EXPONENT_2, &number(EXPONENT_OF_ROOT))
                .bytes(c::CKA_COEFFICIENT, &[1]);
            for template in [complete, square()] {
                let refused = m.create_object(s, &template);
                assert!(refused.is_err(), "{refused:x?}");
            }
        },
        |_| {},
    );
}
