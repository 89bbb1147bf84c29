//! Fields marked `debug_redact`: their content never reaches `Debug`, and they are zeroed on drop.

use std::{error::Error, fmt::Write};

use prost_reflect::{
    DescriptorPool, FieldDescriptor, Kind, MessageDescriptor, OneofDescriptor, ReflectMessage,
    Value,
};

/// The messages that hold a secret field themselves.
pub(crate) fn messages(pool: &DescriptorPool) -> Result<Vec<MessageDescriptor>, Box<dyn Error>> {
    let mut found = Vec::new();
    for message in pool
        .all_messages()
        .filter(|message| message.fields().any(|field| is_secret(&field)))
    {
        // Leaving out `Debug` reaches nested types too, for which nothing here would write one.
        if message.child_messages().len() + message.child_enums().len() > 0 {
            return Err(format!(
                "{} holds a secret: move its nested types out",
                message.full_name()
            )
            .into());
        }
        for field in message.fields().filter(is_secret) {
            if !matches!(field.kind(), Kind::Bytes | Kind::String) {
                return Err(format!(
                    "{} is secret, so it must be bytes or string",
                    field.full_name()
                )
                .into());
            }
        }
        found.push(message);
    }
    Ok(found)
}

/// Writes `Debug` and `Drop` for each message and each of its oneofs.
pub(crate) fn write(
    glue: &mut String,
    messages: &[MessageDescriptor],
) -> Result<(), Box<dyn Error>> {
    for message in messages {
        write_debug(glue, message)?;
        let plain: Vec<_> = message
            .fields()
            .filter(|f| is_secret(f) && member_of(f).is_none())
            .collect();
        if !plain.is_empty() {
            writeln!(
                glue,
                "impl Drop for {} {{\n    fn drop(&mut self) {{",
                message.name()
            )?;
            for field in plain {
                writeln!(
                    glue,
                    "        crate::wiping::Wipe::wipe(&mut self.{});",
                    rust_name(field.name())
                )?;
            }
            writeln!(glue, "    }}\n}}")?;
            writeln!(
                glue,
                "impl zeroize::ZeroizeOnDrop for {} {{}}",
                message.name()
            )?;
        }
        for oneof in message.oneofs() {
            write_oneof(glue, message, &oneof)?;
        }
    }
    Ok(())
}

fn write_debug(glue: &mut String, message: &MessageDescriptor) -> std::fmt::Result {
    let name = message.name();
    writeln!(glue, "impl std::fmt::Debug for {name} {{")?;
    writeln!(
        glue,
        "    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {{"
    )?;
    writeln!(glue, "        formatter.debug_struct({name:?})")?;
    for field in message.fields().filter(|field| member_of(field).is_none()) {
        let field_name = rust_name(field.name());
        let value = match field.kind() {
            _ if is_secret(&field) => format!("crate::redaction::Lengths::of(&self.{field_name})"),
            Kind::Enum(_) if !field.is_list() => format!("self.{field_name}()"),
            _ => format!("self.{field_name}"),
        };
        writeln!(glue, "            .field({:?}, &{value})", field.name())?;
    }
    for oneof in message.oneofs() {
        writeln!(glue, "            .field({0:?}, &self.{0})", oneof.name())?;
    }
    writeln!(glue, "            .finish()\n    }}\n}}")
}

fn write_oneof(
    glue: &mut String,
    message: &MessageDescriptor,
    oneof: &OneofDescriptor,
) -> std::fmt::Result {
    let path = format!(
        "{}::{}",
        snake_case(message.name()),
        upper_camel_case(oneof.name())
    );
    writeln!(glue, "impl std::fmt::Debug for {path} {{")?;
    writeln!(
        glue,
        "    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {{"
    )?;
    writeln!(glue, "        match self {{")?;
    for field in oneof.fields() {
        let variant = upper_camel_case(field.name());
        let value = if is_secret(&field) {
            "crate::redaction::Lengths::of(value)"
        } else {
            "value"
        };
        writeln!(
            glue,
            "            Self::{variant}(value) => formatter.debug_tuple({variant:?}).field(&{value}).finish(),"
        )?;
    }
    writeln!(glue, "        }}\n    }}\n}}")?;

    if oneof.fields().any(|field| is_secret(&field)) {
        writeln!(
            glue,
            "impl Drop for {path} {{\n    fn drop(&mut self) {{\n        match self {{"
        )?;
        for field in oneof.fields() {
            let variant = upper_camel_case(field.name());
            if is_secret(&field) {
                writeln!(
                    glue,
                    "            Self::{variant}(value) => crate::wiping::Wipe::wipe(value),"
                )?;
            } else {
                writeln!(glue, "            Self::{variant}(_) => {{}}")?;
            }
        }
        writeln!(
            glue,
            "        }}\n    }}\n}}\nimpl zeroize::ZeroizeOnDrop for {path} {{}}"
        )?;
    }
    Ok(())
}

fn is_secret(field: &FieldDescriptor) -> bool {
    let options = field.options();
    options
        .descriptor()
        .get_field_by_name("debug_redact")
        .is_some_and(|option| options.get_field(&option).as_ref() == &Value::Bool(true))
}

fn member_of(field: &FieldDescriptor) -> Option<OneofDescriptor> {
    field
        .containing_oneof()
        .filter(|oneof| !oneof.is_synthetic())
}

/// As prost names the module of a message's oneofs.
pub(crate) fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
    }
    snake
}

/// As prost names the variant of a oneof's member.
pub(crate) fn upper_camel_case(name: &str) -> String {
    name.split('_')
        .map(|word| {
            let (first, rest) = word.split_at(1.min(word.len()));
            first.to_ascii_uppercase() + rest
        })
        .collect()
}

fn rust_name(field: &str) -> String {
    if field == "type" {
        "r#type".to_owned()
    } else {
        field.to_owned()
    }
}
