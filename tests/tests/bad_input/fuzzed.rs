//! Calls chosen at random, with null pointers, absurd lengths, wrong handles and whatever parameters: nothing crashes, nothing
//! hangs, and the module does its work after as before. `fuzz/` chooses by coverage what is chosen at random here.

use std::{array, env, fs, path::PathBuf};

use hsm_tests::{
    Daemon, c_caller::fuzzing::Target, in_module_process, random::Random, repetitions, workspace,
};

/// Inputs of this many bytes, which make some hundred calls each.
const INPUT_BYTES: usize = 8192;

/// The calls of one seed.
const CALLS: u64 = 2_500;

/// The calls of one seed in `make verify`: ten million in all.
const LONG_CALLS: u64 = 1_250_000;

fn target() -> Target {
    let variable = |name| env::var(name).unwrap();
    let module = PathBuf::from(variable("PKCS11_MODULE"));
    Target::load(&module, &variable("HSM_TOKEN_LABEL"), &variable("HSM_PIN"))
}

/// Makes the calls of one seed, or of the one that is asked for.
fn call_at_random(seed: u64) {
    let asked_for = env::var("HSM_TEST_SEED").ok();
    let asked_for = asked_for.and_then(|text| text.parse().ok());
    let wanted = if repetitions() > 1 { LONG_CALLS } else { CALLS };
    let mut target = target();
    let mut random = Random(asked_for.unwrap_or(seed));
    while target.calls() < wanted {
        let state = random.0;
        let input: [u8; INPUT_BYTES] = array::from_fn(|_| random.byte());
        if env::var_os("HSM_TEST_TRACE").is_some() {
            eprintln!("HSM_TEST_SEED={state} after {} calls", target.calls());
        }
        target.run(&input);
    }
    println!("{} calls", target.calls());
}

/// A test for each seed, so that they run beside each other.
macro_rules! calls_chosen_at_random_crash_and_hang_nothing {
    ($($name:ident: $seed:literal,)+) => {
        mod calls_chosen_at_random_crash_and_hang_nothing {
            use super::{Daemon, call_at_random, in_module_process};

            $(#[test]
            fn $name() {
                // That it ends when asked and its log is whole, the harness checks.
                in_module_process(Daemon::dev, || call_at_random($seed), |_| {});
            })+
        }
    };
}

calls_chosen_at_random_crash_and_hang_nothing! {
    first: 0x9e37_79b9_7f4a_7c15,
    second: 0xf086_6f79_9f67_1d99,
    third: 0x7ef2_6a3a_1bb4_4cd7,
    fourth: 0xbf58_476d_1ce4_e5b9,
    fifth: 0x94d0_49bb_1331_11eb,
    sixth: 0x2545_f491_4f6c_dd1d,
    seventh: 0xd6e8_feb8_6659_fd93,
    eighth: 0xa076_1d64_78bd_642f,
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
