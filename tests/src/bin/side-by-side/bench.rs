//! The parent: makes the tokens, starts the contenders, gives each its turn.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use hsm_tests::{
    Daemon,
    bench::median,
    binaries,
    launch::isolated,
    processor::{thread_times, time_since},
};
use serde::Serialize;
use tempfile::TempDir;

use crate::{
    Options,
    cases::{Case, Contender},
    token,
    turns::{Turn, Worker},
};

const THREADS: [usize; 3] = [1, 4, 16];
const PIN: &str = "123456";
/// Labels of the token for most cases, and of the one with many objects.
const FEW: &str = "few";
const MANY: &str = "many";
const SOFTHSM: [&str; 3] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
];

/// What was measured of one contender in one case with one number of threads, over all rounds.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Cell {
    #[serde(serialize_with = "case_name")]
    pub(crate) case: Case,
    #[serde(serialize_with = "contender_name")]
    pub(crate) contender: Contender,
    pub(crate) threads: usize,
    /// The median of the rounds.
    pub(crate) operations_per_second: f64,
    /// Of the caller's process, over all rounds.
    pub(crate) client_microseconds: f64,
    /// Of the daemon, over all rounds.
    pub(crate) daemon_microseconds: f64,
}

impl Cell {
    /// Client and daemon together.
    pub(crate) fn processor_microseconds(&self) -> f64 {
        self.client_microseconds + self.daemon_microseconds
    }
}

/// How one contender starts, on the token with many objects.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Start {
    #[serde(serialize_with = "contender_name")]
    pub(crate) contender: Contender,
    /// From starting a process to its end, with one signature in it: the median of the runs.
    pub(crate) whole_process_milliseconds: f64,
    /// The most memory of that process.
    pub(crate) client_memory_mib: f64,
}

/// All that the report says.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Results {
    pub(crate) machine: String,
    pub(crate) peer: String,
    pub(crate) objects: usize,
    pub(crate) rounds: usize,
    pub(crate) slice_milliseconds: u64,
    /// What an empty process takes to start and end.
    pub(crate) empty_process_milliseconds: f64,
    pub(crate) cells: Vec<Cell>,
    pub(crate) starts: Vec<Start>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn case_name<S: serde::Serializer>(case: &Case, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(case.name())
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn contender_name<S: serde::Serializer>(
    contender: &Contender,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(contender.name())
}

impl Results {
    pub(crate) fn cell(&self, contender: Contender, case: Case, threads: usize) -> Option<&Cell> {
        self.cells
            .iter()
            .find(|cell| (cell.contender, cell.case, cell.threads) == (contender, case, threads))
    }

    pub(crate) fn start(&self, contender: Contender) -> Option<&Start> {
        self.starts
            .iter()
            .find(|start| start.contender == contender)
    }
}

/// Everything that is ready to be measured.
pub(crate) struct Bench<'a> {
    options: &'a Options,
    daemon: Daemon,
    softhsm: SoftHsm,
    /// The other side of bare frames.
    bare: Worker,
}

/// SoftHSM with its two token folders.
struct SoftHsm {
    module: PathBuf,
    directory: TempDir,
}

impl SoftHsm {
    fn new() -> Self {
        let module = SOFTHSM
            .iter()
            .map(PathBuf::from)
            .find(|path| path.is_file());
        let module =
            module.expect("SoftHSM is not installed; `make install-dependencies` installs it");
        let directory = tempfile::Builder::new()
            .prefix("hsm-bench-")
            .tempdir()
            .expect("a temporary directory");
        for name in [FEW, MANY] {
            let tokens = directory.path().join(name);
            fs::create_dir_all(&tokens).expect("a token folder");
            let settings = format!(
                "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
                tokens.display()
            );
            fs::write(directory.path().join(format!("{name}.conf")), settings)
                .expect("SoftHSM's configuration");
        }
        Self { module, directory }
    }

    fn configuration(&self, label: &str) -> PathBuf {
        self.directory.path().join(format!("{label}.conf"))
    }
}

