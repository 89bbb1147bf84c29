//! Parameters of algorithms between the wire and `hsm_algorithms`.

use hsm_algorithms::{
    Algorithm, CcmParameters, ChaCha20Parameters, CtrParameters, Digest, EcdhAesKeyWrapParameters,
    EcdhParameters, EdDsaParameters, EncryptDataParameters, GcmParameters, Hedge, HkdfParameters,
    HkdfSalt, KbkdfField, KbkdfParameters, Kdf, NumberFormat, OaepParameters, Parameters,
    PasswordParameters, PssParameters, RsaAesKeyWrapParameters, SignatureParameters, TlsParameters,
};

use crate::{Error, ErrorCode, Parameters as Wire};

pub use crate::generated::parameters::{
    Ccm, ChaCha20, CounterKdf, Ctr, Ecdh, EcdhAesKeyWrap, EdDsa, EncryptData, Field, Gcm, Hkdf,
    Number, Oaep, Parameters as OneOf, PasswordKdf, Pss, RsaAesKeyWrap, Signature, Tls, field,
};

/// Why parameters on the wire mean nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParametersInvalid {
    /// No digest has the name.
    #[error("the parameters name an unknown digest")]
    Digest,

    /// No key derivation function has the name.
    #[error("the parameters name an unknown key derivation function")]
    Kdf,

    /// No pseudorandom function has the name.
    #[error("the parameters name an unknown pseudorandom function")]
    Prf,

    /// A field of a derivation is empty.
    #[error("a field of the key derivation says nothing")]
    Field,
    /// No way of hedging signatures has the number.
    #[error("the parameters name an unknown way of hedging")]
    Hedge,

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
#[expect(clippy::too_many_lines, reason = "one arm for each kind of parameters")]
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
        OneOf::CodeLength(length_bytes) => Parameters::CodeLength(length_bytes),
        OneOf::Ccm(ccm) => Parameters::Ccm(CcmParameters {
            nonce: ccm.nonce,
            aad: ccm.aad,
            data_length_bytes: ccm.data_length_bytes,
            code_length_bytes: ccm.code_length_bytes,
        }),
        OneOf::Chacha20(ChaCha20 { nonce, counter }) => {
            Parameters::ChaCha20(ChaCha20Parameters { nonce, counter })
        }
        OneOf::Data(data) => Parameters::Data(data),
        OneOf::BitOffset(offset) => Parameters::BitOffset(offset),
        OneOf::Hkdf(hkdf) => Parameters::Hkdf(HkdfParameters {
            extracts: hkdf.extracts,
            expands: hkdf.expands,
            hash: digest(&hkdf.hash)?,
            salt: match (hkdf.salt, hkdf.salt_is_key) {
                (_, true) => HkdfSalt::Key,
                (Some(salt), false) => HkdfSalt::Data(salt),
                (None, false) => HkdfSalt::None,
            },
            info: hkdf.info,
        }),
        OneOf::Kdf(kdf) => Parameters::Kbkdf(KbkdfParameters {
            prf: Algorithm::by_name(&kdf.prf).ok_or(ParametersInvalid::Prf)?,
            iv: kdf.iv,
            fields: kdf
                .fields
                .into_iter()
                .map(field_from_wire)
                .collect::<Result<_, _>>()?,
        }),
        OneOf::EncryptData(EncryptData { iv, data }) => {
            Parameters::EncryptData(EncryptDataParameters { iv, data })
        }
        OneOf::Tls(tls) => Parameters::Tls(TlsParameters {
            hash: digest(&tls.hash)?,
            client_random: tls.client_random,
            server_random: tls.server_random,
            label: tls.label,
            context: tls.context,
            code_length_bytes: tls.code_length_bytes,
            iv_length_bytes: tls.iv_length_bytes,
        }),
        OneOf::PasswordKdf(kdf) => Parameters::Password(PasswordParameters {
            hash: digest(&kdf.hash)?,
            salt: kdf.salt,
            iterations: kdf.iterations,
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
        OneOf::EdDsa(EdDsa {
            is_prehashed,
            context,
        }) => Parameters::EdDsa(EdDsaParameters {
            is_prehashed,
            context,
        }),
        OneOf::RsaAesKeyWrap(wrap) => {
            let oaep = wrap.oaep.unwrap_or_default();
            Parameters::RsaAesKeyWrap(RsaAesKeyWrapParameters {
                aes_bits: wrap.aes_bits,
                oaep: OaepParameters {
                    hash: digest(&oaep.hash)?,
                    mgf1_hash: digest(&oaep.mgf1_hash)?,
                    label: oaep.label,
                },
            })
        }
        OneOf::EcdhAesKeyWrap(wrap) => Parameters::EcdhAesKeyWrap(EcdhAesKeyWrapParameters {
            aes_bits: wrap.aes_bits,
            kdf: Kdf::by_name(&wrap.kdf).ok_or(ParametersInvalid::Kdf)?,
            shared_data: wrap.shared_data,
        }),
        OneOf::Signature(Signature {
            context,
            hash,
            hedge,
        }) => Parameters::Signature(SignatureParameters {
            hedge: Hedge::by_pkcs11(hedge).ok_or(ParametersInvalid::Hedge)?,
            context,
            hash: (!hash.is_empty()).then(|| digest(&hash)).transpose()?,
        }),
    })
}

