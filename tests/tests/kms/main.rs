//! The AWS door, as clients of AWS meet it: requests written by hand, every operation of botocore's model with what its
//! constraints forbid, random requests, clients that behave badly, and the clients that people use.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod ciphertexts;
mod clients;
mod doors;
mod edge;
mod explain;
mod fuzz;
mod hostile;
mod hostile_http2;
mod imports;
mod lattice_cases;
mod model;
mod records;
mod rust_sdk;
mod walk;
mod wycheproof_cases;

use hsm_tests::signed;
