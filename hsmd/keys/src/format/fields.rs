//! Fields of stored records, one after the other.

use super::FormatError;

/// Writes fields.
pub(super) struct Writer(Vec<u8>);

impl Writer {
    /// Begins a record of this format version.
    pub(super) fn new(version: u8) -> Self {
        Self(vec![version])
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }

    pub(super) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    /// A number of any size: seven bits a byte, the lowest first, the top bit set in all but the last (LEB128).
    pub(super) fn number(&mut self, mut number: u64) {
        while number > 0x7f {
            self.0
                .push(u8::try_from(number & 0x7f).expect("seven bits") | 0x80);
            number >>= 7;
        }
        self.0.push(u8::try_from(number).expect("seven bits"));
    }

    /// A count or length.
    pub(super) fn length(&mut self, length: usize) {
        self.number(length as u64);
    }

    /// Bytes of a length that the format says.
    pub(super) fn fixed(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// A length and so many bytes.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.fixed(bytes);
    }

    /// Whether there is one (0 or 1), then what it is.
    pub(super) fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.byte(value.is_some().into());
        if let Some(value) = value {
            write(self, value);
        }
    }
}

/// Reads fields.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Begins with a record of this format version.
    pub(super) fn new(version: u8, bytes: &'a [u8]) -> Result<Self, FormatError> {
        let mut reader = Self(bytes);
        match reader.byte()? {
            found if found == version => Ok(reader),
            found => Err(FormatError::UnknownVersion(found)),
        }
    }

    /// Begins with a record of one of these format versions, and says which.
    pub(super) fn new_of(versions: &[u8], bytes: &'a [u8]) -> Result<(Self, u8), FormatError> {
        let mut reader = Self(bytes);
        match reader.byte()? {
            found if versions.contains(&found) => Ok((reader, found)),
            found => Err(FormatError::UnknownVersion(found)),
        }
    }

    /// Checks that nothing is left.
    pub(super) fn finish(self) -> Result<(), FormatError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(FormatError::TrailingBytes)
        }
    }

    pub(super) fn byte(&mut self) -> Result<u8, FormatError> {
        let (byte, rest) = self.0.split_first().ok_or(FormatError::CutShort)?;
        self.0 = rest;
        Ok(*byte)
    }

    pub(super) fn flag(&mut self, field: &'static str) -> Result<bool, FormatError> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(FormatError::InvalidField(field)),
        }
    }

    /// A number in its shortest form; there is one encoding of each.
    pub(super) fn number(&mut self, field: &'static str) -> Result<u64, FormatError> {
        let mut number = 0_u64;
        for position in 0..10 {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            let is_too_large = position == 9 && bits > 1;
            let is_padded = position > 0 && byte == 0;
            if is_too_large || is_padded {
                return Err(FormatError::InvalidField(field));
            }
            number |= bits << (7 * position);
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(FormatError::InvalidField(field))
    }

    pub(super) fn small_number(&mut self, field: &'static str) -> Result<u32, FormatError> {
        u32::try_from(self.number(field)?).map_err(|_| FormatError::InvalidField(field))
    }

    /// A count of things that take at least one byte each, or a length: never more than there are bytes left.
    pub(super) fn length(&mut self, field: &'static str) -> Result<usize, FormatError> {
        let length =
            usize::try_from(self.number(field)?).map_err(|_| FormatError::InvalidField(field))?;
        if length > self.0.len() {
            Err(FormatError::CutShort)
        } else {
            Ok(length)
        }
    }

    pub(super) fn fixed<const N: usize>(&mut self) -> Result<[u8; N], FormatError> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(FormatError::CutShort)?;
        self.0 = rest;
        Ok(*bytes)
    }

    pub(super) fn bytes(&mut self, field: &'static str) -> Result<&'a [u8], FormatError> {
        let length = self.length(field)?;
        let (bytes, rest) = self
            .0
            .split_at_checked(length)
            .ok_or(FormatError::CutShort)?;
        self.0 = rest;
        Ok(bytes)
    }

    /// What is there, if the byte before says that something is.
    pub(super) fn optional<T>(
        &mut self,
        field: &'static str,
        read: impl FnOnce(&mut Self) -> Result<T, FormatError>,
    ) -> Result<Option<T>, FormatError> {
        if self.flag(field)? {
            read(self).map(Some)
        } else {
            Ok(None)
        }
    }

    pub(super) fn text(&mut self, field: &'static str) -> Result<&'a str, FormatError> {
        std::str::from_utf8(self.bytes(field)?).map_err(|_| FormatError::InvalidField(field))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_encoding() {
        for number in [
            0,
            1,
            0x7f,
            0x80,
            0x3fff,
            0x4000,
            u64::from(u32::MAX),
            u64::MAX,
        ] {
            let mut writer = Writer::new(1);
            writer.number(number);
            let bytes = writer.finish();
            let mut reader = Reader::new(1, &bytes).unwrap();
            assert_eq!(reader.number("number"), Ok(number));
            assert_eq!(reader.finish(), Ok(()));
        }
        let invalid = Err(FormatError::InvalidField("number"));
        assert_eq!(Reader(&[0x80, 0x00]).number("number"), invalid, "padded");
        assert_eq!(
            Reader(&[0xff; 9]).number("number"),
            Err(FormatError::CutShort)
        );
        let mut too_large = [0xff; 10];
        too_large[9] = 0x02;
        assert_eq!(Reader(&too_large).number("number"), invalid);
    }

    #[test]
    fn a_length_is_never_more_than_there_is() {
        let mut writer = Writer::new(1);
        writer.length(usize::MAX);
        let bytes = writer.finish();
        assert_eq!(
            Reader::new(1, &bytes).unwrap().bytes("bytes"),
            Err(FormatError::CutShort)
        );
    }
}
