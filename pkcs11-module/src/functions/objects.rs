//! Object management functions (PKCS#11 3.2, section 5.7).

use std::collections::{BTreeMap, VecDeque};

use cryptoki_sys::{
    CK_ATTRIBUTE, CK_BBOOL, CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CK_ULONG,
    CK_UNAVAILABLE_INFORMATION, CKA_CLASS, CKA_DESTROYABLE, CKA_TOKEN, CKR_ACTION_PROHIBITED,
    CKR_GENERAL_ERROR, CKR_SESSION_READ_ONLY,
};
use hsm_algorithms::attributes::{AttributeRow, attributes_of};
use hsm_algorithms::{AttributeValue, Attributes};
use hsm_proto::attribute_reading::Absence;
use hsm_proto::attributes::to_wire;
use hsm_proto::{
    CopyObjectRequest, CreateObjectRequest, DestroyObjectsRequest, FindObjectsRequest, ObjectInfo,
    ReadAttributesRequest, WriteAttributesRequest,
};

use crate::abi::{OutputArray, Place, Reading, Template};
use crate::built_in;
use crate::errors::{Failure, Result};
use crate::library::Library;
use crate::module::Module;
use crate::objects::{FACT_ATTRIBUTES, Facts, Object};
use crate::operation::Cancel;
use crate::sessions::Session;

/// `C_CreateObject`.
pub(crate) fn create(
    library: &Library,
    session: CK_SESSION_HANDLE,
    template: &Template<'_>,
    handle: &Place<'_, CK_OBJECT_HANDLE>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    handle.check()?;
    handle.write(new_object(&module, &session, template, |template| {
        let mut reply = module.ask(CreateObjectRequest {
            partition: session.slot.partition(),
            template: to_wire(template),
        })?;
        Ok(reply.object.take())
    })?)
}

/// `C_CopyObject`.
pub(crate) fn copy(
    library: &Library,
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
    template: &Template<'_>,
    handle: &Place<'_, CK_OBJECT_HANDLE>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    handle.check()?;
    let object = module.object(&session, object)?;
    let template = template.attributes()?;
    let is_token_object = match template.flag(CKA_TOKEN) {
        Some(is_token_object) => is_token_object,
        None => module.facts(&session, &object)?.is_token_object() == Some(true),
    };
    if is_token_object && !session.kind.is_read_write {
        return Err(CKR_SESSION_READ_ONLY.into());
    }
    let copy = module.ask(CopyObjectRequest {
        partition: session.slot.partition(),
        object: object.id.to_vec(),
        template: to_wire(template),
    });
    let mut reply = copy.map_err(|failure| module.after_failure(&object, failure))?;
    handle.write(made(
        &module,
        &session,
        reply.object.take(),
        is_token_object,
    )?)
}

/// Whether a template asks for a token object, and the session may make what it asks for.
///
/// # Errors
///
/// `CKR_SESSION_READ_ONLY`.
pub(crate) fn may_make(session: &Session, template: &Attributes) -> Result<bool> {
    let is_token_object = template.is_set(CKA_TOKEN);
    if is_token_object && !session.kind.is_read_write {
        Err(CKR_SESSION_READ_ONLY.into())
    } else {
        Ok(is_token_object)
    }
}

/// The handle of a new object; a session object will go with the session that made it.
pub(crate) fn made(
    module: &Module,
    session: &Session,
    object: Option<ObjectInfo>,
    is_token_object: bool,
) -> Result<CK_OBJECT_HANDLE> {
    let (handle, id) = module.handle(&session.slot, object)?;
    if !is_token_object {
        session.made(id);
    }
    Ok(handle)
}

/// The handle of the object that `ask` makes by this template.
pub(super) fn new_object(
    module: &Module,
    session: &Session,
    template: &Template<'_>,
    ask: impl FnOnce(Attributes) -> Result<Option<ObjectInfo>>,
) -> Result<CK_OBJECT_HANDLE> {
    let template = template.attributes()?;
    let is_token_object = may_make(session, &template)?;
    made(module, session, ask(template)?, is_token_object)
}

/// `C_DestroyObject`.
pub(crate) fn destroy(
    library: &Library,
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    let object = module.object(&session, object)?;
    must_be_writable(&module, &session, &object)?;
    // The daemon lets every session object go, because it has to when the session ends.
    if module.facts(&session, &object)?.flag(CKA_DESTROYABLE) == Some(false) {
        return Err(CKR_ACTION_PROHIBITED.into());
    }
    let destroyed = module.ask(DestroyObjectsRequest {
        partition: session.slot.partition(),
        objects: vec![object.id.to_vec()],
    });
    destroyed.map_err(|failure| module.after_failure(&object, failure))?;
    module.objects.remove(&object.id);
    Ok(())
}

