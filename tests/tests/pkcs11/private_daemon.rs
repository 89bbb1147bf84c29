//! The module without any configuration: it starts a daemon of the user's own and shares it.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use hsm_tests::{
    Outcome, binaries, launch::isolated, private_home::PrivateHome, run, tools::PKCS11_TOOL,
};
use rustix::process::{Pid, Signal, kill_process};

/// A user's home without any configuration.
struct Home(PrivateHome);

impl Home {
    fn new() -> Self {
        Self(PrivateHome::new())
    }

    fn private_dir(&self) -> PathBuf {
        self.0.path().join(".local/share/hsm/private")
    }

    fn tool(&self, arguments: &[&str]) -> Outcome {
        let mut command = isolated("pkcs11-tool", self.0.path());
        run(command
            .arg("--module")
            .arg(binaries::module())
            .args(arguments))
    }

    fn daemons(&self) -> Vec<Pid> {
        self.0.daemons()
    }
}

fn initialise(home: &Home, label: &str) {
    let init = [
        "--init-token",
        "--slot-index",
        "0",
        "--label",
        label,
        "--so-pin",
        "12345678",
    ];
    let _ = home.tool(&init).succeeded();
    let so = [
        "--token-label",
        label,
        "--login",
        "--login-type",
        "so",
        "--so-pin",
        "12345678",
    ];
    let _ = home
        .tool(&[&so[..], &["--init-pin", "--pin", "1234"]].concat())
        .succeeded();
}

#[test]
fn it_works_as_a_library_by_itself() {
    if !PKCS11_TOOL.is_here() {
        return;
    }
    let home = Home::new();
    let slots = home.tool(&["--list-slots"]).succeeded();
    let token = if slots.stdout.contains("uninitialized") && !slots.stdout.contains("token label") {
        initialise(&home, "own");
        "own"
    } else {
        "dev"
    };
    let user = ["--token-label", token, "--login", "--pin", "1234"];
    let _ = home
        .tool(
            &[
                &user[..],
                &[
                    "--keypairgen",
                    "--key-type",
                    "EC:prime256v1",
                    "--label",
                    "k",
                ],
            ]
            .concat(),
        )
        .succeeded();
    let listed = home
        .tool(&[&user[..], &["--list-objects"]].concat())
        .succeeded();
    assert_eq!(
        listed.stdout.matches("label:      k").count(),
        2,
        "{listed}"
    );
}

#[test]
fn two_processes_that_start_at_once_share_one_daemon() {
    if !PKCS11_TOOL.is_here() {
        return;
    }
    let home = Home::new();
    thread::scope(|scope| {
        let starts: Vec<_> = (0..6)
            .map(|_| scope.spawn(|| home.tool(&["--list-slots"])))
            .collect();
        for start in starts {
            let _ = start.join().unwrap().succeeded();
        }
    });
    assert_eq!(home.daemons().len(), 1);
    assert!(
        is_private(&home.private_dir()),
        "nobody else may enter the daemon's folder"
    );
}

#[test]
fn it_comes_back_after_it_was_killed() {
    if !PKCS11_TOOL.is_here() {
        return;
    }
    let home = Home::new();
    let _ = home.tool(&["--list-slots"]).succeeded();
    let daemons = home.daemons();
    for pid in &daemons {
        kill_process(*pid, Signal::KILL).unwrap();
    }
    let _ = home.tool(&["--list-slots"]).succeeded();
    assert!(home.daemons().iter().any(|pid| !daemons.contains(pid)));
}

#[test]
fn it_goes_away_when_nobody_uses_it() {
    let home = Home::new();
    let mut command = isolated(binaries::hsmd(), home.0.path());
    command
        .args(["dev", "--private", "--exit-when-unused", "1", "--data-dir"])
        .arg(home.private_dir());
    let started = Instant::now();
    let outcome = run(&mut command).succeeded();
    assert!(started.elapsed() < Duration::from_mins(1), "{outcome}");
}

fn is_private(directory: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(directory)
        .unwrap()
        .permissions()
        .mode()
        .trailing_zeros()
        >= 6
}
