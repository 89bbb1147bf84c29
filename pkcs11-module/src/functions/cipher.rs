//! What encryption and decryption share: the keys, the lengths, and parts.
//!
//! The daemon keeps no state between requests. Chained modes are continued from here, each part with the initialization
//! vector that the part before leaves: its last block of ciphertext, or the counter. Other modes are kept until the
//! final call, up to the length of a request.

use std::sync::Arc;

use cryptoki_sys::{
    CK_OBJECT_HANDLE, CKA_DECRYPT, CKA_ENCRYPT, CKR_DATA_LEN_RANGE, CKR_ENCRYPTED_DATA_LEN_RANGE,
    CKR_GENERAL_ERROR, CKR_KEY_TYPE_INCONSISTENT,
};
use hsm_algorithms::{
    AES_BLOCK_BYTES as BLOCK, Algorithm, CtrParameters, Family, KeySpec, Parameters, Purpose,
};
use hsm_aws_lc::public;
use hsm_proto::Wiping;
use hsm_proto::{DecryptRequest, EncryptRequest, parameters::to_wire};

use super::message::extend;
use super::{FitKey, Half, fit_key};
use crate::abi::{Delivery, Mechanism, Output};
use crate::errors::{Failure, Result};
use crate::module::Module;
use crate::objects::{Facts, Object, ObjectId};
use crate::sessions::Session;

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From plaintext to ciphertext.
    Encrypt,
    /// From ciphertext to plaintext.
    Decrypt,
}

/// A running encryption or decryption.
pub(crate) struct Cipher {
    direction: Direction,
    key: Arc<Object>,
    facts: Arc<Facts>,
    spec: KeySpec,
    algorithm: Algorithm,
    /// What the next part starts from.
    parameters: Parameters,
    /// Input that is not processed yet: less than a block or two, or all of it.
    held: Wiping,
    /// How many bytes of the current counter block are used up.
    counter_offset: usize,
    /// The counter has counted through: whatever follows would repeat.
    is_counter_used_up: bool,
}

impl Cipher {
    /// An operation with this mechanism and key.
    ///
    /// # Errors
    ///
    /// Those of [`Mechanism::algorithm`] and [`fit_key`].
    pub(crate) fn new(
        module: &Module,
        session: &Session,
        direction: Direction,
        mechanism: &Mechanism<'_>,
        key: CK_OBJECT_HANDLE,
    ) -> Result<Self> {
        let (algorithm, parameters) = mechanism.algorithm(Purpose::Encrypt)?;
        let (half, usage) = Self::usage(direction);
        let key = fit_key(module, session, key, algorithm, half, usage)?;
        Ok(Self::with_key(direction, key, algorithm, parameters))
    }

    /// An operation with a key that is fit for it.
    pub(super) fn with_key(
        direction: Direction,
        key: FitKey,
        algorithm: Algorithm,
        parameters: Parameters,
    ) -> Self {
        Self {
            direction,
            key: key.object,
            facts: key.facts,
            spec: key.spec,
            algorithm,
            parameters,
            held: Wiping::default(),
            counter_offset: 0,
            is_counter_used_up: false,
        }
    }

    /// How the key is used in this direction: the half of a pair, and the flag that must be set.
    pub(super) const fn usage(direction: Direction) -> (Half, u64) {
        match direction {
            Direction::Encrypt => (Half::Public, CKA_ENCRYPT),
            Direction::Decrypt => (Half::Private, CKA_DECRYPT),
        }
    }

    /// The key.
    pub(crate) fn key_id(&self) -> ObjectId {
        self.key.id
    }

    /// Processes all of the input in one call into the caller's buffer.
    ///
    /// # Errors
    ///
    /// Those of [`Output`], and what the daemon, or for a public key the cryptographic library, says about key and input.
    pub(crate) fn deliver_whole(
        &self,
        module: &Module,
        session: &Session,
        input: &[u8],
        output: Output<'_>,
    ) -> Result<Delivery> {
        self.check_blocks(input.len())?;
        self.deliver(output, self.whole_length_bytes(input.len()), || {
            self.whole(module, session, input)
        })
    }

