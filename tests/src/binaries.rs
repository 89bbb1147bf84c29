//! The programs and the module under test, built by Cargo when `HSM_BINARIES` does not say where they are.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use crate::workspace;

/// The daemon.
#[must_use]
pub fn hsmd() -> PathBuf {
    built("hsmd")
}

/// The command line.
#[must_use]
pub fn hsm() -> PathBuf {
    built("hsm")
}

/// The PKCS#11 module.
#[must_use]
pub fn module() -> PathBuf {
    built("libhsm_pkcs11.so")
}

/// The folder with all three. `make test` builds first and says so by `HSM_BINARIES`; a test run by hand builds here,
/// so that it never runs yesterday's daemon.
#[must_use]
pub fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| match env::var_os("HSM_BINARIES") {
        Some(folder) => PathBuf::from(folder),
        None => build(),
    })
}

/// Where `make install-dependencies` puts clients that come from `PyPI` and npm.
#[must_use]
pub fn clients() -> PathBuf {
    folder().join("../clients")
}

fn built(name: &str) -> PathBuf {
    let path = folder().join(name);
    assert!(
        path.exists(),
        "{} is missing; `cargo build --workspace` makes it",
        path.display()
    );
    path
}

fn build() -> PathBuf {
    let status = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--workspace", "--quiet"])
        .current_dir(workspace::root())
        .status()
        .expect("cargo can be run");
    assert!(status.success(), "cargo build failed");
    // The test's own binary is target/<profile>/deps/<name>.
    let own = env::current_exe().expect("a running program has a path");
    own.ancestors()
        .nth(2)
        .expect("a test lies in target/<profile>/deps")
        .to_path_buf()
}
