//! The elliptic curves: their names and the lengths of what lies on them.

/// Makes [`Curve`] and its rows.
macro_rules! curves {
    ($(
        $(#[$documentation:meta])*
        $variant:ident {
            form: $form:ident, field_bits: $bits:literal, public_key_bytes: $public:literal,
            oid: $oid:expr, other_parameters: $others:expr,
        }
    )*) => {
        /// An elliptic curve by name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Curve { $($(#[$documentation])* $variant,)* }

        impl Curve {
            /// Every curve.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The facts about this curve.
            #[must_use]
            pub const fn row(self) -> &'static CurveRow {
                match self {
                    $(Self::$variant => const { &CurveRow {
                        form: CurveForm::$form, field_bits: $bits, public_key_bytes: $public,
                        oid: $oid, other_parameters: $others,
                    } },)*
                }
            }
        }
    };
}

/// What there is to know about a curve.
#[derive(Debug)]
pub struct CurveRow {
    /// The shape of its equation, which decides what is computed on it.
    pub form: CurveForm,
    /// The length of its field in bits.
    pub field_bits: u32,
    /// The length of a public key: an uncompressed point (SEC 1 §2.3.3), or what RFC 7748 and RFC 8032 have.
    pub public_key_bytes: usize,
    /// The DER of its object identifier, which is `CKA_EC_PARAMS` as we write it.
    pub oid: &'static [u8],
    /// Other ways in which `CKA_EC_PARAMS` names it.
    pub other_parameters: &'static [&'static [u8]],
}

/// The shape of a curve's equation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CurveForm {
    /// Short Weierstrass: ECDSA and ECDH, keys of type `CKK_EC`.
    Weierstrass,
    /// Twisted Edwards: `EdDSA`, keys of type `CKK_EC_EDWARDS`.
    Edwards,
    /// Montgomery: X25519 and X448, keys of type `CKK_EC_MONTGOMERY`.
    Montgomery,
}

curves! {
    /// NIST P-224, secp224r1.
    P224 {
        form: Weierstrass, field_bits: 224, public_key_bytes: 57,
        oid: &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x21], other_parameters: &[],
    }
    /// NIST P-256, secp256r1.
    P256 {
        form: Weierstrass, field_bits: 256, public_key_bytes: 65,
        oid: &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07], other_parameters: &[],
    }
    /// NIST P-384, secp384r1.
    P384 {
        form: Weierstrass, field_bits: 384, public_key_bytes: 97,
        oid: &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22], other_parameters: &[],
    }
    /// NIST P-521, secp521r1.
    P521 {
        form: Weierstrass, field_bits: 521, public_key_bytes: 133,
        oid: &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23], other_parameters: &[],
    }
    /// secp256k1, SEC 2 §2.4.1.
    Secp256k1 {
        form: Weierstrass, field_bits: 256, public_key_bytes: 65,
        oid: &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a], other_parameters: &[],
    }
    /// brainpoolP224r1, RFC 5639 §3.3.
    BrainpoolP224r1 {
        form: Weierstrass, field_bits: 224, public_key_bytes: 57,
        oid: &[0x06, 0x09, 0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x05], other_parameters: &[],
    }
    /// brainpoolP256r1, RFC 5639 §3.4.
    BrainpoolP256r1 {
        form: Weierstrass, field_bits: 256, public_key_bytes: 65,
        oid: &[0x06, 0x09, 0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x07], other_parameters: &[],
    }
    /// brainpoolP320r1, RFC 5639 §3.5.
    BrainpoolP320r1 {
        form: Weierstrass, field_bits: 320, public_key_bytes: 81,
        oid: &[0x06, 0x09, 0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x09], other_parameters: &[],
    }
    /// brainpoolP384r1, RFC 5639 §3.6.
    BrainpoolP384r1 {
        form: Weierstrass, field_bits: 384, public_key_bytes: 97,
        oid: &[0x06, 0x09, 0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0b], other_parameters: &[],
    }
    /// brainpoolP512r1, RFC 5639 §3.7.
    BrainpoolP512r1 {
        form: Weierstrass, field_bits: 512, public_key_bytes: 129,
        oid: &[0x06, 0x09, 0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0d], other_parameters: &[],
    }
    /// edwards25519 as RFC 8032 uses it.
    Ed25519 {
        form: Edwards, field_bits: 255, public_key_bytes: 32,
        oid: &[0x06, 0x03, 0x2b, 0x65, 0x70],
        // The second is the object identifier that GnuPG and OpenSC registered before RFC 8410.
        other_parameters: &[b"\x13\x0cedwards25519", b"\x06\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01"],
    }
    /// Curve25519 as RFC 7748 uses it.
    X25519 {
        form: Montgomery, field_bits: 255, public_key_bytes: 32,
        oid: &[0x06, 0x03, 0x2b, 0x65, 0x6e],
        // As above.
        other_parameters: &[b"\x13\x0acurve25519", b"\x06\x0a\x2b\x06\x01\x04\x01\x97\x55\x01\x05\x01"],
    }
    /// edwards448 as RFC 8032 uses it.
    Ed448 {
        form: Edwards, field_bits: 448, public_key_bytes: 57,
        oid: &[0x06, 0x03, 0x2b, 0x65, 0x71], other_parameters: &[b"\x13\x0aedwards448"],
    }
    /// Curve448 as RFC 7748 uses it.
    X448 {
        form: Montgomery, field_bits: 448, public_key_bytes: 56,
        oid: &[0x06, 0x03, 0x2b, 0x65, 0x6f], other_parameters: &[b"\x13\x08curve448"],
    }
}

