//! A daemon of this user's own, for programs that have no configuration: the module then works by itself, as `SoftHSM` does.
//!
//! Where it keeps its data: in `HSM_PRIVATE_DIR`, else in the token directory of the file that `SOFTHSM2_CONF` names, else
//! in `hsm/private` among the user's data.
//!
//! The first process to need it starts `hsmd dev --private` under a lock; the others find its socket. It ends by
//! itself when nobody has used it for a minute, and keeps everything in its folder.

use std::{
    env,
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    os::unix::{
        fs::{DirBuilderExt, OpenOptionsExt},
        net::UnixStream,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use hsm_proto::socket::ShortPath;
use rustix::{
    fs::{FlockOperation, flock},
    process::{getegid, geteuid, getgid, getuid},
};

use crate::{Configuration, Error, softhsm};

/// After how many seconds without a connection the daemon ends.
const UNUSED_SECONDS: &str = "60";

/// How long a start may take: the first makes keys and a database.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// Finds or starts the private daemon in `directory`, which [`directory`] gives, and gives the configuration that reaches
/// it.
///
/// # Errors
///
/// [`Error::PrivateDaemon`] when there is no `hsmd` to start or it does not come up; the log in its folder says why.
pub fn start(directory: &Path) -> Result<Configuration, Error> {
    start_in(directory, &candidates())
}

/// Starts the daemon of a configuration that [`start`] gave, if it has ended meanwhile.
///
/// # Errors
///
/// As [`start`].
pub(crate) fn start_again(socket: &Path) -> Result<(), Error> {
    start_in(socket.parent().unwrap_or(Path::new("/")), &candidates()).map(drop)
}

/// As [`start`], in this folder and with the first of these programs that is there.
fn start_in(directory: &Path, programs: &[PathBuf]) -> Result<Configuration, Error> {
    let failure = |reason: String| Error::PrivateDaemon {
        directory: directory.to_owned(),
        reason,
    };
    let socket = directory.join("hsmd.sock");
    let configuration = Configuration {
        is_private_daemon: true,
        ..Configuration::unix(&socket)
    };
    if is_answering(&socket) {
        return Ok(configuration);
    }
    let _lock = lock(directory).map_err(|error| failure(error.to_string()))?;
    // Another process may have started it while this one waited for the lock.
    if is_answering(&socket) {
        return Ok(configuration);
    }
    let program = programs
        .iter()
        .find(|program| program.is_file())
        .ok_or_else(|| {
            failure(
                "the program hsmd is neither beside the module, nor in ../bin, nor in PATH".into(),
            )
        })?;
    spawn(program, directory)
        .map_err(|error| failure(format!("{}: {error}", program.display())))?;
    let deadline = Instant::now() + START_TIMEOUT;
    while !is_answering(&socket) {
        if Instant::now() > deadline {
            return Err(failure(format!(
                "it does not answer; see {}",
                directory.join("hsmd.log").display()
            )));
        }
        // The socket is the sign of readiness, and connecting to it cannot wait for it to appear.
        thread::sleep(Duration::from_millis(5));
    }
    Ok(configuration)
}

/// The private daemon's folder. A program that runs with more rights than who started it (setuid, setgid) has none.
///
/// # Errors
///
/// [`Error::PrivateDaemon`] when the environment does not say, or the file of `SOFTHSM2_CONF` cannot be used.
pub fn directory() -> Result<PathBuf, Error> {
    let unknown = |reason: &str| Error::PrivateDaemon {
        directory: PathBuf::from("~/.local/share/hsm/private"),
        reason: reason.into(),
    };
    if getuid() != geteuid() || getgid() != getegid() {
        return Err(unknown(
            "a program with more rights than its user's has no private daemon",
        ));
    }
    let variable = |name| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    if let Some(directory) = variable("HSM_PRIVATE_DIR") {
        return Ok(directory);
    }
    if let Some(file) = variable(softhsm::VARIABLE) {
        return softhsm::token_directory(&file).map_err(|reason| Error::PrivateDaemon {
            directory: file,
            reason,
        });
    }
    variable("XDG_DATA_HOME")
        .or_else(|| Some(variable("HOME")?.join(".local/share")))
        .map(|data| data.join("hsm/private"))
        .ok_or_else(|| unknown("neither HSM_PRIVATE_DIR, XDG_DATA_HOME nor HOME is set"))
}

/// Where `hsmd` may be: beside the module or program that this code is part of, in `../bin` from there, in `PATH`.
fn candidates() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    for file in own_file().into_iter().chain(env::current_exe()) {
        if let Some(folder) = file.parent() {
            folders.extend([folder.to_owned(), folder.join("../bin")]);
        }
    }
    folders.extend(env::var_os("PATH").iter().flat_map(env::split_paths));
    folders
        .into_iter()
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join("hsmd"))
        .collect()
}

