//! Material from outside: how much of it a key has, and for how long.

use std::time::Duration;

use hsmd_operations::kms::{ImportKind, ScheduleKeyDeletion};
use serde_json::json;

use crate::importer::{Importer, ONE, Said, TWO};
use crate::timed::{DAY_MILLISECONDS, code, decrypt, encrypt, rotations};
use crate::world::{ACCOUNT, World, days};

#[tokio::test]
async fn material_that_expires_makes_ciphertexts_unreadable_until_it_is_imported_again() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = Importer::new(&world, &ada).await;
    assert_eq!(key.state().await, "PendingImport");
    let said = Said {
        valid_for: Some(days(30)),
        ..Said::default()
    };
    let imported = key.import(&ONE, said).await.unwrap();
    assert_eq!(key.state().await, "Enabled");
    let ciphertext = encrypt(&world, &ada, &key.key).await;
    let almost = days(30).checked_sub(Duration::from_millis(1)).unwrap();
    assert_eq!(world.pass_working(almost).await, 0);
    decrypt(&world, &ada, &ciphertext).await.unwrap();

    assert_eq!(world.pass_working(Duration::from_millis(1)).await, 1);
    assert_eq!(key.state().await, "PendingImport");
    assert_eq!(world.records_named("DeleteExpiredKeyMaterial"), 1);
    let metadata = world.describe(&ada, &key.key).await.unwrap();
    assert_eq!(metadata.expiration_model, None);
    assert_eq!(metadata.valid_to_unix_milliseconds, None);
    let refused = decrypt(&world, &ada, &ciphertext).await;
    assert_eq!(code(refused), "KMSInvalidStateException");

    let other = key.import(&TWO, Said::default()).await;
    assert_eq!(code(other), "IncorrectKeyMaterialException");
    let again = key.import(&ONE, Said::default()).await.unwrap();
    assert_eq!(again, imported);
    assert_eq!(key.state().await, "Enabled");
    assert_eq!(decrypt(&world, &ada, &ciphertext).await, Ok(imported));
    assert_eq!(world.pass_working(days(1000)).await, 0);
}

#[tokio::test]
async fn material_whose_time_is_over_is_not_used_whether_or_not_it_was_destroyed_yet() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = Importer::new(&world, &ada).await;
    let said = || Said {
        valid_for: Some(days(30)),
        ..Said::default()
    };
    let imported = key.import(&ONE, said()).await.unwrap();
    let ciphertext = encrypt(&world, &ada, &key.key).await;
    world.pass(days(30).checked_sub(Duration::from_millis(1)).unwrap());
    decrypt(&world, &ada, &ciphertext).await.unwrap();

    world.pass(Duration::from_millis(1));
    let refused = decrypt(&world, &ada, &ciphertext).await;
    assert_eq!(code(refused), "KMSInvalidStateException");
    let metadata = world.describe(&ada, &key.key).await.unwrap();
    assert_eq!(metadata.state, "PendingImport");
    assert_eq!(metadata.valid_to_unix_milliseconds, None);
    assert_eq!(key.states().await, [("CURRENT", "PENDING_IMPORT")]);

    // Imported again before it was destroyed, it is there to stay.
    key.import(&ONE, said()).await.unwrap();
    assert_eq!(world.work().await, 0);
    assert_eq!(
        decrypt(&world, &ada, &ciphertext).await,
        Ok(imported.clone())
    );
    assert_eq!(world.records_named("DeleteExpiredKeyMaterial"), 0);

    assert_eq!(world.pass_working(days(30)).await, 1);
    let mut records = world.records().into_iter();
    let expired = records.rfind(|record| record["eventName"] == "DeleteExpiredKeyMaterial");
    let expired = expired.unwrap();
    assert_eq!(expired["eventType"], "AwsServiceEvent");
    assert_eq!(
        expired["serviceEventDetails"],
        json!({ "keyId": metadata.key_id, "keyMaterialId": imported })
    );
}

#[tokio::test]
async fn a_daemon_that_was_down_when_material_expired_forgets_it_at_its_start() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = Importer::new(&world, &ada).await;
    let said = Said {
        valid_for: Some(days(1)),
        ..Said::default()
    };
    key.import(&ONE, said).await.unwrap();
    let name = key.key.clone();
    world.pass(days(2));
    let world = world.restart().await;
    assert_eq!(world.work().await, 1);
    assert_eq!(world.state(&ada, &name).await, "PendingImport");
}

