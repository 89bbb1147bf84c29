//! Processor time: of this process, and of another one's threads.

use std::{collections::BTreeMap, ffi::OsString, fs, time::Duration};

use rustix::time::{ClockId, clock_gettime};

/// What this process has used.
pub(crate) fn processor_time() -> Duration {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(now.tv_sec).expect("processor time is positive");
    Duration::new(
        seconds,
        u32::try_from(now.tv_nsec).expect("less than a second"),
    )
}

/// The processor time of each thread of a process, in nanoseconds.
pub(crate) fn thread_times(process: u32) -> BTreeMap<OsString, u64> {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).expect("the process runs");
    let of_task = |task: fs::DirEntry| {
        // A thread may end between the listing and this.
        let times = fs::read_to_string(task.path().join("schedstat")).ok()?;
        Some((task.file_name(), times.split(' ').next()?.parse().ok()?))
    };
    tasks.flatten().filter_map(of_task).collect()
}

/// The processor time that a process's threads used since `before`, but for those that ended meanwhile.
pub(crate) fn time_since(process: u32, before: &BTreeMap<OsString, u64>) -> Duration {
    let used = thread_times(process).into_iter().map(|(thread, time)| {
        time.saturating_sub(before.get(&thread).copied().unwrap_or_default())
    });
    Duration::from_nanos(used.sum())
}
