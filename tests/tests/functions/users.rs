//! Users with names, and the trace of calls.

use std::fs;

use hsm_tests::c_caller::cryptoki_sys as c;
use hsm_tests::{Daemon, in_module_process, module_process::in_module_process_with};

use crate::{aes, module, slot, user, variable};

/// A daemon whose token has a user called alice.
fn with_alice() -> Daemon {
    let daemon = Daemon::dev();
    let pin = daemon.scratch().join("alice.pin");
    fs::write(&pin, "alice's own\n").unwrap();
    let pin = pin.to_str().unwrap().to_owned();
    let arguments = [
        "token",
        "reset-pin",
        "--user",
        "alice",
        "--new-pin-file",
        &pin,
    ];
    daemon.hsm(&arguments).succeeded();
    daemon
}

#[test]
fn users_with_names_log_in_by_their_own_pins_and_are_named_in_the_audit_log() {
    in_module_process(
        with_alice,
        || {
            let module = module();
            module.initialize().unwrap();
            let session = module.open_session(slot(&module)).unwrap();
            let pin = variable("HSM_PIN");
            assert_eq!(
                module.login_user(session, "alice", &pin),
                Err(c::CKR_PIN_INCORRECT)
            );
            for nobody in ["bob", "żółw", "with\0zero", &"long".repeat(99)] {
                assert_eq!(
                    module.login_user(session, nobody, "alice's own"),
                    Err(c::CKR_PIN_INCORRECT),
                    "{nobody}"
                );
            }
            module.login_user(session, "alice", "alice's own").unwrap();
            assert_eq!(
                module.login_user(session, "alice", "alice's own"),
                Err(c::CKR_USER_ALREADY_LOGGED_IN)
            );
            assert_eq!(
                module.login(session, c::CKU_USER, &pin),
                Err(c::CKR_USER_ANOTHER_ALREADY_LOGGED_IN)
            );
            aes(&module, session);
            module.logout(session).unwrap();
            // Without a name it is the user.
            module.login_user(session, "", &pin).unwrap();
        },
        |daemon| {
            let made = records(daemon).into_iter().find(|record| {
                record.contains("\"GenerateKey\"") && record.contains("\"userName\":\"alice\"")
            });
            assert!(made.is_some(), "the log says who made the key");
            // The wrong PIN counted until the right one came.
            let shown = daemon.hsm(&["token", "show"]).succeeded();
            assert!(shown.stdout.contains("alice (PIN: ok)"), "{shown}");
            let arguments = ["token", "remove-user", "--user", "alice"];
            daemon.hsm(&arguments).succeeded();
            let shown = daemon.hsm(&["token", "show"]).succeeded();
            assert!(!shown.stdout.contains("alice"), "{shown}");
        },
    );
}

fn records(daemon: &Daemon) -> Vec<String> {
    let folder = daemon.audit_dir().join("records");
    let mut lines = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        lines.extend(text.lines().map(str::to_owned));
    }
    lines
}

#[test]
fn a_trace_names_each_call_and_tells_no_secret() {
    in_module_process_with(
        Daemon::dev,
        |daemon| {
            let log = daemon.scratch().join("trace.log");
            let path = log.to_str().unwrap().to_owned();
            let environment = vec![
                ("HSM_TRACE".to_owned(), "calls".to_owned()),
                ("HSM_LOG".to_owned(), path),
            ];
            (environment, log)
        },
        || {
            let (module, session) = user();
            aes(&module, session);
            assert!(module.destroy_object(session, 4711).is_err());
        },
        |daemon, log| {
            let trace = fs::read_to_string(log).unwrap();
            let line = |start: &str| {
                let found = trace.lines().find(|line| line.contains(start));
                found.unwrap_or_else(|| panic!("{start} in {trace}"))
            };
            assert!(line("C_Login(").contains("pin_len=*) = CKR_OK ["));
            let made = line("C_GenerateKey(");
            assert!(made.contains("CKM_AES_KEY_GEN[0]"), "{made}");
            assert!(made.contains("[CKA_TOKEN CKA_EXTRACTABLE CKA_VALUE_LEN]"));
            assert!(made.contains("key=->"));
            let failed = line("C_DestroyObject(");
            assert!(failed.contains("object=4711) = CKR_OBJECT_HANDLE_INVALID: no object has"));
            assert!(!trace.contains(daemon.variable("HSM_PIN")), "no PIN");
        },
    );
}

#[test]
fn a_call_that_fails_leaves_one_line_that_says_why() {
    in_module_process_with(
        Daemon::dev,
        |daemon| {
            let log = daemon.scratch().join("failures.log");
            let path = log.to_str().unwrap().to_owned();
            (vec![("HSM_LOG".to_owned(), path)], log)
        },
        || {
            let (module, session) = user();
            assert!(module.sign_message(session, b"", Some(1)).value != 0);
            let template = hsm_tests::c_caller::Template::new().number(c::CKA_VALUE_LEN, 5);
            assert!(
                module
                    .generate_key(session, c::CKM_AES_KEY_GEN, &template)
                    .is_err()
            );
        },
        |_, log| {
            let text = fs::read_to_string(log).unwrap();
            let lines: Vec<&str> = text.lines().collect();
            assert_eq!(lines.len(), 2, "{text}");
            assert!(lines[0].ends_with(
                "C_SignMessage: CKR_OPERATION_NOT_INITIALIZED: no operation of this kind was started in the session"
            ));
            assert!(lines[1].contains("C_GenerateKey: CKR_KEY_SIZE_RANGE: "));
        },
    );
}