/// The file that this code was loaded from, which for the module is not the program's: the mapping that holds this
/// very function.
fn own_file() -> Option<PathBuf> {
    let here = own_file as *const () as usize;
    let maps = fs::read_to_string("/proc/self/maps").ok()?;
    maps.lines().find_map(|line| {
        let (range, rest) = line.split_once(' ')?;
        let (start, end) = range.split_once('-')?;
        let start = usize::from_str_radix(start, 16).ok()?;
        let end = usize::from_str_radix(end, 16).ok()?;
        let path = rest.find('/').map(|at| PathBuf::from(&rest[at..]))?;
        (start..end).contains(&here).then_some(path)
    })
}

fn is_answering(socket: &Path) -> bool {
    ShortPath::of(socket).and_then(UnixStream::connect).is_ok()
}

/// Makes the folder, for its user alone, and waits for the right to start a daemon in it. Dropping the file gives it up.
fn lock(directory: &Path) -> io::Result<File> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)?;
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(directory.join("start.lock"))?;
    rustix::io::retry_on_intr(|| flock(&file, FlockOperation::LockExclusive))?;
    Ok(file)
}

/// Starts the daemon so that it belongs to nobody: `--detach` makes a new session, closes inherited files, starts the
/// daemon proper and ends at once, so that the host has no child to wait for later.
fn spawn(program: &Path, directory: &Path) -> io::Result<()> {
    let log = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(directory.join("hsmd.log"))?;
    let mut child = Command::new(program)
        .args([
            "dev",
            "--private",
            "--detach",
            "--exit-when-unused",
            UNUSED_SECONDS,
            "--data-dir",
        ])
        .arg(directory)
        .current_dir("/")
        .env_remove("HSM_CONFIG")
        .env_remove("HSM_ENDPOINT")
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()?;
    match child.wait() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(io::Error::other(format!(
            "it ended with {status}; see {}",
            directory.join("hsmd.log").display()
        ))),
        // The host ignores SIGCHLD, or waited for every child and got ours: the socket will tell.
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::CHILD.raw_os_error()) => {
            Ok(())
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::{fs::PermissionsExt, net::UnixListener};

    use super::*;

    /// A program that counts its starts and does `then`, in place of a daemon.
    fn program(folder: &Path, then: &str) -> Vec<PathBuf> {
        let file = folder.join("hsmd-stand-in");
        fs::write(
            &file,
            format!(
                "#!/bin/sh\necho \"$@\" >> {}/starts\n{then}\n",
                folder.display()
            ),
        )
        .unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o700)).unwrap();
        vec![folder.join("not-there"), file]
    }

    #[test]
    fn processes_that_need_it_at_once_start_one_daemon() {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join("a/b");
        // The stand-in makes a listening socket appear where the daemon's would.
        let _listener = UnixListener::bind(folder.path().join("prepared")).unwrap();
        let then = format!(
            "mv {}/prepared {}/hsmd.sock",
            folder.path().display(),
            directory.display()
        );
        let programs = program(folder.path(), &then);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| start_in(&directory, &programs).unwrap());
            }
        });
        let starts = fs::read_to_string(folder.path().join("starts")).unwrap();
        let expected = "dev --private --detach --exit-when-unused 60 --data-dir";
        assert_eq!(starts, format!("{expected} {}\n", directory.display()));
        assert_eq!(
            fs::metadata(&directory).unwrap().permissions().mode() & 0o777,
            0o700
        );
    }

    #[test]
    fn a_daemon_that_fails_to_start_is_reported_with_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let error = start_in(
            folder.path(),
            &program(folder.path(), "echo broken >&2; exit 3"),
        )
        .unwrap_err();
        assert!(error.to_string().contains("exit status: 3"), "{error}");
        assert!(error.to_string().contains("hsmd.log"), "{error}");
        assert_eq!(
            fs::read_to_string(folder.path().join("hsmd.log")).unwrap(),
            "broken\n"
        );
    }

    #[test]
    fn without_a_program_the_error_says_where_it_was_looked_for() {
        let folder = tempfile::tempdir().unwrap();
        let error = start_in(folder.path(), &[folder.path().join("hsmd")]).unwrap_err();
        assert!(error.to_string().contains("PATH"), "{error}");
    }

    #[test]
    fn the_file_of_this_code_is_found() {
        assert_eq!(own_file(), env::current_exe().ok());
    }

    #[test]
    fn a_daemon_that_ended_is_started_again() {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("hsmd.sock")).unwrap();
        let programs = program(
            folder.path(),
            &format!("mv {0}/prepared {0}/hsmd.sock", folder.path().display()),
        );
        assert!(
            start_in(folder.path(), &programs)
                .unwrap()
                .is_private_daemon
        );
        assert!(
            !folder.path().join("starts").exists(),
            "it answers, so nothing is started"
        );
        drop(listener);
        let _listener = UnixListener::bind(folder.path().join("prepared")).unwrap();
        start_in(folder.path(), &programs).unwrap();
        assert!(folder.path().join("starts").exists());
    }
}
