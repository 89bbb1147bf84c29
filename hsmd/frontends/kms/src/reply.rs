//! Answers as HTTP carries them.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde::Serialize;

use crate::errors::Problem;
use crate::model;

/// Where the request's id stands.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// An answer before its headers.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
}

/// An error's body.
#[derive(Serialize)]
struct ErrorBody<'a> {
    #[serde(rename = "__type")]
    code: &'a str,
    #[serde(rename = "message", skip_serializing_if = "Option::is_none")]
    modelled: Option<&'a str>,
    /// How the authorization layer spells it.
    #[serde(rename = "Message", skip_serializing_if = "Option::is_none")]
    authorization: Option<&'a str>,
}

impl Reply {
    /// A body that is JSON already; may be empty.
    pub(crate) fn json(body: Vec<u8>) -> Self {
        Self {
            status: StatusCode::OK,
            content_type: model::CONTENT_TYPE,
            body,
        }
    }

    /// What says what went wrong.
    pub(crate) fn problem(problem: &Problem) -> Self {
        let (code, status, message) = problem.answer();
        let is_authorization = code == "AccessDeniedException";
        let body = ErrorBody {
            code,
            modelled: (!is_authorization).then_some(message.as_str()),
            authorization: is_authorization.then_some(message.as_str()),
        };
        Self {
            status,
            content_type: model::CONTENT_TYPE,
            // Text can always be written as JSON.
            body: serde_json::to_vec(&body).unwrap_or_default(),
        }
    }

    /// With the headers that every answer has.
    pub(crate) fn into_response(self, request_id: &str) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(Bytes::from(self.body)));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        headers.insert(
            CACHE_CONTROL,
            HeaderValue::from_static("no-cache, no-store, must-revalidate, private"),
        );
        if let Ok(mut id) = HeaderValue::from_str(request_id) {
            // It never comes again: over HTTP/2 it takes no place in the table of headers.
            id.set_sensitive(true);
            headers.insert(REQUEST_ID, id);
        }
        response
    }
}
