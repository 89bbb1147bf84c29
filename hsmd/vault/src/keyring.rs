//! Opening stored keys: from the root key over a partition's key to a key that is ready for use.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hsmd_keys::{
    KeyVersion, Object, ObjectId, Partition, PartitionId, PartitionKey, WrappedMaterial,
};
use hsmd_secret_memory::{LockedBytes, on_secret_stack, wipe_idle_stacks};
use parking_lot::RwLock;

use crate::engines::OpenedKey;
use crate::resident::{Resident, ResidentId};
use crate::root_key::PartitionKeyWrap;
use crate::{EngineError, RootKey, VaultError, key_wrap};

/// The open keys, and the means to open others. Dropping it wipes every one, and the stacks on which they were used.
pub(crate) struct Keyring {
    partition_key_wrap: PartitionKeyWrap,
    /// Every partition key that was used; they stay open until the daemon is sealed or the partition is gone.
    partition_keys: RwLock<HashMap<(PartitionId, u32), Arc<LockedBytes>>>,
    resident: Resident,
}

impl Keyring {
    /// Keeps about `resident_bytes_max` of keys open.
    pub(crate) fn new(
        root: &RootKey,
        resident_bytes_max: usize,
        now: Instant,
    ) -> Result<Self, VaultError> {
        Ok(Self {
            partition_key_wrap: PartitionKeyWrap::new(root)?,
            partition_keys: RwLock::default(),
            resident: Resident::new(resident_bytes_max, now),
        })
    }

    /// Makes a key for a partition.
    pub(crate) fn new_partition_key(
        &self,
        partition: PartitionId,
        version: u32,
    ) -> Result<PartitionKey, VaultError> {
        self.freeing_memory(|| self.partition_key_wrap.new_key(partition, version))
    }

    /// Computes with one version of a key on the secret stack, opening it if it is not open.
    pub(crate) fn compute<R>(
        &self,
        partition: &Partition,
        object: &Object,
        version: Option<&KeyVersion>,
        computation: impl Fn(&OpenedKey) -> Result<R, VaultError>,
    ) -> Result<R, VaultError> {
        let spec = object.spec.ok_or(VaultError::NoMaterial)?;
        let version = version.ok_or(VaultError::NoMaterial)?;
        let id = ResidentId {
            partition: partition.id,
            object: object.id,
            version: version.number,
        };
        self.freeing_memory(|| {
            on_secret_stack(|| {
                if let Some(key) = self.resident.get(&id) {
                    return computation(&key);
                }
                let clear_form = self.unwrapped(partition, &version.material)?;
                let key = OpenedKey::parse(spec, clear_form.expose())
                    .map(Arc::new)
                    .map_err(|error| match error {
                        EngineError::Crypto(hsm_aws_lc::Error::Library) => error.into(),
                        _ => VaultError::MaterialDamaged,
                    })?;
                self.resident.keep(id, &key);
                computation(&key)
            })
        })
    }

    /// Makes a key, and what comes with it, on the secret stack. If memory is short, some are closed and it is tried once
    /// more.
    pub(crate) fn make<R>(
        &self,
        make: impl Fn() -> Result<R, EngineError>,
    ) -> Result<R, VaultError> {
        self.freeing_memory(|| on_secret_stack(|| Ok(make()?)))
    }

    /// Wraps a key for storage in a partition, under the newest of the partition's keys.
    pub(crate) fn wrap(
        &self,
        partition: &Partition,
        key: &OpenedKey,
    ) -> Result<WrappedMaterial, VaultError> {
        let current = partition
            .current_key()
            .ok_or(VaultError::NoPartitionKey { version: 0 })?;
        self.freeing_memory(|| {
            let wrapping = self.partition_key(partition.id, current)?;
            let bytes = on_secret_stack(|| {
                Ok::<_, VaultError>(key_wrap::wrap(&wrapping, key.encode()?.expose())?)
            })?;
            Ok(WrappedMaterial {
                partition_key_version: current.version,
                bytes,
            })
        })
    }

