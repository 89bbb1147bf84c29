//! What an account with 100,000 keys, as many aliases and a million grants costs: calls of KMS beside the same in an account
//! with ten keys, the daemon's start, and its memory. `make bench` runs it.

#![forbid(unsafe_code)]

mod account;

use std::{
    env,
    process::ExitCode,
    time::{Duration, Instant},
};

use account::Account;
use hsm_tests::{Daemon, processor::resident_kibibytes, signed::Signer};

const FEW_KEYS: usize = 10;
const FEW_GRANTS: usize = 100;
const MANY_KEYS: usize = 100_000;
const MANY_GRANTS: usize = 1_000_000;

/// Calls of one kind that are timed one by one.
const CALLS: usize = 300;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let number = |text: &String| text.parse().ok();
    let (keys, grants) = match arguments.as_slice() {
        [] => (MANY_KEYS, MANY_GRANTS),
        [keys, grants] if number(keys).is_some() => (
            number(keys).unwrap_or(MANY_KEYS),
            number(grants).unwrap_or(MANY_GRANTS),
        ),
        _ => {
            eprintln!("usage: kms-many-keys [KEYS GRANTS]");
            return ExitCode::from(2);
        }
    };
    let mut daemon = Daemon::dev();
    let few = Account::fill(&daemon, Signer::second_of(&daemon), FEW_KEYS, FEW_GRANTS);
    let before = resident_kibibytes(daemon.process_id());
    let begin = Instant::now();
    let many = Account::fill(&daemon, Signer::of(&daemon), keys, grants);
    eprintln!("made in {:.0?}", begin.elapsed());
    let grown = resident_kibibytes(daemon.process_id()) - before;

    println!(
        "| call (µs, p50; calls to both accounts take turns) | {FEW_KEYS} keys, {FEW_GRANTS} grants | {keys} keys, \
         {grants} grants | ratio |\n|---|---|---|---|"
    );
    let (mut few_calls, mut many_calls) = (few.calls(&daemon), many.calls(&daemon));
    for ((what, few), (_, many)) in few_calls.iter_mut().zip(&mut many_calls) {
        let (few, many) = side_by_side(few, many);
        println!("| {what} | {few:.0} | {many:.0} | {:.2} |", many / few);
    }
    drop((few_calls, many_calls));

    daemon.terminate();
    let begin = Instant::now();
    daemon.start_again();
    let start = begin.elapsed();
    println!("\ndaemon start with {keys} keys, {keys} aliases and {grants} grants: {start:.2?}");
    println!(
        "memory of the daemon: {} MiB more, {} MiB in all after a start",
        grown / 1024,
        resident_kibibytes(daemon.process_id()) / 1024
    );
    ExitCode::SUCCESS
}

/// The medians of two kinds of call, in microseconds.
fn side_by_side(one: &mut dyn FnMut(), other: &mut dyn FnMut()) -> (f64, f64) {
    let timed = |call: &mut dyn FnMut()| {
        let begin = Instant::now();
        call();
        begin.elapsed()
    };
    let (mut ones, mut others): (Vec<_>, Vec<_>) =
        (0..CALLS).map(|_| (timed(one), timed(other))).unzip();
    let median = |times: &mut Vec<Duration>| {
        times.sort_unstable();
        times[CALLS / 2].as_secs_f64() * 1e6
    };
    (median(&mut ones), median(&mut others))
}
