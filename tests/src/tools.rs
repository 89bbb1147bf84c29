//! Running the programs that people use with the product.

use std::{
    env,
    ffi::OsStr,
    fmt,
    io::{Read as _, Write as _},
    path::PathBuf,
    process::{Command, ExitStatus, Stdio},
    thread,
    time::Duration,
};

use crate::readiness;

/// No tool that a suite runs takes longer, even beside a build; in the long forms of the suites so many times longer as
/// they repeat.
const TIME_LIMIT: Duration = Duration::from_mins(4);

/// How much longer than usual the suites' long forms are: `HSM_TEST_REPETITIONS`.
#[must_use]
pub fn repetitions() -> u32 {
    let repetitions = env::var("HSM_TEST_REPETITIONS").ok();
    let repetitions = repetitions.and_then(|text| text.parse().ok());
    repetitions.unwrap_or(1)
}

fn time_limit() -> Duration {
    TIME_LIMIT * repetitions()
}

/// A program that may or may not be installed.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    /// The program's name.
    pub program: &'static str,
    /// The Debian package that has it.
    pub package: &'static str,
}

/// OpenSC's command line.
pub const PKCS11_TOOL: Tool = Tool {
    program: "pkcs11-tool",
    package: "opensc",
};
/// OpenSSL's command line.
pub const OPENSSL: Tool = Tool {
    program: "openssl",
    package: "openssl",
};
/// GnuTLS's command line for tokens.
pub const P11TOOL: Tool = Tool {
    program: "p11tool",
    package: "gnutls-bin",
};
/// Java's command line for keys.
pub const KEYTOOL: Tool = Tool {
    program: "keytool",
    package: "default-jre-headless",
};
/// SoftHSM's command line.
pub const SOFTHSM2_UTIL: Tool = Tool {
    program: "softhsm2-util",
    package: "softhsm2",
};
/// OpenSSH's command line for keys.
pub const SSH_KEYGEN: Tool = Tool {
    program: "ssh-keygen",
    package: "openssh-client",
};

impl Tool {
    /// Whether it is installed. When it is not, says loudly that the calling test is left out, or fails it where
    /// `HSM_TOOLS=required` says that all tools must be there, as `make test` does.
    #[must_use]
    pub fn is_here(self) -> bool {
        program_is_here(self.program, self.package)
    }
}

/// As [`Tool::is_here`], of a program and a package that are not known to this file.
#[must_use]
pub fn program_is_here(program: &str, package: &str) -> bool {
    let found = search_path()
        .iter()
        .any(|folder| folder.join(program).is_file());
    left_out_unless(found, program, package)
}

/// Says loudly that a test is left out, also where all tools of the system must be there: for what comes from elsewhere.
pub fn left_out(why: &str) {
    eprintln!("LEFT OUT: {why}");
}

/// The engine of libp11, if it is installed.
#[must_use]
pub fn openssl_engine() -> Option<PathBuf> {
    let found = ["/usr/lib", "/usr/lib64"]
        .iter()
        .flat_map(|library| std::fs::read_dir(library).into_iter().flatten().flatten())
        .flat_map(|entry| {
            [
                entry.path().join("engines-3/pkcs11.so"),
                entry.path().join("engines-3/libpkcs11.so"),
            ]
        })
        .find(|engine| engine.is_file());
    left_out_unless(
        found.is_some(),
        "OpenSSL's pkcs11 engine",
        "libengine-pkcs11-openssl",
    );
    found
}

fn left_out_unless(found: bool, what: &str, package: &str) -> bool {
    if !found {
        assert!(
            env::var("HSM_TOOLS").as_deref() != Ok("required"),
            "{what} is not installed; `apt-get install {package}` or `make install-dependencies` brings it"
        );
        eprintln!("LEFT OUT: {what} is not installed (Debian package {package})");
    }
    found
}

fn search_path() -> Vec<PathBuf> {
    env::var_os("PATH")
        .map(|path| env::split_paths(&path).collect())
        .unwrap_or_default()
}

/// What a program did.
pub struct Outcome {
    /// The command as a person would type it, for messages.
    pub command: String,
    /// The exit code; none when a signal ended the program.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

#[expect(
    clippy::return_self_not_must_use,
    clippy::must_use_candidate,
    reason = "each asserts something, which may be all that is wanted"
)]
impl Outcome {
    /// The program succeeded.
    ///
    /// # Panics
    ///
    /// When it did not, with all that it said.
    #[track_caller]
    pub fn succeeded(self) -> Self {
        assert!(self.code == Some(0), "{self}");
        self
    }

    /// The program ended by itself with an error.
    ///
    /// # Panics
    ///
    /// When it succeeded, or a signal ended it.
    #[track_caller]
    pub fn failed(self) -> Self {
        assert!(
            self.code.is_some_and(|code| code != 0 && code < 128),
            "should have failed: {self}"
        );
        self
    }

    /// Standard output or standard error contains `text`.
    ///
    /// # Panics
    ///
    /// When neither does.
    #[track_caller]
    pub fn saying(self, text: &str) -> Self {
        assert!(
            self.stdout.contains(text) || self.stderr.contains(text),
            "should have said {text:?}: {self}"
        );
        self
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            command,
            code,
            stdout,
            stderr,
        } = self;
        write!(
            formatter,
            "$ {command}\n{stdout}\n-- standard error --\n{stderr}\n-- exit {code:?} --"
        )
    }
}

/// Runs a command to its end, without standard input.
///
/// # Panics
///
/// When the program cannot be started, or takes more than four minutes: nothing may hang.
#[track_caller]
pub fn run(command: &mut Command) -> Outcome {
    run_with_input(command, &[])
}

/// Runs a command to its end, with `input` on its standard input.
///
/// # Panics
///
/// As [`run`].
#[track_caller]
pub fn run_with_input(command: &mut Command, input: &[u8]) -> Outcome {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let text = words
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start {text}: {error}"));
    let (mut stdin, mut stdout, mut stderr) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        scope.spawn(move || {
            // A program that does not read its input is no error of the test's.
            let _ = stdin.as_mut().map(|pipe| pipe.write_all(input));
        });
        let stdout = scope.spawn(move || drain(stdout.as_mut()));
        let stderr = scope.spawn(move || drain(stderr.as_mut()));
        let limit = time_limit();
        let ended = readiness::wait_for_end(&mut child, limit);
        let (stdout, stderr) = (
            stdout.join().expect("a reader"),
            stderr.join().expect("a reader"),
        );
        let outcome = Outcome {
            command: text,
            code: ended.as_ref().ok().and_then(ExitStatus::code),
            stdout,
            stderr,
        };
        assert!(ended.is_ok(), "hung for {limit:?}: {outcome}");
        outcome
    })
}

fn drain(pipe: Option<&mut impl std::io::Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        let mut pipe = std::io::BufReader::new(pipe);
        // What was read before an error is all there is to show.
        let _ = pipe.read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
