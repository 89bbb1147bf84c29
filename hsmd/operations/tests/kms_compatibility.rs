//! `docs/kms-compatibility.md`: operations, key specs, condition keys and errors of AWS KMS, from the tables, from
//! botocore's model, and from what the sources name.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use hsm_algorithms::KmsKeySpec;
use hsmd_gate::Row;
use hsmd_gate::actions::aws::{Ask, AwsRow, Identifier, KeyAsk, StateAnswer};
use hsmd_gate::actions::kms;
use hsmd_policy::{ConditionKey, KeyName, ValueKind, operator_names};
use serde_json::Value;

const PAGE: &str = "docs/kms-compatibility.md";
const MODEL: &str = "hsmd/frontends/kms/model/service-2.json";

/// Set, it writes the page instead of comparing it: `make compatibility`.
const WRITE: &str = "HSM_WRITE_DOCUMENTS";

#[test]
fn the_page_of_kms_is_what_the_tables_say() {
    let path = root().join(PAGE);
    let page = page();
    if std::env::var_os(WRITE).is_some() {
        fs::write(&path, &page).expect("the page can be written");
    }
    let is_current = fs::read_to_string(&path).unwrap_or_default() == page;
    assert!(
        is_current,
        "{PAGE} is not current; run `make compatibility`"
    );
}

#[test]
fn the_table_has_the_operations_of_the_model() {
    let of_model: BTreeSet<String> = operations().into_keys().collect();
    let of_table: BTreeSet<String> = kms::ALL
        .iter()
        .map(|row| row.event_name().to_owned())
        .collect();
    assert_eq!(of_table, of_model);
}

/// A condition key that is misspelled would be one that no policy can ask about.
#[test]
fn every_condition_key_that_a_request_brings_is_in_the_table() {
    let mut unknown = BTreeSet::new();
    for source in sources(&["hsmd/operations/src", "hsmd/gate/src"]) {
        for call in ["with_condition(", "with_condition_values("] {
            for (place, _) in source.match_indices(call) {
                let rest = source[place + call.len()..].trim_start();
                let Some((name, _)) = rest.strip_prefix('"').and_then(|rest| rest.split_once('"'))
                else {
                    continue;
                };
                if matches!(KeyName::parse(name), KeyName::Unknown(_)) {
                    unknown.insert(name.to_owned());
                }
            }
        }
    }
    assert!(unknown.is_empty(), "{unknown:?}");
}

fn page() -> String {
    let mut page = String::from(BEGINNING);
    let operations = operations();
    let routes = fs::read_to_string(root().join("hsmd/frontends/kms/src/routes/mod.rs"))
        .expect("the routes can be read");
    let mut rows: Vec<&Row> = kms::ALL.to_vec();
    rows.sort_by_key(|row| row.event_name());
    for row in rows {
        let name = row.event_name();
        let is_answered = routes.contains(&format!("Call::{name} "));
        let aws = row.aws.as_ref().expect("a row of AWS");
        let errors = operations.get(name).cloned().unwrap_or_default();
        line(
            &mut page,
            &[
                code(name),
                if is_answered { "yes" } else { "no" }.to_owned(),
                permissions(aws),
                naming(aws),
                if aws.crosses_accounts { "yes" } else { "no" }.to_owned(),
                aws.keys().map(states).collect::<Vec<_>>().join("; "),
                errors.join(", "),
            ],
        );
    }
    page.push_str(KEY_SPECS);
    for spec in KmsKeySpec::ALL {
        for usage in spec.usages() {
            let algorithms: Vec<_> = spec
                .algorithms(*usage)
                .map(|algorithm| code(algorithm.kms_name()))
                .collect();
            line(
                &mut page,
                &[
                    code(spec.kms_name()),
                    code(usage.kms_name()),
                    algorithms.join(", "),
                ],
            );
        }
    }
    page.push_str(CONDITION_KEYS);
    condition_keys(&mut page);
    page.push_str(OPERATORS);
    let names: Vec<String> = operator_names().map(code).collect();
    writeln!(page, "{}.", names.join(", ")).expect("text can be written");
    page.push_str(ERRORS);
    errors(&mut page, &operations);
    page
}

fn condition_keys(page: &mut String) {
    let sources = sources(&["hsmd/operations/src", "hsmd/gate/src"]);
    for key in ConditionKey::ALL {
        let row = key.row();
        let is_given = sources.iter().any(|source| {
            source.contains(&format!("ConditionKey::{key:?}"))
                || source.contains(&format!("\"{}", row.name))
        }) || is_of_encryption_context(*key);
        let suffix = if row.has_suffix { "…" } else { "" };
        let kind = match row.kind {
            ValueKind::Text => "text",
            ValueKind::Boolean => "flag",
            ValueKind::Number => "number",
            ValueKind::Date => "date",
            ValueKind::Arn => "ARN",
            ValueKind::Address => "address",
        };
        let several = if row.is_multivalued { ", several" } else { "" };
        let what = match (is_given, row.identity_policies_only) {
            (true, true) => "given, in identity policies",
            (true, false) => "given",
            (false, _) => "absent from every request",
        };
        line(
            page,
            &[
                code(&format!("{}{suffix}", row.name)),
                format!("{kind}{several}"),
                what.to_owned(),
            ],
        );
    }
}

