//! The way to the daemon: cut, stalled, with another address to go to; and a daemon that is restarted under load.

use std::{
    fs,
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use hsm_tests::{
    Daemon, DevOptions,
    c_caller::{CModule, Failure, Mechanism, Template, cryptoki_sys as c},
    daemon::Directory,
    link::{Condition, Link},
    module_process::in_module_process_with,
};

use super::{key_pair, load, scaled, variable};

/// A daemon of the child's own, so that it can restart it, and the file that tells the module where it is.
fn environment(daemon: &Daemon) -> (Vec<(String, String)>, ()) {
    let file = daemon.scratch().join("net/client.toml");
    let variables = [
        ("HSM_CONFIG", file.display().to_string()),
        ("HSM_ENDPOINT", String::new()),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value));
    (variables.into(), ())
}

fn own_daemon() -> Daemon {
    let folder = PathBuf::from(variable("HSM_CONFIG"));
    let folder = folder.parent().unwrap().to_owned();
    fs::create_dir_all(&folder).unwrap();
    Daemon::dev_in(Directory::Borrowed(folder), DevOptions::default())
}

/// What `client-tls.toml` of the daemon says, but with these endpoints and settings.
fn configure(daemon: &Daemon, endpoints: &str, settings: &str) {
    let own = fs::read_to_string(daemon.data_dir().join("client-tls.toml")).unwrap();
    let rest = own
        .lines()
        .filter(|line| !line.starts_with("endpoint"))
        .fold(String::new(), |rest, line| rest + line + "\n");
    fs::write(
        variable("HSM_CONFIG"),
        format!("{endpoints}\n{settings}\n{rest}"),
    )
    .unwrap();
}

fn tcp_address(daemon: &Daemon) -> SocketAddr {
    let own = fs::read_to_string(daemon.data_dir().join("client-tls.toml")).unwrap();
    let line = own
        .lines()
        .find(|line| line.starts_with("endpoint"))
        .unwrap();
    line.split("https://")
        .nth(1)
        .unwrap()
        .trim_end_matches('"')
        .parse()
        .unwrap()
}

/// Threads that sign with one key all the time, and what they met.
struct Load {
    is_over: AtomicBool,
    signed: [AtomicUsize; 4],
    failures: Mutex<Vec<Failure>>,
}

impl Load {
    /// Signs with four threads, each in a session of its own, while `meanwhile` runs; gives the failures.
    fn under(
        module: &CModule,
        slot: c::CK_SLOT_ID,
        private: c::CK_OBJECT_HANDLE,
        meanwhile: impl FnOnce(&Self),
    ) -> Vec<Failure> {
        let load = Self {
            is_over: AtomicBool::new(false),
            signed: Default::default(),
            failures: Mutex::default(),
        };
        thread::scope(|scope| {
            for signed_here in &load.signed {
                let load = &load;
                scope.spawn(move || {
                    let session = module.open_session(slot).unwrap();
                    while !load.is_over.load(Ordering::Relaxed) {
                        let sign = &mut Mechanism::plain(c::CKM_ECDSA_SHA256);
                        let signed = module
                            .sign_init(session, sign, private)
                            .and_then(|()| module.sign(session, b"load", &mut [0; 64]));
                        match signed {
                            Ok(_) => _ = signed_here.fetch_add(1, Ordering::Relaxed),
                            Err(value) => load.failures.lock().unwrap().push(value),
                        }
                    }
                });
            }
            // Also when `meanwhile` panics, or the threads would go on for ever.
            let end = End(&load);
            meanwhile(&load);
            drop(end);
        });
        load.failures.into_inner().unwrap()
    }

    /// Waits until every thread has made so many more signatures.
    fn wait_for(&self, more: usize) {
        let signed = || {
            self.signed
                .each_ref()
                .map(|one| one.load(Ordering::Relaxed))
        };
        let wanted = signed().map(|one| one + more);
        let limit = Instant::now() + Duration::from_mins(1);
        while signed()
            .iter()
            .zip(wanted)
            .any(|(one, wanted)| *one < wanted)
        {
            assert!(
                Instant::now() < limit,
                "no signatures any more: {:x?}",
                self.failures.lock().unwrap()
            );
            thread::yield_now();
        }
    }

    fn wait_for_failure(&self) {
        let limit = Instant::now() + Duration::from_mins(1);
        while self.failures.lock().unwrap().is_empty() {
            assert!(Instant::now() < limit, "nothing failed");
            thread::yield_now();
        }
    }
}

struct End<'a>(&'a Load);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.is_over.store(true, Ordering::Relaxed);
    }
}

/// Logged in, with a key in the token.
fn prepared() -> (
    CModule,
    c::CK_SLOT_ID,
    c::CK_SESSION_HANDLE,
    c::CK_OBJECT_HANDLE,
) {
    let module = load();
    let session = module.log_in("dev", "1234").unwrap();
    let slot = module.slot_of("dev").unwrap();
    let (_, private) = key_pair(&module, session, true);
    (module, slot, session, private)
}

