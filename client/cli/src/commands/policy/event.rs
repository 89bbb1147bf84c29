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
pub(super) struct Event(Value);

impl Event {
    /// The record with this event id. The whole log is read for it.
    pub(super) fn find(session: &Session, id: &str) -> Result<Self, Failure> {
        let mut found = None;
        audit::each_record(session, |record| {
            let is_it =
                |record: &Value| record["eventID"] == id && record["eventPhase"] != "Intent";
            let record = serde_json::from_slice(record).ok().filter(is_it);
            found = found.take().or(record);
            found.is_none()
        })?;
        let record = found.ok_or_else(|| {
            Failure::new(Exit::NotFound, format!("the audit log has no event {id}"))
                .with_hint("`hsm audit tail --json` shows each record's eventID")
        })?;
        Ok(Self(record))
    }

    /// Who asked for what, and what became of it.
    pub(super) fn summary(&self) -> String {
        let outcome = match self.text("errorCode") {
            "" => "done".to_owned(),
            code => format!("{code} {}", self.text("errorMessage")),
        };
        let (time, name) = (self.text("eventTime"), self.text("eventName"));
        let principal = self.0["userIdentity"]["arn"].as_str().unwrap_or_default();
        format!("{time} {name} by {principal}: {}", outcome.trim_end())
    }

    /// The same request, to be explained.
    pub(super) fn request(&self) -> Result<ExplainPolicyRequest, Failure> {
        let principal = self.0["userIdentity"]["arn"].as_str();
        let service = self.text("eventSource").strip_suffix(".amazonaws.com");
        let (Some(principal), Some(service)) = (principal, service) else {
            return Err(
                Failure::new(Exit::Usage, "policies did not decide on this event")
                    .with_hint("only what AWS principals ask is decided by policies"),
            );
        };
        let of_kind = |kind: &str| -> Vec<String> {
            let resources = self.0["resources"].as_array().into_iter().flatten();
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
        })
    }

    fn encryption_context(&self) -> Vec<NamedText> {
        let parameters = &self.0["requestParameters"];
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
        let is_secure = self.0["tlsDetails"].is_object().to_string();
        let mut conditions = vec![
            named("aws:SourceIp", self.text("sourceIPAddress")),
            named("aws:UserAgent", self.text("userAgent")),
            named("aws:SecureTransport", &is_secure),
        ];
        conditions.retain(|condition| !condition.value.is_empty());
        if let Some(alias) = self.parameter("keyId").and_then(alias_of) {
            conditions.push(named("kms:RequestAlias", alias));
        }
        let makes_key = self.text("eventName") == "CreateKey";
        let parameters = self.0["requestParameters"]
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
                Value::Array(values) => {
                    let texts = values.iter().filter_map(Value::as_str);
                    conditions.extend(texts.map(|text| named(&condition, text)));
                }
                Value::String(text) => conditions.push(named(&condition, text)),
                Value::Number(_) | Value::Bool(_) => {
                    conditions.push(named(&condition, &value.to_string()));
                }
                Value::Null | Value::Object(_) => {}
            }
        }
        conditions
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.0["requestParameters"][name].as_str()
    }

    fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_default()
    }
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

    #[test]
    fn a_record_becomes_the_request_that_it_tells_of() {
        let key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
        let event = Event(json!({
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
        assert!(Event(own).request().is_err());
    }
}
