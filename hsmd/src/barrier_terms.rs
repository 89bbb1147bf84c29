//! The terms of the barrier keys: which there have been, and which seals now.
//!
//! Every term's key is derived from the root key, so what is kept is the newest term alone, in the clear: whoever makes it
//! smaller makes the values of later terms unreadable, and whoever makes it larger has an unused key derived.

use std::sync::Arc;

use hsmd_operations::Error;
use hsmd_storage::{BarrierKeys, Cell, Key, Outcome, Storage, Table, Term, Transaction};
use hsmd_vault::RootKey;

/// The highest term: rotated every day, enough for almost three years, and all keys of terms fit into locked memory.
pub(crate) const TERM_MAX: u32 = 1_000;

const NAME: &[u8] = b"barrier-term";
const FORMAT: u8 = 1;

/// The keys of all terms up to the newest: that which is stored, or `wanted` if it is above. A new term is stored before
/// its key seals anything.
///
/// # Errors
///
/// Those of the store; that locked memory is used up.
pub(crate) async fn keys(
    root: &RootKey,
    storage: &Arc<dyn Storage>,
    wanted: u32,
) -> Result<BarrierKeys, Error> {
    let key = Key::new(Cell::SYSTEM, Table::FOUNDATION, NAME);
    let head = storage.head().await?;
    let found = storage.get(std::slice::from_ref(&key)).await?;
    let (version, stored) = match found.into_iter().next().flatten() {
        Some(record) => (Some(record.version), term(&record.value)?),
        None => (None, 1),
    };
    if wanted > stored {
        let value = [&[FORMAT][..], &wanted.to_be_bytes()].concat();
        let transaction = Transaction::new()?.putting(key, version, head, value);
        match storage.commit(transaction).await? {
            Outcome::Committed(_) => tracing::info!(term = wanted, "a new barrier key seals"),
            Outcome::Conflict(_) | Outcome::Unknown(_) => return Err(Error::StorageUnavailable),
        }
    }
    let subkey = |term: u32| root.subkey(&format!("hsmd barrier term {term}"));
    let mut keys = BarrierKeys::new(Term(1), subkey(1)?);
    for term in 2..=stored.max(wanted) {
        keys = keys.with(Term(term), subkey(term)?);
    }
    Ok(keys)
}

fn term(value: &[u8]) -> Result<u32, Error> {
    let term = match value {
        [FORMAT, term @ ..] => term.try_into().ok().map(u32::from_be_bytes),
        _ => None,
    };
    term.filter(|term| (1..=TERM_MAX).contains(term))
        .ok_or_else(|| {
            tracing::error!("the store's record of the newest barrier term cannot be read");
            Error::StorageUnavailable
        })
}

#[cfg(test)]
mod tests {
    use hsmd_keys::Records;
    use hsmd_storage::{Barrier, Embedded};

    use super::*;

    #[test]
    fn old_terms_open_new_values_have_the_new_term_and_it_never_goes_back() {
        let directory = tempfile::tempdir().unwrap();
        let store: Arc<dyn Storage> =
            Arc::new(Embedded::open(&directory.path().join("store")).unwrap());
        let root = RootKey::generate().unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            for (wanted, term) in [(1, 1), (3, 3), (1, 3), (4, 4)] {
                let keys = keys(&root, &store, wanted).await.unwrap();
                let barrier = Arc::new(Barrier::new(Arc::clone(&store), keys));
                assert_eq!(barrier.term(), Term(term));
                let records = Records::new(Arc::clone(&barrier), Table::POLICY);
                let before = records.list(Cell::SYSTEM).await.unwrap();
                assert!(before.iter().all(|record| record.value == [7]));
                let name = [u8::try_from(before.len()).unwrap()];
                records
                    .put(Cell::SYSTEM, &name, None, vec![7])
                    .await
                    .unwrap();
            }
            // Another root key opens nothing.
            let other = RootKey::generate().unwrap();
            let keys = keys(&other, &store, 1).await.unwrap();
            let barrier = Arc::new(Barrier::new(Arc::clone(&store), keys));
            let records = Records::new(barrier, Table::POLICY);
            assert!(records.list(Cell::SYSTEM).await.is_err());
        });
    }

    #[test]
    fn a_record_of_another_form_is_no_term() {
        assert_eq!(term(&[1, 0, 0, 0, 9]).unwrap(), 9);
        for wrong in [
            &[][..],
            &[1],
            &[2, 0, 0, 0, 9],
            &[1, 0, 0, 0, 0],
            &[1, 9, 9, 9, 9],
            &[1, 0, 0, 0, 9, 0],
        ] {
            assert!(term(wrong).is_err(), "{wrong:?}");
        }
    }
}
