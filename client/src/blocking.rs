//! The blocking client: frames over a Unix socket or over mTLS, without a runtime and without a thread.
//!
//! A calling thread checks a connection out of a small pool and returns it with the reply, so there are as many
//! connections as threads that call at once. After a fork the child makes its own connections and its own application.

mod connection;
mod pool;
mod slot;

use std::{
    io, process,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;
use hsm_proto::{
    Call, ErrorCode, HelloRequest, Refusal, Reply, Request, frame::MESSAGE_BYTES_MAX,
    reply::Outcome,
};

use self::{pool::Pool, slot::Slot};
use crate::{
    Configuration, Endpoint, Error, application::Application, configuration::Environment,
    private_daemon, tls::Credentials,
};

/// A client of one daemon, or of several that serve the same keys. Threads share it by reference.
///
/// Logins and session objects belong to its [`Application`], which it makes with the first [`Client::call`].
pub struct Client {
    program: String,
    configuration: Configuration,
    credentials: Option<Arc<Credentials>>,
    process: ArcSwap<Process>,
    requests_sent: AtomicU64,
    applications_made: AtomicU64,
}

/// What one process must not share with another: a fork starts with a new one.
struct Process {
    id: u32,
    pool: Pool,
    application: Slot,
    /// Whether files that are passed with requests arrive, as far as is known.
    passes_files: AtomicBool,
}

impl Client {
    /// A client as `client.toml` and the environment say; with no configuration at all, of this user's private
    /// daemon, which is started if it does not run. `program` is what the audit log will call this program.
    ///
    /// # Errors
    ///
    /// When the configuration cannot be used, or the private daemon does not start.
    pub fn open(program: &str) -> Result<Self, Error> {
        match Configuration::find(&Environment::of_process())? {
            Some(configuration) => Self::new(program, configuration),
            None => Self::new(
                program,
                private_daemon::start(&private_daemon::directory()?)?,
            ),
        }
    }

    /// A client with this configuration. Reads the certificates; connects only when something is asked.
    ///
    /// # Errors
    ///
    /// When the configuration cannot be used.
    pub fn new(program: &str, configuration: Configuration) -> Result<Self, Error> {
        let needs_tls = configuration
            .endpoints
            .iter()
            .any(|endpoint| matches!(endpoint, Endpoint::Https { .. }));
        let credentials = needs_tls
            .then(|| Credentials::read(&configuration))
            .transpose()?
            .map(Arc::new);
        let process = ArcSwap::from_pointee(Process::new(&configuration, credentials.as_ref())?);
        Ok(Self {
            program: program.chars().take(PROGRAM_CHARACTERS_MAX).collect(),
            configuration,
            credentials,
            process,
            requests_sent: AtomicU64::new(0),
            applications_made: AtomicU64::new(0),
        })
    }

    /// A client with the same configuration and the same certificates, of which nothing is read again: for a forked child,
    /// which may have fewer rights to files than its parent had.
    ///
    /// # Errors
    ///
    /// When TLS cannot be set up.
    pub fn for_forked_child(&self) -> Result<Self, Error> {
        let process = Process::new(&self.configuration, self.credentials.as_ref())?;
        Ok(Self {
            program: self.program.clone(),
            configuration: self.configuration.clone(),
            credentials: self.credentials.clone(),
            process: ArcSwap::from_pointee(process),
            requests_sent: AtomicU64::new(0),
            applications_made: AtomicU64::new(0),
        })
    }

    /// Asks the daemon, as this client's application.
    ///
    /// # Errors
    ///
    /// [`Error::ApplicationLost`] when the daemon has forgotten the application. [`Error::ConnectionLost`] when the connection
    /// broke while waiting; requests whose repetition is harmless ([`Call::MAY_REPEAT`]) are sent again before, as often as there
    /// are addresses.
    pub fn call<C: Call>(&self, request: C) -> Result<C::Reply, Error> {
        self.call_within(request, self.configuration.request_timeout)
    }

    /// As [`Client::call`], waiting no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// As [`Client::call`]; and [`Error::TimedOut`].
    pub fn call_within<C: Call>(&self, request: C, timeout: Duration) -> Result<C::Reply, Error> {
        let process = self.process()?;
        let application = self.application_in(&process)?;
        self.call_of(&process, &application, request, timeout)
    }

    /// As [`Client::call`], as this application and no later one: for callers that must know which logins hold.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub fn call_in<C: Call>(
        &self,
        application: &Application,
        request: C,
    ) -> Result<C::Reply, Error> {
        let timeout = self.configuration.request_timeout;
        self.call_of(&*self.process()?, application, request, timeout)
    }

    fn call_of<C: Call>(
        &self,
        process: &Process,
        application: &Application,
        request: C,
        timeout: Duration,
    ) -> Result<C::Reply, Error> {
        let mut request: Request = request.into();
        request.application = application.secret().to_vec();
        let reply = self.exchange(
            process,
            &mut request,
            &Exchange::of::<C>(application, timeout),
        )?;
        if is_refused(&reply, ErrorCode::UnknownApplication) {
            process.application.forget(application);
            return Err(Error::ApplicationLost);
        }
        typed(reply)
    }

    /// Asks the daemon without an application: for [`StatusRequest`](hsm_proto::StatusRequest),
    /// [`InitializeRequest`](hsm_proto::InitializeRequest) and [`UnsealRequest`](hsm_proto::UnsealRequest).
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub fn call_without_application<C: Call>(&self, request: C) -> Result<C::Reply, Error> {
        let process = self.process()?;
        let exchange = Exchange {
            operation: C::NAME,
            may_repeat: C::MAY_REPEAT,
            timeout: self.configuration.request_timeout,
            message_bytes_max: MESSAGE_BYTES_MAX,
            memory_files: false,
        };
        typed(self.exchange(&process, &mut request.into(), &exchange)?)
    }

    /// The application, made by a Hello if there is none yet.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub fn application(&self) -> Result<Arc<Application>, Error> {
        self.application_in(&*self.process()?)
    }

    /// Forgets the application, so that the next call starts a new one without logins or session objects. The daemon
    /// ends the old one when nobody has used it for a while.
    pub fn forget_application(&self) {
        if let Ok(process) = self.process() {
            process.application.clear();
        }
    }

    /// How many requests were sent, for tests that count round trips.
    #[must_use]
    pub fn requests_sent(&self) -> u64 {
        self.requests_sent.load(Ordering::Relaxed)
    }

    /// The configuration in use.
    #[must_use]
    pub fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    fn application_in(&self, process: &Process) -> Result<Arc<Application>, Error> {
        process.application.get_or_make(|| {
            let hello = HelloRequest {
                program: self.program.clone(),
                process_id: process.id,
            };
            let exchange = Exchange {
                operation: HelloRequest::NAME,
                may_repeat: HelloRequest::MAY_REPEAT,
                timeout: self.configuration.request_timeout,
                message_bytes_max: MESSAGE_BYTES_MAX,
                memory_files: false,
            };
            let reply = typed(self.exchange(process, &mut hello.into(), &exchange)?)?;
            let number = self.applications_made.fetch_add(1, Ordering::Relaxed) + 1;
            Ok(Application::new(reply, number))
        })
    }

    /// Sends a request and waits for its reply, on a connection of the pool or on a new one.
    fn exchange(
        &self,
        process: &Process,
        request: &mut Request,
        exchange: &Exchange,
    ) -> Result<Reply, Error> {
        request.deadline_milliseconds =
            u32::try_from(exchange.timeout.as_millis()).unwrap_or(u32::MAX);
        let lost = |source| Error::ConnectionLost {
            operation: exchange.operation,
            source,
        };
        // Once more, and as often more as there are other addresses.
        let mut repeats_left = self.configuration.endpoints.len();
        let mut connection = process.pool.checkout()?;
        loop {
            self.requests_sent.fetch_add(1, Ordering::Relaxed);
            let may_pass_a_file =
                exchange.memory_files && process.passes_files.load(Ordering::Relaxed);
            let sent = connection.send(request, exchange.message_bytes_max, may_pass_a_file);
            let failure = match sent {
                Ok(()) => match connection.receive(exchange.operation, exchange.timeout) {
                    Ok(reply) => {
                        // Something between this program and the daemon does not pass files on: the daemon has refused
                        // the request, and gets it again without one.
                        let is_file_lost = connection.has_passed_a_file()
                            && is_refused(&reply, ErrorCode::MalformedRequest);
                        if is_file_lost {
                            process.passes_files.store(false, Ordering::Relaxed);
                            continue;
                        }
                        process.pool.give_back(connection);
                        return Ok(reply);
                    }
                    Err(Error::ConnectionLost { source, .. })
                        if exchange.may_repeat && repeats_left > 0 =>
                    {
                        source
                    }
                    Err(error) => {
                        if matches!(error, Error::TimedOut { .. } | Error::ConnectionLost { .. }) {
                            process.pool.avoid(connection.address);
                        }
                        return Err(error);
                    }
                },
                // The daemon cannot have acted on a frame that it never got whole, so any request may be sent again.
                Err(connection::SendError::Broken(source)) if repeats_left > 0 => source,
                Err(connection::SendError::Broken(source)) => return Err(lost(source)),
                Err(connection::SendError::Refused(error)) => {
                    process.pool.give_back(connection);
                    return Err(error);
                }
            };
            if failure.kind() == io::ErrorKind::InvalidData {
                return Err(lost(failure));
            }
            // The others have most likely broken too: the daemon restarted, or its network is gone.
            process.pool.avoid(connection.address);
            repeats_left -= 1;
            connection = process.pool.fresh()?;
        }
    }

    /// This process's connections. A forked child drops its copies of the parent's, which says nothing on the wire.
    fn process(&self) -> Result<arc_swap::Guard<Arc<Process>>, Error> {
        let process = self.process.load();
        if process.id == process::id() {
            return Ok(process);
        }
        drop(process);
        self.process.store(Arc::new(Process::new(
            &self.configuration,
            self.credentials.as_ref(),
        )?));
        Ok(self.process.load())
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Client")
            .field("program", &self.program)
            .finish_non_exhaustive()
    }
}

