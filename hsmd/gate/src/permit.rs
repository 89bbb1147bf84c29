//! Permits: proof that one caller may make one use of one key version, or of one partition.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use hsmd_keys::{KeyVersion, Object, Partition};

use crate::key_use::Use;

/// Proof that the gate allowed one use. The vault asks for it; only the gate makes it.
///
/// It carries what was resolved when it was decided, so what was authorized is what is used.
///
/// ```compile_fail,E0451
/// # use hsmd_gate::{key_use::Sign, Permit};
/// let forged: Permit<Sign> = Permit { subject: todo!(), partition: todo!(), key_use: std::marker::PhantomData };
/// ```
///
/// A permit for one use is none for another:
///
/// ```compile_fail,E0308
/// # use hsmd_gate::{key_use::{Export, Reveal}, Permit};
/// fn reveal(permit: &Permit<Reveal>) {}
/// fn wrap_only(permit: &Permit<Export>) { reveal(permit) }
/// ```
///
/// Nor can it be kept for later by copying it:
///
/// ```compile_fail,E0599
/// # use hsmd_gate::{key_use::Sign, Permit};
/// fn keep(permit: &Permit<Sign>) -> Permit<Sign> { permit.clone() }
/// ```
#[must_use]
pub struct Permit<U: Use> {
    subject: U::Subject,
    partition: Arc<Partition>,
    key_use: PhantomData<fn() -> U>,
}

/// A use of one version of one key, or of one object without material.
pub struct KeySubject {
    pub(crate) object: Arc<Object>,
    /// Where in `object.versions` the version is; none for objects without material.
    pub(crate) version: Option<usize>,
}

/// A use of a partition as a whole.
pub struct PartitionSubject(pub(crate) ());

impl<U: Use> Permit<U> {
    pub(crate) fn new(subject: U::Subject, partition: Arc<Partition>) -> Self {
        Self {
            subject,
            partition,
            key_use: PhantomData,
        }
    }

    /// The partition that the use is in.
    #[must_use]
    pub fn partition(&self) -> &Arc<Partition> {
        &self.partition
    }
}

impl<U: Use<Subject = KeySubject>> Permit<U> {
    /// The object as it was when the use was allowed.
    #[must_use]
    pub fn object(&self) -> &Arc<Object> {
        &self.subject.object
    }

    /// The version of the key that may be used; none if the object has no material (certificates, data, public keys).
    #[must_use]
    pub fn version(&self) -> Option<&KeyVersion> {
        self.subject
            .version
            .and_then(|index| self.subject.object.versions.get(index))
    }
}

impl<U: Use> fmt::Debug for Permit<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Permit(..)")
    }
}
