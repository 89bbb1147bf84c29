//! Pages of lists.

use super::Error;
use super::marker::List;
use crate::Dependencies;

/// Which page of a list is asked for.
#[derive(Debug, Clone, Default)]
pub struct PageRequest {
    /// The most entries; the list's own default if it is not said.
    pub limit: Option<u32>,
    /// The marker of the page before.
    pub marker: Option<String>,
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// Its entries.
    pub entries: Vec<T>,
    /// The marker of the next page, if there is one.
    pub next_marker: Option<String>,
}

impl PageRequest {
    /// How many entries to give: what is asked, within the list's bounds.
    pub(super) fn limit(&self, default: u32, maximum: u32) -> usize {
        self.limit.unwrap_or(default).clamp(1, maximum) as usize
    }

    /// Where the page begins: after the position that the marker says.
    pub(super) fn after(
        &self,
        list: &List<'_>,
        with: &Dependencies,
    ) -> Result<Option<Vec<u8>>, Error> {
        self.marker
            .as_deref()
            .map(|marker| with.markers.read(list, marker))
            .transpose()
    }
}

impl<T> Page<T> {
    /// A page after whose last entry, which stands at `position`, the next begins.
    pub(super) fn new(
        entries: Vec<T>,
        is_last: bool,
        position: Option<&[u8]>,
        list: &List<'_>,
        with: &Dependencies,
    ) -> Result<Self, Error> {
        let next_marker = position
            .filter(|_| !is_last)
            .map(|position| with.markers.write(list, position))
            .transpose()?;
        Ok(Self {
            entries,
            next_marker,
        })
    }
}