impl Process {
    fn new(
        configuration: &Configuration,
        credentials: Option<&Arc<Credentials>>,
    ) -> Result<Self, Error> {
        Ok(Self {
            id: process::id(),
            pool: Pool::new(configuration, credentials)?,
            application: Slot::default(),
            passes_files: AtomicBool::new(true),
        })
    }
}

/// How one exchange goes.
struct Exchange {
    operation: &'static str,
    may_repeat: bool,
    timeout: Duration,
    message_bytes_max: u32,
    /// Whether the daemon takes memory files.
    memory_files: bool,
}

impl Exchange {
    fn of<C: Call>(application: &Application, timeout: Duration) -> Self {
        Self {
            operation: C::NAME,
            may_repeat: C::MAY_REPEAT,
            timeout,
            message_bytes_max: application.limits().message_bytes_max,
            memory_files: application.limits().memory_files,
        }
    }
}

/// As many characters of a program's name as the contract takes bytes, if they are ASCII.
const PROGRAM_CHARACTERS_MAX: usize = 128;

fn is_refused(reply: &Reply, code: ErrorCode) -> bool {
    matches!(&reply.outcome, Some(Outcome::Error(error)) if error.code() == code)
}

fn typed<R: TryFrom<Reply, Error = Refusal>>(reply: Reply) -> Result<R, Error> {
    R::try_from(reply).map_err(|refusal| match refusal {
        Refusal::Error(error) => Error::Refused(error),
        Refusal::Unexpected { .. } => Error::Protocol(refusal.to_string()),
    })
}

#[cfg(test)]
mod tests;
