//! A disk in memory whose power can be cut: what was written since the last sync survives in whole, in part or not.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::medium::{File, Medium};

const BLOCK_BYTES: usize = 4096;
const SECTOR_BYTES: usize = 512;

/// What happens at one call that changes something on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The power goes, in the middle of the call. Every later call fails.
    PowerCut,
    /// The call fails and does nothing.
    Error,
    /// The device is full: a write leaves half of its bytes.
    Full,
}

/// What survives of what was not synced when the power goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Survivors {
    /// Nothing.
    Nothing,
    /// Everything.
    Everything,
    /// Some blocks of 4,096 bytes.
    Blocks,
    /// Some sectors of 512 bytes.
    Sectors,
}

/// A disk with the files of one store.
#[derive(Debug, Clone)]
pub struct Disk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    files: Vec<Contents>,
    names: HashMap<&'static str, usize>,
    durable_names: HashMap<&'static str, usize>,
    /// Calls that change something, so far.
    calls: u64,
    syncs: u64,
    fault: Option<(u64, Fault)>,
    is_off: bool,
    ignores_sync: bool,
}

#[derive(Debug, Default, Clone)]
struct Contents {
    bytes: Vec<u8>,
    /// What the blocks written since the last sync held then, by number.
    before: BTreeMap<usize, [u8; BLOCK_BYTES]>,
    synced_length: usize,
}

impl Disk {
    /// An empty disk.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::default())
    }

    /// Makes the call that changes something number `call`, counted from 1 now, end in `fault`.
    pub fn fail_at(&self, call: u64, fault: Fault) {
        let mut state = self.0.lock();
        state.fault = Some((state.calls + call, fault));
    }

    /// Makes syncs do nothing, as a disk that lies does.
    pub fn ignore_syncs(&self) {
        self.0.lock().ignores_sync = true;
    }

    /// The calls so far that change something.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.0.lock().calls
    }

    /// The syncs of files so far.
    #[must_use]
    pub fn syncs(&self) -> u64 {
        self.0.lock().syncs
    }

    /// True once the power is cut.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.0.lock().is_off
    }

    /// What is found when the power is back; `random` gives numbers below its argument.
    #[must_use]
    pub fn after_power_cut(
        &self,
        survivors: Survivors,
        random: &mut dyn FnMut(u64) -> u64,
    ) -> Self {
        let state = self.0.lock();
        let keeps_names = match survivors {
            Survivors::Nothing => false,
            Survivors::Everything => true,
            Survivors::Blocks | Survivors::Sectors => random(2) == 0,
        };
        let names = if keeps_names {
            &state.names
        } else {
            &state.durable_names
        }
        .clone();
        let files = state
            .files
            .iter()
            .map(|contents| contents.after_power_cut(survivors, random))
            .collect();
        Self(Arc::new(Mutex::new(State {
            files,
            durable_names: names.clone(),
            names,
            ..State::default()
        })))
    }

    /// Changes the bytes of a file, as damage would.
    ///
    /// # Panics
    ///
    /// If there is no such file.
    pub fn damage(&self, name: &'static str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.0.lock();
        let file = state.names[name];
        change(&mut state.files[file].bytes);
    }

    /// Takes a file away.
    pub fn lose(&self, name: &'static str) {
        self.0.lock().names.remove(name);
    }

    /// The length of a file, if there is one of that name.
    #[must_use]
    pub fn length(&self, name: &'static str) -> Option<usize> {
        let state = self.0.lock();
        state
            .names
            .get(name)
            .map(|file| state.files[*file].bytes.len())
    }

    fn file(&self, file: usize) -> Arc<dyn File> {
        Arc::new(OpenFile {
            disk: self.clone(),
            file,
        })
    }

    /// Counts a call that changes something, which `change` does; `partly` does some of it.
    fn call<T>(
        &self,
        change: impl FnOnce(&mut State) -> T,
        partly: impl FnOnce(&mut State),
    ) -> io::Result<T> {
        let mut state = self.0.lock();
        state.check_power()?;
        state.calls += 1;
        match state.fault {
            Some((call, fault)) if call == state.calls => match fault {
                Fault::PowerCut => {
                    state.is_off = true;
                    // Nobody waits for the end of this call, so what it would do may or may not have happened.
                    change(&mut state);
                    Err(power_is_off())
                }
                Fault::Error => Err(io::Error::other("input/output error")),
                Fault::Full => {
                    partly(&mut state);
                    Err(io::ErrorKind::StorageFull.into())
                }
            },
            _ => Ok(change(&mut state)),
        }
    }
}

impl Default for Disk {
    fn default() -> Self {
        Self::new()
    }
}

fn power_is_off() -> io::Error {
    io::Error::other("the power is off")
}

impl State {
    fn check_power(&self) -> io::Result<()> {
        if self.is_off {
            Err(power_is_off())
        } else {
            Ok(())
        }
    }
}

