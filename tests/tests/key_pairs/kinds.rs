//! Every kind of key pair with every mechanism that takes it.

use hsm_algorithms::{
    Algorithm, Digest, Family, Generator, KeyKind, KeySpec, ParametersKind, Purpose,
};
use hsm_tests::Daemon;
use hsm_tests::c_caller::{CModule, Mechanism, Template, Word, cryptoki_sys as c};
use hsm_tests::in_module_process;

use crate::{Session, field, of, readable_secret, user, with_context};

/// The sets of SLH-DSA that sign in milliseconds; the others differ from them in numbers alone.
const FAST: &[KeyKind] = &[KeyKind::SlhDsaSha2_128f, KeyKind::SlhDsaShake128f];

pub(crate) fn make(
    m: &CModule,
    s: Session,
    kind: KeyKind,
) -> (c::CK_OBJECT_HANDLE, c::CK_OBJECT_HANDLE) {
    let generator = Generator::ALL
        .iter()
        .find(|generator| generator.makes_key_pairs() && generator.row().kinds.contains(&kind))
        .unwrap();
    let session = Template::new().flag(c::CKA_TOKEN, false);
    let public = match (kind.curve(), kind.post_quantum()) {
        (Some(curve), _) => session.bytes(c::CKA_EC_PARAMS, curve.parameters_der()),
        (None, Some(set)) => session.number(c::CKA_PARAMETER_SET, set.pkcs11),
        (None, None) if kind != KeyKind::Rsa => {
            session.joined(field::group_of(m, s, KeySpec::of_kind(kind)))
        }
        (None, None) => session.number(c::CKA_MODULUS_BITS, 2048),
    };
    let private = Template::new()
        .flag(c::CKA_TOKEN, false)
        .flag(c::CKA_DERIVE, true)
        .flag(c::CKA_EXTRACTABLE, true)
        .flag(c::CKA_SENSITIVE, false);
    m.generate_key_pair(s, generator.row().pkcs11, &public, &private)
        .unwrap_or_else(|error| panic!("{kind:?}: {error:#x}"))
}

fn kinds() -> impl Iterator<Item = KeyKind> {
    let is_slow = |kind: &KeyKind| kind.key_type() == c::CKK_SLH_DSA && !FAST.contains(kind);
    KeyKind::ALL
        .iter()
        .copied()
        .filter(move |kind| kind.is_key_pair() && !is_slow(kind))
}

/// The algorithms for a kind of key that PKCS#11 has a mechanism for.
fn mechanisms_of(kind: KeyKind) -> impl Iterator<Item = Algorithm> {
    let fits = move |one: &Algorithm| one.takes(kind) && one.row().pkcs11.is_some();
    Algorithm::ALL.iter().copied().filter(fits)
}

/// A mechanism with the parameters that it needs, and what it signs.
fn signing(algorithm: Algorithm) -> (Mechanism, Vec<u8>) {
    let mechanism = algorithm.row().pkcs11.unwrap();
    let digest = hsm_aws_lc::digest::digest(Digest::Sha256, b"text").unwrap();
    let digest = digest.as_ref().to_vec();
    match algorithm.row().parameters {
        ParametersKind::Signature => (with_context(mechanism, b"context"), b"text".to_vec()),
        ParametersKind::HashSignature => {
            let parameter = [
                Word::Number(c::CKH_HEDGE_REQUIRED),
                Word::Pointer(b"context".to_vec()),
                Word::Number(7),
                Word::Number(c::CKM_SHA256),
            ];
            (Mechanism::structured(mechanism, &parameter), digest)
        }
        ParametersKind::Pss => {
            let hash = algorithm.digest().unwrap_or(Digest::Sha256).row();
            let parameter = [
                Word::Number(hash.mechanism),
                Word::Number(hash.mgf1.unwrap()),
                Word::Number(20),
            ];
            let message = algorithm.digest().map_or(digest, |_| b"text".to_vec());
            (Mechanism::structured(mechanism, &parameter), message)
        }
        _ if algorithm.digest().is_some() => (Mechanism::plain(mechanism), b"text".to_vec()),
        _ => (Mechanism::plain(mechanism), digest),
    }
}

