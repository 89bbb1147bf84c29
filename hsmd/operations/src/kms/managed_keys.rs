//! AWS managed keys: `alias/aws/<service>` keys, which appear when their service first needs them.
//!
//! The account sees them and cannot change them: their policy lets its people use them through the service alone. They are
//! rotated every year.

use std::sync::Arc;

use hsmd_gate::aws::{KeyReference, Named};
use hsmd_gate::{Needs, Outcome, Permit, Row, actions, key_use};
use hsmd_identity::{AwsPrincipal, Caller, PrincipalKind};
use hsmd_keys::{Alias, Change, KeyManager, Origin, Rotation, Tenancy, alias_name};

use super::create_key::{CreateKey, KeyChoice};
use super::key::{DAY_MILLISECONDS, change, now, tenancy};
use super::{EnableKeyRotation, Error, objects};
use crate::road::Failure as _;
use crate::{Dependencies, Service};

/// A service with a key of its own in each account that uses it.
struct AwsService {
    /// What follows `alias/aws/`.
    alias: &'static str,
    /// What comes before `.amazonaws.com` in the service's name.
    principal: &'static str,
    /// What its key is for.
    protects: &'static str,
}

const fn service(
    alias: &'static str,
    principal: &'static str,
    protects: &'static str,
) -> AwsService {
    AwsService {
        alias,
        principal,
        protects,
    }
}

/// The services that have one.
const SERVICES: &[AwsService] = &[
    service("acm", "acm", "ACM private keys"),
    service("backup", "backup", "Backup data"),
    service("dynamodb", "dynamodb", "DynamoDB data"),
    service("ebs", "ec2", "EBS volumes"),
    service("elasticfilesystem", "elasticfilesystem", "EFS filesystems"),
    service("es", "es", "Elasticsearch data"),
    service("fsx", "fsx", "FSx resources"),
    service("glue", "glue", "Glue data"),
    service("kinesis", "kinesis", "Kinesis data"),
    service("lambda", "lambda", "Lambda environment variables"),
    service("rds", "rds", "RDS database volumes"),
    service("redshift", "redshift", "Redshift clusters"),
    service("s3", "s3", "S3 objects"),
    service("secretsmanager", "secretsmanager", "Secrets Manager data"),
    service("sns", "sns", "SNS data"),
    service("sqs", "sqs", "SQS data"),
    service("ssm", "ssm", "SSM parameters"),
    service("workspaces", "workspaces", "WorkSpace volumes"),
    service("xray", "xray", "X-Ray data"),
];

/// The names of their aliases, without `alias/`, which every account has, before its keys are there too.
pub(super) fn alias_names() -> impl Iterator<Item = String> {
    SERVICES.iter().map(AwsService::alias_name)
}

impl Service {
    /// Makes the AWS managed key that a request names and that is not there yet: when its service uses it, or anybody of the
    /// account asks to see it. Where it cannot be made, the request goes on and does not find it.
    pub(crate) async fn ensure_aws_managed_keys<P>(&self, caller: &Caller, needs: &Needs<P>) {
        let Some(principal) = caller.aws() else {
            return;
        };
        for reference in needs.key_references() {
            let Some(service) = service_of(reference, caller, principal) else {
                continue;
            };
            if !makes(needs.action(), principal, service) {
                continue;
            }
            if let Err(error) = self.ensure_aws_managed_key(caller, service).await {
                tracing::error!(%error, "an AWS managed key cannot be made");
            }
        }
    }

    async fn ensure_aws_managed_key(
        &self,
        caller: &Caller,
        service: &AwsService,
    ) -> Result<(), Error> {
        let with = self.dependencies();
        let Some(partition) = super::account_partition::partition(caller, with) else {
            return Ok(());
        };
        let is_there = || {
            let alias = with.repository.alias(partition.id, &service.alias_name());
            alias.is_some()
        };
        if is_there() {
            return Ok(());
        }
        let admitted = self.gate().admit_aws_managed_key(partition.id).await?;
        let made = service.make(admitted.permits(), with).await;
        let outcome = match &made {
            Ok(id) => Outcome::DoneWith(id),
            Err(error) => Outcome::Failed(error.name()),
        };
        self.gate()
            .conclude(admitted, outcome)
            .await
            .map_err(|_| hsmd_gate::Refusal::AuditUnavailable)?;
        match made {
            // Another request was faster.
            Err(_) if is_there() => Ok(()),
            made => made.map(drop),
        }
    }
}

