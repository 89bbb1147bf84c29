//! Configurations that mean nothing.

use std::fs;
use std::net::TcpListener;

use hsm_tests::{Daemon, Outcome, binaries, launch::isolated, run, workspace};

fn check(text: &str) -> Outcome {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("hsmd.toml");
    fs::write(&file, text).unwrap();
    run(isolated(binaries::hsmd(), directory.path())
        .args(["config", "check"])
        .arg(file))
}

#[test]
fn the_example_is_a_valid_configuration() {
    let example = fs::read_to_string(workspace::root().join("deploy/hsmd.toml")).unwrap();
    let _ = check(&example).succeeded();
}

#[test]
fn the_example_is_valid_with_every_setting_in_use() {
    let example = fs::read_to_string(workspace::root().join("deploy/hsmd.toml")).unwrap();
    let uncommented: Vec<String> = example
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(setting)
                if setting
                    .split_once(" = ")
                    .is_some_and(|(name, _)| is_name(name)) =>
            {
                setting.to_owned()
            }
            _ => line.to_owned(),
        })
        .collect();
    let _ = check(&uncommented.join("\n")).succeeded();
}

fn is_name(text: &str) -> bool {
    text.chars()
        .all(|character| character.is_ascii_lowercase() || character == '_')
}

#[test]
fn an_unknown_key_is_refused_by_its_name() {
    let _ = check("[storage]\ndirectory = \"/var/lib/hsmd\"\npath = \"/tmp\"\n")
        .failed()
        .saying("path");
    let _ = check("[storrage]\ndirectory = \"/var/lib/hsmd\"\n")
        .failed()
        .saying("storrage");
}

#[test]
fn a_value_of_the_wrong_kind_is_refused() {
    let _ = check("[listen]\nconnections_max = \"many\"\n")
        .failed()
        .saying("connections_max");
    let _ = check("[listen\n").failed();
    let _ = check("[listen]\nconnections_max = 0\n")
        .failed()
        .saying("connections_max");
}

#[test]
fn a_missing_file_is_named() {
    let home = tempfile::tempdir().unwrap();
    let mut command = isolated(binaries::hsmd(), home.path());
    let _ = run(command.args(["serve", "--config", "/no/such/hsmd.toml"]))
        .failed()
        .saying("/no/such/hsmd.toml");
}

#[test]
fn an_address_that_is_taken_is_named() {
    let home = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let folder = toml::Value::from(home.path().to_str().unwrap());
    let socket = toml::Value::from(home.path().join("hsmd.sock").to_str().unwrap());
    for setting in ["kms.listen", "listen.address"] {
        let file = home.path().join("hsmd.toml");
        let settings = format!(
            "storage.directory = {folder}\nlisten.unix_socket = {socket}\n{setting} = \"{address}\"\n"
        );
        fs::write(&file, settings).unwrap();
        let mut command = isolated(binaries::hsmd(), home.path());
        let _ = run(command.arg("serve").arg("--config").arg(&file))
            .failed()
            .saying(&format!("cannot listen on {address}"));
    }
}

#[test]
fn a_client_configuration_with_an_unknown_key_is_refused() {
    let daemon = Daemon::dev();
    let file = daemon.scratch().join("client.toml");
    fs::write(
        &file,
        "endpoint = \"unix:/nowhere\"\nendpiont = \"unix:/nowhere\"\n",
    )
    .unwrap();
    let mut command = daemon.command(binaries::hsm());
    command.env_remove("HSM_ENDPOINT").env("HSM_CONFIG", file);
    let _ = run(command.arg("status")).failed().saying("endpiont");
}
