//! Message authentication codes.

/// Adds these rows to those collected so far, and hands all to the next macro.
macro_rules! macs {
    ([$($collected:tt)*] $next:ident $($rest:ident)*) => { $next! { [
    $($collected)*
    /// AES-CMAC with the whole tag.
    AesCmac {
        name: "AES_CMAC", family: AesCmac, purposes: &[Sign], keys: &[KeyKind::Aes],
        digest: None, parameters: None, standard: "SP 800-38B §6.2",
        pkcs11: Some(CKM_AES_CMAC), kms: None, xks: None, jose: None,
    }
    /// HMAC with SHA-1.
    HmacSha1 {
        name: "HMAC_SHA_1", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha1],
        digest: Some(Digest::Sha1), parameters: None, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA_1_HMAC), kms: None, xks: None, jose: None,
    }
    /// HMAC with SHA-224.
    HmacSha224 {
        name: "HMAC_SHA_224", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha224],
        digest: Some(Digest::Sha224), parameters: None, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA224_HMAC), kms: Some("HMAC_SHA_224"), xks: None, jose: None,
    }
    /// HMAC with SHA-256.
    HmacSha256 {
        name: "HMAC_SHA_256", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha256],
        digest: Some(Digest::Sha256), parameters: None, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA256_HMAC), kms: Some("HMAC_SHA_256"), xks: None, jose: Some("HS256"),
    }
    /// HMAC with SHA-384.
    HmacSha384 {
        name: "HMAC_SHA_384", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha384],
        digest: Some(Digest::Sha384), parameters: None, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA384_HMAC), kms: Some("HMAC_SHA_384"), xks: None, jose: Some("HS384"),
    }
    /// HMAC with SHA-512.
    HmacSha512 {
        name: "HMAC_SHA_512", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha512],
        digest: Some(Digest::Sha512), parameters: None, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA512_HMAC), kms: Some("HMAC_SHA_512"), xks: None, jose: Some("HS512"),
    }
    /// HMAC with SHA-512/224.
    HmacSha512_224 {
        name: "HMAC_SHA_512_224", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha512_224],
        digest: Some(Digest::Sha512_224), parameters: None, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA512_224_HMAC), kms: None, xks: None, jose: None,
    }
    /// HMAC with SHA-512/256.
    HmacSha512_256 {
        name: "HMAC_SHA_512_256", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha512_256],
        digest: Some(Digest::Sha512_256), parameters: None, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA512_256_HMAC), kms: None, xks: None, jose: None,
    }
    /// HMAC with SHA3-224.
    HmacSha3_224 {
        name: "HMAC_SHA3_224", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha3_224],
        digest: Some(Digest::Sha3_224), parameters: None, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA3_224_HMAC), kms: None, xks: None, jose: None,
    }
    /// HMAC with SHA3-256.
    HmacSha3_256 {
        name: "HMAC_SHA3_256", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha3_256],
        digest: Some(Digest::Sha3_256), parameters: None, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA3_256_HMAC), kms: None, xks: None, jose: None,
    }
    /// HMAC with SHA3-384.
    HmacSha3_384 {
        name: "HMAC_SHA3_384", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha3_384],
        digest: Some(Digest::Sha3_384), parameters: None, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA3_384_HMAC), kms: None, xks: None, jose: None,
    }
    /// HMAC with SHA3-512.
    HmacSha3_512 {
        name: "HMAC_SHA3_512", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha3_512],
        digest: Some(Digest::Sha3_512), parameters: None, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA3_512_HMAC), kms: None, xks: None, jose: None,
    }
    ] $($rest)* } };
}
