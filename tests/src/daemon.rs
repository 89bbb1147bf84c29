//! Real daemons: `hsmd dev` and `hsmd serve`, each in a directory of its own.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus},
    time::Duration,
};

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
use tempfile::TempDir;

use crate::{
    binaries,
    launch::{exported, free_port, isolated, spawn},
    readiness::{NotReady, wait_for, wait_for_end},
    tools::{Outcome, run},
};

/// A daemon starts in far less; beside a build on two processors it may take this long.
const START_LIMIT: Duration = Duration::from_mins(1);
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// How a development daemon is started.
#[derive(Clone, Debug, Default)]
pub struct DevOptions {
    /// More arguments after `hsmd dev --data-dir DIR`.
    pub arguments: Vec<String>,
    /// More environment variables.
    pub environment: Vec<(String, String)>,
    /// Writing past a limit of [`Daemon::limit_files`] fails, as on a full disk, and does not end the daemon.
    pub bears_file_limits: bool,
    /// The directory was damaged on purpose: its audit log is not verified at the end.
    pub is_damaged: bool,
}

/// A running daemon. Killed when dropped; its directory goes with it.
pub struct Daemon {
    child: Child,
    arguments: Vec<String>,
    options: DevOptions,
    directory: Directory,
    socket: PathBuf,
    /// The port for mTLS, where a test chose it.
    port: Option<u16>,
    environment: BTreeMap<String, String>,
}

/// The directory that a daemon works in.
pub enum Directory {
    /// Goes away with the daemon.
    Temporary(TempDir),
    /// Belongs to somebody else.
    Borrowed(PathBuf),
}

impl Directory {
    /// A new temporary directory. Its path is short enough for a Unix socket in it.
    #[must_use]
    pub fn temporary() -> Self {
        Self::Temporary(
            tempfile::Builder::new()
                .prefix("hsm-")
                .tempdir()
                .expect("a temporary directory"),
        )
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Temporary(directory) => directory.path(),
            Self::Borrowed(path) => path,
        }
    }
}

impl Daemon {
    /// A development daemon with one token, ready.
    #[must_use]
    pub fn dev() -> Self {
        Self::dev_with(DevOptions::default())
    }

    /// A development daemon started as `options` say, ready.
    ///
    /// # Panics
    ///
    /// When it does not become ready, with its log.
    #[must_use]
    pub fn dev_with(options: DevOptions) -> Self {
        Self::dev_in(Directory::temporary(), options)
    }

    /// A development daemon on a directory that exists already.
    ///
    /// # Panics
    ///
    /// When it does not become ready, with its log.
    #[must_use]
    pub fn dev_in(directory: Directory, options: DevOptions) -> Self {
        match Self::try_dev_in(directory, options) {
            Ok(daemon) => daemon,
            Err(failure) => panic!("hsmd dev did not become ready: {failure}"),
        }
    }

    /// A development daemon, or what it said when it did not start.
    ///
    /// # Errors
    ///
    /// How it ended and its log.
    pub fn try_dev_in(directory: Directory, options: DevOptions) -> Result<Self, String> {
        let mut arguments = vec![
            "dev".to_owned(),
            "--data-dir".to_owned(),
            text(&directory.path().join("data")),
        ];
        arguments.extend(options.arguments.iter().cloned());
        let socket = directory.path().join("data/hsmd.sock");
        Self::try_start(arguments, directory, socket, None, options)
    }

    /// A daemon as production runs it, sealed and without a root key, on a free port of the loopback address.
    ///
    /// # Panics
    ///
    /// When it does not become ready, with its log.
    #[must_use]
    pub fn serve() -> Self {
        Self::serve_with("")
    }

    /// As [`serve`](Self::serve), with more settings at the end of its section `[tls]`.
    ///
    /// # Panics
    ///
    /// When it does not become ready, with its log.
    #[must_use]
    pub fn serve_with(tls_settings: &str) -> Self {
        let directory = Directory::temporary();
        let port = free_port();
        let file = directory.path().join("hsmd.toml");
        let socket = directory.path().join("hsmd.sock");
        let data = directory.path().join("data");
        let quoted = |path: &Path| toml::Value::from(text(path)).to_string();
        let (data, quoted_socket) = (quoted(&data), quoted(&socket));
        let settings = format!(
            "[storage]\ndirectory = {data}\n[listen]\nunix_socket = {quoted_socket}\naddress = \"127.0.0.1:{port}\"\n\
             [tls]\n{tls_settings}\n"
        );
        fs::write(&file, settings).expect("a configuration file");
        let arguments = vec!["serve".to_owned(), "--config".to_owned(), text(&file)];
        match Self::try_start(
            arguments,
            directory,
            socket,
            Some(port),
            DevOptions::default(),
        ) {
            Ok(daemon) => daemon,
            Err(failure) => panic!("hsmd serve did not become ready: {failure}"),
        }
    }

