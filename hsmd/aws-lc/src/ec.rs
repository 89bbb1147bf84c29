//! Keys on the short Weierstrass curves (NIST, secp256k1, Brainpool): ECDSA (FIPS 186-5) and Diffie-Hellman (SP 800-56A).

use aws_lc_sys as aws_lc;
use hsm_algorithms::Curve;

use crate::Error;
use crate::owned::{Number, Owned, succeeded, write_number};
use crate::secret_bytes::{Buffer as _, SecretBytes};

/// The longest digest that ECDSA takes, in bytes; what is beyond the order's length is cut off anyway.
const DIGEST_BYTES_MAX: usize = 1024;

/// A key on a short Weierstrass curve, public or private.
pub(crate) struct Ec {
    key: Owned<aws_lc::EC_KEY>,
    curve: Curve,
}

impl Ec {
    /// A public key, from an uncompressed point (SEC 1 §2.3.3). aws-lc checks that it is on the curve.
    pub(crate) fn public(curve: Curve, point: &[u8]) -> Result<Self, Error> {
        let key = empty(curve)?;
        let point = parse_point(curve, point, Error::KeyInvalid)?;
        // SAFETY: key and point are live; the point is copied.
        let code = unsafe { aws_lc::EC_KEY_set_public_key(key.as_ptr(), point.as_ptr()) };
        succeeded(code, Error::KeyInvalid)?;
        Ok(Self { key, curve })
    }

    /// A private key from its scalar, 1 to the order less 1, with the most significant byte first. It has no public
    /// half, which signing and agreement do not need.
    pub(crate) fn private(curve: Curve, scalar: &[u8]) -> Result<Self, Error> {
        let key = empty(curve)?;
        let scalar = Number::from_bytes(scalar)?;
        // SAFETY: key and number are live; the number is copied. aws-lc refuses what is not below the order, and zero.
        let code = unsafe { aws_lc::EC_KEY_set_private_key(key.as_ptr(), scalar.as_ptr()) };
        succeeded(code, Error::KeyInvalid)?;
        Ok(Self { key, curve })
    }

    /// A new private key.
    pub(crate) fn generate(curve: Curve) -> Result<Self, Error> {
        let key = empty(curve)?;
        // SAFETY: the key is live and has a curve.
        let code = unsafe { aws_lc::EC_KEY_generate_key(key.as_ptr()) };
        succeeded(code, Error::Library)?;
        Ok(Self { key, curve })
    }

    /// A key that a parser of aws-lc made.
    pub(crate) fn from_owned(key: Owned<aws_lc::EC_KEY>) -> Result<Self, Error> {
        // SAFETY: the key is live, and its group with it.
        let group = unsafe { aws_lc::EC_KEY_get0_group(key.as_ptr()) };
        let curve = Curve::ALL
            .iter()
            .copied()
            .find(|curve| self::group(*curve) == Ok(group))
            .ok_or(Error::KeyInvalid)?;
        Ok(Self { key, curve })
    }

    pub(crate) const fn curve(&self) -> Curve {
        self.curve
    }

    /// The private scalar, as long as a coordinate.
    pub(crate) fn scalar(&self) -> Result<SecretBytes, Error> {
        let mut scalar = SecretBytes::zeroed(self.curve.coordinate_bytes())?;
        // SAFETY: the key is live; the number that it lends lives as long.
        unsafe {
            let number = aws_lc::EC_KEY_get0_private_key(self.key.as_ptr());
            if number.is_null() {
                return Err(Error::KeyInvalid);
            }
            write_number(number, scalar.as_mut_slice())?;
        }
        Ok(scalar)
    }

    /// The public key as an uncompressed point, computed from the scalar if need be.
    pub(crate) fn point(&self) -> Result<Vec<u8>, Error> {
        // SAFETY: the key is live; the point that it lends lives as long.
        unsafe {
            let public = aws_lc::EC_KEY_get0_public_key(self.key.as_ptr());
            if public.is_null() {
                write_point(self.curve, self.compute_public()?.as_ptr())
            } else {
                write_point(self.curve, public)
            }
        }
    }

