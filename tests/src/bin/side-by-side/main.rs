//! Measures the module side by side with SoftHSM and with the bare library, in one run and taking turns.
//!
//! Each contender works in a process of its own ([`worker`]); this process starts them, tells them what to do, reads the
//! daemons' processor time, and writes the report. Ratios of one run are what counts: machines are noisy and shared.

#![forbid(unsafe_code)]

mod bare;
mod bench;
mod cases;
mod goals;
mod plot;
mod raw;
mod report;
mod start;
mod token;
mod turns;
mod worker;

use std::{env, path::PathBuf};

use bench::Bench;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("--worker") => worker::main(&arguments[1..]),
        Some("--first-signature") => start::first_signature(&arguments[1..]),
        _ => {
            let options = Options::parse(&arguments);
            let results = Bench::prepare(&options).run();
            report::write(&options.output, &results);
            plot::write(&options.output, &results);
        }
    }
}

/// What the command line says.
struct Options {
    /// Where the report goes.
    output: PathBuf,
    /// How long a contender works on one case with one number of threads in one round, in milliseconds.
    slice_milliseconds: u64,
    /// How often each contender gets its turn.
    rounds: usize,
    /// Objects in the token that is searched.
    objects: usize,
}

impl Options {
    fn parse(arguments: &[String]) -> Self {
        let mut options = Self {
            output: PathBuf::from("target/bench"),
            slice_milliseconds: 250,
            rounds: 5,
            objects: 10_000,
        };
        for pair in arguments.chunks(2) {
            let [name, value] = pair else { usage() };
            match name.as_str() {
                "--output" => options.output = PathBuf::from(value),
                "--slice-milliseconds" => options.slice_milliseconds = number(value),
                "--rounds" => {
                    options.rounds = usize::try_from(number(value)).unwrap_or_else(|_| usage());
                }
                "--objects" => {
                    options.objects = usize::try_from(number(value)).unwrap_or_else(|_| usage());
                }
                _ => usage(),
            }
        }
        options
    }
}

fn number(text: &str) -> u64 {
    text.parse().unwrap_or_else(|_| usage())
}

fn usage() -> ! {
    eprintln!("side-by-side [--output DIR] [--slice-milliseconds N] [--rounds N] [--objects N]");
    std::process::exit(2)
}
