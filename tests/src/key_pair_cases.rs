//! How many of Wycheproof's cases of key pairs run through the C interface, by mechanism. The suite `key_pairs` counts them as it
//! runs them, and the page of mechanisms shows them.

use std::collections::BTreeMap;

use cryptoki_sys as c;

/// The cases of each mechanism.
pub const KEY_PAIR_CASES: &[(c::CK_MECHANISM_TYPE, usize)] = &[
    (c::CKM_DSA_SHA224, 109),
    (c::CKM_DSA_SHA256, 415),
    (c::CKM_ECDH1_DERIVE, 3268),
    (c::CKM_ECDSA_SHA224, 458),
    (c::CKM_ECDSA_SHA256, 1033),
    (c::CKM_ECDSA_SHA384, 837),
    (c::CKM_ECDSA_SHA512, 1954),
    (c::CKM_EDDSA, 238),
    (c::CKM_ML_DSA, 631),
    (c::CKM_RSA_PKCS, 201),
    (c::CKM_RSA_PKCS_OAEP, 1026),
    (c::CKM_SHA1_RSA_PKCS_PSS, 236),
    (c::CKM_SHA224_RSA_PKCS, 258),
    (c::CKM_SHA224_RSA_PKCS_PSS, 60),
    (c::CKM_SHA256_RSA_PKCS, 1034),
    (c::CKM_SHA256_RSA_PKCS_PSS, 914),
    (c::CKM_SHA384_RSA_PKCS, 1035),
    (c::CKM_SHA384_RSA_PKCS_PSS, 342),
    (c::CKM_SHA3_224_RSA_PKCS, 258),
    (c::CKM_SHA3_256_RSA_PKCS, 515),
    (c::CKM_SHA3_384_RSA_PKCS, 517),
    (c::CKM_SHA3_512_RSA_PKCS, 517),
    (c::CKM_SHA512_RSA_PKCS, 1037),
    (c::CKM_SHA512_RSA_PKCS_PSS, 950),
];

/// Counts the cases of one test.
#[derive(Default)]
pub struct Tally(BTreeMap<c::CK_MECHANISM_TYPE, usize>);

impl Tally {
    /// One case of this mechanism.
    pub fn count(&mut self, mechanism: c::CK_MECHANISM_TYPE) {
        *self.0.entry(mechanism).or_default() += 1;
    }

    /// Ends the test: as many cases were run as [`KEY_PAIR_CASES`] says.
    #[track_caller]
    pub fn finish(self) {
        assert!(!self.0.is_empty(), "no case was run");
        let stated: BTreeMap<_, _> = KEY_PAIR_CASES.iter().copied().collect();
        for (mechanism, run) in self.0 {
            assert_eq!(
                Some(&run),
                stated.get(&mechanism),
                "cases of {mechanism:#x}"
            );
        }
    }
}