#[tokio::test]
async fn importing_again_changes_when_material_expires() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = Importer::new(&world, &ada).await;
    let said = |days_valid| Said {
        valid_for: Some(days(days_valid)),
        ..Said::default()
    };
    key.import(&ONE, said(10)).await.unwrap();
    key.import(&ONE, said(20)).await.unwrap();
    assert_eq!(world.pass_working(days(10)).await, 0);
    let metadata = world.describe(&ada, &key.key).await.unwrap();
    let end = world.now() + 10 * DAY_MILLISECONDS;
    assert_eq!(metadata.valid_to_unix_milliseconds, Some(end));
    key.import(&ONE, Said::default()).await.unwrap();
    assert_eq!(world.pass_working(days(100)).await, 0);
    assert_eq!(key.state().await, "Enabled");
    for days_valid in [0, 366] {
        let refused = key.import(&ONE, said(days_valid)).await;
        assert_eq!(code(refused), "ValidationException", "{days_valid}");
    }
}

#[tokio::test]
async fn a_key_has_several_materials_and_works_while_all_that_it_is_bound_to_are_there() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = Importer::new(&world, &ada).await;
    let new = || Said {
        kind: Some(ImportKind::New),
        ..Said::default()
    };
    assert_eq!(code(key.rotate().await), "KMSInvalidStateException");
    let first = key.import(&ONE, new()).await.unwrap();
    let old = encrypt(&world, &ada, &key.key).await;
    assert_eq!(code(key.rotate().await), "KMSInvalidStateException");
    assert_eq!(
        code(key.import(&ONE, new()).await),
        "IncorrectKeyMaterialException"
    );

    // A new one waits for its turn; another cannot come meanwhile, but it can be taken away and replaced.
    let second = key.import(&TWO, new()).await.unwrap();
    assert_eq!(
        key.states().await,
        [("CURRENT", "IMPORTED"), ("PENDING_ROTATION", "IMPORTED")]
    );
    assert_eq!(
        code(key.import(&[3; 32], new()).await),
        "KMSInvalidStateException"
    );
    key.delete(Some(second.clone())).await.unwrap();
    assert_eq!(key.states().await, [("CURRENT", "IMPORTED")]);
    assert_eq!(key.state().await, "Enabled");
    key.import(&TWO, new()).await.unwrap();

    key.rotate().await.unwrap();
    assert_eq!(
        key.states().await,
        [("NON_CURRENT", "IMPORTED"), ("CURRENT", "IMPORTED")]
    );
    let newer = encrypt(&world, &ada, &key.key).await;
    assert_eq!(decrypt(&world, &ada, &old).await, Ok(first.clone()));
    assert_eq!(decrypt(&world, &ada, &newer).await, Ok(second.clone()));
    let listed = rotations(&world, &ada, &key.key, false).await;
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].rotated, Some((world.now(), "ON_DEMAND")));

    // Without the old one nothing works, the new one neither.
    key.delete(Some(first.clone())).await.unwrap();
    assert_eq!(key.state().await, "PendingImport");
    assert_eq!(
        key.states().await,
        [("NON_CURRENT", "PENDING_IMPORT"), ("CURRENT", "IMPORTED")]
    );
    assert_eq!(
        code(decrypt(&world, &ada, &newer).await),
        "KMSInvalidStateException"
    );
    // Without an id it is the current one that goes.
    assert_eq!(key.delete(None).await.unwrap(), second);
    assert_eq!(key.state().await, "PendingImport");
    key.import(&ONE, Said::default()).await.unwrap();
    assert_eq!(key.state().await, "PendingImport");
    key.import(&TWO, Said::default()).await.unwrap();
    assert_eq!(key.state().await, "Enabled");
    assert_eq!(decrypt(&world, &ada, &old).await, Ok(first));
    assert_eq!(decrypt(&world, &ada, &newer).await, Ok(second));
}

