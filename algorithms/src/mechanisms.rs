//! The PKCS#11 mechanism list and its `CK_MECHANISM_INFO`, derived from the algorithms and the generators.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::generators::Generator;
use crate::key_specs::{KeyKind, SizeUnit};
use crate::pkcs11::{
    CKF_DECAPSULATE, CKF_DECRYPT, CKF_DERIVE, CKF_DIGEST, CKF_EC_CURVENAME, CKF_EC_F_P,
    CKF_EC_NAMEDCURVE, CKF_EC_UNCOMPRESS, CKF_ENCAPSULATE, CKF_ENCRYPT, CKF_GENERATE,
    CKF_GENERATE_KEY_PAIR, CKF_MESSAGE_DECRYPT, CKF_MESSAGE_ENCRYPT, CKF_MESSAGE_SIGN,
    CKF_MESSAGE_VERIFY, CKF_MULTI_MESSAGE, CKF_SIGN, CKF_SIGN_RECOVER, CKF_UNWRAP, CKF_VERIFY,
    CKF_VERIFY_RECOVER, CKF_WRAP,
};
use crate::table::{Algorithm, Purpose};

/// What `C_GetMechanismInfo` says about a mechanism.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MechanismInfo {
    /// The smallest key, in the unit that the standard has for its type: bits or bytes. 0 without a key.
    pub key_size_min: u64,
    /// The largest key.
    pub key_size_max: u64,
    /// `CKF_SIGN | CKF_VERIFY | …`.
    pub flags: u64,
    /// Whether all that it does is kept for what was made with it long ago; a strict token does not offer it.
    pub is_legacy: bool,
}

/// Every mechanism with its info, by number.
pub fn mechanisms() -> impl ExactSizeIterator<Item = (u64, &'static MechanismInfo)> {
    MECHANISM_TABLE
        .iter()
        .map(|(mechanism, info)| (*mechanism, info))
}

/// The info of one mechanism. `None` if it is not offered.
#[must_use]
pub fn mechanism_info(mechanism: u64) -> Option<&'static MechanismInfo> {
    MECHANISM_TABLE.get(&mechanism)
}

static MECHANISM_TABLE: LazyLock<BTreeMap<u64, MechanismInfo>> = LazyLock::new(|| {
    let mut table = BTreeMap::new();
    for algorithm in Algorithm::ALL {
        let row = algorithm.row();
        if let Some(mechanism) = row.pkcs11 {
            let flags = Purpose::ALL
                .iter()
                .filter(|purpose| algorithm.is_for(**purpose))
                .map(|purpose| flags_of(*purpose))
                .chain([message_flags_of(*algorithm)]);
            add(
                &mut table,
                mechanism,
                row.keys,
                flags.fold(0, |all, flag| all | flag),
                algorithm.is_legacy(),
            );
        }
    }
    for generator in Generator::ALL {
        let flag = if generator.makes_key_pairs() {
            CKF_GENERATE_KEY_PAIR
        } else {
            CKF_GENERATE
        };
        add(
            &mut table,
            generator.row().pkcs11,
            generator.row().kinds,
            flag,
            generator.is_legacy(),
        );
    }
    table
});

const fn flags_of(purpose: Purpose) -> u64 {
    match purpose {
        Purpose::Sign => CKF_SIGN | CKF_VERIFY,
        Purpose::Encrypt => CKF_ENCRYPT | CKF_DECRYPT,
        Purpose::Wrap => CKF_WRAP | CKF_UNWRAP,
        Purpose::Derive => CKF_DERIVE,
        Purpose::Generate => CKF_GENERATE,
        Purpose::Digest => CKF_DIGEST,
        Purpose::Recover => CKF_SIGN_RECOVER | CKF_VERIFY_RECOVER,
        Purpose::Encapsulate => CKF_ENCAPSULATE | CKF_DECAPSULATE,
    }
}

/// Every signing mechanism also signs messages one after another; ciphers need a nonce for each message.
fn message_flags_of(algorithm: Algorithm) -> u64 {
    let mut flags = 0;
    if algorithm.is_for(Purpose::Sign) {
        flags |= CKF_MESSAGE_SIGN | CKF_MESSAGE_VERIFY | CKF_MULTI_MESSAGE;
    }
    if algorithm.is_for(Purpose::Encrypt) && algorithm.is_authenticated_cipher() {
        flags |= CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT | CKF_MULTI_MESSAGE;
    }
    flags
}

