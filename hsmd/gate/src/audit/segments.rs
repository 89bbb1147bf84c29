//! Segments: the files that hold the records, 16,384 to a file, one line each.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// How many records a full segment has: 64 full tiles.
pub(crate) const SEGMENT_RECORDS: u64 = 16_384;

/// The directory of the segments, under the log's.
pub(crate) const RECORDS: &str = "records";

/// The number of the first record in the segment that has record `number`.
pub(crate) fn first_of(number: u64) -> u64 {
    number - number % SEGMENT_RECORDS
}

/// The segment whose first record is `first`.
pub(crate) fn segment_path(directory: &Path, first: u64) -> PathBuf {
    directory.join(RECORDS).join(format!("{first:020}.jsonl"))
}

/// The numbers of the first records of all segments there are, in order. Files of other names are left alone.
pub(crate) fn list(directory: &Path) -> io::Result<Vec<u64>> {
    let mut firsts = Vec::new();
    for entry in std::fs::read_dir(directory.join(RECORDS))? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".jsonl"));
        firsts.extend(
            number
                .filter(|digits| digits.len() == 20)
                .and_then(|digits| digits.parse::<u64>().ok()),
        );
    }
    firsts.sort_unstable();
    Ok(firsts)
}

/// Reads records in order, across segments.
#[derive(Debug)]
pub(crate) struct Cursor {
    directory: PathBuf,
    /// The number of the next record.
    next: u64,
    /// Where it begins in its segment.
    offset: u64,
    segment: Option<BufReader<File>>,
}

impl Cursor {
    /// At record `number`, which need not be there yet.
    pub(crate) fn at(directory: &Path, number: u64) -> io::Result<Self> {
        let mut cursor = Self::at_segment(directory, first_of(number));
        let mut line = Vec::new();
        while cursor.next < number {
            line.clear();
            if !cursor.read(&mut line)? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(cursor)
    }

    /// At record `first`, which begins a segment.
    pub(crate) fn at_segment(directory: &Path, first: u64) -> Self {
        Self {
            directory: directory.to_path_buf(),
            next: first,
            offset: 0,
            segment: None,
        }
    }

    /// The number of the next record.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// Reads the next record into `line`, without its newline. False if there is none, or only the beginning of one.
    pub(crate) fn read(&mut self, line: &mut Vec<u8>) -> io::Result<bool> {
        let mut segment = match self.segment.take() {
            Some(segment) => segment,
            None => match self.open() {
                Ok(segment) => segment,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
                Err(error) => return Err(error),
            },
        };
        let length_before = line.len();
        segment.read_until(b'\n', line)?;
        if line.last() != Some(&b'\n') || line.len() == length_before {
            // What is there of it is read again when the rest has come.
            line.truncate(length_before);
            return Ok(false);
        }
        self.offset += (line.len() - length_before) as u64;
        line.pop();
        self.next += 1;
        if self.next.is_multiple_of(SEGMENT_RECORDS) {
            self.offset = 0;
        } else {
            self.segment = Some(segment);
        }
        Ok(true)
    }

    fn open(&self) -> io::Result<BufReader<File>> {
        let mut file = File::open(segment_path(&self.directory, first_of(self.next)))?;
        file.seek(SeekFrom::Start(self.offset))?;
        Ok(BufReader::with_capacity(READ_BYTES, file))
    }
}

const READ_BYTES: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_not_whole_yet_is_read_when_it_is() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join(RECORDS)).unwrap();
        let path = segment_path(directory.path(), 0);
        std::fs::write(&path, "one\ntw").unwrap();
        let mut cursor = Cursor::at(directory.path(), 0).unwrap();
        let mut line = Vec::new();
        assert!(cursor.read(&mut line).unwrap());
        assert_eq!(line, b"one");
        line.clear();
        assert!(!cursor.read(&mut line).unwrap());
        std::fs::write(&path, "one\ntwo\n").unwrap();
        assert!(cursor.read(&mut line).unwrap());
        assert_eq!(line, b"two");
        assert_eq!((cursor.next(), cursor.offset), (2, 8));
    }

    #[test]
    fn reading_goes_on_in_the_next_segment() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join(RECORDS)).unwrap();
        let full = "r\n".repeat(usize::try_from(SEGMENT_RECORDS).unwrap());
        std::fs::write(segment_path(directory.path(), 0), full).unwrap();
        std::fs::write(segment_path(directory.path(), SEGMENT_RECORDS), "next\n").unwrap();
        let mut cursor = Cursor::at(directory.path(), SEGMENT_RECORDS - 1).unwrap();
        let mut line = Vec::new();
        assert!(cursor.read(&mut line).unwrap());
        line.clear();
        assert!(cursor.read(&mut line).unwrap());
        assert_eq!(line, b"next");
        assert_eq!(list(directory.path()).unwrap(), [0, SEGMENT_RECORDS]);
        assert!(Cursor::at(directory.path(), SEGMENT_RECORDS + 2).is_err());
    }
}