impl Contents {
    fn write(&mut self, offset: usize, bytes: &[u8]) {
        let end = offset + bytes.len();
        self.remember(offset, end);
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        self.bytes[offset..end].copy_from_slice(bytes);
    }

    fn set_length(&mut self, length: usize) {
        self.remember(length, self.bytes.len());
        self.bytes.resize(length, 0);
    }

    fn sync(&mut self) {
        self.before.clear();
        self.synced_length = self.bytes.len();
    }

    /// Keeps what the blocks from `begin` to `end` hold, if they were not written since the last sync.
    fn remember(&mut self, begin: usize, end: usize) {
        for block in begin / BLOCK_BYTES..end.div_ceil(BLOCK_BYTES) {
            let bytes = &self.bytes;
            self.before.entry(block).or_insert_with(|| {
                let mut before = [0; BLOCK_BYTES];
                let held = bytes.get(block * BLOCK_BYTES..).unwrap_or_default();
                let held = &held[..held.len().min(BLOCK_BYTES)];
                before[..held.len()].copy_from_slice(held);
                before
            });
        }
    }

    fn after_power_cut(&self, survivors: Survivors, random: &mut dyn FnMut(u64) -> u64) -> Self {
        let mut bytes = self.bytes.clone();
        let unit = match survivors {
            Survivors::Everything => {
                return Self {
                    synced_length: bytes.len(),
                    bytes,
                    before: BTreeMap::new(),
                };
            }
            Survivors::Nothing | Survivors::Blocks => BLOCK_BYTES,
            Survivors::Sectors => SECTOR_BYTES,
        };
        let end = self.synced_length.max(bytes.len());
        bytes.resize(end.next_multiple_of(BLOCK_BYTES), 0);
        for (block, before) in &self.before {
            for begin in (0..BLOCK_BYTES).step_by(unit) {
                if survivors == Survivors::Nothing || random(2) == 0 {
                    let place = block * BLOCK_BYTES + begin;
                    if let Some(held) = bytes.get_mut(place..place + unit) {
                        held.copy_from_slice(&before[begin..begin + unit]);
                    }
                }
            }
        }
        let keeps_length = survivors != Survivors::Nothing && random(2) == 0;
        bytes.truncate(if keeps_length {
            self.bytes.len()
        } else {
            self.synced_length
        });
        Self {
            synced_length: bytes.len(),
            bytes,
            before: BTreeMap::new(),
        }
    }
}

impl Medium for Disk {
    fn open(&self, name: &'static str) -> io::Result<Option<Arc<dyn File>>> {
        let state = self.0.lock();
        state.check_power()?;
        Ok(state.names.get(name).map(|file| self.file(*file)))
    }

    fn create(&self, name: &'static str) -> io::Result<Arc<dyn File>> {
        let create = |state: &mut State| {
            state.files.push(Contents::default());
            let file = state.files.len() - 1;
            state.names.insert(name, file);
            file
        };
        self.call(create, |_| ()).map(|file| self.file(file))
    }

    fn rename(&self, from: &'static str, to: &'static str) -> io::Result<()> {
        let rename = |state: &mut State| {
            let file = state.names.remove(from)?;
            state.names.insert(to, file)
        };
        self.call(rename, |_| ()).map(drop)
    }

    fn sync(&self) -> io::Result<()> {
        let sync = |state: &mut State| {
            if !state.ignores_sync && !state.is_off {
                state.durable_names = state.names.clone();
            }
        };
        self.call(sync, |_| ())
    }
}

#[derive(Debug)]
struct OpenFile {
    disk: Disk,
    file: usize,
}

fn position(offset: u64) -> usize {
    usize::try_from(offset).expect("files of tests are small")
}

impl File for OpenFile {
    fn length_bytes(&self) -> io::Result<u64> {
        let state = self.disk.0.lock();
        state.check_power()?;
        Ok(state.files[self.file].bytes.len() as u64)
    }

    fn set_len(&self, length_bytes: u64) -> io::Result<()> {
        let set = |state: &mut State| state.files[self.file].set_length(position(length_bytes));
        self.disk.call(set, |_| ())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let state = self.disk.0.lock();
        state.check_power()?;
        let begin = position(offset);
        let bytes = state.files[self.file]
            .bytes
            .get(begin..begin + buffer.len());
        buffer.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let write = |state: &mut State| state.files[self.file].write(position(offset), bytes);
        let write_half = |state: &mut State| {
            state.files[self.file].write(position(offset), &bytes[..bytes.len() / 2]);
        };
        self.disk.call(write, write_half)
    }

    fn sync(&self) -> io::Result<()> {
        let sync = |state: &mut State| {
            if !state.ignores_sync && !state.is_off {
                state.files[self.file].sync();
            }
            state.syncs += 1;
        };
        self.disk.call(sync, |_| ())
    }
}
