//! Prints what the repository costs on this machine: `cargo run --release -p hsmd-keys --example repository_figures`.
//!
//! Fills a store in a temporary directory (or in the one given), opens it again, and measures look-ups and searches.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use hsm_algorithms::pkcs11::{
    CKA_ALWAYS_SENSITIVE, CKA_CHECK_VALUE, CKA_CLASS, CKA_COPYABLE, CKA_DECRYPT, CKA_DERIVE,
    CKA_DESTROYABLE, CKA_ENCRYPT, CKA_END_DATE, CKA_EXTRACTABLE, CKA_ID, CKA_KEY_GEN_MECHANISM,
    CKA_KEY_TYPE, CKA_LABEL, CKA_LOCAL, CKA_MODIFIABLE, CKA_NEVER_EXTRACTABLE, CKA_PRIVATE,
    CKA_SENSITIVE, CKA_SIGN, CKA_START_DATE, CKA_TOKEN, CKA_TRUSTED, CKA_UNWRAP, CKA_VALUE_LEN,
    CKA_VERIFY, CKA_WRAP, CKA_WRAP_WITH_TRUSTED, CKK_AES, CKM_AES_KEY_GEN, CKO_SECRET_KEY,
};
use hsm_algorithms::{Attributes, KeySpec};
use hsmd_keys::{
    KeyState, KeyVersion, Lifetime, Object, Partition, PartitionId, PartitionKey, Query,
    Repository, TokenProfile, WrappedMaterial,
};
use hsmd_storage::{Embedded, testing};

const OBJECTS: usize = 100_000;
const WRITERS: usize = 16;
const BATCH: usize = 25;
const CALLS: u32 = 1_000_000;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    let path = match std::env::args().nth(1) {
        Some(path) => PathBuf::from(path),
        None => std::env::temp_dir().join(format!("hsmd-figures-{}", std::process::id())),
    };
    let partition = fill(&path).await?;

    let before = resident_bytes();
    let begin = Instant::now();
    let processor_begin = processor_time();
    let store = Arc::new(Embedded::open(&path)?);
    let opened = begin.elapsed();
    let repository = Repository::open(Arc::new(testing::barrier(store.clone()))).await?;
    println!(
        "open the store, checked against its log: {opened:.2?}; and load {OBJECTS} objects: {:.2?}",
        begin.elapsed()
    );
    println!(
        "processor time of that: {:.2?}",
        processor_time().saturating_sub(processor_begin)
    );
    let each = resident_bytes().saturating_sub(before) / OBJECTS;
    println!("resident memory: {each} bytes an object, the page cache of the store included");

    let small = new_partition(9);
    let small = repository.create_partition(small, Vec::new()).await?;
    let few = (0..10)
        .map(|number| new_object(&repository, small.id, number))
        .collect::<Result<_>>()?;
    repository.insert(&small, few).await?;

    searches(&repository, small.id, partition)?;
    writes(&repository, &store, &small).await?;
    drop(repository);
    drop(store);
    std::fs::remove_dir_all(&path)?;
    Ok(())
}

/// Measures what reads from memory.
fn searches(repository: &Repository, small: PartitionId, partition: PartitionId) -> Result<()> {
    let label = |number: usize| {
        let template = [(CKA_LABEL, label(number).into())].into_iter().collect();
        Query {
            template,
            includes_private: true,
            application: None,
            after: None,
            limit: 100,
        }
    };
    let found = |partition, query: &Query| {
        repository
            .find(partition, query)
            .map(|found| found.objects.len())
    };
    println!(
        "find by label among 10:      {:?}",
        cost(|step| found(small, &label(step % 10)).is_ok_and(|found| found == 1))
    );
    println!(
        "find by label among {OBJECTS}: {:?}",
        cost(|step| found(partition, &label(step * 7919 % OBJECTS)).is_ok_and(|found| found == 1))
    );
    println!(
        "find a label that is not there: {:?}",
        cost(|_| found(partition, &label(OBJECTS)).is_ok_and(|found| found == 0))
    );

    let mut ids = Vec::new();
    let mut page = Query {
        includes_private: true,
        limit: 1_000,
        ..Query::default()
    };
    let begin = Instant::now();
    loop {
        let found = repository.find(partition, &page)?;
        ids.extend(found.objects.iter().map(|object| object.id));
        page.after = ids.last().copied();
        if found.is_last_page {
            break;
        }
    }
    println!(
        "find all {} in pages of 1000: {:.2?}",
        ids.len(),
        begin.elapsed()
    );
    println!(
        "look up an object by id: {:?}",
        cost(|step| repository
            .object(partition, ids[step * 7919 % ids.len()])
            .is_some())
    );
    Ok(())
}

