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
        value.ok_or_else(|| Error::constraint("null", name, "Member must not be null"))
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
