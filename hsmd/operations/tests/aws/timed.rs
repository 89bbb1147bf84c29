//! What time alone does to keys of accounts: rotation, the end of imported material, and the end of keys.

use std::time::Duration;

use hsm_algorithms::KmsAlgorithm;
use hsmd_operations::kms::{
    self, AliasName, CancelKeyDeletion, CreateAlias, CreateGrant, DataKeyLength, DataKeyRequest,
    Decrypt, DisableKey, DisableKeyRotation, EnableKey, EnableKeyRotation, Encrypt,
    EncryptionContext, GenerateDataKey, GetKeyRotationStatus, KeyReference, KeyRequest,
    ListKeyRotations, ListRetirableGrants, PageRequest, RotateKeyOnDemand, RotationEntry,
    ScheduleKeyDeletion, Source,
};

use hsmd_secret_memory::Plaintext;

use crate::world::{ACCOUNT, Person, World, days};

pub(crate) const DAY_MILLISECONDS: u64 = 24 * 60 * 60 * 1000;
const PLAINTEXT: &[u8] = b"what stays the same";

pub(crate) async fn encrypt(world: &World, who: &Person, key: &KeyReference) -> Vec<u8> {
    world.ask(who, encryption(key)).await.unwrap().ciphertext
}

pub(crate) fn encryption(key: &KeyReference) -> Encrypt {
    Encrypt {
        request: used(key),
        plaintext: PLAINTEXT.to_vec().into(),
        encryption_context: EncryptionContext::new(),
        algorithm: KmsAlgorithm::SymmetricDefault,
    }
}

fn used(key: &KeyReference) -> KeyRequest {
    KeyRequest {
        key: key.clone(),
        grant_tokens: Vec::new(),
        is_dry_run: false,
    }
}

/// The id of the material that decrypted it.
pub(crate) async fn decrypt(
    world: &World,
    who: &Person,
    ciphertext: &[u8],
) -> Result<String, kms::Error> {
    let decrypted = world.ask(who, decryption(ciphertext)).await?;
    assert_eq!(decrypted.plaintext.as_bytes(), PLAINTEXT);
    Ok(decrypted.key_material_id.unwrap())
}

/// The plaintext of any ciphertext.
pub(crate) async fn decrypt_with(
    world: &World,
    who: &Person,
    ciphertext: &[u8],
) -> Result<Plaintext, kms::Error> {
    let decrypted = world.ask(who, decryption(ciphertext)).await?;
    Ok(decrypted.plaintext)
}

fn decryption(ciphertext: &[u8]) -> Decrypt {
    Decrypt {
        source: Source {
            ciphertext: Some(ciphertext.to_vec()),
            key: None,
            encryption_context: EncryptionContext::new(),
            algorithm: KmsAlgorithm::SymmetricDefault,
        },
        grant_tokens: Vec::new(),
        is_dry_run: false,
    }
}

/// What asks for a data key of 32 bytes.
pub(crate) fn data_key(key: &KeyReference) -> GenerateDataKey {
    GenerateDataKey(DataKeyRequest {
        request: used(key),
        length: DataKeyLength::Aes256,
        encryption_context: EncryptionContext::new(),
    })
}

pub(crate) async fn enable_rotation(
    world: &World,
    who: &Person,
    key: &KeyReference,
    period_days: u16,
) -> Result<(), kms::Error> {
    let enable = EnableKeyRotation {
        key: key.clone(),
        period_days,
    };
    world.ask(who, enable).await
}

/// When the key rotates next, if it does.
async fn next_rotation(world: &World, who: &Person, key: &KeyReference) -> Option<u64> {
    let status = world
        .ask(who, GetKeyRotationStatus { key: key.clone() })
        .await;
    let rotation = status.unwrap().rotation;
    rotation.map(|rotation| rotation.next_at_unix_milliseconds)
}

