//! The `cryptoki` crate as an application uses it: every family of algorithms that the token has.

use std::env;

use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    error::{Error, RvError},
    mechanism::{
        Mechanism, MechanismType,
        aead::GcmParams,
        eddsa::{EddsaParams, EddsaSignatureScheme},
        elliptic_curve::{EcKdf, Ecdh1DeriveParams},
        rsa::{PkcsMgfType, PkcsOaepParams, PkcsOaepSource, PkcsPssParams},
    },
    object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle},
    session::{Session, UserType},
    types::AuthPin,
};
use hsm_tests::{Daemon, in_module_process};

pub(crate) const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];
const P521: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23];
const ED25519: &[u8] = b"\x13\x0cedwards25519";

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

/// The loaded module and a session of the user.
pub(crate) fn session() -> (Pkcs11, Session) {
    let module = Pkcs11::new(variable("PKCS11_MODULE")).unwrap();
    module
        .initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))
        .unwrap();
    let label = variable("HSM_TOKEN_LABEL");
    let slots = module.get_slots_with_token().unwrap();
    let slot = slots
        .into_iter()
        .find(|slot| module.get_token_info(*slot).unwrap().label() == label);
    let session = module
        .open_rw_session(slot.expect("the development token"))
        .unwrap();
    session
        .login(
            UserType::User,
            Some(&AuthPin::new(variable("HSM_PIN").into())),
        )
        .unwrap();
    (module, session)
}

pub(crate) fn rsa(session: &Session) -> (ObjectHandle, ObjectHandle) {
    let public = [
        Attribute::Token(false),
        Attribute::Encrypt(true),
        Attribute::Verify(true),
        Attribute::ModulusBits(2048.into()),
        Attribute::PublicExponent(vec![1, 0, 1]),
    ];
    let private = [
        Attribute::Token(false),
        Attribute::Decrypt(true),
        Attribute::Sign(true),
    ];
    session
        .generate_key_pair(&Mechanism::RsaPkcsKeyPairGen, &public, &private)
        .unwrap()
}

pub(crate) fn ec(session: &Session, curve: &[u8]) -> (ObjectHandle, ObjectHandle) {
    let public = [
        Attribute::Token(false),
        Attribute::Verify(true),
        Attribute::EcParams(curve.to_vec()),
    ];
    let private = [
        Attribute::Token(false),
        Attribute::Sign(true),
        Attribute::Derive(true),
    ];
    let mechanism = if curve == ED25519 {
        Mechanism::EccEdwardsKeyPairGen
    } else {
        Mechanism::EccKeyPairGen
    };
    session
        .generate_key_pair(&mechanism, &public, &private)
        .unwrap()
}

pub(crate) fn aes(session: &Session, more: &[Attribute]) -> ObjectHandle {
    let template = [
        Attribute::Token(false),
        Attribute::ValueLen(32.into()),
        Attribute::Encrypt(true),
        Attribute::Decrypt(true),
        Attribute::Sensitive(true),
    ];
    session
        .generate_key(&Mechanism::AesKeyGen, &[&template[..], more].concat())
        .unwrap()
}

#[test]
fn every_signature_algorithm_signs_and_verifies() {
    in_module_process(
        Daemon::dev,
        || {
            let (_module, session) = session();
            let (public, private) = rsa(&session);
            let pss = PkcsPssParams {
                hash_alg: MechanismType::SHA256,
                mgf: PkcsMgfType::MGF1_SHA256,
                s_len: 32.into(),
            };
            for mechanism in [
                Mechanism::RsaPkcs,
                Mechanism::Sha256RsaPkcs,
                Mechanism::Sha384RsaPkcs,
                Mechanism::Sha512RsaPkcs,
                Mechanism::Sha256RsaPkcsPss(pss),
            ] {
                signs_and_verifies(&session, &mechanism, private, public);
            }
            for curve in [P256, P384, P521] {
                let (public, private) = ec(&session, curve);
                for mechanism in [
                    Mechanism::EcdsaSha256,
                    Mechanism::EcdsaSha384,
                    Mechanism::EcdsaSha512,
                ] {
                    signs_and_verifies(&session, &mechanism, private, public);
                }
            }
            let (public, private) = ec(&session, ED25519);
            let pure = EddsaParams::new(EddsaSignatureScheme::Pure);
            signs_and_verifies(&session, &Mechanism::Eddsa(pure), private, public);
        },
        |_| {},
    );
}

