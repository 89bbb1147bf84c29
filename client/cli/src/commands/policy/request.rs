//! The request that is explained, from what was typed.

use hsmd_gate::actions::{aws::AwsRow, kms};
use hsmd_policy::{
    ConditionKey, EncryptionContext, GrantOperation, GrantUse, KeyName, Principal, PrincipalKind,
    Request, RequestKeys,
};

use super::Explain;
use crate::failure::{Exit, Failure};

/// A request that is asked about.
pub(super) struct Asked<'a> {
    arguments: &'a Explain,
    action: &'a str,
    principal: Principal<'a>,
    keys: RequestKeys,
    encryption_context: EncryptionContext,
    role_arn: Option<String>,
}

impl<'a> Asked<'a> {
    pub(super) fn new(arguments: &'a Explain) -> Result<Self, Failure> {
        let action = arguments.action.as_deref().unwrap_or_default();
        check_action(action)?;
        let encryption_context: EncryptionContext = arguments
            .encryption_context
            .iter()
            .map(|pair| name_and_value(pair))
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .collect();
        let principal = principal(arguments)?;
        let role_arn = arguments
            .role
            .clone()
            .or_else(|| role_of_session(principal.arn));
        let mut asked = Self {
            arguments,
            action,
            principal,
            keys: RequestKeys::new(),
            encryption_context,
            role_arn,
        };
        asked.fill_in()?;
        Ok(asked)
    }

    pub(super) fn request(&self) -> Request<'_> {
        let kind = match (&self.role_arn, self.principal.kind) {
            (Some(role_arn), PrincipalKind::Session { .. }) => PrincipalKind::Session { role_arn },
            (_, kind) => kind,
        };
        Request {
            action: self.action,
            resource: self.key().unwrap_or(&self.arguments.resource),
            principal: Principal {
                kind,
                ..self.principal
            },
            keys: &self.keys,
        }
    }

    pub(super) fn owner_account(&self) -> &str {
        self.key().map_or("", account_of)
    }

    pub(super) fn grant_use(&self) -> Option<GrantUse<'_>> {
        let (_, name) = self.action.split_once(':')?;
        let operation = *GrantOperation::ALL
            .iter()
            .find(|operation| operation.name().eq_ignore_ascii_case(name))?;
        Some(GrantUse {
            operation,
            encryption_context: &self.encryption_context,
            source_arn: self
                .keys
                .values(&ConditionKey::AwsSourceArn.into())
                .first()
                .map(|arn| &**arn),
            new_grant: None,
        })
    }

    pub(super) fn works_across_accounts(&self) -> bool {
        let rows = kms::ALL.iter().filter_map(|row| row.aws.as_ref());
        rows.filter(|row| row.crosses_accounts)
            .flat_map(AwsRow::keys)
            .any(|key| key.permission.eq_ignore_ascii_case(self.action))
    }

    fn key(&self) -> Option<&'a str> {
        self.arguments.keys.first().map(String::as_str)
    }

    /// What is known of the principal and the key, and then what was typed.
    fn fill_in(&mut self) -> Result<(), Failure> {
        let principal = self.principal;
        let kind = match principal.kind {
            PrincipalKind::Root => "Account",
            PrincipalKind::User => "User",
            PrincipalKind::Session { .. } => "AssumedRole",
            PrincipalKind::FederatedUser => "FederatedUser",
            PrincipalKind::Service => "AWSService",
        };
        let is_service = principal.kind == PrincipalKind::Service;
        self.keys
            .insert_flag(ConditionKey::AwsPrincipalIsAwsService, is_service);
        self.keys
            .insert_flag(ConditionKey::AwsViaAwsService, is_service);
        if !principal.unique_id.is_empty() {
            self.keys
                .insert(ConditionKey::AwsUserId, principal.unique_id.to_owned());
        }
        if let PrincipalKind::Session { .. } = principal.kind {
            self.keys
                .insert_flag(ConditionKey::AwsMultiFactorAuthPresent, false);
        }
        let own_arn = self.role_arn.as_deref().unwrap_or(principal.arn);
        self.keys
            .insert(ConditionKey::AwsPrincipalArn, own_arn.to_owned());
        if is_service {
            self.keys.insert(
                ConditionKey::AwsPrincipalServiceName,
                principal.arn.to_owned(),
            );
        } else {
            self.keys.insert(ConditionKey::AwsPrincipalType, kind);
            self.keys.insert(
                ConditionKey::AwsPrincipalAccount,
                principal.account.to_owned(),
            );
            self.keys
                .insert(ConditionKey::KmsCallerAccount, principal.account.to_owned());
        }
        if let (PrincipalKind::User, Some((_, name))) =
            (principal.kind, principal.arn.rsplit_once('/'))
        {
            self.keys.insert(ConditionKey::AwsUserName, name.to_owned());
        }
        if let Some(key) = self.arguments.keys.first() {
            self.keys
                .insert(ConditionKey::AwsResourceAccount, account_of(key).to_owned());
            let region = key.split(':').nth(3).unwrap_or_default();
            self.keys
                .insert(ConditionKey::AwsRequestedRegion, region.to_owned());
        }
        self.keys
            .insert_encryption_context(&self.encryption_context);
        for tag in &self.arguments.session_tags {
            let (name, value) = name_and_value(tag)?;
            let name = KeyName::suffixed(ConditionKey::AwsPrincipalTag, name);
            self.keys.insert(name, value.to_owned());
        }
        let conditions = self.arguments.conditions.iter();
        let conditions = conditions.map(|condition| name_and_value(condition));
        let conditions = conditions.collect::<Result<Vec<_>, _>>()?;
        for (name, _) in &conditions {
            self.keys.remove(&KeyName::parse(name));
        }
        for (name, value) in conditions {
            self.keys.insert(name, value.to_owned());
        }
        Ok(())
    }
}

