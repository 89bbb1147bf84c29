//! The edge: who may come in, and how what is refused is told.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hsm_tests::Daemon;
use serde_json::json;

use crate::signed::{Kms, Request};

#[test]
fn a_signed_request_is_answered_with_an_id_and_no_cache() {
    let daemon = Daemon::dev();
    let mut kms = Kms::of(&daemon);
    let first = kms.call("GenerateRandom", &json!({"NumberOfBytes": 32}));
    let bytes = first.succeeded();
    let bytes = STANDARD
        .decode(bytes["Plaintext"].as_str().unwrap())
        .unwrap();
    assert_eq!(bytes.len(), 32);
    assert_eq!(
        first.header("content-type"),
        Some("application/x-amz-json-1.1")
    );
    assert!(first.header("cache-control").unwrap().contains("no-cache"));
    let second = kms.call("GenerateRandom", &json!({"NumberOfBytes": 32}));
    let (one, other) = (
        first.header("x-amzn-requestid"),
        second.header("x-amzn-requestid"),
    );
    assert!(one.is_some_and(|id| id.len() == 36) && one != other);
    assert_ne!(first.body, second.body);
}

#[test]
fn each_wrong_signature_is_refused_by_its_name() {
    let daemon = Daemon::dev();
    let mut kms = Kms::of(&daemon);
    let request = Request::call("GenerateRandom", r#"{"NumberOfBytes":8}"#);
    let right = kms.signer.clone();

    let message = kms
        .connection
        .send(&request)
        .failed("MissingAuthenticationTokenException");
    assert_eq!(message, "Request is missing Authentication Token");

    kms.signer.secret.push('x');
    let message = kms
        .send(request.clone())
        .failed("InvalidSignatureException");
    assert!(
        message.starts_with("The request signature we calculated does not match"),
        "{message}"
    );

    kms.signer = right.clone();
    kms.signer.key_id = "AKIAIOSFODNN7EXAMPLE".to_owned();
    let _ = kms
        .send(request.clone())
        .failed("UnrecognizedClientException");

    for ahead in [-400, 400] {
        kms.signer = right.clone();
        kms.signer.clock_ahead_seconds = ahead;
        let message = kms
            .send(request.clone())
            .failed("InvalidSignatureException");
        let expected = if ahead < 0 {
            "Signature expired"
        } else {
            "Signature not yet current"
        };
        assert!(message.starts_with(expected), "{message}");
    }

    for service in ["s3", "sts", "iam"] {
        kms.signer = right.clone();
        kms.signer.service = service.to_owned();
        let _ = kms
            .send(request.clone())
            .failed("InvalidSignatureException");
    }

    kms.signer = right.clone();
    kms.signer.region = "eu-nowhere-9".to_owned();
    let _ = kms
        .send(request.clone())
        .failed("InvalidSignatureException");

    let malformed = request
        .clone()
        .with_header("authorization", "AWS4-HMAC-SHA256 Credential=x");
    let _ = kms
        .connection
        .send(&malformed)
        .failed("IncompleteSignatureException");

    // A session token that nobody gave.
    kms.signer = right.clone();
    let with_token = request
        .clone()
        .with_header("x-amz-security-token", "bm9ib2R5");
    let _ = kms.send(with_token).failed("UnrecognizedClientException");

    kms.signer = right;
    let _ = kms.send(request).succeeded();
}

#[test]
fn what_was_signed_is_what_is_asked() {
    let daemon = Daemon::dev();
    let mut kms = Kms::of(&daemon);
    let host = kms.connection.host();
    let signed = |kms: &Kms| {
        let mut request = Request::call("GenerateRandom", r#"{"NumberOfBytes":8}"#);
        kms.signer.sign(&mut request, &host);
        request
    };
    let mut other_body = signed(&kms);
    other_body.body = br#"{"NumberOfBytes":9}"#.to_vec();
    let _ = kms
        .connection
        .send(&other_body)
        .failed("InvalidSignatureException");

    let mut other_target = signed(&kms);
    for (name, value) in &mut other_target.headers {
        if name == "x-amz-target" {
            *value = "TrentService.ListKeys".to_owned();
        }
    }
    let _ = kms
        .connection
        .send(&other_target)
        .failed("InvalidSignatureException");

    let mut other_path = signed(&kms);
    other_path.path = "/?a=b".to_owned();
    let _ = kms
        .connection
        .send(&other_path)
        .failed("InvalidSignatureException");

    let unsigned_header = signed(&kms).with_header("x-amz-something", "else");
    let _ = kms
        .connection
        .send(&unsigned_header)
        .failed("InvalidSignatureException");

    let untouched = signed(&kms);
    let _ = kms.connection.send(&untouched).succeeded();
}

#[test]
fn a_presigned_request_is_good_until_its_time_is_over_and_for_nothing_else() {
    let daemon = Daemon::dev();
    let mut kms = Kms::of(&daemon);
    let host = kms.connection.host();
    let random = Request::call("GenerateRandom", r#"{"NumberOfBytes":8}"#);
    let presigned = |kms: &Kms, seconds| {
        let mut request = random.clone();
        kms.signer.presign(&mut request, &host, seconds);
        request
    };
    let good = presigned(&kms, 60);
    let _ = kms.connection.send(&good).succeeded();

    let mut other_body = good.clone();
    other_body.body = br#"{"NumberOfBytes":9}"#.to_vec();
    let _ = kms
        .connection
        .send(&other_body)
        .failed("InvalidSignatureException");
    let mut more = good.clone();
    more.path.push_str("&X-Amz-Something=else");
    let _ = kms
        .connection
        .send(&more)
        .failed("InvalidSignatureException");
    let mut longer = good.clone();
    longer.path = longer
        .path
        .replace("X-Amz-Expires=60", "X-Amz-Expires=6000");
    let _ = kms
        .connection
        .send(&longer)
        .failed("InvalidSignatureException");
    let for_weeks = presigned(&kms, 8 * 24 * 60 * 60);
    let _ = kms
        .connection
        .send(&for_weeks)
        .failed("IncompleteSignatureException");

    // Signed a minute and a half ago: for a minute, and for ten.
    kms.signer.clock_ahead_seconds = -90;
    let old = presigned(&kms, 60);
    let message = kms
        .connection
        .send(&old)
        .failed("InvalidSignatureException");
    assert!(message.starts_with("Signature expired"), "{message}");
    let lasting = presigned(&kms, 600);
    let _ = kms.connection.send(&lasting).succeeded();
}

#[test]
fn a_presigned_url_of_sts_proves_who_made_it() {
    let daemon = Daemon::dev();
    let mut kms = Kms::of(&daemon);
    kms.signer.service = "sts".to_owned();
    let mut request = Request {
        method: "GET",
        path: "/?Action=GetCallerIdentity&Version=2011-06-15".to_owned(),
        headers: vec![("x-k8s-aws-id".to_owned(), "cluster".to_owned())],
        body: Vec::new(),
    };
    let host = kms.connection.host();
    kms.signer.presign(&mut request, &host, 60);
    let answer = kms.connection.send(&request);
    let body = String::from_utf8(answer.body).unwrap();
    assert_eq!(answer.status, 200, "{body}");
    assert!(body.contains(":user/admin</Arn>"), "{body}");

    // For another cluster it proves nothing.
    request.headers[0].1 = "another".to_owned();
    let answer = kms.connection.send(&request);
    let body = String::from_utf8(answer.body).unwrap();
    assert_eq!(answer.status, 403, "{body}");
    assert!(
        body.contains("<Code>SignatureDoesNotMatch</Code>"),
        "{body}"
    );
}

/// AWS answers the same signed request again: two that are alike within a second are no attack, and clients that lost an answer
/// send it again. What keeps others from it is TLS, and that it is old after five minutes.
#[test]
fn the_same_signed_request_is_answered_again_until_it_is_old() {
    let daemon = Daemon::dev();
    let mut kms = Kms::of(&daemon);
    let host = kms.connection.host();
    let mut request = Request::call("CreateKey", "{}");
    kms.signer.sign(&mut request, &host);
    let keys = [0, 1].map(|_| kms.connection.send(&request).succeeded());
    let id = |key: &serde_json::Value| key["KeyMetadata"]["KeyId"].clone();
    assert_ne!(id(&keys[0]), id(&keys[1]));
    kms.signer.clock_ahead_seconds = -301;
    let mut old = Request::call("CreateKey", "{}");
    kms.signer.sign(&mut old, &host);
    let _ = kms
        .connection
        .send(&old)
        .failed("InvalidSignatureException");
}

#[test]
fn unknown_operations_and_bad_json_are_told_apart() {
    let daemon = Daemon::dev();
    let mut kms = Kms::of(&daemon);
    for target in ["Nothing", "generaterandom", "GenerateRandom.x", ""] {
        let _ = kms
            .call(target, &json!({}))
            .failed("UnknownOperationException");
    }
    let mut other_service = Request::call("", "{}");
    other_service.headers[1].1 = "DynamoDB_20120810.ListTables".to_owned();
    let _ = kms.send(other_service).failed("UnknownOperationException");
    for body in [
        "",
        "[]",
        "{",
        "nonsense",
        "{\"NumberOfBytes\":}",
        "\u{0}",
        "1",
    ] {
        let answer = kms.send(Request::call("GenerateRandom", body));
        let expected = if body.is_empty() {
            "ValidationException"
        } else {
            "SerializationException"
        };
        let _ = answer.failed(expected);
        assert_eq!(answer.status, 400);
    }
    let message = kms
        .call("GenerateRandom", &json!({"NumberOfBytes": "8"}))
        .failed("SerializationException");
    assert_eq!(message, "STRING_VALUE can not be converted to an Integer");
    // Members that the model does not know are ignored.
    let _ = kms
        .call(
            "GenerateRandom",
            &json!({"NumberOfBytes": 8, "Unknown": [1]}),
        )
        .succeeded();
}

#[test]
fn constraints_are_told_in_the_words_of_aws() {
    let daemon = Daemon::dev();
    let mut kms = Kms::of(&daemon);
    let message = kms
        .call("GenerateRandom", &json!({"NumberOfBytes": 1025}))
        .failed("ValidationException");
    assert_eq!(
        message,
        "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: \
         Member must have value less than or equal to 1024"
    );
    let message = kms
        .call("GenerateRandom", &json!({}))
        .failed("ValidationException");
    assert_eq!(message, "NumberOfBytes is required.");
    let message = kms
        .call(
            "CreateKey",
            &json!({"KeySpec": "X", "Tags": [{"TagKey": "", "TagValue": ""}]}),
        )
        .failed("ValidationException");
    assert!(
        message.starts_with("2 validation errors detected: "),
        "{message}"
    );
    assert!(
        message.contains("Value 'X' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: [RSA_2048, "),
        "{message}"
    );
    assert!(
        message.contains("Value '' at 'tags.1.member.tagKey' failed to satisfy constraint: Member must have length greater than or equal to 1"),
        "{message}"
    );
}

#[test]
fn a_refusal_at_the_edge_is_in_the_audit_log() {
    let mut daemon = Daemon::dev();
    let mut kms = Kms::of(&daemon);
    kms.signer.secret.push('x');
    let _ = kms
        .call("GenerateRandom", &json!({"NumberOfBytes": 8}))
        .failed("InvalidSignatureException");
    let tail = daemon.hsm(&["audit", "tail", "--json"]).succeeded();
    assert!(
        tail.stdout.contains("InvalidSignatureException") && tail.stdout.contains("GenerateRandom"),
        "{tail}"
    );
    assert!(daemon.terminate().success());
}
