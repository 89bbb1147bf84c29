//! Known answers of the digests: the message `abc`, which every standard's examples have.

use hsm_algorithms::Algorithm;

use super::{KnownAnswer, Test, hex};

/// The rows.
pub(super) const DIGESTS: &[KnownAnswer] = &[
    KnownAnswer {
        algorithm: Algorithm::Sha1,
        source: "NIST, examples for FIPS 180-4",
        test: Test::Digest {
            message: b"abc",
            digest: hex!("a9993e364706816aba3e25717850c26c9cd0d89d"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Sha224,
        source: "NIST, examples for FIPS 180-4",
        test: Test::Digest {
            message: b"abc",
            digest: hex!("23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Sha256,
        source: "NIST, examples for FIPS 180-4",
        test: Test::Digest {
            message: b"abc",
            digest: hex!("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Sha384,
        source: "NIST, examples for FIPS 202",
        test: Test::Digest {
            message: b"abc",
            digest: hex!(
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Sha512,
        source: "NIST, examples for FIPS 180-4",
        test: Test::Digest {
            message: b"abc",
            digest: hex!(
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Sha512_224,
        source: "NIST, examples for FIPS 180-4",
        test: Test::Digest {
            message: b"abc",
            digest: hex!("4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Sha512_256,
        source: "NIST, examples for FIPS 180-4",
        test: Test::Digest {
            message: b"abc",
            digest: hex!("53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Sha3_224,
        source: "NIST, examples for FIPS 202",
        test: Test::Digest {
            message: b"abc",
            digest: hex!("e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Sha3_256,
        source: "NIST, examples for FIPS 202",
        test: Test::Digest {
            message: b"abc",
            digest: hex!("3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Sha3_384,
        source: "NIST, examples for FIPS 202",
        test: Test::Digest {
            message: b"abc",
            digest: hex!(
                "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Sha3_512,
        source: "NIST, examples for FIPS 202",
        test: Test::Digest {
            message: b"abc",
            digest: hex!(
                "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Md5,
        source: "RFC 1321 §A.5",
        test: Test::Digest {
            message: b"abc",
            digest: hex!("900150983cd24fb0d6963f7d28e17f72"),
        },
    },
];
