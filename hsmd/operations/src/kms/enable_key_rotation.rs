//! `EnableKeyRotation`.

use hsmd_gate::aws::KeyReference;
use hsmd_gate::{Detail, Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::Rotation;

use super::key::{AccountKey, DAY_MILLISECONDS, now};
use super::{Error, key_detail};
use crate::{Dependencies, Operation};

/// Lets a key rotate by itself, or changes how often it does.
pub struct EnableKeyRotation {
    /// Which key.
    pub key: KeyReference,
    /// How often, in days: 90 to 2560.
    pub period_days: u16,
}

impl EnableKeyRotation {
    /// How often a key rotates if it is not said, in days.
    pub const PERIOD_DAYS_DEFAULT: u16 = 365;
}

impl Operation for EnableKeyRotation {
    type Permits = Permit<key_use::Modify>;
    type Output = ();
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::ENABLE_KEY_ROTATION.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        if !(90..=2560).contains(&self.period_days) {
            return Err(Error::Validation(
                "RotationPeriodInDays must be between 90 and 2560.".to_owned(),
            ));
        }
        let needs = Needs::kms_key(&actions::kms::ENABLE_KEY_ROTATION, self.key.clone())
            .with_condition("kms:RotationPeriodInDays", self.period_days.to_string());
        let days = Detail::Number(self.period_days.into());
        Ok(key_detail(needs, &self.key).with_detail("rotationPeriodInDays", days))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<(), Error> {
        let key = AccountKey::of(permit)?;
        key.check_customers()?;
        key.check_rotates_by_itself()?;
        let days = |days: u16| u64::from(days) * DAY_MILLISECONDS;
        let now = now(with);
        // A new period counts from where the old one began.
        let begin = key.kms.rotation.map_or(now, |rotation| {
            rotation
                .next_at_unix_milliseconds
                .saturating_sub(days(rotation.period_days))
        });
        let rotation = Rotation {
            period_days: self.period_days,
            next_at_unix_milliseconds: (begin + days(self.period_days)).max(now),
        };
        let object = key.with(|kms| kms.rotation = Some(rotation));
        key.replace(object, with).await
    }
}