fn add(
    table: &mut BTreeMap<u64, MechanismInfo>,
    mechanism: u64,
    kinds: &[KeyKind],
    flags: u64,
    is_legacy: bool,
) {
    let sizes = kinds.iter().map(|kind| {
        let row = kind.row();
        let divisor = match row.unit {
            SizeUnit::Bits => 1,
            SizeUnit::Bytes => 8,
        };
        (
            u64::from(row.bits.min / divisor),
            u64::from(row.bits.max / divisor),
        )
    });
    let curve_flags = kinds
        .iter()
        .filter_map(|kind| kind.curve())
        .fold(0, |all, curve| {
            all | if curve.is_weierstrass() {
                CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS
            } else {
                CKF_EC_NAMEDCURVE | CKF_EC_CURVENAME
            }
        });
    let info = table.entry(mechanism).or_insert(MechanismInfo {
        key_size_min: 0,
        key_size_max: 0,
        flags: 0,
        is_legacy: true,
    });
    info.flags |= flags | curve_flags;
    info.is_legacy &= is_legacy;
    for (min, max) in sizes {
        info.key_size_min = if info.key_size_max == 0 {
            min
        } else {
            info.key_size_min.min(min)
        };
        info.key_size_max = info.key_size_max.max(max);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pkcs11::*;

    #[test]
    fn rsa_pkcs_signs_encrypts_and_wraps() {
        let info = mechanism_info(CKM_RSA_PKCS).unwrap();
        assert_eq!((info.key_size_min, info.key_size_max), (1024, 8192));
        let all = CKF_SIGN | CKF_VERIFY | CKF_ENCRYPT | CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP;
        let more = CKF_SIGN_RECOVER | CKF_VERIFY_RECOVER | CKF_ENCAPSULATE | CKF_DECAPSULATE;
        let messages = CKF_MESSAGE_SIGN | CKF_MESSAGE_VERIFY | CKF_MULTI_MESSAGE;
        assert_eq!(info.flags, all | more | messages);
    }

    #[test]
    fn sizes_are_in_the_units_of_the_standard() {
        let sizes = |mechanism| {
            mechanism_info(mechanism)
                .map(|info| (info.key_size_min, info.key_size_max))
                .unwrap()
        };
        assert_eq!(sizes(CKM_AES_KEY_GEN), (16, 32));
        assert_eq!(sizes(CKM_ECDSA), (224, 521));
        assert_eq!(sizes(CKM_SHA256), (0, 0));
    }

    #[test]
    fn a_mechanism_without_a_row_is_not_offered() {
        assert_eq!(mechanism_info(CKM_RSA_9796), None);
        assert_eq!(mechanism_info(u64::MAX), None);
    }

    #[test]
    fn a_mechanism_is_legacy_when_all_that_it_does_is() {
        let is_legacy = |mechanism| mechanism_info(mechanism).unwrap().is_legacy;
        for legacy in [
            CKM_MD5,
            CKM_MD5_HMAC,
            CKM_MD5_RSA_PKCS,
            CKM_MD5_KEY_DERIVATION,
            CKM_DES_CBC,
            CKM_DES3_CBC_PAD,
            CKM_DES3_KEY_GEN,
        ] {
            assert!(is_legacy(legacy), "{legacy:#x}");
        }
        for current in [
            CKM_SHA_1,
            CKM_RSA_PKCS,
            CKM_AES_CBC,
            CKM_AES_KEY_GEN,
            CKM_GENERIC_SECRET_KEY_GEN,
            CKM_CONCATENATE_BASE_AND_DATA,
        ] {
            assert!(!is_legacy(current), "{current:#x}");
        }
    }

    #[test]
    fn every_mechanism_has_a_name_and_a_use() {
        for (mechanism, info) in mechanisms() {
            assert!(name_of(MECHANISMS, mechanism).is_some(), "{mechanism:#x}");
            assert_ne!(info.flags, 0, "{mechanism:#x}");
        }
    }
}
