//! What the log says of it.

use super::*;

#[tokio::test]
async fn a_user_may_sign_and_the_record_says_who_what_and_with_what() {
    let world = World::new().await;
    let key = world.object(|_| ()).await;
    let user = world.user().await;
    let needs = Needs::key(&actions::SIGN, world.partition, key)
        .with_algorithm(Algorithm::EcdsaSha384)
        .with_detail("lengthBytes", Detail::Number(48));
    let admitted = world.gate.admit(&user, needs).await.unwrap();
    let permit: &Permit<Sign> = admitted.permits();
    assert_eq!(permit.object().id, key);
    assert_eq!(permit.version().unwrap().number, 1);
    assert_eq!(permit.partition().id, world.partition);
    world.gate.conclude(admitted, Outcome::Done).await.unwrap();

    let record = world.last_record();
    assert_eq!(record["eventName"], "Sign");
    // Root is an operator of every daemon, so whoever runs the tests may be one.
    let kind = if user.is_operator() {
        "Operator"
    } else {
        "Client"
    };
    assert_eq!(record["userIdentity"]["type"], kind);
    assert_eq!(record["userIdentity"]["principalId"], "tester");
    assert_eq!(record["userIdentity"]["login"], "User");
    assert_eq!(record["userAgent"], "test/7");
    assert_eq!(record["sourceIPAddress"], "local");
    assert_eq!(record["requestParameters"]["object"], key.to_string());
    assert_eq!(
        record["requestParameters"]["partition"],
        world.partition.to_string()
    );
    assert_eq!(
        record["requestParameters"]["algorithm"],
        Algorithm::EcdsaSha384.name()
    );
    assert_eq!(record["requestParameters"]["lengthBytes"], 48);
    assert_eq!(record["errorCode"], serde_json::Value::Null);
    assert!(
        record["eventTime"]
            .as_str()
            .unwrap()
            .starts_with("2023-11-14T22:13:2")
    );
}

#[tokio::test]
async fn a_change_has_an_intent_before_it_and_a_session_object_has_none() {
    let world = World::new().await;
    let user = world.user().await;
    let needs = Needs::creation(&actions::GENERATE_KEY, world.partition, Visibility::Private);
    let admitted = world.gate.admit(&user, needs).await.unwrap();
    let intent = world.last_record();
    assert_eq!(intent["eventPhase"], "Intent");
    world
        .gate
        .conclude(admitted, Outcome::Failed("StorageFull"))
        .await
        .unwrap();
    let outcome = world.last_record();
    assert_eq!(outcome["eventPhase"], "Outcome");
    assert_eq!(outcome["errorCode"], "StorageFull");
    assert_eq!(outcome["eventID"], intent["eventID"]);

    let before = world.records().len();
    let needs = Needs::creation(&actions::GENERATE_KEY, world.partition, Visibility::Private)
        .for_session_object();
    let admitted = world.gate.admit(&user, needs).await.unwrap();
    world.gate.conclude(admitted, Outcome::Done).await.unwrap();
    assert_eq!(world.records().len(), before + 1);
    assert_eq!(world.last_record()["eventPhase"], serde_json::Value::Null);
}

#[tokio::test]
async fn a_request_that_its_client_abandons_is_recorded_as_abandoned() {
    let world = World::new().await;
    let key = world.object(|_| ()).await;
    let user = world.user().await;
    let needs = Needs::key(&actions::SIGN, world.partition, key);
    drop(world.gate.admit(&user, needs).await.unwrap());
    let record = world.last_record();
    assert_eq!(record["errorCode"], "Abandoned");
    assert_eq!(record["requestParameters"]["object"], key.to_string());
}

#[tokio::test]
async fn refusals_outside_an_operation_are_recorded() {
    let world = World::new().await;
    let address = "203.0.113.9:4711".parse().unwrap();
    world.gate.refuse(
        Requester::Address(address),
        actions::HELLO.row(),
        "HandshakeFailed",
    );
    let record = world.last_record();
    assert_eq!(record["sourceIPAddress"], "203.0.113.9");
    assert_eq!(record["errorCode"], "HandshakeFailed");
    world.gate.refuse(
        Requester::Peer(&world.peer),
        actions::HELLO.row(),
        "NotRecognised",
    );
    assert_eq!(world.last_record()["userIdentity"]["type"], "Unknown");
}

#[tokio::test]
async fn a_flood_of_refusals_is_recorded_to_the_last_one() {
    let world = World::new().await;
    let nobody = world.caller();
    let key = world.object(|_| ()).await;
    for _ in 0..1_000 {
        assert_eq!(world.sign(&nobody, key).await, Err(Refusal::NotLoggedIn));
    }
    let count = || -> u64 {
        let refused = world
            .records()
            .into_iter()
            .filter(|record| record["errorCode"] == "NotLoggedIn");
        refused
            .map(|record| record["count"].as_u64().unwrap_or(1))
            .sum()
    };
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while count() < 1_000 {
        assert!(std::time::Instant::now() < deadline, "{} counted", count());
        tokio::task::yield_now().await;
    }
    assert_eq!(count(), 1_000);
}

#[tokio::test]
async fn the_log_of_all_this_is_whole() {
    let world = World::new().await;
    let key = world.object(|_| ()).await;
    let user = world.user().await;
    for _ in 0..300 {
        world.sign(&user, key).await.unwrap();
    }
    world.log.close();
    let directory = world.directory.path().join("audit");
    let report = verify::verify_directory(&directory, &verify::Evidence::default()).unwrap();
    assert_eq!((report.records, report.records_signed), (300, 300));
    assert!(report.problems.is_empty(), "{report:?}");
}

#[tokio::test]
async fn many_more_descriptions_than_the_queue_holds_are_all_recorded() {
    const COUNT: u64 = 15_000;
    let world = World::new().await;
    let caller = world.caller();
    for _ in 0..COUNT {
        let needs = Needs::daemon(&actions::STATUS);
        let admitted = world.gate.admit(&caller, needs).await.unwrap();
        world.gate.conclude(admitted, Outcome::Done).await.unwrap();
    }
    world.log.sign_now();
    assert_eq!(world.log.records(), COUNT);
}
