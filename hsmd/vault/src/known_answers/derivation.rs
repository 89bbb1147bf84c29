//! Known answers of key derivation.

use hsm_algorithms::{
    Algorithm, Digest, EncryptDataParameters, HkdfParameters, HkdfSalt, KbkdfField,
    KbkdfParameters, KeyKind, NumberFormat, Parameters, PasswordParameters,
};

use super::{KnownAnswer, Test, hex};

/// A counter of 8 bits.
const BYTE: NumberFormat = NumberFormat {
    width_bits: 8,
    is_little_endian: false,
};

fn kbkdf(prf: Algorithm, iv: &[u8], fields: Vec<KbkdfField>) -> Parameters {
    Parameters::Kbkdf(KbkdfParameters {
        prf,
        iv: iv.to_vec(),
        fields,
    })
}

/// The rows.
pub(super) const DERIVATION: &[KnownAnswer] = &[
    KnownAnswer {
        algorithm: Algorithm::Hkdf,
        source: "RFC 5869 §A.1",
        test: Test::Derivation {
            kind: KeyKind::GenericSecret,
            key: hex!("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"),
            other: None,
            parameters: || {
                Parameters::Hkdf(HkdfParameters {
                    extracts: true,
                    expands: true,
                    hash: Digest::Sha256,
                    salt: HkdfSalt::Data(hex!("000102030405060708090a0b0c").to_vec()),
                    info: hex!("f0f1f2f3f4f5f6f7f8f9").to_vec(),
                })
            },
            derived: hex!(
                "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Hkdf,
        source: "RFC 5869 §A.1, with its salt in a key",
        test: Test::Derivation {
            kind: KeyKind::GenericSecret,
            key: hex!("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"),
            other: Some(hex!("000102030405060708090a0b0c")),
            parameters: || {
                Parameters::Hkdf(HkdfParameters {
                    extracts: true,
                    expands: false,
                    hash: Digest::Sha256,
                    salt: HkdfSalt::Key,
                    info: vec![],
                })
            },
            derived: hex!("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HkdfData,
        source: "RFC 5869 §A.1",
        test: Test::Derivation {
            kind: KeyKind::GenericSecret,
            key: hex!("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"),
            other: None,
            parameters: || {
                Parameters::Hkdf(HkdfParameters {
                    extracts: true,
                    expands: true,
                    hash: Digest::Sha256,
                    salt: HkdfSalt::Data(hex!("000102030405060708090a0b0c").to_vec()),
                    info: hex!("f0f1f2f3f4f5f6f7f8f9").to_vec(),
                })
            },
            derived: hex!(
                "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::KbkdfCounter,
        source: "NIST CAVP, KDFCTR_gen, CMAC_AES128 before fixed data, 8 bits, count 10",
        test: Test::Derivation {
            kind: KeyKind::Aes,
            key: hex!("682e814d872397eba71170a693514904"),
            other: None,
            parameters: || {
                kbkdf(Algorithm::AesCmac, hex!(""), vec![KbkdfField::Counter(BYTE), KbkdfField::Data(hex!("e323cdfa7873a0d72cd86ffb4468744f097db60498f7d0e3a43bafd2d1af675e4a88338723b1236199705357c47bf1d89b2f4617a340980e6331625c").to_vec())])
            },
            derived: hex!("dac9b6ca405749cfb065a0f1e42c7c4224d3d5db32fdafe9dee6ca193316f2c7"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::KbkdfFeedback,
        source: "NIST CAVP, KDFFeedback_gen without zero IV, CMAC_AES128 before iteration, 8 bits, count 20",
        test: Test::Derivation {
            kind: KeyKind::Aes,
            key: hex!("df99682e93bee8426a27ce8991929aca"),
            other: None,
            parameters: || {
                kbkdf(Algorithm::AesCmac, hex!("5c09bad80e140f4b45890d1260cc058d"), vec![KbkdfField::Counter(BYTE), KbkdfField::Feedback, KbkdfField::Data(hex!("3c999c95f49c48696f83011ffe578b985e2b1ae9b6512f85aa0a2e54fa4a454d3bb772194e106783e34b5d5ed8b6e0a877f35f").to_vec())])
            },
            derived: hex!(
                "2fae1240da52986a2b7deddc35b9c17b754aee15e63a4a365be0a8c41512234ae28aa9617509d152fbd0b87c7961c8e466165722b72f8887f83ae4ebe72cec04da1c72674b1a"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::KbkdfDoublePipeline,
        source: "NIST CAVP, KDFDblPipeline_gen with counter, CMAC_AES128 before iteration, 8 bits, count 20",
        test: Test::Derivation {
            kind: KeyKind::Aes,
            key: hex!("d92dc7b9d007fc49734bc931ef8554e9"),
            other: None,
            parameters: || {
                kbkdf(Algorithm::AesCmac, hex!(""), vec![KbkdfField::Counter(BYTE), KbkdfField::Feedback, KbkdfField::Data(hex!("a19d29ed42b369494d6547d8b5f1203078f2e49a85bd4cc8ff71657c10dca7f78f4bb7429063976b1124b031edfeffe2cc5951").to_vec())])
            },
            derived: hex!(
                "de6dee3c072fdd13b14f593a6ecef83e83b8af85149be566e32ffcceafa09e6727f642b4ccd106de370cab0d24cc77ea8a309ed0ccde326110b7bc58b07a7f82f2016df6433e"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Pbkdf2,
        source: "RFC 6070 §2, second",
        test: Test::Password {
            password: b"password",
            parameters: || {
                Parameters::Password(PasswordParameters {
                    hash: Digest::Sha1,
                    salt: b"salt".to_vec(),
                    iterations: 2,
                })
            },
            derived: hex!("ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::ConcatenateBaseAndKey,
        source: "by its definition",
        test: Test::Derivation {
            kind: KeyKind::GenericSecret,
            key: hex!("0102"),
            other: Some(hex!("0304")),
            parameters: || Parameters::None,
            derived: hex!("01020304"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::ConcatenateBaseAndData,
        source: "by its definition",
        test: Test::Derivation {
            kind: KeyKind::GenericSecret,
            key: hex!("0102"),
            other: None,
            parameters: || Parameters::Data(hex!("0304").to_vec()),
            derived: hex!("01020304"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::ConcatenateDataAndBase,
        source: "by its definition",
        test: Test::Derivation {
            kind: KeyKind::GenericSecret,
            key: hex!("0304"),
            other: None,
            parameters: || Parameters::Data(hex!("0102").to_vec()),
            derived: hex!("01020304"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::XorBaseAndData,
        source: "by its definition",
        test: Test::Derivation {
            kind: KeyKind::GenericSecret,
            key: hex!("0f0f0f0f"),
            other: None,
            parameters: || Parameters::Data(hex!("00ff55").to_vec()),
            derived: hex!("0ff05a"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::ExtractKeyFromKey,
        source: "PKCS#11 3.2, example of extraction",
        test: Test::Derivation {
            kind: KeyKind::GenericSecret,
            key: hex!("329f84a9"),
            other: None,
            parameters: || Parameters::BitOffset(21),
            derived: hex!("9526"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::DeriveSha1,
        source: "NIST, examples for FIPS 180-4 and FIPS 202",
        test: Test::Derivation {
            kind: KeyKind::GenericSecret,
            key: hex!("616263"),
            other: None,
            parameters: || Parameters::None,
            derived: hex!("a9993e364706816aba3e25717850c26c9cd0d89d"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::DeriveSha224,
        source: "NIST, examples for FIPS 180-4 and FIPS 202",
        test: Test::Derivation {
            kind: KeyKind::GenericSecret,
            key: hex!("616263"),
            other: None,
            parameters: || Parameters::None,
            derived: hex!("23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::DeriveSha256,
        source: "NIST, examples for FIPS 180-4 and FIPS 202",
        test: Test::Derivation {
            kind: KeyKind::GenericSecret,
            key: hex!("616263"),
            other: None,
            parameters: || Parameters::None,
            derived: hex!("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::DeriveSha384,
        source: "NIST, examples for FIPS 180-4 and FIPS 202",
        test: Test::Derivation {
            kind: KeyKind::GenericSecret,
            key: hex!("616263"),
            other: None,
            parameters: || Parameters::None,
            derived: hex!(
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::DeriveSha512,
        source: "NIST, examples for FIPS 180-4 and FIPS 202",
        test: Test::Derivation {
            kind: KeyKind::GenericSecret,
            key: hex!("616263"),
            other: None,
            parameters: || Parameters::None,
            derived: hex!(
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::DeriveSha512_224,
        source: "NIST, examples for FIPS 180-4 and FIPS 202",
        test: Test::Derivation {
            kind: KeyKind::GenericSecret,
            key: hex!("616263"),
            other: None,
            parameters: || Parameters::None,
            derived: hex!("4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::DeriveSha512_256,
        source: "NIST, examples for FIPS 180-4 and FIPS 202",
        test: Test::Derivation {
            kind: KeyKind::GenericSecret,
            key: hex!("616263"),
            other: None,
            parameters: || Parameters::None,
            derived: hex!("53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::DeriveSha3_224,
        source: "NIST, examples for FIPS 180-4 and FIPS 202",
        test: Test::Derivation {
            kind: KeyKind::GenericSecret,
            key: hex!("616263"),
            other: None,
            parameters: || Parameters::None,
            derived: hex!("e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::DeriveSha3_256,
        source: "NIST, examples for FIPS 180-4 and FIPS 202",
        test: Test::Derivation {
            kind: KeyKind::GenericSecret,
            key: hex!("616263"),
            other: None,
            parameters: || Parameters::None,
            derived: hex!("3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::DeriveSha3_384,
        source: "NIST, examples for FIPS 180-4 and FIPS 202",
        test: Test::Derivation {
            kind: KeyKind::GenericSecret,
            key: hex!("616263"),
            other: None,
            parameters: || Parameters::None,
            derived: hex!(
                "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::DeriveSha3_512,
        source: "NIST, examples for FIPS 180-4 and FIPS 202",
        test: Test::Derivation {
            kind: KeyKind::GenericSecret,
            key: hex!("616263"),
            other: None,
            parameters: || Parameters::None,
            derived: hex!(
                "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::DeriveMd5,
        source: "RFC 1321 §A.5",
        test: Test::Derivation {
            kind: KeyKind::GenericSecret,
            key: hex!("616263"),
            other: None,
            parameters: || Parameters::None,
            derived: hex!("900150983cd24fb0d6963f7d28e17f72"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::DeriveShake128,
        source: "computed with OpenSSL 3.0",
        test: Test::Derivation {
            kind: KeyKind::GenericSecret,
            key: hex!("616263"),
            other: None,
            parameters: || Parameters::None,
            derived: hex!("5881092dd818bf5cf8a3ddb793fbcba74097d5c526a6d35f97b83351940f2cc8"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::DeriveShake256,
        source: "computed with OpenSSL 3.0",
        test: Test::Derivation {
            kind: KeyKind::GenericSecret,
            key: hex!("616263"),
            other: None,
            parameters: || Parameters::None,
            derived: hex!("483366601360a8771c6863080cc4114d8db44530f8f1e1ee4f94ea37e78b5739"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesEcbEncryptData,
        source: "SP 800-38A §F.1.1",
        test: Test::Derivation {
            kind: KeyKind::Aes,
            key: hex!("2b7e151628aed2a6abf7158809cf4f3c"),
            other: None,
            parameters: || {
                Parameters::EncryptData(EncryptDataParameters {
                    iv: hex!("").to_vec(),
                    data: hex!("6bc1bee22e409f96e93d7e117393172a").to_vec(),
                })
            },
            derived: hex!("3ad77bb40d7a3660a89ecaf32466ef97"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesCbcEncryptData,
        source: "SP 800-38A §F.2.1",
        test: Test::Derivation {
            kind: KeyKind::Aes,
            key: hex!("2b7e151628aed2a6abf7158809cf4f3c"),
            other: None,
            parameters: || {
                Parameters::EncryptData(EncryptDataParameters {
                    iv: hex!("000102030405060708090a0b0c0d0e0f").to_vec(),
                    data: hex!("6bc1bee22e409f96e93d7e117393172a").to_vec(),
                })
            },
            derived: hex!("7649abac8119b246cee98e9b12e9197d"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::DesEcbEncryptData,
        source: "FIPS 81 table B1",
        test: Test::Derivation {
            kind: KeyKind::Des,
            key: hex!("0123456789abcdef"),
            other: None,
            parameters: || {
                Parameters::EncryptData(EncryptDataParameters {
                    iv: hex!("").to_vec(),
                    data: hex!("4e6f77206973207468652074696d6520").to_vec(),
                })
            },
            derived: hex!("3fa40e8a984d48156a271787ab8883f9"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::DesCbcEncryptData,
        source: "FIPS 81 table C1",
        test: Test::Derivation {
            kind: KeyKind::Des,
            key: hex!("0123456789abcdef"),
            other: None,
            parameters: || {
                Parameters::EncryptData(EncryptDataParameters {
                    iv: hex!("1234567890abcdef").to_vec(),
                    data: hex!("4e6f77206973207468652074696d6520").to_vec(),
                })
            },
            derived: hex!("e5c7cdde872bf27c43e934008c389c0f"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Des3EcbEncryptData,
        source: "SP 800-67 appendix B.1",
        test: Test::Derivation {
            kind: KeyKind::Des3,
            key: hex!("0123456789abcdef23456789abcdef01456789abcdef0123"),
            other: None,
            parameters: || {
                Parameters::EncryptData(EncryptDataParameters {
                    iv: hex!("").to_vec(),
                    data: hex!("54686520717566636b2062726f776e20").to_vec(),
                })
            },
            derived: hex!("a826fd8ce53b855fcce21c8112256fe6"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Des3CbcEncryptData,
        source: "computed with OpenSSL 3.0",
        test: Test::Derivation {
            kind: KeyKind::Des3,
            key: hex!("0123456789abcdef23456789abcdef01456789abcdef0123"),
            other: None,
            parameters: || {
                Parameters::EncryptData(EncryptDataParameters {
                    iv: hex!("f69f2445df4f9b17").to_vec(),
                    data: hex!("54686520717566636b2062726f776e20").to_vec(),
                })
            },
            derived: hex!("a5c282bad0de3774becd2e04386b589f"),
        },
    },
];
