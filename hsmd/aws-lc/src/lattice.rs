//! ML-KEM (FIPS 203) and ML-DSA (FIPS 204).
//!
//! A key is aws-lc's generic one, made from the raw encodings of the standards. ML-DSA is used in its external-mu form:
//! what is signed is `mu`, the hash of public key, context and message, which [`mu_of`] makes for the pure and the pre-hashed
//! variants alike, or takes as it is given.

use std::ffi::c_int;

use aws_lc_sys as aws_lc;
use hsm_algorithms::{Algorithm, Digest, KeyKind, ParameterSet, Parameters};

use crate::Error;
use crate::digest::digest;
use crate::framing::Framed;
use crate::message::Message;
use crate::owned::{Owned, succeeded};
use crate::secret_bytes::SecretBytes;

/// The length of a shared secret of ML-KEM in bytes.
pub(crate) const SHARED_SECRET_BYTES: usize = 32;
/// The length of `mu` in bytes, FIPS 204 algorithm 7, step 6.
pub(crate) const MU_BYTES: usize = 64;
/// A function of aws-lc that signs `mu` with given randomness.
type SignMu = unsafe extern "C" fn(
    private: *const u8,
    signature: *mut u8,
    signature_length: *mut usize,
    mu: *const u8,
    mu_length: usize,
    before: *const u8,
    before_length: usize,
    randomness: *const u8,
) -> c_int;

// What aws-lc exports (`crypto/fipsmodule/ml_dsa/ml_dsa.h`) and `aws-lc-sys` has no declaration for. The names carry the
// version that `Cargo.toml` asks for exactly, so that another one does not link.
unsafe extern "C" {
    #[link_name = "aws_lc_0_47_0_ml_dsa_extmu_44_sign_internal"]
    fn ml_dsa_44_sign_mu(
        private: *const u8,
        signature: *mut u8,
        signature_length: *mut usize,
        mu: *const u8,
        mu_length: usize,
        before: *const u8,
        before_length: usize,
        randomness: *const u8,
    ) -> c_int;
    #[link_name = "aws_lc_0_47_0_ml_dsa_extmu_65_sign_internal"]
    fn ml_dsa_65_sign_mu(
        private: *const u8,
        signature: *mut u8,
        signature_length: *mut usize,
        mu: *const u8,
        mu_length: usize,
        before: *const u8,
        before_length: usize,
        randomness: *const u8,
    ) -> c_int;
    #[link_name = "aws_lc_0_47_0_ml_dsa_extmu_87_sign_internal"]
    fn ml_dsa_87_sign_mu(
        private: *const u8,
        signature: *mut u8,
        signature_length: *mut usize,
        mu: *const u8,
        mu_length: usize,
        before: *const u8,
        before_length: usize,
        randomness: *const u8,
    ) -> c_int;
}

/// The modulus of ML-KEM.
const ML_KEM_Q: u16 = 3329;

/// A key of ML-KEM or ML-DSA, public or private.
pub(crate) struct Lattice {
    key: Owned<aws_lc::EVP_PKEY>,
    kind: KeyKind,
}

impl Lattice {
    /// A public key. An ML-KEM one is checked as FIPS 203 §7.2 asks.
    pub(crate) fn public(kind: KeyKind, bytes: &[u8]) -> Result<Self, Error> {
        let (nid, set) = identify(kind)?;
        if bytes.len() != set.public_key_bytes || (is_kem(kind) && !is_reduced(set, bytes)) {
            return Err(Error::KeyInvalid);
        }
        let new = if is_kem(kind) {
            aws_lc::EVP_PKEY_kem_new_raw_public_key
        } else {
            aws_lc::EVP_PKEY_pqdsa_new_raw_public_key
        };
        // SAFETY: the bytes are a slice with its length and are copied; the key is new.
        let key = unsafe { Owned::take(new(nid, bytes.as_ptr(), bytes.len()), Error::KeyInvalid) }?;
        Ok(Self { key, kind })
    }

    /// The private key that a seed expands to: FIPS 203 algorithm 16, FIPS 204 algorithm 6.
    pub(crate) fn from_seed(kind: KeyKind, seed: &[u8]) -> Result<Self, Error> {
        let (nid, set) = identify(kind)?;
        if seed.len() != set.seed_bytes {
            return Err(Error::KeyInvalid);
        }
        let key = if is_kem(kind) {
            generate_kem(nid, seed)?
        } else {
            // SAFETY: the seed is a slice with its length; the key is new.
            unsafe {
                let key =
                    aws_lc::EVP_PKEY_pqdsa_new_raw_private_key(nid, seed.as_ptr(), seed.len());
                Owned::take(key, Error::KeyInvalid)
            }?
        };
        Ok(Self { key, kind })
    }

