//! What can be computed, and what kinds of key there are: the tables from which every door's names, size checks,
//! mechanism lists and self-tests derive.
//!
//! Data only. Nothing here does I/O or keeps a secret; values that pass through [`attributes`] never show in `Debug`.
#![forbid(unsafe_code)]

pub mod attributes;
pub mod pkcs11;

mod curve;
mod digest;
mod generators;
mod key_specs;
mod kms;
mod mechanisms;
mod parameter_sets;
mod parameters;
mod table;

pub use attributes::{AttributeValue, Attributes};
pub use curve::{Curve, CurveForm, CurveRow};
pub use digest::{Digest, DigestRow};
pub use generators::{Generator, GeneratorRow};
pub use key_specs::{KeyKind, KeyKindRow, KeySpec, SizeUnit, Sizes};
pub use kms::{KmsAlgorithm, KmsKeySpec, KmsKeyUsage};
pub use mechanisms::{MechanismInfo, mechanism_info, mechanisms};
pub use parameter_sets::ParameterSet;
pub use parameters::{
    AES_BLOCK_BYTES, CCM_NONCE_MAX_BYTES, CHACHA20_POLY1305_NONCE_BYTES,
    CHACHA20_POLY1305_TAG_BYTES, CcmParameters, ChaCha20Parameters, CtrParameters,
    DERIVATION_DATA_MAX_BYTES, DERIVED_KEYS_MAX, EcdhAesKeyWrapParameters, EcdhParameters,
    EdDsaParameters, EncryptDataParameters, GCM_AAD_MAX_BYTES, GCM_IV_MAX_BYTES, GCM_TAG_BITS,
    GcmParameters, Hedge, HkdfParameters, HkdfSalt, KBKDF_FIELDS_MAX, KEY_WRAP_IV,
    KEY_WRAP_PADDED_IV, KbkdfField, KbkdfParameters, Kdf, NumberFormat, OAEP_LABEL_MAX_BYTES,
    OaepParameters, PASSWORD_ITERATIONS_MAX, PUBLIC_VALUE_MAX_BYTES, Parameters, ParametersInvalid,
    PasswordParameters, PssParameters, RsaAesKeyWrapParameters, SHARED_DATA_MAX_BYTES,
    SIGNATURE_CONTEXT_MAX_BYTES, SignatureParameters, TLS_CODE_MAX_BYTES, TLS_IV_MAX_BYTES,
    TlsParameters,
};
pub use table::{Algorithm, Family, ParametersKind, Purpose, Purposes, Row};
