//! A contender's process as the parent sees it, and its turns.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

use crate::cases::Case;

/// A contender's process.
pub(crate) struct Worker {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// One contender's turn in one round.
#[derive(Clone, Debug)]
pub(crate) struct Turn {
    pub(crate) operations: f64,
    elapsed: Duration,
    pub(crate) client: Duration,
    pub(crate) daemon: Duration,
}

impl Turn {
    pub(crate) fn rate(&self) -> f64 {
        self.operations / self.elapsed.as_secs_f64()
    }
}

impl Worker {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a worker can be started");
        let orders = child.stdin.take().expect("a pipe");
        let mut answers = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        answers.read_line(&mut line).expect("the worker answers");
        assert_eq!(line.trim(), "ready", "the worker did not start");
        Self {
            child,
            orders,
            answers,
        }
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Lets it work for a slice.
    pub(crate) fn work(&mut self, threads: usize, slice_milliseconds: u64, case: Case) -> Turn {
        writeln!(
            self.orders,
            "{threads} {slice_milliseconds} {}",
            case.name()
        )
        .expect("the worker reads");
        let mut line = String::new();
        self.answers
            .read_line(&mut line)
            .expect("the worker answers");
        let numbers: Vec<u64> = line
            .split_whitespace()
            .map(|word| word.parse().expect("a number"))
            .collect();
        let [operations, elapsed, processor] = numbers[..] else {
            panic!("the worker ended in {}", case.name())
        };
        #[expect(clippy::cast_precision_loss, reason = "no slice has 2^52 operations")]
        let operations = operations as f64;
        Turn {
            operations,
            elapsed: Duration::from_nanos(elapsed),
            client: Duration::from_nanos(processor),
            daemon: Duration::ZERO,
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
