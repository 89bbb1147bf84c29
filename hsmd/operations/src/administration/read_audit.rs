//! Reading the audit log.

use std::time::Duration;

use hsmd_gate::{Needs, Row, actions};
use hsmd_identity::Caller;
use tokio::time::timeout;

use crate::{Dependencies, Error, Operation, limits};

/// Reads audit records in order.
pub struct ReadAudit {
    /// The number of the first record wanted.
    pub after: u64,
    /// The most records to give; 0 and more than [`limits::AUDIT_RECORDS_MAX`] mean that limit.
    pub limit: usize,
    /// How long to wait for a record if there is none.
    pub wait: Option<Duration>,
}

/// Some audit records.
pub struct AuditPage {
    /// The records, one JSON object each.
    pub records: Vec<Vec<u8>>,
    /// The number of the record after the last of these.
    pub next: u64,
    /// The latest signed checkpoint.
    pub checkpoint: Vec<u8>,
}

impl Operation for ReadAudit {
    type Permits = ();
    type Output = AuditPage;
    type Error = Error;

    fn action() -> &'static Row {
        actions::READ_AUDIT.row()
    }

    fn needs(&self) -> Result<Needs<()>, Error> {
        Ok(Needs::daemon(&actions::READ_AUDIT))
    }

    async fn execute(self, (): &(), _: &Caller, with: &Dependencies) -> Result<AuditPage, Error> {
        if let Some(wait) = self.wait {
            let mut is_sealed = with.is_sealed.clone();
            let news = async {
                tokio::select! {
                    () = with.audit.wait_for(self.after) => {}
                    _ = is_sealed.wait_for(|is_sealed| *is_sealed) => {}
                }
            };
            // No record in time is an empty page, not an error.
            let _ = timeout(wait, news).await;
        }
        let limit = if self.limit == 0 {
            limits::AUDIT_RECORDS_MAX
        } else {
            self.limit.min(limits::AUDIT_RECORDS_MAX)
        };
        let page = with.audit.read(self.after, limit).map_err(|error| {
            tracing::error!(%error, "the audit log cannot be read");
            Error::Internal {
                task: "read the audit log",
            }
        })?;
        Ok(AuditPage {
            records: page.records,
            next: page.next,
            checkpoint: with.audit.checkpoint().unwrap_or_default(),
        })
    }
}
