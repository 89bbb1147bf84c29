//! Keys that stay open in the arena for their next use, within a budget.
//!
//! Opening a key costs from one to some hundred microseconds, so keys are kept by what reopening them would cost
//! for the room that they take (GreedyDual-Size, Cao and Irani 1997), and closed when idle for long. Locks are
//! held for a look-up alone, never while something is computed or closed.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hsm_algorithms::KeyKind;
use hsmd_keys::{ObjectId, PartitionId};
use parking_lot::Mutex;

use crate::engines::OpenedKey;

/// Which key: one version of one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ResidentId {
    pub(crate) partition: PartitionId,
    pub(crate) object: ObjectId,
    pub(crate) version: u32,
}

/// The open keys.
pub(crate) struct Resident {
    shards: Box<[Mutex<Shard>]>,
    shard_bytes_max: usize,
    /// Seconds since `start`, as [`Resident::close_idle`] last heard.
    now_seconds: AtomicU64,
    start: Instant,
}

#[derive(Default)]
struct Shard {
    keys: HashMap<ResidentId, Kept>,
    bytes: usize,
    /// What the last key that made room was worth. Newcomers start from here, so that old favourites fade.
    floor: u64,
    /// How many times a key was used here; says which of two that are worth the same was used longer ago.
    uses: u64,
}

struct Kept {
    key: Arc<OpenedKey>,
    worth: u64,
    last_use: u64,
    used_at_seconds: u64,
}

/// Enough that threads rarely meet at one lock.
const SHARDS: usize = 16;

impl Resident {
    /// Keeps at most about `bytes_max` of keys.
    pub(crate) fn new(bytes_max: usize, now: Instant) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            shard_bytes_max: bytes_max / SHARDS,
            now_seconds: AtomicU64::new(0),
            start: now,
        }
    }

    /// The key, if it is open.
    pub(crate) fn get(&self, id: &ResidentId) -> Option<Arc<OpenedKey>> {
        let mut shard = self.shard(id).lock();
        shard.uses += 1;
        let (floor, use_number) = (shard.floor, shard.uses);
        let kept = shard.keys.get_mut(id)?;
        kept.worth = floor + value(&kept.key);
        kept.last_use = use_number;
        kept.used_at_seconds = self.now_seconds.load(Ordering::Relaxed);
        Some(Arc::clone(&kept.key))
    }

    /// Keeps a key, and closes others to make room for it. A key that is larger than the budget is not kept.
    pub(crate) fn keep(&self, id: ResidentId, key: &Arc<OpenedKey>) {
        let bytes = resident_bytes(key);
        if bytes > self.shard_bytes_max {
            return;
        }
        let mut shard = self.shard(&id).lock();
        let closed = if shard.bytes + bytes > self.shard_bytes_max {
            // More than is needed, so that a full shard is not sorted for each new key.
            shard.make_room((self.shard_bytes_max - bytes) / 8 * 7)
        } else {
            Vec::new()
        };
        let worth = shard.floor + value(key);
        shard.uses += 1;
        let last_use = shard.uses;
        let used_at_seconds = self.now_seconds.load(Ordering::Relaxed);
        let before = shard.keys.insert(
            id,
            Kept {
                key: Arc::clone(key),
                worth,
                last_use,
                used_at_seconds,
            },
        );
        shard.bytes += bytes;
        if let Some(before) = &before {
            shard.bytes -= resident_bytes(&before.key);
        }
        drop(shard);
        drop((closed, before)); // Wiping them takes time that others need not wait for.
    }

    /// Closes every key of an object.
    pub(crate) fn close_object(&self, object: ObjectId) {
        self.close_where(|id, _| id.object == object);
    }

    /// Closes every key of a partition.
    pub(crate) fn close_partition(&self, partition: PartitionId) {
        self.close_where(|id, _| id.partition == partition);
    }

    /// Closes what was not used for `idle_max`, and tells the time to later uses.
    pub(crate) fn close_idle(&self, now: Instant, idle_max: Duration) {
        let now_seconds = now.saturating_duration_since(self.start).as_secs();
        self.now_seconds.store(now_seconds, Ordering::Relaxed);
        self.close_where(|_, kept| kept.used_at_seconds + idle_max.as_secs() <= now_seconds);
    }

    /// Closes the half that is worth least, because memory is short.
    pub(crate) fn close_half(&self) {
        for shard in &self.shards {
            let mut shard = shard.lock();
            let bytes_max = shard.bytes / 2;
            let closed = shard.make_room(bytes_max);
            drop(shard);
            drop(closed);
        }
    }

    /// How many keys are open, and about how many bytes they take.
    pub(crate) fn size(&self) -> (usize, usize) {
        let sizes = self.shards.iter().map(|shard| {
            let shard = shard.lock();
            (shard.keys.len(), shard.bytes)
        });
        sizes.fold((0, 0), |(keys, bytes), (more_keys, more_bytes)| {
            (keys + more_keys, bytes + more_bytes)
        })
    }

    fn close_where(&self, is_to_close: impl Fn(&ResidentId, &Kept) -> bool) {
        for shard in &self.shards {
            let mut shard = shard.lock();
            let ids: Vec<_> = shard
                .keys
                .iter()
                .filter(|(id, kept)| is_to_close(id, kept))
                .map(|(id, _)| *id)
                .collect();
            let closed: Vec<_> = ids.iter().filter_map(|id| shard.remove(id)).collect();
            drop(shard);
            drop(closed);
        }
    }

    fn shard(&self, id: &ResidentId) -> &Mutex<Shard> {
        // Object ids end in random bytes.
        let [.., last] = *id.object.as_bytes();
        &self.shards[usize::from(last) % SHARDS]
    }
}

