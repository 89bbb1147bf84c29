//! The calls of STS.

use hsmd_identity::{AwsPrincipal, Caller, PrincipalKind, SessionCredentials, Tag};
use hsmd_operations::OpenDaemon;
use hsmd_operations::iam::{Error, Member};
use hsmd_operations::sts::{AssumeRole, GetCallerIdentity, GetSessionToken};
use secrecy::ExposeSecret;

use super::form::Form;
use super::xml::Xml;

/// Answers a call. `None` if there is none of this name.
pub(super) async fn answer(
    daemon: &OpenDaemon,
    caller: &Caller,
    action: &str,
    form: &Form,
) -> Result<Option<Xml>, Error> {
    let mut xml = Xml::default();
    match action {
        "GetCallerIdentity" => {
            let principal = daemon.service.perform(caller, GetCallerIdentity).await?;
            caller_identity(&mut xml, &principal);
        }
        "GetSessionToken" => {
            let operation = GetSessionToken {
                seconds: Member::read(form, "DurationSeconds")?,
            };
            let session = daemon.service.perform(caller, operation).await?;
            credentials(&mut xml, &session);
        }
        "AssumeRole" => {
            let operation = assume_role(form).inspect_err(|error| {
                daemon.service.refuse::<AssumeRole>(caller, error);
            })?;
            let session = daemon.service.perform(caller, operation).await?;
            credentials(&mut xml, &session);
            assumed_role(&mut xml, &session.principal);
        }
        _ => return Ok(None),
    }
    Ok(Some(xml))
}

fn assume_role(form: &Form) -> Result<AssumeRole, Error> {
    let policy: Option<String> = Member::read(form, "Policy")?;
    Ok(AssumeRole {
        role_arn: Member::read(form, "RoleArn")?,
        session_name: Member::read(form, "RoleSessionName")?,
        seconds: Member::read(form, "DurationSeconds")?,
        policies: policy.into_iter().collect(),
        tags: <Vec<Tag> as Member>::read(form, "Tags")?,
        external_id: Member::read(form, "ExternalId")?,
    })
}

fn caller_identity(xml: &mut Xml, principal: &AwsPrincipal) {
    xml.text("Arn", &principal.arn);
    xml.text("UserId", &principal.unique_id);
    xml.text("Account", principal.account.as_str());
}

#[expect(
    clippy::disallowed_methods,
    reason = "the secrets go into the answer, which is for whoever asked for them"
)]
fn credentials(xml: &mut Xml, session: &SessionCredentials) {
    xml.within("Credentials", |xml| {
        xml.text("AccessKeyId", &session.access_key_id);
        xml.text("SecretAccessKey", session.secret.expose_secret());
        xml.text("SessionToken", session.session_token.expose_secret());
        xml.moment("Expiration", session.expires_at);
    });
}

fn assumed_role(xml: &mut Xml, principal: &AwsPrincipal) {
    if matches!(principal.kind, PrincipalKind::AssumedRole { .. }) {
        xml.within("AssumedRoleUser", |xml| {
            xml.text("AssumedRoleId", &principal.unique_id);
            xml.text("Arn", &principal.arn);
        });
    }
}
