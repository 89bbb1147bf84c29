//! Known answers of RSA as ANSI X9.31 has it.

use hsm_algorithms::Algorithm;

use super::rsa::RSA_2048;
use super::{KnownAnswer, Sample, Test, hex};

const SIGNATURE: &[u8] = hex!(
    "3229be9314f4acee08f120c873761d1fa6125248da30761dd0d7bf845781aa9c3d94f109558d2b920acbbe7ba07b6b0089e2e95d8dc4d34f69e48887a05994325df6217c282f1ebbe57bfd5c1a534afb7b01accf4f1f1ab08b440e46ceb8d260aaf0bcc516e1a5f21c48c09062e88c6605d0cfe209d80c316a7bdad12d45b3670116eaf4e48f12f3671022aa8167decfd3435a8557aa4526beb0405673ce2accd82fdbd93abae417797a0788afd3a8c0386ada0f118b58a3875445e86eafcb0a358782fedc670ad9fd54b5fac7ee510d37c0ac635c53b2e7a8a0b651f66b46b435b9d66b129431cd645c2a51ff0fa870a887ee7d15c5b069ec298563cb52703c"
);

/// The rows.
pub(super) const RSA_X931: &[KnownAnswer] = &[
    KnownAnswer {
        algorithm: Algorithm::RsaX931,
        source: "OpenSSL 3.0, with a key of Wycheproof",
        test: Test::Signature {
            key: &RSA_2048,
            parameters: Sample::None,
            message: hex!("8151325dcdbae9e0ff95f9f9658432dbedfdb20933"),
            signature: SIGNATURE,
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsaX931Sha1,
        source: "OpenSSL 3.0, with a key of Wycheproof",
        test: Test::Signature {
            key: &RSA_2048,
            parameters: Sample::None,
            message: b"sample",
            signature: SIGNATURE,
            is_deterministic: true,
        },
    },
];
