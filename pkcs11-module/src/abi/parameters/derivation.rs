//! Parameters of key derivation.

#[allow(
    clippy::wildcard_imports,
    reason = "dozens of names, all of them the standard's"
)]
use cryptoki_sys::*;
use hsm_algorithms::{
    Algorithm, DERIVATION_DATA_MAX_BYTES, Digest, EncryptDataParameters, HkdfParameters, HkdfSalt,
    KBKDF_FIELDS_MAX, KbkdfField, KbkdfParameters, NumberFormat, Parameters, PasswordParameters,
    Purpose, TlsParameters,
};
use zeroize::Zeroizing;

use super::{Parameter, Structure, inner, invalid, small};
use crate::errors::Result;

// SAFETY: numbers and raw pointers, as all that follow.
unsafe impl Structure for CK_KEY_DERIVATION_STRING_DATA {}
// SAFETY: as above.
unsafe impl Structure for CK_AES_CBC_ENCRYPT_DATA_PARAMS {}
// SAFETY: as above.
unsafe impl Structure for CK_DES_CBC_ENCRYPT_DATA_PARAMS {}
// SAFETY: as above.
unsafe impl Structure for CK_HKDF_PARAMS {}
// SAFETY: as above.
unsafe impl Structure for CK_SP800_108_KDF_PARAMS {}
// SAFETY: as above.
unsafe impl Structure for CK_SP800_108_FEEDBACK_KDF_PARAMS {}
// SAFETY: as above.
unsafe impl Structure for CK_PRF_DATA_PARAM {}
// SAFETY: as above.
unsafe impl Structure for CK_SP800_108_COUNTER_FORMAT {}
// SAFETY: as above.
unsafe impl Structure for CK_SP800_108_DKM_LENGTH_FORMAT {}
// SAFETY: as above.
unsafe impl Structure for CK_TLS12_MASTER_KEY_DERIVE_PARAMS {}
// SAFETY: as above.
unsafe impl Structure for CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS {}
// SAFETY: as above.
unsafe impl Structure for CK_TLS12_KEY_MAT_PARAMS {}
// SAFETY: as above.
unsafe impl Structure for CK_TLS_KDF_PARAMS {}
// SAFETY: as above.
unsafe impl Structure for CK_TLS_MAC_PARAMS {}
// SAFETY: as above.
unsafe impl Structure for CK_PKCS5_PBKD2_PARAMS2 {}

impl Parameter {
    /// The handle of a second key is read by [`Mechanism::other_key`](super::Mechanism::other_key).
    pub(super) fn other_key(&self) -> Result<Parameters> {
        self.structure::<CK_OBJECT_HANDLE>()?;
        Ok(Parameters::None)
    }

    pub(super) fn data(&self) -> Result<Parameters> {
        self.string_data().map(Parameters::Data)
    }

    fn string_data(&self) -> Result<Vec<u8>> {
        let data = self.structure::<CK_KEY_DERIVATION_STRING_DATA>()?;
        // SAFETY: the standard makes this a pointer to `ulLen` bytes, and `Mechanism::new` was promised that.
        unsafe { inner(data.pData, data.ulLen, DERIVATION_DATA_MAX_BYTES) }
    }

    pub(super) fn bit_offset(&self) -> Result<Parameters> {
        self.structure::<CK_ULONG>().map(Parameters::BitOffset)
    }

    /// Each mode has its own structure, and each structure its own length.
    pub(super) fn encrypt_data(&self) -> Result<Parameters> {
        const AES: CK_ULONG = size_of::<CK_AES_CBC_ENCRYPT_DATA_PARAMS>() as CK_ULONG;
        const DES: CK_ULONG = size_of::<CK_DES_CBC_ENCRYPT_DATA_PARAMS>() as CK_ULONG;
        let (iv, data) = match self.length {
            AES => {
                let cbc = self.structure::<CK_AES_CBC_ENCRYPT_DATA_PARAMS>()?;
                // SAFETY: the standard makes this a pointer to `length` bytes; promised to `Mechanism::new`.
                let data = unsafe { inner(cbc.pData, cbc.length, DERIVATION_DATA_MAX_BYTES) }?;
                (cbc.iv.to_vec(), data)
            }
            DES => {
                let cbc = self.structure::<CK_DES_CBC_ENCRYPT_DATA_PARAMS>()?;
                // SAFETY: as above.
                let data = unsafe { inner(cbc.pData, cbc.length, DERIVATION_DATA_MAX_BYTES) }?;
                (cbc.iv.to_vec(), data)
            }
            _ => (Vec::new(), self.string_data()?),
        };
        Ok(Parameters::EncryptData(EncryptDataParameters { iv, data }))
    }

