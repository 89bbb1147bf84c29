//! Attributes: count, then type and value of each in rising order.

use hsm_algorithms::{AttributeValue, Attributes};

use super::FormatError;
use super::fields::{Reader, Writer};

/// How deep templates may lie in templates.
const DEPTH_MAX: usize = 4;

const FALSE: u8 = 0;
const TRUE: u8 = 1;
const NUMBER: u8 = 2;
const BYTES: u8 = 3;
const NUMBERS: u8 = 4;
const TEMPLATE: u8 = 5;

pub(super) fn write(writer: &mut Writer, attributes: &Attributes) {
    writer.length(attributes.len());
    for (attribute, value) in attributes.iter() {
        writer.number(attribute);
        match value {
            AttributeValue::Flag(false) => writer.byte(FALSE),
            AttributeValue::Flag(true) => writer.byte(TRUE),
            AttributeValue::Number(number) => {
                writer.byte(NUMBER);
                writer.number(*number);
            }
            AttributeValue::Bytes(bytes) => {
                writer.byte(BYTES);
                writer.bytes(bytes);
            }
            AttributeValue::Numbers(numbers) => {
                writer.byte(NUMBERS);
                writer.length(numbers.len());
                for number in numbers {
                    writer.number(*number);
                }
            }
            AttributeValue::Template(template) => {
                writer.byte(TEMPLATE);
                write(writer, template);
            }
        }
    }
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<Attributes, FormatError> {
    read_nested(reader, DEPTH_MAX)
}

fn read_nested(reader: &mut Reader<'_>, depth: usize) -> Result<Attributes, FormatError> {
    let count = reader.length("attributes")?;
    let mut previous = None;
    (0..count)
        .map(|_| {
            let attribute = reader.number("attribute type")?;
            if previous
                .replace(attribute)
                .is_some_and(|previous| previous >= attribute)
            {
                return Err(FormatError::InvalidField("attribute type"));
            }
            Ok((attribute, read_value(reader, depth)?))
        })
        .collect()
}

fn read_value(reader: &mut Reader<'_>, depth: usize) -> Result<AttributeValue, FormatError> {
    Ok(match reader.byte()? {
        FALSE => AttributeValue::Flag(false),
        TRUE => AttributeValue::Flag(true),
        NUMBER => AttributeValue::Number(reader.number("attribute value")?),
        BYTES => AttributeValue::Bytes(reader.bytes("attribute value")?.to_vec()),
        NUMBERS => {
            let count = reader.length("attribute value")?;
            let numbers = (0..count)
                .map(|_| reader.number("attribute value"))
                .collect::<Result<_, _>>()?;
            AttributeValue::Numbers(numbers)
        }
        TEMPLATE if depth > 0 => AttributeValue::Template(read_nested(reader, depth - 1)?),
        _ => return Err(FormatError::InvalidField("attribute value")),
    })
}
