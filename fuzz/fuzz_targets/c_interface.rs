//! The C interface with a daemon behind it: bytes choose functions, handles, mechanisms, parameters, templates and buffers.
//!
//! The module is linked in, so that the fuzzer sees which of its branches an input reaches. The daemon is
//! `hsmd dev`, which runs already: `. DIR/env` before, as for any program that uses the module.

#![no_main]

use std::{env, sync::Mutex};

use hsm_tests::c_caller::{cryptoki_sys as c, fuzzing::Target};
use libfuzzer_sys::fuzz_target;

// Names the crate, so that its C functions are linked.
extern crate hsm_pkcs11 as _;

unsafe extern "C" {
    fn C_GetInterface(
        name: *mut c::CK_UTF8CHAR,
        version: *mut c::CK_VERSION,
        interface: *mut *mut c::CK_INTERFACE,
        flags: c::CK_FLAGS,
    ) -> c::CK_RV;
}

static TARGET: Mutex<Option<Target>> = Mutex::new(None);

fuzz_target!(|bytes: &[u8]| {
    let mut target = TARGET.lock().expect("the fuzzer has one thread");
    let target = target.get_or_insert_with(|| {
        let variable = |name| env::var(name).unwrap_or_else(|_| panic!("{name} is not set: `. DIR/env` of `hsmd dev`"));
        Target::of_interface(C_GetInterface, &variable("HSM_TOKEN_LABEL"), &variable("HSM_PIN"))
    });
    target.run(bytes);
});
