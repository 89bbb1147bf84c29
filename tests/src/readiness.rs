//! Waiting for what a process does, woken by the kernel: a file that appears, a process that ends.

use std::{
    fs,
    mem::MaybeUninit,
    path::Path,
    process::{Child, ExitStatus},
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::inotify,
    process::{Pid, PidfdFlags, pidfd_open},
};

/// Why waiting ended without what was waited for.
#[derive(Debug)]
pub enum NotReady {
    /// The process ended first.
    Ended(ExitStatus),
    /// The time was over.
    TimedOut(Duration),
}

/// Waits until `is_ready` gives something. It is asked at every change in `directory`, which must exist.
///
/// # Errors
///
/// [`NotReady`] when the process ends first or `limit` passes.
pub fn wait_for<T>(
    child: &mut Child,
    directory: &Path,
    limit: Duration,
    mut is_ready: impl FnMut() -> Option<T>,
) -> Result<T, NotReady> {
    fs::create_dir_all(directory).expect("the watched directory can be made");
    let changes = inotify::init(inotify::CreateFlags::NONBLOCK | inotify::CreateFlags::CLOEXEC)
        .expect("inotify");
    let kinds = inotify::WatchFlags::CREATE
        | inotify::WatchFlags::CLOSE_WRITE
        | inotify::WatchFlags::MOVED_TO;
    inotify::add_watch(&changes, directory, kinds).expect("a directory can be watched");
    let process = pidfd_open(pid(child), PidfdFlags::empty());
    let started = Instant::now();
    loop {
        if let Some(value) = is_ready() {
            return Ok(value);
        }
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            return Err(NotReady::Ended(status));
        }
        if started.elapsed() > limit {
            return Err(NotReady::TimedOut(limit));
        }
        let mut sources = vec![PollFd::new(&changes, PollFlags::IN)];
        if let Ok(process) = &process {
            sources.push(PollFd::new(process, PollFlags::IN));
        }
        // A socket's file appears a moment before it accepts connections, and no event tells that moment: so the
        // question is asked again after a twentieth of a second at the latest.
        let slice = Timespec {
            tv_sec: 0,
            tv_nsec: 50_000_000,
        };
        poll(&mut sources, Some(&slice)).expect("poll");
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = inotify::Reader::new(&changes, &mut buffer);
        while reader.next().is_ok() {}
    }
}

/// Waits until the process ends; kills it when `limit` passes.
///
/// # Errors
///
/// [`NotReady::TimedOut`] when it had to be killed.
pub fn wait_for_end(child: &mut Child, limit: Duration) -> Result<ExitStatus, NotReady> {
    let process = pidfd_open(pid(child), PidfdFlags::empty());
    if let Ok(process) = &process {
        let timeout = Timespec {
            tv_sec: limit.as_secs().cast_signed(),
            tv_nsec: limit.subsec_nanos().into(),
        };
        poll(&mut [PollFd::new(process, PollFlags::IN)], Some(&timeout)).expect("poll");
    }
    if let Some(status) = child.try_wait().expect("a child can be waited for") {
        return Ok(status);
    }
    child.kill().expect("a child can be killed");
    child.wait().expect("a child can be waited for");
    Err(NotReady::TimedOut(limit))
}

fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}
