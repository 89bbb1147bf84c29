//! Making an object: its template, the defaults, and what only the token may say.

use hsm_algorithms::attributes::{AttributeRow, Rules, attributes_of};
use hsm_algorithms::pkcs11::{
    CK_UNAVAILABLE_INFORMATION, CKA_ALWAYS_AUTHENTICATE, CKA_ALWAYS_SENSITIVE, CKA_CLASS,
    CKA_DECAPSULATE, CKA_DECRYPT, CKA_ENCAPSULATE, CKA_ENCRYPT, CKA_EXTRACTABLE,
    CKA_KEY_GEN_MECHANISM, CKA_KEY_TYPE, CKA_LOCAL, CKA_NEVER_EXTRACTABLE, CKA_PRIVATE,
    CKA_SENSITIVE, CKA_SIGN, CKA_SIGN_RECOVER, CKA_TOKEN, CKA_UNWRAP, CKA_VERIFY,
    CKA_VERIFY_RECOVER, CKA_WRAP, CKK_DH, CKK_DSA, CKO_CERTIFICATE, CKO_DATA,
    CKO_DOMAIN_PARAMETERS, CKO_PRIVATE_KEY, CKO_PUBLIC_KEY, CKO_SECRET_KEY,
};
use hsm_algorithms::{Algorithm, Attributes, KeyKind, Purpose};
use hsmd_gate::Visibility;
use hsmd_identity::LoginRole;
use hsmd_keys::TokenProfile;

use super::{checked_use, profiles};
use crate::Error;

/// How an object comes to be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Birth<'a> {
    /// By `C_CreateObject`: the caller knew all of it.
    Created,
    /// In the token, by a mechanism.
    Generated {
        /// `CKM_…`.
        mechanism: u64,
    },
    /// In the token, of a password that the caller knows.
    OfPassword {
        /// `CKM_…`.
        mechanism: u64,
    },
    /// By `C_UnwrapKey`.
    Unwrapped {
        /// The attributes of the unwrapping key.
        by: &'a Attributes,
    },
    /// By `C_DeriveKey`.
    Derived {
        /// The attributes of the base key.
        from: &'a Attributes,
    },
}

/// What the way an object is made says about it, for templates that do not.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Implied {
    /// `CKO_…`.
    pub(crate) class: Option<u64>,
    /// `CKK_…`.
    pub(crate) key_type: Option<u64>,
}

/// An object that is still to get its material: everything that its template and the rules say.
#[derive(Debug)]
pub(crate) struct Draft {
    /// `CKO_…`.
    pub(crate) class: u64,
    /// `CKK_…`, for keys.
    pub(crate) key_type: Option<u64>,
    /// What is kept and can be read.
    pub(crate) attributes: Attributes,
    /// What the caller brought of the secret; it goes to the vault and nowhere else.
    pub(crate) secrets: Attributes,
}

impl Draft {
    /// Checks a template against the rules of its class and adds what it leaves out.
    ///
    /// # Errors
    ///
    /// Those of PKCS#11 3.2, section 4.1.1: unknown or misplaced attributes, values of the wrong type, attributes that
    /// only the token sets, missing ones, and contradictions, the profile's rules included.
    pub(crate) fn new(
        template: Attributes,
        birth: Birth<'_>,
        implied: Implied,
        login: Option<LoginRole>,
        profile: TokenProfile,
    ) -> Result<Self, Error> {
        let class = class_of(&template, implied)?;
        let key_type = key_type_of(&template, class, implied)?;
        let mut attributes = Attributes::new();
        let mut secrets = Attributes::new();
        for (attribute, value) in template {
            let attribute_use = checked_use(attribute, &value, class, key_type)?;
            check_rules(
                attribute,
                attribute_use.rules,
                value == true.into(),
                birth,
                login,
            )?;
            if attribute_use.is_secret() {
                secrets.insert(attribute, value);
            } else {
                attributes.insert(attribute, value);
            }
        }
        attributes.insert(CKA_CLASS, class);
        if let Some(key_type) = key_type {
            attributes.insert(CKA_KEY_TYPE, key_type);
        }
        let mut draft = Self {
            class,
            key_type,
            attributes,
            secrets,
        };
        draft.check_required(birth)?;
        draft.add_uses(profile);
        draft.add_defaults();
        draft.add_history(birth);
        draft.check_combinations()?;
        profiles::check_birth(&draft.attributes, birth, profile)?;
        Ok(draft)
    }

    /// True if the object is stored, and not only kept for an application's life.
    pub(crate) fn is_token_object(&self) -> bool {
        self.attributes.is_set(CKA_TOKEN)
    }

