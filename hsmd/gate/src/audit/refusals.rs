//! Refusals when there are many: the first hundred of a kind in a second are recorded one by one, the rest as counts.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Who was refused what, and why: the refusals that are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Kind {
    pub(crate) principal: String,
    pub(crate) action: &'static str,
    pub(crate) code: &'static str,
}

/// The refusals of the second that is under way.
#[derive(Default)]
pub(crate) struct Refusals {
    by_kind: HashMap<Kind, Count>,
    began: Option<Instant>,
}

struct Count {
    recorded: u32,
    counted: u64,
    /// The record of the last one, without its closing brace.
    last: String,
}

impl Refusals {
    /// Whether a refusal of this kind is recorded by itself. If not, it is counted, with `record` to tell of it: one line
    /// of JSON.
    pub(crate) fn is_recorded_alone(&mut self, kind: Kind, record: &str, now: Instant) -> bool {
        self.began.get_or_insert(now);
        // Kinds beyond the limit are counted together: who floods with new names gains nothing.
        let kind = if self.by_kind.len() < KINDS_MAX || self.by_kind.contains_key(&kind) {
            kind
        } else {
            Kind {
                principal: String::new(),
                ..kind
            }
        };
        let count = self.by_kind.entry(kind).or_insert(Count {
            recorded: 0,
            counted: 0,
            last: String::new(),
        });
        if count.recorded < ALONE_MAX {
            count.recorded += 1;
            return true;
        }
        count.counted += 1;
        count.last.clear();
        count
            .last
            .push_str(record.strip_suffix('}').unwrap_or(record));
        false
    }

    pub(crate) fn has_counted(&self) -> bool {
        self.by_kind.values().any(|count| count.counted > 0)
    }

    /// The records of what was counted, once the second is over.
    pub(crate) fn take_counted(&mut self, now: Instant) -> Vec<String> {
        if self
            .began
            .is_none_or(|began| now.duration_since(began) < PERIOD)
        {
            return Vec::new();
        }
        self.began = None;
        let by_kind = std::mem::take(&mut self.by_kind);
        by_kind
            .into_values()
            .filter(|count| count.counted > 0)
            .map(|count| format!("{},\"count\":{}}}", count.last, count.counted))
            .collect()
    }
}

/// Refusals of one kind that are recorded one by one in a second.
const ALONE_MAX: u32 = 100;

/// Kinds that are told apart in a second.
const KINDS_MAX: usize = 1_024;

const PERIOD: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(principal: &str) -> Kind {
        Kind {
            principal: principal.to_owned(),
            action: "hsm:Sign",
            code: "AccessDenied",
        }
    }

    #[test]
    fn a_flood_is_counted_to_the_last_refusal() {
        let mut refusals = Refusals::default();
        let now = Instant::now();
        let alone = (0..1_000)
            .filter(|_| refusals.is_recorded_alone(kind("a"), "{\"x\":1}", now))
            .count();
        assert_eq!(alone, 100);
        assert!(refusals.has_counted());
        assert_eq!(refusals.take_counted(now), Vec::<String>::new());
        assert_eq!(
            refusals.take_counted(now + PERIOD),
            ["{\"x\":1,\"count\":900}"]
        );
        assert!(!refusals.has_counted());
        assert!(refusals.is_recorded_alone(kind("a"), "{}", now + PERIOD));
    }

    #[test]
    fn a_flood_of_one_does_not_hide_another() {
        let mut refusals = Refusals::default();
        let now = Instant::now();
        for _ in 0..1_000 {
            refusals.is_recorded_alone(kind("loud"), "{}", now);
        }
        assert!(refusals.is_recorded_alone(kind("quiet"), "{}", now));
    }

    #[test]
    fn ever_new_names_do_not_fill_the_memory() {
        let mut refusals = Refusals::default();
        let now = Instant::now();
        for number in 0..100_000 {
            refusals.is_recorded_alone(kind(&number.to_string()), "{}", now);
        }
        assert!(refusals.by_kind.len() <= KINDS_MAX + 1);
        let counted = refusals.take_counted(now + PERIOD);
        assert_eq!(
            counted,
            [format!("{{,\"count\":{}}}", 100_000 - KINDS_MAX - 100)]
        );
    }
}