pub(crate) async fn rotations(
    world: &World,
    who: &Person,
    key: &KeyReference,
    includes_all_material: bool,
) -> Vec<RotationEntry> {
    let list = ListKeyRotations {
        key: key.clone(),
        includes_all_material,
        page: PageRequest {
            limit: None,
            marker: None,
        },
    };
    world.ask(who, list).await.unwrap().entries
}

pub(crate) async fn current_material(world: &World, who: &Person, key: &KeyReference) -> String {
    let metadata = world.describe(who, key).await.unwrap();
    metadata.current_material_id.unwrap()
}

pub(crate) async fn schedule_deletion(
    world: &World,
    who: &Person,
    key: &KeyReference,
    waiting_days: u8,
) {
    let schedule = ScheduleKeyDeletion {
        key: key.clone(),
        waiting_days,
    };
    let scheduled = world.ask(who, schedule).await.unwrap();
    let at = world.now() + u64::from(waiting_days) * DAY_MILLISECONDS;
    assert_eq!(scheduled.at_unix_milliseconds, Some(at));
}

#[tokio::test]
async fn a_key_gets_new_material_when_its_period_has_passed_and_not_before() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = world.symmetric_key(&ada).await;
    enable_rotation(&world, &ada, &key, 90).await.unwrap();
    let began = world.now();
    assert_eq!(
        next_rotation(&world, &ada, &key).await,
        Some(began + 90 * DAY_MILLISECONDS)
    );
    let first = current_material(&world, &ada, &key).await;
    let old = encrypt(&world, &ada, &key).await;

    let almost = days(90).checked_sub(Duration::from_millis(1)).unwrap();
    assert_eq!(world.pass_working(almost).await, 0);
    assert_eq!(current_material(&world, &ada, &key).await, first);
    assert_eq!(world.pass_working(Duration::from_millis(1)).await, 1);

    let second = current_material(&world, &ada, &key).await;
    assert_ne!(second, first);
    let new = encrypt(&world, &ada, &key).await;
    assert_eq!(decrypt(&world, &ada, &old).await, Ok(first));
    assert_eq!(decrypt(&world, &ada, &new).await, Ok(second.clone()));
    let listed = rotations(&world, &ada, &key, false).await;
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].material_id, second);
    assert_eq!(listed[0].rotated, Some((world.now(), "AUTOMATIC")));
    assert_eq!(
        next_rotation(&world, &ada, &key).await,
        Some(began + 180 * DAY_MILLISECONDS)
    );
    assert_eq!(world.records_named("RotateKey"), 1);
}

#[tokio::test]
async fn periods_are_from_90_to_2560_days_and_the_longest_is_kept_too() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = world.symmetric_key(&ada).await;
    for period in [0, 89, 2561, u16::MAX] {
        let refused = enable_rotation(&world, &ada, &key, period).await;
        assert!(
            matches!(refused, Err(kms::Error::Validation(_))),
            "{period}: {refused:?}"
        );
    }
    enable_rotation(&world, &ada, &key, 2560).await.unwrap();
    assert_eq!(world.pass_working(days(2559)).await, 0);
    assert_eq!(world.pass_working(days(1)).await, 1);
}

#[tokio::test]
async fn a_daemon_that_was_down_for_several_periods_rotates_once_and_counts_from_then() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = world.symmetric_key(&ada).await;
    enable_rotation(&world, &ada, &key, 90).await.unwrap();
    let old = encrypt(&world, &ada, &key).await;
    world.pass(days(400));
    let world = world.restart().await;
    assert_eq!(world.work().await, 1);
    assert_eq!(rotations(&world, &ada, &key, false).await.len(), 1);
    assert_eq!(
        next_rotation(&world, &ada, &key).await,
        Some(world.now() + 90 * DAY_MILLISECONDS)
    );
    decrypt(&world, &ada, &old).await.unwrap();
}

