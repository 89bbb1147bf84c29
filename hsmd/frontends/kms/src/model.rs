//! The shapes of AWS KMS: requests, answers and enums, made by the build from `model/service-2.json`.
#![allow(
    dead_code,
    clippy::all,
    clippy::pedantic,
    reason = "generated; answers of another form of a call are not all made"
)]

include!(concat!(env!("OUT_DIR"), "/model.rs"));
