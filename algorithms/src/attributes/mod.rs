//! The attribute table: the type of every PKCS#11 attribute, and on what kinds of object it follows which rules.
//!
//! The rules are the footnotes of PKCS#11 3.2, table 10 (section 4.1.3). Who enforces them is the daemon
//! (creation, reading, change) and the module (the C type of each value).

mod rows;
mod values;

use crate::pkcs11::{
    CKK_DH, CKK_DSA, CKK_EC, CKK_EC_EDWARDS, CKK_EC_MONTGOMERY, CKK_ML_DSA, CKK_ML_KEM, CKK_RSA,
    CKK_SLH_DSA, CKO_CERTIFICATE, CKO_DATA, CKO_DOMAIN_PARAMETERS, CKO_MECHANISM, CKO_PRIVATE_KEY,
    CKO_PROFILE, CKO_PUBLIC_KEY, CKO_SECRET_KEY, CKO_VALIDATION,
};

pub use rows::ATTRIBUTES;
pub use values::{AttributeValue, Attributes};

/// What there is to know about an attribute.
#[derive(Debug)]
pub struct AttributeRow {
    /// `CKA_…`.
    pub attribute: u64,
    /// Its name: `CKA_LABEL`.
    pub name: &'static str,
    /// The type of its value.
    pub kind: AttributeKind,
    /// The kinds of object that have it, and its rules there.
    pub uses: &'static [AttributeUse],
}

/// The type of an attribute's value, which says how it looks in C.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttributeKind {
    /// `CK_BBOOL`.
    Flag,
    /// `CK_ULONG` and its aliases.
    Number,
    /// A byte array, a string, or a big integer with the most significant byte first.
    Bytes,
    /// `CK_DATE`: eight digits, `YYYYMMDD`, or empty. Held as bytes.
    Date,
    /// An array of `CK_ULONG`: `CKA_ALLOWED_MECHANISMS`.
    Numbers,
    /// An array of attributes: `CKA_WRAP_TEMPLATE`.
    Template,
}

/// An attribute on one kind of object.
#[derive(Debug, Clone, Copy)]
pub struct AttributeUse {
    /// The objects.
    pub holder: Holder,
    /// The rules on them.
    pub rules: Rules,
    /// Its value where a template says nothing.
    pub default: AttributeDefault,
}

/// Kinds of object, as the tables of the standard divide them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// Everything that is stored: data, certificates, domain parameters and keys.
    Any,
    /// `CKO_DATA`.
    Data,
    /// `CKO_CERTIFICATE`.
    Certificate,
    /// `CKO_DOMAIN_PARAMETERS`.
    DomainParameters,
    /// Domain parameters of type `CKK_DSA`.
    DsaDomainParameters,
    /// A public key of type `CKK_DSA` or `CKK_DH`.
    FieldPublicKey,
    /// A private key of those types.
    FieldPrivateKey,
    /// A public key of type `CKK_DSA`.
    DsaPublicKey,
    /// A private key of type `CKK_DSA`.
    DsaPrivateKey,
    /// A private key of type `CKK_DH`.
    DhPrivateKey,
    /// Every key.
    Key,
    /// `CKO_PUBLIC_KEY`.
    PublicKey,
    /// `CKO_PRIVATE_KEY`.
    PrivateKey,
    /// `CKO_SECRET_KEY`.
    SecretKey,
    /// A public key of type `CKK_RSA`.
    RsaPublicKey,
    /// A private key of type `CKK_RSA`.
    RsaPrivateKey,
    /// A public key of type `CKK_EC`, `CKK_EC_EDWARDS` or `CKK_EC_MONTGOMERY`.
    EcPublicKey,
    /// A private key of those types.
    EcPrivateKey,
    /// What a token has by nature: mechanisms, profiles and validations.
    BuiltIn,
    /// A public key of type `CKK_ML_KEM`, `CKK_ML_DSA` or `CKK_SLH_DSA`.
    PostQuantumPublicKey,
    /// A private key of those types.
    PostQuantumPrivateKey,
    /// A private key of type `CKK_ML_KEM` or `CKK_ML_DSA`, which are expanded from a seed.
    LatticePrivateKey,
}

