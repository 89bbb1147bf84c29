//! Calls chosen by bytes: what a fuzzer, or a generator of random numbers, makes of the C interface.
//!
//! Every pointer is null or points to memory of the length that is passed beside it, or that length is absurd (from 2³² on)
//! and must be refused before anything is read. Nothing else may be asked of a function in C.

mod functions;
mod parameters;

use std::{collections::VecDeque, path::Path, ptr};

use cryptoki_sys as c;
use libloading::Library;

/// Handles that are remembered, so that later calls get live ones.
const HANDLES_KEPT: usize = 24;

/// The most calls that one input makes.
const CALLS_MAX: usize = 1024;

/// A module with a token, ready to be called in every way.
pub struct Target {
    functions: c::CK_FUNCTION_LIST_3_2,
    /// Keeps the functions where they are.
    library: Option<Library>,
    slot: c::CK_SLOT_ID,
    pin: Vec<u8>,
    mechanisms: Vec<c::CK_MECHANISM_TYPE>,
    sessions: VecDeque<c::CK_SESSION_HANDLE>,
    objects: VecDeque<c::CK_OBJECT_HANDLE>,
    calls: u64,
}

/// Bytes to choose by. Where they end, zeros follow.
struct Choices<'a> {
    bytes: &'a [u8],
    /// Bigger memory than any length that is not absurd; all zeros, so that pointers in it are null.
    zeros: Box<[u64]>,
}

impl<'a> Choices<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            zeros: vec![0; 1 << 13].into_boxed_slice(),
        }
    }

    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.bytes.split_first() else {
            return 0;
        };
        self.bytes = rest;
        *first
    }

    fn below(&mut self, limit: usize) -> usize {
        (usize::from(self.byte()) << 8 | usize::from(self.byte())) % limit.max(1)
    }

    fn one_of<T: Copy>(&mut self, among: &[T]) -> T {
        among[self.below(among.len())]
    }

    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.bytes.split_at(length.min(self.bytes.len()));
        self.bytes = rest;
        taken
    }

    /// Numbers at which things change.
    fn number(&mut self) -> c::CK_ULONG {
        const EDGES: &[c::CK_ULONG] = &[
            0,
            1,
            2,
            7,
            8,
            12,
            13,
            16,
            24,
            32,
            48,
            64,
            96,
            128,
            256,
            1 << 31,
            1 << 32,
            (1 << 32) + 1,
            c::CK_ULONG::MAX - 1,
            c::CK_ULONG::MAX,
        ];
        match self.byte() % 4 {
            0 => c::CK_ULONG::from(self.byte()),
            _ => self.one_of(EDGES),
        }
    }

    /// A length that no memory has.
    fn absurd(&mut self) -> c::CK_ULONG {
        self.one_of(&[
            1 << 32,
            1 << 40,
            c::CK_ULONG::MAX / 2,
            c::CK_ULONG::MAX - 7,
            c::CK_ULONG::MAX,
        ])
    }

    fn zeros(&mut self) -> *mut u8 {
        self.zeros.as_mut_ptr().cast()
    }

    /// Input of a function.
    fn input(&mut self) -> (*mut u8, c::CK_ULONG) {
        match self.byte() % 16 {
            0 => (ptr::null_mut(), 0),
            1 => (ptr::null_mut(), self.number()),
            2 => (self.zeros(), self.absurd()),
            3 => (self.zeros(), c::CK_ULONG::from(self.byte()) * 64),
            4..=7 => (self.zeros(), self.one_of(&[16, 20, 32, 48, 64])),
            _ => {
                let length = usize::from(self.byte() % 65);
                let bytes = self.take(length);
                (bytes.as_ptr().cast_mut(), bytes.len() as c::CK_ULONG)
            }
        }
    }
}

/// Room for what a function gives.
struct Room {
    bytes: Box<[u8; 4096]>,
    length: c::CK_ULONG,
    is_null: bool,
    is_length_null: bool,
}

