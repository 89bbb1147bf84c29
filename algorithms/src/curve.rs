//! The elliptic curves: their names and the lengths of what lies on them.

/// An elliptic curve by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Curve {
    /// NIST P-256, secp256r1.
    P256,
    /// NIST P-384, secp384r1.
    P384,
    /// NIST P-521, secp521r1.
    P521,
    /// edwards25519 as RFC 8032 uses it.
    Ed25519,
    /// Curve25519 as RFC 7748 uses it.
    X25519,
}

impl Curve {
    /// Every curve.
    pub const ALL: &'static [Self] = &[
        Self::P256,
        Self::P384,
        Self::P521,
        Self::Ed25519,
        Self::X25519,
    ];

    /// `CKA_EC_PARAMS` as we write it: the DER of the curve's object identifier (RFC 5480 §2.1.1.1, RFC 8410 §3).
    #[must_use]
    pub const fn parameters_der(self) -> &'static [u8] {
        match self {
            Self::P256 => &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
            Self::P384 => &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22],
            Self::P521 => &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23],
            Self::Ed25519 => &[0x06, 0x03, 0x2b, 0x65, 0x70],
            Self::X25519 => &[0x06, 0x03, 0x2b, 0x65, 0x6e],
        }
    }

    /// The curve that `CKA_EC_PARAMS` names: by object identifier, or for the Edwards and Montgomery curves also by
    /// the `curveName` of type `PrintableString` of PKCS#11 3.0 (section 6.3.3), which older tools send.
    #[must_use]
    pub fn by_parameters(der: &[u8]) -> Option<Self> {
        match der {
            // The second of each is the object identifier that GnuPG and OpenSC registered before RFC 8410.
            b"\x13\x0cedwards25519" | b"\x06\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01" => {
                Some(Self::Ed25519)
            }
            b"\x13\x0acurve25519" | b"\x06\x0a\x2b\x06\x01\x04\x01\x97\x55\x01\x05\x01" => {
                Some(Self::X25519)
            }
            _ => Self::ALL
                .iter()
                .copied()
                .find(|curve| curve.parameters_der() == der),
        }
    }

    /// The length of one coordinate, and of half a raw signature, in bytes.
    #[must_use]
    pub const fn coordinate_bytes(self) -> usize {
        match self {
            Self::P256 | Self::Ed25519 | Self::X25519 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// The length of a public key: an uncompressed point on the NIST curves (SEC 1 §2.3.3), 32 bytes on the others.
    #[must_use]
    pub const fn public_key_bytes(self) -> usize {
        match self {
            Self::P256 | Self::P384 | Self::P521 => 2 * self.coordinate_bytes() + 1,
            Self::Ed25519 | Self::X25519 => 32,
        }
    }

    /// True for the NIST curves, whose keys are of type `CKK_EC`.
    #[must_use]
    pub const fn is_nist(self) -> bool {
        matches!(self, Self::P256 | Self::P384 | Self::P521)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_specs::KeySpec;

    #[test]
    fn curves_are_found_by_their_parameters() {
        for curve in Curve::ALL {
            assert_eq!(Curve::by_parameters(curve.parameters_der()), Some(*curve));
            assert_eq!(KeySpec::of_curve(*curve).kind().curve(), Some(*curve));
        }
        assert_eq!(
            Curve::by_parameters(&[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a]),
            None
        );
        assert_eq!(Curve::by_parameters(&[]), None);
    }
}
