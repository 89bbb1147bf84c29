//! Bytes and values that cross the C boundary, and the two-call rule for everything that returns bytes: a null buffer
//! asks for the length, a buffer that is too small gets `CKR_BUFFER_TOO_SMALL` and the length, and both leave the
//! operation as it was (PKCS#11 3.2, section 5.2).

use std::marker::PhantomData;

use cryptoki_sys::{CK_BYTE, CK_ULONG, CKR_ARGUMENTS_BAD, CKR_BUFFER_TOO_SMALL};
use hsm_proto::Wiping;

use crate::errors::{Failure, Result};

/// Longest input that one call may pass: a byte less than 4 GiB. From 2³² on, the caller's arithmetic is taken to have gone
/// wrong, and not a byte is read; whoever has that much passes it in parts.
pub(crate) const INPUT_LENGTH_MAX_BYTES: usize = u32::MAX as usize;

/// Bytes that the caller lends for the duration of the call.
#[derive(Clone, Copy)]
pub(crate) struct Input<'a> {
    address: *const CK_BYTE,
    length: CK_ULONG,
    lender: PhantomData<&'a [u8]>,
}

impl<'a> Input<'a> {
    /// # Safety
    ///
    /// Unless `address` is null, `length` bytes from it must be readable and unchanged for `'a`.
    pub(crate) unsafe fn new(address: *const CK_BYTE, length: CK_ULONG) -> Self {
        Self {
            address,
            length,
            lender: PhantomData,
        }
    }

    /// The bytes. A null pointer is the empty input if the length says so too.
    ///
    /// # Errors
    ///
    /// `CKR_ARGUMENTS_BAD` when the pointer is null and the length is not, or when the length is above
    /// [`INPUT_LENGTH_MAX_BYTES`].
    pub(crate) fn bytes(&self) -> Result<&'a [u8]> {
        let length = usize::try_from(self.length).map_err(|_| Failure::from(CKR_ARGUMENTS_BAD))?;
        if length == 0 {
            return Ok(&[]);
        }
        if self.address.is_null() || length > INPUT_LENGTH_MAX_BYTES {
            return Err(CKR_ARGUMENTS_BAD.into());
        }
        // SAFETY: the pointer is not null and bytes need no alignment; `new` was promised that `length` bytes are
        // readable for `'a`, and the length is far below `isize::MAX`.
        Ok(unsafe { std::slice::from_raw_parts(self.address, length) })
    }

    /// The bytes, or nothing when the pointer is null, whatever the length says.
    pub(crate) fn bytes_unless_null(&self) -> Result<Option<&'a [u8]>> {
        if self.address.is_null() {
            Ok(None)
        } else {
            self.bytes().map(Some)
        }
    }
}

/// What a call that returns bytes did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// The bytes are in the caller's buffer: the operation has had its effect.
    Delivered,
    /// The caller only asked for the length: nothing was done.
    LengthOnly,
}

/// A buffer of the caller's, and the place where its length is told.
pub(crate) struct Output<'a> {
    address: *mut CK_BYTE,
    length: Place<'a, CK_ULONG>,
}

