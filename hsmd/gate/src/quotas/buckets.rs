//! Token buckets: how often one partition, or one account in a Region, may ask, group by group.

use std::collections::HashMap;
use std::time::Duration;

use hsmd_identity::{AwsPrincipal, AwsRequest, AwsService};
use hsmd_keys::{AccountId, PartitionId, RegionName};
use parking_lot::Mutex;

use super::groups::{QuotaGroup, Rates};

/// A bucket holds what one second brings, and at least one request.
const BURST_NANOSECONDS: u64 = 1_000_000_000;

/// Once there are so many buckets, the full ones are forgotten before another is made: a full bucket says no more than none.
const SWEEP_AT: usize = 4_096;

/// Whose bucket a request takes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Payer {
    /// The partition that is asked of.
    Partition(PartitionId),
    /// The account that asks, in the Region of its request; STS and IAM are the same in all of them.
    Account(AccountId, Option<RegionName>),
}

impl Payer {
    /// Whoever makes this call of AWS.
    pub(crate) fn of_call(principal: &AwsPrincipal, signed: &AwsRequest) -> Self {
        let is_regional = signed.service == AwsService::Kms;
        Self::Account(
            principal.account,
            is_regional.then(|| signed.region.clone()),
        )
    }
}

/// The buckets of all payers. Only groups with a limit have any.
#[derive(Debug)]
pub(crate) struct Buckets {
    rates: Rates,
    filled: Mutex<Filled>,
}

#[derive(Debug, Default)]
struct Filled {
    /// For each bucket, the time in nanoseconds at which it will be full again.
    full_at: HashMap<(Payer, QuotaGroup), u64>,
    sweep_at: usize,
}

impl Buckets {
    pub(crate) fn new(rates: &Rates) -> Self {
        let filled = Filled {
            full_at: HashMap::new(),
            sweep_at: SWEEP_AT,
        };
        Self {
            rates: *rates,
            filled: Mutex::new(filled),
        }
    }

    /// Takes one request out of a payer's bucket. False when it is empty.
    pub(crate) fn take(
        &self,
        payer: &Payer,
        group: QuotaGroup,
        now: impl FnOnce() -> Duration,
    ) -> bool {
        let Some(rate) = self.rates.of(group) else {
            return true;
        };
        let interval = rate.interval_nanoseconds();
        let now = u64::try_from(now().as_nanos()).unwrap_or(u64::MAX);
        let mut filled = self.filled.lock();
        filled.sweep(now);
        let bucket = (payer.clone(), group);
        let full_at = filled.full_at.entry(bucket).or_insert(now);
        // Later than now and a burst it cannot be, unless the clock was set back: nobody has to wait for that.
        let empty = now.saturating_add(BURST_NANOSECONDS.max(interval));
        *full_at = (*full_at).clamp(now, empty);
        let after = full_at.saturating_add(interval);
        let is_there = after <= empty;
        if is_there {
            *full_at = after;
        }
        is_there
    }
}

impl Filled {
    /// Forgets what is full, when there is much.
    fn sweep(&mut self, now: u64) {
        if self.full_at.len() < self.sweep_at {
            return;
        }
        self.full_at.retain(|_, full_at| *full_at > now);
        // Those that are left are in use: looking again at each request would cost more than they do.
        self.sweep_at = SWEEP_AT.max(2 * self.full_at.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quotas::groups::Rate;

    const GROUP: QuotaGroup = QuotaGroup::HsmUses;
    const START: Duration = Duration::from_secs(1_700_000_000);

    fn buckets(each_second: f64) -> Buckets {
        let rate = Rate::each_second(each_second);
        Buckets::new(&Rates::UNLIMITED.with(GROUP, rate))
    }

    fn partition(number: u8) -> Payer {
        Payer::Partition(PartitionId::from_bytes([number; 16]))
    }

    /// How many of `tries` requests a partition gets through at one moment.
    fn taken(buckets: &Buckets, number: u8, now: Duration, tries: u32) -> u32 {
        let take = |_: &u32| buckets.take(&partition(number), GROUP, || now);
        u32::try_from((0..tries).filter(take).count()).unwrap()
    }

    #[test]
    fn a_bucket_holds_a_second_and_fills_again_at_its_rate() {
        let buckets = buckets(10.0);
        assert_eq!(taken(&buckets, 1, START, 100), 10);
        let later = START + Duration::from_millis(250);
        assert_eq!(taken(&buckets, 1, later, 100), 2);
        let much_later = START + Duration::from_hours(1);
        assert_eq!(taken(&buckets, 1, much_later, 100), 10);
    }

    #[test]
    fn partitions_and_groups_do_not_take_from_each_other() {
        let rate = Rate::each_second(3.0);
        let both = Rates::UNLIMITED
            .with(GROUP, rate)
            .with(QuotaGroup::KmsCreateKey, rate);
        let buckets = Buckets::new(&both);
        assert_eq!(taken(&buckets, 1, START, 9), 3);
        assert_eq!(taken(&buckets, 2, START, 9), 3);
        assert!(buckets.take(&partition(1), QuotaGroup::KmsCreateKey, || START));
    }

    #[test]
    fn a_rate_below_one_lets_one_request_through_and_then_the_next_in_time() {
        let buckets = buckets(0.25);
        assert_eq!(taken(&buckets, 1, START, 5), 1);
        assert_eq!(
            taken(&buckets, 1, START + Duration::from_millis(3_999), 5),
            0
        );
        assert_eq!(taken(&buckets, 1, START + Duration::from_secs(4), 5), 1);
    }

    #[test]
    fn a_group_without_a_limit_asks_for_no_time_and_keeps_nothing() {
        let buckets = Buckets::new(&Rates::UNLIMITED);
        assert!(buckets.take(&partition(1), GROUP, || unreachable!(
            "no limit needs no time"
        )));
        assert!(buckets.filled.lock().full_at.is_empty());
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let buckets = buckets(2.0);
        assert_eq!(taken(&buckets, 1, START, 5), 2);
        let before = START.checked_sub(Duration::from_hours(1)).unwrap();
        assert_eq!(taken(&buckets, 1, before, 5), 0);
        assert_eq!(taken(&buckets, 1, before + Duration::from_secs(1), 5), 2);
    }

    #[test]
    fn full_buckets_are_forgotten_when_there_are_many() {
        let buckets = buckets(1.0);
        for number in 0..SWEEP_AT as u64 * 3 {
            let mut id = [0; 16];
            id[..8].copy_from_slice(&number.to_be_bytes());
            let now = START + Duration::from_secs(number);
            assert!(buckets.take(
                &Payer::Partition(PartitionId::from_bytes(id)),
                GROUP,
                || now
            ));
        }
        assert!(buckets.filled.lock().full_at.len() <= SWEEP_AT);
    }
}
