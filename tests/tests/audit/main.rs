//! Every use of a key and every refusal is in the log, and no record can be changed unseen.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use hsm_tests::{
    Daemon, Outcome, Proxy, binaries,
    c_caller::{CModule, Mechanism, Template, cryptoki_sys as c},
    launch::isolated,
    module_process::in_module_process_with,
    run,
};

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

/// The names of all records, with how often each is there, and whether it is a refusal.
fn recorded(daemon: &Daemon) -> BTreeMap<(String, bool), usize> {
    let tail = daemon
        .hsm(&["audit", "tail", "-n", "1000", "--json"])
        .succeeded();
    let mut counts = BTreeMap::new();
    for line in tail.stdout.lines() {
        let record: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let name = record["eventName"]
            .as_str()
            .unwrap_or_else(|| panic!("no eventName: {line}"))
            .to_owned();
        let is_refusal = record.get("errorCode").is_some_and(|code| !code.is_null());
        *counts.entry((name, is_refusal)).or_insert(0) += 1;
    }
    counts
}

fn sum(recorded: &BTreeMap<(String, bool), usize>, name: &str, is_refusal: bool) -> usize {
    let matching = recorded.iter().filter(|((found, refusal), _)| {
        found.rsplit(':').next() == Some(name) && *refusal == is_refusal
    });
    matching.map(|(_, count)| count).sum()
}

#[test]
fn every_use_and_every_refusal_that_passed_the_wire_is_recorded() {
    in_module_process_with(
        Daemon::dev,
        |daemon| {
            let proxy = Proxy::start(daemon.scratch().join("proxy.sock"), &daemon.socket());
            (vec![("HSM_ENDPOINT".to_owned(), proxy.endpoint())], proxy)
        },
        || {
            let module = CModule::load(Path::new(&variable("PKCS11_MODULE")));
            let (label, pin) = (variable("HSM_TOKEN_LABEL"), variable("HSM_PIN"));
            module.initialize().unwrap();
            let session = module
                .open_session(module.slot_of(&label).unwrap())
                .unwrap();
            for _ in 0..2 {
                assert_eq!(
                    module.login(session, c::CKU_USER, "0000"),
                    Err(c::CKR_PIN_INCORRECT)
                );
            }
            module.login(session, c::CKU_USER, &pin).unwrap();
            let aes = Template::new()
                .flag(c::CKA_TOKEN, false)
                .number(c::CKA_VALUE_LEN, 32)
                .flag(c::CKA_ENCRYPT, true)
                .flag(c::CKA_DECRYPT, false);
            let key = module
                .generate_key(session, c::CKM_AES_KEY_GEN, &aes)
                .unwrap();
            let mut cipher = [0; 80];
            for _ in 0..7 {
                module
                    .encrypt(
                        session,
                        &mut Mechanism::gcm(&[1; 12]),
                        key,
                        &[0; 64],
                        &mut cipher,
                    )
                    .unwrap();
            }
            let curve = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
            let public = Template::new()
                .flag(c::CKA_TOKEN, false)
                .bytes(c::CKA_EC_PARAMS, &curve);
            let private = Template::new()
                .flag(c::CKA_TOKEN, false)
                .flag(c::CKA_SIGN, true);
            let pair = module
                .generate_key_pair(session, c::CKM_EC_KEY_PAIR_GEN, &public, &private)
                .unwrap();
            for _ in 0..5 {
                module
                    .sign_init(session, &mut Mechanism::plain(c::CKM_ECDSA_SHA256), pair.1)
                    .unwrap();
                module.sign(session, b"a message", &mut [0; 64]).unwrap();
            }

            // A job, asked for until it is done, and one that is nobody's.
            let flags = c::CKF_RW_SESSION | c::CKF_ASYNC_SESSION;
            let slot = module.slot_of(&label).unwrap();
            let waiting = module.open_with(slot, flags).unwrap();
            let started = module.generate_key(waiting, c::CKM_AES_KEY_GEN, &aes);
            assert_eq!(started, Err(c::CKR_PENDING));
            while module.async_complete(waiting, "C_GenerateKey") == Err(c::CKR_PENDING) {}
            module.async_join(waiting, "C_GenerateKey", 1).unwrap();
            assert_eq!(
                module.async_complete(waiting, "C_GenerateKey"),
                Err(c::CKR_OPERATION_NOT_INITIALIZED)
            );
        },
        |daemon, proxy| {
            let asked = proxy.counts();
            let recorded = recorded(daemon);
            assert_eq!(asked.get("sign"), Some(&5), "{asked:?}");
            assert_eq!(sum(&recorded, "Sign", false), 5, "{recorded:?}");
            assert_eq!(sum(&recorded, "Encrypt", false), 7, "{recorded:?}");
            assert_eq!(sum(&recorded, "Login", true), 2, "{recorded:?}");
            assert_eq!(sum(&recorded, "StartJob", false), 1, "{recorded:?}");
            assert_eq!(sum(&recorded, "FinishJob", true), 1, "{recorded:?}");
            let finished = sum(&recorded, "FinishJob", false);
            assert_eq!(asked.get("finish_job"), Some(&(finished + 1)), "{asked:?}");
            // A change is recorded before and after.
            assert!(sum(&recorded, "GenerateKey", false) >= 1, "{recorded:?}");
            assert!(
                sum(&recorded, "GenerateKeyPair", false) >= 1,
                "{recorded:?}"
            );
        },
    );
}

