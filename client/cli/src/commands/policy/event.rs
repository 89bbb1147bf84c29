//! A request of an AWS principal, read from its record in the audit log.

use hsm_proto::{ExplainPolicyRequest, NamedText};
use hsmd_policy::KeyName;
use serde_json::Value;

use super::asking::named;
use crate::{
    commands::audit,
    failure::{Exit, Failure},
    session::Session,
};

/// A record of what an AWS principal asked.
pub(super) struct Event {
    record: Value,
    /// How its session began, and then the session which that was asked for with, and so on: records of `AssumeRole`.
    beginnings: Vec<Value>,
}

impl Event {
    /// The record with this event id. The whole log is read for it.
    pub(super) fn find(session: &Session, id: &str) -> Result<Self, Failure> {
        let is_it = |record: &Value| record["eventID"] == id && record["eventPhase"] != "Intent";
        let record = first_record(session, is_it)?.ok_or_else(|| {
            Failure::new(Exit::NotFound, format!("the audit log has no event {id}"))
                .with_hint("`hsm audit tail --json` shows each record's eventID")
        })?;
        let mut beginnings: Vec<Value> = Vec::new();
        while let Some(access_key) = session_key(beginnings.last().unwrap_or(&record)) {
            let begins = |record: &Value| {
                record["eventName"] == "AssumeRole"
                    && record["responseElements"]["credentials"]["accessKeyId"] == access_key
            };
            match first_record(session, begins)? {
                Some(record) => beginnings.push(record),
                None => break,
            }
        }
        Ok(Self { record, beginnings })
    }

    /// Whether the log tells how the session began that the event is of, if it is of one.
    pub(super) fn tells_of_session(&self) -> bool {
        let last = self.beginnings.last().unwrap_or(&self.record);
        session_key(last).is_none()
    }

    /// Who asked for what, and what became of it.
    pub(super) fn summary(&self) -> String {
        let outcome = match self.text("errorCode") {
            "" => "done".to_owned(),
            code => format!("{code} {}", self.text("errorMessage")),
        };
        let (time, name) = (self.text("eventTime"), self.text("eventName"));
        let principal = self.record["userIdentity"]["arn"]
            .as_str()
            .unwrap_or_default();
        format!("{time} {name} by {principal}: {}", outcome.trim_end())
    }

    /// The same request, to be explained.
    pub(super) fn request(&self) -> Result<ExplainPolicyRequest, Failure> {
        let principal = self.record["userIdentity"]["arn"].as_str();
        let service = self.text("eventSource").strip_suffix(".amazonaws.com");
        let (Some(principal), Some(service)) = (principal, service) else {
            return Err(
                Failure::new(Exit::Usage, "policies did not decide on this event")
                    .with_hint("only what AWS principals ask is decided by policies"),
            );
        };
        let of_kind = |kind: &str| -> Vec<String> {
            let resources = self.record["resources"].as_array().into_iter().flatten();
            resources
                .filter(|resource| resource["type"] == kind)
                .filter_map(|resource| resource["ARN"].as_str().map(str::to_owned))
                .collect()
        };
        let mut keys = of_kind("AWS::KMS::Key");
        if self.text("eventName") == "CreateKey" {
            // It was made then.
            keys.clear();
        } else if keys.is_empty() {
            keys.extend(self.parameter("keyId").map(str::to_owned));
        }
        let alias = of_kind("AWS::KMS::Alias").pop();
        let alias = alias.and_then(|arn| arn.rsplit(':').next().map(str::to_owned));
        Ok(ExplainPolicyRequest {
            principal: principal.to_owned(),
            action: format!("{service}:{}", self.text("eventName")),
            keys,
            alias: alias.unwrap_or_default(),
            resource: String::new(),
            region: self.text("awsRegion").to_owned(),
            encryption_context: self.encryption_context(),
            conditions: self.conditions(),
            session_policies: self.given("policy"),
            session_policy_arns: self.given("policyArns"),
            session_tags: self.session_tags(),
        })
    }

    /// What the session was given under this name.
    fn given(&self, name: &str) -> Vec<String> {
        let given = self
            .beginnings
            .first()
            .map(|first| &first["requestParameters"][name]);
        given.map(texts).unwrap_or_default()
    }

    /// The tags that the session was given, and those that it inherits from the sessions before it.
    fn session_tags(&self) -> Vec<NamedText> {
        let mut tags: Vec<NamedText> = Vec::new();
        for (age, beginning) in self.beginnings.iter().enumerate() {
            let given = &beginning["requestParameters"];
            let inherited = texts(&given["transitiveTagKeys"]);
            for (name, value) in given["tags"].as_object().into_iter().flatten() {
                let mut inherited = inherited.iter();
                if age == 0 || inherited.any(|key| key.eq_ignore_ascii_case(name)) {
                    tags.push(named(name, value.as_str().unwrap_or_default()));
                }
            }
        }
        tags
    }

    fn encryption_context(&self) -> Vec<NamedText> {
        let parameters = &self.record["requestParameters"];
        let pairs = ["encryptionContext", "sourceEncryptionContext"]
            .iter()
            .find_map(|name| parameters[name].as_object());
        let pairs = pairs.into_iter().flatten();
        pairs
            .map(|(name, value)| named(name, value.as_str().unwrap_or_default()))
            .collect()
    }