    /// Only a private object can ask for the PIN at each use: there is nobody to ask otherwise (PKCS#11 3.2, 4.9).
    fn check_combinations(&self) -> Result<(), Error> {
        let asks_each_time = self.attributes.is_set(CKA_ALWAYS_AUTHENTICATE);
        if asks_each_time && !self.attributes.is_set(CKA_PRIVATE) {
            return Err(Error::TemplateInconsistent {
                attribute: CKA_ALWAYS_AUTHENTICATE,
            });
        }
        Ok(())
    }

    fn check_required(&self, birth: Birth<'_>) -> Result<(), Error> {
        let required = match birth {
            Birth::Created => Rules::CREATE_REQUIRED,
            Birth::Generated { .. } => Rules::GENERATE_REQUIRED,
            Birth::Unwrapped { .. } => Rules::UNWRAP_REQUIRED,
            Birth::OfPassword { .. } | Birth::Derived { .. } => return Ok(()),
        };
        let missing = attributes_of(self.class, self.key_type).find(|(row, one)| {
            one.rules.contains(required)
                && !self.attributes.contains(row.attribute)
                && !self.secrets.contains(row.attribute)
        });
        match missing {
            Some((row, _)) => Err(Error::TemplateIncomplete {
                attribute: row.attribute,
            }),
            None => Ok(()),
        }
    }

    /// The uses that a template leaves open. In the compatible profile each is true if keys of the type can have it. In
    /// the strict one that holds only if the template names none, and never for wrapping and unwrapping.
    fn add_uses(&mut self, profile: TokenProfile) {
        let is_use = |attribute: u64| {
            USES.iter().any(|(one, _)| *one == attribute)
                || profiles::names_a_use(attribute, self.class)
        };
        let names_a_use = self
            .attributes
            .iter()
            .any(|(attribute, _)| is_use(attribute));
        if names_a_use && profile == TokenProfile::Strict {
            return;
        }
        for (attribute, purpose) in USES {
            let has_it = AttributeRow::of(*attribute)
                .is_some_and(|row| row.use_on(self.class, self.key_type).is_some());
            if has_it && can(self.key_type, *purpose) && !profiles::keeps_apart(*purpose, profile) {
                self.attributes.insert_default(*attribute, true);
            }
        }
    }

    fn add_defaults(&mut self) {
        for (row, attribute_use) in attributes_of(self.class, self.key_type) {
            if let Some(value) = attribute_use.default.value() {
                self.attributes.insert_default(row.attribute, value);
            }
        }
    }

    /// `CKA_LOCAL`, `CKA_KEY_GEN_MECHANISM`, `CKA_ALWAYS_SENSITIVE` and `CKA_NEVER_EXTRACTABLE`.
    fn add_history(&mut self, birth: Birth<'_>) {
        let Some(_) = self.key_type else { return };
        let is_sensitive = self.attributes.is_set(CKA_SENSITIVE);
        let is_extractable = self.attributes.is_set(CKA_EXTRACTABLE);
        let (is_local, mechanism, was_always_sensitive, was_never_extractable) = match birth {
            Birth::Created | Birth::Unwrapped { .. } => {
                (false, CK_UNAVAILABLE_INFORMATION, false, false)
            }
            Birth::Generated { mechanism } => (true, mechanism, is_sensitive, !is_extractable),
            // Whoever knows the password knows the key.
            Birth::OfPassword { mechanism } => (true, mechanism, false, false),
            Birth::Derived { from } => (
                false,
                CK_UNAVAILABLE_INFORMATION,
                is_sensitive && from.is_set(CKA_ALWAYS_SENSITIVE),
                !is_extractable && from.is_set(CKA_NEVER_EXTRACTABLE),
            ),
        };
        self.attributes.insert(CKA_LOCAL, is_local);
        if self.class == CKO_DOMAIN_PARAMETERS {
            return;
        }
        self.attributes.insert(CKA_KEY_GEN_MECHANISM, mechanism);
        if self.class != CKO_PUBLIC_KEY {
            self.attributes
                .insert(CKA_ALWAYS_SENSITIVE, was_always_sensitive);
            self.attributes
                .insert(CKA_NEVER_EXTRACTABLE, was_never_extractable);
        }
    }
}

/// Whether an object of this template will be private.
pub(crate) fn visibility(template: &Attributes, implied: Implied) -> Visibility {
    let class = template.number(CKA_CLASS).or(implied.class);
    let is_private = template
        .flag(CKA_PRIVATE)
        .unwrap_or(matches!(class, Some(CKO_PRIVATE_KEY | CKO_SECRET_KEY)));
    if is_private {
        Visibility::Private
    } else {
        Visibility::Public
    }
}

