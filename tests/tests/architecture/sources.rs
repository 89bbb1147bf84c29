//! What stands in the source files.

use std::{fs, path::Path};

use hsm_tests::workspace;

/// A file about one thing is shorter. The last tenth is for the file that is just being split.
const LINES_MAX: usize = 550;

/// Where `unsafe` may stand, and why.
const UNSAFE_PLACES: &[&str] = &[
    // The locked arena, its allocator and the secret stack.
    "hsmd/secret-memory/",
    // Calls of aws-lc that aws-lc-rs does not offer.
    "hsmd/aws-lc/",
    // The C boundary.
    "pkcs11-module/src/abi/",
    // Plays a foreign C program that calls the module wrongly. Not a part of the product.
    "tests/src/c_caller",
    // Names the C function that the fuzzer starts from.
    "fuzz/fuzz_targets",
];

/// The crates that cannot forbid `unsafe` because one of the places above is in them.
const CRATES_WITH_UNSAFE: &[&str] = &[
    "hsmd/secret-memory",
    "hsmd/aws-lc",
    "pkcs11-module",
    "tests",
];

/// Not words of this product: they name a role, not a thing.
const VAGUE_NAMES: &[&str] = &[
    "manager", "helper", "helpers", "util", "utils", "common", "context", "handler", "misc",
];

#[test]
fn unsafe_stands_in_its_three_places_only() {
    let mut found = Vec::new();
    for (path, code) in code_files() {
        if !UNSAFE_PLACES.iter().any(|place| path.starts_with(place))
            && words(&code).any(|word| word == "unsafe")
        {
            found.push(path);
        }
    }
    assert!(found.is_empty(), "unsafe outside its places: {found:#?}");
}

#[test]
fn every_other_crate_forbids_unsafe() {
    let mut missing = Vec::new();
    for manifest in workspace::files("toml")
        .iter()
        .filter(|path| path.ends_with("Cargo.toml"))
    {
        let folder = manifest.parent().expect("a manifest lies in a folder");
        let name = relative(folder);
        if name.is_empty() || CRATES_WITH_UNSAFE.contains(&name.as_str()) {
            continue;
        }
        for root in ["src/lib.rs", "src/main.rs"] {
            let path = folder.join(root);
            if path.exists() && !read(&path).contains("#![forbid(unsafe_code)]") {
                missing.push(relative(&path));
            }
        }
    }
    assert!(
        missing.is_empty(),
        "no #![forbid(unsafe_code)] in {missing:#?}"
    );
}

#[test]
fn every_unsafe_block_says_why_it_is_sound() {
    let mut missing = Vec::new();
    for path in workspace::files("rs") {
        let source = read(&path);
        let lines: Vec<&str> = source.lines().collect();
        for (index, line) in lines.iter().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if !["unsafe {", "unsafe impl"].iter().any(|start| {
                code.trim_start().starts_with(start) || code.contains(&format!(" {start}"))
            }) {
                continue;
            }
            let before = lines[..=index]
                .iter()
                .rev()
                .take(12)
                .any(|line| line.contains("SAFETY:"));
            if !before {
                missing.push(format!("{}:{}", relative(&path), index + 1));
            }
        }
    }
    assert!(missing.is_empty(), "no SAFETY comment near {missing:#?}");
}

#[test]
fn no_source_file_is_longer_than_a_reader_follows() {
    let mut long = Vec::new();
    for path in workspace::files("rs") {
        let lines = read(&path).lines().count();
        if lines > LINES_MAX {
            long.push(format!("{} has {lines} lines", relative(&path)));
        }
    }
    assert!(long.is_empty(), "split these: {long:#?}");
}

#[test]
fn nothing_is_left_for_later() {
    let mut found = Vec::new();
    for (path, code) in code_files() {
        let macros = ["todo!", "unimplemented!", "dbg!"];
        found.extend(
            macros
                .iter()
                .filter(|name| code.contains(*name))
                .map(|name| format!("{path}: {name}")),
        );
        let source = read(&workspace::root().join(&path));
        let own = path.starts_with("tests/tests/architecture/");
        let notes = ["TODO", "FIXME", "XXX", "Placeholder"];
        found.extend(
            notes
                .iter()
                .filter(|note| !own && source.contains(*note))
                .map(|note| format!("{path}: {note}")),
        );
    }
    assert!(found.is_empty(), "finish these: {found:#?}");
}

