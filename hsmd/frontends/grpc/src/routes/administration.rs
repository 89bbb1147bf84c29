//! Running the daemon.

use std::mem::take;
use std::time::Duration;

use hsm_proto::status_reply::State as WireState;
use hsm_proto::{
    GenerateRandomReply, GenerateRandomRequest, IdentityInfo as WireIdentity, IdentityRole,
    InitializeReply, InitializeRequest, IssueIdentityReply, IssueIdentityRequest, IssuedIdentity,
    ListIdentitiesReply, ListIdentitiesRequest, ReadAuditReply, ReadAuditRequest,
    RemoveIdentityReply, RemoveIdentityRequest, RotateBarrierReply, RotateBarrierRequest,
    SealReply, SealRequest, StatusReply, TrustIdentityReply, TrustIdentityRequest, UnsealReply,
    UnsealRequest,
};
use hsmd_identity::{Issued, Role, Subject};
use hsmd_operations::{
    AuditPage, Error, GenerateRandom, IdentityInfo, Initialization, Initialized, IssueIdentity,
    ListIdentities, Plaintext, Protection, ReadAudit, RemoveIdentity, RotateBarrier, Seal, State,
    Status, TrustIdentity, UnsealKey, UnsealProgress, limits,
};
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use super::Route;

/// How long certificates are valid when the request does not say.
const CERTIFICATE_DAYS_DEFAULT: u32 = 365;

