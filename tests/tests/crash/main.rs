//! Kill -9 at any moment: what was acknowledged is there, and applications get the standard's codes and recover.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::{
    collections::BTreeSet,
    env,
    path::Path,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use hsm_tests::{
    Daemon,
    c_caller::{CModule, Failure, Mechanism, Template, cryptoki_sys as c},
    in_module_process, repetitions, run,
    tools::PKCS11_TOOL,
};

/// How often the daemon is killed under load, unless `HSM_TEST_REPETITIONS` multiplies it.
const KILLS: u64 = 20;
/// Nothing that an application calls may take longer, daemon or not.
const CALL_LIMIT: Duration = Duration::from_secs(30);

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

fn load() -> CModule {
    CModule::load(Path::new(&variable("PKCS11_MODULE")))
}

fn aes(label: &str) -> Template {
    Template::new()
        .flag(c::CKA_TOKEN, true)
        .number(c::CKA_VALUE_LEN, 32)
        .flag(c::CKA_ENCRYPT, true)
        .text(c::CKA_LABEL, label)
}

/// What the standard lets a call answer when the daemon is gone, was gone, or does not know the session any more.
fn is_allowed_after_a_crash(failure: Failure) -> bool {
    [
        c::CKR_DEVICE_REMOVED,
        c::CKR_DEVICE_ERROR,
        c::CKR_TOKEN_NOT_PRESENT,
        c::CKR_SESSION_HANDLE_INVALID,
        c::CKR_SESSION_CLOSED,
        c::CKR_USER_NOT_LOGGED_IN,
        c::CKR_OBJECT_HANDLE_INVALID,
        c::CKR_KEY_HANDLE_INVALID,
        c::CKR_OPERATION_NOT_INITIALIZED,
    ]
    .contains(&failure)
}

/// Runs `pkcs11-tool` making keys one after another until told to end, and gives the labels it acknowledged.
fn make_keys_until(daemon: &Daemon, writer: usize, end: &AtomicBool) -> Vec<String> {
    let mut acknowledged = Vec::new();
    for index in 0.. {
        if end.load(Ordering::Relaxed) {
            break;
        }
        let label = format!("w{writer}-{index}");
        let outcome = daemon.pkcs11_tool(&["--keygen", "--key-type", "AES:32", "--label", &label]);
        assert!(outcome.code.is_some(), "a tool crashed: {outcome}");
        if outcome.code == Some(0) {
            acknowledged.push(label);
        }
    }
    acknowledged
}

/// The labels of the token's secret keys.
fn labels(daemon: &Daemon) -> BTreeSet<String> {
    let listed = daemon
        .pkcs11_tool(&["--list-objects", "--type", "secrkey"])
        .succeeded();
    let lines = listed
        .stdout
        .lines()
        .filter_map(|line| line.trim().strip_prefix("label:"));
    lines.map(|label| label.trim().to_owned()).collect()
}

#[test]
fn acknowledged_keys_survive_kills_at_any_moment() {
    if !PKCS11_TOOL.is_here() {
        return;
    }
    let mut daemon = Daemon::dev();
    let mut acknowledged = BTreeSet::new();
    for round in 0..KILLS * u64::from(repetitions()) {
        let end = AtomicBool::new(false);
        let process = daemon.process_id();
        let made = thread::scope(|scope| {
            let (daemon, end) = (&daemon, &end);
            let makers: Vec<_> = (0..3)
                .map(|writer| {
                    let writer = usize::try_from(round).unwrap() * 10 + writer;
                    scope.spawn(move || make_keys_until(daemon, writer, end))
                })
                .collect();
            // Another moment in each round: spread over the time that some keys take.
            wait_for_keys(daemon, round % 7);
            rustix::process::kill_process(process, rustix::process::Signal::KILL).unwrap();
            end.store(true, Ordering::Relaxed);
            makers
                .into_iter()
                .flat_map(|maker| maker.join().unwrap())
                .collect::<Vec<_>>()
        });
        acknowledged.extend(made);
        daemon.kill_and_restart();
        let present = labels(&daemon);
        let lost: Vec<_> = acknowledged.difference(&present).collect();
        assert!(lost.is_empty(), "round {round} lost {lost:?}");
    }
    assert!(!acknowledged.is_empty());
}

/// Waits until the audit log or the store has grown `times` times, or a moment at the most.
fn wait_for_keys(daemon: &Daemon, times: u64) {
    let started = Instant::now();
    let mut child = listing(daemon);
    for _ in 0..times {
        if started.elapsed() > Duration::from_secs(2) {
            break;
        }
        child.wait().unwrap();
        child = listing(daemon);
    }
    child.wait().unwrap();
}