    /// A copy of a private key that has its public half, for formats that hold both.
    pub(crate) fn with_public(&self) -> Result<Self, Error> {
        let copy = Self::private(self.curve, self.scalar()?.expose())?;
        let point = self.compute_public()?;
        // SAFETY: key and point are live; the point is copied.
        let code = unsafe { aws_lc::EC_KEY_set_public_key(copy.key.as_ptr(), point.as_ptr()) };
        succeeded(code, Error::Library)?;
        Ok(copy)
    }

    /// ECDSA over a digest: `r ‖ s`, each as long as a coordinate.
    pub(crate) fn sign(&self, digest: &[u8]) -> Result<Vec<u8>, Error> {
        if digest.is_empty() || digest.len() > DIGEST_BYTES_MAX {
            return Err(Error::InputLength);
        }
        let half = self.curve.coordinate_bytes();
        let mut signature = vec![0; 2 * half];
        // SAFETY: the digest is a slice with its length, the key is live, and r and s live as long as the signature
        // that lends them.
        unsafe {
            let pair = aws_lc::ECDSA_do_sign(digest.as_ptr(), digest.len(), self.key.as_ptr());
            let pair = Owned::take(pair, Error::Library)?;
            write_number(
                aws_lc::ECDSA_SIG_get0_r(pair.as_ptr()),
                &mut signature[..half],
            )?;
            write_number(
                aws_lc::ECDSA_SIG_get0_s(pair.as_ptr()),
                &mut signature[half..],
            )?;
        }
        Ok(signature)
    }

    /// Checks a signature `r ‖ s`.
    pub(crate) fn verify(&self, digest: &[u8], signature: &[u8]) -> Result<(), Error> {
        if digest.is_empty() || digest.len() > DIGEST_BYTES_MAX {
            return Err(Error::InputLength);
        }
        let half = self.curve.coordinate_bytes();
        if signature.len() != 2 * half {
            return Err(Error::SignatureLength);
        }
        let (r, s) = (
            Number::from_bytes(&signature[..half])?,
            Number::from_bytes(&signature[half..])?,
        );
        // SAFETY: the pair is new.
        let pair = unsafe { Owned::take(aws_lc::ECDSA_SIG_new(), Error::Library) }?;
        // SAFETY: the pair takes ownership of both numbers; with both given, it cannot fail.
        unsafe { aws_lc::ECDSA_SIG_set0(pair.as_ptr(), r.into_raw(), s.into_raw()) };
        // SAFETY: the digest is a slice with its length; pair and key are live.
        let code = unsafe {
            aws_lc::ECDSA_do_verify(
                digest.as_ptr(),
                digest.len(),
                pair.as_ptr(),
                self.key.as_ptr(),
            )
        };
        succeeded(code, Error::SignatureInvalid)
    }

    /// The x coordinate of this private key times the other side's point: SP 800-56A rev. 3 §5.7.1.2.
    pub(crate) fn agree(&self, point: &[u8]) -> Result<SecretBytes, Error> {
        let point = parse_point(self.curve, point, Error::PublicPointInvalid)?;
        let mut secret = SecretBytes::zeroed(self.curve.coordinate_bytes())?;
        let room = secret.expose_mut();
        // SAFETY: the output is a slice with its length; point and key are live; no derivation function is given.
        let length = unsafe {
            aws_lc::ECDH_compute_key(
                room.as_mut_ptr().cast(),
                room.len(),
                point.as_ptr(),
                self.key.as_ptr(),
                None,
            )
        };
        if usize::try_from(length) == Ok(self.curve.coordinate_bytes()) {
            Ok(secret)
        } else {
            Err(crate::owned::fail(Error::PublicPointInvalid))
        }
    }

    /// The key in the form that aws-lc's generic functions take.
    pub(crate) fn generic(&self) -> Result<Owned<aws_lc::EVP_PKEY>, Error> {
        // SAFETY: the generic key is new; it takes a reference of its own to ours.
        unsafe {
            let generic = Owned::take(aws_lc::EVP_PKEY_new(), Error::Library)?;
            succeeded(
                aws_lc::EVP_PKEY_set1_EC_KEY(generic.as_ptr(), self.key.as_ptr()),
                Error::Library,
            )?;
            Ok(generic)
        }
    }