/// A signature has up to 49,856 bytes, and is computed on a secret stack of the daemon, which must hold it.
#[test]
fn the_largest_signatures_of_slh_dsa_fit_the_daemons_stacks() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            for kind in [
                KeyKind::SlhDsaSha2_192f,
                KeyKind::SlhDsaShake192f,
                KeyKind::SlhDsaSha2_256f,
                KeyKind::SlhDsaShake256f,
            ] {
                let (public, private) = make(&m, s, kind);
                let mut mechanism = Mechanism::plain(c::CKM_SLH_DSA);
                m.sign_init(s, &mut mechanism, private).unwrap();
                let mut signature = vec![0; 49_856];
                let given = m
                    .sign(s, b"text", &mut signature)
                    .unwrap_or_else(|error| panic!("{kind:?}: {error:#x}"));
                signature.truncate(given);
                m.verify(s, &mut mechanism, public, b"text", &signature)
                    .unwrap_or_else(|error| panic!("{kind:?}: {error:#x}"));
            }
        },
        |_| {},
    );
}

#[test]
fn every_kind_signs_and_verifies_with_every_mechanism_that_takes_it() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let mut signatures = 0;
            for kind in kinds() {
                let signs: Vec<_> = mechanisms_of(kind)
                    .filter(|one| one.is_for(Purpose::Sign))
                    .collect();
                if signs.is_empty() {
                    continue;
                }
                let (public, private) = make(&m, s, kind);
                for algorithm in signs {
                    let (mut mechanism, message) = signing(algorithm);
                    m.sign_init(s, &mut mechanism, private)
                        .unwrap_or_else(|error| panic!("{kind:?} {algorithm}: {error:#x}"));
                    let mut signature = vec![0; 40_000];
                    let given = m
                        .sign(s, &message, &mut signature)
                        .unwrap_or_else(|error| panic!("{kind:?} {algorithm}: {error:#x}"));
                    signature.truncate(given);
                    let verify = |signature: &[u8], message: &[u8]| {
                        let (mut mechanism, _) = signing(algorithm);
                        m.verify(s, &mut mechanism, public, message, signature)
                    };
                    assert_eq!(verify(&signature, &message), Ok(()), "{kind:?} {algorithm}");
                    let mut changed = message.clone();
                    changed[0] ^= 1;
                    assert!(
                        verify(&signature, &changed).is_err(),
                        "{kind:?} {algorithm}"
                    );
                    assert_eq!(
                        verify(&signature[1..], &message),
                        Err(c::CKR_SIGNATURE_LEN_RANGE),
                        "{kind:?} {algorithm}"
                    );
                    signatures += 1;
                }
            }
            assert!(signatures > 150, "only {signatures}");
        },
        |_| {},
    );
}