impl Holder {
    /// True if an object of `class` and, for keys, `key_type` is one of these.
    #[must_use]
    pub fn includes(self, class: u64, key_type: Option<u64>) -> bool {
        let is_curve = matches!(key_type, Some(CKK_EC | CKK_EC_EDWARDS | CKK_EC_MONTGOMERY));
        let is_field = matches!(key_type, Some(CKK_DSA | CKK_DH));
        let is_lattice = matches!(key_type, Some(CKK_ML_KEM | CKK_ML_DSA));
        let is_post_quantum = is_lattice || key_type == Some(CKK_SLH_DSA);
        match self {
            Self::Any => {
                matches!(
                    class,
                    CKO_DATA
                        | CKO_CERTIFICATE
                        | CKO_PUBLIC_KEY
                        | CKO_PRIVATE_KEY
                        | CKO_SECRET_KEY
                        | CKO_DOMAIN_PARAMETERS
                )
            }
            Self::Data => class == CKO_DATA,
            Self::Certificate => class == CKO_CERTIFICATE,
            Self::DomainParameters => class == CKO_DOMAIN_PARAMETERS,
            Self::DsaDomainParameters => {
                class == CKO_DOMAIN_PARAMETERS && key_type == Some(CKK_DSA)
            }
            Self::FieldPublicKey => class == CKO_PUBLIC_KEY && is_field,
            Self::FieldPrivateKey => class == CKO_PRIVATE_KEY && is_field,
            Self::DsaPublicKey => class == CKO_PUBLIC_KEY && key_type == Some(CKK_DSA),
            Self::DsaPrivateKey => class == CKO_PRIVATE_KEY && key_type == Some(CKK_DSA),
            Self::DhPrivateKey => class == CKO_PRIVATE_KEY && key_type == Some(CKK_DH),
            Self::Key => matches!(class, CKO_PUBLIC_KEY | CKO_PRIVATE_KEY | CKO_SECRET_KEY),
            Self::PublicKey => class == CKO_PUBLIC_KEY,
            Self::PrivateKey => class == CKO_PRIVATE_KEY,
            Self::SecretKey => class == CKO_SECRET_KEY,
            Self::RsaPublicKey => class == CKO_PUBLIC_KEY && key_type == Some(CKK_RSA),
            Self::RsaPrivateKey => class == CKO_PRIVATE_KEY && key_type == Some(CKK_RSA),
            Self::EcPublicKey => class == CKO_PUBLIC_KEY && is_curve,
            Self::EcPrivateKey => class == CKO_PRIVATE_KEY && is_curve,
            Self::BuiltIn => matches!(class, CKO_MECHANISM | CKO_PROFILE | CKO_VALIDATION),
            Self::PostQuantumPublicKey => class == CKO_PUBLIC_KEY && is_post_quantum,
            Self::PostQuantumPrivateKey => class == CKO_PRIVATE_KEY && is_post_quantum,
            Self::LatticePrivateKey => class == CKO_PRIVATE_KEY && is_lattice,
        }
    }
}

/// What a template and a caller may do with an attribute; the number in each text is the standard's footnote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules(u16);

