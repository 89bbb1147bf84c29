//! The framed form of the contract: a 32-bit big-endian length, then that many bytes of a message.
//!
//! [`Buffer`] holds the bytes of one direction of a connection and does no I/O, so blocking clients and the
//! asynchronous daemon share it. It may hold secrets: consumed bytes are overwritten, and growing leaves no copy behind.

use crate::wiping::wipe;
use prost::Message;

/// Bytes of the length in front of a message.
pub const LENGTH_BYTES: usize = 4;

/// No implementation accepts longer messages than this, whatever its own limit: 64 MiB.
pub const MESSAGE_BYTES_MAX: u32 = 64 << 20;

/// What a buffer keeps for the next frame; more is given back once it is empty.
const KEPT_BYTES_MAX: usize = 256 << 10;

/// The least room that [`Buffer::space`] gives.
const SPACE_BYTES_MIN: usize = 4 << 10;

/// Why bytes are not a frame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The length in front is over the limit. Nothing after it can be read: close the connection.
    #[error("the message is {length_bytes} bytes long; the limit is {limit_bytes}")]
    TooLarge {
        /// The announced or encoded length.
        length_bytes: usize,
        /// The limit that was given.
        limit_bytes: u32,
    },

    /// The bytes are no encoded message. The frame has been consumed: the next one can be read.
    #[error("the frame holds no message of the contract")]
    Malformed,
}

/// Bytes of frames on their way in or out; reused for the life of a connection.
///
/// ```
/// use hsm_proto::{Request, StatusRequest, frame::{self, Buffer}};
///
/// let mut wire = Buffer::new();
/// wire.encode(&Request::from(StatusRequest {}), frame::MESSAGE_BYTES_MAX)?;
/// let request: Request = wire.decode(frame::MESSAGE_BYTES_MAX)?.expect("a whole frame");
/// assert!(wire.filled().is_empty());
/// # Ok::<(), hsm_proto::frame::FrameError>(())
/// ```
#[derive(Default)]
pub struct Buffer {
    /// Always initialised; `filled` tells which part holds bytes.
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Buffer {
    /// An empty buffer; it takes memory with the first frame.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            bytes: Vec::new(),
            start: 0,
            end: 0,
        }
    }

    /// Appends a message as a frame.
    ///
    /// # Errors
    ///
    /// [`FrameError::TooLarge`] when the message takes more than `limit_bytes`; the buffer is unchanged.
    #[expect(
        clippy::missing_panics_doc,
        reason = "the room is made for the encoded length"
    )]
    pub fn encode<M: Message>(&mut self, message: &M, limit_bytes: u32) -> Result<(), FrameError> {
        let length_bytes = message.encoded_len();
        let length = u32::try_from(length_bytes)
            .ok()
            .filter(|length| *length <= limit_bytes)
            .ok_or(FrameError::TooLarge {
                length_bytes,
                limit_bytes,
            })?;
        let mut room = self.room(LENGTH_BYTES + length_bytes);
        room[..LENGTH_BYTES].copy_from_slice(&length.to_be_bytes());
        room = &mut room[LENGTH_BYTES..];
        message
            .encode(&mut room)
            .expect("the room was made for the encoded length");
        self.end += LENGTH_BYTES + length_bytes;
        Ok(())
    }

    /// Takes the first frame out, or gives `None` when it is not whole yet.
    ///
    /// # Errors
    ///
    /// [`FrameError::TooLarge`] as soon as the length is known to be over `limit_bytes`; [`FrameError::Malformed`] when
    /// the frame is whole but holds no `M`.
    pub fn decode<M: Message + Default>(
        &mut self,
        limit_bytes: u32,
    ) -> Result<Option<M>, FrameError> {
        let Some(length_bytes) = self.announced_length_bytes() else {
            return Ok(None);
        };
        if length_bytes > limit_bytes as usize {
            return Err(FrameError::TooLarge {
                length_bytes,
                limit_bytes,
            });
        }
        let Some(frame) = self.filled().get(LENGTH_BYTES..LENGTH_BYTES + length_bytes) else {
            return Ok(None);
        };
        let message = M::decode(frame);
        self.consume(LENGTH_BYTES + length_bytes);
        message.map(Some).map_err(|_| FrameError::Malformed)
    }

    /// The bytes in the buffer: what a writer sends.
    #[must_use]
    pub fn filled(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Overwrites and forgets the first `count` bytes, after they were sent.
    ///
    /// # Panics
    ///
    /// When there are fewer.
    pub fn consume(&mut self, count: usize) {
        assert!(
            count <= self.end - self.start,
            "cannot consume more than is filled"
        );
        wipe(&mut self.bytes[self.start..self.start + count]);
        self.start += count;
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
            if self.bytes.len() > KEPT_BYTES_MAX {
                self.bytes = Vec::new();
            }
        }
    }

    /// Room for a reader: at least 4 KiB. Call [`Buffer::advance`] with what was read.
    ///
    /// The room doubles with what has arrived, so that a length alone makes nobody reserve memory for it.
    pub fn space(&mut self) -> &mut [u8] {
        let filled = self.end - self.start;
        let wanted = self
            .announced_length_bytes()
            .map_or(0, |length| (LENGTH_BYTES + length).saturating_sub(filled));
        let room = wanted.min(filled.max(SPACE_BYTES_MIN)).max(SPACE_BYTES_MIN);
        self.room(room)
    }

    /// Counts `count` bytes of [`Buffer::space`] as filled.
    ///
    /// # Panics
    ///
    /// When the space was smaller.
    pub fn advance(&mut self, count: usize) {
        assert!(
            count <= self.bytes.len() - self.end,
            "cannot fill more than the space"
        );
        self.end += count;
    }

    /// Overwrites and forgets everything.
    pub fn clear(&mut self) {
        self.consume(self.end - self.start);
    }

    fn announced_length_bytes(&self) -> Option<usize> {
        let length = self.filled().first_chunk::<LENGTH_BYTES>()?;
        Some(u32::from_be_bytes(*length) as usize)
    }

    /// All room behind the filled bytes, at least `least` bytes of it.
    fn room(&mut self, least: usize) -> &mut [u8] {
        if self.bytes.len() - self.end < least {
            let filled = self.end - self.start;
            if self.bytes.len() - filled >= least {
                self.bytes.copy_within(self.start..self.end, 0);
                wipe(&mut self.bytes[filled.max(self.start)..self.end]);
            } else {
                // Not `Vec::reserve`: it would free the old bytes as they are.
                let mut grown = vec![0; (filled + least).max(SPACE_BYTES_MIN).next_power_of_two()];
                grown[..filled].copy_from_slice(self.filled());
                wipe(&mut self.bytes[self.start..self.end]);
                self.bytes = grown;
            }
            self.start = 0;
            self.end = filled;
        }
        &mut self.bytes[self.end..]
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        wipe(&mut self.bytes[self.start..self.end]);
    }
}

