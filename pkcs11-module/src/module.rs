//! The module between `C_Initialize` and `C_Finalize`: sessions, objects, slots, and requests to the daemon.

use std::sync::Arc;

use cryptoki_sys::{
    CKR_ACTION_PROHIBITED, CKR_GENERAL_ERROR, CKR_OBJECT_HANDLE_INVALID,
    CKR_SESSION_HANDLE_INVALID, CKR_SLOT_ID_INVALID, CKR_TOKEN_NOT_RECOGNIZED,
};
use hsm_client::Error;
use hsm_proto::attribute_reading::Absence;
use hsm_proto::attributes::from_wire;
use hsm_proto::{
    Call, DestroyObjectsRequest, ListTokensRequest, LogoutRequest, ObjectInfo,
    ReadAttributesRequest, TokenInfo,
};
use parking_lot::{Condvar, Mutex};

use crate::abi::fork::ProcessMark;
use crate::built_in;
use crate::daemon::Daemon;
use crate::errors::{Failure, Result};
use crate::objects::{FACT_ATTRIBUTES, Facts, Object, ObjectId, Objects};
use crate::resumption::Resumption;
use crate::sessions::{Session, Sessions};
use crate::slots::{Role, Slot, Slots};

/// Room in a message for what goes with the input of an operation, in bytes.
const MESSAGE_OVERHEAD_BYTES: usize = 64 << 10;

/// Everything that the library knows and does in one process.
pub(crate) struct Module {
    /// Every open session.
    pub(crate) sessions: Sessions,
    /// Every object that has a handle.
    pub(crate) objects: Objects,
    /// Every slot that is known.
    pub(crate) slots: Slots,
    daemon: Daemon,
    process: ProcessMark,
    /// The number of the last application that was lost, with everything that hung on it.
    lost: Mutex<u64>,
    pub(crate) resumption: Resumption,
    has_ended: Mutex<bool>,
    end: Condvar,
}

impl Module {
    /// A module of this process, which uses `daemon`.
    pub(crate) fn new(daemon: Daemon) -> Self {
        Self {
            sessions: Sessions::new(),
            objects: Objects::default(),
            slots: Slots::default(),
            daemon,
            process: ProcessMark::new(),
            lost: Mutex::new(0),
            resumption: Resumption::default(),
            has_ended: Mutex::new(false),
            end: Condvar::new(),
        }
    }

    /// The way to the daemon.
    pub(crate) fn daemon(&self) -> &Daemon {
        &self.daemon
    }

    /// Closes every session and wakes whoever waits in [`Module::wait_for_end`].
    pub(crate) fn end(&self) {
        *self.has_ended.lock() = true;
        self.end.notify_all();
        let sessions = self.sessions.remove_all(None);
        for session in &sessions {
            if self.close(session).is_err() {
                // The daemon cannot be reached; it forgets the application by itself.
                break;
            }
        }
    }

    /// Waits until [`Module::end`].
    pub(crate) fn wait_for_end(&self) {
        let mut has_ended = self.has_ended.lock();
        while !*has_ended {
            self.end.wait(&mut has_ended);
        }
    }

    /// Whether the calling process is the one that made the module, and not its child.
    pub(crate) fn is_of_this_process(&self) -> bool {
        self.process.is_of_this_process()
    }

    /// Asks the daemon on behalf of a session.
    ///
    /// # Errors
    ///
    /// `CKR_SESSION_HANDLE_INVALID` when the daemon was restarted, and with it every session is gone; and what
    /// [`Failure`] makes of the client's errors.
    pub(crate) fn ask<C: Call>(&self, call: C) -> Result<C::Reply> {
        if let Some(client) = self.daemon.resuming_client() {
            return self.ask_resuming(client, &call);
        }
        let standing = self.daemon.standing()?;
        match self.daemon.call(call) {
            Err(Error::ApplicationLost) => {
                self.forget_all(standing.application);
                Err(Error::ApplicationLost.into())
            }
            result => Ok(result?),
        }
    }

    /// Asks the daemon for something that needs no session: a restarted daemon is asked again.
    ///
    /// # Errors
    ///
    /// As for [`Module::ask`].
    pub(crate) fn ask_without_session<C: Call>(&self, call: C) -> Result<C::Reply> {
        match self.ask(call.clone()) {
            Err(failure) if failure.value() == CKR_SESSION_HANDLE_INVALID => self.ask(call),
            result => result,
        }
    }