/// `C_GetObjectSize`: the bytes of its attributes as an application would read them, secrets left out. What an object
/// takes in the daemon is of no use to anybody.
pub(crate) fn size(
    library: &Library,
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
    size: &Place<'_, CK_ULONG>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    let object = module.any_object(&session, object)?;
    size.check()?;
    if let Some(attributes) = built_in::attributes(&object.id) {
        let bytes = attributes
            .iter()
            .map(|(_, value)| size_of::<CK_ATTRIBUTE>() + value_bytes(value));
        return size.write(bytes.sum::<usize>() as CK_ULONG);
    }
    let facts = module.facts(&session, &object)?;
    let class = facts.class().unwrap_or(CK_UNAVAILABLE_INFORMATION);
    let types = attributes_of(class, facts.key_type())
        .filter(|(_, attribute_use)| !attribute_use.is_secret())
        .map(|(row, _)| row.attribute)
        .collect();
    let answers = ask_for(&module, &session, &object, types)?;
    let bytes = answers.values().map(|answer| match answer {
        Answer::Value(value) => size_of::<CK_ATTRIBUTE>() + value_bytes(value),
        Answer::Sensitive => 0,
    });
    size.write(bytes.sum::<usize>() as CK_ULONG)
}

fn value_bytes(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::Flag(_) => size_of::<CK_BBOOL>(),
        AttributeValue::Number(_) => size_of::<CK_ULONG>(),
        AttributeValue::Bytes(bytes) => bytes.len(),
        AttributeValue::Numbers(numbers) => numbers.len() * size_of::<CK_ULONG>(),
        AttributeValue::Template(template) => template
            .iter()
            .map(|(_, value)| size_of::<CK_ATTRIBUTE>() + value_bytes(value))
            .sum(),
    }
}

/// `C_GetAttributeValue`. Needs a request only for attributes that can change or were never told.
pub(crate) fn read_attributes(
    library: &Library,
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
    template: &Template<'_>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    let object = module.any_object(&session, object)?;
    if let Some(attributes) = built_in::attributes(&object.id) {
        return template.write(|attribute| match attributes.get(attribute) {
            Some(value) => Reading::Value(value),
            None => Reading::Absent,
        });
    }
    let facts = object.facts();
    let known = |attribute| facts.as_ref().and_then(|facts| facts.fixed(attribute));
    let mut missing = template.types()?;
    missing
        .retain(|attribute| AttributeRow::of(*attribute).is_some() && known(*attribute).is_none());
    missing.sort_unstable();
    missing.dedup();
    let read = if missing.is_empty() {
        BTreeMap::new()
    } else {
        ask_for(&module, &session, &object, missing)?
    };
    template.write(|attribute| match (known(attribute), read.get(&attribute)) {
        (Some(value), _) | (None, Some(Answer::Value(value))) => Reading::Value(value),
        (None, Some(Answer::Sensitive)) => Reading::Sensitive,
        (None, None) => Reading::Absent,
    })
}

enum Answer {
    Value(AttributeValue),
    Sensitive,
}

/// What the daemon says about attributes of an object; those that it does not have are not in it.
fn ask_for(
    module: &Module,
    session: &Session,
    object: &Object,
    types: Vec<u64>,
) -> Result<BTreeMap<u64, Answer>> {
    let reply = module.ask(ReadAttributesRequest {
        partition: session.slot.partition(),
        object: object.id.to_vec(),
        types: types.clone(),
    });
    let mut reply = reply.map_err(|failure| module.after_failure(object, failure))?;
    let mut answers = BTreeMap::new();
    for (asked, reading) in types.into_iter().zip(&mut reply.readings) {
        match (reading.absence(), reading.attribute.take()) {
            (Absence::Present, Some(attribute)) => {
                let attribute: Result<(u64, AttributeValue), _> = attribute.try_into();
                let (_, value) = attribute
                    .map_err(|error| Failure::because(CKR_GENERAL_ERROR, error.to_string()))?;
                answers.insert(asked, Answer::Value(value));
            }
            (Absence::Sensitive, _) => {
                answers.insert(asked, Answer::Sensitive);
            }
            (Absence::Present, None) | (Absence::TypeInvalid, _) => {}
        }
    }
    Ok(answers)
}