impl Shard {
    /// Closes the keys that are worth least until no more than `bytes_max` are kept. Gives them, to be dropped.
    fn make_room(&mut self, bytes_max: usize) -> Vec<Kept> {
        if self.bytes <= bytes_max {
            return Vec::new();
        }
        let mut by_worth: Vec<_> = self
            .keys
            .iter()
            .map(|(id, kept)| ((kept.worth, kept.last_use), *id))
            .collect();
        by_worth.sort_unstable_by_key(|(worth, _)| *worth);
        let mut closed = Vec::new();
        for ((worth, _), id) in by_worth {
            if self.bytes <= bytes_max {
                break;
            }
            self.floor = worth;
            closed.extend(self.remove(&id));
        }
        closed
    }

    fn remove(&mut self, id: &ResidentId) -> Option<Kept> {
        let kept = self.keys.remove(id)?;
        self.bytes -= resident_bytes(&kept.key);
        Some(kept)
    }
}

/// About how much room a key takes in the arena, with what aws-lc keeps for its later uses.
fn resident_bytes(key: &OpenedKey) -> usize {
    let spec = key.spec();
    match (spec.kind(), spec.kind().curve()) {
        // Measured: 5,760 bytes for 2048 bits after the first signature, most of it in proportion to the modulus.
        (KeyKind::Rsa, _) => 1024 + spec.length_bytes() * 20,
        (_, Some(curve)) if curve.is_weierstrass() => 640,
        (_, Some(_)) => 128,
        // Both halves, the seed, and for ML-DSA nothing expanded.
        (kind, None) if kind.is_key_pair() => kind.post_quantum().map_or(1024, |set| {
            512 + 2 * set.private_key_bytes + set.public_key_bytes
        }),
        (_, None) => 64 + spec.length_bytes(),
    }
}

/// What keeping a key saves for the room that it takes: nanoseconds of opening it again, for each 64 bytes.
fn value(key: &OpenedKey) -> u64 {
    let spec = key.spec();
    let opening_nanoseconds = match (spec.kind(), spec.kind().curve()) {
        // 400 µs for 2048 bits; the checks grow with the square of the size at least.
        (KeyKind::Rsa, _) => 400_000 * u64::from(spec.bits()).pow(2) / 2048_u64.pow(2),
        (_, Some(curve)) if curve.is_weierstrass() => 5_000,
        (kind, None) if kind.is_key_pair() => 50_000,
        _ => 1_000,
    };
    opening_nanoseconds * 64 / resident_bytes(key) as u64
}

#[cfg(test)]
mod tests {
    use hsm_algorithms::KeySpec;

