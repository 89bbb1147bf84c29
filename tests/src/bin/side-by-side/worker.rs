//! One contender's process: reads `threads milliseconds case` from standard input, works, and answers with operations, time and
//! processor time in nanoseconds. The loop ends with the input.

use std::{
    io::{self, BufRead as _, Write as _},
    sync::{
        Barrier,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use hsm_tests::processor::processor_time;

use crate::{bare, bare::Bare, bench, cases::Case, raw::Raw, token::Token};

/// The kinds of contender: a PKCS#11 module, the bare library, or bare frames to a process that calls it.
pub(crate) enum Work {
    Token(Box<Token>),
    Raw(Box<Raw>),
    Bare(Bare),
}

impl Work {
    /// What one thread repeats.
    fn operation(&self, case: Case) -> Box<dyn FnMut() + '_> {
        match self {
            Self::Token(token) => token.operation(case),
            Self::Raw(raw) => raw.operation(case),
            Self::Bare(bare) => bare.operation(case),
        }
    }
}

/// `--worker raw`, `--worker bare SOCKET`, or `--worker MODULE LABEL PIN`; `--worker serve SOCKET` is the other side of `bare`.
pub(crate) fn main(arguments: &[String]) {
    let work = match arguments {
        [populate, rest @ ..] if populate == "populate" => return bench::populate(rest),
        [raw] if raw == "raw" => Work::Raw(Box::new(Raw::new())),
        [serve, socket] if serve == "serve" => return bare::serve(socket.as_ref()),
        [bare, socket] if bare == "bare" => Work::Bare(Bare::new(socket.as_ref())),
        [module, label, pin] => Work::Token(Box::new(Token::open(module.as_ref(), label, pin))),
        _ => panic!("--worker raw, --worker bare SOCKET, or --worker MODULE LABEL PIN"),
    };
    println!("ready");
    for line in io::stdin().lock().lines() {
        let line = line.expect("a line of text");
        let mut words = line.splitn(3, ' ');
        let mut next = || words.next().expect("threads, milliseconds, case");
        let threads = next().parse().expect("a number of threads");
        let slice = Duration::from_millis(next().parse().expect("milliseconds"));
        let case = Case::by_name(next()).expect("a case");
        let Measured {
            operations,
            elapsed,
            processor,
        } = measure(&work, case, threads, slice);
        println!(
            "{operations} {} {}",
            elapsed.as_nanos(),
            processor.as_nanos()
        );
        io::stdout().flush().expect("the answer is written");
    }
}

struct Measured {
    operations: u64,
    elapsed: Duration,
    processor: Duration,
}

fn measure(work: &Work, case: Case, threads: usize, slice: Duration) -> Measured {
    let (start, is_over, operations) = (
        Barrier::new(threads + 1),
        AtomicBool::new(false),
        AtomicU64::new(0),
    );
    let (started, processor_before) = thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut operation = work.operation(case);
                operation();
                start.wait();
                let mut done = 0;
                while !is_over.load(Ordering::Relaxed) {
                    operation();
                    done += 1;
                }
                operations.fetch_add(done, Ordering::Relaxed);
            });
        }
        start.wait();
        let before = (Instant::now(), processor_time());
        // The threads work until the slice is over; nothing tells its end but the clock.
        thread::park_timeout(slice);
        is_over.store(true, Ordering::Relaxed);
        before
    });
    // The threads have ended: the last operation of each, which may be long, is counted and timed.
    Measured {
        operations: operations.into_inner(),
        elapsed: started.elapsed(),
        processor: processor_time().saturating_sub(processor_before),
    }
}
