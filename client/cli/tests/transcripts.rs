//! What `hsm` says, word for word: help, errors and JSON. Each file of `transcripts/` holds commands and what they
//! write; where they differ from the program, the test shows both. `UPDATE_TRANSCRIPTS=1 cargo test` writes the files
//! anew, for a reviewer to read.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::{env, fmt::Write, fs, path::Path, process::Command};

#[test]
fn every_transcript_is_what_the_program_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        let expected = fs::read_to_string(&file).unwrap();
        let said = replay(&expected);
        if env::var_os("UPDATE_TRANSCRIPTS").is_some() {
            fs::write(&file, &said).unwrap();
        } else {
            assert_eq!(said, expected, "{}", file.display());
        }
    }
}

/// Runs the lines that start with `$ `, and writes what they say as the transcript should.
fn replay(transcript: &str) -> String {
    let mut said = String::new();
    for line in transcript
        .lines()
        .filter(|line| line.starts_with("$ ") || line.starts_with("# "))
    {
        if line.starts_with("# ") {
            writeln!(said, "{line}").unwrap();
            continue;
        }
        let arguments = line
            .strip_prefix("$ hsm")
            .expect("a transcript runs hsm")
            .split_whitespace();
        let folder = tempfile::tempdir().unwrap();
        // No terminal, no configuration, and nothing of the developer's own.
        let output = Command::new(env!("CARGO_BIN_EXE_hsm"))
            .args(arguments)
            .env_clear()
            .env("HOME", folder.path())
            .current_dir(folder.path())
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        writeln!(said, "{line}").unwrap();
        said += &String::from_utf8(output.stdout).unwrap();
        said += &String::from_utf8(output.stderr).unwrap();
        writeln!(said, "[exit {}]\n", output.status.code().unwrap()).unwrap();
    }
    said
}
