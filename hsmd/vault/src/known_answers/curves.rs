//! Known answers on elliptic curves: ECDSA, Ed25519, Diffie-Hellman.

use hsm_algorithms::{Algorithm, Curve};

use super::{KnownAnswer, Sample, Test, TestKey, hex};

/// The private key of RFC 6979 A.2.5.
const P256: TestKey = TestKey::Scalar {
    curve: Curve::P256,
    scalar: hex!("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"),
};
/// The private key of RFC 6979 A.2.6.
const P384: TestKey = TestKey::Scalar {
    curve: Curve::P384,
    scalar: hex!(
        "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5"
    ),
};
/// The private key of RFC 6979 A.2.7.
const P521: TestKey = TestKey::Scalar {
    curve: Curve::P521,
    scalar: hex!(
        "00fad06daa62ba3b25d2fb40133da757205de67f5bb0018fee8c86e1b68c7e75caa896eb32f1f47c70855836a6d16fcc1466f6d8fbec67db89ec0c08b0e996b83538"
    ),
};
/// The seed of RFC 8032 §7.1, test 3.
const ED25519: TestKey = TestKey::Scalar {
    curve: Curve::Ed25519,
    scalar: hex!("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"),
};

/// The private key of RFC 8032 §7.4, "1 octet (with context)".
const ED448: TestKey = TestKey::Scalar {
    curve: Curve::Ed448,
    scalar: hex!(
        "c4eab05d357007c632f3dbb48489924d552b08fe0c353a0d4a1f00acda2c463afbea67c5e8d2877c5e3bc397a659949ef8021e954e0a12274e"
    ),
};
/// The private key of RFC 8032 §7.5, "TEST abc".
const ED448PH: TestKey = TestKey::Scalar {
    curve: Curve::Ed448,
    scalar: hex!(
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42ef7822e0d5104127dc05d6dbefde69e3ab2cec7c867c6e2c49"
    ),
};