fn principal(arguments: &Explain) -> Result<Principal<'_>, Failure> {
    let arn = arguments.principal.as_deref().unwrap_or_default();
    let wrong = || {
        Failure::new(Exit::Usage, format!("{arn} names no principal"))
            .with_hint("give the ARN of a user, session or root user, or the name of a service")
    };
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let (account, kind) = match parts.as_slice() {
        [service] if service.ends_with(".amazonaws.com") => ("", PrincipalKind::Service),
        ["arn", _, "iam", "", account, "root"] => (*account, PrincipalKind::Root),
        ["arn", _, "iam", "", account, name] if name.starts_with("user/") => {
            (*account, PrincipalKind::User)
        }
        ["arn", _, "sts", "", account, name] if name.starts_with("assumed-role/") => {
            (*account, PrincipalKind::Session { role_arn: "" })
        }
        ["arn", _, "sts", "", account, name] if name.starts_with("federated-user/") => {
            (*account, PrincipalKind::FederatedUser)
        }
        _ => return Err(wrong()),
    };
    Ok(Principal {
        account,
        arn,
        unique_id: &arguments.unique_id,
        kind,
    })
}

/// The ARN of a session's role, if the role has no path.
fn role_of_session(arn: &str) -> Option<String> {
    let (head, session) = arn.split_once(":assumed-role/")?;
    let (role, _) = session.split_once('/')?;
    Some(format!("{}:role/{role}", head.replace(":sts:", ":iam:")))
}

fn account_of(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or_default()
}

/// Refuses an action that policies do not decide on.
pub(super) fn check_action(action: &str) -> Result<(), Failure> {
    if action.eq_ignore_ascii_case("kms:RetireGrant") {
        return Err(Failure::new(
            Exit::Usage,
            "policies do not decide on kms:RetireGrant alone",
        )
        .with_hint("it is for those whom the grant names, and for the account that made it"));
    }
    Ok(())
}

pub(super) fn name_and_value(text: &str) -> Result<(&str, &str), Failure> {
    text.split_once('=')
        .ok_or_else(|| Failure::new(Exit::Usage, format!("{text} is not NAME=VALUE")))
}
