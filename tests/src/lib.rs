//! What the suites stand on: real `hsmd` processes on free loopback ports and in temporary directories, the tools that
//! people use, and a proxy that counts requests.
//!
//! A test makes what it needs ([`Daemon::dev`], [`Daemon::serve`]), never waits by sleeping, never names a port, and
//! leaves nothing behind. Whatever a suite leaves out (a tool that is not installed) is said on standard error.

#![expect(
    clippy::missing_panics_doc,
    reason = "a test that cannot go on panics, and that is its answer"
)]

pub mod attacks;
pub mod bench;
pub mod binaries;
#[expect(unsafe_code, reason = "plays a C program, and calling C is unsafe")]
pub mod c_caller;
pub mod daemon;
pub mod https;
mod key_pair_cases;
pub mod launch;
pub mod link;
pub mod module_process;
pub mod private_home;
pub mod processor;
pub mod proxy;
pub mod random;
pub mod readiness;
pub mod signed;
pub mod tools;
pub mod workspace;

pub use daemon::{Daemon, DevOptions};
pub use key_pair_cases::{KEY_PAIR_CASES, Tally};
pub use launch::isolated;
pub use module_process::in_module_process;
pub use proxy::Proxy;
pub use tools::{Outcome, Tool, repetitions, run};
