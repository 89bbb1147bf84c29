//! `make attacks`: every attack of the suite on a strict and a compatible token of ours, and on SoftHSM's.
//!
//! Each token is attacked in a process of its own, since a module may crash; the attack under which it does is told, and
//! the next ones are tried in a new process.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use hsm_tests::{
    Daemon,
    attacks::{Attack, Ground},
    c_caller::CModule,
    isolated, run,
};

const PIN: &str = "1234";
const SO_PIN: &str = "12345678";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.as_slice() {
        [] => compare(),
        [module, label, pin, so_pin, first] => {
            attack(Path::new(module), label, pin, so_pin, first);
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("usage: attacks [MODULE LABEL PIN SO-PIN FIRST]");
            ExitCode::from(2)
        }
    }
}

/// Tries the attacks from number `first` on and prints a line before and after each.
fn attack(module: &Path, label: &str, pin: &str, so_pin: &str, first: &str) {
    let first: usize = first.parse().expect("a number");
    let ground = Ground::new(CModule::load(module), label, pin, so_pin).expect("a token to attack");
    for attack in Attack::all().into_iter().skip(first) {
        println!("{}\t{}", attack.name, attack.try_on(&ground));
    }
}

fn compare() -> ExitCode {
    let daemon = Daemon::dev();
    let strict = daemon.make_token("strict", "strict");
    let ours = |label: &str| {
        let module = PathBuf::from(daemon.variable("PKCS11_MODULE"));
        let mut command = daemon.command(own_path());
        command.args([&module]).args([
            label,
            daemon.variable("HSM_PIN"),
            daemon.variable("HSM_SO_PIN"),
        ]);
        command
    };
    let strict = outcomes(|| ours(&strict));
    let compatible = outcomes(|| ours(daemon.variable("HSM_TOKEN_LABEL")));
    let softhsm = soft_hsm().map(|token| outcomes(|| token.command()));
    if softhsm.is_none() {
        eprintln!("LEFT OUT: SoftHSM is not installed (Debian package softhsm2)");
    }

    println!("| Attack | hsmd, strict | hsmd, compatible | SoftHSM |");
    println!("|---|---|---|---|");
    let names = Attack::all();
    for (index, attack) in names.iter().enumerate() {
        let of_softhsm = softhsm.as_ref().map_or("", |outcomes| &outcomes[index]);
        println!(
            "| {}: {} | {} | {} | {of_softhsm} |",
            attack.name, attack.summary, strict[index], compatible[index]
        );
    }
    let gains = |outcomes: &[String]| {
        outcomes
            .iter()
            .filter(|outcome| outcome.starts_with("GAINED") || outcome.starts_with("CRASHED"))
            .count()
    };
    println!(
        "\n{} attacks. Gained something: hsmd strict {}, hsmd compatible {}, SoftHSM {}.",
        names.len(),
        gains(&strict),
        gains(&compatible),
        softhsm.as_deref().map_or_else(
            || "not tried".to_owned(),
            |outcomes| gains(outcomes).to_string()
        ),
    );
    ExitCode::from(u8::from(gains(&strict) > 0))
}

/// What came of each attack on one token.
fn outcomes(command: impl Fn() -> Command) -> Vec<String> {
    let count = Attack::all().len();
    let mut outcomes = Vec::new();
    while outcomes.len() < count {
        let outcome = run(command().arg(outcomes.len().to_string()));
        let lines = outcome.stdout.lines();
        outcomes.extend(lines.filter_map(|line| Some(line.split_once('\t')?.1.to_owned())));
        if outcomes.len() < count {
            if outcome.code == Some(0) {
                break;
            }
            outcomes.push("CRASHED".to_owned());
        }
    }
    outcomes.resize(count, "not tried".to_owned());
    outcomes
}

fn own_path() -> PathBuf {
    env::current_exe().expect("a running program has a path")
}

/// A token of SoftHSM in a directory of its own.
struct SoftHsm {
    module: PathBuf,
    directory: tempfile::TempDir,
}

fn soft_hsm() -> Option<SoftHsm> {
    let module = [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
        "/usr/local/lib/softhsm/libsofthsm2.so",
    ];
    let module = module
        .iter()
        .map(PathBuf::from)
        .find(|path| path.is_file())?;
    let directory = tempfile::tempdir().expect("a temporary directory");
    let tokens = directory.path().join("tokens");
    fs::create_dir(&tokens).expect("a directory for tokens");
    let configuration = format!(
        "directories.tokendir = {}\nlog.level = ERROR\n",
        tokens.display()
    );
    fs::write(directory.path().join("softhsm2.conf"), configuration).expect("a configuration");
    let token = SoftHsm { module, directory };
    let mut initialise = token.isolated("softhsm2-util");
    let initialise = initialise.args(["--init-token", "--free", "--label", "victim"]);
    run(initialise.args(["--so-pin", SO_PIN, "--pin", PIN])).succeeded();
    Some(token)
}

impl SoftHsm {
    fn isolated(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = isolated(program, &self.directory.path().join("home"));
        command.env("SOFTHSM2_CONF", self.directory.path().join("softhsm2.conf"));
        command
    }

    fn command(&self) -> Command {
        let mut command = self.isolated(own_path());
        command.arg(&self.module).args(["victim", PIN, SO_PIN]);
        command
    }
}
