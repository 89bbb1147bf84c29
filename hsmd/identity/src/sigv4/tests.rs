//! Published signatures and those of AWS's own SDK, and what must not be accepted.
//!
//! `get-…` are of the test suite of Signature Version 4 that AWS published; `iam` is the example of the IAM user guide;
//! the others were made with botocore 1.43.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use secrecy::SecretString;

use super::credential::Claim;
use super::{SignatureRefused, SignedRequest, SigningKeys, canonical};
use crate::aws::AwsService;
use crate::peer::Source;
use crate::tls::Agreed;

const TLS: Agreed = Agreed {
    version: "TLSv1.3",
    cipher_suite: "TLS_AES_128_GCM_SHA256",
};

const SUITE_SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const SDK_SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// 2026-01-02T03:04:05Z.
const SIGNED_AT: Duration = Duration::from_secs(1_767_323_045);
/// Five minutes before.
const EARLIEST: Duration = Duration::from_secs(1_767_323_045 - 300);

const KMS_AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260102/eu-west-1/kms/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=e724fc5b0fd9dc5e13b568ac58144e06f99663892d74ba19d082025ac974af2b";

const PRESIGNED: &str = "Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260102%2Fus-east-1%2Fsts%2Faws4_request&X-Amz-Date=20260102T030405Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=9c1a149feab1821d2ffae17195ca9529ea93ba8e71f127ea799d4d7750d99e54";

pub(crate) type Headers<'a> = Vec<(&'a str, &'a [u8])>;

fn request<'a>(query: &'a str, headers: &'a Headers<'a>, body: &'a [u8]) -> SignedRequest<'a> {
    SignedRequest {
        method: if body.is_empty() { "GET" } else { "POST" },
        path: "/",
        query,
        headers,
        body,
        tls: Some(TLS),
        source: Source::Network(SocketAddr::from((Ipv4Addr::LOCALHOST, 1))),
        request_id: "id",
    }
}

fn kms_headers() -> Headers<'static> {
    vec![
        ("host", b"kms.eu-west-1.amazonaws.com"),
        ("x-amz-target", b"TrentService.GenerateRandom"),
        ("content-type", b"application/x-amz-json-1.1"),
        ("x-amz-date", b"20260102T030405Z"),
        ("authorization", KMS_AUTHORIZATION.as_bytes()),
    ]
}

const KMS_BODY: &[u8] = b"{\"NumberOfBytes\": 16}";

/// Whether the signature is of this secret.
fn holds(request: &SignedRequest<'_>, secret: &str) -> bool {
    let claim = Claim::of(request).unwrap();
    let key = SigningKeys::default().key(&SecretString::from(secret), &claim.scope);
    let text = canonical::string_to_sign(request, &claim);
    key.verifies(&text, &claim.signature)
}