    /// Modes without padding take whole blocks. Said before a length is, and without a request.
    fn check_blocks(&self, input_bytes: usize) -> Result {
        let takes_blocks = matches!(
            self.algorithm.family(),
            Family::AesEcb | Family::AesCbc | Family::DesEcb | Family::DesCbc
        );
        if !takes_blocks || input_bytes.is_multiple_of(self.algorithm.block_bytes()) {
            return Ok(());
        }
        Err(match self.direction {
            Direction::Encrypt => CKR_DATA_LEN_RANGE.into(),
            Direction::Decrypt => CKR_ENCRYPTED_DATA_LEN_RANGE.into(),
        })
    }

    /// Gives what is left after the parts into the caller's buffer.
    ///
    /// # Errors
    ///
    /// As for [`Cipher::deliver_whole`]; `CKR_DATA_LEN_RANGE` or `CKR_ENCRYPTED_DATA_LEN_RANGE` when a block is not
    /// complete.
    pub(crate) fn deliver_last(
        &self,
        module: &Module,
        session: &Session,
        output: Output<'_>,
    ) -> Result<Delivery> {
        self.check_blocks(self.held.len())?;
        self.deliver(output, self.last_length_bytes(), || {
            self.last(module, session)
        })
    }

    fn deliver(
        &self,
        output: Output<'_>,
        length_bytes: usize,
        produce: impl FnOnce() -> Result<Wiping>,
    ) -> Result<Delivery> {
        if self.direction == Direction::Decrypt && self.removes_padding() {
            output.deliver_at_most(length_bytes, produce)
        } else {
            output.deliver(length_bytes, produce)
        }
    }

    /// The length of the output for all of the input in one call, in bytes, or the most that it can be.
    fn whole_length_bytes(&self, input_bytes: usize) -> usize {
        if self.algorithm.is_asymmetric() {
            return self.spec.length_bytes();
        }
        match (self.algorithm.family(), self.direction) {
            (_, Direction::Encrypt) => self
                .algorithm
                .ciphertext_bytes(&self.parameters, input_bytes),
            (Family::AesCbcPad | Family::DesCbcPad, Direction::Decrypt) => {
                input_bytes.next_multiple_of(self.algorithm.block_bytes())
            }
            (Family::AesKeyWrap, Direction::Decrypt) => input_bytes.saturating_sub(8),
            (_, Direction::Decrypt) => input_bytes.saturating_sub(self.tag_bytes()),
        }
    }

    /// All of the input in one call.
    pub(super) fn whole(&self, module: &Module, session: &Session, input: &[u8]) -> Result<Wiping> {
        if self.direction == Direction::Encrypt && self.algorithm.is_asymmetric() {
            let key = self
                .facts
                .public_key()
                .ok_or_else(|| Failure::from(CKR_KEY_TYPE_INCONSISTENT))?;
            return Ok(Wiping::new(public::encrypt(
                self.algorithm,
                &self.parameters,
                key,
                input,
            )?));
        }
        self.request(module, session, self.algorithm, &self.parameters, input)
    }

    /// The length of what the next part gives, in bytes.
    fn part_length_bytes(&self, part_bytes: usize) -> usize {
        let available = self.held.len() + part_bytes;
        let block = self.algorithm.block_bytes();
        match self.algorithm.family() {
            Family::AesCtr => part_bytes,
            Family::AesEcb | Family::AesCbc | Family::DesEcb | Family::DesCbc => {
                available / block * block
            }
            Family::AesFeedback => available / block * block,
            Family::AesCbcPad | Family::DesCbcPad if self.direction == Direction::Encrypt => {
                available / block * block
            }
            // The last block may be padding, and which one is the last shows only when there is no more.
            Family::AesCbcPad | Family::DesCbcPad => available.saturating_sub(1) / block * block,
            _ => 0,
        }
    }

    /// Takes a part of the input and gives the part of the output that is ready, into the caller's buffer.
    ///
    /// Where nothing is, a length query is still answered with some room: programs that ask for the length, and then give
    /// a buffer of no bytes and so none, would ask for the length again, and their part would be lost.
    ///
    /// # Errors
    ///
    /// Those of [`Output`] and [`Cipher::part`].
    pub(crate) fn deliver_part(
        &mut self,
        part: &[u8],
        output: Output<'_>,
        take: impl FnOnce(&mut Self) -> Result<Wiping>,
    ) -> Result<Delivery> {
        match self.part_length_bytes(part.len()) {
            0 => output.deliver_at_most(part.len(), || take(self)),
            ready => output.deliver(ready, || take(self)),
        }
    }

