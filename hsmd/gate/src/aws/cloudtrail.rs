//! Records of what AWS principals ask, in the shape of `CloudTrail`: version 1.11 of its events.

use std::fmt::Write as _;
use std::time::Duration;

use hsmd_identity::{AwsPrincipal, AwsRequest as SignedRequest, PrincipalKind, Source};

use super::request::ResolvedResource;
use crate::actions::kms;
use crate::actions::{Recording, Row};
use crate::audit::record::{Json, push_time};
use crate::event::{Event, EventId, Outcome, Phase, push_details};
use crate::needs::{Detail, Request};

/// Who asked, as the signature proved and the request said.
#[derive(Clone, Copy)]
pub(crate) struct Asker<'a> {
    pub(crate) principal: &'a AwsPrincipal,
    pub(crate) signed: &'a SignedRequest,
    pub(crate) source: Source,
}

/// Whose record it is.
#[derive(Clone, Copy)]
pub(crate) enum Recipient<'a> {
    /// The account that asked.
    Asker,
    /// The account of a key that another account asked for: its copy has an id of its own, and tells of the asker no more than
    /// the account and the id.
    Owner(&'a str, EventId),
}

/// Writes the record: one line without its newline.
pub(crate) fn push(
    line: &mut String,
    event: &Event<'_>,
    asker: Asker<'_>,
    recipient: Recipient<'_>,
) {
    let Asker {
        principal,
        signed,
        source,
    } = asker;
    let mut json = Json::begin(line);
    json.name("eventVersion", "1.11");
    json.object("userIdentity", |identity| match recipient {
        Recipient::Asker => push_identity(identity, principal),
        Recipient::Owner(..) => {
            identity.name("type", "AWSAccount");
            identity.text("principalId", &principal.unique_id);
            identity.text("accountId", principal.account.as_str());
        }
    });
    json.with("eventTime", |line| push_quoted_seconds(line, event.time));
    json.with("eventSource", |line| {
        let service = event.action.name.split(':').next().unwrap_or_default();
        for part in ["\"", service, ".amazonaws.com\""] {
            line.push_str(part);
        }
    });
    json.name("eventName", event.action.event_name());
    json.text("awsRegion", signed.region.as_str());
    match source {
        Source::Network(address) => json.with("sourceIPAddress", |line| {
            // A String takes everything, and an address has nothing to escape.
            let _ = write!(line, "\"{}\"", address.ip());
        }),
        Source::Local { .. } => json.text("sourceIPAddress", &source.to_string()),
    }
    json.text("userAgent", &signed.user_agent);
    let failure = match event.outcome {
        Outcome::Failed(code) => Some((code, None)),
        Outcome::FailedBecause { code, message } => Some((code, Some(message))),
        Outcome::Done | Outcome::DoneWith(_) | Outcome::Answered(_) => None,
    };
    if let Some((code, message)) = failure {
        json.text("errorCode", code);
        if let Some(message) = message {
            json.text("errorMessage", message);
        }
    }
    let resources = event.request.map_or(&[][..], Request::resources);
    match event.request {
        None => json.with("requestParameters", push_null),
        Some(request) => json.object("requestParameters", |parameters| {
            push_parameters(parameters, event.action, request, resources);
        }),
    }
    push_response(&mut json, event, resources, failure.is_some());
    push_additional_data(&mut json, event.request);
    json.text("requestID", &signed.request_id);
    let (account, id) = match recipient {
        Recipient::Asker => (principal.account.as_str(), event.id),
        Recipient::Owner(account, id) => (account, id),
    };
    json.with("eventID", |line| push_event_id(line, id));
    let changes = event.action.recording == Recording::Change;
    json.with("readOnly", |line| push_flag(line, !changes));
    json.with("resources", |line| push_resources(line, event, asker));
    json.name("eventType", "AwsApiCall");
    json.with("managementEvent", |line| push_flag(line, true));
    json.text("recipientAccountId", account);
    if let Some(shared) = event.shared_id {
        json.with("sharedEventID", |line| push_event_id(line, shared));
    }
    json.name("eventCategory", "Management");
    if let Some(agreed) = signed.tls {
        json.object("tlsDetails", |tls| {
            tls.name("tlsVersion", agreed.version);
            tls.name("cipherSuite", agreed.cipher_suite);
            tls.text("clientProvidedHostHeader", &signed.host);
        });
    }
    // What CloudTrail does not have: a change is told of before it is made, too.
    match event.phase {
        Phase::Intent => json.name("eventPhase", "Intent"),
        Phase::Outcome if changes => json.name("eventPhase", "Outcome"),
        Phase::Outcome => {}
    }
    json.end();
}