    pub(super) fn hkdf(&self) -> Result<Parameters> {
        let hkdf = self.structure::<CK_HKDF_PARAMS>()?;
        let salt = match hkdf.ulSaltType {
            CKF_HKDF_SALT_NULL => HkdfSalt::None,
            // SAFETY: the standard makes this a pointer to `ulSaltLen` bytes; promised to `Mechanism::new`.
            CKF_HKDF_SALT_DATA => HkdfSalt::Data(unsafe {
                inner(hkdf.pSalt, hkdf.ulSaltLen, DERIVATION_DATA_MAX_BYTES)
            }?),
            CKF_HKDF_SALT_KEY => HkdfSalt::Key,
            // Who only expands has no salt, and need not say so.
            _ if hkdf.bExtract == CK_FALSE => HkdfSalt::None,
            _ => return Err(invalid()),
        };
        let extracts = hkdf.bExtract != CK_FALSE;
        Ok(Parameters::Hkdf(HkdfParameters {
            extracts,
            expands: hkdf.bExpand != CK_FALSE,
            hash: Digest::by_mechanism(hkdf.prfHashMechanism).ok_or_else(invalid)?,
            salt: if extracts { salt } else { HkdfSalt::None },
            // SAFETY: as above, with `ulInfoLen` bytes.
            info: unsafe { inner(hkdf.pInfo, hkdf.ulInfoLen, DERIVATION_DATA_MAX_BYTES) }?,
        }))
    }

    /// The salt of HKDF, where it is a key.
    pub(super) fn hkdf_salt_key(&self) -> Result<CK_OBJECT_HANDLE> {
        Ok(self.structure::<CK_HKDF_PARAMS>()?.hSaltKey)
    }

    /// The parameters of SP 800-108, and the initial value of the feedback mode, which is empty in the others.
    pub(super) fn kdf(&self) -> Result<(CK_SP800_108_KDF_PARAMS, Vec<u8>)> {
        let is_feedback = self.length == size_of::<CK_SP800_108_FEEDBACK_KDF_PARAMS>() as CK_ULONG;
        if is_feedback {
            let feedback = self.structure::<CK_SP800_108_FEEDBACK_KDF_PARAMS>()?;
            // SAFETY: the standard makes this a pointer to `ulIVLen` bytes; promised to `Mechanism::new`.
            let iv = unsafe { inner(feedback.pIV, feedback.ulIVLen, DERIVATION_DATA_MAX_BYTES) }?;
            let kdf = CK_SP800_108_KDF_PARAMS {
                prfType: feedback.prfType,
                ulNumberOfDataParams: feedback.ulNumberOfDataParams,
                pDataParams: feedback.pDataParams,
                ulAdditionalDerivedKeys: feedback.ulAdditionalDerivedKeys,
                pAdditionalDerivedKeys: feedback.pAdditionalDerivedKeys,
            };
            Ok((kdf, iv))
        } else {
            Ok((self.structure::<CK_SP800_108_KDF_PARAMS>()?, Vec::new()))
        }
    }

    /// SP 800-108. Further keys of the same derivation are read by
    /// [`Mechanism::keys_to_derive`](super::Mechanism::keys_to_derive).
    pub(super) fn kbkdf(&self) -> Result<Parameters> {
        let (kdf, iv) = self.kdf()?;
        let count = usize::try_from(kdf.ulNumberOfDataParams).map_err(|_| invalid())?;
        if count > KBKDF_FIELDS_MAX || (count > 0 && kdf.pDataParams.is_null()) {
            return Err(invalid());
        }
        let field = |index| {
            // SAFETY: the standard makes this a pointer to as many structures, and `Mechanism::new` was promised that;
            // the read needs no alignment, and every pattern of bits is such a structure.
            let field = unsafe { kdf.pDataParams.add(index).read_unaligned() };
            Self::kbkdf_field(&field)
        };
        Ok(Parameters::Kbkdf(KbkdfParameters {
            prf: Algorithm::by_mechanism(kdf.prfType, Purpose::Sign).ok_or_else(invalid)?,
            iv,
            fields: (0..count).map(field).collect::<Result<_>>()?,
        }))
    }

