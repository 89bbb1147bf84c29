//! Ownership of aws-lc's objects: one owner each, freed when it goes.

use std::ops::Deref;
use std::ptr::NonNull;

use aws_lc_sys as aws_lc;

use crate::Error;

/// A type that aws-lc allocates and frees.
///
/// # Safety
///
/// `free` must be the function that frees such an object, whole, and it must be safe to call from any thread.
pub(crate) unsafe trait Object {
    /// Frees the object.
    ///
    /// # Safety
    ///
    /// `pointer` must be the only reference to an object that is still alive.
    unsafe fn free(pointer: *mut Self);
}

macro_rules! objects {
    ($($object:ident freed by $free:ident;)*) => {$(
        // SAFETY: the pair is what aws-lc's header of the type names; its objects have no thread affinity.
        unsafe impl Object for aws_lc::$object {
            unsafe fn free(pointer: *mut Self) {
                // SAFETY: the caller gives the only reference to a live object.
                unsafe { aws_lc::$free(pointer) }
            }
        }
    )*};
}

objects! {
    BIGNUM freed by BN_clear_free;
    BN_CTX freed by BN_CTX_free;
    CMAC_CTX freed by CMAC_CTX_free;
    DH freed by DH_free;
    DSA freed by DSA_free;
    DSA_SIG freed by DSA_SIG_free;
    ECDSA_SIG freed by ECDSA_SIG_free;
    EC_KEY freed by EC_KEY_free;
    EC_POINT freed by EC_POINT_free;
    EVP_AEAD_CTX freed by EVP_AEAD_CTX_free;
    EVP_CIPHER_CTX freed by EVP_CIPHER_CTX_free;
    EVP_MD_CTX freed by EVP_MD_CTX_free;
    EVP_PKEY freed by EVP_PKEY_free;
    EVP_PKEY_CTX freed by EVP_PKEY_CTX_free;
    RSA freed by RSA_free;
}

/// The owner of one aws-lc object.
pub(crate) struct Owned<T: Object>(NonNull<T>);

// SAFETY: aws-lc's objects have no thread affinity. Sharing is safe for the types and calls of this crate: keys are
// not changed after they are made, and aws-lc locks what it caches inside them (Montgomery and blinding values);
// everything else is used by one function and never shared.
unsafe impl<T: Object> Send for Owned<T> {}
// SAFETY: as above.
unsafe impl<T: Object> Sync for Owned<T> {}

impl<T: Object> Owned<T> {
    /// Takes what an allocating function of aws-lc returned.
    ///
    /// # Safety
    ///
    /// `pointer` must be null, or an object that nobody else frees.
    ///
    /// # Errors
    ///
    /// `failure` if it is null.
    pub(crate) unsafe fn take(pointer: *mut T, failure: Error) -> Result<Self, Error> {
        NonNull::new(pointer).map(Self).ok_or_else(|| fail(failure))
    }

    /// For calls that read, or that change the object under aws-lc's own lock.
    pub(crate) fn as_ptr(&self) -> *mut T {
        self.0.as_ptr()
    }

    /// Gives the object away, to a function that takes ownership.
    pub(crate) fn into_raw(self) -> *mut T {
        std::mem::ManuallyDrop::new(self).0.as_ptr()
    }
}

impl<T: Object> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: this is the only owner, and it ends here.
        unsafe { T::free(self.0.as_ptr()) }
    }
}

/// A number owned by us.
pub(crate) struct Number(Owned<aws_lc::BIGNUM>);

impl Number {
    /// The number with these bytes, the most significant first.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        // SAFETY: the pointer and the length are of one slice; a null result makes a new number.
        let number =
            unsafe { aws_lc::BN_bin2bn(bytes.as_ptr(), bytes.len(), std::ptr::null_mut()) };
        // SAFETY: the number is new.
        unsafe { Owned::take(number, Error::Library) }.map(Self)
    }

    /// Gives the number away, to a function that takes ownership.
    pub(crate) fn into_raw(self) -> *mut aws_lc::BIGNUM {
        self.0.into_raw()
    }
}

impl Deref for Number {
    type Target = Owned<aws_lc::BIGNUM>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// Writes `number` into all of `bytes`, the most significant first, with zeros in front.
///
/// # Safety
///
/// `number` must point to a live number.
///
/// # Errors
///
/// [`Error::Library`] if it does not fit.
pub(crate) unsafe fn write_number(
    number: *const aws_lc::BIGNUM,
    bytes: &mut [u8],
) -> Result<(), Error> {
    // SAFETY: the pointer and the length are of one slice, and the caller vouches for the number.
    succeeded(
        unsafe { aws_lc::BN_bn2bin_padded(bytes.as_mut_ptr(), bytes.len(), number) },
        Error::Library,
    )
}

/// The length of `number` in bytes.
///
/// # Safety
///
/// `number` must point to a live number.
pub(crate) unsafe fn number_bytes(number: *const aws_lc::BIGNUM) -> usize {
    // SAFETY: the caller vouches for the number.
    unsafe { aws_lc::BN_num_bytes(number) as usize }
}

/// Turns aws-lc's 1 for success into a result.
pub(crate) fn succeeded(code: std::ffi::c_int, failure: Error) -> Result<(), Error> {
    if code == 1 {
        Ok(())
    } else {
        Err(fail(failure))
    }
}

/// Empties the thread's queue of errors, which would else grow, and gives back `failure`.
pub(crate) fn fail(failure: Error) -> Error {
    // SAFETY: touches the calling thread's own queue.
    unsafe { aws_lc::ERR_clear_error() };
    failure
}