fn push_identity(identity: &mut Json<'_>, principal: &AwsPrincipal) {
    let kind = match &principal.kind {
        PrincipalKind::Root => "Root",
        PrincipalKind::User => "IAMUser",
        PrincipalKind::AssumedRole { .. } => "AssumedRole",
        PrincipalKind::Service => "AWSService",
    };
    identity.name("type", kind);
    identity.text("principalId", &principal.unique_id);
    identity.text("arn", &principal.arn);
    identity.text("accountId", principal.account.as_str());
    identity.text("accessKeyId", &principal.access_key_id);
    match &principal.kind {
        PrincipalKind::User => identity.text("userName", &principal.name),
        PrincipalKind::AssumedRole {
            role_arn, role_id, ..
        } => identity.object("sessionContext", |context| {
            context.object("sessionIssuer", |issuer| {
                issuer.name("type", "Role");
                issuer.text("principalId", role_id);
                issuer.text("arn", role_arn);
                issuer.text("accountId", principal.account.as_str());
                issuer.text("userName", &principal.name);
            });
            if let Some(identity) = &principal.source_identity {
                context.text("sourceIdentity", identity);
            }
            context.object("attributes", |attributes| {
                let issued_at = principal.issued_at.unwrap_or_default();
                attributes.with("creationDate", |line| push_quoted_seconds(line, issued_at));
                attributes.name("mfaAuthenticated", "false");
            });
        }),
        PrincipalKind::Service => identity.text("invokedBy", &principal.name),
        PrincipalKind::Root => {}
    }
}

/// What was asked. `Decrypt` tells the key that was found; all others the key as the caller wrote it.
fn push_parameters(
    parameters: &mut Json<'_>,
    action: &'static Row,
    request: &Request,
    resources: &[ResolvedResource],
) {
    let found = resources
        .first()
        .filter(|_| std::ptr::eq(action, kms::DECRYPT.row()));
    if let Some(key) = found {
        parameters.text("keyId", &key.arn);
    }
    let details = request.details.iter();
    push_details(
        parameters,
        details.filter(|(name, _)| found.is_none() || *name != "keyId"),
    );
}

/// What a change answered, and always its key; of what only reads or computes no more than the operation says.
fn push_response(
    json: &mut Json<'_>,
    event: &Event<'_>,
    resources: &[ResolvedResource],
    has_failed: bool,
) {
    let changes = event.action.recording == Recording::Change;
    let members = answered(event);
    let key = resources.first();
    let is_done = !has_failed && event.phase == Phase::Outcome;
    let key = key.filter(|_| changes);
    if !is_done || (members.is_empty() && key.is_none()) {
        json.with("responseElements", push_null);
        return;
    }
    json.object("responseElements", |elements| {
        push_details(elements, members);
        if let Some(key) = key {
            elements.text("keyId", &key.arn);
        }
    });
}

fn answered<'a>(event: &Event<'a>) -> &'a [(&'static str, Detail)] {
    match event.outcome {
        Outcome::Answered(members) => members,
        _ => &[],
    }
}

fn push_additional_data(json: &mut Json<'_>, request: Option<&Request>) {
    let found = request.and_then(|request| request.aws.as_ref()?.found.get());
    let Some(found) = found else { return };
    let materials: Vec<_> = found
        .keys
        .iter()
        .map(|key| key.material_id.as_deref())
        .collect();
    let named: &[(&str, Option<&str>)] = match (materials.as_slice(), &found.grant) {
        (_, Some(grant)) => &[("grantId", Some(grant))],
        (&[only], None) => &[("keyMaterialId", only)],
        (&[source, target], None) => &[
            ("sourceKeyMaterialId", source),
            ("destinationKeyMaterialId", target),
        ],
        _ => &[],
    };
    if named.iter().any(|(_, value)| value.is_some()) {
        json.object("additionalEventData", |data| {
            for (name, value) in named {
                if let Some(value) = value {
                    data.text(name, value);
                }
            }
        });
    }
}

