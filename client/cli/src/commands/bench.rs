//! `hsm bench`: signatures a second, as one client sees them.

use std::{
    io::{self, Write},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use clap::Args;
use hsm_algorithms::{Algorithm, KeySpec, Purpose};
use hsm_proto::{SignRequest, TokenInfo};
use serde::Serialize;

use super::key::generate;
use crate::{
    failure::{Exit, Failure},
    output::{self, Report},
    session::{Session, TokenArguments},
};

/// Measure how many signatures a second the daemon makes for one client.
///
/// Connection, access check and audit record are included. The key is made for the purpose, as a session object, and is
/// gone afterwards.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hsm bench
  hsm bench --kind RSA_2048 --kind ED25519 --threads 1,16 --seconds 5")]
pub(crate) struct Arguments {
    /// Kind of key; may be given more than once
    #[arg(long = "kind", value_name = "KIND", value_parser = generate::spec, default_value = "EC_P256")]
    kinds: Vec<KeySpec>,
    /// Numbers of threads to measure with
    #[arg(long, value_name = "N,N…", value_delimiter = ',', default_value = "1,4", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Vec<u16>,
    /// How long each measurement takes, at most 60
    #[arg(long, value_name = "SECONDS", default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    #[command(flatten)]
    token: TokenArguments,
}

pub(super) fn run(session: &Session, arguments: &Arguments) -> Result<(), Failure> {
    let mut kinds = Vec::new();
    for spec in &arguments.kinds {
        let algorithm = signing_algorithm(*spec)
            .ok_or_else(|| Failure::new(Exit::Usage, format!("keys of kind {spec} do not sign")))?;
        kinds.push((spec, algorithm));
    }
    let token = session.login(&arguments.token)?;
    let mut rows = Vec::new();
    for (spec, algorithm) in kinds {
        let key = generate::signing_key(session, &token, *spec)?;
        for threads in &arguments.threads {
            let progress = output::waiting(session.output, &format!("{spec}, {threads} threads"));
            let measured = measure(
                session,
                &token,
                &key,
                algorithm,
                usize::from(*threads),
                arguments.seconds,
            );
            progress.finish_and_clear();
            rows.push(row(*spec, algorithm, *threads, &measured?));
        }
    }
    session.output.show(&Measured { measurements: rows })
}

/// The algorithm with which a key of this kind signs a digest of a message, or the message itself.
fn signing_algorithm(spec: KeySpec) -> Option<Algorithm> {
    let signs = |algorithm: &Algorithm| {
        algorithm.row().keys.contains(&spec.kind()) && algorithm.is_for(Purpose::Sign)
    };
    // The usual ones first, else whichever hashes the message by itself.
    [
        Algorithm::EcdsaSha256,
        Algorithm::RsassaPkcs1V15Sha256,
        Algorithm::EdDsa,
        Algorithm::HmacSha256,
    ]
    .into_iter()
    .chain(
        Algorithm::ALL
            .iter()
            .copied()
            .filter(|algorithm| algorithm.row().digest.is_some()),
    )
    .find(signs)
}

struct Sample {
    latencies: Vec<Duration>,
    took: Duration,
}

fn measure(
    session: &Session,
    token: &TokenInfo,
    key: &[u8],
    algorithm: Algorithm,
    threads: usize,
    seconds: u64,
) -> Result<Sample, Failure> {
    let request = SignRequest {
        partition: token.partition.clone(),
        key: key.to_vec(),
        algorithm: algorithm.name().to_owned(),
        parameters: None,
        message: vec![0x42; 32],
        is_digest: false,
    };
    let is_over = AtomicBool::new(false);
    let started = Instant::now();
    let results: Vec<Result<Vec<Duration>, Failure>> = thread::scope(|scope| {
        let callers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut latencies = Vec::new();
                    while !is_over.load(Ordering::Relaxed) {
                        let before = Instant::now();
                        if let Err(failure) = session.call(request.clone()) {
                            is_over.store(true, Ordering::Relaxed);
                            return Err(failure);
                        }
                        latencies.push(before.elapsed());
                        if started.elapsed().as_secs() >= seconds {
                            break;
                        }
                    }
                    Ok(latencies)
                })
            })
            .collect();
        callers
            .into_iter()
            .map(|caller| {
                caller
                    .join()
                    .unwrap_or_else(|_| Err(Failure::new(Exit::Failed, "a thread ended early")))
            })
            .collect()
    });
    let took = started.elapsed();
    let mut latencies = Vec::new();
    for result in results {
        latencies.append(&mut result?);
    }
    latencies.sort_unstable();
    Ok(Sample { latencies, took })
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn row(spec: KeySpec, algorithm: Algorithm, threads: u16, sample: &Sample) -> Measurement {
    let microseconds = |part: usize| {
        let index =
            (sample.latencies.len() * part / 100).min(sample.latencies.len().saturating_sub(1));
        sample
            .latencies
            .get(index)
            .map_or(0.0, |latency| (latency.as_secs_f64() * 1e7).round() / 10.0)
    };
    Measurement {
        kind: spec.to_string(),
        algorithm: algorithm.name(),
        threads,
        operations_per_second: (sample.latencies.len() as f64 / sample.took.as_secs_f64()).round(),
        p50_microseconds: microseconds(50),
        p99_microseconds: microseconds(99),
    }
}

#[derive(Serialize)]
struct Measurement {
    kind: String,
    algorithm: &'static str,
    threads: u16,
    operations_per_second: f64,
    p50_microseconds: f64,
    p99_microseconds: f64,
}

#[derive(Serialize)]
struct Measured {
    measurements: Vec<Measurement>,
}

impl Report for Measured {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let rows = self.measurements.iter().map(|measurement| {
            vec![
                measurement.kind.clone(),
                measurement.algorithm.to_owned(),
                measurement.threads.to_string(),
                format!("{:.0}", measurement.operations_per_second),
                format!("{:.1}", measurement.p50_microseconds),
                format!("{:.1}", measurement.p99_microseconds),
            ]
        });
        let header = [
            "KIND",
            "ALGORITHM",
            "THREADS",
            "SIGNATURES/S",
            "P50 µs",
            "P99 µs",
        ];
        write!(out, "{}", output::table(&header, rows))
    }
}
