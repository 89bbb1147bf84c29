//! aws-lc's ciphers, given their keys.

use std::ffi::c_int;

use aws_lc_sys as aws_lc;
use hsm_algorithms::{AES_BLOCK_BYTES, CcmParameters};

use super::{BlockCipher, Direction, Feedback};
use crate::Error;
use crate::owned::{Owned, succeeded};

/// aws-lc counts the bytes of one call in a C `int`; longer input goes in pieces of this many bytes.
const PIECE_BYTES: usize = 1 << 30;

/// A cipher and its mode of operation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Ecb(BlockCipher),
    Cbc(BlockCipher),
    CbcPadded(BlockCipher),
    Ctr,
    Gcm,
    Ccm,
    Feedback(Feedback),
}

impl Mode {
    /// The length of its initialization vector, where it has only one.
    const fn iv_bytes(self) -> usize {
        match self {
            Self::Ecb(_) => 0,
            Self::Cbc(cipher) | Self::CbcPadded(cipher) => cipher.block_bytes(),
            Self::Ctr | Self::Feedback(_) | Self::Gcm | Self::Ccm => AES_BLOCK_BYTES,
        }
    }
}

/// A cipher that has been given its key.
pub(super) struct Cipher(Owned<aws_lc::EVP_CIPHER_CTX>);

impl Cipher {
    pub(super) fn new(
        mode: Mode,
        direction: Direction,
        key: &[u8],
        iv: &[u8],
    ) -> Result<Self, Error> {
        let cipher = Self::unkeyed(mode, direction, key.len())?;
        // The lengths are those that aws-lc reads: the key's selected the cipher, and the mode says the vector's.
        if iv.len() != mode.iv_bytes() {
            return Err(Error::InputLength);
        }
        cipher.set_key(key, iv)?;
        if !matches!(mode, Mode::CbcPadded(_)) {
            // SAFETY: the state is live.
            unsafe { aws_lc::EVP_CIPHER_CTX_set_padding(cipher.0.as_ptr(), 0) };
        }
        Ok(cipher)
    }

    /// AES-GCM, after its additional data.
    pub(super) fn gcm(
        direction: Direction,
        key: &[u8],
        iv: &[u8],
        aad: &[u8],
    ) -> Result<Self, Error> {
        let cipher = Self::unkeyed(Mode::Gcm, direction, key.len())?;
        cipher.set_number(aws_lc::EVP_CTRL_AEAD_SET_IVLEN, iv.len())?;
        cipher.set_key(key, iv)?;
        cipher.authenticate(aad)?;
        Ok(cipher)
    }

    /// AES-CCM, before the length of its data. When it decrypts, `tag` is what it must find.
    pub(super) fn ccm(
        direction: Direction,
        key: &[u8],
        parameters: &CcmParameters,
        tag: &[u8],
    ) -> Result<Self, Error> {
        let cipher = Self::unkeyed(Mode::Ccm, direction, key.len())?;
        cipher.set_number(aws_lc::EVP_CTRL_AEAD_SET_IVLEN, parameters.nonce.len())?;
        match direction {
            Direction::Encrypt => {
                cipher.set_number(
                    aws_lc::EVP_CTRL_AEAD_SET_TAG,
                    parameters.code_length_bytes as usize,
                )?;
            }
            Direction::Decrypt => cipher.expect_tag(tag)?,
        }
        cipher.set_key(key, &parameters.nonce)?;
        Ok(cipher)
    }

    /// All of the data of AES-CCM at once: it reads its length first. Fails for a wrong tag.
    pub(super) fn ccm_data(
        &self,
        aad: &[u8],
        input: &[u8],
        output: &mut [u8],
    ) -> Result<(), Error> {
        let length = c_int::try_from(input.len()).map_err(|_| Error::InputLength)?;
        if output.len() < input.len() {
            return Err(Error::Library);
        }
        let (mut written, no_input, no_output) = (0, std::ptr::null(), std::ptr::null_mut());
        // SAFETY: without input and output this only tells the length.
        let code = unsafe {
            aws_lc::EVP_CipherUpdate(
                self.0.as_ptr(),
                no_output,
                &raw mut written,
                no_input,
                length,
            )
        };
        succeeded(code, Error::InputLength)?;
        self.authenticate(aad)?;
        // SAFETY: the input is a slice with its length, and the output has that room, as just checked.
        let code = unsafe {
            aws_lc::EVP_CipherUpdate(
                self.0.as_ptr(),
                output.as_mut_ptr(),
                &raw mut written,
                input.as_ptr(),
                length,
            )
        };
        succeeded(code, Error::CiphertextInvalid)
    }

