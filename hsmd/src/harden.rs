//! What the process gives up for good before it handles a secret.
//!
//! [`shield`] comes right after the arena: no core dumps, no tracing, no new privileges. [`confine`] comes when the
//! configuration is known, while there is one thread only, since Landlock and capabilities are a thread's own and
//! only threads made later inherit them: file access to the state folder alone, no outgoing connections, no
//! capabilities, and a list of allowed system calls. A step that fails stops the start, unless a setting named
//! `insecure_…` allows to go without; `hsm status` shows that then.

use std::path::PathBuf;

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, CompatLevel, Compatible as _, NetPort, PathBeneath,
    PathFd, RestrictionStatus, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _, RulesetError,
    RulesetStatus, Scope,
};
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

use crate::system_calls;

/// What the process still needs when it is confined.
#[derive(Debug, Default)]
pub(crate) struct Surroundings {
    /// Folders in which it makes, reads, writes and removes files and sockets. They exist.
    pub(crate) state_folders: Vec<PathBuf>,
    /// Files and folders that it only reads. They exist.
    pub(crate) readable: Vec<PathBuf>,
    /// TCP ports on which it will still begin to listen; 0 for any free one.
    pub(crate) tcp_ports: Vec<u16>,
}

/// Which steps may fail; each a setting named `insecure_…`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Allowances {
    /// Files and network need not be restricted by Landlock.
    pub(crate) without_landlock: bool,
    /// System calls need not be filtered.
    pub(crate) without_seccomp: bool,
}

