//! The front door that speaks AWS's own protocols: KMS as JSON 1.1, and STS and IAM as forms with XML answers, all on one
//! listener, over HTTP/1.1 and HTTP/2.
//!
//! Requests, constraints and answers are made by the build from botocore's service model; `routes` has one file for each
//! operation, from the request to the operation and from its output to the answer.
#![forbid(unsafe_code)]

mod connection;
mod door;
mod errors;
mod listeners;
mod model;
mod newcomers;
mod query;
mod received;
mod reply;
mod routes;
mod sent;
mod shape;

pub use door::Door;
pub use listeners::{HttpsSource, Limits, Listeners};
