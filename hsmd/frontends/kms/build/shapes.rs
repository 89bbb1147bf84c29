//! One shape of the model as Rust.

use std::fmt::{Error, Write as _};

use crate::model::{Kind, Model, Shape};
use crate::names;

/// In which direction a shape travels.
#[derive(Clone, Copy)]
pub(crate) struct Roles {
    pub(crate) is_asked: bool,
    pub(crate) is_answered: bool,
}

/// A structure: the checked form, how it is checked, and how it is written.
pub(crate) fn structure(
    code: &mut String,
    model: &Model,
    name: &str,
    shape: &Shape,
    roles: Roles,
) -> Result<(), Error> {
    writeln!(code, "/// `{name}` of the model.")?;
    if roles.is_answered {
        writeln!(code, "#[derive(serde::Serialize)]")?;
    }
    writeln!(code, "pub(crate) struct {name} {{")?;
    for (member, member_shape) in &shape.members.0 {
        let value = value_type(model, member_shape);
        let is_required = shape.required.contains(member);
        if roles.is_answered {
            let skip = if is_required {
                ""
            } else {
                ", skip_serializing_if = \"Option::is_none\""
            };
            writeln!(code, "#[serde(rename = {member:?}{skip})]")?;
        }
        let field = names::field(member);
        if is_required {
            writeln!(code, "pub(crate) {field}: {value},")?;
        } else {
            writeln!(code, "pub(crate) {field}: Option<{value}>,")?;
        }
    }
    writeln!(code, "}}")?;
    if !roles.is_asked {
        return Ok(());
    }
    writeln!(code, "impl crate::shape::Shape for {name} {{")?;
    writeln!(
        code,
        "type Sent = crate::sent::Structure<sent::{name}>;\ntype Value = Self;"
    )?;
    writeln!(
        code,
        "fn check(crate::sent::Structure(sent): Self::Sent, at: &crate::shape::Place<'_>, failures: &mut crate::shape::Failures) -> Option<Self> {{"
    )?;
    if shape.members.0.is_empty() {
        writeln!(code, "let (_, _, _) = (sent, at, failures);")?;
    }
    for (member, member_shape) in &shape.members.0 {
        let field = names::field(member);
        let path = names::path(member);
        let presence = if shape.required.contains(member) {
            "required"
        } else {
            "optional"
        };
        writeln!(
            code,
            "let {field} = crate::shape::{presence}::<{member_shape}>(sent.{field}, &at.member({path:?}), failures);"
        )?;
    }
    writeln!(code, "Some(Self {{")?;
    for (member, _) in &shape.members.0 {
        let field = names::field(member);
        writeln!(code, "{field}: {field}?,")?;
    }
    writeln!(code, "}}) }} }}")
}

/// A string of which the model lists the values.
pub(crate) fn enumeration(
    code: &mut String,
    name: &str,
    shape: &Shape,
    roles: Roles,
) -> Result<(), Error> {
    let values = shape.values.as_deref().unwrap_or_default();
    writeln!(code, "/// `{name}` of the model.")?;
    writeln!(
        code,
        "#[derive(Debug, Clone, Copy, PartialEq, Eq)]\npub(crate) enum {name} {{"
    )?;
    for value in values {
        writeln!(code, "/// `{value}`.\n{},", names::variant(value))?;
    }
    writeln!(code, "}}\nimpl crate::shape::Listed for {name} {{")?;
    writeln!(code, "const ALL: &'static [Self] = &[")?;
    for value in values {
        writeln!(code, "Self::{},", names::variant(value))?;
    }
    writeln!(code, "];\nfn as_str(self) -> &'static str {{ match self {{")?;
    for value in values {
        writeln!(code, "Self::{} => {value:?},", names::variant(value))?;
    }
    writeln!(
        code,
        "}} }}\nfn by_name(name: &str) -> Option<Self> {{ Some(match name {{"
    )?;
    for value in values {
        writeln!(code, "{value:?} => Self::{},", names::variant(value))?;
    }
    writeln!(code, "_ => return None, }}) }} }}")?;
    if roles.is_answered {
        writeln!(
            code,
            "impl serde::Serialize for {name} {{ fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {{ serializer.serialize_str(crate::shape::Listed::as_str(*self)) }} }}"
        )?;
    }
    if roles.is_asked {
        let is_sensitive = shape.sensitive;
        implement(
            code,
            name,
            "crate::sent::Text",
            name,
            &format!("crate::shape::check_listed(sent, {is_sensitive}, at, failures)"),
        )?;
    }
    Ok(())
}

