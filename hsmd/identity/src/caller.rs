//! Someone whose identity has been proven.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use hsmd_keys::{ApplicationId, ObjectId, PartitionId};

use crate::applications::Application;
use crate::aws::{AwsPrincipal, AwsRequest};
use crate::errors::Error;
use crate::peer::Source;

/// Someone whose identity has been proven, and the application it speaks for. Made by this crate only.
///
/// Cheap to clone: three words and two reference counts.
///
/// ```compile_fail
/// let forged = hsmd_identity::Caller { principal: todo!(), source: todo!(), application: None };
/// ```
#[derive(Clone)]
pub struct Caller {
    principal: Arc<Principal>,
    source: Source,
    application: Option<Arc<Application>>,
    aws_request: Option<Arc<AwsRequest>>,
}

/// What an identity is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Runs the daemon: partitions, identities, seal, audit. Cannot use keys by that.
    Operator,
    /// Uses the partitions that are named.
    Client,
}

/// Whose PIN was shown: `CKU_SO` or `CKU_USER`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LoginRole {
    /// Initialises the user's PIN; sees public objects only.
    SecurityOfficer,
    /// Uses private objects.
    User,
}

/// Who has a PIN of a token.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PinHolder {
    /// The security officer.
    SecurityOfficer,
    /// The user, of whom PKCS#11 knows one.
    User,
    /// One of the users with a name (`C_LoginUser`), who may do what the user may.
    Named(Arc<str>),
}

impl PinHolder {
    /// The user with this name.
    ///
    /// # Errors
    ///
    /// [`Error::NameInvalid`] unless it has 1 to 64 letters, digits, dots, hyphens, underscores and at signs.
    pub fn named(name: &str) -> Result<Self, Error> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_@".contains(&byte);
        if (1..=64).contains(&name.len()) && name.bytes().all(is_plain) {
            Ok(Self::Named(name.into()))
        } else {
            Err(Error::NameInvalid)
        }
    }

    /// What they may do once they are logged in.
    #[must_use]
    pub const fn role(&self) -> LoginRole {
        match self {
            Self::SecurityOfficer => LoginRole::SecurityOfficer,
            Self::User | Self::Named(_) => LoginRole::User,
        }
    }

    /// The name of one who has a name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Named(name) => Some(name),
            Self::SecurityOfficer | Self::User => None,
        }
    }
}

impl From<LoginRole> for PinHolder {
    fn from(role: LoginRole) -> Self {
        match role {
            LoginRole::SecurityOfficer => Self::SecurityOfficer,
            LoginRole::User => Self::User,
        }
    }
}

/// Which partitions a principal may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Partitions {
    /// All there are and will be, and the right to make tokens in free slots. For development daemons only.
    All,
    /// These.
    Named(Vec<PartitionId>),
}

/// A known identity with its rights, shared by all its callers.
#[derive(Debug)]
pub(crate) struct Principal {
    pub(crate) name: String,
    pub(crate) is_operator: bool,
    pub(crate) partitions: Partitions,
    pub(crate) in_flight: AtomicU32,
    /// Who it is in AWS's terms, if a signature proved it.
    pub(crate) aws: Option<Arc<AwsPrincipal>>,
}

impl Principal {
    /// A principal that a signature proved. It has no partitions but its account's, which the gate finds.
    pub(crate) fn of_aws(principal: AwsPrincipal) -> Self {
        Self {
            name: principal.arn.clone(),
            is_operator: false,
            partitions: Partitions::Named(Vec::new()),
            in_flight: AtomicU32::new(0),
            aws: Some(Arc::new(principal)),
        }
    }
}

impl Caller {
    pub(crate) fn new(
        principal: Arc<Principal>,
        source: Source,
        application: Option<Arc<Application>>,
    ) -> Self {
        Self {
            principal,
            source,
            application,
            aws_request: None,
        }
    }

    pub(crate) fn with_signed_request(
        principal: Arc<Principal>,
        source: Source,
        request: AwsRequest,
    ) -> Self {
        Self {
            principal,
            source,
            application: None,
            aws_request: Some(Arc::new(request)),
        }
    }

    /// Who it is in AWS's terms, if a signature proved it.
    #[must_use]
    pub fn aws(&self) -> Option<&Arc<AwsPrincipal>> {
        self.principal.aws.as_ref()
    }

    /// What its signed request said of itself.
    #[must_use]
    pub fn aws_request(&self) -> Option<&Arc<AwsRequest>> {
        self.aws_request.as_ref()
    }

    /// The identity's name, for the audit log.
    #[must_use]
    pub fn principal_name(&self) -> &str {
        &self.principal.name
    }

    /// Where the request comes from.
    #[must_use]
    pub fn source(&self) -> Source {
        self.source
    }

    /// Whether it runs the daemon.
    #[must_use]
    pub fn is_operator(&self) -> bool {
        self.principal.is_operator
    }

    /// Whether it may use the partition. To a caller that may not, the partition does not exist.
    #[must_use]
    pub fn may_use(&self, partition: PartitionId) -> bool {
        match &self.principal.partitions {
            Partitions::All => true,
            Partitions::Named(named) => named.contains(&partition),
        }
    }

    /// Whether it may make tokens in free slots (`C_InitToken`): in a development daemon.
    #[must_use]
    pub fn may_create_tokens(&self) -> bool {
        self.principal.partitions == Partitions::All
    }

    /// The application that the request names; none for operations that need none.
    #[must_use]
    pub fn application_id(&self) -> Option<ApplicationId> {
        self.application
            .as_ref()
            .map(|application| application.id())
    }

    /// The program's name as it said in Hello, for the audit log.
    #[must_use]
    pub fn program(&self) -> &str {
        self.application
            .as_ref()
            .map_or("", |application| application.program())
    }

    /// The program's process id as it said in Hello; 0 without an application.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.application
            .as_ref()
            .map_or(0, |application| application.process_id())
    }

    /// The role that its application is logged in as in this partition.
    #[must_use]
    pub fn login(&self, partition: PartitionId) -> Option<LoginRole> {
        self.application.as_ref()?.login(partition)
    }

    /// Who its application is logged in as in this partition.
    #[must_use]
    pub fn pin_holder(&self, partition: PartitionId) -> Option<PinHolder> {
        self.application.as_ref()?.pin_holder(partition)
    }

    /// Takes the one use that a context-specific login gave to this `CKA_ALWAYS_AUTHENTICATE` key; false if there is none.
    #[must_use]
    pub fn take_login_for_object(&self, partition: PartitionId, object: ObjectId) -> bool {
        self.application
            .as_ref()
            .is_some_and(|application| application.take_login_for_object(partition, object))
    }

    /// Counts one more request of this principal under way, unless `maximum` are.
    #[must_use]
    pub fn begin_request(&self, maximum: u32) -> Option<RequestUnderWay> {
        let principal = Arc::clone(&self.principal);
        if principal.in_flight.fetch_add(1, Ordering::Relaxed) >= maximum {
            principal.in_flight.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        Some(RequestUnderWay(principal))
    }

    pub(crate) fn application(&self) -> Option<&Arc<Application>> {
        self.application.as_ref()
    }
}

/// One request of a principal, counted until this is dropped.
#[derive(Debug)]
pub struct RequestUnderWay(Arc<Principal>);

impl Drop for RequestUnderWay {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("principal", &self.principal.name)
            .field("source", &self.source)
            .field("application", &self.application_id())
            .finish_non_exhaustive()
    }
}