    /// A private key from its expanded encoding. What is redundant in it is checked: FIPS 203 §7.3; for ML-DSA, that the
    /// public key follows from it.
    pub(crate) fn from_expanded(kind: KeyKind, expanded: &[u8]) -> Result<Self, Error> {
        let (nid, set) = identify(kind)?;
        if expanded.len() != set.private_key_bytes {
            return Err(Error::KeyInvalid);
        }
        let key = if is_kem(kind) {
            let public = encapsulation_key(set, expanded)?;
            // SAFETY: both are slices with their lengths and are copied; the key is new.
            unsafe {
                let key = aws_lc::EVP_PKEY_kem_new_raw_key(
                    nid,
                    public.as_ptr(),
                    public.len(),
                    expanded.as_ptr(),
                    expanded.len(),
                );
                Owned::take(key, Error::KeyInvalid)
            }?
        } else {
            // SAFETY: the bytes are a slice with its length and are copied; the key is new.
            unsafe {
                let key = aws_lc::EVP_PKEY_pqdsa_new_raw_private_key(
                    nid,
                    expanded.as_ptr(),
                    expanded.len(),
                );
                Owned::take(key, Error::KeyInvalid)
            }?
        };
        Ok(Self { key, kind })
    }

    pub(crate) const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The public key as its standard encodes it.
    pub(crate) fn public_bytes(&self) -> Result<Vec<u8>, Error> {
        let (_, set) = identify(self.kind)?;
        let mut bytes = vec![0; set.public_key_bytes];
        let mut length = bytes.len();
        // SAFETY: the key is live, and the output is as long as said.
        let code = unsafe {
            aws_lc::EVP_PKEY_get_raw_public_key(
                self.key.as_ptr(),
                bytes.as_mut_ptr(),
                &raw mut length,
            )
        };
        succeeded(code, Error::Library)?;
        Ok(bytes)
    }

    /// The expanded private key.
    pub(crate) fn expanded(&self) -> Result<SecretBytes, Error> {
        let (_, set) = identify(self.kind)?;
        let mut bytes = SecretBytes::zeroed(set.private_key_bytes)?;
        let mut length = bytes.len();
        // SAFETY: the key is live, and the output is as long as said.
        let code = unsafe {
            aws_lc::EVP_PKEY_get_raw_private_key(
                self.key.as_ptr(),
                bytes.expose_mut().as_mut_ptr(),
                &raw mut length,
            )
        };
        succeeded(code, Error::KeyInvalid)?;
        Ok(bytes)
    }

    /// A new shared secret, and the ciphertext that carries it: FIPS 203 algorithm 20.
    pub(crate) fn encapsulate(&self) -> Result<(Vec<u8>, SecretBytes), Error> {
        let (_, set) = identify(self.kind)?;
        let mut ciphertext = vec![0; set.output_bytes];
        let mut secret = SecretBytes::zeroed(SHARED_SECRET_BYTES)?;
        let (mut ciphertext_length, mut secret_length) = (ciphertext.len(), secret.len());
        let operation = self.operation()?;
        // SAFETY: the operation is live, and both outputs are as long as said.
        let code = unsafe {
            aws_lc::EVP_PKEY_encapsulate(
                operation.as_ptr(),
                ciphertext.as_mut_ptr(),
                &raw mut ciphertext_length,
                secret.expose_mut().as_mut_ptr(),
                &raw mut secret_length,
            )
        };
        succeeded(code, Error::PublicPointInvalid)?;
        Ok((ciphertext, secret))
    }

    /// The shared secret in a ciphertext. One that was not made for this key gives a secret too, another one, as FIPS 203
    /// algorithm 21 has it.
    pub(crate) fn decapsulate(&self, ciphertext: &[u8]) -> Result<SecretBytes, Error> {
        let (_, set) = identify(self.kind)?;
        if ciphertext.len() != set.output_bytes {
            return Err(Error::CiphertextLength);
        }
        let mut secret = SecretBytes::zeroed(SHARED_SECRET_BYTES)?;
        let mut secret_length = secret.len();
        let operation = self.operation()?;
        // SAFETY: the operation is live, the ciphertext is a slice with its length, and the output is as long as said.
        let code = unsafe {
            aws_lc::EVP_PKEY_decapsulate(
                operation.as_ptr(),
                secret.expose_mut().as_mut_ptr(),
                &raw mut secret_length,
                ciphertext.as_ptr(),
                ciphertext.len(),
            )
        };
        succeeded(code, Error::CiphertextInvalid)?;
        Ok(secret)
    }