/// Writes parameters; [`Parameters::None`] takes no bytes.
#[must_use]
#[expect(clippy::too_many_lines, reason = "one arm for each kind of parameters")]
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
        Parameters::CodeLength(length_bytes) => OneOf::CodeLength(*length_bytes),
        Parameters::Ccm(ccm) => OneOf::Ccm(Ccm {
            nonce: ccm.nonce.clone(),
            aad: ccm.aad.clone(),
            data_length_bytes: ccm.data_length_bytes,
            code_length_bytes: ccm.code_length_bytes,
        }),
        Parameters::ChaCha20(chacha20) => OneOf::Chacha20(ChaCha20 {
            nonce: chacha20.nonce.clone(),
            counter: chacha20.counter,
        }),
        Parameters::Data(data) => OneOf::Data(data.clone()),
        Parameters::BitOffset(offset) => OneOf::BitOffset(*offset),
        Parameters::Hkdf(hkdf) => OneOf::Hkdf(Hkdf {
            extracts: hkdf.extracts,
            expands: hkdf.expands,
            hash: hkdf.hash.to_string(),
            salt: match &hkdf.salt {
                HkdfSalt::Data(salt) => Some(salt.clone()),
                HkdfSalt::None | HkdfSalt::Key => None,
            },
            salt_is_key: hkdf.salt == HkdfSalt::Key,
            info: hkdf.info.clone(),
        }),
        Parameters::Kbkdf(kdf) => OneOf::Kdf(CounterKdf {
            prf: kdf.prf.to_string(),
            iv: kdf.iv.clone(),
            fields: kdf.fields.iter().map(field_to_wire).collect(),
        }),
        Parameters::EncryptData(parameters) => OneOf::EncryptData(EncryptData {
            iv: parameters.iv.clone(),
            data: parameters.data.clone(),
        }),
        Parameters::Tls(tls) => OneOf::Tls(Tls {
            hash: tls.hash.to_string(),
            client_random: tls.client_random.clone(),
            server_random: tls.server_random.clone(),
            label: tls.label.clone(),
            context: tls.context.clone(),
            code_length_bytes: tls.code_length_bytes,
            iv_length_bytes: tls.iv_length_bytes,
        }),
        Parameters::Password(kdf) => OneOf::PasswordKdf(PasswordKdf {
            hash: kdf.hash.to_string(),
            salt: kdf.salt.clone(),
            iterations: kdf.iterations,
        }),
        Parameters::Ecdh(ecdh) => OneOf::Ecdh(Ecdh {
            public_point: ecdh.public_point.clone(),
            kdf: ecdh.kdf.name(),
            shared_data: ecdh.shared_data.clone(),
        }),
        Parameters::EdDsa(eddsa) => OneOf::EdDsa(EdDsa {
            is_prehashed: eddsa.is_prehashed,
            context: eddsa.context.clone(),
        }),
        Parameters::RsaAesKeyWrap(wrap) => OneOf::RsaAesKeyWrap(RsaAesKeyWrap {
            aes_bits: wrap.aes_bits,
            oaep: Some(Oaep {
                hash: wrap.oaep.hash.to_string(),
                mgf1_hash: wrap.oaep.mgf1_hash.to_string(),
                label: wrap.oaep.label.clone(),
            }),
        }),
        Parameters::EcdhAesKeyWrap(wrap) => OneOf::EcdhAesKeyWrap(EcdhAesKeyWrap {
            aes_bits: wrap.aes_bits,
            kdf: wrap.kdf.name(),
            shared_data: wrap.shared_data.clone(),
        }),
        Parameters::Signature(signature) => OneOf::Signature(Signature {
            context: signature.context.clone(),
            hash: signature
                .hash
                .map(|hash| hash.to_string())
                .unwrap_or_default(),
            hedge: signature.hedge.pkcs11(),
        }),
    };
    Some(Wire {
        parameters: Some(parameters),
    })
}

