//! What processes use: processor time, of this one and of another one's threads, and memory.

use std::{collections::BTreeMap, ffi::OsString, fmt::Display, fs, time::Duration};

use rustix::time::{ClockId, clock_gettime};

/// What this process has used.
#[must_use]
pub fn processor_time() -> Duration {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(now.tv_sec).expect("processor time is positive");
    Duration::new(
        seconds,
        u32::try_from(now.tv_nsec).expect("less than a second"),
    )
}

/// The processor time of each thread of a process, in nanoseconds.
#[must_use]
pub fn thread_times(process: u32) -> BTreeMap<OsString, u64> {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).expect("the process runs");
    let of_task = |task: fs::DirEntry| {
        // A thread may end between the listing and this.
        let times = fs::read_to_string(task.path().join("schedstat")).ok()?;
        Some((task.file_name(), times.split(' ').next()?.parse().ok()?))
    };
    tasks.flatten().filter_map(of_task).collect()
}

/// The processor time that a process's threads used since `before`, but for those that ended meanwhile.
#[must_use]
pub fn time_since(process: u32, before: &BTreeMap<OsString, u64>) -> Duration {
    let used = thread_times(process).into_iter().map(|(thread, time)| {
        time.saturating_sub(before.get(&thread).copied().unwrap_or_default())
    });
    Duration::from_nanos(used.sum())
}

/// The processor time of a process with all its threads, also those that have ended; in steps of 10 ms.
///
/// # Panics
///
/// When there is no such process.
#[must_use]
pub fn whole_time(process: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).expect("the process runs");
    // proc(5): the name in brackets may hold anything; utime and stime are the 12th and 13th fields after it.
    let fields = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace();
    let ticks = fields.skip(11).take(2).map(str::parse::<u64>);
    let ticks: u64 = ticks.map(|ticks| ticks.expect("a number")).sum();
    Duration::from_millis(ticks * 10)
}

/// The resident memory of a process.
///
/// # Panics
///
/// When there is no such process.
#[must_use]
pub fn resident_kibibytes(process: impl Display) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("the process runs");
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.expect("a figure").parse().expect("a number")
}
