//! The pseudorandom function of TLS 1.2 (RFC 5246 §5), and what is derived by it.

use hsm_algorithms::{Algorithm, Digest, TlsParameters};
use hsm_aws_lc::{SecretBytes, mac};

use crate::engines::EngineError;

/// The length of a master secret in bytes.
const MASTER_SECRET_BYTES: usize = 48;

/// Derives a master secret, or with the caller's own label as many bytes as are wanted.
pub(super) fn derive(
    base: &[u8],
    algorithm: Algorithm,
    parameters: &TlsParameters,
    wanted: Option<usize>,
) -> Result<SecretBytes, EngineError> {
    let TlsParameters {
        hash,
        client_random,
        server_random,
        label,
        context,
        ..
    } = parameters;
    if matches!(algorithm, Algorithm::Tls12Kdf | Algorithm::TlsKdf) {
        // RFC 5705: without context, nothing says how long it is.
        let length = u16::try_from(context.len()).map_err(|_| EngineError::KeySize)?;
        let length = length.to_be_bytes();
        let (length, context) = if context.is_empty() {
            (&[][..], &[][..])
        } else {
            (&length[..], context.as_slice())
        };
        let seed = [label, client_random, server_random, length, context];
        let mut output = SecretBytes::zeroed(wanted.ok_or(EngineError::LengthNeeded)?)?;
        prf(*hash, base, &seed, output.expose_mut())?;
        return Ok(output);
    }
    if wanted.is_some_and(|length_bytes| length_bytes != MASTER_SECRET_BYTES) {
        return Err(EngineError::KeySize);
    }
    // An RSA premaster secret has a version and 46 bytes.
    let is_rsa = matches!(
        algorithm,
        Algorithm::Tls12MasterSecret | Algorithm::Tls12ExtendedMasterSecret
    );
    if is_rsa && base.len() != MASTER_SECRET_BYTES {
        return Err(EngineError::KeySize);
    }
    let is_extended = matches!(
        algorithm,
        Algorithm::Tls12ExtendedMasterSecret | Algorithm::Tls12ExtendedMasterSecretDh
    );
    let seed: &[&[u8]] = if is_extended {
        &[b"extended master secret", context]
    } else {
        &[b"master secret", client_random, server_random]
    };
    let mut output = SecretBytes::zeroed(MASTER_SECRET_BYTES)?;
    prf(*hash, base, seed, output.expose_mut())?;
    Ok(output)
}

/// What `lengths_bytes` cut out of a key block one behind the other, and both initialization vectors that follow (RFC 5246
/// §6.3).
pub(super) fn key_block(
    master_secret: &[u8],
    algorithm: Algorithm,
    parameters: &TlsParameters,
    lengths_bytes: &[usize],
) -> Result<(Vec<SecretBytes>, Vec<u8>), EngineError> {
    let ivs_bytes = match algorithm {
        Algorithm::Tls12KeyBlock => 2 * parameters.iv_length_bytes as usize,
        _ => 0,
    };
    let keys_bytes: usize = lengths_bytes.iter().sum();
    let mut block = SecretBytes::zeroed(keys_bytes + ivs_bytes)?;
    let seed = [
        b"key expansion",
        parameters.server_random.as_slice(),
        parameters.client_random.as_slice(),
    ];
    prf(parameters.hash, master_secret, &seed, block.expose_mut())?;
    let mut rest = block.expose();
    let mut keys = Vec::with_capacity(lengths_bytes.len());
    for length in lengths_bytes {
        let (key, behind) = rest.split_at(*length);
        keys.push(SecretBytes::copy_of(key)?);
        rest = behind;
    }
    Ok((keys, rest.to_vec()))
}

/// The code of a finished message: `message` is the hash of the handshake.
pub(in crate::engines) fn finished(
    master_secret: &[u8],
    parameters: &TlsParameters,
    message: &[u8],
) -> Result<Vec<u8>, EngineError> {
    let mut code = vec![0; parameters.code_length_bytes as usize];
    let seed = [parameters.label.as_slice(), message];
    prf(parameters.hash, master_secret, &seed, &mut code)?;
    Ok(code)
}

/// `P_hash` of RFC 5246 §5; `seed` begins with the label.
fn prf(hash: Digest, secret: &[u8], seed: &[&[u8]], output: &mut [u8]) -> Result<(), EngineError> {
    let seed = seed.concat();
    let hash_bytes = hash.length_bytes();
    let mut chained = mac::hmac(hash, secret, &seed)?;
    let mut block = SecretBytes::zeroed(hash_bytes + seed.len())?;
    block.expose_mut()[hash_bytes..].copy_from_slice(&seed);
    for room in output.chunks_mut(hash_bytes) {
        block.expose_mut()[..hash_bytes].copy_from_slice(chained.as_ref());
        let value = mac::hmac(hash, secret, block.expose())?;
        room.copy_from_slice(&value.as_ref()[..room.len()]);
        chained = mac::hmac(hash, secret, chained.as_ref())?;
    }
    Ok(())
}
