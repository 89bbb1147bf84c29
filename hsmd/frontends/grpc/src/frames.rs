//! One connection that carries frames: requests are answered in order, several read at once with one write.
//!
//! Each connection has a thread of its own, which waits for the next request where it will answer it: waking it costs half
//! of what waking a task does. Whatever waits for something else on the way runs on the daemon's runtime.

use std::convert::Infallible;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use hsm_proto::frame::{Buffer, FrameError, LENGTH_BYTES};
use hsm_proto::memory_file::{MemoryFile, Unacceptable, WORTHWHILE_BYTES_MIN};
use hsm_proto::socket::{FileSocket, Socket, is_timeout};
use hsm_proto::{Error, ErrorCode, Reply, Request};
use rustls::{ServerConnection, StreamOwned};
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use crate::limits::{
    ConnectionLimits, LARGE_MESSAGE_BYTES, MEMORY_FILE_BYTES_MAX, MESSAGE_BYTES_MAX,
};

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

/// The bytes of a connection, and on a Unix socket the files that are passed over it.
pub(crate) trait FrameStream: Read + Write {
    /// The file that was passed since this was asked last.
    fn take_passed(&mut self) -> Option<OwnedFd>;
}

impl<S: AsFd> FrameStream for FileSocket<S> {
    fn take_passed(&mut self) -> Option<OwnedFd> {
        FileSocket::take_passed(self)
    }
}

impl<S: Read + Write> FrameStream for StreamOwned<ServerConnection, S> {
    fn take_passed(&mut self) -> Option<OwnedFd> {
        None
    }
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
pub(crate) fn serve<S: FrameStream>(
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

impl<S: FrameStream, F: AsFd> Connection<'_, S, F> {
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
            Incoming::Request(request) => (self.answer(request, answers)?, false),
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

    /// Answers a request, whose input or output may be in a memory file.
    fn answer(
        &mut self,
        mut request: Request,
        answers: &impl AnswerFrames,
    ) -> Result<Reply, Ended> {
        let Some(announced) = request.memory_file.take() else {
            return Ok(answers.answer(request));
        };
        let input_bytes = announced.input_bytes as usize;
        let file = match self.passed_file(input_bytes) {
            Ok(file) => file,
            Err(error) => return Ok(error.into()),
        };
        let bulk_bytes = input_bytes.max(request.bulk_bytes());
        self.reserve_room(bulk_bytes, self.limits.transfer)?;
        if input_bytes > 0 {
            let Some(bulk) = request.bulk().filter(|bulk| bulk.is_empty()) else {
                return Ok(refusal(
                    ErrorCode::MalformedRequest,
                    "the request has no input for a memory file to hold",
                ));
            };
            match file.read(input_bytes) {
                Ok(input) => *bulk = input,
                Err(error) => {
                    tracing::info!(%error, "a passed memory file cannot be read");
                    return Ok(refusal(
                        ErrorCode::MalformedRequest,
                        "the memory file cannot be read",
                    ));
                }
            }
        }
        let mut reply = answers.answer(request);
        put_output(&mut reply, &file);
        Ok(reply)
    }

    /// The file that came with a request, if it can hold so much.
    fn passed_file(&mut self, input_bytes: usize) -> Result<MemoryFile, Error> {
        let malformed = |message: String| Error::new(ErrorCode::MalformedRequest, message);
        let passed = self
            .stream
            .take_passed()
            .ok_or_else(|| malformed("no memory file came with the request".to_owned()))?;
        let file = MemoryFile::accept(passed).map_err(|error| malformed(error.to_string()))?;
        if file.length_bytes() > MEMORY_FILE_BYTES_MAX {
            return Err(Error::new(
                ErrorCode::TooLarge,
                "the memory file is longer than the limit",
            ));
        }
        if file.length_bytes() < input_bytes {
            return Err(malformed(Unacceptable::TooShort.to_string()));
        }
        Ok(file)
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
            self.reserve_room(self.announced_bytes(), left().ok_or(Ended::TooSlow)?)?;
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
    fn reserve_room(&mut self, message_bytes: usize, limit: Duration) -> Result<(), Ended> {
        if message_bytes > LARGE_MESSAGE_BYTES && self.large_message.is_none() {
            let room = self.limits.large_messages.reserve(message_bytes);
            self.large_message = Handle::current()
                .block_on(async { timeout(limit, room).await })
                .map_err(|_: tokio::time::error::Elapsed| Ended::TooSlow)?;
        }
        Ok(())
    }

    /// How long the message is whose first bytes have come.
    fn announced_bytes(&self) -> usize {
        self.input
            .filled()
            .first_chunk::<LENGTH_BYTES>()
            .map_or(0, |length| u32::from_be_bytes(*length) as usize)
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

/// Puts the output of a reply into the request's memory file, if it is large. It stays in the reply when it does not fit,
/// or the file cannot be written.
fn put_output(reply: &mut Reply, file: &MemoryFile) {
    let Some(bulk) = reply.bulk() else { return };
    let length = bulk.len();
    if length < WORTHWHILE_BYTES_MIN || file.write(bulk).is_err() {
        return;
    }
    hsm_proto::wipe(bulk);
    bulk.clear();
    reply.memory_file_bytes = u32::try_from(length).unwrap_or(u32::MAX);
}

fn refusal(code: ErrorCode, message: &'static str) -> Reply {
    Error::new(code, message).into()
}

#[cfg(test)]
mod tests;
