//! STS and IAM: requests are forms with an `Action`, answers are XML.

mod form;
mod iam;
mod sts;
mod xml;

use hsmd_identity::sigv4::SignatureRefused;
use hsmd_identity::{AwsService, Caller};
use hsmd_operations::OpenDaemon;
use hsmd_operations::iam::Error;
use hyper::StatusCode;

use crate::errors::Problem;
use crate::reply::Reply;

pub(crate) use form::Form;

/// The type of answers.
const CONTENT_TYPE: &str = "text/xml";

/// Why a request of STS or IAM is not answered as it asks.
#[derive(Debug)]
pub(crate) struct QueryProblem {
    /// AWS's name of the error.
    pub(crate) code: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) message: String,
}

/// Answers a request of a known caller: the XML of the answer.
///
/// # Errors
///
/// As AWS names them.
pub(crate) async fn answer(
    daemon: &OpenDaemon,
    caller: &Caller,
    service: AwsService,
    form: &Form,
) -> Result<String, QueryProblem> {
    let action = form.value("Action").unwrap_or_default();
    let result = match service {
        AwsService::Iam => iam::answer(daemon, caller, action, form).await?,
        AwsService::Sts => sts::answer(daemon, caller, action, form).await?,
        AwsService::Kms => None,
    };
    let result = result.ok_or_else(|| {
        let version = form.value("Version").unwrap_or_default();
        QueryProblem {
            code: "InvalidAction",
            status: StatusCode::BAD_REQUEST,
            message: format!("Could not find operation {action} for version {version}"),
        }
    })?;
    let request_id = caller
        .aws_request()
        .map_or("", |request| request.request_id.as_str());
    Ok(xml::answer(service, action, &result, request_id))
}

/// An answer as HTTP carries it.
pub(crate) fn reply(
    service: AwsService,
    answer: Result<String, QueryProblem>,
    request_id: &str,
) -> Reply {
    let (status, body) = match answer {
        Ok(body) => (StatusCode::OK, body),
        Err(problem) => (problem.status, xml::error(service, &problem, request_id)),
    };
    Reply {
        status,
        content_type: CONTENT_TYPE,
        body: body.into_bytes(),
    }
}

impl From<Error> for QueryProblem {
    fn from(error: Error) -> Self {
        let code = error.code();
        let status = match code {
            "NoSuchEntity" => StatusCode::NOT_FOUND,
            "EntityAlreadyExists"
            | "DeleteConflict"
            | "LimitExceeded"
            | "ConcurrentModification" => StatusCode::CONFLICT,
            "AccessDenied" => StatusCode::FORBIDDEN,
            "ServiceFailure" => StatusCode::INTERNAL_SERVER_ERROR,
            "ServiceUnavailable" => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        };
        Self {
            code,
            status,
            message: error.to_string(),
        }
    }
}

impl From<SignatureRefused> for QueryProblem {
    fn from(refused: SignatureRefused) -> Self {
        let (code, status) = match &refused {
            SignatureRefused::Missing => ("MissingAuthenticationToken", StatusCode::FORBIDDEN),
            SignatureRefused::Incomplete { .. } => ("IncompleteSignature", StatusCode::BAD_REQUEST),
            SignatureRefused::UnknownCredentials => ("InvalidClientTokenId", StatusCode::FORBIDDEN),
            SignatureRefused::ExpiredCredentials => ("ExpiredToken", StatusCode::FORBIDDEN),
            SignatureRefused::WrongScope { .. }
            | SignatureRefused::WrongTime { .. }
            | SignatureRefused::DateNotInScope
            | SignatureRefused::HeaderNotSigned { .. }
            | SignatureRefused::DoesNotMatch => ("SignatureDoesNotMatch", StatusCode::FORBIDDEN),
        };
        Self {
            code,
            status,
            message: refused.to_string(),
        }
    }
}

/// What went wrong before it was clear what is asked, in the form of these services.
impl From<Problem> for QueryProblem {
    fn from(problem: Problem) -> Self {
        let (code, status, message) = problem.answer();
        Self {
            code,
            status,
            message,
        }
    }
}