#[tokio::test]
async fn the_first_material_to_expire_ends_the_use_of_a_key_and_each_expires_by_itself() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = Importer::new(&world, &ada).await;
    let said = |days_valid, kind| Said {
        valid_for: Some(days(days_valid)),
        kind: Some(kind),
        ..Said::default()
    };
    key.import(&ONE, said(20, ImportKind::New)).await.unwrap();
    key.import(&TWO, said(10, ImportKind::New)).await.unwrap();
    key.rotate().await.unwrap();
    let metadata = world.describe(&ada, &key.key).await.unwrap();
    let first_end = world.now() + 10 * DAY_MILLISECONDS;
    assert_eq!(metadata.valid_to_unix_milliseconds, Some(first_end));
    assert_eq!(world.pass_working(days(10)).await, 1);
    assert_eq!(key.state().await, "PendingImport");
    assert_eq!(
        key.states().await,
        [("NON_CURRENT", "IMPORTED"), ("CURRENT", "PENDING_IMPORT")]
    );
    assert_eq!(world.pass_working(days(10)).await, 1);
    assert_eq!(
        key.states().await,
        [
            ("NON_CURRENT", "PENDING_IMPORT"),
            ("CURRENT", "PENDING_IMPORT")
        ]
    );
    assert_eq!(world.records_named("DeleteExpiredKeyMaterial"), 2);
}

#[tokio::test]
async fn a_pending_material_that_expires_leaves_the_key_at_work() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = Importer::new(&world, &ada).await;
    key.import(&ONE, Said::default()).await.unwrap();
    let said = Said {
        valid_for: Some(days(1)),
        kind: Some(ImportKind::New),
        ..Said::default()
    };
    key.import(&TWO, said).await.unwrap();
    assert_eq!(world.pass_working(days(1)).await, 1);
    assert_eq!(key.state().await, "Enabled");
    assert_eq!(key.states().await, [("CURRENT", "IMPORTED")]);
}

#[tokio::test]
async fn a_key_that_waits_for_its_end_loses_its_material_and_keeps_its_state() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = Importer::new(&world, &ada).await;
    let said = Said {
        valid_for: Some(days(3)),
        ..Said::default()
    };
    key.import(&ONE, said).await.unwrap();
    let schedule = ScheduleKeyDeletion {
        key: key.key.clone(),
        waiting_days: 7,
    };
    world.ask(&ada, schedule).await.unwrap();
    assert_eq!(code(key.rotate().await), "KMSInvalidStateException");
    assert_eq!(world.pass_working(days(3)).await, 1);
    assert_eq!(key.state().await, "PendingDeletion");
    key.delete(None).await.unwrap();
    assert_eq!(key.state().await, "PendingDeletion");
    assert_eq!(world.pass_working(days(4)).await, 1);
    let gone = world.describe(&ada, &key.key).await;
    assert_eq!(code(gone), "NotFoundException");
}

#[tokio::test]
async fn the_same_bytes_have_one_name_in_a_key_and_another_in_the_next_key() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let one = Importer::new(&world, &ada).await;
    let other = Importer::new(&world, &ada).await;
    let imported = one.import(&ONE, Said::default()).await.unwrap();
    let elsewhere = other.import(&ONE, Said::default()).await.unwrap();
    assert_ne!(imported, elsewhere);
    // Ciphertexts name their key, whatever its material.
    let ciphertext = encrypt(&world, &ada, &one.key).await;
    one.delete(None).await.unwrap();
    assert_eq!(
        code(decrypt(&world, &ada, &ciphertext).await),
        "KMSInvalidStateException"
    );

    let said = |id: &str| Said {
        material_id: Some(id.to_owned()),
        ..Said::default()
    };
    let refused = one.import(&ONE, said(&elsewhere)).await;
    assert_eq!(code(refused), "IncorrectKeyMaterialException");
    one.import(&ONE, said(&imported)).await.unwrap();
    let unknown = one.delete(Some(elsewhere)).await;
    assert_eq!(code(unknown), "NotFoundException");
}

#[tokio::test]
async fn what_whoever_imports_says_of_material_is_listed() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = Importer::new(&world, &ada).await;
    let said = |text: &str| Said {
        description: Some(text.to_owned()),
        valid_for: Some(days(1)),
        ..Said::default()
    };
    key.import(&ONE, said("from the old box")).await.unwrap();
    let listed = rotations(&world, &ada, &key.key, true).await;
    let import = listed[0].import.clone().unwrap();
    assert_eq!(import.description, "from the old box");
    assert_eq!(import.expiration_model, Some("KEY_MATERIAL_EXPIRES"));
    let end = world.now() + DAY_MILLISECONDS;
    assert_eq!(import.valid_to_unix_milliseconds, Some(end));
    assert!(rotations(&world, &ada, &key.key, false).await.is_empty());
}
