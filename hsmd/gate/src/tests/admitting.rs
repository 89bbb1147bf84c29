//! Who is admitted to what, and who is refused.

use super::*;

#[tokio::test]
async fn every_refusal_has_its_reason_and_its_record() {
    let world = World::new().await;
    let flag = |attribute: u64, value: bool| {
        move |object: &mut Object| {
            object.attributes.insert(attribute, value);
        }
    };
    let good = world.object(|_| ()).await;
    let foreign = world.object_in(world.other_partition, |_| ()).await;
    let no_sign = world.object(flag(pkcs11::CKA_SIGN, false)).await;
    let disabled = world
        .object(|object| object.state = KeyState::Disabled)
        .await;
    let only_rsa = world
        .object(|object| {
            let allowed = AttributeValue::Numbers(vec![pkcs11::CKM_SHA256_RSA_PKCS]);
            object
                .attributes
                .insert(pkcs11::CKA_ALLOWED_MECHANISMS, allowed);
        })
        .await;
    let always = world
        .object(flag(pkcs11::CKA_ALWAYS_AUTHENTICATE, true))
        .await;
    let other_user = world.user().await;
    let session = world
        .object(|object| object.lifetime = Lifetime::Session(other_user.application_id().unwrap()))
        .await;
    let user = world.user().await;
    let nobody = world.caller();
    let officer = world.caller();
    world
        .log_in(&officer, LoginRole::SecurityOfficer, SO_PIN)
        .await;

    for (caller, object, refusal) in [
        (&nobody, good, Refusal::NotLoggedIn),
        (&officer, good, Refusal::NotLoggedIn),
        (&user, foreign, Refusal::ObjectNotFound),
        (&user, session, Refusal::ObjectNotFound),
        (&user, no_sign, Refusal::KeyUseNotPermitted),
        (&user, disabled, Refusal::KeyState),
        (&user, only_rsa, Refusal::KeyUseNotPermitted),
        (&user, always, Refusal::NotLoggedIn),
    ] {
        let result = world.sign(caller, object).await;
        assert_eq!(result, Err(refusal.clone()), "{object}");
        let record = world.last_record();
        assert_eq!(record["errorCode"], refusal.code());
        assert_eq!(record["eventName"], "Sign");
        assert_eq!(record["requestParameters"]["object"], object.to_string());
    }
    assert_eq!(world.sign(&other_user, session).await, Ok(()));
    assert_eq!(world.sign(&user, good).await, Ok(()));

    let elsewhere = Needs::key(&actions::SIGN, world.other_partition, foreign);
    let refused = world.gate.admit(&user, elsewhere).await.unwrap_err();
    assert_eq!(refused, Refusal::PartitionNotFound);
    let nowhere = Needs::key(&actions::SIGN, PartitionId::from_bytes([9; 16]), foreign);
    let refused = world.gate.admit(&user, nowhere).await.unwrap_err();
    assert_eq!(
        refused,
        Refusal::PartitionNotFound,
        "as if it were another's"
    );
    let make = Needs::daemon(&actions::CREATE_TOKEN);
    assert_eq!(
        world.gate.admit(&user, make).await.unwrap_err(),
        Refusal::AccessDenied
    );
    assert_eq!(world.last_record()["eventName"], "CreateToken");
}

