//! Material from outside for keys of accounts: the key that wraps it on its way, and the token that carries that key.
//!
//! Nothing is kept between the two calls: the token holds the private wrapping key, wrapped under the partition's key,
//! with what it is for. A code under the wrapping key itself binds the two together.

use hsm_algorithms::{
    Algorithm, Digest, KeyKind, KeySpec, OaepParameters, Parameters, RsaAesKeyWrapParameters,
};
use hsm_aws_lc::mac;
use hsmd_gate::Permit;
use hsmd_gate::key_use::Modify;
use hsmd_keys::{ObjectId, WrappedMaterial};
use hsmd_secret_memory::on_secret_stack;

use crate::engines::{self, OpenedKey};
use crate::{EngineError, Generated, Vault, VaultError};

/// How material travels to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ImportWrapping {
    /// Under RSA-OAEP with SHA-1.
    OaepSha1 = 1,
    /// Under RSA-OAEP with SHA-256.
    OaepSha256 = 2,
    /// Under an AES-256 key (RFC 5649) that travels under RSA-OAEP with SHA-1.
    AesKeyWrapSha1 = 3,
    /// Under an AES-256 key (RFC 5649) that travels under RSA-OAEP with SHA-256.
    AesKeyWrapSha256 = 4,
}

/// What somebody needs to send material.
pub struct ImportParameters {
    /// The public wrapping key, as `SubjectPublicKeyInfo`.
    pub public_spki_der: Vec<u8>,
    /// What must come back with the material.
    pub token: Vec<u8>,
}

/// Why material is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ImportRefused {
    /// The token is none, or another key's.
    #[error("the import token is invalid")]
    TokenInvalid,
    /// The token's time is over.
    #[error("the import token is too old")]
    TokenExpired,
    /// The material does not unwrap. Says no more on purpose.
    #[error("the wrapped material is invalid")]
    CiphertextInvalid,
    /// The material is of another kind or length than the key.
    #[error("the material is not of the key's kind and length")]
    MaterialIncorrect,
    /// The vault cannot do it now.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl Vault {
    /// Makes an RSA key of `wrapping_key` under which material for the permit's key can travel until `valid_to`.
    ///
    /// # Errors
    ///
    /// [`VaultError::Overloaded`]; [`VaultError::MemoryExhausted`].
    pub async fn import_parameters(
        &self,
        permit: &Permit<Modify>,
        wrapping_key: KeySpec,
        wrapping: ImportWrapping,
        valid_to_unix_milliseconds: u64,
    ) -> Result<ImportParameters, VaultError> {
        let make = || {
            self.keyring()
                .make(|| OpenedKey::generate(wrapping_key, None))
        };
        let key = self.workers().run(make).await??;
        let header = Header {
            key: permit.object().id,
            wrapping_key,
            wrapping: wrapping as u8,
            valid_to_unix_milliseconds,
        };
        let material = self.keyring().wrap(permit.partition(), &key)?;
        let (public, code) = on_secret_stack(|| {
            let public = key.public()?.ok_or(VaultError::NoMaterial)?;
            Ok::<_, VaultError>((public, header.code(&key)?))
        })?;
        let spki = public.to_spki_der().map_err(EngineError::from)?;
        Ok(ImportParameters {
            public_spki_der: spki,
            token: header.token(&material, &code),
        })
    }

    /// Takes material for the permit's key.
    ///
    /// # Errors
    ///
    /// [`ImportRefused`].
    pub async fn import_material(
        &self,
        permit: &Permit<Modify>,
        token: &[u8],
        wrapped: &[u8],
        now_unix_milliseconds: u64,
    ) -> Result<Generated, ImportRefused> {
        let (header, material, code) = Header::parse(token).ok_or(ImportRefused::TokenInvalid)?;
        if header.key != permit.object().id {
            return Err(ImportRefused::TokenInvalid);
        }
        let spec = permit.object().spec.ok_or(VaultError::NoMaterial)?;
        let open = || self.open_import(permit, &header, &material, code, wrapped, spec);
        let key = self.workers().run(open).await??;
        // After the code was checked: what a token says of its time counts only then.
        if header.valid_to_unix_milliseconds < now_unix_milliseconds {
            return Err(ImportRefused::TokenExpired);
        }
        let key = key?;
        if key.spec() != spec {
            return Err(ImportRefused::MaterialIncorrect);
        }
        Ok(self.stored_in(permit.partition(), &key)?)
    }

    /// The outer error is about the token, the inner one about the material.
    fn open_import(
        &self,
        permit: &Permit<Modify>,
        header: &Header,
        material: &WrappedMaterial,
        code: &[u8],
        wrapped: &[u8],
        spec: KeySpec,
    ) -> Result<Result<OpenedKey, ImportRefused>, ImportRefused> {
        on_secret_stack(|| {
            let clear = self
                .keyring()
                .unwrapped(permit.partition(), material)
                .map_err(|_| ImportRefused::TokenInvalid)?;
            let wrapping_key = OpenedKey::parse(header.wrapping_key, clear.expose())
                .map_err(|_| ImportRefused::TokenInvalid)?;
            mac::verify(&header.code(&wrapping_key)?, code)
                .map_err(|_| ImportRefused::TokenInvalid)?;
            Ok(unwrapped(&wrapping_key, header.wrapping, wrapped, spec))
        })
    }
}