    fn kbkdf_field(field: &CK_PRF_DATA_PARAM) -> Result<KbkdfField> {
        let value = Self {
            address: field.pValue.cast_const().cast(),
            length: field.ulValueLen,
        };
        let counter = || {
            let format = value.structure::<CK_SP800_108_COUNTER_FORMAT>()?;
            Ok(NumberFormat {
                width_bits: small(format.ulWidthInBits)?,
                is_little_endian: format.bLittleEndian != CK_FALSE,
            })
        };
        match field.type_ {
            CK_SP800_108_ITERATION_VARIABLE if field.pValue.is_null() => Ok(KbkdfField::Feedback),
            CK_SP800_108_ITERATION_VARIABLE | CK_SP800_108_OPTIONAL_COUNTER => {
                counter().map(KbkdfField::Counter)
            }
            CK_SP800_108_DKM_LENGTH => {
                let format = value.structure::<CK_SP800_108_DKM_LENGTH_FORMAT>()?;
                Ok(KbkdfField::Length {
                    format: NumberFormat {
                        width_bits: small(format.ulWidthInBits)?,
                        is_little_endian: format.bLittleEndian != CK_FALSE,
                    },
                    is_of_segments: match format.dkmLengthMethod {
                        CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS => false,
                        CK_SP800_108_DKM_LENGTH_SUM_OF_SEGMENTS => true,
                        _ => return Err(invalid()),
                    },
                })
            }
            CK_SP800_108_BYTE_ARRAY => value.bytes(DERIVATION_DATA_MAX_BYTES).map(KbkdfField::Data),
            _ => Err(invalid()),
        }
    }

    pub(super) fn tls_randoms(&self) -> Result<Parameters> {
        let master = self.structure::<CK_TLS12_MASTER_KEY_DERIVE_PARAMS>()?;
        let (client_random, server_random) = randoms(&master.RandomInfo)?;
        Ok(Parameters::Tls(TlsParameters {
            client_random,
            server_random,
            ..tls(master.prfHashMechanism)?
        }))
    }

    /// A key block; the lengths of its keys and where they go are read by
    /// [`Mechanism::keys_to_derive`](super::Mechanism::keys_to_derive).
    pub(super) fn tls_key_block(&self, algorithm: Algorithm) -> Result<Parameters> {
        let block = self.structure::<CK_TLS12_KEY_MAT_PARAMS>()?;
        let (client_random, server_random) = randoms(&block.RandomInfo)?;
        Ok(Parameters::Tls(TlsParameters {
            client_random,
            server_random,
            // The mechanism that tells no bytes of the block does not look at it.
            iv_length_bytes: match algorithm {
                Algorithm::Tls12KeyBlock => whole_bytes(block.ulIVSizeInBits)?,
                _ => 0,
            },
            ..tls(block.prfHashMechanism)?
        }))
    }

    pub(super) fn tls_session(&self) -> Result<Parameters> {
        let master = self.structure::<CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS>()?;
        Ok(Parameters::Tls(TlsParameters {
            // SAFETY: the standard makes this a pointer to `ulSessionHashLen` bytes; promised to `Mechanism::new`.
            context: unsafe {
                inner(
                    master.pSessionHash,
                    master.ulSessionHashLen,
                    DERIVATION_DATA_MAX_BYTES,
                )
            }?,
            ..tls(master.prfHashMechanism)?
        }))
    }

    pub(super) fn tls_label(&self) -> Result<Parameters> {
        let kdf = self.structure::<CK_TLS_KDF_PARAMS>()?;
        let (client_random, server_random) = randoms(&kdf.RandomInfo)?;
        Ok(Parameters::Tls(TlsParameters {
            client_random,
            server_random,
            // SAFETY: the standard makes these pointers to as many bytes as say; promised to `Mechanism::new`.
            label: unsafe { inner(kdf.pLabel, kdf.ulLabelLength, DERIVATION_DATA_MAX_BYTES) }?,
            // SAFETY: as above.
            context: unsafe {
                inner(
                    kdf.pContextData,
                    kdf.ulContextDataLength,
                    DERIVATION_DATA_MAX_BYTES,
                )
            }?,
            ..tls(kdf.prfMechanism)?
        }))
    }

