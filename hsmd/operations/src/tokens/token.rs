//! A token as `C_GetTokenInfo` tells it, and the checks on names and labels.

use hsmd_identity::PinStates;
use hsmd_keys::{Partition, PartitionId, TokenProfile};

use crate::{Dependencies, Error, limits};

/// A token, or the free slot in which a caller may make one.
#[derive(Debug, Clone)]
pub struct Token {
    /// The partition; none for the free slot.
    pub partition: Option<PartitionId>,
    /// The slot, which stays put for the partition's life.
    pub slot: u64,
    /// What operators call the partition.
    pub name: String,
    /// The token's label; empty until it is initialised.
    pub label: String,
    /// 16 hexadecimal characters; empty for the free slot.
    pub serial: String,
    /// Whether it has a label and a security officer's PIN.
    pub is_initialized: bool,
    /// What it allows.
    pub profile: TokenProfile,
    /// How its PINs stand.
    pub pins: PinStates,
    /// How many token objects it holds.
    pub objects: u64,
}

impl Token {
    /// The token of a partition.
    pub(crate) async fn of(partition: &Partition, with: &Dependencies) -> Result<Self, Error> {
        Ok(Self {
            partition: Some(partition.id),
            slot: partition.slot,
            name: partition.name.clone(),
            label: partition.label.clone(),
            serial: partition.serial(),
            is_initialized: partition.is_initialized,
            profile: partition.profile,
            pins: with.pins.states(partition.id).await?,
            objects: with.repository.counts(partition.id).token_objects,
        })
    }

    /// The slot in which a new token can be made.
    pub(super) fn free(with: &Dependencies) -> Self {
        Self {
            partition: None,
            slot: free_slot(with),
            name: String::new(),
            label: String::new(),
            serial: String::new(),
            is_initialized: false,
            profile: with.default_profile,
            pins: PinStates::default(),
            objects: 0,
        }
    }
}

/// The lowest slot that no partition has.
pub(crate) fn free_slot(with: &Dependencies) -> u64 {
    let taken = with.repository.partitions();
    (0..)
        .zip(&taken)
        .find(|(slot, partition)| *slot != partition.slot)
        .map_or(taken.len() as u64, |(slot, _)| slot)
}

/// Checks that there may be another partition.
pub(crate) fn check_room(with: &Dependencies) -> Result<(), Error> {
    if with.repository.partitions().len() >= limits::PARTITIONS_MAX {
        return Err(Error::LimitReached {
            what: "partitions",
            maximum: limits::PARTITIONS_MAX as u64,
        });
    }
    Ok(())
}

/// Checks a token's label: 1 to 32 bytes without control characters.
pub(super) fn check_label(label: &str) -> Result<(), Error> {
    let is_sound = !label.is_empty()
        && label.len() <= limits::LABEL_BYTES_MAX
        && !label.chars().any(char::is_control);
    is_sound
        .then_some(())
        .ok_or(Error::MalformedRequest { field: "label" })
}

/// Checks a partition's name: 1 to 128 letters, digits, dots, hyphens and underscores.
pub(super) fn check_name(name: &str) -> Result<(), Error> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    let is_sound =
        !name.is_empty() && name.len() <= limits::NAME_BYTES_MAX && name.bytes().all(is_plain);
    is_sound
        .then_some(())
        .ok_or(Error::MalformedRequest { field: "name" })
}
