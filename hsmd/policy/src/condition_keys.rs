//! The condition keys that policies may ask about: one row each, from which come the page of compatibility and the
//! rule that a condition on any other key fails closed.

use std::fmt;

/// What the values of a condition key are, for readers of the table; operators read values as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueKind {
    /// Any text.
    Text,
    /// `true` or `false`.
    Boolean,
    /// A decimal number.
    Number,
    /// A moment in ISO 8601.
    Date,
    /// An ARN.
    Arn,
    /// An IP address.
    Address,
}

/// What the table says of one condition key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConditionKeyRow {
    /// The name as documentation writes it. Names are compared without regard to case.
    pub name: &'static str,
    /// What its values are.
    pub kind: ValueKind,
    /// Whether a request may have several values of it.
    pub is_multivalued: bool,
    /// Whether the name ends in something that the policy chooses, as `kms:EncryptionContext:` does.
    pub has_suffix: bool,
    /// Whether it counts in identity policies alone; in a key policy a condition on it fails closed.
    pub identity_policies_only: bool,
}

macro_rules! condition_keys {
    ($($(#[$documentation:meta])* $key:ident = $name:literal $kind:ident $count:ident $form:ident $place:ident;)+) => {
        /// A condition key that the product knows.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum ConditionKey {
            $($(#[$documentation])* $key,)+
        }

        impl ConditionKey {
            /// Every key, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$key,)+];

            const ROWS: &'static [ConditionKeyRow] = &[$(ConditionKeyRow {
                name: $name,
                kind: ValueKind::$kind,
                is_multivalued: condition_keys!(@$count),
                has_suffix: condition_keys!(@$form),
                identity_policies_only: condition_keys!(@$place),
            },)+];
        }
    };
    (@one) => { false };
    (@many) => { true };
    (@exact) => { false };
    (@suffixed) => { true };
    (@anywhere) => { false };
    (@identity) => { true };
}

