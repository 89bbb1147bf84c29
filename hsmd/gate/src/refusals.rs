//! Placeholder until refusals are aggregated.
