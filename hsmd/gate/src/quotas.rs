//! Quotas: how much one caller may ask for at once, and how much a partition may hold.

/// The limits that admitting looks at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Requests of one identity that are admitted and not concluded.
    pub requests_under_way_max: u32,
    /// Objects of one partition, those of sessions included.
    pub partition_objects_max: u64,
    /// Objects that one request names.
    pub request_objects_max: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            requests_under_way_max: 4_096,
            partition_objects_max: 1_000_000,
            request_objects_max: 1_000,
        }
    }
}
