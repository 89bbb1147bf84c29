//! The calls of STS.

use hsmd_identity::{AwsPrincipal, Caller, PrincipalKind, SessionCredentials, Tag};
use hsmd_operations::OpenDaemon;
use hsmd_operations::iam::{Error, Member};
use hsmd_operations::sts::{AssumeRole, GetCallerIdentity, GetSessionToken};
use secrecy::ExposeSecret;

use super::form::Form;
use super::xml::Xml;

/// The most managed policies of a session.
const POLICY_ARNS_MAX: usize = 10;

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
            let operation = session_token(form).inspect_err(|error| {
                daemon.service.refuse::<GetSessionToken>(caller, error);
            })?;
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
            if let Some(percent) = session.packed_percent {
                xml.text("PackedPolicySize", &percent.to_string());
            }
            xml.optional(
                "SourceIdentity",
                session.principal.source_identity.as_deref(),
            );
        }
        _ => return Ok(None),
    }
    Ok(Some(xml))
}

fn session_token(form: &Form) -> Result<GetSessionToken, Error> {
    refuse_device(form)?;
    Ok(GetSessionToken {
        seconds: Member::read(form, "DurationSeconds")?,
    })
}

fn assume_role(form: &Form) -> Result<AssumeRole, Error> {
    refuse_device(form)?;
    if form
        .value("ProvidedContexts.member.1.ProviderArn")
        .is_some()
    {
        return Err(Error::InvalidParameter(
            "There are no providers of contexts.",
        ));
    }
    let policy: Option<String> = Member::read(form, "Policy")?;
    let policy_arns: Vec<String> = (1..=POLICY_ARNS_MAX + 1)
        .map_while(|index| form.value(&format!("PolicyArns.member.{index}.arn")))
        .map(str::to_owned)
        .collect();
    if policy_arns.len() > POLICY_ARNS_MAX {
        return Err(Error::InvalidParameter(
            "A session may have at most 10 managed policies.",
        ));
    }
    Ok(AssumeRole {
        policy_arns,
        transitive_tag_keys: Member::read(form, "TransitiveTagKeys")?,
        source_identity: Member::read(form, "SourceIdentity")?,
        role_arn: Member::read(form, "RoleArn")?,
        session_name: Member::read(form, "RoleSessionName")?,
        seconds: Member::read(form, "DurationSeconds")?,
        policies: policy.into_iter().collect(),
        tags: <Vec<Tag> as Member>::read(form, "Tags")?,
        external_id: Member::read(form, "ExternalId")?,
    })
}

/// Nobody has a device for a second factor, so no code of one is right.
fn refuse_device(form: &Form) -> Result<(), Error> {
    let names = ["SerialNumber", "TokenCode"];
    if names.iter().any(|name| form.value(name).is_some()) {
        return Err(Error::NoSuchDevice);
    }
    Ok(())
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
