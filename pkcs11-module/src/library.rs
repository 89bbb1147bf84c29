//! The one static of the module, and the life of what hangs off it: from `C_Initialize` to `C_Finalize`, in one process.

use std::ops::Deref;
use std::sync::Arc;

use arc_swap::{ArcSwapOption, Guard};
use cryptoki_sys::{CKR_CRYPTOKI_ALREADY_INITIALIZED, CKR_CRYPTOKI_NOT_INITIALIZED};

use crate::daemon::Daemon;
use crate::errors::Result;
use crate::module::Module;
use crate::sessions::Session;

/// What the C functions work on.
pub(crate) static LIBRARY: Library = Library::new();

/// Holds a [`Module`] between `C_Initialize` and `C_Finalize`.
///
/// Nothing here waits: a child that was forked while another thread was anywhere in the module can start anew.
pub(crate) struct Library {
    current: ArcSwapOption<Module>,
}

impl Library {
    /// A library that is not initialised.
    pub(crate) const fn new() -> Self {
        Self {
            current: ArcSwapOption::const_empty(),
        }
    }

    /// Starts a module that uses the daemon which `find` gives.
    ///
    /// A forked child that inherited its parent's module starts one of its own, with a connection of its own; `find` is
    /// told the parent's daemon then.
    ///
    /// # Errors
    ///
    /// `CKR_CRYPTOKI_ALREADY_INITIALIZED`, also for the later one of two threads that race; and those of `find`.
    pub(crate) fn initialize(
        &self,
        find: impl FnOnce(Option<&Daemon>) -> Result<Daemon>,
    ) -> Result {
        let previous = self.current.load();
        if previous
            .as_ref()
            .is_some_and(|module| module.is_of_this_process())
        {
            return Err(CKR_CRYPTOKI_ALREADY_INITIALIZED.into());
        }
        let parents = previous.as_ref().map(|module| module.daemon());
        let module = Arc::new(Module::new(find(parents)?));
        let seen = self.current.compare_and_swap(&*previous, Some(module));
        if same(seen.as_ref(), previous.as_ref()) {
            Ok(())
        } else {
            Err(CKR_CRYPTOKI_ALREADY_INITIALIZED.into())
        }
    }

    /// Ends the module: closes every session, wakes whoever waits.
    ///
    /// # Errors
    ///
    /// `CKR_CRYPTOKI_NOT_INITIALIZED`, also for the later one of two threads that race.
    pub(crate) fn finalize(&self) -> Result {
        let module = self.module()?;
        let seen = self.current.compare_and_swap(&*module.0, None);
        if !same(seen.as_ref(), module.0.as_ref()) {
            return Err(CKR_CRYPTOKI_NOT_INITIALIZED.into());
        }
        module.end();
        Ok(())
    }

    /// The module of this process.
    ///
    /// # Errors
    ///
    /// `CKR_CRYPTOKI_NOT_INITIALIZED` before `C_Initialize`, after `C_Finalize`, and in a forked child.
    pub(crate) fn module(&self) -> Result<CurrentModule> {
        let current = self.current.load();
        if current
            .as_ref()
            .is_some_and(|module| module.is_of_this_process())
        {
            Ok(CurrentModule(current))
        } else {
            Err(CKR_CRYPTOKI_NOT_INITIALIZED.into())
        }
    }

    /// The session with this handle.
    ///
    /// # Errors
    ///
    /// Those of [`Library::module`], and `CKR_SESSION_HANDLE_INVALID`.
    pub(crate) fn session(&self, handle: u64) -> Result<Arc<Session>> {
        self.module()?.sessions.get(handle)
    }
}

fn same(one: Option<&Arc<Module>>, other: Option<&Arc<Module>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// A hold on the module for the duration of a call. It outlives a `C_Finalize` in another thread.
pub(crate) struct CurrentModule(Guard<Option<Arc<Module>>>);

impl Deref for CurrentModule {
    type Target = Module;

    fn deref(&self) -> &Module {
        self.0
            .as_ref()
            .expect("`Library::module` makes this only with a module")
    }
}
