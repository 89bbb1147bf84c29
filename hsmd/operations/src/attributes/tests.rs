//! The rules of PKCS#11 on attributes, and those of the strict profile, on templates as applications send them.

use hsm_algorithms::pkcs11::*;
use hsm_algorithms::{Algorithm, AttributeValue, Attributes, KeySpec};
use hsmd_gate::Visibility;
use hsmd_identity::LoginRole;
use hsmd_keys::TokenProfile::{self, Compatible, Strict};

use super::*;

const USER: Option<LoginRole> = Some(LoginRole::User);
const OFFICER: Option<LoginRole> = Some(LoginRole::SecurityOfficer);
const AES: Implied = Implied {
    class: Some(CKO_SECRET_KEY),
    key_type: Some(CKK_AES),
};
const GENERATED: Birth<'static> = Birth::Generated {
    mechanism: CKM_AES_KEY_GEN,
};

fn template<const N: usize>(attributes: [(u64, AttributeValue); N]) -> Attributes {
    attributes.into_iter().collect()
}

fn aes<const N: usize>(attributes: [(u64, AttributeValue); N]) -> Attributes {
    let mut template = template(attributes);
    template.insert(CKA_VALUE_LEN, 32_u64);
    template
}

fn generated(template: Attributes, profile: TokenProfile) -> Result<Attributes, Error> {
    Draft::new(template, GENERATED, AES, USER, profile).map(|draft| draft.attributes)
}

#[test]
fn a_generated_key_gets_the_defaults_and_its_history() {
    let key = generated(aes([]), Compatible).unwrap();
    for attribute in [
        CKA_PRIVATE,
        CKA_SENSITIVE,
        CKA_ALWAYS_SENSITIVE,
        CKA_NEVER_EXTRACTABLE,
        CKA_LOCAL,
        CKA_MODIFIABLE,
    ] {
        assert!(key.is_set(attribute), "{attribute:#x}");
    }
    for attribute in [
        CKA_TOKEN,
        CKA_EXTRACTABLE,
        CKA_DERIVE,
        CKA_TRUSTED,
        CKA_WRAP_WITH_TRUSTED,
    ] {
        assert_eq!(key.flag(attribute), Some(false), "{attribute:#x}");
    }
    assert_eq!(key.number(CKA_KEY_GEN_MECHANISM), Some(CKM_AES_KEY_GEN));
}

#[test]
fn the_history_of_a_key_is_that_of_its_making() {
    let open = generated(
        aes([
            (CKA_SENSITIVE, false.into()),
            (CKA_EXTRACTABLE, true.into()),
        ]),
        Compatible,
    )
    .unwrap();
    assert_eq!(open.flag(CKA_ALWAYS_SENSITIVE), Some(false));
    assert_eq!(open.flag(CKA_NEVER_EXTRACTABLE), Some(false));
    let value = template([
        (CKA_VALUE, vec![1; 16].into()),
        (CKA_CLASS, CKO_SECRET_KEY.into()),
        (CKA_KEY_TYPE, CKK_AES.into()),
    ]);
    let imported = Draft::new(value, Birth::Created, Implied::default(), USER, Compatible).unwrap();
    assert_eq!(imported.attributes.flag(CKA_ALWAYS_SENSITIVE), Some(false));
    assert_eq!(imported.attributes.flag(CKA_LOCAL), Some(false));
    assert_eq!(
        imported.attributes.number(CKA_KEY_GEN_MECHANISM),
        Some(CK_UNAVAILABLE_INFORMATION)
    );
    assert!(imported.secrets.contains(CKA_VALUE) && !imported.attributes.contains(CKA_VALUE));
}

#[test]
fn templates_that_break_a_rule_are_refused_by_name() {
    let cases: [(Attributes, Error); 5] = [
        (
            aes([(CKA_LOCAL, true.into())]),
            Error::AttributeReadOnly {
                attribute: CKA_LOCAL,
            },
        ),
        (
            aes([(CKA_VALUE, vec![0; 32].into())]),
            Error::AttributeReadOnly {
                attribute: CKA_VALUE,
            },
        ),
        (
            aes([(CKA_TOKEN, 1_u64.into())]),
            Error::AttributeValueInvalid {
                attribute: CKA_TOKEN,
            },
        ),
        (
            aes([(CKA_MODULUS, vec![1].into())]),
            Error::AttributeTypeInvalid {
                attribute: CKA_MODULUS,
            },
        ),
        (
            aes([(CKA_CLASS, CKO_DATA.into())]),
            Error::TemplateInconsistent {
                attribute: CKA_CLASS,
            },
        ),
    ];
    for (template, expected) in cases {
        assert_eq!(generated(template, Compatible).unwrap_err(), expected);
    }
}