/// Any other shape that is asked with: its rules.
pub(crate) fn scalar_or_collection(
    code: &mut String,
    model: &Model,
    name: &str,
    shape: &Shape,
) -> Result<(), Error> {
    writeln!(
        code,
        "/// `{name}` of the model.\npub(crate) struct {name};"
    )?;
    let value = value_type(model, name);
    let (min, max) = (shape.min, shape.max);
    let is_sensitive = shape.sensitive;
    let range = format!("&crate::shape::Range {{ min: {min:?}, max: {max:?} }}");
    let (sent, check) = match shape.kind {
        Kind::String => {
            let pattern = match &shape.pattern {
                Some(java) => {
                    let regex = names::pattern(java);
                    writeln!(
                        code,
                        "impl {name} {{ const PATTERN: &'static str = {java:?}; fn regex() -> &'static regex::Regex {{ static REGEX: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| regex::Regex::new({regex:?}).expect(\"a test compiles every pattern of the model\")); &REGEX }} }}"
                    )?;
                    "Some((Self::PATTERN, Self::regex as fn() -> &'static regex::Regex))".to_owned()
                }
                None => "None".to_owned(),
            };
            let into = if is_sensitive {
                ".map(crate::sent::SecretText::from)"
            } else {
                ""
            };
            let check = format!(
                "crate::shape::check_text(sent, {is_sensitive}, {range}, {pattern}, at, failures){into}"
            );
            ("crate::sent::Text".to_owned(), check)
        }
        Kind::Blob => {
            let check =
                format!("crate::shape::check_blob(sent, {range}, at, failures).map({value}::from)");
            ("crate::sent::Bytes".to_owned(), check)
        }
        Kind::Integer => (
            "crate::sent::Whole".to_owned(),
            format!("crate::shape::check_whole(sent, {range}, at, failures)"),
        ),
        Kind::Boolean => ("crate::sent::Flag".to_owned(), plain("sent.0")),
        Kind::Timestamp => ("crate::sent::Timestamp".to_owned(), plain("sent")),
        Kind::Map => ("crate::sent::TextMap".to_owned(), plain("sent.0")),
        Kind::List | Kind::Structure => {
            let element = shape
                .member
                .as_ref()
                .map_or("", |member| member.shape.as_str());
            let sent = format!("crate::sent::Many<<{element} as crate::shape::Shape>::Sent>");
            (
                sent,
                format!("crate::shape::check_list::<{element}>(sent, {range}, at, failures)"),
            )
        }
    };
    implement(code, name, &sent, &value, &check)
}

/// A value without rules.
fn plain(value: &str) -> String {
    format!("{{ let (_, _) = (at, failures); Some({value}) }}")
}

fn implement(
    code: &mut String,
    name: &str,
    sent: &str,
    value: &str,
    check: &str,
) -> Result<(), Error> {
    writeln!(
        code,
        "impl crate::shape::Shape for {name} {{ type Sent = {sent}; type Value = {value}; fn check(sent: Self::Sent, at: &crate::shape::Place<'_>, failures: &mut crate::shape::Failures) -> Option<Self::Value> {{ {check} }} }}"
    )
}

/// The Rust type of a checked value.
fn value_type(model: &Model, name: &str) -> String {
    let Some(shape) = model.shapes.get(name) else {
        return "()".to_owned();
    };
    match shape.kind {
        Kind::Structure => name.to_owned(),
        Kind::String if shape.values.is_some() => name.to_owned(),
        Kind::String if shape.sensitive => "crate::sent::SecretText".to_owned(),
        Kind::String => "String".to_owned(),
        Kind::Blob if shape.sensitive => "crate::sent::SecretBlob".to_owned(),
        Kind::Blob => "crate::sent::Blob".to_owned(),
        Kind::Boolean => "bool".to_owned(),
        Kind::Integer => "u32".to_owned(),
        Kind::Timestamp => "crate::sent::Timestamp".to_owned(),
        Kind::Map => "std::collections::BTreeMap<String, String>".to_owned(),
        Kind::List => {
            let element = shape
                .member
                .as_ref()
                .map_or("", |member| member.shape.as_str());
            format!("Vec<{}>", value_type(model, element))
        }
    }
}