    use super::*;

    fn id(number: u8) -> ResidentId {
        // One shard for all, so that they compete for one budget.
        let mut object = [0; 16];
        object[0] = number;
        ResidentId {
            partition: PartitionId::from_bytes([number % 2; 16]),
            object: ObjectId::from_bytes(object),
            version: 1,
        }
    }

    fn key(spec: KeySpec) -> Arc<OpenedKey> {
        Arc::new(OpenedKey::generate(spec, None).unwrap())
    }

    fn with_room_for(keys: usize, key: &OpenedKey, now: Instant) -> Resident {
        Resident::new(keys * resident_bytes(key) * SHARDS, now)
    }

    #[test]
    fn the_budget_holds_whatever_is_kept() {
        let now = Instant::now();
        let key = key(KeySpec::AES_256);
        let resident = with_room_for(10, &key, now);
        for number in 0..=255 {
            resident.keep(id(number), &key);
            let (keys, bytes) = resident.size();
            assert!(
                keys <= 10 && bytes == keys * resident_bytes(&key),
                "{keys} keys, {bytes} bytes"
            );
        }
        assert!(resident.get(&id(255)).is_some(), "the newest is kept");
        assert!(resident.get(&id(0)).is_none(), "the oldest is not");
    }

    #[test]
    fn a_key_that_is_dear_to_open_outlasts_cheap_ones() {
        let now = Instant::now();
        let (dear, cheap) = (key(KeySpec::RSA_2048), key(KeySpec::AES_256));
        let resident = with_room_for(2, &dear, now);
        resident.keep(id(0), &dear);
        for number in 1..=255 {
            resident.keep(id(number), &cheap);
        }
        assert!(resident.get(&id(0)).is_some());
    }

    #[test]
    fn a_key_in_use_outlasts_idle_ones() {
        let now = Instant::now();
        let key = key(KeySpec::AES_256);
        let resident = with_room_for(10, &key, now);
        resident.keep(id(0), &key);
        for number in 1..=255 {
            assert!(resident.get(&id(0)).is_some());
            resident.keep(id(number), &key);
        }
        assert!(resident.get(&id(0)).is_some());
    }

    #[test]
    fn a_key_larger_than_the_budget_is_not_kept() {
        let (small, large) = (key(KeySpec::AES_256), key(KeySpec::RSA_2048));
        let resident = with_room_for(1, &small, Instant::now());
        resident.keep(id(0), &large);
        assert_eq!(resident.size(), (0, 0));
    }

    #[test]
    fn keeping_a_key_again_counts_it_once() {
        let key = key(KeySpec::AES_256);
        let resident = with_room_for(4, &key, Instant::now());
        resident.keep(id(0), &key);
        resident.keep(id(0), &key);
        assert_eq!(resident.size(), (1, resident_bytes(&key)));
    }

    #[test]
    fn closing_takes_what_it_names_and_no_more() {
        let key = key(KeySpec::AES_256);
        let resident = with_room_for(10, &key, Instant::now());
        (0..4).for_each(|number| resident.keep(id(number), &key));
        resident.close_object(id(0).object);
        assert!(resident.get(&id(0)).is_none());
        resident.close_partition(id(1).partition);
        assert!(resident.get(&id(1)).is_none() && resident.get(&id(3)).is_none());
        assert!(resident.get(&id(2)).is_some());
    }

    #[test]
    fn an_idle_key_is_closed_in_time_and_a_used_one_is_not() {
        let start = Instant::now();
        let key = key(KeySpec::AES_256);
        let resident = with_room_for(10, &key, start);
        let idle_max = Duration::from_mins(1);
        resident.keep(id(0), &key);
        resident.keep(id(1), &key);
        resident.close_idle(start + Duration::from_secs(59), idle_max);
        assert!(resident.get(&id(1)).is_some(), "used at 59 seconds");
        resident.close_idle(start + Duration::from_mins(1), idle_max);
        assert!(resident.get(&id(0)).is_none() && resident.get(&id(1)).is_some());
        resident.close_idle(start + Duration::from_mins(2), idle_max);
        assert_eq!(resident.size(), (0, 0));
    }
}
