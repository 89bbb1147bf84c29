//! A foreign C caller of the module.