impl Rules {
    /// No rule: may be given when the object is made, and not changed after.
    pub const NONE: Self = Self(0);
    /// 1: must be given to `C_CreateObject`.
    pub const CREATE_REQUIRED: Self = Self(1 << 0);
    /// 2: must not be given to `C_CreateObject`.
    pub const CREATE_FORBIDDEN: Self = Self(1 << 1);
    /// 3: must be given when a key is generated.
    pub const GENERATE_REQUIRED: Self = Self(1 << 2);
    /// 4: must not be given when a key is generated.
    pub const GENERATE_FORBIDDEN: Self = Self(1 << 3);
    /// 5: must be given to `C_UnwrapKey`.
    pub const UNWRAP_REQUIRED: Self = Self(1 << 4);
    /// 6: must not be given to `C_UnwrapKey`.
    pub const UNWRAP_FORBIDDEN: Self = Self(1 << 5);
    /// 7: cannot be read from a key that is sensitive or not extractable. It is part of the secret: never held or
    /// sent with the other attributes, and left out of `Debug`.
    pub const SECRET: Self = Self(1 << 6);
    /// 8: may be changed later, and by `C_CopyObject`.
    pub const MODIFIABLE: Self = Self(1 << 7);
    /// 10: only the security officer can make it true.
    pub const SO_ONLY: Self = Self(1 << 8);
    /// 11: stays true once it is.
    pub const STAYS_TRUE: Self = Self(1 << 9);
    /// 12: stays false once it is.
    pub const STAYS_FALSE: Self = Self(1 << 10);
    /// May be given to `C_CopyObject` although it cannot be changed in place: `CKA_TOKEN`, `CKA_PRIVATE`.
    pub const COPY: Self = Self(1 << 11);
    /// Never given by a template: only the token sets it.
    pub const TOKEN_SETS: Self = Self(1 << 12);

    /// Both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// True if all of `other` are in it.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// The value of an attribute that no template gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttributeDefault {
    /// None: required, computed by the token, or simply not there.
    Absent,
    /// A flag.
    Flag(bool),
    /// No bytes.
    Empty,
    /// A number.
    Number(u64),
}

impl AttributeDefault {
    /// The value, if there is one.
    #[must_use]
    pub fn value(self) -> Option<AttributeValue> {
        match self {
            Self::Absent => None,
            Self::Flag(flag) => Some(AttributeValue::Flag(flag)),
            Self::Empty => Some(AttributeValue::Bytes(Vec::new())),
            Self::Number(number) => Some(AttributeValue::Number(number)),
        }
    }
}

impl AttributeRow {
    /// The row of an attribute. `None` if no object of ours has it.
    #[must_use]
    pub fn of(attribute: u64) -> Option<&'static Self> {
        let index = ATTRIBUTES
            .binary_search_by_key(&attribute, |row| row.attribute)
            .ok()?;
        Some(&ATTRIBUTES[index])
    }

    /// The attribute on objects of `class` and, for keys, `key_type`. `None` if they do not have it.
    #[must_use]
    pub fn use_on(&self, class: u64, key_type: Option<u64>) -> Option<&'static AttributeUse> {
        self.uses
            .iter()
            .find(|attribute_use| attribute_use.holder.includes(class, key_type))
    }

    /// True if it is part of the secret on some object: never in a log or `Debug`.
    #[must_use]
    pub fn is_secret_somewhere(&self) -> bool {
        self.uses.iter().any(AttributeUse::is_secret)
    }
}

impl AttributeUse {
    /// True if it is part of the secret.
    #[must_use]
    pub const fn is_secret(&self) -> bool {
        self.rules.contains(Rules::SECRET)
    }

    /// True if it never changes and is no secret: whoever has read it may keep it as long as the object lives.
    #[must_use]
    pub const fn is_fixed(&self) -> bool {
        !self.is_secret()
            && !self.rules.contains(Rules::MODIFIABLE)
            && !self.rules.contains(Rules::STAYS_TRUE)
            && !self.rules.contains(Rules::STAYS_FALSE)
    }
}

