//! The key derivations of SP 800-108 rev. 1: counter, feedback and double pipeline mode.

use hsm_algorithms::{Algorithm, KbkdfField, KbkdfParameters, NumberFormat, Parameters};
use hsm_aws_lc::{Message, SecretBytes};

use crate::engines::{EngineError, OpenedKey, mac};

/// Derives keys of these lengths, each of segments of its own (PKCS#11 3.2 §6.42.8).
pub(super) fn derive(
    key: &OpenedKey,
    algorithm: Algorithm,
    parameters: &KbkdfParameters,
    lengths_bytes: &[usize],
) -> Result<Vec<SecretBytes>, EngineError> {
    let block_bytes = parameters.prf.code_bytes_max();
    let block_bytes = block_bytes.ok_or(EngineError::key_type(parameters.prf))?;
    let prf = |message: &SecretBytes| {
        let message = Message::Whole(message.expose());
        let code = mac::compute(key.secret()?, parameters.prf, &Parameters::None, message)?;
        let copy = SecretBytes::copy_of(&code)?;
        zeroize::Zeroize::zeroize(&mut { code });
        Ok::<_, EngineError>(copy)
    };
    let is_pipeline = algorithm == Algorithm::KbkdfDoublePipeline;
    let lengths = Lengths {
        wanted: lengths_bytes.iter().sum(),
        whole: lengths_bytes
            .iter()
            .map(|length| length.next_multiple_of(block_bytes))
            .sum(),
    };
    // The first pipeline starts from what does not change.
    let mut feedback = if is_pipeline {
        message(&parameters.fields, None, None, lengths)?
    } else {
        SecretBytes::copy_of(&parameters.iv)?
    };
    let mut keys = lengths_bytes
        .iter()
        .map(|length| SecretBytes::zeroed(*length))
        .collect::<Result<Vec<_>, _>>()?;
    let segments = keys
        .iter_mut()
        .flat_map(|key| key.expose_mut().chunks_mut(block_bytes));
    for (number, room) in (1_u64..).zip(segments) {
        if is_pipeline {
            feedback = prf(&feedback)?;
        }
        let input = message(
            &parameters.fields,
            Some(feedback.expose()),
            Some(number),
            lengths,
        )?;
        let block = prf(&input)?;
        room.copy_from_slice(&block.expose()[..room.len()]);
        if !is_pipeline {
            feedback = block;
        }
    }
    Ok(keys)
}

/// The length of all keys in bytes, as asked for and as iterations give it.
#[derive(Clone, Copy)]
struct Lengths {
    wanted: usize,
    whole: usize,
}

/// What one iteration takes. Without `feedback` and `number`, the fields that do not change.
fn message(
    fields: &[KbkdfField],
    feedback: Option<&[u8]>,
    number: Option<u64>,
    lengths: Lengths,
) -> Result<SecretBytes, EngineError> {
    let room = fields.iter().map(|field| match field {
        KbkdfField::Data(data) => data.len(),
        KbkdfField::Feedback => feedback.map_or(0, <[u8]>::len),
        KbkdfField::Counter(_) | KbkdfField::Length { .. } => 8,
    });
    let mut message = SecretBytes::zeroed(room.sum())?;
    let mut end = 0;
    for field in fields {
        let number = match field {
            KbkdfField::Counter(format) => number.map(|number| (format, number)),
            KbkdfField::Length {
                format,
                is_of_segments,
            } => {
                let bytes = if *is_of_segments {
                    lengths.whole
                } else {
                    lengths.wanted
                };
                Some((format, bytes as u64 * 8))
            }
            KbkdfField::Data(_) | KbkdfField::Feedback => None,
        };
        let written;
        let bytes = match (field, number) {
            (KbkdfField::Data(data), _) => data.as_slice(),
            (KbkdfField::Feedback, _) => feedback.unwrap_or_default(),
            (_, Some((format, number))) => {
                written = encoded(*format, number)?;
                written.as_slice()
            }
            (_, None) => &[],
        };
        message.expose_mut()[end..end + bytes.len()].copy_from_slice(bytes);
        end += bytes.len();
    }
    Ok(SecretBytes::copy_of(&message.expose()[..end])?)
}

/// A number of 1 to 8 bytes.
fn encoded(format: NumberFormat, number: u64) -> Result<Vec<u8>, EngineError> {
    let width = (format.width_bits / 8) as usize;
    let bytes = number.to_be_bytes();
    let (overflow, kept) = bytes.split_at(8 - width);
    // A counter that comes round would repeat the key.
    if overflow.iter().any(|byte| *byte != 0) {
        return Err(EngineError::KeySize);
    }
    let mut kept = kept.to_vec();
    if format.is_little_endian {
        kept.reverse();
    }
    Ok(kept)
}