/// What the daemon tells about itself.
pub(crate) fn status(status: Status) -> StatusReply {
    StatusReply {
        state: match status.state {
            State::Uninitialized => WireState::Uninitialized,
            State::Sealed => WireState::Sealed,
            State::Unsealed => WireState::Unsealed,
        }
        .into(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        shares_given: status.shares.shares_given,
        shares_needed: status.shares.shares_needed,
        warnings: status.warnings,
        started_at_unix_seconds: status.started_at_unix_seconds,
        partitions: status.counts.partitions,
        objects: status.counts.objects,
        applications: status.counts.applications,
        audit_records: status.counts.audit_records,
        region: status.region,
        key_memory: status.key_memory.to_owned(),
        key_memory_bytes: status.key_memory_bytes,
        key_memory_used_bytes: status.key_memory_used_bytes,
        is_development: status.is_development,
    }
}

/// How the root key is to be protected: by a passphrase or by shares, not both.
pub(crate) fn initialization(mut request: InitializeRequest) -> Result<Initialization, Error> {
    let passphrase = Zeroizing::new(take(&mut request.passphrase));
    let protection = match (passphrase.is_empty(), request.shares, request.threshold) {
        (false, 0, 0) => Protection::Passphrase(passphrase),
        (true, shares @ 1..=limits::SHARES_MAX, threshold) if (2..=shares).contains(&threshold) => {
            Protection::Shares {
                count: u8::try_from(shares)
                    .map_err(|_| Error::MalformedRequest { field: "shares" })?,
                threshold: u8::try_from(threshold)
                    .map_err(|_| Error::MalformedRequest { field: "threshold" })?,
            }
        }
        (true, 0, _) => {
            return Err(Error::MalformedRequest {
                field: "passphrase",
            });
        }
        _ => return Err(Error::MalformedRequest { field: "shares" }),
    };
    Ok(Initialization {
        protection,
        operator_name: take(&mut request.operator_name),
    })
}

/// What initialising gave.
pub(crate) fn initialized(initialized: &Initialized) -> InitializeReply {
    InitializeReply {
        shares: initialized
            .shares
            .iter()
            .map(|share| share.to_string())
            .collect(),
        operator: Some(issued(&initialized.operator)),
    }
}

/// What the caller unseals with.
pub(crate) fn unseal_key(mut request: UnsealRequest) -> Result<UnsealKey, Error> {
    let passphrase = Zeroizing::new(take(&mut request.passphrase));
    let share = Zeroizing::new(take(&mut request.share));
    match (request.reset, passphrase.is_empty(), share.is_empty()) {
        (true, true, true) => Ok(UnsealKey::Reset),
        (false, false, true) => Ok(UnsealKey::Passphrase(passphrase)),
        (false, true, false) => Ok(UnsealKey::Share(share)),
        _ => Err(Error::MalformedRequest {
            field: "passphrase",
        }),
    }
}

/// How far unsealing is.
pub(crate) fn unseal_reply(progress: UnsealProgress) -> UnsealReply {
    UnsealReply {
        unsealed: progress.is_unsealed,
        shares_given: progress.shares_given,
        shares_needed: progress.shares_needed,
    }
}

impl Route for RotateBarrierRequest {
    type Operation = RotateBarrier;

    fn operation(self) -> Result<RotateBarrier, Error> {
        Ok(RotateBarrier)
    }

    fn reply(term: u32) -> RotateBarrierReply {
        RotateBarrierReply { term }
    }
}

impl Route for SealRequest {
    type Operation = Seal;

    fn operation(self) -> Result<Seal, Error> {
        Ok(Seal)
    }

    fn reply((): ()) -> SealReply {
        SealReply {}
    }
}

impl Route for GenerateRandomRequest {
    type Operation = GenerateRandom;

    fn operation(self) -> Result<GenerateRandom, Error> {
        Ok(GenerateRandom {
            length_bytes: self.length_bytes as usize,
        })
    }

    fn reply(random: Plaintext) -> GenerateRandomReply {
        GenerateRandomReply {
            random: random.into_vec(),
        }
    }
}

impl Route for ReadAuditRequest {
    type Operation = ReadAudit;

    fn operation(self) -> Result<ReadAudit, Error> {
        let wait = self.wait.then_some(AUDIT_WAIT);
        Ok(ReadAudit {
            after: self.after,
            limit: self.limit as usize,
            wait,
        })
    }

    fn reply(page: AuditPage) -> ReadAuditReply {
        ReadAuditReply {
            records: page.records,
            next: page.next,
            checkpoint: page.checkpoint,
        }
    }
}

/// How long a reader waits for the next record: less than the deadline of a request that names none.
const AUDIT_WAIT: Duration = Duration::from_secs(20);

impl Route for IssueIdentityRequest {
    type Operation = IssueIdentity;

    fn operation(mut self) -> Result<IssueIdentity, Error> {
        let role = role(self.role())?;
        let request = take(&mut self.certificate_request_pem);
        Ok(IssueIdentity {
            name: take(&mut self.name),
            role,
            partitions: take(&mut self.partitions),
            valid_days: if self.valid_days == 0 {
                CERTIFICATE_DAYS_DEFAULT
            } else {
                self.valid_days
            },
            certificate_request_pem: if request.is_empty() {
                None
            } else {
                Some(request)
            },
        })
    }

    fn reply(identity: Issued) -> IssueIdentityReply {
        IssueIdentityReply {
            identity: Some(issued(&identity)),
        }
    }
}

impl Route for TrustIdentityRequest {
    type Operation = TrustIdentity;

    fn operation(mut self) -> Result<TrustIdentity, Error> {
        let subject: Subject = self
            .subject
            .parse()
            .map_err(|_| Error::MalformedRequest { field: "subject" })?;
        let issuer = take(&mut self.issuer_key_sha256);
        let issuer_key_sha256 = match &subject {
            Subject::Uid(_) if issuer.is_empty() => [0; 32],
            Subject::Uid(_) => {
                return Err(Error::MalformedRequest {
                    field: "issuer_key_sha256",
                });
            }
            Subject::Dns(_) | Subject::Uri(_) => {
                issuer.try_into().map_err(|_| Error::MalformedRequest {
                    field: "issuer_key_sha256",
                })?
            }
        };
        let role = role(self.role())?;
        let (name, partitions) = (take(&mut self.name), take(&mut self.partitions));
        Ok(TrustIdentity {
            identity: IdentityInfo {
                name,
                role,
                partitions,
                subject,
                issuer_key_sha256,
            },
        })
    }

    fn reply((): ()) -> TrustIdentityReply {
        TrustIdentityReply {}
    }
}

impl Route for ListIdentitiesRequest {
    type Operation = ListIdentities;

    fn operation(self) -> Result<ListIdentities, Error> {
        Ok(ListIdentities)
    }

    fn reply(identities: Vec<IdentityInfo>) -> ListIdentitiesReply {
        ListIdentitiesReply {
            identities: identities.into_iter().map(identity_info).collect(),
        }
    }
}

impl Route for RemoveIdentityRequest {
    type Operation = RemoveIdentity;

    fn operation(mut self) -> Result<RemoveIdentity, Error> {
        Ok(RemoveIdentity {
            name: take(&mut self.name),
        })
    }

    fn reply((): ()) -> RemoveIdentityReply {
        RemoveIdentityReply {}
    }
}

fn role(role: IdentityRole) -> Result<Role, Error> {
    match role {
        IdentityRole::Operator => Ok(Role::Operator),
        IdentityRole::Client => Ok(Role::Client),
        IdentityRole::Unspecified => Err(Error::MalformedRequest { field: "role" }),
    }
}

fn identity_info(identity: IdentityInfo) -> WireIdentity {
    let is_certificate = !matches!(identity.subject, Subject::Uid(_));
    WireIdentity {
        role: match identity.role {
            Role::Operator => IdentityRole::Operator,
            Role::Client => IdentityRole::Client,
        }
        .into(),
        subject: identity.subject.to_string(),
        issuer_key_sha256: if is_certificate {
            identity.issuer_key_sha256.to_vec()
        } else {
            Vec::new()
        },
        name: identity.name,
        partitions: identity.partitions,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the key goes into the reply, which wipes it when dropped"
)]
fn issued(identity: &Issued) -> IssuedIdentity {
    let name = identity
        .subject
        .as_ref()
        .map_or_else(String::new, ToString::to_string);
    IssuedIdentity {
        name: name.rsplit(':').next().unwrap_or_default().to_owned(),
        certificate_pem: identity.certificate_pem.clone(),
        private_key_pem: identity
            .private_key_pem
            .as_ref()
            .map_or_else(String::new, |key| key.expose_secret().to_owned()),
        ca_certificate_pem: identity.ca_certificate_pem.clone(),
        not_after_unix_seconds: identity.not_after_unix_seconds,
    }
}
