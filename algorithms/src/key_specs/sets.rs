//! Sets of kinds that several rows of the tables name.

use super::KeyKind;

/// Every kind of secret key.
pub(crate) const SECRETS: &[KeyKind] = &[
    KeyKind::GenericSecret,
    KeyKind::Aes,
    KeyKind::AesXts,
    KeyKind::ChaCha20,
    KeyKind::Hkdf,
    KeyKind::HmacSha1,
    KeyKind::HmacSha224,
    KeyKind::HmacSha256,
    KeyKind::HmacSha384,
    KeyKind::HmacSha512,
    KeyKind::HmacSha512_224,
    KeyKind::HmacSha512_256,
    KeyKind::HmacSha3_224,
    KeyKind::HmacSha3_256,
    KeyKind::HmacSha3_384,
    KeyKind::HmacSha3_512,
    KeyKind::HmacMd5,
    KeyKind::Des,
    KeyKind::Des2,
    KeyKind::Des3,
];
pub(crate) const TRIPLE_DES: &[KeyKind] = &[KeyKind::Des2, KeyKind::Des3];
pub(crate) const RSA: &[KeyKind] = &[KeyKind::Rsa];
/// The short Weierstrass curves.
pub(crate) const EC: &[KeyKind] = &[
    KeyKind::EcP224,
    KeyKind::EcP256,
    KeyKind::EcP384,
    KeyKind::EcP521,
    KeyKind::EcSecp256k1,
    KeyKind::EcBrainpoolP224r1,
    KeyKind::EcBrainpoolP256r1,
    KeyKind::EcBrainpoolP320r1,
    KeyKind::EcBrainpoolP384r1,
    KeyKind::EcBrainpoolP512r1,
];
pub(crate) const AGREEMENT_CURVES: &[KeyKind] = &[
    KeyKind::EcP224,
    KeyKind::EcP256,
    KeyKind::EcP384,
    KeyKind::EcP521,
    KeyKind::EcSecp256k1,
    KeyKind::EcBrainpoolP224r1,
    KeyKind::EcBrainpoolP256r1,
    KeyKind::EcBrainpoolP320r1,
    KeyKind::EcBrainpoolP384r1,
    KeyKind::EcBrainpoolP512r1,
    KeyKind::X25519,
    KeyKind::X448,
];
pub(crate) const ML_KEM: &[KeyKind] = &[KeyKind::MlKem512, KeyKind::MlKem768, KeyKind::MlKem1024];
pub(crate) const ML_DSA: &[KeyKind] = &[KeyKind::MlDsa44, KeyKind::MlDsa65, KeyKind::MlDsa87];
pub(crate) const SLH_DSA: &[KeyKind] = &[
    KeyKind::SlhDsaSha2_128s,
    KeyKind::SlhDsaShake128s,
    KeyKind::SlhDsaSha2_128f,
    KeyKind::SlhDsaShake128f,
    KeyKind::SlhDsaSha2_192s,
    KeyKind::SlhDsaShake192s,
    KeyKind::SlhDsaSha2_192f,
    KeyKind::SlhDsaShake192f,
    KeyKind::SlhDsaSha2_256s,
    KeyKind::SlhDsaShake256s,
    KeyKind::SlhDsaSha2_256f,
    KeyKind::SlhDsaShake256f,
];
pub(crate) const DSA: &[KeyKind] = &[KeyKind::Dsa160, KeyKind::Dsa224, KeyKind::Dsa256];
pub(crate) const DH: &[KeyKind] = &[KeyKind::Dh];
pub(crate) const EDWARDS: &[KeyKind] = &[KeyKind::Ed25519, KeyKind::Ed448];
pub(crate) const MONTGOMERY: &[KeyKind] = &[KeyKind::X25519, KeyKind::X448];
/// Every kind that has a private and a public half.
pub(crate) const KEY_PAIRS: &[KeyKind] = &[
    KeyKind::Rsa,
    KeyKind::EcP224,
    KeyKind::EcP256,
    KeyKind::EcP384,
    KeyKind::EcP521,
    KeyKind::EcSecp256k1,
    KeyKind::EcBrainpoolP224r1,
    KeyKind::EcBrainpoolP256r1,
    KeyKind::EcBrainpoolP320r1,
    KeyKind::EcBrainpoolP384r1,
    KeyKind::EcBrainpoolP512r1,
    KeyKind::Ed25519,
    KeyKind::X25519,
    KeyKind::Ed448,
    KeyKind::X448,
    KeyKind::Dsa160,
    KeyKind::Dsa224,
    KeyKind::Dsa256,
    KeyKind::Dh,
    KeyKind::MlKem512,
    KeyKind::MlKem768,
    KeyKind::MlKem1024,
    KeyKind::MlDsa44,
    KeyKind::MlDsa65,
    KeyKind::MlDsa87,
    KeyKind::SlhDsaSha2_128s,
    KeyKind::SlhDsaShake128s,
    KeyKind::SlhDsaSha2_128f,
    KeyKind::SlhDsaShake128f,
    KeyKind::SlhDsaSha2_192s,
    KeyKind::SlhDsaShake192s,
    KeyKind::SlhDsaSha2_192f,
    KeyKind::SlhDsaShake192f,
    KeyKind::SlhDsaSha2_256s,
    KeyKind::SlhDsaShake256s,
    KeyKind::SlhDsaSha2_256f,
    KeyKind::SlhDsaShake256f,
];
