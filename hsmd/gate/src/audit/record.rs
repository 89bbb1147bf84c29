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
    line.push('"');
}

pub(crate) fn push_hexadecimal(line: &mut String, bytes: &[u8]) {
    for byte in bytes {
        line.push(char::from(HEXADECIMAL[usize::from(byte >> 4)]));
        line.push(char::from(HEXADECIMAL[usize::from(byte & 15)]));
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
    line.extend(digits[first..].iter().map(|digit| char::from(*digit)));
}

/// RFC 3339, UTC, with microseconds: `2026-11-21T23:05:09.123456Z`.
pub(crate) fn push_time(line: &mut String, since_epoch: Duration) {
    let seconds = since_epoch.as_secs();
    let (year, month, day) = civil_date(seconds / 86_400);
    push_digits(line, year, 4);
    for (separator, number, width) in [
        ('-', month, 2),
        ('-', day, 2),
        ('T', seconds / 3_600 % 24, 2),
        (':', seconds / 60 % 60, 2),
        (':', seconds % 60, 2),
        ('.', u64::from(since_epoch.subsec_micros()), 6),
    ] {
        line.push(separator);
        push_digits(line, number, width);
    }
    line.push('Z');
}

fn push_digits(line: &mut String, number: u64, width: u32) {
    for place in (0..width).rev() {
        line.push(char::from(b'0' + (number / 10_u64.pow(place) % 10) as u8));
    }
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
