//! From each request of the model to its operation, and from the operation's output to the answer. One file a call.
//!
//! A route takes its request apart without `..`, so that a member that a newer model brings is a compile error.

mod generate_random;

use hsmd_identity::Caller;
use hsmd_operations::{OpenDaemon, Operation, kms};
use serde::Serialize;
use serde_json::error::Category;

use crate::errors::Problem;
use crate::model::{self, Call};
use crate::shape::{Failures, Place, Shape};

/// A request that is answered by performing one operation.
pub(crate) trait Route: Shape<Value = Self> + Sized {
    /// The operation.
    type Operation: Operation<Error = kms::Error>;
    /// The answer; `()` for calls that answer nothing.
    type Response: Serialize;

    /// The operation that the request asks for.
    ///
    /// # Errors
    ///
    /// [`kms::Error::Validation`] for rules between members that the model does not state.
    fn operation(self) -> Result<Self::Operation, kms::Error>;

    /// The answer that tells what it gave.
    fn response(output: <Self::Operation as Operation>::Output) -> Self::Response;
}

/// Answers a call of a known caller, with a body.
pub(crate) async fn answer(
    daemon: &OpenDaemon,
    caller: &Caller,
    call: Call,
    body: &[u8],
) -> Result<Vec<u8>, Problem> {
    match call {
        Call::GenerateRandom => perform::<model::GenerateRandomRequest>(daemon, caller, body).await,
        _ => Err(Problem::UnknownOperation),
    }
}

/// Performs the one operation of a request.
async fn perform<R: Route>(
    daemon: &OpenDaemon,
    caller: &Caller,
    body: &[u8],
) -> Result<Vec<u8>, Problem> {
    let refuse = |error: &kms::Error| daemon.service.refuse::<R::Operation>(caller, error);
    let request =
        request::<R>(body).inspect_err(|_| refuse(&kms::Error::Validation(String::new())))?;
    let operation = request.operation().inspect_err(refuse)?;
    let output = daemon.service.perform(caller, operation).await?;
    // An answer without members is a body without a byte.
    if std::mem::size_of::<R::Response>() == 0 {
        return Ok(Vec::new());
    }
    serde_json::to_vec(&R::response(output)).map_err(|error| {
        tracing::error!(%error, "an answer cannot be written");
        Problem::Operation(kms::Error::Internal {
            task: "write the answer",
        })
    })
}

/// Reads a body and checks every constraint of the model.
fn request<R: Route>(body: &[u8]) -> Result<R, Problem> {
    // Clients send nothing where nothing is asked.
    let body = if body.is_empty() { &b"{}"[..] } else { body };
    let sent = serde_json::from_slice::<R::Sent>(body).map_err(|error| serialization(&error))?;
    let mut failures = Failures::default();
    let request = R::check(sent, &Place::TOP, &mut failures);
    match (request, failures.message()) {
        (Some(request), None) => Ok(request),
        (_, message) => Err(Problem::Constraints(message.unwrap_or_default())),
    }
}

/// What is wrong with the JSON, without the place in the text.
fn serialization(error: &serde_json::Error) -> Problem {
    match error.classify() {
        Category::Data => {
            let text = error.to_string();
            let end = text.rfind(" at line ").unwrap_or(text.len());
            Problem::Serialization(text[..end].to_owned())
        }
        Category::Syntax | Category::Eof | Category::Io => Problem::Serialization(String::new()),
    }
}
