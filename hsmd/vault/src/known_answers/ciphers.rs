//! Known answers of AES: its modes and key wrapping.

use hsm_algorithms::{Algorithm, KeyKind};

use super::{KnownAnswer, Sample, Test, hex};

/// The rows.
pub(super) const CIPHERS: &[KnownAnswer] = &[
    KnownAnswer {
        algorithm: Algorithm::AesEcb,
        source: "SP 800-38A F.1.1",
        test: Test::Cipher {
            kind: KeyKind::Aes,
            key: hex!("2b7e151628aed2a6abf7158809cf4f3c"),
            parameters: Sample::None,
            plaintext: hex!(
                "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
            ),
            ciphertext: hex!(
                "3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf43b1cd7f598ece23881b00e3ed0306887b0c785e27e8ad3f8223207104725dd4"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesCbc,
        source: "SP 800-38A F.2.1",
        test: Test::Cipher {
            kind: KeyKind::Aes,
            key: hex!("2b7e151628aed2a6abf7158809cf4f3c"),
            parameters: Sample::Iv(hex!("000102030405060708090a0b0c0d0e0f")),
            plaintext: hex!(
                "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
            ),
            ciphertext: hex!(
                "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b273bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesCtr,
        source: "SP 800-38A F.5.1",
        test: Test::Cipher {
            kind: KeyKind::Aes,
            key: hex!("2b7e151628aed2a6abf7158809cf4f3c"),
            parameters: Sample::Ctr(hex!("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")),
            plaintext: hex!(
                "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
            ),
            ciphertext: hex!(
                "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesEcb,
        source: "SP 800-38A F.1.3",
        test: Test::Cipher {
            kind: KeyKind::Aes,
            key: hex!("8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b"),
            parameters: Sample::None,
            plaintext: hex!(
                "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
            ),
            ciphertext: hex!(
                "bd334f1d6e45f25ff712a214571fa5cc974104846d0ad3ad7734ecb3ecee4eefef7afd2270e2e60adce0ba2face6444e9a4b41ba738d6c72fb16691603c18e0e"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesCbc,
        source: "SP 800-38A F.2.3",
        test: Test::Cipher {
            kind: KeyKind::Aes,
            key: hex!("8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b"),
            parameters: Sample::Iv(hex!("000102030405060708090a0b0c0d0e0f")),
            plaintext: hex!(
                "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
            ),
            ciphertext: hex!(
                "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a571b242012fb7ae07fa9baac3df102e008b0e27988598881d920a9e64f5615cd"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesCtr,
        source: "SP 800-38A F.5.3",
        test: Test::Cipher {
            kind: KeyKind::Aes,
            key: hex!("8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b"),
            parameters: Sample::Ctr(hex!("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")),
            plaintext: hex!(
                "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
            ),
            ciphertext: hex!(
                "1abc932417521ca24f2b0459fe7e6e0b090339ec0aa6faefd5ccc2c6f4ce8e941e36b26bd1ebc670d1bd1d665620abf74f78a7f6d29809585a97daec58c6b050"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesEcb,
        source: "SP 800-38A F.1.5",
        test: Test::Cipher {
            kind: KeyKind::Aes,
            key: hex!("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"),
            parameters: Sample::None,
            plaintext: hex!(
                "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
            ),
            ciphertext: hex!(
                "f3eed1bdb5d2a03c064b5a7e3db181f8591ccb10d410ed26dc5ba74a31362870b6ed21b99ca6f4f9f153e7b1beafed1d23304b7a39f9f3ff067d8d8f9e24ecc7"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesCbc,
        source: "SP 800-38A F.2.5",
        test: Test::Cipher {
            kind: KeyKind::Aes,
            key: hex!("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"),
            parameters: Sample::Iv(hex!("000102030405060708090a0b0c0d0e0f")),
            plaintext: hex!(
                "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
            ),
            ciphertext: hex!(
                "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesCtr,
        source: "SP 800-38A F.5.5",
        test: Test::Cipher {
            kind: KeyKind::Aes,
            key: hex!("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"),
            parameters: Sample::Ctr(hex!("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")),
            plaintext: hex!(
                "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
            ),
            ciphertext: hex!(
                "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c52b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesCbcPad,
        source: "Wycheproof, aes_cbc_pkcs5_test, case 21",
        test: Test::Cipher {
            kind: KeyKind::Aes,
            key: hex!("cbffc6c8c7f76f46349c32d666f4efb0"),
            parameters: Sample::Iv(hex!("088e01c2c65b26e7ad6af7b92ea09d73")),
            plaintext: hex!("6df067add738195fd55ac2e76b476971b9a0e6d8"),
            ciphertext: hex!("e9199842355ea0c3dbf1b2a94fef1c802a95d024df9e407883cf5bf1f02c3cdc"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesCbcPad,
        source: "Wycheproof, aes_cbc_pkcs5_test, case 93",
        test: Test::Cipher {
            kind: KeyKind::Aes,
            key: hex!("b7f165bced1613da5e747fdf9255832d30c07f2deeb5a326"),
            parameters: Sample::Iv(hex!("07ece5fe02266e073499fd4d66929034")),
            plaintext: hex!("289647ea8d0ff31375a82aa1c620903048bb1d0e"),
            ciphertext: hex!("455d516e87851e6c894578a0f7126e0acbc7cfbb1d80296647ab89a79dfa6f71"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesCbcPad,
        source: "Wycheproof, aes_cbc_pkcs5_test, case 165",
        test: Test::Cipher {
            kind: KeyKind::Aes,
            key: hex!("c2039f0d05951aa8d9fbdf68be58a37cf99bd1afcedda286a9db470c3729ca92"),
            parameters: Sample::Iv(hex!("9a1d8ccc24c5e4d3995480af236be103")),
            plaintext: hex!("ed5b5e28e9703bdf5c7b3b080f2690a605fcd0d9"),
            ciphertext: hex!("3a79bb6084c7116b58afe52d7181a0aacee1caa11df959090e2e7b0073d74817"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesGcm,
        source: "Wycheproof, aes_gcm_test, case 2",
        test: Test::Cipher {
            kind: KeyKind::Aes,
            key: hex!("5b9604fe14eadba931b0ccf34843dab9"),
            parameters: Sample::Gcm {
                iv: hex!("921d2507fa8007b7bd067d34"),
                aad: hex!("00112233445566778899aabbccddeeff"),
                tag_bits: 128,
            },
            plaintext: hex!("001d0c231287c1182784554ca3a21908"),
            ciphertext: hex!("49d8b9783e911913d87094d1f63cc7651e348ba07cca2cf04c618cb4d43a5b92"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesGcm,
        source: "Wycheproof, aes_gcm_test, case 186",
        test: Test::Cipher {
            kind: KeyKind::Aes,
            key: hex!("fa5b9b41f93f8b682c04ba816c3fecc24eec095b04dd7497"),
            parameters: Sample::Gcm {
                iv: hex!("62b9cf1e923bc1138d05d205"),
                aad: hex!("2ed8487153e21b12"),
                tag_bits: 128,
            },
            plaintext: hex!("18159841813a69fc0f8f4229e1678da7c9016711"),
            ciphertext: hex!(
                "c7c1cbb85ce2a0a3f32cb9ef01ad45ec1118b66d253317f98bdab87531ece20475cd9ebb"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesGcm,
        source: "Wycheproof, aes_gcm_test, case 101",
        test: Test::Cipher {
            kind: KeyKind::Aes,
            key: hex!("cdccfe3f46d782ef47df4e72f0c02d9c7f774def970d23486f11a57f54247f17"),
            parameters: Sample::Gcm {
                iv: hex!("376187894605a8d45e30de51"),
                aad: hex!("956846a209e087ed"),
                tag_bits: 128,
            },
            plaintext: hex!("e28e0e9f9d22463ac0e42639b530f42102fded75"),
            ciphertext: hex!(
                "feca44952447015b5df1f456df8ca4bb4eee2ce2082e91924deeb77880e1b1c84f9b8d30"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesGcm,
        source: "Wycheproof, aes_gcm_test, case 240",
        test: Test::Cipher {
            kind: KeyKind::Aes,
            key: hex!("00112233445566778899aabbccddeeff102132435465768798a9bacbdcedfe0f"),
            parameters: Sample::Gcm {
                iv: hex!("5c2ea9b695fcf6e264b96074d6bfa572"),
                aad: hex!(""),
                tag_bits: 128,
            },
            plaintext: hex!(
                "00000000000000000000000000000000000000000000000000000000000000000000000000000000"
            ),
            ciphertext: hex!(
                "28e1c5232f4ee8161dbe4c036309e0b3254e9212bef0a93431ce5e5604c8f6a73c18a3183018b770d5808a1bd11a01129bf3c6919aff2339"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesKw,
        source: "RFC 3394 §4.6",
        test: Test::Cipher {
            kind: KeyKind::Aes,
            key: hex!("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"),
            parameters: Sample::None,
            plaintext: hex!("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f"),
            ciphertext: hex!(
                "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesKw,
        source: "RFC 3394 §4.1",
        test: Test::Cipher {
            kind: KeyKind::Aes,
            key: hex!("000102030405060708090a0b0c0d0e0f"),
            parameters: Sample::None,
            plaintext: hex!("00112233445566778899aabbccddeeff"),
            ciphertext: hex!("1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesKwp,
        source: "RFC 5649 §6, first",
        test: Test::Cipher {
            kind: KeyKind::Aes,
            key: hex!("5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8"),
            parameters: Sample::None,
            plaintext: hex!("c37b7e6492584340bed12207808941155068f738"),
            ciphertext: hex!("138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesKwp,
        source: "RFC 5649 §6, second",
        test: Test::Cipher {
            kind: KeyKind::Aes,
            key: hex!("5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8"),
            parameters: Sample::None,
            plaintext: hex!("466f7250617369"),
            ciphertext: hex!("afbeb0f07dfbf5419200f2ccb50bb24f"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesKwpOld,
        source: "RFC 5649 §6, first",
        test: Test::Cipher {
            kind: KeyKind::Aes,
            key: hex!("5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8"),
            parameters: Sample::None,
            plaintext: hex!("c37b7e6492584340bed12207808941155068f738"),
            ciphertext: hex!("138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesKwpOld,
        source: "RFC 5649 §6, second",
        test: Test::Cipher {
            kind: KeyKind::Aes,
            key: hex!("5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8"),
            parameters: Sample::None,
            plaintext: hex!("466f7250617369"),
            ciphertext: hex!("afbeb0f07dfbf5419200f2ccb50bb24f"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesCts,
        source: "RFC 3962 appendix B, first, with its last two blocks exchanged",
        test: Test::Cipher {
            kind: KeyKind::Aes,
            key: hex!("636869636b656e207465726979616b69"),
            parameters: Sample::Iv(hex!("00000000000000000000000000000000")),
            plaintext: hex!("4920776f756c64206c696b652074686520"),
            ciphertext: hex!("97c6353568f2bf8cb4d8a580362da7ff7f"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesOfb,
        source: "SP 800-38A §F.4.1",
        test: Test::Cipher {
            kind: KeyKind::Aes,
            key: hex!("2b7e151628aed2a6abf7158809cf4f3c"),
            parameters: Sample::Iv(hex!("000102030405060708090a0b0c0d0e0f")),
            plaintext: hex!(
                "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
            ),
            ciphertext: hex!(
                "3b3fd92eb72dad20333449f8e83cfb4a7789508d16918f03f53c52dac54ed8259740051e9c5fecf64344f7a82260edcc304c6528f659c77866a510d9c1d6ae5e"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesCfb128,
        source: "SP 800-38A §F.3.13",
        test: Test::Cipher {
            kind: KeyKind::Aes,
            key: hex!("2b7e151628aed2a6abf7158809cf4f3c"),
            parameters: Sample::Iv(hex!("000102030405060708090a0b0c0d0e0f")),
            plaintext: hex!(
                "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
            ),
            ciphertext: hex!(
                "3b3fd92eb72dad20333449f8e83cfb4ac8a64537a0b3a93fcde3cdad9f1ce58b26751f67a3cbb140b1808cf187a4f4dfc04b05357c5d1c0eeac4c66f9ff7f2e6"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesCfb8,
        source: "SP 800-38A §F.3.7",
        test: Test::Cipher {
            kind: KeyKind::Aes,
            key: hex!("2b7e151628aed2a6abf7158809cf4f3c"),
            parameters: Sample::Iv(hex!("000102030405060708090a0b0c0d0e0f")),
            plaintext: hex!("6bc1bee22e409f96e93d7e117393172aae2d"),
            ciphertext: hex!("3b79424c9c0dd436bace9e0ed4586a4f32b9"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesCfb1,
        source: "SP 800-38A §F.3.1",
        test: Test::Cipher {
            kind: KeyKind::Aes,
            key: hex!("2b7e151628aed2a6abf7158809cf4f3c"),
            parameters: Sample::Iv(hex!("000102030405060708090a0b0c0d0e0f")),
            plaintext: hex!("6bc1"),
            ciphertext: hex!("68b3"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesXts,
        source: "IEEE 1619-2007 appendix B, vector 2",
        test: Test::Cipher {
            kind: KeyKind::AesXts,
            key: hex!("1111111111111111111111111111111122222222222222222222222222222222"),
            parameters: Sample::Iv(hex!("33333333330000000000000000000000")),
            plaintext: hex!("4444444444444444444444444444444444444444444444444444444444444444"),
            ciphertext: hex!("c454185e6a16936e39334038acef838bfb186fff7480adc4289382ecd6d394f0"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesCcm,
        source: "SP 800-38C appendix C, example 1",
        test: Test::Cipher {
            kind: KeyKind::Aes,
            key: hex!("404142434445464748494a4b4c4d4e4f"),
            parameters: Sample::Ccm {
                nonce: hex!("10111213141516"),
                aad: hex!("0001020304050607"),
                data_length_bytes: 4,
                code_length_bytes: 4,
            },
            plaintext: hex!("20212223"),
            ciphertext: hex!("7162015b4dac255d"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesCcm,
        source: "SP 800-38C appendix C, example 2",
        test: Test::Cipher {
            kind: KeyKind::Aes,
            key: hex!("404142434445464748494a4b4c4d4e4f"),
            parameters: Sample::Ccm {
                nonce: hex!("1011121314151617"),
                aad: hex!("000102030405060708090a0b0c0d0e0f"),
                data_length_bytes: 16,
                code_length_bytes: 6,
            },
            plaintext: hex!("202122232425262728292a2b2c2d2e2f"),
            ciphertext: hex!("d2a1f0e051ea5f62081a7792073d593d1fc64fbfaccd"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::AesKwPkcs7,
        source: "computed with OpenSSL 3.0",
        test: Test::Cipher {
            kind: KeyKind::Aes,
            key: hex!("000102030405060708090a0b0c0d0e0f"),
            parameters: Sample::None,
            plaintext: hex!("0011223344556677"),
            ciphertext: hex!("58aa3b023db8edb8b5304c7beefbde41b79f2f960a9f056a"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::ChaCha20,
        source: "RFC 8439 §2.4.2",
        test: Test::Cipher {
            kind: KeyKind::ChaCha20,
            key: hex!("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"),
            parameters: Sample::ChaCha20 {
                nonce: hex!("000000000000004a00000000"),
                counter: 1,
            },
            plaintext: hex!(
                "4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a204966204920636f756c64206f6666657220796f75206f6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73637265656e20776f756c642062652069742e"
            ),
            ciphertext: hex!(
                "6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0bf91b65c5524733ab8f593dabcd62b3571639d624e65152ab8f530c359f0861d807ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab77937365af90bbf74a35be6b40b8eedf2785e42874d"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::ChaCha20Poly1305,
        source: "RFC 8439 §2.8.2",
        test: Test::Cipher {
            kind: KeyKind::ChaCha20,
            key: hex!("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"),
            parameters: Sample::Gcm {
                iv: hex!("070000004041424344454647"),
                aad: hex!("50515253c0c1c2c3c4c5c6c7"),
                tag_bits: 128,
            },
            plaintext: hex!(
                "4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a204966204920636f756c64206f6666657220796f75206f6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73637265656e20776f756c642062652069742e"
            ),
            ciphertext: hex!(
                "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::DesEcb,
        source: "FIPS 81 table B1",
        test: Test::Cipher {
            kind: KeyKind::Des,
            key: hex!("0123456789abcdef"),
            parameters: Sample::None,
            plaintext: hex!("4e6f77206973207468652074696d6520666f7220616c6c20"),
            ciphertext: hex!("3fa40e8a984d48156a271787ab8883f9893d51ec4b563b53"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::DesCbc,
        source: "FIPS 81 table C1",
        test: Test::Cipher {
            kind: KeyKind::Des,
            key: hex!("0123456789abcdef"),
            parameters: Sample::Iv(hex!("1234567890abcdef")),
            plaintext: hex!("4e6f77206973207468652074696d6520666f7220616c6c20"),
            ciphertext: hex!("e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::DesCbcPad,
        source: "computed with OpenSSL 3.0",
        test: Test::Cipher {
            kind: KeyKind::Des,
            key: hex!("0123456789abcdef"),
            parameters: Sample::Iv(hex!("1234567890abcdef")),
            plaintext: hex!("4e6f77206973207468652074696d6520666f7220616c6c20"),
            ciphertext: hex!("e5c7cdde872bf27c43e934008c389c0f683788499a7c05f662c16a27e4fcf277"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Des3Ecb,
        source: "SP 800-67 appendix B.1",
        test: Test::Cipher {
            kind: KeyKind::Des3,
            key: hex!("0123456789abcdef23456789abcdef01456789abcdef0123"),
            parameters: Sample::None,
            plaintext: hex!("54686520717566636b2062726f776e20666f78206a756d70"),
            ciphertext: hex!("a826fd8ce53b855fcce21c8112256fe668d5c05dd9b6b900"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Des3Cbc,
        source: "computed with OpenSSL 3.0",
        test: Test::Cipher {
            kind: KeyKind::Des3,
            key: hex!("0123456789abcdef23456789abcdef01456789abcdef0123"),
            parameters: Sample::Iv(hex!("f69f2445df4f9b17")),
            plaintext: hex!("54686520717566636b2062726f776e20666f78206a756d70"),
            ciphertext: hex!("a5c282bad0de3774becd2e04386b589fb5057d8552fc4336"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Des3CbcPad,
        source: "computed with OpenSSL 3.0",
        test: Test::Cipher {
            kind: KeyKind::Des3,
            key: hex!("0123456789abcdef23456789abcdef01456789abcdef0123"),
            parameters: Sample::Iv(hex!("f69f2445df4f9b17")),
            plaintext: hex!("54686520717566636b2062726f776e20666f78206a756d70"),
            ciphertext: hex!("a5c282bad0de3774becd2e04386b589fb5057d8552fc4336af45148b1b044b00"),
        },
    },
];