impl Curve {
    /// `CKA_EC_PARAMS` as we write it: the DER of the curve's object identifier (RFC 5480 §2.1.1.1, RFC 8410 §3).
    #[must_use]
    pub const fn parameters_der(self) -> &'static [u8] {
        self.row().oid
    }

    /// The curve that `CKA_EC_PARAMS` names: by object identifier, or for the Edwards and Montgomery curves also by
    /// the `curveName` of type `PrintableString` of PKCS#11 3.0 (section 6.3.3), which older tools send.
    #[must_use]
    pub fn by_parameters(der: &[u8]) -> Option<Self> {
        Self::ALL.iter().copied().find(|curve| {
            let row = curve.row();
            row.oid == der || row.other_parameters.contains(&der)
        })
    }

    /// The curve whose object identifier this is, as DER.
    #[must_use]
    pub fn by_oid(der: &[u8]) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|curve| curve.row().oid == der)
    }

    /// The length of one coordinate, and of half a raw signature, in bytes.
    #[must_use]
    pub const fn coordinate_bytes(self) -> usize {
        self.row().field_bits.div_ceil(8) as usize
    }

    /// The length of a public key: an uncompressed point on the Weierstrass curves (SEC 1 §2.3.3), and on the others
    /// what RFC 7748 and RFC 8032 have.
    #[must_use]
    pub const fn public_key_bytes(self) -> usize {
        self.row().public_key_bytes
    }

    /// True for the short Weierstrass curves, whose keys are of type `CKK_EC`.
    #[must_use]
    pub const fn is_weierstrass(self) -> bool {
        matches!(self.row().form, CurveForm::Weierstrass)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_specs::KeySpec;

    #[test]
    fn curves_are_found_by_their_parameters() {
        for curve in Curve::ALL {
            for parameters in [curve.parameters_der()]
                .iter()
                .chain(curve.row().other_parameters)
            {
                assert_eq!(Curve::by_parameters(parameters), Some(*curve));
            }
            assert_eq!(KeySpec::of_curve(*curve).kind().curve(), Some(*curve));
        }
        // secp192r1 and no curve at all.
        let secp192r1 = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x01];
        assert_eq!(Curve::by_parameters(&secp192r1), None);
        assert_eq!(Curve::by_parameters(&[]), None);
    }

    #[test]
    fn lengths_follow_from_the_field() {
        for curve in Curve::ALL {
            let expected = if curve.is_weierstrass() {
                2 * curve.coordinate_bytes() + 1
            } else {
                curve.row().field_bits as usize / 8 + 1
            };
            let is_montgomery_448 =
                curve.row().form == CurveForm::Montgomery && curve.row().field_bits == 448;
            let expected = if is_montgomery_448 { 56 } else { expected };
            assert_eq!(curve.public_key_bytes(), expected, "{curve:?}");
        }
    }
}