    /// Tries a second time, with fewer keys open, if the first failed for want of memory.
    pub(crate) fn freeing_memory<R>(
        &self,
        attempt: impl Fn() -> Result<R, VaultError>,
    ) -> Result<R, VaultError> {
        match attempt() {
            Err(error) if error.is_for_want_of_memory() => {
                self.resident.close_half();
                attempt()
            }
            outcome => outcome,
        }
    }

    /// Closes every version of an object's key.
    pub(crate) fn close_object(&self, object: ObjectId) {
        self.resident.close_object(object);
    }

    /// Closes a partition's keys, and the partition's own.
    pub(crate) fn close_partition(&self, partition: PartitionId) {
        self.partition_keys
            .write()
            .retain(|(kept, _), _| *kept != partition);
        self.resident.close_partition(partition);
    }

    /// Closes what was not used for `idle_max`.
    pub(crate) fn close_idle(&self, now: Instant, idle_max: Duration) {
        self.resident.close_idle(now, idle_max);
    }

    /// How many keys are open, and about how many bytes they take.
    pub(crate) fn size(&self) -> (usize, usize) {
        self.resident.size()
    }

    pub(crate) fn unwrapped(
        &self,
        partition: &Partition,
        material: &WrappedMaterial,
    ) -> Result<LockedBytes, VaultError> {
        let version = material.partition_key_version;
        let key = partition
            .key(version)
            .ok_or(VaultError::NoPartitionKey { version })?;
        key_wrap::unwrap(&*self.partition_key(partition.id, key)?, &material.bytes)
    }