/// Measures what one and many writers wait for.
async fn writes(repository: &Repository, store: &Embedded, small: &Partition) -> Result<()> {
    let writers = |count: usize, objects: usize| async move {
        let (begin, processor_begin) = (Instant::now(), process_time());
        let store = |writer| async move {
            for number in 0..objects {
                repository
                    .insert(
                        small,
                        vec![new_object(repository, small.id, writer * objects + number)?],
                    )
                    .await?;
            }
            Result::Ok(())
        };
        join_all((0..count).map(store).collect()).await?;
        let created = u32::try_from(count * objects)?;
        let processor = process_time().saturating_sub(processor_begin) / created;
        println!(
            "create one object, {count} writers: {:.1?} each, {processor:.1?} of a processor",
            begin.elapsed() / created
        );
        Result::Ok(())
    };
    let before = store.statistics();
    writers(1, 300).await?;
    let between = store.statistics();
    writers(WRITERS, 100).await?;
    let after = store.statistics();
    let per_group = |before: hsmd_storage::Statistics, after: hsmd_storage::Statistics| {
        (after.commits - before.commits) / (after.groups - before.groups).max(1)
    };
    println!(
        "commits in a group: about {} with 1 writer, {} with {WRITERS}",
        per_group(before, between),
        per_group(between, after)
    );
    Ok(())
}

/// Makes the store with its objects, and says how long that took and how large it is.
async fn fill(path: &Path) -> Result<PartitionId> {
    let store = Arc::new(Embedded::open(path)?);
    let repository = Arc::new(Repository::open(Arc::new(testing::barrier(store.clone()))).await?);
    let partition = repository
        .create_partition(new_partition(0), Vec::new())
        .await?;
    let begin = Instant::now();
    let writer = |writer: usize| {
        let repository = Arc::clone(&repository);
        let partition = Arc::clone(&partition);
        tokio::spawn(async move {
            for batch in (writer..OBJECTS / BATCH).step_by(WRITERS) {
                let numbers = batch * BATCH..(batch + 1) * BATCH;
                let objects = numbers
                    .map(|number| new_object(&repository, partition.id, number))
                    .collect::<Result<_>>()?;
                repository.insert(&partition, objects).await?;
            }
            Result::Ok(())
        })
    };
    for writer in (0..WRITERS).map(writer).collect::<Vec<_>>() {
        writer.await??;
    }
    let statistics = store.statistics();
    let seconds = begin.elapsed();
    println!(
        "create {OBJECTS} objects, {WRITERS} writers, {BATCH} a transaction: {:.2?}, about {} transactions a group",
        seconds,
        statistics.commits / statistics.groups.max(1),
    );
    println!("recovery log: {} MiB", statistics.log_bytes >> 20);
    Ok(partition.id)
}

/// Runs all of these futures at once.
async fn join_all<F: Future<Output = Result<()>>>(futures: Vec<F>) -> Result<()> {
    let mut futures: Vec<_> = futures
        .into_iter()
        .map(|future| Some(Box::pin(future)))
        .collect();
    std::future::poll_fn(|context| {
        for slot in &mut futures {
            if let Some(future) = slot
                && let std::task::Poll::Ready(outcome) = future.as_mut().poll(context)
            {
                outcome?;
                *slot = None;
            }
        }
        if futures.iter().all(Option::is_none) {
            std::task::Poll::Ready(Ok(()))
        } else {
            std::task::Poll::Pending
        }
    })
    .await
}

