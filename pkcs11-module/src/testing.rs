//! A daemon that is a function, for tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hsm_client::Error;
use hsm_client::blocking::Application;
use hsm_proto::{Call, Reply, Request, TokenInfo};

use crate::slots::{Slot, Slots};

/// Stands in for a daemon.
pub(crate) struct Fake;

/// A slot with an initialised token.
pub(crate) fn slot() -> Arc<Slot> {
    let slots = Slots::default();
    slots.update(&[TokenInfo {
        slot: 1,
        is_initialized: true,
        partition: vec![1; 16],
        ..TokenInfo::default()
    }]);
    slots.get(1).expect("it was just put there")
}

impl Fake {
    pub(crate) fn call<C: Call>(&self, call: C) -> Result<C::Reply, Error> {
        todo!()
    }
    pub(crate) fn application(&self) -> Arc<Application> {
        todo!()
    }
}
