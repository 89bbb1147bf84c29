//! The AWS door, as clients of AWS meet it: requests written by hand, every operation of botocore's model with what its
//! constraints forbid, random requests, clients that behave badly, and the clients that people use.

mod clients;
mod doors;
mod edge;
mod fuzz;
mod hostile;
mod hostile_http2;
mod model;
mod walk;

use hsm_tests::signed;