#[test]
fn every_kind_is_wrapped_read_and_brought_back() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let template = Template::new()
                .flag(c::CKA_TOKEN, false)
                .number(c::CKA_VALUE_LEN, 32);
            let wrapping = m.generate_key(s, c::CKM_AES_KEY_GEN, &template).unwrap();
            for kind in kinds() {
                let (public, private) = make(&m, s, kind);
                let info = m.attribute(s, public, c::CKA_PUBLIC_KEY_INFO).unwrap();
                assert_eq!(
                    m.attribute(s, private, c::CKA_PUBLIC_KEY_INFO).as_ref(),
                    Ok(&info),
                    "{kind:?}"
                );

                let mut kwp = Mechanism::plain(c::CKM_AES_KEY_WRAP_KWP);
                let wrapped = m.wrap_key(s, &mut kwp, wrapping, private).unwrap();
                let template = of(c::CKO_PRIVATE_KEY, kind.key_type())
                    .flag(c::CKA_DERIVE, true)
                    .flag(c::CKA_SENSITIVE, false)
                    .flag(c::CKA_EXTRACTABLE, true);
                let mut kwp = Mechanism::plain(c::CKM_AES_KEY_WRAP_KWP);
                let again = m
                    .unwrap_key(s, &mut kwp, wrapping, &wrapped, &template)
                    .unwrap();
                assert_eq!(
                    m.attribute(s, again, c::CKA_PUBLIC_KEY_INFO).as_ref(),
                    Ok(&info),
                    "{kind:?}"
                );

                let mut derive = Mechanism::plain(c::CKM_PUB_KEY_FROM_PRIV_KEY);
                let template = Template::new().flag(c::CKA_TOKEN, false);
                let half = m.derive_key(s, &mut derive, again, &template).unwrap();
                assert_eq!(m.number(s, half, c::CKA_CLASS), Ok(c::CKO_PUBLIC_KEY));
                assert_eq!(
                    m.attribute(s, half, c::CKA_PUBLIC_KEY_INFO).as_ref(),
                    Ok(&info),
                    "{kind:?}"
                );

                let Some(set) = kind.post_quantum() else {
                    continue;
                };
                let value = m.attribute(s, private, c::CKA_VALUE).unwrap();
                assert_eq!(value.len(), set.private_key_bytes, "{kind:?}");
                let mut imports = vec![
                    of(c::CKO_PRIVATE_KEY, kind.key_type())
                        .number(c::CKA_PARAMETER_SET, set.pkcs11)
                        .bytes(c::CKA_VALUE, &value),
                ];
                if set.seed_bytes > 0 {
                    let seed = m.attribute(s, private, c::CKA_SEED).unwrap();
                    assert_eq!(seed.len(), set.seed_bytes, "{kind:?}");
                    imports.push(
                        of(c::CKO_PRIVATE_KEY, kind.key_type())
                            .number(c::CKA_PARAMETER_SET, set.pkcs11)
                            .bytes(c::CKA_SEED, &seed),
                    );
                }
                for template in imports {
                    let object = m.create_object(s, &template).unwrap();
                    assert_eq!(
                        m.attribute(s, object, c::CKA_PUBLIC_KEY_INFO).as_ref(),
                        Ok(&info),
                        "{kind:?}"
                    );
                }
            }
        },
        |_| {},
    );
}

#[test]
fn keys_travel_under_rsa_and_every_curve_with_an_aes_key_between() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let secret = m
                .create_object(s, &readable_secret().bytes(c::CKA_VALUE, &[7; 100]))
                .unwrap();
            let oaep: Vec<u8> = [
                c::CKM_SHA384,
                c::CKG_MGF1_SHA256,
                c::CKZ_DATA_SPECIFIED,
                0,
                0,
            ]
            .iter()
            .flat_map(|word| word.to_ne_bytes())
            .collect();
            let mut used = 0;
            for kind in kinds() {
                for algorithm in mechanisms_of(kind) {
                    let parameter = match algorithm.family() {
                        Family::RsaAesKeyWrap => {
                            vec![Word::Number(256), Word::Pointer(oaep.clone())]
                        }
                        Family::EcdhAesKeyWrap => vec![
                            Word::Number(192),
                            Word::Number(c::CKD_SHA256_KDF),
                            Word::Number(4),
                            Word::Pointer(b"both".to_vec()),
                        ],
                        _ => continue,
                    };
                    let (public, private) = make(&m, s, kind);
                    let mechanism =
                        || Mechanism::structured(algorithm.row().pkcs11.unwrap(), &parameter);
                    let wrapped = m
                        .wrap_key(s, &mut mechanism(), public, secret)
                        .unwrap_or_else(|error| panic!("{kind:?} {algorithm}: {error:#x}"));
                    let open = |wrapped: &[u8]| {
                        m.unwrap_key(s, &mut mechanism(), private, wrapped, &readable_secret())
                    };
                    let again = open(&wrapped).unwrap();
                    assert_eq!(
                        m.attribute(s, again, c::CKA_VALUE).as_deref(),
                        Ok(&[7; 100][..])
                    );
                    let mut changed = wrapped.clone();
                    *changed.last_mut().unwrap() ^= 1;
                    assert_eq!(open(&changed), Err(c::CKR_WRAPPED_KEY_INVALID));
                    assert_eq!(open(&wrapped[..9]), Err(c::CKR_WRAPPED_KEY_INVALID));
                    used += 1;
                }
            }
            assert!(used > 20, "only {used}");
        },
        |_| {},
    );
}

