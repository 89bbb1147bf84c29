//! Tests that load the module into their own process.
//!
//! The module is one per process and reads the environment, so such a test runs again by itself as a child with the
//! daemon's environment: the same binary, told to run only that test.

use std::{any::type_name, env};

use crate::{Daemon, binaries, tools::run};

/// The child knows by this that it is one, and which.
const CHILD: &str = "HSM_TEST_IN_MODULE_PROCESS";

/// Runs `test` in a process of its own with what `daemon` exports. `make_daemon` runs in the parent, and so does
/// `then`, with the daemon that the child used.
///
/// Call it once in a test, from the test function itself.
///
/// # Panics
///
/// When the child's part fails, with all that it said.
pub fn in_module_process<T: FnOnce()>(
    make_daemon: impl FnOnce() -> Daemon,
    test: T,
    then: impl FnOnce(&mut Daemon),
) {
    let name = test_name::<T>();
    if env::var(CHILD).as_deref() == Ok(&name) {
        return test();
    }
    let mut daemon = make_daemon();
    let environment: Vec<(String, String)> = Vec::new();
    run_child(&daemon, &name, &environment);
    then(&mut daemon);
}

/// As [`in_module_process`], with the environment that `prepare` makes of the daemon on top of its own.
///
/// # Panics
///
/// As [`in_module_process`].
pub fn in_module_process_with<T: FnOnce(), K>(
    daemon: impl FnOnce() -> Daemon,
    prepare: impl FnOnce(&Daemon) -> (Vec<(String, String)>, K),
    test: T,
    then: impl FnOnce(&mut Daemon, K),
) {
    let name = test_name::<T>();
    if env::var(CHILD).as_deref() == Ok(&name) {
        return test();
    }
    let mut daemon = daemon();
    let (environment, kept) = prepare(&daemon);
    run_child(&daemon, &name, &environment);
    then(&mut daemon, kept);
}

fn run_child(daemon: &Daemon, name: &str, environment: &[(String, String)]) {
    let own = env::current_exe().expect("a running program has a path");
    let mut command = daemon.command(own);
    command
        .args([name, "--exact", "--nocapture", "--include-ignored"])
        .env(CHILD, name)
        .env("HSM_BINARIES", binaries::folder());
    // `isolated` takes the settings of the person who runs the tests away; how long a test is and where it begins goes on
    // to its child.
    for name in ["HSM_TEST_REPETITIONS", "HSM_TEST_SEED", "HSM_TEST_TRACE"] {
        if let Some(value) = env::var_os(name) {
            command.env(name, value);
        }
    }
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    let outcome = run(&mut command).succeeded();
    assert!(
        outcome.stdout.contains("1 passed"),
        "the child ran another number of tests: {outcome}"
    );
}

/// The test's path as the test runner knows it, from the name of the closure in it.
fn test_name<T>() -> String {
    let path = type_name::<T>();
    let without_crate = path.split_once("::").map_or(path, |(_, rest)| rest);
    without_crate.trim_end_matches("::{{closure}}").to_owned()
}
