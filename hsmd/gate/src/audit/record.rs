//! One record: a line of JSON in the shape of an event of `CloudTrail`, without anything secret.

use std::time::Duration;

/// Builds one JSON object. Keys are ours and need no escaping; text values are escaped.
pub(crate) struct Json<'a>(&'a mut String);

impl<'a> Json<'a> {
    /// Begins an object at the end of `line`.
    pub(crate) fn begin(line: &'a mut String) -> Self {
        line.push('{');
        Self(line)
    }

    pub(crate) fn text(&mut self, key: &str, value: &str) {
        self.key(key);
        push_text(self.0, value);
    }

    /// Text of ours, which needs no escaping.
    pub(crate) fn name(&mut self, key: &str, value: &str) {
        self.key(key);
        self.0.push('"');
        self.0.push_str(value);
        self.0.push('"');
    }

    pub(crate) fn number(&mut self, key: &str, value: u64) {
        self.key(key);
        push_number(self.0, value);
    }

    pub(crate) fn hexadecimal(&mut self, key: &str, value: &[u8]) {
        self.key(key);
        self.0.push('"');
        push_hexadecimal(self.0, value);
        self.0.push('"');
    }

    /// A value that `push` writes.
    pub(crate) fn with(&mut self, key: &str, push: impl FnOnce(&mut String)) {
        self.key(key);
        push(self.0);
    }

    pub(crate) fn object(&mut self, key: &str, fill: impl FnOnce(&mut Json<'_>)) {
        self.key(key);
        let mut object = Json::begin(self.0);
        fill(&mut object);
        object.end();
    }

    pub(crate) fn end(self) {
        self.0.push('}');
    }

    fn key(&mut self, key: &str) {
        if !self.0.ends_with('{') {
            self.0.push(',');
        }
        self.0.push('"');
        self.0.push_str(key);
        self.0.push_str("\":");
    }
}

/// RFC 8259 section 7. A record is one line, so every control character is escaped.
pub(crate) fn push_text(line: &mut String, text: &str) {
    line.push('"');
    if text.bytes().any(needs_escape) {
        push_escaped(line, text);
    } else {
        line.push_str(text);
    }
    line.push('"');
}

fn push_escaped(line: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '"' => line.push_str("\\\""),
            '\\' => line.push_str("\\\\"),
            control if control < ' ' || control == '\u{7f}' => {
                line.push_str("\\u00");
                push_hexadecimal(line, &[u8::try_from(control).unwrap_or_default()]);
            }
            other => line.push(other),
        }
    }
}

fn needs_escape(byte: u8) -> bool {
    byte < b' ' || matches!(byte, b'"' | b'\\' | 0x7f)
}

pub(crate) fn push_hexadecimal(line: &mut String, bytes: &[u8]) {
    let mut digits = [0; 64];
    for chunk in bytes.chunks(digits.len() / 2) {
        for (byte, pair) in chunk.iter().zip(digits.chunks_exact_mut(2)) {
            pair[0] = HEXADECIMAL[usize::from(byte >> 4)];
            pair[1] = HEXADECIMAL[usize::from(byte & 15)];
        }
        push_ascii(line, &digits[..2 * chunk.len()]);
    }
}

pub(crate) fn push_number(line: &mut String, mut number: u64) {
    let mut digits = [0; 20];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    push_ascii(line, &digits[first..]);
}

/// RFC 3339, UTC, with microseconds: `2026-11-21T23:05:09.123456Z`.
pub(crate) fn push_time(line: &mut String, since_epoch: Duration) {
    let seconds = since_epoch.as_secs();
    let (year, month, day) = civil_date(seconds / 86_400);
    let mut text = *b"0000-00-00T00:00:00.000000Z";
    for (place, number) in [
        (0..4, year),
        (5..7, month),
        (8..10, day),
        (11..13, seconds / 3_600 % 24),
        (14..16, seconds / 60 % 60),
        (17..19, seconds % 60),
        (20..26, u64::from(since_epoch.subsec_micros())),
    ] {
        write_digits(&mut text[place], number);
    }
    push_ascii(line, &text);
}