#[tokio::test]
async fn another_period_counts_from_where_the_first_one_began() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = world.symmetric_key(&ada).await;
    enable_rotation(&world, &ada, &key, 365).await.unwrap();
    let began = world.now();
    world.pass(days(100));
    enable_rotation(&world, &ada, &key, 180).await.unwrap();
    assert_eq!(
        next_rotation(&world, &ada, &key).await,
        Some(began + 180 * DAY_MILLISECONDS)
    );
    // A period that has passed already is over now, not in the past.
    enable_rotation(&world, &ada, &key, 90).await.unwrap();
    assert_eq!(next_rotation(&world, &ada, &key).await, Some(world.now()));
    assert_eq!(world.work().await, 1);
}

#[tokio::test]
async fn a_disabled_key_is_rotated_when_it_is_enabled_again() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = world.symmetric_key(&ada).await;
    enable_rotation(&world, &ada, &key, 90).await.unwrap();
    let disable = DisableKey { key: key.clone() };
    world.ask(&ada, disable).await.unwrap();
    assert_eq!(world.pass_working(days(200)).await, 0);
    let refused = enable_rotation(&world, &ada, &key, 90).await;
    assert_eq!(code(refused), "DisabledException");
    world
        .ask(&ada, EnableKey { key: key.clone() })
        .await
        .unwrap();
    assert_eq!(world.work().await, 1);
    assert_eq!(
        next_rotation(&world, &ada, &key).await,
        Some(world.now() + 90 * DAY_MILLISECONDS)
    );
}

#[tokio::test]
async fn rotation_that_is_switched_off_does_not_happen_and_begins_anew() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = world.symmetric_key(&ada).await;
    enable_rotation(&world, &ada, &key, 90).await.unwrap();
    world.pass(days(89));
    let disable = DisableKeyRotation { key: key.clone() };
    world.ask(&ada, disable).await.unwrap();
    assert_eq!(next_rotation(&world, &ada, &key).await, None);
    assert_eq!(world.pass_working(days(400)).await, 0);
    enable_rotation(&world, &ada, &key, 90).await.unwrap();
    assert_eq!(world.pass_working(days(89)).await, 0);
    assert_eq!(world.pass_working(days(1)).await, 1);
}

#[tokio::test]
async fn a_key_that_waits_for_its_end_does_not_rotate_and_its_setting_comes_back() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = world.symmetric_key(&ada).await;
    enable_rotation(&world, &ada, &key, 90).await.unwrap();
    let next = next_rotation(&world, &ada, &key).await;
    world.pass(days(80));
    schedule_deletion(&world, &ada, &key, 30).await;
    assert_eq!(next_rotation(&world, &ada, &key).await, None);
    assert_eq!(world.pass_working(days(20)).await, 0);
    let cancel = CancelKeyDeletion { key: key.clone() };
    world.ask(&ada, cancel).await.unwrap();
    assert_eq!(world.state(&ada, &key).await, "Disabled");
    assert_eq!(next_rotation(&world, &ada, &key).await, next);
    assert_eq!(world.work().await, 0);
    world
        .ask(&ada, EnableKey { key: key.clone() })
        .await
        .unwrap();
    assert_eq!(world.work().await, 1);
}

