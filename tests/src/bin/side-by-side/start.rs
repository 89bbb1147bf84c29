//! From the start of a process to its first signature, and the memory it then has.

use std::{fs, path::Path};

use hsm_tests::c_caller::{CModule, Mechanism, Template, cryptoki_sys as c};

/// `--first-signature MODULE LABEL PIN`: logs in, finds a P-256 key by its label among all others, signs, and prints the
/// most memory that this process had, in KiB.
pub(crate) fn first_signature(arguments: &[String]) {
    let [module, label, pin] = arguments else {
        panic!("--first-signature MODULE LABEL PIN")
    };
    let module = CModule::load(Path::new(module));
    let session = module.log_in(label, pin).expect("a session of the user");
    let template = Template::new()
        .text(c::CKA_LABEL, "p256")
        .number(c::CKA_CLASS, c::CKO_PRIVATE_KEY);
    let key = module.find(session, &template, 1).expect("a search")[0];
    module
        .sign_init(session, &mut Mechanism::plain(c::CKM_ECDSA), key)
        .expect("C_SignInit");
    module
        .sign(session, &[0x42; 32], &mut [0; 64])
        .expect("C_Sign");
    println!("{}", memory_kib_max());
}

fn memory_kib_max() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("the process's status");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .expect("its memory");
    line.trim()
        .trim_end_matches(" kB")
        .parse()
        .expect("a number")
}
