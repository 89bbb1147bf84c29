//! The arena under small limits: as large as may be, or a clear refusal; and when it is full, errors and no crash.
//!
//! Each case is this program, started again as a user without privileges for one of the ignored tests.

#![allow(clippy::unwrap_used, missing_docs)]

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use aws_lc_rs::signature::RsaKeyPair;
use aws_lc_rs::{encoding, rsa};
use hsmd_secret_memory::{Exhausted, LockedBytes, Settings, install, usage};

/// A user that nobody is; its processes have no privileges.
const NOBODY: u32 = 65534;

fn with_limits(soft_kibibytes: u32, hard_kibibytes: u32, case: &str) -> String {
    let program = std::env::current_exe().unwrap();
    let limits =
        format!("ulimit -S -l {soft_kibibytes} && ulimit -H -l {hard_kibibytes} && exec \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &limits, "sh"]).arg(program).args([
        "--exact",
        case,
        "--ignored",
        "--nocapture",
    ]);
    command.env("LIMITED", "1").current_dir("/");
    if rustix::process::geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    let output = command.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{printed}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    printed
}

#[test]
fn the_usual_limit_of_8_mebibytes_gives_an_arena_of_that_size() {
    assert!(with_limits(8192, 8192, "tells_its_size").contains("arena of 8388608 bytes"));
}

#[test]
fn a_soft_limit_is_raised_to_the_hard_one() {
    assert!(with_limits(64, 4096, "tells_its_size").contains("arena of 4194304 bytes"));
}

#[test]
fn too_small_a_limit_is_refused_with_the_numbers() {
    let refusal = "2097152 bytes of memory cannot be locked; the limit is 1048576 (RLIMIT_MEMLOCK)";
    assert!(with_limits(1024, 1024, "tells_its_size").contains(refusal));
}

#[test]
#[ignore = "started by the other tests"]
fn tells_its_size() {
    if std::env::var_os("LIMITED").is_none() {
        return;
    }
    match install(&Settings::default()) {
        Ok(report) => {
            println!("\narena of {} bytes", report.arena_bytes);
            let secret = LockedBytes::copy_of(b"sixteen bytes or").unwrap();
            assert_eq!(secret.expose(), b"sixteen bytes or");
        }
        Err(error) => println!("\n{error}"),
    }
}

#[test]
fn a_full_arena_fails_cleanly_and_works_again_when_memory_is_given_back() {
    assert!(with_limits(8192, 8192, "fills_up").contains("works again"));
}

#[test]
#[ignore = "started by the other tests"]
fn fills_up() {
    if std::env::var_os("LIMITED").is_none() {
        return;
    }
    install(&Settings {
        arena_bytes_max: 4 << 20,
        ..Settings::default()
    })
    .unwrap();
    let key = RsaKeyPair::generate(rsa::KeySize::Rsa2048).unwrap();
    let encoded: encoding::Pkcs8V1Der<'_> = encoding::AsDer::as_der(&key).unwrap();

    let mut secrets = Vec::new();
    let refused = loop {
        match LockedBytes::zeroed(1000) {
            Ok(secret) => secrets.push(secret),
            Err(refused) => break refused,
        }
    };
    assert_eq!(refused, Exhausted { wanted_bytes: 1000 });
    while let Ok(secret) = LockedBytes::zeroed(16) {
        secrets.push(secret);
    }
    let full = usage();
    assert!(
        full.taken_bytes > full.heap_bytes / 10 * 9 && full.refusals >= 2,
        "{full:?}"
    );
    assert!(
        RsaKeyPair::from_pkcs8(encoded.as_ref()).is_err(),
        "aws-lc has no memory from elsewhere"
    );

    secrets.clear();
    RsaKeyPair::from_pkcs8(encoded.as_ref()).unwrap();
    let free = usage();
    assert!(free.taken_bytes < full.heap_bytes / 4, "{free:?}");
    println!("\nworks again");
}

#[test]
fn blocks_of_all_sizes_from_many_threads_are_zero_and_never_shared() {
    let threads: Vec<_> = (0..8u8)
        .map(|thread| {
            std::thread::spawn(move || {
                let mut kept: Vec<(LockedBytes, u8)> = Vec::new();
                let mut random = u32::from(thread) * 7919 + 1;
                for turn in 0..4000u32 {
                    random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let length = match random >> 29 {
                        0 => random >> 8 & 0xffff,
                        1..=2 => random >> 8 & 0xfff,
                        _ => random >> 8 & 0xff,
                    };
                    let mut secret = LockedBytes::zeroed(length as usize).unwrap();
                    assert!(
                        secret.expose().iter().all(|byte| *byte == 0),
                        "a block was not wiped"
                    );
                    let mark = thread.wrapping_mul(31).wrapping_add(turn.to_le_bytes()[0]) | 1;
                    secret.expose_mut().fill(mark);
                    kept.push((secret, mark));
                    if kept.len() > 40 {
                        let (secret, mark) = kept.swap_remove((random >> 3) as usize % 40);
                        assert!(
                            secret.expose().iter().all(|byte| *byte == mark),
                            "a block was shared"
                        );
                    }
                }
                for (secret, mark) in kept {
                    let is_whole = secret.expose().iter().all(|byte| *byte == mark);
                    assert!(is_whole, "a block was shared");
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn memory_moves_between_threads_and_sizes() {
    let (sender, receiver) = std::sync::mpsc::sync_channel::<LockedBytes>(16);
    let taker = std::thread::spawn(move || {
        receiver
            .into_iter()
            .map(|secret| secret.len())
            .sum::<usize>()
    });
    let mut sent = 0;
    for length in (1..20_000).step_by(7) {
        sent += length;
        sender.send(LockedBytes::zeroed(length).unwrap()).unwrap();
    }
    drop(sender);
    assert_eq!(taker.join().unwrap(), sent);
}