#[test]
fn eddsa_honours_its_parameters() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let (public, private) = make(&m, s, KeyKind::Ed25519);
            let eddsa = |is_prehashed: bool, context: &[u8]| {
                let parameter = [
                    Word::Number(u64::from(is_prehashed)),
                    Word::Number(context.len() as u64),
                    Word::Pointer(context.to_vec()),
                ];
                Mechanism::structured(c::CKM_EDDSA, &parameter)
            };
            let plain = || Mechanism::plain(c::CKM_EDDSA);
            let variants: [&dyn Fn() -> Mechanism; 4] = [
                &plain,
                &|| eddsa(false, b"one"),
                &|| eddsa(false, b"two"),
                &|| eddsa(true, b""),
            ];
            for (index, made_with) in variants.iter().enumerate() {
                let signature = m.signature(s, &mut made_with(), private, b"text").unwrap();
                for (other, checked_with) in variants.iter().enumerate() {
                    let verified = m.verify(s, &mut checked_with(), public, b"text", &signature);
                    assert_eq!(verified.is_ok(), index == other, "{index} {other}");
                }
            }
            let too_long = m.sign_init(s, &mut eddsa(false, &[1; 256]), private);
            assert_eq!(too_long, Err(c::CKR_MECHANISM_PARAM_INVALID));
        },
        |_| {},
    );
}

#[test]
fn ml_kem_gives_both_sides_the_same_secret() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            for kind in [KeyKind::MlKem512, KeyKind::MlKem768, KeyKind::MlKem1024] {
                let (public, private) = make(&m, s, kind);
                let mechanism = || Mechanism::plain(c::CKM_ML_KEM);
                let (ciphertext, key) = m
                    .encapsulate(s, &mut mechanism(), public, &readable_secret())
                    .unwrap();
                let secret = m.attribute(s, key, c::CKA_VALUE).unwrap();
                assert_eq!(secret.len(), 32, "{kind:?}");
                let take = |ciphertext: &[u8]| {
                    m.decapsulate(s, &mut mechanism(), private, &readable_secret(), ciphertext)
                };
                let taken = take(&ciphertext).unwrap();
                assert_eq!(m.attribute(s, taken, c::CKA_VALUE), Ok(secret.clone()));
                let mut changed = ciphertext.clone();
                changed[0] ^= 1;
                let other = take(&changed).unwrap();
                assert_ne!(m.attribute(s, other, c::CKA_VALUE), Ok(secret));
                assert!(take(&ciphertext[1..]).is_err(), "{kind:?}");

                let with_value = readable_secret().bytes(c::CKA_VALUE, &[1; 32]);
                let refused = m.encapsulate(s, &mut mechanism(), public, &with_value);
                assert!(refused.is_err(), "{kind:?}");
            }
        },
        |_| {},
    );
}

#[test]
fn sizes_of_every_kind_are_those_of_the_mechanism() {
    for kind in kinds() {
        let spec = KeySpec::of_kind(kind);
        for algorithm in mechanisms_of(kind) {
            let info = hsm_algorithms::mechanism_info(algorithm.row().pkcs11.unwrap()).unwrap();
            let size = match kind.row().unit {
                hsm_algorithms::SizeUnit::Bits => u64::from(spec.bits()),
                hsm_algorithms::SizeUnit::Bytes => spec.length_bytes() as u64,
            };
            assert!(
                (info.key_size_min..=info.key_size_max).contains(&size)
                    || algorithm.family() == Family::PublicFromPrivate,
                "{kind:?} {algorithm}"
            );
        }
    }
}

#[test]
fn keys_of_strong_primes_are_rsa_keys() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let public = Template::new()
                .flag(c::CKA_TOKEN, false)
                .number(c::CKA_MODULUS_BITS, 1024);
            let private = Template::new().flag(c::CKA_TOKEN, false);
            let generator = c::CKM_RSA_X9_31_KEY_PAIR_GEN;
            let (public, private) = m
                .generate_key_pair(s, generator, &public, &private)
                .unwrap();
            assert_eq!(
                m.number(s, private, c::CKA_KEY_GEN_MECHANISM),
                Ok(generator)
            );
            for kind in [c::CKM_SHA256_RSA_PKCS, c::CKM_SHA1_RSA_X9_31] {
                let mut mechanism = Mechanism::plain(kind);
                let signature = m.signature(s, &mut mechanism, private, b"text").unwrap();
                let mut mechanism = Mechanism::plain(kind);
                let verified = m.verify(s, &mut mechanism, public, b"text", &signature);
                assert_eq!(verified, Ok(()));
            }
        },
        |_| {},
    );
}
