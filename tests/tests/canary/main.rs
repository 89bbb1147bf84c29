//! Known keys, PINs and plaintexts go through a real daemon, and are then searched for wherever they must not be: in
//! its memory and core dumps while keys are used, when they are not, and when it is sealed; in its log, its audit log
//! and its store, raw, in hexadecimal and in base64.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

#[path = "../../../hsmd/secret-memory/tests/memory_scan/mod.rs"]
mod memory_scan;
mod secrets;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
};

use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    object::{Attribute, ObjectHandle},
    session::{Session, UserType},
    slot::Slot,
    types::AuthPin,
};
use hsm_tests::{Daemon, DevOptions, binaries, module_process::in_module_process_with};
use memory_scan::{Findings, dump_by_debugger, kernel_dump};
use secrets::{Secrets, Use, imported, readable};

#[test]
fn keys_in_use_and_sealed_away_are_in_no_readable_memory() {
    in_module_process_with(
        Daemon::dev,
        told_where,
        || {
            let (module, slot) = token();
            let session = user_session(&module, slot);
            let mut keys = Secrets::default();
            // Not a secret: the search must find it.
            let mut public = Secrets::default();
            let label = [Attribute::Label(public.new_pin("label").into_bytes())];
            let objects: Vec<_> = imported(&mut keys)
                .into_iter()
                .map(|(key_use, template)| {
                    let template = [&template[..], &label].concat();
                    (key_use, session.create_object(&template).unwrap())
                })
                .collect();
            let pid = daemon_pid();
            let others = module.open_rw_session(slot).unwrap();
            while_used(others, &objects, || {
                let found = keys.raw().search_process(pid).unwrap();
                assert_clean(&found, "in the memory of a daemon that uses the keys");
                assert!(
                    found.unreadable_bytes > 0,
                    "the arena is there and cannot be read"
                );
                let control = public.raw().search_process(pid).unwrap();
                assert_eq!(control.names(), ["label"], "what is public is found");
                let folder = tempfile::tempdir().unwrap();
                if let Some(dump) = dump_by_debugger(pid, folder.path()) {
                    let found = keys.raw().search_core_dump(&dump).unwrap();
                    assert_clean(&found, "in a core dump of a daemon that uses the keys");
                }
            });
            let found = keys.raw().search_process(pid).unwrap();
            assert_clean(&found, "in the memory of a daemon that has used the keys");

            let sealed = Command::new(variable("CANARY_HSM"))
                .arg("seal")
                .output()
                .unwrap();
            assert!(sealed.status.success(), "{sealed:?}");
            let found = keys.raw().search_process(pid).unwrap();
            assert_clean(&found, "in the memory of a sealed daemon");
        },
        |_, ()| {},
    );
}

#[test]
fn nothing_secret_is_in_logs_audit_records_the_store_or_idle_memory() {
    in_module_process_with(
        Daemon::dev,
        told_where,
        || {
            let (module, slot) = token();
            let session = user_session(&module, slot);
            let mut secrets = Secrets::default();
            let plaintext = secrets.new_bytes("plaintext");
            for (key_use, template) in imported(&mut secrets) {
                let object = session.create_object(&template).unwrap();
                key_use.compute(&session, object, &plaintext).unwrap();
                // Wrong on purpose: the refusal is recorded, and must not show what it refuses.
                let misplaced = Attribute::Application(b"an attribute of data".to_vec());
                let spoiled = [&template[..], &[misplaced]].concat();
                assert!(session.create_object(&spoiled).is_err());
            }
            readable(&session, &mut secrets);

            let (right, wrong) = (secrets.new_pin("PIN"), secrets.new_pin("wrong PIN"));
            let old = AuthPin::new(variable("HSM_PIN").into());
            session
                .set_pin(&old, &AuthPin::new(right.clone().into()))
                .unwrap();
            session.logout().unwrap();
            assert!(
                session
                    .login(UserType::User, Some(&AuthPin::new(wrong.into())))
                    .is_err()
            );
            session
                .login(UserType::User, Some(&AuthPin::new(right.into())))
                .unwrap();
            session.logout().unwrap();
            drop(session);

            let data = PathBuf::from(variable("CANARY_DATA"));
            let needles = secrets.in_every_form();
            let files = files_below(&data);
            assert!(
                files
                    .iter()
                    .any(|file| file.starts_with(data.join("audit"))),
                "{files:?}"
            );
            for file in files.iter().chain([&data.with_file_name("log")]) {
                let found = needles.search_file(file).unwrap();
                assert_clean(&found, &format!("in {}", file.display()));
            }
            let found = secrets.raw().search_process(daemon_pid()).unwrap();
            assert_clean(&found, "in the daemon's memory when the requests are over");
        },
        |_, ()| {},
    );
}