#[test]
fn no_secret_is_in_a_record() {
    let daemon = Daemon::dev();
    let _ = daemon.pkcs11_tool(&["--keygen", "--key-type", "AES:32", "--label", "k"]);
    let tail = daemon
        .hsm(&["audit", "tail", "-n", "1000", "--json"])
        .succeeded();
    let (pin, so_pin) = (daemon.variable("HSM_PIN"), daemon.variable("HSM_SO_PIN"));
    for line in tail.stdout.lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(
            !has_text(&record, pin) && !has_text(&record, so_pin),
            "{line}"
        );
    }
}

fn has_text(value: &serde_json::Value, text: &str) -> bool {
    match value {
        serde_json::Value::String(found) => found == text,
        serde_json::Value::Array(values) => values.iter().any(|value| has_text(value, text)),
        serde_json::Value::Object(fields) => fields.values().any(|value| has_text(value, text)),
        _ => false,
    }
}

/// A daemon with some records, ended, so that its log is complete.
fn ended_daemon() -> Daemon {
    let mut daemon = Daemon::dev();
    for index in 0..8 {
        let _ = daemon.hsm(&["token", "show"]);
        let label = format!("k{index}");
        let _ = daemon.pkcs11_tool(&["--keygen", "--key-type", "AES:32", "--label", &label]);
    }
    daemon.terminate();
    daemon
}

fn verify(directory: &Path) -> Outcome {
    let home = tempfile::tempdir().unwrap();
    run(isolated(binaries::hsm(), home.path())
        .args(["audit", "verify"])
        .arg(directory))
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![directory.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

/// Copies the log, changes one file of the copy, and gives what the verifier says of it.
fn verify_with(original: &Path, file: &Path, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Outcome {
    let copy = tempfile::tempdir().unwrap();
    let status = run(std::process::Command::new("cp")
        .arg("-a")
        .arg(original)
        .arg(copy.path().join("audit")));
    let _ = status.succeeded();
    let copied = copy
        .path()
        .join("audit")
        .join(file.strip_prefix(original).unwrap());
    let changed = change(fs::read(&copied).unwrap());
    fs::write(&copied, changed).unwrap();
    verify(&copy.path().join("audit"))
}

/// The file that holds records as text, and where each record is in it.
fn records(directory: &Path) -> (PathBuf, Vec<std::ops::Range<usize>>) {
    for file in files(directory) {
        let content = fs::read(&file).unwrap();
        let starts: Vec<usize> = positions(&content, b"{\"");
        let tops: Vec<usize> = starts
            .into_iter()
            .filter(|at| is_record(&content[*at..]))
            .collect();
        if tops.len() >= 6 {
            let ranges = tops
                .iter()
                .map(|at| *at..*at + record_length(&content[*at..]).unwrap())
                .collect();
            return (file, ranges);
        }
    }
    panic!("no file with records in {}", directory.display());
}

fn positions(content: &[u8], what: &[u8]) -> Vec<usize> {
    content
        .windows(what.len())
        .enumerate()
        .filter(|(_, window)| *window == what)
        .map(|(at, _)| at)
        .collect()
}

fn record_length(bytes: &[u8]) -> Option<usize> {
    let mut records = serde_json::Deserializer::from_slice(bytes).into_iter::<serde_json::Value>();
    records.next()?.ok()?;
    Some(records.byte_offset())
}

fn is_record(bytes: &[u8]) -> bool {
    let mut records = serde_json::Deserializer::from_slice(bytes).into_iter::<serde_json::Value>();
    matches!(records.next(), Some(Ok(value)) if value.get("eventName").is_some())
}

#[test]
fn an_untouched_log_verifies() {
    let daemon = ended_daemon();
    let _ = verify(&daemon.audit_dir()).succeeded();
}

#[test]
fn a_changed_record_is_found() {
    let daemon = ended_daemon();
    let (file, records) = records(&daemon.audit_dir());
    for range in &records {
        let outcome = verify_with(&daemon.audit_dir(), &file, |mut content| {
            let name = positions(&content[range.clone()], b"eventName")[0];
            // A letter of the event's name: the record stays valid JSON of the same length.
            let at = range.start + name + b"eventName\":\"".len();
            content[at] ^= 0x20;
            content
        });
        let _ = outcome.failed();
    }
}

#[test]
fn a_dropped_record_is_found() {
    let daemon = ended_daemon();
    let (file, records) = records(&daemon.audit_dir());
    for range in &records {
        let outcome = verify_with(&daemon.audit_dir(), &file, |mut content| {
            content.drain(range.clone());
            content
        });
        let _ = outcome.failed();
    }
}

#[test]
fn reordered_records_are_found() {
    let daemon = ended_daemon();
    let (file, records) = records(&daemon.audit_dir());
    for pair in records.windows(2) {
        let outcome = verify_with(&daemon.audit_dir(), &file, |content| {
            let (first, second) = (&content[pair[0].clone()], &content[pair[1].clone()]);
            let between = &content[pair[0].end..pair[1].start];
            let before = &content[..pair[0].start];
            [before, second, between, first, &content[pair[1].end..]].concat()
        });
        let _ = outcome.failed();
    }
}

#[test]
fn a_log_that_was_cut_off_is_found() {
    let daemon = ended_daemon();
    let (file, records) = records(&daemon.audit_dir());
    let middle = records[records.len() / 2].start;
    let _ = verify_with(&daemon.audit_dir(), &file, |content| {
        content[..middle].to_vec()
    })
    .failed();
}

#[test]
fn the_log_verifies_after_kills() {
    let mut daemon = Daemon::dev();
    for index in 0..5 {
        let label = format!("k{index}");
        let _ = daemon.pkcs11_tool(&["--keygen", "--key-type", "AES:32", "--label", &label]);
        daemon.kill_and_restart();
    }
    daemon.terminate();
    let _ = verify(&daemon.audit_dir()).succeeded();
}
