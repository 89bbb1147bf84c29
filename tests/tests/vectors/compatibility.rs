//! `docs/compatibility.md`: every mechanism, from the tables, with the answers and cases that are computed for it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use hsm_algorithms::pkcs11::{
    CKF_DECAPSULATE, CKF_DECRYPT, CKF_DERIVE, CKF_DIGEST, CKF_ENCAPSULATE, CKF_ENCRYPT,
    CKF_GENERATE, CKF_GENERATE_KEY_PAIR, CKF_SIGN, CKF_SIGN_RECOVER, CKF_UNWRAP, CKF_VERIFY,
    CKF_VERIFY_RECOVER, CKF_WRAP, MECHANISMS, name_of,
};
use hsm_algorithms::{Algorithm, Generator, MechanismInfo, mechanisms};
use hsm_tests::{KEY_PAIR_CASES, workspace};
use hsmd_vault::known_answers::answers_of;

use crate::through_c::cases;

const PAGE: &str = "docs/compatibility.md";

/// Set, it writes the page instead of comparing it: `make compatibility`.
const WRITE: &str = "HSM_WRITE_DOCUMENTS";

#[test]
fn the_page_of_mechanisms_is_what_the_tables_say() {
    let path = workspace::root().join(PAGE);
    let page = page();
    if std::env::var_os(WRITE).is_some() {
        fs::write(&path, &page).unwrap();
    }
    let is_current = fs::read_to_string(&path).unwrap_or_default() == page;
    assert!(
        is_current,
        "{PAGE} is not current; run `make compatibility`"
    );
}

fn page() -> String {
    let mut page = String::from(BEGINNING);
    let mut cases_of: BTreeMap<u64, usize> = BTreeMap::new();
    for (mechanism, cases) in KEY_PAIR_CASES {
        *cases_of.entry(*mechanism).or_default() += cases;
    }
    for case in cases::all() {
        let mechanism = case.algorithm.row().pkcs11.unwrap();
        *cases_of.entry(mechanism).or_default() += 1;
    }
    for (mechanism, info) in mechanisms() {
        let algorithms = Algorithm::ALL
            .iter()
            .filter(|algorithm| algorithm.row().pkcs11 == Some(mechanism));
        let standards: Vec<_> = algorithms
            .clone()
            .map(|algorithm| algorithm.row().standard)
            .collect();
        let answers: usize = algorithms.clone().map(|one| answers_of(*one)).sum();
        let is_legacy = algorithms.clone().all(|algorithm| algorithm.is_legacy())
            && Generator::by_mechanism(mechanism).is_none_or(Generator::is_legacy);
        let name = name_of(MECHANISMS, mechanism).unwrap();
        writeln!(
            page,
            "| `{name}` | {} | {} | {} | {} | {} | {} |",
            uses(info.flags),
            sizes(info),
            standards.join("; "),
            number(answers),
            number(cases_of.get(&mechanism).copied().unwrap_or_default()),
            if is_legacy { "no" } else { "" },
        )
        .unwrap();
    }
    page.push_str(LEFT_OUT);
    for (name, mechanism) in MECHANISMS {
        if mechanisms().all(|(offered, _)| offered != *mechanism) {
            writeln!(page, "| `{name}` | {} |", reason(name)).unwrap();
        }
    }
    page
}

fn number(count: usize) -> String {
    if count == 0 {
        String::new()
    } else {
        count.to_string()
    }
}

fn sizes(info: &MechanismInfo) -> String {
    match (info.key_size_min, info.key_size_max) {
        (0, 0) => String::new(),
        (min, max) if min == max => min.to_string(),
        (min, max) => format!("{min} to {max}"),
    }
}

fn uses(flags: u64) -> String {
    let both = [
        (CKF_ENCRYPT | CKF_DECRYPT, "encrypt"),
        (CKF_SIGN | CKF_VERIFY, "sign"),
        (CKF_SIGN_RECOVER | CKF_VERIFY_RECOVER, "sign with recovery"),
        (CKF_DIGEST, "digest"),
        (CKF_WRAP | CKF_UNWRAP, "wrap"),
        (CKF_DERIVE, "derive"),
        (CKF_ENCAPSULATE | CKF_DECAPSULATE, "encapsulate"),
        (CKF_GENERATE | CKF_GENERATE_KEY_PAIR, "generate"),
    ];
    let named = both.iter().filter(|(flag, _)| flags & flag != 0);
    named.map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
}