/// The attributes of objects of `class` and, for keys, `key_type`, by number.
pub fn attributes_of(
    class: u64,
    key_type: Option<u64>,
) -> impl Iterator<Item = (&'static AttributeRow, &'static AttributeUse)> {
    ATTRIBUTES.iter().filter_map(move |row| {
        row.use_on(class, key_type)
            .map(|attribute_use| (row, attribute_use))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pkcs11::*;

    const KEYS: &[(u64, u64)] = &[
        (CKO_PUBLIC_KEY, CKK_RSA),
        (CKO_PRIVATE_KEY, CKK_RSA),
        (CKO_PUBLIC_KEY, CKK_EC),
        (CKO_PRIVATE_KEY, CKK_EC),
        (CKO_PRIVATE_KEY, CKK_EC_EDWARDS),
        (CKO_SECRET_KEY, CKK_AES),
        (CKO_SECRET_KEY, CKK_GENERIC_SECRET),
    ];

    #[test]
    fn rows_are_in_order_and_unique() {
        assert!(
            ATTRIBUTES
                .windows(2)
                .all(|pair| pair[0].attribute < pair[1].attribute)
        );
        for row in ATTRIBUTES {
            assert_eq!(name_of(ATTRIBUTE_TYPES, row.attribute), Some(row.name));
        }
    }

    #[test]
    fn defaults_have_the_type_of_the_attribute() {
        for row in ATTRIBUTES {
            for default in row
                .uses
                .iter()
                .filter_map(|attribute_use| attribute_use.default.value())
            {
                assert!(default.is_of(row.kind), "{}", row.name);
            }
        }
    }

    #[test]
    fn no_attribute_is_both_required_and_forbidden() {
        for (required, forbidden) in [
            (Rules::CREATE_REQUIRED, Rules::CREATE_FORBIDDEN),
            (Rules::GENERATE_REQUIRED, Rules::GENERATE_FORBIDDEN),
            (Rules::UNWRAP_REQUIRED, Rules::UNWRAP_FORBIDDEN),
        ] {
            for row in ATTRIBUTES {
                assert!(
                    !row.uses
                        .iter()
                        .any(|one| one.rules.contains(required.and(forbidden))),
                    "{}",
                    row.name
                );
            }
        }
    }

    #[test]
    fn the_secrets_of_each_key_are_marked() {
        let secrets = |class, key_type| -> Vec<_> {
            attributes_of(class, Some(key_type))
                .filter(|(_, one)| one.is_secret())
                .map(|(row, _)| row.name)
                .collect()
        };
        assert_eq!(secrets(CKO_SECRET_KEY, CKK_AES), ["CKA_VALUE"]);
        assert_eq!(secrets(CKO_PRIVATE_KEY, CKK_EC), ["CKA_VALUE"]);
        assert_eq!(
            secrets(CKO_PRIVATE_KEY, CKK_RSA),
            [
                "CKA_PRIVATE_EXPONENT",
                "CKA_PRIME_1",
                "CKA_PRIME_2",
                "CKA_EXPONENT_1",
                "CKA_EXPONENT_2",
                "CKA_COEFFICIENT"
            ]
        );
        assert_eq!(secrets(CKO_PUBLIC_KEY, CKK_RSA), [""; 0]);
    }

    #[test]
    fn every_key_has_the_attributes_that_all_keys_have() {
        for (class, key_type) in KEYS {
            for attribute in [
                CKA_CLASS,
                CKA_TOKEN,
                CKA_LABEL,
                CKA_KEY_TYPE,
                CKA_ID,
                CKA_LOCAL,
                CKA_DERIVE,
            ] {
                let row = AttributeRow::of(attribute).unwrap();
                assert!(
                    row.use_on(*class, Some(*key_type)).is_some(),
                    "{} of {class} {key_type}",
                    row.name
                );
            }
        }
    }

    #[test]
    fn labels_change_and_classes_do_not() {
        let fixed = |attribute| {
            AttributeRow::of(attribute)
                .unwrap()
                .use_on(CKO_SECRET_KEY, Some(CKK_AES))
                .unwrap()
                .is_fixed()
        };
        assert!(fixed(CKA_CLASS));
        assert!(fixed(CKA_VALUE_LEN));
        assert!(!fixed(CKA_LABEL));
        assert!(!fixed(CKA_SENSITIVE));
        assert!(!fixed(CKA_VALUE));
    }
}