/// A client that takes some milliseconds: the clock of [`wait_for_keys`].
fn listing(daemon: &Daemon) -> Child {
    let mut command: Command = daemon.command("pkcs11-tool");
    command.args(["--module", daemon.variable("PKCS11_MODULE"), "--list-slots"]);
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// A whole application: starts, makes a key, ends.
fn application(daemon: &Daemon, label: &str) -> hsm_tests::Outcome {
    daemon.pkcs11_tool(&["--keygen", "--key-type", "AES:32", "--label", label])
}

#[test]
fn a_running_application_gets_the_standards_codes_and_logs_in_again() {
    in_module_process(
        Daemon::dev,
        || {
            let module = load();
            let (label, pin) = (variable("HSM_TOKEN_LABEL"), variable("HSM_PIN"));
            let session = module.log_in(&label, &pin).unwrap();
            let key = module
                .generate_key(session, c::CKM_AES_KEY_GEN, &aes("kept"))
                .unwrap();
            let encrypt = |session, key| {
                let started = Instant::now();
                let mut cipher = [0; 80];
                let done = module.encrypt(
                    session,
                    &mut Mechanism::gcm(&[1; 12]),
                    key,
                    &[0; 64],
                    &mut cipher,
                );
                assert!(started.elapsed() < CALL_LIMIT, "hung");
                done
            };
            assert_eq!(encrypt(session, key), Ok(80));
            kill_own_daemon();
            let failure = encrypt(session, key).expect_err("there is no daemon");
            assert!(is_allowed_after_a_crash(failure), "{failure:#x}");
            let mut restarted = start_own_daemon_again();
            // Until the application logs in again, each call says why it cannot be done.
            if let Err(failure) = encrypt(session, key) {
                assert!(is_allowed_after_a_crash(failure), "{failure:#x}");
            }
            let session = module.log_in(&label, &pin).unwrap();
            let found = module
                .find(session, &Template::new().text(c::CKA_LABEL, "kept"), 10)
                .unwrap();
            assert_eq!(found.len(), 1);
            assert_eq!(encrypt(session, found[0]), Ok(80));
            restarted.kill().unwrap();
            restarted.wait().unwrap();
        },
        |_| {},
    );
}

/// The daemon that this process was given: by its socket in `HSM_ENDPOINT`.
fn data_dir() -> std::path::PathBuf {
    let endpoint = variable("HSM_ENDPOINT");
    let socket = endpoint.strip_prefix("unix:").expect("a Unix socket");
    Path::new(socket).parent().unwrap().to_path_buf()
}

fn kill_own_daemon() {
    let directory = data_dir();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).into_owned();
        if line.contains("hsmd\0dev") && line.contains(directory.to_str().unwrap()) {
            let pid = rustix::process::Pid::from_raw(pid).unwrap();
            let watched =
                rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).unwrap();
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
            let mut ended = [rustix::event::PollFd::new(
                &watched,
                rustix::event::PollFlags::IN,
            )];
            rustix::event::poll(&mut ended, None).unwrap();
        }
    }
}

fn start_own_daemon_again() -> Child {
    let directory = data_dir();
    let mut command = Command::new(hsm_tests::binaries::hsmd());
    command
        .args(["dev", "--data-dir"])
        .arg(&directory)
        .stdin(Stdio::null());
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let socket = directory.join("hsmd.sock");
    let ready =
        hsm_tests::readiness::wait_for(&mut child, &directory, Duration::from_mins(1), || {
            std::os::unix::net::UnixStream::connect(&socket).ok()
        });
    ready.expect("the daemon starts again");
    child
}

#[test]
fn it_ends_cleanly_when_asked_and_starts_again_with_everything() {
    if !PKCS11_TOOL.is_here() {
        return;
    }
    let mut daemon = Daemon::dev();
    let _ = application(&daemon, "kept").succeeded();
    assert!(daemon.terminate().success());
    daemon.start_again();
    assert!(labels(&daemon).contains("kept"));
}

#[test]
fn clients_are_answered_at_once_when_there_is_no_daemon() {
    if !PKCS11_TOOL.is_here() {
        return;
    }
    let mut daemon = Daemon::dev();
    daemon.kill();
    let started = Instant::now();
    let mut command = daemon.command("pkcs11-tool");
    let arguments = [
        "--module",
        daemon.variable("PKCS11_MODULE"),
        "--list-slots",
        "--list-token-slots",
    ];
    let outcome = run(command.args(arguments));
    assert!(outcome.code.is_some(), "crashed: {outcome}");
    assert!(started.elapsed() < CALL_LIMIT, "{outcome}");
    let _ = daemon.hsm(&["status"]).failed();
}
