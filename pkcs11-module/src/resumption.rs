//! Going on after the daemon was restarted, where `resume_logins` in `client.toml` allows it.
//!
//! The daemon has forgotten the application, and with it logins and session objects. The module logs in again with the PINs
//! that it has kept, and sessions, running operations and handles of token objects go on. Session objects are gone.

use std::sync::atomic::{AtomicU64, Ordering};

use hsm_client::blocking::Client;
use hsm_client::{Application, Error};
use hsm_proto::{Call, ErrorCode, LoginRequest};
use parking_lot::Mutex;

use crate::errors::Result;
use crate::functions::sessions::login_role;
use crate::module::Module;
use crate::slots::Role;

/// How often one request follows a daemon that is restarted again and again.
const TRIES: u32 = 3;

/// The application whose logins the sessions have.
#[derive(Default)]
pub(crate) struct Resumption {
    application: AtomicU64,
    alone: Mutex<()>,
}

impl Module {
    /// Asks as the application that has this module's logins; a new one gets them first.
    ///
    /// # Errors
    ///
    /// As for [`Module::ask`]; `CKR_SESSION_HANDLE_INVALID` when the PIN is not the token's any more.
    pub(crate) fn ask_resuming<C: Call>(&self, client: &Client, call: &C) -> Result<C::Reply> {
        let mut tries = 0;
        loop {
            let application = client.application()?;
            let answer = self
                .log_in_again(client, &application)
                .and_then(|()| client.call_in(&application, call.clone()));
            match answer {
                Err(Error::ApplicationLost) if tries < TRIES && !self.sessions.is_empty() => {
                    tries += 1;
                }
                answer => return Ok(answer?),
            }
        }
    }

    /// Logs in to every token that somebody was logged in to, once for each application.
    fn log_in_again(&self, client: &Client, application: &Application) -> Result<(), Error> {
        let current = &self.resumption.application;
        let number = application.number();
        if current.load(Ordering::Acquire) == number {
            return Ok(());
        }
        let _alone = self.resumption.alone.lock();
        match current.load(Ordering::Acquire) {
            known if known == number => return Ok(()),
            // Another thread is ahead; the caller asks for the application again.
            known if known > number => return Err(Error::ApplicationLost),
            0 => {
                current.store(number, Ordering::Release);
                return Ok(());
            }
            _ => {}
        }
        self.objects.remove_session_objects();
        for slot in self.slots.all() {
            let role = slot.role();
            if role == Role::Nobody {
                continue;
            }
            let (user, pin) = slot.kept_pin().unwrap_or_default();
            let login = LoginRequest {
                partition: slot.partition(),
                role: login_role(role).into(),
                pin: pin.to_vec(),
                for_object: Vec::new(),
                user,
            };
            match client.call_in(application, login) {
                Ok(_) => {}
                Err(Error::Refused(refusal)) if refusal.code() == ErrorCode::AlreadyLoggedIn => {}
                Err(Error::Refused(_)) => {
                    // The PIN was changed: as without resumption.
                    self.forget_everything();
                    current.store(number, Ordering::Release);
                    return Err(Error::ApplicationLost);
                }
                // It was not carried out, or it may be: the next request tries again.
                Err(error) => return Err(error),
            }
        }
        current.store(number, Ordering::Release);
        Ok(())
    }
}
