//! Tests of public-key operations.

use super::*;
use crate::private::{
    EcPrivateKey, Ed25519PrivateKey, PrivateKey, RsaPrivateKey, X25519PrivateKey,
};

fn one_key_of_each_kind() -> Vec<PublicKey> {
    let mut keys = vec![
        RsaPrivateKey::generate(1024, &[1, 0, 1])
            .unwrap()
            .public()
            .unwrap(),
        PrivateKey::Ed25519(Ed25519PrivateKey::generate().unwrap())
            .public()
            .unwrap(),
        PrivateKey::X25519(X25519PrivateKey::generate().unwrap())
            .public()
            .unwrap(),
    ];
    for curve in Curve::ALL.iter().filter(|curve| curve.is_nist()) {
        keys.push(EcPrivateKey::generate(*curve).unwrap().public().unwrap());
    }
    keys
}

#[test]
fn a_key_comes_back_from_attributes_and_from_der() {
    for key in one_key_of_each_kind() {
        let (attributes, der) = (key.to_attributes().unwrap(), key.to_spki_der().unwrap());
        for again in [
            PublicKey::from_attributes(&attributes),
            PublicKey::from_spki_der(&der),
        ] {
            let again = again.unwrap();
            assert_eq!(again.to_attributes().unwrap(), attributes, "{key:?}");
            assert_eq!(again.to_spki_der().unwrap(), der, "{key:?}");
            assert_eq!(again.spec(), key.spec(), "{key:?}");
        }
    }
}

#[test]
fn der_with_something_after_it_or_cut_short_is_refused() {
    for key in one_key_of_each_kind() {
        let der = key.to_spki_der().unwrap();
        assert!(
            PublicKey::from_spki_der(&[&der[..], &[0]].concat()).is_err(),
            "{key:?}"
        );
        assert!(
            PublicKey::from_spki_der(&der[..der.len() - 1]).is_err(),
            "{key:?}"
        );
    }
    assert!(PublicKey::from_spki_der(&[]).is_err());
}

#[test]
fn points_are_read_in_every_form_that_tools_write() {
    for key in one_key_of_each_kind() {
        let Some((_, point)) = key.point().unwrap() else {
            continue;
        };
        let mut attributes = key.to_attributes().unwrap();
        attributes.insert(CKA_EC_POINT, &point[..]);
        assert!(
            PublicKey::from_attributes(&attributes).is_ok(),
            "bare, {key:?}"
        );
        let length = u8::try_from(point.len()).unwrap();
        if length < 0x7f {
            attributes.insert(CKA_EC_POINT, [&[0x03, length + 1, 0][..], &point].concat());
            assert!(
                PublicKey::from_attributes(&attributes).is_ok(),
                "in a BIT STRING, {key:?}"
            );
        }
        attributes.insert(CKA_EC_POINT, [&[0x05, length][..], &point].concat());
        assert!(
            PublicKey::from_attributes(&attributes).is_err(),
            "in something else, {key:?}"
        );
        attributes.insert(CKA_EC_POINT, &point[1..]);
        assert!(
            PublicKey::from_attributes(&attributes).is_err(),
            "cut short, {key:?}"
        );
        attributes.remove(CKA_EC_POINT);
        assert!(
            PublicKey::from_attributes(&attributes).is_err(),
            "absent, {key:?}"
        );
    }
}

#[test]
fn points_off_the_curve_are_refused() {
    for curve in Curve::ALL.iter().filter(|curve| curve.is_nist()) {
        let (_, mut point) = EcPrivateKey::generate(*curve)
            .unwrap()
            .public()
            .unwrap()
            .point()
            .unwrap()
            .unwrap();
        *point.last_mut().unwrap() ^= 1;
        assert_eq!(
            PublicKey::ec(*curve, &point).err(),
            Some(Error::KeyInvalid),
            "{curve:?}"
        );
        assert!(
            PublicKey::ec(*curve, &[0]).is_err(),
            "infinity on {curve:?}"
        );
    }
}

#[test]
fn weak_rsa_keys_are_refused() {
    let good = [0xff; 128];
    assert_eq!(
        PublicKey::rsa(&[0xff; 64], &[1, 0, 1]).err(),
        Some(Error::KeySize)
    );
    assert_eq!(
        PublicKey::rsa(&[0xff; 2048], &[1, 0, 1]).err(),
        Some(Error::KeySize)
    );
    for exponent in [&[][..], &[1], &[2], &[1, 0], &[0xff; 100]] {
        assert_eq!(
            PublicKey::rsa(&good, exponent).err(),
            Some(Error::KeyInvalid),
            "{exponent:?}"
        );
    }
}

#[test]
fn raw_signatures_give_their_message_back() {
    let private = RsaPrivateKey::generate(1024, &[3]).unwrap();
    let public = private.public().unwrap();
    let signature = private
        .sign(
            Algorithm::RsassaPkcs1V15,
            &Parameters::None,
            Message::Whole(b"text"),
        )
        .unwrap();
    assert_eq!(
        recover(Algorithm::RsassaPkcs1V15, &public, &signature).unwrap(),
        b"text"
    );
    let hashed = recover(Algorithm::RsassaPkcs1V15Sha256, &public, &signature).err();
    assert_eq!(
        hashed,
        Some(Error::Purpose {
            algorithm: Algorithm::RsassaPkcs1V15Sha256
        })
    );
}

#[test]
fn no_algorithm_verifies_or_encrypts_with_a_key_that_is_not_its_own() {
    for key in one_key_of_each_kind() {
        for algorithm in Algorithm::ALL
            .iter()
            .copied()
            .filter(|algorithm| !algorithm.takes(key.kind()))
        {
            let verified = verify(
                algorithm,
                &Parameters::None,
                &key,
                Message::Whole(&[0; 20]),
                &[0; 64],
            );
            let encrypted = encrypt(algorithm, &Parameters::None, &key, &[0; 20]);
            for error in [verified.err(), encrypted.err()] {
                assert!(
                    matches!(error, Some(Error::KeyType { .. } | Error::Purpose { .. })),
                    "{algorithm}"
                );
            }
        }
    }
}
