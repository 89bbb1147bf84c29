//! One connection that carries frames: requests are answered in order, several read at once with one write.
//!
//! Each connection has a thread of its own, which waits for the next request where it will answer it: waking it costs half
//! of what waking a task does. Whatever waits for something else on the way runs on the daemon's runtime.

use std::convert::Infallible;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use hsm_proto::frame::{Buffer, FrameError, LENGTH_BYTES};
use hsm_proto::socket::{Socket, is_timeout};
use hsm_proto::{Error, ErrorCode, Reply, Request};
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use crate::limits::{ConnectionLimits, LARGE_MESSAGE_BYTES, MESSAGE_BYTES_MAX};

/// Replies waiting for the rest of their batch are sent once there are so many bytes of them.
const BATCH_BYTES_MAX: usize = 64 << 10;

/// Whatever answers the requests of one connection.
pub(crate) trait AnswerFrames {
    /// Answers one request; every failure is a reply. Runs on the connection's thread, within the daemon's runtime.
    fn answer(&self, request: Request) -> Reply;

    /// Whether the connection holds an application's logins and session objects, which end with it: such a connection is
    /// not closed for being idle, however seldom its program signs.
    fn holds_an_application(&self) -> bool;
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Ended {
    /// The client closed it, or it broke.
    #[error("the connection ended")]
    Closed(#[source] Option<io::Error>),
    /// No request came for the idle time.
    #[error("the connection was idle for too long")]
    Idle,
    /// The client took too long to send the rest of a request, or to take a reply.
    #[error("the client was too slow")]
    TooSlow,
    /// What came is no frame, so nothing after it can be read.
    #[error("the client sent something that is not a frame")]
    NotAFrame,
}

impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Self {
        Self::Closed(Some(error))
    }
}

/// Answers frames until the connection ends. `stream` blocks, and speaks through `socket`.
pub(crate) fn serve<S: Read + Write>(
    stream: S,
    socket: impl AsFd,
    answers: &impl AnswerFrames,
    limits: &ConnectionLimits,
) -> Ended {
    let mut connection = Connection {
        stream,
        socket: Socket(socket),
        input: Buffer::new(),
        output: Buffer::new(),
        large_message: None,
        limits,
    };
    match connection.answer_all(answers) {
        Ok(never) => match never {},
        Err(ended) => ended,
    }
}

struct Connection<'a, S, F> {
    stream: S,
    /// What limits how long the stream waits.
    socket: Socket<F>,
    input: Buffer,
    output: Buffer,
    /// Room for the large message that is being read, answered or written.
    large_message: Option<OwnedSemaphorePermit>,
    limits: &'a ConnectionLimits,
}

