//! One connection that carries frames: requests are answered in order, several read at once with one write.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::Poll;

use hsm_proto::frame::{Buffer, FrameError, LENGTH_BYTES};
use hsm_proto::{Error, ErrorCode, Reply, Request};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use crate::limits::{ConnectionLimits, LARGE_MESSAGE_BYTES, MESSAGE_BYTES_MAX};

/// Replies waiting for the rest of their batch are sent once there are so many bytes of them.
const BATCH_BYTES_MAX: usize = 64 << 10;

/// Whatever answers the requests of one connection.
pub(crate) trait AnswerFrames {
    /// Answers one request; every failure is a reply.
    fn answer(&self, request: Request) -> impl Future<Output = Reply> + Send;

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

/// Answers frames until the connection ends.
pub(crate) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    answers: &impl AnswerFrames,
    limits: &ConnectionLimits,
) -> Ended {
    let mut connection = Connection {
        stream,
        input: Buffer::new(),
        output: Buffer::new(),
        large_message: None,
        idle: Box::pin(sleep_until(Instant::now() + limits.idle)),
        limits,
    };
    loop {
        match connection.answer_what_is_there(answers).await {
            Ok(()) => {}
            Err(ended) => return ended,
        }
    }
}

struct Connection<'a, S> {
    stream: S,
    input: Buffer,
    output: Buffer,
    /// Room for the large message that is being read, answered or written.
    large_message: Option<OwnedSemaphorePermit>,
    /// Set anew only when it fires, so that a busy connection pays nothing for it.
    idle: Pin<Box<Sleep>>,
    limits: &'a ConnectionLimits,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<'_, S> {
    /// Reads until there is a whole request, answers all that are there, and sends the replies.
    async fn answer_what_is_there(&mut self, answers: &impl AnswerFrames) -> Result<(), Ended> {
        let request = self.next_request(answers).await?;
        self.reply_to(request, answers).await?;
        while let Some(request) = self.decode() {
            self.reply_to(request, answers).await?;
        }
        self.flush().await?;
        self.large_message = None;
        Ok(())
    }

    async fn reply_to(
        &mut self,
        request: Incoming,
        answers: &impl AnswerFrames,
    ) -> Result<(), Ended> {
        let (reply, is_last) = match request {
            Incoming::Request(request) => (answers.answer(request).await, false),
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
            self.flush().await?;
            return Err(Ended::NotAFrame);
        }
        if self.output.filled().len() >= BATCH_BYTES_MAX {
            self.flush().await?;
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

    async fn next_request(&mut self, answers: &impl AnswerFrames) -> Result<Incoming, Ended> {
        if let Some(request) = self.decode() {
            return Ok(request);
        }
        if self.input.filled().is_empty() {
            self.read_when_idle(answers).await?;
            if let Some(request) = self.decode() {
                return Ok(request);
            }
        }
        // The rest of a request that has begun: one deadline for all of it, so that a byte now and then does not help.
        let transfer = self.limits.transfer;
        timeout(transfer, async {
            loop {
                self.reserve_room().await;
                let count =
                    tokio::io::AsyncReadExt::read(&mut self.stream, self.input.space()).await?;
                if count == 0 {
                    return Err(Ended::Closed(None));
                }
                self.input.advance(count);
                if let Some(request) = self.decode() {
                    return Ok(request);
                }
            }
        })
        .await
        .unwrap_or(Err(Ended::TooSlow))
    }

    /// Waits for the first bytes of a request.
    async fn read_when_idle(&mut self, answers: &impl AnswerFrames) -> Result<(), Ended> {
        let idle_since = Instant::now();
        let Self {
            stream,
            input,
            idle,
            limits,
            ..
        } = self;
        let count = poll_fn(|task| {
            let mut space = ReadBuf::new(input.space());
            match Pin::new(&mut *stream).poll_read(task, &mut space) {
                Poll::Ready(Ok(())) => return Poll::Ready(Ok(space.filled().len())),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(Ended::from(error))),
                Poll::Pending => {}
            }
            while idle.as_mut().poll(task).is_ready() {
                let end = idle_since + limits.idle;
                let now = Instant::now();
                if now < end {
                    idle.as_mut().reset(end);
                } else if answers.holds_an_application() {
                    idle.as_mut().reset(now + limits.idle);
                } else {
                    return Poll::Ready(Err(Ended::Idle));
                }
            }
            Poll::Pending
        })
        .await?;
        if count == 0 {
            return Err(Ended::Closed(None));
        }
        input.advance(count);
        Ok(())
    }

    /// Waits until a large message has its share of the memory that all large messages have together.
    async fn reserve_room(&mut self) {
        let announced = self
            .input
            .filled()
            .first_chunk::<LENGTH_BYTES>()
            .map_or(0, |length| u32::from_be_bytes(*length));
        if announced as usize > LARGE_MESSAGE_BYTES && self.large_message.is_none() {
            self.large_message = self.limits.large_messages.reserve(announced as usize).await;
        }
    }

    async fn flush(&mut self) -> Result<(), Ended> {
        if self.output.filled().is_empty() {
            return Ok(());
        }
        let Self { stream, output, .. } = self;
        timeout(self.limits.transfer, async {
            stream.write_all(output.filled()).await?;
            stream.flush().await
        })
        .await
        .map_err(|_: tokio::time::error::Elapsed| Ended::TooSlow)??;
        self.output.clear();
        Ok(())
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
    use std::time::Duration;

    use super::*;
    use crate::limits::LargeMessages;
    use hsm_proto::{GenerateRandomReply, GenerateRandomRequest};
    use tokio::io::{AsyncReadExt, duplex};

    /// Answers random requests with as many bytes.
    #[derive(Default)]
    struct Echo {
        holds_an_application: bool,
    }

    impl AnswerFrames for Echo {
        async fn answer(&self, request: Request) -> Reply {
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
            idle: Duration::from_secs(60),
            transfer: Duration::from_secs(5),
            large_messages: LargeMessages::new(64 << 20),
        }
    }

    const MOMENT: Duration = Duration::from_millis(20);

    fn request(length_bytes: u32) -> Request {
        GenerateRandomRequest { length_bytes }.into()
    }

    fn length_of(reply: Reply) -> usize {
        match reply.outcome {
            Some(hsm_proto::reply::Outcome::GenerateRandom(ref reply)) => reply.random.len(),
            _ => panic!("an unexpected reply"),
        }
    }

    #[tokio::test]
    async fn requests_sent_at_once_are_answered_in_order() {
        let (mut client, server) = duplex(1 << 20);
        let serving = tokio::spawn(async move { serve(server, &Echo::default(), &limits()).await });
        let mut wire = Buffer::new();
        for length in [1, 2, 3] {
            wire.encode(&request(length), MESSAGE_BYTES_MAX).unwrap();
        }
        client.write_all(wire.filled()).await.unwrap();
        wire.clear();
        for length in [1, 2, 3] {
            let reply = loop {
                if let Some(reply) = wire.decode(MESSAGE_BYTES_MAX).unwrap() {
                    break reply;
                }
                let count = client.read(wire.space()).await.unwrap();
                wire.advance(count);
            };
            assert_eq!(length_of(reply), length);
        }
        drop(client);
        assert!(matches!(serving.await.unwrap(), Ended::Closed(_)));
    }

    #[tokio::test]
    async fn a_frame_over_the_limit_is_refused_and_ends_the_connection() {
        let (mut client, server) = duplex(1 << 20);
        let serving = tokio::spawn(async move { serve(server, &Echo::default(), &limits()).await });
        client.write_all(&u32::MAX.to_be_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        client.read_to_end(&mut bytes).await.unwrap();
        let mut wire = Buffer::new();
        wire.space()[..bytes.len()].copy_from_slice(&bytes);
        wire.advance(bytes.len());
        let reply: Reply = wire.decode(MESSAGE_BYTES_MAX).unwrap().unwrap();
        assert!(
            matches!(reply.outcome, Some(hsm_proto::reply::Outcome::Error(ref error)) if error.code() == ErrorCode::TooLarge)
        );
        assert!(matches!(serving.await.unwrap(), Ended::NotAFrame));
    }

    #[tokio::test]
    async fn an_idle_connection_and_a_slow_sender_are_closed() {
        let limits = ConnectionLimits {
            idle: MOMENT,
            transfer: MOMENT,
            ..limits()
        };
        let (_client, server) = duplex(1 << 10);
        assert!(matches!(
            serve(server, &Echo::default(), &limits).await,
            Ended::Idle
        ));
        let (mut client, server) = duplex(1 << 10);
        client.write_all(&[0, 0]).await.unwrap();
        assert!(matches!(
            serve(server, &Echo::default(), &limits).await,
            Ended::TooSlow
        ));
    }

    #[tokio::test]
    async fn a_connection_that_holds_an_application_may_rest() {
        let limits = ConnectionLimits {
            idle: MOMENT,
            ..limits()
        };
        let echo = Echo {
            holds_an_application: true,
        };
        let (_client, server) = duplex(1 << 10);
        let serving = timeout(5 * MOMENT, serve(server, &echo, &limits));
        assert!(
            serving.await.is_err(),
            "still served when nobody waits any more"
        );
    }

    #[tokio::test]
    async fn a_client_that_stops_reading_is_closed() {
        let (mut client, server) = duplex(1 << 10);
        let mut wire = Buffer::new();
        wire.encode(&request(1 << 20), MESSAGE_BYTES_MAX).unwrap();
        client.write_all(wire.filled()).await.unwrap();
        let limits = ConnectionLimits {
            transfer: MOMENT,
            ..limits()
        };
        assert!(matches!(
            serve(server, &Echo::default(), &limits).await,
            Ended::TooSlow
        ));
    }
}
