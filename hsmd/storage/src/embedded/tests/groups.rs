//! Group commit: many writers cost about as many syncs as one.

use std::sync::atomic::AtomicBool;

use super::*;
use crate::medium::{File, Medium};

/// A disk whose syncs wait while the gate is closed.
#[derive(Debug, Clone)]
struct Gated {
    disk: Disk,
    gate: Arc<Gate>,
}

#[derive(Debug, Default)]
struct Gate {
    closed: parking_lot::Mutex<()>,
    is_reached: AtomicBool,
}

#[derive(Debug)]
struct GatedFile(Arc<dyn File>, Arc<Gate>);

impl Medium for Gated {
    fn open(&self, name: &'static str) -> io::Result<Option<Arc<dyn File>>> {
        let file = self.disk.open(name)?;
        Ok(file.map(|file| Arc::new(GatedFile(file, Arc::clone(&self.gate))) as _))
    }

    fn create(&self, name: &'static str) -> io::Result<Arc<dyn File>> {
        Ok(Arc::new(GatedFile(
            self.disk.create(name)?,
            Arc::clone(&self.gate),
        )))
    }

    fn rename(&self, from: &'static str, to: &'static str) -> io::Result<()> {
        self.disk.rename(from, to)
    }

    fn sync(&self) -> io::Result<()> {
        Medium::sync(&self.disk)
    }
}

impl File for GatedFile {
    fn length_bytes(&self) -> io::Result<u64> {
        self.0.length_bytes()
    }

    fn set_len(&self, length_bytes: u64) -> io::Result<()> {
        self.0.set_len(length_bytes)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.0.read_at(offset, buffer)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.write_at(offset, bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.1.is_reached.store(true, Ordering::SeqCst);
        drop(self.1.closed.lock());
        self.0.sync()
    }
}

#[test]
fn sixteen_writers_cost_the_syncs_of_one_more_than_one() {
    let medium = Gated {
        disk: Disk::new(),
        gate: Arc::default(),
    };
    let store = Arc::new(Embedded::open_on(Arc::new(medium.clone())).unwrap());

    let before = medium.disk.syncs();
    assert!(matches!(
        write(&store, b"alone", b"value").0,
        Ok(Outcome::Committed(_))
    ));
    let syncs_of_one = medium.disk.syncs() - before;

    let before = medium.disk.syncs();
    let groups_before = store.statistics().groups;
    medium.gate.is_reached.store(false, Ordering::SeqCst);
    let closed = medium.gate.closed.lock();
    block_on(async {
        let commit = |number: u8| {
            let store = Arc::clone(&store);
            async move {
                let transaction = Transaction::new().unwrap().putting(
                    key(&[number]),
                    None,
                    Revision(9),
                    vec![number],
                );
                store.commit(transaction).await.unwrap()
            }
        };
        let writers: Vec<_> = (0..16).map(|number| tokio::spawn(commit(number))).collect();
        // Each writer hands in its transaction when it first runs; the gate holds the group that has begun.
        while !medium.gate.is_reached.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
        }
        drop(closed);
        for writer in writers {
            assert!(matches!(writer.await.unwrap(), Outcome::Committed(_)));
        }
    });
    let groups = store.statistics().groups - groups_before;
    let syncs = medium.disk.syncs() - before;
    eprintln!("one writer: {syncs_of_one} syncs; sixteen: {syncs} syncs in {groups} groups");
    assert!(groups <= 2, "{groups} groups");
    assert!(syncs <= 2 * syncs_of_one, "{syncs} syncs");
}

#[test]
fn within_a_group_later_transactions_see_earlier_ones() {
    let store = Arc::new(Embedded::open_on(Arc::new(Disk::new())).unwrap());
    block_on(async {
        let commit = |version| {
            let store = Arc::clone(&store);
            let transaction =
                Transaction::new()
                    .unwrap()
                    .putting(key(b"a"), version, Revision(0), vec![1]);
            tokio::spawn(async move { store.commit(transaction).await.unwrap() })
        };
        let first = commit(None);
        let repeated = commit(None);
        let next = commit(Some(Version(1)));
        assert_eq!(first.await.unwrap(), Outcome::Committed(Revision(1)));
        assert_eq!(repeated.await.unwrap(), Outcome::Conflict(key(b"a")));
        assert_eq!(next.await.unwrap(), Outcome::Committed(Revision(2)));
    });
}

#[test]
fn dropping_the_store_finishes_what_waits() {
    let disk = Disk::new();
    let store = Embedded::open_on(Arc::new(disk.clone())).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        for number in 0..20_u8 {
            let transaction = Transaction::new().unwrap().putting(
                key(&[number]),
                None,
                Revision(0),
                vec![number],
            );
            let mut commit = store.commit(transaction);
            // Handed in, and then nobody waits for it.
            let handed_in = std::future::poll_fn(|context| {
                std::task::Poll::Ready(commit.as_mut().poll(context).is_pending())
            });
            handed_in.await;
        }
    });
    drop(store);
    let store = Embedded::open_on(Arc::new(disk)).unwrap();
    assert_eq!(
        block_on(store.scan(&[], None, 100)).unwrap().entries.len(),
        20
    );
}
