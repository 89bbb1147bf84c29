//! The rows of the attribute table, in the order of their numbers.

use super::AttributeDefault::{Absent, Empty, Flag, Number};
use super::{AttributeKind, AttributeRow, AttributeUse, Holder, Rules};
use crate::pkcs11::{
    CK_UNAVAILABLE_INFORMATION, CKA_AC_ISSUER, CKA_ALLOWED_MECHANISMS, CKA_ALWAYS_AUTHENTICATE,
    CKA_ALWAYS_SENSITIVE, CKA_APPLICATION, CKA_ATTR_TYPES, CKA_BASE, CKA_CERTIFICATE_CATEGORY,
    CKA_CERTIFICATE_TYPE, CKA_CHECK_VALUE, CKA_CLASS, CKA_COEFFICIENT, CKA_COPYABLE,
    CKA_DECAPSULATE, CKA_DECAPSULATE_TEMPLATE, CKA_DECRYPT, CKA_DERIVE, CKA_DERIVE_TEMPLATE,
    CKA_DESTROYABLE, CKA_EC_PARAMS, CKA_EC_POINT, CKA_ENCAPSULATE, CKA_ENCAPSULATE_TEMPLATE,
    CKA_ENCRYPT, CKA_END_DATE, CKA_EXPONENT_1, CKA_EXPONENT_2, CKA_EXTRACTABLE,
    CKA_HASH_OF_ISSUER_PUBLIC_KEY, CKA_HASH_OF_SUBJECT_PUBLIC_KEY, CKA_ID, CKA_ISSUER,
    CKA_JAVA_MIDP_SECURITY_DOMAIN, CKA_KEY_GEN_MECHANISM, CKA_KEY_TYPE, CKA_LABEL, CKA_LOCAL,
    CKA_MECHANISM_TYPE, CKA_MODIFIABLE, CKA_MODULUS, CKA_MODULUS_BITS, CKA_NAME_HASH_ALGORITHM,
    CKA_NEVER_EXTRACTABLE, CKA_OBJECT_ID, CKA_OWNER, CKA_PARAMETER_SET, CKA_PRIME, CKA_PRIME_1,
    CKA_PRIME_2, CKA_PRIME_BITS, CKA_PRIVATE, CKA_PRIVATE_EXPONENT, CKA_PROFILE_ID,
    CKA_PUBLIC_EXPONENT, CKA_PUBLIC_KEY_INFO, CKA_SEED, CKA_SENSITIVE, CKA_SERIAL_NUMBER, CKA_SIGN,
    CKA_SIGN_RECOVER, CKA_START_DATE, CKA_SUBJECT, CKA_SUBPRIME, CKA_SUBPRIME_BITS, CKA_TOKEN,
    CKA_TRUSTED, CKA_UNIQUE_ID, CKA_UNWRAP, CKA_UNWRAP_TEMPLATE, CKA_URL,
    CKA_VALIDATION_AUTHORITY_TYPE, CKA_VALIDATION_CERTIFICATE_IDENTIFIER,
    CKA_VALIDATION_CERTIFICATE_URI, CKA_VALIDATION_COUNTRY, CKA_VALIDATION_FLAG,
    CKA_VALIDATION_LEVEL, CKA_VALIDATION_MODULE_ID, CKA_VALIDATION_PROFILE, CKA_VALIDATION_TYPE,
    CKA_VALIDATION_VENDOR_URI, CKA_VALIDATION_VERSION, CKA_VALUE, CKA_VALUE_BITS, CKA_VALUE_LEN,
    CKA_VERIFY, CKA_VERIFY_RECOVER, CKA_WRAP, CKA_WRAP_TEMPLATE, CKA_WRAP_WITH_TRUSTED, CKM_SHA_1,
};

