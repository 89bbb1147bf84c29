//! The contenders' processes.

use std::{
    io::{self, BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
};

use hsm_tests::{
    Daemon, binaries, https,
    launch::isolated,
    signed::{Request, Signer},
};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::{
    case::{Case, Contender, Http},
    client::{Caller, Target, Work},
};

/// All that answer. moto is left out where it is not installed.
pub(crate) struct Servers {
    daemon: Daemon,
    bare: (Process, Target),
    moto: Option<(Process, Target)>,
}

/// A child that ends with this.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Servers {
    pub(crate) fn start() -> Self {
        let daemon = Daemon::dev();
        let certificate = daemon.scratch().join("bare.pem");
        let own = std::env::current_exe().expect("a running program has a path");
        let mut command = isolated(own, &daemon.scratch());
        command
            .arg("--floor")
            .arg(&certificate)
            .stdin(Stdio::piped());
        let mut bare = Process(command.stdout(Stdio::piped()).spawn().expect("a process"));
        let mut address = String::new();
        BufReader::new(bare.0.stdout.take().expect("a pipe"))
            .read_line(&mut address)
            .expect("the address");
        let address = address.trim().parse().expect("an address");
        let target = Target {
            address,
            certificate: Some(certificate),
        };
        Self {
            moto: moto(&daemon),
            daemon,
            bare: (bare, target),
        }
    }

    /// Those of these that are here.
    pub(crate) fn contenders(&self, wanted: &[Contender]) -> Vec<Contender> {
        let is_here = |contender: &Contender| *contender != Contender::Moto || self.moto.is_some();
        wanted.iter().copied().filter(is_here).collect()
    }

    /// The process whose time is counted.
    pub(crate) fn process(&self, contender: Contender) -> u32 {
        match (contender, &self.moto) {
            (Contender::Hsmd, _) => {
                let process = self.daemon.process_id().as_raw_nonzero();
                process.get().unsigned_abs()
            }
            (Contender::Moto, Some((moto, _))) => moto.0.id(),
            (Contender::Bare | Contender::Moto, _) => self.bare.0.0.id(),
        }
    }

    /// What callers of a contender repeat: with a key that is made for it.
    pub(crate) fn work(&self, contender: Contender, case: Case, runtime: &Runtime) -> Work {
        let target = match (contender, &self.moto) {
            (Contender::Hsmd, _) => self.https(),
            (Contender::Moto, Some((_, target))) => target.clone(),
            (Contender::Bare | Contender::Moto, _) => self.bare.1.clone(),
        };
        let mut work = Work {
            target,
            signer: Signer::of(&self.daemon),
            request: Request::call("CreateKey", case.key().to_string()),
            answer_bytes: 0,
        };
        if contender == Contender::Bare {
            // The answers of the daemon say how long its are to be.
            let original = self.work(Contender::Hsmd, case, runtime);
            work.request = original.request.clone();
            work.answer_bytes = once(original, runtime).len();
            return work;
        }
        let made: Value = serde_json::from_slice(&once(work.clone(), runtime)).expect("JSON");
        let key_id = made["KeyMetadata"]["KeyId"].as_str().expect("a key id");
        work.request = case.request(key_id);
        work
    }

    fn https(&self) -> Target {
        Target {
            address: https::address(&self.daemon),
            certificate: Some(self.daemon.variable("AWS_CA_BUNDLE").into()),
        }
    }
}

/// One answer.
fn once(work: Work, runtime: &Runtime) -> hyper::body::Bytes {
    runtime.block_on(async { Caller::connect(work, Http::One).await.call().await })
}

/// moto's server: the one of `make install-dependencies`, or one on the path.
fn moto(daemon: &Daemon) -> Option<(Process, Target)> {
    let installed = binaries::clients().join("aws/bin/moto_server");
    let candidates = [installed, PathBuf::from("moto_server")];
    let started = candidates.iter().find_map(|program| {
        isolated(program, &daemon.scratch())
            .args(["-H", "127.0.0.1", "-p", "0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .ok()
    });
    let Some(mut child) = started.map(Process) else {
        eprintln!("moto is left out: there is no moto_server (pip install 'moto[kms,server]')");
        return None;
    };
    let mut lines = BufReader::new(child.0.stderr.take().expect("a pipe")).lines();
    let address = lines.by_ref().find_map(|line| {
        let line = line.ok()?;
        let (_, address) = line.split_once("Running on http://")?;
        address.split_whitespace().next()?.parse().ok()
    });
    // It writes a line for each request, which somebody has to read.
    drop(thread::spawn(move || lines.for_each(drop)));
    let Some(address) = address else {
        eprintln!("moto is left out: moto_server did not start");
        return None;
    };
    let target = Target {
        address,
        certificate: None,
    };
    Some((child, target))
}

/// The version of moto, as the report says it.
pub(crate) fn moto_version() -> String {
    let python = binaries::clients().join("aws/bin/python");
    let script = "from importlib.metadata import version; print(version('moto'))";
    let said = |python: PathBuf| -> io::Result<String> {
        let output = Command::new(python).args(["-c", script]).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let version = said(python).or_else(|_| said(PathBuf::from("python3")));
    format!("moto {}", version.unwrap_or_default())
}
