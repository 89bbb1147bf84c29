//! The parameter sets of the post-quantum algorithms: the lengths of what they make, and their names.

/// A parameter set of ML-KEM (FIPS 203 §8), ML-DSA (FIPS 204 §4) or SLH-DSA (FIPS 205 §11).
#[derive(Debug, PartialEq, Eq)]
pub struct ParameterSet {
    /// `CKP_…`, the value of `CKA_PARAMETER_SET`.
    pub pkcs11: u64,
    /// The DER of its object identifier, which stands alone in an `AlgorithmIdentifier`.
    pub oid: &'static [u8],
    /// The length of a public or encapsulation key.
    pub public_key_bytes: usize,
    /// The length of a private key, expanded where there is a seed.
    pub private_key_bytes: usize,
    /// The length of the seed from which keys are expanded. 0 where the standard has none.
    pub seed_bytes: usize,
    /// The length of a signature or ciphertext.
    pub output_bytes: usize,
    /// Security strength in bits: that of breaking AES or SHA of the category that the standard claims.
    pub strength_bits: u32,
}

/// ML-KEM-512.
pub(crate) const ML_KEM_512: ParameterSet = ParameterSet {
    pkcs11: 1,
    oid: &[
        0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x04, 0x01,
    ],
    public_key_bytes: 800,
    private_key_bytes: 1632,
    seed_bytes: 64,
    output_bytes: 768,
    strength_bits: 128,
};
/// ML-KEM-768.
pub(crate) const ML_KEM_768: ParameterSet = ParameterSet {
    pkcs11: 2,
    oid: &[
        0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x04, 0x02,
    ],
    public_key_bytes: 1184,
    private_key_bytes: 2400,
    seed_bytes: 64,
    output_bytes: 1088,
    strength_bits: 192,
};
/// ML-KEM-1024.
pub(crate) const ML_KEM_1024: ParameterSet = ParameterSet {
    pkcs11: 3,
    oid: &[
        0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x04, 0x03,
    ],
    public_key_bytes: 1568,
    private_key_bytes: 3168,
    seed_bytes: 64,
    output_bytes: 1568,
    strength_bits: 256,
};
/// ML-DSA-44.
pub(crate) const ML_DSA_44: ParameterSet = ParameterSet {
    pkcs11: 1,
    oid: &[
        0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x11,
    ],
    public_key_bytes: 1312,
    private_key_bytes: 2560,
    seed_bytes: 32,
    output_bytes: 2420,
    strength_bits: 128,
};
/// ML-DSA-65.
pub(crate) const ML_DSA_65: ParameterSet = ParameterSet {
    pkcs11: 2,
    oid: &[
        0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x12,
    ],
    public_key_bytes: 1952,
    private_key_bytes: 4032,
    seed_bytes: 32,
    output_bytes: 3309,
    strength_bits: 192,
};
/// ML-DSA-87.
pub(crate) const ML_DSA_87: ParameterSet = ParameterSet {
    pkcs11: 3,
    oid: &[
        0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x13,
    ],
    public_key_bytes: 2592,
    private_key_bytes: 4896,
    seed_bytes: 32,
    output_bytes: 4627,
    strength_bits: 256,
};
/// SLH-DSA-SHA2-128S.
pub(crate) const SLH_DSA_SHA2_128S: ParameterSet = ParameterSet {
    pkcs11: 1,
    oid: &[
        0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x14,
    ],
    public_key_bytes: 32,
    private_key_bytes: 64,
    seed_bytes: 0,
    output_bytes: 7856,
    strength_bits: 128,
};
/// SLH-DSA-SHAKE-128S.
pub(crate) const SLH_DSA_SHAKE_128S: ParameterSet = ParameterSet {
    pkcs11: 2,
    oid: &[
        0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x1a,
    ],
    public_key_bytes: 32,
    private_key_bytes: 64,
    seed_bytes: 0,
    output_bytes: 7856,
    strength_bits: 128,
};
/// SLH-DSA-SHA2-128F.
pub(crate) const SLH_DSA_SHA2_128F: ParameterSet = ParameterSet {
    pkcs11: 3,
    oid: &[
        0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x15,
    ],
    public_key_bytes: 32,
    private_key_bytes: 64,
    seed_bytes: 0,
    output_bytes: 17088,
    strength_bits: 128,
};
/// SLH-DSA-SHAKE-128F.
pub(crate) const SLH_DSA_SHAKE_128F: ParameterSet = ParameterSet {
    pkcs11: 4,
    oid: &[
        0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x1b,
    ],
    public_key_bytes: 32,
    private_key_bytes: 64,
    seed_bytes: 0,
    output_bytes: 17088,
    strength_bits: 128,
};
/// SLH-DSA-SHA2-192S.
pub(crate) const SLH_DSA_SHA2_192S: ParameterSet = ParameterSet {
    pkcs11: 5,
    oid: &[
        0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x16,
    ],
    public_key_bytes: 48,
    private_key_bytes: 96,
    seed_bytes: 0,
    output_bytes: 16224,
    strength_bits: 192,
};
/// SLH-DSA-SHAKE-192S.
pub(crate) const SLH_DSA_SHAKE_192S: ParameterSet = ParameterSet {
    pkcs11: 6,
    oid: &[
        0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x1c,
    ],
    public_key_bytes: 48,
    private_key_bytes: 96,
    seed_bytes: 0,
    output_bytes: 16224,
    strength_bits: 192,
};
/// SLH-DSA-SHA2-192F.
pub(crate) const SLH_DSA_SHA2_192F: ParameterSet = ParameterSet {
    pkcs11: 7,
    oid: &[
        0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x17,
    ],
    public_key_bytes: 48,
    private_key_bytes: 96,
    seed_bytes: 0,
    output_bytes: 35664,
    strength_bits: 192,
};
/// SLH-DSA-SHAKE-192F.
pub(crate) const SLH_DSA_SHAKE_192F: ParameterSet = ParameterSet {
    pkcs11: 8,
    oid: &[
        0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x1d,
    ],
    public_key_bytes: 48,
    private_key_bytes: 96,
    seed_bytes: 0,
    output_bytes: 35664,
    strength_bits: 192,
};
/// SLH-DSA-SHA2-256S.
pub(crate) const SLH_DSA_SHA2_256S: ParameterSet = ParameterSet {
    pkcs11: 9,
    oid: &[
        0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x18,
    ],
    public_key_bytes: 64,
    private_key_bytes: 128,
    seed_bytes: 0,
    output_bytes: 29792,
    strength_bits: 256,
};
/// SLH-DSA-SHAKE-256S.
pub(crate) const SLH_DSA_SHAKE_256S: ParameterSet = ParameterSet {
    pkcs11: 10,
    oid: &[
        0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x1e,
    ],
    public_key_bytes: 64,
    private_key_bytes: 128,
    seed_bytes: 0,
    output_bytes: 29792,
    strength_bits: 256,
};
/// SLH-DSA-SHA2-256F.
pub(crate) const SLH_DSA_SHA2_256F: ParameterSet = ParameterSet {
    pkcs11: 11,
    oid: &[
        0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x19,
    ],
    public_key_bytes: 64,
    private_key_bytes: 128,
    seed_bytes: 0,
    output_bytes: 49856,
    strength_bits: 256,
};
/// SLH-DSA-SHAKE-256F.
pub(crate) const SLH_DSA_SHAKE_256F: ParameterSet = ParameterSet {
    pkcs11: 12,
    oid: &[
        0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x1f,
    ],
    public_key_bytes: 64,
    private_key_bytes: 128,
    seed_bytes: 0,
    output_bytes: 49856,
    strength_bits: 256,
};
