//! A user's home in which programs start private daemons.

use std::{fs, path::Path};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// A temporary home. Its private daemons end with it.
pub struct PrivateHome(TempDir);

impl Default for PrivateHome {
    fn default() -> Self {
        Self::new()
    }
}

impl PrivateHome {
    /// A home without anything in it.
    #[must_use]
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("hsm-home-").tempdir();
        Self(folder.expect("a temporary directory"))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// The daemons that work in this home, by what the system says of processes.
    #[must_use]
    pub fn daemons(&self) -> Vec<Pid> {
        let home = self.path().to_str().expect("a temporary path is text");
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let name = entry.file_name();
            let pid = name.to_str().and_then(|name| name.parse().ok());
            let Some(pid) = pid.and_then(Pid::from_raw) else {
                continue;
            };
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line);
            if line.contains("hsmd\0dev") && line.contains(home) {
                found.push(pid);
            }
        }
        found
    }
}

impl Drop for PrivateHome {
    fn drop(&mut self) {
        for pid in self.daemons() {
            // It may end by itself meanwhile.
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}
