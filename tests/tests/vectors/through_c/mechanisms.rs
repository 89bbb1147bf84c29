//! Parameters as C structures: the reverse of what the module does.

use hsm_algorithms::{
    Algorithm, HkdfSalt, KbkdfField, KbkdfParameters, NumberFormat, Parameters, TlsParameters,
};
use hsm_tests::c_caller::{Mechanism, Word, cryptoki_sys as c};

/// The mechanism of an algorithm with these parameters, and the handle of a second key where it takes one.
pub(crate) fn mechanism(
    algorithm: Algorithm,
    parameters: &Parameters,
    other_key: c::CK_OBJECT_HANDLE,
) -> Mechanism {
    let number = algorithm.row().pkcs11.expect("a mechanism");
    let words = match parameters {
        Parameters::None if algorithm.takes_other_key(parameters) => vec![Word::Number(other_key)],
        Parameters::None => return Mechanism::plain(number),
        Parameters::Iv(iv) => return Mechanism::with_bytes(number, iv),
        Parameters::CodeLength(length) => vec![Word::Number(u64::from(*length))],
        Parameters::BitOffset(offset) => vec![Word::Number(*offset)],
        Parameters::Data(data) => return Mechanism::with_string_data(number, data),
        Parameters::Gcm(gcm) if algorithm == Algorithm::ChaCha20Poly1305 => {
            [bytes(&gcm.iv), bytes(&gcm.aad)].concat()
        }
        Parameters::Gcm(gcm) => {
            let mut words = bytes(&gcm.iv).to_vec();
            words.push(Word::Number(8 * gcm.iv.len() as u64));
            words.extend(bytes(&gcm.aad));
            words.push(Word::Number(u64::from(gcm.tag_bits)));
            words
        }
        Parameters::Ccm(ccm) => {
            let mut words = vec![Word::Number(ccm.data_length_bytes)];
            words.extend(bytes(&ccm.nonce));
            words.extend(bytes(&ccm.aad));
            words.push(Word::Number(u64::from(ccm.code_length_bytes)));
            words
        }
        Parameters::Ctr(ctr) => {
            let mut words = vec![Word::Number(u64::from(ctr.counter_bits))];
            words.extend(in_words(&ctr.counter_block));
            words
        }
        Parameters::ChaCha20(chacha20) => {
            let counter_bytes = 16 - chacha20.nonce.len();
            vec![
                Word::Pointer(chacha20.counter.to_le_bytes()[..counter_bytes.min(8)].to_vec()),
                Word::Number(8 * counter_bytes as u64),
                Word::Pointer(chacha20.nonce.clone()),
                Word::Number(8 * chacha20.nonce.len() as u64),
            ]
        }
        Parameters::EncryptData(parameters) => {
            let mut words = in_words(&parameters.iv);
            words.extend(bytes(&parameters.data));
            words
        }
        Parameters::Hkdf(hkdf) => {
            let flags = [
                u8::from(hkdf.extracts),
                u8::from(hkdf.expands),
                0,
                0,
                0,
                0,
                0,
                0,
            ];
            let (kind, salt) = match &hkdf.salt {
                HkdfSalt::None => (c::CKF_HKDF_SALT_NULL, &[][..]),
                HkdfSalt::Data(salt) => (c::CKF_HKDF_SALT_DATA, &salt[..]),
                HkdfSalt::Key => (c::CKF_HKDF_SALT_KEY, &[][..]),
            };
            let mut words = vec![
                Word::Number(u64::from_ne_bytes(flags)),
                Word::Number(hkdf.hash.row().mechanism),
                Word::Number(kind),
            ];
            words.extend(bytes(salt));
            words.push(Word::Number(other_key));
            words.extend(bytes(&hkdf.info));
            words
        }
        Parameters::Kbkdf(kdf) => kbkdf(algorithm, kdf),
        Parameters::Tls(tls) => of_tls(algorithm, tls),
        other => panic!("{other:?} is not for secret keys"),
    };
    Mechanism::structured(number, &words)
}