fn signs_and_verifies(
    session: &Session,
    mechanism: &Mechanism<'_>,
    private: ObjectHandle,
    public: ObjectHandle,
) {
    let mut signature = session.sign(mechanism, private, b"a message").unwrap();
    session
        .verify(mechanism, public, b"a message", &signature)
        .unwrap();
    let of_another = session.verify(mechanism, public, b"another message", &signature);
    assert!(
        matches!(of_another, Err(Error::Pkcs11(RvError::SignatureInvalid, _))),
        "{of_another:?}"
    );
    signature[10] ^= 1;
    let changed = session.verify(mechanism, public, b"a message", &signature);
    assert!(
        matches!(changed, Err(Error::Pkcs11(RvError::SignatureInvalid, _))),
        "{changed:?}"
    );
    signature.pop();
    let short = session.verify(mechanism, public, b"a message", &signature);
    let expected = matches!(
        short,
        Err(Error::Pkcs11(
            RvError::SignatureLenRange | RvError::SignatureInvalid,
            _
        ))
    );
    assert!(expected, "{short:?}");
}

#[test]
fn a_message_in_parts_has_the_signature_of_the_whole() {
    in_module_process(
        Daemon::dev,
        || {
            let (_module, session) = session();
            let (public, private) = rsa(&session);
            let message = vec![0x5a; 100_000];
            session
                .sign_init(&Mechanism::Sha256RsaPkcs, private)
                .unwrap();
            for part in message.chunks(999) {
                session.sign_update(part).unwrap();
            }
            let signature = session.sign_final().unwrap();
            assert_eq!(
                signature,
                session
                    .sign(&Mechanism::Sha256RsaPkcs, private, &message)
                    .unwrap()
            );
            session
                .verify_init(&Mechanism::Sha256RsaPkcs, public)
                .unwrap();
            for part in message.chunks(1_001) {
                session.verify_update(part).unwrap();
            }
            session.verify_final(&signature).unwrap();
        },
        |_| {},
    );
}

#[test]
fn every_cipher_gives_back_what_it_took() {
    in_module_process(
        Daemon::dev,
        || {
            let (_module, session) = session();
            let key = aes(&session, &[]);
            for length in [16, 64, 4096, 300_000] {
                let plain: Vec<u8> = (0..length).map(|index: u32| (index % 251) as u8).collect();
                let mut iv = [7; 12];
                let gcm =
                    Mechanism::AesGcm(GcmParams::new(&mut iv, b"with this", 128.into()).unwrap());
                let cipher = session.encrypt(&gcm, key, &plain).unwrap();
                assert_eq!(cipher.len(), plain.len() + 16);
                assert_eq!(session.decrypt(&gcm, key, &cipher).unwrap(), plain);
                let mut changed = cipher.clone();
                changed[3] ^= 1;
                assert!(
                    session.decrypt(&gcm, key, &changed).is_err(),
                    "a changed ciphertext is refused"
                );
                for mechanism in [Mechanism::AesCbc([3; 16]), Mechanism::AesCbcPad([3; 16])] {
                    let cipher = session.encrypt(&mechanism, key, &plain).unwrap();
                    assert_eq!(session.decrypt(&mechanism, key, &cipher).unwrap(), plain);
                }
                session
                    .encrypt_init(&Mechanism::AesCbcPad([3; 16]), key)
                    .unwrap();
                let mut in_parts = Vec::new();
                for part in plain.chunks(1_000) {
                    in_parts.extend(session.encrypt_update(part).unwrap());
                }
                in_parts.extend(session.encrypt_final().unwrap());
                assert_eq!(
                    in_parts,
                    session
                        .encrypt(&Mechanism::AesCbcPad([3; 16]), key, &plain)
                        .unwrap()
                );
            }
            let (public, private) = rsa(&session);
            for (hash, mgf) in [
                (MechanismType::SHA1, PkcsMgfType::MGF1_SHA1),
                (MechanismType::SHA256, PkcsMgfType::MGF1_SHA256),
            ] {
                let oaep =
                    Mechanism::RsaPkcsOaep(PkcsOaepParams::new(hash, mgf, PkcsOaepSource::empty()));
                let cipher = session.encrypt(&oaep, public, b"a session key").unwrap();
                assert_eq!(
                    session.decrypt(&oaep, private, &cipher).unwrap(),
                    b"a session key"
                );
            }
            let cipher = session
                .encrypt(&Mechanism::RsaPkcs, public, b"a session key")
                .unwrap();
            assert_eq!(
                session
                    .decrypt(&Mechanism::RsaPkcs, private, &cipher)
                    .unwrap(),
                b"a session key"
            );
        },
        |_| {},
    );
}

