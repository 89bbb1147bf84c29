//! What the record of an object says of a KMS key, after everything else.

use std::collections::BTreeMap;

use super::FormatError;
use super::fields::{Reader, Writer};
use crate::policy::Policies;
use crate::{
    Binding, Deletion, Import, KeyManager, KeyUsage, KmsKey, Material, MaterialId, MultiRegion,
    ObjectId, Origin, RegionName, Rotated, Rotation, RotationType,
};

pub(super) fn write(writer: &mut Writer, key: &KmsKey) {
    let KmsKey {
        description,
        usage,
        origin,
        manager,
        created_at_unix_milliseconds,
        policy,
        policy_bindings,
        tags,
        rotation,
        deletion,
        multi_region,
        materials,
        current_version,
        on_demand_rotations,
        public_object,
    } = key;
    writer.bytes(description.as_bytes());
    writer.byte(usage.number());
    writer.byte(origin.number());
    writer.byte(manager.number());
    writer.number(*created_at_unix_milliseconds);
    writer.bytes(policy.text.as_bytes());
    writer.length(policy_bindings.len());
    for binding in policy_bindings {
        writer.bytes(binding.arn.as_bytes());
        writer.bytes(binding.unique_id.as_bytes());
    }
    let tags = tags
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()));
    write_pairs(writer, tags);
    writer.optional(rotation.as_ref(), |writer, rotation| {
        writer.number(rotation.period_days.into());
        writer.number(rotation.next_at_unix_milliseconds);
    });
    writer.optional(deletion.as_ref(), |writer, deletion| {
        writer.byte(deletion.waiting_days);
        writer.optional(deletion.at_unix_milliseconds, Writer::number);
    });
    writer.optional(multi_region.as_ref(), |writer, multi_region| {
        writer.bytes(multi_region.primary.as_str().as_bytes());
        writer.length(multi_region.replicas.len());
        for replica in &multi_region.replicas {
            writer.bytes(replica.as_str().as_bytes());
        }
    });
    writer.length(materials.len());
    for material in materials {
        write_material(writer, material);
    }
    writer.optional(*current_version, |writer, number| {
        writer.number(number.into());
    });
    writer.number((*on_demand_rotations).into());
    writer.optional(*public_object, |writer, id| writer.fixed(id.as_bytes()));
}

fn write_material(writer: &mut Writer, material: &Material) {
    writer.number(material.number.into());
    writer.fixed(&material.id.0);
    writer.optional(material.rotated, |writer, rotated| {
        writer.number(rotated.at_unix_milliseconds);
        writer.byte(rotated.how.number());
    });
    writer.optional(material.import.as_ref(), |writer, import| {
        writer.byte(import.is_imported.into());
        writer.optional(import.valid_to_unix_milliseconds, Writer::number);
        writer.bytes(import.description.as_bytes());
    });
}

pub(super) fn read(reader: &mut Reader<'_>, policies: &Policies) -> Result<KmsKey, FormatError> {
    let description = reader.text("description")?.to_owned();
    let usage = KeyUsage::by_number(reader.byte()?).ok_or(FormatError::InvalidField("usage"))?;
    let origin = Origin::by_number(reader.byte()?).ok_or(FormatError::InvalidField("origin"))?;
    let manager =
        KeyManager::by_number(reader.byte()?).ok_or(FormatError::InvalidField("manager"))?;
    let created_at_unix_milliseconds = reader.number("time")?;
    let policy = reader.text("policy")?;
    let policy_bindings = read_bindings(reader)?;
    let policy = policies
        .policy(policy, &policy_bindings)
        .map_err(|_| FormatError::InvalidField("policy"))?;
    Ok(KmsKey {
        description,
        usage,
        origin,
        manager,
        created_at_unix_milliseconds,
        policy,
        policy_bindings,
        tags: read_pairs(reader, "tags")?,
        rotation: reader.optional("rotation", |reader| {
            Ok(Rotation {
                period_days: u16::try_from(reader.number("rotation")?)
                    .map_err(|_| FormatError::InvalidField("rotation"))?,
                next_at_unix_milliseconds: reader.number("rotation")?,
            })
        })?,
        deletion: reader.optional("deletion", |reader| {
            Ok(Deletion {
                waiting_days: reader.byte()?,
                at_unix_milliseconds: reader
                    .optional("deletion", |reader| reader.number("deletion"))?,
            })
        })?,
        multi_region: reader.optional("multi-Region", |reader| {
            let primary = read_region(reader)?;
            let count = reader.length("replicas")?;
            let replicas = (0..count)
                .map(|_| read_region(reader))
                .collect::<Result<_, _>>()?;
            Ok(MultiRegion { primary, replicas })
        })?,
        materials: {
            let count = reader.length("materials")?;
            (0..count)
                .map(|_| read_material(reader))
                .collect::<Result<_, _>>()?
        },
        current_version: reader.optional("current version", |reader| {
            reader.small_number("current version")
        })?,
        on_demand_rotations: u16::try_from(reader.number("rotations")?)
            .map_err(|_| FormatError::InvalidField("rotations"))?,
        public_object: reader.optional("public object", |reader| {
            Ok(ObjectId::from_bytes(reader.fixed()?))
        })?,
    })
}

fn read_bindings(reader: &mut Reader<'_>) -> Result<Vec<Binding>, FormatError> {
    let count = reader.length("bindings")?;
    (0..count)
        .map(|_| {
            Ok(Binding {
                arn: reader.text("bindings")?.into(),
                unique_id: reader.text("bindings")?.into(),
            })
        })
        .collect()
}

fn read_material(reader: &mut Reader<'_>) -> Result<Material, FormatError> {
    Ok(Material {
        number: reader.small_number("material number")?,
        id: MaterialId(reader.fixed()?),
        rotated: reader.optional("rotated", |reader| {
            Ok(Rotated {
                at_unix_milliseconds: reader.number("rotated")?,
                how: RotationType::by_number(reader.byte()?)
                    .ok_or(FormatError::InvalidField("rotated"))?,
            })
        })?,
        import: reader.optional("import", |reader| {
            Ok(Import {
                is_imported: reader.flag("import")?,
                valid_to_unix_milliseconds: reader
                    .optional("import", |reader| reader.number("import"))?,
                description: reader.text("import")?.to_owned(),
            })
        })?,
    })
}

/// Count, then key and value of each in rising order.
pub(super) fn write_pairs<'a>(
    writer: &mut Writer,
    pairs: impl ExactSizeIterator<Item = (&'a str, &'a str)>,
) {
    writer.length(pairs.len());
    for (key, value) in pairs {
        writer.bytes(key.as_bytes());
        writer.bytes(value.as_bytes());
    }
}

pub(super) fn read_pairs(
    reader: &mut Reader<'_>,
    field: &'static str,
) -> Result<BTreeMap<String, String>, FormatError> {
    let count = reader.length(field)?;
    let mut pairs = BTreeMap::new();
    for _ in 0..count {
        let key = reader.text(field)?.to_owned();
        let is_next = pairs.last_key_value().is_none_or(|(last, _)| *last < key);
        if !is_next {
            return Err(FormatError::InvalidField(field));
        }
        pairs.insert(key, reader.text(field)?.to_owned());
    }
    Ok(pairs)
}

fn read_region(reader: &mut Reader<'_>) -> Result<RegionName, FormatError> {
    reader
        .text("region")?
        .parse()
        .map_err(|_| FormatError::InvalidField("region"))
}