#[test]
fn with_two_addresses_a_cut_costs_no_call_and_a_stall_no_more_than_its_timeout() {
    in_module_process_with(
        Daemon::dev,
        environment,
        || {
            let daemon = own_daemon();
            let links = [(); 2].map(|()| Link::to(tcp_address(&daemon)));
            let endpoints = links.each_ref().map(Link::endpoint);
            configure(
                &daemon,
                &format!("endpoints = {endpoints:?}"),
                "connect_timeout_milliseconds = 500\nrequest_timeout_milliseconds = 500",
            );
            let (module, slot, _, private) = prepared();
            let failures = Load::under(&module, slot, private, |load| {
                for round in 0..scaled(4, 100) {
                    let link = &links[round % 2];
                    // A request of before the last cut is over when its thread has signed again.
                    load.wait_for(3);
                    link.turn(Condition::Cut);
                    load.wait_for(3);
                    link.turn(Condition::Whole);
                }
            });
            assert!(
                failures.is_empty(),
                "a signature may be asked for again, at the other address: {failures:?}"
            );
            assert!(links.iter().all(|link| link.connections_made() > 1));
            let failures = Load::under(&module, slot, private, |load| {
                for round in 0..scaled(2, 20) {
                    let link = &links[round % 2];
                    link.turn(Condition::Stalled);
                    load.wait_for(3);
                    link.turn(Condition::Whole);
                }
            });
            // Each of the four threads may have waited for an answer that did not come.
            assert!(failures.len() <= 4 * scaled(2, 20), "{failures:x?}");
            assert!(
                failures.iter().all(|value| *value == c::CKR_DEVICE_ERROR),
                "{failures:x?}"
            );
            module.finalize().unwrap();
        },
        |_, ()| {},
    );
}

#[test]
fn with_one_address_calls_fail_while_it_is_cut_and_go_on_after() {
    in_module_process_with(
        Daemon::dev,
        environment,
        || {
            let daemon = own_daemon();
            let link = Link::to(tcp_address(&daemon));
            configure(
                &daemon,
                &format!("endpoint = {:?}", link.endpoint()),
                "connect_timeout_milliseconds = 500",
            );
            let (module, slot, session, private) = prepared();
            let failures = Load::under(&module, slot, private, |load| {
                load.wait_for(3);
                link.turn(Condition::Cut);
                load.wait_for_failure();
                link.turn(Condition::Whole);
                // The daemon did not restart: sessions and login are still there.
                load.wait_for(5);
            });
            assert!(
                failures.iter().all(|value| *value == c::CKR_DEVICE_REMOVED),
                "{failures:x?}"
            );
            let sign = &mut Mechanism::plain(c::CKM_ECDSA_SHA256);
            module.sign_init(session, sign, private).unwrap();
            assert_eq!(module.sign(session, b"after", &mut [0; 64]), Ok(64));
        },
        |_, ()| {},
    );
}

#[test]
fn logins_are_resumed_when_the_daemon_restarts_under_load_and_the_settings_allow_it() {
    in_module_process_with(
        Daemon::dev,
        environment,
        || {
            let mut daemon = own_daemon();
            let socket = format!("endpoint = \"unix:{}\"", daemon.socket().display());
            configure(&daemon, &socket, "resume_logins = true");
            let (module, slot, session, private) = prepared();
            let (_, of_session) = key_pair(&module, session, false);
            let failures = Load::under(&module, slot, private, |load| {
                for _ in 0..scaled(2, 20) {
                    load.wait_for(3);
                    daemon.kill_and_restart();
                    load.wait_for(5);
                }
            });
            let while_away = [c::CKR_DEVICE_REMOVED, c::CKR_DEVICE_ERROR];
            assert!(
                failures.iter().all(|value| while_away.contains(value)),
                "{failures:x?}"
            );
            // A part of a message given before, the rest after.
            let sign = &mut Mechanism::plain(c::CKM_ECDSA_SHA256);
            module.sign_init(session, sign, private).unwrap();
            daemon.kill_and_restart();
            assert_eq!(module.sign(session, b"after", &mut [0; 64]), Ok(64));
            // Session objects went with the daemon.
            let gone = module.sign_init(session, sign, of_session);
            let gone = gone.and_then(|()| module.sign(session, b"x", &mut [0; 64]));
            assert_eq!(gone, Err(c::CKR_KEY_HANDLE_INVALID));
            // Nobody is logged in again with a PIN that is not the token's any more.
            daemon.kill_and_restart();
            change_pin(&daemon);
            let private_objects = Template::new().number(c::CKA_CLASS, c::CKO_PRIVATE_KEY);
            assert_eq!(
                module.find(session, &private_objects, 1),
                Err(c::CKR_SESSION_HANDLE_INVALID)
            );
            let session = module.open_session(slot).unwrap();
            module.login(session, c::CKU_USER, "4321").unwrap();
            assert_eq!(
                module
                    .find(session, &private_objects, 1)
                    .map(|found| found.len()),
                Ok(1)
            );
        },
        |_, ()| {},
    );
}

fn change_pin(daemon: &Daemon) {
    fs::write(daemon.scratch().join("new-pin"), "4321\n").unwrap();
    let _ = daemon
        .hsm(&["token", "change-pin", "--new-pin-file", "new-pin"])
        .succeeded();
}

#[test]
fn without_that_setting_a_restart_ends_the_sessions() {
    in_module_process_with(
        Daemon::dev,
        environment,
        || {
            let mut daemon = own_daemon();
            let socket = format!("endpoint = \"unix:{}\"", daemon.socket().display());
            configure(&daemon, &socket, "");
            let (module, slot, session, private) = prepared();
            daemon.kill_and_restart();
            let sign = &mut Mechanism::plain(c::CKM_ECDSA_SHA256);
            let failed = module
                .sign_init(session, sign, private)
                .and_then(|()| module.sign(session, b"text", &mut [0; 64]));
            assert_eq!(failed, Err(c::CKR_SESSION_HANDLE_INVALID));
            let session = module.open_session(slot).unwrap();
            module.login(session, c::CKU_USER, "1234").unwrap();
        },
        |_, ()| {},
    );
}