#[test]
fn only_the_security_officer_makes_objects_trusted() {
    let trusted = || aes([(CKA_TRUSTED, true.into())]);
    let read_only = Error::AttributeReadOnly {
        attribute: CKA_TRUSTED,
    };
    assert_eq!(generated(trusted(), Compatible).unwrap_err(), read_only);
    assert!(Draft::new(trusted(), GENERATED, AES, OFFICER, Compatible).is_ok());
    let key = generated(aes([]), Compatible).unwrap();
    let change = || template([(CKA_TRUSTED, true.into())]);
    assert_eq!(
        apply_change(&key, change(), USER, Compatible).unwrap_err(),
        read_only
    );
    assert!(
        apply_change(&key, change(), OFFICER, Compatible)
            .unwrap()
            .is_set(CKA_TRUSTED)
    );
}

#[test]
fn a_change_is_all_or_nothing_and_one_way_attributes_stay() {
    let key = generated(aes([(CKA_LABEL, b"before"[..].into())]), Compatible).unwrap();
    let refused = [
        (CKA_SENSITIVE, AttributeValue::Flag(false)),
        (CKA_EXTRACTABLE, true.into()),
        (CKA_CLASS, CKO_DATA.into()),
        (CKA_VALUE_LEN, 16_u64.into()),
        (CKA_TOKEN, true.into()),
        (CKA_VALUE, vec![0; 32].into()),
    ];
    for (attribute, value) in refused {
        let change = template([(CKA_LABEL, b"after"[..].into()), (attribute, value)]);
        assert_eq!(
            apply_change(&key, change, USER, Compatible).unwrap_err(),
            Error::AttributeReadOnly { attribute }
        );
    }
    let changed = apply_change(
        &key,
        template([(CKA_LABEL, b"after"[..].into())]),
        USER,
        Compatible,
    )
    .unwrap();
    assert_eq!(changed.bytes(CKA_LABEL), Some(&b"after"[..]));
    let stricter = apply_change(
        &key,
        template([(CKA_WRAP_WITH_TRUSTED, true.into())]),
        USER,
        Compatible,
    )
    .unwrap();
    assert!(
        apply_change(
            &stricter,
            template([(CKA_WRAP_WITH_TRUSTED, false.into())]),
            USER,
            Compatible
        )
        .is_err()
    );
}

#[test]
fn a_copy_may_move_between_token_and_session_but_stays_private() {
    let key = generated(aes([]), Compatible).unwrap();
    assert!(
        apply_copy(&key, template([(CKA_TOKEN, true.into())]), USER, Compatible)
            .unwrap()
            .is_set(CKA_TOKEN)
    );
    let public = apply_copy(
        &key,
        template([(CKA_PRIVATE, false.into())]),
        USER,
        Compatible,
    );
    assert_eq!(
        public.unwrap_err(),
        Error::TemplateInconsistent {
            attribute: CKA_PRIVATE
        }
    );
    assert!(
        apply_copy(
            &key,
            template([(CKA_SENSITIVE, false.into())]),
            USER,
            Compatible
        )
        .is_err()
    );
}

#[test]
fn what_a_template_requires_of_new_keys_is_merged_or_contradicted() {
    let required = template([
        (CKA_SENSITIVE, true.into()),
        (CKA_EXTRACTABLE, false.into()),
    ]);
    let mut given = template([(CKA_SENSITIVE, true.into())]);
    merge_required(&mut given, Some(&required)).unwrap();
    assert_eq!(given.flag(CKA_EXTRACTABLE), Some(false));
    let mut contrary = template([(CKA_EXTRACTABLE, true.into())]);
    let error = Error::TemplateInconsistent {
        attribute: CKA_EXTRACTABLE,
    };
    assert_eq!(
        merge_required(&mut contrary, Some(&required)).unwrap_err(),
        error
    );
}

#[test]
fn private_is_the_default_of_keys_with_secrets_alone() {
    let of_class = |class| {
        visibility(
            &template([]),
            Implied {
                class: Some(class),
                key_type: None,
            },
        )
    };
    assert_eq!(of_class(CKO_PRIVATE_KEY), Visibility::Private);
    assert_eq!(of_class(CKO_SECRET_KEY), Visibility::Private);
    assert_eq!(of_class(CKO_PUBLIC_KEY), Visibility::Public);
    assert_eq!(of_class(CKO_DATA), Visibility::Public);
}

