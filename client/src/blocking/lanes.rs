//! Lanes: connections that threads share for short requests to a daemon on the same machine.
//!
//! What such a request costs is mostly the change from one process to the other and back. A thread that finds a lane free
//! leads it: it sends its own request. Requests that come meanwhile wait, and the next leader, one of those that wait, sends
//! them all at once; the daemon answers them with one write. So the busier the machine, the fewer the changes; a thread
//! alone waits for nobody.

use std::{mem, sync::Arc, thread, time::Duration};

use hsm_proto::{Reply, Request, frame::Buffer, request::Operation, socket::look_awake};
use parking_lot::{Condvar, Mutex};

use super::{Exchange, connection::Connection, pool::Pool};
use crate::Error;

/// More would not help: each lane keeps a processor of the daemon busy.
const LANES_MAX: usize = 8;

/// The bytes of requests that one leader sends at once. They fit the socket's buffer, so that sending them does not wait for
/// replies to be read.
const BATCH_BYTES_MAX: usize = 32 << 10;

/// How long a thread stays awake for its turn: as long as a batch takes. Waking it would cost as much as its request.
const AWAKE: Duration = Duration::from_micros(300);

/// Input that a short request may have.
const INPUT_BYTES_MAX: usize = 4 << 10;

/// The lanes of one process.
pub(super) struct Lanes(Box<[Lane]>);

#[derive(Default)]
struct Lane(Mutex<Queue>);

/// The requests that the next leader sends.
#[derive(Default)]
struct Queue {
    is_led: bool,
    frames: Buffer,
    turns: Vec<Arc<Turn>>,
}

/// One request's place in a batch.
#[derive(Default)]
struct Turn {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
enum State {
    #[default]
    Waiting,
    /// Nobody leads the lane any more, and this request's thread shall.
    Leads,
    Ended(Box<Result<Reply, Error>>),
    /// The connection failed before this request was answered.
    Failed,
}

impl Lanes {
    pub(super) fn new() -> Self {
        let count = thread::available_parallelism().map_or(1, usize::from);
        Self((0..count.min(LANES_MAX)).map(|_| Lane::default()).collect())
    }

    /// The reply to a short request. `None` when it is to go its own way: it is none, the lanes are full, or the connection
    /// failed before the reply came.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`].
    pub(super) fn exchange(
        &self,
        pool: &Pool,
        request: &Request,
        exchange: &Exchange,
    ) -> Option<Result<Reply, Error>> {
        if !exchange.may_repeat || !pool.is_on_this_machine() || !is_short(request) {
            return None;
        }
        let (lane, turn, leads) = self.join(request, exchange)?;
        if leads || turn.wait_for_lead() {
            lane.lead(pool, exchange);
        }
        turn.end()
    }

    /// Puts a request into a free lane, else into the one with the fewest that wait. Also says whether to lead it.
    fn join(&self, request: &Request, exchange: &Exchange) -> Option<(&Lane, Arc<Turn>, bool)> {
        let mut best: Option<(&Lane, usize)> = None;
        for lane in &self.0 {
            let Some(mut queue) = lane.0.try_lock() else {
                continue;
            };
            if !queue.is_led {
                let turn = queue.add(request, exchange)?;
                queue.is_led = true;
                return Some((lane, turn, true));
            }
            let waiting = queue.turns.len();
            if best.is_none_or(|(_, least)| waiting < least) {
                best = Some((lane, waiting));
            }
        }
        let (lane, _) = best?;
        let mut queue = lane.0.lock();
        let turn = queue.add(request, exchange)?;
        let leads = !mem::replace(&mut queue.is_led, true);
        drop(queue);
        Some((lane, turn, leads))
    }
}

impl Queue {
    fn add(&mut self, request: &Request, exchange: &Exchange) -> Option<Arc<Turn>> {
        if self.frames.filled().len() >= BATCH_BYTES_MAX {
            return None;
        }
        self.frames
            .encode(request, exchange.message_bytes_max)
            .ok()?;
        let turn = Arc::<Turn>::default();
        self.turns.push(Arc::clone(&turn));
        Some(turn)
    }
}

impl Lane {
    /// Sends what waits, gives each its reply, and lets the next one lead.
    fn lead(&self, pool: &Pool, exchange: &Exchange) {
        let mut queue = self.0.lock();
        let mut batch = Batch {
            lane: self,
            frames: mem::take(&mut queue.frames),
            turns: mem::take(&mut queue.turns).into_iter(),
        };
        drop(queue);
        let Ok(mut connection) = pool.checkout() else {
            return;
        };
        if batch.exchange(&mut connection, exchange) {
            pool.give_back(connection);
        } else {
            pool.avoid(connection.address);
        }
    }

