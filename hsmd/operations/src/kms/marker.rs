//! Markers of pages: opaque text that says where the next page begins, which only this daemon can have written.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hsm_algorithms::Digest;
use hsm_aws_lc::{mac, random};

use super::Error;

/// Writes and reads markers, under a key of its own that is made anew at each start.
pub struct Markers {
    key: [u8; KEY_BYTES],
}

/// Which list a marker is of: the operation, whose, and what it was narrowed to.
pub(super) struct List<'a> {
    /// The operation's name.
    pub(super) operation: &'static str,
    /// The partition's id.
    pub(super) partition: &'a [u8],
    /// The key, principal or other filter; empty without one.
    pub(super) filter: &'a [u8],
}

impl Markers {
    /// With a new key.
    ///
    /// # Errors
    ///
    /// [`Error::Internal`] if the generator fails.
    pub fn new() -> Result<Self, crate::Error> {
        let mut key = [0; KEY_BYTES];
        random::fill(&mut key).map_err(crate::Error::from)?;
        Ok(Self { key })
    }

    /// The marker of a page that begins after `position`.
    pub(super) fn write(&self, list: &List<'_>, position: &[u8]) -> Result<String, Error> {
        let code = self.code(list, position)?;
        Ok(URL_SAFE_NO_PAD.encode([&[VERSION], code.as_slice(), position].concat()))
    }

    /// The position that a marker of this list says.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidMarker`] for text that is no marker of this list.
    pub(super) fn read(&self, list: &List<'_>, marker: &str) -> Result<Vec<u8>, Error> {
        let bytes = URL_SAFE_NO_PAD
            .decode(marker)
            .map_err(|_| Error::InvalidMarker)?;
        let Some((&VERSION, rest)) = bytes.split_first() else {
            return Err(Error::InvalidMarker);
        };
        let (code, position) = rest
            .split_at_checked(CODE_BYTES)
            .ok_or(Error::InvalidMarker)?;
        mac::verify(&self.code(list, position)?, code).map_err(|_| Error::InvalidMarker)?;
        Ok(position.to_vec())
    }

    fn code(&self, list: &List<'_>, position: &[u8]) -> Result<Vec<u8>, Error> {
        let mut message = Vec::new();
        for part in [
            list.operation.as_bytes(),
            list.partition,
            list.filter,
            position,
        ] {
            message.extend_from_slice(&(part.len() as u64).to_be_bytes());
            message.extend_from_slice(part);
        }
        let code = mac::hmac(Digest::Sha256, &self.key, &message).map_err(crate::Error::from)?;
        Ok(code.as_ref()[..CODE_BYTES].to_vec())
    }
}

const VERSION: u8 = 1;
const KEY_BYTES: usize = 32;
const CODE_BYTES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: List<'_> = List {
        operation: "ListKeys",
        partition: &[1; 16],
        filter: b"",
    };

    #[test]
    fn a_marker_is_read_for_the_list_it_was_written_for_and_no_other() {
        let markers = Markers::new().unwrap();
        let marker = markers.write(&LIST, b"position").unwrap();
        assert_eq!(markers.read(&LIST, &marker), Ok(b"position".to_vec()));
        let others = [
            List {
                operation: "ListAliases",
                ..LIST
            },
            List {
                partition: &[2; 16],
                ..LIST
            },
            List {
                filter: b"x",
                ..LIST
            },
        ];
        for other in others {
            assert_eq!(markers.read(&other, &marker), Err(Error::InvalidMarker));
        }
        let stranger = Markers::new().unwrap();
        assert_eq!(stranger.read(&LIST, &marker), Err(Error::InvalidMarker));
        for wrong in ["", "x", "é", &marker[1..], &format!("{marker}AA")] {
            assert_eq!(
                markers.read(&LIST, wrong),
                Err(Error::InvalidMarker),
                "{wrong}"
            );
        }
    }
}