    fn compute_public(&self) -> Result<Owned<aws_lc::EC_POINT>, Error> {
        // SAFETY: key, group, number and point are live; null stands for what is not used.
        unsafe {
            let private = aws_lc::EC_KEY_get0_private_key(self.key.as_ptr());
            if private.is_null() {
                return Err(Error::KeyInvalid);
            }
            let point = new_point(self.curve)?;
            let code = aws_lc::EC_POINT_mul(
                group(self.curve)?,
                point.as_ptr(),
                private,
                std::ptr::null(),
                std::ptr::null(),
                std::ptr::null_mut(),
            );
            succeeded(code, Error::Library)?;
            Ok(point)
        }
    }
}

/// aws-lc's own object for a curve. Static: never freed.
fn group(curve: Curve) -> Result<*const aws_lc::EC_GROUP, Error> {
    // SAFETY: these only return pointers to static tables.
    unsafe {
        match curve {
            Curve::P224 => Ok(aws_lc::EC_group_p224()),
            Curve::P256 => Ok(aws_lc::EC_group_p256()),
            Curve::P384 => Ok(aws_lc::EC_group_p384()),
            Curve::P521 => Ok(aws_lc::EC_group_p521()),
            Curve::Secp256k1 => Ok(aws_lc::EC_group_secp256k1()),
            Curve::BrainpoolP224r1 => Ok(aws_lc::EC_group_brainpoolP224r1()),
            Curve::BrainpoolP256r1 => Ok(aws_lc::EC_group_brainpoolP256r1()),
            Curve::BrainpoolP320r1 => Ok(aws_lc::EC_group_brainpoolP320r1()),
            Curve::BrainpoolP384r1 => Ok(aws_lc::EC_group_brainpoolP384r1()),
            Curve::BrainpoolP512r1 => Ok(aws_lc::EC_group_brainpoolP512r1()),
            Curve::Ed25519 | Curve::X25519 | Curve::Ed448 | Curve::X448 => Err(Error::KeyInvalid),
        }
    }
}

fn empty(curve: Curve) -> Result<Owned<aws_lc::EC_KEY>, Error> {
    let group = group(curve)?;
    // SAFETY: the key is new, and the group is static.
    unsafe {
        let key = Owned::take(aws_lc::EC_KEY_new(), Error::Library)?;
        succeeded(
            aws_lc::EC_KEY_set_group(key.as_ptr(), group),
            Error::Library,
        )?;
        Ok(key)
    }
}

fn new_point(curve: Curve) -> Result<Owned<aws_lc::EC_POINT>, Error> {
    let group = group(curve)?;
    // SAFETY: the point is new, and the group is static.
    unsafe { Owned::take(aws_lc::EC_POINT_new(group), Error::Library) }
}

fn parse_point(
    curve: Curve,
    bytes: &[u8],
    failure: Error,
) -> Result<Owned<aws_lc::EC_POINT>, Error> {
    if bytes.len() != curve.public_key_bytes() || bytes[0] != 4 {
        return Err(failure);
    }
    let point = new_point(curve)?;
    // SAFETY: the group is static, the point is live, and the bytes are a slice with its length.
    let code = unsafe {
        aws_lc::EC_POINT_oct2point(
            group(curve)?,
            point.as_ptr(),
            bytes.as_ptr(),
            bytes.len(),
            std::ptr::null_mut(),
        )
    };
    succeeded(code, failure)?;
    Ok(point)
}

/// # Safety
///
/// `point` must be a live point on `curve`.
unsafe fn write_point(curve: Curve, point: *const aws_lc::EC_POINT) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; curve.public_key_bytes()];
    let form = aws_lc::point_conversion_form_t::POINT_CONVERSION_UNCOMPRESSED;
    // SAFETY: the group is static, the caller vouches for the point, and the output is a slice with its length.
    let length = unsafe {
        aws_lc::EC_POINT_point2oct(
            group(curve)?,
            point,
            form,
            bytes.as_mut_ptr(),
            bytes.len(),
            std::ptr::null_mut(),
        )
    };
    if length == bytes.len() {
        Ok(bytes)
    } else {
        Err(crate::owned::fail(Error::Library))
    }
}