impl Room {
    fn chosen(choices: &mut Choices<'_>) -> Self {
        let kind = choices.byte() % 12;
        let length = match kind {
            0..=2 => choices.number().min(4096),
            _ => 4096,
        };
        Self {
            bytes: Box::new([0; 4096]),
            length,
            is_null: kind == 3,
            is_length_null: kind == 4,
        }
    }

    fn place(&mut self) -> *mut u8 {
        if self.is_null {
            ptr::null_mut()
        } else {
            self.bytes.as_mut_ptr()
        }
    }

    fn length(&mut self) -> *mut c::CK_ULONG {
        if self.is_length_null {
            ptr::null_mut()
        } else {
            &raw mut self.length
        }
    }
}

impl Target {
    /// Loads the module from `path`, logs in to the token and makes keys of several kinds there.
    ///
    /// # Panics
    ///
    /// When that fails.
    #[must_use]
    pub fn load(path: &Path, label: &str, pin: &str) -> Self {
        // SAFETY: loading runs the library's initialisers; it is the module under test.
        let library = unsafe { Library::new(path) }.expect("the module can be loaded");
        // SAFETY: the standard gives this symbol this type.
        let get = unsafe { library.get::<GetInterface>(b"C_GetInterface\0") };
        let get = *get.expect("C_GetInterface is exported");
        let mut target = Self::of_interface(get, label, pin);
        target.library = Some(library);
        target
    }

    /// As [`Target::load`], of a module that is linked into the program.
    ///
    /// # Panics
    ///
    /// When the module does not do its work.
    #[must_use]
    pub fn of_interface(get: GetInterface, label: &str, pin: &str) -> Self {
        let mut version = c::CK_VERSION { major: 3, minor: 2 };
        let mut interface = ptr::null_mut();
        // SAFETY: pointers are null or to variables of ours.
        let value = unsafe { get(ptr::null_mut(), &raw mut version, &raw mut interface, 0) };
        assert_eq!(value, c::CKR_OK, "C_GetInterface");
        // SAFETY: the interface of version 3.2 has this function list.
        let functions = unsafe { *(*interface).pFunctionList.cast::<c::CK_FUNCTION_LIST_3_2>() };
        let mut target = Self {
            functions,
            library: None,
            slot: 0,
            pin: pin.as_bytes().to_vec(),
            mechanisms: Vec::new(),
            sessions: VecDeque::new(),
            objects: VecDeque::new(),
            calls: 0,
        };
        target.prepare(label);
        target
    }

    /// Makes the calls that `bytes` choose, and cleans up after them.
    pub fn run(&mut self, bytes: &[u8]) {
        self.begin();
        let mut choices = Choices::new(bytes);
        let mut made = 0;
        while !choices.bytes.is_empty() && made < CALLS_MAX {
            self.call(&mut choices);
            // A parameter may have had a place there for something to write.
            choices.zeros.fill(0);
            made += 1;
        }
        self.calls += made as u64;
        self.end();
    }

    /// How many calls were made so far.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls
    }

    fn session(&self, choices: &mut Choices<'_>) -> c::CK_SESSION_HANDLE {
        pick(&self.sessions, choices)
    }

    fn object(&self, choices: &mut Choices<'_>) -> c::CK_OBJECT_HANDLE {
        pick(&self.objects, choices)
    }

    fn remember(kept: &mut VecDeque<u64>, handle: u64) {
        if handle != 0 {
            kept.push_back(handle);
            if kept.len() > HANDLES_KEPT {
                kept.pop_front();
            }
        }
    }
}

/// Mostly a live handle.
fn pick(kept: &VecDeque<u64>, choices: &mut Choices<'_>) -> u64 {
    match choices.byte() % 16 {
        0 => choices.number(),
        _ if kept.is_empty() => 0,
        _ => kept[choices.below(kept.len())],
    }
}

/// `C_GetInterface`.
pub type GetInterface = unsafe extern "C" fn(
    *mut c::CK_UTF8CHAR,
    *mut c::CK_VERSION,
    *mut *mut c::CK_INTERFACE,
    c::CK_FLAGS,
) -> c::CK_RV;
