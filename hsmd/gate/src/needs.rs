//! What an operation asks of the gate: an action, what it is asked of, and with which algorithm.

use std::marker::PhantomData;

use hsm_algorithms::{Algorithm, KeyKind};
use hsmd_keys::{ObjectId, PartitionId};

use crate::actions::{Action, Recording, Row};
use crate::aws::{AwsRequest, ResolvedResource};
use crate::key_use::{Create, Use};
use crate::permit::{KeySubject, PartitionSubject, Permit};
use crate::quotas::{Quota, QuotaGroup};
use crate::refusal::Refusal;
use crate::resolver::Resolver;

/// What an operation asks of the gate. The action decides which permits the answer holds, and so which constructor fits:
///
/// | Action's permits | Constructor |
/// |---|---|
/// | `()` | [`Needs::daemon`] |
/// | `Permit<U>` of a partition | [`Needs::partition`], or [`Needs::creation`] for `Permit<Create>` |
/// | `Permit<U>` of an object | [`Needs::key`] |
/// | two objects | [`Needs::keys`] |
/// | an object and a new one | [`Needs::key_and_creation`] |
/// | one or two objects and a new one | [`Needs::keys_and_creation`] |
/// | reading an object | [`Needs::reading`] |
/// | any number of objects | [`Needs::objects`] |
/// | a KMS key, two of them, or a grant | [`Needs::kms_key`], [`Needs::kms_keys`], [`Needs::kms_grant`] |
/// | an AWS account in a Region | [`Needs::aws_account`] |
/// | AWS's other services | [`Needs::aws_service`] |
#[derive(Debug)]
#[must_use]
pub struct Needs<P> {
    pub(crate) request: Request,
    permits: PhantomData<fn() -> P>,
}

/// What is asked, without the permits that answer it: what the audit record tells.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) action: &'static Row,
    pub(crate) partition: Option<PartitionId>,
    pub(crate) objects: Objects,
    pub(crate) visibility: Visibility,
    pub(crate) changes_storage: bool,
    pub(crate) algorithm: Option<Algorithm>,
    pub(crate) quota: Option<QuotaGroup>,
    pub(crate) details: Vec<(&'static str, Detail)>,
    pub(crate) aws: Option<Box<AwsRequest>>,
}

/// Whether a new object is private (`CKA_PRIVATE`), for which the user must be logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Seen by everyone who may use the partition.
    Public,
    /// Seen by the user only.
    Private,
}

/// The objects that are asked of.
#[derive(Debug, Clone)]
pub(crate) enum Objects {
    None,
    One(ObjectId),
    Two(ObjectId, ObjectId),
    Many(Vec<ObjectId>),
}

