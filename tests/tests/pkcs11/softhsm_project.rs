//! A project whose tests were written for `SoftHSM`, and the two tools and modules that may serve it.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use hsm_tests::{Outcome, binaries, launch::isolated, private_home::PrivateHome, run};

/// A test project as people have it: a token directory of its own, and a configuration file that names it.
pub(super) struct Project {
    pub(super) home: PrivateHome,
    pub(super) tokens: PathBuf,
}

impl Project {
    pub(super) fn new() -> Self {
        Self::with_tokens_in("tokens")
    }

    pub(super) fn with_tokens_in(folder: &str) -> Self {
        let home = PrivateHome::new();
        let tokens = home.path().join(folder);
        fs::create_dir_all(&tokens).unwrap();
        let settings = format!("directories.tokendir = {}\n", tokens.display());
        fs::write(home.path().join("softhsm2.conf"), settings).unwrap();
        Self { home, tokens }
    }

    pub(super) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = isolated(program, self.home.path());
        command
            .env("SOFTHSM2_CONF", self.home.path().join("softhsm2.conf"))
            .current_dir(self.home.path());
        command
    }

    /// Our tool, by the name that scripts have for it.
    pub(super) fn util(&self, arguments: &[&str]) -> Outcome {
        let link = self.home.path().join("softhsm2-util");
        if !link.exists() {
            symlink(binaries::hsm(), &link).unwrap();
        }
        run(self.command(link).args(arguments))
    }

    /// `SoftHSM`'s own tool.
    pub(super) fn original(&self, arguments: &[&str]) -> Outcome {
        run(self.command("softhsm2-util").args(arguments))
    }

    pub(super) fn hsm(&self, arguments: &[&str]) -> Outcome {
        run(self.command(binaries::hsm()).args(arguments))
    }

    pub(super) fn tool_with(&self, module: &Path, token: &str, arguments: &[&str]) -> Outcome {
        let mut command = self.command("pkcs11-tool");
        command.arg("--module").arg(module);
        command.args(["--token-label", token, "--login", "--pin", "1234"]);
        run(command.args(arguments))
    }

    pub(super) fn pkcs11_tool(&self, token: &str, arguments: &[&str]) -> Outcome {
        self.tool_with(&binaries::module(), token, arguments)
    }
}

/// What a script begins with.
pub(super) const INIT: &[&str] = &[
    "--init-token",
    "--free",
    "--label",
    "ci",
    "--so-pin",
    "87654321",
    "--pin",
    "1234",
];

/// `SoftHSM`'s own module.
pub(super) fn softhsm_module() -> &'static Path {
    let places = [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    ];
    places
        .map(Path::new)
        .into_iter()
        .find(|path| path.exists())
        .expect("softhsm2 brings its library")
}
