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
    /// AES-CMAC, cut to the length that the parameters say.
    AesCmacGeneral {
        name: "AES_CMAC_GENERAL", family: AesCmac, purposes: &[Sign], keys: &[KeyKind::Aes],
        digest: None, parameters: CodeLength, standard: "SP 800-38B §6.2",
        pkcs11: Some(CKM_AES_CMAC_GENERAL), kms: None, xks: None, jose: None,
    }
    /// GMAC: the tag of AES-GCM over the message alone. Its vector must never repeat under one key.
    AesGmac {
        name: "AES_GMAC", family: AesGmac, purposes: &[Sign], keys: &[KeyKind::Aes],
        digest: None, parameters: Gmac, standard: "SP 800-38D",
        pkcs11: Some(CKM_AES_GMAC), kms: None, xks: None, jose: None,
    }
    /// The first half of the last block of AES-CBC, with zeros to fill up. Safe for messages of one known length alone; AES-CMAC has no such limit.
    AesMac {
        name: "AES_MAC", family: AesCbcMac, purposes: &[Sign], keys: &[KeyKind::Aes],
        digest: None, parameters: None, standard: "FIPS 113, ISO/IEC 9797-1 algorithm 1",
        pkcs11: Some(CKM_AES_MAC), kms: None, xks: None, jose: None,
    }
    /// As `AES_MAC`, of the length that the parameters say.
    AesMacGeneral {
        name: "AES_MAC_GENERAL", family: AesCbcMac, purposes: &[Sign], keys: &[KeyKind::Aes],
        digest: None, parameters: CodeLength, standard: "FIPS 113, ISO/IEC 9797-1 algorithm 1",
        pkcs11: Some(CKM_AES_MAC_GENERAL), kms: None, xks: None, jose: None,
    }
    /// CMAC with triple DES.
    Des3Cmac {
        name: "DES3_CMAC", family: DesCmac, purposes: &[Sign], keys: TRIPLE_DES,
        digest: None, parameters: None, standard: "SP 800-38B §6.2",
        pkcs11: Some(CKM_DES3_CMAC), kms: None, xks: None, jose: None,
    }
    /// CMAC with triple DES, cut to the length that the parameters say.
    Des3CmacGeneral {
        name: "DES3_CMAC_GENERAL", family: DesCmac, purposes: &[Sign], keys: TRIPLE_DES,
        digest: None, parameters: CodeLength, standard: "SP 800-38B §6.2",
        pkcs11: Some(CKM_DES3_CMAC_GENERAL), kms: None, xks: None, jose: None,
    }
    /// The first half of the last block of triple DES in CBC mode, with zeros to fill up.
    Des3Mac {
        name: "DES3_MAC", family: DesCbcMac, purposes: &[Sign], keys: TRIPLE_DES,
        digest: None, parameters: None, standard: "FIPS 113, ISO/IEC 9797-1 algorithm 1",
        pkcs11: Some(CKM_DES3_MAC), kms: None, xks: None, jose: None,
    }
    /// As `DES3_MAC`, of the length that the parameters say.
    Des3MacGeneral {
        name: "DES3_MAC_GENERAL", family: DesCbcMac, purposes: &[Sign], keys: TRIPLE_DES,
        digest: None, parameters: CodeLength, standard: "FIPS 113, ISO/IEC 9797-1 algorithm 1",
        pkcs11: Some(CKM_DES3_MAC_GENERAL), kms: None, xks: None, jose: None,
    }
    /// HMAC with MD5.
    HmacMd5 {
        name: "HMAC_MD5", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacMd5],
        digest: Some(Digest::Md5), parameters: None, standard: "RFC 2104",
        pkcs11: Some(CKM_MD5_HMAC), kms: None, xks: None, jose: None,
    }
    /// HMAC with SHA-1, cut to the length that the parameters say.
    HmacSha1General {
        name: "HMAC_SHA_1_GENERAL", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha1],
        digest: Some(Digest::Sha1), parameters: CodeLength, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA_1_HMAC_GENERAL), kms: None, xks: None, jose: None,
    }
    /// HMAC with SHA-224, cut to the length that the parameters say.
    HmacSha224General {
        name: "HMAC_SHA_224_GENERAL", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha224],
        digest: Some(Digest::Sha224), parameters: CodeLength, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA224_HMAC_GENERAL), kms: None, xks: None, jose: None,
    }
    /// HMAC with SHA-256, cut to the length that the parameters say.
    HmacSha256General {
        name: "HMAC_SHA_256_GENERAL", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha256],
        digest: Some(Digest::Sha256), parameters: CodeLength, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA256_HMAC_GENERAL), kms: None, xks: None, jose: None,
    }
    /// HMAC with SHA-384, cut to the length that the parameters say.
    HmacSha384General {
        name: "HMAC_SHA_384_GENERAL", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha384],
        digest: Some(Digest::Sha384), parameters: CodeLength, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA384_HMAC_GENERAL), kms: None, xks: None, jose: None,
    }
    /// HMAC with SHA-512, cut to the length that the parameters say.
    HmacSha512General {
        name: "HMAC_SHA_512_GENERAL", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha512],
        digest: Some(Digest::Sha512), parameters: CodeLength, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA512_HMAC_GENERAL), kms: None, xks: None, jose: None,
    }
    /// HMAC with SHA-512/224, cut to the length that the parameters say.
    HmacSha512_224General {
        name: "HMAC_SHA_512_224_GENERAL", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha512_224],
        digest: Some(Digest::Sha512_224), parameters: CodeLength, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA512_224_HMAC_GENERAL), kms: None, xks: None, jose: None,
    }
    /// HMAC with SHA-512/256, cut to the length that the parameters say.
    HmacSha512_256General {
        name: "HMAC_SHA_512_256_GENERAL", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha512_256],
        digest: Some(Digest::Sha512_256), parameters: CodeLength, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA512_256_HMAC_GENERAL), kms: None, xks: None, jose: None,
    }
    /// HMAC with SHA3-224, cut to the length that the parameters say.
    HmacSha3_224General {
        name: "HMAC_SHA3_224_GENERAL", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha3_224],
        digest: Some(Digest::Sha3_224), parameters: CodeLength, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA3_224_HMAC_GENERAL), kms: None, xks: None, jose: None,
    }
    /// HMAC with SHA3-256, cut to the length that the parameters say.
    HmacSha3_256General {
        name: "HMAC_SHA3_256_GENERAL", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha3_256],
        digest: Some(Digest::Sha3_256), parameters: CodeLength, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA3_256_HMAC_GENERAL), kms: None, xks: None, jose: None,
    }
    /// HMAC with SHA3-384, cut to the length that the parameters say.
    HmacSha3_384General {
        name: "HMAC_SHA3_384_GENERAL", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha3_384],
        digest: Some(Digest::Sha3_384), parameters: CodeLength, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA3_384_HMAC_GENERAL), kms: None, xks: None, jose: None,
    }
    /// HMAC with SHA3-512, cut to the length that the parameters say.
    HmacSha3_512General {
        name: "HMAC_SHA3_512_GENERAL", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha3_512],
        digest: Some(Digest::Sha3_512), parameters: CodeLength, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA3_512_HMAC_GENERAL), kms: None, xks: None, jose: None,
    }
    /// HMAC with MD5, cut to the length that the parameters say.
    HmacMd5General {
        name: "HMAC_MD5_GENERAL", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacMd5],
        digest: Some(Digest::Md5), parameters: CodeLength, standard: "RFC 2104",
        pkcs11: Some(CKM_MD5_HMAC_GENERAL), kms: None, xks: None, jose: None,
    }
    /// The code of a finished message of TLS 1.2, from its master secret.
    Tls12Mac {
        name: "TLS12_MAC", family: TlsMac, purposes: &[Sign], keys: &[KeyKind::GenericSecret],
        digest: None, parameters: TlsCode, standard: "RFC 5246 §7.4.9",
        pkcs11: Some(CKM_TLS12_MAC), kms: None, xks: None, jose: None,
    }
    /// As `TLS12_MAC`, under the older mechanism number.
    TlsMac {
        name: "TLS_MAC", family: TlsMac, purposes: &[Sign], keys: &[KeyKind::GenericSecret],
        digest: None, parameters: TlsCode, standard: "RFC 5246 §7.4.9",
        pkcs11: Some(CKM_TLS_MAC), kms: None, xks: None, jose: None,
    }
    ] $($rest)* } };
}