#[tokio::test]
async fn a_key_whose_time_is_over_is_not_used_through_any_door() {
    const POLICY: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},
        "Action":"kms:*","Resource":"*"}}"#;
    let world = World::new().await;
    let user = world.user().await;
    let past = 1_700_000_000_000;
    let future = past + 1_000_000;
    for (material_ends, key_ends, expected) in [
        (None, None, Ok(())),
        (Some(future), Some(future), Ok(())),
        (Some(past), None, Err(Refusal::KeyState)),
        (None, Some(past), Err(Refusal::ObjectNotFound)),
    ] {
        let mut kms = kms_key(&world.repository, KmsKeyUsage::SignVerify, POLICY);
        kms.materials.push(Material {
            number: 1,
            id: MaterialId([0; 32]),
            rotated: None,
            import: Some(Import {
                is_imported: true,
                valid_to_unix_milliseconds: material_ends,
                description: String::new(),
            }),
        });
        kms.current_version = Some(1);
        kms.deletion = key_ends.map(|at| Deletion {
            waiting_days: 7,
            at_unix_milliseconds: Some(at),
        });
        let key = world.object(|object| object.kms = Some(Arc::new(kms)));
        let signed = world.sign(&user, key.await).await;
        assert_eq!(signed, expected, "{material_ends:?} {key_ends:?}");
    }
}

#[tokio::test]
async fn a_pin_shown_for_one_use_allows_one_use() {
    let world = World::new().await;
    let key = world
        .object(|object| {
            object
                .attributes
                .insert(pkcs11::CKA_ALWAYS_AUTHENTICATE, true);
        })
        .await;
    let other = world.object(|_| ()).await;
    let user = world.user().await;
    let pins = &world.identity.pins;
    pins.login_for_object(&user, world.partition, key, PIN.to_vec().into())
        .await
        .unwrap();
    assert_eq!(
        world.sign(&user, other).await,
        Ok(()),
        "another key does not take it"
    );
    assert_eq!(world.sign(&user, key).await, Ok(()));
    assert_eq!(world.sign(&user, key).await, Err(Refusal::NotLoggedIn));
}

#[tokio::test]
async fn material_is_revealed_only_if_extractable_and_not_sensitive() {
    let world = World::new().await;
    let user = world.user().await;
    for (extractable, sensitive, revealed) in [
        (true, false, true),
        (true, true, false),
        (false, false, false),
        (false, true, false),
    ] {
        let key = world
            .object(|object| {
                object
                    .attributes
                    .insert(pkcs11::CKA_EXTRACTABLE, extractable);
                object.attributes.insert(pkcs11::CKA_SENSITIVE, sensitive);
            })
            .await;
        let needs = Needs::reading(&actions::READ_ATTRIBUTES, world.partition, key);
        let admitted = world.gate.admit(&user, needs).await.unwrap();
        let reveal: &Option<Permit<Reveal>> = &admitted.permits().1;
        assert_eq!(reveal.is_some(), revealed, "{extractable} {sensitive}");
        world.gate.conclude(admitted, Outcome::Done).await.unwrap();
    }
}

#[tokio::test]
async fn a_key_is_wrapped_only_if_it_may_leave_and_by_a_key_that_it_trusts() {
    let world = World::new().await;
    let user = world.user().await;
    let wrapping = |trusted: bool| {
        move |object: &mut Object| {
            object.attributes.insert(pkcs11::CKA_WRAP, true);
            object.attributes.insert(pkcs11::CKA_TRUSTED, trusted);
        }
    };
    let plain = world.object(wrapping(false)).await;
    let trusted = world.object(wrapping(true)).await;
    let stays = world.object(|_| ()).await;
    let leaves = world
        .object(|object| {
            object.attributes.insert(pkcs11::CKA_EXTRACTABLE, true);
        })
        .await;
    let choosy = world
        .object(|object| {
            object.attributes.insert(pkcs11::CKA_EXTRACTABLE, true);
            object
                .attributes
                .insert(pkcs11::CKA_WRAP_WITH_TRUSTED, true);
        })
        .await;
    for (by, what, expected) in [
        (plain, leaves, Ok(())),
        (trusted, choosy, Ok(())),
        (plain, choosy, Err(Refusal::KeyNotWrappable)),
        (trusted, stays, Err(Refusal::KeyNotExtractable)),
        (stays, leaves, Err(Refusal::KeyUseNotPermitted)),
    ] {
        let needs = Needs::keys(&actions::WRAP_KEY, world.partition, by, what);
        let outcome = match world.gate.admit(&user, needs).await {
            Ok(admitted) => {
                world.gate.conclude(admitted, Outcome::Done).await.unwrap();
                Ok(())
            }
            Err(refusal) => Err(refusal),
        };
        assert_eq!(outcome, expected);
    }
}

