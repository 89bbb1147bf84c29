//! Keys from keys, and from passwords.

/// Adds these rows to those collected so far, and hands all to the next macro.
macro_rules! derivation {
    ([$($collected:tt)*] $next:ident $($rest:ident)*) => { $next! { [
    $($collected)*
    /// HKDF: extraction, expansion or both.
    Hkdf {
        name: "HKDF", family: Hkdf, purposes: &[Derive], keys: &[KeyKind::GenericSecret, KeyKind::Hkdf],
        digest: None, parameters: Hkdf, standard: "RFC 5869, SP 800-56C",
        pkcs11: Some(CKM_HKDF_DERIVE), kms: None, xks: None, jose: None,
    }
    /// HKDF, for a data object and no key.
    HkdfData {
        name: "HKDF_DATA", family: Hkdf, purposes: &[Derive], keys: &[KeyKind::GenericSecret, KeyKind::Hkdf],
        digest: None, parameters: Hkdf, standard: "RFC 5869, SP 800-56C",
        pkcs11: Some(CKM_HKDF_DATA), kms: None, xks: None, jose: None,
    }
    /// The key derivation in counter mode.
    KbkdfCounter {
        name: "KBKDF_COUNTER", family: Kbkdf, purposes: &[Derive], keys: SECRETS,
        digest: None, parameters: Kbkdf, standard: "SP 800-108 rev. 1 §4.1",
        pkcs11: Some(CKM_SP800_108_COUNTER_KDF), kms: None, xks: None, jose: None,
    }
    /// The key derivation in feedback mode.
    KbkdfFeedback {
        name: "KBKDF_FEEDBACK", family: Kbkdf, purposes: &[Derive], keys: SECRETS,
        digest: None, parameters: Kbkdf, standard: "SP 800-108 rev. 1 §4.2",
        pkcs11: Some(CKM_SP800_108_FEEDBACK_KDF), kms: None, xks: None, jose: None,
    }
    /// The key derivation in double pipeline mode.
    KbkdfDoublePipeline {
        name: "KBKDF_DOUBLE_PIPELINE", family: Kbkdf, purposes: &[Derive], keys: SECRETS,
        digest: None, parameters: Kbkdf, standard: "SP 800-108 rev. 1 §4.3",
        pkcs11: Some(CKM_SP800_108_DOUBLE_PIPELINE_KDF), kms: None, xks: None, jose: None,
    }
    /// A key made of a password. The password is no parameter.
    Pbkdf2 {
        name: "PBKDF2", family: PasswordKdf, purposes: &[Generate], keys: &[],
        digest: None, parameters: Password, standard: "RFC 8018 §5.2",
        pkcs11: Some(CKM_PKCS5_PBKD2), kms: None, xks: None, jose: None,
    }
    /// Two keys, one after the other.
    ConcatenateBaseAndKey {
        name: "CONCATENATE_BASE_AND_KEY", family: Concatenation, purposes: &[Derive], keys: SECRETS,
        digest: None, parameters: OtherKey, standard: "PKCS#11 3.2 §6.43.3",
        pkcs11: Some(CKM_CONCATENATE_BASE_AND_KEY), kms: None, xks: None, jose: None,
    }
    /// A key with data behind it.
    ConcatenateBaseAndData {
        name: "CONCATENATE_BASE_AND_DATA", family: Concatenation, purposes: &[Derive], keys: SECRETS,
        digest: None, parameters: Data, standard: "PKCS#11 3.2 §6.43.4",
        pkcs11: Some(CKM_CONCATENATE_BASE_AND_DATA), kms: None, xks: None, jose: None,
    }
    /// A key with data before it.
    ConcatenateDataAndBase {
        name: "CONCATENATE_DATA_AND_BASE", family: Concatenation, purposes: &[Derive], keys: SECRETS,
        digest: None, parameters: Data, standard: "PKCS#11 3.2 §6.43.5",
        pkcs11: Some(CKM_CONCATENATE_DATA_AND_BASE), kms: None, xks: None, jose: None,
    }
    /// A key and data added bit by bit; as long as the shorter of the two.
    XorBaseAndData {
        name: "XOR_BASE_AND_DATA", family: Concatenation, purposes: &[Derive], keys: SECRETS,
        digest: None, parameters: Data, standard: "PKCS#11 3.2 §6.43.6",
        pkcs11: Some(CKM_XOR_BASE_AND_DATA), kms: None, xks: None, jose: None,
    }
    /// A piece of a key, from any bit on; at its end it goes on at its beginning.
    ExtractKeyFromKey {
        name: "EXTRACT_KEY_FROM_KEY", family: Extraction, purposes: &[Derive], keys: SECRETS,
        digest: None, parameters: BitOffset, standard: "PKCS#11 3.2 §6.43.7",
        pkcs11: Some(CKM_EXTRACT_KEY_FROM_KEY), kms: None, xks: None, jose: None,
    }
    /// The SHA-1 digest of a key.
    DeriveSha1 {
        name: "DERIVE_SHA_1", family: DigestDerivation, purposes: &[Derive], keys: SECRETS,
        digest: Some(Digest::Sha1), parameters: None, standard: "PKCS#11 3.2, key derivation by digests",
        pkcs11: Some(CKM_SHA1_KEY_DERIVATION), kms: None, xks: None, jose: None,
    }
    /// The SHA-224 digest of a key.
    DeriveSha224 {
        name: "DERIVE_SHA_224", family: DigestDerivation, purposes: &[Derive], keys: SECRETS,
        digest: Some(Digest::Sha224), parameters: None, standard: "PKCS#11 3.2, key derivation by digests",
        pkcs11: Some(CKM_SHA224_KEY_DERIVATION), kms: None, xks: None, jose: None,
    }
    /// The SHA-256 digest of a key.
    DeriveSha256 {
        name: "DERIVE_SHA_256", family: DigestDerivation, purposes: &[Derive], keys: SECRETS,
        digest: Some(Digest::Sha256), parameters: None, standard: "PKCS#11 3.2, key derivation by digests",
        pkcs11: Some(CKM_SHA256_KEY_DERIVATION), kms: None, xks: None, jose: None,
    }
    /// The SHA-384 digest of a key.
    DeriveSha384 {
        name: "DERIVE_SHA_384", family: DigestDerivation, purposes: &[Derive], keys: SECRETS,
        digest: Some(Digest::Sha384), parameters: None, standard: "PKCS#11 3.2, key derivation by digests",
        pkcs11: Some(CKM_SHA384_KEY_DERIVATION), kms: None, xks: None, jose: None,
    }
    /// The SHA-512 digest of a key.
    DeriveSha512 {
        name: "DERIVE_SHA_512", family: DigestDerivation, purposes: &[Derive], keys: SECRETS,
        digest: Some(Digest::Sha512), parameters: None, standard: "PKCS#11 3.2, key derivation by digests",
        pkcs11: Some(CKM_SHA512_KEY_DERIVATION), kms: None, xks: None, jose: None,
    }
    /// The SHA-512/224 digest of a key.
    DeriveSha512_224 {
        name: "DERIVE_SHA_512_224", family: DigestDerivation, purposes: &[Derive], keys: SECRETS,
        digest: Some(Digest::Sha512_224), parameters: None, standard: "PKCS#11 3.2, key derivation by digests",
        pkcs11: Some(CKM_SHA512_224_KEY_DERIVATION), kms: None, xks: None, jose: None,
    }
    /// The SHA-512/256 digest of a key.
    DeriveSha512_256 {
        name: "DERIVE_SHA_512_256", family: DigestDerivation, purposes: &[Derive], keys: SECRETS,
        digest: Some(Digest::Sha512_256), parameters: None, standard: "PKCS#11 3.2, key derivation by digests",
        pkcs11: Some(CKM_SHA512_256_KEY_DERIVATION), kms: None, xks: None, jose: None,
    }
    /// The SHA3-224 digest of a key.
    DeriveSha3_224 {
        name: "DERIVE_SHA3_224", family: DigestDerivation, purposes: &[Derive], keys: SECRETS,
        digest: Some(Digest::Sha3_224), parameters: None, standard: "PKCS#11 3.2, key derivation by digests",
        pkcs11: Some(CKM_SHA3_224_KEY_DERIVATION), kms: None, xks: None, jose: None,
    }
    /// The SHA3-256 digest of a key.
    DeriveSha3_256 {
        name: "DERIVE_SHA3_256", family: DigestDerivation, purposes: &[Derive], keys: SECRETS,
        digest: Some(Digest::Sha3_256), parameters: None, standard: "PKCS#11 3.2, key derivation by digests",
        pkcs11: Some(CKM_SHA3_256_KEY_DERIVATION), kms: None, xks: None, jose: None,
    }
    /// The SHA3-384 digest of a key.
    DeriveSha3_384 {
        name: "DERIVE_SHA3_384", family: DigestDerivation, purposes: &[Derive], keys: SECRETS,
        digest: Some(Digest::Sha3_384), parameters: None, standard: "PKCS#11 3.2, key derivation by digests",
        pkcs11: Some(CKM_SHA3_384_KEY_DERIVATION), kms: None, xks: None, jose: None,
    }
    /// The SHA3-512 digest of a key.
    DeriveSha3_512 {
        name: "DERIVE_SHA3_512", family: DigestDerivation, purposes: &[Derive], keys: SECRETS,
        digest: Some(Digest::Sha3_512), parameters: None, standard: "PKCS#11 3.2, key derivation by digests",
        pkcs11: Some(CKM_SHA3_512_KEY_DERIVATION), kms: None, xks: None, jose: None,
    }
    /// The MD5 digest of a key.
    DeriveMd5 {
        name: "DERIVE_MD5", family: DigestDerivation, purposes: &[Derive], keys: SECRETS,
        digest: Some(Digest::Md5), parameters: None, standard: "PKCS#11 3.2, key derivation by digests",
        pkcs11: Some(CKM_MD5_KEY_DERIVATION), kms: None, xks: None, jose: None,
    }
    /// SHAKE128 of a key, as long as the new one shall be.
    DeriveShake128 {
        name: "DERIVE_SHAKE_128", family: DigestDerivation, purposes: &[Derive], keys: SECRETS,
        digest: None, parameters: None, standard: "FIPS 202 §6.2",
        pkcs11: Some(CKM_SHAKE_128_KEY_DERIVATION), kms: None, xks: None, jose: None,
    }
    /// SHAKE256 of a key, as long as the new one shall be.
    DeriveShake256 {
        name: "DERIVE_SHAKE_256", family: DigestDerivation, purposes: &[Derive], keys: SECRETS,
        digest: None, parameters: None, standard: "FIPS 202 §6.2",
        pkcs11: Some(CKM_SHAKE_256_KEY_DERIVATION), kms: None, xks: None, jose: None,
    }
    /// What a key of AES makes of data in ECB mode. Whoever encrypts with the same key knows the new one.
    AesEcbEncryptData {
        name: "AES_ECB_ENCRYPT_DATA", family: EncryptData, purposes: &[Derive], keys: &[KeyKind::Aes],
        digest: None, parameters: EncryptData, standard: "SP 800-38A",
        pkcs11: Some(CKM_AES_ECB_ENCRYPT_DATA), kms: None, xks: None, jose: None,
    }
    /// What a key of AES makes of data in CBC mode. Whoever encrypts with the same key knows the new one.
    AesCbcEncryptData {
        name: "AES_CBC_ENCRYPT_DATA", family: EncryptData, purposes: &[Derive], keys: &[KeyKind::Aes],
        digest: None, parameters: EncryptData, standard: "SP 800-38A",
        pkcs11: Some(CKM_AES_CBC_ENCRYPT_DATA), kms: None, xks: None, jose: None,
    }
    /// What a key of DES makes of data in ECB mode. Whoever encrypts with the same key knows the new one.
    DesEcbEncryptData {
        name: "DES_ECB_ENCRYPT_DATA", family: EncryptData, purposes: &[Derive], keys: &[KeyKind::Des],
        digest: None, parameters: EncryptData, standard: "FIPS 81",
        pkcs11: Some(CKM_DES_ECB_ENCRYPT_DATA), kms: None, xks: None, jose: None,
    }
    /// What a key of DES makes of data in CBC mode. Whoever encrypts with the same key knows the new one.
    DesCbcEncryptData {
        name: "DES_CBC_ENCRYPT_DATA", family: EncryptData, purposes: &[Derive], keys: &[KeyKind::Des],
        digest: None, parameters: EncryptData, standard: "FIPS 81",
        pkcs11: Some(CKM_DES_CBC_ENCRYPT_DATA), kms: None, xks: None, jose: None,
    }
    /// What a key of DES3 makes of data in ECB mode. Whoever encrypts with the same key knows the new one.
    Des3EcbEncryptData {
        name: "DES3_ECB_ENCRYPT_DATA", family: EncryptData, purposes: &[Derive], keys: TRIPLE_DES,
        digest: None, parameters: EncryptData, standard: "SP 800-67",
        pkcs11: Some(CKM_DES3_ECB_ENCRYPT_DATA), kms: None, xks: None, jose: None,
    }
    /// What a key of DES3 makes of data in CBC mode. Whoever encrypts with the same key knows the new one.
    Des3CbcEncryptData {
        name: "DES3_CBC_ENCRYPT_DATA", family: EncryptData, purposes: &[Derive], keys: TRIPLE_DES,
        digest: None, parameters: EncryptData, standard: "SP 800-67",
        pkcs11: Some(CKM_DES3_CBC_ENCRYPT_DATA), kms: None, xks: None, jose: None,
    }
    /// The master secret of TLS 1.2 from an RSA premaster secret, whose version comes out beside it.
    Tls12MasterSecret {
        name: "TLS12_MASTER_SECRET", family: Tls, purposes: &[Derive], keys: &[KeyKind::GenericSecret],
        digest: None, parameters: TlsRandoms, standard: "RFC 5246 §8.1",
        pkcs11: Some(CKM_TLS12_MASTER_KEY_DERIVE), kms: None, xks: None, jose: None,
    }
    /// The master secret of TLS 1.2 from a premaster secret that was agreed upon.
    Tls12MasterSecretDh {
        name: "TLS12_MASTER_SECRET_DH", family: Tls, purposes: &[Derive], keys: &[KeyKind::GenericSecret],
        digest: None, parameters: TlsRandoms, standard: "RFC 5246 §8.1",
        pkcs11: Some(CKM_TLS12_MASTER_KEY_DERIVE_DH), kms: None, xks: None, jose: None,
    }
    /// The extended master secret from an RSA premaster secret.
    Tls12ExtendedMasterSecret {
        name: "TLS12_EXTENDED_MASTER_SECRET", family: Tls, purposes: &[Derive], keys: &[KeyKind::GenericSecret],
        digest: None, parameters: TlsSession, standard: "RFC 7627 §4",
        pkcs11: Some(CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE), kms: None, xks: None, jose: None,
    }
    /// The extended master secret from a premaster secret that was agreed upon.
    Tls12ExtendedMasterSecretDh {
        name: "TLS12_EXTENDED_MASTER_SECRET_DH", family: Tls, purposes: &[Derive], keys: &[KeyKind::GenericSecret],
        digest: None, parameters: TlsSession, standard: "RFC 7627 §4",
        pkcs11: Some(CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH), kms: None, xks: None, jose: None,
    }
    /// The pseudorandom function of TLS 1.2 with a label of the caller.
    Tls12Kdf {
        name: "TLS12_KDF", family: Tls, purposes: &[Derive], keys: &[KeyKind::GenericSecret],
        digest: None, parameters: TlsLabel, standard: "RFC 5705 §4",
        pkcs11: Some(CKM_TLS12_KDF), kms: None, xks: None, jose: None,
    }
    /// The keys of a TLS 1.2 session, and behind them initialization vectors that anybody may read.
    Tls12KeyBlock {
        name: "TLS12_KEY_BLOCK", family: Tls, purposes: &[Derive], keys: &[KeyKind::GenericSecret],
        digest: None, parameters: TlsKeyBlock, standard: "RFC 5246 §6.3",
        pkcs11: Some(CKM_TLS12_KEY_AND_MAC_DERIVE), kms: None, xks: None, jose: None,
    }
    /// The keys of a TLS 1.2 session alone.
    Tls12KeyBlockSafe {
        name: "TLS12_KEY_BLOCK_SAFE", family: Tls, purposes: &[Derive], keys: &[KeyKind::GenericSecret],
        digest: None, parameters: TlsKeyBlock, standard: "RFC 5246 §6.3",
        pkcs11: Some(CKM_TLS12_KEY_SAFE_DERIVE), kms: None, xks: None, jose: None,
    }
    /// As `TLS12_KDF`, under the older mechanism number.
    TlsKdf {
        name: "TLS_KDF", family: Tls, purposes: &[Derive], keys: &[KeyKind::GenericSecret],
        digest: None, parameters: TlsLabel, standard: "RFC 5705 §4",
        pkcs11: Some(CKM_TLS_KDF), kms: None, xks: None, jose: None,
    }
    ] $($rest)* } };
}
