//! Jobs: work that goes on while nobody waits. The front door keeps them, and their work travels the road by itself; that
//! one was started, and asked for, is recorded here.

use hsmd_gate::{Detail, Needs, Row, actions};
use hsmd_identity::Caller;

use crate::{Dependencies, Error, Operation};

/// Starts a job.
pub struct StartJob<S> {
    /// The operation that is its work; `None` when the request names none, or more than one.
    pub work: Option<&'static str>,
    /// Starts it and gives its number.
    pub start: S,
}

impl<S: FnOnce() -> Result<u64, Error> + Send + 'static> Operation for StartJob<S> {
    type Permits = ();
    type Output = u64;
    type Error = Error;

    fn action() -> &'static Row {
        actions::START_JOB.row()
    }

    fn needs(&self) -> Result<Needs<()>, Error> {
        let work = self.work.ok_or(Error::MalformedRequest { field: "work" })?;
        Ok(Needs::daemon(&actions::START_JOB).with_detail("work", Detail::Text(work.to_owned())))
    }

    async fn execute(self, (): &(), _: &Caller, _: &Dependencies) -> Result<u64, Error> {
        (self.start)()
    }
}

/// Asks for what a job gave.
pub struct FinishJob<F> {
    /// Waits for it; gives nothing when it is not done.
    pub finish: F,
}

impl<T, F> Operation for FinishJob<F>
where
    T: Send + 'static,
    F: Future<Output = Result<Option<T>, Error>> + Send + 'static,
{
    type Permits = ();
    type Output = Option<T>;
    type Error = Error;

    fn action() -> &'static Row {
        actions::FINISH_JOB.row()
    }

    fn needs(&self) -> Result<Needs<()>, Error> {
        Ok(Needs::daemon(&actions::FINISH_JOB))
    }

    async fn execute(self, (): &(), _: &Caller, _: &Dependencies) -> Result<Option<T>, Error> {
        self.finish.await
    }
}
