//! The module under the tools and libraries that people use, unchanged.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod installation;
mod openssl_engine;
mod other_tools;
mod pkcs11_tool;
mod pkcs11_tool_tests;
mod private_daemon;
mod processes;
mod rust_client;
mod rust_client_objects;
mod softhsm_import;
mod softhsm_project;
mod softhsm_tool;