condition_keys! {
    /// Whether the caller asked to skip the lockout safety check.
    KmsBypassPolicyLockoutSafetyCheck = "kms:BypassPolicyLockoutSafetyCheck" Boolean one exact anywhere;
    /// The caller's account.
    KmsCallerAccount = "kms:CallerAccount" Text one exact anywhere;
    /// The kind of key.
    KmsKeySpec = "kms:KeySpec" Text one exact anywhere;
    /// What the key is for.
    KmsKeyUsage = "kms:KeyUsage" Text one exact anywhere;
    /// Where the key's material comes from.
    KmsKeyOrigin = "kms:KeyOrigin" Text one exact anywhere;
    /// The old name of `kms:KeySpec`.
    KmsCustomerMasterKeySpec = "kms:CustomerMasterKeySpec" Text one exact anywhere;
    /// The old name of `kms:KeyUsage`.
    KmsCustomerMasterKeyUsage = "kms:CustomerMasterKeyUsage" Text one exact anywhere;
    /// Whether the key is a multi-Region key.
    KmsMultiRegion = "kms:MultiRegion" Boolean one exact anywhere;
    /// `PRIMARY` or `REPLICA`; absent on keys of one Region.
    KmsMultiRegionKeyType = "kms:MultiRegionKeyType" Text one exact anywhere;
    /// The Region asked for in `UpdatePrimaryRegion`.
    KmsPrimaryRegion = "kms:PrimaryRegion" Text one exact anywhere;
    /// The Region asked for in `ReplicateKey`.
    KmsReplicaRegion = "kms:ReplicaRegion" Text one exact anywhere;
    /// The effective encryption algorithm.
    KmsEncryptionAlgorithm = "kms:EncryptionAlgorithm" Text one exact anywhere;
    /// The signing algorithm.
    KmsSigningAlgorithm = "kms:SigningAlgorithm" Text one exact anywhere;
    /// `RAW`, `DIGEST` or `EXTERNAL_MU`.
    KmsMessageType = "kms:MessageType" Text one exact anywhere;
    /// The MAC algorithm.
    KmsMacAlgorithm = "kms:MacAlgorithm" Text one exact anywhere;
    /// The key agreement algorithm.
    KmsKeyAgreementAlgorithm = "kms:KeyAgreementAlgorithm" Text one exact anywhere;
    /// The kind of data key pair.
    KmsDataKeyPairSpec = "kms:DataKeyPairSpec" Text one exact anywhere;
    /// One pair of the encryption context, by name.
    KmsEncryptionContext = "kms:EncryptionContext:" Text one suffixed anywhere;
    /// The names in the encryption context.
    KmsEncryptionContextKeys = "kms:EncryptionContextKeys" Text many exact anywhere;
    /// The constraint of a grant that is made.
    KmsGrantConstraintType = "kms:GrantConstraintType" Text one exact anywhere;
    /// The operations of a grant that is made.
    KmsGrantOperations = "kms:GrantOperations" Text many exact anywhere;
    /// The grantee of a grant that is made.
    KmsGranteePrincipal = "kms:GranteePrincipal" Arn one exact anywhere;
    /// The retiring principal of a grant that is made.
    KmsRetiringPrincipal = "kms:RetiringPrincipal" Arn one exact anywhere;
    /// Whether an integrated service makes the grant for a user.
    KmsGrantIsForAwsResource = "kms:GrantIsForAWSResource" Boolean one exact anywhere;
    /// The alias name that the request used.
    KmsRequestAlias = "kms:RequestAlias" Text one exact anywhere;
    /// All aliases of the key.
    KmsResourceAliases = "kms:ResourceAliases" Text many exact identity;
    /// Whether source and destination of `ReEncrypt` are one key.
    KmsReEncryptOnSameKey = "kms:ReEncryptOnSameKey" Boolean one exact anywhere;
    /// The service that calls for the principal.
    KmsViaService = "kms:ViaService" Text one exact anywhere;
    /// Whether imported material expires.
    KmsExpirationModel = "kms:ExpirationModel" Text one exact anywhere;
    /// When imported material expires.
    KmsValidTo = "kms:ValidTo" Date one exact anywhere;
    /// How imported material will be wrapped.
    KmsWrappingAlgorithm = "kms:WrappingAlgorithm" Text one exact anywhere;
    /// The kind of key that imported material will be wrapped under.
    KmsWrappingKeySpec = "kms:WrappingKeySpec" Text one exact anywhere;
    /// The rotation period asked for.
    KmsRotationPeriodInDays = "kms:RotationPeriodInDays" Number one exact anywhere;
    /// The waiting period asked for.
    KmsScheduleKeyDeletionPendingWindowInDays = "kms:ScheduleKeyDeletionPendingWindowInDays" Number one exact anywhere;
    /// The name of the key policy asked for.
    KmsPolicyName = "kms:PolicyName" Text one exact anywhere;
    /// Measurements of an attestation document: `ImageSha384`, `PCR0` to `PCR31`, `NitroTPMPCR0` and on.
    KmsRecipientAttestation = "kms:RecipientAttestation:" Text one suffixed anywhere;

    /// The caller's ARN; of a session, the role's.
    AwsPrincipalArn = "aws:PrincipalArn" Arn one exact anywhere;
    /// The caller's account.
    AwsPrincipalAccount = "aws:PrincipalAccount" Text one exact anywhere;
    /// The organization of the caller's account.
    AwsPrincipalOrgId = "aws:PrincipalOrgID" Text one exact anywhere;
    /// The place of the caller's account in its organization.
    AwsPrincipalOrgPaths = "aws:PrincipalOrgPaths" Text many exact anywhere;
    /// A tag of the caller.
    AwsPrincipalTag = "aws:PrincipalTag/" Text one suffixed anywhere;
    /// `Account`, `User`, `AssumedRole`, `FederatedUser` or `Anonymous`.
    AwsPrincipalType = "aws:PrincipalType" Text one exact anywhere;
    /// Whether the caller is a service.
    AwsPrincipalIsAwsService = "aws:PrincipalIsAWSService" Boolean one exact anywhere;
    /// The name of the service that calls.
    AwsPrincipalServiceName = "aws:PrincipalServiceName" Text one exact anywhere;
    /// All names of the service that calls.
    AwsPrincipalServiceNamesList = "aws:PrincipalServiceNamesList" Text many exact anywhere;
    /// The caller's unique id; of a session, with its name.
    AwsUserId = "aws:userid" Text one exact anywhere;
    /// The user's name; absent for roles and the root user.
    AwsUserName = "aws:username" Text one exact anywhere;
    /// The address that the request came from.
    AwsSourceIp = "aws:SourceIp" Address one exact anywhere;
    /// The virtual network that the request came through.
    AwsSourceVpc = "aws:SourceVpc" Text one exact anywhere;
    /// The endpoint of a virtual network that the request came through.
    AwsSourceVpce = "aws:SourceVpce" Text one exact anywhere;
    /// The address inside a virtual network that the request came from.
    AwsVpcSourceIp = "aws:VpcSourceIp" Address one exact anywhere;
    /// The resource that a service calls for.
    AwsSourceArn = "aws:SourceArn" Arn one exact anywhere;
    /// The account of the resource that a service calls for.
    AwsSourceAccount = "aws:SourceAccount" Text one exact anywhere;
    /// The organization of the resource that a service calls for.
    AwsSourceOrgId = "aws:SourceOrgID" Text one exact anywhere;
    /// The time of the request.
    AwsCurrentTime = "aws:CurrentTime" Date one exact anywhere;
    /// The time of the request in seconds since 1970.
    AwsEpochTime = "aws:EpochTime" Date one exact anywhere;
    /// Whether the request came over TLS.
    AwsSecureTransport = "aws:SecureTransport" Boolean one exact anywhere;
    /// What the client says it is.
    AwsUserAgent = "aws:UserAgent" Text one exact anywhere;
    /// The page that the client says it came from.
    AwsReferer = "aws:referer" Text one exact anywhere;
    /// Whether temporary credentials were made with a second factor; absent for others.
    AwsMultiFactorAuthPresent = "aws:MultiFactorAuthPresent" Boolean one exact anywhere;
    /// How many seconds ago that was.
    AwsMultiFactorAuthAge = "aws:MultiFactorAuthAge" Number one exact anywhere;
    /// When temporary credentials were made; absent for others.
    AwsTokenIssueTime = "aws:TokenIssueTime" Date one exact anywhere;
    /// The name that the person behind a session gave for themselves.
    AwsSourceIdentity = "aws:SourceIdentity" Text one exact anywhere;
    /// The identity provider that the caller came from.
    AwsFederatedProvider = "aws:FederatedProvider" Text one exact anywhere;
    /// The Region that is asked.
    AwsRequestedRegion = "aws:RequestedRegion" Text one exact anywhere;
    /// The services that called on the way, in order.
    AwsCalledVia = "aws:CalledVia" Text many exact anywhere;
    /// The first of them.
    AwsCalledViaFirst = "aws:CalledViaFirst" Text one exact anywhere;
    /// The last of them.
    AwsCalledViaLast = "aws:CalledViaLast" Text one exact anywhere;
    /// Whether a service calls with the principal's credentials.
    AwsViaAwsService = "aws:ViaAWSService" Boolean one exact anywhere;
    /// A tag in the request.
    AwsRequestTag = "aws:RequestTag/" Text one suffixed anywhere;
    /// The keys of the tags in the request.
    AwsTagKeys = "aws:TagKeys" Text many exact anywhere;
    /// A tag of the resource.
    AwsResourceTag = "aws:ResourceTag/" Text one suffixed anywhere;
    /// The account that owns the resource.
    AwsResourceAccount = "aws:ResourceAccount" Text one exact anywhere;
    /// The organization of the account that owns the resource.
    AwsResourceOrgId = "aws:ResourceOrgID" Text one exact anywhere;

    /// The external id given to `AssumeRole`.
    StsExternalId = "sts:ExternalId" Text one exact anywhere;
    /// The session name given to `AssumeRole`.
    StsRoleSessionName = "sts:RoleSessionName" Text one exact anywhere;
    /// The source identity given to `AssumeRole`.
    StsSourceIdentity = "sts:SourceIdentity" Text one exact anywhere;
    /// The tags of a session that pass on to the next.
    StsTransitiveTagKeys = "sts:TransitiveTagKeys" Text many exact anywhere;
    /// The ARN of a managed policy that is attached or detached.
    IamPolicyArn = "iam:PolicyARN" Arn one exact anywhere;
    /// The permissions boundary that is set.
    IamPermissionsBoundary = "iam:PermissionsBoundary" Arn one exact anywhere;
    /// The service that a role is passed to.
    IamPassedToService = "iam:PassedToService" Text one exact anywhere;
    /// A tag of the user or role.
    IamResourceTag = "iam:ResourceTag/" Text one suffixed anywhere;
}

