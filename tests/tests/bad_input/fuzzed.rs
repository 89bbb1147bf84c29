//! Calls chosen at random, with null pointers, absurd lengths, wrong handles and whatever parameters: nothing crashes, nothing
//! hangs, and the module does its work after as before. `fuzz/` chooses by coverage what is chosen at random here.

use std::{env, fs, path::PathBuf};

use hsm_tests::{Daemon, c_caller::fuzzing::Target, in_module_process, workspace};

/// Inputs of this many bytes, which make some hundred calls each.
const INPUT_BYTES: usize = 8192;

/// A generator that gives the same bytes on every machine (xorshift64*).
struct Generator(u64);

impl Generator {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            *byte = (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 56) as u8;
        }
    }
}

fn target() -> Target {
    let variable = |name| env::var(name).unwrap();
    let module = PathBuf::from(variable("PKCS11_MODULE"));
    Target::load(&module, &variable("HSM_TOKEN_LABEL"), &variable("HSM_PIN"))
}

#[test]
fn calls_chosen_at_random_crash_and_hang_nothing() {
    in_module_process(
        Daemon::dev,
        || {
            let seed = env::var("HSM_TEST_SEED")
                .ok()
                .and_then(|text| text.parse().ok());
            let repetitions = env::var("HSM_TEST_REPETITIONS")
                .ok()
                .and_then(|text| text.parse::<u64>().ok());
            let wanted = if repetitions.unwrap_or(1) > 1 {
                10_000_000
            } else {
                20_000
            };
            let mut target = target();
            let mut generator = Generator(seed.unwrap_or(0x9e37_79b9_7f4a_7c15));
            while target.calls() < wanted {
                let state = generator.0;
                let mut input = [0; INPUT_BYTES];
                generator.fill(&mut input);
                if env::var_os("HSM_TEST_TRACE").is_some() {
                    eprintln!("HSM_TEST_SEED={state} after {} calls", target.calls());
                }
                target.run(&input);
            }
            println!("{} calls", target.calls());
        },
        // That it ends when asked and its log is whole, the harness checks.
        |_| {},
    );
}

#[test]
fn inputs_that_were_kept_crash_and_hang_nothing() {
    in_module_process(
        Daemon::dev,
        || {
            let mut target = target();
            let corpus = workspace::root().join("fuzz/corpus/c_interface");
            let mut inputs: Vec<_> = fs::read_dir(corpus)
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .collect();
            inputs.sort();
            assert!(!inputs.is_empty());
            for input in inputs {
                target.run(&fs::read(input).unwrap());
            }
        },
        |_| {},
    );
}
