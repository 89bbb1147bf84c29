//! The rules that every operation of a session keeps, whatever it computes (PKCS#11 3.2, section 5.8 and the text of
//! each function): one of a kind at a time; a length query and a buffer that is too small leave it as it was; every
//! other end of a final call, and every failure of an update, ends it.

use cryptoki_sys::{CKR_BUFFER_TOO_SMALL, CKR_OPERATION_ACTIVE, CKR_OPERATION_NOT_INITIALIZED};

use crate::abi::Delivery;
use crate::errors::{Failure, Result};

/// The place in a session for one kind of operation.
///
/// Boxed, so that a session without operations is small.
pub(crate) struct OperationSlot<T>(Option<Box<Running<T>>>);

struct Running<T> {
    operation: T,
    /// Whether a part has been given: from then on only parts and the final call may follow.
    is_in_parts: bool,
}

/// What can be done to an operation whatever it computes.
pub(crate) trait Cancel {
    /// Ends the operation without result; says whether one was running.
    fn cancel(&mut self) -> bool;

    /// Whether one is running.
    fn is_running(&self) -> bool;
}

impl<T> Cancel for OperationSlot<T> {
    fn cancel(&mut self) -> bool {
        self.0.take().is_some()
    }

    fn is_running(&self) -> bool {
        self.0.is_some()
    }
}

impl<T> Default for OperationSlot<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> OperationSlot<T> {
    /// Starts the operation that `begin` makes.
    ///
    /// # Errors
    ///
    /// `CKR_OPERATION_ACTIVE` when one is running, which goes on; and the errors of `begin`.
    pub(crate) fn begin(&mut self, begin: impl FnOnce() -> Result<T>) -> Result {
        if self.0.is_some() {
            return Err(CKR_OPERATION_ACTIVE.into());
        }
        self.0 = Some(Box::new(Running {
            operation: begin()?,
            is_in_parts: false,
        }));
        Ok(())
    }

    /// Gives the running operation a part. A failure ends it, but for a buffer that is too small; a length query
    /// leaves it as it was.
    ///
    /// # Errors
    ///
    /// `CKR_OPERATION_NOT_INITIALIZED` when none is running, and the errors of `update`.
    pub(crate) fn update(&mut self, update: impl FnOnce(&mut T) -> Result<Delivery>) -> Result {
        let running = self.running()?;
        match update(&mut running.operation) {
            Ok(Delivery::Delivered) => {
                running.is_in_parts = true;
                Ok(())
            }
            Ok(Delivery::LengthOnly) => Ok(()),
            Err(failure) => Err(self.after(failure)),
        }
    }

    /// Does all of the operation in one call.
    ///
    /// # Errors
    ///
    /// `CKR_OPERATION_NOT_INITIALIZED` when none is running; `CKR_OPERATION_ACTIVE` when it has had parts, which ends
    /// it; and the errors of `once`.
    pub(crate) fn once(&mut self, once: impl FnOnce(&mut T) -> Result<Delivery>) -> Result {
        if self.running()?.is_in_parts {
            self.0 = None;
            return Err(CKR_OPERATION_ACTIVE.into());
        }
        self.finish(once)
    }

    /// Ends the operation after its parts.
    ///
    /// # Errors
    ///
    /// `CKR_OPERATION_NOT_INITIALIZED` when none is running, and the errors of `finish`.
    pub(crate) fn finish(&mut self, finish: impl FnOnce(&mut T) -> Result<Delivery>) -> Result {
        match finish(&mut self.running()?.operation) {
            Ok(Delivery::Delivered) => {
                self.0 = None;
                Ok(())
            }
            Ok(Delivery::LengthOnly) => Ok(()),
            Err(failure) => Err(self.after(failure)),
        }
    }

    /// The running operation.
    ///
    /// # Errors
    ///
    /// `CKR_OPERATION_NOT_INITIALIZED` when none is running.
    pub(crate) fn active(&mut self) -> Result<&mut T> {
        self.running().map(|running| &mut running.operation)
    }

    fn running(&mut self) -> Result<&mut Running<T>> {
        self.0
            .as_deref_mut()
            .ok_or_else(|| CKR_OPERATION_NOT_INITIALIZED.into())
    }

    fn after(&mut self, failure: Failure) -> Failure {
        if failure.value() != CKR_BUFFER_TOO_SMALL {
            self.0 = None;
        }
        failure
    }
}

/// A process that computes any number of messages one after another with one key (PKCS#11 3.2, sections 5.9, 5.11, 5.13
/// and 5.15). It goes on whatever becomes of a message, until its final call.
pub(crate) struct Messages<T> {
    process: T,
    /// Whether a message has begun and not ended.
    is_in_message: bool,
}

impl<T> Messages<T> {
    /// A process that has had no message.
    pub(crate) fn new(process: T) -> Self {
        Self {
            process,
            is_in_message: false,
        }
    }

    /// What computes the messages.
    pub(crate) fn process(&self) -> &T {
        &self.process
    }

    /// A message in one call.
    ///
    /// # Errors
    ///
    /// `CKR_OPERATION_ACTIVE` while another one is under way, which goes on; and the errors of `whole`.
    pub(crate) fn whole(&mut self, whole: impl FnOnce(&mut T) -> Result<Delivery>) -> Result {
        if self.is_in_message {
            return Err(CKR_OPERATION_ACTIVE.into());
        }
        whole(&mut self.process).map(|_| ())
    }

