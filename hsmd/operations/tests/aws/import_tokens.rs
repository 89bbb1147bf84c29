//! Material from outside on its way: how it may be wrapped, and which tokens and materials are not taken.

use std::time::Duration;

use hsm_algorithms::Digest;
use hsmd_operations::kms::{DeleteImportedKeyMaterial, GetParametersForImport, WrappingChoice};

use crate::importer::{Importer, ONE, Said, aes_key_wrap, oaep};
use crate::timed::{DAY_MILLISECONDS, code};
use crate::world::{ACCOUNT, World, days};

#[tokio::test]
async fn every_wrapping_algorithm_brings_the_same_material() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = Importer::new(&world, &ada).await;
    let mut ids = Vec::new();
    for (name, hash, is_aes) in [
        ("RSAES_OAEP_SHA_1", Digest::Sha1, false),
        ("RSAES_OAEP_SHA_256", Digest::Sha256, false),
        ("RSA_AES_KEY_WRAP_SHA_1", Digest::Sha1, true),
        ("RSA_AES_KEY_WRAP_SHA_256", Digest::Sha256, true),
    ] {
        let parameters = key.parameters(name).await;
        let wrap = if is_aes { aes_key_wrap } else { oaep };
        let wrapped = wrap(&parameters, hash, &ONE);
        let other = if hash == Digest::Sha1 {
            Digest::Sha256
        } else {
            Digest::Sha1
        };
        let with_other_hash = wrap(&parameters, other, &ONE);
        let token = || parameters.token.clone();
        let refused = key.import_wrapped(token(), with_other_hash, Said::default());
        assert_eq!(code(refused.await), "InvalidCiphertextException", "{name}");
        let imported = key.import_wrapped(token(), wrapped, Said::default()).await;
        ids.push(imported.unwrap());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    for refused in ["RSAES_PKCS1_V1_5", "SM2PKE"] {
        let refused = WrappingChoice::new(refused, "RSA_2048");
        assert_eq!(code(refused), "UnsupportedOperationException");
    }
}

#[tokio::test]
async fn a_token_is_taken_for_a_day_as_often_as_one_likes_and_for_its_own_key_alone() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = Importer::new(&world, &ada).await;
    let other = Importer::new(&world, &ada).await;
    let parameters = key.parameters("RSAES_OAEP_SHA_256").await;
    assert_eq!(
        parameters.valid_to_unix_milliseconds,
        world.now() + DAY_MILLISECONDS
    );
    let wrapped = || oaep(&parameters, Digest::Sha256, &ONE);
    let token = || parameters.token.clone();
    let refused = other.import_wrapped(token(), wrapped(), Said::default());
    assert_eq!(code(refused.await), "InvalidImportTokenException");
    // Neither does its material open with another token of the same key.
    let another = key.parameters("RSAES_OAEP_SHA_256").await;
    let refused = key.import_wrapped(another.token, wrapped(), Said::default());
    assert_eq!(code(refused.await), "InvalidCiphertextException");
    for _ in 0..2 {
        let imported = key.import_wrapped(token(), wrapped(), Said::default());
        imported.await.unwrap();
    }
    world.pass(days(1));
    key.import_wrapped(token(), wrapped(), Said::default())
        .await
        .unwrap();
    let world_later = Duration::from_millis(1);
    world.pass(world_later);
    let refused = key.import_wrapped(token(), wrapped(), Said::default());
    assert_eq!(code(refused.await), "ExpiredImportTokenException");
}

#[tokio::test]
async fn no_token_that_was_changed_or_cut_is_taken() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = Importer::new(&world, &ada).await;
    let parameters = key.parameters("RSAES_OAEP_SHA_256").await;
    let wrapped = oaep(&parameters, Digest::Sha256, &ONE);
    let token = &parameters.token;
    // Every field: version, key, wrapping key's size, wrapping, time, code, and the wrapped key at both ends.
    let changed = (0..80).chain([token.len() / 2, token.len() - 1]).map(|at| {
        let mut token = token.clone();
        token[at] ^= 1;
        token
    });
    let cut = [0, 1, 16, 60, token.len() - 8, token.len() - 1].map(|end| token[..end].to_vec());
    let longer = [token.as_slice(), &[0; 8]].concat();
    for bad in changed.chain(cut).chain([longer]) {
        let refused = key.import_wrapped(bad, wrapped.clone(), Said::default());
        assert_eq!(code(refused.await), "InvalidImportTokenException");
    }
    assert_eq!(key.state().await, "PendingImport");
}

#[tokio::test]
async fn material_of_another_length_or_broken_on_its_way_is_not_taken() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = Importer::new(&world, &ada).await;
    for length in [1, 16, 24, 31, 33, 64] {
        let refused = key.import(&vec![7; length], Said::default()).await;
        assert_eq!(code(refused), "IncorrectKeyMaterialException", "{length}");
    }
    for (name, wrap) in [
        ("RSAES_OAEP_SHA_256", oaep as fn(&_, _, &_) -> _),
        ("RSA_AES_KEY_WRAP_SHA_256", aes_key_wrap),
    ] {
        let parameters = key.parameters(name).await;
        let wrapped: Vec<u8> = wrap(&parameters, Digest::Sha256, &ONE);
        let mut flipped = wrapped.clone();
        *flipped.last_mut().unwrap() ^= 1;
        let short = wrapped[..wrapped.len() - 1].to_vec();
        let long = [wrapped.as_slice(), &[0]].concat();
        for bad in [flipped, short, long, Vec::new(), vec![0; 256]] {
            let refused = key.import_wrapped(parameters.token.clone(), bad, Said::default());
            assert_eq!(code(refused.await), "InvalidCiphertextException", "{name}");
        }
    }
    assert_eq!(key.state().await, "PendingImport");
}

#[tokio::test]
async fn a_key_made_here_takes_no_material() {
    let world = World::new().await;
    let ada = world.administrator(ACCOUNT).await;
    let key = world.symmetric_key(&ada).await;
    let wrapping = WrappingChoice::new("RSAES_OAEP_SHA_256", "RSA_2048").unwrap();
    let asked = GetParametersForImport {
        key: key.clone(),
        wrapping,
    };
    let refused = world.ask(&ada, asked).await;
    assert_eq!(code(refused.map(|_| ())), "UnsupportedOperationException");
    let delete = DeleteImportedKeyMaterial {
        key,
        material_id: None,
    };
    let refused = world.ask(&ada, delete).await;
    assert_eq!(code(refused), "UnsupportedOperationException");
}
