//! `libhsm_pkcs11.so`: PKCS#11 2.40, 3.0 and 3.2 in front of an hsmd daemon.
//!
//! Keys stay in the daemon. Everything that needs no secret happens here: sessions, running operations, digests,
//! verification and encryption with public keys, the hashing of what is to be signed. One signature is one request.
//!
//! [`abi`] speaks C, [`functions`] has one file for each chapter of the standard, in safe Rust. The module has no
//! threads of its own and no asynchronous runtime.

mod abi;
mod built_in;
mod daemon;
mod errors;
mod functions;
mod library;
mod log;
mod meanings;
mod module;
mod objects;
mod operation;
mod resumption;
mod sessions;
mod slots;
#[cfg(test)]
mod testing;