#[test]
fn the_strict_profile_keeps_wrapping_apart_from_every_other_use() {
    let uses = generated(aes([]), Strict).unwrap();
    assert!(uses.is_set(CKA_ENCRYPT) && !uses.is_set(CKA_WRAP) && !uses.is_set(CKA_UNWRAP));
    assert!(
        generated(
            aes([(CKA_WRAP, true.into()), (CKA_UNWRAP, true.into())]),
            Strict
        )
        .is_ok()
    );
    for other in [CKA_ENCRYPT, CKA_DECRYPT, CKA_SIGN, CKA_VERIFY, CKA_DERIVE] {
        for role in [CKA_WRAP, CKA_UNWRAP] {
            let both = aes([(role, true.into()), (other, true.into())]);
            assert_eq!(
                generated(both.clone(), Strict).unwrap_err(),
                Error::TemplateInconsistent { attribute: other }
            );
            assert!(generated(both, Compatible).is_ok());
        }
    }
    let wrapping = generated(aes([(CKA_WRAP, true.into())]), Strict).unwrap();
    for role in [CKA_DECRYPT, CKA_UNWRAP] {
        let change = template([(role, true.into())]);
        assert!(apply_change(&wrapping, change.clone(), USER, Strict).is_err());
        assert!(apply_copy(&wrapping, change, USER, Strict).is_err());
    }
}

#[test]
fn in_the_strict_profile_nobody_knows_a_key_that_wraps() {
    let known = template([
        (CKA_CLASS, CKO_SECRET_KEY.into()),
        (CKA_KEY_TYPE, CKK_AES.into()),
        (CKA_VALUE, vec![1; 32].into()),
        (CKA_WRAP, true.into()),
    ]);
    let error = Error::TemplateInconsistent {
        attribute: CKA_WRAP,
    };
    assert_eq!(
        Draft::new(known, Birth::Created, Implied::default(), USER, Strict).unwrap_err(),
        error
    );
    for attribute in [(CKA_SENSITIVE, false), (CKA_EXTRACTABLE, true)] {
        let readable = aes([(CKA_WRAP, true.into()), (attribute.0, attribute.1.into())]);
        assert_eq!(
            generated(readable, Strict).unwrap_err(),
            Error::TemplateInconsistent {
                attribute: attribute.0
            }
        );
    }
    let public = template([(CKA_WRAP, true.into())]);
    let readable = template([(CKA_SENSITIVE, false.into()), (CKA_UNWRAP, true.into())]);
    let error = Error::TemplateInconsistent {
        attribute: CKA_SENSITIVE,
    };
    assert_eq!(check_pair(&public, &readable, Strict).unwrap_err(), error);
}

#[test]
fn in_the_strict_profile_unwrapped_keys_are_sensitive_and_do_not_wrap() {
    let unwrapping = template([(CKA_UNWRAP, true.into())]);
    let unwrap = |attributes: Attributes| {
        Draft::new(
            attributes,
            Birth::Unwrapped { by: &unwrapping },
            AES,
            USER,
            Strict,
        )
    };
    let with = |attribute: u64, value: bool| {
        template([(CKA_KEY_TYPE, CKK_AES.into()), (attribute, value.into())])
    };
    assert!(unwrap(with(CKA_DECRYPT, true)).is_ok());
    for (attribute, value) in [(CKA_SENSITIVE, false), (CKA_WRAP, true), (CKA_UNWRAP, true)] {
        let error = unwrap(with(attribute, value)).unwrap_err();
        assert_eq!(error, Error::TemplateInconsistent { attribute });
    }
}

#[test]
fn the_strict_profile_wraps_with_authenticated_modes_and_stronger_keys_only() {
    let none = template([]);
    let wrap =
        |by, key, algorithm, profile| check_wrapping((&none, by), (&none, key), algorithm, profile);
    assert!(
        wrap(
            KeySpec::AES_256,
            KeySpec::AES_256,
            Algorithm::AesKwp,
            Strict
        )
        .is_ok()
    );
    let weak = wrap(
        KeySpec::AES_128,
        KeySpec::AES_256,
        Algorithm::AesKwp,
        Strict,
    );
    assert_eq!(weak.unwrap_err(), Error::WrappingKeySize);
    // AES-GCM is refused since the caller would choose the nonce, and so could repeat it.
    for open in [Algorithm::AesCbcPad, Algorithm::AesGcm] {
        let refused = wrap(KeySpec::AES_256, KeySpec::AES_128, open, Strict);
        assert_eq!(refused.unwrap_err(), Error::AlgorithmUnknown);
    }
    assert!(check_unwrapping(Algorithm::AesGcm, Strict).is_ok());
    assert!(
        wrap(
            KeySpec::AES_128,
            KeySpec::AES_256,
            Algorithm::AesCbcPad,
            Compatible
        )
        .is_ok()
    );
}