fn field_from_wire(wire: Field) -> Result<KbkdfField, ParametersInvalid> {
    let format = |number: &Number| NumberFormat {
        width_bits: number.width_bits,
        is_little_endian: number.is_little_endian,
    };
    Ok(match wire.field.ok_or(ParametersInvalid::Field)? {
        field::Field::Data(data) => KbkdfField::Data(data),
        field::Field::Feedback(_) => KbkdfField::Feedback,
        field::Field::Counter(number) => KbkdfField::Counter(format(&number)),
        field::Field::Length(number) => KbkdfField::Length {
            format: format(&number),
            is_of_segments: number.is_of_segments,
        },
    })
}

fn field_to_wire(field: &KbkdfField) -> Field {
    let number = |format: &NumberFormat, is_of_segments| Number {
        width_bits: format.width_bits,
        is_little_endian: format.is_little_endian,
        is_of_segments,
    };
    let field = match field {
        KbkdfField::Data(data) => field::Field::Data(data.clone()),
        KbkdfField::Feedback => field::Field::Feedback(true),
        KbkdfField::Counter(format) => field::Field::Counter(number(format, false)),
        KbkdfField::Length {
            format,
            is_of_segments,
        } => field::Field::Length(number(format, *is_of_segments)),
    };
    Field { field: Some(field) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(
        clippy::too_many_lines,
        reason = "one value for each kind of parameters"
    )]
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
            Parameters::CodeLength(9),
            Parameters::Ccm(CcmParameters {
                nonce: vec![1; 7],
                aad: vec![2],
                data_length_bytes: 3,
                code_length_bytes: 4,
            }),
            Parameters::ChaCha20(ChaCha20Parameters {
                nonce: vec![1; 12],
                counter: 5,
            }),
            Parameters::Data(vec![1]),
            Parameters::BitOffset(7),
            Parameters::Hkdf(HkdfParameters {
                extracts: true,
                expands: false,
                hash: Digest::Sha256,
                salt: HkdfSalt::Data(vec![]),
                info: vec![1],
            }),
            Parameters::Hkdf(HkdfParameters {
                extracts: false,
                expands: true,
                hash: Digest::Sha512,
                salt: HkdfSalt::Key,
                info: vec![],
            }),
            Parameters::Kbkdf(KbkdfParameters {
                prf: Algorithm::HmacSha256,
                iv: vec![1],
                fields: vec![
                    KbkdfField::Feedback,
                    KbkdfField::Data(vec![2]),
                    KbkdfField::Counter(NumberFormat {
                        width_bits: 16,
                        is_little_endian: true,
                    }),
                    KbkdfField::Length {
                        format: NumberFormat {
                            width_bits: 32,
                            is_little_endian: false,
                        },
                        is_of_segments: true,
                    },
                ],
            }),
            Parameters::EncryptData(EncryptDataParameters {
                iv: vec![1],
                data: vec![2],
            }),
            Parameters::Tls(TlsParameters {
                hash: Digest::Sha384,
                client_random: vec![1],
                server_random: vec![2],
                label: vec![3],
                context: vec![4],
                code_length_bytes: 8,
                iv_length_bytes: 12,
            }),
            Parameters::Password(PasswordParameters {
                hash: Digest::Sha1,
                salt: vec![1],
                iterations: 2,
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
            Parameters::Signature(SignatureParameters {
                hedge: Hedge::Required,
                context: vec![6; 255],
                hash: Some(Digest::Sha3_512),
            }),
            Parameters::Signature(SignatureParameters::default()),
            Parameters::EdDsa(EdDsaParameters {
                is_prehashed: true,
                context: vec![7; 3],
            }),
            Parameters::RsaAesKeyWrap(RsaAesKeyWrapParameters {
                aes_bits: 256,
                oaep: OaepParameters {
                    hash: Digest::Sha384,
                    mgf1_hash: Digest::Sha1,
                    label: vec![8],
                },
            }),
            Parameters::EcdhAesKeyWrap(EcdhAesKeyWrapParameters {
                aes_bits: 128,
                kdf: Kdf::X963(Digest::Sha256),
                shared_data: vec![9; 20],
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
            hash: "MD4".into(),
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
