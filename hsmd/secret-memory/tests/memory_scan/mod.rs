//! Searches a process and its core dumps for secrets: any 16 bytes in a row of one, in either byte order.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A window of this many bytes of a secret counts as a find; chance finds none that long.
pub(crate) const WINDOW_BYTES: usize = 16;

/// The type of a segment of memory in an ELF file (`PT_LOAD`).
const LOADED: u64 = 1;

/// Secrets to look for, by name.
pub(crate) struct Needles {
    windows: HashMap<[u8; WINDOW_BYTES], String>,
    /// Which pairs of bytes start a window; most of memory is passed over by this alone.
    starts: Box<[bool]>,
}

/// What a search saw.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// Names of the secrets that were found, each once, with where the first window of it was.
    pub(crate) found: Vec<(String, String)>,
    /// How much was searched.
    pub(crate) searched_bytes: u64,
    /// How much of the process could not be read, as it should be for secret memory.
    pub(crate) unreadable_bytes: u64,
}

impl Needles {
    pub(crate) fn new() -> Self {
        Self {
            windows: HashMap::new(),
            starts: vec![false; 1 << 16].into_boxed_slice(),
        }
    }

    /// Looks for every window of `secret`, as it stands and reversed (big numbers are stored from the low end).
    pub(crate) fn add(&mut self, name: &str, secret: &[u8]) {
        let reversed: Vec<u8> = secret.iter().rev().copied().collect();
        for order in [secret, &reversed] {
            for window in order.windows(WINDOW_BYTES) {
                let mut distinct = window.to_vec();
                distinct.sort_unstable();
                distinct.dedup();
                if distinct.len() < WINDOW_BYTES / 2 {
                    continue; // Padding and zeros are everywhere.
                }
                self.starts[usize::from(u16::from_le_bytes([window[0], window[1]]))] = true;
                let window = window.try_into().expect("windows have this length");
                self.windows
                    .entry(window)
                    .or_insert_with(|| name.to_owned());
            }
        }
        assert!(
            !self.windows.is_empty(),
            "{name} is too short to be looked for"
        );
    }

    /// Searches the memory of a running process through `/proc/<pid>/mem`, as root or its user could.
    pub(crate) fn search_process(&self, pid: u32) -> io::Result<Findings> {
        let memory = File::open(format!("/proc/{pid}/mem"))?;
        let maps = fs::read_to_string(format!("/proc/{pid}/maps"))?;
        let mut findings = Findings::default();
        for line in maps.lines() {
            let mut fields = line.split_whitespace();
            let (Some(range), Some(rights)) = (fields.next(), fields.next()) else {
                continue;
            };
            let name = fields.nth(3).unwrap_or("anonymous memory");
            // What a file's unwritable mapping holds is in the file, not in the process.
            let is_of_file_alone = name.starts_with('/') && !rights.starts_with("rw");
            if !rights.starts_with('r') || name.starts_with("[v") || is_of_file_alone {
                continue;
            }
            let (from, to) = range.split_once('-').expect("a range of addresses");
            let parse = |text| u64::from_str_radix(text, 16).expect("an address");
            self.search_range(&memory, parse(from)..parse(to), name, &mut findings);
        }
        Ok(findings)
    }

    /// Searches a file, such as a log or a store.
    #[allow(dead_code, reason = "not every suite with this module searches files")]
    pub(crate) fn search_file(&self, path: &Path) -> io::Result<Findings> {
        let file = File::open(path)?;
        let mut findings = Findings::default();
        let length = file.metadata()?.len();
        self.search_range(&file, 0..length, &path.display().to_string(), &mut findings);
        Ok(findings)
    }

    /// Searches the memory in a core dump (64-bit ELF).
    ///
    /// Its notes are left out: they hold the registers of threads stopped in the middle of a computation, and
    /// no arrangement of memory can keep those from whoever may stop the process.
    pub(crate) fn search_core_dump(&self, path: &Path) -> io::Result<Findings> {
        let file = File::open(path)?;
        let number = |position: u64, length: usize| -> io::Result<u64> {
            let mut bytes = [0; 8];
            file.read_exact_at(&mut bytes[..length], position)?;
            Ok(u64::from_le_bytes(bytes))
        };
        // The program headers' place, size and count are in the file's header (System V ABI, chapter 4).
        let (start, size, count) = (number(0x20, 8)?, number(0x36, 2)?, number(0x38, 2)?);
        let mut findings = Findings::default();
        for header in (0..count).map(|index| start + index * size) {
            let (kind, offset, length) = (
                number(header, 4)?,
                number(header + 8, 8)?,
                number(header + 0x20, 8)?,
            );
            if kind == LOADED {
                self.search_range(
                    &file,
                    offset..offset + length,
                    &path.display().to_string(),
                    &mut findings,
                );
            }
        }
        Ok(findings)
    }