#[tokio::test]
async fn a_rotation_on_demand_leaves_the_schedule_alone_and_is_refused_shortly_before_it() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = world.symmetric_key(&ada).await;
    enable_rotation(&world, &ada, &key, 90).await.unwrap();
    let next = next_rotation(&world, &ada, &key).await;
    world.pass(days(10));
    let rotate = || RotateKeyOnDemand { key: key.clone() };
    world.ask(&ada, rotate()).await.unwrap();
    assert_eq!(next_rotation(&world, &ada, &key).await, next);
    world.pass(days(80).checked_sub(Duration::from_mins(20)).unwrap());
    let refused = world.ask(&ada, rotate()).await;
    assert!(
        matches!(refused, Err(kms::Error::Conflict(_))),
        "{refused:?}"
    );
    assert_eq!(world.pass_working(Duration::from_mins(20)).await, 1);
    let kinds: Vec<_> = rotations(&world, &ada, &key, false).await;
    let kinds: Vec<_> = kinds.iter().map(|entry| entry.rotated.unwrap().1).collect();
    assert_eq!(kinds, ["ON_DEMAND", "AUTOMATIC"]);
    // A life has 25 of them, whatever happens between.
    for _ in 1..25 {
        world.ask(&ada, rotate()).await.unwrap();
    }
    let refused = world.ask(&ada, rotate()).await;
    assert!(
        matches!(refused, Err(kms::Error::RotationsExhausted { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn keys_of_other_kinds_and_origins_do_not_rotate_by_themselves() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    for (spec, usage, origin) in [
        ("HMAC_256", Some("GENERATE_VERIFY_MAC"), "AWS_KMS"),
        ("ECC_NIST_P256", Some("SIGN_VERIFY"), "AWS_KMS"),
        ("ML_KEM_768", Some("ENCAPSULATE_DECAPSULATE"), "AWS_KMS"),
        ("SYMMETRIC_DEFAULT", None, "EXTERNAL"),
        ("HMAC_256", Some("GENERATE_VERIFY_MAC"), "EXTERNAL"),
    ] {
        let made = world.key(&ada, spec, usage, origin).await;
        let key = KeyReference::parse(&made.key_id);
        let refused = enable_rotation(&world, &ada, &key, 365).await;
        assert_eq!(
            code(refused),
            "UnsupportedOperationException",
            "{spec} {origin}"
        );
    }
}

#[tokio::test]
async fn a_key_ends_with_its_window_and_takes_aliases_and_grants_with_it() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = world.symmetric_key(&ada).await;
    let ciphertext = encrypt(&world, &ada, &key).await;
    let name = AliasName::new("alias/gone").unwrap();
    let alias = CreateAlias {
        name,
        target: key.clone(),
    };
    world.ask(&ada, alias).await.unwrap();
    let grantee = format!("arn:aws:iam::{ACCOUNT}:user/admin");
    let grant = CreateGrant {
        key: key.clone(),
        grantee: grantee.clone(),
        retiring: Some(grantee.clone()),
        operations: vec!["Decrypt"],
        constraints: kms::GrantConstraints::default(),
        name: String::new(),
        grant_tokens: Vec::new(),
        is_dry_run: false,
    };
    world.ask(&ada, grant).await.unwrap();
    schedule_deletion(&world, &ada, &key, 7).await;

    let almost = days(7).checked_sub(Duration::from_millis(1)).unwrap();
    assert_eq!(world.pass_working(almost).await, 0);
    assert_eq!(world.state(&ada, &key).await, "PendingDeletion");
    assert_eq!(world.pass_working(Duration::from_millis(1)).await, 1);

    let gone = world.describe(&ada, &key).await;
    assert_eq!(code(gone), "NotFoundException");
    let alias = KeyReference::parse("alias/gone");
    assert_eq!(
        code(world.describe(&ada, &alias).await),
        "NotFoundException"
    );
    let retirable = ListRetirableGrants {
        principal: grantee,
        page: PageRequest {
            limit: None,
            marker: None,
        },
    };
    let retirable = world.ask(&ada, retirable).await.unwrap();
    assert!(retirable.entries.is_empty());
    let refused = decrypt(&world, &ada, &ciphertext).await;
    assert_eq!(code(refused), "AccessDenied");
    assert_eq!(world.records_named("DeleteKey"), 1);
    // Nothing comes back with the next start.
    let world = world.restart().await;
    assert_eq!(code(world.describe(&ada, &key).await), "NotFoundException");
    assert_eq!(
        code(world.describe(&ada, &alias).await),
        "NotFoundException"
    );
}

#[tokio::test]
async fn a_key_pair_ends_with_the_object_that_shows_its_public_half() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let made = world.key(&ada, "ECC_NIST_P256", Some("SIGN_VERIFY"), "AWS_KMS");
    let key = KeyReference::parse(&made.await.key_id);
    assert_eq!(world.object_count(), 2);
    schedule_deletion(&world, &ada, &key, 7).await;
    assert_eq!(world.pass_working(days(7)).await, 1);
    assert_eq!(world.object_count(), 0);
}

#[tokio::test]
async fn a_daemon_that_was_down_when_a_key_ended_ends_it_at_its_start() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = world.symmetric_key(&ada).await;
    schedule_deletion(&world, &ada, &key, 30).await;
    world.pass(days(31));
    let world = world.restart().await;
    assert_eq!(world.work().await, 1);
    assert_eq!(code(world.describe(&ada, &key).await), "NotFoundException");
}