impl std::fmt::Debug for Buffer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Buffer({} bytes)", self.end - self.start)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Request, SignRequest, StatusRequest, request::Operation};

    fn sign(message: Vec<u8>) -> Request {
        SignRequest {
            partition: vec![1; 16],
            key: vec![2; 16],
            algorithm: "EDDSA".into(),
            parameters: None,
            message,
            is_digest: false,
        }
        .into()
    }

    fn receive(buffer: &mut Buffer, bytes: &[u8]) {
        for chunk in bytes.chunks(1000) {
            let space = buffer.space();
            space[..chunk.len()].copy_from_slice(chunk);
            buffer.advance(chunk.len());
        }
    }

    #[test]
    fn a_frame_is_its_length_and_the_message() {
        let mut buffer = Buffer::new();
        buffer
            .encode(&Request::from(StatusRequest {}), MESSAGE_BYTES_MAX)
            .unwrap();
        assert_eq!(buffer.filled(), [0, 0, 0, 3, 0x8a, 0x01, 0]);
    }

    #[test]
    fn a_truncated_frame_is_waited_for() {
        let mut whole = Buffer::new();
        whole
            .encode(&sign(vec![3; 100]), MESSAGE_BYTES_MAX)
            .unwrap();
        let bytes = whole.filled().to_vec();
        for length in 0..bytes.len() {
            let mut buffer = Buffer::new();
            receive(&mut buffer, &bytes[..length]);
            assert_eq!(
                buffer.decode::<Request>(MESSAGE_BYTES_MAX),
                Ok(None),
                "{length}"
            );
            receive(&mut buffer, &bytes[length..]);
            assert_eq!(
                buffer.decode(MESSAGE_BYTES_MAX),
                Ok(Some(sign(vec![3; 100]))),
                "{length}"
            );
        }
    }

    #[test]
    fn an_oversized_frame_is_refused_by_its_length_alone() {
        let mut buffer = Buffer::new();
        receive(&mut buffer, &1001_u32.to_be_bytes());
        assert_eq!(
            buffer.decode::<Request>(1000),
            Err(FrameError::TooLarge {
                length_bytes: 1001,
                limit_bytes: 1000
            })
        );
        receive(&mut buffer, &[0]);
        assert!(
            buffer.space().len() < 10_000,
            "a length alone must not reserve memory"
        );
    }

    #[test]
    fn a_message_over_the_limit_is_not_encoded() {
        let mut buffer = Buffer::new();
        let refusal = buffer.encode(&sign(vec![0; 1000]), 1000);
        assert!(matches!(
            refusal,
            Err(FrameError::TooLarge {
                limit_bytes: 1000,
                ..
            })
        ));
        assert!(buffer.filled().is_empty());
    }

    #[test]
    fn a_malformed_frame_is_consumed_and_the_next_one_read() {
        let mut buffer = Buffer::new();
        receive(&mut buffer, &[0, 0, 0, 2, 0xff, 0xff]);
        let mut next = Buffer::new();
        next.encode(&Request::from(StatusRequest {}), MESSAGE_BYTES_MAX)
            .unwrap();
        receive(&mut buffer, next.filled());
        assert_eq!(
            buffer.decode::<Request>(MESSAGE_BYTES_MAX),
            Err(FrameError::Malformed)
        );
        assert_eq!(
            buffer.decode(MESSAGE_BYTES_MAX),
            Ok(Some(Request::from(StatusRequest {})))
        );
    }

    #[test]
    fn an_empty_frame_is_a_request_for_nothing() {
        let mut buffer = Buffer::new();
        receive(&mut buffer, &[0; 4]);
        let request: Request = buffer.decode(MESSAGE_BYTES_MAX).unwrap().unwrap();
        assert!(request.operation.is_none());
    }

    #[test]
    fn consumed_bytes_are_overwritten() {
        let mut buffer = Buffer::new();
        buffer
            .encode(&sign(vec![0xab; 500]), MESSAGE_BYTES_MAX)
            .unwrap();
        buffer
            .encode(&sign(vec![0xab; 500]), MESSAGE_BYTES_MAX)
            .unwrap();
        let _: Option<Request> = buffer.decode(MESSAGE_BYTES_MAX).unwrap();
        // Growing moves the second frame to the front.
        buffer.room(5000);
        buffer.clear();
        assert!(buffer.bytes.iter().all(|byte| *byte == 0));
    }

    #[test]
    fn room_taken_by_a_large_message_is_given_back() {
        let mut buffer = Buffer::new();
        buffer
            .encode(&sign(vec![1; 1 << 20]), MESSAGE_BYTES_MAX)
            .unwrap();
        buffer.clear();
        assert!(buffer.bytes.capacity() <= KEPT_BYTES_MAX);
    }

    proptest! {
        #[test]
        fn frames_come_out_as_they_went_in(
            messages in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..9000), 0..6),
            chunk in 1_usize..3000,
        ) {
            let mut wire = Buffer::new();
            for message in &messages {
                wire.encode(&sign(message.clone()), MESSAGE_BYTES_MAX).unwrap();
            }
            let mut received = Vec::new();
            let mut incoming = Buffer::new();
            for bytes in wire.filled().to_vec().chunks(chunk) {
                incoming.space()[..bytes.len()].copy_from_slice(bytes);
                incoming.advance(bytes.len());
                while let Some(mut request) = incoming.decode::<Request>(MESSAGE_BYTES_MAX).unwrap() {
                    let Some(Operation::Sign(sign)) = &mut request.operation else { panic!("not a SignRequest") };
                    received.push(std::mem::take(&mut sign.message));
                }
            }
            prop_assert_eq!(received, messages);
            prop_assert!(incoming.filled().is_empty());
        }

        #[test]
        fn any_bytes_are_a_frame_or_an_error(bytes in any::<Vec<u8>>()) {
            let mut buffer = Buffer::new();
            receive(&mut buffer, &bytes);
            while let Ok(Some(_)) = buffer.decode::<Request>(1 << 20) {}
        }
    }
}
