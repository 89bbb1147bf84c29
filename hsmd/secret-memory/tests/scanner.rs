//! No 16 bytes of a key in use, or closed, are readable from outside the process: neither through
//! `/proc/<pid>/mem` nor in a core dump. A naive process is searched too, and its keys must be found.
//!
//! The process that is searched is this program, started again for [`child`] alone.

#![allow(clippy::unwrap_used, missing_docs)]

mod memory_scan;

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING,
    EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use aws_lc_rs::{aead, digest, hmac, rand, rsa};
use hsmd_secret_memory::{ArenaKind, LockedBytes, Settings, install, on_secret_stack};
use memory_scan::{Needles, dump_by_debugger, elements, kernel_dump};

const KINDS: [&str; 7] = [
    "RSA-2048", "P-256", "P-384", "P-521", "Ed25519", "AES-256", "HMAC",
];

#[test]
fn keys_in_the_arena_cannot_be_read_from_outside() {
    for kind in KINDS {
        let (encoded, needles) = new_key(kind);
        let folder = tempfile::tempdir().unwrap();
        let mut process = Process::start("arena", kind, &encoded, folder.path());

        process.wait_for("in use");
        let in_use = needles.search_process(process.id()).unwrap();
        assert_eq!(in_use.found, [], "{kind} in use");
        assert!(
            in_use.searched_bytes > 1 << 20,
            "{kind}: the process was searched"
        );
        assert!(
            in_use.unreadable_bytes > 0,
            "{kind}: the arena is unreadable"
        );
        if let Some(dump) = dump_by_debugger(process.id(), folder.path()) {
            let dumped = needles.search_core_dump(&dump).unwrap();
            assert!(dumped.searched_bytes > 1 << 20);
            assert_eq!(dumped.found, [], "{kind} in use, in a core dump");
        }
        process.go_on();

        process.wait_for("closed");
        assert_eq!(
            needles.search_process(process.id()).unwrap().found,
            [],
            "{kind} after it was closed"
        );
        process.go_on();
        process.wait_for("in use again");
        process.abort();
        if let Some(dump) = kernel_dump(folder.path()) {
            let dumped = needles.search_core_dump(&dump).unwrap();
            assert!(dumped.searched_bytes > 1 << 20);
            assert_eq!(dumped.found, [], "{kind} in a core dump by the kernel");
        }
    }
}

#[test]
fn a_naive_copy_of_each_kind_of_key_is_found() {
    for kind in KINDS {
        let (encoded, needles) = new_key(kind);
        let folder = tempfile::tempdir().unwrap();
        let mut process = Process::start("naive", kind, &encoded, folder.path());
        process.wait_for("in use");
        assert_ne!(
            needles.search_process(process.id()).unwrap().names(),
            [""; 0],
            "{kind}: the search works"
        );
        if let Some(dump) = dump_by_debugger(process.id(), folder.path()) {
            assert_ne!(
                needles.search_core_dump(&dump).unwrap().names(),
                [""; 0],
                "{kind}: the search works on dumps"
            );
        }
        process.go_on();
        process.wait_for("closed");
        process.go_on();
        process.wait_for("in use again");
        process.abort();
        if let Some(dump) = kernel_dump(folder.path()) {
            assert_ne!(
                needles.search_core_dump(&dump).unwrap().names(),
                [""; 0],
                "{kind}: and on the kernel's dumps"
            );
        }
    }
}

#[test]
fn the_arena_has_no_name_that_another_process_could_open() {
    let (encoded, needles) = new_key("AES-256");
    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::start("arena", "AES-256", &encoded, folder.path());
    process.wait_for("in use");
    let maps = fs::read_to_string(format!("/proc/{}/maps", process.id())).unwrap();
    let ranges: Vec<_> = maps
        .lines()
        .filter(|line| line.contains("secretmem"))
        .map(|line| line.split(' ').next().unwrap().to_owned())
        .collect();
    assert_ne!(ranges, [""; 0], "the arena is in the list of mappings");
    for range in ranges {
        let mapped = File::open(format!("/proc/{}/map_files/{range}", process.id()));
        assert!(
            mapped.is_err(),
            "a mapping of the arena can be opened again"
        );
    }
    for entry in fs::read_dir(format!("/proc/{}/fd", process.id())).unwrap() {
        let target = fs::read_link(entry.unwrap().path()).unwrap_or_default();
        assert!(
            !target.to_string_lossy().contains("secretmem"),
            "a descriptor of the arena is open"
        );
    }
    drop(needles);
}