    /// Takes a part of the input and gives the part of the output that is ready.
    ///
    /// # Errors
    ///
    /// As for [`Cipher::deliver_whole`]; `CKR_DATA_LEN_RANGE` or `CKR_ENCRYPTED_DATA_LEN_RANGE` when what must be kept becomes
    /// too long for a request.
    pub(crate) fn part(
        &mut self,
        module: &Module,
        session: &Session,
        part: &[u8],
    ) -> Result<Wiping> {
        let ready = self.part_length_bytes(part.len());
        if self.algorithm.family() == Family::AesCtr {
            return self.counter_part(module, session, part);
        }
        if ready == 0 {
            if self.held.len().saturating_add(part.len()) > module.input_bytes_max()? {
                return Err(self.length_error());
            }
            extend(&mut self.held, part);
            return Ok(Wiping::default());
        }
        let mut input = std::mem::take(&mut self.held);
        extend(&mut input, part);
        let (ready_input, rest) = input.split_at(ready);
        self.held.extend_from_slice(rest);
        let mut output = Wiping::new(Vec::with_capacity(ready));
        let longest = module.input_bytes_max()?.max(BLOCK) / BLOCK * BLOCK;
        for chunk in ready_input.chunks(longest) {
            let algorithm = match self.algorithm {
                Algorithm::AesCbcPad => Algorithm::AesCbc,
                Algorithm::DesCbcPad => Algorithm::DesCbc,
                Algorithm::Des3CbcPad => Algorithm::Des3Cbc,
                algorithm => algorithm,
            };
            let done = self.request(module, session, algorithm, &self.parameters, chunk)?;
            if done.len() != chunk.len() {
                return Err(Failure::because(
                    CKR_GENERAL_ERROR,
                    "the output has another length than the input",
                ));
            }
            if let Parameters::Iv(iv) = &mut self.parameters {
                let start = chunk.len() - iv.len();
                let (before, after) = (&chunk[start..], &done[start..]);
                match (self.algorithm, self.direction) {
                    // What is fed back is the key stream, whichever way.
                    (Algorithm::AesOfb, _) => {
                        for ((iv, before), after) in iv.iter_mut().zip(before).zip(after) {
                            *iv = before ^ after;
                        }
                    }
                    (_, Direction::Encrypt) => iv.copy_from_slice(after),
                    (_, Direction::Decrypt) => iv.copy_from_slice(before),
                }
            }
            output.extend_from_slice(&done);
        }
        Ok(output)
    }

    /// The length of what the final call gives, in bytes, or the most that it can be.
    fn last_length_bytes(&self) -> usize {
        match self.algorithm.family() {
            Family::AesCtr | Family::AesEcb | Family::AesCbc | Family::DesEcb | Family::DesCbc => 0,
            _ => self.whole_length_bytes(self.held.len()),
        }
    }

    /// What is left of the output. Changes nothing, so that it can be repeated when the buffer was too small.
    fn last(&self, module: &Module, session: &Session) -> Result<Wiping> {
        match self.algorithm.family() {
            Family::AesCtr => Ok(Wiping::default()),
            Family::AesEcb
            | Family::AesCbc
            | Family::AesFeedback
            | Family::DesEcb
            | Family::DesCbc
                if self.held.is_empty() =>
            {
                Ok(Wiping::default())
            }
            Family::AesEcb | Family::AesCbc | Family::DesEcb | Family::DesCbc => {
                Err(self.length_error())
            }
            _ => self.whole(module, session, &self.held),
        }
    }

