//! Sockets as a library in someone else's process must use them: no `SIGPIPE`, calls that a signal interrupted go on.

use std::{
    io::{self, Read, Write},
    os::fd::AsFd,
    time::Duration,
};

use rustix::{
    io::{Errno, retry_on_intr},
    net::{
        RecvFlags, SendFlags, recv, send,
        sockopt::{Timeout, set_socket_timeout},
    },
};

/// A connected stream socket.
pub(super) struct Socket<S>(pub(super) S);

impl<S: AsFd> Socket<S> {
    pub(super) fn set_timeouts(&self, timeout: Duration) -> io::Result<()> {
        self.set_read_timeout(timeout)?;
        Ok(set_socket_timeout(&self.0, Timeout::Send, Some(timeout))?)
    }

    pub(super) fn set_read_timeout(&self, timeout: Duration) -> io::Result<()> {
        // Zero would mean to wait for ever.
        Ok(set_socket_timeout(
            &self.0,
            Timeout::Recv,
            Some(timeout.max(Duration::from_millis(1))),
        )?)
    }

    /// What there is to read without waiting for it; it stays there.
    pub(super) fn peek(&self) -> Pending {
        let mut byte = [0_u8; 1];
        match retry_on_intr(|| recv(&self.0, &mut byte, RecvFlags::PEEK | RecvFlags::DONTWAIT)) {
            Ok((0, _)) => Pending::End,
            Ok(_) => Pending::Bytes,
            Err(Errno::AGAIN) => Pending::Nothing,
            Err(_) => Pending::End,
        }
    }
}

/// What [`Socket::peek`] found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pending {
    Nothing,
    Bytes,
    End,
}

impl<S: AsFd> Read for Socket<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (count, _) = retry_on_intr(|| recv(&self.0, &mut *buffer, RecvFlags::empty()))?;
        Ok(count)
    }
}

impl<S: AsFd> Write for Socket<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(retry_on_intr(|| send(&self.0, bytes, SendFlags::NOSIGNAL))?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
