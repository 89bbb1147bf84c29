//! `application/x-www-form-urlencoded`, as the query protocol uses it.

use hsmd_operations::iam::Members;

/// The fields of a form, in their order.
pub(crate) struct Form(Vec<(String, String)>);

/// The most fields of a form. A user may have fifty tags of two fields each; nothing asks for more.
const FIELDS_MAX: usize = 1_000;

impl Form {
    /// Reads a form. `None` if it has too many fields, or one that is no UTF-8.
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        let mut fields = Vec::new();
        for field in body
            .split(|byte| *byte == b'&')
            .filter(|field| !field.is_empty())
        {
            if fields.len() == FIELDS_MAX {
                return None;
            }
            let mut halves = field.splitn(2, |byte| *byte == b'=');
            let name = decoded(halves.next().unwrap_or_default())?;
            let value = decoded(halves.next().unwrap_or_default())?;
            fields.push((name, value));
        }
        Some(Self(fields))
    }

    /// The first field with this name.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(present, _)| present == name);
        found.map(|(_, value)| value.as_str())
    }
}

impl Members for Form {
    fn text(&self, name: &str) -> Option<&str> {
        self.value(name)
    }
}

/// Text of which `+` is a space and `%20` too.
fn decoded(text: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let mut digit = || char::from(*rest.next()?).to_digit(16);
                let value = digit()? * 16 + digit()?;
                bytes.push(u8::try_from(value).ok()?);
            }
            byte => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_decoded() {
        let form = Form::parse(b"Action=Get+it&Name=%2Fa%C3%A9&Empty&Name=second").unwrap();
        assert_eq!(form.value("Action"), Some("Get it"));
        assert_eq!(form.value("Name"), Some("/a\u{e9}"));
        assert_eq!(form.value("Empty"), Some(""));
        assert_eq!(form.value("Missing"), None);
    }

    #[test]
    fn what_is_no_form_is_refused() {
        assert!(Form::parse(b"a=%2").is_none());
        assert!(Form::parse(b"a=%zz").is_none());
        assert!(Form::parse(b"a=%ff").is_none());
        assert!(Form::parse(&b"a&".repeat(FIELDS_MAX + 1)).is_none());
    }
}