#[test]
fn every_file_begins_by_saying_what_it_is_for() {
    let mut silent = Vec::new();
    for path in workspace::files("rs") {
        if !read(&path).starts_with("//!") {
            silent.push(relative(&path));
        }
    }
    assert!(silent.is_empty(), "no //! at the top of {silent:#?}");
}

#[test]
fn files_and_types_are_named_for_what_they_are() {
    let mut vague = Vec::new();
    for (path, code) in code_files() {
        let stem = Path::new(&path)
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default();
        if stem.split('_').any(|word| VAGUE_NAMES.contains(&word))
            && !stem.starts_with("encryption_context")
        {
            vague.push(path.clone());
        }
        let all: Vec<&str> = words(&code).collect();
        for pair in all
            .windows(2)
            .filter(|pair| ["struct", "enum", "trait"].contains(&pair[0]))
        {
            if ["Manager", "Helper", "Handler", "Util"]
                .iter()
                .any(|word| pair[1].ends_with(word))
            {
                vague.push(format!("{path}: {}", pair[1]));
            }
        }
    }
    assert!(
        vague.is_empty(),
        "give these a name of their own: {vague:#?}"
    );
}

/// Every source file, by its path from the root, without comments and literals.
fn code_files() -> impl Iterator<Item = (String, String)> {
    workspace::files("rs")
        .into_iter()
        .map(|path| (relative(&path), code_of(&read(&path))))
}

fn relative(path: &Path) -> String {
    path.strip_prefix(workspace::root())
        .expect("a path below the root")
        .to_string_lossy()
        .into_owned()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|character: char| !(character.is_alphanumeric() || character == '_'))
        .filter(|word| !word.is_empty())
}

/// `source` without comments, strings and characters.
fn code_of(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut code = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let skipped = if rest.starts_with(b"//") {
            length_until(rest, b"\n")
        } else if rest.starts_with(b"/*") {
            length_until(rest, b"*/")
        } else if let Some(hashes) = raw_string(rest) {
            let end = [b"\"".as_slice(), &vec![b'#'; hashes]].concat();
            2 + hashes + length_until(&rest[2 + hashes..], &end)
        } else if rest[0] == b'"' {
            quoted(rest)
        } else if rest.len() > 2 && rest[0] == b'\'' && (rest[1] == b'\\' || rest[2] == b'\'') {
            1 + length_until(&rest[2..], b"'") + 1
        } else {
            code.push(rest[0]);
            at += 1;
            continue;
        };
        code.push(b' ');
        at += skipped.max(1);
    }
    String::from_utf8_lossy(&code).into_owned()
}

/// The number of `#` of a raw string that begins here.
fn raw_string(rest: &[u8]) -> Option<usize> {
    let after = rest.strip_prefix(b"r")?;
    let hashes = after.iter().take_while(|byte| **byte == b'#').count();
    (after.get(hashes) == Some(&b'"')).then_some(hashes)
}

fn quoted(rest: &[u8]) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != b'"' {
        at += if rest[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

fn length_until(rest: &[u8], end: &[u8]) -> usize {
    rest.windows(end.len())
        .position(|window| window == end)
        .map_or(rest.len(), |position| position + end.len())
}

#[test]
fn comments_and_literals_are_not_code() {
    let source = "let a = \"unsafe \\\" {\"; // unsafe\nlet b = r#\"todo!\"#; /* dbg! */ let c = '\"'; unsafe_code";
    let code = code_of(source);
    assert!(!words(&code).any(|word| word == "unsafe"), "{code}");
    assert!(!code.contains("todo!") && !code.contains("dbg!"), "{code}");
    assert!(words(&code).any(|word| word == "unsafe_code"), "{code}");
}
