//! PKCS#7 padding, RFC 5652 §6.3.

use subtle::{
    ConditionallySelectable as _, ConstantTimeEq as _, ConstantTimeGreater as _,
    ConstantTimeLess as _,
};

/// The length without padding of blocks of 8 or 16 bytes. Reads the last block whole whatever the padding says; only the
/// answer, valid or not, and the length of valid data depend on it.
pub(super) fn unpadded_length(padded: &[u8], block_bytes: usize) -> Option<usize> {
    let last_block = padded.get(padded.len().checked_sub(block_bytes)?..)?;
    let padding = *last_block.last()?;
    let padding_max = u8::try_from(block_bytes).ok()?;
    let mut is_wrong = padding.ct_eq(&0) | padding.ct_gt(&padding_max);
    for (index, byte) in (0_u8..).zip(last_block.iter().rev()) {
        let is_padding = index.ct_lt(&padding);
        is_wrong |= is_padding & !byte.ct_eq(&padding);
    }
    let padding_bytes = u8::conditional_select(&padding, &0, is_wrong);
    if bool::from(is_wrong) {
        None
    } else {
        padded.len().checked_sub(usize::from(padding_bytes))
    }
}