    /// A control that takes a number alone.
    fn set_number(&self, control: c_int, number: usize) -> Result<(), Error> {
        let number = c_int::try_from(number).map_err(|_| Error::InputLength)?;
        // SAFETY: the state is live; the callers' controls take no pointer.
        let code = unsafe {
            aws_lc::EVP_CIPHER_CTX_ctrl(self.0.as_ptr(), control, number, std::ptr::null_mut())
        };
        succeeded(code, Error::InputLength)
    }

    fn unkeyed(mode: Mode, direction: Direction, key_bytes: usize) -> Result<Self, Error> {
        // SAFETY: these only return pointers to static tables.
        let cipher = unsafe {
            match (mode, key_bytes) {
                (Mode::Ecb(BlockCipher::Aes), 16) => aws_lc::EVP_aes_128_ecb(),
                (Mode::Ecb(BlockCipher::Aes), 24) => aws_lc::EVP_aes_192_ecb(),
                (Mode::Ecb(BlockCipher::Aes), 32) => aws_lc::EVP_aes_256_ecb(),
                (Mode::Cbc(BlockCipher::Aes) | Mode::CbcPadded(BlockCipher::Aes), 16) => {
                    aws_lc::EVP_aes_128_cbc()
                }
                (Mode::Cbc(BlockCipher::Aes) | Mode::CbcPadded(BlockCipher::Aes), 24) => {
                    aws_lc::EVP_aes_192_cbc()
                }
                (Mode::Cbc(BlockCipher::Aes) | Mode::CbcPadded(BlockCipher::Aes), 32) => {
                    aws_lc::EVP_aes_256_cbc()
                }
                (Mode::Ctr, 16) => aws_lc::EVP_aes_128_ctr(),
                (Mode::Ctr, 24) => aws_lc::EVP_aes_192_ctr(),
                (Mode::Ctr, 32) => aws_lc::EVP_aes_256_ctr(),
                (Mode::Gcm, 16) => aws_lc::EVP_aes_128_gcm(),
                (Mode::Gcm, 24) => aws_lc::EVP_aes_192_gcm(),
                (Mode::Gcm, 32) => aws_lc::EVP_aes_256_gcm(),
                (Mode::Ccm, 16) => aws_lc::EVP_aes_128_ccm(),
                (Mode::Ccm, 24) => aws_lc::EVP_aes_192_ccm(),
                (Mode::Ccm, 32) => aws_lc::EVP_aes_256_ccm(),
                (Mode::Feedback(Feedback::Ofb), 16) => aws_lc::EVP_aes_128_ofb(),
                (Mode::Feedback(Feedback::Ofb), 24) => aws_lc::EVP_aes_192_ofb(),
                (Mode::Feedback(Feedback::Ofb), 32) => aws_lc::EVP_aes_256_ofb(),
                (Mode::Feedback(Feedback::Cfb128), 16) => aws_lc::EVP_aes_128_cfb128(),
                (Mode::Feedback(Feedback::Cfb128), 24) => aws_lc::EVP_aes_192_cfb128(),
                (Mode::Feedback(Feedback::Cfb128), 32) => aws_lc::EVP_aes_256_cfb128(),
                (Mode::Feedback(Feedback::Cfb8), 16) => aws_lc::EVP_aes_128_cfb8(),
                (Mode::Feedback(Feedback::Cfb8), 24) => aws_lc::EVP_aes_192_cfb8(),
                (Mode::Feedback(Feedback::Cfb8), 32) => aws_lc::EVP_aes_256_cfb8(),
                (Mode::Feedback(Feedback::Cfb1), 16) => aws_lc::EVP_aes_128_cfb1(),
                (Mode::Feedback(Feedback::Cfb1), 24) => aws_lc::EVP_aes_192_cfb1(),
                (Mode::Feedback(Feedback::Cfb1), 32) => aws_lc::EVP_aes_256_cfb1(),
                (Mode::Ecb(BlockCipher::Des), 8) => aws_lc::EVP_des_ecb(),
                (Mode::Ecb(BlockCipher::Des), 16) => aws_lc::EVP_des_ede(),
                (Mode::Ecb(BlockCipher::Des), 24) => aws_lc::EVP_des_ede3(),
                (Mode::Cbc(BlockCipher::Des) | Mode::CbcPadded(BlockCipher::Des), 8) => {
                    aws_lc::EVP_des_cbc()
                }
                (Mode::Cbc(BlockCipher::Des) | Mode::CbcPadded(BlockCipher::Des), 16) => {
                    aws_lc::EVP_des_ede_cbc()
                }
                (Mode::Cbc(BlockCipher::Des) | Mode::CbcPadded(BlockCipher::Des), 24) => {
                    aws_lc::EVP_des_ede3_cbc()
                }
                _ => return Err(Error::KeySize),
            }
        };
        let null = std::ptr::null();
        // SAFETY: the state is new; key and vector follow later.
        unsafe {
            let state = Owned::take(aws_lc::EVP_CIPHER_CTX_new(), Error::Library)?;
            let encrypts = c_int::from(direction == Direction::Encrypt);
            let code = aws_lc::EVP_CipherInit_ex(
                state.as_ptr(),
                cipher,
                std::ptr::null_mut(),
                null,
                null,
                encrypts,
            );
            succeeded(code, Error::Library)?;
            Ok(Self(state))
        }
    }

