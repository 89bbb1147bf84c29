//! What a key of an account has beyond what PKCS#11 knows: policy, tags, rotation, deletion and the history of its
//! material.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::str::FromStr;
use std::sync::Arc;

use crate::ids::write_hexadecimal;
use crate::state::stored_enum;
use crate::{Binding, InvalidId, KeyUsage, ObjectId, RegionName, StoredPolicy};

/// The part of an [`Object`](crate::Object) that makes it a KMS key.
///
/// All times are in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq)]
pub struct KmsKey {
    /// What its owner says of it; may be empty.
    pub description: String,
    /// What it is for. Never changes.
    pub usage: KeyUsage,
    /// Where its material comes from. Never changes.
    pub origin: Origin,
    /// Who looks after it.
    pub manager: KeyManager,
    /// When it was made.
    pub created_at_unix_milliseconds: u64,
    /// The key policy.
    pub policy: Arc<StoredPolicy>,
    /// The users and roles that it names, with the ids that they had when it was put.
    pub policy_bindings: Vec<Binding>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Set while it is rotated by itself.
    pub rotation: Option<Rotation>,
    /// Set while it waits for its end.
    pub deletion: Option<Deletion>,
    /// Set if it is, or can be, in several Regions.
    pub multi_region: Option<MultiRegion>,
    /// Every material that it ever had or is to have, the oldest first.
    pub materials: Vec<Material>,
    /// The number of the material that new uses take; none before the first is there.
    pub current_version: Option<u32>,
    /// How often it was rotated on demand.
    pub on_demand_rotations: u16,
    /// The object that shows the public half of a key pair through PKCS#11.
    pub public_object: Option<ObjectId>,
}

/// A key's name: the id of its object, and whether it is a multi-Region key, which shows.
///
/// # Examples
///
/// ```
/// use hsmd_keys::KeyId;
///
/// let id: KeyId = "1234abcd-12ab-34cd-56ef-1234567890ab".parse()?;
/// assert_eq!(id.to_string(), "1234abcd-12ab-34cd-56ef-1234567890ab");
/// let id: KeyId = "mrk-1234abcd12ab34cd56ef1234567890ab".parse()?;
/// assert!(id.is_multi_region);
/// # Ok::<(), hsmd_keys::InvalidId>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId {
    /// The object.
    pub object: ObjectId,
    /// Whether it is a multi-Region key.
    pub is_multi_region: bool,
}

/// One generation of a KMS key's material, there or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Material {
    /// The [`KeyVersion`](crate::KeyVersion) that it is, or was, or will be again.
    pub number: u32,
    /// Its name: a hash of the key's id and the material, so that it is known again when it is imported again.
    pub id: MaterialId,
    /// When and how it became current; none for the first, and for one that waits for its turn.
    pub rotated: Option<Rotated>,
    /// What is known of imported material; none for material made here.
    pub import: Option<Import>,
}

/// What is known of imported material.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Import {
    /// Whether it is there.
    pub is_imported: bool,
    /// When it ends; none if it does not expire.
    pub valid_to_unix_milliseconds: Option<u64>,
    /// What whoever imported it says of it; may be empty.
    pub description: String,
}

/// When and how a material became current.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotated {
    /// When.
    pub at_unix_milliseconds: u64,
    /// How.
    pub how: RotationType,
}

/// The name of one material of one key: shown as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MaterialId(pub [u8; 32]);

/// That a key is rotated by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// How often, in days: 90 to 2560.
    pub period_days: u16,
    /// When next.
    pub next_at_unix_milliseconds: u64,
}

/// That a key waits for its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deletion {
    /// How long it waits, in days: 7 to 30.
    pub waiting_days: u8,
    /// When it ends; none while replicas of it are left.
    pub at_unix_milliseconds: Option<u64>,
}

/// Where else a multi-Region key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MultiRegion {
    /// The Region of the primary key, perhaps this one.
    pub primary: RegionName,
    /// The Regions of the replicas, perhaps with this one, in order.
    pub replicas: Vec<RegionName>,
}

stored_enum! {
    /// Where a key's material comes from (`Origin`).
    Origin {
        /// Made here.
        AwsKms = 1,
        /// Imported.
        External = 2,
        /// In a `CloudHSM` cluster.
        AwsCloudHsm = 3,
        /// In an external key store.
        ExternalKeyStore = 4,
    }
}

stored_enum! {
    /// Who looks after a key.
    KeyManager {
        /// The account.
        Customer = 1,
        /// The service that made it at first use.
        Aws = 2,
    }
}

stored_enum! {
    /// How a rotation came about.
    RotationType {
        /// Its time had come.
        Automatic = 1,
        /// It was asked for.
        OnDemand = 2,
    }
}

impl KmsKey {
    /// The material that new uses take.
    #[must_use]
    pub fn current_material(&self) -> Option<&Material> {
        self.material(self.current_version?)
    }

    /// The material with this number.
    #[must_use]
    pub fn material(&self, number: u32) -> Option<&Material> {
        self.materials
            .iter()
            .find(|material| material.number == number)
    }

    /// Whether a material waits to become current: numbered above the current one, and never current before.
    #[must_use]
    pub fn is_pending(&self, material: &Material) -> bool {
        self.current_version
            .is_some_and(|current| material.number > current)
    }

