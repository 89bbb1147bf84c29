//! Grants as authorization sees them: who may do what with one key, under which constraints.

use crate::request::{EncryptionContext, Principal, PrincipalKind};

macro_rules! grant_operations {
    ($($operation:ident,)+) => {
        /// An operation that a grant can allow.
        #[expect(missing_docs, reason = "named after the operations")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum GrantOperation { $($operation,)+ }

        impl GrantOperation {
            /// Every operation, in the order of the API's model.
            pub const ALL: &'static [Self] = &[$(Self::$operation,)+];

            /// The name as grants and actions write it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$operation => stringify!($operation),)+ }
            }
        }
    };
}

grant_operations! {
    Decrypt,
    Encrypt,
    GenerateDataKey,
    GenerateDataKeyWithoutPlaintext,
    ReEncryptFrom,
    ReEncryptTo,
    Sign,
    Verify,
    GetPublicKey,
    CreateGrant,
    RetireGrant,
    DescribeKey,
    GenerateDataKeyPair,
    GenerateDataKeyPairWithoutPlaintext,
    GenerateMac,
    VerifyMac,
    DeriveSharedSecret,
    Encapsulate,
    Decapsulate,
}

impl GrantOperation {
    /// The operation of this name, compared exactly.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|there| there.name() == name)
    }

    /// Whether constraints on the encryption context bind it: the calls that take one, and `CreateGrant`, whose own
    /// grant must be at least as strict.
    #[must_use]
    pub const fn takes_encryption_context(self) -> bool {
        match self {
            Self::Decrypt
            | Self::Encrypt
            | Self::GenerateDataKey
            | Self::GenerateDataKeyWithoutPlaintext
            | Self::GenerateDataKeyPair
            | Self::GenerateDataKeyPairWithoutPlaintext
            | Self::ReEncryptFrom
            | Self::ReEncryptTo => true,
            Self::Sign
            | Self::Verify
            | Self::GetPublicKey
            | Self::CreateGrant
            | Self::RetireGrant
            | Self::DescribeKey
            | Self::GenerateMac
            | Self::VerifyMac
            | Self::DeriveSharedSecret
            | Self::Encapsulate
            | Self::Decapsulate => false,
        }
    }
}

/// A set of operations of a grant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct GrantOperations(u32);

impl GrantOperations {
    /// Whether this operation is in the set.
    #[must_use]
    pub const fn contains(self, operation: GrantOperation) -> bool {
        self.0 & (1 << operation as u8) != 0
    }

    /// Whether all of `part` is in the set.
    #[must_use]
    pub const fn contains_all(self, part: Self) -> bool {
        self.0 & part.0 == part.0
    }

    /// Whether the set is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The operations in the order of [`GrantOperation::ALL`].
    pub fn iter(self) -> impl Iterator<Item = GrantOperation> {
        GrantOperation::ALL
            .iter()
            .copied()
            .filter(move |operation| self.contains(*operation))
    }

    /// The set as stored: bit `n` is the `n`-th of [`GrantOperation::ALL`].
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// The set of these bits; `None` if a bit names no operation.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Option<Self> {
        if bits >> GrantOperation::ALL.len() == 0 {
            Some(Self(bits))
        } else {
            None
        }
    }
}

impl FromIterator<GrantOperation> for GrantOperations {
    fn from_iter<I: IntoIterator<Item = GrantOperation>>(operations: I) -> Self {
        Self(
            operations
                .into_iter()
                .fold(0, |bits, operation| bits | 1 << operation as u8),
        )
    }
}

/// What a grant says about the requests that it allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantTerms {
    /// The grant's id, 64 lower-case hexadecimal digits.
    pub id: Box<str>,
    /// The ARN of the principal that may use the key, or a service's name.
    pub grantee: Box<str>,
    /// What it may do.
    pub operations: GrantOperations,
    /// Under which constraints.
    pub constraints: GrantConstraints,
}

/// The constraints of a grant; all that are there must be met.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GrantConstraints {
    /// The request's encryption context is exactly this.
    pub encryption_context_equals: Option<EncryptionContext>,
    /// The request's encryption context has all these pairs.
    pub encryption_context_subset: Option<EncryptionContext>,
    /// The request is made for this resource.
    pub source_arn: Option<Box<str>>,
}

