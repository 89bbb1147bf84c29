//! A network between a client and the daemon that a test can cut, stall and mend.

use std::{
    collections::HashMap,
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

/// A TCP port that passes everything to another address. Its threads end with their connections; the listener ends with
/// the test's process.
#[derive(Clone)]
pub struct Link {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    condition: Condition,
    connections: HashMap<u64, [TcpStream; 2]>,
    made: u64,
}

/// What the network is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// Everything passes.
    #[default]
    Whole,
    /// Connections break and none can be made.
    Cut,
    /// Connections stay and can be made, but nothing arrives.
    Stalled,
}

impl Link {
    /// A network to `daemon`.
    ///
    /// # Panics
    ///
    /// When there is no free port.
    #[must_use]
    pub fn to(daemon: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let link = Self {
            address,
            shared: Arc::default(),
        };
        let own = link.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                own.join(client, daemon);
            }
        });
        link
    }

    /// Where clients find it.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("https://{}", self.address)
    }

    /// Makes the network like this from now on.
    pub fn turn(&self, condition: Condition) {
        let mut state = self.state();
        state.condition = condition;
        if condition == Condition::Cut {
            for [client, server] in state.connections.drain().map(|(_, both)| both) {
                // Either side may have gone already.
                let _ = (
                    client.shutdown(Shutdown::Both),
                    server.shutdown(Shutdown::Both),
                );
            }
        }
        self.shared.changed.notify_all();
    }

    /// How many connections were made so far.
    #[must_use]
    pub fn connections_made(&self) -> u64 {
        self.state().made
    }

    fn state(&self) -> MutexGuard<'_, State> {
        let state = self.shared.state.lock();
        state.unwrap_or_else(PoisonError::into_inner)
    }

    fn join(&self, client: TcpStream, daemon: SocketAddr) {
        let mut state = self.state();
        // Dropped, the client's connection breaks.
        if state.condition == Condition::Cut {
            return;
        }
        let Ok(server) = TcpStream::connect(daemon) else {
            return;
        };
        let clone = |stream: &TcpStream| stream.try_clone().expect("a socket can be cloned");
        state.made += 1;
        let number = state.made;
        let both = [clone(&client), clone(&server)];
        state.connections.insert(number, both);
        drop(state);
        let (there, back) = (self.clone(), self.clone());
        let (client_too, server_too) = (clone(&client), clone(&server));
        thread::spawn(move || there.pass(number, client, server));
        thread::spawn(move || back.pass(number, server_too, client_too));
    }

    fn pass(&self, number: u64, mut from: TcpStream, mut to: TcpStream) {
        let mut buffer = [0; 16 << 10];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            let mut state = self.state();
            while state.condition == Condition::Stalled {
                state = self
                    .shared
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
            }
            drop(state);
            if to.write_all(&buffer[..length]).is_err() {
                break;
            }
        }
        let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
        self.state().connections.remove(&number);
    }
}
