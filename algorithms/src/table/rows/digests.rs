//! Message digests.

/// Adds these rows to those collected so far, and hands all to the next macro.
macro_rules! digests {
    ([$($collected:tt)*] $next:ident $($rest:ident)*) => { $next! { [
    $($collected)*
    /// The digest SHA-1.
    Sha1 {
        name: "SHA-1", family: Digest, purposes: &[Digest], keys: &[],
        digest: Some(Digest::Sha1), parameters: None, standard: "FIPS 180-4",
        pkcs11: Some(CKM_SHA_1), kms: None, xks: None, jose: None,
    }
    /// The digest SHA-224.
    Sha224 {
        name: "SHA-224", family: Digest, purposes: &[Digest], keys: &[],
        digest: Some(Digest::Sha224), parameters: None, standard: "FIPS 180-4",
        pkcs11: Some(CKM_SHA224), kms: None, xks: None, jose: None,
    }
    /// The digest SHA-256.
    Sha256 {
        name: "SHA-256", family: Digest, purposes: &[Digest], keys: &[],
        digest: Some(Digest::Sha256), parameters: None, standard: "FIPS 180-4",
        pkcs11: Some(CKM_SHA256), kms: None, xks: None, jose: None,
    }
    /// The digest SHA-384.
    Sha384 {
        name: "SHA-384", family: Digest, purposes: &[Digest], keys: &[],
        digest: Some(Digest::Sha384), parameters: None, standard: "FIPS 180-4",
        pkcs11: Some(CKM_SHA384), kms: None, xks: None, jose: None,
    }
    /// The digest SHA-512.
    Sha512 {
        name: "SHA-512", family: Digest, purposes: &[Digest], keys: &[],
        digest: Some(Digest::Sha512), parameters: None, standard: "FIPS 180-4",
        pkcs11: Some(CKM_SHA512), kms: None, xks: None, jose: None,
    }
    /// The digest SHA-512/224.
    Sha512_224 {
        name: "SHA-512/224", family: Digest, purposes: &[Digest], keys: &[],
        digest: Some(Digest::Sha512_224), parameters: None, standard: "FIPS 180-4",
        pkcs11: Some(CKM_SHA512_224), kms: None, xks: None, jose: None,
    }
    /// The digest SHA-512/256.
    Sha512_256 {
        name: "SHA-512/256", family: Digest, purposes: &[Digest], keys: &[],
        digest: Some(Digest::Sha512_256), parameters: None, standard: "FIPS 180-4",
        pkcs11: Some(CKM_SHA512_256), kms: None, xks: None, jose: None,
    }
    /// The digest SHA3-224.
    Sha3_224 {
        name: "SHA3-224", family: Digest, purposes: &[Digest], keys: &[],
        digest: Some(Digest::Sha3_224), parameters: None, standard: "FIPS 202",
        pkcs11: Some(CKM_SHA3_224), kms: None, xks: None, jose: None,
    }
    /// The digest SHA3-256.
    Sha3_256 {
        name: "SHA3-256", family: Digest, purposes: &[Digest], keys: &[],
        digest: Some(Digest::Sha3_256), parameters: None, standard: "FIPS 202",
        pkcs11: Some(CKM_SHA3_256), kms: None, xks: None, jose: None,
    }
    /// The digest SHA3-384.
    Sha3_384 {
        name: "SHA3-384", family: Digest, purposes: &[Digest], keys: &[],
        digest: Some(Digest::Sha3_384), parameters: None, standard: "FIPS 202",
        pkcs11: Some(CKM_SHA3_384), kms: None, xks: None, jose: None,
    }
    /// The digest SHA3-512.
    Sha3_512 {
        name: "SHA3-512", family: Digest, purposes: &[Digest], keys: &[],
        digest: Some(Digest::Sha3_512), parameters: None, standard: "FIPS 202",
        pkcs11: Some(CKM_SHA3_512), kms: None, xks: None, jose: None,
    }
    /// The digest MD5.
    Md5 {
        name: "MD5", family: Digest, purposes: &[Digest], keys: &[],
        digest: Some(Digest::Md5), parameters: None, standard: "RFC 1321",
        pkcs11: Some(CKM_MD5), kms: None, xks: None, jose: None,
    }
    ] $($rest)* } };
}