/// What a grant is asked: an operation with what its constraints look at.
#[derive(Debug, Clone, Copy)]
pub struct GrantUse<'a> {
    /// The operation.
    pub operation: GrantOperation,
    /// The request's encryption context, empty where it has none.
    pub encryption_context: &'a EncryptionContext,
    /// The resource that the request is made for.
    pub source_arn: Option<&'a str>,
    /// The grant that `CreateGrant` would make.
    pub new_grant: Option<&'a GrantTerms>,
}

impl GrantTerms {
    /// How the grant names this principal, if it does.
    #[must_use]
    pub fn grantee(&self, principal: &Principal<'_>) -> Option<Grantee> {
        principal_is(&self.grantee, principal)
    }

    /// Whether the grant permits this use to its grantee.
    #[must_use]
    pub fn permits(&self, asked: &GrantUse<'_>) -> bool {
        asked.is_permitted(self.operations, &self.constraints)
    }
}

impl GrantUse<'_> {
    /// Whether a grant of these operations under these constraints permits the use to its grantee. A grant made under it
    /// keeps inside it: its operations are some of these, and its constraints at least as strict.
    #[must_use]
    pub fn is_permitted(
        &self,
        operations: GrantOperations,
        constraints: &GrantConstraints,
    ) -> bool {
        let covers = |child: &GrantTerms| {
            operations.contains_all(child.operations) && constraints.cover(&child.constraints)
        };
        operations.contains(self.operation)
            && constraints.are_met(self)
            && (self.operation != GrantOperation::CreateGrant || self.new_grant.is_some_and(covers))
    }
}

impl GrantConstraints {
    /// No constraints.
    pub const NONE: Self = Self {
        encryption_context_equals: None,
        encryption_context_subset: None,
        source_arn: None,
    };

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.encryption_context_equals.is_none()
            && self.encryption_context_subset.is_none()
            && self.source_arn.is_none()
    }

    fn are_met(&self, asked: &GrantUse<'_>) -> bool {
        let context_fits = !asked.operation.takes_encryption_context()
            || (self
                .encryption_context_equals
                .as_ref()
                .is_none_or(|exact| exact == asked.encryption_context)
                && self
                    .encryption_context_subset
                    .as_ref()
                    .is_none_or(|part| asked.encryption_context.contains_all(part)));
        let source_fits = self
            .source_arn
            .as_deref()
            .is_none_or(|source| asked.source_arn == Some(source));
        context_fits && source_fits
    }

    fn cover(&self, child: &Self) -> bool {
        let equals_covered = self
            .encryption_context_equals
            .as_ref()
            .is_none_or(|exact| child.encryption_context_equals.as_ref() == Some(exact));
        let subset_covered = self.encryption_context_subset.as_ref().is_none_or(|part| {
            let inside = |pairs: &Option<EncryptionContext>| {
                pairs.as_ref().is_some_and(|pairs| pairs.contains_all(part))
            };
            inside(&child.encryption_context_equals) || inside(&child.encryption_context_subset)
        });
        let source_covered = self
            .source_arn
            .as_ref()
            .is_none_or(|source| child.source_arn.as_ref() == Some(source));
        equals_covered && subset_covered && source_covered
    }
}

/// How a grant names a principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grantee {
    /// By its own ARN, that of its role, or a service's name.
    Itself,
    /// By its account, which leaves the decision to identity policies; its root user needs none.
    Account,
}