impl Output<'_> {
    /// # Safety
    ///
    /// Unless `length` is null it must point to a `CK_ULONG` that may be read and written for the lifetime of the
    /// result, and unless `address` is null `*length` bytes from it must be writable.
    pub(crate) unsafe fn new(address: *mut CK_BYTE, length: *mut CK_ULONG) -> Self {
        // SAFETY: what `Place::new` asks for is what this function was promised.
        let length = unsafe { Place::new(length) };
        Self { address, length }
    }

    /// Tells the length, and produces the bytes only if there is room for them.
    ///
    /// `produce` gives at most `length_bytes` bytes; the caller is told how many there were.
    ///
    /// # Errors
    ///
    /// `CKR_ARGUMENTS_BAD` for a null length, `CKR_BUFFER_TOO_SMALL` when there is less room than `length_bytes`,
    /// and the errors of `produce`.
    pub(crate) fn deliver(
        self,
        length_bytes: usize,
        produce: impl FnOnce() -> Result<Wiping>,
    ) -> Result<Delivery> {
        let room = self.length.read()?;
        if self.address.is_null() {
            self.length.write(to_ulong(length_bytes)?)?;
            return Ok(Delivery::LengthOnly);
        }
        if room < to_ulong(length_bytes)? {
            self.length.write(to_ulong(length_bytes)?)?;
            return Err(CKR_BUFFER_TOO_SMALL.into());
        }
        self.fill(room, &produce()?)
    }

    /// Delivers bytes whose number is known only once they are made, as after removing padding.
    ///
    /// A length query is answered with `length_max_bytes`. A buffer that is shorter is still filled if the bytes
    /// happen to fit; otherwise the caller learns the exact length and may call again.
    pub(crate) fn deliver_at_most(
        self,
        length_max_bytes: usize,
        produce: impl FnOnce() -> Result<Wiping>,
    ) -> Result<Delivery> {
        let room = self.length.read()?;
        if self.address.is_null() {
            self.length.write(to_ulong(length_max_bytes)?)?;
            return Ok(Delivery::LengthOnly);
        }
        self.fill(room, &produce()?)
    }

    /// Checks the place of the length, for calls that must find that out before they act.
    pub(crate) fn check(&self) -> Result {
        self.length.read().map(|_| ())
    }

    /// Whether the caller has a place for the length at all; without one it wants no output yet.
    pub(crate) fn has_length(&self) -> bool {
        !self.length.is_null()
    }

    fn fill(self, room: CK_ULONG, bytes: &[u8]) -> Result<Delivery> {
        let length = to_ulong(bytes.len())?;
        self.length.write(length)?;
        if room < length {
            return Err(CKR_BUFFER_TOO_SMALL.into());
        }
        // SAFETY: the address is not null, `room` bytes from it are writable as `new` was promised, and `bytes` is
        // memory of ours and no longer than that. Overlap with the caller's input does no harm: by now the input has
        // been read.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.address, bytes.len()) };
        Ok(Delivery::Delivered)
    }
}

/// An array of the caller's with room for a number of values, as `C_GetSlotList` fills.
pub(crate) struct OutputList<'a, T> {
    address: *mut T,
    count: Place<'a, CK_ULONG>,
}

impl<T: Copy> OutputList<'_, T> {
    /// # Safety
    ///
    /// As for [`Output::new`], with `*count` values in place of bytes.
    pub(crate) unsafe fn new(address: *mut T, count: *mut CK_ULONG) -> Self {
        // SAFETY: what `Place::new` asks for is what this function was promised.
        let count = unsafe { Place::new(count) };
        Self { address, count }
    }

    /// Tells how many values there are, and writes them if there is an array and room in it.
    ///
    /// # Errors
    ///
    /// `CKR_ARGUMENTS_BAD` for a null count or a misaligned array, `CKR_BUFFER_TOO_SMALL` when the array is shorter.
    pub(crate) fn deliver(self, values: &[T]) -> Result {
        let room = self.count.read()?;
        if !self.address.is_aligned() {
            return Err(CKR_ARGUMENTS_BAD.into());
        }
        let count = to_ulong(values.len())?;
        self.count.write(count)?;
        if self.address.is_null() {
            return Ok(());
        }
        if room < count {
            return Err(CKR_BUFFER_TOO_SMALL.into());
        }
        // SAFETY: the address is aligned and not null, and `new` was promised that `room` values may be written.
        unsafe { std::ptr::copy_nonoverlapping(values.as_ptr(), self.address, values.len()) };
        Ok(())
    }
}

/// An array of the caller's whose room is an argument of its own, as `C_FindObjects` fills.
pub(crate) struct OutputArray<'a, T> {
    address: *mut T,
    room: CK_ULONG,
    count: Place<'a, CK_ULONG>,
}