    fn partition_key(
        &self,
        partition: PartitionId,
        key: &PartitionKey,
    ) -> Result<Arc<LockedBytes>, VaultError> {
        if let Some(open) = self.partition_keys.read().get(&(partition, key.version)) {
            return Ok(Arc::clone(open));
        }
        let open = Arc::new(self.partition_key_wrap.open(partition, key)?);
        self.partition_keys
            .write()
            .insert((partition, key.version), Arc::clone(&open));
        Ok(open)
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        // What computations left on their stacks is out of reach, but it shall not outlive the keys either.
        wipe_idle_stacks();
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use hsm_algorithms::{Algorithm, Attributes, KeyKind, KeySpec, Parameters};
    use hsm_aws_lc::Message;
    use hsmd_keys::{KeyState, Lifetime, TokenProfile};
    use hsmd_secret_memory::Exhausted;

    use super::*;
    use crate::engines;

    const BUDGET_BYTES: usize = 1 << 20;

    fn keyring() -> Keyring {
        Keyring::new(&RootKey::generate().unwrap(), BUDGET_BYTES, Instant::now()).unwrap()
    }

    fn partition(keyring: &Keyring, id: u8) -> Partition {
        let id = PartitionId::from_bytes([id; 16]);
        Partition {
            id,
            slot: 1,
            name: String::new(),
            label: String::new(),
            profile: TokenProfile::Strict,
            is_initialized: true,
            tenancy: None,
            keys: vec![keyring.new_partition_key(id, 1).unwrap()],
            era: 0,
            created_at_unix_milliseconds: 0,
            revision: 0,
        }
    }

    fn object(keyring: &Keyring, partition: &Partition, spec: KeySpec, id: u8) -> Object {
        let key = keyring.make(|| OpenedKey::generate(spec, None)).unwrap();
        let material = keyring.wrap(partition, &key).unwrap();
        Object {
            id: ObjectId::from_bytes([id; 16]),
            partition: partition.id,
            lifetime: Lifetime::Token,
            revision: 0,
            attributes: Attributes::new(),
            state: KeyState::Enabled,
            spec: Some(spec),
            versions: vec![KeyVersion {
                number: 1,
                created_at_unix_milliseconds: 0,
                material,
            }],
            kms: None,
        }
    }

    fn encoded(
        keyring: &Keyring,
        partition: &Partition,
        object: &Object,
    ) -> Result<Vec<u8>, VaultError> {
        keyring.compute(partition, object, object.current_version(), |key| {
            Ok(key.encode()?.expose().to_vec())
        })
    }

    #[test]
    fn every_kind_of_key_opens_as_it_was_made() {
        let keyring = keyring();
        let partition = partition(&keyring, 1);
        for kind in KeyKind::ALL {
            let spec = match kind {
                KeyKind::Rsa => KeySpec::RSA_2048,
                kind if kind.is_key_pair() => KeySpec::of_kind(*kind),
                kind => KeySpec::of_secret(*kind, 32).unwrap_or(KeySpec::of_kind(*kind)),
            };
            let object = object(&keyring, &partition, spec, 1);
            let first = encoded(&keyring, &partition, &object).unwrap();
            keyring.close_object(object.id);
            assert_eq!(keyring.size(), (0, 0), "{spec}");
            assert_eq!(
                encoded(&keyring, &partition, &object).unwrap(),
                first,
                "{spec}"
            );
            keyring.close_object(object.id);
        }
    }

    #[test]
    fn a_key_stays_open_after_its_use() {
        let keyring = keyring();
        let partition = partition(&keyring, 1);
        let object = object(&keyring, &partition, KeySpec::EC_P256, 1);
        assert_eq!(keyring.size().0, 0);
        encoded(&keyring, &partition, &object).unwrap();
        encoded(&keyring, &partition, &object).unwrap();
        assert_eq!(keyring.size().0, 1);
    }

    #[test]
    fn material_of_another_partition_or_of_another_kind_does_not_open() {
        let keyring = keyring();
        let (here, elsewhere) = (partition(&keyring, 1), partition(&keyring, 2));
        let key = object(&keyring, &here, KeySpec::AES_256, 1);
        assert_eq!(
            encoded(&keyring, &elsewhere, &key),
            Err(VaultError::MaterialDamaged)
        );
        let mistaken = Object {
            spec: Some(KeySpec::AES_128),
            ..key.clone()
        };
        assert_eq!(
            encoded(&keyring, &here, &mistaken),
            Err(VaultError::MaterialDamaged)
        );
        encoded(&keyring, &here, &key).unwrap();
    }

    #[test]
    fn material_under_an_unknown_partition_key_is_refused() {
        let keyring = keyring();
        let here = partition(&keyring, 1);
        let key = object(&keyring, &here, KeySpec::AES_256, 1);
        let without_keys = Partition {
            keys: Vec::new(),
            ..here
        };
        assert_eq!(
            encoded(&keyring, &without_keys, &key),
            Err(VaultError::NoPartitionKey { version: 1 })
        );
        let new_key = keyring
            .make(|| OpenedKey::generate(KeySpec::AES_256, None))
            .unwrap();
        let refused = keyring.wrap(&without_keys, &new_key).err();
        assert_eq!(refused, Some(VaultError::NoPartitionKey { version: 0 }));
    }

    #[test]
    fn older_partition_keys_still_open_what_they_wrapped() {
        let keyring = keyring();
        let mut partition = partition(&keyring, 1);
        let old = object(&keyring, &partition, KeySpec::AES_256, 1);
        partition
            .keys
            .push(keyring.new_partition_key(partition.id, 2).unwrap());
        let new = object(&keyring, &partition, KeySpec::AES_256, 2);
        assert_eq!(new.versions[0].material.partition_key_version, 2);
        encoded(&keyring, &partition, &old).unwrap();
        encoded(&keyring, &partition, &new).unwrap();
    }

    #[test]
    fn objects_without_material_are_refused() {
        let keyring = keyring();
        let partition = partition(&keyring, 1);
        let key = object(&keyring, &partition, KeySpec::AES_256, 1);
        let data = Object {
            spec: None,
            versions: Vec::new(),
            ..key.clone()
        };
        let public = Object {
            versions: Vec::new(),
            ..key
        };
        assert_eq!(
            encoded(&keyring, &partition, &data),
            Err(VaultError::NoMaterial)
        );
        assert_eq!(
            encoded(&keyring, &partition, &public),
            Err(VaultError::NoMaterial)
        );
    }

    #[test]
    fn when_memory_is_short_keys_are_closed_and_it_is_tried_once_more() {
        let keyring = keyring();
        let partition = partition(&keyring, 1);
        for id in 0..32 {
            let key = object(&keyring, &partition, KeySpec::AES_256, id);
            encoded(&keyring, &partition, &key).unwrap();
        }
        let open_before = keyring.size().0;
        let attempts = Cell::new(0);
        let outcome = keyring.freeing_memory(|| {
            attempts.set(attempts.get() + 1);
            if attempts.get() == 1 {
                Err(Exhausted { wanted_bytes: 1 }.into())
            } else {
                Ok(())
            }
        });
        assert_eq!((outcome, attempts.get()), (Ok(()), 2));
        assert!(
            keyring.size().0 <= open_before / 2 + 8,
            "{} of {open_before} are open",
            keyring.size().0
        );
        let refused: Result<(), _> =
            keyring.freeing_memory(|| Err(Exhausted { wanted_bytes: 1 }.into()));
        assert_eq!(
            refused,
            Err(VaultError::MemoryExhausted(Exhausted { wanted_bytes: 1 }))
        );
    }

    #[test]
    fn many_threads_use_and_close_the_same_keys() {
        let keyring = keyring();
        let partition = partition(&keyring, 1);
        let keys: Vec<_> = (0..8)
            .map(|id| object(&keyring, &partition, KeySpec::ED25519, id))
            .collect();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let (keyring, partition, keys) = (&keyring, &partition, &keys);
                scope.spawn(move || {
                    for turn in 0..200 {
                        let key = &keys[(thread + turn) % keys.len()];
                        let signature = keyring
                            .compute(partition, key, key.current_version(), |key| {
                                let message = Message::Whole(b"message");
                                Ok(engines::sign(
                                    key,
                                    Algorithm::EdDsa,
                                    &Parameters::None,
                                    message,
                                )?)
                            })
                            .unwrap();
                        assert_eq!(signature.len(), 64);
                        if turn % 5 == 0 {
                            keyring.close_object(key.id);
                        }
                    }
                });
            }
        });
    }

    /// What the vault costs beside the computation itself. `cargo test --release -p hsmd-vault -- --ignored overhead`.
    #[test]
    #[ignore = "a measurement, of use in release builds only"]
    fn overhead() {
        // As in the daemon: aws-lc's heap is in the arena, too. The first computation of the process must come later.
        hsmd_secret_memory::install(&hsmd_secret_memory::Settings::default()).unwrap();
        let keyring = keyring();
        let partition = partition(&keyring, 1);
        for (spec, algorithm) in [
            (KeySpec::EC_P256, Algorithm::EcdsaSha256),
            (KeySpec::ED25519, Algorithm::EdDsa),
            (
                KeySpec::of_secret(KeyKind::GenericSecret, 32).unwrap(),
                Algorithm::HmacSha256,
            ),
        ] {
            let object = object(&keyring, &partition, spec, 1);
            let sign = |key: &OpenedKey| {
                engines::sign(key, algorithm, &Parameters::None, Message::Whole(&[1; 32]))
            };
            let bare = OpenedKey::generate(spec, None).unwrap();
            let raw = fastest(|| drop(sign(&bare).unwrap()));
            let version = object.current_version();
            let whole = fastest(|| {
                let sign = |key: &OpenedKey| Ok(sign(key)?);
                drop(keyring.compute(&partition, &object, version, sign).unwrap());
            });
            let nothing = fastest(|| {
                keyring
                    .compute(&partition, &object, version, |_| Ok(()))
                    .unwrap();
            });
            let cold = fastest(|| {
                keyring.close_object(object.id);
                keyring
                    .compute(&partition, &object, version, |_| Ok(()))
                    .unwrap();
            });
            println!(
                "{spec}: raw {raw} ns, in the vault {whole} ns, without a computation {nothing} ns, opening {cold} ns"
            );
            keyring.close_object(object.id);
        }
    }

    fn fastest(mut run: impl FnMut()) -> u128 {
        let batch = |run: &mut dyn FnMut()| {
            let start = Instant::now();
            (0..200).for_each(|_| run());
            start.elapsed().as_nanos() / 200
        };
        (0..50).map(|_| batch(&mut run)).min().unwrap_or_default()
    }
}
