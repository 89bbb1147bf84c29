//! The same computation by two libraries: whatever the input, they must agree.

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aws_lc_rs::key_wrap::{AES_128, AES_256, AesKek, KeyWrap as _, KeyWrapPadded as _};
use ed25519_dalek::Signer as _;
use hsm_algorithms::pkcs11::CKK_GENERIC_SECRET;
use hsm_algorithms::{Algorithm, Curve, EcdhParameters, GcmParameters, Kdf, KeyKind, Parameters};
use hsm_aws_lc::Message;
use hsm_aws_lc::public::{self, PublicKey};
use hsmd_vault::engines::{self, ImportedKey, KeyTarget, OpenedKey};
use p384::ecdsa::signature::hazmat::{PrehashSigner as _, PrehashVerifier as _};
use p384::ecdsa::{Signature, SigningKey};
use p384::elliptic_curve::sec1::ToSec1Point as _;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::secret;

fn any_p384_key() -> impl Strategy<Value = p384::SecretKey> {
    any::<[u8; 48]>().prop_filter_map("not a scalar of the curve", |bytes| {
        p384::SecretKey::from_slice(&bytes).ok()
    })
}

fn on_p384(key: &p384::SecretKey) -> OpenedKey {
    OpenedKey::import(&ImportedKey::Curve {
        curve: Curve::P384,
        private: &key.to_bytes(),
    })
    .unwrap()
}

fn point_of(key: &p384::SecretKey) -> Vec<u8> {
    key.public_key().to_sec1_point(false).as_bytes().to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn p384_signatures_verify_in_both_directions(key in any_p384_key(), digest in vec(any::<u8>(), 48..=48)) {
        let ours = on_p384(&key);
        let message = Message::Whole(&digest);
        let made = engines::sign(&ours, Algorithm::Ecdsa, &Parameters::None, message).unwrap();
        let theirs = SigningKey::from(&key);
        theirs.verifying_key().verify_prehash(&digest, &Signature::from_slice(&made).unwrap()).unwrap();

        let signature: Signature = theirs.sign_prehash(&digest).unwrap();
        let public = PublicKey::ec(Curve::P384, &point_of(&key)).unwrap();
        public::verify(Algorithm::Ecdsa, &Parameters::None, &public, message, &signature.to_bytes()).unwrap();
        prop_assert_eq!(ours.public().unwrap().unwrap().point().unwrap(), Some((Curve::P384, point_of(&key))));
    }

    #[test]
    fn p384_agreements_are_equal(key in any_p384_key(), other in any_p384_key()) {
        let shared = p384::ecdh::diffie_hellman(key.to_nonzero_scalar(), other.public_key().as_affine());
        let ecdh = EcdhParameters { public_point: point_of(&other), kdf: Kdf::Null, shared_data: vec![] };
        let target = KeyTarget { key_type: CKK_GENERIC_SECRET, length_bytes: None };
        let derived = engines::derive(&on_p384(&key), None, Algorithm::Ecdh, &Parameters::Ecdh(ecdh), target).unwrap();
        let value = &derived.secret_attributes().unwrap()[0].1;
        prop_assert_eq!(value.expose(), &shared.raw_secret_bytes()[..]);
    }

    #[test]
    fn ed25519_signatures_are_equal(seed in any::<[u8; 32]>(), message in vec(any::<u8>(), 0..300)) {
        let ours = OpenedKey::import(&ImportedKey::Curve { curve: Curve::Ed25519, private: &seed }).unwrap();
        let made = engines::sign(&ours, Algorithm::EdDsa, &Parameters::None, Message::Whole(&message)).unwrap();
        let theirs = ed25519_dalek::SigningKey::from_bytes(&seed);
        prop_assert_eq!(&made[..], &theirs.sign(&message).to_bytes()[..]);
        let point = ours.public().unwrap().unwrap().point().unwrap();
        prop_assert_eq!(point, Some((Curve::Ed25519, theirs.verifying_key().to_bytes().to_vec())));
    }

    #[test]
    fn gcm_ciphertexts_are_equal(
        key in any::<[u8; 32]>(),
        iv in any::<[u8; 12]>(),
        aad in vec(any::<u8>(), 0..100),
        plaintext in vec(any::<u8>(), 0..1000),
    ) {
        let parameters = Parameters::Gcm(GcmParameters { iv: iv.to_vec(), aad: aad.clone(), tag_bits: 128 });
        let ours = secret(KeyKind::Aes, &key).unwrap();
        let made = engines::encrypt(&ours, Algorithm::AesGcm, &parameters, &plaintext).unwrap();
        let payload = Payload { msg: &plaintext, aad: &aad };
        let theirs = aes_gcm::Aes256Gcm::new(&key.into()).encrypt(&iv.into(), payload).unwrap();
        prop_assert_eq!(made, theirs);
    }

    #[test]
    fn key_wrappings_are_equal(
        key in any::<[u8; 32]>(),
        is_long in any::<bool>(),
        blocks in 2_usize..16,
        padded_length in 1_usize..200,
        content in any::<u8>(),
    ) {
        let (key, cipher) = if is_long { (&key[..], &AES_256) } else { (&key[..16], &AES_128) };
        let ours = secret(KeyKind::Aes, key).unwrap();
        let mut room = [0; 512];

        let plaintext = vec![content; 8 * blocks];
        let made = engines::encrypt(&ours, Algorithm::AesKw, &Parameters::None, &plaintext).unwrap();
        let theirs = AesKek::new(cipher, key).unwrap().wrap(&plaintext, &mut room).unwrap();
        prop_assert_eq!(&made[..], &theirs[..]);

        let plaintext = vec![content; padded_length];
        let made = engines::encrypt(&ours, Algorithm::AesKwp, &Parameters::None, &plaintext).unwrap();
        let theirs = AesKek::new(cipher, key).unwrap().wrap_with_padding(&plaintext, &mut room).unwrap();
        prop_assert_eq!(&made[..], &theirs[..]);
    }
}