/// The rows.
pub(super) const CURVES: &[KnownAnswer] = &[
    KnownAnswer {
        algorithm: Algorithm::EcdsaSha1,
        source: "RFC 6979 A.2.5",
        test: Test::Signature {
            key: &P256,
            parameters: Sample::None,
            message: b"sample",
            signature: hex!(
                "61340c88c3aaebeb4f6d667f672ca9759a6ccaa9fa8811313039ee4a35471d326d7f147dac089441bb2e2fe8f7a3fa264b9c475098fdcf6e00d7c996e1b8b7eb"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::EcdsaSha224,
        source: "RFC 6979 A.2.5",
        test: Test::Signature {
            key: &P256,
            parameters: Sample::None,
            message: b"sample",
            signature: hex!(
                "53b2fff5d1752b2c689df257c04c40a587fababb3f6fc2702f1343af7ca9aa3fb9afb64fdc03dc1a131c7d2386d11e349f070aa432a4acc918bea988bf75c74c"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::EcdsaSha256,
        source: "RFC 6979 A.2.5",
        test: Test::Signature {
            key: &P256,
            parameters: Sample::None,
            message: b"sample",
            signature: hex!(
                "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::EcdsaSha256,
        source: "RFC 6979 A.2.6",
        test: Test::Signature {
            key: &P384,
            parameters: Sample::None,
            message: b"sample",
            signature: hex!(
                "21b13d1e013c7fa1392d03c5f99af8b30c570c6f98d4ea8e354b63a21d3daa33bde1e888e63355d92fa2b3c36d8fb2cdf3aa443fb107745bf4bd77cb3891674632068a10ca67e3d45db2266fa7d1feebefdc63eccd1ac42ec0cb8668a4fa0ab0"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::EcdsaSha256,
        source: "RFC 6979 A.2.7",
        test: Test::Signature {
            key: &P521,
            parameters: Sample::None,
            message: b"sample",
            signature: hex!(
                "01511bb4d675114fe266fc4372b87682baecc01d3cc62cf2303c92b3526012659d16876e25c7c1e57648f23b73564d67f61c6f14d527d54972810421e7d87589e1a7004a171143a83163d6df460aaf61522695f207a58b95c0644d87e52aa1a347916e4f7a72930b1bc06dbe22ce3f58264afd23704cbb63b29b931f7de6c9d949a7ecfc"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::EcdsaSha384,
        source: "OpenSSL 4.0, with the key of RFC 6979 A.2.5",
        test: Test::Signature {
            key: &P256,
            parameters: Sample::None,
            message: b"sample",
            signature: hex!(
                "0eafea039b20e9b42309fb1d89e213057cbf973dc0cfc8f129edddc800ef77194861f0491e6998b9455193e34e7b0d284ddd7149a74b95b9261f13abde940954"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::EcdsaSha512,
        source: "RFC 6979 A.2.5",
        test: Test::Signature {
            key: &P256,
            parameters: Sample::None,
            message: b"sample",
            signature: hex!(
                "8496a60b5e9b47c825488827e0495b0e3fa109ec4568fd3f8d1097678eb97f002362ab1adbe2b8adf9cb9edab740ea6049c028114f2460f96554f61fae3302fe"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::EcdsaSha512,
        source: "RFC 6979 A.2.6",
        test: Test::Signature {
            key: &P384,
            parameters: Sample::None,
            message: b"sample",
            signature: hex!(
                "ed0959d5880ab2d869ae7f6c2915c6d60f96507f9cb3e047c0046861da4a799cfe30f35cc900056d7c99cd7882433709512c8cceee3890a84058ce1e22dbc2198f42323ce8aca9135329f03c068e5112dc7cc3ef3446defceb01a45c2667fdd5"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::EcdsaSha512,
        source: "RFC 6979 A.2.7",
        test: Test::Signature {
            key: &P521,
            parameters: Sample::None,
            message: b"sample",
            signature: hex!(
                "00c328fafcbd79dd77850370c46325d987cb525569fb63c5d3bc53950e6d4c5f174e25a1ee9017b5d450606add152b534931d7d4e8455cc91f9b15bf05ec36e377fa00617cce7cf5064806c467f678d3b4080d6f1cc50af26ca209417308281b68af282623eaa63e5b5c0723d8b8c37ff0777b1a20f8ccb1dccc43997f1ee0e44da4a67a"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::EcdsaSha3_224,
        source: "OpenSSL 4.0, with the key of RFC 6979 A.2.5",
        test: Test::Signature {
            key: &P256,
            parameters: Sample::None,
            message: b"sample",
            signature: hex!(
                "17b6d2c1232cc0c7c6ab46ac8248f50662012e373bb79843777b2e9eee3ebb342dd7e23cd2f6af2ec773719cd60fa7a3b93ff21460687b6a2fd7f3b92f3ead09"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::EcdsaSha3_256,
        source: "OpenSSL 4.0, with the key of RFC 6979 A.2.5",
        test: Test::Signature {
            key: &P256,
            parameters: Sample::None,
            message: b"sample",
            signature: hex!(
                "8fedfdf147364db550f840aebfe7c26df77a9ab56c9aea20ac33e45e1aedd7ac3a5bd6183374df2517910db14e0a9cc4666ae679c4d1ebb89242fb3062db6068"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::EcdsaSha3_384,
        source: "OpenSSL 4.0, with the key of RFC 6979 A.2.5",
        test: Test::Signature {
            key: &P256,
            parameters: Sample::None,
            message: b"sample",
            signature: hex!(
                "490481633ff76925541e2de72324cd3ac651be43031a19377c565673cfdaf7f965ca55d455f1335c729cb74d06dc81561309c924ea2c97cbc11132c220dc932a"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::EcdsaSha3_512,
        source: "OpenSSL 4.0, with the key of RFC 6979 A.2.5",
        test: Test::Signature {
            key: &P256,
            parameters: Sample::None,
            message: b"sample",
            signature: hex!(
                "83efc3ac4508ed1749c9d7ae1fc1235c259cc1c6b15e9f3903736f435751fff5411aadc5274dd77051f8bfc5673a024b04a71248d995a22fa079a98fbd1fc85a"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Ecdsa,
        source: "RFC 6979 A.2.5, over the digest",
        test: Test::Signature {
            key: &P256,
            parameters: Sample::None,
            message: hex!("af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf"),
            signature: hex!(
                "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Ecdsa,
        source: "RFC 6979 A.2.6, over the digest",
        test: Test::Signature {
            key: &P384,
            parameters: Sample::None,
            message: hex!(
                "9a9083505bc92276aec4be312696ef7bf3bf603f4bbd381196a029f340585312313bca4a9b5b890efee42c77b1ee25fe"
            ),
            signature: hex!(
                "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe4699ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Ecdsa,
        source: "RFC 6979 A.2.7, over the digest",
        test: Test::Signature {
            key: &P521,
            parameters: Sample::None,
            message: hex!(
                "39a5e04aaff7455d9850c605364f514c11324ce64016960d23d5dc57d3ffd8f49a739468ab8049bf18eef820cdb1ad6c9015f838556bc7fad4138b23fdf986c7"
            ),
            signature: hex!(
                "00c328fafcbd79dd77850370c46325d987cb525569fb63c5d3bc53950e6d4c5f174e25a1ee9017b5d450606add152b534931d7d4e8455cc91f9b15bf05ec36e377fa00617cce7cf5064806c467f678d3b4080d6f1cc50af26ca209417308281b68af282623eaa63e5b5c0723d8b8c37ff0777b1a20f8ccb1dccc43997f1ee0e44da4a67a"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::EdDsa,
        source: "RFC 8032 §7.2, foo",
        test: Test::Signature {
            key: &TestKey::Scalar {
                curve: Curve::Ed25519,
                scalar: hex!("0305334e381af78f141cb666f6199f57bc3495335a256a95bd2a55bf546663f6"),
            },
            parameters: Sample::EdDsa {
                is_prehashed: false,
                context: b"foo",
            },
            message: hex!("f726936d19c800494e3fdaff20b276a8"),
            signature: hex!(
                "55a4cc2f70a54e04288c5f4cd1e45a7bb520b36292911876cada7323198dd87a8b36950b95130022907a7fb7c4e9b2d5f6cca685a587b4b21f4b888e4e7edb0d"
            ),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::EdDsa,
        source: "RFC 8032 §7.3",
        test: Test::Signature {
            key: &TestKey::Scalar {
                curve: Curve::Ed25519,
                scalar: hex!("833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42"),
            },
            parameters: Sample::EdDsa {
                is_prehashed: true,
                context: b"",
            },
            message: hex!("616263"),
            signature: hex!(
                "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406"
            ),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::EdDsa,
        source: "RFC 8032 §7.1, test 3",
        test: Test::Signature {
            key: &ED25519,
            parameters: Sample::None,
            message: hex!("af82"),
            signature: hex!(
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
            ),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Ecdh,
        source: "Wycheproof, ecdh_secp256r1_ecpoint_test, case 1",
        test: Test::Agreement {
            key: TestKey::Scalar {
                curve: Curve::P256,
                scalar: hex!("0612465c89a023ab17855b0a6bcebfd3febb53aef84138647b5352e02c10c346"),
            },
            public_point: hex!(
                "0462d5bd3372af75fe85a040715d0f502428e07046868b0bfdfa61d731afe44f26ac333a93a9e70a81cd5a95b5bf8d13990eb741c8c38872b4a07d275a014e30cf"
            ),
            secret: hex!("53020d908b0219328b658b525f26780e3ae12bcd952bb25a93bc0895e1714285"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::EcdhCofactor,
        source: "Wycheproof, ecdh_secp256r1_ecpoint_test, case 1",
        test: Test::Agreement {
            key: TestKey::Scalar {
                curve: Curve::P256,
                scalar: hex!("0612465c89a023ab17855b0a6bcebfd3febb53aef84138647b5352e02c10c346"),
            },
            public_point: hex!(
                "0462d5bd3372af75fe85a040715d0f502428e07046868b0bfdfa61d731afe44f26ac333a93a9e70a81cd5a95b5bf8d13990eb741c8c38872b4a07d275a014e30cf"
            ),
            secret: hex!("53020d908b0219328b658b525f26780e3ae12bcd952bb25a93bc0895e1714285"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Ecdh,
        source: "Wycheproof, ecdh_secp384r1_ecpoint_test, case 1",
        test: Test::Agreement {
            key: TestKey::Scalar {
                curve: Curve::P384,
                scalar: hex!(
                    "766e61425b2da9f846c09fc3564b93a6f8603b7392c785165bf20da948c49fd1fb1dee4edd64356b9f21c588b75dfd81"
                ),
            },
            public_point: hex!(
                "04790a6e059ef9a5940163183d4a7809135d29791643fc43a2f17ee8bf677ab84f791b64a6be15969ffa012dd9185d8796d9b954baa8a75e82df711b3b56eadff6b0f668c3b26b4b1aeb308a1fcc1c680d329a6705025f1c98a0b5e5bfcb163caa"
            ),
            secret: hex!(
                "6461defb95d996b24296f5a1832b34db05ed031114fbe7d98d098f93859866e4de1e229da71fef0c77fe49b249190135"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::EcdhCofactor,
        source: "Wycheproof, ecdh_secp384r1_ecpoint_test, case 1",
        test: Test::Agreement {
            key: TestKey::Scalar {
                curve: Curve::P384,
                scalar: hex!(
                    "766e61425b2da9f846c09fc3564b93a6f8603b7392c785165bf20da948c49fd1fb1dee4edd64356b9f21c588b75dfd81"
                ),
            },
            public_point: hex!(
                "04790a6e059ef9a5940163183d4a7809135d29791643fc43a2f17ee8bf677ab84f791b64a6be15969ffa012dd9185d8796d9b954baa8a75e82df711b3b56eadff6b0f668c3b26b4b1aeb308a1fcc1c680d329a6705025f1c98a0b5e5bfcb163caa"
            ),
            secret: hex!(
                "6461defb95d996b24296f5a1832b34db05ed031114fbe7d98d098f93859866e4de1e229da71fef0c77fe49b249190135"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Ecdh,
        source: "Wycheproof, ecdh_secp521r1_ecpoint_test, case 1",
        test: Test::Agreement {
            key: TestKey::Scalar {
                curve: Curve::P521,
                scalar: hex!(
                    "01939982b529596ce77a94bc6efd03e92c21a849eb4f87b8f619d506efc9bb22e7c61640c90d598f795b64566dc6df43992ae34a1341d458574440a7371f611c7dcd"
                ),
            },
            public_point: hex!(
                "040064da3e94733db536a74a0d8a5cb2265a31c54a1da6529a198377fbd38575d9d79769ca2bdf2d4c972642926d444891a652e7f492337251adf1613cf3077999b5ce00e04ad19cf9fd4722b0c824c069f70c3c0e7ebc5288940dfa92422152ae4a4f79183ced375afb54db1409ddf338b85bb6dbfc5950163346bb63a90a70c5aba098f7"
            ),
            secret: hex!(
                "01f1e410f2c6262bce6879a3f46dfb7dd11d30eeee9ab49852102e1892201dd10f27266c2cf7cbccc7f6885099043dad80ff57f0df96acf283fb090de53df95f7d87"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::EcdhCofactor,
        source: "Wycheproof, ecdh_secp521r1_ecpoint_test, case 1",
        test: Test::Agreement {
            key: TestKey::Scalar {
                curve: Curve::P521,
                scalar: hex!(
                    "01939982b529596ce77a94bc6efd03e92c21a849eb4f87b8f619d506efc9bb22e7c61640c90d598f795b64566dc6df43992ae34a1341d458574440a7371f611c7dcd"
                ),
            },
            public_point: hex!(
                "040064da3e94733db536a74a0d8a5cb2265a31c54a1da6529a198377fbd38575d9d79769ca2bdf2d4c972642926d444891a652e7f492337251adf1613cf3077999b5ce00e04ad19cf9fd4722b0c824c069f70c3c0e7ebc5288940dfa92422152ae4a4f79183ced375afb54db1409ddf338b85bb6dbfc5950163346bb63a90a70c5aba098f7"
            ),
            secret: hex!(
                "01f1e410f2c6262bce6879a3f46dfb7dd11d30eeee9ab49852102e1892201dd10f27266c2cf7cbccc7f6885099043dad80ff57f0df96acf283fb090de53df95f7d87"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Ecdh,
        source: "Wycheproof, x25519_test, case 1",
        test: Test::Agreement {
            key: TestKey::Scalar {
                curve: Curve::X25519,
                scalar: hex!("c8a9d5a91091ad851c668b0736c1c9a02936c0d3ad62670858088047ba057475"),
            },
            public_point: hex!("504a36999f489cd2fdbc08baff3d88fa00569ba986cba22548ffde80f9806829"),
            secret: hex!("436a2c040cf45fea9b29a0cb81b1f41458f863d0d61b453d0a982720d6d61320"),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::EdDsa,
        source: "RFC 8032 §7.4, 1 octet (with context)",
        test: Test::Signature {
            key: &ED448,
            parameters: Sample::EdDsa {
                is_prehashed: false,
                context: b"foo",
            },
            message: hex!("03"),
            signature: hex!(
                "d4f8f6131770dd46f40867d6fd5d5055de43541f8c5e35abbcd001b32a89f7d2151f7647f11d8ca2ae279fb842d607217fce6e042f6815ea000c85741de5c8da1144a6a1aba7f96de42505d7a7298524fda538fccbbb754f578c1cad10d54d0d5428407e85dcbc98a49155c13764e66c3c00"
            ),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::EdDsa,
        source: "RFC 8032 §7.5, TEST abc",
        test: Test::Signature {
            key: &ED448PH,
            parameters: Sample::EdDsa {
                is_prehashed: true,
                context: b"",
            },
            message: b"abc",
            signature: hex!(
                "822f6901f7480f3d5f562c592994d9693602875614483256505600bbc281ae381f54d6bce2ea911574932f52a4e6cadd78769375ec3ffd1b801a0d9b3f4030cd433964b6457ea39476511214f97469b57dd32dbc560a9a94d00bff07620464a3ad203df7dc7ce360c3cd3696d9d9fab90f00"
            ),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Ecdh,
        source: "RFC 7748 §6.2",
        test: Test::Agreement {
            key: TestKey::Scalar {
                curve: Curve::X448,
                scalar: hex!(
                    "9a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28dd9c9baf574a9419744897391006382a6f127ab1d9ac2d8c0a598726b"
                ),
            },
            public_point: hex!(
                "3eb7a829b0cd20f5bcfc0b599b6feccf6da4627107bdb0d4f345b43027d8b972fc3e34fb4232a13ca706dcb57aec3dae07bdc1c67bf33609"
            ),
            secret: hex!(
                "07fff4181ac6cc95ec1c16a94a0f74d12da232ce40a77552281d282bb60c0b56fd2464c335543936521c24403085d59a449a5037514a879d"
            ),
        },
    },
];