    fn try_start(
        arguments: Vec<String>,
        directory: Directory,
        socket: PathBuf,
        port: Option<u16>,
        options: DevOptions,
    ) -> Result<Self, String> {
        // Readiness must be this run's: the file of an earlier one goes first.
        let _ = fs::remove_file(directory.path().join("data/env"));
        let child = spawn(&arguments, &options, directory.path());
        let environment = BTreeMap::new();
        let mut daemon = Self {
            child,
            arguments,
            options,
            directory,
            socket,
            port,
            environment,
        };
        daemon.wait_until_ready()?;
        Ok(daemon)
    }

    fn wait_until_ready(&mut self) -> Result<(), String> {
        let data = self.data_dir();
        let shell_file = data.join("env");
        let watched = self
            .socket
            .parent()
            .expect("a socket lies in a folder")
            .to_path_buf();
        let (is_production, socket) = (self.port.is_some(), self.socket.clone());
        let ready = wait_for(&mut self.child, &watched, START_LIMIT, || {
            // The file of an earlier run may still be there; the socket tells that this run serves.
            ((is_production || shell_file.exists()) && UnixStream::connect(&socket).is_ok())
                .then_some(())
        });
        match ready {
            Ok(()) if is_production => {
                let variables = [
                    ("HSM_ENDPOINT", format!("unix:{}", self.socket.display())),
                    ("PKCS11_MODULE", text(&binaries::module())),
                ];
                self.environment = variables
                    .map(|(name, value)| (name.to_owned(), value))
                    .into();
            }
            Ok(()) => self.environment = exported(&shell_file),
            Err(NotReady::Ended(status)) => {
                return Err(format!("it ended with {status}\n{}", self.log()));
            }
            Err(NotReady::TimedOut(limit)) => {
                return Err(format!("not ready after {limit:?}\n{}", self.log()));
            }
        }
        Ok(())
    }

    /// Ends it at once, as a power cut would, and starts it again on the same directory.
    ///
    /// # Panics
    ///
    /// When it does not become ready again.
    pub fn kill_and_restart(&mut self) {
        self.kill();
        self.start_again();
    }

    /// Ends it at once (SIGKILL).
    ///
    /// # Panics
    ///
    /// When the process cannot be signalled.
    pub fn kill(&mut self) {
        // It may have ended by itself, which the caller then sees from what it did.
        let _ = self.child.kill();
        self.child.wait().expect("a child can be waited for");
    }

    /// Starts it again after [`kill`](Self::kill) or [`terminate`](Self::terminate).
    ///
    /// # Panics
    ///
    /// When it does not become ready again.
    pub fn start_again(&mut self) {
        // As at the first start.
        let _ = fs::remove_file(self.data_dir().join("env"));
        self.child = spawn(&self.arguments, &self.options, self.directory.path());
        if let Err(failure) = self.wait_until_ready() {
            panic!("hsmd did not start again: {failure}");
        }
    }

    /// Asks it to end (SIGTERM) and waits until it has.
    ///
    /// # Panics
    ///
    /// When it takes more than 30 seconds.
    pub fn terminate(&mut self) -> ExitStatus {
        kill_process(self.process_id(), Signal::TERM).expect("a child can be signalled");
        wait_for_end(&mut self.child, STOP_LIMIT)
            .unwrap_or_else(|_| panic!("still there after SIGTERM\n{}", self.log()))
    }

    /// The process.
    #[must_use]
    pub fn process_id(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// From now on no file of the daemon's may grow beyond so many bytes. Needs [`DevOptions::bears_file_limits`].
    pub fn limit_files(&self, bytes: u64) {
        let limit = Rlimit {
            current: Some(bytes),
            maximum: None,
        };
        prlimit(Some(self.process_id()), Resource::Fsize, limit)
            .expect("a child's limits can be set");
    }

    /// Waits until the process ends by itself.
    ///
    /// # Panics
    ///
    /// When it is still there after `limit`.
    pub fn wait_for_end(&mut self, limit: Duration) -> ExitStatus {
        wait_for_end(&mut self.child, limit)
            .unwrap_or_else(|_| panic!("still there after {limit:?}\n{}", self.log()))
    }

    /// `--data-dir`.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// The Unix socket for frames.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.socket.clone()
    }

