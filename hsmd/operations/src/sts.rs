//! The operations of STS: who the caller is, and temporary credentials.

use std::sync::Arc;

use hsmd_gate::{Detail, Needs, Row, actions};
use hsmd_identity::{
    AccountError, AssumeRole as Asked, AwsPrincipal, Caller, PrincipalKind, SessionCredentials, Tag,
};
use hsmd_keys::AccountId;
use hsmd_policy::{ConditionKey, KeyName};

use crate::iam::Error;
use crate::iam::principal;
use crate::{Dependencies, Operation};

/// Says who the caller is.
pub struct GetCallerIdentity;

impl Operation for GetCallerIdentity {
    type Permits = ();
    type Output = Arc<AwsPrincipal>;
    type Error = Error;

    fn action() -> &'static Row {
        actions::sts::GET_CALLER_IDENTITY.row()
    }

    fn needs(&self) -> Result<Needs<()>, Error> {
        Ok(Needs::aws_service(&actions::sts::GET_CALLER_IDENTITY))
    }

    async fn execute(
        self,
        (): &(),
        caller: &Caller,
        _: &Dependencies,
    ) -> Result<Arc<AwsPrincipal>, Error> {
        principal(caller)
    }
}

/// Gives a user temporary credentials for what it may do anyway.
pub struct GetSessionToken {
    /// For how long.
    pub seconds: Option<u32>,
}

impl Operation for GetSessionToken {
    type Permits = ();
    type Output = SessionCredentials;
    type Error = Error;

    fn action() -> &'static Row {
        actions::sts::GET_SESSION_TOKEN.row()
    }

    fn needs(&self) -> Result<Needs<()>, Error> {
        let needs = Needs::aws_service(&actions::sts::GET_SESSION_TOKEN);
        Ok(match self.seconds {
            Some(seconds) => needs.with_detail("durationSeconds", Detail::Number(seconds.into())),
            None => needs,
        })
    }

    async fn execute(
        self,
        (): &(),
        caller: &Caller,
        with: &Dependencies,
    ) -> Result<SessionCredentials, Error> {
        let principal = principal(caller)?;
        if principal.issued_at.is_some() {
            return Err(Error::SessionCredentials {
                operation: "GetSessionToken",
            });
        }
        Ok(with.accounts.session_of_user(&principal, self.seconds)?)
    }
}

/// Gives temporary credentials of a role.
pub struct AssumeRole {
    /// The role's ARN.
    pub role_arn: String,
    /// The session's name, which is in its ARN.
    pub session_name: String,
    /// For how long.
    pub seconds: Option<u32>,
    /// Policies that are a ceiling on what the session may do.
    pub policies: Vec<String>,
    /// The ARNs of managed policies that are such a ceiling too.
    pub policy_arns: Vec<String>,
    /// The session's tags.
    pub tags: Vec<Tag>,
    /// The keys of those that roles inherit which the session assumes.
    pub transitive_tag_keys: Vec<String>,
    /// Who the session is of.
    pub source_identity: Option<String>,
    /// What the role's trust policy may ask for.
    pub external_id: Option<String>,
}

impl Operation for AssumeRole {
    type Permits = ();
    type Output = SessionCredentials;
    type Error = Error;