/// Checks the template of a search. False if it names an attribute that no object has: then it finds nothing, which is
/// no error, since applications look for objects of other vendors this way.
///
/// # Errors
///
/// [`Error::AttributeValueInvalid`] for a value of the wrong type.
pub(crate) fn can_match(template: &Attributes) -> Result<bool, Error> {
    let mut is_known = true;
    for (attribute, value) in template.iter() {
        match AttributeRow::of(attribute) {
            Some(row) if !value.is_of(row.kind) => {
                return Err(Error::AttributeValueInvalid { attribute });
            }
            Some(_) => {}
            None => is_known = false,
        }
    }
    Ok(is_known)
}

/// Each use and what the key computes for it.
const USES: &[(u64, Purpose)] = &[
    (CKA_ENCRYPT, Purpose::Encrypt),
    (CKA_DECRYPT, Purpose::Encrypt),
    (CKA_SIGN, Purpose::Sign),
    (CKA_VERIFY, Purpose::Sign),
    (CKA_WRAP, Purpose::Wrap),
    (CKA_UNWRAP, Purpose::Wrap),
    (CKA_SIGN_RECOVER, Purpose::Recover),
    (CKA_VERIFY_RECOVER, Purpose::Recover),
    (CKA_ENCAPSULATE, Purpose::Encapsulate),
    (CKA_DECAPSULATE, Purpose::Encapsulate),
];

/// Whether some algorithm does this with keys of this type.
fn can(key_type: Option<u64>, purpose: Purpose) -> bool {
    let is_of_type = |kind: &KeyKind| Some(kind.key_type()) == key_type;
    Algorithm::ALL
        .iter()
        .any(|algorithm| algorithm.is_for(purpose) && algorithm.row().keys.iter().any(is_of_type))
}

fn class_of(template: &Attributes, implied: Implied) -> Result<u64, Error> {
    let attribute = CKA_CLASS;
    let given = match template.get(attribute) {
        Some(_) => Some(
            template
                .number(attribute)
                .ok_or(Error::AttributeValueInvalid { attribute })?,
        ),
        None => None,
    };
    match (given, implied.class) {
        (Some(given), Some(implied)) if given != implied => {
            Err(Error::TemplateInconsistent { attribute })
        }
        (Some(class), _) | (None, Some(class)) => Ok(class),
        (None, None) => Err(Error::TemplateIncomplete { attribute }),
    }
}

fn key_type_of(template: &Attributes, class: u64, implied: Implied) -> Result<Option<u64>, Error> {
    match class {
        CKO_PUBLIC_KEY | CKO_PRIVATE_KEY | CKO_SECRET_KEY | CKO_DOMAIN_PARAMETERS => {}
        CKO_DATA | CKO_CERTIFICATE => return Ok(None),
        _ => {
            return Err(Error::AttributeValueInvalid {
                attribute: CKA_CLASS,
            });
        }
    }
    let attribute = CKA_KEY_TYPE;
    let given = match template.get(attribute) {
        Some(_) => Some(
            template
                .number(attribute)
                .ok_or(Error::AttributeValueInvalid { attribute })?,
        ),
        None => None,
    };
    let key_type = match (given, implied.key_type) {
        (Some(given), Some(implied)) if given != implied => {
            return Err(Error::TemplateInconsistent { attribute });
        }
        (Some(key_type), _) | (None, Some(key_type)) => key_type,
        (None, None) => return Err(Error::TemplateIncomplete { attribute }),
    };
    if class == CKO_DOMAIN_PARAMETERS {
        return match key_type {
            CKK_DSA | CKK_DH => Ok(Some(key_type)),
            _ => Err(Error::AttributeValueInvalid { attribute }),
        };
    }
    let is_of_class = |kind: &KeyKind| {
        kind.key_type() == key_type && kind.is_key_pair() == (class != CKO_SECRET_KEY)
    };
    if !KeyKind::ALL.iter().any(is_of_class) {
        return Err(Error::AttributeValueInvalid { attribute });
    }
    Ok(Some(key_type))
}

fn check_rules(
    attribute: u64,
    rules: Rules,
    is_true: bool,
    birth: Birth<'_>,
    login: Option<LoginRole>,
) -> Result<(), Error> {
    let forbidden = match birth {
        Birth::Created => Rules::CREATE_FORBIDDEN,
        Birth::Generated { .. } => Rules::GENERATE_FORBIDDEN,
        // The standard's tables have no column for derivation; what unwrapping may not say, it may not either.
        Birth::OfPassword { .. } | Birth::Unwrapped { .. } | Birth::Derived { .. } => {
            Rules::UNWRAP_FORBIDDEN
        }
    };
    let is_forbidden = rules.contains(forbidden) || rules.contains(Rules::TOKEN_SETS);
    let is_for_another =
        rules.contains(Rules::SO_ONLY) && is_true && login != Some(LoginRole::SecurityOfficer);
    if is_forbidden || is_for_another {
        return Err(Error::AttributeReadOnly { attribute });
    }
    Ok(())
}