    /// The material that waits to become current.
    #[must_use]
    pub fn pending_material(&self) -> Option<&Material> {
        self.materials
            .iter()
            .find(|material| self.is_pending(material))
    }

    /// Whether every material that the key is bound to is there: all but one that waits to become current.
    #[must_use]
    pub fn has_all_material(&self) -> bool {
        self.current_version.is_some()
            && self.materials.iter().all(|material| {
                self.is_pending(material)
                    || material
                        .import
                        .as_ref()
                        .is_none_or(|import| import.is_imported)
            })
    }

    /// When the first of its materials ends, if any of those that are there does.
    #[must_use]
    pub fn valid_to_unix_milliseconds(&self) -> Option<u64> {
        self.first_to_expire().map(|(_, at)| at)
    }

    /// The first of its materials to end, and when, if any of those that are there does.
    #[must_use]
    pub fn first_to_expire(&self) -> Option<(&Material, u64)> {
        let ends = self.materials.iter().filter_map(|material| {
            let import = material
                .import
                .as_ref()
                .filter(|import| import.is_imported)?;
            Some((material, import.valid_to_unix_milliseconds?))
        });
        ends.min_by_key(|(_, at)| *at)
    }

    /// When the key itself ends, if it waits for its end and nothing else has to end before.
    #[must_use]
    pub fn ends_at_unix_milliseconds(&self) -> Option<u64> {
        self.deletion?.at_unix_milliseconds
    }
}

impl Origin {
    /// The name in the KMS API.
    #[must_use]
    pub const fn kms_name(self) -> &'static str {
        match self {
            Self::AwsKms => "AWS_KMS",
            Self::External => "EXTERNAL",
            Self::AwsCloudHsm => "AWS_CLOUDHSM",
            Self::ExternalKeyStore => "EXTERNAL_KEY_STORE",
        }
    }

    /// The origin with this name in the KMS API.
    #[must_use]
    pub fn by_kms_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|origin| origin.kms_name() == name)
    }
}

impl KeyManager {
    /// The name in the KMS API.
    #[must_use]
    pub const fn kms_name(self) -> &'static str {
        match self {
            Self::Customer => "CUSTOMER",
            Self::Aws => "AWS",
        }
    }
}

impl RotationType {
    /// The name in the KMS API.
    #[must_use]
    pub const fn kms_name(self) -> &'static str {
        match self {
            Self::Automatic => "AUTOMATIC",
            Self::OnDemand => "ON_DEMAND",
        }
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_multi_region {
            formatter.write_str(MULTI_REGION_PREFIX)?;
            return write_hexadecimal(formatter, self.object.as_bytes());
        }
        let mut rest = self.object.as_bytes().as_slice();
        for (index, length) in UUID_GROUPS.into_iter().enumerate() {
            if index > 0 {
                formatter.write_char('-')?;
            }
            let (group, after) = rest.split_at(length);
            write_hexadecimal(formatter, group)?;
            rest = after;
        }
        Ok(())
    }
}

impl FromStr for KeyId {
    type Err = InvalidId;

    /// Reads the one spelling that there is: lower case, with hyphens or after `mrk-`.
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(InvalidId);
        }
        if let Some(hexadecimal) = text.strip_prefix(MULTI_REGION_PREFIX) {
            return Ok(Self {
                object: hexadecimal.parse()?,
                is_multi_region: true,
            });
        }
        let mut hexadecimal = String::with_capacity(32);
        let mut groups = text.split('-');
        for length in UUID_GROUPS {
            let group = groups.next().filter(|group| group.len() == 2 * length);
            hexadecimal.push_str(group.ok_or(InvalidId)?);
        }
        if groups.next().is_some() {
            return Err(InvalidId);
        }
        Ok(Self {
            object: hexadecimal.parse()?,
            is_multi_region: false,
        })
    }
}

/// How many bytes stand between the hyphens of a UUID (RFC 9562 section 4).
const UUID_GROUPS: [usize; 5] = [4, 2, 2, 2, 6];

/// What the ids of multi-Region keys begin with.
const MULTI_REGION_PREFIX: &str = "mrk-";

impl fmt::Display for MaterialId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hexadecimal(formatter, &self.0)
    }
}

impl fmt::Debug for MaterialId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for MaterialId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        crate::ids::parse_hexadecimal(text)
            .map(Self)
            .ok_or(InvalidId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_id_has_one_spelling() {
        for text in [
            "1234ABCD-12ab-34cd-56ef-1234567890ab",
            "1234abcd12ab34cd56ef1234567890ab",
            "1234abcd-12ab-34cd-56ef-1234567890a",
            "mrk-1234abcd-12ab-34cd-56ef-1234567890ab",
            "mrk-1234ABCD12ab34cd56ef1234567890ab",
            "12-34abcd12ab34cd56ef1234567890ab",
            "1234abcd-12ab-34cd-56ef-1234567890ab-",
            "1234abcd-12ab-34cd-56ef1234567890-ab",
            "1234abcd-12ab-34cd-56ef-1234567890éa",
            "",
            "mrk-",
        ] {
            assert_eq!(text.parse::<KeyId>(), Err(InvalidId), "{text}");
        }
        for text in [
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            "mrk-1234abcd12ab34cd56ef1234567890ab",
        ] {
            assert_eq!(text.parse::<KeyId>().unwrap().to_string(), text);
        }
    }
}