    fn action() -> &'static Row {
        actions::sts::ASSUME_ROLE.row()
    }

    fn needs(&self) -> Result<Needs<()>, Error> {
        role(&self.role_arn)?;
        let mut needs = Needs::aws_service(&actions::sts::ASSUME_ROLE)
            .with_resource(self.role_arn.clone())
            .with_detail("roleArn", Detail::Text(self.role_arn.clone()))
            .with_detail("roleSessionName", Detail::Text(self.session_name.clone()))
            .with_condition("sts:RoleSessionName", self.session_name.clone());
        if let Some(external_id) = &self.external_id {
            needs = needs.with_condition("sts:ExternalId", external_id.clone());
        }
        if let Some(identity) = &self.source_identity {
            needs = needs
                .with_permission("sts:SetSourceIdentity")
                .with_condition("sts:SourceIdentity", identity.clone())
                .with_detail("sourceIdentity", Detail::Text(identity.clone()));
        }
        if !self.tags.is_empty() {
            needs = needs.with_permission("sts:TagSession");
            let keys = self.tags.iter().map(|(key, _)| key.clone()).collect();
            needs = needs.with_condition_values("aws:TagKeys", keys);
            for (key, value) in &self.tags {
                let name = KeyName::suffixed(ConditionKey::AwsRequestTag, key);
                needs = needs.with_condition(name, value.clone());
            }
            needs = needs.with_detail("tags", Detail::Pairs(self.tags.clone()));
        }
        if let [policy] = self.policies.as_slice() {
            needs = needs.with_detail("policy", Detail::Text(policy.clone()));
        }
        if !self.policy_arns.is_empty() {
            needs = needs.with_detail("policyArns", Detail::List(self.policy_arns.clone()));
        }
        if !self.transitive_tag_keys.is_empty() {
            let keys = self.transitive_tag_keys.clone();
            needs = needs
                .with_condition_values("sts:TransitiveTagKeys", keys.clone())
                .with_detail("transitiveTagKeys", Detail::List(keys));
        }
        Ok(needs)
    }

    async fn execute(
        self,
        (): &(),
        caller: &Caller,
        with: &Dependencies,
    ) -> Result<SessionCredentials, Error> {
        let principal = principal(caller)?;
        if principal.is_root() {
            return Err(Error::RootMayNotAssume);
        }
        self.check_session(&principal)?;
        let (account, name) = role(&self.role_arn)?;
        let asked = Asked {
            session_name: self.session_name,
            seconds: self.seconds,
            policies: self.policies,
            policy_arns: self.policy_arns,
            tags: self.tags,
            transitive_tag_keys: self.transitive_tag_keys,
            inherited_tags: principal.transitive_tags.clone(),
            // Once it is said it stays with every role that is assumed after.
            source_identity: principal.source_identity.clone().or(self.source_identity),
            is_by_role: matches!(principal.kind, PrincipalKind::AssumedRole { .. }),
        };
        let session = with.accounts.assume_role(account, name, asked);
        session.map_err(|error| match error {
            AccountError::DuplicateTags { .. } => Error::InvalidParameter(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ),
            error => error.into(),
        })
    }

    fn answered(session: &SessionCredentials) -> Vec<(&'static str, Detail)> {
        let text = |text: &String| Detail::Text(text.clone());
        let credentials = vec![
            ("accessKeyId", text(&session.access_key_id)),
            ("expiration", Detail::Moment(session.expires_at * 1_000)),
        ];
        let principal = &session.principal;
        let role_user = vec![
            ("assumedRoleId", text(&principal.unique_id)),
            ("arn", text(&principal.arn)),
        ];
        vec![
            ("credentials", Detail::Members(credentials)),
            ("assumedRoleUser", Detail::Members(role_user)),
        ]
    }
}

impl AssumeRole {
    /// Checks what the session is to carry against itself, and against what the caller's session carries.
    fn check_session(&self, principal: &AwsPrincipal) -> Result<(), Error> {
        let has_tag = |key: &String| {
            let mut keys = self.tags.iter().map(|(key, _)| key);
            keys.any(|one| one.eq_ignore_ascii_case(key))
        };
        if !self.transitive_tag_keys.iter().all(has_tag) {
            return Err(Error::InvalidParameter(
                "The specified transitive tag key must be included in the requested tags.",
            ));
        }
        let mut inherited = principal.transitive_tags.iter();
        if inherited.any(|(key, _)| has_tag(key)) {
            return Err(Error::InvalidParameter(
                "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key \
                 from the calling session.",
            ));
        }
        match (&principal.source_identity, &self.source_identity) {
            (Some(said), Some(new)) if said != new => Err(Error::InvalidParameter(
                "The source identity of the calling session cannot be changed.",
            )),
            _ => Ok(()),
        }
    }
}

/// The account and the name in a role's ARN.
fn role(arn: &str) -> Result<(AccountId, &str), Error> {
    let found = arn.strip_prefix("arn:aws:iam::").and_then(|rest| {
        let (account, path) = rest.split_once(":role/")?;
        Some((account.parse().ok()?, path.rsplit('/').next()?))
    });
    found.ok_or_else(|| Error::NoRoleArn {
        arn: arn.to_owned(),
    })
}
