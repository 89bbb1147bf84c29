//! Ciphers of secret keys, and key wrapping with them.

/// Adds these rows to those collected so far, and hands all to the next macro.
macro_rules! ciphers {
    ([$($collected:tt)*] $next:ident $($rest:ident)*) => { $next! { [
    $($collected)*
    /// AES in electronic codebook mode. Not for data: blocks that are alike stay alike.
    AesEcb {
        name: "AES_ECB", family: AesEcb, purposes: &[Encrypt, Wrap], keys: &[KeyKind::Aes],
        digest: None, parameters: None, standard: "SP 800-38A §6.1",
        pkcs11: Some(CKM_AES_ECB), kms: None, xks: None, jose: None,
    }
    /// AES in cipher block chaining mode over whole blocks.
    AesCbc {
        name: "AES_CBC", family: AesCbc, purposes: &[Encrypt, Wrap], keys: &[KeyKind::Aes],
        digest: None, parameters: Iv, standard: "SP 800-38A §6.2",
        pkcs11: Some(CKM_AES_CBC), kms: None, xks: None, jose: None,
    }
    /// AES in cipher block chaining mode with PKCS#7 padding.
    AesCbcPad {
        name: "AES_CBC_PAD", family: AesCbcPad, purposes: &[Encrypt, Wrap], keys: &[KeyKind::Aes],
        digest: None, parameters: Iv, standard: "SP 800-38A §6.2, RFC 5652 §6.3",
        pkcs11: Some(CKM_AES_CBC_PAD), kms: None, xks: None, jose: None,
    }
    /// AES in counter mode.
    AesCtr {
        name: "AES_CTR", family: AesCtr, purposes: &[Encrypt], keys: &[KeyKind::Aes],
        digest: None, parameters: Ctr, standard: "SP 800-38A §6.5",
        pkcs11: Some(CKM_AES_CTR), kms: None, xks: None, jose: None,
    }
    /// AES in Galois/counter mode; the tag follows the ciphertext.
    AesGcm {
        name: "AES_GCM", family: AesGcm, purposes: &[Encrypt, Wrap], keys: &[KeyKind::Aes],
        digest: None, parameters: Gcm, standard: "SP 800-38D",
        pkcs11: Some(CKM_AES_GCM), kms: None, xks: Some("AES_GCM"), jose: Some("A256GCM"),
    }
    /// AES Key Wrap of whole 64-bit blocks.
    AesKw {
        name: "AES_KW", family: AesKeyWrap, purposes: &[Encrypt, Wrap], keys: &[KeyKind::Aes],
        digest: None, parameters: KeyWrapIv, standard: "SP 800-38F §6.2, RFC 3394",
        pkcs11: Some(CKM_AES_KEY_WRAP), kms: None, xks: None, jose: Some("A256KW"),
    }
    /// AES Key Wrap with Padding.
    AesKwp {
        name: "AES_KWP", family: AesKeyWrap, purposes: &[Encrypt, Wrap], keys: &[KeyKind::Aes],
        digest: None, parameters: KeyWrapPaddedIv, standard: "SP 800-38F §6.3, RFC 5649",
        pkcs11: Some(CKM_AES_KEY_WRAP_KWP), kms: None, xks: None, jose: None,
    }
    /// AES Key Wrap with Padding under the mechanism number from before PKCS#11 3.0, as `SoftHSM` offers it.
    AesKwpOld {
        name: "AES_KW_PAD", family: AesKeyWrap, purposes: &[Encrypt, Wrap], keys: &[KeyKind::Aes],
        digest: None, parameters: KeyWrapPaddedIv, standard: "SP 800-38F §6.3, RFC 5649",
        pkcs11: Some(CKM_AES_KEY_WRAP_PAD), kms: None, xks: None, jose: None,
    }
    /// AES in cipher block chaining mode with ciphertext stealing, the variant CS1: as long as the plaintext, of at least one block.
    AesCts {
        name: "AES_CTS", family: AesCts, purposes: &[Encrypt], keys: &[KeyKind::Aes],
        digest: None, parameters: Iv, standard: "SP 800-38A addendum, CBC-CS1",
        pkcs11: Some(CKM_AES_CTS), kms: None, xks: None, jose: None,
    }
    /// AES in output feedback mode.
    AesOfb {
        name: "AES_OFB", family: AesFeedback, purposes: &[Encrypt], keys: &[KeyKind::Aes],
        digest: None, parameters: Iv, standard: "SP 800-38A §6.4",
        pkcs11: Some(CKM_AES_OFB), kms: None, xks: None, jose: None,
    }
    /// AES in cipher feedback mode, a block at a time.
    AesCfb128 {
        name: "AES_CFB128", family: AesFeedback, purposes: &[Encrypt], keys: &[KeyKind::Aes],
        digest: None, parameters: Iv, standard: "SP 800-38A §6.3",
        pkcs11: Some(CKM_AES_CFB128), kms: None, xks: None, jose: None,
    }
    /// AES in cipher feedback mode, a byte at a time.
    AesCfb8 {
        name: "AES_CFB8", family: AesFeedback, purposes: &[Encrypt], keys: &[KeyKind::Aes],
        digest: None, parameters: Iv, standard: "SP 800-38A §6.3",
        pkcs11: Some(CKM_AES_CFB8), kms: None, xks: None, jose: None,
    }
    /// AES in cipher feedback mode, a bit at a time.
    AesCfb1 {
        name: "AES_CFB1", family: AesFeedback, purposes: &[Encrypt], keys: &[KeyKind::Aes],
        digest: None, parameters: Iv, standard: "SP 800-38A §6.3",
        pkcs11: Some(CKM_AES_CFB1), kms: None, xks: None, jose: None,
    }
    /// AES in XTS mode for storage: the parameter is the number of the data unit, its first byte the least significant.
    AesXts {
        name: "AES_XTS", family: AesXts, purposes: &[Encrypt], keys: &[KeyKind::AesXts],
        digest: None, parameters: Iv, standard: "SP 800-38E, IEEE 1619",
        pkcs11: Some(CKM_AES_XTS), kms: None, xks: None, jose: None,
    }
    /// AES in counter mode with CBC-MAC; the code follows the ciphertext.
    AesCcm {
        name: "AES_CCM", family: AesCcm, purposes: &[Encrypt, Wrap], keys: &[KeyKind::Aes],
        digest: None, parameters: Ccm, standard: "SP 800-38C",
        pkcs11: Some(CKM_AES_CCM), kms: None, xks: None, jose: None,
    }
    /// AES Key Wrap of whole 64-bit blocks, of keys that PKCS#7 padding fills up.
    AesKwPkcs7 {
        name: "AES_KW_PKCS7", family: AesKeyWrap, purposes: &[Encrypt, Wrap], keys: &[KeyKind::Aes],
        digest: None, parameters: KeyWrapIv, standard: "SP 800-38F §6.2, RFC 5652 §6.3",
        pkcs11: Some(CKM_AES_KEY_WRAP_PKCS7), kms: None, xks: None, jose: None,
    }
    /// ChaCha20 alone, which authenticates nothing.
    ChaCha20 {
        name: "CHACHA20", family: ChaCha20, purposes: &[Encrypt], keys: &[KeyKind::ChaCha20],
        digest: None, parameters: ChaCha20, standard: "RFC 8439 §2.4",
        pkcs11: Some(CKM_CHACHA20), kms: None, xks: None, jose: None,
    }
    /// ChaCha20 with Poly1305; the tag of 16 bytes follows the ciphertext.
    ChaCha20Poly1305 {
        name: "CHACHA20_POLY1305", family: ChaCha20Poly1305, purposes: &[Encrypt], keys: &[KeyKind::ChaCha20],
        digest: None, parameters: ChaCha20Poly1305, standard: "RFC 8439 §2.8",
        pkcs11: Some(CKM_CHACHA20_POLY1305), kms: None, xks: None, jose: Some("C20P"),
    }
    /// DES in electronic codebook mode.
    DesEcb {
        name: "DES_ECB", family: DesEcb, purposes: &[Encrypt], keys: &[KeyKind::Des],
        digest: None, parameters: None, standard: "FIPS 81 §3",
        pkcs11: Some(CKM_DES_ECB), kms: None, xks: None, jose: None,
    }
    /// DES in cipher block chaining mode over whole blocks.
    DesCbc {
        name: "DES_CBC", family: DesCbc, purposes: &[Encrypt], keys: &[KeyKind::Des],
        digest: None, parameters: Iv, standard: "FIPS 81 §5",
        pkcs11: Some(CKM_DES_CBC), kms: None, xks: None, jose: None,
    }
    /// DES in cipher block chaining mode with PKCS#7 padding.
    DesCbcPad {
        name: "DES_CBC_PAD", family: DesCbcPad, purposes: &[Encrypt], keys: &[KeyKind::Des],
        digest: None, parameters: Iv, standard: "FIPS 81 §5, RFC 5652 §6.3",
        pkcs11: Some(CKM_DES_CBC_PAD), kms: None, xks: None, jose: None,
    }
    /// Triple DES in electronic codebook mode.
    Des3Ecb {
        name: "DES3_ECB", family: DesEcb, purposes: &[Encrypt, Wrap], keys: TRIPLE_DES,
        digest: None, parameters: None, standard: "SP 800-67, SP 800-38A §6.1",
        pkcs11: Some(CKM_DES3_ECB), kms: None, xks: None, jose: None,
    }
    /// Triple DES in cipher block chaining mode over whole blocks.
    Des3Cbc {
        name: "DES3_CBC", family: DesCbc, purposes: &[Encrypt, Wrap], keys: TRIPLE_DES,
        digest: None, parameters: Iv, standard: "SP 800-67, SP 800-38A §6.2",
        pkcs11: Some(CKM_DES3_CBC), kms: None, xks: None, jose: None,
    }
    /// Triple DES in cipher block chaining mode with PKCS#7 padding.
    Des3CbcPad {
        name: "DES3_CBC_PAD", family: DesCbcPad, purposes: &[Encrypt, Wrap], keys: TRIPLE_DES,
        digest: None, parameters: Iv, standard: "SP 800-67, SP 800-38A §6.2, RFC 5652 §6.3",
        pkcs11: Some(CKM_DES3_CBC_PAD), kms: None, xks: None, jose: None,
    }
    ] $($rest)* } };
}
