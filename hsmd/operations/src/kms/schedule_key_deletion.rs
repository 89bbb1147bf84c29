//! `ScheduleKeyDeletion`.

use hsmd_gate::aws::KeyReference;
use hsmd_gate::{Detail, Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{Deletion, KeyEvent};

use super::key::{AccountKey, DAY_MILLISECONDS, now};
use super::{Error, key_detail};
use crate::{Dependencies, Operation};

/// Sets a key's end.
pub struct ScheduleKeyDeletion {
    /// Which key.
    pub key: KeyReference,
    /// How long it waits, in days: 7 to 30.
    pub waiting_days: u8,
}

/// A key's end.
#[derive(Debug, Clone)]
pub struct ScheduledDeletion {
    /// The key's ARN.
    pub key_arn: String,
    /// When it ends, in milliseconds since 1970; none while it waits for its replicas.
    pub at_unix_milliseconds: Option<u64>,
    /// The state's name.
    pub state: &'static str,
    /// How long it waits, in days.
    pub waiting_days: u8,
}

impl ScheduleKeyDeletion {
    /// How long a key waits if it is not said.
    pub const WAITING_DAYS_DEFAULT: u8 = 30;
}

impl Operation for ScheduleKeyDeletion {
    type Permits = Permit<key_use::Modify>;
    type Output = ScheduledDeletion;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::SCHEDULE_KEY_DELETION.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        if !(7..=30).contains(&self.waiting_days) {
            return Err(Error::Validation(
                "PendingWindowInDays must be between 7 and 30".to_owned(),
            ));
        }
        let days = self.waiting_days.to_string();
        let needs = Needs::kms_key(&actions::kms::SCHEDULE_KEY_DELETION, self.key.clone())
            .with_condition("kms:ScheduleKeyDeletionPendingWindowInDays", days);
        Ok(key_detail(needs, &self.key).with_detail(
            "pendingWindowInDays",
            Detail::Number(self.waiting_days.into()),
        ))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<ScheduledDeletion, Error> {
        let key = AccountKey::of(permit)?;
        key.check_customers()?;
        let regions = key.kms.multi_region.as_ref();
        let has_replicas = regions.is_some_and(|regions| {
            regions.primary == key.tenancy.region && !regions.replicas.is_empty()
        });
        let (event, at) = if has_replicas {
            (KeyEvent::ScheduleDeletionAfterReplicas, None)
        } else {
            let wait = u64::from(self.waiting_days) * DAY_MILLISECONDS;
            (KeyEvent::ScheduleDeletion, Some(now(with) + wait))
        };
        let deletion = Deletion {
            waiting_days: self.waiting_days,
            at_unix_milliseconds: at,
        };
        let object = key.after(event, |kms| kms.deletion = Some(deletion))?;
        let state = object.state.name();
        key.replace(object, with).await?;
        Ok(ScheduledDeletion {
            key_arn: key.arn(),
            at_unix_milliseconds: at,
            state,
            waiting_days: self.waiting_days,
        })
    }

    fn answered(output: &ScheduledDeletion) -> Vec<(&'static str, Detail)> {
        let mut answered = vec![
            ("keyState", Detail::Name(output.state)),
            (
                "pendingWindowInDays",
                Detail::Number(output.waiting_days.into()),
            ),
        ];
        if let Some(at) = output.at_unix_milliseconds {
            answered.push(("deletionDate", Detail::Moment(at)));
        }
        answered
    }
}
