//! The calls that random sequences are made of.

use std::fmt;

use cryptoki_sys as c;

use crate::c_caller::{Mechanism, Template};

/// One call; numbers choose among the objects and byte strings that are there.
#[derive(Clone, Debug)]
pub enum Step {
    /// `C_GenerateKey` or `C_GenerateKeyPair`.
    Generate(KeyType, Flags),
    /// `C_CreateObject` of a key that the attacker knows.
    Bring(KeyType, Flags),
    /// `C_CopyObject`.
    Copy(Pick, Change),
    /// `C_SetAttributeValue`.
    Set(Pick, Change),
    /// `C_GetAttributeValue` of the value, or of what else may tell.
    Read(Pick),
    /// `C_WrapKey`.
    Wrap(How, Pick, Pick),
    /// `C_UnwrapKey`.
    Unwrap(How, Pick, Pick, KeyType, Flags),
    /// `C_DeriveKey`.
    Derive(Derivation, Pick, u8, Flags),
    /// `C_Encrypt` of some byte string.
    Encrypt(How, Pick, Pick),
    /// `C_Decrypt` of some byte string.
    Decrypt(How, Pick, Pick),
    /// `C_Sign` of some byte string.
    Sign(Pick, Pick),
    /// `C_DigestKey`.
    Digest(Pick),
    /// A function of PKCS#11 3.0 or 3.2.
    Newer(Newer),
    /// `C_DestroyObject`.
    Destroy(Pick),
}

/// A call of a function that 2.40 did not have.
#[derive(Clone, Debug)]
pub enum Newer {
    /// `C_EncryptMessage` of some byte string, with AES-GCM.
    EncryptMessage(Pick, Pick),
    /// `C_DecryptMessage` of some byte string.
    DecryptMessage(Pick, Pick),
    /// `C_SignMessage` of some byte string, with HMAC.
    SignMessage(Pick, Pick),
    /// `C_WrapKeyAuthenticated`, with the nonce as the generator says.
    WrapAuthenticated(Generator, Pick, Pick),
    /// `C_UnwrapKeyAuthenticated`.
    UnwrapAuthenticated(Pick, Pick, KeyType, Flags),
    /// A pair that encapsulates and decapsulates, of ML-KEM-768.
    GenerateMlKem(Flags),
    /// `C_EncapsulateKey`.
    Encapsulate(Pick, KeyType, Flags),
    /// `C_DecapsulateKey` of some byte string.
    Decapsulate(Pick, Pick, KeyType, Flags),
}

/// Whose a nonce is.
#[derive(Clone, Copy, Debug)]
pub enum Generator {
    /// The caller's: zeros.
    Caller,
    /// Random bits of the token's.
    Token,
}

/// Which of the objects or byte strings that are there.
#[derive(Clone, Copy)]
pub enum Pick {
    /// Whichever this number hits when the step is first performed; it is then replaced by what it hit, so that leaving
    /// out other steps does not make it mean another.
    Any(u8),
    /// What the step with this number made.
    Made(usize),
}

impl fmt::Debug for Pick {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any(number) => write!(formatter, "any {number}"),
            Self::Made(step) => write!(formatter, "#{step}"),
        }
    }
}

/// A type of key.
#[derive(Clone, Copy, Debug)]
pub enum KeyType {
    /// AES-256.
    Aes,
    /// A generic secret.
    Generic,
    /// A pair on P-256; brought or unwrapped, its private key.
    Ec,
}

/// Attributes of a new key: for each whether it is true, false or not said.
#[derive(Clone, Copy)]
pub struct Flags(u64);

/// A change of one attribute.
#[derive(Clone, Copy)]
pub struct Change(u8, bool);

/// A mechanism that wraps or encrypts.
#[derive(Clone, Copy, Debug)]
pub enum How {
    /// `CKM_AES_KEY_WRAP`.
    Kw,
    /// `CKM_AES_KEY_WRAP_KWP`.
    Kwp,
    /// `CKM_AES_CBC_PAD` with an IV of zeros.
    CbcPad,
    /// `CKM_AES_CBC` with an IV of zeros.
    Cbc,
    /// `CKM_AES_ECB`.
    Ecb,
    /// `CKM_AES_GCM` with one IV.
    Gcm,
}

/// A mechanism that derives, and how long the key becomes.
#[derive(Clone, Copy, Debug)]
pub enum Derivation {
    /// `CKM_ECDH1_DERIVE` with the token's own public key.
    Ecdh,
    /// `CKM_CONCATENATE_BASE_AND_DATA`.
    BaseAndData,
    /// `CKM_CONCATENATE_DATA_AND_BASE`.
    DataAndBase,
    /// `CKM_XOR_BASE_AND_DATA`.
    Xor,
    /// `CKM_EXTRACT_KEY_FROM_KEY`.
    Extract,
    /// `CKM_AES_ECB_ENCRYPT_DATA`.
    EncryptData,
}