impl<S: Read + Write, F: AsFd> Connection<'_, S, F> {
    fn answer_all(&mut self, answers: &impl AnswerFrames) -> Result<Infallible, Ended> {
        self.socket.set_timeouts(self.limits.transfer)?;
        self.socket.set_read_timeout(self.limits.idle)?;
        loop {
            self.answer_what_is_there(answers)?;
        }
    }

    /// Reads until there is a whole request, answers all that are there, and sends the replies.
    fn answer_what_is_there(&mut self, answers: &impl AnswerFrames) -> Result<(), Ended> {
        let request = self.next_request(answers)?;
        self.reply_to(request, answers)?;
        while let Some(request) = self.decode() {
            self.reply_to(request, answers)?;
        }
        self.flush()?;
        self.large_message = None;
        Ok(())
    }

    fn reply_to(&mut self, request: Incoming, answers: &impl AnswerFrames) -> Result<(), Ended> {
        let (reply, is_last) = match request {
            Incoming::Request(request) => (answers.answer(request), false),
            Incoming::Malformed => (
                refusal(ErrorCode::MalformedRequest, "the frame holds no request"),
                false,
            ),
            Incoming::TooLarge => (
                refusal(ErrorCode::TooLarge, "the message is longer than the limit"),
                true,
            ),
        };
        if self.output.encode(&reply, MESSAGE_BYTES_MAX).is_err() {
            let refusal = refusal(ErrorCode::TooLarge, "the reply is longer than the limit");
            self.output
                .encode(&refusal, MESSAGE_BYTES_MAX)
                .map_err(|_| Ended::NotAFrame)?;
        }
        if is_last {
            self.flush()?;
            return Err(Ended::NotAFrame);
        }
        if self.output.filled().len() >= BATCH_BYTES_MAX {
            self.flush()?;
        }
        Ok(())
    }

    /// A whole request from what has been read, if there is one.
    fn decode(&mut self) -> Option<Incoming> {
        match self.input.decode(MESSAGE_BYTES_MAX) {
            Ok(request) => request.map(Incoming::Request),
            Err(FrameError::Malformed) => Some(Incoming::Malformed),
            Err(FrameError::TooLarge { .. }) => Some(Incoming::TooLarge),
        }
    }

    fn next_request(&mut self, answers: &impl AnswerFrames) -> Result<Incoming, Ended> {
        if let Some(request) = self.decode() {
            return Ok(request);
        }
        if self.input.filled().is_empty() {
            while !self.read()? {
                if !answers.holds_an_application() {
                    return Err(Ended::Idle);
                }
            }
            if let Some(request) = self.decode() {
                return Ok(request);
            }
        }
        let request = self.rest_of_request();
        self.socket.set_read_timeout(self.limits.idle)?;
        request
    }

    /// The rest of a request that has begun: one deadline for all of it, so that a byte now and then does not help.
    fn rest_of_request(&mut self) -> Result<Incoming, Ended> {
        let deadline = Instant::now() + self.limits.transfer;
        let left = || Some(deadline.duration_since(Instant::now())).filter(|left| !left.is_zero());
        loop {
            self.reserve_room(left().ok_or(Ended::TooSlow)?)?;
            let left = left().ok_or(Ended::TooSlow)?;
            self.socket.set_read_timeout(left)?;
            if !self.read()? {
                return Err(Ended::TooSlow);
            }
            if let Some(request) = self.decode() {
                return Ok(request);
            }
        }
    }

    /// Reads what there is, or waits for it. False if nothing came in time.
    fn read(&mut self) -> Result<bool, Ended> {
        loop {
            match self.stream.read(self.input.space()) {
                Ok(0) => return Err(Ended::Closed(None)),
                Ok(count) => {
                    self.input.advance(count);
                    return Ok(true);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Waits until a large message has its share of the memory that all large messages have together.
    fn reserve_room(&mut self, limit: Duration) -> Result<(), Ended> {
        let announced = self
            .input
            .filled()
            .first_chunk::<LENGTH_BYTES>()
            .map_or(0, |length| u32::from_be_bytes(*length));
        if announced as usize > LARGE_MESSAGE_BYTES && self.large_message.is_none() {
            let room = self.limits.large_messages.reserve(announced as usize);
            self.large_message = Handle::current()
                .block_on(async { timeout(limit, room).await })
                .map_err(|_: tokio::time::error::Elapsed| Ended::TooSlow)?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Ended> {
        if self.output.filled().is_empty() {
            return Ok(());
        }
        let started = Instant::now();
        loop {
            match self.stream.write(self.output.filled()) {
                Ok(0) => return Err(Ended::Closed(None)),
                Ok(count) => self.output.consume(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => return Err(Ended::TooSlow),
                Err(error) => return Err(error.into()),
            }
            if self.output.filled().is_empty() {
                break;
            }
            // Each write may wait as long as all of it may take.
            if started.elapsed() > self.limits.transfer {
                return Err(Ended::TooSlow);
            }
        }
        match self.stream.flush() {
            Err(error) if is_timeout(&error) => Err(Ended::TooSlow),
            flushed => Ok(flushed?),
        }
    }
}

#[expect(clippy::large_enum_variant, reason = "almost every one is a request")]
enum Incoming {
    Request(Request),
    Malformed,
    TooLarge,
}

fn refusal(code: ErrorCode, message: &'static str) -> Reply {
    Error::new(code, message).into()
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;
    use std::sync::mpsc::{self, RecvTimeoutError};
    use std::thread::{self, JoinHandle};

    use super::*;
    use crate::limits::LargeMessages;
    use hsm_proto::{GenerateRandomReply, GenerateRandomRequest};

    /// Answers random requests with as many bytes.
    #[derive(Default)]
    struct Echo {
        holds_an_application: bool,
    }

    impl AnswerFrames for Echo {
        fn answer(&self, request: Request) -> Reply {
            match request.operation {
                Some(hsm_proto::request::Operation::GenerateRandom(ref random)) => {
                    GenerateRandomReply {
                        random: vec![7; random.length_bytes as usize],
                    }
                    .into()
                }
                _ => refusal(ErrorCode::Unsupported, "not here"),
            }
        }

        fn holds_an_application(&self) -> bool {
            self.holds_an_application
        }
    }

    fn limits() -> ConnectionLimits {
        ConnectionLimits {
            idle: Duration::from_mins(1),
            transfer: Duration::from_secs(5),
            large_messages: LargeMessages::new(64 << 20),
        }
    }

    const MOMENT: Duration = Duration::from_millis(20);

    /// A client's end, and what becomes of the other.
    fn begin(echo: Echo, limits: ConnectionLimits) -> (UnixStream, JoinHandle<Ended>) {
        let (client, server) = UnixStream::pair().unwrap();
        let serving = thread::spawn(move || {
            let socket = server.try_clone().unwrap();
            serve(server, socket, &echo, &limits)
        });
        (client, serving)
    }

    fn request(length_bytes: u32) -> Request {
        GenerateRandomRequest { length_bytes }.into()
    }

    fn length_of(reply: &Reply) -> usize {
        match &reply.outcome {
            Some(hsm_proto::reply::Outcome::GenerateRandom(reply)) => reply.random.len(),
            _ => panic!("an unexpected reply"),
        }
    }

    #[test]
    fn requests_sent_at_once_are_answered_in_order() {
        let (mut client, serving) = begin(Echo::default(), limits());
        let mut wire = Buffer::new();
        for length in [1, 2, 3] {
            wire.encode(&request(length), MESSAGE_BYTES_MAX).unwrap();
        }
        client.write_all(wire.filled()).unwrap();
        wire.clear();
        for length in [1, 2, 3] {
            let reply = loop {
                if let Some(reply) = wire.decode(MESSAGE_BYTES_MAX).unwrap() {
                    break reply;
                }
                let count = client.read(wire.space()).unwrap();
                wire.advance(count);
            };
            assert_eq!(length_of(&reply), length);
        }
        drop(client);
        assert!(matches!(serving.join().unwrap(), Ended::Closed(_)));
    }

    #[test]
    fn a_frame_over_the_limit_is_refused_and_ends_the_connection() {
        let (mut client, serving) = begin(Echo::default(), limits());
        client.write_all(&u32::MAX.to_be_bytes()).unwrap();
        let mut bytes = Vec::new();
        client.read_to_end(&mut bytes).unwrap();
        let mut wire = Buffer::new();
        wire.space()[..bytes.len()].copy_from_slice(&bytes);
        wire.advance(bytes.len());
        let reply: Reply = wire.decode(MESSAGE_BYTES_MAX).unwrap().unwrap();
        assert!(
            matches!(reply.outcome, Some(hsm_proto::reply::Outcome::Error(ref error)) if error.code() == ErrorCode::TooLarge)
        );
        assert!(matches!(serving.join().unwrap(), Ended::NotAFrame));
    }

    #[test]
    fn an_idle_connection_and_a_slow_sender_are_closed() {
        let limits = ConnectionLimits {
            idle: MOMENT,
            transfer: MOMENT,
            ..limits()
        };
        let (_client, serving) = begin(Echo::default(), limits.clone());
        assert!(matches!(serving.join().unwrap(), Ended::Idle));
        let (mut client, serving) = begin(Echo::default(), limits);
        client.write_all(&[0, 0]).unwrap();
        assert!(matches!(serving.join().unwrap(), Ended::TooSlow));
    }

    #[test]
    fn a_connection_that_holds_an_application_may_rest() {
        let limits = ConnectionLimits {
            idle: MOMENT,
            ..limits()
        };
        let echo = Echo {
            holds_an_application: true,
        };
        let (client, serving) = begin(echo, limits);
        let (ended, end) = mpsc::channel();
        let waiting = thread::spawn(move || ended.send(serving.join().unwrap()));
        assert!(
            matches!(end.recv_timeout(5 * MOMENT), Err(RecvTimeoutError::Timeout)),
            "still served when nobody waits any more"
        );
        drop(client);
        waiting.join().unwrap().unwrap();
    }

    #[test]
    fn a_client_that_stops_reading_is_closed() {
        let limits = ConnectionLimits {
            transfer: MOMENT,
            ..limits()
        };
        let (mut client, serving) = begin(Echo::default(), limits);
        let mut wire = Buffer::new();
        wire.encode(&request(1 << 20), MESSAGE_BYTES_MAX).unwrap();
        client.write_all(wire.filled()).unwrap();
        assert!(matches!(serving.join().unwrap(), Ended::TooSlow));
    }
}