/// These come with the encryption context as a whole.
fn is_of_encryption_context(key: ConditionKey) -> bool {
    matches!(
        key,
        ConditionKey::KmsEncryptionContext | ConditionKey::KmsEncryptionContextKeys
    )
}

fn errors(page: &mut String, operations: &BTreeMap<String, Vec<String>>) {
    let sources = sources(&[
        "hsmd/operations/src/kms",
        "hsmd/gate/src/aws",
        "hsmd/frontends/kms/src",
    ]);
    let of_model = operations.values().flatten().cloned();
    let all: BTreeSet<String> = of_model
        .map(|name| format!("{name}Exception"))
        .chain(FRONT_END_ERRORS.iter().map(|name| (*name).to_owned()))
        .collect();
    for name in all {
        let short = name.trim_end_matches("Exception");
        let is_named = sources.iter().any(|source| {
            source.contains(&format!("\"{name}\"")) || source.contains(&format!("\"{short}\""))
        });
        let status = match short {
            "KMSInternal" | "KeyUnavailable" => "500",
            "DependencyTimeout" => "503",
            "RequestEntityTooLarge" => "413",
            "RequestTimeout" => "408",
            _ => "400",
        };
        let what = if is_named {
            "answered"
        } else {
            "never answered"
        };
        line(page, &[code(&name), status.to_owned(), what.to_owned()]);
    }
}

/// Errors that the model does not list.
const FRONT_END_ERRORS: &[&str] = &[
    "AccessDeniedException",
    "ExpiredTokenException",
    "IncompleteSignatureException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "RequestEntityTooLargeException",
    "RequestTimeoutException",
    "SerializationException",
    "ThrottlingException",
    "UnknownOperationException",
    "UnrecognizedClientException",
    "ValidationException",
];

fn permissions(aws: &AwsRow) -> String {
    let named = aws.asks.iter().map(|ask| match ask {
        Ask::Key(KeyAsk {
            permission, grant, ..
        }) => {
            let or_grant = if grant.is_some() { " or grant" } else { "" };
            format!("{} on the key{or_grant}", code(permission))
        }
        Ask::Alias(permission) => format!("{} on the alias", code(permission)),
        Ask::Account(permission) => format!("{} by identity", code(permission)),
        Ask::Role(permission) => format!("{} by the trust policy of the role", code(permission)),
        Ask::Grant(permission) => format!("{} as the grant says", code(permission)),
    });
    named.collect::<Vec<_>>().join(", ")
}

fn naming(aws: &AwsRow) -> String {
    let named: BTreeSet<&str> = aws
        .keys()
        .map(|key| match key.identifier {
            Identifier::Any => "any",
            Identifier::IdOrArn => "id or ARN",
        })
        .collect();
    named.into_iter().collect::<Vec<_>>().join(", ")
}

/// The states in which it does not work, and what is answered.
fn states(key: &KeyAsk) -> String {
    let states = [
        ("Disabled", key.states.disabled),
        ("PendingDeletion", key.states.pending_deletion),
        ("PendingImport", key.states.pending_import),
        ("Enabled", key.states.enabled),
    ];
    let refused = states.iter().filter_map(|(state, answer)| {
        let error = match answer {
            StateAnswer::Works => return None,
            StateAnswer::Disabled => "Disabled",
            StateAnswer::InvalidState => "KMSInvalidState",
            StateAnswer::Unsupported => "UnsupportedOperation",
        };
        Some(format!("{state}: {error}"))
    });
    refused.collect::<Vec<_>>().join(", ")
}

/// The operations of the model with the errors that it lists for each, without `Exception`.
fn operations() -> BTreeMap<String, Vec<String>> {
    let text = fs::read_to_string(root().join(MODEL)).expect("the model can be read");
    let model: Value = serde_json::from_str(&text).expect("the model is JSON");
    let operations = model["operations"].as_object().expect("operations");
    operations
        .iter()
        .map(|(name, operation)| {
            let errors = operation["errors"].as_array().cloned().unwrap_or_default();
            let mut errors: Vec<String> = errors
                .iter()
                .filter_map(|error| error["shape"].as_str())
                .map(|shape| shape.trim_end_matches("Exception").to_owned())
                .collect();
            errors.sort();
            (name.clone(), errors)
        })
        .collect()
}

fn line(page: &mut String, cells: &[String]) {
    writeln!(page, "| {} |", cells.join(" | ")).expect("text can be written");
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The text of every source file in these folders.
fn sources(folders: &[&str]) -> Vec<String> {
    let mut texts = Vec::new();
    let mut left: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(path) = left.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).expect("a folder");
            left.extend(entries.map(|entry| entry.expect("an entry").path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            texts.push(fs::read_to_string(&path).expect("a source file"));
        }
    }
    texts
}

