//! Wrong PINs, until the token is locked.

use hsm_tests::{
    Daemon,
    c_caller::{CModule, cryptoki_sys as c},
    in_module_process,
};

use crate::c_calls::variable;

/// More attempts than any token allows.
const ATTEMPTS_MAX: usize = 50;

fn session(module: &CModule) -> (c::CK_SLOT_ID, c::CK_SESSION_HANDLE) {
    module.initialize().unwrap();
    let slot = module.slot_of(&variable("HSM_TOKEN_LABEL")).unwrap();
    (slot, module.open_session(slot).unwrap())
}

#[test]
fn wrong_pins_lock_the_token_and_its_flags_warn_before() {
    in_module_process(
        Daemon::dev,
        || {
            let module = CModule::load(std::path::Path::new(&variable("PKCS11_MODULE")));
            let (slot, session) = session(&module);
            let flags = || module.token_info(slot).unwrap().flags;
            assert_eq!(
                flags() & (c::CKF_USER_PIN_COUNT_LOW | c::CKF_USER_PIN_LOCKED),
                0
            );
            assert_eq!(
                module.login(session, c::CKU_USER, "0000"),
                Err(c::CKR_PIN_INCORRECT)
            );
            assert_ne!(flags() & c::CKF_USER_PIN_COUNT_LOW, 0);
            let mut saw_final_try = false;
            let mut attempts = 1;
            while flags() & c::CKF_USER_PIN_LOCKED == 0 {
                saw_final_try |= flags() & c::CKF_USER_PIN_FINAL_TRY != 0;
                assert_eq!(
                    module.login(session, c::CKU_USER, "0000"),
                    Err(c::CKR_PIN_INCORRECT)
                );
                attempts += 1;
                assert!(attempts < ATTEMPTS_MAX, "never locked");
            }
            assert!(saw_final_try, "the last try was not announced");
            let right = module.login(session, c::CKU_USER, &variable("HSM_PIN"));
            assert_eq!(
                right,
                Err(c::CKR_PIN_LOCKED),
                "a locked token does not even tell that the PIN is right"
            );
            // The security officer sets a new PIN.
            module
                .login(session, c::CKU_SO, &variable("HSM_SO_PIN"))
                .unwrap();
            module.init_pin(session, "5678").unwrap();
            module.logout(session).unwrap();
            assert_eq!(flags() & c::CKF_USER_PIN_LOCKED, 0);
            module.login(session, c::CKU_USER, "5678").unwrap();
        },
        |_| {},
    );
}

#[test]
fn a_right_pin_makes_the_wrong_ones_forgotten() {
    in_module_process(
        Daemon::dev,
        || {
            let module = CModule::load(std::path::Path::new(&variable("PKCS11_MODULE")));
            let (slot, session) = session(&module);
            for _ in 0..5 {
                assert_eq!(
                    module.login(session, c::CKU_USER, "0000"),
                    Err(c::CKR_PIN_INCORRECT)
                );
                module
                    .login(session, c::CKU_USER, &variable("HSM_PIN"))
                    .unwrap();
                module.logout(session).unwrap();
            }
            assert_eq!(
                module.token_info(slot).unwrap().flags & c::CKF_USER_PIN_COUNT_LOW,
                0
            );
        },
        |_| {},
    );
}

#[test]
fn wrong_pins_are_counted_across_kill_and_restart() {
    let mut daemon = Daemon::dev();
    let attempt = |daemon: &Daemon| {
        let module = [
            "--module",
            daemon.variable("PKCS11_MODULE"),
            "--token-label",
            daemon.variable("HSM_TOKEN_LABEL"),
        ];
        let mut command = daemon.command("pkcs11-tool");
        hsm_tests::run(
            command
                .args(module)
                .args(["--login", "--pin", "0000", "--list-objects"]),
        )
        .failed()
    };
    if !hsm_tests::tools::PKCS11_TOOL.is_here() {
        return;
    }
    let mut attempts = 0;
    while !attempt(&daemon).stderr.contains("CKR_PIN_LOCKED") {
        daemon.kill_and_restart();
        attempts += 1;
        assert!(
            attempts < ATTEMPTS_MAX,
            "killing the daemon gives new attempts"
        );
    }
}

#[test]
fn logging_in_twice_or_as_nobody_is_refused() {
    in_module_process(
        Daemon::dev,
        || {
            let module = CModule::load(std::path::Path::new(&variable("PKCS11_MODULE")));
            let (_, session) = session(&module);
            assert_eq!(module.logout(session), Err(c::CKR_USER_NOT_LOGGED_IN));
            module
                .login(session, c::CKU_USER, &variable("HSM_PIN"))
                .unwrap();
            let again = module.login(session, c::CKU_USER, &variable("HSM_PIN"));
            assert_eq!(again, Err(c::CKR_USER_ALREADY_LOGGED_IN));
            let other = module.login(session, c::CKU_SO, &variable("HSM_SO_PIN"));
            assert_eq!(other, Err(c::CKR_USER_ANOTHER_ALREADY_LOGGED_IN));
            assert_eq!(
                module.login(session, 77, "1234"),
                Err(c::CKR_USER_TYPE_INVALID)
            );
        },
        |_| {},
    );
}