/// `CKM_PKCS5_PBKD2` with its password (`CK_PKCS5_PBKD2_PARAMS2`).
pub(crate) fn password(parameters: &Parameters, password: &[u8]) -> Mechanism {
    let Parameters::Password(kdf) = parameters else {
        panic!("{parameters:?} is not of PBKDF2");
    };
    let prf = match kdf.hash {
        hsm_algorithms::Digest::Sha1 => c::CKP_PKCS5_PBKD2_HMAC_SHA1,
        hsm_algorithms::Digest::Sha224 => c::CKP_PKCS5_PBKD2_HMAC_SHA224,
        hsm_algorithms::Digest::Sha256 => c::CKP_PKCS5_PBKD2_HMAC_SHA256,
        hsm_algorithms::Digest::Sha384 => c::CKP_PKCS5_PBKD2_HMAC_SHA384,
        hsm_algorithms::Digest::Sha512 => c::CKP_PKCS5_PBKD2_HMAC_SHA512,
        other => panic!("{other} has no such number"),
    };
    let mut words = vec![Word::Number(c::CKZ_SALT_SPECIFIED)];
    words.extend(bytes(&kdf.salt));
    words.extend([
        Word::Number(kdf.iterations),
        Word::Number(prf),
        Word::Number(0),
        Word::Number(0),
    ]);
    words.extend(bytes(password));
    Mechanism::structured(c::CKM_PKCS5_PBKD2, &words)
}

fn bytes(bytes: &[u8]) -> [Word; 2] {
    [
        Word::Pointer(bytes.to_vec()),
        Word::Number(bytes.len() as u64),
    ]
}

/// Bytes inside a structure.
fn in_words(bytes: &[u8]) -> Vec<Word> {
    bytes
        .chunks_exact(8)
        .map(|word| Word::Number(u64::from_ne_bytes(word.try_into().unwrap())))
        .collect()
}

fn kbkdf(algorithm: Algorithm, kdf: &KbkdfParameters) -> Vec<Word> {
    let format = |format: &NumberFormat| {
        [
            u64::from(format.is_little_endian),
            u64::from(format.width_bits),
        ]
    };
    let fields: Vec<u8> = kdf
        .fields
        .iter()
        .flat_map(|field| {
            let (kind, value) = match field {
                KbkdfField::Data(data) => (c::CK_SP800_108_BYTE_ARRAY, data.clone()),
                KbkdfField::Feedback => (c::CK_SP800_108_ITERATION_VARIABLE, Vec::new()),
                KbkdfField::Counter(counter) if algorithm == Algorithm::KbkdfCounter => {
                    (c::CK_SP800_108_ITERATION_VARIABLE, native(&format(counter)))
                }
                KbkdfField::Counter(counter) => {
                    (c::CK_SP800_108_OPTIONAL_COUNTER, native(&format(counter)))
                }
                KbkdfField::Length {
                    format: number,
                    is_of_segments,
                } => {
                    let method = if *is_of_segments {
                        c::CK_SP800_108_DKM_LENGTH_SUM_OF_SEGMENTS
                    } else {
                        c::CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS
                    };
                    let [order, width] = format(number);
                    (c::CK_SP800_108_DKM_LENGTH, native(&[method, order, width]))
                }
            };
            let length = value.len() as u64;
            // Kept for as long as the process: the structure is bytes by now, and owns nothing.
            let address = if value.is_empty() {
                0
            } else {
                value.leak().as_ptr() as u64
            };
            native(&[kind, address, length])
        })
        .collect();
    let mut words = vec![
        Word::Number(kdf.prf.row().pkcs11.expect("a mechanism")),
        Word::Number(kdf.fields.len() as u64),
        Word::Pointer(fields),
    ];
    if algorithm == Algorithm::KbkdfFeedback {
        let [iv, length] = bytes(&kdf.iv);
        words.extend([length, iv]);
    }
    words.extend([Word::Number(0), Word::Number(0)]);
    words
}

fn native(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_ne_bytes()).collect()
}

fn of_tls(algorithm: Algorithm, tls: &TlsParameters) -> Vec<Word> {
    let hash = Word::Number(tls.hash.row().mechanism);
    let randoms = [bytes(&tls.client_random), bytes(&tls.server_random)].concat();
    let mut words = Vec::new();
    match algorithm {
        Algorithm::Tls12MasterSecret | Algorithm::Tls12MasterSecretDh => {
            words.extend(randoms);
            words.extend([Word::Number(0), hash]);
        }
        Algorithm::Tls12ExtendedMasterSecret | Algorithm::Tls12ExtendedMasterSecretDh => {
            words.push(hash);
            words.extend(bytes(&tls.context));
            words.push(Word::Number(0));
        }
        Algorithm::Tls12Kdf | Algorithm::TlsKdf => {
            words.push(hash);
            words.extend(bytes(&tls.label));
            words.extend(randoms);
            words.extend(bytes(&tls.context));
        }
        _ => {
            let side = if tls.label == b"server finished" {
                1
            } else {
                2
            };
            words.extend([
                hash,
                Word::Number(u64::from(tls.code_length_bytes)),
                Word::Number(side),
            ]);
        }
    }
    words
}
