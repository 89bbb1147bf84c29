//! Elliptic curves: signatures and key agreement.

/// Adds these rows to those collected so far, and hands all to the next macro.
macro_rules! curves {
    ([$($collected:tt)*] $next:ident $($rest:ident)*) => { $next! { [
    $($collected)*
    /// ECDSA over a digest of any length, which the caller made.
    Ecdsa {
        name: "ECDSA", family: Ecdsa, purposes: &[Sign], keys: EC,
        digest: None, parameters: None, standard: "FIPS 186-5 §6.4",
        pkcs11: Some(CKM_ECDSA), kms: None, xks: None, jose: None,
    }
    /// ECDSA with SHA-1.
    EcdsaSha1 {
        name: "ECDSA_SHA_1", family: Ecdsa, purposes: &[Sign], keys: EC,
        digest: Some(Digest::Sha1), parameters: None, standard: "FIPS 186-5 §6.4",
        pkcs11: Some(CKM_ECDSA_SHA1), kms: None, xks: None, jose: None,
    }
    /// ECDSA with SHA-224.
    EcdsaSha224 {
        name: "ECDSA_SHA_224", family: Ecdsa, purposes: &[Sign], keys: EC,
        digest: Some(Digest::Sha224), parameters: None, standard: "FIPS 186-5 §6.4",
        pkcs11: Some(CKM_ECDSA_SHA224), kms: None, xks: None, jose: None,
    }
    /// ECDSA with SHA-256.
    EcdsaSha256 {
        name: "ECDSA_SHA_256", family: Ecdsa, purposes: &[Sign], keys: EC,
        digest: Some(Digest::Sha256), parameters: None, standard: "FIPS 186-5 §6.4",
        pkcs11: Some(CKM_ECDSA_SHA256), kms: Some("ECDSA_SHA_256"), xks: None, jose: Some("ES256"),
    }
    /// ECDSA with SHA-384.
    EcdsaSha384 {
        name: "ECDSA_SHA_384", family: Ecdsa, purposes: &[Sign], keys: EC,
        digest: Some(Digest::Sha384), parameters: None, standard: "FIPS 186-5 §6.4",
        pkcs11: Some(CKM_ECDSA_SHA384), kms: Some("ECDSA_SHA_384"), xks: None, jose: Some("ES384"),
    }
    /// ECDSA with SHA-512.
    EcdsaSha512 {
        name: "ECDSA_SHA_512", family: Ecdsa, purposes: &[Sign], keys: EC,
        digest: Some(Digest::Sha512), parameters: None, standard: "FIPS 186-5 §6.4",
        pkcs11: Some(CKM_ECDSA_SHA512), kms: Some("ECDSA_SHA_512"), xks: None, jose: Some("ES512"),
    }
    /// ECDSA with SHA3-224.
    EcdsaSha3_224 {
        name: "ECDSA_SHA3_224", family: Ecdsa, purposes: &[Sign], keys: EC,
        digest: Some(Digest::Sha3_224), parameters: None, standard: "FIPS 186-5 §6.4",
        pkcs11: Some(CKM_ECDSA_SHA3_224), kms: None, xks: None, jose: None,
    }
    /// ECDSA with SHA3-256.
    EcdsaSha3_256 {
        name: "ECDSA_SHA3_256", family: Ecdsa, purposes: &[Sign], keys: EC,
        digest: Some(Digest::Sha3_256), parameters: None, standard: "FIPS 186-5 §6.4",
        pkcs11: Some(CKM_ECDSA_SHA3_256), kms: None, xks: None, jose: None,
    }
    /// ECDSA with SHA3-384.
    EcdsaSha3_384 {
        name: "ECDSA_SHA3_384", family: Ecdsa, purposes: &[Sign], keys: EC,
        digest: Some(Digest::Sha3_384), parameters: None, standard: "FIPS 186-5 §6.4",
        pkcs11: Some(CKM_ECDSA_SHA3_384), kms: None, xks: None, jose: None,
    }
    /// ECDSA with SHA3-512.
    EcdsaSha3_512 {
        name: "ECDSA_SHA3_512", family: Ecdsa, purposes: &[Sign], keys: EC,
        digest: Some(Digest::Sha3_512), parameters: None, standard: "FIPS 186-5 §6.4",
        pkcs11: Some(CKM_ECDSA_SHA3_512), kms: None, xks: None, jose: None,
    }
    /// `EdDSA` over the whole message: Ed25519 or Ed448, as the key is.
    EdDsa {
        name: "EDDSA", family: EdDsa, purposes: &[Sign], keys: EDWARDS,
        digest: None, parameters: EdDsa, standard: "RFC 8032 §5.1 and §5.2",
        pkcs11: Some(CKM_EDDSA), kms: Some("ED25519_SHA_512"), xks: None, jose: Some("EdDSA"),
    }
    /// Diffie-Hellman key agreement, with or without a key derivation function.
    Ecdh {
        name: "ECDH", family: Ecdh, purposes: &[Derive, Encapsulate], keys: AGREEMENT_CURVES,
        digest: None, parameters: Ecdh, standard: "SP 800-56A rev. 3 §5.7.1.2, RFC 7748 §6.1",
        pkcs11: Some(CKM_ECDH1_DERIVE), kms: None, xks: None, jose: Some("ECDH-ES"),
    }
    /// Diffie-Hellman with the cofactor, which is 1 on the NIST curves: the same as [`Algorithm::Ecdh`] there.
    EcdhCofactor {
        name: "ECDH_COFACTOR", family: Ecdh, purposes: &[Derive, Encapsulate], keys: EC,
        digest: None, parameters: Ecdh, standard: "SP 800-56A rev. 3 §5.7.1.2",
        pkcs11: Some(CKM_ECDH1_COFACTOR_DERIVE), kms: Some("ECDH"), xks: None, jose: None,
    }
    /// ECDH-AES key wrap: an AES key is agreed with a new key pair, and wraps the key of any length.
    EcdhAesKeyWrap {
        name: "ECDH_AES_KEY_WRAP", family: EcdhAesKeyWrap, purposes: &[Wrap], keys: EC,
        digest: None, parameters: EcdhAesKeyWrap, standard: "PKCS#11 3.2 §6.3.20",
        pkcs11: Some(CKM_ECDH_AES_KEY_WRAP), kms: None, xks: None, jose: None,
    }
    /// ECDH-AES key wrap with the cofactor, which is 1 on all our curves.
    EcdhCofactorAesKeyWrap {
        name: "ECDH_COF_AES_KEY_WRAP", family: EcdhAesKeyWrap, purposes: &[Wrap], keys: EC,
        digest: None, parameters: EcdhAesKeyWrap, standard: "PKCS#11 3.2 §6.3.20",
        pkcs11: Some(CKM_ECDH_COF_AES_KEY_WRAP), kms: None, xks: None, jose: None,
    }
    /// ECDH-AES key wrap on the Montgomery curves.
    EcdhXAesKeyWrap {
        name: "ECDH_X_AES_KEY_WRAP", family: EcdhAesKeyWrap, purposes: &[Wrap], keys: MONTGOMERY,
        digest: None, parameters: EcdhAesKeyWrap, standard: "PKCS#11 3.2 §6.3.20",
        pkcs11: Some(CKM_ECDH_X_AES_KEY_WRAP), kms: None, xks: None, jose: None,
    }
    /// The public half of a private key, as an object of its own.
    PublicFromPrivate {
        name: "PUB_KEY_FROM_PRIV_KEY", family: PublicFromPrivate, purposes: &[Derive], keys: KEY_PAIRS,
        digest: None, parameters: None, standard: "PKCS#11 3.2 §6.66",
        pkcs11: Some(CKM_PUB_KEY_FROM_PRIV_KEY), kms: None, xks: None, jose: None,
    }
    ] $($rest)* } };
}