#[tokio::test]
async fn private_objects_are_made_by_the_user_and_public_ones_by_whoever_may_use_the_partition() {
    let world = World::new().await;
    let nobody = world.caller();
    let user = world.user().await;
    let making = |visibility| Needs::creation(&actions::GENERATE_KEY, world.partition, visibility);
    let refused = world
        .gate
        .admit(&nobody, making(Visibility::Private))
        .await
        .unwrap_err();
    assert_eq!(refused, Refusal::NotLoggedIn);
    for (caller, visibility) in [(&nobody, Visibility::Public), (&user, Visibility::Private)] {
        let admitted = world.gate.admit(caller, making(visibility)).await.unwrap();
        world
            .gate
            .conclude(admitted, Outcome::DoneWith(&[5; 16]))
            .await
            .unwrap();
        assert_eq!(
            world.last_record()["responseElements"]["id"],
            "05".repeat(16)
        );
    }
}

#[tokio::test]
async fn objects_are_destroyed_all_or_none() {
    let world = World::new().await;
    let user = world.user().await;
    let first = world.object(|_| ()).await;
    let lasting = world
        .object(|object| {
            object.attributes.insert(pkcs11::CKA_DESTROYABLE, false);
        })
        .await;
    let needs = Needs::objects(
        &actions::DESTROY_OBJECTS,
        world.partition,
        vec![first, lasting],
    );
    assert_eq!(
        world.gate.admit(&user, needs).await.unwrap_err(),
        Refusal::ActionProhibited
    );
    let needs = Needs::objects(&actions::DESTROY_OBJECTS, world.partition, vec![first]);
    let admitted = world.gate.admit(&user, needs).await.unwrap();
    assert_eq!(admitted.permits().len(), 1);
    world.gate.conclude(admitted, Outcome::Done).await.unwrap();
}

#[tokio::test]
async fn quotas_are_looked_at_first() {
    let quotas = Quotas {
        requests_under_way_max: 2,
        request_objects_max: 3,
        partition_objects_max: 1,
        rates: Rates::UNLIMITED,
    };
    let world = World::with_quotas(quotas).await;
    let user = world.user().await;
    let status = || Needs::daemon(&actions::STATUS);
    let first = world.gate.admit(&user, status()).await.unwrap();
    let _second = world.gate.admit(&user, status()).await.unwrap();
    let what = "requests under way";
    let third = world.gate.admit(&user, status()).await.unwrap_err();
    assert_eq!(third, Refusal::LimitReached { what, maximum: 2 });
    world.gate.conclude(first, Outcome::Done).await.unwrap();
    let many = vec![ObjectId::from_bytes([0; 16]); 4];
    let many = Needs::objects(&actions::DESTROY_OBJECTS, world.partition, many);
    let refused = world.gate.admit(&user, many).await.unwrap_err();
    assert_eq!(
        refused,
        Refusal::LimitReached {
            what: "objects in one request",
            maximum: 3
        }
    );

    world.object(|_| ()).await;
    let one_more = Needs::creation(&actions::CREATE_OBJECT, world.partition, Visibility::Public);
    let refused = world.gate.admit(&user, one_more).await.unwrap_err();
    assert_eq!(
        refused,
        Refusal::LimitReached {
            what: "objects in a partition",
            maximum: 1
        }
    );
}