    fn pass_on(&self) {
        let mut queue = self.0.lock();
        match queue.turns.first() {
            Some(next) => next.become_leader(),
            None => queue.is_led = false,
        }
    }
}

/// What one leader sends. However it ends, no thread waits for it any more, and the lane has its next leader.
struct Batch<'a> {
    lane: &'a Lane,
    frames: Buffer,
    turns: std::vec::IntoIter<Arc<Turn>>,
}

impl Batch<'_> {
    /// Whether every request was answered.
    fn exchange(&mut self, connection: &mut Connection, exchange: &Exchange) -> bool {
        if connection.send_frames(&mut self.frames).is_err() {
            return false;
        }
        while let Some(turn) = self.turns.as_slice().first() {
            match connection.receive(exchange.operation, exchange.timeout) {
                Ok(reply) => turn.set(State::Ended(Box::new(Ok(reply)))),
                Err(Error::TimedOut { operation, after }) => {
                    // All were sent at the same time.
                    for turn in &mut self.turns {
                        let error = Error::TimedOut { operation, after };
                        turn.set(State::Ended(Box::new(Err(error))));
                    }
                    return false;
                }
                Err(_) => return false,
            }
            self.turns.next();
        }
        true
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        for turn in &mut self.turns {
            turn.set(State::Failed);
        }
        self.lane.pass_on();
    }
}

impl Turn {
    fn set(&self, state: State) {
        *self.state.lock() = state;
        self.changed.notify_one();
    }

    fn become_leader(&self) {
        self.set(State::Leads);
    }

    /// Waits for the end of this request; or until its thread shall lead, which makes it true.
    fn wait_for_lead(&self) -> bool {
        let is_over = || (!matches!(*self.state.lock(), State::Waiting)).then_some(());
        let _ = look_awake(AWAKE, is_over);
        let mut state = self.state.lock();
        while matches!(*state, State::Waiting) {
            self.changed.wait(&mut state);
        }
        matches!(*state, State::Leads)
    }

    fn end(&self) -> Option<Result<Reply, Error>> {
        match mem::take(&mut *self.state.lock()) {
            State::Ended(end) => Some(*end),
            State::Waiting | State::Leads | State::Failed => None,
        }
    }
}

/// Whether the daemon answers it faster than a thread wakes: no arithmetic of RSA or of lattices, and little input.
fn is_short(request: &Request) -> bool {
    let (algorithm, input) = match &request.operation {
        Some(Operation::Sign(sign)) => (&sign.algorithm, sign.message.len()),
        Some(Operation::VerifyMac(verify)) => (&verify.algorithm, verify.message.len()),
        Some(Operation::Encrypt(encrypt)) => (&encrypt.algorithm, encrypt.plaintext.len()),
        Some(Operation::Decrypt(decrypt)) => (&decrypt.algorithm, decrypt.ciphertext.len()),
        _ => return false,
    };
    let families = ["AES_", "ECDSA", "ED25519", "HMAC_"];
    input <= INPUT_BYTES_MAX && families.iter().any(|family| algorithm.starts_with(family))
}
