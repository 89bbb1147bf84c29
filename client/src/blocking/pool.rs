//! Connections at rest, and making new ones at the addresses that there are.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use rustls::ClientConfig;

use super::connection::Connection;
use crate::{
    Configuration, Endpoint, Error, private_daemon,
    tls::{ALPN_FRAMES, Credentials},
};

/// Connections kept at rest. More threads than this may call at once; the connections above are closed after use.
const RESTING_MAX: usize = 64;

pub(super) struct Pool {
    resting: Mutex<Vec<Connection>>,
    endpoints: Vec<Endpoint>,
    /// The address that answered last: tried first the next time.
    preferred: AtomicUsize,
    tls: Option<Arc<ClientConfig>>,
    connect_timeout: Duration,
    is_private_daemon: bool,
}

impl Pool {
    pub(super) fn new(
        configuration: &Configuration,
        credentials: Option<&Arc<Credentials>>,
    ) -> Result<Self, Error> {
        Ok(Self {
            resting: Mutex::new(Vec::new()),
            endpoints: configuration.endpoints.clone(),
            preferred: AtomicUsize::new(0),
            tls: credentials
                .map(|credentials| credentials.config(ALPN_FRAMES))
                .transpose()?
                .map(Arc::new),
            connect_timeout: configuration.connect_timeout,
            is_private_daemon: configuration.is_private_daemon,
        })
    }

    /// The connection that rested shortest, else a new one.
    pub(super) fn checkout(&self) -> Result<Connection, Error> {
        loop {
            // Its own statement, so that the lock is not held while looking at the connection.
            let rested = self.resting.lock().pop();
            let Some(mut connection) = rested else {
                return self.fresh();
            };
            if connection.is_usable() {
                return Ok(connection);
            }
        }
    }

    /// Takes a connection back after an exchange that went well.
    pub(super) fn give_back(&self, connection: Connection) {
        let mut resting = self.resting.lock();
        if connection.is_quiet() && resting.len() < RESTING_MAX {
            resting.push(connection);
        }
    }

    /// Closes the connections at rest, and tries the address last from now on if another has not been chosen already:
    /// it broke, or what was asked there was not answered.
    pub(super) fn avoid(&self, address: usize) {
        let next = (address + 1) % self.endpoints.len();
        let _ =
            self.preferred
                .compare_exchange(address, next, Ordering::Relaxed, Ordering::Relaxed);
        let resting = std::mem::take(&mut *self.resting.lock());
        drop(resting);
    }

    /// A new connection.
    ///
    /// A private daemon that has ended for want of users is started again.
    pub(super) fn fresh(&self) -> Result<Connection, Error> {
        match (self.connect(), self.endpoints.first()) {
            (Err(Error::Unreachable { .. }), Some(Endpoint::Unix(socket)))
                if self.is_private_daemon =>
            {
                private_daemon::start_again(socket)?;
                self.connect()
            }
            (connected, _) => connected,
        }
    }

    fn connect(&self) -> Result<Connection, Error> {
        let count = self.endpoints.len();
        let preferred = self.preferred.load(Ordering::Relaxed);
        let mut last = None;
        for index in (0..count).map(|offset| (preferred + offset) % count) {
            match Connection::open(
                &self.endpoints[index],
                self.tls.as_ref(),
                self.connect_timeout,
            ) {
                Ok(mut connection) => {
                    connection.address = index;
                    self.preferred.store(index, Ordering::Relaxed);
                    return Ok(connection);
                }
                Err(error) => last = Some(error),
            }
        }
        Err(
            match last.expect("a configuration has at least one endpoint") {
                Error::Unreachable { source, .. } => {
                    let endpoints: Vec<_> =
                        self.endpoints.iter().map(ToString::to_string).collect();
                    Error::Unreachable {
                        endpoints: endpoints.join(", "),
                        source,
                    }
                }
                other => other,
            },
        )
    }
}
