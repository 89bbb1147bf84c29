//! The groups of requests that share one rate, and their default rates: one row each.

use std::fmt;

use hsm_algorithms::KeyKind;
use hsm_algorithms::pkcs11::CKO_PRIVATE_KEY;

/// What a row of the action table counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quota {
    /// In this group, unless the request says that it counts in another
    /// ([`Needs::counted_in`](crate::Needs::counted_in)).
    In(QuotaGroup),
    /// In the group of the kind of its key.
    ByKey,
}

/// Requests a second, in steps of a thousandth.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate {
    thousandths: u64,
}

/// What every group may do a second; `None` is without limit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Rates([Option<Rate>; QuotaGroup::ALL.len()]);

/// Makes the enum, its list, and the facts of each row.
macro_rules! quota_groups {
    ($($(#[$documentation:meta])* $group:ident: $name:literal, $thousandths:expr;)+) => {
        /// Requests that share one rate. A row of the action table names the group that its requests count in.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum QuotaGroup {
            $($(#[$documentation])* $group,)+
        }

        impl QuotaGroup {
            /// Every group.
            pub const ALL: &[Self] = &[$(Self::$group),+];

            /// The name in the configuration and in refusals.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$group => $name,)+ }
            }

            /// The rate where the configuration says nothing; `None` is without limit.
            #[must_use]
            pub const fn default_rate(self) -> Option<Rate> {
                let thousandths: Option<u64> = match self { $(Self::$group => $thousandths,)+ };
                match thousandths {
                    Some(thousandths) => Some(Rate { thousandths }),
                    None => None,
                }
            }
        }
    };
}

/// So many a second.
#[expect(clippy::unnecessary_wraps, reason = "the other rates are unlimited")]
const fn each_second(requests: u64) -> Option<u64> {
    Some(requests * 1_000)
}

/// So many in a thousand seconds.
#[expect(clippy::unnecessary_wraps, reason = "the other rates are unlimited")]
const fn each_thousand_seconds(requests: u64) -> Option<u64> {
    Some(requests)
}

const UNLIMITED: Option<u64> = None;

// The KMS rows are the request quotas of AWS KMS for an account in a Region, where AWS publishes them; operations that AWS
// lists with the lowest rate, and those that it does not list, have five a second.
quota_groups! {
    /// `hsm:` actions that read.
    HsmDescriptions: "hsm-descriptions", UNLIMITED;
    /// `hsm:` actions that use a key or an identity.
    HsmUses: "hsm-uses", UNLIMITED;
    /// `hsm:` actions that change what is stored.
    HsmChanges: "hsm-changes", UNLIMITED;

    /// Cryptography with symmetric and HMAC keys, and `GenerateRandom`.
    KmsSymmetric: "kms-symmetric", each_second(10_000);
    /// Cryptography with RSA keys.
    KmsRsa: "kms-rsa", each_second(1_000);
    /// Cryptography with elliptic-curve keys.
    KmsEcc: "kms-ecc", each_second(1_000);
    /// Cryptography with ML-DSA and ML-KEM keys.
    KmsPostQuantum: "kms-post-quantum", each_second(1_000);
    /// Data key pairs on elliptic curves.
    KmsDataKeyPairEcc: "kms-data-key-pair-ecc", each_second(100);
    /// RSA-2048 data key pairs.
    KmsDataKeyPairRsa2048: "kms-data-key-pair-rsa-2048", each_second(1);
    /// RSA-3072 data key pairs.
    KmsDataKeyPairRsa3072: "kms-data-key-pair-rsa-3072", each_thousand_seconds(500);
    /// RSA-4096 data key pairs.
    KmsDataKeyPairRsa4096: "kms-data-key-pair-rsa-4096", each_thousand_seconds(100);
    /// `DescribeKey`.
    KmsDescribeKey: "kms-describe-key", each_second(2_000);
    /// `GetPublicKey`.
    KmsGetPublicKey: "kms-get-public-key", each_second(2_000);
    /// `ListResourceTags`.
    KmsListResourceTags: "kms-list-resource-tags", each_second(2_000);
    /// `GetKeyPolicy`.
    KmsGetKeyPolicy: "kms-get-key-policy", each_second(1_000);
    /// `GetKeyRotationStatus`.
    KmsGetKeyRotationStatus: "kms-get-key-rotation-status", each_second(1_000);
    /// `ListKeys`.
    KmsListKeys: "kms-list-keys", each_second(500);
    /// `ListAliases`.
    KmsListAliases: "kms-list-aliases", each_second(500);
    /// `ListGrants`.
    KmsListGrants: "kms-list-grants", each_second(100);
    /// `ListRetirableGrants`.
    KmsListRetirableGrants: "kms-list-retirable-grants", each_second(100);
    /// `ListKeyPolicies`.
    KmsListKeyPolicies: "kms-list-key-policies", each_second(100);
    /// `ListKeyRotations`.
    KmsListKeyRotations: "kms-list-key-rotations", each_second(100);
    /// `CreateGrant`.
    KmsCreateGrant: "kms-create-grant", each_second(50);
    /// `RetireGrant`.
    KmsRetireGrant: "kms-retire-grant", each_second(30);
    /// `RevokeGrant`.
    KmsRevokeGrant: "kms-revoke-grant", each_second(30);
    /// `PutKeyPolicy`.
    KmsPutKeyPolicy: "kms-put-key-policy", each_second(15);
    /// `ScheduleKeyDeletion`.
    KmsScheduleKeyDeletion: "kms-schedule-key-deletion", each_second(15);
    /// `EnableKeyRotation`.
    KmsEnableKeyRotation: "kms-enable-key-rotation", each_second(15);
    /// `DeleteAlias`.
    KmsDeleteAlias: "kms-delete-alias", each_second(15);
    /// `TagResource`.
    KmsTagResource: "kms-tag-resource", each_second(10);
    /// `UntagResource`.
    KmsUntagResource: "kms-untag-resource", each_second(5);
    /// `CreateKey`.
    KmsCreateKey: "kms-create-key", each_second(5);
    /// `CreateAlias`.
    KmsCreateAlias: "kms-create-alias", each_second(5);
    /// `UpdateAlias`.
    KmsUpdateAlias: "kms-update-alias", each_second(5);
    /// `EnableKey`.
    KmsEnableKey: "kms-enable-key", each_second(5);
    /// `DisableKey`.
    KmsDisableKey: "kms-disable-key", each_second(5);
    /// `DisableKeyRotation`.
    KmsDisableKeyRotation: "kms-disable-key-rotation", each_second(5);
    /// `RotateKeyOnDemand`.
    KmsRotateKeyOnDemand: "kms-rotate-key-on-demand", each_second(5);
    /// `CancelKeyDeletion`.
    KmsCancelKeyDeletion: "kms-cancel-key-deletion", each_second(5);
    /// `UpdateKeyDescription`.
    KmsUpdateKeyDescription: "kms-update-key-description", each_second(5);
    /// `GetKeyLastUsage`.
    KmsGetKeyLastUsage: "kms-get-key-last-usage", each_second(5);
    /// `GetParametersForImport`.
    KmsGetParametersForImport: "kms-get-parameters-for-import", each_thousand_seconds(250);
    /// `ImportKeyMaterial`.
    KmsImportKeyMaterial: "kms-import-key-material", each_second(5);
    /// `DeleteImportedKeyMaterial`.
    KmsDeleteImportedKeyMaterial: "kms-delete-imported-key-material", each_second(5);
    /// `ReplicateKey`.
    KmsReplicateKey: "kms-replicate-key", each_second(5);
    /// `UpdatePrimaryRegion`.
    KmsUpdatePrimaryRegion: "kms-update-primary-region", each_second(5);
    /// Operations on custom key stores, together.
    KmsCustomKeyStores: "kms-custom-key-stores", each_second(5);

    /// Operations of STS, together.
    Sts: "sts", each_second(600);
    /// Operations of IAM, together.
    Iam: "iam", each_second(100);
}

impl QuotaGroup {
    /// The group in which cryptography with a KMS key of this kind counts.
    #[must_use]
    pub const fn of_kms_key(kind: KeyKind) -> Self {
        let row = kind.row();
        if row.curve.is_some() {
            Self::KmsEcc
        } else if row.post_quantum.is_some() {
            Self::KmsPostQuantum
        } else if row.class == CKO_PRIVATE_KEY {
            Self::KmsRsa
        } else {
            Self::KmsSymmetric
        }
    }

    /// The group in which making a data key pair of this kind and size counts.
    #[must_use]
    pub const fn of_data_key_pair(kind: KeyKind, bits: u32) -> Self {
        match (Self::of_kms_key(kind), bits) {
            (Self::KmsRsa, ..=2048) => Self::KmsDataKeyPairRsa2048,
            (Self::KmsRsa, 2049..=3072) => Self::KmsDataKeyPairRsa3072,
            (Self::KmsRsa, _) => Self::KmsDataKeyPairRsa4096,
            _ => Self::KmsDataKeyPairEcc,
        }
    }

    /// The group with this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|group| group.name() == name)
    }
}

impl Rate {
    /// So many requests a second, from one in a thousand seconds to a million a second; `None` outside of that.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range has just been checked"
    )]
    pub fn each_second(requests: f64) -> Option<Self> {
        let thousandths = (requests * 1_000.0).round();
        (1.0..=1e9).contains(&thousandths).then_some(Self {
            thousandths: thousandths as u64,
        })
    }

    /// Nanoseconds from one request to the next at this rate.
    pub(super) const fn interval_nanoseconds(self) -> u64 {
        1_000_000_000_000 / self.thousandths
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.thousandths / 1_000, self.thousandths % 1_000);
        match part {
            0 => write!(f, "{whole}"),
            _ => f.write_str(format!("{whole}.{part:03}").trim_end_matches('0')),
        }
    }
}

impl fmt::Debug for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}/s")
    }
}

impl Rates {
    /// No limit for any group, as development daemons have it.
    pub const UNLIMITED: Self = Self([None; QuotaGroup::ALL.len()]);

    /// What a group may do a second; `None` is without limit.
    #[must_use]
    pub const fn of(&self, group: QuotaGroup) -> Option<Rate> {
        self.0[group as usize]
    }

    /// The same with another rate for one group.
    #[must_use]
    pub const fn with(mut self, group: QuotaGroup, rate: Option<Rate>) -> Self {
        self.0[group as usize] = rate;
        self
    }
}

impl Default for Rates {
    fn default() -> Self {
        let mut rates = Self::UNLIMITED;
        for group in QuotaGroup::ALL {
            rates = rates.with(*group, group.default_rate());
        }
        rates
    }
}

impl fmt::Debug for Rates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limited = QuotaGroup::ALL.iter().filter_map(|group| {
            let rate = self.of(*group)?;
            Some((group.name(), rate))
        });
        f.debug_map().entries(limited).finish()
    }
}