/// Why a mechanism is left out, by the beginning of its name. The first that fits counts.
const REASONS: &[(&str, &str)] = &[
    (
        "CKM_NULL",
        "Does nothing: a program that asks for it wants no protection.",
    ),
    ("CKM_RSA_9796", "ISO/IEC 9796 was broken and withdrawn."),
    ("CKM_RSA_PKCS_TPM_1_1", "Of TPM 1.1 alone."),
    ("CKM_RSA_PKCS_OAEP_TPM_1_1", "Of TPM 1.1 alone."),
    (
        "CKM_KEY_WRAP_",
        "Of protocols that are gone: LYNKS and SET.",
    ),
    (
        "CKM_ECMQV",
        "Withdrawn from SP 800-56A's common use; no peer has it.",
    ),
    (
        "CKM_AES_XCBC",
        "AES-CMAC took its place (RFC 4494); only NSS has it.",
    ),
    ("CKM_AES_CFB64", "No peer has it, and no standard test."),
    (
        "CKM_POLY1305",
        "A one-time code: safe only within ChaCha20-Poly1305.",
    ),
    (
        "CKM_IKE",
        "Of IPsec daemons that keep their keys themselves; only NSS has it.",
    ),
    ("CKM_TLS10", "TLS 1.0 and 1.1 are withdrawn (RFC 8996)."),
    (
        "CKM_TLS_PRE_MASTER",
        "TLS 1.0 and 1.1 are withdrawn (RFC 8996).",
    ),
    (
        "CKM_TLS_MASTER",
        "TLS 1.0 and 1.1 are withdrawn (RFC 8996).",
    ),
    (
        "CKM_TLS_KEY_AND_MAC",
        "TLS 1.0 and 1.1 are withdrawn (RFC 8996).",
    ),
    ("CKM_TLS_PRF", "TLS 1.0 and 1.1 are withdrawn (RFC 8996)."),
    (
        "CKM_DSA_PROBABILISTIC_",
        "`CKM_DSA_PARAMETER_GEN` makes such primes; its seed and counter have no place in an object.",
    ),
    (
        "CKM_DSA_SHAWE_TAYLOR_",
        "`CKM_DSA_PARAMETER_GEN` makes groups; nobody else has this one.",
    ),
    (
        "CKM_DSA_FIPS_G_GEN",
        "`CKM_DSA_PARAMETER_GEN` makes groups with their base; nobody else has this one.",
    ),
    (
        "CKM_EC_KEY_PAIR_GEN_W_EXTRA_BITS",
        "The other method of FIPS 186-5 §A.2 makes the same keys: `CKM_EC_KEY_PAIR_GEN`.",
    ),
    (
        "CKM_HOTP",
        "One-time passwords with a counter in the key, which each use would write to the store; no tool asks for them.",
    ),
];

fn reason(name: &str) -> &'static str {
    REASONS
        .iter()
        .find(|(beginning, _)| name.starts_with(beginning))
        .map_or("Not built yet.", |(_, reason)| reason)
}

const BEGINNING: &str = "\
# Compatibility

This page is made from the tables of the code by `make compatibility`; a test compares it with them. What holds
of AWS KMS is in [kms-compatibility.md](kms-compatibility.md).

Every mechanism that a token offers: what it is for, the sizes of its keys in the unit of the standard (bits for RSA and
curves, bytes for secrets), the standard that it follows, how many known answers are computed at every start of the daemon
before it takes requests, and how many cases of Wycheproof and of the standards the suites `vectors` and `key_pairs` run through the
C interface, with the built module and a daemon behind it. Every valid case gives the expected bytes, every invalid one is
refused. Cases that the suites run without the C interface are not counted.

What is kept for old data and old peers alone (MD5, DES, triple DES, DSA, Diffie-Hellman in a finite field, RSA of X9.31) says *no* in the last column: tokens of the
profile `strict` refuse it, those of the profile `compatible` do not. `strict` also derives keys by one-way functions alone and wraps by authenticated modes
alone, makes no data object of a sensitive key by `CKM_HKDF_DATA`, and derives no key block of TLS whose initialization vectors would tell bytes of it
(`CKM_TLS12_KEY_SAFE_DERIVE` is the way); [threat-model.md](threat-model.md) says against what.

| Mechanism | For | Key sizes | Standard | Known answers | Cases through C | In `strict` |
|---|---|---|---|---|---|---|
";

const LEFT_OUT: &str = "
## What is left out

Limits of what is offered: a secret has at most 2,048 bytes, PBKDF2 takes at most 10 million iterations, one derivation makes at most
16 keys, AES-XTS takes no AES-192, and points on curves are uncompressed. `CKM_DH_PKCS_PARAMETER_GEN` gives the well-known group of the length asked
for (RFC 2409 and RFC 3526: 1,024, 1,536, 2,048, 3,072, 4,096, 6,144 and 8,192 bits), as SP 800-56A rev. 3 asks for; keys can be made in any group.

| Mechanism | Why |
|---|---|
";