#[tokio::test]
async fn an_end_that_is_called_off_does_not_come() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = world.symmetric_key(&ada).await;
    schedule_deletion(&world, &ada, &key, 7).await;
    world.pass(days(6));
    let cancel = CancelKeyDeletion { key: key.clone() };
    world.ask(&ada, cancel).await.unwrap();
    assert_eq!(world.pass_working(days(100)).await, 0);
    assert_eq!(world.state(&ada, &key).await, "Disabled");
    // A second end has a window of its own.
    schedule_deletion(&world, &ada, &key, 7).await;
    assert_eq!(world.pass_working(days(6)).await, 0);
    assert_eq!(world.pass_working(days(1)).await, 1);
}

#[tokio::test]
async fn a_primary_with_replicas_waits_for_them_without_a_date() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = world.primary_key_with_a_replica(&ada).await;
    let schedule = || ScheduleKeyDeletion {
        key: key.clone(),
        waiting_days: 7,
    };
    let scheduled = world.ask(&ada, schedule()).await.unwrap();
    assert_eq!(scheduled.at_unix_milliseconds, None);
    assert_eq!(scheduled.state, "PendingReplicaDeletion");
    let metadata = world.describe(&ada, &key).await.unwrap();
    assert_eq!(metadata.deleted_at_unix_milliseconds, None);
    assert_eq!(metadata.deletion_waiting_days, Some(7));
    assert_eq!(world.pass_working(days(1000)).await, 0);
    let again = world.ask(&ada, schedule()).await;
    assert_eq!(code(again), "KMSInvalidStateException");
    let cancel = CancelKeyDeletion { key: key.clone() };
    world.ask(&ada, cancel).await.unwrap();
    assert_eq!(world.state(&ada, &key).await, "Disabled");
}

#[tokio::test]
async fn a_key_whose_window_has_ended_is_gone_whether_or_not_it_was_destroyed_yet() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = world.symmetric_key(&ada).await;
    let ciphertext = encrypt(&world, &ada, &key).await;
    schedule_deletion(&world, &ada, &key, 7).await;
    let almost = days(7).checked_sub(Duration::from_millis(1)).unwrap();
    world.pass(almost);
    assert_eq!(world.state(&ada, &key).await, "PendingDeletion");

    world.pass(Duration::from_millis(1));
    let cancel = CancelKeyDeletion { key: key.clone() };
    assert_eq!(code(world.ask(&ada, cancel).await), "NotFoundException");
    assert_eq!(code(world.describe(&ada, &key).await), "NotFoundException");
    let refused = decrypt(&world, &ada, &ciphertext).await;
    assert_eq!(code(refused), "AccessDenied");
    assert_eq!(world.work().await, 1);
    assert_eq!(world.records_named("DeleteKey"), 1);
}

#[tokio::test]
async fn everything_that_is_due_after_a_long_time_off_is_done_at_once() {
    const KEYS: usize = 130;
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    for _ in 0..KEYS {
        let key = world.symmetric_key(&ada).await;
        schedule_deletion(&world, &ada, &key, 7).await;
    }
    world.pass(days(7));
    assert_eq!(world.service.do_due_work().await, KEYS);
    assert_eq!(world.object_count(), 0);
    assert_eq!(world.service.do_due_work().await, 0);
}

/// The name of the error, as the audit log has it.
pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, kms::Error>) -> &'static str {
    use hsmd_operations::Failure as _;
    result.unwrap_err().name()
}