/// The process that is searched; does nothing when it was not started by [`Process::start`].
#[test]
#[ignore = "started by the other tests"]
fn child() {
    let (Ok(mode), Ok(kind)) = (std::env::var("SCANNED_MODE"), std::env::var("SCANNED_KIND"))
    else {
        return;
    };
    // Shared memory too, where the arena is; files are left out.
    fs::write("/proc/self/coredump_filter", "0x33").unwrap();
    let mut input = File::open("/dev/stdin").unwrap(); // No buffer of its own that could keep a copy.
    raise_core_limit();
    let mut length = [0; 4];
    if mode == "naive" {
        input.read_exact(&mut length).unwrap();
        let mut encoded = vec![0; u32::from_le_bytes(length) as usize];
        input.read_exact(&mut encoded).unwrap();
        stages(
            &mut input,
            || OpenKey::new(&kind, &encoded),
            OpenKey::compute,
        );
        drop(std::hint::black_box(encoded));
    } else {
        let report = install(&Settings {
            arena_bytes_max: 8 << 20,
            ..Settings::default()
        })
        .unwrap();
        assert_eq!(
            report.kind,
            ArenaKind::SecretPages,
            "these tests need a kernel with memfd_secret"
        );
        input.read_exact(&mut length).unwrap();
        let mut encoded = LockedBytes::zeroed(u32::from_le_bytes(length) as usize).unwrap();
        input.read_exact(encoded.expose_mut()).unwrap();
        let open = || on_secret_stack(|| OpenKey::new(&kind, encoded.expose()));
        stages(&mut input, open, |key| on_secret_stack(|| key.compute()));
    }
}

/// Uses a key while it is searched, closes it, and uses it again.
fn stages(input: &mut File, open: impl Fn() -> OpenKey, compute: impl Fn(&OpenKey) + Sync) {
    let mut pause = [0];
    let key = open();
    use_while(&key, &compute, || {
        println!("\nin use");
        input.read_exact(&mut pause).unwrap();
    });
    drop(key);
    println!("\nclosed");
    input.read_exact(&mut pause).unwrap();
    let key = open();
    use_while(&key, &compute, || {
        println!("\nin use again");
        input.read_exact(&mut pause).unwrap();
    });
}

fn use_while(key: &OpenKey, compute: &(impl Fn(&OpenKey) + Sync), pause: impl FnOnce()) {
    let is_over = AtomicBool::new(false);
    let uses = AtomicU64::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                compute(key);
                uses.fetch_add(1, Ordering::Relaxed);
            }
        });
        while uses.load(Ordering::Relaxed) < 20 {
            thread::yield_now();
        }
        pause();
        is_over.store(true, Ordering::Relaxed);
    });
}

enum OpenKey {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Aes(aead::LessSafeKey),
    Hmac(LockedBytes),
}

impl OpenKey {
    fn new(kind: &str, encoded: &[u8]) -> Self {
        match kind {
            "RSA-2048" => Self::Rsa(RsaKeyPair::from_pkcs8(encoded).unwrap()),
            "Ed25519" => Self::Ed25519(Ed25519KeyPair::from_pkcs8(encoded).unwrap()),
            "AES-256" => Self::Aes(aead::LessSafeKey::new(
                aead::UnboundKey::new(&aead::AES_256_GCM, encoded).unwrap(),
            )),
            "HMAC" => Self::Hmac(LockedBytes::copy_of(encoded).unwrap()),
            curve => Self::Ec(EcdsaKeyPair::from_pkcs8(ecdsa(curve), encoded).unwrap()),
        }
    }

    fn compute(&self) {
        let random = rand::SystemRandom::new();
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, b"message", &mut signature)
                    .unwrap();
            }
            Self::Ec(key) => drop(key.sign(&random, b"message").unwrap()),
            Self::Ed25519(key) => drop(key.sign(b"message")),
            Self::Aes(key) => {
                let nonce = aead::Nonce::assume_unique_for_key([7; 12]);
                key.seal_in_place_append_tag(nonce, aead::Aad::empty(), &mut vec![1; 64])
                    .unwrap();
            }
            Self::Hmac(key) => {
                let _ = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.expose()), b"message");
            }
        }
    }
}

