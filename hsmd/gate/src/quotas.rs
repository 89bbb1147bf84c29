//! Quotas: how much one caller may ask for at once, how much a partition may hold, and how often it may be asked.

mod buckets;
mod groups;
#[cfg(test)]
mod tests;

pub(crate) use buckets::{Buckets, Payer};
pub use groups::{Quota, QuotaGroup, Rate, Rates};

/// The limits that admitting looks at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Requests of one identity that are admitted and not concluded.
    pub requests_under_way_max: u32,
    /// Objects of one partition, those of sessions included.
    pub partition_objects_max: u64,
    /// Objects that one request names.
    pub request_objects_max: usize,
    /// Requests a second of one partition, or of one account in a Region, by group.
    pub rates: Rates,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            requests_under_way_max: 4_096,
            partition_objects_max: 1_000_000,
            request_objects_max: 1_000,
            rates: Rates::default(),
        }
    }
}
