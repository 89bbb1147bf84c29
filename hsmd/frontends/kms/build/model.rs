//! botocore's service model, as far as code is made from it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::value::Value;

/// The whole model.
#[derive(Deserialize)]
pub(crate) struct Model {
    pub(crate) metadata: Metadata,
    pub(crate) operations: BTreeMap<String, Operation>,
    pub(crate) shapes: BTreeMap<String, Shape>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Metadata {
    pub(crate) target_prefix: String,
    pub(crate) json_version: String,
}

#[derive(Deserialize)]
pub(crate) struct Operation {
    pub(crate) input: Reference,
    pub(crate) output: Option<Reference>,
}

#[derive(Deserialize)]
pub(crate) struct Reference {
    pub(crate) shape: String,
}

#[derive(Deserialize)]
pub(crate) struct Shape {
    #[serde(rename = "type")]
    pub(crate) kind: Kind,
    /// Members by name.
    #[serde(default)]
    pub(crate) members: Members,
    #[serde(default)]
    pub(crate) required: Vec<String>,
    #[serde(rename = "enum")]
    pub(crate) values: Option<Vec<String>>,
    pub(crate) member: Option<Reference>,
    pub(crate) min: Option<i64>,
    pub(crate) max: Option<i64>,
    pub(crate) pattern: Option<String>,
    #[serde(default)]
    pub(crate) sensitive: bool,
    #[serde(default)]
    pub(crate) exception: bool,
    #[serde(default)]
    pub(crate) fault: bool,
}

/// The members of a structure: name, and name of its shape.
#[derive(Default)]
pub(crate) struct Members(pub(crate) Vec<(String, String)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = BTreeMap::<String, Value>::deserialize(deserializer)?;
        let members = members.into_iter().filter_map(|(name, member)| {
            let shape = member.get("shape")?.as_str()?.to_owned();
            Some((name, shape))
        });
        Ok(Self(members.collect()))
    }
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Structure,
    List,
    Map,
    String,
    Blob,
    Boolean,
    Integer,
    Timestamp,
}

impl Model {
    /// The shapes that can be reached from these, these included.
    pub(crate) fn reachable<'a>(
        &'a self,
        roots: impl Iterator<Item = &'a str>,
    ) -> BTreeSet<&'a str> {
        let mut found = BTreeSet::new();
        let mut open: Vec<&str> = roots.collect();
        while let Some(name) = open.pop() {
            if !found.insert(name) {
                continue;
            }
            let Some(shape) = self.shapes.get(name) else {
                continue;
            };
            open.extend(shape.members.0.iter().map(|(_, shape)| shape.as_str()));
            open.extend(shape.member.iter().map(|member| member.shape.as_str()));
        }
        found
    }
}