const BEGINNING: &str = "\
# Compatibility with AWS KMS

This page is made from the tables of the code and from botocore's service model by `make compatibility`; a test compares it
with them. [compatibility.md](compatibility.md) has the mechanisms of PKCS#11.

## How requests are authorized

As AWS documents it: an explicit Deny in any policy refuses; else the key policy lets the caller in by name, or leaves the
decision to identity policies of the caller's account, or a grant allows it; across accounts the key policy and an identity
policy must both allow. Session policies and permissions boundaries are ceilings, which do not bound what a key policy gives
to the ARN of the very session. `hsm policy explain` shows each statement's part in a decision.

Where AWS does not say, or says less:

- A condition on a key that this page does not list fails closed: an Allow with it does not allow, a Deny with it denies. So
  does `kms:ResourceAliases` in a key policy, and everywhere for a key that has more than 50 aliases.
- A policy variable without a value, or with several, is equal to nothing; with a negated operator or in `NotResource` it keeps
  an Allow from allowing and lets a Deny deny. The same holds for values that an operator cannot compare.
- A policy is refused if a member stands twice, if a list is empty, or if an operator or a value cannot be what its operator
  compares. `NotPrincipal` is accepted in a Deny alone; an account among its exceptions spares the account's root user, and
  users and roles must be named themselves.
- Wildcards in a `Resource` and in ARN operators do not reach across the colons of an ARN.
- Stored policies are bound to the unique ids of the users and roles that they name. After such a user is deleted and made
  again, the policy does not mean the new one; `GetKeyPolicy` still gives the text as it was put.
- A service of AWS is whoever signs with an access key of `hsm access-key create --service`: it acts for the people of the
  account, so its requests have `kms:ViaService`, and `aws:SourceArn` and `aws:SourceAccount` as its `X-Amz-Source-Arn` and
  `X-Amz-Source-Account` headers say. From others these headers mean nothing.
- `alias/aws/<service>` is listed from the start. Its key is made when the service uses it first, or anybody of the account asks to
  describe it.
- A grant to an account's root ARN leaves it to that account's identity policies.
- Where a caller's encryption context has two names that differ in case alone, `kms:EncryptionContext:` has both values: a
  positive operator is met by either, a negated one by neither.
- The same signed request is answered as often as it comes until it is too old, as AWS does: [threat-model.md](threat-model.md).
- `GetKeyLastUsage` tells of uses since the store was first opened by a daemon that notes them, its `TrackingStartDate`. They
  are stored every minute, and when the daemon is sealed or ends: a crash forgets those of the last minute.
  Uses through PKCS#11 count as well, and have no `KmsRequestId`.

## What requests are told

Codes, messages and members are those that AWS was recorded to give; a suite compares them word for word. Differences:

- Where AWS says no more than \"Syntax errors in policy.\" of an element that policies do not have, or nothing at all of a public
  key that is none, we name what is wrong. The order of names in \"enum value set\" is the model's.
- `PackedPolicySize` counts the bytes of a session's policies and tags; AWS counts its own packed form.
- Empty lists and unknown operators in the conditions of a policy are refused, which AWS accepts in identity policies.
- There are no IAM groups, service-linked roles and instance profiles. Of the credentials that users cannot have, as passwords and
  devices for a second factor, it is told that there are none.

## Operations

Answered: whether the daemon performs it; else it answers `UnknownOperationException`. Key named by: *any* is key id, key ARN,
alias name and alias ARN. Other accounts: whether it works with keys of another account at all. States: where it does not work
in every state, and the error there (`Exception` left out). Errors: those that the model lists, besides what every operation
may answer.

| Operation | Answered | Must be allowed | Key named by | Other accounts | States | Errors of the model |
|---|---|---|---|---|---|---|
";

const KEY_SPECS: &str = "
## Key specs

Material for each of them can be imported: secret keys as they are, private keys in PKCS#8; those of ML-DSA and ML-KEM as the
seed, expanded, or both (RFC 9881, RFC 9935). `ED25519_PH_SHA_512` signs a digest, and hashes it once more, as AWS does.

| Key spec | Usage | Algorithms |
|---|---|---|
";

const CONDITION_KEYS: &str = "
## Condition keys

Given: requests of AWS principals bring it where AWS documents it. Absent keys are known, and conditions on them are met or not
as AWS says of keys that a request does not have.

| Condition key | Values | In requests |
|---|---|---|
";

const OPERATORS: &str = "
## Condition operators

Each also with `ForAllValues:` and `ForAnyValue:`, and all but `Null` with `IfExists`:
";

const ERRORS: &str = "
## Errors

Errors of the model, and those of the front end that the model does not list. What is never answered belongs to what the daemon
does not have.

| Error | HTTP status | |
|---|---|---|
";
