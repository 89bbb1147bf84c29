//! What a token with 100,000 objects costs: making, finding, listing and destroying them beside the same with ten, the
//! daemon's start, and its memory. `make bench` runs it; the goals are those of `docs/performance.md`.

use std::{
    env,
    path::Path,
    process::{Command, ExitCode, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use hsm_tests::{
    Daemon,
    c_caller::{CModule, Template, cryptoki_sys as c},
    processor::resident_kibibytes,
};

const FEW: usize = 10;
const MANY: usize = 100_000;
/// Threads that make and destroy objects.
const THREADS: usize = 8;
/// Searches of one kind that are timed one by one.
const SEARCHES: usize = 500;
/// Objects that are destroyed.
const DESTROYED: usize = 1_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.as_slice() {
        [] => compare(MANY),
        [many] => compare(many.parse().expect("a number of objects")),
        [label, pin, objects] => {
            measure(label, pin, objects.parse().expect("a number of objects"));
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("usage: many-objects [NUMBER]");
            ExitCode::from(2)
        }
    }
}

/// What the child measured of one token, in microseconds.
#[derive(Debug)]
struct Figures {
    create: f64,
    by_label: f64,
    by_id: f64,
    missing: f64,
    list: f64,
    destroy: f64,
}

fn compare(many: usize) -> ExitCode {
    let mut daemon = Daemon::dev();
    let few = figures(&daemon, "few", FEW);
    let before = resident_kibibytes(daemon.process_id());
    let of_many = figures(&daemon, "many", many);
    let grown = resident_kibibytes(daemon.process_id()) - before;
    let bytes_each = grown * 1024 / many as u64;
    daemon.terminate();
    let begin = Instant::now();
    daemon.start_again();
    let start = begin.elapsed();
    let after_start = resident_kibibytes(daemon.process_id()) * 1024 / many as u64;

    println!("| | {FEW} objects | {many} objects | ratio |");
    println!("|---|---|---|---|");
    for (what, few, many) in [
        ("create one (µs, 8 threads)", few.create, of_many.create),
        ("find by label (µs, p50)", few.by_label, of_many.by_label),
        ("find by id (µs, p50)", few.by_id, of_many.by_id),
        ("find nothing (µs, p50)", few.missing, of_many.missing),
        ("list, an object (µs)", few.list, of_many.list),
        ("destroy one (µs, 8 threads)", few.destroy, of_many.destroy),
    ] {
        println!("| {what} | {few:.1} | {many:.1} | {:.2} |", many / few);
    }
    println!("\ndaemon start with {many} objects: {start:.2?} (goal: 2 s)");
    println!(
        "memory of the daemon: {bytes_each} bytes an object more; after a start {after_start} in all (goal: 2048)"
    );
    ExitCode::SUCCESS
}

fn figures(daemon: &Daemon, label: &str, objects: usize) -> Figures {
    let label = daemon.make_token(label, "compatible");
    let mut command: Command = daemon.command(env::current_exe().expect("a path"));
    command.args([&label, daemon.variable("HSM_PIN"), &objects.to_string()]);
    // Not as the suites run programs: this may take longer than any of those.
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.expect("this program can be run");
    assert!(output.status.success(), "{label}: {}", output.status);
    let text = String::from_utf8(output.stdout).expect("text");
    let mut numbers = text
        .split_whitespace()
        .map(|number| number.parse().expect("a number"));
    let mut next = || numbers.next().expect("a figure");
    Figures {
        create: next(),
        by_label: next(),
        by_id: next(),
        missing: next(),
        list: next(),
        destroy: next(),
    }
}

/// The child: makes the objects and prints the figures.
fn measure(label: &str, pin: &str, objects: usize) {
    let module = env::var("PKCS11_MODULE").expect("PKCS11_MODULE is set");
    let module = CModule::load(Path::new(&module));
    let session = module.log_in(label, pin).expect("a session");
    let slot = module.slot_of(label).expect("a slot");
    let begin = Instant::now();
    on_threads(&module, slot, objects, |session, index| {
        let template = Template::new()
            .number(c::CKA_CLASS, c::CKO_SECRET_KEY)
            .number(c::CKA_KEY_TYPE, c::CKK_AES)
            .flag(c::CKA_TOKEN, true)
            .text(c::CKA_LABEL, &name(index))
            .bytes(c::CKA_ID, &index.to_be_bytes())
            .bytes(c::CKA_VALUE, &[7; 32]);
        module.create_object(session, &template).expect("an object");
    });
    let create = per(begin.elapsed(), objects);
    let search = |template: &dyn Fn(usize) -> Template, expected: usize| {
        let mut times: Vec<_> = (0..SEARCHES)
            .map(|search| {
                let template = template(search * 7_919 % objects);
                let begin = Instant::now();
                let found = module.find(session, &template, 2).expect("a search");
                assert_eq!(found.len(), expected);
                begin.elapsed()
            })
            .collect();
        times.sort_unstable();
        per(times[SEARCHES / 2], 1)
    };
    let by_label = search(&|index| Template::new().text(c::CKA_LABEL, &name(index)), 1);
    let by_id = search(
        &|index| Template::new().bytes(c::CKA_ID, &index.to_be_bytes()),
        1,
    );
    let missing = search(&|_| Template::new().text(c::CKA_LABEL, "none"), 0);
    let begin = Instant::now();
    let all = module
        .find(session, &Template::new(), objects + 1)
        .expect("a search");
    assert_eq!(all.len(), objects);
    let list = per(begin.elapsed(), objects);
    let destroyed = DESTROYED.min(objects);
    let begin = Instant::now();
    on_threads(&module, slot, destroyed, |session, index| {
        module
            .destroy_object(session, all[index])
            .expect("an object to destroy");
    });
    let destroy = per(begin.elapsed(), destroyed);
    println!("{create} {by_label} {by_id} {missing} {list} {destroy}");
}

fn on_threads(
    module: &CModule,
    slot: c::CK_SLOT_ID,
    count: usize,
    work: impl Fn(c::CK_SESSION_HANDLE, usize) + Sync,
) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let session = module.open_session(slot).expect("a session");
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count {
                        break;
                    }
                    work(session, index);
                }
                module.close_session(session).expect("an open session");
            });
        }
    });
}

fn name(index: usize) -> String {
    format!("object-{index}")
}

#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn per(time: Duration, count: usize) -> f64 {
    time.as_secs_f64() * 1e6 / count as f64
}