impl<'a> Bench<'a> {
    /// Starts a daemon and makes all tokens.
    pub(crate) fn prepare(options: &'a Options) -> Self {
        let daemon = Daemon::dev();
        let mut serve = this_program(&daemon);
        serve.args(["--worker", "serve"]).arg(bare_socket(&daemon));
        let bench = Self {
            options,
            daemon,
            softhsm: SoftHsm::new(),
            bare: Worker::start(&mut serve),
        };
        bench.make_partitions();
        for contender in [Contender::SoftHsm, Contender::Unix] {
            for (label, objects) in [(FEW, 0), (MANY, options.objects)] {
                let started = Instant::now();
                eprintln!(
                    "{}: making the token {label} with {objects} objects",
                    contender.name()
                );
                let mut command = bench.command(contender, label);
                let status = command
                    .args(["--worker", "populate"])
                    .args(bench.access(contender, label));
                let status = status
                    .arg(objects.to_string())
                    .status()
                    .expect("a worker can be started");
                assert!(status.success(), "the token {label} could not be made");
                eprintln!("  {:.1} s", started.elapsed().as_secs_f64());
            }
        }
        bench
    }

    /// The partitions of the daemon's two tokens, and a client certificate for both.
    fn make_partitions(&self) {
        let daemon = &self.daemon;
        let secret = |name: &str, content: &str| {
            let file = daemon.scratch().join(name);
            fs::write(&file, content).expect("a file for a PIN");
            file.display().to_string()
        };
        let (pin, so_pin) = (secret("pin", PIN), secret("so-pin", "12345678"));
        for label in [FEW, MANY] {
            let create = [
                "partition",
                "create",
                label,
                "--label",
                label,
                "--profile",
                "compatible",
            ];
            let pins = ["--so-pin-file", &so_pin, "--pin-file", &pin];
            let _ = daemon.hsm(&[&create[..], &pins[..]].concat()).succeeded();
        }
        let settings = fs::read_to_string(daemon.data_dir().join("client-tls.toml"));
        let settings: toml::Table = settings.expect("client-tls.toml").parse().expect("TOML");
        let endpoint = settings["endpoint"].as_str().expect("an address");
        let folder = self.identity().display().to_string();
        let issue = [
            "identity",
            "issue",
            "bench",
            "--partition",
            FEW,
            "--partition",
            MANY,
        ];
        let files = ["--identity-dir", &folder, "--for-endpoint", endpoint];
        let _ = daemon.hsm(&[&issue[..], &files[..]].concat()).succeeded();
    }

    /// The folder of the client certificate.
    fn identity(&self) -> PathBuf {
        self.daemon.scratch().join("identity")
    }

    /// This program, with what a contender finds its token by.
    fn command(&self, contender: Contender, label: &str) -> Command {
        let own = || std::env::current_exe().expect("a running program has a path");
        match contender {
            Contender::Raw | Contender::Bare => this_program(&self.daemon),
            Contender::SoftHsm => {
                let mut command = this_program(&self.daemon);
                command.env("SOFTHSM2_CONF", self.softhsm.configuration(label));
                command
            }
            Contender::Unix => {
                let mut command = self.daemon.command(own());
                command.env(
                    "HSM_ENDPOINT",
                    format!("unix:{}", self.daemon.socket().display()),
                );
                command
            }
            Contender::Mtls => self.daemon.command_as(&self.identity(), own()),
        }
    }

    /// The module, the token's label and the PIN as a worker takes them.
    fn access(&self, contender: Contender, label: &str) -> Vec<String> {
        let module = match contender {
            Contender::Raw => return vec!["raw".to_owned()],
            Contender::Bare => {
                let socket = bare_socket(&self.daemon).display().to_string();
                return vec!["bare".to_owned(), socket];
            }
            Contender::SoftHsm => self.softhsm.module.clone(),
            Contender::Unix | Contender::Mtls => binaries::module(),
        };
        vec![
            module.display().to_string(),
            label.to_owned(),
            PIN.to_owned(),
        ]
    }

    /// Gives every contender its turn, round after round.
    pub(crate) fn run(&self) -> Results {
        let mut cells = Vec::new();
        for is_large in [false, true] {
            let cases: Vec<Case> = Case::ALL
                .into_iter()
                .filter(|case| case.is_on_the_large_token() == is_large)
                .collect();
            let label = if is_large { MANY } else { FEW };
            let offers = |contender: &Contender| cases.iter().any(|case| contender.offers(*case));
            let contenders: Vec<Contender> = Contender::ALL.into_iter().filter(offers).collect();
            let mut workers: Vec<(Contender, Worker)> = contenders
                .iter()
                .map(|contender| (*contender, self.worker(*contender, label)))
                .collect();
            for case in cases {
                for threads in THREADS {
                    eprintln!("{}, {threads} threads", case.name());
                    cells.extend(self.measure(&mut workers, case, threads));
                }
            }
        }
        Results {
            machine: machine(),
            peer: peer(),
            objects: self.options.objects,
            rounds: self.options.rounds,
            slice_milliseconds: self.options.slice_milliseconds,
            empty_process_milliseconds: median(
                (0..40)
                    .map(|_| milliseconds(&mut Command::new("true")).0)
                    .collect(),
            ),
            cells,
            starts: [Contender::SoftHsm, Contender::Unix, Contender::Mtls]
                .map(|contender| self.start(contender))
                .into(),
        }
    }

