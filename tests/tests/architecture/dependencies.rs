//! Which crate may name which. Dependencies only point down; see `docs/architecture.md`.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};
use hsm_tests::{run, workspace};

/// Each crate of the product and all crates of ours that it may name, from the bottom up.
const ALLOWED: &[(&str, &[&str])] = &[
    ("hsm-algorithms", &[]),
    ("hsmd-policy", &[]),
    ("hsmd-secret-memory", &[]),
    ("hsm-aws-lc", &["hsm-algorithms"]),
    (
        "hsmd-storage",
        &["hsm-algorithms", "hsm-aws-lc", "hsmd-secret-memory"],
    ),
    (
        "hsmd-keys",
        &[
            "hsm-algorithms",
            "hsm-aws-lc",
            "hsmd-policy",
            "hsmd-secret-memory",
            "hsmd-storage",
        ],
    ),
    (
        "hsmd-identity",
        &[
            "hsm-algorithms",
            "hsm-aws-lc",
            "hsmd-policy",
            "hsmd-secret-memory",
            "hsmd-storage",
            "hsmd-keys",
        ],
    ),
    (
        "hsmd-gate",
        &[
            "hsm-algorithms",
            "hsm-aws-lc",
            "hsmd-policy",
            "hsmd-secret-memory",
            "hsmd-storage",
            "hsmd-keys",
            "hsmd-identity",
        ],
    ),
    (
        "hsmd-vault",
        &[
            "hsm-algorithms",
            "hsm-aws-lc",
            "hsmd-policy",
            "hsmd-secret-memory",
            "hsmd-storage",
            "hsmd-keys",
            "hsmd-identity",
            "hsmd-gate",
        ],
    ),
    (
        "hsmd-operations",
        &[
            "hsm-algorithms",
            "hsm-aws-lc",
            "hsmd-policy",
            "hsmd-secret-memory",
            "hsmd-storage",
            "hsmd-keys",
            "hsmd-identity",
            "hsmd-gate",
            "hsmd-vault",
        ],
    ),
    // A front door holds a service and authenticators: it cannot name what holds keys or decides.
    (
        "hsmd-grpc",
        &[
            "hsm-algorithms",
            "hsm-proto",
            "hsmd-identity",
            "hsmd-operations",
        ],
    ),
    (
        "hsmd-kms",
        &["hsm-algorithms", "hsmd-identity", "hsmd-operations"],
    ),
    (
        "hsmd",
        &[
            "hsm-algorithms",
            "hsm-aws-lc",
            "hsmd-policy",
            "hsmd-secret-memory",
            "hsmd-storage",
            "hsmd-keys",
            "hsmd-identity",
            "hsmd-gate",
            "hsmd-vault",
            "hsmd-operations",
            "hsmd-grpc",
            "hsmd-kms",
        ],
    ),
    // Outside the daemon.
    ("hsm-proto", &["hsm-algorithms"]),
    ("hsm-client", &["hsm-algorithms", "hsm-proto"]),
    (
        "hsm-pkcs11",
        &["hsm-algorithms", "hsm-aws-lc", "hsm-proto", "hsm-client"],
    ),
    // The gate's verifier of audit logs and the judging of policies work offline on files and hold no secret.
    (
        "hsm-cli",
        &[
            "hsm-algorithms",
            "hsm-proto",
            "hsm-client",
            "hsmd-policy",
            "hsmd-gate",
        ],
    ),
];

/// The package of these tests, which may name everybody.
const TESTS: &str = "hsm-tests";

/// Crates that compute what another crate was chosen for, or did not pass the review of `docs/dependencies.md`.
const BANNED: &[&str] = &[
    "ring",
    "rsa",
    "openssl",
    "openssl-sys",
    "native-tls",
    "boring",
    "sharks",
    "vsss-rs",
];

#[test]
fn dependencies_only_point_down() {
    let mut wrong = Vec::new();
    for (package, named) in own_dependencies() {
        let allowed = ALLOWED
            .iter()
            .find(|(name, _)| *name == package)
            .map(|(_, allowed)| *allowed);
        match allowed {
            None if package == TESTS => {}
            None => wrong.push(format!(
                "{package} is not in the table of the architecture test"
            )),
            Some(allowed) => wrong.extend(
                named
                    .iter()
                    .filter(|name| !allowed.contains(&name.as_str()))
                    .map(|name| format!("{package} → {name}")),
            ),
        }
    }
    assert!(
        wrong.is_empty(),
        "edges that the design does not have: {wrong:#?}"
    );
}

#[test]
fn the_table_lists_crates_that_exist() {
    let own: BTreeSet<String> = own_dependencies().into_keys().collect();
    let stale: Vec<_> = ALLOWED
        .iter()
        .filter(|(name, _)| !own.contains(*name))
        .collect();
    assert!(stale.is_empty(), "no such crate: {stale:?}");
}

// Cargo.lock also names crates that only features which nobody turns on would bring, so the tree is asked.
#[test]
fn no_banned_crate_is_compiled_in() {
    let mut tree = Command::new("cargo");
    tree.args([
        "tree",
        "--workspace",
        "--offline",
        "--edges",
        "normal,build",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]);
    let outcome = run(tree.current_dir(workspace::root())).succeeded();
    let crates: BTreeSet<&str> = outcome
        .stdout
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(
        crates.contains("aws-lc-sys"),
        "the tree was read: {outcome}"
    );
    let found: Vec<_> = BANNED
        .iter()
        .filter(|name| crates.contains(*name))
        .collect();
    assert!(found.is_empty(), "banned crates are compiled in: {found:?}");
}

#[test]
fn every_banned_crate_is_banned_by_cargo_deny_too() {
    let path = workspace::root().join("deny.toml");
    let deny: toml::Table = std::fs::read_to_string(path)
        .expect("deny.toml")
        .parse()
        .expect("deny.toml is TOML");
    let rules = deny["bans"]["deny"]
        .as_array()
        .expect("a list of bans")
        .clone();
    let names: BTreeSet<&str> = rules
        .iter()
        .filter_map(|rule| rule["crate"].as_str())
        .collect();
    assert_eq!(names, BANNED.iter().copied().collect());
}

/// Our crates and which of ours each names, but for development.
fn own_dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = metadata();
    let own: BTreeSet<&str> = metadata
        .workspace_packages()
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let edges = metadata.workspace_packages().into_iter().map(|package| {
        let shipped = package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind != DependencyKind::Development);
        let named = shipped
            .map(|dependency| dependency.name.clone())
            .filter(|name| own.contains(name.as_str()));
        (package.name.to_string(), named.collect())
    });
    edges.collect()
}

fn metadata() -> Metadata {
    MetadataCommand::new()
        .current_dir(workspace::root())
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()
        .expect("cargo metadata")
}