/// The value of a request parameter, for the audit record. Never a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// A name from one of our tables.
    Name(&'static str),
    /// Text from the caller or the configuration.
    Text(String),
    /// A number.
    Number(u64),
    /// Bytes, written in hexadecimal.
    Id([u8; 16]),
    /// True or false.
    Flag(bool),
    /// Texts.
    List(Vec<String>),
    /// Names of the caller's with texts.
    Pairs(Vec<(String, String)>),
    /// A moment in milliseconds since 1970, written as `CloudTrail` writes those of answers.
    Moment(u64),
    /// An object of such values.
    Members(Vec<(&'static str, Detail)>),
}

/// The permits of one action: what [`Gate::admit`](crate::Gate::admit) gives. Implemented for the sets that the action
/// table uses, and only there.
pub trait PermitSet: Sized + Send + Sync + 'static {
    #[doc(hidden)]
    #[expect(private_interfaces, reason = "only the gate can call it")]
    fn resolve(resolver: &Resolver<'_>) -> Result<Self, Refusal>;
}

impl Needs<()> {
    /// Asks for an action on the daemon as a whole.
    pub fn daemon(action: &'static Action<()>) -> Self {
        Self::new(action.row(), None, Objects::None)
    }
}

impl<U: Use<Subject = PartitionSubject>> Needs<Permit<U>> {
    /// Asks for an action on a partition.
    pub fn partition(action: &'static Action<Permit<U>>, partition: PartitionId) -> Self {
        Self::new(action.row(), Some(partition), Objects::None)
    }
}

impl Needs<Permit<Create>> {
    /// Asks to put a new object or key into a partition.
    pub fn creation(
        action: &'static Action<Permit<Create>>,
        partition: PartitionId,
        visibility: Visibility,
    ) -> Self {
        Self::new(action.row(), Some(partition), Objects::None).with_visibility(visibility)
    }
}

impl<U: Use<Subject = KeySubject>> Needs<Permit<U>> {
    /// Asks for one use of one object.
    pub fn key(
        action: &'static Action<Permit<U>>,
        partition: PartitionId,
        object: ObjectId,
    ) -> Self {
        Self::new(action.row(), Some(partition), Objects::One(object))
    }
}

impl<U, V> Needs<(Permit<U>, Permit<V>)>
where
    U: Use<Subject = KeySubject>,
    V: Use<Subject = KeySubject>,
{
    /// Asks for one use each of two objects, as a wrapping key and the key to wrap.
    pub fn keys(
        action: &'static Action<(Permit<U>, Permit<V>)>,
        partition: PartitionId,
        first: ObjectId,
        second: ObjectId,
    ) -> Self {
        Self::new(action.row(), Some(partition), Objects::Two(first, second))
    }
}

impl<U: Use<Subject = KeySubject>> Needs<(Permit<U>, Permit<Create>)> {
    /// Asks for one use of an object, which makes another in the same partition.
    pub fn key_and_creation(
        action: &'static Action<(Permit<U>, Permit<Create>)>,
        partition: PartitionId,
        object: ObjectId,
        visibility: Visibility,
    ) -> Self {
        Self::new(action.row(), Some(partition), Objects::One(object)).with_visibility(visibility)
    }
}

/// One use of an object, perhaps one of a second, and the making of another.
type KeysAndCreation<U, V> = (Permit<U>, Option<Permit<V>>, Permit<Create>);

impl<U, V> Needs<KeysAndCreation<U, V>>
where
    U: Use<Subject = KeySubject>,
    V: Use<Subject = KeySubject>,
{
    /// Asks for one use of an object, and of a second one if there is one, which makes another in the same partition.
    pub fn keys_and_creation(
        action: &'static Action<KeysAndCreation<U, V>>,
        partition: PartitionId,
        object: ObjectId,
        other: Option<ObjectId>,
        visibility: Visibility,
    ) -> Self {
        let objects = match other {
            Some(other) => Objects::Two(object, other),
            None => Objects::One(object),
        };
        Self::new(action.row(), Some(partition), objects).with_visibility(visibility)
    }
}

impl<U, V> Needs<(Permit<U>, Option<Permit<V>>)>
where
    U: Use<Subject = KeySubject>,
    V: Use<Subject = KeySubject>,
{
    /// Asks to read an object, and its material too if its attributes allow that.
    pub fn reading(
        action: &'static Action<(Permit<U>, Option<Permit<V>>)>,
        partition: PartitionId,
        object: ObjectId,
    ) -> Self {
        Self::new(action.row(), Some(partition), Objects::One(object))
    }
}

impl<U: Use<Subject = KeySubject>> Needs<Vec<Permit<U>>> {
    /// Asks for one use each of any number of objects, all or none.
    pub fn objects(
        action: &'static Action<Vec<Permit<U>>>,
        partition: PartitionId,
        objects: Vec<ObjectId>,
    ) -> Self {
        Self::new(action.row(), Some(partition), Objects::Many(objects))
    }
}

impl<P> Needs<P> {
    /// Says with which algorithm: checked against `CKA_ALLOWED_MECHANISMS`, and recorded.
    pub fn with_algorithm(mut self, algorithm: Algorithm) -> Self {
        self.request.algorithm = Some(algorithm);
        self
    }

    /// Says that what is made or changed is a session object, which storage never sees. The action is then recorded as
    /// a use, without an intent and without waiting for the disk.
    pub fn for_session_object(mut self) -> Self {
        self.request.changes_storage = false;
        self
    }

    /// Adds a request parameter to the audit record. Never a secret. `name` is written as `requestParameters` has it, as
    /// `lengthBytes`.
    pub fn with_detail(mut self, name: &'static str, value: Detail) -> Self {
        self.request.details.push((name, value));
        self
    }

    /// Says that the request counts in this quota group, and not in that of its action's row: for actions whose rate depends
    /// on what is asked, as the kind of a data key pair.
    pub fn counted_in(mut self, group: QuotaGroup) -> Self {
        self.request.quota = Some(group);
        self
    }

    /// What is asked for.
    #[must_use]
    pub fn action(&self) -> &'static Row {
        self.request.action
    }

    fn with_visibility(mut self, visibility: Visibility) -> Self {
        self.request.visibility = visibility;
        self
    }

    pub(crate) fn new(
        action: &'static Row,
        partition: Option<PartitionId>,
        objects: Objects,
    ) -> Self {
        let request = Request {
            action,
            partition,
            objects,
            visibility: Visibility::Public,
            changes_storage: true,
            algorithm: None,
            quota: None,
            details: Vec::new(),
            aws: None,
        };
        Self {
            request,
            permits: PhantomData,
        }
    }
}

impl Request {
    /// The group that it counts in. `key` is the kind of its key; what names none that is there counts as a symmetric one.
    pub(crate) fn quota_group(&self, key: Option<KeyKind>) -> QuotaGroup {
        self.quota.unwrap_or_else(|| match self.action.quota {
            Quota::In(group) => group,
            Quota::ByKey => key.map_or(QuotaGroup::KmsSymmetric, QuotaGroup::of_kms_key),
        })
    }

    /// The keys of accounts that were found for it.
    pub(crate) fn resources(&self) -> &[ResolvedResource] {
        let found = self.aws.as_ref().and_then(|aws| aws.found.get());
        found.map_or(&[], |found| &found.keys)
    }

    /// The accounts of its keys that are not this one: none, one or two.
    pub(crate) fn other_owners(&self, account: &str) -> impl Iterator<Item = &str> {
        let keys = self.resources();
        let repeated = move |index: usize| {
            keys[..index]
                .iter()
                .any(|key| key.account == keys[index].account)
        };
        let owners = keys.iter().enumerate();
        owners
            .filter(move |(index, key)| key.account != account && !repeated(*index))
            .map(|(_, key)| key.account.as_str())
    }

    /// How it is recorded: what changes nothing that is stored is a use.
    pub(crate) fn recording(&self) -> Recording {
        match self.action.recording {
            Recording::Change if !self.changes_storage => Recording::Use,
            recording => recording,
        }
    }
}

impl Objects {
    pub(crate) fn count(&self) -> usize {
        match self {
            Self::None => 0,
            Self::One(_) => 1,
            Self::Two(..) => 2,
            Self::Many(many) => many.len(),
        }
    }

    pub(crate) fn ids(&self) -> Vec<ObjectId> {
        match self {
            Self::None => Vec::new(),
            Self::One(only) => vec![*only],
            Self::Two(first, second) => vec![*first, *second],
            Self::Many(many) => many.clone(),
        }
    }
}
