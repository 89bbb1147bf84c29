//! Whom the daemon knows: giving rights to identities that others certify, listing and removing.

use hsmd_gate::{Detail, Needs, Row, actions};
use hsmd_identity::{Caller, Identity, Partitions, Role, Subject};
use hsmd_keys::PartitionId;

use crate::{Dependencies, Error, Operation, limits};

/// An identity, with its partitions by name.
#[derive(Debug, Clone)]
pub struct IdentityInfo {
    /// Unique.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// The partitions that it may use.
    pub partitions: Vec<String>,
    /// Whom it is.
    pub subject: Subject,
    /// The SHA-256 of the issuing CA's subject public key info; zeros for a local user.
    pub issuer_key_sha256: [u8; 32],
}

/// Gives rights to an identity that another CA certifies, or to a local user.
pub struct TrustIdentity {
    /// All of it.
    pub identity: IdentityInfo,
}

impl Operation for TrustIdentity {
    type Permits = ();
    type Output = ();
    type Error = Error;

    fn action() -> &'static Row {
        actions::TRUST_IDENTITY.row()
    }

    fn needs(&self) -> Result<Needs<()>, Error> {
        check_length(&self.identity.name)?;
        Ok(Needs::daemon(&actions::TRUST_IDENTITY)
            .with_detail("name", Detail::Text(self.identity.name.clone())))
    }

    async fn execute(self, (): &(), _: &Caller, with: &Dependencies) -> Result<(), Error> {
        let IdentityInfo {
            name,
            role,
            partitions,
            subject,
            issuer_key_sha256,
        } = self.identity;
        let partitions = Partitions::Named(partition_ids(&partitions, with)?);
        Ok(with
            .identities
            .add(Identity {
                name,
                role,
                partitions,
                subject,
                issuer_key_sha256,
            })
            .await?)
    }
}

/// Lists the identities.
pub struct ListIdentities;

impl Operation for ListIdentities {
    type Permits = ();
    type Output = Vec<IdentityInfo>;
    type Error = Error;

    fn action() -> &'static Row {
        actions::LIST_IDENTITIES.row()
    }

    fn needs(&self) -> Result<Needs<()>, Error> {
        Ok(Needs::daemon(&actions::LIST_IDENTITIES))
    }

    async fn execute(
        self,
        (): &(),
        _: &Caller,
        with: &Dependencies,
    ) -> Result<Vec<IdentityInfo>, Error> {
        let identities = with
            .identities
            .list()
            .into_iter()
            .map(|identity| IdentityInfo {
                partitions: match &identity.partitions {
                    Partitions::All => with
                        .repository
                        .partitions()
                        .iter()
                        .map(|partition| partition.name.clone())
                        .collect(),
                    Partitions::Named(ids) => ids
                        .iter()
                        .filter_map(|id| with.repository.partition(*id))
                        .map(|partition| partition.name.clone())
                        .collect(),
                },
                name: identity.name,
                role: identity.role,
                subject: identity.subject,
                issuer_key_sha256: identity.issuer_key_sha256,
            });
        Ok(identities.collect())
    }
}

/// Takes an identity's rights away. Its connections have none from the next request on.
pub struct RemoveIdentity {
    /// Which.
    pub name: String,
}

impl Operation for RemoveIdentity {
    type Permits = ();
    type Output = ();
    type Error = Error;

    fn action() -> &'static Row {
        actions::REMOVE_IDENTITY.row()
    }

    fn needs(&self) -> Result<Needs<()>, Error> {
        check_length(&self.name)?;
        Ok(Needs::daemon(&actions::REMOVE_IDENTITY)
            .with_detail("name", Detail::Text(self.name.clone())))
    }

    async fn execute(self, (): &(), _: &Caller, with: &Dependencies) -> Result<(), Error> {
        Ok(with.identities.remove(&self.name).await?)
    }
}

/// The ids of partitions that are given by name.
pub(super) fn partition_ids(
    names: &[String],
    with: &Dependencies,
) -> Result<Vec<PartitionId>, Error> {
    let partitions = with.repository.partitions();
    let id_of = |name: &String| {
        partitions
            .iter()
            .find(|partition| partition.name == *name)
            .map(|partition| partition.id)
    };
    names
        .iter()
        .map(|name| id_of(name).ok_or(Error::PartitionNotFound))
        .collect()
}

/// Keeps absurd names out of the audit log; what a name may look like is for the identities to say.
pub(super) fn check_length(name: &str) -> Result<(), Error> {
    let length_bytes = name.len() as u64;
    if name.len() > limits::NAME_BYTES_MAX {
        return Err(Error::TooLarge {
            what: "the name",
            length_bytes,
            limit_bytes: limits::NAME_BYTES_MAX as u64,
        });
    }
    Ok(())
}
