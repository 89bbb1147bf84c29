//! Known answers of TLS 1.2 key derivation.

use hsm_algorithms::{Algorithm, Digest, KeyKind, Parameters, TlsParameters};

use super::{KnownAnswer, Test, hex};

/// What TLS derives from.
pub(super) fn parameters(
    hash: Digest,
    [client_random, server_random, label, context]: [&[u8]; 4],
    code_length_bytes: u32,
) -> Parameters {
    Parameters::Tls(TlsParameters {
        hash,
        client_random: client_random.to_vec(),
        server_random: server_random.to_vec(),
        label: label.to_vec(),
        context: context.to_vec(),
        code_length_bytes,
        iv_length_bytes: 0,
    })
}

/// The rows.
pub(super) const TLS: &[KnownAnswer] = &[
    KnownAnswer {
        algorithm: Algorithm::Tls12MasterSecret,
        source: "computed with the hmac module of Python 3",
        test: Test::Derivation {
            kind: KeyKind::GenericSecret,
            key: hex!(
                "0303000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d"
            ),
            other: None,
            parameters: || {
                parameters(
                    Digest::Sha256,
                    [
                        hex!("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"),
                        hex!("202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"),
                        hex!(""),
                        hex!(""),
                    ],
                    0,
                )
            },
            derived: hex!(
                "d2c76cb7c4c86a909737874ceccddc57f2c211e2a4c6f44532306227ba5173089e3a96968874bb7e9ff14f3ed8c6a41a"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Tls12MasterSecretDh,
        source: "computed with the hmac module of Python 3",
        test: Test::Derivation {
            kind: KeyKind::GenericSecret,
            key: hex!("0303000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d"),
            other: None,
            parameters: || {
                parameters(
                    Digest::Sha384,
                    [
                        hex!("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"),
                        hex!("202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"),
                        hex!(""),
                        hex!(""),
                    ],
                    0,
                )
            },
            derived: hex!(
                "435e2b3a90c1c9366771115473101a54310eafc552719c85d5aea63048963cc0e72fd082110ac11554c35ef750ebc508"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Tls12ExtendedMasterSecret,
        source: "computed with the hmac module of Python 3",
        test: Test::Derivation {
            kind: KeyKind::GenericSecret,
            key: hex!(
                "0303000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d"
            ),
            other: None,
            parameters: || {
                parameters(
                    Digest::Sha256,
                    [
                        hex!(""),
                        hex!(""),
                        hex!(""),
                        hex!("dfff30d188055f20aaa1610f29102805528465bbad91709ded764e8899f5ad2b"),
                    ],
                    0,
                )
            },
            derived: hex!(
                "6d4c452f87f72fa9a3e572147a2cb528af7b698ec87d73e1ca9fc2df87b0ee55d31611cbdd05f697bfae0be5768465b2"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::Tls12ExtendedMasterSecretDh,
        source: "computed with the hmac module of Python 3",
        test: Test::Derivation {
            kind: KeyKind::GenericSecret,
            key: hex!("0303000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d"),
            other: None,
            parameters: || {
                parameters(
                    Digest::Sha256,
                    [
                        hex!(""),
                        hex!(""),
                        hex!(""),
                        hex!("dfff30d188055f20aaa1610f29102805528465bbad91709ded764e8899f5ad2b"),
                    ],
                    0,
                )
            },
            derived: hex!(
                "27201fa1b7bcf63ca634cca2283c584a5bec5e4eb8ebf4e7bbce36dfce1f03818fbe6d869ee11446282867bacc9d9758"
            ),
        },
    },
    ietf_example(Algorithm::Tls12Kdf),
    ietf_example(Algorithm::TlsKdf),
    key_block(Algorithm::Tls12KeyBlock),
    key_block(Algorithm::Tls12KeyBlockSafe),
];

/// What both names of the same function give.
const fn ietf_example(algorithm: Algorithm) -> KnownAnswer {
    KnownAnswer {
        algorithm,
        source: "the P_SHA256 example of the IETF TLS list, its seed in two halves",
        test: Test::Derivation {
            kind: KeyKind::GenericSecret,
            key: hex!("9bbe436ba940f017b17652849a71db35"),
            other: None,
            parameters: || {
                parameters(
                    Digest::Sha256,
                    [
                        hex!("a0ba9f936cda3118"),
                        hex!("27a6f796ffd5198c"),
                        hex!("74657374206c6162656c"),
                        hex!(""),
                    ],
                    0,
                )
            },
            derived: hex!(
                "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66"
            ),
        },
    }
}

/// A key block without initialization vectors, which both mechanisms for it give.
const fn key_block(algorithm: Algorithm) -> KnownAnswer {
    KnownAnswer {
        algorithm,
        source: "NIST CAVP, TLS 1.2 key derivation, SHA-256, key block of 1,024 bits, count 0",
        test: Test::Derivation {
            kind: KeyKind::GenericSecret,
            key: hex!(
                "202c88c00f84a17a20027079604787461176455539e705be730890602c289a5001e34eeb3a043e5d52a65e66125188bf"
            ),
            other: None,
            parameters: || {
                parameters(
                    Digest::Sha256,
                    [
                        hex!("62e1fd91f23f558a605f28478c58cf72637b89784d959df7e946d3f07bd1b616"),
                        hex!("ae6c806f8ad4d80784549dff28a4b58fd837681a51d928c3e30ee5ff14f39868"),
                        hex!(""),
                        hex!(""),
                    ],
                    0,
                )
            },
            derived: hex!(
                "d06139889fffac1e3a71865f504aa5d0d2a2e89506c6f2279b670c3e1b74f531016a2530c51a3a0f7e1d6590d0f0566b2f387f8d11fd4f731cdd572d2eae927f6f2f81410b25e6960be68985add6c38445ad9f8c64bf8068bf9a6679485d966f1ad6f68b43495b10a683755ea2b858d70ccac7ec8b053c6bd41ca299d4e51928"
            ),
        },
    }
}
