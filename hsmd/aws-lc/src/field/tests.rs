//! Groups and keys, good and bad.

use hsm_algorithms::{Algorithm, KeyKind, KeySpec, Parameters};

use super::{FieldGroup, FieldPrivateKey, FieldPublicKey};
use crate::message::Message;
use crate::{Error, public};

fn group(kind: KeyKind, bits: u32) -> FieldGroup {
    FieldGroup::generate(KeySpec::new(kind, bits).unwrap()).unwrap()
}

#[test]
fn dsa_signs_in_new_groups_and_verifies() {
    for (kind, bits) in [
        (KeyKind::Dsa160, 1024),
        (KeyKind::Dsa224, 2048),
        (KeyKind::Dsa256, 2048),
    ] {
        let group = group(kind, bits);
        // What is made passes the check of what is brought.
        let again = FieldGroup::new(group.prime(), group.subprime(), group.base()).unwrap();
        assert_eq!(again, group);
        let key = FieldPrivateKey::generate(&group, None).unwrap();
        assert_eq!(key.spec(), KeySpec::new(kind, bits).unwrap());
        let public = key.public().unwrap();
        let message = Message::Whole(b"text");
        let mut signature = key.sign(Algorithm::DsaSha512, message).unwrap();
        let verify = |signature: &[u8]| {
            public::verify(
                Algorithm::DsaSha512,
                &Parameters::None,
                &public,
                message,
                signature,
            )
        };
        assert_eq!(verify(&signature), Ok(()));
        assert_eq!(verify(&signature[1..]), Err(Error::SignatureLength));
        signature[0] ^= 1;
        assert_eq!(verify(&signature), Err(Error::SignatureInvalid));
        assert!(FieldPrivateKey::generate(&group, Some(200)).is_err());
    }
}

#[test]
fn both_sides_of_diffie_hellman_agree_and_bad_public_keys_are_refused() {
    for bits in [1024, 1536, 2048, 3072, 4096, 6144, 8192] {
        let group = group(KeyKind::Dh, bits);
        assert_eq!(group.spec(), KeySpec::new(KeyKind::Dh, bits));
        let pair = [(); 2].map(|()| FieldPrivateKey::generate(&group, Some(256)).unwrap());
        let public = |key: &FieldPrivateKey| {
            let public = key.public().unwrap().to_attributes().unwrap();
            let value = public.bytes(hsm_algorithms::pkcs11::CKA_VALUE).unwrap();
            value.to_vec()
        };
        let secret = pair[0].agree(&public(&pair[1])).unwrap();
        assert_eq!(secret.len(), bits as usize / 8);
        let other = pair[1].agree(&public(&pair[0])).unwrap();
        assert_eq!(secret.expose(), other.expose());

        let mut last = group.prime().to_vec();
        *last.last_mut().unwrap() -= 1;
        for bad in [&[][..], &[0], &[1], &last, group.prime(), &vec![0xff; 1100]] {
            let refused = pair[0].agree(bad).err();
            assert_eq!(refused, Some(Error::PublicPointInvalid), "{bad:02x?}");
        }
    }
    assert!(FieldGroup::generate(KeySpec::new(KeyKind::Dh, 1088).unwrap()).is_err());
}

#[test]
fn groups_that_are_none_are_refused() {
    let good = group(KeyKind::Dsa160, 1024);
    let order = good.subprime().unwrap();
    let mut even = good.prime().to_vec();
    *even.last_mut().unwrap() ^= 1;
    let mut foreign = order.to_vec();
    *foreign.last_mut().unwrap() ^= 2;
    let last = {
        let mut last = good.prime().to_vec();
        *last.last_mut().unwrap() -= 1;
        last
    };
    for (prime, order, base) in [
        (&even[..], order, good.base()),
        (good.prime(), &foreign[..], good.base()),
        (good.prime(), order, &[1][..]),
        (good.prime(), order, &[2][..]),
        (good.prime(), order, &last[..]),
        (good.prime(), order, good.prime()),
    ] {
        let refused = FieldGroup::new(prime, Some(order), base).err();
        assert_eq!(refused, Some(Error::KeyInvalid));
    }
    let short = FieldGroup::new(&good.prime()[1..], Some(order), good.base());
    assert_eq!(short.err(), Some(Error::KeySize));
    let odd_order = FieldGroup::new(good.prime(), Some(&order[1..]), good.base());
    assert_eq!(odd_order.err(), Some(Error::KeySize));
}

#[test]
fn private_and_public_keys_outside_the_group_are_refused() {
    let group = group(KeyKind::Dsa160, 1024);
    let order = group.subprime().unwrap();
    for private in [&[][..], &[0], order, group.prime()] {
        let refused = FieldPrivateKey::from_number(group.clone(), private);
        assert_eq!(refused.err(), Some(Error::KeyInvalid));
    }
    for public in [&[0][..], &[1], &[2], group.prime()] {
        let refused = FieldPublicKey::new(group.clone(), public);
        assert_eq!(refused.err(), Some(Error::KeyInvalid), "{public:02x?}");
    }
}
