//! Configuration files of `SoftHSM`, as far as they say where tokens are: who set `SOFTHSM2_CONF` to a directory of a test's
//! own gets a daemon of that test's own.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The environment variable that names the file.
pub const VARIABLE: &str = "SOFTHSM2_CONF";

const SETTING: &str = "directories.tokendir";

/// The directory of tokens that `file` names, made absolute.
///
/// A line is `name = value`; what follows a `#` is a comment; the last line with the setting counts.
///
/// # Errors
///
/// Why there is none, for people.
pub fn token_directory(file: &Path) -> Result<PathBuf, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{VARIABLE}: {error}"))?;
    let value = text
        .lines()
        .map(|line| line.split_once('#').map_or(line, |(setting, _)| setting))
        .filter_map(|line| line.split_once('='))
        .filter(|(name, _)| name.trim() == SETTING)
        .map(|(_, value)| value.trim())
        .next_back()
        .filter(|value| !value.is_empty())
        .ok_or_else(|| format!("{VARIABLE}: the file has no line `{SETTING} = DIRECTORY`"))?;
    std::path::absolute(value).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<PathBuf, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("softhsm2.conf");
        fs::write(&file, text).unwrap();
        token_directory(&file)
    }

    #[test]
    fn the_directory_is_found_among_settings_and_comments() {
        let text = "# directories.tokendir = /no\nobjectstore.backend=file\n directories.tokendir =/var/a b # here\n";
        assert_eq!(read(text), Ok(PathBuf::from("/var/a b")));
    }

    #[test]
    fn a_relative_directory_is_that_of_the_process() {
        let expected = std::env::current_dir().unwrap().join("tokens");
        assert_eq!(read("directories.tokendir = tokens"), Ok(expected));
    }

    #[test]
    fn a_file_that_names_none_is_an_error_that_says_so() {
        assert!(read("log.level = INFO\n").unwrap_err().contains(SETTING));
        assert!(
            token_directory(Path::new("/no/such/file"))
                .unwrap_err()
                .contains(VARIABLE)
        );
    }
}
