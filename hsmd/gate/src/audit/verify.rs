//! Checks a log offline, from its files alone.

use std::path::Path;

/// What checking found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// How many records there are.
    pub records: u64,
    /// How many of them the checkpoint covers.
    pub records_signed: u64,
    /// Everything that is wrong. Empty if the log is whole.
    pub problems: Vec<Problem>,
}

/// Something that is wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The log has fewer records than a checkpoint says.
    #[error("the log has {found} records, but a checkpoint was signed over {signed}")]
    Truncated {
        /// How many there are.
        found: u64,
        /// How many there must be.
        signed: u64,
    },
}

/// What to check a log against.
#[derive(Debug, Clone, Default)]
pub struct Evidence<'a> {
    /// The verifier key, as in the file `verifier-key`. Without it, the file in the directory is believed, which whoever
    /// can change the log can change too.
    pub verifier_key: Option<&'a str>,
    /// Checkpoints that were kept elsewhere: the log must still contain what they say.
    pub checkpoints: &'a [Vec<u8>],
}

/// Checks the log in `directory`.
///
/// # Errors
///
/// Those of reading the files.
pub fn verify_directory(directory: &Path, evidence: &Evidence<'_>) -> std::io::Result<Report> {
    let _ = (directory, evidence);
    todo!()
}
