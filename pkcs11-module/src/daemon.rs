//! The module's way to the daemon, and what a failure on that way means to the application.

use std::path::PathBuf;
use std::sync::OnceLock;

use cryptoki_sys::{
    CKR_DATA_LEN_RANGE, CKR_DEVICE_ERROR, CKR_DEVICE_REMOVED, CKR_GENERAL_ERROR,
    CKR_SESSION_HANDLE_INVALID,
};
use hsm_client::blocking::Client;
use hsm_client::configuration::{Choice, Environment};
use hsm_client::{Configuration, Error, private_daemon};
use hsm_proto::{Call, Limits};
use parking_lot::Mutex;

use crate::errors::{Failure, Result};

/// The daemon that this process uses.
pub(crate) enum Daemon {
    /// The one that `client.toml` or the environment names.
    Configured(Client, Choice),
    /// Without any configuration: a private one of this user, started when it is first needed, and again when it has
    /// ended.
    Private(Private),
    /// None: a function that answers.
    #[cfg(test)]
    Fake(crate::testing::Fake),
}

/// A daemon that is started on demand.
pub(crate) struct Private {
    choice: Choice,
    /// What the environment said when the library was initialised.
    directory: PathBuf,
    client: OnceLock<Client>,
    starting: Mutex<()>,
}

impl Daemon {
    /// The daemon of this process's configuration. Connects to nothing and starts nothing yet.
    ///
    /// # Errors
    ///
    /// `CKR_GENERAL_ERROR` when the configuration cannot be used.
    pub(crate) fn find() -> Result<Self> {
        match Configuration::find(&Environment::of_process()).map_err(Error::from)? {
            Some(configuration) => {
                let client = Client::new(&program(), configuration)?;
                Ok(Self::Configured(client, Choice::of_process()))
            }
            None => Ok(Self::Private(Private::in_directory(
                private_daemon::directory()?,
                Choice::of_process(),
            ))),
        }
    }

    /// The daemon of a process whose parent used `parent`: the same, without reading files that the child perhaps may
    /// not read, unless the child's environment names another.
    ///
    /// # Errors
    ///
    /// As for [`Daemon::find`].
    pub(crate) fn find_in_child(parent: &Self) -> Result<Self> {
        match parent {
            Self::Configured(client, choice) if !choice.is_changed_by(&Choice::of_process()) => {
                Ok(Self::Configured(client.for_forked_child()?, choice.clone()))
            }
            Self::Private(Private {
                choice, directory, ..
            }) if !choice.is_changed_by(&Choice::of_process()) => Ok(Self::Private(
                Private::in_directory(directory.clone(), choice.clone()),
            )),
            _ => Self::find(),
        }
    }

    /// Sends a request and waits for its reply.
    ///
    /// # Errors
    ///
    /// What [`Failure`] makes of the client's errors. [`Error::ApplicationLost`] comes back as it is in the inner
    /// result, since it means more than a failure of this request.
    pub(crate) fn call<C: Call>(&self, call: C) -> Result<C::Reply, Error> {
        match self {
            Self::Configured(client, _) => client.call(call),
            Self::Private(private) => {
                let client = private.client()?;
                match client.call(call.clone()) {
                    Err(Error::Unreachable { .. }) => {
                        private.restart()?;
                        client.call(call)
                    }
                    result => result,
                }
            }
            #[cfg(test)]
            Self::Fake(fake) => fake.call(call),
        }
    }

    /// The client whose configuration says that logins are resumed when the daemon was restarted.
    pub(crate) fn resuming_client(&self) -> Option<&Client> {
        match self {
            Self::Configured(client, _) => client.configuration().resumes_logins.then_some(client),
            Self::Private(_) => None,
            #[cfg(test)]
            Self::Fake(_) => None,
        }
    }

    /// Whether it is one that the module starts for this user.
    pub(crate) const fn is_private(&self) -> bool {
        matches!(self, Self::Private(_))
    }

    /// What this process is to the daemon now.
    ///
    /// # Errors
    ///
    /// As for [`Daemon::call`].
    pub(crate) fn standing(&self) -> Result<Standing, Error> {
        let application = match self {
            Self::Configured(client, _) => client.application(),
            Self::Private(private) => match private.client()?.application() {
                Err(Error::Unreachable { .. }) => {
                    private.restart()?;
                    private.client()?.application()
                }
                result => result,
            },
            #[cfg(test)]
            Self::Fake(fake) => return fake.standing(),
        }?;
        Ok(Standing {
            application: application.number(),
            limits: *application.limits(),
        })
    }
}

/// What this process is to the daemon.
pub(crate) struct Standing {
    /// The number of the application: it grows whenever logins and session objects are lost.
    pub(crate) application: u64,
    /// What the daemon accepts.
    pub(crate) limits: Limits,
}

impl Private {
    fn in_directory(directory: PathBuf, choice: Choice) -> Self {
        Self {
            choice,
            directory,
            client: OnceLock::new(),
            starting: Mutex::default(),
        }
    }

    fn client(&self) -> Result<&Client, Error> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let _alone = self.starting.lock();
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = Client::new(&program(), private_daemon::start(&self.directory)?)?;
        Ok(self.client.get_or_init(|| client))
    }

    fn restart(&self) -> Result<(), Error> {
        let _alone = self.starting.lock();
        private_daemon::start(&self.directory).map(|_| ())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let value = match &error {
            Error::Refused(refusal) => return Self::refused(refusal),
            Error::ApplicationLost => CKR_SESSION_HANDLE_INVALID,
            Error::Unreachable { .. }
            | Error::ConnectionLost { .. }
            | Error::PrivateDaemon { .. } => CKR_DEVICE_REMOVED,
            Error::Tls { .. } | Error::TimedOut { .. } => CKR_DEVICE_ERROR,
            Error::TooLarge { .. } => CKR_DATA_LEN_RANGE,
            // The client may come to know more ways to fail; none of them can be the application's doing.
            Error::Configuration(_) | Error::Protocol(_) | _ => CKR_GENERAL_ERROR,
        };
        let mut reason = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(deeper) = source {
            reason = format!("{reason}: {deeper}");
            source = deeper.source();
        }
        if let Some(hint) = error.hint() {
            reason = format!("{reason} (hint: {hint})");
        }
        Self::because(value, reason)
    }
}

/// The name of the running program, for the daemon's audit log.
fn program() -> String {
    let path = std::env::current_exe().unwrap_or_default();
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
