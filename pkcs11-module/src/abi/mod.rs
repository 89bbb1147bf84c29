//! Everything that touches C: the exported functions, and the types that turn pointers and lengths into checked Rust
//! values. All `unsafe` of the module is in this folder, and nothing outside it sees a raw pointer.
//!
//! A wrapper such as [`Input`] or [`Template`] is made from a pointer by an `unsafe` constructor, in one line of the
//! table in [`entry_points`], and promises that the C caller keeps what the standard asks of it: memory that is as
//! long as it says, and stays put until the function returns. What a caller can get wrong without breaking that
//! promise (null, misaligned, absurdly long) is checked when the wrapper is read, and gives a return value.
#![expect(
    unsafe_code,
    reason = "the C boundary: every unsafe block of the module is in this folder"
)]

pub(crate) mod buffers;
pub(crate) mod entry_points;
pub(crate) mod fork;
mod guard;
pub(crate) mod interfaces;
#[cfg(test)]
pub(crate) mod lent;
pub(crate) mod message_parameters;
pub(crate) mod parameters;
pub(crate) mod templates;
mod trace;

pub(crate) use buffers::{Delivery, Input, Output, OutputArray, OutputList, Place};
pub(crate) use message_parameters::MessageParameter;
pub(crate) use parameters::{Mechanism, NewKey, Source};
pub(crate) use templates::{Reading, Template};
