//! The model: the whole interface in a map.

use std::collections::{BTreeMap, HashMap};

use parking_lot::Mutex;

use crate::{
    Answer, Change, Changes, Entry, Key, Outcome, Page, Revision, Storage, Transaction,
    TransactionId, Versioned,
};

/// A store in memory that forgets everything when it is dropped.
#[derive(Debug, Default)]
pub struct Memory(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    records: BTreeMap<Key, Versioned>,
    head: Revision,
    outcomes: HashMap<TransactionId, Revision>,
    changes: Vec<(Revision, Vec<Key>)>,
}

impl Memory {
    /// Every record.
    #[must_use]
    pub fn records(&self) -> BTreeMap<Key, Versioned> {
        self.0.lock().records.clone()
    }

    /// Puts a record in place, past all rules, as someone who can write to the disk would.
    pub fn tamper(&self, key: Key, record: Option<Versioned>) {
        let records = &mut self.0.lock().records;
        match record {
            Some(record) => drop(records.insert(key, record)),
            None => drop(records.remove(&key)),
        }
    }
}

impl State {
    fn commit(&mut self, transaction: Transaction) -> Outcome {
        for expectation in &transaction.expect {
            let version = self
                .records
                .get(&expectation.key)
                .map(|record| record.version);
            if version != expectation.version {
                return Outcome::Conflict(expectation.key.clone());
            }
        }
        self.head.0 += 1;
        let mut keys = Vec::new();
        for write in transaction.write {
            keys.push(write.key.clone());
            match write.change {
                Change::Put(record) => drop(self.records.insert(write.key, record)),
                Change::Delete => drop(self.records.remove(&write.key)),
            }
        }
        self.outcomes.insert(transaction.id, self.head);
        self.changes.push((self.head, keys));
        Outcome::Committed(self.head)
    }
}

impl Storage for Memory {
    fn get<'a>(&'a self, keys: &'a [Key]) -> Answer<'a, Vec<Option<Versioned>>> {
        let state = self.0.lock();
        let found = keys
            .iter()
            .map(|key| state.records.get(key).cloned())
            .collect();
        Box::pin(async { Ok(found) })
    }

    fn scan<'a>(
        &'a self,
        prefix: &'a [u8],
        after: Option<&'a Key>,
        limit: usize,
    ) -> Answer<'a, Page> {
        let state = self.0.lock();
        let is_wanted =
            |key: &Key| key.as_bytes().starts_with(prefix) && after.is_none_or(|after| key > after);
        let mut wanted = state.records.iter().filter(|(key, _)| is_wanted(key));
        let entry = |(key, record): (&Key, &Versioned)| Entry {
            key: key.clone(),
            record: record.clone(),
        };
        let entries = wanted.by_ref().take(limit).map(entry).collect();
        let page = Page {
            entries,
            is_last: wanted.next().is_none(),
            revision: state.head,
        };
        Box::pin(async { Ok(page) })
    }

    fn commit(&self, transaction: Transaction) -> Answer<'_, Outcome> {
        Box::pin(async {
            transaction.check()?;
            Ok(self.0.lock().commit(transaction))
        })
    }

    fn outcome(&self, id: TransactionId) -> Answer<'_, Option<Revision>> {
        Box::pin(async move { Ok(self.0.lock().outcomes.get(&id).copied()) })
    }

    fn changes(&self, after: Revision) -> Answer<'_, Changes> {
        let changes = self
            .0
            .lock()
            .changes
            .iter()
            .filter(|(revision, _)| *revision > after)
            .cloned()
            .collect();
        Box::pin(async { Ok(Changes::Keys(changes)) })
    }

    fn head(&self) -> Answer<'_, Revision> {
        Box::pin(async { Ok(self.0.lock().head) })
    }
}