impl ConditionKey {
    /// What the table says of it.
    #[must_use]
    pub fn row(self) -> &'static ConditionKeyRow {
        &Self::ROWS[self as usize]
    }
}

/// The name of a condition key as a policy or a request has it: compared without regard to case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyName {
    /// A key whose whole name stands in the table.
    Known(ConditionKey),
    /// A key with a part of its own, in lower case: `purpose` of `kms:EncryptionContext:Purpose`.
    Suffixed(ConditionKey, Box<str>),
    /// A key that the product does not know. Conditions on it fail closed.
    Unknown(Box<str>),
}

impl KeyName {
    /// The key of this name. Never fails: what the table does not have is [`KeyName::Unknown`].
    #[must_use]
    pub fn parse(name: &str) -> Self {
        for &key in ConditionKey::ALL {
            let row = key.row();
            if !row.has_suffix {
                if name.eq_ignore_ascii_case(row.name) {
                    return Self::Known(key);
                }
            } else if let Some((prefix, suffix)) = name.split_at_checked(row.name.len())
                && prefix.eq_ignore_ascii_case(row.name)
                && !suffix.is_empty()
            {
                return Self::suffixed(key, suffix);
            }
        }
        Self::Unknown(name.into())
    }

    /// The key `key` with its own part, as the name in an encryption context or of a tag.
    #[must_use]
    pub fn suffixed(key: ConditionKey, suffix: &str) -> Self {
        Self::Suffixed(key, suffix.to_lowercase().into())
    }

