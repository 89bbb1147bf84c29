//! Objects.

use std::mem::take;
use std::sync::Arc;

use hsm_proto::attribute_reading::Absence;
use hsm_proto::{
    Attribute, AttributeReading, CopyObjectReply, CopyObjectRequest, CreateObjectReply,
    CreateObjectRequest, DestroyObjectsReply, DestroyObjectsRequest, FindObjectsReply,
    FindObjectsRequest, ReadAttributesReply, ReadAttributesRequest, WriteAttributesReply,
    WriteAttributesRequest,
};
use hsmd_operations::{
    CopyObject, CreateObject, DestroyObjects, Error, FindObjects, FoundObjects, Object,
    ReadAttributes, Reading, WriteAttributes,
};

use super::{Route, wire};

impl Route for CreateObjectRequest {
    type Operation = CreateObject;

    fn operation(mut self) -> Result<CreateObject, Error> {
        Ok(CreateObject {
            partition: wire::partition(&self.partition)?,
            template: wire::template(take(&mut self.template))?,
        })
    }

    fn reply(object: Arc<Object>) -> CreateObjectReply {
        CreateObjectReply {
            object: Some(wire::object_info(&object)),
        }
    }
}

impl Route for CopyObjectRequest {
    type Operation = CopyObject;

    fn operation(mut self) -> Result<CopyObject, Error> {
        Ok(CopyObject {
            partition: wire::partition(&self.partition)?,
            object: wire::object(&self.object, "object")?,
            template: wire::template(take(&mut self.template))?,
        })
    }

    fn reply(object: Arc<Object>) -> CopyObjectReply {
        CopyObjectReply {
            object: Some(wire::object_info(&object)),
        }
    }
}

impl Route for DestroyObjectsRequest {
    type Operation = DestroyObjects;

    fn operation(self) -> Result<DestroyObjects, Error> {
        let objects = self
            .objects
            .iter()
            .map(|object| wire::object(object, "objects"));
        Ok(DestroyObjects {
            partition: wire::partition(&self.partition)?,
            objects: objects.collect::<Result<_, _>>()?,
        })
    }

    fn reply((): ()) -> DestroyObjectsReply {
        DestroyObjectsReply {}
    }
}

impl Route for ReadAttributesRequest {
    type Operation = ReadAttributes;

    fn operation(mut self) -> Result<ReadAttributes, Error> {
        Ok(ReadAttributes {
            partition: wire::partition(&self.partition)?,
            object: wire::object(&self.object, "object")?,
            types: take(&mut self.types),
        })
    }

    fn reply(readings: Vec<(u64, Reading)>) -> ReadAttributesReply {
        ReadAttributesReply {
            readings: readings.into_iter().map(reading).collect(),
        }
    }
}

impl Route for WriteAttributesRequest {
    type Operation = WriteAttributes;

    fn operation(mut self) -> Result<WriteAttributes, Error> {
        Ok(WriteAttributes {
            partition: wire::partition(&self.partition)?,
            object: wire::object(&self.object, "object")?,
            template: wire::template(take(&mut self.template))?,
        })
    }

    fn reply((): ()) -> WriteAttributesReply {
        WriteAttributesReply {}
    }
}

impl Route for FindObjectsRequest {
    type Operation = FindObjects;

    fn operation(mut self) -> Result<FindObjects, Error> {
        let after = if self.after.is_empty() {
            None
        } else {
            Some(wire::object(&self.after, "after")?)
        };
        Ok(FindObjects {
            partition: wire::partition(&self.partition)?,
            template: wire::template(take(&mut self.template))?,
            after,
            limit: self.limit as usize,
        })
    }

    fn reply(found: FoundObjects) -> FindObjectsReply {
        let objects = found
            .objects
            .iter()
            .map(|object| wire::object_info(object))
            .collect();
        FindObjectsReply {
            objects,
            is_last_page: found.is_last_page,
        }
    }
}

fn reading((attribute, reading): (u64, Reading)) -> AttributeReading {
    let (absence, value) = match reading {
        Reading::Value(value) => (Absence::Present, Some(value)),
        Reading::Sensitive => (Absence::Sensitive, None),
        Reading::TypeInvalid => (Absence::TypeInvalid, None),
    };
    let attribute = match value {
        Some(value) => Attribute::from((attribute, value)),
        None => Attribute {
            r#type: attribute,
            value: None,
        },
    };
    AttributeReading {
        absence: absence.into(),
        attribute: Some(attribute),
    }
}