    /// The longest input that fits into one request, in bytes.
    pub(crate) fn input_bytes_max(&self) -> Result<usize> {
        let message_bytes_max = self.daemon.standing()?.limits.message_bytes_max;
        Ok(usize::try_from(message_bytes_max)
            .unwrap_or(usize::MAX)
            .saturating_sub(MESSAGE_OVERHEAD_BYTES))
    }

    /// How many random bytes one request gives.
    pub(crate) fn random_bytes_max(&self) -> Result<u32> {
        Ok(self.daemon.standing()?.limits.random_bytes_max.max(1))
    }

    /// How many objects one request finds.
    pub(crate) fn find_results_max(&self) -> Result<u32> {
        Ok(self.daemon.standing()?.limits.find_results_max.max(1))
    }

    /// The tokens as they are now, by slot.
    pub(crate) fn tokens(&self) -> Result<Vec<TokenInfo>> {
        let mut reply = self.ask_without_session(ListTokensRequest {})?;
        let mut tokens = std::mem::take(&mut reply.tokens);
        tokens.sort_by_key(|token| token.slot);
        self.slots.update(&tokens);
        Ok(tokens)
    }

    /// The slot with this number.
    ///
    /// # Errors
    ///
    /// `CKR_SLOT_ID_INVALID` when the daemon does not show it either.
    pub(crate) fn slot(&self, id: u64) -> Result<Arc<Slot>> {
        if let Some(slot) = self.slots.get(id) {
            return Ok(slot);
        }
        self.tokens()?;
        self.slots.get(id).ok_or_else(|| CKR_SLOT_ID_INVALID.into())
    }

    /// The slot with this number, which has an initialised token.
    ///
    /// # Errors
    ///
    /// `CKR_SLOT_ID_INVALID` and `CKR_TOKEN_NOT_RECOGNIZED`.
    pub(crate) fn slot_with_token(&self, id: u64) -> Result<Arc<Slot>> {
        let slot = self.slot(id)?;
        if slot.is_initialized() {
            return Ok(slot);
        }
        self.tokens()?;
        if slot.is_initialized() {
            Ok(slot)
        } else {
            Err(CKR_TOKEN_NOT_RECOGNIZED.into())
        }
    }

    /// The object with this handle, in the token of this session; built-in ones are not there to be used or changed.
    ///
    /// # Errors
    ///
    /// `CKR_OBJECT_HANDLE_INVALID`; `CKR_ACTION_PROHIBITED` for one that is built in.
    pub(crate) fn object(&self, session: &Session, handle: u64) -> Result<Arc<Object>> {
        let object = self.any_object(session, handle)?;
        match built_in::attributes(&object.id) {
            None => Ok(object),
            Some(_) => Err(CKR_ACTION_PROHIBITED.into()),
        }
    }

    /// As [`Module::object`], with built-in objects.
    ///
    /// # Errors
    ///
    /// `CKR_OBJECT_HANDLE_INVALID`.
    pub(crate) fn any_object(&self, session: &Session, handle: u64) -> Result<Arc<Object>> {
        self.objects.get(session.slot.id, handle)
    }

    /// The handle of an object that the daemon told of.
    ///
    /// # Errors
    ///
    /// `CKR_GENERAL_ERROR` when what it told is not understood.
    pub(crate) fn handle(
        &self,
        slot: &Slot,
        object: Option<ObjectInfo>,
    ) -> Result<(u64, ObjectId)> {
        let mut object = object.ok_or_else(|| not_understood("the reply names no object"))?;
        let id = ObjectId::try_from(object.id.as_slice())
            .map_err(|_| not_understood("the reply names an object by an id of wrong length"))?;
        let facts = || from_wire(std::mem::take(&mut object.fixed_attributes)).map(Facts::new);
        let handle = self.objects.handle(slot.id, id, facts);
        Ok((
            handle.map_err(|error| not_understood(error.to_string()))?,
            id,
        ))
    }

