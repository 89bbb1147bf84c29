//! Issuing a client certificate from the daemon's own CA.

use hsmd_gate::{Detail, Needs, Row, actions};
use hsmd_identity::{Caller, Identity, Issued, KeyChoice, Partitions, Role};

use super::identities::{check_length, partition_ids};
use crate::{Dependencies, Error, Operation, limits};

/// Issues a certificate and gives its identity rights.
pub struct IssueIdentity {
    /// The identity's name, which is in the certificate.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// The names of the partitions that it may use.
    pub partitions: Vec<String>,
    /// For how long.
    pub valid_days: u32,
    /// A PKCS#10 request, if the key is the caller's own.
    pub certificate_request_pem: Option<String>,
}

impl Operation for IssueIdentity {
    type Permits = ();
    type Output = Issued;
    type Error = Error;

    fn action() -> &'static Row {
        actions::ISSUE_IDENTITY.row()
    }

    fn needs(&self) -> Result<Needs<()>, Error> {
        check_length(&self.name)?;
        if self.valid_days == 0 || self.valid_days > limits::CERTIFICATE_DAYS_MAX {
            return Err(Error::MalformedRequest {
                field: "valid_days",
            });
        }
        Ok(Needs::daemon(&actions::ISSUE_IDENTITY)
            .with_detail("name", Detail::Text(self.name.clone())))
    }

    async fn execute(self, (): &(), _: &Caller, with: &Dependencies) -> Result<Issued, Error> {
        let partitions = Partitions::Named(partition_ids(&self.partitions, with)?);
        let key = match &self.certificate_request_pem {
            Some(request) => KeyChoice::Request(request),
            None => KeyChoice::Generate,
        };
        let authority = &with.certificate_authority;
        let issued = authority.issue_client(
            &self.name,
            self.role,
            self.valid_days,
            key,
            with.clock.as_ref(),
        )?;
        let subject = issued.subject.clone().ok_or(Error::Internal {
            task: "issue a certificate",
        })?;
        let issuer_key_sha256 = authority.key_sha256();
        with.identities
            .add(Identity {
                name: self.name,
                role: self.role,
                partitions,
                subject,
                issuer_key_sha256,
            })
            .await?;
        Ok(issued)
    }
}
