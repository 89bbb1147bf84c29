//! The process, from its first act to serving: memory for secrets, hardening, folders, logging, and the runtime.

use std::error::Error;
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use hsmd_secret_memory::ArenaKind;

use crate::harden::{self, Surroundings};
use crate::plan::Plan;
use crate::{dev, logging, serving};

/// Runs a daemon until it is told to end.
pub(crate) fn run(plan: Plan) -> Result<(), Box<dyn Error>> {
    let is_detached = plan
        .development
        .as_ref()
        .is_some_and(|development| development.is_detached);
    if is_detached {
        hsmd_secret_memory::close_inherited_files()?;
    }
    // Before anything else that allocates: aws-lc takes another heap only before its first allocation.
    let memory = hsmd_secret_memory::install(&hsmd_secret_memory::Settings {
        arena_bytes_max: plan.arena_bytes_max,
        is_locked_fallback_allowed: plan.allows_locked_pages,
        ..hsmd_secret_memory::Settings::default()
    })?;
    harden::shield()?;
    logging::start(&plan.log_filter, plan.log_format)?;
    logging::end_on_panic();
    if is_detached {
        // It outlives whoever started it, and gets none of its terminal's signals.
        rustix::process::setsid()?;
    }
    make_folder(&plan.directory)?;
    let socket_folder = plan.unix_socket.parent().unwrap_or(Path::new("/"));
    if !socket_folder.exists() {
        make_folder(socket_folder)?;
    }
    let report = hsmd_vault::self_test()?;
    tracing::debug!(answers = report.answers, "every known answer was right");
    // What lies outside the folders is looked up before there is no way to.
    let module = dev::module_path();
    let mut warnings = harden::confine(&surroundings(&plan, socket_folder), plan.allowances)?;
    if memory.kind == ArenaKind::LockedPages {
        warnings.push(
            "keys are in locked pages, which root can read: this kernel has no memfd_secret"
                .to_owned(),
        );
    }
    if plan.development.is_some() {
        warnings.push("this is a development daemon, not for production: its root key lies in a file beside it".to_owned());
    }
    if plan.accepts_older_store {
        warnings.push(
            "a store that is older than its audit log says is opened (insecure_accept_older_store)"
                .to_owned(),
        );
    }
    for warning in &warnings {
        tracing::warn!(warning, "a protection is missing");
    }
    let key_memory = match memory.kind {
        ArenaKind::SecretPages => "memfd_secret",
        ArenaKind::LockedPages => "mlock",
    };
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if plan.workers > 0 {
        runtime.worker_threads(plan.workers);
    }
    let runtime = runtime.thread_name("hsmd").enable_all().build()?;
    let result = runtime.block_on(serving::serve(plan, warnings, key_memory, module));
    // Connections that are still open hold nothing that has to be finished.
    runtime.shutdown_background();
    result
}

fn surroundings(plan: &Plan, socket_folder: &Path) -> Surroundings {
    let mut readable: Vec<PathBuf> = plan.tls.client_authorities.clone();
    if let Some((certificate, key)) = &plan.tls.configured {
        readable.extend([certificate.clone(), key.clone()]);
    }
    let mut state_folders = vec![plan.directory.clone(), socket_folder.to_owned()];
    state_folders.extend(
        plan.audit_witness
            .as_deref()
            .and_then(Path::parent)
            .map(Path::to_owned),
    );
    Surroundings {
        state_folders,
        readable,
        tcp_ports: [plan.address, plan.kms.address, plan.kms.http_address]
            .iter()
            .flatten()
            .map(std::net::SocketAddr::port)
            .collect(),
    }
}

/// A folder is not there, and cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("the folder {} cannot be made", path.display())]
struct CannotMakeFolder {
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// Makes a folder for the daemon's user alone, and refuses one that others can write to.
fn make_folder(path: &Path) -> Result<(), Box<dyn Error>> {
    let mode = fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .and_then(|()| fs::metadata(path))
        .map_err(|source| CannotMakeFolder {
            path: path.to_owned(),
            source,
        })?
        .permissions()
        .mode();
    if mode & 0o022 != 0 {
        return Err(format!(
            "{} can be written to by others (mode {:o})",
            path.display(),
            mode & 0o777
        )
        .into());
    }
    Ok(())
}
