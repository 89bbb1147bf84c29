//! Parameters of algorithms between the wire and `hsm_algorithms`.

use hsm_algorithms::{
    CtrParameters, Digest, EcdhParameters, GcmParameters, Kdf, OaepParameters, Parameters,
    PssParameters,
};

use crate::{Error, ErrorCode, Parameters as Wire};

pub use crate::generated::parameters::{Ctr, Ecdh, Gcm, Oaep, Parameters as OneOf, Pss};

/// Why parameters on the wire mean nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParametersInvalid {
    /// No digest has the name.
    #[error("the parameters name an unknown digest")]
    Digest,

    /// No key derivation function has the name.
    #[error("the parameters name an unknown key derivation function")]
    Kdf,

    /// The counter block is not 16 bytes long.
    #[error("the counter block has {0} bytes; it must have 16")]
    CounterBlock(usize),
}

impl From<ParametersInvalid> for Error {
    fn from(error: ParametersInvalid) -> Self {
        Self::new(ErrorCode::AlgorithmParametersInvalid, error.to_string())
    }
}

/// Reads parameters; absent ones are [`Parameters::None`]. Whether an algorithm takes them is for
/// [`Parameters::check`] to say.
///
/// # Errors
///
/// When a name is unknown or a block has the wrong length.
pub fn from_wire(wire: Option<Wire>) -> Result<Parameters, ParametersInvalid> {
    let Some(parameters) = wire.and_then(|wire| wire.parameters) else {
        return Ok(Parameters::None);
    };
    let digest = |name: &str| Digest::by_name(name).ok_or(ParametersInvalid::Digest);
    Ok(match parameters {
        OneOf::Iv(iv) => Parameters::Iv(iv),
        OneOf::Gcm(Gcm { iv, aad, tag_bits }) => {
            Parameters::Gcm(GcmParameters { iv, aad, tag_bits })
        }
        OneOf::Ctr(Ctr {
            counter_block,
            counter_bits,
        }) => Parameters::Ctr(CtrParameters {
            counter_block: counter_block
                .try_into()
                .map_err(|block: Vec<u8>| ParametersInvalid::CounterBlock(block.len()))?,
            counter_bits,
        }),
        OneOf::Oaep(Oaep {
            hash,
            mgf1_hash,
            label,
        }) => Parameters::Oaep(OaepParameters {
            hash: digest(&hash)?,
            mgf1_hash: digest(&mgf1_hash)?,
            label,
        }),
        OneOf::Pss(Pss {
            hash,
            mgf1_hash,
            salt_length_bytes,
        }) => Parameters::Pss(PssParameters {
            hash: digest(&hash)?,
            mgf1_hash: digest(&mgf1_hash)?,
            salt_length_bytes,
        }),
        OneOf::Ecdh(Ecdh {
            public_point,
            kdf,
            shared_data,
        }) => Parameters::Ecdh(EcdhParameters {
            public_point,
            kdf: Kdf::by_name(&kdf).ok_or(ParametersInvalid::Kdf)?,
            shared_data,
        }),
    })
}

/// Writes parameters; [`Parameters::None`] takes no bytes.
#[must_use]
pub fn to_wire(parameters: &Parameters) -> Option<Wire> {
    let parameters = match parameters {
        Parameters::None => return None,
        Parameters::Iv(iv) => OneOf::Iv(iv.clone()),
        Parameters::Gcm(gcm) => OneOf::Gcm(Gcm {
            iv: gcm.iv.clone(),
            aad: gcm.aad.clone(),
            tag_bits: gcm.tag_bits,
        }),
        Parameters::Ctr(ctr) => OneOf::Ctr(Ctr {
            counter_block: ctr.counter_block.to_vec(),
            counter_bits: ctr.counter_bits,
        }),
        Parameters::Oaep(oaep) => OneOf::Oaep(Oaep {
            hash: oaep.hash.to_string(),
            mgf1_hash: oaep.mgf1_hash.to_string(),
            label: oaep.label.clone(),
        }),
        Parameters::Pss(pss) => OneOf::Pss(Pss {
            hash: pss.hash.to_string(),
            mgf1_hash: pss.mgf1_hash.to_string(),
            salt_length_bytes: pss.salt_length_bytes,
        }),
        Parameters::Ecdh(ecdh) => OneOf::Ecdh(Ecdh {
            public_point: ecdh.public_point.clone(),
            kdf: ecdh.kdf.name(),
            shared_data: ecdh.shared_data.clone(),
        }),
    };
    Some(Wire {
        parameters: Some(parameters),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_parameters_goes_there_and_back() {
        for parameters in [
            Parameters::None,
            Parameters::Iv(vec![1; 16]),
            Parameters::Gcm(GcmParameters {
                iv: vec![1; 12],
                aad: vec![2; 3],
                tag_bits: 96,
            }),
            Parameters::Ctr(CtrParameters {
                counter_block: [7; 16],
                counter_bits: 32,
            }),
            Parameters::Oaep(OaepParameters {
                hash: Digest::Sha256,
                mgf1_hash: Digest::Sha1,
                label: vec![3],
            }),
            Parameters::Pss(PssParameters {
                hash: Digest::Sha384,
                mgf1_hash: Digest::Sha256,
                salt_length_bytes: 9,
            }),
            Parameters::Ecdh(EcdhParameters {
                public_point: vec![4; 65],
                kdf: Kdf::X963(Digest::Sha256),
                shared_data: vec![5],
            }),
        ] {
            assert_eq!(from_wire(to_wire(&parameters)).unwrap(), parameters);
        }
    }

    #[test]
    fn unknown_names_and_short_blocks_are_refused() {
        let read = |parameters| {
            from_wire(Some(Wire {
                parameters: Some(parameters),
            }))
        };
        let oaep = Oaep {
            hash: "MD5".into(),
            mgf1_hash: "SHA-1".into(),
            label: vec![],
        };
        assert_eq!(read(OneOf::Oaep(oaep)), Err(ParametersInvalid::Digest));
        let ecdh = Ecdh {
            public_point: vec![],
            kdf: "HKDF".into(),
            shared_data: vec![],
        };
        assert_eq!(read(OneOf::Ecdh(ecdh)), Err(ParametersInvalid::Kdf));
        let ctr = Ctr {
            counter_block: vec![0; 15],
            counter_bits: 1,
        };
        assert_eq!(
            read(OneOf::Ctr(ctr)),
            Err(ParametersInvalid::CounterBlock(15))
        );
    }
}
