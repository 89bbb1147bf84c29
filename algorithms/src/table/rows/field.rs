//! The finite field: DSA and Diffie-Hellman, for old keys and old peers.

/// Adds these rows to those collected so far, and hands all to the next macro.
macro_rules! field {
    ([$($collected:tt)*] $next:ident $($rest:ident)*) => { $next! { [
    $($collected)*
    /// DSA over a digest of any length, which the caller made.
    Dsa {
        name: "DSA", family: Dsa, purposes: &[Sign], keys: DSA,
        digest: None, parameters: None, standard: "FIPS 186-4 §4.6",
        pkcs11: Some(CKM_DSA), kms: None, xks: None, jose: None,
    }
    /// DSA with SHA-1.
    DsaSha1 {
        name: "DSA_SHA_1", family: Dsa, purposes: &[Sign], keys: DSA,
        digest: Some(Digest::Sha1), parameters: None, standard: "FIPS 186-4 §4.6",
        pkcs11: Some(CKM_DSA_SHA1), kms: None, xks: None, jose: None,
    }
    /// DSA with SHA-224.
    DsaSha224 {
        name: "DSA_SHA_224", family: Dsa, purposes: &[Sign], keys: DSA,
        digest: Some(Digest::Sha224), parameters: None, standard: "FIPS 186-4 §4.6",
        pkcs11: Some(CKM_DSA_SHA224), kms: None, xks: None, jose: None,
    }
    /// DSA with SHA-256.
    DsaSha256 {
        name: "DSA_SHA_256", family: Dsa, purposes: &[Sign], keys: DSA,
        digest: Some(Digest::Sha256), parameters: None, standard: "FIPS 186-4 §4.6",
        pkcs11: Some(CKM_DSA_SHA256), kms: None, xks: None, jose: None,
    }
    /// DSA with SHA-384.
    DsaSha384 {
        name: "DSA_SHA_384", family: Dsa, purposes: &[Sign], keys: DSA,
        digest: Some(Digest::Sha384), parameters: None, standard: "FIPS 186-4 §4.6",
        pkcs11: Some(CKM_DSA_SHA384), kms: None, xks: None, jose: None,
    }
    /// DSA with SHA-512.
    DsaSha512 {
        name: "DSA_SHA_512", family: Dsa, purposes: &[Sign], keys: DSA,
        digest: Some(Digest::Sha512), parameters: None, standard: "FIPS 186-4 §4.6",
        pkcs11: Some(CKM_DSA_SHA512), kms: None, xks: None, jose: None,
    }
    /// DSA with SHA3-224.
    DsaSha3_224 {
        name: "DSA_SHA3_224", family: Dsa, purposes: &[Sign], keys: DSA,
        digest: Some(Digest::Sha3_224), parameters: None, standard: "FIPS 186-4 §4.6",
        pkcs11: Some(CKM_DSA_SHA3_224), kms: None, xks: None, jose: None,
    }
    /// DSA with SHA3-256.
    DsaSha3_256 {
        name: "DSA_SHA3_256", family: Dsa, purposes: &[Sign], keys: DSA,
        digest: Some(Digest::Sha3_256), parameters: None, standard: "FIPS 186-4 §4.6",
        pkcs11: Some(CKM_DSA_SHA3_256), kms: None, xks: None, jose: None,
    }
    /// DSA with SHA3-384.
    DsaSha3_384 {
        name: "DSA_SHA3_384", family: Dsa, purposes: &[Sign], keys: DSA,
        digest: Some(Digest::Sha3_384), parameters: None, standard: "FIPS 186-4 §4.6",
        pkcs11: Some(CKM_DSA_SHA3_384), kms: None, xks: None, jose: None,
    }
    /// DSA with SHA3-512.
    DsaSha3_512 {
        name: "DSA_SHA3_512", family: Dsa, purposes: &[Sign], keys: DSA,
        digest: Some(Digest::Sha3_512), parameters: None, standard: "FIPS 186-4 §4.6",
        pkcs11: Some(CKM_DSA_SHA3_512), kms: None, xks: None, jose: None,
    }
    /// Diffie-Hellman: the shared secret, or its end.
    Dh {
        name: "DH", family: Dh, purposes: &[Derive], keys: DH,
        digest: None, parameters: PublicValue, standard: "PKCS #3 §8",
        pkcs11: Some(CKM_DH_PKCS_DERIVE), kms: None, xks: None, jose: None,
    }
    ] $($rest)* } };
}
