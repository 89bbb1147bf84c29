//! Every operation of the model, with everything that its constraints forbid: generated from the model, so that a newer
//! one is walked as well.

use std::collections::BTreeSet;

use hsm_tests::Daemon;
use serde_json::{Map, Value, json};

use crate::model::{Model, kind, path, required};
use crate::signed::Kms;

/// One request that breaks one rule.
struct Broken {
    operation: String,
    what: String,
    body: Value,
    code: &'static str,
    /// What the message must say.
    saying: Vec<String>,
}

#[test]
fn every_operation_refuses_what_its_constraints_forbid() {
    let model = Model::read();
    let daemon = Daemon::dev();
    let mut kms = Kms::of(&daemon);
    let cases: Vec<Broken> = model
        .operations()
        .iter()
        .flat_map(|operation| broken(&model, operation))
        .collect();
    // 56 operations with some dozen rules each: a walk that finds few has not read the model.
    assert!(cases.len() > 600, "{} cases", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let answer = kms.call(&case.operation, &case.body);
        let (code, message) = (answer.code(), answer.message());
        let is_right = answer.status == 400
            && code == case.code
            && case.saying.iter().all(|text| message.contains(text));
        if !is_right {
            wrong.push(format!(
                "{} with {}: {} {code}: {message}",
                case.operation, case.what, answer.status
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} wrong:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_operation_of_the_model_has_a_route() {
    let model = Model::read();
    let daemon = Daemon::dev();
    let mut kms = Kms::of(&daemon);
    let missing: BTreeSet<_> = model
        .operations()
        .into_iter()
        .filter(|operation| {
            let body = Value::Object(model.least_request(operation));
            let answer = kms.call(operation, &body);
            assert!(answer.status < 500, "{operation}: {answer:?}");
            answer.code() == "UnknownOperationException"
        })
        .collect();
    assert!(
        missing.is_empty(),
        "operations without a route: {missing:?}"
    );
}

/// Every request that breaks one rule of an operation.
fn broken(model: &Model, operation: &str) -> Vec<Broken> {
    let least = model.least_request(operation);
    let input = model.input(operation);
    let mut cases = Vec::new();
    for name in required(input) {
        let mut body = least.clone();
        body.remove(name);
        let saying = format!(
            "Value at '{}' failed to satisfy constraint: Member must not be null",
            path(name)
        );
        cases.push(case(
            operation,
            format!("no {name}"),
            body,
            "ValidationException",
            vec![saying],
        ));
    }
    for (name, shape) in model.members(input) {
        let mut with = |what: &str, value: Value, code, saying: Vec<String>| {
            let mut body = least.clone();
            body.insert(name.to_owned(), value);
            cases.push(case(
                operation,
                format!("{what} {name}"),
                body,
                code,
                saying,
            ));
        };
        for (what, value) in wrong_types(shape) {
            with(what, value, "SerializationException", Vec::new());
        }
        for (what, value, saying) in wrong_values(shape) {
            let at = format!(
                "at '{}' failed to satisfy constraint: Member must ",
                path(name)
            );
            with(what, value, "ValidationException", vec![at, saying]);
        }
    }
    cases
}

/// Values of another JSON type than the shape's.
fn wrong_types(shape: &Value) -> Vec<(&'static str, Value)> {
    let all = [
        ("a number as", json!(1.5)),
        ("text as", json!("text")),
        ("true as", json!(true)),
        ("a list as", json!([[]])),
        ("an object as", json!({"a": {}})),
    ];
    let own = match kind(shape) {
        "string" => vec!["text as"],
        "boolean" => vec!["true as"],
        "timestamp" => vec!["a number as"],
        // Text that is no base64 is wrong as well, and so is what a list or a map has inside.
        "blob" | "integer" | "map" | "list" => vec![],
        // Unknown members are ignored.
        "structure" => vec!["an object as"],
        other => panic!("a shape of an unknown kind {other}"),
    };
    let mut wrong: Vec<_> = all
        .into_iter()
        .filter(|(what, _)| !own.contains(what))
        .collect();
    if kind(shape) == "blob" {
        wrong.retain(|(what, _)| *what != "text as");
        wrong.push(("no base64 as", json!("a%")));
    }
    wrong
}

/// Values of the right type that break a constraint, and what is said of it.
fn wrong_values(shape: &Value) -> Vec<(&'static str, Value, String)> {
    let (min, max) = (shape["min"].as_u64(), shape["max"].as_u64());
    let too_little =
        |what: &str| format!("have {what} greater than or equal to {}", min.unwrap_or(0));
    let too_much = |what: &str| format!("have {what} less than or equal to {}", max.unwrap_or(0));
    let length = |number: u64| usize::try_from(number).expect("a length");
    let mut wrong = Vec::new();
    match kind(shape) {
        "string" if shape["enum"].is_array() => {
            wrong.push((
                "an unknown",
                json!("NOT_A_VALUE"),
                "satisfy enum value set: [".to_owned(),
            ));
            wrong.push((
                "an empty",
                json!(""),
                "satisfy enum value set: [".to_owned(),
            ));
        }
        "string" => {
            if min.is_some_and(|min| min > 0) {
                wrong.push(("an empty", json!(""), too_little("length")));
            }
            if let Some(max) = max {
                let text = "a".repeat(length(max) + 1);
                wrong.push(("too long a", text.into(), too_much("length")));
            }
            if shape["pattern"].is_string() {
                let least = length(min.unwrap_or(1).max(1));
                let saying = "satisfy regular expression pattern: ".to_owned();
                wrong.push(("a misspelt", "\u{2603}".repeat(least).into(), saying));
            }
        }
        "blob" => {
            if min.is_some_and(|min| min > 0) {
                wrong.push(("an empty", json!(""), too_little("length")));
            }
            // The longest, an attestation document, does not fit in a request twice.
            if let Some(max) = max {
                let groups = length(max) / 3 + 1;
                wrong.push((
                    "too long a",
                    "AAAA".repeat(groups).into(),
                    too_much("length"),
                ));
            }
        }
        "integer" => {
            if let Some(min) = min {
                wrong.push(("too little a", json!(min - 1), too_little("value")));
                wrong.push(("a negative", json!(-1), too_little("value")));
            }
            if let Some(max) = max {
                wrong.push(("too great a", json!(max + 1), too_much("value")));
            }
        }
        "list" => {
            if let Some(max) = max {
                let values = vec![json!("SELF"); length(max) + 1];
                wrong.push(("too many", values.into(), too_much("length")));
            }
            if min.is_some_and(|min| min > 0) {
                wrong.push(("no", json!([]), too_little("length")));
            }
        }
        _ => {}
    }
    wrong
}

fn case(
    operation: &str,
    what: String,
    body: Map<String, Value>,
    code: &'static str,
    saying: Vec<String>,
) -> Broken {
    Broken {
        operation: operation.to_owned(),
        what,
        body: Value::Object(body),
        code,
        saying,
    }
}
