//! PINs, passphrases and shares: from a file, from standard input, from the environment or from the terminal; never
//! from the command line, which other processes can read.

use std::{
    env,
    fs::File,
    io::{self, BufRead, BufReader, IsTerminal, Read},
    path::Path,
};

use zeroize::Zeroizing;

use crate::failure::{Exit, Failure};

/// A PIN, a passphrase or a share; overwritten when dropped.
pub(crate) type Secret = Zeroizing<Vec<u8>>;

/// No secret is longer: 4 KiB.
const SECRET_BYTES_MAX: u64 = 4096;

/// Where one secret may come from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    /// What it is, as the prompt names it: `User PIN of token web`.
    pub(crate) what: &'a str,
    /// The file of its option, `-` for standard input.
    pub(crate) file: Option<&'a Path>,
    /// The option, for the hint.
    pub(crate) option: &'static str,
    /// The environment variable, if there is one.
    pub(crate) variable: Option<&'static str>,
}

impl Source<'_> {
    /// Whether it can be had without asking anybody.
    pub(crate) fn is_given(&self) -> bool {
        self.file.is_some() || self.environment_value().is_some()
    }

    /// Reads a secret that exists.
    pub(crate) fn read(&self) -> Result<Secret, Failure> {
        match self.without_asking()? {
            Some(secret) => Ok(secret),
            None => self.ask(self.what),
        }
    }

    /// Reads a secret that is being chosen; on the terminal it must be typed twice.
    pub(crate) fn read_new(&self) -> Result<Secret, Failure> {
        if let Some(secret) = self.without_asking()? {
            return Ok(secret);
        }
        let secret = self.ask(&format!("New {}", self.what))?;
        if self.ask("The same again")? != secret {
            return Err(Failure::new(Exit::Failed, "the two were not the same"));
        }
        Ok(secret)
    }

    fn without_asking(&self) -> Result<Option<Secret>, Failure> {
        match self.file {
            Some(file) => first_line(file).map(Some),
            None => Ok(self.environment_value()),
        }
    }

    fn environment_value(&self) -> Option<Secret> {
        let value = env::var_os(self.variable?).filter(|value| !value.is_empty())?;
        Some(Zeroizing::new(value.into_encoded_bytes()))
    }

    fn ask(&self, prompt: &str) -> Result<Secret, Failure> {
        if !io::stdin().is_terminal() {
            let variable = self
                .variable
                .map(|name| format!(", or set {name}"))
                .unwrap_or_default();
            return Err(Failure::new(
                Exit::Usage,
                format!("there is no terminal to ask for: {}", self.what),
            )
            .with_hint(format!(
                "give it in a file with {} FILE (`-` is standard input){variable}",
                self.option
            )));
        }
        let typed = ask(prompt)?;
        if typed.is_empty() {
            return Err(Failure::new(
                Exit::Usage,
                format!("nothing was typed for: {}", self.what),
            ));
        }
        Ok(typed)
    }
}

/// Asks on the terminal, without showing what is typed.
pub(crate) fn ask(prompt: &str) -> Result<Secret, Failure> {
    rpassword::prompt_password(format!("{prompt}: "))
        .map(|typed| Zeroizing::new(typed.into_bytes()))
        .map_err(|error| Failure::new(Exit::Failed, format!("cannot ask on the terminal: {error}")))
}

/// The first line of a file, without its end.
fn first_line(file: &Path) -> Result<Secret, Failure> {
    let mut lines = lines(file)?;
    lines
        .next()
        .transpose()?
        .ok_or_else(|| Failure::new(Exit::Usage, format!("{} is empty", file.display())))
}

/// The lines of a file that are not empty, without their ends; `-` is standard input.
pub(crate) fn lines(file: &Path) -> Result<impl Iterator<Item = Result<Secret, Failure>>, Failure> {
    let name = file.to_owned();
    let mut reader: Box<dyn BufRead> = if file == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(
            File::open(file).map_err(|error| Failure::file("read", file, &error))?,
        ))
    };
    Ok(std::iter::from_fn(move || {
        loop {
            // Made large enough at once: growing would leave copies behind.
            let mut line = Zeroizing::new(Vec::with_capacity(
                usize::try_from(SECRET_BYTES_MAX).unwrap_or(0) + 1,
            ));
            match (&mut reader)
                .take(SECRET_BYTES_MAX)
                .read_until(b'\n', &mut line)
            {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) => return Some(Err(Failure::file("read", &name, &error))),
            }
            while line
                .last()
                .is_some_and(|byte| matches!(byte, b'\n' | b'\r'))
            {
                line.pop();
            }
            if !line.is_empty() {
                return Some(Ok(line));
            }
        }
    }))
}