/// The material in what came.
fn unwrapped(
    wrapping_key: &OpenedKey,
    wrapping: u8,
    wrapped: &[u8],
    spec: KeySpec,
) -> Result<OpenedKey, ImportRefused> {
    let (algorithm, parameters) = wrapping_of(wrapping).ok_or(ImportRefused::TokenInvalid)?;
    let clear = engines::unwrapped(wrapping_key, algorithm, &parameters, wrapped)
        .map_err(|_| ImportRefused::CiphertextInvalid)?;
    // What unwraps and is no such key is told from what does not unwrap.
    let key = if spec.kind().is_key_pair() {
        engines::private_key(&clear, spec.kind().key_type())
    } else if clear.len() == spec.length_bytes() {
        OpenedKey::from_secret(spec.kind(), clear)
    } else {
        return Err(ImportRefused::MaterialIncorrect);
    };
    key.map_err(|_| ImportRefused::MaterialIncorrect)
}

fn wrapping_of(number: u8) -> Option<(Algorithm, Parameters)> {
    let oaep = |hash| OaepParameters {
        hash,
        mgf1_hash: hash,
        label: Vec::new(),
    };
    let aes = |hash| {
        let parameters = RsaAesKeyWrapParameters {
            aes_bits: 256,
            oaep: oaep(hash),
        };
        (
            Algorithm::RsaAesKeyWrap,
            Parameters::RsaAesKeyWrap(parameters),
        )
    };
    Some(match number {
        1 => (Algorithm::RsaesOaep, Parameters::Oaep(oaep(Digest::Sha1))),
        2 => (Algorithm::RsaesOaep, Parameters::Oaep(oaep(Digest::Sha256))),
        3 => aes(Digest::Sha1),
        4 => aes(Digest::Sha256),
        _ => return None,
    })
}

/// What a token is for.
#[derive(Debug, PartialEq, Eq)]
struct Header {
    key: ObjectId,
    wrapping_key: KeySpec,
    wrapping: u8,
    valid_to_unix_milliseconds: u64,
}

const VERSION: u8 = 1;
const CODE_BYTES: usize = 32;

impl Header {
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(self.key.as_bytes());
        bytes.extend_from_slice(&self.wrapping_key.bits().to_be_bytes());
        bytes.push(self.wrapping);
        bytes.extend_from_slice(&self.valid_to_unix_milliseconds.to_be_bytes());
        bytes
    }

    /// HMAC-SHA-256 of the header under the wrapping key.
    fn code(&self, wrapping_key: &OpenedKey) -> Result<Vec<u8>, VaultError> {
        let message = [CODE_LABEL, self.to_bytes().as_slice()].concat();
        let code = mac::hmac(Digest::Sha256, wrapping_key.encode()?.expose(), &message)
            .map_err(EngineError::from)?;
        Ok(code.as_ref().to_vec())
    }

    /// `header ‖ code ‖ partition key version ‖ wrapped private key`.
    fn token(&self, material: &WrappedMaterial, code: &[u8]) -> Vec<u8> {
        [
            self.to_bytes().as_slice(),
            code,
            &material.partition_key_version.to_be_bytes(),
            &material.bytes,
        ]
        .concat()
    }

    fn parse(token: &[u8]) -> Option<(Self, WrappedMaterial, &[u8])> {
        let (&VERSION, rest) = token.split_first()? else {
            return None;
        };
        let (key, rest) = rest.split_first_chunk()?;
        let (bits, rest) = rest.split_first_chunk()?;
        let (wrapping, rest) = rest.split_first()?;
        let (valid_to, rest) = rest.split_first_chunk()?;
        let (code, rest) = rest.split_at_checked(CODE_BYTES)?;
        let (partition_key_version, bytes) = rest.split_first_chunk()?;
        let header = Self {
            key: ObjectId::from_bytes(*key),
            wrapping_key: KeySpec::new(KeyKind::Rsa, u32::from_be_bytes(*bits))?,
            wrapping: *wrapping,
            valid_to_unix_milliseconds: u64::from_be_bytes(*valid_to),
        };
        let material = WrappedMaterial {
            partition_key_version: u32::from_be_bytes(*partition_key_version),
            bytes: bytes.to_vec(),
        };
        Some((header, material, code))
    }
}

const CODE_LABEL: &[u8] = b"hsmd import token\0";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_is_written_and_nothing_shorter_is() {
        let header = || Header {
            key: ObjectId::from_bytes([7; 16]),
            wrapping_key: KeySpec::RSA_3072,
            wrapping: ImportWrapping::OaepSha256 as u8,
            valid_to_unix_milliseconds: 1_700_000_000_000,
        };
        let material = || WrappedMaterial {
            partition_key_version: 3,
            bytes: vec![5; 24],
        };
        let code = [9; CODE_BYTES];
        let token = header().token(&material(), &code);
        assert_eq!(
            Header::parse(&token),
            Some((header(), material(), code.as_slice()))
        );
        // The vector of `docs/formats.md`.
        let page = include_str!("../../../docs/formats.md");
        let page: String = page.split_whitespace().collect();
        let digits: String = token.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(page.contains(&digits), "{digits}");
        for length in 0..token.len() - 24 {
            assert_eq!(Header::parse(&token[..length]), None, "{length}");
        }
        let mut other_version = token;
        other_version[0] = 2;
        assert_eq!(Header::parse(&other_version), None);
    }
}