    /// What there is to know about an object; asks for it if it was never told or is needed anew.
    ///
    /// # Errors
    ///
    /// As for [`Module::ask`]; `CKR_OBJECT_HANDLE_INVALID` when the object is gone.
    pub(crate) fn facts(&self, session: &Session, object: &Object) -> Result<Arc<Facts>> {
        match object.facts() {
            Some(facts) if facts.class().is_some() => Ok(facts),
            _ => self.ask_for_facts(session, object),
        }
    }

    /// The value of a flag that may have changed since the object was last looked at: what is known is good enough to
    /// go on, since the daemon has the last word, but not to refuse.
    pub(crate) fn confirmed_flag(
        &self,
        session: &Session,
        object: &Object,
        facts: &Facts,
        flag: u64,
    ) -> Result<bool> {
        match facts.flag(flag) {
            Some(true) => Ok(true),
            Some(false) | None => Ok(self.ask_for_facts(session, object)?.flag(flag) == Some(true)),
        }
    }

    /// What a failure of a request about `object` means; an object that turns out to be gone loses its handle.
    pub(crate) fn after_failure(&self, object: &Object, failure: Failure) -> Failure {
        if failure.value() == CKR_OBJECT_HANDLE_INVALID {
            self.objects.remove(&object.id);
        }
        failure
    }

    /// Ends a session that is out of the table: its objects go, and with a token's last session the login.
    ///
    /// # Errors
    ///
    /// As for [`Module::ask`]; the session is closed all the same.
    pub(crate) fn close(&self, session: &Session) -> Result {
        let slot = &session.slot;
        let mut objects = session.take_objects_made();
        objects.retain(|id| self.objects.knows(id));
        let destroyed = if objects.is_empty() {
            Ok(())
        } else {
            self.destroy(slot, &objects)
        };
        if !slot.session_closed(session.kind.is_read_write) || slot.role() == Role::Nobody {
            return destroyed;
        }
        let _alone = slot.login.lock();
        if slot.sessions_open() > 0 || slot.role() == Role::Nobody {
            return destroyed;
        }
        slot.set_role(Role::Nobody);
        self.objects.remove_private(slot.id);
        let logged_out = self
            .ask(LogoutRequest {
                partition: slot.partition(),
            })
            .map(|_| ());
        destroyed.and(logged_out)
    }

    fn destroy(&self, slot: &Slot, objects: &[ObjectId]) -> Result {
        for page in objects.chunks(DESTROYED_OBJECTS_MAX) {
            for id in page {
                self.objects.remove(id);
            }
            self.ask(DestroyObjectsRequest {
                partition: slot.partition(),
                objects: page.iter().map(|id| id.to_vec()).collect(),
            })?;
        }
        Ok(())
    }

    fn ask_for_facts(&self, session: &Session, object: &Object) -> Result<Arc<Facts>> {
        let mut reply = self
            .ask(ReadAttributesRequest {
                partition: session.slot.partition(),
                object: object.id.to_vec(),
                types: FACT_ATTRIBUTES.to_vec(),
            })
            .map_err(|failure| self.after_failure(object, failure))?;
        let present = reply
            .readings
            .iter_mut()
            .filter(|reading| reading.absence() == Absence::Present)
            .filter_map(|reading| reading.attribute.take())
            .collect();
        let attributes = from_wire(present).map_err(|error| not_understood(error.to_string()))?;
        let facts = Arc::new(Facts::new(attributes));
        object.learn(&facts);
        Ok(facts)
    }

    /// Forgets what hung on an application that the daemon does not know any more; once for each application.
    fn forget_all(&self, application: u64) {
        let mut lost = self.lost.lock();
        if *lost >= application {
            return;
        }
        *lost = application;
        self.forget_everything();
    }

    /// Forgets sessions, logins and handles.
    pub(crate) fn forget_everything(&self) {
        for session in self.sessions.remove_all(None) {
            session.slot.session_closed(session.kind.is_read_write);
        }
        for slot in self.slots.all() {
            slot.set_role(Role::Nobody);
        }
        self.objects.clear(None);
    }
}

fn not_understood(reason: impl Into<Box<str>>) -> Failure {
    Failure::because(CKR_GENERAL_ERROR, reason)
}

/// As many objects as the daemon destroys in one request.
const DESTROYED_OBJECTS_MAX: usize = 1_000;
