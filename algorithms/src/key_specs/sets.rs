//! Sets of kinds that several rows of the tables name. Each is told by what the rows of the kinds say, so that a new kind
//! is in its sets by its row alone.

use super::KeyKind;
use crate::pkcs11::{
    CKK_DES2, CKK_DES3, CKK_DH, CKK_DSA, CKK_EC, CKK_EC_EDWARDS, CKK_EC_MONTGOMERY, CKK_ML_DSA,
    CKK_ML_KEM, CKK_RSA, CKK_SLH_DSA, CKO_PRIVATE_KEY, CKO_SECRET_KEY,
};

/// The kinds whose row fits, in the order of the table.
macro_rules! kinds {
    ($row:ident: $fits:expr) => {{
        const FITS: Fits = {
            let mut fits = [false; KeyKind::ALL.len()];
            let mut index = 0;
            while index < fits.len() {
                let $row = KeyKind::ALL[index].row();
                fits[index] = $fits;
                index += 1;
            }
            fits
        };
        &those::<{ count(FITS) }>(FITS)
    }};
}

/// Every kind of secret key.
pub(crate) const SECRETS: &[KeyKind] = kinds!(row: row.class == CKO_SECRET_KEY);
pub(crate) const TRIPLE_DES: &[KeyKind] =
    kinds!(row: row.key_type == CKK_DES2 || row.key_type == CKK_DES3);
pub(crate) const RSA: &[KeyKind] = kinds!(row: row.key_type == CKK_RSA);
/// The short Weierstrass curves.
pub(crate) const EC: &[KeyKind] = kinds!(row: row.key_type == CKK_EC);
pub(crate) const AGREEMENT_CURVES: &[KeyKind] =
    kinds!(row: row.key_type == CKK_EC || row.key_type == CKK_EC_MONTGOMERY);
pub(crate) const ML_KEM: &[KeyKind] = kinds!(row: row.key_type == CKK_ML_KEM);
pub(crate) const ML_DSA: &[KeyKind] = kinds!(row: row.key_type == CKK_ML_DSA);
pub(crate) const SLH_DSA: &[KeyKind] = kinds!(row: row.key_type == CKK_SLH_DSA);
pub(crate) const DSA: &[KeyKind] = kinds!(row: row.key_type == CKK_DSA);
pub(crate) const DH: &[KeyKind] = kinds!(row: row.key_type == CKK_DH);
pub(crate) const EDWARDS: &[KeyKind] = kinds!(row: row.key_type == CKK_EC_EDWARDS);
pub(crate) const MONTGOMERY: &[KeyKind] = kinds!(row: row.key_type == CKK_EC_MONTGOMERY);
/// Every kind that has a private and a public half.
pub(crate) const KEY_PAIRS: &[KeyKind] = kinds!(row: row.class == CKO_PRIVATE_KEY);

type Fits = [bool; KeyKind::ALL.len()];

const fn count(fits: Fits) -> usize {
    let (mut index, mut count) = (0, 0);
    while index < fits.len() {
        count += fits[index] as usize;
        index += 1;
    }
    count
}

const fn those<const COUNT: usize>(fits: Fits) -> [KeyKind; COUNT] {
    let mut those = [KeyKind::ALL[0]; COUNT];
    let (mut index, mut filled) = (0, 0);
    while index < fits.len() {
        if fits[index] {
            those[filled] = KeyKind::ALL[index];
            filled += 1;
        }
        index += 1;
    }
    those
}