/// The alias that was asked for, then the keys, and a key that was made.
fn push_resources(line: &mut String, event: &Event<'_>, asker: Asker<'_>) {
    let account = asker.principal.account.as_str();
    let alias = event
        .request
        .and_then(|request| request.aws.as_ref()?.alias.as_deref());
    let alias = alias.map(|alias| {
        let tenancy = hsmd_keys::Tenancy {
            account: asker.principal.account,
            region: asker.signed.region.clone(),
        };
        format!("{}:{alias}", tenancy.arn_prefix())
    });
    let alias = alias
        .iter()
        .map(|arn| ("AWS::KMS::Alias", account, arn.as_str()));
    let keys = event.request.map_or(&[][..], Request::resources).iter();
    let keys = keys.map(|key| ("AWS::KMS::Key", key.account.as_str(), key.arn.as_str()));
    let made = made_key(event).map(|arn| ("AWS::KMS::Key", account, arn));
    line.push('[');
    for (kind, account, arn) in alias.chain(keys).chain(made) {
        if line.ends_with('}') {
            line.push(',');
        }
        let mut json = Json::begin(line);
        json.text("accountId", account);
        json.name("type", kind);
        json.text("ARN", arn);
        json.end();
    }
    line.push(']');
}

/// The ARN of a key that was made: its metadata tells it.
fn made_key<'a>(event: &Event<'a>) -> Option<&'a str> {
    let member = |members: &'a [(&'static str, Detail)], name: &str| {
        let found = members.iter().find(|(present, _)| *present == name);
        found.map(|(_, value)| value)
    };
    let Some(Detail::Members(metadata)) = member(answered(event), "keyMetadata") else {
        return None;
    };
    match member(metadata, "arn") {
        Some(Detail::Text(arn)) => Some(arn),
        _ => None,
    }
}

/// A UUID of the process's random bytes and the event's number.
pub(super) fn push_event_id(line: &mut String, id: EventId) {
    line.push('"');
    id.push(line);
    line.push('"');
}

/// `"2026-01-02T03:04:05Z"`.
pub(super) fn push_quoted_seconds(line: &mut String, since_epoch: Duration) {
    line.push('"');
    push_time(line, since_epoch);
    line.truncate(line.len() - ".000000Z".len());
    line.push_str("Z\"");
}

pub(super) fn push_null(line: &mut String) {
    line.push_str("null");
}

pub(super) fn push_flag(line: &mut String, value: bool) {
    line.push_str(if value { "true" } else { "false" });
}

#[cfg(test)]
mod tests {
    use hsmd_identity::AwsService;
    use serde_json::{Value, json};

    use super::*;
    use crate::aws::request::Found;
    use crate::aws::{AskedKey, KeyReference};
    use crate::event::EventIds;
    use crate::needs::Needs;

    const ARN: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    fn principal(kind: PrincipalKind) -> AwsPrincipal {
        AwsPrincipal {
            arn: "arn:aws:iam::111122223333:user/ada".to_owned(),
            unique_id: "AIDA0000".to_owned(),
            kind,
            name: "ada".to_owned(),
            access_key_id: "AKIA0000".to_owned(),
            ..AwsPrincipal::root("111122223333".parse().unwrap())
        }
    }

    fn record(
        action: &'static Row,
        request: Option<&Request>,
        outcome: Outcome<'_>,
        principal: &AwsPrincipal,
    ) -> Value {
        let signed = SignedRequest {
            service: AwsService::Kms,
            region: "us-east-1".parse().unwrap(),
            tls: Some(hsmd_identity::tls::Agreed {
                version: "TLSv1.3",
                cipher_suite: "TLS_AES_256_GCM_SHA384",
            }),
            user_agent: "aws-cli/2 \"quoted\"".to_owned(),
            host: "kms.example".to_owned(),
            request_id: "5d2cb1f6-0000-4000-8000-000000000000".to_owned(),
            source_account: None,
            source_arn: None,
        };
        let asker = Asker {
            principal,
            signed: &signed,
            source: Source::Network("192.0.2.7:4711".parse().unwrap()),
        };
        let event = Event {
            id: EventIds::new().next(),
            time: Duration::new(1_767_323_045, 999_999_999),
            action,
            requester: crate::event::Requester::Daemon,
            request,
            phase: Phase::Outcome,
            outcome,
            shared_id: None,
        };
        let mut line = String::new();
        push(&mut line, &event, asker, Recipient::Asker);
        serde_json::from_str(&line).unwrap()
    }

