//! Stores that are full, damaged, or in use twice.

use std::{
    fs,
    path::{Path, PathBuf},
};

use hsm_tests::{Daemon, DevOptions, daemon::Directory, tools::PKCS11_TOOL};

/// Everything below the data directory that is longer than a page, the store and its logs.
fn stored_files(data: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![data.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() && entry.metadata().unwrap().len() >= 4096 {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            copy(&entry.path(), &target);
        } else if kind.is_file() {
            fs::copy(entry.path(), target).unwrap();
        }
    }
    fs::set_permissions(to, fs::metadata(from).unwrap().permissions()).unwrap();
}

/// A stopped daemon's directory with some keys in it.
fn directory_with_keys() -> Daemon {
    let mut daemon = Daemon::dev();
    for index in 0..5 {
        let label = format!("kept-{index}");
        let _ = daemon
            .pkcs11_tool(&["--keygen", "--key-type", "AES:32", "--label", &label])
            .succeeded();
    }
    daemon.terminate();
    daemon
}

/// Starts a daemon on a damaged copy. It must refuse to start and say why, or have every key; never start without.
fn refuses_or_has_all(copied: &Path, what: &str) {
    let directory = Directory::Borrowed(copied.to_path_buf());
    let damaged = DevOptions {
        is_damaged: true,
        ..DevOptions::default()
    };
    match Daemon::try_dev_in(directory, damaged) {
        Err(said) => {
            assert!(!said.contains("panicked"), "{what}: {said}");
            assert!(
                !said.contains("not ready after"),
                "{what} made it hang: {said}"
            );
        }
        Ok(daemon) => {
            let listed = daemon.pkcs11_tool(&["--list-objects", "--type", "secrkey"]);
            let kept = (0..5)
                .filter(|index| listed.stdout.contains(&format!("kept-{index}")))
                .count();
            assert!(
                kept == 5,
                "{what} lost keys without a word: {listed}\n{}",
                daemon.log()
            );
        }
    }
}

#[test]
fn a_file_that_is_cut_short_is_found_or_repaired() {
    if !PKCS11_TOOL.is_here() {
        return;
    }
    let daemon = directory_with_keys();
    for file in stored_files(&daemon.data_dir()) {
        let relative = file.strip_prefix(daemon.data_dir()).unwrap();
        for part in [0, 1, 2, 3] {
            let copied = tempfile::Builder::new()
                .prefix("hsm-cut-")
                .tempdir()
                .unwrap();
            copy(&daemon.data_dir(), &copied.path().join("data"));
            let target = copied.path().join("data").join(relative);
            let length = fs::metadata(&target).unwrap().len();
            fs::OpenOptions::new()
                .write(true)
                .open(&target)
                .unwrap()
                .set_len(length * part / 4)
                .unwrap();
            refuses_or_has_all(
                copied.path(),
                &format!("{} cut to {part}/4", relative.display()),
            );
        }
    }
}

#[test]
fn a_flipped_bit_is_found_or_harmless() {
    if !PKCS11_TOOL.is_here() {
        return;
    }
    let daemon = directory_with_keys();
    for file in stored_files(&daemon.data_dir()) {
        let relative = file.strip_prefix(daemon.data_dir()).unwrap();
        let original = fs::read(&file).unwrap();
        // Where there is something: a spread over the bytes that are not zero.
        let used: Vec<usize> = (0..original.len())
            .filter(|at| original[*at] != 0)
            .collect();
        for sixth in 0..6 {
            let Some(at) = used.get(used.len() * sixth / 6) else {
                continue;
            };
            let copied = tempfile::Builder::new()
                .prefix("hsm-bit-")
                .tempdir()
                .unwrap();
            copy(&daemon.data_dir(), &copied.path().join("data"));
            let mut damaged = original.clone();
            damaged[*at] ^= 0x10;
            fs::write(copied.path().join("data").join(relative), damaged).unwrap();
            refuses_or_has_all(
                copied.path(),
                &format!("{} with byte {at} changed", relative.display()),
            );
        }
    }
}

#[test]
fn a_second_daemon_on_the_same_store_is_refused() {
    let first = Daemon::dev();
    let second = hsm_tests::run(
        first
            .command(hsm_tests::binaries::hsmd())
            .args(["dev", "--data-dir"])
            .arg(first.data_dir()),
    );
    let _ = second.failed();
    let _ = first.hsm(&["status"]).succeeded();
}

#[test]
fn a_full_disk_is_said_and_loses_nothing() {
    if !PKCS11_TOOL.is_here() {
        return;
    }
    let options = DevOptions {
        bears_file_limits: true,
        ..DevOptions::default()
    };
    let mut full = Daemon::dev_with(options);
    let lengths = stored_files(&full.data_dir())
        .into_iter()
        .map(|file| fs::metadata(file).unwrap().len());
    // Some more objects still fit.
    full.limit_files(lengths.max().unwrap_or_default() + 200_000);
    let note = full.scratch().join("note");
    fs::write(&note, vec![1; 30_000]).unwrap();
    let mut acknowledged = Vec::new();
    let mut refused = None;
    for index in 0..200 {
        let label = format!("note-{index}");
        let write = [
            "--write-object",
            note.to_str().unwrap(),
            "--type",
            "data",
            "--label",
            &label,
        ];
        let outcome = full.pkcs11_tool(&write);
        if outcome.code == Some(0) {
            acknowledged.push(label);
        } else {
            refused = Some(outcome);
            break;
        }
    }
    let refused = refused.expect("the disk got full");
    let said = refused.stderr.contains("CKR_DEVICE_MEMORY")
        || refused.stderr.contains("CKR_DEVICE_ERROR")
        || refused.stderr.contains("CKR_DEVICE_REMOVED");
    assert!(said, "{refused}");
    // With room again, all that was acknowledged is there.
    full.kill_and_restart();
    let listed = full
        .pkcs11_tool(&["--list-objects", "--type", "data"])
        .succeeded();
    let lost: Vec<_> = acknowledged
        .iter()
        .filter(|label| !listed.stdout.contains(&format!("'{label}'")))
        .collect();
    assert!(lost.is_empty(), "lost {lost:?}: {listed}");
}

#[test]
fn an_old_store_put_back_is_found_by_the_audit_log() {
    if !PKCS11_TOOL.is_here() {
        return;
    }
    let mut daemon = directory_with_keys();
    let store = daemon.data_dir().join("store");
    let old = daemon.scratch().join("old-store");
    copy(&store, &old);
    // One change later the copy is old.
    daemon.start_again();
    let destroyed = ["--delete-object", "--type", "secrkey", "--label", "kept-0"];
    let _ = daemon.pkcs11_tool(&destroyed).succeeded();
    daemon.terminate();

    let new = daemon.scratch().join("new-store");
    fs::rename(&store, &new).unwrap();
    copy(&old, &store);
    let options = || DevOptions {
        is_damaged: true,
        ..DevOptions::default()
    };
    let directory = || Directory::Borrowed(daemon.data_dir().parent().unwrap().to_path_buf());
    let Err(said) = Daemon::try_dev_in(directory(), options()) else {
        panic!("the key that was destroyed is back");
    };
    assert!(said.contains("an old copy was put back"), "{said}");

    fs::remove_dir_all(&store).unwrap();
    fs::rename(&new, &store).unwrap();
    let daemon = Daemon::try_dev_in(directory(), options()).ok().unwrap();
    let listed = daemon.pkcs11_tool(&["--list-objects", "--type", "secrkey"]);
    assert!(listed.stdout.contains("kept-1") && !listed.stdout.contains("kept-0"));
}