    /// A part in counter mode, which comes out as long as it went in: the used-up bytes of the first block are filled
    /// with zeros, whose output is dropped.
    fn counter_part(&mut self, module: &Module, session: &Session, part: &[u8]) -> Result<Wiping> {
        let mut output = Wiping::new(Vec::with_capacity(part.len()));
        let longest = module.input_bytes_max()?.max(BLOCK) / BLOCK * BLOCK;
        let mut rest = part;
        while !rest.is_empty() {
            if self.is_counter_used_up {
                return Err(self.length_error());
            }
            let (chunk, after) = rest.split_at(rest.len().min(longest - self.counter_offset));
            let mut input = Wiping::new(vec![0; self.counter_offset]);
            extend(&mut input, chunk);
            let done = self.request(module, session, self.algorithm, &self.parameters, &input)?;
            output.extend_from_slice(done.get(self.counter_offset..).unwrap_or_default());
            self.counter_offset = input.len() % BLOCK;
            if let Parameters::Ctr(counter) = &mut self.parameters {
                self.is_counter_used_up = advance(counter, input.len() / BLOCK);
            }
            rest = after;
        }
        Ok(output)
    }

    fn request(
        &self,
        module: &Module,
        session: &Session,
        algorithm: Algorithm,
        parameters: &Parameters,
        input: &[u8],
    ) -> Result<Wiping> {
        let partition = session.slot.partition();
        let key = self.key.id.to_vec();
        let (algorithm, parameters) = (algorithm.name().to_owned(), to_wire(parameters));
        let output = match self.direction {
            Direction::Encrypt => module
                .ask(EncryptRequest {
                    partition,
                    key,
                    algorithm,
                    parameters,
                    plaintext: input.to_vec(),
                })
                .map(|mut reply| std::mem::take(&mut reply.ciphertext)),
            Direction::Decrypt => module
                .ask(DecryptRequest {
                    partition,
                    key,
                    algorithm,
                    parameters,
                    ciphertext: input.to_vec(),
                })
                .map(|mut reply| std::mem::take(&mut reply.plaintext)),
        };
        let output = output.map_err(|failure| {
            let failure = module.after_failure(&self.key, failure).of_a_key();
            if self.direction == Direction::Decrypt {
                failure.instead(CKR_DATA_LEN_RANGE, CKR_ENCRYPTED_DATA_LEN_RANGE)
            } else {
                failure
            }
        })?;
        Ok(Wiping::new(output))
    }

    fn removes_padding(&self) -> bool {
        matches!(
            self.algorithm.family(),
            Family::AesCbcPad
                | Family::DesCbcPad
                | Family::AesKeyWrap
                | Family::RsaPkcs1Encryption
                | Family::RsaOaep
        )
    }

    fn tag_bytes(&self) -> usize {
        match &self.parameters {
            Parameters::Gcm(gcm) => gcm.tag_bytes(),
            Parameters::Ccm(ccm) => ccm.code_length_bytes as usize,
            _ => 0,
        }
    }

    fn length_error(&self) -> Failure {
        match self.direction {
            Direction::Encrypt => CKR_DATA_LEN_RANGE.into(),
            Direction::Decrypt => CKR_ENCRYPTED_DATA_LEN_RANGE.into(),
        }
    }
}

/// Counts the last `counter_bits` bits of the counter block up, and says whether they came round to where they may have
/// been before.
fn advance(counter: &mut CtrParameters, blocks: usize) -> bool {
    let value = u128::from_be_bytes(counter.counter_block);
    let mask = u128::MAX >> (128 - counter.counter_bits.clamp(1, 128));
    let next = (value & !mask) | (value.wrapping_add(blocks as u128) & mask);
    counter.counter_block = next.to_be_bytes();
    blocks as u128 > mask - (value & mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_counter_bits_count() {
        let mut counter = CtrParameters {
            counter_block: [0xff; 16],
            counter_bits: 32,
        };
        counter.counter_block[15] = 0xf0;
        assert!(!advance(&mut counter, 0x0f));
        assert_eq!(counter.counter_block, [0xff; 16]);
        assert!(advance(&mut counter, 1));
        assert_eq!(counter.counter_block[..12], [0xff; 12]);
        assert_eq!(counter.counter_block[12..], [0; 4]);
        let mut whole = CtrParameters {
            counter_block: [0; 16],
            counter_bits: 128,
        };
        assert!(!advance(&mut whole, 258));
        assert_eq!(whole.counter_block[14..], [1, 2]);
    }
}
