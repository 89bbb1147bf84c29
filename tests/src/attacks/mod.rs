//! Attacks on the PKCS#11 interface: ways by which somebody who has the user's PIN, and may call any function, gets the
//! value of a key that should never be readable.
//!
//! From the literature (Clulow 2003; Delaune, Kremer and Steel 2008; Bortolozzo and others 2010; Bardou and others 2012)
//! and from trackers of soft tokens. Each makes a victim of its own whose value the harness knows, and tries to come by
//! that value; what an attack holds at its end is compared with it, so that an attack that is believed to work and does
//! not is told from one that is refused. Some prove another gain, as an oracle.

mod attributes;
mod derivation;
mod ground;
mod oracles;
mod roles;
pub mod sequences;
mod wrapping;

use std::fmt;

use cryptoki_sys as c;

pub use ground::Ground;

use crate::c_caller::Failure;

/// One way to get at a key.
pub struct Attack {
    /// Its name, unique.
    pub name: &'static str,
    /// What it does, for the table.
    pub summary: &'static str,
    run: fn(&Ground) -> Result<Gain, Failure>,
}

/// What an attacker holds at the end.
pub(crate) enum Gain {
    /// Bytes, which are or hold the victim's value, or not.
    Bytes {
        /// What was obtained.
        obtained: Vec<u8>,
        /// What was to be had.
        victim: Vec<u8>,
    },
    /// Something that no caller should have, seen by the attack itself.
    Proof(&'static str),
    /// Nothing.
    Nothing,
}

/// How an attack ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It gained what it was after.
    Leaked(&'static str),
    /// A call of it was refused with this return value.
    Refused(Failure),
    /// Every call went through, and what came out is of no use.
    Fruitless,
}

impl Attack {
    /// Every attack; those that lock PINs come last.
    #[must_use]
    pub fn all() -> Vec<Self> {
        [
            wrapping::ATTACKS,
            roles::ATTACKS,
            attributes::ATTACKS,
            derivation::ATTACKS,
            oracles::ATTACKS,
        ]
        .concat()
        .into_iter()
        .map(|(name, summary, run)| Self { name, summary, run })
        .collect()
    }

    /// Tries it.
    #[must_use]
    pub fn try_on(&self, ground: &Ground) -> Outcome {
        let outcome = match (self.run)(ground) {
            Ok(Gain::Bytes { obtained, victim }) if holds(&obtained, &victim) => {
                Outcome::Leaked("the key's value")
            }
            Ok(Gain::Proof(proof)) => Outcome::Leaked(proof),
            Ok(Gain::Bytes { .. } | Gain::Nothing) => Outcome::Fruitless,
            Err(failure) => Outcome::Refused(failure),
        };
        ground.clean();
        outcome
    }
}

/// A row of a table of attacks.
pub(crate) type Row = (
    &'static str,
    &'static str,
    fn(&Ground) -> Result<Gain, Failure>,
);

fn holds(obtained: &[u8], victim: &[u8]) -> bool {
    !victim.is_empty() && obtained.windows(victim.len()).any(|part| part == victim)
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leaked(what) => write!(formatter, "GAINED {what}"),
            Self::Refused(value) => {
                match hsm_algorithms::pkcs11::name_of(hsm_algorithms::pkcs11::RETURN_VALUES, *value)
                {
                    Some(name) => write!(formatter, "refused, {name}"),
                    None => write!(formatter, "refused, {value:#x}"),
                }
            }
            Self::Fruitless => formatter.write_str("came to nothing"),
        }
    }
}

/// What an attack is told by that a mechanism does not exist: it cannot be tried there.
pub(crate) const ABSENT: Failure = c::CKR_MECHANISM_INVALID;