/// As `CloudTrail` writes moments in the answers of AWS KMS, in UTC and with its quotes: `"Aug 10, 2022, 10:38:27 PM"`.
pub(crate) fn push_american_time(line: &mut String, since_epoch: Duration) {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let seconds = since_epoch.as_secs();
    let (year, month, day) = civil_date(seconds / 86_400);
    let month = MONTHS.iter().zip(1..).find(|(_, number)| *number == month);
    let month = month.map_or("", |(name, _)| *name);
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    let half = if hour < 12 { "AM" } else { "PM" };
    let hour = (hour + 11) % 12 + 1;
    let text = format!("\"{month} {day}, {year}, {hour}:{minute:02}:{second:02} {half}\"");
    line.push_str(&text);
}

fn write_digits(place: &mut [u8], mut number: u64) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// Many bytes at once: several times faster than one `char` after another, on the path of every request.
fn push_ascii(line: &mut String, bytes: &[u8]) {
    line.push_str(std::str::from_utf8(bytes).unwrap_or_default());
}

/// Year, month and day of a day since 1970. Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
/// `civil_from_days`, for days after 1970 only.
fn civil_date(day: u64) -> (u64, u64, u64) {
    let day = day + 719_468;
    let era = day / 146_097;
    let day_of_era = day % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted_month + 2) / 5 + 1)
}

const HEXADECIMAL: &[u8; 16] = b"0123456789abcdef";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time(since_epoch: Duration) -> String {
        let mut line = String::new();
        push_time(&mut line, since_epoch);
        line
    }

    #[test]
    fn times_are_those_of_the_calendar() {
        assert_eq!(time(Duration::ZERO), "1970-01-01T00:00:00.000000Z");
        assert_eq!(
            time(Duration::new(951_782_400, 1_000)),
            "2000-02-29T00:00:00.000001Z"
        );
        assert_eq!(
            time(Duration::from_secs(4_107_542_399)),
            "2100-02-28T23:59:59.000000Z"
        );
    }

    #[test]
    fn moments_of_answers_are_written_as_cloudtrail_writes_them() {
        for (seconds, text) in [
            (1_660_171_107, "\"Aug 10, 2022, 10:38:27 PM\""),
            (1_767_225_600, "\"Jan 1, 2026, 12:00:00 AM\""),
            (1_767_268_809, "\"Jan 1, 2026, 12:00:09 PM\""),
        ] {
            let mut line = String::new();
            push_american_time(&mut line, Duration::from_secs(seconds));
            assert_eq!(line, text);
        }
    }

    proptest! {
        #[test]
        fn any_time_reads_as_jiff_reads_it(seconds in 0..253_402_207_200_u64, nanoseconds in 0..1_000_000_000_u32) {
            let microseconds = nanoseconds / 1_000;
            let ours = time(Duration::new(seconds, nanoseconds));
            let theirs: jiff::Timestamp = ours.parse().unwrap();
            prop_assert_eq!(theirs.as_second(), i64::try_from(seconds).unwrap());
            prop_assert_eq!(theirs.subsec_nanosecond(), i32::try_from(microseconds * 1_000).unwrap());
        }

        #[test]
        fn any_text_comes_back_from_a_json_parser_and_stays_on_its_line(text in ".{0,80}", number: u64, bytes: [u8; 16]) {
            let text = format!("{text}\n\r\0\u{7f}\"\\{text}");
            let mut line = String::new();
            let mut json = Json::begin(&mut line);
            json.text("text", &text);
            json.number("number", number);
            json.object("inner", |inner| inner.hexadecimal("bytes", &bytes));
            json.end();
            prop_assert!(!line.contains('\n'));
            let parsed: serde_json::Value = serde_json::from_str(&line).unwrap();
            prop_assert_eq!(&parsed["text"], &serde_json::Value::from(text));
            prop_assert_eq!(&parsed["number"], &serde_json::Value::from(number));
            let hexadecimal = u128::from_be_bytes(bytes);
            prop_assert_eq!(&parsed["inner"]["bytes"], &serde_json::Value::from(format!("{hexadecimal:032x}")));
        }
    }
}
