//! RSA: signatures, encryption and key transport.

/// Adds these rows to those collected so far, and hands all to the next macro.
macro_rules! rsa {
    ([$($collected:tt)*] $next:ident $($rest:ident)*) => { $next! { [
    $($collected)*
    /// RSASSA-PKCS1-v1_5 over bytes taken as they are: the caller builds the `DigestInfo`.
    RsassaPkcs1V15 {
        name: "RSASSA_PKCS1_V1_5", family: RsaPkcs1Signature, purposes: &[Sign, Recover], keys: RSA,
        digest: None, parameters: None, standard: "RFC 8017 §8.2",
        pkcs11: Some(CKM_RSA_PKCS), kms: None, xks: None, jose: None,
    }
    /// RSASSA-PKCS1-v1_5 with MD5, which is broken: for what was signed with it long ago.
    RsassaPkcs1V15Md5 {
        name: "RSASSA_PKCS1_V1_5_MD5", family: RsaPkcs1Signature, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Md5), parameters: None, standard: "RFC 8017 §8.2",
        pkcs11: Some(CKM_MD5_RSA_PKCS), kms: None, xks: None, jose: None,
    }
    /// RSASSA-PKCS1-v1_5 with SHA-1.
    RsassaPkcs1V15Sha1 {
        name: "RSASSA_PKCS1_V1_5_SHA_1", family: RsaPkcs1Signature, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha1), parameters: None, standard: "RFC 8017 §8.2",
        pkcs11: Some(CKM_SHA1_RSA_PKCS), kms: None, xks: None, jose: None,
    }
    /// RSASSA-PKCS1-v1_5 with SHA-224.
    RsassaPkcs1V15Sha224 {
        name: "RSASSA_PKCS1_V1_5_SHA_224", family: RsaPkcs1Signature, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha224), parameters: None, standard: "RFC 8017 §8.2",
        pkcs11: Some(CKM_SHA224_RSA_PKCS), kms: None, xks: None, jose: None,
    }
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsassaPkcs1V15Sha256 {
        name: "RSASSA_PKCS1_V1_5_SHA_256", family: RsaPkcs1Signature, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha256), parameters: None, standard: "RFC 8017 §8.2",
        pkcs11: Some(CKM_SHA256_RSA_PKCS), kms: Some("RSASSA_PKCS1_V1_5_SHA_256"), xks: None, jose: Some("RS256"),
    }
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RsassaPkcs1V15Sha384 {
        name: "RSASSA_PKCS1_V1_5_SHA_384", family: RsaPkcs1Signature, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha384), parameters: None, standard: "RFC 8017 §8.2",
        pkcs11: Some(CKM_SHA384_RSA_PKCS), kms: Some("RSASSA_PKCS1_V1_5_SHA_384"), xks: None, jose: Some("RS384"),
    }
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RsassaPkcs1V15Sha512 {
        name: "RSASSA_PKCS1_V1_5_SHA_512", family: RsaPkcs1Signature, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha512), parameters: None, standard: "RFC 8017 §8.2",
        pkcs11: Some(CKM_SHA512_RSA_PKCS), kms: Some("RSASSA_PKCS1_V1_5_SHA_512"), xks: None, jose: Some("RS512"),
    }
    /// RSASSA-PKCS1-v1_5 with SHA3-224.
    RsassaPkcs1V15Sha3_224 {
        name: "RSASSA_PKCS1_V1_5_SHA3_224", family: RsaPkcs1Signature, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha3_224), parameters: None, standard: "RFC 8017 §8.2",
        pkcs11: Some(CKM_SHA3_224_RSA_PKCS), kms: None, xks: None, jose: None,
    }
    /// RSASSA-PKCS1-v1_5 with SHA3-256.
    RsassaPkcs1V15Sha3_256 {
        name: "RSASSA_PKCS1_V1_5_SHA3_256", family: RsaPkcs1Signature, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha3_256), parameters: None, standard: "RFC 8017 §8.2",
        pkcs11: Some(CKM_SHA3_256_RSA_PKCS), kms: None, xks: None, jose: None,
    }
    /// RSASSA-PKCS1-v1_5 with SHA3-384.
    RsassaPkcs1V15Sha3_384 {
        name: "RSASSA_PKCS1_V1_5_SHA3_384", family: RsaPkcs1Signature, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha3_384), parameters: None, standard: "RFC 8017 §8.2",
        pkcs11: Some(CKM_SHA3_384_RSA_PKCS), kms: None, xks: None, jose: None,
    }
    /// RSASSA-PKCS1-v1_5 with SHA3-512.
    RsassaPkcs1V15Sha3_512 {
        name: "RSASSA_PKCS1_V1_5_SHA3_512", family: RsaPkcs1Signature, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha3_512), parameters: None, standard: "RFC 8017 §8.2",
        pkcs11: Some(CKM_SHA3_512_RSA_PKCS), kms: None, xks: None, jose: None,
    }
    /// RSASSA-PSS over a digest; the parameters name which.
    RsassaPss {
        name: "RSASSA_PSS", family: RsaPss, purposes: &[Sign], keys: RSA,
        digest: None, parameters: Pss, standard: "RFC 8017 §8.1",
        pkcs11: Some(CKM_RSA_PKCS_PSS), kms: None, xks: None, jose: None,
    }
    /// RSASSA-PSS with SHA-1.
    RsassaPssSha1 {
        name: "RSASSA_PSS_SHA_1", family: RsaPss, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha1), parameters: Pss, standard: "RFC 8017 §8.1",
        pkcs11: Some(CKM_SHA1_RSA_PKCS_PSS), kms: None, xks: None, jose: None,
    }
    /// RSASSA-PSS with SHA-224.
    RsassaPssSha224 {
        name: "RSASSA_PSS_SHA_224", family: RsaPss, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha224), parameters: Pss, standard: "RFC 8017 §8.1",
        pkcs11: Some(CKM_SHA224_RSA_PKCS_PSS), kms: None, xks: None, jose: None,
    }
    /// RSASSA-PSS with SHA-256.
    RsassaPssSha256 {
        name: "RSASSA_PSS_SHA_256", family: RsaPss, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha256), parameters: Pss, standard: "RFC 8017 §8.1",
        pkcs11: Some(CKM_SHA256_RSA_PKCS_PSS), kms: Some("RSASSA_PSS_SHA_256"), xks: None, jose: Some("PS256"),
    }
    /// RSASSA-PSS with SHA-384.
    RsassaPssSha384 {
        name: "RSASSA_PSS_SHA_384", family: RsaPss, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha384), parameters: Pss, standard: "RFC 8017 §8.1",
        pkcs11: Some(CKM_SHA384_RSA_PKCS_PSS), kms: Some("RSASSA_PSS_SHA_384"), xks: None, jose: Some("PS384"),
    }
    /// RSASSA-PSS with SHA-512.
    RsassaPssSha512 {
        name: "RSASSA_PSS_SHA_512", family: RsaPss, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha512), parameters: Pss, standard: "RFC 8017 §8.1",
        pkcs11: Some(CKM_SHA512_RSA_PKCS_PSS), kms: Some("RSASSA_PSS_SHA_512"), xks: None, jose: Some("PS512"),
    }
    /// RSASSA-PSS with SHA3-224.
    RsassaPssSha3_224 {
        name: "RSASSA_PSS_SHA3_224", family: RsaPss, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha3_224), parameters: Pss, standard: "RFC 8017 §8.1",
        pkcs11: Some(CKM_SHA3_224_RSA_PKCS_PSS), kms: None, xks: None, jose: None,
    }
    /// RSASSA-PSS with SHA3-256.
    RsassaPssSha3_256 {
        name: "RSASSA_PSS_SHA3_256", family: RsaPss, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha3_256), parameters: Pss, standard: "RFC 8017 §8.1",
        pkcs11: Some(CKM_SHA3_256_RSA_PKCS_PSS), kms: None, xks: None, jose: None,
    }
    /// RSASSA-PSS with SHA3-384.
    RsassaPssSha3_384 {
        name: "RSASSA_PSS_SHA3_384", family: RsaPss, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha3_384), parameters: Pss, standard: "RFC 8017 §8.1",
        pkcs11: Some(CKM_SHA3_384_RSA_PKCS_PSS), kms: None, xks: None, jose: None,
    }
    /// RSASSA-PSS with SHA3-512.
    RsassaPssSha3_512 {
        name: "RSASSA_PSS_SHA3_512", family: RsaPss, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha3_512), parameters: Pss, standard: "RFC 8017 §8.1",
        pkcs11: Some(CKM_SHA3_512_RSA_PKCS_PSS), kms: None, xks: None, jose: None,
    }
    /// The RSA function alone. The caller pads; the input is as long as the modulus, or shorter and then zero-extended on the left.
    RsaRaw {
        name: "RSA_RAW", family: RsaRaw, purposes: &[Sign, Recover, Encrypt, Wrap], keys: RSA,
        digest: None, parameters: None, standard: "RFC 8017 §5",
        pkcs11: Some(CKM_RSA_X_509), kms: None, xks: None, jose: None,
    }
    /// RSAES-PKCS1-v1_5. Prefer OAEP: see the vault for how this one is kept from being an oracle.
    RsaesPkcs1V15 {
        name: "RSAES_PKCS1_V1_5", family: RsaPkcs1Encryption, purposes: &[Encrypt, Wrap, Encapsulate], keys: RSA,
        digest: None, parameters: None, standard: "RFC 8017 §7.2",
        pkcs11: Some(CKM_RSA_PKCS), kms: None, xks: None, jose: Some("RSA1_5"),
    }
    /// RSAES-OAEP; the parameters name the digests.
    RsaesOaep {
        name: "RSAES_OAEP", family: RsaOaep, purposes: &[Encrypt, Wrap, Encapsulate], keys: RSA,
        digest: None, parameters: Oaep, standard: "RFC 8017 §7.1",
        pkcs11: Some(CKM_RSA_PKCS_OAEP), kms: None, xks: None, jose: None,
    }
    /// RSA-AES key wrap: an AES key that is made for it travels under OAEP, and wraps the key of any length.
    RsaAesKeyWrap {
        name: "RSA_AES_KEY_WRAP", family: RsaAesKeyWrap, purposes: &[Wrap], keys: RSA,
        digest: None, parameters: RsaAesKeyWrap, standard: "PKCS#11 3.2 §6.1.20",
        pkcs11: Some(CKM_RSA_AES_KEY_WRAP), kms: None, xks: None, jose: None,
    }
    /// RSA of ANSI X9.31 over a digest and its identifier, which the caller put together.
    RsaX931 {
        name: "RSA_X9_31", family: RsaX931, purposes: &[Sign], keys: RSA,
        digest: None, parameters: None, standard: "ANSI X9.31 §5",
        pkcs11: Some(CKM_RSA_X9_31), kms: None, xks: None, jose: None,
    }
    /// RSA of ANSI X9.31 with SHA-1.
    RsaX931Sha1 {
        name: "RSA_X9_31_SHA_1", family: RsaX931, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha1), parameters: None, standard: "ANSI X9.31 §5",
        pkcs11: Some(CKM_SHA1_RSA_X9_31), kms: None, xks: None, jose: None,
    }
    ] $($rest)* } };
}
