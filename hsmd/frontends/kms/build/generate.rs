//! The generated file: every shape, the list of calls and the list of errors.

use std::collections::BTreeSet;
use std::fmt::{Error, Write as _};

use crate::model::{Kind, Model};
use crate::{names, shapes};

/// The code of `OUT_DIR/model.rs`.
pub(crate) fn code(model: &Model) -> Result<String, Error> {
    let inputs = model
        .operations
        .values()
        .map(|operation| operation.input.shape.as_str());
    let outputs = model
        .operations
        .values()
        .filter_map(|operation| operation.output.as_ref());
    let asked = model.reachable(inputs);
    let answered = model.reachable(outputs.map(|output| output.shape.as_str()));
    let mut code = String::new();
    for name in asked.union(&answered) {
        let Some(shape) = model.shapes.get(*name) else {
            continue;
        };
        let roles = shapes::Roles {
            is_asked: asked.contains(name),
            is_answered: answered.contains(name),
        };
        match shape.kind {
            Kind::Structure => shapes::structure(&mut code, model, name, shape, roles)?,
            Kind::String if shape.values.is_some() => {
                shapes::enumeration(&mut code, name, shape, roles)?;
            }
            _ if roles.is_asked => shapes::scalar_or_collection(&mut code, model, name, shape)?,
            _ => {}
        }
    }
    sent(&mut code, model, &asked)?;
    calls(&mut code, model)?;
    errors(&mut code, model)?;
    constants(&mut code, model)?;
    patterns(&mut code, model, &asked)?;
    Ok(code)
}

/// The structures as they were sent: every member optional, nothing checked.
fn sent(code: &mut String, model: &Model, asked: &BTreeSet<&str>) -> Result<(), Error> {
    writeln!(
        code,
        "/// Structures as they were sent: nothing is checked yet but types."
    )?;
    writeln!(code, "pub(crate) mod sent {{")?;
    for name in asked {
        let Some(shape) = model
            .shapes
            .get(*name)
            .filter(|shape| shape.kind == Kind::Structure)
        else {
            continue;
        };
        writeln!(code, "#[derive(serde::Deserialize)]")?;
        writeln!(code, "pub(crate) struct {name} {{")?;
        for (member, shape) in &shape.members.0 {
            let field = names::field(member);
            writeln!(code, "#[serde(default, rename = {member:?})]")?;
            writeln!(
                code,
                "pub(crate) {field}: Option<<super::{shape} as crate::shape::Shape>::Sent>,"
            )?;
        }
        writeln!(code, "}}")?;
    }
    writeln!(code, "}}")
}

/// The calls, by name.
fn calls(code: &mut String, model: &Model) -> Result<(), Error> {
    writeln!(code, "/// Everything that the model lets a client call.")?;
    writeln!(code, "#[derive(Debug, Clone, Copy, PartialEq, Eq)]")?;
    writeln!(code, "pub(crate) enum Call {{")?;
    for name in model.operations.keys() {
        writeln!(code, "/// `{name}`.\n{name},")?;
    }
    writeln!(code, "}}\nimpl Call {{")?;
    writeln!(
        code,
        "/// Every call.\npub(crate) const ALL: &'static [Self] = &["
    )?;
    for name in model.operations.keys() {
        writeln!(code, "Self::{name},")?;
    }
    writeln!(code, "];\n/// The call with this name.")?;
    writeln!(
        code,
        "pub(crate) fn by_name(name: &str) -> Option<Self> {{ Some(match name {{"
    )?;
    for name in model.operations.keys() {
        writeln!(code, "{name:?} => Self::{name},")?;
    }
    writeln!(code, "_ => return None, }}) }}\n/// The name.")?;
    writeln!(
        code,
        "pub(crate) const fn name(self) -> &'static str {{ match self {{"
    )?;
    for name in model.operations.keys() {
        writeln!(code, "Self::{name} => {name:?},")?;
    }
    writeln!(code, "}} }} }}")
}

/// The modelled errors, and whether each is a fault of the service.
fn errors(code: &mut String, model: &Model) -> Result<(), Error> {
    writeln!(
        code,
        "/// The errors of the model, and whether each is the service's own fault."
    )?;
    writeln!(code, "pub(crate) const ERRORS: &[(&str, bool)] = &[")?;
    for (name, shape) in model.shapes.iter().filter(|(_, shape)| shape.exception) {
        writeln!(code, "({name:?}, {}),", shape.fault)?;
    }
    writeln!(code, "];")
}

fn constants(code: &mut String, model: &Model) -> Result<(), Error> {
    let target = &model.metadata.target_prefix;
    let content_type = format!("application/x-amz-json-{}", model.metadata.json_version);
    writeln!(code, "/// What `X-Amz-Target` begins with, before a dot.")?;
    writeln!(code, "pub(crate) const TARGET_PREFIX: &str = {target:?};")?;
    writeln!(code, "/// The type of requests and answers.")?;
    writeln!(
        code,
        "pub(crate) const CONTENT_TYPE: &str = {content_type:?};"
    )
}

/// Every pattern, for the test that compiles them.
fn patterns(code: &mut String, model: &Model, asked: &BTreeSet<&str>) -> Result<(), Error> {
    writeln!(
        code,
        "#[cfg(test)] pub(crate) fn patterns() -> Vec<(&'static str, &'static regex::Regex)> {{ vec!["
    )?;
    for name in asked {
        let shape = model.shapes.get(*name);
        if shape.is_some_and(|shape| shape.kind == Kind::String && shape.pattern.is_some()) {
            writeln!(code, "({name:?}, {name}::regex()),")?;
        }
    }
    writeln!(code, "] }}")
}