    /// Signs `mu` with fresh randomness: FIPS 204 algorithm 7, the hedged variant.
    pub(crate) fn sign_mu(&self, mu: &[u8; MU_BYTES]) -> Result<Vec<u8>, Error> {
        let (_, set) = identify(self.kind)?;
        let mut signature = vec![0; set.output_bytes];
        let mut length = signature.len();
        let operation = self.operation()?;
        // SAFETY: the operation is live, mu is a slice with its length, and the output is as long as said.
        unsafe {
            succeeded(
                aws_lc::EVP_PKEY_sign_init(operation.as_ptr()),
                Error::Library,
            )?;
            let code = aws_lc::EVP_PKEY_sign(
                operation.as_ptr(),
                signature.as_mut_ptr(),
                &raw mut length,
                mu.as_ptr(),
                mu.len(),
            );
            succeeded(code, Error::Library)?;
        }
        Ok(signature)
    }

    /// Signs `mu` without randomness: FIPS 204 algorithm 7, the deterministic variant.
    pub(crate) fn sign_mu_deterministically(&self, mu: &[u8; MU_BYTES]) -> Result<Vec<u8>, Error> {
        const NO_RANDOMNESS: [u8; 32] = [0; 32];
        let (_, set) = identify(self.kind)?;
        let sign: SignMu = match self.kind {
            KeyKind::MlDsa44 => ml_dsa_44_sign_mu,
            KeyKind::MlDsa65 => ml_dsa_65_sign_mu,
            KeyKind::MlDsa87 => ml_dsa_87_sign_mu,
            _ => return Err(Error::KeyInvalid),
        };
        let private = self.expanded()?;
        let mut signature = vec![0; set.output_bytes];
        let mut length = signature.len();
        // SAFETY: the private key is as long as the parameter set says; mu is a slice with its length; nothing stands
        // before it; the randomness has its 32 bytes, and the output is as long as said.
        let code = unsafe {
            sign(
                private.expose().as_ptr(),
                signature.as_mut_ptr(),
                &raw mut length,
                mu.as_ptr(),
                mu.len(),
                std::ptr::null(),
                0,
                NO_RANDOMNESS.as_ptr(),
            )
        };
        succeeded(code, Error::Library)?;
        Ok(signature)
    }

    /// Checks a signature of `mu`.
    pub(crate) fn verify_mu(&self, mu: &[u8; MU_BYTES], signature: &[u8]) -> Result<(), Error> {
        let (_, set) = identify(self.kind)?;
        if signature.len() != set.output_bytes {
            return Err(Error::SignatureLength);
        }
        let operation = self.operation()?;
        // SAFETY: the operation is live; signature and mu are slices with their lengths.
        unsafe {
            succeeded(
                aws_lc::EVP_PKEY_verify_init(operation.as_ptr()),
                Error::Library,
            )?;
            let code = aws_lc::EVP_PKEY_verify(
                operation.as_ptr(),
                signature.as_ptr(),
                signature.len(),
                mu.as_ptr(),
                mu.len(),
            );
            succeeded(code, Error::SignatureInvalid)
        }
    }

    fn operation(&self) -> Result<Owned<aws_lc::EVP_PKEY_CTX>, Error> {
        // SAFETY: the key is live; the operation is new and takes a reference of its own to it.
        unsafe {
            let operation = aws_lc::EVP_PKEY_CTX_new(self.key.as_ptr(), std::ptr::null_mut());
            Owned::take(operation, Error::Library)
        }
    }
}

/// What is signed for a message under a public key: `mu` of its framed form (FIPS 204 algorithm 7, step 6), or the message
/// itself if that is a `mu` already.
pub(crate) fn mu_of(
    public: &[u8],
    algorithm: Algorithm,
    parameters: &Parameters,
    message: Message<'_>,
) -> Result<[u8; MU_BYTES], Error> {
    if algorithm == Algorithm::MlDsaExternalMu {
        parameters.check(algorithm)?;
        return message.bytes().try_into().map_err(|_| Error::InputLength);
    }
    let framed = Framed::new(algorithm, parameters, message)?;
    let [head, body] = framed.parts();
    let tr: [u8; MU_BYTES] = shake256(&[public])?;
    shake256(&[&tr, head, body])
}

