//! AWS principals: who a caller of the AWS door is, and what its request said of itself.

use std::sync::Arc;
use std::time::Duration;

use hsmd_keys::{AccountId, RegionName};
use hsmd_policy::StoredPolicy;

use crate::tls::Agreed;

/// A principal of an AWS account. Holding one proves nothing; a [`Caller`](crate::Caller) that gives it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsPrincipal {
    /// Whose it is.
    pub account: AccountId,
    /// As `arn:aws:iam::111122223333:user/name`, or of a session
    /// `arn:aws:sts::111122223333:assumed-role/role/session`.
    pub arn: String,
    /// As `aws:userid` has it: `AIDA…` of a user, `AROA…:session` of a role's session, the account id of a root user.
    pub unique_id: String,
    /// What it is.
    pub kind: PrincipalKind,
    /// The user's name, the role's name of a session, `root`, or the service's name.
    pub name: String,
    /// The access key that signed; empty when the principal came through another door.
    pub access_key_id: String,
    /// The tags of the user, or of the role and the session.
    pub tags: Vec<(String, String)>,
    /// When its temporary credentials were issued, since 1970; none with long-term ones.
    pub issued_at: Option<Duration>,
    /// The policies given with the session: ceilings on what its role or user may do.
    pub session_policies: Vec<Arc<StoredPolicy>>,
    /// The tags of the session that a role assumed by it inherits.
    pub transitive_tags: Vec<(String, String)>,
    /// Who the session is of, as it was said when the first role was assumed.
    pub source_identity: Option<String>,
}

/// What a principal is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrincipalKind {
    /// The account's root user.
    Root,
    /// An IAM user.
    User,
    /// A session of a role.
    AssumedRole {
        /// The role's own ARN, with its path.
        role_arn: String,
        /// `AROA…`.
        role_id: String,
        /// The session's name.
        session: String,
    },
    /// A service of AWS, as `s3.amazonaws.com`, which acts in this account.
    Service,
}

impl AwsPrincipal {
    /// The root user of an account.
    #[must_use]
    pub fn root(account: AccountId) -> Self {
        Self {
            account,
            arn: root_arn(account),
            unique_id: account.to_string(),
            kind: PrincipalKind::Root,
            name: "root".to_owned(),
            access_key_id: String::new(),
            tags: Vec::new(),
            issued_at: None,
            session_policies: Vec::new(),
            transitive_tags: Vec::new(),
            source_identity: None,
        }
    }

    /// A service of AWS, as `s3.amazonaws.com`, which acts in an account.
    #[must_use]
    pub fn service(account: AccountId, name: &str) -> Self {
        Self {
            arn: name.to_owned(),
            unique_id: name.to_owned(),
            kind: PrincipalKind::Service,
            name: name.to_owned(),
            ..Self::root(account)
        }
    }

    /// Whether it is its account's root user.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.kind == PrincipalKind::Root
    }

    /// The ARN that `aws:PrincipalArn` has: of a session that of its role.
    #[must_use]
    pub fn principal_arn(&self) -> &str {
        match &self.kind {
            PrincipalKind::AssumedRole { role_arn, .. } => role_arn,
            PrincipalKind::Root | PrincipalKind::User | PrincipalKind::Service => &self.arn,
        }
    }
}

/// The ARN of an account's root user, which in policies stands for the whole account.
#[must_use]
pub fn root_arn(account: AccountId) -> String {
    format!("arn:aws:iam::{account}:root")
}

/// What a signed request said of itself, for conditions and for the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsRequest {
    /// The service that it was signed for.
    pub service: AwsService,
    /// The Region of the credential scope.
    pub region: RegionName,
    /// What its TLS connection agreed on; none if it came without TLS.
    pub tls: Option<Agreed>,
    /// The `User-Agent` header; empty if there is none.
    pub user_agent: String,
    /// The `Host` header, which is always signed.
    pub host: String,
    /// The id that the reply carries.
    pub request_id: String,
    /// The resource that a service acts for, as the `X-Amz-Source-Arn` header says. Nobody else is believed.
    pub source_arn: Option<String>,
    /// The account of that resource, as the `X-Amz-Source-Account` header says.
    pub source_account: Option<String>,
}

/// The services whose requests are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AwsService {
    /// The Key Management Service.
    Kms,
    /// The Security Token Service.
    Sts,
    /// Identity and Access Management.
    Iam,
}

impl AwsService {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Kms, Self::Sts, Self::Iam];

    /// The name in a credential scope.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kms => "kms",
            Self::Sts => "sts",
            Self::Iam => "iam",
        }
    }

    /// The service with this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.name() == name)
    }
}
