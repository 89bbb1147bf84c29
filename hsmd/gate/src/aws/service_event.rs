//! Records of what the service does to keys of an account by itself, in the shape of `CloudTrail`'s service events: nobody
//! asked, so they have no request.

use hsmd_keys::{KeyId, ObjectId, Tenancy};

use super::cloudtrail::{push_event_id, push_flag, push_null, push_quoted_seconds};
use crate::audit::record::Json;
use crate::event::{Event, Outcome, Phase, push_details};
use crate::needs::Request;

/// Writes the record: one line without its newline.
pub(crate) fn push(line: &mut String, event: &Event<'_>, tenancy: &Tenancy) {
    let account = tenancy.account.as_str();
    let mut json = Json::begin(line);
    json.name("eventVersion", "1.11");
    json.object("userIdentity", |identity| {
        identity.name("accountId", account);
        identity.name("invokedBy", AWS_INTERNAL);
    });
    json.with("eventTime", |line| push_quoted_seconds(line, event.time));
    json.name("eventSource", "kms.amazonaws.com");
    json.name("eventName", event.action.event_name());
    json.text("awsRegion", tenancy.region.as_str());
    json.name("sourceIPAddress", AWS_INTERNAL);
    json.name("userAgent", AWS_INTERNAL);
    if let Outcome::Failed(code) | Outcome::FailedBecause { code, .. } = event.outcome {
        json.text("errorCode", code);
    }
    json.with("requestParameters", push_null);
    json.with("responseElements", push_null);
    json.with("eventID", |line| push_event_id(line, event.id));
    json.with("readOnly", |line| push_flag(line, false));
    let key = key_arn(event, tenancy);
    json.with("resources", |line| {
        line.push('[');
        if let Some(arn) = &key {
            let mut resource = Json::begin(line);
            resource.name("accountId", account);
            resource.name("type", "AWS::KMS::Key");
            resource.text("ARN", arn);
            resource.end();
        }
        line.push(']');
    });
    json.name("eventType", "AwsServiceEvent");
    json.with("managementEvent", |line| push_flag(line, true));
    json.name("recipientAccountId", account);
    json.object("serviceEventDetails", |details| {
        if let Some((_, id)) = key.as_deref().and_then(|arn| arn.rsplit_once('/')) {
            details.text("keyId", id);
        }
        if let Outcome::Answered(members) = event.outcome {
            push_details(details, members);
        }
    });
    json.name("eventCategory", "Management");
    // What CloudTrail does not have: a change is told of before it is made, too.
    let phase = match event.phase {
        Phase::Intent => "Intent",
        Phase::Outcome => "Outcome",
    };
    json.name("eventPhase", phase);
    json.end();
}

/// The key that it is about, or that was made.
fn key_arn(event: &Event<'_>, tenancy: &Tenancy) -> Option<String> {
    let found = event.request.map_or(&[][..], Request::resources).first();
    match (found, event.outcome) {
        (Some(key), _) => Some(key.arn.clone()),
        (None, Outcome::DoneWith(id)) => Some(tenancy.key_arn(KeyId {
            object: ObjectId::from_bytes(*id),
            is_multi_region: false,
        })),
        (None, _) => None,
    }
}

/// Who asks for what nobody asks for.
const AWS_INTERNAL: &str = "AWS Internal";