    /// Begins a message in parts.
    ///
    /// # Errors
    ///
    /// As for [`Messages::whole`].
    pub(crate) fn begin(&mut self, begin: impl FnOnce(&mut T) -> Result<()>) -> Result {
        if self.is_in_message {
            return Err(CKR_OPERATION_ACTIVE.into());
        }
        begin(&mut self.process)?;
        self.is_in_message = true;
        Ok(())
    }

    /// The next part, or the last one. A failure ends the message, but for a buffer that is too small; a length query
    /// leaves it as it was.
    ///
    /// # Errors
    ///
    /// `CKR_OPERATION_NOT_INITIALIZED` when no message has begun, and the errors of `next`.
    pub(crate) fn next(
        &mut self,
        is_last: bool,
        next: impl FnOnce(&mut T) -> Result<Delivery>,
    ) -> Result {
        if !self.is_in_message {
            return Err(CKR_OPERATION_NOT_INITIALIZED.into());
        }
        let result = next(&mut self.process);
        self.is_in_message = match &result {
            Ok(Delivery::Delivered) => !is_last,
            Ok(Delivery::LengthOnly) => true,
            Err(failure) => failure.value() == CKR_BUFFER_TOO_SMALL,
        };
        result.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use cryptoki_sys::{CK_RV, CKR_ARGUMENTS_BAD, CKR_OK};

    use super::*;

    type Step = fn(&mut u32) -> Result<Delivery>;
    const CALLS: [fn(&mut OperationSlot<u32>, Step) -> Result; 3] = [
        |slot, step| slot.once(step),
        |slot, step| slot.finish(step),
        |slot, step| slot.update(step),
    ];

    fn started() -> OperationSlot<u32> {
        let mut slot = OperationSlot::default();
        slot.begin(|| Ok(1)).unwrap();
        slot
    }

    fn value(result: Result) -> CK_RV {
        result.err().map_or(CKR_OK, |failure| failure.value())
    }

    #[test]
    fn only_one_of_a_kind_runs_and_the_first_goes_on() {
        let mut slot = started();
        assert_eq!(value(slot.begin(|| panic!("begun"))), CKR_OPERATION_ACTIVE);
        assert_eq!(*slot.active().unwrap(), 1);
    }

    #[test]
    fn success_ends_the_operation() {
        let mut slot = started();
        slot.once(|_| Ok(Delivery::Delivered)).unwrap();
        assert_eq!(
            value(slot.once(|_| panic!("run"))),
            CKR_OPERATION_NOT_INITIALIZED
        );
    }

    #[test]
    fn an_error_ends_the_operation() {
        for call in CALLS {
            let mut slot = started();
            assert_eq!(
                value(call(&mut slot, |_| Err(CKR_ARGUMENTS_BAD.into()))),
                CKR_ARGUMENTS_BAD
            );
            assert!(slot.active().is_err());
        }
    }

    #[test]
    fn a_length_query_and_a_short_buffer_leave_it_as_it_was() {
        for call in CALLS {
            let mut slot = started();
            call(&mut slot, |_| Ok(Delivery::LengthOnly)).unwrap();
            assert_eq!(
                value(call(&mut slot, |_| Err(CKR_BUFFER_TOO_SMALL.into()))),
                CKR_BUFFER_TOO_SMALL
            );
            slot.once(|_| Ok(Delivery::Delivered)).unwrap();
        }
    }

    #[test]
    fn a_process_outlives_its_messages_and_has_one_at_a_time() {
        let mut messages = Messages::new(1);
        let delivered = |_: &mut u32| Ok(Delivery::Delivered);
        assert_eq!(
            value(messages.next(true, |_| panic!("run"))),
            CKR_OPERATION_NOT_INITIALIZED
        );
        messages.whole(delivered).unwrap();
        messages.begin(|_| Ok(())).unwrap();
        assert_eq!(
            value(messages.whole(|_| panic!("run"))),
            CKR_OPERATION_ACTIVE
        );
        assert_eq!(
            value(messages.begin(|_| panic!("run"))),
            CKR_OPERATION_ACTIVE
        );
        messages.next(false, delivered).unwrap();
        messages.next(true, |_| Ok(Delivery::LengthOnly)).unwrap();
        let short = messages.next(true, |_| Err(CKR_BUFFER_TOO_SMALL.into()));
        assert_eq!(value(short), CKR_BUFFER_TOO_SMALL);
        messages.next(true, delivered).unwrap();
        messages.begin(|_| Ok(())).unwrap();
        let failed = messages.next(false, |_| Err(CKR_ARGUMENTS_BAD.into()));
        assert_eq!(value(failed), CKR_ARGUMENTS_BAD);
        messages.whole(delivered).unwrap();
    }

    #[test]
    fn a_call_for_everything_after_a_part_is_refused_and_ends_the_operation() {
        let mut slot = started();
        slot.update(|_| Ok(Delivery::Delivered)).unwrap();
        assert_eq!(value(slot.once(|_| panic!("run"))), CKR_OPERATION_ACTIVE);
        assert!(slot.active().is_err());
    }
}
