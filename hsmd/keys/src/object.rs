//! What a partition holds: keys of all kinds, certificates and data, with their attributes and wrapped material.

use std::sync::Arc;
use std::time::Duration;

use hsm_algorithms::{Attributes, KeySpec};

use crate::{ApplicationId, KeyEvent, KeyId, KeyState, KmsKey, ObjectId, PartitionId};

/// One object of one partition, as it was at one revision.
///
/// Everything in it may be in ordinary memory: material is wrapped by the partition's key.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// Its name for life, from [`Repository::new_object_id`](crate::Repository::new_object_id).
    pub id: ObjectId,
    /// The partition that it belongs to.
    pub partition: PartitionId,
    /// How long it lives.
    pub lifetime: Lifetime,
    /// Larger with every change; 0 in an object that was never inserted. [`Repository`](crate::Repository) sets it.
    pub revision: u64,
    /// Everything that PKCS#11 shows of it, but for secrets.
    pub attributes: Attributes,
    /// Where the key stands in its life.
    pub state: KeyState,
    /// The kind and size of the key; `None` for certificates and data.
    pub spec: Option<KeySpec>,
    /// The wrapped material, in the order of its numbers. Empty for objects without secrets.
    pub versions: Vec<KeyVersion>,
    /// What makes it a key of an account; none for objects that only PKCS#11 knows.
    pub kms: Option<Arc<KmsKey>>,
}

impl Object {
    /// The version that new uses take: the newest, unless a KMS key says another.
    #[must_use]
    pub fn current_version(&self) -> Option<&KeyVersion> {
        self.versions.get(self.current_version_index()?)
    }

    /// Where in `versions` the version is that new uses take.
    #[must_use]
    pub fn current_version_index(&self) -> Option<usize> {
        match &self.kms {
            None => self.versions.len().checked_sub(1),
            Some(kms) => self
                .versions
                .iter()
                .position(|version| Some(version.number) == kms.current_version),
        }
    }

    /// The name that the KMS API has for it, if it is a KMS key.
    #[must_use]
    pub fn key_id(&self) -> Option<KeyId> {
        self.kms.as_ref().map(|kms| KeyId {
            object: self.id,
            is_multi_region: kms.multi_region.is_some(),
        })
    }

    /// The object as it is at a time since 1970, whether or not what was due by then has been done: without imported
    /// material whose time is over, and none if its own end has come.
    #[must_use]
    pub fn at(self: Arc<Self>, now: Duration) -> Option<Arc<Self>> {
        let is_over = |at: Option<u64>| at.is_some_and(|at| Duration::from_millis(at) <= now);
        let Some(kms) = &self.kms else {
            return Some(self);
        };
        if is_over(kms.ends_at_unix_milliseconds()) {
            return None;
        }
        match kms.first_to_expire() {
            Some((material, at)) if is_over(Some(at)) => {
                let rest = self.without_material(material.number)?;
                Arc::new(rest).at(now)
            }
            _ => Some(self),
        }
    }

    /// A KMS key without one of its materials, in the state that this leads to; none if its state does not let it happen.
    #[must_use]
    pub fn without_material(&self, number: u32) -> Option<Self> {
        let mut object = self.clone();
        let kms = Arc::make_mut(object.kms.as_mut()?);
        let is_pending = kms
            .material(number)
            .is_some_and(|material| kms.is_pending(material));
        if is_pending {
            // Nothing is bound to it yet.
            kms.materials.retain(|material| material.number != number);
        } else {
            object.state = self.state.after(KeyEvent::DeleteMaterial)?;
        }
        for material in &mut kms.materials {
            if material.number == number
                && let Some(import) = &mut material.import
            {
                import.is_imported = false;
                import.valid_to_unix_milliseconds = None;
            }
        }
        object.versions.retain(|version| version.number != number);
        Some(object)
    }

    /// When time alone changes this key next: a rotation, the end of its material, its own end. None for objects that
    /// are no KMS keys.
    #[must_use]
    pub fn next_event_unix_milliseconds(&self) -> Option<u64> {
        let kms = self.kms.as_ref()?;
        // Only a key that works is rotated; one that is overdue is, as soon as it works again.
        let rotation = kms
            .rotation
            .filter(|_| self.state == KeyState::Enabled)
            .map(|rotation| rotation.next_at_unix_milliseconds);
        [
            rotation,
            kms.ends_at_unix_milliseconds(),
            kms.valid_to_unix_milliseconds(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// The version with this number.
    #[must_use]
    pub fn version(&self, number: u32) -> Option<&KeyVersion> {
        self.versions
            .iter()
            .find(|version| version.number == number)
    }

    /// The application whose session object this is.
    #[must_use]
    pub const fn application(&self) -> Option<ApplicationId> {
        match self.lifetime {
            Lifetime::Token => None,
            Lifetime::Session(application) => Some(application),
        }
    }
}

/// How long an object lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// Until it is destroyed; stored (`CKA_TOKEN` true).
    Token,
    /// As long as this application; never stored (`CKA_TOKEN` false).
    Session(ApplicationId),
}

/// One generation of a key's material.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyVersion {
    /// 1 for the first.
    pub number: u32,
    /// Milliseconds since 1970.
    pub created_at_unix_milliseconds: u64,
    /// The material.
    pub material: WrappedMaterial,
}

/// Key material under a partition key: AES-KWP (RFC 5649) over the clear form, which `docs/formats.md` describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedMaterial {
    /// The version of the partition key that wraps it.
    pub partition_key_version: u32,
    /// The wrapped bytes.
    pub bytes: Vec<u8>,
}
