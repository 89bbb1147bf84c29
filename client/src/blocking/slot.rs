//! Where a process keeps its application.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::{Error, application::Application};

/// Holds the application once there is one.
#[derive(Default)]
pub(super) struct Slot(Mutex<Option<Arc<Application>>>);

impl Slot {
    /// The application; threads that come while it is being made wait for it.
    pub(super) fn get_or_make(
        &self,
        make: impl FnOnce() -> Result<Application, Error>,
    ) -> Result<Arc<Application>, Error> {
        let mut slot = self.0.lock();
        if let Some(application) = &*slot {
            return Ok(Arc::clone(application));
        }
        let application = Arc::new(make()?);
        *slot = Some(Arc::clone(&application));
        Ok(application)
    }

    /// Forgets `application`, unless another thread has replaced it already.
    pub(super) fn forget(&self, application: &Application) {
        let mut slot = self.0.lock();
        if slot
            .as_ref()
            .is_some_and(|current| current.number() == application.number())
        {
            *slot = None;
        }
    }

    pub(super) fn clear(&self) {
        *self.0.lock() = None;
    }
}