/// How a grant's principal, an ARN or a service's name, stands to this one.
pub(crate) fn principal_is(named: &str, principal: &Principal<'_>) -> Option<Grantee> {
    let is_role =
        matches!(principal.kind, PrincipalKind::Session { role_arn } if role_arn == named);
    let is_root_of = |account: &str| {
        named
            .strip_suffix(":root")
            .and_then(|rest| rest.strip_suffix(account))
            .is_some_and(|rest| rest.starts_with("arn:") && rest.ends_with(":iam::"))
    };
    if named == principal.arn || is_role {
        Some(Grantee::Itself)
    } else if !principal.account.is_empty() && is_root_of(principal.account) {
        Some(Grantee::Account)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant() -> GrantTerms {
        GrantTerms {
            id: "0f".repeat(32).into(),
            grantee: "arn:aws:iam::111122223333:user/ada".into(),
            operations: [GrantOperation::Decrypt].into_iter().collect(),
            constraints: GrantConstraints::default(),
        }
    }

    #[test]
    fn a_set_of_operations_is_stored_as_bits() {
        let all: GrantOperations = GrantOperation::ALL.iter().copied().collect();
        assert_eq!(GrantOperations::from_bits(all.bits()), Some(all));
        assert_eq!(GrantOperations::from_bits(all.bits() + 1), None);
        assert!(all.iter().eq(GrantOperation::ALL.iter().copied()));
        for &operation in GrantOperation::ALL {
            assert_eq!(GrantOperation::by_name(operation.name()), Some(operation));
            assert!(!GrantOperations::default().contains(operation));
        }
        assert_eq!(GrantOperation::by_name("decrypt"), None);
    }

    #[test]
    fn constraints_on_the_context_bind_the_calls_that_take_one() {
        let context = EncryptionContext::from_iter([("a", "1"), ("b", "2")]);
        let asked = |operation, context| GrantUse {
            operation,
            encryption_context: context,
            source_arn: None,
            new_grant: None,
        };
        let mut terms = grant();
        terms.operations = GrantOperation::ALL.iter().copied().collect();
        terms.constraints.encryption_context_subset = Some([("a", "1")].into_iter().collect());
        let none = EncryptionContext::new();
        assert!(terms.permits(&asked(GrantOperation::Decrypt, &context)));
        assert!(!terms.permits(&asked(GrantOperation::Decrypt, &none)));
        assert!(terms.permits(&asked(GrantOperation::DescribeKey, &none)));
        terms.constraints.encryption_context_equals = Some([("a", "1")].into_iter().collect());
        assert!(!terms.permits(&asked(GrantOperation::Decrypt, &context)));
        assert!(!terms.permits(&asked(GrantOperation::CreateGrant, &context)));
        terms.constraints.source_arn = Some("arn:aws:s3:::bucket".into());
        assert!(!terms.permits(&asked(GrantOperation::DescribeKey, &none)));
    }

    /// Whether one who may make grants by `parent` may make `child`.
    fn covers(parent: &GrantTerms, child: &GrantTerms) -> bool {
        let operations = parent.operations.iter();
        let parent = GrantTerms {
            operations: operations.chain([GrantOperation::CreateGrant]).collect(),
            ..parent.clone()
        };
        parent.permits(&GrantUse {
            operation: GrantOperation::CreateGrant,
            encryption_context: &EncryptionContext::new(),
            source_arn: None,
            new_grant: Some(child),
        })
    }

    #[test]
    fn a_grant_made_under_a_grant_keeps_inside_it() {
        let strict = |pairs: &[(&str, &str)]| GrantTerms {
            constraints: GrantConstraints {
                encryption_context_subset: Some(pairs.iter().copied().collect()),
                ..GrantConstraints::default()
            },
            ..grant()
        };
        let exact = |pairs: &[(&str, &str)]| GrantTerms {
            constraints: GrantConstraints {
                encryption_context_equals: Some(pairs.iter().copied().collect()),
                ..GrantConstraints::default()
            },
            ..grant()
        };
        let parent = strict(&[("a", "1")]);
        assert!(covers(&parent, &strict(&[("a", "1"), ("b", "2")])));
        assert!(covers(&parent, &exact(&[("a", "1")])));
        assert!(!covers(&parent, &strict(&[("a", "2")])));
        assert!(!covers(&parent, &grant()));
        assert!(!covers(&exact(&[("a", "1")]), &parent));
        let mut wider = strict(&[("a", "1")]);
        wider.operations = [GrantOperation::Decrypt, GrantOperation::Encrypt]
            .into_iter()
            .collect();
        assert!(!covers(&parent, &wider));
    }
}