#[tokio::test]
async fn a_partition_that_asks_too_often_is_refused_and_nobody_else_is() {
    let quotas = Quotas {
        rates: Rates::UNLIMITED.with(QuotaGroup::HsmUses, Rate::each_second(2.0)),
        ..Quotas::default()
    };
    let world = World::with_quotas(quotas).await;
    let user = world.user().await;
    let key = world.object(|_| ()).await;
    for _ in 0..2 {
        world.sign(&user, key).await.unwrap();
    }
    let group = "hsm-uses";
    let refused = world.sign(&user, key).await.unwrap_err();
    assert_eq!(refused, Refusal::Throttled { group });
    assert_eq!(world.last_record()["errorCode"], "Throttled");

    // What counts in another group, or names another's partition, takes nothing.
    let find = Needs::partition(&actions::FIND_OBJECTS, world.partition);
    assert!(world.gate.admit(&user, find).await.is_ok());
    for _ in 0..3 {
        let foreign = Needs::key(&actions::SIGN, world.other_partition, key);
        let refused = world.gate.admit(&user, foreign).await.unwrap_err();
        assert_eq!(refused, Refusal::PartitionNotFound);
    }
}

#[test]
fn every_quota_group_is_found_by_its_name_and_every_row_counts_in_one() {
    for group in QuotaGroup::ALL {
        assert_eq!(QuotaGroup::by_name(group.name()), Some(*group));
        assert_eq!(Rates::default().of(*group), group.default_rate());
    }
    assert_eq!(actions::SIGN.row().quota, Quota::In(QuotaGroup::HsmUses));
    assert_eq!(
        actions::GENERATE_KEY.row().quota,
        Quota::In(QuotaGroup::HsmChanges)
    );
    for action in actions::ALL.iter().chain(actions::kms::ALL) {
        if let Quota::In(group) = action.quota {
            let is_ours = action.name.starts_with("hsm:");
            assert_eq!(group.name().starts_with("hsm-"), is_ours, "{}", action.name);
            assert_eq!(group.default_rate().is_none(), is_ours, "{}", action.name);
        }
    }
}

#[test]
fn cryptography_counts_by_the_kind_of_its_key() {
    for (kind, group) in [
        (KeyKind::Aes, QuotaGroup::KmsSymmetric),
        (KeyKind::Rsa, QuotaGroup::KmsRsa),
        (KeyKind::EcP256, QuotaGroup::KmsEcc),
        (KeyKind::MlDsa65, QuotaGroup::KmsPostQuantum),
    ] {
        assert_eq!(QuotaGroup::of_kms_key(kind), group);
    }
    let pair = QuotaGroup::of_data_key_pair;
    assert_eq!(pair(KeyKind::Rsa, 2048), QuotaGroup::KmsDataKeyPairRsa2048);
    assert_eq!(pair(KeyKind::Rsa, 4096), QuotaGroup::KmsDataKeyPairRsa4096);
    assert_eq!(pair(KeyKind::EcP384, 384), QuotaGroup::KmsDataKeyPairEcc);
}

#[test]
fn a_rate_is_written_as_it_is_read() {
    for (requests, text) in [
        (10_000.0, "10000"),
        (0.25, "0.25"),
        (0.1, "0.1"),
        (0.001, "0.001"),
    ] {
        assert_eq!(Rate::each_second(requests).unwrap().to_string(), text);
    }
    for wrong in [0.0, 0.0001, -1.0, 1e7, f64::NAN, f64::INFINITY] {
        assert_eq!(Rate::each_second(wrong), None, "{wrong}");
    }
}

#[test]
fn every_action_is_found_by_its_name_and_says_what_it_changes() {
    for action in actions::ALL {
        assert_eq!(actions::Row::by_name(action.name), Some(*action));
        assert!(action.name.starts_with("hsm:"), "{}", action.name);
        assert_eq!(
            action.changes_state(),
            action.recording == Recording::Change
        );
    }
    let mut names: Vec<_> = actions::ALL.iter().map(|action| action.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), actions::ALL.len());
    assert!(actions::UNWRAP_KEY.row().creates_objects && !actions::SIGN.row().creates_objects);
}
