//! What a request of an AWS principal says to the gate, besides its action.

use std::sync::OnceLock;

use hsmd_keys::{KeyId, ObjectId, PartitionId};
use hsmd_policy::{EncryptionContext, GrantTerms, KeyName};

use super::{KeyReference, ResolvedKey, Subjects};
use crate::actions::Action;
use crate::key_use::Use;
use crate::needs::{Detail, Needs, Objects};
use crate::permit::{KeySubject, PartitionSubject, Permit};

/// What a request of an AWS principal asks for.
#[derive(Debug, Default)]
pub(crate) struct AwsRequest {
    pub(crate) keys: Vec<AskedKey>,
    pub(crate) grant: Option<GrantReference>,
    pub(crate) alias: Option<String>,
    pub(crate) resource: Option<String>,
    pub(crate) also: Vec<&'static str>,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) grant_tokens: Vec<String>,
    pub(crate) new_grant: Option<Box<GrantTerms>>,
    pub(crate) is_dry_run: bool,
    /// What was found, for the audit record.
    pub(crate) found: OnceLock<Found>,
}

/// What a request names, found, as the audit record tells it.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) keys: Vec<ResolvedResource>,
    /// The id of the grant.
    pub(crate) grant: Option<String>,
}

/// A key that was found, as the audit record tells it.
#[derive(Debug)]
pub(crate) struct ResolvedResource {
    pub(crate) partition: PartitionId,
    pub(crate) object: ObjectId,
    pub(crate) account: String,
    pub(crate) arn: String,
    /// Symmetric keys tell the material that is used.
    pub(crate) material_id: Option<String>,
}

impl AwsRequest {
    pub(crate) fn note_found(&self, subjects: &Subjects) {
        let keys = subjects.keys.iter().filter_map(ResolvedResource::of);
        self.found.get_or_init(|| Found {
            keys: keys.collect(),
            grant: subjects.grant.as_ref().map(|grant| grant.id.to_string()),
        });
    }
}

impl ResolvedResource {
    fn of(key: &ResolvedKey) -> Option<Self> {
        Some(Self {
            partition: key.partition.id,
            object: key.object.id,
            account: key.account()?.to_string(),
            arn: key.arn(),
            material_id: key.material_id(),
        })
    }
}

/// A condition key of a request with its values.
pub(crate) type Condition = (KeyName, Vec<String>);

/// A key that is asked for, and what the request says of its use.
#[derive(Debug)]
#[must_use]
pub struct AskedKey {
    pub(crate) reference: KeyReference,
    pub(crate) version: Option<u32>,
    pub(crate) ciphertext_key: Option<KeyId>,
    pub(crate) encryption_context: EncryptionContext,
    pub(crate) conditions: Vec<Condition>,
}

/// Which grant is to be retired.
#[derive(Debug, Clone)]
pub enum GrantReference {
    /// That of this token.
    Token(String),
    /// That with this id, of this key.
    Id {
        /// The key.
        key: KeyReference,
        /// 64 hexadecimal digits.
        grant: String,
    },
}

impl AskedKey {
    /// The key that `reference` names, in its current version.
    pub fn new(reference: KeyReference) -> Self {
        Self {
            reference,
            version: None,
            ciphertext_key: None,
            encryption_context: EncryptionContext::default(),
            conditions: Vec::new(),
        }
    }

    /// The same key in the version that a ciphertext names. If there is none, the permit has none; if the ciphertext names
    /// another key, the request is refused.
    pub fn of_ciphertext(mut self, key: KeyId, version: u32) -> Self {
        self.ciphertext_key = Some(key);
        self.version = Some(version);
        self
    }

    /// The pairs that the request binds the ciphertext to: `kms:EncryptionContext:…`, and constraints of grants.
    pub fn with_encryption_context(mut self, pairs: EncryptionContext) -> Self {
        self.encryption_context = pairs;
        self
    }

    /// A condition key for policies, of this key's use alone, as `kms:EncryptionAlgorithm`.
    pub fn with_condition(mut self, name: impl Into<KeyName>, value: impl Into<String>) -> Self {
        self.conditions.push((name.into(), vec![value.into()]));
        self
    }
}

impl From<KeyReference> for AskedKey {
    fn from(reference: KeyReference) -> Self {
        Self::new(reference)
    }
}

impl<U: Use<Subject = KeySubject>> Needs<Permit<U>> {
    /// Asks for one use of a KMS key.
    pub fn kms_key(action: &'static Action<Permit<U>>, key: impl Into<AskedKey>) -> Self {
        Self::aws(action.row(), vec![key.into()])
    }