    fn worker(&self, contender: Contender, label: &str) -> Worker {
        let mut command = self.command(contender, label);
        command.arg("--worker").args(self.access(contender, label));
        Worker::start(&mut command)
    }

    fn measure(
        &self,
        workers: &mut [(Contender, Worker)],
        case: Case,
        threads: usize,
    ) -> Vec<Cell> {
        let mut rounds: Vec<Vec<Turn>> = vec![Vec::new(); workers.len()];
        for _ in 0..self.options.rounds {
            for ((contender, worker), turns) in workers.iter_mut().zip(&mut rounds) {
                if !contender.offers(case) {
                    continue;
                }
                let server = self.server(*contender);
                let before = server.map(thread_times);
                let mut turn = worker.work(threads, self.options.slice_milliseconds, case);
                if let (Some(server), Some(before)) = (server, before) {
                    turn.daemon = time_since(server, &before);
                }
                turns.push(turn);
            }
        }
        let named = workers
            .iter()
            .zip(rounds)
            .filter(|(_, turns)| !turns.is_empty());
        let cell = |((contender, _), turns): (&(Contender, Worker), Vec<Turn>)| {
            let operations: f64 = turns.iter().map(|turn| turn.operations).sum();
            let microseconds = |time: fn(&Turn) -> Duration| {
                turns.iter().map(time).sum::<Duration>().as_secs_f64() * 1e6 / operations
            };
            Cell {
                case,
                contender: *contender,
                threads,
                operations_per_second: median(turns.iter().map(Turn::rate).collect()),
                client_microseconds: microseconds(|turn| turn.client),
                daemon_microseconds: microseconds(|turn| turn.daemon),
            }
        };
        named.map(cell).collect()
    }

    /// The process that works for a contender, if one does.
    fn server(&self, contender: Contender) -> Option<u32> {
        match contender {
            Contender::Raw | Contender::SoftHsm => None,
            Contender::Bare => Some(self.bare.id()),
            Contender::Unix | Contender::Mtls => {
                let process = self.daemon.process_id().as_raw_nonzero();
                Some(process.get().unsigned_abs())
            }
        }
    }

    fn start(&self, contender: Contender) -> Start {
        eprintln!("{}: process start to first signature", contender.name());
        let runs: Vec<(f64, String)> = (0..20)
            .map(|_| {
                let mut command = self.command(contender, MANY);
                milliseconds(
                    command
                        .arg("--first-signature")
                        .args(self.access(contender, MANY)),
                )
            })
            .collect();
        let kib: f64 = runs[0].1.trim().parse().expect("the memory of the process");
        Start {
            contender,
            whole_process_milliseconds: median(runs.into_iter().map(|(time, _)| time).collect()),
            client_memory_mib: kib / 1024.0,
        }
    }
}

/// This program, as a contender's process.
fn this_program(daemon: &Daemon) -> Command {
    let own = std::env::current_exe().expect("a running program has a path");
    isolated(own, &daemon.scratch())
}

fn bare_socket(daemon: &Daemon) -> PathBuf {
    daemon.scratch().join("bare.sock")
}

/// How long a command takes from its start to its end, and what it printed.
fn milliseconds(command: &mut Command) -> (f64, String) {
    let started = Instant::now();
    let output = command.output().expect("a program can be started");
    let elapsed = started.elapsed().as_secs_f64() * 1000.0;
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    (
        elapsed,
        String::from_utf8_lossy(&output.stdout).into_owned(),
    )
}

fn machine() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .unwrap_or("unknown processor");
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "{processors} × {}",
        model.trim_start_matches([' ', '\t', ':'])
    )
}

fn peer() -> String {
    let query = Command::new("dpkg-query")
        .args(["-W", "-f", "${Version}", "libsofthsm2"])
        .output();
    let version = query.ok().filter(|output| output.status.success());
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    format!(
        "SoftHSM {}",
        version.unwrap_or_else(|| "of an unknown version".to_owned())
    )
}

/// `--worker populate MODULE LABEL PIN OBJECTS`.
pub(crate) fn populate(arguments: &[String]) {
    let [module, label, pin, objects] = arguments else {
        panic!("populate MODULE LABEL PIN OBJECTS")
    };
    token::populate(
        Path::new(module),
        label,
        pin,
        objects.parse().expect("a number of objects"),
    );
}
