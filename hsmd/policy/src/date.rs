//! Moments as condition values write them: the forms of ISO 8601 in the W3C's note on dates and times, and seconds
//! since 1970.

/// Milliseconds since 1970.
///
/// `2026`, `2026-01`, `2026-01-02`, `2026-01-02T03:04Z`, `2026-01-02T03:04:05Z`, `2026-01-02T03:04:05.678+01:00`, or
/// seconds since 1970 with up to three digits after the point.
pub(crate) fn milliseconds(text: &str) -> Option<i64> {
    // Four digits are a year; nobody means a moment in the first hours of 1970.
    let is_year = text.len() == 4;
    if !is_year
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        return epoch(text);
    }
    let (date, time) = match text.split_once(['T', 't']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = date.split('-');
    let year = digits(parts.next()?, 4)?;
    let month = parts.next().map_or(Some(1), |part| digits(part, 2))?;
    let day = parts.next().map_or(Some(1), |part| digits(part, 2))?;
    let is_whole_date = date.len() == "2026-01-02".len();
    if parts.next().is_some()
        || !(1..=12).contains(&month)
        || !(1..=days_in_month(year, month)).contains(&day)
        || (time.is_some() && !is_whole_date)
    {
        return None;
    }
    let in_day = time.map_or(Some(0), time_of_day)?;
    Some(days_since_1970(year, month, day) * 86_400_000 + in_day)
}

fn epoch(text: &str) -> Option<i64> {
    let (seconds, part) = text.split_once('.').unwrap_or((text, "0"));
    if seconds.is_empty() || seconds.len() > 12 {
        return None;
    }
    let seconds: i64 = seconds.parse().ok()?;
    Some(seconds * 1000 + fraction(part)?)
}

/// `03:04:05.678+01:00` in milliseconds, less the offset from UTC.
fn time_of_day(text: &str) -> Option<i64> {
    let zone_start = text.find(['Z', 'z', '+', '-'])?;
    let (time, zone) = text.split_at(zone_start);
    let (time, part) = time.split_once('.').unwrap_or((time, "0"));
    let mut parts = time.split(':');
    let hours = digits(parts.next()?, 2)?;
    let minutes = digits(parts.next()?, 2)?;
    let seconds = parts.next().map_or(Some(0), |part| digits(part, 2))?;
    if parts.next().is_some() || hours > 23 || minutes > 59 || seconds > 60 {
        return None;
    }
    let offset_minutes = match zone.as_bytes().first()? {
        b'Z' | b'z' if zone.len() == 1 => 0,
        b'Z' | b'z' => return None,
        sign => {
            let (hours, minutes) = zone[1..].split_once(':')?;
            let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let offset = hours * 60 + minutes;
            if *sign == b'-' { -offset } else { offset }
        }
    };
    Some(((hours * 60 + minutes - offset_minutes) * 60 + seconds) * 1000 + fraction(part)?)
}

/// The digits after the point, in milliseconds; what is finer is dropped.
fn fraction(text: &str) -> Option<i64> {
    if text.is_empty() || text.len() > 9 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    format!("{text:0<3}")[..3].parse().ok()
}

fn digits(text: &str, count: usize) -> Option<i64> {
    if text.len() != count || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Counts years from March, so that the leap day is the last of its year.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    const DAYS_TO_1970: i64 = 719_468;
    let (year, month_from_march) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    365 * year + leap_days + (153 * month_from_march + 2) / 5 + day - 1 - DAYS_TO_1970
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2026", 1_767_225_600_000),
            ("2026-01", 1_767_225_600_000),
            ("2026-01-01", 1_767_225_600_000),
            ("2024-02-29", 1_709_164_800_000),
            ("2026-01-02T03:04Z", 1_767_323_040_000),
            ("2026-01-02T03:04:05Z", 1_767_323_045_000),
            ("2026-01-02T03:04:05.678Z", 1_767_323_045_678),
            ("2026-01-02T04:04:05.678901+01:00", 1_767_323_045_678),
            ("2026-01-01T22:04:05-05:00", 1_767_323_045_000),
            ("1767323045", 1_767_323_045_000),
            ("1767323045.5", 1_767_323_045_500),
            ("0", 0),
        ] {
            assert_eq!(milliseconds(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "x",
            "20a6",
            "2026-13",
            "2026-00-01",
            "2026-02-29",
            "2026-1-1",
            "2026-01-02T",
            "2026-01T03:04Z",
            "2026-01-02T03Z",
            "2026-01-02T03:04:05",
            "2026-01-02T24:00Z",
            "2026-01-02T03:04:05+1",
            "-5",
            ".5",
            "1.",
            "2026-01-02T03:04:05Zx",
            "2026-01-02 03:04:05Z",
            "9999999999999",
        ] {
            assert_eq!(milliseconds(text), None, "{text}");
        }
    }
}
