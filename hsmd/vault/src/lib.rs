//! Key material in locked memory, and the engines that compute with it.
#![forbid(unsafe_code)]

pub mod engines;