    /// The condition keys that the record tells of.
    fn conditions(&self) -> Vec<NamedText> {
        let is_secure = self.record["tlsDetails"].is_object().to_string();
        let mut conditions = vec![
            named("aws:SourceIp", self.text("sourceIPAddress")),
            named("aws:UserAgent", self.text("userAgent")),
            named("aws:SecureTransport", &is_secure),
        ];
        conditions.retain(|condition| !condition.value.is_empty());
        let session = &self.record["userIdentity"]["sessionContext"];
        for (condition, told) in [
            ("aws:SourceIdentity", &session["sourceIdentity"]),
            ("aws:TokenIssueTime", &session["attributes"]["creationDate"]),
            (
                "aws:MultiFactorAuthPresent",
                &session["attributes"]["mfaAuthenticated"],
            ),
        ] {
            conditions.extend(told.as_str().map(|told| named(condition, told)));
        }
        if let Some(alias) = self.parameter("keyId").and_then(alias_of) {
            conditions.push(named("kms:RequestAlias", alias));
        }
        let makes_key = self.text("eventName") == "CreateKey";
        let parameters = self.record["requestParameters"]
            .as_object()
            .into_iter()
            .flatten();
        for (name, value) in parameters {
            // With a key that is there, these are the key's own.
            let is_of_key = matches!(name.as_str(), "keySpec" | "keyUsage" | "multiRegion");
            let condition = condition_key(name);
            if (is_of_key && !makes_key) || KeyName::parse(&condition).row().is_none() {
                continue;
            }
            match value {
                Value::Array(_) | Value::String(_) => {
                    let texts = texts(value).into_iter();
                    conditions.extend(texts.map(|text| named(&condition, &text)));
                }
                Value::Number(_) | Value::Bool(_) => {
                    conditions.push(named(&condition, &value.to_string()));
                }
                Value::Null | Value::Object(_) => {}
            }
        }
        conditions
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.record["requestParameters"][name].as_str()
    }

    fn text(&self, name: &str) -> &str {
        self.record[name].as_str().unwrap_or_default()
    }
}

/// The first record of the log of which this is so.
fn first_record(
    session: &Session,
    mut is_it: impl FnMut(&Value) -> bool,
) -> Result<Option<Value>, Failure> {
    let mut found = None;
    audit::each_record(session, |record| {
        found = serde_json::from_slice(record).ok().filter(&mut is_it);
        found.is_none()
    })?;
    Ok(found)
}

/// The access key of the role's session that asked for what a record tells of.
fn session_key(record: &Value) -> Option<String> {
    let identity = &record["userIdentity"];
    let key = identity["accessKeyId"].as_str();
    key.filter(|_| identity["type"] == "AssumedRole")
        .map(str::to_owned)
}

/// A text, or each of a list.
fn texts(value: &Value) -> Vec<String> {
    let texts = match value {
        Value::Array(values) => values.as_slice(),
        one => std::slice::from_ref(one),
    };
    let texts = texts.iter().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

/// The condition key that asks about a parameter: nearly always its name.
fn condition_key(parameter: &str) -> String {
    let name = match parameter {
        "keyPairSpec" => "DataKeyPairSpec",
        "pendingWindowInDays" => "ScheduleKeyDeletionPendingWindowInDays",
        "operations" => "GrantOperations",
        "origin" => "KeyOrigin",
        "sourceEncryptionAlgorithm" => "EncryptionAlgorithm",
        name => name,
    };
    let (first, rest) = name.split_at(name.len().min(1));
    format!("kms:{}{rest}", first.to_ascii_uppercase())
}

/// The alias in a name or an ARN of one.
fn alias_of(key: &str) -> Option<&str> {
    key.find("alias/").map(|start| &key[start..])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(record: Value) -> Event {
        Event {
            record,
            beginnings: Vec::new(),
        }
    }

    #[test]
    fn a_record_becomes_the_request_that_it_tells_of() {
        let key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
        let event = of(json!({
            "eventSource": "kms.amazonaws.com", "eventName": "Sign", "awsRegion": "eu-west-1",
            "userIdentity": {"arn": "arn:aws:iam::111122223333:user/ada"},
            "sourceIPAddress": "192.0.2.7", "userAgent": "",
            "requestParameters": {"keyId": "alias/x", "signingAlgorithm": "ECDSA_SHA_256", "messageType": "RAW", "dryRun": true},
            "resources": [{"type": "AWS::KMS::Key", "ARN": key}],
            "tlsDetails": {},
        }));
        let request = event.request().unwrap();
        assert_eq!(request.action, "kms:Sign");
        assert_eq!(request.keys, [key]);
        assert_eq!(request.region, "eu-west-1");
        let conditions: Vec<_> = request
            .conditions
            .iter()
            .map(|one| (one.name.as_str(), one.value.as_str()))
            .collect();
        assert_eq!(
            conditions,
            [
                ("aws:SourceIp", "192.0.2.7"),
                ("aws:SecureTransport", "true"),
                ("kms:RequestAlias", "alias/x"),
                ("kms:MessageType", "RAW"),
                ("kms:SigningAlgorithm", "ECDSA_SHA_256"),
            ]
        );
    }

    #[test]
    fn what_no_principal_of_aws_asked_is_no_request_for_policies() {
        let own =
            json!({"eventSource": "hsmd", "eventName": "Sign", "userIdentity": {"type": "Client"}});
        assert!(of(own).request().is_err());
    }
}
