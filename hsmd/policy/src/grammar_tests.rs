//! The grammar of policies: what is refused, and why.

use crate::{MalformedPolicy, parse_identity_policy, parse_key_policy, parse_trust_policy};

const KEY_POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Enable IAM User Permissions",
    "Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}"#;
const IDENTITY_POLICY: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:Decrypt",
    "Resource":"arn:aws:kms:*:111122223333:key/*"}}"#;

fn named(arn: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{arn}"}},"Action":"kms:Decrypt","Resource":"*"}}]}}"#
    )
}

#[test]
fn what_is_malformed_is_refused_by_its_reason() {
    let statement =
        |inside: &str| format!(r#"{{"Version":"2012-10-17","Statement":[{{{inside}}}]}}"#);
    let head = r#""Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*""#;
    for (text, expected) in [
        ("not JSON".to_owned(), MalformedPolicy::Syntax),
        ("[]".to_owned(), MalformedPolicy::Syntax),
        (r#"{"Statement":[]}"#.to_owned(), MalformedPolicy::Syntax),
        (
            r"{}".to_owned(),
            MalformedPolicy::MissingElement("Statement"),
        ),
        (
            r#"{"Version":"2013-01-01","Statement":{}}"#.to_owned(),
            MalformedPolicy::Version,
        ),
        (
            r#"{"Statement":[],"x":1}"#.to_owned(),
            MalformedPolicy::UnknownElement("x".to_owned()),
        ),
        (
            statement(&format!("{head},{head}")),
            MalformedPolicy::Syntax,
        ),
        (
            statement(&format!(r#"{head},"Sid":"☃""#)),
            MalformedPolicy::Characters,
        ),
        (
            statement(r#""Principal":"*","Action":"kms:*","Resource":"*""#),
            MalformedPolicy::MissingElement("Effect"),
        ),
        (
            statement(r#""Effect":"Allow","Action":"kms:*","Resource":"*""#),
            MalformedPolicy::MissingElement("Principal"),
        ),
        (
            statement(&head.replace("\"*\",\"Action\"", "\"ada\",\"Action\"")),
            MalformedPolicy::Principal,
        ),
        (
            statement(&head.replace("kms:*", "Encrypt")),
            MalformedPolicy::Action,
        ),
        (
            statement(&head.replace("kms:*", "*:Encrypt")),
            MalformedPolicy::Vendor("*".to_owned()),
        ),
        (
            statement(&head.replace("kms:*", "kms:Encrypt:x")),
            MalformedPolicy::Colons,
        ),
        (
            statement(&head.replace("Resource\":\"*", "Resource\":\"arn:b:c:d:e:f")),
            MalformedPolicy::Partition {
                partition: "b".to_owned(),
                resource: "arn:b:c:d:e:f".to_owned(),
            },
        ),
        (
            statement(&head.replace("Resource\":\"*", "Resource\":\"key")),
            MalformedPolicy::Resource("key".to_owned()),
        ),
        (
            statement(&format!(r#"{head},"NotAction":"kms:Encrypt""#)),
            MalformedPolicy::BothElements("Action"),
        ),
        (
            statement(&format!(
                r#"{head},"Condition":{{"StringIs":{{"aws:userid":"x"}}}}"#
            )),
            MalformedPolicy::Operator("StringIs".to_owned()),
        ),
        (
            statement(&format!(
                r#"{head},"Condition":{{"Bool":{{"aws:SecureTransport":"perhaps"}}}}"#
            )),
            MalformedPolicy::ConditionValue {
                operator: "Bool".to_owned(),
                key: "aws:SecureTransport".to_owned(),
            },
        ),
        (
            statement(&format!(
                r#"{head},"Condition":{{"ForAllValues:StringEquals":{{"kms:EncryptionContext:a":"x"}}}}"#
            )),
            MalformedPolicy::OverlyPermissiveCondition("kms:EncryptionContext:a".to_owned()),
        ),
    ] {
        assert_eq!(parse_key_policy(&text), Err(expected), "{text}");
    }
    for name in [
        "group/admins",
        "user/*",
        "role/a?",
        "user/",
        "assumed-role/x/y",
        "instance-profile/x",
    ] {
        let text = named(&format!("arn:aws:iam::111122223333:{name}"));
        assert_eq!(
            parse_key_policy(&text),
            Err(MalformedPolicy::Principal),
            "{name}"
        );
    }
    let long = format!("{}{}", KEY_POLICY, " ".repeat(32_768));
    assert!(matches!(
        parse_key_policy(&long),
        Err(MalformedPolicy::TooLong { .. })
    ));
}

#[test]
fn each_kind_of_policy_has_its_own_elements() {
    assert_eq!(parse_identity_policy(KEY_POLICY), Err(MalformedPolicy::Sid));
    let without_sid = named("arn:aws:iam::111122223333:user/ada");
    assert_eq!(
        parse_identity_policy(&without_sid),
        Err(MalformedPolicy::ProhibitedElement("Principal"))
    );
    assert_eq!(
        parse_trust_policy(&without_sid.replace("kms:Decrypt", "sts:AssumeRole")),
        Err(MalformedPolicy::ProhibitedElement("Resource"))
    );
    let trust = without_sid.replace(r#","Resource":"*""#, "");
    assert_eq!(
        parse_trust_policy(&trust),
        Err(MalformedPolicy::TrustAction)
    );
    let assumed = trust.replace("kms:Decrypt", "sts:AssumeRole");
    assert!(parse_trust_policy(&assumed).is_ok());
    assert_eq!(parse_trust_policy("{"), Err(MalformedPolicy::TrustJson));
    assert_eq!(
        parse_identity_policy(&trust.replace(
            r#""Principal":{"AWS":"arn:aws:iam::111122223333:user/ada"},"#,
            ""
        )),
        Err(MalformedPolicy::NoResources)
    );
    let twice = IDENTITY_POLICY.replace(
        r#""Statement":{"#,
        r#""Statement":[{"Sid":"A","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"A","#,
    );
    let twice = format!("{}]}}", twice.strip_suffix('}').unwrap());
    assert_eq!(
        parse_identity_policy(&twice),
        Err(MalformedPolicy::RepeatedSid)
    );
}
