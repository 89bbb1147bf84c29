//! Input and output too large for the socket's buffers: in a memory file where files can be passed, and without one where not.

use std::{env, path::Path};

use hsm_tests::{
    Daemon, Proxy,
    c_caller::{CModule, Mechanism, Template, cryptoki_sys as c},
    module_process::{in_module_process, in_module_process_with},
};

/// From just below what a memory file is for, to the longest input but a tag.
const LENGTHS: [usize; 5] = [
    (256 << 10) - 1,
    256 << 10,
    1 << 20,
    5_000_001,
    (16 << 20) - 16,
];

/// Encrypts, decrypts and signs messages of all [`LENGTHS`] with keys of the daemon.
fn computes_over_large_messages() {
    let variable = |name| env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
    let module = CModule::load(Path::new(&variable("PKCS11_MODULE")));
    let session = module
        .log_in(&variable("HSM_TOKEN_LABEL"), &variable("HSM_PIN"))
        .unwrap();
    let template = Template::new()
        .flag(c::CKA_TOKEN, false)
        .flag(c::CKA_ENCRYPT, true)
        .flag(c::CKA_DECRYPT, true)
        .number(c::CKA_VALUE_LEN, 32);
    let key = module
        .generate_key(session, c::CKM_AES_KEY_GEN, &template)
        .unwrap();
    for length in LENGTHS {
        let message: Vec<u8> = (0..length)
            .map(|index| index.to_le_bytes()[0] ^ 0x5a)
            .collect();
        let gcm = || Mechanism::gcm(&[7; 12]);
        let mut ciphertext = vec![0; length + 16];
        let given = module.encrypt(session, &mut gcm(), key, &message, &mut ciphertext);
        assert_eq!(given, Ok(length + 16));
        assert_ne!(ciphertext[..64], message[..64]);
        let decrypted = module
            .decrypt(session, &mut gcm(), key, &ciphertext)
            .unwrap();
        assert!(decrypted == message, "{length} bytes came back changed");
        let mut tampered = ciphertext;
        tampered[length / 2] ^= 1;
        assert!(module.decrypt(session, &mut gcm(), key, &tampered).is_err());
    }
}

#[test]
#[expect(
    clippy::redundant_closure,
    reason = "the closure's type names the test"
)]
fn large_messages_go_through_the_socket_of_a_daemon() {
    in_module_process(Daemon::dev, || computes_over_large_messages(), |_| ());
}

#[test]
#[expect(
    clippy::redundant_closure,
    reason = "the closure's type names the test"
)]
fn large_messages_go_through_what_passes_no_files_on() {
    in_module_process_with(
        Daemon::dev,
        |daemon| {
            let proxy = Proxy::start(daemon.scratch().join("proxy.sock"), &daemon.socket());
            (vec![("HSM_ENDPOINT".to_owned(), proxy.endpoint())], proxy)
        },
        || computes_over_large_messages(),
        |_, proxy| {
            let counts = proxy.counts();
            // An encryption and two decryptions of each length. One of them is refused for want of its file, and sent again;
            // after that none is sent with a file.
            let sent = ["encrypt", "decrypt"].map(|name| counts.get(name).copied().unwrap_or(0));
            assert_eq!(sent[0] + sent[1], 3 * LENGTHS.len() + 1, "{counts:?}");
        },
    );
}
