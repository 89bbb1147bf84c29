//! Several processes, tokens and forks on one daemon.

use std::{process::Command, thread};

use hsm_tests::{
    Daemon, Outcome, binaries,
    c_caller::{CModule, Mechanism, Template, cryptoki_sys as c},
    in_module_process, run,
    tools::PKCS11_TOOL,
};

#[test]
fn the_module_exports_the_standard_and_its_three_interfaces() {
    let module = CModule::load(&binaries::module());
    let functions = [
        "C_Initialize",
        "C_GetFunctionList",
        "C_GetInterface",
        "C_GetInterfaceList",
        "C_Sign",
        "C_SignUpdate",
        "C_SignRecover",
        "C_DigestEncryptUpdate",
        "C_WaitForSlotEvent",
        "C_GetFunctionStatus",
        "C_CancelFunction",
        "C_LoginUser",
        "C_SessionCancel",
        "C_MessageEncryptInit",
        "C_EncapsulateKey",
        "C_DecapsulateKey",
        "C_VerifySignatureInit",
        "C_AsyncComplete",
        "C_WrapKeyAuthenticated",
        "C_UnwrapKeyAuthenticated",
    ];
    let missing: Vec<_> = functions
        .iter()
        .filter(|name| !module.exports(name))
        .collect();
    assert!(missing.is_empty(), "not exported: {missing:?}");
    let mut versions = module.interface_versions();
    versions.sort_unstable();
    assert_eq!(versions, [(2, 40), (3, 0), (3, 2)]);
}

#[test]
fn the_module_needs_no_openssl() {
    let needed = run(Command::new("readelf").arg("-d").arg(binaries::module())).succeeded();
    assert!(
        !needed.stdout.contains("libcrypto") && !needed.stdout.contains("libssl"),
        "{needed}"
    );
}

#[test]
fn the_module_starts_no_thread() {
    in_module_process(
        Daemon::dev,
        || {
            let threads = || std::fs::read_dir("/proc/self/task").unwrap().count();
            let before = threads();
            let module = CModule::load(std::path::Path::new(
                &std::env::var("PKCS11_MODULE").unwrap(),
            ));
            let session = module
                .log_in(&variable("HSM_TOKEN_LABEL"), &variable("HSM_PIN"))
                .unwrap();
            let key = module
                .generate_key(session, c::CKM_AES_KEY_GEN, &aes_template("k", false))
                .unwrap();
            let mut cipher = [0; 80];
            module
                .encrypt(
                    session,
                    &mut Mechanism::gcm(&[1; 12]),
                    key,
                    &[0; 64],
                    &mut cipher,
                )
                .unwrap();
            assert_eq!(threads(), before);
        },
        |_| {},
    );
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

fn aes_template(label: &str, is_kept: bool) -> Template {
    Template::new()
        .flag(c::CKA_TOKEN, is_kept)
        .number(c::CKA_VALUE_LEN, 32)
        .flag(c::CKA_ENCRYPT, true)
        .flag(c::CKA_DECRYPT, true)
        .text(c::CKA_LABEL, label)
}

#[test]
fn two_processes_see_the_same_token_objects() {
    if !PKCS11_TOOL.is_here() {
        return;
    }
    let daemon = Daemon::dev();
    let make = |index: usize| -> Outcome {
        let label = format!("of-{index}");
        daemon.pkcs11_tool(&[
            "--keypairgen",
            "--key-type",
            "EC:prime256v1",
            "--label",
            &label,
        ])
    };
    thread::scope(|scope| {
        let makers: Vec<_> = (0..6)
            .map(|index| scope.spawn(move || make(index)))
            .collect();
        for maker in makers {
            let _ = maker.join().unwrap().succeeded();
        }
    });
    let listed = daemon
        .pkcs11_tool(&["--list-objects", "--type", "privkey"])
        .succeeded();
    for index in 0..6 {
        assert!(
            listed.stdout.contains(&format!("label:      of-{index}")),
            "{listed}"
        );
    }
}

#[test]
fn a_login_is_the_applications_own() {
    if !PKCS11_TOOL.is_here() {
        return;
    }
    in_module_process(
        Daemon::dev,
        || {
            let module = CModule::load(std::path::Path::new(&variable("PKCS11_MODULE")));
            let session = module
                .log_in(&variable("HSM_TOKEN_LABEL"), &variable("HSM_PIN"))
                .unwrap();
            module
                .generate_key(
                    session,
                    c::CKM_AES_KEY_GEN,
                    &aes_template("private-key", true),
                )
                .unwrap();
            // Another process that does not log in sees no private object, although this one is logged in.
            let arguments = ["--module", &variable("PKCS11_MODULE"), "--list-objects"];
            let listed = run(Command::new("pkcs11-tool").args(arguments)).succeeded();
            assert!(!listed.stdout.contains("private-key"), "{listed}");
        },
        |_| {},
    );
}

#[test]
fn many_tokens_are_kept_apart() {
    in_module_process(
        Daemon::dev,
        || {
            let module = CModule::load(std::path::Path::new(&variable("PKCS11_MODULE")));
            module.initialize().unwrap();
            let mut slots = Vec::new();
            for index in 0..20 {
                let free = module.slots().unwrap().into_iter().find(|slot| {
                    module.token_info(*slot).unwrap().flags & c::CKF_TOKEN_INITIALIZED == 0
                });
                let free = free.expect("an uninitialised slot is always there");
                module
                    .init_token(free, "87654321", &format!("tenant-{index}"))
                    .unwrap();
                let session = module.open_session(free).unwrap();
                module.login(session, c::CKU_SO, "87654321").unwrap();
                module.init_pin(session, &format!("{index:04}")).unwrap();
                module.logout(session).unwrap();
                module
                    .login(session, c::CKU_USER, &format!("{index:04}"))
                    .unwrap();
                module
                    .generate_key(
                        session,
                        c::CKM_AES_KEY_GEN,
                        &aes_template("same-label", true),
                    )
                    .unwrap();
                slots.push((free, session));
            }
            for (slot, session) in &slots {
                let found = module
                    .find(
                        *session,
                        &Template::new().text(c::CKA_LABEL, "same-label"),
                        100,
                    )
                    .unwrap();
                assert_eq!(found.len(), 1, "slot {slot} shows its own key only");
            }
            for (index, (slot, _)) in slots.iter().enumerate() {
                assert_eq!(
                    module.slot_of(&format!("tenant-{index}")).unwrap(),
                    *slot,
                    "slots stay put"
                );
            }
        },
        |daemon| {
            let listed = daemon.hsm(&["token", "list"]).succeeded();
            assert!(listed.stdout.contains("tenant-19"), "{listed}");
        },
    );
}
