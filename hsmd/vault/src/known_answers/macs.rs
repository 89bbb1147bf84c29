//! Known answers of the message authentication codes.

use hsm_algorithms::{Algorithm, Digest, KeyKind};

use super::tls;
use super::{KnownAnswer, Sample, Test, hex};

/// The rows.
pub(super) const MACS: &[KnownAnswer] = &[
    KnownAnswer {
        algorithm: Algorithm::HmacSha1,
        source: "RFC 2202 §3, case 2",
        test: Test::Mac {
            kind: KeyKind::GenericSecret,
            key: hex!("4a656665"),
            parameters: Sample::None,
            message: hex!("7768617420646f2079612077616e7420666f72206e6f7468696e673f"),
            code: hex!("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HmacSha224,
        source: "RFC 4231 §4.3",
        test: Test::Mac {
            kind: KeyKind::GenericSecret,
            key: hex!("4a656665"),
            parameters: Sample::None,
            message: hex!("7768617420646f2079612077616e7420666f72206e6f7468696e673f"),
            code: hex!("a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HmacSha256,
        source: "RFC 4231 §4.3",
        test: Test::Mac {
            kind: KeyKind::GenericSecret,
            key: hex!("4a656665"),
            parameters: Sample::None,
            message: hex!("7768617420646f2079612077616e7420666f72206e6f7468696e673f"),
            code: hex!("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HmacSha384,
        source: "RFC 4231 §4.3",
        test: Test::Mac {
            kind: KeyKind::GenericSecret,
            key: hex!("4a656665"),
            parameters: Sample::None,
            message: hex!("7768617420646f2079612077616e7420666f72206e6f7468696e673f"),
            code: hex!(
                "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HmacSha512,
        source: "RFC 4231 §4.3",
        test: Test::Mac {
            kind: KeyKind::GenericSecret,
            key: hex!("4a656665"),
            parameters: Sample::None,
            message: hex!("7768617420646f2079612077616e7420666f72206e6f7468696e673f"),
            code: hex!(
                "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HmacSha512_224,
        source: "Wycheproof, hmac_sha512_224_test, case 10",
        test: Test::Mac {
            kind: KeyKind::GenericSecret,
            key: hex!("31d9cae2c3df064018209b121f9e883976ea757942ecda9d92fdadfd"),
            parameters: Sample::None,
            message: hex!("b844289529206f5a"),
            code: hex!("9f7209e0d880c1bcd9af1379ac84bf0d10230b8a2f84fd653bddda9e"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HmacSha512_256,
        source: "Wycheproof, hmac_sha512_256_test, case 10",
        test: Test::Mac {
            kind: KeyKind::GenericSecret,
            key: hex!("233e4fdee70bcc20235b6977ddfc05b0df66f5635d827c66e5a63cdb16a24938"),
            parameters: Sample::None,
            message: hex!("fdb2ee4b6d1a0ac2"),
            code: hex!("37597f0aeba2c247c3bf3ecc6ec5e6beb0efe1c08499daa98428c03c5f8e8504"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HmacSha3_224,
        source: "Wycheproof, hmac_sha3_224_test, case 9",
        test: Test::Mac {
            kind: KeyKind::GenericSecret,
            key: hex!("31d9cae2c3df064018209b121f9e883976ea757942ecda9d92fdadfd"),
            parameters: Sample::None,
            message: hex!("b844289529206f5a"),
            code: hex!("2e44f4d141c338a4c882be2c8d326dda3ab53dcb02536a2096392726"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HmacSha3_256,
        source: "Wycheproof, hmac_sha3_256_test, case 9",
        test: Test::Mac {
            kind: KeyKind::GenericSecret,
            key: hex!("233e4fdee70bcc20235b6977ddfc05b0df66f5635d827c66e5a63cdb16a24938"),
            parameters: Sample::None,
            message: hex!("fdb2ee4b6d1a0ac2"),
            code: hex!("799b30418ec2619936b0260bb50264ef4c8233997418604d04f8e8d318d4ff3c"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HmacSha3_384,
        source: "Wycheproof, hmac_sha3_384_test, case 9",
        test: Test::Mac {
            kind: KeyKind::GenericSecret,
            key: hex!(
                "44b79852cabcf3fe93d2fff55d2afe6a46c35b7ad1954ce0888de7b459b982722faf8b490e6b00e7bcabbd36f18443f5"
            ),
            parameters: Sample::None,
            message: hex!("9398cd251deafe8b"),
            code: hex!(
                "8968d5e0f3d170c0d1977c7df67a3ec0bb637b19ee73150f84d35c8da9dd02fdbf563c5737834edf790765ba2b478ef0"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HmacSha3_512,
        source: "Wycheproof, hmac_sha3_512_test, case 9",
        test: Test::Mac {
            kind: KeyKind::GenericSecret,
            key: hex!(
                "dd4e05933d09711ee88cb4c1ceb3600b2b33808bc08d499387b331d9c7af49bc65b55172cf8083385a940e4b864b7b4b73ddf3bd513a6cbcac73878a879b4d06"
            ),
            parameters: Sample::None,
            message: hex!("66948029351432c3"),
            code: hex!(
                "88db64f580e7e2bcf9329007e2831c6764541331679ea4493b24507dc72a3f9ac8fb5dac7e08799d139f74a0c163cf0456552ff12d14785f3deb29278c3ba679"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesCmac,
        source: "Wycheproof, aes_cmac_test, case 20",
        test: Test::Mac {
            kind: KeyKind::Aes,
            key: hex!("fda6a01194beb462953d7e6c49b32dac"),
            parameters: Sample::None,
            message: hex!("f60ae3b036abcab78c98fc1d4b67970c0955cb6fe24483f8907fd73319679b"),
            code: hex!("1f0f8124ab6c832e87684bac701544c1"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesCmac,
        source: "Wycheproof, aes_cmac_test, case 122",
        test: Test::Mac {
            kind: KeyKind::Aes,
            key: hex!("9bbe6e004fb260dadb02b68b78954f1da5e6a2d02e0aeefe"),
            parameters: Sample::None,
            message: hex!("665423092ce95b927e98b8082030f58e33f3ec1b0c29532c2f421855f00f97"),
            code: hex!("0e434cfb3d0ef0584e03bd5648934df6"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesCmac,
        source: "Wycheproof, aes_cmac_test, case 224",
        test: Test::Mac {
            kind: KeyKind::Aes,
            key: hex!("4f097858a1aec62cf18f0966b2b120783aa4ae9149d3213109740506ae47adfe"),
            parameters: Sample::None,
            message: hex!("ee53d8e5039e82d9fcca114e375a014febfea117a7e709d9008d43858e3660"),
            code: hex!("a5a66fa3aa3dabe032d77f438457c056"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HmacMd5,
        source: "RFC 2202 §2, case 2",
        test: Test::Mac {
            kind: KeyKind::GenericSecret,
            key: hex!("4a656665"),
            parameters: Sample::None,
            message: hex!("7768617420646f2079612077616e7420666f72206e6f7468696e673f"),
            code: hex!("750c783e6ab0b503eaa86e310a5db738"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HmacMd5General,
        source: "RFC 2202 §2, case 2, cut",
        test: Test::Mac {
            kind: KeyKind::GenericSecret,
            key: hex!("4a656665"),
            parameters: Sample::CodeLength(12),
            message: hex!("7768617420646f2079612077616e7420666f72206e6f7468696e673f"),
            code: hex!("750c783e6ab0b503eaa86e31"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HmacSha1General,
        source: "RFC 2202 §3, case 2, cut",
        test: Test::Mac {
            kind: KeyKind::GenericSecret,
            key: hex!("4a656665"),
            parameters: Sample::CodeLength(10),
            message: hex!("7768617420646f2079612077616e7420666f72206e6f7468696e673f"),
            code: hex!("effcdf6ae5eb2fa2d274"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HmacSha224General,
        source: "RFC 4231 §4.3, cut",
        test: Test::Mac {
            kind: KeyKind::GenericSecret,
            key: hex!("4a656665"),
            parameters: Sample::CodeLength(10),
            message: hex!("7768617420646f2079612077616e7420666f72206e6f7468696e673f"),
            code: hex!("a30e01098bc6dbbf4569"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HmacSha256General,
        source: "RFC 4231 §4.3, cut",
        test: Test::Mac {
            kind: KeyKind::GenericSecret,
            key: hex!("4a656665"),
            parameters: Sample::CodeLength(10),
            message: hex!("7768617420646f2079612077616e7420666f72206e6f7468696e673f"),
            code: hex!("5bdcc146bf60754e6a04"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HmacSha384General,
        source: "RFC 4231 §4.3, cut",
        test: Test::Mac {
            kind: KeyKind::GenericSecret,
            key: hex!("4a656665"),
            parameters: Sample::CodeLength(10),
            message: hex!("7768617420646f2079612077616e7420666f72206e6f7468696e673f"),
            code: hex!("af45d2e376484031617f"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HmacSha512General,
        source: "RFC 4231 §4.3, cut",
        test: Test::Mac {
            kind: KeyKind::GenericSecret,
            key: hex!("4a656665"),
            parameters: Sample::CodeLength(10),
            message: hex!("7768617420646f2079612077616e7420666f72206e6f7468696e673f"),
            code: hex!("164b7a7bfcf819e2e395"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HmacSha512_224General,
        source: "Wycheproof, hmac_sha512_224_test, case 10, cut",
        test: Test::Mac {
            kind: KeyKind::GenericSecret,
            key: hex!("31d9cae2c3df064018209b121f9e883976ea757942ecda9d92fdadfd"),
            parameters: Sample::CodeLength(10),
            message: hex!("b844289529206f5a"),
            code: hex!("9f7209e0d880c1bcd9af"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HmacSha512_256General,
        source: "Wycheproof, hmac_sha512_256_test, case 10, cut",
        test: Test::Mac {
            kind: KeyKind::GenericSecret,
            key: hex!("233e4fdee70bcc20235b6977ddfc05b0df66f5635d827c66e5a63cdb16a24938"),
            parameters: Sample::CodeLength(10),
            message: hex!("fdb2ee4b6d1a0ac2"),
            code: hex!("37597f0aeba2c247c3bf"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HmacSha3_224General,
        source: "Wycheproof, hmac_sha3_224_test, case 9, cut",
        test: Test::Mac {
            kind: KeyKind::GenericSecret,
            key: hex!("31d9cae2c3df064018209b121f9e883976ea757942ecda9d92fdadfd"),
            parameters: Sample::CodeLength(10),
            message: hex!("b844289529206f5a"),
            code: hex!("2e44f4d141c338a4c882"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HmacSha3_256General,
        source: "Wycheproof, hmac_sha3_256_test, case 9, cut",
        test: Test::Mac {
            kind: KeyKind::GenericSecret,
            key: hex!("233e4fdee70bcc20235b6977ddfc05b0df66f5635d827c66e5a63cdb16a24938"),
            parameters: Sample::CodeLength(10),
            message: hex!("fdb2ee4b6d1a0ac2"),
            code: hex!("799b30418ec2619936b0"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HmacSha3_384General,
        source: "Wycheproof, hmac_sha3_384_test, case 9, cut",
        test: Test::Mac {
            kind: KeyKind::GenericSecret,
            key: hex!(
                "44b79852cabcf3fe93d2fff55d2afe6a46c35b7ad1954ce0888de7b459b982722faf8b490e6b00e7bcabbd36f18443f5"
            ),
            parameters: Sample::CodeLength(10),
            message: hex!("9398cd251deafe8b"),
            code: hex!("8968d5e0f3d170c0d197"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HmacSha3_512General,
        source: "Wycheproof, hmac_sha3_512_test, case 9, cut",
        test: Test::Mac {
            kind: KeyKind::GenericSecret,
            key: hex!(
                "dd4e05933d09711ee88cb4c1ceb3600b2b33808bc08d499387b331d9c7af49bc65b55172cf8083385a940e4b864b7b4b73ddf3bd513a6cbcac73878a879b4d06"
            ),
            parameters: Sample::CodeLength(10),
            message: hex!("66948029351432c3"),
            code: hex!("88db64f580e7e2bcf932"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesCmacGeneral,
        source: "Wycheproof, aes_cmac_test, case 20, cut",
        test: Test::Mac {
            kind: KeyKind::Aes,
            key: hex!("fda6a01194beb462953d7e6c49b32dac"),
            parameters: Sample::CodeLength(10),
            message: hex!("f60ae3b036abcab78c98fc1d4b67970c0955cb6fe24483f8907fd73319679b"),
            code: hex!("1f0f8124ab6c832e8768"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesGmac,
        source: "Wycheproof, aes_gmac_test, case 3",
        test: Test::Mac {
            kind: KeyKind::Aes,
            key: hex!("fd3c5381f588bfe33270e336a5b02896"),
            parameters: Sample::Gcm {
                iv: hex!("02d916631fbacf27c274b74c"),
                aad: hex!(""),
                tag_bits: 128,
            },
            message: hex!("026f"),
            code: hex!("ebc6969310510a2eb8acb9ec3d631f29"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesMac,
        source: "computed with OpenSSL 3.0",
        test: Test::Mac {
            kind: KeyKind::Aes,
            key: hex!("2b7e151628aed2a6abf7158809cf4f3c"),
            parameters: Sample::None,
            message: hex!(
                "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
            ),
            code: hex!("a7356e1207bb4066"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesMacGeneral,
        source: "computed with OpenSSL 3.0",
        test: Test::Mac {
            kind: KeyKind::Aes,
            key: hex!("2b7e151628aed2a6abf7158809cf4f3c"),
            parameters: Sample::CodeLength(16),
            message: hex!(
                "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
            ),
            code: hex!("a7356e1207bb406639e5e5ceb9a9ed93"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Des3Cmac,
        source: "SP 800-38B appendix D.5, example 14",
        test: Test::Mac {
            kind: KeyKind::Des3,
            key: hex!("8aa83bf8cbda10620bc1bf19fbb6cd58bc313d4a371ca8b5"),
            parameters: Sample::None,
            message: hex!("6bc1bee22e409f96"),
            code: hex!("8e8f293136283797"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Des3Cmac,
        source: "SP 800-38B appendix D.6, example 17",
        test: Test::Mac {
            kind: KeyKind::Des2,
            key: hex!("4cf15134a2850dd58a3d10ba80570d38"),
            parameters: Sample::None,
            message: hex!(""),
            code: hex!("bd2ebf9a3ba00361"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Des3CmacGeneral,
        source: "SP 800-38B appendix D.5, example 14, cut",
        test: Test::Mac {
            kind: KeyKind::Des3,
            key: hex!("8aa83bf8cbda10620bc1bf19fbb6cd58bc313d4a371ca8b5"),
            parameters: Sample::CodeLength(5),
            message: hex!("6bc1bee22e409f96"),
            code: hex!("8e8f293136"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Des3Mac,
        source: "FIPS 113 appendix A, with its key three times",
        test: Test::Mac {
            kind: KeyKind::Des3,
            key: hex!("0123456789abcdef0123456789abcdef0123456789abcdef"),
            parameters: Sample::None,
            message: hex!("37363534333231204e6f77206973207468652074696d6520666f7220"),
            code: hex!("f1d30f68"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Des3MacGeneral,
        source: "FIPS 113 appendix A, with its key three times",
        test: Test::Mac {
            kind: KeyKind::Des3,
            key: hex!("0123456789abcdef0123456789abcdef0123456789abcdef"),
            parameters: Sample::CodeLength(8),
            message: hex!("37363534333231204e6f77206973207468652074696d6520666f7220"),
            code: hex!("f1d30f6849312ca4"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Tls12Mac,
        source: "computed with the hmac module of Python 3",
        test: Test::Mac {
            kind: KeyKind::GenericSecret,
            key: hex!(
                "d2c76cb7c4c86a909737874ceccddc57f2c211e2a4c6f44532306227ba5173089e3a96968874bb7e9ff14f3ed8c6a41a"
            ),
            parameters: Sample::Made(|| {
                tls::parameters(Digest::Sha256, [&[], &[], b"client finished", &[]], 12)
            }),
            message: hex!("dfff30d188055f20aaa1610f29102805528465bbad91709ded764e8899f5ad2b"),
            code: hex!("97e93bdf117dd4ff6793a06e"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::TlsMac,
        source: "computed with the hmac module of Python 3",
        test: Test::Mac {
            kind: KeyKind::GenericSecret,
            key: hex!(
                "d2c76cb7c4c86a909737874ceccddc57f2c211e2a4c6f44532306227ba5173089e3a96968874bb7e9ff14f3ed8c6a41a"
            ),
            parameters: Sample::Made(|| {
                tls::parameters(Digest::Sha256, [&[], &[], b"client finished", &[]], 12)
            }),
            message: hex!("dfff30d188055f20aaa1610f29102805528465bbad91709ded764e8899f5ad2b"),
            code: hex!("97e93bdf117dd4ff6793a06e"),
        },
    },
];
