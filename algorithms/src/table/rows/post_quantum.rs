//! Post-quantum algorithms: ML-KEM, ML-DSA, SLH-DSA.

/// Adds these rows to those collected so far, and hands all to the next macro.
macro_rules! post_quantum {
    ([$($collected:tt)*] $next:ident $($rest:ident)*) => { $next! { [
    $($collected)*
    /// ML-KEM: a shared secret that only the holder of the private key can take out of its ciphertext.
    MlKem {
        name: "ML_KEM", family: MlKem, purposes: &[Encapsulate], keys: ML_KEM,
        digest: None, parameters: None, standard: "FIPS 203 §7",
        pkcs11: Some(CKM_ML_KEM), kms: None, xks: None, jose: None,
    }
    /// ML-DSA of the message as it is, with a context if the parameters have one.
    MlDsa {
        name: "ML_DSA", family: MlDsa, purposes: &[Sign], keys: ML_DSA,
        digest: None, parameters: Signature, standard: "FIPS 204 §5.2",
        pkcs11: Some(CKM_ML_DSA), kms: Some("ML_DSA_SHAKE_256"), xks: None, jose: None,
    }
    /// ML-DSA of `mu`, 64 bytes that the caller made of public key, context and message (FIPS 204 algorithm 7, step 6).
    MlDsaExternalMu {
        name: "ML_DSA_EXTERNAL_MU", family: MlDsa, purposes: &[Sign], keys: ML_DSA,
        digest: None, parameters: None, standard: "FIPS 204 §6.2",
        pkcs11: None, kms: None, xks: None, jose: None,
    }
    /// ML-DSA of a digest that the caller made and the parameters name.
    HashMlDsa {
        name: "HASH_ML_DSA", family: MlDsa, purposes: &[Sign], keys: ML_DSA,
        digest: None, parameters: HashSignature, standard: "FIPS 204 §5.4",
        pkcs11: Some(CKM_HASH_ML_DSA), kms: None, xks: None, jose: None,
    }
    /// ML-DSA of the message's SHA-224.
    HashMlDsaSha224 {
        name: "HASH_ML_DSA_SHA_224", family: MlDsa, purposes: &[Sign], keys: ML_DSA,
        digest: Some(Digest::Sha224), parameters: Signature, standard: "FIPS 204 §5.4",
        pkcs11: Some(CKM_HASH_ML_DSA_SHA224), kms: None, xks: None, jose: None,
    }
    /// ML-DSA of the message's SHA-256.
    HashMlDsaSha256 {
        name: "HASH_ML_DSA_SHA_256", family: MlDsa, purposes: &[Sign], keys: ML_DSA,
        digest: Some(Digest::Sha256), parameters: Signature, standard: "FIPS 204 §5.4",
        pkcs11: Some(CKM_HASH_ML_DSA_SHA256), kms: None, xks: None, jose: None,
    }
    /// ML-DSA of the message's SHA-384.
    HashMlDsaSha384 {
        name: "HASH_ML_DSA_SHA_384", family: MlDsa, purposes: &[Sign], keys: ML_DSA,
        digest: Some(Digest::Sha384), parameters: Signature, standard: "FIPS 204 §5.4",
        pkcs11: Some(CKM_HASH_ML_DSA_SHA384), kms: None, xks: None, jose: None,
    }
    /// ML-DSA of the message's SHA-512.
    HashMlDsaSha512 {
        name: "HASH_ML_DSA_SHA_512", family: MlDsa, purposes: &[Sign], keys: ML_DSA,
        digest: Some(Digest::Sha512), parameters: Signature, standard: "FIPS 204 §5.4",
        pkcs11: Some(CKM_HASH_ML_DSA_SHA512), kms: None, xks: None, jose: None,
    }
    /// ML-DSA of the message's SHA3-224.
    HashMlDsaSha3_224 {
        name: "HASH_ML_DSA_SHA3_224", family: MlDsa, purposes: &[Sign], keys: ML_DSA,
        digest: Some(Digest::Sha3_224), parameters: Signature, standard: "FIPS 204 §5.4",
        pkcs11: Some(CKM_HASH_ML_DSA_SHA3_224), kms: None, xks: None, jose: None,
    }
    /// ML-DSA of the message's SHA3-256.
    HashMlDsaSha3_256 {
        name: "HASH_ML_DSA_SHA3_256", family: MlDsa, purposes: &[Sign], keys: ML_DSA,
        digest: Some(Digest::Sha3_256), parameters: Signature, standard: "FIPS 204 §5.4",
        pkcs11: Some(CKM_HASH_ML_DSA_SHA3_256), kms: None, xks: None, jose: None,
    }
    /// ML-DSA of the message's SHA3-384.
    HashMlDsaSha3_384 {
        name: "HASH_ML_DSA_SHA3_384", family: MlDsa, purposes: &[Sign], keys: ML_DSA,
        digest: Some(Digest::Sha3_384), parameters: Signature, standard: "FIPS 204 §5.4",
        pkcs11: Some(CKM_HASH_ML_DSA_SHA3_384), kms: None, xks: None, jose: None,
    }
    /// ML-DSA of the message's SHA3-512.
    HashMlDsaSha3_512 {
        name: "HASH_ML_DSA_SHA3_512", family: MlDsa, purposes: &[Sign], keys: ML_DSA,
        digest: Some(Digest::Sha3_512), parameters: Signature, standard: "FIPS 204 §5.4",
        pkcs11: Some(CKM_HASH_ML_DSA_SHA3_512), kms: None, xks: None, jose: None,
    }
    /// ML-DSA of the message's SHAKE128.
    HashMlDsaShake128 {
        name: "HASH_ML_DSA_SHAKE_128", family: MlDsa, purposes: &[Sign], keys: ML_DSA,
        digest: None, parameters: Signature, standard: "FIPS 204 §5.4",
        pkcs11: Some(CKM_HASH_ML_DSA_SHAKE128), kms: None, xks: None, jose: None,
    }
    /// ML-DSA of the message's SHAKE256.
    HashMlDsaShake256 {
        name: "HASH_ML_DSA_SHAKE_256", family: MlDsa, purposes: &[Sign], keys: ML_DSA,
        digest: None, parameters: Signature, standard: "FIPS 204 §5.4",
        pkcs11: Some(CKM_HASH_ML_DSA_SHAKE256), kms: None, xks: None, jose: None,
    }
    /// SLH-DSA of the message as it is, with a context if the parameters have one.
    SlhDsa {
        name: "SLH_DSA", family: SlhDsa, purposes: &[Sign], keys: SLH_DSA,
        digest: None, parameters: Signature, standard: "FIPS 205 §10.2",
        pkcs11: Some(CKM_SLH_DSA), kms: None, xks: None, jose: None,
    }
    /// SLH-DSA of a digest that the caller made and the parameters name.
    HashSlhDsa {
        name: "HASH_SLH_DSA", family: SlhDsa, purposes: &[Sign], keys: SLH_DSA,
        digest: None, parameters: HashSignature, standard: "FIPS 205 §10.2.2",
        pkcs11: Some(CKM_HASH_SLH_DSA), kms: None, xks: None, jose: None,
    }
    /// SLH-DSA of the message's SHA-224.
    HashSlhDsaSha224 {
        name: "HASH_SLH_DSA_SHA_224", family: SlhDsa, purposes: &[Sign], keys: SLH_DSA,
        digest: Some(Digest::Sha224), parameters: Signature, standard: "FIPS 205 §10.2.2",
        pkcs11: Some(CKM_HASH_SLH_DSA_SHA224), kms: None, xks: None, jose: None,
    }
    /// SLH-DSA of the message's SHA-256.
    HashSlhDsaSha256 {
        name: "HASH_SLH_DSA_SHA_256", family: SlhDsa, purposes: &[Sign], keys: SLH_DSA,
        digest: Some(Digest::Sha256), parameters: Signature, standard: "FIPS 205 §10.2.2",
        pkcs11: Some(CKM_HASH_SLH_DSA_SHA256), kms: None, xks: None, jose: None,
    }
    /// SLH-DSA of the message's SHA-384.
    HashSlhDsaSha384 {
        name: "HASH_SLH_DSA_SHA_384", family: SlhDsa, purposes: &[Sign], keys: SLH_DSA,
        digest: Some(Digest::Sha384), parameters: Signature, standard: "FIPS 205 §10.2.2",
        pkcs11: Some(CKM_HASH_SLH_DSA_SHA384), kms: None, xks: None, jose: None,
    }
    /// SLH-DSA of the message's SHA-512.
    HashSlhDsaSha512 {
        name: "HASH_SLH_DSA_SHA_512", family: SlhDsa, purposes: &[Sign], keys: SLH_DSA,
        digest: Some(Digest::Sha512), parameters: Signature, standard: "FIPS 205 §10.2.2",
        pkcs11: Some(CKM_HASH_SLH_DSA_SHA512), kms: None, xks: None, jose: None,
    }
    /// SLH-DSA of the message's SHA3-224.
    HashSlhDsaSha3_224 {
        name: "HASH_SLH_DSA_SHA3_224", family: SlhDsa, purposes: &[Sign], keys: SLH_DSA,
        digest: Some(Digest::Sha3_224), parameters: Signature, standard: "FIPS 205 §10.2.2",
        pkcs11: Some(CKM_HASH_SLH_DSA_SHA3_224), kms: None, xks: None, jose: None,
    }
    /// SLH-DSA of the message's SHA3-256.
    HashSlhDsaSha3_256 {
        name: "HASH_SLH_DSA_SHA3_256", family: SlhDsa, purposes: &[Sign], keys: SLH_DSA,
        digest: Some(Digest::Sha3_256), parameters: Signature, standard: "FIPS 205 §10.2.2",
        pkcs11: Some(CKM_HASH_SLH_DSA_SHA3_256), kms: None, xks: None, jose: None,
    }
    /// SLH-DSA of the message's SHA3-384.
    HashSlhDsaSha3_384 {
        name: "HASH_SLH_DSA_SHA3_384", family: SlhDsa, purposes: &[Sign], keys: SLH_DSA,
        digest: Some(Digest::Sha3_384), parameters: Signature, standard: "FIPS 205 §10.2.2",
        pkcs11: Some(CKM_HASH_SLH_DSA_SHA3_384), kms: None, xks: None, jose: None,
    }
    /// SLH-DSA of the message's SHA3-512.
    HashSlhDsaSha3_512 {
        name: "HASH_SLH_DSA_SHA3_512", family: SlhDsa, purposes: &[Sign], keys: SLH_DSA,
        digest: Some(Digest::Sha3_512), parameters: Signature, standard: "FIPS 205 §10.2.2",
        pkcs11: Some(CKM_HASH_SLH_DSA_SHA3_512), kms: None, xks: None, jose: None,
    }
    /// SLH-DSA of the message's SHAKE128.
    HashSlhDsaShake128 {
        name: "HASH_SLH_DSA_SHAKE_128", family: SlhDsa, purposes: &[Sign], keys: SLH_DSA,
        digest: None, parameters: Signature, standard: "FIPS 205 §10.2.2",
        pkcs11: Some(CKM_HASH_SLH_DSA_SHAKE128), kms: None, xks: None, jose: None,
    }
    /// SLH-DSA of the message's SHAKE256.
    HashSlhDsaShake256 {
        name: "HASH_SLH_DSA_SHAKE_256", family: SlhDsa, purposes: &[Sign], keys: SLH_DSA,
        digest: None, parameters: Signature, standard: "FIPS 205 §10.2.2",
        pkcs11: Some(CKM_HASH_SLH_DSA_SHAKE256), kms: None, xks: None, jose: None,
    }
    ] $($rest)* } };
}