/// `C_SetAttributeValue`: all of the template, or nothing.
pub(crate) fn write_attributes(
    library: &Library,
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
    template: &Template<'_>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    let object = module.object(&session, object)?;
    let template = template.attributes()?;
    must_be_writable(&module, &session, &object)?;
    let changes_facts = FACT_ATTRIBUTES
        .iter()
        .any(|attribute| template.contains(*attribute));
    let written = module.ask(WriteAttributesRequest {
        partition: session.slot.partition(),
        object: object.id.to_vec(),
        template: to_wire(template),
    });
    written.map_err(|failure| module.after_failure(&object, failure))?;
    if changes_facts {
        object.forget_facts();
    }
    Ok(())
}

fn must_be_writable(module: &Module, session: &Session, object: &Object) -> Result {
    if !session.kind.is_read_write && module.facts(session, object)?.is_token_object() == Some(true)
    {
        return Err(CKR_SESSION_READ_ONLY.into());
    }
    Ok(())
}

/// A running search. Nothing is asked before the first `C_FindObjects`.
pub(crate) struct Search {
    /// What to look for; `None` when nothing can match.
    template: Option<Attributes>,
    /// Handles that are found and not yet told.
    found: VecDeque<CK_OBJECT_HANDLE>,
    /// The id after which the next page starts.
    after: Vec<u8>,
    page_length: u32,
    is_complete: bool,
}

/// Most searches are for one object: the first page is short, the next ones are longer and longer.
const FIRST_PAGE_LENGTH: u32 = 16;

/// `C_FindObjectsInit`. Needs no request.
pub(crate) fn find_init(
    library: &Library,
    session: CK_SESSION_HANDLE,
    template: &Template<'_>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    session.operations().search.begin(|| {
        let template = template.search()?;
        if let Some(template) = &template
            && built_in::is_class(template.number(CKA_CLASS))
        {
            return Search::of_built_in(&module, &session, template);
        }
        let is_complete = template.is_none();
        Ok(Search {
            template,
            found: VecDeque::new(),
            after: Vec::new(),
            page_length: FIRST_PAGE_LENGTH,
            is_complete,
        })
    })
}

/// `C_FindObjects`.
pub(crate) fn find(
    library: &Library,
    session: CK_SESSION_HANDLE,
    objects: OutputArray<'_, CK_OBJECT_HANDLE>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    let mut operations = session.operations();
    let search = operations.search.active()?;
    let room = objects.room()?;
    while search.found.len() < room && !search.is_complete {
        search.next_page(&module, &session, room)?;
    }
    let told: Vec<_> = search.found.drain(..room.min(search.found.len())).collect();
    objects.deliver(&told)
}

/// `C_FindObjectsFinal`.
pub(crate) fn find_final(library: &Library, session: CK_SESSION_HANDLE) -> Result {
    let session = library.session(session)?;
    let mut operations = session.operations();
    operations.search.active()?;
    operations.search.cancel();
    Ok(())
}

impl Search {
    fn of_built_in(module: &Module, session: &Session, template: &Attributes) -> Result<Self> {
        let handle = |id| {
            let facts = || Ok(Facts::new(Attributes::new()));
            module.objects.handle(session.slot.id, id, facts)
        };
        Ok(Self {
            template: None,
            found: built_in::find(&session.slot, template)
                .into_iter()
                .map(handle)
                .collect::<Result<_>>()?,
            after: Vec::new(),
            page_length: FIRST_PAGE_LENGTH,
            is_complete: true,
        })
    }

    fn next_page(&mut self, module: &Module, session: &Session, room: usize) -> Result {
        let longest = module.find_results_max()?;
        let wanted = u32::try_from(room - self.found.len()).unwrap_or(u32::MAX);
        let limit = self.page_length.max(wanted).min(longest);
        self.page_length = self.page_length.saturating_mul(4).min(longest);
        let mut reply = module.ask(FindObjectsRequest {
            partition: session.slot.partition(),
            template: self.template.clone().map(to_wire).unwrap_or_default(),
            after: self.after.clone(),
            limit,
        })?;
        // A page without objects is the last one, whatever it says: a search must end.
        self.is_complete = reply.is_last_page || reply.objects.is_empty();
        for object in std::mem::take(&mut reply.objects) {
            self.after.clone_from(&object.id);
            self.found
                .push_back(module.handle(&session.slot, Some(object))?.0);
        }
        Ok(())
    }
}