    /// The address for mTLS of a daemon that [`serve`](Self::serve) made.
    ///
    /// # Panics
    ///
    /// For a development daemon, whose `client.toml` says it.
    #[must_use]
    pub fn https_endpoint(&self) -> String {
        format!(
            "https://localhost:{}",
            self.port.expect("a daemon of Daemon::serve")
        )
    }

    /// The audit log's folder.
    #[must_use]
    pub fn audit_dir(&self) -> PathBuf {
        self.data_dir().join("audit")
    }

    /// A command with the configuration of an identity, in whose folder `hsm` wrote a `client.toml`.
    #[must_use]
    pub fn command_as(&self, identity: &Path, program: impl AsRef<OsStr>) -> Command {
        let mut command = self.command(program);
        command
            .env_remove("HSM_ENDPOINT")
            .env("HSM_CONFIG", identity.join("client.toml"));
        command
    }

    /// Runs `hsm` as an identity, over mTLS.
    #[must_use]
    pub fn hsm_as(&self, identity: &Path, arguments: &[&str]) -> Outcome {
        run(self.command_as(identity, binaries::hsm()).args(arguments))
    }

    /// A temporary directory beside the data directory, for the files of a test.
    #[must_use]
    pub fn scratch(&self) -> PathBuf {
        let scratch = self.directory.path().join("scratch");
        fs::create_dir_all(&scratch).expect("a scratch directory");
        scratch
    }

    /// A variable that `DIR/env` exports.
    ///
    /// # Panics
    ///
    /// When it does not export it.
    #[must_use]
    pub fn variable(&self, name: &str) -> &str {
        self.environment
            .get(name)
            .unwrap_or_else(|| panic!("DIR/env does not export {name}"))
    }

    /// All that `DIR/env` exports.
    #[must_use]
    pub fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// A command with what `DIR/env` exports, and with no settings of the person who runs the tests.
    #[must_use]
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = isolated(program, &self.directory.path().join("home"));
        command.envs(&self.environment).current_dir(self.scratch());
        command
    }

    /// Runs the `hsm` command line against this daemon.
    #[must_use]
    pub fn hsm(&self, arguments: &[&str]) -> Outcome {
        run(self.command(binaries::hsm()).args(arguments))
    }

    /// Makes a token of a profile, with the PINs of the daemon's own; gives its label.
    ///
    /// # Panics
    ///
    /// When `hsm partition create` fails.
    #[must_use]
    pub fn make_token(&self, label: &str, profile: &str) -> String {
        let file = |name: &str, pin: &str| {
            let path = self.scratch().join(name);
            fs::write(&path, pin).expect("a PIN file");
            text(&path)
        };
        let so_pin = file("so-pin", self.variable("HSM_SO_PIN"));
        let pin = file("pin", self.variable("HSM_PIN"));
        let arguments = ["partition", "create", label, "--label", label];
        let pins = ["--so-pin-file", &so_pin, "--pin-file", &pin];
        let _ = self
            .hsm(&[&arguments[..], &pins, &["--profile", profile]].concat())
            .succeeded();
        label.to_owned()
    }

    /// Runs `pkcs11-tool` with the module and the user's PIN.
    #[must_use]
    pub fn pkcs11_tool(&self, arguments: &[&str]) -> Outcome {
        let login = [
            "--module",
            self.variable("PKCS11_MODULE"),
            "--token-label",
            self.variable("HSM_TOKEN_LABEL"),
        ];
        let mut command = self.command("pkcs11-tool");
        command
            .args(login)
            .args(["--login", "--pin", self.variable("HSM_PIN")])
            .args(arguments);
        run(&mut command)
    }

    /// What the daemon said since it first started.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let is_running = matches!(self.child.try_wait(), Ok(None));
        if std::thread::panicking() || !is_running || self.options.is_damaged {
            self.kill();
        } else {
            // Whatever a suite did, the daemon ends when asked and the log of it all is whole. A log whose daemon was
            // killed is whole again after the next start.
            self.terminate();
            // A daemon that was never initialised has no log yet.
            if !self.audit_dir().join("verifier-key").exists() {
                return;
            }
            let mut verify = isolated(binaries::hsm(), &self.directory.path().join("home"));
            let _ = run(verify.args(["audit", "verify"]).arg(self.audit_dir())).succeeded();
        }
        if std::thread::panicking() {
            eprintln!("-- the daemon's log --\n{}", self.log());
        }
    }
}

fn text(path: &Path) -> String {
    path.to_str().expect("a temporary path is text").to_owned()
}