/// The headers of a call of KMS at `date_time`, signed with this key, and its token if it has one.
pub(crate) fn signed_headers(
    key: (&str, &str),
    token: Option<&str>,
    date_time: &str,
) -> Vec<(&'static str, Vec<u8>)> {
    let mut headers = vec![
        ("host", b"kms.us-east-1.amazonaws.com".to_vec()),
        ("x-amz-date", date_time.as_bytes().to_vec()),
    ];
    let mut names = "host;x-amz-date".to_owned();
    if let Some(token) = token {
        headers.push(("x-amz-security-token", token.as_bytes().to_vec()));
        names.push_str(";x-amz-security-token");
    }
    let (id, secret) = key;
    let begin = format!(
        "AWS4-HMAC-SHA256 Credential={id}/{}/us-east-1/kms/aws4_request, SignedHeaders={names}, Signature=",
        &date_time[..8]
    );
    headers.push((
        "authorization",
        format!("{begin}{}", "0".repeat(64)).into_bytes(),
    ));
    let signature = {
        let borrowed = borrowed(&headers);
        let unsigned = request("", &borrowed, b"{}");
        let claim = Claim::of(&unsigned).unwrap();
        let key = SigningKeys::default().key(&SecretString::from(secret), &claim.scope);
        let text = canonical::string_to_sign(&unsigned, &claim);
        key.sign(&text)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    headers.last_mut().unwrap().1 = format!("{begin}{signature}").into_bytes();
    headers
}

/// Such headers as a request has them.
pub(crate) fn borrowed<'a>(headers: &'a [(&'static str, Vec<u8>)]) -> Headers<'a> {
    headers
        .iter()
        .map(|(name, value)| (*name, value.as_slice()))
        .collect()
}

/// The request that [`signed_headers`] sign.
pub(crate) fn call<'a>(headers: &'a Headers<'a>) -> SignedRequest<'a> {
    request("", headers, b"{}")
}

#[test]
fn published_signatures_hold() {
    let suite = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, ";
    let date: (&str, &[u8]) = ("x-amz-date", b"20150830T123600Z");
    let host: (&str, &[u8]) = ("host", b"example.amazonaws.com");
    let cases: Vec<(&str, &str, Headers<'_>, &str)> = vec![
        (
            "get-vanilla",
            "",
            vec![host, date],
            "SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
        (
            "get-vanilla-query-order-key-case",
            "Param2=value2&Param1=value1",
            vec![host, date],
            "SignedHeaders=host;x-amz-date, Signature=b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        (
            "get-header-key-duplicate",
            "",
            vec![
                host,
                ("my-header1", b"value2"),
                ("my-header1", b"value2"),
                ("my-header1", b"value1"),
                date,
            ],
            "SignedHeaders=host;my-header1;x-amz-date, Signature=c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
        ),
        (
            "get-header-value-multiline",
            "",
            vec![host, ("my-header1", b"value1,value2,value3"), date],
            "SignedHeaders=host;my-header1;x-amz-date, Signature=ba17b383a53190154eb5fa66a1b836cc297cc0a3d70a5d00705980573d8ff790",
        ),
    ];
    for (name, query, mut headers, rest) in cases {
        let authorization = format!("{suite}{rest}");
        headers.push(("authorization", authorization.as_bytes()));
        assert!(
            holds(&request(query, &headers, b""), SUITE_SECRET),
            "{name}"
        );
    }
    let headers: Headers<'_> = vec![
        ("host", b"iam.amazonaws.com"),
        ("content-type", b"application/x-www-form-urlencoded; charset=utf-8"),
        date,
        ("authorization", b"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"),
    ];
    let iam = request("Action=ListUsers&Version=2010-05-08", &headers, b"");
    assert!(holds(&iam, SUITE_SECRET), "iam");
}

#[test]
fn signatures_of_an_sdk_hold_in_header_and_query() {
    let headers = kms_headers();
    let kms = request("", &headers, KMS_BODY);
    assert!(holds(&kms, SDK_SECRET));
    assert!(!holds(&kms, SUITE_SECRET), "another secret");
    let host: Headers<'_> = vec![("host", b"sts.us-east-1.amazonaws.com")];
    assert!(holds(&request(PRESIGNED, &host, b""), SDK_SECRET));
}

#[test]
fn whatever_is_changed_is_noticed() {
    let headers = kms_headers();
    let whole = request("", &headers, KMS_BODY);
    let other_body = SignedRequest {
        body: b"{\"NumberOfBytes\": 17}",
        ..whole
    };
    let other_method = SignedRequest {
        method: "PUT",
        ..whole
    };
    let other_path = SignedRequest {
        path: "/x",
        ..whole
    };
    let other_query = SignedRequest {
        query: "a=b",
        ..whole
    };
    for changed in [other_body, other_method, other_path, other_query] {
        assert!(!holds(&changed, SDK_SECRET), "{changed:?}");
    }
    for (index, (name, _)) in headers.iter().enumerate() {
        if *name == "authorization" || *name == "x-amz-date" {
            continue;
        }
        let mut changed = headers.clone();
        changed[index].1 = b"other";
        assert!(
            !holds(&request("", &changed, KMS_BODY), SDK_SECRET),
            "{name}"
        );
    }
}

#[test]
fn a_signature_is_good_for_five_minutes_either_way() {
    let headers = kms_headers();
    let kms = request("", &headers, KMS_BODY);
    let at = |now| kms.verification(&[AwsService::Kms], now).map(drop);
    let minutes = Duration::from_mins;
    for now in [EARLIEST, SIGNED_AT, SIGNED_AT + minutes(5)] {
        assert_eq!(at(now), Ok(()), "{now:?}");
    }
    let second = Duration::from_secs(1);
    for now in [
        EARLIEST.saturating_sub(second),
        SIGNED_AT + minutes(5) + second,
    ] {
        assert!(
            matches!(at(now), Err(SignatureRefused::WrongTime { .. })),
            "{now:?}"
        );
    }
}

#[test]
fn a_presigned_request_is_good_for_as_long_as_it_says() {
    let host: Headers<'_> = vec![("host", b"sts.us-east-1.amazonaws.com")];
    let presigned = request(PRESIGNED, &host, b"");
    let at = |now| presigned.verification(&[AwsService::Sts], now).map(drop);
    assert_eq!(at(SIGNED_AT + Duration::from_mins(15)), Ok(()));
    let over = at(SIGNED_AT + Duration::from_secs(901));
    assert!(matches!(
        over,
        Err(SignatureRefused::WrongTime {
            is_expired: true,
            ..
        })
    ));
    let longer = PRESIGNED.replace("Expires=900", "Expires=604801");
    let longer = request(&longer, &host, b"");
    let refused = longer.verification(&[AwsService::Sts], SIGNED_AT).map(drop);
    assert!(matches!(refused, Err(SignatureRefused::Incomplete { .. })));
}

#[test]
fn a_signature_must_cover_what_is_asked() {
    let without_target = KMS_AUTHORIZATION.replace(";x-amz-target", "");
    let without_host = KMS_AUTHORIZATION.replace("host;", "");
    for authorization in [without_target, without_host] {
        let mut headers = kms_headers();
        headers.last_mut().unwrap().1 = authorization.as_bytes();
        let refused = request("", &headers, KMS_BODY).verification(&[AwsService::Kms], SIGNED_AT);
        let refused = refused.map(drop);
        assert!(
            matches!(refused, Err(SignatureRefused::HeaderNotSigned { .. })),
            "{refused:?}"
        );
    }
}

#[test]
fn a_signature_for_another_service_or_day_is_refused() {
    let headers = kms_headers();
    let kms = request("", &headers, KMS_BODY);
    let refused = kms.verification(&[AwsService::Sts, AwsService::Iam], SIGNED_AT);
    let refused = refused.map(drop);
    assert_eq!(
        refused,
        Err(SignatureRefused::WrongScope { expected: "sts" })
    );
    assert_eq!(kms.claimed_service(), Some(AwsService::Kms));
    let other_day = KMS_AUTHORIZATION.replace("/20260102/", "/20260103/");
    let mut headers = kms_headers();
    headers.last_mut().unwrap().1 = other_day.as_bytes();
    let refused = Claim::of(&request("", &headers, KMS_BODY)).map(drop);
    assert_eq!(refused, Err(SignatureRefused::DateNotInScope));
}

#[test]
fn what_is_no_signature_is_refused() {
    let unsigned: Headers<'_> = vec![("host", b"h")];
    let refused = Claim::of(&request("", &unsigned, b"")).map(drop);
    assert_eq!(refused, Err(SignatureRefused::Missing));
    for authorization in [
        "",
        "Basic abc",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=00",
        &KMS_AUTHORIZATION.replace("e724", "+724"),
        &KMS_AUTHORIZATION.replace("e724", "e7é"),
        &KMS_AUTHORIZATION.replace("aws4_request", "aws5_request"),
        &KMS_AUTHORIZATION.replace("AWS4-", "AWS5-"),
    ] {
        let mut headers = kms_headers();
        headers.last_mut().unwrap().1 = authorization.as_bytes();
        let refused = Claim::of(&request("", &headers, KMS_BODY)).map(drop);
        assert!(
            matches!(refused, Err(SignatureRefused::Incomplete { .. })),
            "{authorization}: {refused:?}"
        );
    }
}
