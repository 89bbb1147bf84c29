//! The shape of the source tree, held by tests: who may name whom, where `unsafe` may stand, how long a file may be.

mod dependencies;
mod documents;
mod sources;