const FLAGS: &[(c::CK_ATTRIBUTE_TYPE, &str)] = &[
    (c::CKA_WRAP, "WRAP"),
    (c::CKA_UNWRAP, "UNWRAP"),
    (c::CKA_ENCRYPT, "ENCRYPT"),
    (c::CKA_DECRYPT, "DECRYPT"),
    (c::CKA_SIGN, "SIGN"),
    (c::CKA_DERIVE, "DERIVE"),
    (c::CKA_SENSITIVE, "SENSITIVE"),
    (c::CKA_EXTRACTABLE, "EXTRACTABLE"),
    (c::CKA_TRUSTED, "TRUSTED"),
    (c::CKA_WRAP_WITH_TRUSTED, "WRAP_WITH_TRUSTED"),
];

impl Flags {
    /// Each attribute said with one chance in four, so that many templates are allowed.
    fn random(numbers: &mut Numbers) -> Self {
        Self(numbers.next())
    }

    fn said(self) -> impl Iterator<Item = (usize, bool)> {
        (0..FLAGS.len()).filter_map(move |index| match self.0 >> (3 * index) & 7 {
            0 => Some((index, false)),
            1 => Some((index, true)),
            _ => None,
        })
    }

    pub(super) fn template(self) -> Template {
        self.said()
            .fold(Template::new(), |template, (index, value)| {
                template.flag(FLAGS[index].0, value)
            })
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = self.said().map(|(index, value)| (FLAGS[index].1, value));
        formatter.debug_map().entries(said).finish()
    }
}

impl Change {
    pub(super) fn template(self) -> Template {
        Template::new().flag(FLAGS[usize::from(self.0) % FLAGS.len()].0, self.1)
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}={}",
            FLAGS[usize::from(self.0) % FLAGS.len()].1,
            self.1
        )
    }
}

impl Step {
    pub(super) fn random(numbers: &mut Numbers) -> Self {
        let (first, second) = (Pick::Any(numbers.byte()), Pick::Any(numbers.byte()));
        let length = numbers.byte();
        let how = [How::Kw, How::Kwp, How::CbcPad, How::Cbc, How::Ecb, How::Gcm];
        let how = how[numbers.below(how.len())];
        let key_type = [KeyType::Aes, KeyType::Aes, KeyType::Generic, KeyType::Ec];
        let key_type = key_type[numbers.below(key_type.len())];
        let change = Change(numbers.byte(), numbers.byte().is_multiple_of(2));
        let flags = Flags::random(numbers);
        let derivation = [
            Derivation::Ecdh,
            Derivation::BaseAndData,
            Derivation::DataAndBase,
            Derivation::Xor,
            Derivation::Extract,
            Derivation::EncryptData,
        ];
        let derivation = derivation[numbers.below(derivation.len())];
        if numbers.below(4) == 0 {
            let picks = (first, second);
            return Self::Newer(Newer::random(numbers, picks, key_type, flags));
        }
        match numbers.below(32) {
            0..4 => Self::Generate(key_type, flags),
            4..6 => Self::Bring(key_type, flags),
            6..8 => Self::Copy(first, change),
            8..10 => Self::Set(first, change),
            10..13 => Self::Read(first),
            13..18 => Self::Wrap(how, first, second),
            18..22 => Self::Unwrap(how, first, second, key_type, flags),
            22..25 => Self::Derive(derivation, first, length, flags),
            25..27 => Self::Encrypt(how, first, second),
            27..30 => Self::Decrypt(how, first, second),
            30 => Self::Sign(first, second),
            _ if length < 64 => Self::Destroy(second),
            _ => Self::Digest(second),
        }
    }
}

impl Newer {
    fn random(
        numbers: &mut Numbers,
        (first, second): (Pick, Pick),
        key_type: KeyType,
        flags: Flags,
    ) -> Self {
        let generator = [Generator::Caller, Generator::Token][numbers.below(2)];
        match numbers.below(16) {
            0..2 => Self::EncryptMessage(first, second),
            2..5 => Self::DecryptMessage(first, second),
            5 => Self::SignMessage(first, second),
            6..9 => Self::WrapAuthenticated(generator, first, second),
            9..12 => Self::UnwrapAuthenticated(first, second, key_type, flags),
            12 => Self::GenerateMlKem(flags),
            13..15 => Self::Encapsulate(first, key_type, flags),
            _ => Self::Decapsulate(first, second, key_type, flags),
        }
    }
}

impl How {
    pub(super) fn mechanism(self) -> Mechanism {
        match self {
            Self::Kw => Mechanism::plain(c::CKM_AES_KEY_WRAP),
            Self::Kwp => Mechanism::plain(c::CKM_AES_KEY_WRAP_KWP),
            Self::CbcPad => Mechanism::with_bytes(c::CKM_AES_CBC_PAD, &[0; 16]),
            Self::Cbc => Mechanism::with_bytes(c::CKM_AES_CBC, &[0; 16]),
            Self::Ecb => Mechanism::plain(c::CKM_AES_ECB),
            Self::Gcm => Mechanism::gcm(&[0; 12]),
        }
    }
}

/// Random numbers that a seed repeats (splitmix64).
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        usize::from(self.byte()) % limit
    }

    pub(super) fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.byte()).collect()
    }
}
