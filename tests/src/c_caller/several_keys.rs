//! `C_DeriveKey` where one call makes several keys: SP 800-108 and the key blocks of TLS 1.2.

use std::ptr;

use cryptoki_sys as c;

use super::{CModule, Failure, Template, call, checked, template::length};

/// A handle that no module gives, to see what was written.
pub const UNTOUCHED: c::CK_OBJECT_HANDLE = 0x5555_5555;

/// The key block of a TLS session (`CK_TLS12_KEY_MAT_PARAMS`), with SHA-256.
#[derive(Clone)]
pub struct KeyBlock {
    /// `CKM_TLS12_KEY_AND_MAC_DERIVE` or `CKM_TLS12_KEY_SAFE_DERIVE`.
    pub mechanism: c::CK_MECHANISM_TYPE,
    /// The client's random bytes.
    pub client_random: Vec<u8>,
    /// The server's random bytes.
    pub server_random: Vec<u8>,
    /// The bits of each key of authentication codes.
    pub code_bits: c::CK_ULONG,
    /// The bits of each key of a cipher.
    pub cipher_bits: c::CK_ULONG,
    /// The bits of each initialization vector.
    pub iv_bits: c::CK_ULONG,
}

/// What came of it (`CK_SSL3_KEY_MAT_OUT`).
pub struct KeyBlockOut {
    /// The keys of authentication codes and of ciphers, each the client's before the server's.
    pub keys: [c::CK_OBJECT_HANDLE; 4],
    /// What was written where the initialization vectors go.
    pub ivs: [[u8; 64]; 2],
    /// How the call ended.
    pub outcome: Result<(), Failure>,
}

impl CModule {
    /// Derives a key block. There is no place for a handle of the call's own, as the standard advises.
    #[must_use]
    pub fn derive_key_block(
        &self,
        session: c::CK_SESSION_HANDLE,
        base_key: c::CK_OBJECT_HANDLE,
        block: &KeyBlock,
        template: &Template,
    ) -> KeyBlockOut {
        let mut ivs = [[0; 64]; 2];
        let [client_iv, server_iv] = &mut ivs;
        let mut out = c::CK_SSL3_KEY_MAT_OUT {
            hClientMacSecret: UNTOUCHED,
            hServerMacSecret: UNTOUCHED,
            hClientKey: UNTOUCHED,
            hServerKey: UNTOUCHED,
            pIVClient: client_iv.as_mut_ptr(),
            pIVServer: server_iv.as_mut_ptr(),
        };
        let mut parameters = c::CK_TLS12_KEY_MAT_PARAMS {
            ulMacSizeInBits: block.code_bits,
            ulKeySizeInBits: block.cipher_bits,
            ulIVSizeInBits: block.iv_bits,
            bIsExport: c::CK_FALSE,
            RandomInfo: c::CK_SSL3_RANDOM_DATA {
                pClientRandom: block.client_random.as_ptr().cast_mut(),
                ulClientRandomLen: length(&block.client_random),
                pServerRandom: block.server_random.as_ptr().cast_mut(),
                ulServerRandomLen: length(&block.server_random),
            },
            pReturnedKeyMaterial: &raw mut out,
            prfHashMechanism: c::CKM_SHA256,
        };
        let mut mechanism = c::CK_MECHANISM {
            mechanism: block.mechanism,
            pParameter: (&raw mut parameters).cast(),
            ulParameterLen: size_of_val(&parameters) as c::CK_ULONG,
        };
        let mut attributes = template.attributes();
        let (list, count) = (attributes.as_mut_ptr(), template.len());
        let outcome = checked(call!(
            self,
            C_DeriveKey(
                session,
                &raw mut mechanism,
                base_key,
                list,
                count,
                ptr::null_mut()
            )
        ));
        KeyBlockOut {
            keys: [
                out.hClientMacSecret,
                out.hServerMacSecret,
                out.hClientKey,
                out.hServerKey,
            ],
            ivs,
            outcome,
        }
    }

    /// Derives a key for each template by `CKM_SP800_108_COUNTER_KDF` with HMAC-SHA-256 over a counter of 32 bits, `before`, and
    /// the length in 32 bits, counted by `length_method`. Gives their handles, as they are after the call.
    pub fn derive_by_counter(
        &self,
        session: c::CK_SESSION_HANDLE,
        base_key: c::CK_OBJECT_HANDLE,
        before: &[u8],
        length_method: c::CK_SP800_108_DKM_LENGTH_METHOD,
        templates: &[Template],
    ) -> (Vec<c::CK_OBJECT_HANDLE>, Result<(), Failure>) {
        let counter = c::CK_SP800_108_COUNTER_FORMAT {
            bLittleEndian: c::CK_FALSE,
            ulWidthInBits: 32,
        };
        let dkm_length = c::CK_SP800_108_DKM_LENGTH_FORMAT {
            dkmLengthMethod: length_method,
            bLittleEndian: c::CK_FALSE,
            ulWidthInBits: 32,
        };
        let field = |kind, value: *const u8, length: usize| c::CK_PRF_DATA_PARAM {
            type_: kind,
            pValue: value.cast_mut().cast(),
            ulValueLen: length as c::CK_ULONG,
        };
        let mut fields = [
            field(
                c::CK_SP800_108_ITERATION_VARIABLE,
                (&raw const counter).cast(),
                size_of_val(&counter),
            ),
            field(c::CK_SP800_108_BYTE_ARRAY, before.as_ptr(), before.len()),
            field(
                c::CK_SP800_108_DKM_LENGTH,
                (&raw const dkm_length).cast(),
                size_of_val(&dkm_length),
            ),
        ];
        let mut handles = vec![UNTOUCHED; templates.len()];
        let (first, rest) = handles.split_first_mut().expect("a template");
        let mut lists: Vec<_> = templates.iter().map(Template::attributes).collect();
        let (own, further) = lists.split_first_mut().expect("a template");
        let mut further: Vec<_> = further
            .iter_mut()
            .zip(rest)
            .map(|(list, handle)| c::CK_DERIVED_KEY {
                pTemplate: list.as_mut_ptr(),
                ulAttributeCount: list.len() as c::CK_ULONG,
                phKey: handle,
            })
            .collect();
        let mut parameters = c::CK_SP800_108_KDF_PARAMS {
            prfType: c::CKM_SHA256_HMAC,
            ulNumberOfDataParams: fields.len() as c::CK_ULONG,
            pDataParams: fields.as_mut_ptr(),
            ulAdditionalDerivedKeys: further.len() as c::CK_ULONG,
            pAdditionalDerivedKeys: further.as_mut_ptr(),
        };
        let mut mechanism = c::CK_MECHANISM {
            mechanism: c::CKM_SP800_108_COUNTER_KDF,
            pParameter: (&raw mut parameters).cast(),
            ulParameterLen: size_of_val(&parameters) as c::CK_ULONG,
        };
        let (list, count) = (own.as_mut_ptr(), own.len() as c::CK_ULONG);
        let outcome = checked(call!(
            self,
            C_DeriveKey(session, &raw mut mechanism, base_key, list, count, first)
        ));
        (handles, outcome)
    }
}
