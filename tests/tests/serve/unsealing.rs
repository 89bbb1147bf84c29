//! Initialising, sealing and unsealing.

use std::fs;

use hsm_tests::{Daemon, tools::PKCS11_TOOL};

use crate::{PASSPHRASE, create_partition, initialised, issue, secret, text};

fn state(daemon: &Daemon) -> String {
    daemon.hsm(&["status", "--json"]).succeeded().stdout
}

#[test]
fn a_new_daemon_serves_nobody_until_it_is_initialised() {
    let daemon = Daemon::serve();
    assert!(state(&daemon).to_lowercase().contains("uninitialized"));
    let _ = daemon.hsm(&["token", "list"]).failed();
    let _ = daemon.hsm(&["partition", "list"]).failed();
}

#[test]
fn it_is_initialised_once() {
    let (daemon, _) = initialised();
    let passphrase = secret(&daemon, "other", "another passphrase");
    let folder = text(&daemon.scratch().join("mallory"));
    let again = [
        "init",
        "--operator",
        "mallory",
        "--identity-dir",
        &folder,
        "--passphrase-file",
        &passphrase,
    ];
    let _ = daemon.hsm(&again).failed();
}

#[test]
fn where_the_operators_files_cannot_be_written_nothing_is_initialised() {
    let daemon = Daemon::serve();
    let passphrase = secret(&daemon, "passphrase", PASSPHRASE);
    let folder = format!("{passphrase}/below-a-file");
    let init = ["init", "--identity-dir", &folder, "--passphrase-file"];
    let _ = daemon
        .hsm(&[&init[..], &[&passphrase]].concat())
        .failed()
        .saying(&folder);
    assert!(state(&daemon).to_lowercase().contains("uninitialized"));
}

#[test]
fn after_a_restart_it_is_sealed_until_the_passphrase_is_given() {
    let (mut daemon, operator) = initialised();
    create_partition(&daemon, &operator, "web");
    daemon.kill_and_restart();
    assert!(
        state(&daemon).to_lowercase().contains("\"sealed\""),
        "{}",
        state(&daemon)
    );
    let _ = daemon.hsm_as(&operator, &["partition", "list"]).failed();
    let wrong = secret(&daemon, "wrong", "not the passphrase");
    let _ = daemon
        .hsm_as(&operator, &["unseal", "--passphrase-file", &wrong])
        .failed();
    assert!(state(&daemon).to_lowercase().contains("\"sealed\""));
    let right = secret(&daemon, "right", PASSPHRASE);
    let _ = daemon
        .hsm_as(&operator, &["unseal", "--passphrase-file", &right])
        .succeeded();
    let listed = daemon.hsm_as(&operator, &["partition", "list"]).succeeded();
    assert!(listed.stdout.contains("web"), "{listed}");
}

#[test]
fn a_sealed_daemon_uses_no_key() {
    if !PKCS11_TOOL.is_here() {
        return;
    }
    let (daemon, operator) = initialised();
    create_partition(&daemon, &operator, "web");
    let client = issue(&daemon, &operator, "www1", "web");
    let module = text(&hsm_tests::binaries::module());
    let tool = |arguments: &[&str]| {
        let login = [
            "--module",
            &module,
            "--token-label",
            "web",
            "--login",
            "--pin",
            "123456",
        ];
        hsm_tests::run(
            daemon
                .command_as(&client, "pkcs11-tool")
                .args(login)
                .args(arguments),
        )
    };
    let _ = tool(&["--keygen", "--key-type", "AES:32", "--label", "k"]).succeeded();
    let _ = daemon.hsm_as(&operator, &["seal"]).succeeded();
    let refused = tool(&["--list-objects"]);
    assert!(!refused.stdout.contains("label:"), "{refused}");
    let right = secret(&daemon, "right", PASSPHRASE);
    let _ = daemon
        .hsm_as(&operator, &["unseal", "--passphrase-file", &right])
        .succeeded();
    let listed = tool(&["--list-objects"]).succeeded();
    assert!(listed.stdout.contains("label:      k"), "{listed}");
}

#[test]
fn any_three_of_five_shares_unseal_and_no_two() {
    let mut daemon = Daemon::serve();
    let folder = text(&daemon.scratch().join("alice"));
    let init = [
        "init",
        "--operator",
        "alice",
        "--identity-dir",
        &folder,
        "--shares",
        "5",
        "--threshold",
        "3",
        "--json",
    ];
    let made = daemon.hsm(&init).succeeded();
    let made: serde_json::Value = serde_json::from_str(&made.stdout).unwrap();
    let shares: Vec<String> = made["shares"]
        .as_array()
        .unwrap()
        .iter()
        .map(|share| share.as_str().unwrap().to_owned())
        .collect();
    assert_eq!(shares.len(), 5);
    for chosen in [[0, 1, 2], [4, 2, 0], [1, 3, 4]] {
        daemon.terminate();
        daemon.start_again();
        let file = |count: usize| {
            let lines: Vec<&str> = chosen[..count]
                .iter()
                .map(|index: &usize| shares[*index].as_str())
                .collect();
            secret(&daemon, &format!("shares-{count}"), &lines.join("\n"))
        };
        let _ = daemon
            .hsm(&["unseal", "--share-file", &file(2)])
            .succeeded();
        assert!(
            state(&daemon).to_lowercase().contains("\"sealed\""),
            "two shares unseal"
        );
        let _ = daemon.hsm(&["unseal", "--share-file", &file(1)]);
        assert!(
            state(&daemon).to_lowercase().contains("\"sealed\""),
            "a share counts once"
        );
        let _ = daemon
            .hsm(&["unseal", "--reset", "--share-file", &file(3)])
            .succeeded();
        assert!(state(&daemon).to_lowercase().contains("unsealed"));
    }
    daemon.terminate();
    daemon.start_again();
    let mut changed = shares[0].clone().into_bytes();
    let last = changed.len() - 3;
    changed[last] = if changed[last] == b'a' { b'b' } else { b'a' };
    let file = secret(&daemon, "changed", &String::from_utf8(changed).unwrap());
    let _ = daemon.hsm(&["unseal", "--share-file", &file]).failed();
}

#[test]
fn no_secret_is_in_the_log_or_in_clear_on_disk() {
    let (daemon, operator) = initialised();
    create_partition(&daemon, &operator, "web");
    assert!(!daemon.log().contains(PASSPHRASE) && !daemon.log().contains("87654321"));
    let mut folders = vec![daemon.data_dir()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.is_file() {
                let content = fs::read(&path).unwrap();
                for secret in [PASSPHRASE, "87654321"] {
                    let found = content
                        .windows(secret.len())
                        .any(|window| window == secret.as_bytes());
                    assert!(!found, "{} holds a secret", path.display());
                }
            }
        }
    }
}