/// The service whose key in the caller's account and Region is named.
fn service_of(
    reference: &KeyReference,
    caller: &Caller,
    principal: &AwsPrincipal,
) -> Option<&'static AwsService> {
    let name = alias_name(reference.alias()?)?.strip_prefix("aws/")?;
    if let Named::Arn {
        region, account, ..
    } = reference.named()
    {
        let here = &caller.aws_request()?.region;
        if region != here.as_str() || account != principal.account.as_str() {
            return None;
        }
    }
    SERVICES.iter().find(|service| service.alias == name)
}

/// Whether a request makes the key that it names: those who may not use it do not, but by `DescribeKey`.
fn makes(action: &'static Row, principal: &AwsPrincipal, service: &AwsService) -> bool {
    let is_the_service =
        principal.kind == PrincipalKind::Service && principal.name == service.principal();
    std::ptr::eq(action, actions::kms::DESCRIBE_KEY.row())
        || (is_the_service && action.is_use_of_keys())
}

impl AwsService {
    fn principal(&self) -> String {
        format!("{}.amazonaws.com", self.principal)
    }

    /// Without `alias/`.
    fn alias_name(&self) -> String {
        format!("aws/{}", self.alias)
    }

    /// Makes the key with its alias. Gives the id of its object.
    async fn make(
        &self,
        permit: &Permit<key_use::Create>,
        with: &Dependencies,
    ) -> Result<[u8; 16], Error> {
        let partition = permit.partition();
        let create = CreateKey {
            kind: KeyChoice::symmetric(Origin::AwsKms),
            description: format!(
                "Default key that protects my {} when no other key is defined",
                self.protects
            ),
            policy: Some(self.policy(tenancy(partition)?)),
            bypasses_lockout_check: true,
            tags: Vec::new(),
            is_multi_region: false,
        };
        let mut key = create.new_key(partition, with)?;
        if let Some(kms) = key.kms.as_mut().map(Arc::make_mut) {
            let period_days = EnableKeyRotation::PERIOD_DAYS_DEFAULT;
            kms.manager = KeyManager::Aws;
            kms.rotation = Some(Rotation {
                period_days,
                next_at_unix_milliseconds: now(with) + u64::from(period_days) * DAY_MILLISECONDS,
            });
        }
        let id = key.id;
        let alias = Alias {
            name: self.alias_name().into(),
            target: id,
            created_at_unix_milliseconds: now(with),
            updated_at_unix_milliseconds: now(with),
            revision: 0,
        };
        let made = create.with_material(key, permit, with).await?;
        let shown = objects::relabelled(made, &[Arc::new(alias.clone())]);
        let mut changes: Vec<_> = shown
            .into_iter()
            .map(Box::new)
            .map(Change::Insert)
            .collect();
        changes.push(Change::PutAlias(alias));
        change(with, partition, changes).await?;
        Ok(*id.as_bytes())
    }

    /// Who may use it: everybody in the account, through the service. The account may look at it.
    fn policy(&self, tenancy: &Tenancy) -> String {
        let Self {
            alias, principal, ..
        } = self;
        let (account, region, root) = (&tenancy.account, &tenancy.region, tenancy.root_arn());
        format!(
            r#"{{
  "Version" : "2012-10-17",
  "Id" : "auto-{alias}-1",
  "Statement" : [ {{
    "Sid" : "Allow access through {alias} for all principals in the account that are authorized to use {alias}",
    "Effect" : "Allow",
    "Principal" : {{
      "AWS" : "*"
    }},
    "Action" : [ "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey" ],
    "Resource" : "*",
    "Condition" : {{
      "StringEquals" : {{
        "kms:CallerAccount" : "{account}",
        "kms:ViaService" : "{principal}.{region}.amazonaws.com"
      }}
    }}
  }}, {{
    "Sid" : "Allow direct access to key metadata to the account",
    "Effect" : "Allow",
    "Principal" : {{
      "AWS" : "{root}"
    }},
    "Action" : [ "kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant" ],
    "Resource" : "*"
  }} ]
}}"#
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_is_one_and_every_alias_has_one_service() {
        let tenancy = Tenancy {
            account: "111122223333".parse().unwrap(),
            region: "us-east-1".parse().unwrap(),
        };
        let mut aliases: Vec<_> = SERVICES.iter().map(|service| service.alias).collect();
        aliases.sort_unstable();
        aliases.dedup();
        assert_eq!(aliases.len(), SERVICES.len());
        for service in SERVICES {
            let kind = hsmd_policy::PolicyKind::Key;
            let policy = hsmd_policy::StoredPolicy::parse(&service.policy(&tenancy), kind);
            assert!(policy.is_ok(), "{}", service.alias);
        }
    }
}
