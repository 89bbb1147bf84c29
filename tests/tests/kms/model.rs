//! botocore's service model as the tests read it: with a reader of their own.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// The model that the door is built from.
pub(crate) struct Model(Value);

impl Model {
    pub(crate) fn read() -> Self {
        let text = include_str!("../../../hsmd/frontends/kms/model/service-2.json");
        Self(serde_json::from_str(text).expect("the model is JSON"))
    }

    /// The names of all operations.
    pub(crate) fn operations(&self) -> Vec<String> {
        self.0["operations"]
            .as_object()
            .expect("operations")
            .keys()
            .cloned()
            .collect()
    }

    /// The shape of an operation's request.
    pub(crate) fn input(&self, operation: &str) -> &Value {
        self.shape(&self.0["operations"][operation]["input"])
    }

    /// The shape that a reference names.
    pub(crate) fn shape(&self, reference: &Value) -> &Value {
        &self.0["shapes"][reference["shape"].as_str().expect("a reference")]
    }

    /// The members of a structure: name and shape.
    pub(crate) fn members<'a>(&'a self, shape: &'a Value) -> BTreeMap<&'a str, &'a Value> {
        let members = shape["members"].as_object();
        members
            .into_iter()
            .flatten()
            .map(|(name, member)| (name.as_str(), self.shape(member)))
            .collect()
    }

    /// The least request that keeps every constraint.
    pub(crate) fn least_request(&self, operation: &str) -> Map<String, Value> {
        let input = self.input(operation);
        required(input)
            .map(|name| {
                let shape = self.shape(&input["members"][name]);
                (name.to_owned(), self.valid(shape))
            })
            .collect()
    }

    /// A value that keeps the constraints of a shape.
    pub(crate) fn valid(&self, shape: &Value) -> Value {
        match kind(shape) {
            "string" => valid_text(shape),
            // Four bytes.
            "blob" => json!("AAAAAA=="),
            "boolean" => json!(false),
            "integer" => shape["min"].as_i64().unwrap_or(1).into(),
            "timestamp" => json!(1_900_000_000),
            "map" => json!({"name": "value"}),
            "list" => json!([self.valid(self.shape(&shape["member"]))]),
            "structure" => {
                let members = required(shape).map(|name| {
                    (
                        name.to_owned(),
                        self.valid(self.shape(&shape["members"][name])),
                    )
                });
                Value::Object(members.collect())
            }
            other => panic!("a shape of an unknown kind {other}"),
        }
    }
}

/// The kind of a shape.
pub(crate) fn kind(shape: &Value) -> &str {
    shape["type"].as_str().expect("a shape has a type")
}

/// The members that must be there.
pub(crate) fn required(shape: &Value) -> impl Iterator<Item = &str> {
    shape["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

/// How errors write a member.
pub(crate) fn path(member: &str) -> String {
    let (first, rest) = member.split_at(1);
    first.to_lowercase() + rest
}

fn valid_text(shape: &Value) -> Value {
    if let Some(first) = shape["enum"].as_array().and_then(|values| values.first()) {
        return first.clone();
    }
    let candidates = [
        "alias/example",
        "us-east-1",
        "1234abcd-12ab-34cd-56ef-1234567890ab",
        "arn:aws:iam::123456789012:user/admin",
        "arn:aws:s3:us-east-1:123456789012:thing",
        "service.amazonaws.com",
        "https://example.com",
        "/kms/xks/v1",
        "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0",
        "cluster-abcdefghijk2",
        "default",
        "AAAAAAAAAAAAAAAAAAAA",
    ];
    let min = usize::try_from(shape["min"].as_u64().unwrap_or(0)).expect("a length");
    let max = usize::try_from(shape["max"].as_u64().unwrap_or(1 << 20)).expect("a length");
    let pattern = shape["pattern"].as_str().unwrap_or_default();
    let by_pattern = match pattern {
        "" => None,
        pattern if pattern.contains("amazonaws\\.vpce") => Some(candidates[8].to_owned()),
        pattern if pattern.contains("https://") => Some(candidates[6].to_owned()),
        pattern if pattern.contains("kms/xks") => Some(candidates[7].to_owned()),
        pattern if pattern.contains("cluster-") => Some(candidates[9].to_owned()),
        pattern if pattern.contains("arn:aws") => Some(candidates[4].to_owned()),
        pattern if pattern.contains("([a-z]+-){2,3}") => Some(candidates[1].to_owned()),
        pattern if pattern.contains("(\\.[A-Za-z0-9\\-]+)+") => Some(candidates[5].to_owned()),
        "^[a-f0-9]+$" => Some("ab".repeat(32)),
        "[0-9]{12}" => Some("123456789012".to_owned()),
        "^[A-Z2-7]+$" => Some("A".repeat(min.max(20))),
        "^[a-zA-Z0-9\\/+=]+$" => Some("a".repeat(min.max(1))),
        _ => None,
    };
    let text = by_pattern.unwrap_or_else(|| {
        let fits = candidates
            .iter()
            .find(|text| (min..=max).contains(&text.len()));
        fits.map_or_else(|| "a".repeat(min), |text| (*text).to_owned())
    });
    text.into()
}