    /// Searches bytes at hand; `place` is for the report.
    pub(crate) fn search_bytes(&self, bytes: &[u8], place: &str, findings: &mut Findings) {
        for (position, window) in bytes.windows(WINDOW_BYTES).enumerate() {
            if !self.starts[usize::from(u16::from_le_bytes([window[0], window[1]]))] {
                continue;
            }
            let Some(name) = self.windows.get(window) else {
                continue;
            };
            if !findings.found.iter().any(|(found, _)| found == name) {
                findings
                    .found
                    .push((name.clone(), format!("{place} + {position:#x}")));
            }
        }
    }

    fn search_range(
        &self,
        source: &File,
        range: std::ops::Range<u64>,
        name: &str,
        findings: &mut Findings,
    ) {
        const STEP_BYTES: u64 = 1 << 20;
        let mut buffer = vec![0; usize::try_from(STEP_BYTES).expect("fits") + WINDOW_BYTES];
        let mut position = range.start;
        while position < range.end {
            // Steps overlap, so that no window is cut.
            let wanted =
                usize::try_from((range.end - position).min(STEP_BYTES + WINDOW_BYTES as u64))
                    .expect("fits");
            match source.read_at(&mut buffer[..wanted], position) {
                Ok(0) | Err(_) => {
                    let page = 4096.min(range.end - position);
                    findings.unreadable_bytes += page;
                    position += page;
                }
                Ok(got) => {
                    self.search_bytes(
                        &buffer[..got],
                        &format!("{name} at {position:#x}"),
                        findings,
                    );
                    let next = (got as u64).min(STEP_BYTES);
                    findings.searched_bytes += next;
                    position += next;
                }
            }
        }
    }
}

impl Findings {
    /// The names of what was found.
    #[allow(dead_code, reason = "not every suite with this module asks")]
    pub(crate) fn names(&self) -> Vec<&str> {
        self.found.iter().map(|(name, _)| name.as_str()).collect()
    }
}

/// Writes a core dump of a running process with gdb's `gcore`; `None`, said aloud, where that is not installed.
pub(crate) fn dump_by_debugger(pid: u32, folder: &Path) -> Option<PathBuf> {
    let target = folder.join("dump");
    match Command::new("gcore")
        .arg("-a")
        .arg("-o")
        .arg(&target)
        .arg(pid.to_string())
        .output()
    {
        Ok(output) => {
            let dump = folder.join(format!("dump.{pid}"));
            assert!(
                dump.exists(),
                "gcore failed: {}",
                String::from_utf8_lossy(&output.stderr)
            );
            Some(dump)
        }
        Err(error) => {
            eprintln!(
                "SKIPPED: no core dump by debugger, gcore cannot be run ({error}); install gdb"
            );
            None
        }
    }
}

/// The core file that the kernel left in a folder; `None`, said aloud, where the kernel gives cores to a program.
pub(crate) fn kernel_dump(folder: &Path) -> Option<PathBuf> {
    let mut pattern = String::new();
    File::open("/proc/sys/kernel/core_pattern")
        .and_then(|mut file| file.read_to_string(&mut pattern))
        .ok()?;
    if pattern.starts_with(['|', '/', '@']) {
        eprintln!(
            "SKIPPED: no kernel core dump, core_pattern is {}",
            pattern.trim()
        );
        return None;
    }
    let entries = fs::read_dir(folder)
        .ok()?
        .filter_map(Result::ok)
        .map(|entry| entry.path());
    entries.into_iter().find(|path| {
        path.file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| name.starts_with("core"))
    })
}

/// The elements of a DER encoding side by side: tag and content.
pub(crate) fn elements(mut der: &[u8]) -> Vec<(u8, &[u8])> {
    let mut elements = Vec::new();
    while let [tag, first, rest @ ..] = der {
        let (length, rest) = if *first < 0x80 {
            (usize::from(*first), rest)
        } else {
            let (length, rest) = rest.split_at(usize::from(first & 0x7f));
            let length = length
                .iter()
                .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            (length, rest)
        };
        elements.push((*tag, &rest[..length]));
        der = &rest[length..];
    }
    elements
}