#[test]
fn a_naive_process_is_found_out() {
    let mut keys = Secrets::default();
    let templates = imported(&mut keys);
    let found = keys.raw().search_process(std::process::id()).unwrap();
    let mut names = [found.names(), keys.names()];
    for names in &mut names {
        names.sort_unstable();
    }
    assert_eq!(names[0], names[1], "{} templates", templates.len());
}

#[test]
fn a_daemon_that_is_aborted_leaves_no_core_dump() {
    // It is not given the time to sign a checkpoint, so its audit log is not verified.
    let mut daemon = Daemon::dev_with(DevOptions {
        is_damaged: true,
        ..DevOptions::default()
    });
    rustix::process::kill_process(daemon.process_id(), rustix::process::Signal::ABORT).unwrap();
    daemon.wait_for_end(std::time::Duration::from_secs(30));
    let data = daemon.data_dir();
    assert_eq!(kernel_dump(&data), None);
    assert_eq!(kernel_dump(data.parent().unwrap()), None);
}

/// What the process with the module is told of the daemon.
fn told_where(daemon: &Daemon) -> (Vec<(String, String)>, ()) {
    let pid = daemon.process_id().as_raw_nonzero().to_string();
    let data = daemon.data_dir().display().to_string();
    let hsm = binaries::hsm().display().to_string();
    let told = [
        ("CANARY_PID", pid),
        ("CANARY_DATA", data),
        ("CANARY_HSM", hsm),
    ];
    (
        told.map(|(name, value)| (name.to_owned(), value)).into(),
        (),
    )
}

fn daemon_pid() -> u32 {
    variable("CANARY_PID").parse().unwrap()
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

fn token() -> (Pkcs11, Slot) {
    let module = Pkcs11::new(variable("PKCS11_MODULE")).unwrap();
    module
        .initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))
        .unwrap();
    let label = variable("HSM_TOKEN_LABEL");
    let mut slots = module.get_slots_with_token().unwrap().into_iter();
    let slot = slots.find(|slot| module.get_token_info(*slot).unwrap().label() == label);
    (module, slot.expect("the development token"))
}

fn user_session(module: &Pkcs11, slot: Slot) -> Session {
    let session = module.open_rw_session(slot).unwrap();
    session
        .login(
            UserType::User,
            Some(&AuthPin::new(variable("HSM_PIN").into())),
        )
        .unwrap();
    session
}

/// Runs `search` while all of the keys are used over and over.
fn while_used(session: Session, objects: &[(Use, ObjectHandle)], search: impl FnOnce()) {
    let is_over = AtomicBool::new(false);
    let rounds = AtomicU64::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            let session = session;
            while !is_over.load(Ordering::Relaxed) {
                let mut used = objects.iter().map(|(key_use, object)| {
                    key_use.compute(&session, *object, b"not a secret, but what is signed")
                });
                // While the daemon is stopped for its dump, requests fail.
                if used.all(|outcome| outcome.is_ok()) {
                    rounds.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        while rounds.load(Ordering::Relaxed) < 3 {
            thread::yield_now();
        }
        // The other thread must end even if the search finds something.
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(search));
        is_over.store(true, Ordering::Relaxed);
        outcome.unwrap_or_else(|found| std::panic::resume_unwind(found));
    });
}

#[track_caller]
fn assert_clean(findings: &Findings, place: &str) {
    assert!(findings.found.is_empty(), "{place}: {:#?}", findings.found);
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .flat_map(|entry| match entry.file_type().unwrap() {
            kind if kind.is_dir() => files_below(&entry.path()),
            kind if kind.is_file() => vec![entry.path()],
            _ => Vec::new(),
        })
        .collect()
}
