//! Classes, key types and the other small number spaces of PKCS#11 3.2.

use super::constants;

constants! {
    /// Object classes, `CKO_…`.
    pub OBJECT_CLASSES;

    CKO_DATA = 0x0000;
    CKO_CERTIFICATE = 0x0001;
    CKO_PUBLIC_KEY = 0x0002;
    CKO_PRIVATE_KEY = 0x0003;
    CKO_SECRET_KEY = 0x0004;
    CKO_DOMAIN_PARAMETERS = 0x0006;
    CKO_MECHANISM = 0x0007;
    CKO_PROFILE = 0x0009;
    CKO_VALIDATION = 0x000a;
    CKO_TRUST = 0x000b;
}

constants! {
    /// Key types, `CKK_…`.
    pub KEY_TYPES;

    CKK_RSA = 0x0000;
    CKK_DSA = 0x0001;
    CKK_DH = 0x0002;
    CKK_EC = 0x0003;
    CKK_GENERIC_SECRET = 0x0010;
    CKK_DES = 0x0013;
    CKK_DES2 = 0x0014;
    CKK_DES3 = 0x0015;
    CKK_AES = 0x001f;
    CKK_HOTP = 0x0023;
    CKK_MD5_HMAC = 0x0027;
    CKK_SHA_1_HMAC = 0x0028;
    CKK_SHA256_HMAC = 0x002b;
    CKK_SHA384_HMAC = 0x002c;
    CKK_SHA512_HMAC = 0x002d;
    CKK_SHA224_HMAC = 0x002e;
    CKK_CHACHA20 = 0x0033;
    CKK_POLY1305 = 0x0034;
    CKK_AES_XTS = 0x0035;
    CKK_SHA3_224_HMAC = 0x0036;
    CKK_SHA3_256_HMAC = 0x0037;
    CKK_SHA3_384_HMAC = 0x0038;
    CKK_SHA3_512_HMAC = 0x0039;
    CKK_EC_EDWARDS = 0x0040;
    CKK_EC_MONTGOMERY = 0x0041;
    CKK_HKDF = 0x0042;
    CKK_SHA512_224_HMAC = 0x0043;
    CKK_SHA512_256_HMAC = 0x0044;
    CKK_ML_KEM = 0x0049;
    CKK_ML_DSA = 0x004a;
    CKK_SLH_DSA = 0x004b;
}

constants! {
    /// Certificate types, `CKC_…`.
    pub CERTIFICATE_TYPES;

    CKC_X_509 = 0x0000;
    CKC_X_509_ATTR_CERT = 0x0001;
}

constants! {
    /// Key derivation functions of the ECDH mechanisms, `CKD_…`.
    pub KEY_DERIVATION_FUNCTIONS;

    CKD_NULL = 0x0001;
    CKD_SHA1_KDF = 0x0002;
    CKD_SHA1_KDF_ASN1 = 0x0003;
    CKD_SHA1_KDF_CONCATENATE = 0x0004;
    CKD_SHA224_KDF = 0x0005;
    CKD_SHA256_KDF = 0x0006;
    CKD_SHA384_KDF = 0x0007;
    CKD_SHA512_KDF = 0x0008;
    CKD_CPDIVERSIFY_KDF = 0x0009;
    CKD_SHA3_224_KDF = 0x000a;
    CKD_SHA3_256_KDF = 0x000b;
    CKD_SHA3_384_KDF = 0x000c;
    CKD_SHA3_512_KDF = 0x000d;
    CKD_SHA1_KDF_SP800 = 0x000e;
    CKD_SHA224_KDF_SP800 = 0x000f;
    CKD_SHA256_KDF_SP800 = 0x0010;
    CKD_SHA384_KDF_SP800 = 0x0011;
    CKD_SHA512_KDF_SP800 = 0x0012;
    CKD_SHA3_224_KDF_SP800 = 0x0013;
    CKD_SHA3_256_KDF_SP800 = 0x0014;
    CKD_SHA3_384_KDF_SP800 = 0x0015;
    CKD_SHA3_512_KDF_SP800 = 0x0016;
}

constants! {
    /// Mask generation functions, `CKG_MGF1_…`.
    pub MASK_GENERATION_FUNCTIONS;

    CKG_MGF1_SHA1 = 0x0001;
    CKG_MGF1_SHA256 = 0x0002;
    CKG_MGF1_SHA384 = 0x0003;
    CKG_MGF1_SHA512 = 0x0004;
    CKG_MGF1_SHA224 = 0x0005;
    CKG_MGF1_SHA3_224 = 0x0006;
    CKG_MGF1_SHA3_256 = 0x0007;
    CKG_MGF1_SHA3_384 = 0x0008;
    CKG_MGF1_SHA3_512 = 0x0009;
}

constants! {
    /// Sources of the OAEP label, `CKZ_…`.
    pub LABEL_SOURCES;

    CKZ_DATA_SPECIFIED = 0x0001;
}

constants! {
    /// User types, `CKU_…`.
    pub USER_TYPES;

    CKU_SO = 0x0000;
    CKU_USER = 0x0001;
    CKU_CONTEXT_SPECIFIC = 0x0002;
}

constants! {
    /// Session states, `CKS_…`.
    pub SESSION_STATES;

    CKS_RO_PUBLIC_SESSION = 0x0000;
    CKS_RO_USER_FUNCTIONS = 0x0001;
    CKS_RW_PUBLIC_SESSION = 0x0002;
    CKS_RW_USER_FUNCTIONS = 0x0003;
    CKS_RW_SO_FUNCTIONS = 0x0004;
}
