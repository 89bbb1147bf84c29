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

    /// Ends the operation without result; says whether one was running.
    pub(crate) fn cancel(&mut self) -> bool {
        self.0.take().is_some()
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
    fn a_call_for_everything_after_a_part_is_refused_and_ends_the_operation() {
        let mut slot = started();
        slot.update(|_| Ok(Delivery::Delivered)).unwrap();
        assert_eq!(value(slot.once(|_| panic!("run"))), CKR_OPERATION_ACTIVE);
        assert!(slot.active().is_err());
    }
}