#[test]
fn a_key_is_wrapped_and_unwrapped() {
    in_module_process(
        Daemon::dev,
        || {
            let (_module, session) = session();
            let wrapping = aes(&session, &[Attribute::Wrap(true), Attribute::Unwrap(true)]);
            let key = aes(&session, &[Attribute::Extractable(true)]);
            for mechanism in [Mechanism::AesKeyWrap, Mechanism::AesKeyWrapPad] {
                let wrapped = session.wrap_key(&mechanism, wrapping, key).unwrap();
                let template = [
                    Attribute::Class(ObjectClass::SECRET_KEY),
                    Attribute::KeyType(KeyType::AES),
                    Attribute::Token(false),
                    Attribute::Encrypt(true),
                    Attribute::Decrypt(true),
                ];
                let unwrapped = session
                    .unwrap_key(&mechanism, wrapping, &wrapped, &template)
                    .unwrap();
                let cipher = session
                    .encrypt(&Mechanism::AesCbcPad([1; 16]), key, b"the same key")
                    .unwrap();
                let plain = session
                    .decrypt(&Mechanism::AesCbcPad([1; 16]), unwrapped, &cipher)
                    .unwrap();
                assert_eq!(plain, b"the same key");
                let mut changed = wrapped.clone();
                changed[0] ^= 1;
                assert!(
                    session
                        .unwrap_key(&mechanism, wrapping, &changed, &template)
                        .is_err()
                );
            }
            let kept = aes(&session, &[Attribute::Extractable(false)]);
            let refused = session.wrap_key(&Mechanism::AesKeyWrapPad, wrapping, kept);
            assert!(
                matches!(refused, Err(Error::Pkcs11(RvError::KeyUnextractable, _))),
                "{refused:?}"
            );
        },
        |_| {},
    );
}

#[test]
fn two_sides_derive_the_same_key() {
    in_module_process(
        Daemon::dev,
        || {
            let (_module, session) = session();
            for curve in [P256, P384, P521] {
                let (ours, theirs) = (ec(&session, curve), ec(&session, curve));
                let derive = |private, public| {
                    let point = session
                        .get_attributes(public, &[AttributeType::EcPoint])
                        .unwrap()
                        .remove(0);
                    let Attribute::EcPoint(point) = point else {
                        panic!("no point")
                    };
                    // The point without its OCTET STRING header, which is one byte longer on P-521.
                    let raw = &point[if point[1] & 0x80 == 0 { 2 } else { 3 }..];
                    let parameters = Ecdh1DeriveParams::new(EcKdf::null(), raw);
                    let template = [
                        Attribute::Class(ObjectClass::SECRET_KEY),
                        Attribute::KeyType(KeyType::GENERIC_SECRET),
                        Attribute::ValueLen(32.into()),
                        Attribute::Token(false),
                        Attribute::Sensitive(false),
                        Attribute::Extractable(true),
                    ];
                    let key = session
                        .derive_key(&Mechanism::Ecdh1Derive(parameters), private, &template)
                        .unwrap();
                    session
                        .get_attributes(key, &[AttributeType::Value])
                        .unwrap()
                };
                let (one, other) = (derive(ours.1, theirs.0), derive(theirs.1, ours.0));
                let Attribute::Value(secret) = &one[0] else {
                    panic!("no value")
                };
                assert_eq!(secret.len(), 32);
                assert_eq!(format!("{one:?}"), format!("{other:?}"));
            }
        },
        |_| {},
    );
}

#[test]
fn digests_and_macs_are_those_of_the_standard() {
    in_module_process(
        Daemon::dev,
        || {
            let (_module, session) = session();
            let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
            assert_eq!(
                hex::encode(session.digest(&Mechanism::Sha256, b"abc").unwrap()),
                expected
            );
            session.digest_init(&Mechanism::Sha256).unwrap();
            for part in [b"a", b"b", b"c"] {
                session.digest_update(part).unwrap();
            }
            assert_eq!(hex::encode(session.digest_final().unwrap()), expected);
            // RFC 4231, test case 2.
            let template = [
                Attribute::Class(ObjectClass::SECRET_KEY),
                Attribute::KeyType(KeyType::GENERIC_SECRET),
                Attribute::Token(false),
                Attribute::Sign(true),
                Attribute::Verify(true),
                Attribute::Value(b"Jefe".to_vec()),
            ];
            let key = session.create_object(&template).unwrap();
            let mac = session
                .sign(&Mechanism::Sha256Hmac, key, b"what do ya want for nothing?")
                .unwrap();
            assert_eq!(
                hex::encode(&mac),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            );
            session
                .verify(
                    &Mechanism::Sha256Hmac,
                    key,
                    b"what do ya want for nothing?",
                    &mac,
                )
                .unwrap();
            assert!(
                session
                    .verify(&Mechanism::Sha256Hmac, key, b"something else", &mac)
                    .is_err()
            );
        },
        |_| {},
    );
}
