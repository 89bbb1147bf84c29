//! The operations of STS: who the caller is, and temporary credentials.

use std::sync::Arc;

use hsmd_gate::{Detail, Needs, Row, actions};
use hsmd_identity::{AssumeRole as Asked, AwsPrincipal, Caller, SessionCredentials, Tag};
use hsmd_keys::AccountId;

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
    /// The session's tags.
    pub tags: Vec<Tag>,
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
        Ok(needs)
    }

    async fn execute(
        self,
        (): &(),
        caller: &Caller,
        with: &Dependencies,
    ) -> Result<SessionCredentials, Error> {
        if principal(caller)?.is_root() {
            return Err(Error::RootMayNotAssume);
        }
        let (account, name) = role(&self.role_arn)?;
        let asked = Asked {
            session_name: self.session_name,
            seconds: self.seconds,
            policies: self.policies,
            tags: self.tags,
        };
        Ok(with.accounts.assume_role(account, name, asked)?)
    }
}

/// The account and the name in a role's ARN.
fn role(arn: &str) -> Result<(AccountId, &str), Error> {
    let found = arn.strip_prefix("arn:aws:iam::").and_then(|rest| {
        let (account, path) = rest.split_once(":role/")?;
        Some((account.parse().ok()?, path.rsplit('/').next()?))
    });
    found.ok_or_else(|| {
        Error::constraint(
            &format!("'{arn}'"),
            "RoleArn",
            "Member must be a role's ARN",
        )
    })
}