/// A new key, encoded for the child, and what must not be found of it.
fn new_key(kind: &str) -> (Vec<u8>, Needles) {
    let random = rand::SystemRandom::new();
    let mut needles = Needles::new();
    let encoded = match kind {
        "RSA-2048" => {
            let key = RsaKeyPair::generate(rsa::KeySize::Rsa2048).unwrap();
            let encoded: Pkcs8V1Der<'_> = key.as_der().unwrap();
            let encoded = encoded.as_ref().to_vec();
            let integers = elements(elements(&encoded)[0].1)[2].1;
            let integers = elements(elements(integers)[0].1);
            for (name, index) in [
                ("d", 3),
                ("p", 4),
                ("q", 5),
                ("dp", 6),
                ("dq", 7),
                ("q inverse", 8),
            ] {
                needles.add(name, integers[index].1);
            }
            encoded
        }
        "Ed25519" => {
            let encoded = Ed25519KeyPair::generate_pkcs8(&random)
                .unwrap()
                .as_ref()
                .to_vec();
            let seed = elements(elements(elements(&encoded)[0].1)[2].1)[0].1;
            needles.add("seed", seed);
            let expanded = digest::digest(&digest::SHA512, seed);
            needles.add("expanded scalar", &expanded.as_ref()[..32]);
            needles.add("expanded prefix", &expanded.as_ref()[32..]);
            encoded
        }
        "AES-256" | "HMAC" => {
            let mut key = vec![0; 32];
            rand::fill(&mut key).unwrap();
            needles.add("key", &key);
            needles.add(
                "inner pad",
                &key.iter().map(|byte| byte ^ 0x36).collect::<Vec<_>>(),
            );
            needles.add(
                "outer pad",
                &key.iter().map(|byte| byte ^ 0x5c).collect::<Vec<_>>(),
            );
            key
        }
        curve => {
            let encoded = EcdsaKeyPair::generate_pkcs8(ecdsa(curve), &random)
                .unwrap()
                .as_ref()
                .to_vec();
            let key = elements(elements(&encoded)[0].1)[2].1;
            needles.add("scalar", elements(elements(key)[0].1)[1].1);
            encoded
        }
    };
    (encoded, needles)
}

fn ecdsa(curve: &str) -> &'static EcdsaSigningAlgorithm {
    match curve {
        "P-256" => &ECDSA_P256_SHA256_ASN1_SIGNING,
        "P-384" => &ECDSA_P384_SHA384_ASN1_SIGNING,
        "P-521" => &ECDSA_P521_SHA512_ASN1_SIGNING,
        other => panic!("no such kind of key: {other}"),
    }
}

fn raise_core_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let hard = getrlimit(Resource::Core).maximum;
    let raised = setrlimit(
        Resource::Core,
        Rlimit {
            current: None,
            maximum: None,
        },
    )
    .or_else(|_| {
        setrlimit(
            Resource::Core,
            Rlimit {
                current: hard,
                maximum: hard,
            },
        )
    });
    raised.unwrap();
}

/// The process that is searched.
struct Process {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Process {
    fn start(mode: &str, kind: &str, encoded: &[u8], folder: &std::path::Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--ignored", "--nocapture"])
            .env("SCANNED_MODE", mode)
            .env("SCANNED_KIND", kind)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = child.stdin.as_mut().unwrap();
        input
            .write_all(&u32::try_from(encoded.len()).unwrap().to_le_bytes())
            .unwrap();
        input.write_all(encoded).unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output }
    }

    fn id(&self) -> u32 {
        self.child.id()
    }

    fn wait_for(&mut self, expected: &str) {
        let mut line = String::new();
        while line.trim_end() != expected {
            line.clear();
            assert_ne!(
                self.output.read_line(&mut line).unwrap(),
                0,
                "the process ended before it was {expected}"
            );
        }
    }

    fn go_on(&mut self) {
        self.child.stdin.as_mut().unwrap().write_all(&[0]).unwrap();
    }

    fn abort(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::ABORT).unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // By the end of a test nothing of it matters any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