#[test]
fn in_the_strict_profile_what_derives_does_nothing_else_and_stays() {
    let base = generated(aes([(CKA_DERIVE, true.into())]), Strict).unwrap();
    assert!(!base.is_set(CKA_ENCRYPT) && !base.is_set(CKA_SIGN));
    for other in [
        CKA_ENCRYPT,
        CKA_DECRYPT,
        CKA_SIGN,
        CKA_VERIFY,
        CKA_EXTRACTABLE,
    ] {
        let both = aes([(CKA_DERIVE, true.into()), (other, true.into())]);
        assert_eq!(
            generated(both.clone(), Strict).unwrap_err(),
            Error::TemplateInconsistent { attribute: other }
        );
        assert!(generated(both, Compatible).is_ok());
    }
    let unwrapping = template([(CKA_UNWRAP, true.into())]);
    let unwrapped = template([(CKA_KEY_TYPE, CKK_AES.into()), (CKA_DERIVE, true.into())]);
    let birth = Birth::Unwrapped { by: &unwrapping };
    assert_eq!(
        Draft::new(unwrapped, birth, AES, USER, Strict).unwrap_err(),
        Error::TemplateInconsistent {
            attribute: CKA_DERIVE
        }
    );
}

#[test]
fn the_strict_profile_derives_no_pieces_and_is_no_padding_oracle() {
    let piece = KeySpec::of_secret(hsm_algorithms::KeyKind::GenericSecret, 13).unwrap();
    assert_eq!(check_derived(piece, Strict), Err(Error::KeySize));
    assert_eq!(check_derived(piece, Compatible), Ok(()));
    assert_eq!(check_derived(KeySpec::AES_128, Strict), Ok(()));
    let cut = |bytes| hsm_algorithms::Parameters::CodeLength(bytes);
    let refused = Err(Error::AlgorithmParametersInvalid);
    assert_eq!(check_code_length(&cut(7), Strict), refused);
    assert_eq!(check_code_length(&cut(8), Strict), Ok(()));
    assert_eq!(check_code_length(&cut(1), Compatible), Ok(()));
    let oracle = Algorithm::RsaesPkcs1V15;
    assert_eq!(
        check_decryption(oracle, Strict),
        Err(Error::AlgorithmUnknown)
    );
    assert_eq!(check_decryption(oracle, Compatible), Ok(()));
    assert_eq!(check_decryption(Algorithm::RsaesOaep, Strict), Ok(()));
}

#[test]
fn a_wrap_template_decides_which_keys_may_be_wrapped() {
    let wrapping = template([(
        CKA_WRAP_TEMPLATE,
        AttributeValue::Template(template([(CKA_TOKEN, false.into())])),
    )]);
    let key = |is_token: bool| template([(CKA_TOKEN, is_token.into())]);
    let wrap = |key: &Attributes| {
        check_wrapping(
            (&wrapping, KeySpec::AES_256),
            (key, KeySpec::AES_128),
            Algorithm::AesKw,
            Compatible,
        )
    };
    assert!(wrap(&key(false)).is_ok());
    assert_eq!(wrap(&key(true)).unwrap_err(), Error::KeyNotWrappable);
}

#[test]
fn a_key_that_asks_each_time_stays_one_through_wrapping_on_a_strict_token() {
    let careful = template([(CKA_ALWAYS_AUTHENTICATE, true.into())]);
    let unwrapping = |asks: bool| {
        let inner = template([(CKA_ALWAYS_AUTHENTICATE, asks.into())]);
        template([(CKA_UNWRAP_TEMPLATE, AttributeValue::Template(inner))])
    };
    let wrap = |by: &Attributes, profile| {
        let key = (&careful, KeySpec::AES_128);
        check_wrapping((by, KeySpec::AES_256), key, Algorithm::AesKw, profile)
    };
    assert_eq!(wrap(&unwrapping(true), Strict), Ok(()));
    for forgetful in [template([]), unwrapping(false)] {
        assert_eq!(wrap(&forgetful, Strict), Err(Error::KeyNotWrappable));
        assert_eq!(wrap(&forgetful, Compatible), Ok(()));
    }
}

#[test]
fn templates_in_templates_hold_no_secrets_and_no_further_templates() {
    let nested = |inner: Attributes| aes([(CKA_WRAP_TEMPLATE, AttributeValue::Template(inner))]);
    assert!(generated(nested(template([(CKA_TOKEN, true.into())])), Compatible).is_ok());
    let error = Error::AttributeValueInvalid {
        attribute: CKA_WRAP_TEMPLATE,
    };
    assert_eq!(
        generated(nested(template([(CKA_VALUE, vec![1].into())])), Compatible).unwrap_err(),
        error
    );
    let twice = template([(
        CKA_WRAP_TEMPLATE,
        AttributeValue::Template(Attributes::new()),
    )]);
    assert_eq!(generated(nested(twice), Compatible).unwrap_err(), error);
}
