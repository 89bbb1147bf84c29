//! The system calls that a running daemon makes, and no others: a seccomp filter for every thread.

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};

/// Why the filter could not be put in place.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FilterError {
    #[error("the filter cannot be made for this processor")]
    Compile(#[from] seccompiler::BackendError),
    #[error("the kernel refused the filter")]
    Apply(#[from] seccompiler::Error),
}

/// Refuses every system call that is not listed here, with `EPERM`, in every thread of the process and for good.
///
/// Costs some 13 ns a call. Threads can be made, processes cannot: `clone` needs `CLONE_THREAD`, and `clone3`, whose
/// arguments a filter cannot see, answers `ENOSYS`, upon which the C library takes `clone`.
///
/// # Errors
///
/// [`FilterError`] where the kernel has no seccomp or the processor is not known.
pub(crate) fn filter() -> Result<(), FilterError> {
    let architecture = std::env::consts::ARCH.try_into()?;
    let plain = ALLOWED.iter().map(|call| (*call, Vec::new()));
    let rules = plain.chain(conditional()?).collect();
    let refuse = SeccompAction::Errno(libc::EPERM.cast_unsigned());
    let allow: BpfProgram =
        SeccompFilter::new(rules, refuse, SeccompAction::Allow, architecture)?.try_into()?;

    let absent = SeccompAction::Errno(libc::ENOSYS.cast_unsigned());
    let rules = [(libc::SYS_clone3, Vec::new())].into_iter().collect();
    let clone3: BpfProgram =
        SeccompFilter::new(rules, SeccompAction::Allow, absent, architecture)?.try_into()?;

    seccompiler::apply_filter_all_threads(&clone3)?;
    seccompiler::apply_filter_all_threads(&allow)?;
    Ok(())
}

/// Calls that are allowed with some arguments only.
fn conditional() -> Result<Vec<(i64, Vec<SeccompRule>)>, seccompiler::BackendError> {
    let with = |argument, length, operator, value| {
        SeccompRule::new(vec![SeccompCondition::new(
            argument, length, operator, value,
        )?])
    };
    let thread = libc::CLONE_THREAD.cast_unsigned().into();
    Ok(vec![
        (
            libc::SYS_clone,
            vec![with(
                0,
                SeccompCmpArgLen::Dword,
                SeccompCmpOp::MaskedEq(thread),
                thread,
            )?],
        ),
        // Threads get names; the allocator names its memory on some systems.
        (
            libc::SYS_prctl,
            vec![
                with(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, PR_SET_NAME)?,
                with(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, PR_SET_VMA)?,
            ],
        ),
        // Sockets are made non-blocking, and output is asked whether it is a terminal.
        (
            libc::SYS_ioctl,
            vec![
                with(1, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, libc::FIONBIO)?,
                with(1, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, libc::FIONREAD)?,
                with(1, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, libc::TCGETS)?,
            ],
        ),
        // Limits are read, never changed: the third argument is null.
        (
            libc::SYS_prlimit64,
            vec![with(2, SeccompCmpArgLen::Qword, SeccompCmpOp::Eq, 0)?],
        ),
        // Memory never becomes executable.
        (
            libc::SYS_mmap,
            vec![with(
                2,
                SeccompCmpArgLen::Dword,
                SeccompCmpOp::MaskedEq(PROT_EXEC),
                0,
            )?],
        ),
        (
            libc::SYS_mprotect,
            vec![with(
                2,
                SeccompCmpArgLen::Dword,
                SeccompCmpOp::MaskedEq(PROT_EXEC),
                0,
            )?],
        ),
    ])
}

const PR_SET_NAME: u64 = 15;
const PR_SET_VMA: u64 = 0x5356_4d41;
const PROT_EXEC: u64 = 4;

/// Calls that are allowed whatever their arguments. `clone3` is here for the second filter to answer.
const ALLOWED: &[i64] = &[
    // Files of the state folder.
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_readv,
    libc::SYS_writev,
    libc::SYS_pread64,
    libc::SYS_pwrite64,
    libc::SYS_preadv,
    libc::SYS_pwritev,
    libc::SYS_openat,
    libc::SYS_close,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_lseek,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_sync_file_range,
    libc::SYS_fallocate,
    libc::SYS_ftruncate,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_unlinkat,
    libc::SYS_mkdirat,
    libc::SYS_linkat,
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_readlinkat,
    libc::SYS_getdents64,
    libc::SYS_flock,
    libc::SYS_fcntl,
    libc::SYS_fstatfs,
    libc::SYS_statfs,
    libc::SYS_umask,
    libc::SYS_getcwd,
    libc::SYS_dup,
    libc::SYS_fadvise64,
    // Sockets.
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept4,
    libc::SYS_connect,
    libc::SYS_getsockname,
    libc::SYS_getpeername,
    libc::SYS_setsockopt,
    libc::SYS_getsockopt,
    libc::SYS_sendto,
    libc::SYS_recvfrom,
    libc::SYS_sendmsg,
    libc::SYS_recvmsg,
    libc::SYS_shutdown,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
    libc::SYS_eventfd2,
    libc::SYS_timerfd_create,
    libc::SYS_timerfd_settime,
    libc::SYS_pipe2,
    libc::SYS_ppoll,
    // Memory.
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_brk,
    libc::SYS_mlock2,
    libc::SYS_membarrier,
    // Threads, signals and the end.
    libc::SYS_clone3,
    libc::SYS_futex,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_set_tid_address,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigpending,
    libc::SYS_sigaltstack,
    libc::SYS_tgkill,
    libc::SYS_gettid,
    libc::SYS_getpid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_getcpu,
    libc::SYS_restart_syscall,
    libc::SYS_exit,
    libc::SYS_exit_group,
    // Time, randomness and facts.
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_gettimeofday,
    libc::SYS_getrandom,
    libc::SYS_uname,
    libc::SYS_sysinfo,
    libc::SYS_getrusage,
    // The older names of calls above, which only the older architecture has.
    #[cfg(target_arch = "x86_64")]
    libc::SYS_open,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_stat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_lstat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_access,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_rename,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_unlink,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_mkdir,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_rmdir,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_link,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_readlink,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_chmod,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_poll,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_epoll_wait,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_reaches_other_processes_or_the_kernel_is_allowed() {
        let refused = [
            libc::SYS_execve,
            libc::SYS_execveat,
            libc::SYS_ptrace,
            libc::SYS_process_vm_readv,
            libc::SYS_process_vm_writev,
            libc::SYS_pidfd_getfd,
            libc::SYS_kill,
            libc::SYS_kcmp,
            libc::SYS_bpf,
            libc::SYS_io_uring_setup,
            libc::SYS_unshare,
            libc::SYS_setns,
            libc::SYS_mount,
            libc::SYS_perf_event_open,
            libc::SYS_init_module,
            libc::SYS_finit_module,
            libc::SYS_kexec_load,
            libc::SYS_userfaultfd,
            libc::SYS_add_key,
            libc::SYS_keyctl,
            libc::SYS_setuid,
            libc::SYS_capset,
            libc::SYS_personality,
            #[cfg(target_arch = "x86_64")]
            libc::SYS_fork,
            #[cfg(target_arch = "x86_64")]
            libc::SYS_vfork,
        ];
        let conditional: Vec<_> = conditional()
            .unwrap()
            .into_iter()
            .map(|(call, _)| call)
            .collect();
        for call in refused {
            assert!(
                !ALLOWED.contains(&call) && !conditional.contains(&call),
                "call {call}"
            );
        }
    }

    #[test]
    fn a_call_is_listed_once() {
        let mut calls = ALLOWED.to_vec();
        calls.extend(conditional().unwrap().into_iter().map(|(call, _)| call));
        let count = calls.len();
        calls.sort_unstable();
        calls.dedup();
        assert_eq!(calls.len(), count);
    }
}
