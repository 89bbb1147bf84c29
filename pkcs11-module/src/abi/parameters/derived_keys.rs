//! The keys that one derivation makes, which its parameters name where they are several, and what it tells beside them.

use cryptoki_sys::{
    CK_DERIVED_KEY, CK_FALSE, CK_INVALID_HANDLE, CK_OBJECT_HANDLE, CK_SSL3_KEY_MAT_OUT,
    CK_TLS12_KEY_MAT_PARAMS, CK_VERSION, CKA_CLASS, CKA_DECRYPT, CKA_DERIVE, CKA_ENCRYPT,
    CKA_KEY_TYPE, CKA_PRIVATE, CKA_SIGN, CKA_TOKEN, CKA_VALUE_LEN, CKA_VERIFY, CKK_GENERIC_SECRET,
    CKO_SECRET_KEY, CKR_TEMPLATE_INCONSISTENT,
};
use hsm_algorithms::attributes::AttributeRow;
use hsm_algorithms::{Algorithm, Attributes, DERIVED_KEYS_MAX, Family, ParametersKind};

use super::derivation::whole_bytes;
use super::{Mechanism, invalid};
use crate::abi::{Place, Template};
use crate::errors::Result;

/// A key to derive.
pub(crate) struct NewKey<'a> {
    /// What the caller says of it.
    pub(crate) template: Attributes,
    /// Where its handle goes.
    pub(crate) handle: Place<'a, CK_OBJECT_HANDLE>,
}

impl<'a> Mechanism<'a> {
    /// The keys that a derivation makes, in the order in which what is derived is divided among them: the one of the call
    /// itself and those that its parameters name, or those of a key block.
    ///
    /// # Errors
    ///
    /// As for [`Mechanism::algorithm`] and [`Template::attributes`]; `CKR_ARGUMENTS_BAD` when there is no place for the handle
    /// of the call's own key. Where a further template is wrong, its handle says so.
    pub(crate) fn keys_to_derive(
        &self,
        algorithm: Algorithm,
        template: &Template<'_>,
        handle: Place<'a, CK_OBJECT_HANDLE>,
    ) -> Result<Vec<NewKey<'a>>> {
        if algorithm.row().parameters == ParametersKind::TlsKeyBlock {
            return self.keys_of_block(&template.attributes()?);
        }
        handle.check()?;
        let template = template.attributes()?;
        let mut keys = vec![NewKey { template, handle }];
        if algorithm.family() == Family::Kbkdf {
            self.add_further_keys(&mut keys)?;
        }
        Ok(keys)
    }

    /// `pAdditionalDerivedKeys` (PKCS#11 3.2 §6.42.8).
    fn add_further_keys(&self, keys: &mut Vec<NewKey<'a>>) -> Result {
        let (kdf, _) = self.parameter()?.kdf()?;
        let count = usize::try_from(kdf.ulAdditionalDerivedKeys).map_err(|_| invalid())?;
        if count >= DERIVED_KEYS_MAX || (count > 0 && kdf.pAdditionalDerivedKeys.is_null()) {
            return Err(invalid());
        }
        for index in 0..count {
            // SAFETY: the standard makes this a pointer to as many structures, and `Mechanism::new` was promised that; the
            // read needs no alignment, and every pattern of bits is such a structure.
            let further: CK_DERIVED_KEY =
                unsafe { kdf.pAdditionalDerivedKeys.add(index).read_unaligned() };
            // SAFETY: the standard makes this a pointer to a handle; promised to `Mechanism::new`.
            let handle = unsafe { Place::new(further.phKey) };
            handle.check().map_err(|_| invalid())?;
            // SAFETY: the standard makes this a pointer to as many attributes; promised to `Mechanism::new`.
            let template = unsafe { Template::new(further.pTemplate, further.ulAttributeCount) };
            match template.attributes() {
                Ok(template) => keys.push(NewKey { template, handle }),
                Err(failure) => {
                    handle.write(CK_INVALID_HANDLE)?;
                    return Err(failure);
                }
            }
        }
        Ok(())
    }

    /// The two keys of authentication codes and the two ciphers' keys of a TLS session (PKCS#11 3.2 §6.40.6), each pair only if
    /// it has a length. The handles of those that are not made say so.
    fn keys_of_block(&self, template: &Attributes) -> Result<Vec<NewKey<'a>>> {
        let (block, out) = self.key_block()?;
        let (code_bytes, cipher_bytes) = (
            whole_bytes(block.ulMacSizeInBits)?,
            whole_bytes(block.ulKeySizeInBits)?,
        );
        if block.bIsExport != CK_FALSE || (code_bytes == 0 && cipher_bytes == 0) {
            return Err(invalid());
        }
        // SAFETY: not null and aligned as `key_block` has checked, and `Mechanism::new` was promised that the structure may be
        // written.
        let handles = unsafe {
            [
                Place::new(&raw mut (*out).hClientMacSecret),
                Place::new(&raw mut (*out).hServerMacSecret),
                Place::new(&raw mut (*out).hClientKey),
                Place::new(&raw mut (*out).hServerKey),
            ]
        };
        for handle in &handles {
            handle.write(CK_INVALID_HANDLE)?;
        }
        let (code, cipher) = (
            code_key(template, code_bytes),
            cipher_key(template, cipher_bytes)?,
        );
        let [client_code, server_code, client_cipher, server_cipher] = handles;
        let keys = [
            (code_bytes, code.clone(), client_code),
            (code_bytes, code, server_code),
            (cipher_bytes, cipher.clone(), client_cipher),
            (cipher_bytes, cipher, server_cipher),
        ];
        let made = keys.into_iter().filter(|(bytes, ..)| *bytes > 0);
        Ok(made
            .map(|(_, template, handle)| NewKey { template, handle })
            .collect())
    }

    /// The parameters of a key block, and the structure that gets what comes of it.
    fn key_block(&self) -> Result<(CK_TLS12_KEY_MAT_PARAMS, *mut CK_SSL3_KEY_MAT_OUT)> {
        let block = self.parameter()?.structure::<CK_TLS12_KEY_MAT_PARAMS>()?;
        let out = block.pReturnedKeyMaterial;
        if out.is_null() || !out.is_aligned() {
            return Err(invalid());
        }
        Ok((block, out))
    }

    /// Checks that there is a place for what the derivation tells beside the keys.
    ///
    /// # Errors
    ///
    /// As for [`Mechanism::algorithm`].
    pub(crate) fn check_place_beside(&self, algorithm: Algorithm) -> Result {
        if algorithm == Algorithm::Tls12KeyBlock {
            let (block, [client, server]) = self.iv_places()?;
            if block.ulIVSizeInBits != 0 && (client.is_null() || server.is_null()) {
                return Err(invalid());
            }
        }
        Ok(())
    }

    /// Tells the caller what came out beside the keys: the version in an RSA premaster secret, if it left a place for it; the
    /// initialization vectors of a key block.
    ///
    /// # Errors
    ///
    /// As for [`Mechanism::algorithm`].
    pub(crate) fn write_beside(&self, algorithm: Algorithm, beside: &[u8]) -> Result {
        if algorithm == Algorithm::Tls12KeyBlock {
            let (block, [client, server]) = self.iv_places()?;
            let length = whole_bytes(block.ulIVSizeInBits)? as usize;
            if length == 0 || beside.len() != 2 * length {
                return Ok(());
            }
            let (for_client, for_server) = beside.split_at(length);
            for (place, iv) in [(client, for_client), (server, for_server)] {
                // SAFETY: not null, as `check_place_beside` has said, and the standard makes it a pointer to as many bytes
                // as the parameters say, which `Mechanism::new` was promised; the source is ours.
                unsafe { place.copy_from_nonoverlapping(iv.as_ptr(), length) };
            }
            return Ok(());
        }
        let &[major, minor] = beside else {
            return Ok(());
        };
        let is_extended = algorithm == Algorithm::Tls12ExtendedMasterSecret;
        let place = self.parameter()?.version_place(is_extended)?;
        if !place.is_null() {
            // SAFETY: not null, and `new` was promised that it is as the standard describes it: a place for a version.
            unsafe { place.write_unaligned(CK_VERSION { major, minor }) };
        }
        Ok(())
    }

    /// The parameters of a key block, and where its initialization vectors go.
    fn iv_places(&self) -> Result<(CK_TLS12_KEY_MAT_PARAMS, [*mut u8; 2])> {
        let (block, out) = self.key_block()?;
        // SAFETY: not null and aligned as `key_block` has checked, and `Mechanism::new` was promised that it may be read.
        let out = unsafe { out.read() };
        Ok((block, [out.pIVClient, out.pIVServer]))
    }
}

