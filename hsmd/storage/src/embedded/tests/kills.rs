//! A process that writes is killed at any moment: whatever it reported as acknowledged is there.

use std::io::{BufRead, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::*;

/// Kills in `make test`; `HSMD_KILLS` asks for more.
const KILLS: u64 = 50;
/// Names the directory for the process that writes.
const DIRECTORY_VARIABLE: &str = "HSMD_TEST_STORE";

#[test]
fn a_kill_loses_nothing_that_was_acknowledged() {
    let kills = std::env::var("HSMD_KILLS")
        .ok()
        .and_then(|kills| kills.parse().ok())
        .unwrap_or(KILLS);
    let directory = tempfile::tempdir().unwrap();
    let mut random = random(1);
    let mut newest: HashMap<u8, u64> = HashMap::new();
    let mut acknowledged = 0;
    for kill in 0..kills {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "--ignored",
                "--nocapture",
                "embedded::tests::kills::write_until_killed",
            ])
            .env(DIRECTORY_VARIABLE, directory.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut acknowledgements = lines.map_while(Result::ok).filter_map(|line| parse(&line));
        let wanted = 1 + usize::try_from(random(60)).unwrap();
        for (writer, number) in acknowledgements.by_ref().take(wanted) {
            newest.insert(writer, number);
            acknowledged += 1;
        }
        child.kill().unwrap();
        // What it had reported before the kill reached it.
        for (writer, number) in acknowledgements {
            newest.insert(writer, number);
            acknowledged += 1;
        }
        child.wait().unwrap();

        let store =
            Embedded::open(directory.path()).unwrap_or_else(|error| panic!("kill {kill}: {error}"));
        for (writer, number) in &newest {
            let found = read(&store, &[*writer]).map_or(0, |value| {
                u64::from_be_bytes(value[..8].try_into().unwrap())
            });
            assert!(
                found >= *number,
                "kill {kill}: writer {writer} lost {number}, has {found}"
            );
        }
    }
    eprintln!("{kills} kills, {acknowledged} transactions acknowledged, lost 0");
    assert!(acknowledged >= kills);
}

fn parse(line: &str) -> Option<(u8, u64)> {
    let (writer, number) = line.strip_prefix("acknowledged ")?.split_once(' ')?;
    Some((writer.parse().ok()?, number.parse().ok()?))
}

#[test]
#[ignore = "the process that the test above kills"]
fn write_until_killed() {
    let Some(directory) = std::env::var_os(DIRECTORY_VARIABLE).map(PathBuf::from) else {
        return;
    };
    let store = Embedded::open(&directory).unwrap();
    std::thread::scope(|scope| {
        for writer in 0..4_u8 {
            let store = &store;
            scope.spawn(move || {
                let begin = read(store, &[writer]).map_or(0, |value| {
                    u64::from_be_bytes(value[..8].try_into().unwrap())
                });
                for number in begin + 1.. {
                    let mut value = number.to_be_bytes().to_vec();
                    value.resize(2000, writer);
                    assert!(matches!(
                        write(store, &[writer], &value).0,
                        Ok(Outcome::Committed(_))
                    ));
                    // One write, so that lines of several writers do not mix.
                    std::io::stdout()
                        .write_all(format!("acknowledged {writer} {number}\n").as_bytes())
                        .unwrap();
                }
            });
        }
    });
}
