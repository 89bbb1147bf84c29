//! Times as signatures write them: `20150830T123600Z`.

/// How long they are.
pub(super) const DATE_TIME_BYTES: usize = 16;

/// Seconds since 1970; none if the text is not a time.
pub(super) fn seconds_of(text: &str) -> Option<u64> {
    let bytes: &[u8; DATE_TIME_BYTES] = text.as_bytes().try_into().ok()?;
    if bytes[8] != b'T' || bytes[15] != b'Z' {
        return None;
    }
    let number = |from: usize, to: usize| {
        bytes[from..to].iter().try_fold(0_u64, |number, digit| {
            digit
                .is_ascii_digit()
                .then(|| number * 10 + u64::from(digit - b'0'))
        })
    };
    let (year, month, day) = (number(0, 4)?, number(4, 6)?, number(6, 8)?);
    let (hour, minute, second) = (number(9, 11)?, number(11, 13)?, number(13, 15)?);
    let is_time = hour < 24 && minute < 60 && second < 61;
    let is_date = year >= 1970 && (1..=12).contains(&month) && (1..=31).contains(&day);
    (is_time && is_date)
        .then(|| days(year, month, day) * DAY_SECONDS + hour * 3600 + minute * 60 + second)
}

/// A time as signatures write it.
pub(super) fn text_of(seconds: u64) -> String {
    let (day, time) = (seconds / DAY_SECONDS, seconds % DAY_SECONDS);
    // The proleptic Gregorian calendar in years that begin in March, so that the leap day is the last.
    let era_day = day + DAYS_BEFORE_1970;
    let (era, of_era) = (era_day / ERA_DAYS, era_day % ERA_DAYS);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// Days from 1970-01-01 to a day of the Gregorian calendar.
fn days(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year / 400, year % 400);
    let march_month = (month + 9) % 12;
    let of_year = (153 * march_month + 2) / 5 + day - 1;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    era * ERA_DAYS + of_era - DAYS_BEFORE_1970
}

const DAY_SECONDS: u64 = 86_400;

/// Days in 400 years.
const ERA_DAYS: u64 = 146_097;

/// Days from 0000-03-01 to 1970-01-01.
const DAYS_BEFORE_1970: u64 = 719_468;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_written() {
        for (text, seconds) in [
            ("19700101T000000Z", 0),
            ("20000229T235959Z", 951_868_799),
            ("20150830T123600Z", 1_440_938_160),
            ("21000301T000000Z", 4_107_542_400),
        ] {
            assert_eq!(seconds_of(text), Some(seconds), "{text}");
            assert_eq!(text_of(seconds), text);
        }
        for text in [
            "",
            "20150830T123600",
            "20150830 123600Z",
            "20151330T123600Z",
            "2015083éT12360Z",
            "20150830T243600Z",
            "19691231T235959Z",
        ] {
            assert_eq!(seconds_of(text), None, "{text}");
        }
    }
}
