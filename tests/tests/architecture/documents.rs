//! Documents that repeat a fact of the code are compared with it.

use std::{collections::BTreeMap, fs};

use hsm_tests::workspace;

#[test]
fn every_dependency_has_one_reason() {
    let manifest: toml::Table = read("Cargo.toml").parse().expect("Cargo.toml is TOML");
    let dependencies = manifest["workspace"]["dependencies"]
        .as_table()
        .expect("a table")
        .clone();
    let document = read("docs/dependencies.md");
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for line in document.lines().filter(|line| line.starts_with("| `")) {
        *reasons
            .entry(
                line.trim_start_matches("| `")
                    .split('`')
                    .next()
                    .unwrap_or_default(),
            )
            .or_insert(0) += 1;
    }
    let foreign = dependencies
        .iter()
        .filter(|(_, source)| source.get("path").is_none());
    let names: Vec<&str> = foreign.map(|(name, _)| name.as_str()).collect();
    let wrong: Vec<_> = names
        .iter()
        .filter(|name| reasons.get(*name) != Some(&1))
        .collect();
    assert!(
        wrong.is_empty(),
        "not exactly once in docs/dependencies.md: {wrong:?}"
    );
    let stale: Vec<_> = reasons
        .keys()
        .filter(|name| !names.contains(*name))
        .collect();
    assert!(
        stale.is_empty(),
        "in docs/dependencies.md, but no dependency: {stale:?}"
    );
}

#[test]
fn every_link_between_documents_leads_somewhere() {
    let mut broken = Vec::new();
    for path in workspace::files("md") {
        let text = fs::read_to_string(&path).expect("a document");
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let file = target.split('#').next().unwrap_or_default();
            let is_local = !file.is_empty() && !file.contains(':');
            if is_local && !path.parent().expect("a folder").join(file).exists() {
                broken.push(format!("{}: {target}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "broken links: {broken:#?}");
}

#[test]
fn the_makefile_explains_each_of_its_targets() {
    let makefile = read("Makefile");
    let targets = [
        "help",
        "quickstart",
        "stop",
        "test",
        "bench",
        "verify",
        "install-dependencies",
    ];
    for target in targets {
        let rule = makefile
            .lines()
            .find(|line| line.starts_with(&format!("{target}:")));
        assert!(
            rule.is_some_and(|rule| rule.contains("## ")),
            "no explained rule for {target}"
        );
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(workspace::root().join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}
