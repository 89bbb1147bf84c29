//! Requests that break a constraint of the model, and what AWS says of them.

use super::*;
use crate::model::{self, Call};

/// What is wrong with a request, in the words of AWS; `None` if nothing is.
fn problem<S: Shape>(json: &str) -> Option<String> {
    let sent = serde_json::from_str::<S::Sent>(json).expect("JSON of the right types");
    let mut failures = Failures::default();
    let value = S::check(sent, &Place::TOP, &mut failures);
    assert_eq!(value.is_none(), failures.message().is_some());
    failures.message()
}

#[test]
fn every_pattern_of_the_model_is_one_and_matches_as_java_does() {
    let patterns: std::collections::HashMap<_, _> = model::patterns().into_iter().collect();
    assert!(patterns.len() >= 15, "{}", patterns.len());
    let matches = |shape: &str, text: &str| patterns[shape].is_match(text);
    assert!(matches("AliasNameType", "alias/a-b_c:d") && !matches("AliasNameType", "alias/a b"));
    assert!(matches("RegionType", "us-gov-west-1") && !matches("RegionType", "us-east-1x"));
    assert!(matches("PolicyNameType", "default") && !matches("PolicyNameType", "d\u{e9}faut"));
    assert!(matches("PolicyType", "a\n\u{ff}") && !matches("PolicyType", "\u{100}"));
    // The whole text, not a part of it.
    assert!(!matches("MarkerType", "a\u{2603}"));
}

#[test]
fn a_request_that_keeps_every_constraint_is_taken() {
    let json = r#"{"KeyId": "k", "Message": "AAAA", "SigningAlgorithm": "ECDSA_SHA_256", "GrantTokens": []}"#;
    assert_eq!(problem::<model::SignRequest>(json), None);
    assert_eq!(problem::<model::CreateKeyRequest>("{}"), None);
}

#[test]
fn all_that_is_wrong_is_told_at_once_without_secrets() {
    let json = r#"{"KeyId": "", "Message": "", "SigningAlgorithm": "X", "MessageType": "raw"}"#;
    let message = problem::<model::SignRequest>(json).unwrap();
    assert!(
        message.starts_with("4 validation errors detected: "),
        "{message}"
    );
    for part in [
        "Value '' at 'keyId' failed to satisfy constraint: Member must have length greater than or equal to 1",
        "Value at 'message' failed to satisfy constraint: Member must have length greater than or equal to 1",
        "Value 'raw' at 'messageType' failed to satisfy constraint: Member must satisfy enum value set: [RAW, DIGEST, EXTERNAL_MU]",
    ] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn a_place_in_a_list_is_counted_from_one() {
    let json = r#"{"KeyId": "k", "Tags": [{"TagKey": "a", "TagValue": ""}, {"TagValue": ""}]}"#;
    assert_eq!(
        problem::<model::TagResourceRequest>(json).unwrap(),
        "1 validation error detected: Value at 'tags.2.member.tagKey' failed to satisfy constraint: Member must not be null"
    );
}

#[test]
fn a_hostile_number_of_failures_is_told_in_part() {
    let tags = vec![r#"{"TagKey": "", "TagValue": ""}"#; 10_000].join(",");
    let json = format!(r#"{{"KeyId": "k", "Tags": [{tags}]}}"#);
    let message = problem::<model::TagResourceRequest>(&json).unwrap();
    assert!(
        message.starts_with("10000 validation errors detected: "),
        "{}",
        &message[..60]
    );
    assert!(message.len() < 10_000);
}

#[test]
fn lengths_are_counted_in_characters() {
    // 128 letters of two bytes each.
    let key = "\u{e9}".repeat(128);
    let json = format!(r#"{{"KeyId": "k", "Tags": [{{"TagKey": "{key}", "TagValue": ""}}]}}"#);
    assert_eq!(problem::<model::TagResourceRequest>(&json), None);
}

#[test]
fn calls_are_found_by_their_names() {
    assert_eq!(Call::ALL.len(), 56);
    for call in Call::ALL {
        assert_eq!(Call::by_name(call.name()), Some(*call));
    }
    assert_eq!(Call::by_name("sign"), None);
}
