//! Every limit on what a request may ask for. Checks, `Hello` and the documentation take them from here.

use std::time::Duration;

/// The longest message, request or reply, in bytes: 16 MiB and room for the fields around bulk data.
pub const MESSAGE_BYTES_MAX: usize = (16 << 20) + (64 << 10);

/// The longest input of one cryptographic operation, in bytes.
pub const INPUT_BYTES_MAX: usize = 16 << 20;

/// The most random bytes that one request gives.
pub const RANDOM_BYTES_MAX: usize = 1 << 20;

/// The most objects on one page of a search.
pub const FIND_RESULTS_MAX: usize = 1_000;

/// The most attributes in one template, those of inner templates included.
pub const TEMPLATE_ATTRIBUTES_MAX: usize = 256;

/// How deep templates may lie in templates (`CKA_WRAP_TEMPLATE` and its like): one inside the request's own.
pub const TEMPLATE_DEPTH_MAX: usize = 2;

/// The longest value of an attribute that is no secret, in bytes: a certificate with much in it fits.
pub const ATTRIBUTE_BYTES_MAX: usize = 64 << 10;

/// The most objects that one request destroys.
pub const DESTROYED_OBJECTS_MAX: usize = 1_000;

/// The most objects in one partition, those of sessions included.
pub const PARTITION_OBJECTS_MAX: u64 = 1_000_000;

/// The most partitions of one daemon.
pub const PARTITIONS_MAX: usize = 4_096;

/// The longest name of a partition, identity or program, in bytes.
pub const NAME_BYTES_MAX: usize = 128;

/// The longest token label, in bytes (PKCS#11 `CK_TOKEN_INFO`).
pub const LABEL_BYTES_MAX: usize = 32;

/// The most audit records that one request reads.
pub const AUDIT_RECORDS_MAX: usize = 1_000;

/// How long a request may take when it names no deadline.
pub const DEADLINE_DEFAULT: Duration = Duration::from_mins(1);

/// The longest deadline that a request may name.
pub const DEADLINE_MAX: Duration = Duration::from_mins(10);

/// The longest certificate that the daemon issues is valid for, in days.
pub const CERTIFICATE_DAYS_MAX: u32 = 3_650;

/// The most shares that the root key is split into.
pub const SHARES_MAX: u32 = 255;

/// The most keys of one account in one Region, in any state.
pub const KMS_KEYS_MAX: usize = 100_000;

/// The most aliases of one key.
pub const KMS_ALIASES_MAX: usize = 50;

/// The most grants of one key.
pub const KMS_GRANTS_MAX: usize = 50_000;

/// The most tags of one key.
pub const KMS_TAGS_MAX: usize = 50;

/// How often a key can be rotated on demand.
pub const KMS_ON_DEMAND_ROTATIONS_MAX: u16 = 25;

/// The most pairs in one constraint of a grant.
pub const KMS_GRANT_CONSTRAINT_PAIRS_MAX: usize = 8;

/// The longest value of a pair in a constraint of a grant, in characters.
pub const KMS_GRANT_CONSTRAINT_VALUE_MAX: usize = 384;