fn new_partition(slot: u64) -> Partition {
    Partition {
        id: PartitionId::random().expect("randomness"),
        slot,
        name: format!("tenant {slot}"),
        label: "token".to_owned(),
        profile: TokenProfile::Compatible,
        is_initialized: true,
        tenancy: None,
        keys: vec![PartitionKey {
            version: 1,
            wrapped: vec![3; 40],
        }],
        era: 0,
        created_at_unix_milliseconds: 0,
        revision: 0,
    }
}

fn label(number: usize) -> Vec<u8> {
    format!("signing key {number}").into_bytes()
}

/// An AES key with the attributes that PKCS#11 gives it.
fn new_object(repository: &Repository, partition: PartitionId, number: usize) -> Result<Object> {
    let flags = [
        (CKA_TOKEN, true),
        (CKA_PRIVATE, true),
        (CKA_MODIFIABLE, true),
        (CKA_COPYABLE, true),
        (CKA_DESTROYABLE, true),
        (CKA_SENSITIVE, true),
        (CKA_ALWAYS_SENSITIVE, true),
        (CKA_EXTRACTABLE, false),
        (CKA_NEVER_EXTRACTABLE, true),
        (CKA_LOCAL, true),
        (CKA_ENCRYPT, true),
        (CKA_DECRYPT, true),
        (CKA_SIGN, false),
        (CKA_VERIFY, false),
        (CKA_WRAP, false),
        (CKA_UNWRAP, false),
        (CKA_DERIVE, false),
        (CKA_TRUSTED, false),
        (CKA_WRAP_WITH_TRUSTED, false),
    ];
    let mut attributes: Attributes = flags
        .into_iter()
        .map(|(attribute, flag)| (attribute, flag.into()))
        .collect();
    attributes.insert(CKA_CLASS, CKO_SECRET_KEY);
    attributes.insert(CKA_KEY_TYPE, CKK_AES);
    attributes.insert(CKA_VALUE_LEN, 32);
    attributes.insert(CKA_KEY_GEN_MECHANISM, CKM_AES_KEY_GEN);
    attributes.insert(CKA_LABEL, label(number));
    attributes.insert(CKA_ID, number.to_be_bytes().to_vec());
    attributes.insert(CKA_START_DATE, Vec::new());
    attributes.insert(CKA_END_DATE, Vec::new());
    attributes.insert(CKA_CHECK_VALUE, vec![1, 2, 3]);
    let material = WrappedMaterial {
        partition_key_version: 1,
        bytes: vec![5; 48],
    };
    Ok(Object {
        id: repository.new_object_id(now())?,
        partition,
        lifetime: Lifetime::Token,
        revision: 0,
        attributes,
        state: KeyState::Enabled,
        spec: Some(KeySpec::AES_256),
        versions: vec![KeyVersion {
            number: 1,
            created_at_unix_milliseconds: 1_700_000_000_000,
            material,
        }],
        kms: None,
    })
}

fn now() -> SystemTime {
    std::time::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

/// Processor time of a call, on average.
fn cost(mut call: impl FnMut(usize) -> bool) -> Duration {
    let begin = processor_time();
    for step in 0..CALLS {
        assert!(call(step as usize));
    }
    processor_time().saturating_sub(begin) / CALLS
}

/// What the whole process has used of processors, in ticks of a hundredth of a second.
fn process_time() -> Duration {
    let statistics = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = statistics
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace();
    let ticks: u64 = fields
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 10)
}

/// What this thread has used of a processor: other processes do not disturb it.
fn processor_time() -> Duration {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = statistics
        .split_whitespace()
        .next()
        .and_then(|first| first.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

fn resident_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
    kilobytes.map_or(0, |kilobytes| kilobytes * 1024)
}