/// A step failed, and the process must not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HardenError {
    #[error("core dumps cannot be switched off")]
    CoreDumps(#[source] rustix::io::Errno),
    #[error("the process cannot be made undumpable")]
    Dumpable(#[source] rustix::io::Errno),
    #[error("new privileges cannot be given up")]
    NewPrivileges(#[source] rustix::io::Errno),
    #[error("{} cannot be opened to allow access to it", path.display())]
    Path {
        path: PathBuf,
        #[source]
        source: landlock::PathFdError,
    },
    #[error(
        "Landlock cannot restrict files and network (`insecure_without_landlock` goes without)"
    )]
    Landlock(#[source] Option<RulesetError>),
    #[error("capabilities cannot be dropped")]
    Capabilities(#[source] caps::errors::CapsError),
    #[error("system calls cannot be filtered (`insecure_without_seccomp` goes without)")]
    SystemCalls(#[source] system_calls::FilterError),
}

/// Gives up core dumps, being traced or read by other processes of this user, and new privileges.
///
/// # Errors
///
/// The step that failed.
pub(crate) fn shield() -> Result<(), HardenError> {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none).map_err(HardenError::CoreDumps)?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(HardenError::Dumpable)?;
    rustix::thread::set_no_new_privs(true).map_err(HardenError::NewPrivileges)
}

/// Confines the process to its surroundings. To be called after [`shield`], before any other thread exists.
///
/// Gives a sentence for each protection that is missing and allowed to be.
///
/// # Errors
///
/// The step that failed.
pub(crate) fn confine(
    surroundings: &Surroundings,
    allowances: Allowances,
) -> Result<Vec<String>, HardenError> {
    let mut missing = Vec::new();
    match restrict(surroundings)? {
        Ok(RestrictionStatus {
            ruleset: RulesetStatus::FullyEnforced,
            ..
        }) => {}
        Ok(RestrictionStatus {
            ruleset: RulesetStatus::PartiallyEnforced,
            ..
        }) => {
            missing.push(
                "files and network are restricted only as far as this old kernel can".to_owned(),
            );
        }
        Ok(_) | Err(_) if allowances.without_landlock => {
            missing.push(WITHOUT_LANDLOCK.to_owned());
        }
        Ok(_) => return Err(HardenError::Landlock(None)),
        Err(error) => return Err(HardenError::Landlock(Some(error))),
    }
    drop_capabilities()?;
    match system_calls::filter() {
        Ok(()) => {}
        Err(_) if allowances.without_seccomp => {
            missing.push("system calls are not filtered (insecure_without_seccomp)".to_owned());
        }
        Err(error) => return Err(HardenError::SystemCalls(error)),
    }
    Ok(missing)
}

const WITHOUT_LANDLOCK: &str =
    "files and network are not restricted by Landlock (insecure_without_landlock)";

/// The newest interface of Landlock that we know; older kernels enforce what they can.
const LANDLOCK: ABI = ABI::V6;

/// Restricts files, the network and signals. The outer result is about paths, the inner one about Landlock.
fn restrict(
    surroundings: &Surroundings,
) -> Result<Result<RestrictionStatus, RulesetError>, HardenError> {
    // Nothing is ever executed, so nothing needs the right to.
    let all = AccessFs::from_all(LANDLOCK) & !AccessFs::Execute;
    let reading = AccessFs::from_read(LANDLOCK) & !AccessFs::Execute;
    let state = surroundings.state_folders.iter().map(|path| (path, all));
    let readable = surroundings.readable.iter().map(|path| (path, reading));
    let mut paths = Vec::new();
    for (path, access) in state.chain(readable) {
        let open = PathFd::new(path).map_err(|source| HardenError::Path {
            path: path.clone(),
            source,
        })?;
        // Rights that only folders have are left out for files.
        let access = if path.is_dir() {
            access
        } else {
            access & AccessFs::from_file(LANDLOCK)
        };
        paths.push(PathBeneath::new(open, access));
    }
    let ports = surroundings
        .tcp_ports
        .iter()
        .map(|port| NetPort::new(*port, AccessNet::BindTcp));
    let enforce = || {
        Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(LANDLOCK))?
            .handle_access(AccessNet::from_all(LANDLOCK))?
            .scope(Scope::from_all(LANDLOCK))?
            .create()?
            .add_rules(paths.into_iter().map(Ok::<_, RulesetError>))?
            .add_rules(ports.map(Ok::<_, RulesetError>))?
            .restrict_self()
    };
    Ok(enforce())
}

/// Drops every capability, and the means to get one back.
fn drop_capabilities() -> Result<(), HardenError> {
    use caps::CapSet::{Ambient, Bounding, Effective, Inheritable, Permitted};
    // Shrinking the bounding set is itself a privilege; without it there is none to lose either, since new ones were
    // given up already.
    if caps::has_cap(None, Effective, caps::Capability::CAP_SETPCAP)
        .map_err(HardenError::Capabilities)?
    {
        caps::clear(None, Bounding).map_err(HardenError::Capabilities)?;
    }
    for set in [Ambient, Inheritable, Effective, Permitted] {
        caps::clear(None, set).map_err(HardenError::Capabilities)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::ErrorKind;
    use std::net::{TcpListener, TcpStream};
    use std::process::Command;
    use std::thread;

    use super::*;

    /// Runs `name` of this module alone in a process of its own, since there is no way back.
    fn in_a_process_of_its_own(name: &str) {
        let folder = tempfile::tempdir().unwrap();
        let output = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                &format!("harden::tests::{name}"),
                "--ignored",
                "--nocapture",
            ])
            .env("CONFINED_TO", folder.path())
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && printed.contains("1 passed"),
            "{printed}{errors}"
        );
    }

    fn confined() -> Option<PathBuf> {
        let folder = PathBuf::from(std::env::var_os("CONFINED_TO")?);
        shield().unwrap();
        let surroundings = Surroundings {
            state_folders: vec![folder.clone()],
            tcp_ports: vec![0],
            ..Surroundings::default()
        };
        let missing = confine(&surroundings, Allowances::default()).unwrap();
        assert_eq!(missing, [""; 0]);
        Some(folder)
    }

    #[test]
    fn a_confined_process_works_in_its_folder_alone() {
        in_a_process_of_its_own("works_in_its_folder_alone");
    }

    #[test]
    #[ignore = "run in a process of its own"]
    fn works_in_its_folder_alone() {
        let Some(folder) = confined() else { return };
        fs::create_dir(folder.join("inner")).unwrap();
        fs::write(folder.join("inner/file"), "content").unwrap();
        fs::rename(folder.join("inner/file"), folder.join("file")).unwrap();
        assert_eq!(fs::read(folder.join("file")).unwrap(), b"content");
        std::os::unix::net::UnixListener::bind(folder.join("socket")).unwrap();
        for outside in ["/etc/passwd", "/proc/self/maps", "/proc/self/mem", "/"] {
            let refused = fs::File::open(outside).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::PermissionDenied, "{outside}");
        }
    }

    #[test]
    fn a_confined_process_listens_and_never_connects() {
        in_a_process_of_its_own("listens_and_never_connects");
    }

    #[test]
    #[ignore = "run in a process of its own"]
    fn listens_and_never_connects() {
        let before = TcpListener::bind("127.0.0.1:0").unwrap();
        if confined().is_none() {
            return;
        }
        let after = TcpListener::bind("127.0.0.1:0").unwrap();
        for listener in [&before, &after] {
            let refused = TcpStream::connect(listener.local_addr().unwrap()).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
        }
        assert_eq!(
            TcpListener::bind("127.0.0.1:7512").unwrap_err().kind(),
            ErrorKind::PermissionDenied
        );
    }

    #[test]
    fn a_confined_process_starts_threads_but_no_programs() {
        in_a_process_of_its_own("starts_threads_but_no_programs");
    }

    #[test]
    #[ignore = "run in a process of its own"]
    fn starts_threads_but_no_programs() {
        if confined().is_none() {
            return;
        }
        let program = || Command::new("/bin/true").spawn().unwrap_err().kind();
        assert_eq!(program(), ErrorKind::PermissionDenied);
        assert_eq!(
            thread::spawn(program).join().unwrap(),
            ErrorKind::PermissionDenied
        );
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let answer = runtime.block_on(async { tokio::task::spawn_blocking(|| 42).await.unwrap() });
        assert_eq!(answer, 42);
    }

    #[test]
    fn capabilities_core_dumps_and_tracers_are_given_up() {
        in_a_process_of_its_own("gives_up_capabilities_core_dumps_and_tracers");
    }

    #[test]
    #[ignore = "run in a process of its own"]
    fn gives_up_capabilities_core_dumps_and_tracers() {
        if std::env::var_os("CONFINED_TO").is_none() {
            return;
        }
        shield().unwrap();
        drop_capabilities().unwrap();
        for set in [
            caps::CapSet::Effective,
            caps::CapSet::Permitted,
            caps::CapSet::Inheritable,
            caps::CapSet::Bounding,
        ] {
            assert!(caps::read(None, set).unwrap().is_empty(), "{set:?}");
        }
        let limit = rustix::process::getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
        assert_eq!(
            rustix::process::dumpable_behavior().unwrap(),
            DumpableBehavior::NotDumpable
        );
        assert!(rustix::thread::no_new_privs().unwrap());
    }

    #[test]
    fn a_missing_folder_stops_the_start() {
        let surroundings = Surroundings {
            readable: vec!["/does/not/exist".into()],
            ..Surroundings::default()
        };
        assert!(matches!(
            restrict(&surroundings),
            Err(HardenError::Path { .. })
        ));
    }
}
