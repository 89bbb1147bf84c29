//! What conditions of policies may ask of a request: the values of the condition keys.

use std::time::Duration;

use hsm_algorithms::KmsKeySpec;
use hsmd_identity::{AwsPrincipal, Caller, PrincipalKind, Source};
use hsmd_keys::{Object, Partition, Repository};
use hsmd_policy::{ConditionKey, KeyName, RequestKeys};

use super::admission::ResolvedKey;
use super::request::{AskedKey, AwsRequest};
use crate::audit::record::push_time;

/// More aliases than a key may have make conditions on them allow nothing.
const ALIASES_MAX: usize = 50;

/// What holds for the whole request: who asks, when, and from where. Of one that is supposed alone, there is no caller.
pub(super) fn of_request(
    caller: Option<&Caller>,
    principal: &AwsPrincipal,
    request: &AwsRequest,
    now: Duration,
) -> RequestKeys {
    let mut keys = RequestKeys::new();
    let account = principal.account.as_str();
    keys.insert(
        ConditionKey::AwsPrincipalArn,
        principal.principal_arn().to_owned(),
    );
    keys.insert(ConditionKey::AwsPrincipalAccount, account.to_owned());
    keys.insert(ConditionKey::KmsCallerAccount, account.to_owned());
    let kind = match &principal.kind {
        PrincipalKind::Root => "Account",
        PrincipalKind::User => "User",
        PrincipalKind::AssumedRole { .. } => "AssumedRole",
        PrincipalKind::Service => "Service",
    };
    keys.insert(ConditionKey::AwsPrincipalType, kind);
    let is_service = principal.kind == PrincipalKind::Service;
    keys.insert_flag(ConditionKey::AwsPrincipalIsAwsService, is_service);
    if is_service {
        add_service(&mut keys, caller, principal);
    }
    keys.insert(ConditionKey::AwsUserId, principal.unique_id.clone());
    if principal.kind == PrincipalKind::User {
        keys.insert(ConditionKey::AwsUserName, principal.name.clone());
    }
    for (name, value) in &principal.tags {
        let name = KeyName::suffixed(ConditionKey::AwsPrincipalTag, name);
        keys.insert(name, value.clone());
    }
    if let Some(identity) = &principal.source_identity {
        keys.insert(ConditionKey::AwsSourceIdentity, identity.clone());
    }
    if let Some(Source::Network(address)) = caller.map(Caller::source) {
        keys.insert(ConditionKey::AwsSourceIp, address.ip().to_string());
    }
    if let Some(signed) = caller.and_then(Caller::aws_request) {
        keys.insert_flag(ConditionKey::AwsSecureTransport, signed.tls.is_some());
        keys.insert(
            ConditionKey::AwsRequestedRegion,
            signed.region.as_str().to_owned(),
        );
        if !signed.user_agent.is_empty() {
            keys.insert(ConditionKey::AwsUserAgent, signed.user_agent.clone());
        }
    }
    keys.insert(ConditionKey::AwsCurrentTime, time_text(now));
    keys.insert(ConditionKey::AwsEpochTime, now.as_secs().to_string());
    if let Some(issued_at) = principal.issued_at {
        keys.insert(ConditionKey::AwsTokenIssueTime, time_text(issued_at));
        keys.insert_flag(ConditionKey::AwsMultiFactorAuthPresent, false);
    }
    keys.insert_flag(ConditionKey::AwsViaAwsService, is_service);
    if caller.is_none() {
        // What is said of a request that is supposed counts, not what we suppose.
        for (name, _) in &request.conditions {
            keys.remove(name);
        }
    }
    for (name, values) in &request.conditions {
        keys.insert_all(name.clone(), values.iter().cloned());
    }
    keys
}

/// Adds what a service says that it acts for. It stands for the people of the account who use it.
fn add_service(keys: &mut RequestKeys, caller: Option<&Caller>, principal: &AwsPrincipal) {
    keys.insert(
        ConditionKey::AwsPrincipalServiceName,
        principal.name.clone(),
    );
    let Some(signed) = caller.and_then(Caller::aws_request) else {
        return;
    };
    let service = principal.name.strip_suffix(".amazonaws.com");
    let service = service.unwrap_or(&principal.name);
    let endpoint = format!("{service}.{}.amazonaws.com", signed.region);
    keys.insert(ConditionKey::KmsViaService, endpoint);
    if let Some(arn) = &signed.source_arn {
        keys.insert(ConditionKey::AwsSourceArn, arn.clone());
    }
    if let Some(account) = &signed.source_account {
        keys.insert(ConditionKey::AwsSourceAccount, account.clone());
    }
}

/// Adds what holds for the use of one key.
pub(super) fn add_key(
    keys: &mut RequestKeys,
    asked: Option<&AskedKey>,
    resolved: &ResolvedKey,
    repository: &Repository,
) {
    let ResolvedKey {
        object, partition, ..
    } = resolved;
    let Some(kms) = &object.kms else { return };
    let spec = object.spec.and_then(KmsKeySpec::of);
    if let Some(spec) = spec {
        keys.insert(ConditionKey::KmsKeySpec, spec.kms_name());
        keys.insert(ConditionKey::KmsCustomerMasterKeySpec, spec.kms_name());
    }
    keys.insert(ConditionKey::KmsKeyUsage, kms.usage.kms_name());
    keys.insert(
        ConditionKey::KmsCustomerMasterKeyUsage,
        kms.usage.kms_name(),
    );
    keys.insert(ConditionKey::KmsKeyOrigin, kms.origin.kms_name());
    keys.insert_flag(ConditionKey::KmsMultiRegion, kms.multi_region.is_some());
    if let (Some(regions), Some(tenancy)) = (&kms.multi_region, &partition.tenancy) {
        let is_primary = regions.primary == tenancy.region;
        let kind = if is_primary { "PRIMARY" } else { "REPLICA" };
        keys.insert(ConditionKey::KmsMultiRegionKeyType, kind);
    }
    if let Some(tenancy) = &partition.tenancy {
        keys.insert(
            ConditionKey::AwsResourceAccount,
            tenancy.account.as_str().to_owned(),
        );
    }
    for (name, value) in &kms.tags {
        let name = KeyName::suffixed(ConditionKey::AwsResourceTag, name);
        keys.insert(name, value.clone());
    }
    add_aliases(keys, object, partition, repository);
    let Some(asked) = asked else { return };
    if let Some(alias) = asked.reference.alias() {
        keys.insert(ConditionKey::KmsRequestAlias, alias.to_owned());
    }
    keys.insert_encryption_context(&asked.encryption_context);
    for (name, values) in &asked.conditions {
        keys.insert_all(name.clone(), values.iter().cloned());
    }
}

fn add_aliases(
    keys: &mut RequestKeys,
    object: &Object,
    partition: &Partition,
    repository: &Repository,
) {
    let aliases = repository.aliases_of(partition.id, object.id);
    if aliases.len() > ALIASES_MAX {
        keys.make_unusable(ConditionKey::KmsResourceAliases);
    } else if !aliases.is_empty() {
        keys.insert_all(
            ConditionKey::KmsResourceAliases,
            aliases.iter().map(|alias| alias.full_name()),
        );
    }
}

fn time_text(since_epoch: Duration) -> String {
    let mut text = String::with_capacity(27);
    push_time(&mut text, since_epoch);
    text
}
