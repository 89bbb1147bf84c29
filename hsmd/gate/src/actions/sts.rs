//! The operations of STS: who the caller is, and temporary credentials.

use hsmd_keys::KeyUsage;

use super::aws::{Ask, AwsRow};
use super::{Action, Creates, Recording, Requirement, Row, aws_actions};
use crate::quotas::{Quota, QuotaGroup as Q};

/// They ask of no key.
const NO_KEYS: &[KeyUsage] = &[];

aws_actions! {
    /// Says who the caller is. Whoever has credentials may know it, whatever policies say.
    GET_CALLER_IDENTITY: (), Description { name: "sts:GetCallerIdentity", any_account, keys NO_KEYS, quota: Quota::In(Q::Sts),
        asks: &[], }
    /// Gives temporary credentials to a user, for what it may do anyway.
    GET_SESSION_TOKEN: (), Use { name: "sts:GetSessionToken", own_account, keys NO_KEYS, quota: Quota::In(Q::Sts),
        asks: &[], }
    /// Gives temporary credentials of a role, of any account, whose trust policy lets the caller in.
    ASSUME_ROLE: (), Use { name: "sts:AssumeRole", any_account, keys NO_KEYS, quota: Quota::In(Q::Sts),
        asks: &[Ask::Role("sts:AssumeRole")], }
}