    pub(super) fn tls_code(&self) -> Result<Parameters> {
        let mac = self.structure::<CK_TLS_MAC_PARAMS>()?;
        let label: &[u8] = match mac.ulServerOrClient {
            1 => b"server finished",
            2 => b"client finished",
            _ => return Err(invalid()),
        };
        Ok(Parameters::Tls(TlsParameters {
            label: label.to_vec(),
            code_length_bytes: small(mac.ulMacLength)?,
            ..tls(mac.prfHashMechanism)?
        }))
    }

    /// Where the version in an RSA premaster secret goes, which may be nowhere.
    pub(super) fn version_place(&self, is_extended: bool) -> Result<*mut CK_VERSION> {
        Ok(if is_extended {
            self.structure::<CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS>()?
                .pVersion
        } else {
            self.structure::<CK_TLS12_MASTER_KEY_DERIVE_PARAMS>()?
                .pVersion
        })
    }

    /// PBKDF2 with its password. The structure of before PKCS#11 2.40's second errata, which points to the length of the
    /// password, is as long, and is not taken: a length is no address.
    pub(super) fn password(&self) -> Result<(Parameters, Zeroizing<Vec<u8>>)> {
        let kdf = self.structure::<CK_PKCS5_PBKD2_PARAMS2>()?;
        if kdf.saltSource != CKZ_SALT_SPECIFIED || kdf.ulPrfDataLen != 0 {
            return Err(invalid());
        }
        let hash = match kdf.prf {
            CKP_PKCS5_PBKD2_HMAC_SHA1 => Digest::Sha1,
            CKP_PKCS5_PBKD2_HMAC_SHA224 => Digest::Sha224,
            CKP_PKCS5_PBKD2_HMAC_SHA256 => Digest::Sha256,
            CKP_PKCS5_PBKD2_HMAC_SHA384 => Digest::Sha384,
            CKP_PKCS5_PBKD2_HMAC_SHA512 => Digest::Sha512,
            CKP_PKCS5_PBKD2_HMAC_SHA512_224 => Digest::Sha512_224,
            CKP_PKCS5_PBKD2_HMAC_SHA512_256 => Digest::Sha512_256,
            _ => return Err(invalid()),
        };
        let (salt, salt_length) = (kdf.pSaltSourceData.cast_const(), kdf.ulSaltSourceDataLen);
        let password = kdf.pPassword.cast_const();
        // SAFETY: the standard makes these pointers to as many bytes as say; promised to `Mechanism::new`.
        let (salt, password) = unsafe {
            (
                inner(salt.cast(), salt_length, DERIVATION_DATA_MAX_BYTES)?,
                inner(password, kdf.ulPasswordLen, DERIVATION_DATA_MAX_BYTES)?,
            )
        };
        let parameters = Parameters::Password(PasswordParameters {
            hash,
            salt,
            iterations: kdf.iterations,
        });
        Ok((parameters, Zeroizing::new(password)))
    }
}

fn tls(hash: CK_MECHANISM_TYPE) -> Result<TlsParameters> {
    Ok(TlsParameters {
        hash: Digest::by_mechanism(hash).ok_or_else(invalid)?,
        client_random: Vec::new(),
        server_random: Vec::new(),
        label: Vec::new(),
        context: Vec::new(),
        code_length_bytes: 0,
        iv_length_bytes: 0,
    })
}

/// A length in bits that is one in bytes.
pub(super) fn whole_bytes(bits: CK_ULONG) -> Result<u32> {
    if bits.is_multiple_of(8) {
        small(bits / 8)
    } else {
        Err(invalid())
    }
}

fn randoms(random: &CK_SSL3_RANDOM_DATA) -> Result<(Vec<u8>, Vec<u8>)> {
    let (client, server) = (random.ulClientRandomLen, random.ulServerRandomLen);
    // SAFETY: the standard makes these pointers to as many bytes as say; promised to `Mechanism::new`.
    unsafe {
        Ok((
            inner(random.pClientRandom, client, DERIVATION_DATA_MAX_BYTES)?,
            inner(random.pServerRandom, server, DERIVATION_DATA_MAX_BYTES)?,
        ))
    }
}
