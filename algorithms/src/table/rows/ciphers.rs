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
    ] $($rest)* } };
}
