//! When keys were used last.

use hsmd_operations::kms::{GetKeyLastUsage, KeyLastUsage, KeyReference};

use crate::timed::{decrypt, encrypt};
use crate::world::{ACCOUNT, Person, World, days};

#[tokio::test]
async fn when_a_key_was_used_last_is_known_after_a_restart() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = world.symmetric_key(&ada).await;
    let other = world.symmetric_key(&ada).await;
    let begin = world.now();
    world.pass(days(1));
    let ciphertext = encrypt(&world, &ada, &key).await;
    let encrypted = last_use(&world, &ada, &key).await.usage.unwrap();
    assert_eq!(encrypted.operation, "Encrypt");
    assert_eq!(encrypted.at_unix_milliseconds, world.now());
    world.service.store_last_usages().await;
    world.pass(days(1));

    let world = world.restart().await;
    let told = last_use(&world, &ada, &key).await;
    assert_eq!(told.usage, Some(encrypted.clone()));
    assert_eq!(told.tracked_since_unix_milliseconds, begin);
    assert_eq!(last_use(&world, &ada, &other).await.usage, None);
    // What was not stored yet is told as well, and stored in the place of the older one.
    decrypt(&world, &ada, &ciphertext).await.unwrap();
    let decrypted = last_use(&world, &ada, &key).await.usage.unwrap();
    assert_eq!(decrypted.operation, "Decrypt");
    assert_ne!(decrypted.event_id, encrypted.event_id);
    world.service.store_last_usages().await;
    world.service.store_last_usages().await;
    let world = world.restart().await;
    assert_eq!(last_use(&world, &ada, &key).await.usage, Some(decrypted));
}

async fn last_use(world: &World, who: &Person, key: &KeyReference) -> KeyLastUsage {
    let asked = GetKeyLastUsage { key: key.clone() };
    world.ask(who, asked).await.unwrap()
}
