//! Policies and grants in files, as people write them and as the aws command line gives them.

use std::{fs, path::Path, sync::Arc};

use hsmd_policy::{
    EncryptionContext, GrantConstraints, GrantOperation, GrantTerms, PolicyKind, StoredPolicy,
};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

use crate::failure::{Exit, Failure};

/// Reads a policy: the document itself, or an answer that has it as `Policy` or `PolicyDocument`.
pub(super) fn policy(file: &Path, kind: PolicyKind) -> Result<Arc<StoredPolicy>, Failure> {
    let text = read(file)?;
    let document = match serde_json::from_str::<Value>(&text) {
        Ok(Value::Object(answer)) => match (answer.get("Policy"), answer.get("PolicyDocument")) {
            (Some(Value::String(policy)), _) => policy.clone(),
            (None, Some(document @ Value::Object(_))) => document.to_string(),
            _ => text,
        },
        _ => text,
    };
    StoredPolicy::parse(&document, kind)
        .map_err(|error| Failure::new(Exit::Failed, format!("{}: {error}", file.display())))
}

/// Reads grants: `{"Grants": […]}`, a list, or one grant.
pub(super) fn grants(file: &Path) -> Result<Vec<GrantTerms>, Failure> {
    let wrong = |error: String| Failure::new(Exit::Failed, format!("{}: {error}", file.display()));
    let mut value: Value =
        serde_json::from_str(&read(file)?).map_err(|error| wrong(error.to_string()))?;
    if let Some(grants) = value.get_mut("Grants") {
        value = grants.take();
    }
    let list = match value {
        Value::Array(list) => list,
        one => vec![one],
    };
    let terms = list.into_iter().map(|value| {
        let grant: Grant =
            serde_json::from_value(value).map_err(|error| wrong(error.to_string()))?;
        grant.terms().map_err(wrong)
    });
    terms.collect()
}

fn read(file: &Path) -> Result<String, Failure> {
    fs::read_to_string(file).map_err(|error| Failure::file("read", file, &error))
}

/// A grant as `ListGrants` answers it; members that do not decide are left out.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the names that AWS gives them")]
struct Grant {
    grant_id: String,
    grantee_principal: Option<String>,
    grantee_service_principal: Option<String>,
    operations: Vec<String>,
    #[serde(default)]
    constraints: Constraints,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Constraints {
    encryption_context_equals: Option<BTreeMap<String, String>>,
    encryption_context_subset: Option<BTreeMap<String, String>>,
    source_arn: Option<String>,
}

impl Grant {
    fn terms(self) -> Result<GrantTerms, String> {
        let operations = self.operations.iter().map(|name| {
            GrantOperation::by_name(name).ok_or_else(|| format!("no operation of grants: {name}"))
        });
        let context = |pairs: BTreeMap<String, String>| EncryptionContext::from_iter(pairs);
        Ok(GrantTerms {
            id: self.grant_id.into(),
            grantee: self
                .grantee_principal
                .or(self.grantee_service_principal)
                .ok_or("a grant without a grantee")?
                .into(),
            operations: operations.collect::<Result<_, _>>()?,
            constraints: GrantConstraints {
                encryption_context_equals: self.constraints.encryption_context_equals.map(context),
                encryption_context_subset: self.constraints.encryption_context_subset.map(context),
                source_arn: self.constraints.source_arn.map(Into::into),
            },
        })
    }
}
