//! Random requests, made from the model's grammar and then damaged, with signatures right and wrong.

use std::collections::BTreeMap;
use std::thread;

use hsm_tests::random::Random;
use hsm_tests::{Daemon, repetitions};
use serde_json::{Map, Value, json};

use crate::model::{Model, kind};
use crate::signed::{Kms, Request};

/// Requests of the test that is always run.
const REQUESTS: u64 = 100_000;

/// How many connections share them.
const CONNECTIONS: u64 = 4;

/// The outcome of one request: the status and the error's name.
type Outcomes = BTreeMap<(u16, String), u64>;

#[test]
fn random_requests_never_fault_and_change_nothing_unsigned() {
    let repetitions = u64::from(repetitions());
    let model = Model::read();
    let mut daemon = Daemon::dev();
    let mut kms = Kms::of(&daemon);
    let key = kms.call("CreateKey", &json!({})).succeeded();
    let key = key["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned();
    let before = kms.call("DescribeKey", &json!({"KeyId": key})).succeeded();

    // Signed wrongly: nothing comes of it.
    let refused = requests(
        &daemon,
        &model,
        &key,
        REQUESTS / 10 * repetitions,
        Signing::Wrong,
    );
    assert_eq!(
        refused.keys().filter(|(status, _)| *status == 200).count(),
        0,
        "{refused:?}"
    );
    let listed = kms.call("ListKeys", &json!({})).succeeded();
    assert_eq!(listed["Keys"].as_array().map(Vec::len), Some(1), "{listed}");
    let after = kms.call("DescribeKey", &json!({"KeyId": key})).succeeded();
    assert_eq!(before, after);

    let answered = requests(
        &daemon,
        &model,
        &key,
        REQUESTS * repetitions,
        Signing::Right,
    );
    let faults: Vec<_> = answered
        .iter()
        .filter(|((status, _), _)| *status >= 500)
        .collect();
    assert!(faults.is_empty(), "{faults:?}\n{}", daemon.log());
    let names: Vec<_> = answered.keys().map(|(_, name)| name.as_str()).collect();
    for expected in [
        "",
        "ValidationException",
        "SerializationException",
        "NotFoundException",
    ] {
        assert!(
            names.contains(&expected),
            "the grammar never led to {expected:?}: {answered:?}"
        );
    }
    eprintln!("outcomes of random requests: {answered:?}");
    let _ = kms
        .call("GenerateRandom", &json!({"NumberOfBytes": 8}))
        .succeeded();
    assert!(daemon.terminate().success());
}

#[derive(Clone, Copy, PartialEq)]
enum Signing {
    Right,
    Wrong,
}

/// Sends so many random requests, and counts what came of them.
fn requests(daemon: &Daemon, model: &Model, key: &str, count: u64, signing: Signing) -> Outcomes {
    let run = |number: u64| {
        let mut kms = Kms::of(daemon);
        // The same requests each time.
        let mut random = Random(0x9e37_79b9_7f4a_7c15 ^ (number + 1));
        let mut outcomes = Outcomes::new();
        let operations = model.operations();
        for _ in 0..count / CONNECTIONS {
            let operation = &operations[random.below(operations.len())];
            let body = random_request(model, operation, key, &mut random);
            let mut request = Request::call(operation, body);
            if signing == Signing::Right {
                kms.signer.sign(&mut request, &kms.connection.host());
            } else {
                spoil(&mut kms, &mut request, &mut random);
            }
            let answer = kms.connection.send(&request);
            let name = if answer.status == 200 {
                String::new()
            } else {
                answer.code()
            };
            *outcomes.entry((answer.status, name)).or_default() += 1;
        }
        outcomes
    };
    let all = thread::scope(|scope| {
        let runs: Vec<_> = (0..CONNECTIONS)
            .map(|number| scope.spawn(move || run(number)))
            .collect();
        runs.into_iter()
            .map(|run| run.join().expect("a run"))
            .collect::<Vec<_>>()
    });
    let mut sum = Outcomes::new();
    for (outcome, count) in all.into_iter().flatten() {
        *sum.entry(outcome).or_default() += count;
    }
    sum
}

/// Signs wrongly in one of several ways.
fn spoil(kms: &mut Kms, request: &mut Request, random: &mut Random) {
    let host = kms.connection.host();
    let right = kms.signer.clone();
    match random.below(6) {
        0 => {}
        1 => {
            kms.signer.secret.push('x');
            kms.signer.sign(request, &host);
        }
        2 => {
            kms.signer.sign(request, &host);
            request.body.push(b' ');
        }
        3 => {
            kms.signer.clock_ahead_seconds = 1_000;
            kms.signer.sign(request, &host);
        }
        4 => {
            let letters = (0..random.below(200)).map(|_| letter(random));
            // A header's value is one line of ASCII.
            let garbage: String = letters
                .filter(|letter| letter.is_ascii() && *letter != '\n')
                .collect();
            request.headers.push((
                "authorization".to_owned(),
                format!("AWS4-HMAC-SHA256 {garbage}"),
            ));
        }
        _ => {
            kms.signer.sign(request, &host);
            let Some((_, value)) = request.headers.last_mut() else {
                return;
            };
            let last = if value.ends_with('0') { '1' } else { '0' };
            value.pop();
            value.push(last);
        }
    }
    kms.signer = right;
}

/// A body from the grammar, damaged now and then.
fn random_request(model: &Model, operation: &str, key: &str, random: &mut Random) -> Vec<u8> {
    let mut body = Map::new();
    let input = model.input(operation);
    let required: Vec<_> = crate::model::required(input).collect();
    for (name, shape) in model.members(input) {
        let chance = if required.contains(&name) { 95 } else { 25 };
        if random.below(100) < chance {
            let value = if name.ends_with("KeyId") && random.below(4) > 0 {
                json!(key)
            } else {
                random_value(model, shape, random)
            };
            body.insert(name.to_owned(), value);
        }
    }
    let mut bytes = Value::Object(body).to_string().into_bytes();
    if random.below(20) == 0 {
        damage(&mut bytes, random);
    }
    bytes
}

fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(3) {
        let place = random.below(bytes.len().max(1));
        match random.below(3) {
            0 => bytes.truncate(place),
            1 => bytes.insert(place.min(bytes.len()), random.byte()),
            _ => {
                let byte = random.byte();
                if let Some(target) = bytes.get_mut(place) {
                    *target = byte;
                }
            }
        }
    }
}

