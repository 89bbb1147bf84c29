//! The fields that may be large: input and output of cryptography over data. These travel in a memory file where there is one.

use crate::{Reply, Request, reply::Outcome, request::Operation};

impl Request {
    /// The operation's input, if it is of a kind that a memory file may carry.
    pub fn bulk(&mut self) -> Option<&mut Vec<u8>> {
        match self.operation.as_mut()? {
            Operation::Sign(request) => Some(&mut request.message),
            Operation::VerifyMac(request) => Some(&mut request.message),
            Operation::Encrypt(request) => Some(&mut request.plaintext),
            Operation::Decrypt(request) => Some(&mut request.ciphertext),
            _ => None,
        }
    }

    /// About how long the longer of the operation's input and output is, as far as a memory file may carry it.
    #[must_use]
    pub fn bulk_bytes(&self) -> usize {
        match self.operation.as_ref() {
            Some(Operation::Sign(request)) => request.message.len(),
            Some(Operation::VerifyMac(request)) => request.message.len(),
            Some(Operation::Encrypt(request)) => request.plaintext.len(),
            Some(Operation::Decrypt(request)) => request.ciphertext.len(),
            Some(Operation::GenerateRandom(request)) => request.length_bytes as usize,
            _ => 0,
        }
    }
}

impl Reply {
    /// The operation's output, if it is of a kind that a memory file may carry.
    pub fn bulk(&mut self) -> Option<&mut Vec<u8>> {
        match self.outcome.as_mut()? {
            Outcome::Encrypt(reply) => Some(&mut reply.ciphertext),
            Outcome::Decrypt(reply) => Some(&mut reply.plaintext),
            Outcome::GenerateRandom(reply) => Some(&mut reply.random),
            _ => None,
        }
    }
}
