//! Members of a request, by the names that the API gives them.

use hsmd_gate::Detail;
use hsmd_identity::Tag;

use super::Error;

/// Where members are read from: a form of the query protocol.
pub trait Members {
    /// The value of a member, as `UserName` or `Tags.member.1.Key`.
    fn text(&self, name: &str) -> Option<&str>;
}

/// What a member can be.
pub trait Member: Sized {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// [`Error::Validation`].
    fn read(members: &dyn Members, name: &'static str) -> Result<Self, Error>;

    /// What the audit log says of it, if it is there.
    fn detail(&self) -> Option<Detail>;
}

/// The most elements of a list in a request.
const ELEMENTS_MAX: usize = 100;

impl Member for String {
    fn read(members: &dyn Members, name: &'static str) -> Result<Self, Error> {
        let value = members.text(name).map(str::to_owned);
        value.ok_or_else(|| missing(name))
    }

    fn detail(&self) -> Option<Detail> {
        Some(Detail::Text(self.clone()))
    }
}

impl Member for Option<String> {
    fn read(members: &dyn Members, name: &'static str) -> Result<Self, Error> {
        Ok(members.text(name).map(str::to_owned))
    }

    fn detail(&self) -> Option<Detail> {
        self.clone().map(Detail::Text)
    }
}

impl Member for Option<u32> {
    fn read(members: &dyn Members, name: &'static str) -> Result<Self, Error> {
        let Some(text) = members.text(name) else {
            return Ok(None);
        };
        let number = text.parse().map(Some);
        number.map_err(|_| Error::Malformed { member: name })
    }

    fn detail(&self) -> Option<Detail> {
        self.map(|number| Detail::Number(number.into()))
    }
}

fn missing(name: &str) -> Error {
    Error::constraint("null", name, "Member must not be null")
}

/// Absent is false.
impl Member for bool {
    fn read(members: &dyn Members, name: &'static str) -> Result<Self, Error> {
        match members.text(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Error::Malformed { member: name }),
        }
    }

    fn detail(&self) -> Option<Detail> {
        Some(Detail::Flag(*self))
    }
}

/// A member that must be there, of those that may be.
impl<T: Choice> Member for T {
    fn read(members: &dyn Members, name: &'static str) -> Result<Self, Error> {
        let read = <Option<T> as Member>::read(members, name)?;
        read.ok_or_else(|| missing(name))
    }

    fn detail(&self) -> Option<Detail> {
        Some(Detail::Name(self.name()))
    }
}

impl<T: Choice> Member for Option<T> {
    fn read(members: &dyn Members, name: &'static str) -> Result<Self, Error> {
        let Some(text) = members.text(name) else {
            return Ok(None);
        };
        let chosen = T::ALL.iter().find(|one| one.name() == text).copied();
        let wrong = || Error::constraint(&format!("'{text}'"), name, T::RULE);
        chosen.map(Some).ok_or_else(wrong)
    }

    fn detail(&self) -> Option<Detail> {
        self.map(|chosen| Detail::Name(chosen.name()))
    }
}

/// One of a few values.
pub trait Choice: Copy + 'static {
    /// All of them.
    const ALL: &'static [Self];
    /// What is said of another.
    const RULE: &'static str;

    /// As the API writes it.
    fn name(self) -> &'static str;
}

/// Makes an enum and its [`Choice`] of each row.
macro_rules! choices {
    ($($(#[$documentation:meta])* $choice:ident {
        $first:ident = $first_name:literal $(, $value:ident = $name:literal)* $(,)?
    })+) => {
        $($(#[$documentation])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        enum $choice {
            $first,
            $($value,)*
        }

        impl $crate::iam::members::Choice for $choice {
            const ALL: &'static [Self] = &[Self::$first $(, Self::$value)*];
            const RULE: &'static str = concat!(
                "Member must satisfy enum value set: [", $first_name $(, ", ", $name)*, "]"
            );

            fn name(self) -> &'static str {
                match self {
                    Self::$first => $first_name,
                    $(Self::$value => $name,)*
                }
            }
        })+
    };
}
pub(super) use choices;

/// How the paths begin that are asked for: with `/` if nothing is said.
#[derive(Debug, Clone)]
pub(super) struct PathPrefix(Option<String>);

impl PathPrefix {
    /// Whether a path begins so.
    pub(super) fn begins(&self, path: &str) -> bool {
        path.starts_with(self.0.as_deref().unwrap_or("/"))
    }
}

impl Member for PathPrefix {
    fn read(members: &dyn Members, name: &'static str) -> Result<Self, Error> {
        let is_path = |prefix: &str| {
            prefix.starts_with('/') && prefix.bytes().all(|byte| (0x21..0x80).contains(&byte))
        };
        match members.text(name) {
            Some(prefix) if !is_path(prefix) => {
                let rule =
                    r"Member must satisfy regular expression pattern: \u002F[\u0021-\u007F]*";
                Err(Error::constraint(&format!("'{prefix}'"), name, rule))
            }
            prefix => Ok(Self(prefix.map(str::to_owned))),
        }
    }

    fn detail(&self) -> Option<Detail> {
        self.0.clone().map(Detail::Text)
    }
}

impl Member for Vec<String> {
    fn read(members: &dyn Members, name: &'static str) -> Result<Self, Error> {
        let elements = (1..=ELEMENTS_MAX)
            .map_while(|index| members.text(&format!("{name}.member.{index}")))
            .map(str::to_owned);
        Ok(elements.collect())
    }

    fn detail(&self) -> Option<Detail> {
        (!self.is_empty()).then(|| Detail::List(self.clone()))
    }
}

impl Member for Vec<Tag> {
    fn read(members: &dyn Members, name: &'static str) -> Result<Self, Error> {
        let tags = (1..=ELEMENTS_MAX).map_while(|index| {
            let key = members.text(&format!("{name}.member.{index}.Key"))?;
            let value = members.text(&format!("{name}.member.{index}.Value"));
            Some((key.to_owned(), value.unwrap_or_default().to_owned()))
        });
        Ok(tags.collect())
    }

    fn detail(&self) -> Option<Detail> {
        (!self.is_empty()).then(|| Detail::Pairs(self.clone()))
    }
}