    /// The row of the table, if it has one.
    #[must_use]
    pub fn row(&self) -> Option<&'static ConditionKeyRow> {
        match self {
            Self::Known(key) | Self::Suffixed(key, _) => Some(key.row()),
            Self::Unknown(_) => None,
        }
    }
}

impl From<ConditionKey> for KeyName {
    fn from(key: ConditionKey) -> Self {
        Self::Known(key)
    }
}

impl From<&str> for KeyName {
    fn from(name: &str) -> Self {
        Self::parse(name)
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(key) => f.write_str(key.row().name),
            Self::Suffixed(key, suffix) => write!(f, "{}{suffix}", key.row().name),
            Self::Unknown(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_without_regard_to_case() {
        for &key in ConditionKey::ALL {
            let row = key.row();
            let (name, expected) = if row.has_suffix {
                (
                    format!("{}Purpose", row.name),
                    KeyName::suffixed(key, "purpose"),
                )
            } else {
                (row.name.to_owned(), KeyName::Known(key))
            };
            assert_eq!(KeyName::parse(&name), expected);
            assert_eq!(KeyName::parse(&name.to_uppercase()), expected);
        }
    }

    #[test]
    fn a_prefix_alone_and_a_stranger_are_unknown() {
        for name in [
            "kms:EncryptionContext:",
            "kms:CallerAccounts",
            "s3:prefix",
            "",
            "kms:é",
        ] {
            assert_eq!(KeyName::parse(name), KeyName::Unknown(name.into()));
        }
    }
}
