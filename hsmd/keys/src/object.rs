//! What a partition holds: keys of all kinds, certificates and data, with their attributes and wrapped material.

use std::sync::Arc;

use hsm_algorithms::{Attributes, KeySpec};

use crate::{ApplicationId, KeyId, KeyState, KmsKey, ObjectId, PartitionId};

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
        let end = kms
            .deletion
            .and_then(|deletion| deletion.at_unix_milliseconds);
        [rotation, end, kms.valid_to_unix_milliseconds()]
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