    fn set_key(&self, key: &[u8], iv: &[u8]) -> Result<(), Error> {
        let iv = if iv.is_empty() {
            std::ptr::null()
        } else {
            iv.as_ptr()
        };
        // SAFETY: key and vector have the lengths that the state has been set up for; −1 keeps the direction.
        let code = unsafe {
            aws_lc::EVP_CipherInit_ex(
                self.0.as_ptr(),
                std::ptr::null(),
                std::ptr::null_mut(),
                key.as_ptr(),
                iv,
                -1,
            )
        };
        succeeded(code, Error::Library)
    }

    /// Additional data of GCM and CCM.
    fn authenticate(&self, data: &[u8]) -> Result<(), Error> {
        for piece in data.chunks(PIECE_BYTES) {
            let mut written = 0;
            let length = c_int::try_from(piece.len()).map_err(|_| Error::InputLength)?;
            // SAFETY: without an output, the input is additional data; it is a slice with its length.
            let code = unsafe {
                aws_lc::EVP_CipherUpdate(
                    self.0.as_ptr(),
                    std::ptr::null_mut(),
                    &raw mut written,
                    piece.as_ptr(),
                    length,
                )
            };
            succeeded(code, Error::Library)?;
        }
        Ok(())
    }

    /// Runs `input` through and gives the length of the output so far. `output` must be as long as `input`, or for
    /// a padded mode a block longer.
    pub(super) fn update(&self, input: &[u8], output: &mut [u8]) -> Result<usize, Error> {
        let mut total = 0;
        for piece in input.chunks(PIECE_BYTES) {
            let mut written = 0;
            let length = c_int::try_from(piece.len()).map_err(|_| Error::InputLength)?;
            // Room for the piece itself is what every mode needs here: padding holds back at most one block.
            let room = output[total..]
                .get_mut(..piece.len())
                .ok_or(Error::Library)?;
            // SAFETY: the input is a slice with its length, and the output has the room checked above; the modes
            // here never write more than they read so far.
            let code = unsafe {
                aws_lc::EVP_CipherUpdate(
                    self.0.as_ptr(),
                    room.as_mut_ptr(),
                    &raw mut written,
                    piece.as_ptr(),
                    length,
                )
            };
            succeeded(code, Error::Library)?;
            total += usize::try_from(written).map_err(|_| Error::Library)?;
        }
        Ok(total)
    }

    /// Ends the input of a mode that gives nothing more; for GCM this checks the tag.
    pub(super) fn finish(&self) -> Result<(), Error> {
        let mut block = [0; AES_BLOCK_BYTES];
        self.finish_into(&mut block).map(|_| ())
    }

    pub(super) fn finish_into(&self, block: &mut [u8; AES_BLOCK_BYTES]) -> Result<usize, Error> {
        let mut written = 0;
        // SAFETY: the output has room for a block, the most that is left.
        let code = unsafe {
            aws_lc::EVP_CipherFinal_ex(self.0.as_ptr(), block.as_mut_ptr(), &raw mut written)
        };
        succeeded(code, Error::CiphertextInvalid)?;
        usize::try_from(written).map_err(|_| Error::Library)
    }

    pub(super) fn tag(&self, tag: &mut [u8]) -> Result<(), Error> {
        let length = c_int::try_from(tag.len()).map_err(|_| Error::Library)?;
        // SAFETY: the output is a slice with its length.
        let code = unsafe {
            aws_lc::EVP_CIPHER_CTX_ctrl(
                self.0.as_ptr(),
                aws_lc::EVP_CTRL_AEAD_GET_TAG,
                length,
                tag.as_mut_ptr().cast(),
            )
        };
        succeeded(code, Error::Library)
    }

    pub(super) fn expect_tag(&self, tag: &[u8]) -> Result<(), Error> {
        let length = c_int::try_from(tag.len()).map_err(|_| Error::CiphertextLength)?;
        // SAFETY: the tag is a slice with its length; this control only reads it.
        let code = unsafe {
            aws_lc::EVP_CIPHER_CTX_ctrl(
                self.0.as_ptr(),
                aws_lc::EVP_CTRL_AEAD_SET_TAG,
                length,
                tag.as_ptr().cast_mut().cast(),
            )
        };
        succeeded(code, Error::CiphertextInvalid)
    }
}
