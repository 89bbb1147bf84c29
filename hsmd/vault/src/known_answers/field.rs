//! Known answers of the finite field: DSA and Diffie-Hellman.

use hsm_algorithms::Algorithm;

use super::{KnownAnswer, Sample, Test, TestKey, hex};

/// The private key of RFC 6979 A.2.1.
const DSA: TestKey = TestKey::Pkcs8(include_bytes!("field/dsa_private"));

/// A reckoning of the definitions in Python. For SHA-1 and SHA-2 it gives what RFC 6979 A.2.1 prints.
const PYTHON: &str = "Python's integers, with RFC 6979's way to k";

/// The rows.
pub(super) const FIELD: &[KnownAnswer] = &[
    KnownAnswer {
        algorithm: Algorithm::DsaSha1,
        source: "RFC 6979 A.2.1",
        test: Test::Signature {
            key: &DSA,
            parameters: Sample::None,
            message: b"sample",
            signature: hex!(
                "2e1a0c2562b2912caaf89186fb0f42001585da5529efb6b0aff2d7a68eb70ca313022253b9a88df5"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::DsaSha224,
        source: "RFC 6979 A.2.1",
        test: Test::Signature {
            key: &DSA,
            parameters: Sample::None,
            message: b"sample",
            signature: hex!(
                "4bc3b686aea70145856814a6f1bb53346f02101e410697b92295d994d21edd2f4ada85566f6f94c1"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::DsaSha256,
        source: "RFC 6979 A.2.1",
        test: Test::Signature {
            key: &DSA,
            parameters: Sample::None,
            message: b"sample",
            signature: hex!(
                "81f2f5850be5bc123c43f71a3033e9384611c5454cdd914b65eb6c66a8aaad27299bee6b035f5e89"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Dsa,
        source: "RFC 6979 A.2.1, of the digest",
        test: Test::Signature {
            key: &DSA,
            parameters: Sample::None,
            message: hex!("af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf"),
            signature: hex!(
                "81f2f5850be5bc123c43f71a3033e9384611c5454cdd914b65eb6c66a8aaad27299bee6b035f5e89"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::DsaSha384,
        source: "RFC 6979 A.2.1",
        test: Test::Signature {
            key: &DSA,
            parameters: Sample::None,
            message: b"sample",
            signature: hex!(
                "07f2108557ee0e3921bc1774f1ca9b410b4ce65a54df70456c86fac10fab47c1949ab83f2c6f7595"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::DsaSha512,
        source: "RFC 6979 A.2.1",
        test: Test::Signature {
            key: &DSA,
            parameters: Sample::None,
            message: b"sample",
            signature: hex!(
                "16c3491f9b8c3fbbdd5e7a7b667057f0d8ee8e1b02c36a127a7b89edbb72e4ffbc71dabc7d4fc69c"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::DsaSha3_224,
        source: PYTHON,
        test: Test::Signature {
            key: &DSA,
            parameters: Sample::None,
            message: b"sample",
            signature: hex!(
                "4f4022ef00575558a6f367a1d88091603a24c0b37e1cc9233087baf3ceb36bd912ff15f911b62eb5"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::DsaSha3_256,
        source: PYTHON,
        test: Test::Signature {
            key: &DSA,
            parameters: Sample::None,
            message: b"sample",
            signature: hex!(
                "7e353243b97448e66bb38584e6127a303aa7ec8a7fe2ac55ac223410803673904fb5a41901516442"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::DsaSha3_384,
        source: PYTHON,
        test: Test::Signature {
            key: &DSA,
            parameters: Sample::None,
            message: b"sample",
            signature: hex!(
                "1833f865c99de1bcd08355429fe2de6d725d1ec411d94a8632a0e205d21e0ba9fd4e7842569bb93c"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::DsaSha3_512,
        source: PYTHON,
        test: Test::Signature {
            key: &DSA,
            parameters: Sample::None,
            message: b"sample",
            signature: hex!(
                "533827caa5975a46c998f14069381bf2c710d070984c046f496072c9b16cf8ac51322fe74f3ad3ac"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Dh,
        source: "Python's integers, in group 2 of RFC 2409",
        test: Test::Agreement {
            key: TestKey::Pkcs8(include_bytes!("field/dh_private")),
            public_point: hex!(
                "99730b335cb2fd2de247377b6df29a46aa115c327f90e42142ea27d541f78d66d70e887a73e6e19ac258a24b7740a932f7bae9fb5274f709b95af3cc64e26f10d9f9ad86d0d645f2ab7db5b706d82638dc563a222d341da7c90a16261def53ff30b0624c184b76b2d25c37772872a03de214712da9c27d63ff8ed1034a5d31de"
            ),
            secret: hex!(
                "85dea712f9880f428c95962fecffca26bffeb5ff400bfc69072090961758e2fdf4de98078f42cfafa89f160b2278ed5c09f6cfc085bbd435f690695a9b565175fa6375d7b401f3c1ff7c0e6c8d06cf4750872365203a8e424c82ddc79dc1c6db1d0cc272e5de2b9db5e05ed185e7034cdbc64a4b719d7211499fef46de04ceb1"
            ),
        },
    },
];
