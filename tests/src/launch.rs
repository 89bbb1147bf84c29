//! Starting processes that see nothing of the person who runs the tests.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs::{self, File, OpenOptions},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::{binaries, daemon::DevOptions, tools::run};

/// A command that sees none of the settings of the person who runs the tests; `home` is made.
#[must_use]
pub fn isolated(program: impl AsRef<OsStr>, home: &Path) -> Command {
    fs::create_dir_all(home).expect("a home directory");
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let name_text = name.to_string_lossy();
        if ["HSM_", "PKCS11_", "AWS_", "XDG_", "HSMD_", "SOFTHSM"]
            .iter()
            .any(|prefix| name_text.starts_with(prefix))
        {
            command.env_remove(&name);
        }
    }
    command
        .env("HOME", home)
        .env("XDG_DATA_HOME", home.join(".local/share"))
        .env("LC_ALL", "C");
    command
}

pub(crate) fn spawn(arguments: &[String], options: &DevOptions, directory: &Path) -> Child {
    let log = OpenOptions::new()
        .create(true)
        .append(true)
        .open(directory.join("log"))
        .expect("a log file");
    spawn_logging(arguments, options, directory, &log)
}

fn spawn_logging(
    arguments: &[String],
    options: &DevOptions,
    directory: &Path,
    log: &File,
) -> Child {
    let home = directory.join("home");
    let mut command = if options.bears_file_limits {
        let mut shell = isolated("sh", &home);
        shell
            .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
            .arg(binaries::hsmd());
        shell
    } else {
        isolated(binaries::hsmd(), &home)
    };
    command
        .args(arguments)
        .envs(
            options
                .environment
                .iter()
                .map(|(name, value)| (name, value)),
        )
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a log file"))
        .stderr(log.try_clone().expect("a log file"))
        .spawn()
        .expect("hsmd can be started")
}

/// What a shell that reads `file` exports.
pub(crate) fn exported(file: &Path) -> BTreeMap<String, String> {
    let mut shell = Command::new("env");
    shell
        .args(["-i", "sh", "-c", ". \"$1\" && env -0", "sh"])
        .arg(file);
    let outcome = run(&mut shell).succeeded();
    let pairs = outcome
        .stdout
        .split('\0')
        .filter_map(|pair| pair.split_once('='));
    let own = ["PWD", "OLDPWD", "SHLVL", "_"];
    pairs
        .filter(|(name, _)| !own.contains(name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// A port that nobody listens on. The kernel does not give it out again soon.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener
        .local_addr()
        .expect("a bound socket has an address")
        .port()
}
