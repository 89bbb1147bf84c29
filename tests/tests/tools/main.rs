//! The pages of `docs/tools`: every command line on them is run as it stands, against a development daemon of its own.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::{fs, path::PathBuf, process::Command};

use hsm_tests::{
    Daemon, binaries, run,
    tools::{left_out, openssl_engine, program_is_here},
    workspace,
};

/// A test for each page, and a test that no page is without one.
macro_rules! pages {
    ($($test:ident: $page:literal, $($also:expr),*;)*) => {
        $(#[test]
        fn $test() {
            let also: &[fn() -> bool] = &[$($also),*];
            run_page($page, also);
        })*

        #[test]
        fn every_page_is_run() {
            let run = [$($page),*];
            let mut unknown: Vec<_> = fs::read_dir(pages()).unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .filter(|name| !run.contains(&name.trim_end_matches(".md")))
                .collect();
            unknown.retain(|name| name != "README.md");
            assert!(unknown.is_empty(), "pages without a test: {unknown:?}");
            let index = fs::read_to_string(pages().join("README.md")).unwrap();
            for page in run {
                assert!(index.contains(&format!("({page}.md)")), "docs/tools/README.md does not name {page}.md");
            }
        }
    };
}

pages! {
    pkcs11_tool: "pkcs11-tool", ;
    softhsm2_util: "softhsm2-util", ;
    openssl: "openssl", has_engine;
    nginx_with_workers: "nginx", has_engine;
    stunnel: "stunnel", has_engine;
    osslsigncode: "osslsigncode", has_engine, signs_scripts;
    gnutls: "gnutls", ;
    nss: "nss", ;
    openssh: "openssh", ;
    java: "java", ;
    python: "python", has_python_clients;
    pkcs11js: "pkcs11js", has_node_client;
}

fn pages() -> PathBuf {
    workspace::root().join("docs/tools")
}

fn run_page(page: &str, also: &[fn() -> bool]) {
    let text = fs::read_to_string(pages().join(format!("{page}.md"))).unwrap();
    let programs = programs(&text);
    assert!(
        !programs.is_empty(),
        "the page does not say which programs it needs"
    );
    let is_ours = |program: &str| program == "hsm";
    // First what comes from elsewhere: where that is missing, its programs need not be there either.
    let all_here = also.iter().all(|is_here| is_here())
        && programs
            .iter()
            .filter(|(program, _)| !is_ours(program))
            .all(|(program, package)| program_is_here(program, package));
    if !all_here {
        return;
    }
    let daemon = Daemon::dev();
    let mut path = vec![
        binaries::clients().join("python/bin"),
        binaries::folder().to_owned(),
    ];
    path.extend(
        std::env::var_os("PATH")
            .iter()
            .flat_map(std::env::split_paths),
    );
    // The pipes that a page ends with `grep` must not hide that the program before it failed.
    let script = format!("set -eu -o pipefail\n{}", commands(&text));
    let mut shell = daemon.command("bash");
    shell
        .args(["-c", &script])
        .env("PATH", std::env::join_paths(path).unwrap())
        .env("NODE_PATH", binaries::clients().join("npm/node_modules"));
    let _ = run(&mut shell).succeeded();
    // A private daemon that the page started ends with the page's folder; it need not be waited for.
    let end = "for process in /proc/[0-9]*; do \
               tr '\\0' ' ' < $process/cmdline 2> /dev/null | grep -q \"^[^ ]*hsmd dev --private.*$PWD\" \
               && kill ${process#/proc/} || true; done";
    let _ = run(daemon.command("bash").args(["-c", end]));
}

/// The programs that a page names as `program` (package `package`).
fn programs(text: &str) -> Vec<(&str, &str)> {
    let line_breaks = text.split_once("Programs:").map_or("", |(_, rest)| rest);
    let paragraph = line_breaks.split("\n\n").next().unwrap_or_default();
    // Text and code by turns.
    let parts: Vec<&str> = paragraph.split('`').collect();
    let of_program = |part: &[&'_ str]| part[1].split_whitespace().eq(["(package"]);
    let found = parts.windows(3).skip(1).step_by(2);
    found
        .filter(|part| of_program(part))
        .map(|part| (part[0], part[2]))
        .collect()
}

/// All that stands in fences marked `sh`, in order.
fn commands(text: &str) -> String {
    let mut commands = String::new();
    let mut is_inside = false;
    for line in text.lines() {
        match line {
            "```sh" => is_inside = true,
            "```" => is_inside = false,
            _ if is_inside => {
                commands += line;
                commands.push('\n');
            }
            _ => {}
        }
    }
    commands
}

fn has_engine() -> bool {
    openssl_engine().is_some()
}

/// Version 2.5, which Debian 12 has without its backports, signs programs alone.
fn signs_scripts() -> bool {
    let version = run(Command::new("osslsigncode").arg("--version"));
    let number = version
        .stdout
        .split(['.', ' ', ','])
        .filter_map(|word| word.parse().ok());
    let is_new = number.take(2).collect::<Vec<u32>>() >= vec![2, 6];
    if !is_new {
        left_out(
            "osslsigncode signs no scripts before version 2.6 (Debian package osslsigncode of bookworm-backports)",
        );
    }
    is_new
}

fn has_python_clients() -> bool {
    let found = binaries::clients().join("python/ready").exists();
    if !found {
        left_out(
            "python-pkcs11 and PyKCS11 are not installed (scripts/install-dependencies.sh brings them from PyPI)",
        );
    }
    found
}

fn has_node_client() -> bool {
    let found = binaries::clients().join("npm/ready").exists();
    if !found {
        left_out("pkcs11js is not installed (scripts/install-dependencies.sh brings it from npm)");
    }
    found
}

#[test]
fn programs_and_commands_are_read_from_a_page() {
    let page = "# X\n\nPrograms: `a` (package `pa`), `b` (package\n`pb`). And `more`, `and more`.\n\n```sh\none\n```\n\n```toml\nno\n```\n\n```sh\ntwo\n```\n";
    assert_eq!(programs(page), [("a", "pa"), ("b", "pb")]);
    assert_eq!(commands(page), "one\ntwo\n");
}