/// A value that mostly has the shape's type, and often keeps its constraints.
fn random_value(model: &Model, shape: &Value, random: &mut Random) -> Value {
    if random.below(30) == 0 {
        let odd = [
            json!(null),
            json!(-1),
            json!("x"),
            json!([]),
            json!({}),
            json!(1e300),
            json!(true),
        ];
        return odd[random.below(odd.len())].clone();
    }
    if random.below(3) > 0 {
        if let Some(values) = shape["enum"].as_array() {
            return values[random.below(values.len())].clone();
        }
        return model.valid(shape);
    }
    match kind(shape) {
        "string" => {
            let letters = (0..random.below(300)).map(|_| letter(random));
            letters.collect::<String>().into()
        }
        "blob" => "AAAA".repeat(random.below(2_000)).into(),
        "integer" => json!(random.below(3_000)),
        "timestamp" => json!(random.below(4_000_000_000)),
        "boolean" => json!(random.below(2) == 0),
        "map" => {
            let pairs = (0..random.below(10)).map(|_| (letter(random).to_string(), json!("v")));
            Value::Object(pairs.collect())
        }
        "list" => {
            let element = model.shape(&shape["member"]);
            (0..random.below(12))
                .map(|_| random_value(model, element, random))
                .collect()
        }
        _ => {
            let members = model.members(shape).into_iter();
            let members =
                members.map(|(name, shape)| (name.to_owned(), random_value(model, shape, random)));
            Value::Object(members.collect())
        }
    }
}

fn letter(random: &mut Random) -> char {
    let letters = [
        'a', 'Z', '0', '/', ':', '-', '_', '*', '%', ' ', '"', '\u{e9}', '\u{2603}', '\n', '=',
    ];
    letters[random.below(letters.len())]
}