/// A key of authentication codes: what the standard says of it, and where the caller wants it.
fn code_key(template: &Attributes, length_bytes: u32) -> Attributes {
    let mut key = Attributes::new();
    for attribute in [CKA_TOKEN, CKA_PRIVATE] {
        if let Some(value) = template.get(attribute) {
            key.insert(attribute, value.clone());
        }
    }
    key.insert(CKA_CLASS, CKO_SECRET_KEY);
    key.insert(CKA_KEY_TYPE, CKK_GENERIC_SECRET);
    key.insert(CKA_VALUE_LEN, u64::from(length_bytes));
    key.insert(CKA_SIGN, true);
    key.insert(CKA_VERIFY, true);
    key
}

/// A key of a cipher: what the caller says of it, in the length that the parameters say.
fn cipher_key(template: &Attributes, length_bytes: u32) -> Result<Attributes> {
    let mut key = template.clone();
    let length = u64::from(length_bytes);
    if key.number(CKA_VALUE_LEN).is_some_and(|said| said != length) {
        return Err(CKR_TEMPLATE_INCONSISTENT.into());
    }
    // Types of one length have no such attribute.
    let has_length = AttributeRow::of(CKA_VALUE_LEN).is_some_and(|row| {
        row.use_on(CKO_SECRET_KEY, template.number(CKA_KEY_TYPE))
            .is_some()
    });
    if has_length {
        key.insert(CKA_VALUE_LEN, length);
    }
    for attribute in [CKA_ENCRYPT, CKA_DECRYPT, CKA_DERIVE] {
        key.insert_default(attribute, true);
    }
    Ok(key)
}