    fn resource(material_id: Option<&str>) -> ResolvedResource {
        ResolvedResource {
            partition: hsmd_keys::PartitionId::from_bytes([1; 16]),
            object: hsmd_keys::ObjectId::from_bytes([2; 16]),
            account: "111122223333".to_owned(),
            arn: ARN.to_owned(),
            material_id: material_id.map(str::to_owned),
        }
    }

    /// The request with these keys found.
    fn finding(request: Request, keys: Vec<ResolvedResource>) -> Request {
        let found = Found { keys, grant: None };
        request.aws.as_ref().unwrap().found.set(found).unwrap();
        request
    }

    #[test]
    fn a_use_of_a_key_is_told_as_cloudtrail_tells_it() {
        let key = AskedKey::new(KeyReference::parse("alias/x"));
        let needs = Needs::kms_key(&kms::DECRYPT, key)
            .with_detail("keyId", Detail::Text("alias/x".to_owned()))
            .with_detail(
                "encryptionContext",
                Detail::Pairs(vec![("a\"b".to_owned(), "c".to_owned())]),
            );
        let request = needs.request;
        let request = finding(request, vec![resource(Some("ab12"))]);
        let user = principal(PrincipalKind::User);
        let record = record(kms::DECRYPT.row(), Some(&request), Outcome::Done, &user);
        assert_eq!(
            record["userIdentity"],
            json!({
                "type": "IAMUser", "principalId": "AIDA0000", "arn": "arn:aws:iam::111122223333:user/ada",
                "accountId": "111122223333", "accessKeyId": "AKIA0000", "userName": "ada",
            })
        );
        assert_eq!(record["eventTime"], "2026-01-02T03:04:05Z");
        assert_eq!(record["eventSource"], "kms.amazonaws.com");
        assert_eq!(record["eventName"], "Decrypt");
        assert_eq!(record["sourceIPAddress"], "192.0.2.7");
        assert_eq!(
            record["requestParameters"],
            json!({ "keyId": ARN, "encryptionContext": { "a\"b": "c" } })
        );
        assert_eq!(record["responseElements"], Value::Null);
        assert_eq!(
            record["tlsDetails"],
            json!({
                "tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_256_GCM_SHA384",
                "clientProvidedHostHeader": "kms.example",
            })
        );
        assert_eq!(
            record["additionalEventData"],
            json!({ "keyMaterialId": "ab12" })
        );
        assert_eq!(record["readOnly"], true);
        assert_eq!(
            record["resources"],
            json!([{ "accountId": "111122223333", "type": "AWS::KMS::Key", "ARN": ARN }])
        );
        let id = record["eventID"].as_str().unwrap();
        let lengths: Vec<_> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{id}");
        assert_eq!(record.get("errorCode"), None);
        assert_eq!(record.get("eventPhase"), None);
    }

    #[test]
    fn a_change_tells_its_key_and_a_failure_its_reason() {
        let key = AskedKey::new(KeyReference::parse(ARN));
        let request = Needs::kms_key(&kms::DISABLE_KEY, key).request;
        let request = finding(request, vec![resource(None)]);
        let role = principal(PrincipalKind::AssumedRole {
            role_arn: "arn:aws:iam::111122223333:role/r".to_owned(),
            role_id: "AROA0000".to_owned(),
            session: "s".to_owned(),
        });
        let action = kms::DISABLE_KEY.row();
        let done = record(action, Some(&request), Outcome::Done, &role);
        assert_eq!(done["responseElements"], json!({ "keyId": ARN }));
        assert_eq!(done["readOnly"], false);
        assert_eq!(done["eventPhase"], "Outcome");
        let issuer = &done["userIdentity"]["sessionContext"]["sessionIssuer"];
        assert_eq!(issuer["arn"], "arn:aws:iam::111122223333:role/r");

        let failed = Outcome::FailedBecause {
            code: "AccessDenied",
            message: "User: … is not authorized",
        };
        let failed = record(action, Some(&request), failed, &role);
        assert_eq!(failed["errorCode"], "AccessDenied");
        assert_eq!(failed["errorMessage"], "User: … is not authorized");
        assert_eq!(failed["responseElements"], Value::Null);
    }
}