/// SHAKE256 of `parts` in a row, FIPS 202.
fn shake256<const LENGTH: usize>(parts: &[&[u8]]) -> Result<[u8; LENGTH], Error> {
    let mut output = [0; LENGTH];
    // SAFETY: the state is new and initialized before it is used; parts and output are slices with their lengths.
    unsafe {
        let state = Owned::take(aws_lc::EVP_MD_CTX_new(), Error::Library)?;
        let code =
            aws_lc::EVP_DigestInit_ex(state.as_ptr(), aws_lc::EVP_shake256(), std::ptr::null_mut());
        succeeded(code, Error::Library)?;
        for part in parts {
            let code = aws_lc::EVP_DigestUpdate(state.as_ptr(), part.as_ptr().cast(), part.len());
            succeeded(code, Error::Library)?;
        }
        let code = aws_lc::EVP_DigestFinalXOF(state.as_ptr(), output.as_mut_ptr(), LENGTH);
        succeeded(code, Error::Library)?;
    }
    Ok(output)
}

/// aws-lc's number of the parameter set, and its lengths.
fn identify(kind: KeyKind) -> Result<(c_int, &'static ParameterSet), Error> {
    let nid = match kind {
        KeyKind::MlKem512 => aws_lc::NID_MLKEM512,
        KeyKind::MlKem768 => aws_lc::NID_MLKEM768,
        KeyKind::MlKem1024 => aws_lc::NID_MLKEM1024,
        KeyKind::MlDsa44 => aws_lc::NID_MLDSA44,
        KeyKind::MlDsa65 => aws_lc::NID_MLDSA65,
        KeyKind::MlDsa87 => aws_lc::NID_MLDSA87,
        _ => return Err(Error::KeyInvalid),
    };
    Ok((nid, kind.post_quantum().ok_or(Error::KeyInvalid)?))
}

fn is_kem(kind: KeyKind) -> bool {
    matches!(
        kind,
        KeyKind::MlKem512 | KeyKind::MlKem768 | KeyKind::MlKem1024
    )
}

fn generate_kem(nid: c_int, seed: &[u8]) -> Result<Owned<aws_lc::EVP_PKEY>, Error> {
    let mut key = std::ptr::null_mut();
    let mut length = seed.len();
    // SAFETY: the operation is new and set up in the order that aws-lc asks for; the seed is a slice with its length;
    // the key is new, or null on failure.
    unsafe {
        let operation = aws_lc::EVP_PKEY_CTX_new_id(aws_lc::EVP_PKEY_KEM, std::ptr::null_mut());
        let operation = Owned::take(operation, Error::Library)?;
        let pointer = operation.as_ptr();
        succeeded(
            aws_lc::EVP_PKEY_CTX_kem_set_params(pointer, nid),
            Error::Library,
        )?;
        succeeded(aws_lc::EVP_PKEY_keygen_init(pointer), Error::Library)?;
        let code = aws_lc::EVP_PKEY_keygen_deterministic(
            pointer,
            &raw mut key,
            seed.as_ptr(),
            &raw mut length,
        );
        succeeded(code, Error::KeyInvalid)?;
        Owned::take(key, Error::KeyInvalid)
    }
}

/// The encapsulation key in a decapsulation key, `dk_pke ‖ ek ‖ H(ek) ‖ z`, if its hash is right.
fn encapsulation_key<'a>(
    set: &ParameterSet,
    decapsulation_key: &'a [u8],
) -> Result<&'a [u8], Error> {
    let start = set.public_key_bytes - 32;
    let end = start + set.public_key_bytes;
    let public = &decapsulation_key[start..end];
    let hash = digest(Digest::Sha3_256, public)?;
    if hash.as_ref() == &decapsulation_key[end..end + 32] && is_reduced(set, public) {
        Ok(public)
    } else {
        Err(Error::KeyInvalid)
    }
}

/// Whether every coefficient of an ML-KEM encapsulation key is below the modulus: FIPS 203 §7.2, the modulus check.
fn is_reduced(set: &ParameterSet, public: &[u8]) -> bool {
    let coefficients = &public[..set.public_key_bytes - 32];
    coefficients.chunks_exact(3).all(|three| {
        let [low, middle, high] = [three[0], three[1], three[2]].map(u16::from);
        let first = low | (middle & 0x0f) << 8;
        let second = middle >> 4 | high << 4;
        first < ML_KEM_Q && second < ML_KEM_Q
    })
}