    /// Asks to retire a grant. The permit is for its key.
    pub fn kms_grant(action: &'static Action<Permit<U>>, grant: GrantReference) -> Self {
        let mut needs = Self::aws(action.row(), Vec::new());
        needs.aws_request().grant = Some(grant);
        needs
    }
}

impl<U, V> Needs<(Permit<U>, Permit<V>)>
where
    U: Use<Subject = KeySubject>,
    V: Use<Subject = KeySubject>,
{
    /// Asks for one use each of two KMS keys, which may be one, and may be in two accounts.
    pub fn kms_keys(
        action: &'static Action<(Permit<U>, Permit<V>)>,
        first: impl Into<AskedKey>,
        second: impl Into<AskedKey>,
    ) -> Self {
        Self::aws(action.row(), vec![first.into(), second.into()])
    }
}

impl<U: Use<Subject = PartitionSubject>> Needs<Permit<U>> {
    /// Asks for an action in the caller's account and the Region of the request.
    pub fn aws_account(action: &'static Action<Permit<U>>) -> Self {
        Self::aws(action.row(), Vec::new())
    }
}

impl Needs<()> {
    /// Asks for an action that needs no partition, as those of IAM and STS.
    pub fn aws_service(action: &'static Action<()>) -> Self {
        Self::aws(action.row(), Vec::new())
    }
}

/// For actions of AWS: what policies decide by.
impl<P> Needs<P> {
    /// How the request names the keys that it asks of.
    pub fn key_references(&self) -> impl Iterator<Item = &KeyReference> {
        let keys = self.request.aws.iter().flat_map(|aws| &aws.keys);
        keys.map(|asked| &asked.reference)
    }

    /// The alias that is asked for, with `alias/`: of the caller's account and Region.
    pub fn with_alias(mut self, name: impl Into<String>) -> Self {
        self.aws_request().alias = Some(name.into());
        self
    }

    /// The ARN of what is asked for where it is no key, as a user of IAM. `*` if it is not said.
    pub fn with_resource(mut self, arn: impl Into<String>) -> Self {
        self.aws_request().resource = Some(arn.into());
        self
    }

    /// One more permission that the request needs, as `kms:TagResource` of a `CreateKey` with tags: by identity policies, or
    /// of the role that is asked for.
    pub fn with_permission(mut self, name: &'static str) -> Self {
        self.aws_request().also.push(name);
        self
    }

    /// A condition key for policies, as `kms:MacAlgorithm`.
    pub fn with_condition(mut self, name: impl Into<KeyName>, value: impl Into<String>) -> Self {
        let condition = (name.into(), vec![value.into()]);
        self.aws_request().conditions.push(condition);
        self
    }

    /// A condition key with any number of values, as `aws:TagKeys`.
    pub fn with_condition_values(mut self, name: impl Into<KeyName>, values: Vec<String>) -> Self {
        self.aws_request().conditions.push((name.into(), values));
        self
    }

    /// The grant tokens of the request. One that names no grant refuses the request.
    pub fn with_grant_tokens(mut self, tokens: Vec<String>) -> Self {
        self.aws_request().grant_tokens = tokens;
        self
    }

    /// The grant that is to be made: one who may make it by a grant of their own keeps within that.
    pub fn with_new_grant(mut self, terms: GrantTerms) -> Self {
        self.aws_request().new_grant = Some(Box::new(terms));
        self
    }

    /// Says whether the request only asks what would come of it: [`Admitted::is_dry_run`](crate::Admitted::is_dry_run).
    pub fn as_dry_run(mut self, is_dry_run: bool) -> Self {
        self.aws_request().is_dry_run = is_dry_run;
        if is_dry_run {
            return self.with_detail("dryRun", Detail::Flag(true));
        }
        self
    }

    /// Says which key of an account it is about, for the record of what the daemon does by itself.
    pub(crate) fn note_key(&mut self, key: &ResolvedKey) {
        let found = Found {
            keys: ResolvedResource::of(key).into_iter().collect(),
            grant: None,
        };
        self.aws_request().found = found.into();
    }

    fn aws(action: &'static crate::Row, keys: Vec<AskedKey>) -> Self {
        let mut needs = Self::new(action, None, Objects::None);
        needs.request.aws = Some(Box::new(AwsRequest {
            keys,
            ..AwsRequest::default()
        }));
        needs
    }

    fn aws_request(&mut self) -> &mut AwsRequest {
        self.request.aws.get_or_insert_default()
    }
}
