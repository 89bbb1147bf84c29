//! Known answers of key transport under AES keys of its own, of taking the public half out of a private key, and of
//! signatures with MD5.

use hsm_algorithms::{Algorithm, Curve, Digest};

use super::{KnownAnswer, Sample, Test, TestKey, hex, rsa};

/// It has no such mechanisms by name: each was put together from its OAEP, X9.63 and AES key wrap with padding.
const SOURCE: &str = "python3-cryptography 48.0.0";

/// The private key of RFC 6979 A.2.5.
const P256: TestKey = TestKey::Scalar {
    curve: Curve::P256,
    scalar: hex!("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"),
};
/// The private key of Wycheproof's `x25519_test`, case 1.
const X25519: TestKey = TestKey::Scalar {
    curve: Curve::X25519,
    scalar: hex!("c8a9d5a91091ad851c668b0736c1c9a02936c0d3ad62670858088047ba057475"),
};
const RSA_AES: Sample = Sample::RsaAesKeyWrap {
    aes_bits: 256,
    hash: Digest::Sha256,
};
const ECDH_AES: Sample = Sample::EcdhAesKeyWrap {
    aes_bits: 256,
    x963: Digest::Sha256,
    shared_data: b"shared",
};
/// The key that is wrapped.
const CLEAR: &[u8] = hex!("0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20");

/// The rows.
pub(super) const TRANSPORT: &[KnownAnswer] = &[
    KnownAnswer {
        algorithm: Algorithm::RsaAesKeyWrap,
        source: SOURCE,
        test: Test::Unwrapping {
            key: rsa::RSA_2048,
            parameters: RSA_AES,
            wrapped: hex!(
                "528294de35cb0cb528ace3f99d62ed23b46b2f89344ca218c8502c25b49ef086e73134f42012eef5846c6c80bf9e4205ffc214302b259dfc52028d238edbecdea983a468d4bf8fc57a599843ff2d4b00eae409d342576446539f52b133126e2d6f0ea5ac833906b51ba50a8779b93c29bd6d93221e2d0129969583822c90341a391e8a0fbe178db18e005c67ca2dd8645653e8ee62274dcec17fdd9d4e2067cbf87a043b465a69eeadf70cacabc2bcc4313f2743fb97d54f7d08f37af66eb4620b0c74dd5168e260c287f19cfd3543e9be36236912b117627d170a65f3fc089b033504463f7a2e2c546e7caf6676131b7b63b99c8cbdfbde5f3d57167d76f56cd5c1f200fdc6ead18db4ab9126e12819fcb91cf456626bcd59740f6d583392ba93c3fce9a9c87db7"
            ),
            clear: CLEAR,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::EcdhAesKeyWrap,
        source: SOURCE,
        test: Test::Unwrapping {
            key: P256,
            parameters: ECDH_AES,
            wrapped: hex!(
                "049fad84aeae08bbef7f010014d82cef6a09de2b0cf871b5ce0c4f1d13a59a593407cb45769f1070e2c2470fe5b1bfe63133c0b0cdc64ea4bf3791a8ec2a07fd4fdd35e9256629b02e77475cebbfbc40b0596684be8161a99fdaedf7b72ae318f3b26f3dba96ae9d47"
            ),
            clear: CLEAR,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::EcdhCofactorAesKeyWrap,
        source: SOURCE,
        test: Test::Unwrapping {
            key: P256,
            parameters: ECDH_AES,
            wrapped: hex!(
                "049fad84aeae08bbef7f010014d82cef6a09de2b0cf871b5ce0c4f1d13a59a593407cb45769f1070e2c2470fe5b1bfe63133c0b0cdc64ea4bf3791a8ec2a07fd4fdd35e9256629b02e77475cebbfbc40b0596684be8161a99fdaedf7b72ae318f3b26f3dba96ae9d47"
            ),
            clear: CLEAR,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::EcdhXAesKeyWrap,
        source: SOURCE,
        test: Test::Unwrapping {
            key: X25519,
            parameters: ECDH_AES,
            wrapped: hex!(
                "8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f12f90350ac98f99e383aea0c54345898694d34f7be3262106144d3471aef01402bab6189c476378c"
            ),
            clear: CLEAR,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsassaPkcs1V15Md5,
        source: "RFC 8017 §8.2.1, computed step by step",
        test: Test::Signature {
            key: &rsa::RSA_2048,
            parameters: Sample::None,
            message: b"sample",
            signature: hex!(
                "159b5528aa6ffe82f8206a81780cc1361ab861faed77b26a574ccf6dffd8373cb76725f9887a1da834b0679923c637909d301e74c7698b2feadcae1821f9be3ed6e904eb436d005c89174f11e288d8668dbc55fd79cde43e860f326cc14843a5f22cb7c5244a71a136e4c8cd28e95e41a4ec3523f42fa63538844ff7e20c23eb145e2f4c572d2a07b100f4d4303d3086bf28ddc7f805f95d32da3b8c1f49d71954cad2efe1be3caf0dc14edbc795e60a71441250a23e3ae26ac01e4b37353ef07879f481a15877bbb348e2e3d8b24a944a8d74aed2a66bf4485dc95189db2d63655d0abd6562516bd0a95a53d48a8e6fd92397e7cc72d03a953a25ccb7a31906"
            ),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::PublicFromPrivate,
        source: "RFC 6979 A.2.5",
        test: Test::PublicHalf {
            key: P256,
            public: hex!(
                "3059301306072a8648ce3d020106082a8648ce3d0301070342000460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
            ),
        },
    },
];