impl<T: Copy> OutputArray<'_, T> {
    /// # Safety
    ///
    /// Unless `count` is null it must point to a `CK_ULONG` that may be written for the lifetime of the result, and
    /// unless `address` is null or misaligned `room` values from it must be writable.
    pub(crate) unsafe fn new(address: *mut T, room: CK_ULONG, count: *mut CK_ULONG) -> Self {
        // SAFETY: what `Place::new` asks for is what this function was promised.
        let count = unsafe { Place::new(count) };
        Self {
            address,
            room,
            count,
        }
    }

    /// How many values there is room for.
    ///
    /// # Errors
    ///
    /// `CKR_ARGUMENTS_BAD` when the array is null or misaligned although there is room in it, and for a null count.
    pub(crate) fn room(&self) -> Result<usize> {
        self.count.check()?;
        if self.room > 0 && (self.address.is_null() || !self.address.is_aligned()) {
            return Err(CKR_ARGUMENTS_BAD.into());
        }
        usize::try_from(self.room).map_err(|_| CKR_ARGUMENTS_BAD.into())
    }

    /// Writes the values and their number.
    ///
    /// # Errors
    ///
    /// `CKR_ARGUMENTS_BAD` as for [`OutputArray::room`], and when there are more values than room.
    pub(crate) fn deliver(self, values: &[T]) -> Result {
        if values.len() > self.room()? {
            return Err(CKR_ARGUMENTS_BAD.into());
        }
        if !values.is_empty() {
            // SAFETY: there is room, so the address is aligned and not null, and `new` was promised that as many
            // values may be written.
            unsafe { std::ptr::copy_nonoverlapping(values.as_ptr(), self.address, values.len()) };
        }
        self.count.write(to_ulong(values.len())?)
    }
}

/// A place of the caller's for one value.
pub(crate) struct Place<'a, T> {
    address: *mut T,
    lender: PhantomData<&'a mut T>,
}

impl<T: Copy> Place<'_, T> {
    /// # Safety
    ///
    /// Unless `address` is null or misaligned, it must point to a `T` that may be read and written for the lifetime
    /// of the result.
    pub(crate) unsafe fn new(address: *mut T) -> Self {
        Self {
            address,
            lender: PhantomData,
        }
    }

    /// Fails with `CKR_ARGUMENTS_BAD` when the pointer is null or misaligned.
    pub(crate) fn check(&self) -> Result {
        if self.address.is_null() || !self.address.is_aligned() {
            Err(CKR_ARGUMENTS_BAD.into())
        } else {
            Ok(())
        }
    }

    /// Writes `value`.
    ///
    /// # Errors
    ///
    /// `CKR_ARGUMENTS_BAD` when the pointer is null or misaligned.
    pub(crate) fn write(&self, value: T) -> Result {
        self.check()?;
        // SAFETY: not null and aligned as just checked, and `new` was promised that a `T` may be written there.
        unsafe { self.address.write(value) };
        Ok(())
    }

    /// Reads the value that the caller left there.
    ///
    /// # Errors
    ///
    /// `CKR_ARGUMENTS_BAD` when the pointer is null or misaligned.
    pub(crate) fn read(&self) -> Result<T> {
        self.check()?;
        // SAFETY: not null and aligned as just checked, and `new` was promised that a `T` may be read there.
        Ok(unsafe { self.address.read() })
    }

    /// Whether the caller gave no place.
    pub(crate) fn is_null(&self) -> bool {
        self.address.is_null()
    }
}

fn to_ulong(length: usize) -> Result<CK_ULONG> {
    CK_ULONG::try_from(length).map_err(|_| CKR_ARGUMENTS_BAD.into())
}

#[cfg(test)]
mod tests {
    use cryptoki_sys::CKR_OK;

    use super::*;