/// Makes the table: `attribute: kind { holder: rules => default; … }`. The first holder that fits an object counts.
macro_rules! attributes {
    ($(
        $attribute:ident: $kind:ident { $($holder:ident: $($rule:ident)|* => $default:expr;)* }
    )*) => {
        /// Every attribute that an object of ours can have.
        pub const ATTRIBUTES: &[AttributeRow] = &[$(AttributeRow {
            attribute: $attribute,
            name: stringify!($attribute),
            kind: AttributeKind::$kind,
            uses: &[$(AttributeUse {
                holder: Holder::$holder,
                rules: Rules::NONE$(.and(Rules::$rule))*,
                default: $default,
            }),*],
        }),*];
    };
}

attributes! {
    CKA_CLASS: Number { Any: CREATE_REQUIRED => Absent; }
    CKA_TOKEN: Flag { Any: COPY => Flag(false); }
    // The default is the token's: true for private and secret keys, false for everything else.
    CKA_PRIVATE: Flag {
        PrivateKey: COPY => Flag(true);
        SecretKey: COPY => Flag(true);
        Any: COPY => Flag(false);
    }
    CKA_LABEL: Bytes { Any: MODIFIABLE => Empty; }
    CKA_UNIQUE_ID: Bytes { Any: CREATE_FORBIDDEN | GENERATE_FORBIDDEN | UNWRAP_FORBIDDEN | TOKEN_SETS => Absent; }
    CKA_APPLICATION: Bytes { Data: MODIFIABLE => Empty; }
    CKA_VALUE: Bytes {
        Data: MODIFIABLE => Empty;
        Certificate: NONE => Empty;
        SecretKey: CREATE_REQUIRED | GENERATE_FORBIDDEN | UNWRAP_FORBIDDEN | SECRET => Absent;
        EcPrivateKey: CREATE_REQUIRED | GENERATE_FORBIDDEN | UNWRAP_FORBIDDEN | SECRET => Absent;
        FieldPublicKey: CREATE_REQUIRED | GENERATE_FORBIDDEN => Absent;
        FieldPrivateKey: CREATE_REQUIRED | GENERATE_FORBIDDEN | UNWRAP_FORBIDDEN | SECRET => Absent;
        PostQuantumPublicKey: CREATE_REQUIRED | GENERATE_FORBIDDEN => Absent;
        // A template may give the seed alone.
        LatticePrivateKey: GENERATE_FORBIDDEN | UNWRAP_FORBIDDEN | SECRET => Absent;
        PostQuantumPrivateKey: CREATE_REQUIRED | GENERATE_FORBIDDEN | UNWRAP_FORBIDDEN | SECRET => Absent;
    }
    CKA_OBJECT_ID: Bytes { Data: MODIFIABLE => Empty; }
    CKA_CERTIFICATE_TYPE: Number { Certificate: CREATE_REQUIRED => Absent; }
    CKA_ISSUER: Bytes { Certificate: MODIFIABLE => Empty; }
    CKA_SERIAL_NUMBER: Bytes { Certificate: MODIFIABLE => Empty; }
    CKA_AC_ISSUER: Bytes { Certificate: MODIFIABLE => Absent; }
    CKA_OWNER: Bytes { Certificate: NONE => Absent; }
    CKA_ATTR_TYPES: Bytes { Certificate: MODIFIABLE => Absent; }
    CKA_TRUSTED: Flag {
        Certificate: SO_ONLY | MODIFIABLE => Flag(false);
        PublicKey: SO_ONLY | MODIFIABLE => Flag(false);
        SecretKey: SO_ONLY | MODIFIABLE => Flag(false);
    }
    CKA_CERTIFICATE_CATEGORY: Number { Certificate: NONE => Number(0); }
    CKA_JAVA_MIDP_SECURITY_DOMAIN: Number { Certificate: NONE => Number(0); }
    CKA_URL: Bytes { Certificate: NONE => Empty; }
    CKA_HASH_OF_SUBJECT_PUBLIC_KEY: Bytes { Certificate: NONE => Empty; }
    CKA_HASH_OF_ISSUER_PUBLIC_KEY: Bytes { Certificate: NONE => Empty; }
    CKA_NAME_HASH_ALGORITHM: Number { Certificate: NONE => Number(CKM_SHA_1); }
    // A template may give it, and then it must be what the token computes.
    CKA_CHECK_VALUE: Bytes { Certificate: NONE => Absent; SecretKey: NONE => Absent; }
    CKA_KEY_TYPE: Number {
        Key: CREATE_REQUIRED | UNWRAP_REQUIRED => Absent;
        DomainParameters: CREATE_REQUIRED => Absent;
    }
    CKA_SUBJECT: Bytes {
        Certificate: NONE => Absent;
        PublicKey: MODIFIABLE => Empty;
        PrivateKey: MODIFIABLE => Empty;
    }
    CKA_ID: Bytes { Certificate: MODIFIABLE => Empty; Key: MODIFIABLE => Empty; }
    CKA_SENSITIVE: Flag {
        PrivateKey: MODIFIABLE | STAYS_TRUE => Flag(true);
        SecretKey: MODIFIABLE | STAYS_TRUE => Flag(true);
    }
    // Uses: a template that names none gets what the daemon's token profile gives.
    CKA_ENCRYPT: Flag { PublicKey: MODIFIABLE => Flag(false); SecretKey: MODIFIABLE => Flag(false); }
    CKA_DECRYPT: Flag { PrivateKey: MODIFIABLE => Flag(false); SecretKey: MODIFIABLE => Flag(false); }
    CKA_WRAP: Flag { PublicKey: MODIFIABLE => Flag(false); SecretKey: MODIFIABLE => Flag(false); }
    CKA_UNWRAP: Flag { PrivateKey: MODIFIABLE => Flag(false); SecretKey: MODIFIABLE => Flag(false); }
    CKA_SIGN: Flag { PrivateKey: MODIFIABLE => Flag(false); SecretKey: MODIFIABLE => Flag(false); }
    CKA_SIGN_RECOVER: Flag { PrivateKey: MODIFIABLE => Flag(false); }
    CKA_VERIFY: Flag { PublicKey: MODIFIABLE => Flag(false); SecretKey: MODIFIABLE => Flag(false); }
    CKA_VERIFY_RECOVER: Flag { PublicKey: MODIFIABLE => Flag(false); }
    CKA_DERIVE: Flag { Key: MODIFIABLE => Flag(false); }
    CKA_START_DATE: Date { Certificate: NONE => Empty; Key: MODIFIABLE => Empty; }
    CKA_END_DATE: Date { Certificate: NONE => Empty; Key: MODIFIABLE => Empty; }
    CKA_MODULUS: Bytes {
        RsaPublicKey: CREATE_REQUIRED | GENERATE_FORBIDDEN => Absent;
        RsaPrivateKey: CREATE_REQUIRED | GENERATE_FORBIDDEN | UNWRAP_FORBIDDEN => Absent;
    }
    CKA_MODULUS_BITS: Number { RsaPublicKey: CREATE_FORBIDDEN | GENERATE_REQUIRED => Absent; }
    CKA_PUBLIC_EXPONENT: Bytes {
        RsaPublicKey: CREATE_REQUIRED => Absent;
        RsaPrivateKey: GENERATE_FORBIDDEN | UNWRAP_FORBIDDEN => Absent;
    }
    CKA_PRIVATE_EXPONENT: Bytes {
        RsaPrivateKey: CREATE_REQUIRED | GENERATE_FORBIDDEN | UNWRAP_FORBIDDEN | SECRET => Absent;
    }
    CKA_PRIME_1: Bytes { RsaPrivateKey: GENERATE_FORBIDDEN | UNWRAP_FORBIDDEN | SECRET => Absent; }
    CKA_PRIME_2: Bytes { RsaPrivateKey: GENERATE_FORBIDDEN | UNWRAP_FORBIDDEN | SECRET => Absent; }
    CKA_EXPONENT_1: Bytes { RsaPrivateKey: GENERATE_FORBIDDEN | UNWRAP_FORBIDDEN | SECRET => Absent; }
    CKA_EXPONENT_2: Bytes { RsaPrivateKey: GENERATE_FORBIDDEN | UNWRAP_FORBIDDEN | SECRET => Absent; }
    CKA_COEFFICIENT: Bytes { RsaPrivateKey: GENERATE_FORBIDDEN | UNWRAP_FORBIDDEN | SECRET => Absent; }
    CKA_PUBLIC_KEY_INFO: Bytes {
        Certificate: NONE => Empty;
        PublicKey: NONE => Absent;
        PrivateKey: NONE => Absent;
    }
    CKA_PRIME: Bytes {
        DomainParameters: CREATE_REQUIRED | GENERATE_FORBIDDEN => Absent;
        FieldPublicKey: CREATE_REQUIRED | GENERATE_REQUIRED => Absent;
        FieldPrivateKey: CREATE_REQUIRED | GENERATE_FORBIDDEN | UNWRAP_FORBIDDEN => Absent;
    }
    CKA_SUBPRIME: Bytes {
        DsaDomainParameters: CREATE_REQUIRED | GENERATE_FORBIDDEN => Absent;
        DsaPublicKey: CREATE_REQUIRED | GENERATE_REQUIRED => Absent;
        DsaPrivateKey: CREATE_REQUIRED | GENERATE_FORBIDDEN | UNWRAP_FORBIDDEN => Absent;
    }
    CKA_BASE: Bytes {
        DomainParameters: CREATE_REQUIRED | GENERATE_FORBIDDEN => Absent;
        FieldPublicKey: CREATE_REQUIRED | GENERATE_REQUIRED => Absent;
        FieldPrivateKey: CREATE_REQUIRED | GENERATE_FORBIDDEN | UNWRAP_FORBIDDEN => Absent;
    }
    CKA_PRIME_BITS: Number { DomainParameters: CREATE_FORBIDDEN | GENERATE_REQUIRED => Absent; }
    CKA_SUBPRIME_BITS: Number { DsaDomainParameters: CREATE_FORBIDDEN => Absent; }
    CKA_VALUE_BITS: Number { DhPrivateKey: CREATE_FORBIDDEN | UNWRAP_FORBIDDEN => Absent; }
    CKA_VALUE_LEN: Number { SecretKey: CREATE_FORBIDDEN => Absent; }
    CKA_EXTRACTABLE: Flag {
        PrivateKey: MODIFIABLE | STAYS_FALSE => Flag(false);
        SecretKey: MODIFIABLE | STAYS_FALSE => Flag(false);
    }
    CKA_LOCAL: Flag {
        Key: CREATE_FORBIDDEN | GENERATE_FORBIDDEN | UNWRAP_FORBIDDEN | TOKEN_SETS => Flag(false);
        DomainParameters: CREATE_FORBIDDEN | GENERATE_FORBIDDEN | TOKEN_SETS => Flag(false);
    }
    CKA_NEVER_EXTRACTABLE: Flag {
        PrivateKey: CREATE_FORBIDDEN | GENERATE_FORBIDDEN | UNWRAP_FORBIDDEN | TOKEN_SETS => Flag(false);
        SecretKey: CREATE_FORBIDDEN | GENERATE_FORBIDDEN | UNWRAP_FORBIDDEN | TOKEN_SETS => Flag(false);
    }
    CKA_ALWAYS_SENSITIVE: Flag {
        PrivateKey: CREATE_FORBIDDEN | GENERATE_FORBIDDEN | UNWRAP_FORBIDDEN | TOKEN_SETS => Flag(false);
        SecretKey: CREATE_FORBIDDEN | GENERATE_FORBIDDEN | UNWRAP_FORBIDDEN | TOKEN_SETS => Flag(false);
    }
    CKA_KEY_GEN_MECHANISM: Number {
        Key: CREATE_FORBIDDEN | GENERATE_FORBIDDEN | UNWRAP_FORBIDDEN | TOKEN_SETS => Number(CK_UNAVAILABLE_INFORMATION);
    }
    CKA_MODIFIABLE: Flag { Any: COPY => Flag(true); }
    CKA_COPYABLE: Flag { Any: STAYS_FALSE | MODIFIABLE => Flag(true); }
    CKA_DESTROYABLE: Flag { Any: MODIFIABLE => Flag(true); }
    CKA_EC_PARAMS: Bytes {
        EcPublicKey: CREATE_REQUIRED | GENERATE_REQUIRED => Absent;
        EcPrivateKey: CREATE_REQUIRED | GENERATE_FORBIDDEN | UNWRAP_FORBIDDEN => Absent;
    }
    // On private keys it goes beyond the standard: several tools read it there.
    CKA_EC_POINT: Bytes {
        EcPublicKey: CREATE_REQUIRED | GENERATE_FORBIDDEN => Absent;
        EcPrivateKey: GENERATE_FORBIDDEN | UNWRAP_FORBIDDEN => Absent;
    }
    CKA_ALWAYS_AUTHENTICATE: Flag { PrivateKey: NONE => Flag(false); }
    CKA_WRAP_WITH_TRUSTED: Flag {
        PrivateKey: MODIFIABLE | STAYS_TRUE => Flag(false);
        SecretKey: MODIFIABLE | STAYS_TRUE => Flag(false);
    }
    CKA_MECHANISM_TYPE: Number { BuiltIn: TOKEN_SETS => Absent; }
    CKA_PROFILE_ID: Number { BuiltIn: TOKEN_SETS => Absent; }
    CKA_PARAMETER_SET: Number {
        PostQuantumPublicKey: CREATE_REQUIRED | GENERATE_REQUIRED => Absent;
        PostQuantumPrivateKey: CREATE_REQUIRED | GENERATE_FORBIDDEN | UNWRAP_FORBIDDEN => Absent;
    }
    CKA_VALIDATION_TYPE: Number { BuiltIn: TOKEN_SETS => Absent; }
    CKA_VALIDATION_VERSION: Bytes { BuiltIn: TOKEN_SETS => Absent; }
    CKA_VALIDATION_LEVEL: Number { BuiltIn: TOKEN_SETS => Absent; }
    CKA_VALIDATION_MODULE_ID: Bytes { BuiltIn: TOKEN_SETS => Absent; }
    CKA_VALIDATION_FLAG: Number { BuiltIn: TOKEN_SETS => Absent; }
    CKA_VALIDATION_AUTHORITY_TYPE: Number { BuiltIn: TOKEN_SETS => Absent; }
    CKA_VALIDATION_COUNTRY: Bytes { BuiltIn: TOKEN_SETS => Absent; }
    CKA_VALIDATION_CERTIFICATE_IDENTIFIER: Bytes { BuiltIn: TOKEN_SETS => Absent; }
    CKA_VALIDATION_CERTIFICATE_URI: Bytes { BuiltIn: TOKEN_SETS => Absent; }
    CKA_VALIDATION_VENDOR_URI: Bytes { BuiltIn: TOKEN_SETS => Absent; }
    CKA_VALIDATION_PROFILE: Bytes { BuiltIn: TOKEN_SETS => Absent; }
    CKA_ENCAPSULATE_TEMPLATE: Template { PublicKey: NONE => Absent; }
    CKA_DECAPSULATE_TEMPLATE: Template { PrivateKey: NONE => Absent; }
    CKA_ENCAPSULATE: Flag { PublicKey: MODIFIABLE => Flag(false); }
    CKA_DECAPSULATE: Flag { PrivateKey: MODIFIABLE => Flag(false); }
    CKA_SEED: Bytes { LatticePrivateKey: GENERATE_FORBIDDEN | UNWRAP_FORBIDDEN | SECRET => Absent; }
    CKA_WRAP_TEMPLATE: Template { PublicKey: NONE => Absent; SecretKey: NONE => Absent; }
    CKA_UNWRAP_TEMPLATE: Template { PrivateKey: NONE => Absent; SecretKey: NONE => Absent; }
    CKA_DERIVE_TEMPLATE: Template { PrivateKey: NONE => Absent; SecretKey: NONE => Absent; }
    CKA_ALLOWED_MECHANISMS: Numbers { Key: NONE => Absent; }
}
