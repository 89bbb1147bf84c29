//! Known answers of ML-KEM, ML-DSA and SLH-DSA. The long ones are files beside this one.

use hsm_algorithms::{Algorithm, Digest, KeyKind};

use super::{KnownAnswer, Sample, Test, TestKey, hex};

/// Another implementation, tested against NIST's ACVP vectors by its authors. It made the signatures without randomness,
/// of ML-DSA-44 and SLH-DSA-SHA2-128 with the keys below.
const NOBLE: &str = "@noble/post-quantum 0.7.1";

const ML_DSA: TestKey = TestKey::Seed {
    kind: KeyKind::MlDsa44,
    seed: hex!("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"),
};
const SLH_DSA: TestKey = TestKey::Encoded {
    kind: KeyKind::SlhDsaSha2_128f,
    private: include_bytes!("post_quantum/slh_dsa_private"),
};
/// Signing with the small variant takes a second: its answers are verified only.
const SLH_DSA_PUBLIC: TestKey = TestKey::EncodedPublic {
    kind: KeyKind::SlhDsaSha2_128s,
    public: include_bytes!("post_quantum/slh_dsa_public"),
};
const CONTEXT: Sample = Sample::Signature {
    context: b"context",
    hash: None,
};
const CONTEXT_AND_SHA256: Sample = Sample::Signature {
    context: b"context",
    hash: Some(Digest::Sha256),
};