    fn output<'a>(buffer: Option<&'a mut [u8]>, length: &'a mut CK_ULONG) -> Output<'a> {
        let address = buffer.map_or(std::ptr::null_mut(), <[u8]>::as_mut_ptr);
        // SAFETY: both come from references that live as long as the result.
        unsafe { Output::new(address, length) }
    }

    fn value<T>(result: &Result<T>) -> cryptoki_sys::CK_RV {
        result.as_ref().err().map_or(CKR_OK, Failure::value)
    }

    #[test]
    fn a_length_query_produces_nothing() {
        let mut length = 0;
        let result = output(None, &mut length).deliver(256, || panic!("produced"));
        assert_eq!(result.unwrap(), Delivery::LengthOnly);
        assert_eq!(length, 256);
    }

    #[test]
    fn a_short_buffer_learns_the_length_and_stays_as_it_was() {
        let (mut buffer, mut length) = ([7_u8; 4], 4);
        let result = output(Some(&mut buffer), &mut length).deliver(5, || panic!("produced"));
        assert_eq!(
            (value(&result), length, buffer),
            (CKR_BUFFER_TOO_SMALL, 5, [7; 4])
        );
    }

    #[test]
    fn a_long_enough_buffer_is_filled_and_told_the_length() {
        let (mut buffer, mut length) = ([0_u8; 4], 4);
        let result =
            output(Some(&mut buffer), &mut length).deliver(3, || Ok(Wiping::new(vec![1, 2, 3])));
        assert_eq!(result.unwrap(), Delivery::Delivered);
        assert_eq!((length, buffer), (3, [1, 2, 3, 0]));
    }

    #[test]
    fn what_is_shorter_than_its_bound_is_delivered_into_a_buffer_of_its_own_length() {
        let (mut buffer, mut length) = ([0_u8; 2], 2);
        let result = output(Some(&mut buffer), &mut length)
            .deliver_at_most(16, || Ok(Wiping::new(vec![1, 2])));
        assert_eq!(result.unwrap(), Delivery::Delivered);
        let (mut buffer, mut length) = ([0_u8; 1], 1);
        let result = output(Some(&mut buffer), &mut length)
            .deliver_at_most(16, || Ok(Wiping::new(vec![1, 2])));
        assert_eq!((value(&result), length), (CKR_BUFFER_TOO_SMALL, 2));
    }

    #[test]
    fn null_and_misaligned_places_are_refused() {
        let mut buffer = [0_u8; 4];
        // SAFETY: a null length is what is tested; the buffer is not reached.
        let result = unsafe { Output::new(buffer.as_mut_ptr(), std::ptr::null_mut()) }
            .deliver(1, || panic!("produced"));
        assert_eq!(value(&result), CKR_ARGUMENTS_BAD);
        let mut words = [0 as CK_ULONG; 2];
        let misaligned = words.as_mut_ptr().wrapping_byte_add(1);
        // SAFETY: a misaligned pointer is what is tested; it is not followed.
        let result = unsafe { Place::new(misaligned) }.write(1);
        assert_eq!(value(&result), CKR_ARGUMENTS_BAD);
    }

    #[test]
    fn inputs_with_absurd_lengths_are_refused_without_being_read() {
        let byte = 0_u8;
        for length in [CK_ULONG::MAX, 1 << 63, (1 << 32) + 1, 1 << 32] {
            // SAFETY: the bytes are not there, and are not read: that is what is tested.
            let result = unsafe { Input::new(&raw const byte, length) }.bytes();
            assert_eq!(value(&result), CKR_ARGUMENTS_BAD);
        }
        // SAFETY: null is what is tested.
        let (null, empty) = unsafe {
            (
                Input::new(std::ptr::null(), 1),
                Input::new(std::ptr::null(), 0),
            )
        };
        assert_eq!(value(&null.bytes()), CKR_ARGUMENTS_BAD);
        assert_eq!(empty.bytes().unwrap(), b"");
    }
}
