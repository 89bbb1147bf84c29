//! Pages of lists.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Error;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// What asks for the next page; none on the last one.
    pub marker: Option<String>,
}

/// How many items a page has when nothing is said, and at most.
const ITEMS_DEFAULT: u32 = 100;
const ITEMS_MAX: u32 = 1_000;

impl<T> Page<T> {
    /// The page after `marker` of a list in the order of its names.
    pub(super) fn of(
        items: Vec<T>,
        marker: Option<&str>,
        items_max: Option<u32>,
        name: impl Fn(&T) -> String,
    ) -> Result<Self, Error> {
        let items_max = items_max.unwrap_or(ITEMS_DEFAULT);
        if !(1..=ITEMS_MAX).contains(&items_max) {
            let rule = if items_max == 0 {
                "Member must have value greater than or equal to 1"
            } else {
                "Member must have value less than or equal to 1000"
            };
            let value = format!("'{items_max}'");
            return Err(Error::constraint(&value, "MaxItems", rule));
        }
        let after = marker
            .map(|marker| {
                let bytes = URL_SAFE_NO_PAD.decode(marker).ok();
                let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
                text.ok_or(Error::Malformed { member: "Marker" })
            })
            .transpose()?;
        let mut rest = items.into_iter();
        let mut rest: Vec<T> = match after {
            Some(after) => rest.skip_while(|item| name(item) <= after).collect(),
            None => rest.by_ref().collect(),
        };
        let count = items_max as usize;
        let has_more = rest.len() > count;
        rest.truncate(count);
        let marker = rest.last().filter(|_| has_more);
        let marker = marker.map(|last| URL_SAFE_NO_PAD.encode(name(last)));
        Ok(Self {
            items: rest,
            marker,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_end_with_the_last_item_and_miss_none() {
        let names: Vec<String> = (10..35).map(|number| number.to_string()).collect();
        let mut marker = None;
        let mut seen = Vec::new();
        loop {
            let page = Page::of(names.clone(), marker.as_deref(), Some(10), String::clone).unwrap();
            seen.extend(page.items);
            marker = page.marker;
            if marker.is_none() {
                break;
            }
        }
        assert_eq!(seen, names);
        assert!(Page::of(names.clone(), Some("?"), None, String::clone).is_err());
        assert!(Page::of(names, None, Some(0), String::clone).is_err());
    }
}