/// The rows.
pub(super) const POST_QUANTUM: &[KnownAnswer] = &[
    KnownAnswer {
        algorithm: Algorithm::MlKem,
        source: "Wycheproof mlkem_512_test, case 1",
        test: Test::Decapsulation {
            key: TestKey::Seed {
                kind: KeyKind::MlKem512,
                seed: hex!(
                    "a3896e30892230a6c1dff667f8caee759ff84a08e3462ae484fcbca9971d7959cdc6c5ec65f10a5a24b5145aac863232ee3b2229ca3a6c4b9c8a2dafc315d9d4"
                ),
            },
            ciphertext: include_bytes!("post_quantum/ml_kem_512"),
            secret: hex!("cf3bcfeb2679cb43658fcdcd01aa1505bcea1e72a165ccac7bfb66d9dc0c0e90"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::MlKem,
        source: "Wycheproof mlkem_768_test, case 1",
        test: Test::Decapsulation {
            key: TestKey::Seed {
                kind: KeyKind::MlKem768,
                seed: hex!(
                    "cbfc4405d1b2a3a386c94c25e0f2d5f5ee92cb0388ff4d6aa04223086d51c3fd24752da14c9fc3b8ae0d9e4a8b1016b8d8fc69e229c03ea2ef08a4ae0cffc37f"
                ),
            },
            ciphertext: include_bytes!("post_quantum/ml_kem_768"),
            secret: hex!("76c10bb1d86d96d7eb18e298363e51f7728e113f455df7d15017940ed3541451"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::MlKem,
        source: "Wycheproof mlkem_1024_test, case 1",
        test: Test::Decapsulation {
            key: TestKey::Seed {
                kind: KeyKind::MlKem1024,
                seed: hex!(
                    "8247c17686a8bc0b3afebe6bed1df1dc3ff7fa07c3670f624930235f20aecb4353ece11faa61f47d946ee501abb9a48029096de63b243a1794c4a760f98cc157"
                ),
            },
            ciphertext: include_bytes!("post_quantum/ml_kem_1024"),
            secret: hex!("c6338bf92f3930b95f81d87fe669fabc42aaa549e8fecfbfdbe237d739fe4d96"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::MlDsa,
        source: NOBLE,
        test: Test::Signature {
            key: &ML_DSA,
            parameters: CONTEXT,
            message: b"sample",
            signature: include_bytes!("post_quantum/ml_dsa"),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::MlDsaExternalMu,
        source: "Wycheproof mldsa_44_sign_seed_test, case 64",
        test: Test::Signature {
            key: &TestKey::Seed {
                kind: KeyKind::MlDsa44,
                seed: hex!("5c624fcc1862452452d0c665840d8237f43108e5499edcdc108fbc49d596e4b7"),
            },
            parameters: Sample::None,
            message: hex!(
                "2ad1c72bb0fcbe28099ce8bd2ed836dfebe520aad38fbac66ef785a3cfb10fb419327fa57818ee4e3718da4be48d24b59a208f8807271fdb7eda6e60141bd263"
            ),
            signature: include_bytes!("post_quantum/ml_dsa_external_mu"),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HashMlDsa,
        source: NOBLE,
        test: Test::Signature {
            key: &ML_DSA,
            parameters: CONTEXT_AND_SHA256,
            message: hex!("af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf"),
            signature: include_bytes!("post_quantum/hash_ml_dsa_sha_256"),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HashMlDsaSha224,
        source: NOBLE,
        test: Test::Signature {
            key: &ML_DSA,
            parameters: CONTEXT,
            message: b"sample",
            signature: include_bytes!("post_quantum/hash_ml_dsa_sha_224"),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HashMlDsaSha256,
        source: NOBLE,
        test: Test::Signature {
            key: &ML_DSA,
            parameters: CONTEXT,
            message: b"sample",
            signature: include_bytes!("post_quantum/hash_ml_dsa_sha_256"),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HashMlDsaSha384,
        source: NOBLE,
        test: Test::Signature {
            key: &ML_DSA,
            parameters: CONTEXT,
            message: b"sample",
            signature: include_bytes!("post_quantum/hash_ml_dsa_sha_384"),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HashMlDsaSha512,
        source: NOBLE,
        test: Test::Signature {
            key: &ML_DSA,
            parameters: CONTEXT,
            message: b"sample",
            signature: include_bytes!("post_quantum/hash_ml_dsa_sha_512"),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HashMlDsaSha3_224,
        source: NOBLE,
        test: Test::Signature {
            key: &ML_DSA,
            parameters: CONTEXT,
            message: b"sample",
            signature: include_bytes!("post_quantum/hash_ml_dsa_sha3_224"),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HashMlDsaSha3_256,
        source: NOBLE,
        test: Test::Signature {
            key: &ML_DSA,
            parameters: CONTEXT,
            message: b"sample",
            signature: include_bytes!("post_quantum/hash_ml_dsa_sha3_256"),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HashMlDsaSha3_384,
        source: NOBLE,
        test: Test::Signature {
            key: &ML_DSA,
            parameters: CONTEXT,
            message: b"sample",
            signature: include_bytes!("post_quantum/hash_ml_dsa_sha3_384"),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HashMlDsaSha3_512,
        source: NOBLE,
        test: Test::Signature {
            key: &ML_DSA,
            parameters: CONTEXT,
            message: b"sample",
            signature: include_bytes!("post_quantum/hash_ml_dsa_sha3_512"),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HashMlDsaShake128,
        source: NOBLE,
        test: Test::Signature {
            key: &ML_DSA,
            parameters: CONTEXT,
            message: b"sample",
            signature: include_bytes!("post_quantum/hash_ml_dsa_shake_128"),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HashMlDsaShake256,
        source: NOBLE,
        test: Test::Signature {
            key: &ML_DSA,
            parameters: CONTEXT,
            message: b"sample",
            signature: include_bytes!("post_quantum/hash_ml_dsa_shake_256"),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::SlhDsa,
        source: NOBLE,
        test: Test::Signature {
            key: &SLH_DSA,
            parameters: CONTEXT,
            message: b"sample",
            signature: include_bytes!("post_quantum/slh_dsa"),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HashSlhDsa,
        source: NOBLE,
        test: Test::Signature {
            key: &SLH_DSA_PUBLIC,
            parameters: CONTEXT_AND_SHA256,
            message: hex!("af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf"),
            signature: include_bytes!("post_quantum/hash_slh_dsa_sha_256"),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HashSlhDsaSha224,
        source: NOBLE,
        test: Test::Signature {
            key: &SLH_DSA_PUBLIC,
            parameters: CONTEXT,
            message: b"sample",
            signature: include_bytes!("post_quantum/hash_slh_dsa_sha_224"),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HashSlhDsaSha256,
        source: NOBLE,
        test: Test::Signature {
            key: &SLH_DSA_PUBLIC,
            parameters: CONTEXT,
            message: b"sample",
            signature: include_bytes!("post_quantum/hash_slh_dsa_sha_256"),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HashSlhDsaSha384,
        source: NOBLE,
        test: Test::Signature {
            key: &SLH_DSA_PUBLIC,
            parameters: CONTEXT,
            message: b"sample",
            signature: include_bytes!("post_quantum/hash_slh_dsa_sha_384"),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HashSlhDsaSha512,
        source: NOBLE,
        test: Test::Signature {
            key: &SLH_DSA_PUBLIC,
            parameters: CONTEXT,
            message: b"sample",
            signature: include_bytes!("post_quantum/hash_slh_dsa_sha_512"),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HashSlhDsaSha3_224,
        source: NOBLE,
        test: Test::Signature {
            key: &SLH_DSA_PUBLIC,
            parameters: CONTEXT,
            message: b"sample",
            signature: include_bytes!("post_quantum/hash_slh_dsa_sha3_224"),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HashSlhDsaSha3_256,
        source: NOBLE,
        test: Test::Signature {
            key: &SLH_DSA_PUBLIC,
            parameters: CONTEXT,
            message: b"sample",
            signature: include_bytes!("post_quantum/hash_slh_dsa_sha3_256"),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HashSlhDsaSha3_384,
        source: NOBLE,
        test: Test::Signature {
            key: &SLH_DSA_PUBLIC,
            parameters: CONTEXT,
            message: b"sample",
            signature: include_bytes!("post_quantum/hash_slh_dsa_sha3_384"),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HashSlhDsaSha3_512,
        source: NOBLE,
        test: Test::Signature {
            key: &SLH_DSA_PUBLIC,
            parameters: CONTEXT,
            message: b"sample",
            signature: include_bytes!("post_quantum/hash_slh_dsa_sha3_512"),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HashSlhDsaShake128,
        source: NOBLE,
        test: Test::Signature {
            key: &SLH_DSA_PUBLIC,
            parameters: CONTEXT,
            message: b"sample",
            signature: include_bytes!("post_quantum/hash_slh_dsa_shake_128"),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::HashSlhDsaShake256,
        source: NOBLE,
        test: Test::Signature {
            key: &SLH_DSA_PUBLIC,
            parameters: CONTEXT,
            message: b"sample",
            signature: include_bytes!("post_quantum/hash_slh_dsa_shake_256"),
            is_deterministic: false,
        },
    },
];
