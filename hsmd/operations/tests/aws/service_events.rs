//! What the service does by itself, as the audit log tells it.

use serde_json::json;

use crate::timed::{current_material, enable_rotation, schedule_deletion};
use crate::world::{ACCOUNT, REGION, World, days};

#[tokio::test]
async fn what_the_service_does_by_itself_is_recorded_as_a_service_event() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = world.symmetric_key(&ada).await;
    let arn = world.describe(&ada, &key).await.unwrap().arn;
    let id = arn.rsplit_once('/').unwrap().1;
    enable_rotation(&world, &ada, &key, 90).await.unwrap();
    let previous = current_material(&world, &ada, &key).await;
    assert_eq!(world.pass_working(days(90)).await, 1);
    let current = current_material(&world, &ada, &key).await;
    schedule_deletion(&world, &ada, &key, 7).await;
    assert_eq!(world.pass_working(days(7)).await, 1);

    for (name, details) in [
        (
            "RotateKey",
            json!({
                "keyId": id, "rotationType": "AUTOMATIC",
                "previousKeyMaterialId": previous, "currentKeyMaterialId": current,
            }),
        ),
        ("DeleteKey", json!({ "keyId": id })),
    ] {
        let records = world.records().into_iter();
        let mut of_name = records.filter(|record| record["eventName"] == name);
        let (intent, mut record) = (of_name.next().unwrap(), of_name.next().unwrap());
        assert!(of_name.next().is_none(), "{name}");
        assert_eq!(intent["eventPhase"], "Intent");
        assert_eq!(intent["eventID"], record["eventID"]);
        assert_eq!(intent["serviceEventDetails"], json!({ "keyId": id }));
        let members = record.as_object_mut().unwrap();
        members.remove("eventID").unwrap();
        members.remove("eventTime").unwrap();
        assert_eq!(
            record,
            json!({
                "eventVersion": "1.11",
                "userIdentity": { "accountId": ACCOUNT, "invokedBy": "AWS Internal" },
                "eventSource": "kms.amazonaws.com",
                "eventName": name,
                "awsRegion": REGION,
                "sourceIPAddress": "AWS Internal",
                "userAgent": "AWS Internal",
                "requestParameters": null,
                "responseElements": null,
                "readOnly": false,
                "resources": [{ "accountId": ACCOUNT, "type": "AWS::KMS::Key", "ARN": arn }],
                "eventType": "AwsServiceEvent",
                "managementEvent": true,
                "recipientAccountId": ACCOUNT,
                "serviceEventDetails": details,
                "eventCategory": "Management",
                "eventPhase": "Outcome",
            })
        );
    }
}
