//! Measures the AWS door side by side with moto's server and with a bare hyper that computes the same, in one run and
//! taking turns. What counts is the processor time of the server, and the ratios of one run: machines are noisy and shared.

#![forbid(unsafe_code)]

mod bench;
mod case;
mod client;
mod floor;
mod plot;
mod report;
mod servers;

use std::{env, path::PathBuf};

use case::{Case, Contender, Http};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.as_slice() {
        [floor, certificate] if floor == "--floor" => floor::serve(certificate.as_ref()),
        _ => {
            let options = Options::parse(&arguments);
            let results = bench::run(&options);
            report::write(&options.output, &results);
            plot::write(&options.output, &results);
        }
    }
}

/// What the command line says.
struct Options {
    /// Where the report goes.
    output: PathBuf,
    /// How long a contender works on one case in one round, in milliseconds.
    slice_milliseconds: u64,
    /// How often each contender gets its turn.
    rounds: usize,
    calls: Vec<Case>,
    contenders: Vec<Contender>,
    versions: Vec<Http>,
    /// How many connections call at the same time.
    connections: Vec<usize>,
}

impl Options {
    fn parse(arguments: &[String]) -> Self {
        let mut options = Self {
            output: PathBuf::from("target/bench"),
            slice_milliseconds: 250,
            rounds: 5,
            calls: Case::ALL.to_vec(),
            contenders: Contender::ALL.to_vec(),
            versions: Http::ALL.to_vec(),
            connections: vec![1, 4, 16, 64],
        };
        for pair in arguments.chunks(2) {
            let [name, value] = pair else { usage() };
            let number = || value.parse::<u32>().unwrap_or_else(|_| usage());
            match name.as_str() {
                "--output" => options.output = PathBuf::from(value),
                "--slice-milliseconds" => options.slice_milliseconds = number().into(),
                "--rounds" => options.rounds = number() as usize,
                "--call" => options.calls.retain(|call| call.name().starts_with(value)),
                "--contender" => options
                    .contenders
                    .retain(|one| one.name().starts_with(value)),
                "--http" => options.versions.retain(|http| http.name().ends_with(value)),
                "--connections" => options.connections = vec![number() as usize],
                // What `make bench` says to its other programs.
                "--objects" => {}
                _ => usage(),
            }
        }
        options
    }
}

fn usage() -> ! {
    eprintln!(
        "kms-side-by-side [--output DIR] [--slice-milliseconds N] [--rounds N]\n  \
         To look at one thing alone: [--call Sign|Encrypt] [--contender hsmd|bare|moto] [--http 1.1|2] [--connections N]"
    );
    std::process::exit(2)
}
