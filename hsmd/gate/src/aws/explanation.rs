//! Why a request of an AWS principal would be allowed or denied: the admission of one that is only supposed, with a trace of
//! each decision.

use std::cell::RefCell;
use std::time::Duration;

use hsmd_identity::AwsPrincipal;
use hsmd_keys::{RegionName, Repository};
use hsmd_policy::{CallerPolicies, ConditionKey, EncryptionContext, KeyName, Trace};

use super::admission::Admission;
use super::request::{AskedKey, AwsRequest};
use super::{AwsRefusal, KeyReference, Principals};
use crate::actions::aws::{Ask, AwsRow};
use crate::actions::{self, Row};

/// A request that nobody makes.
#[derive(Debug)]
pub struct Supposed {
    /// Who would make it.
    pub principal: AwsPrincipal,
    /// In which Region.
    pub region: RegionName,
    /// For what.
    pub action: SupposedAction,
    /// The keys that it would name, in the order in which the action takes them: one is enough where it takes two.
    pub keys: Vec<KeyReference>,
    /// The alias that it would name, with `alias/`.
    pub alias: Option<String>,
    /// The ARN of anything else that it would name.
    pub resource: Option<String>,
    /// What its ciphertexts would be bound to.
    pub encryption_context: EncryptionContext,
    /// Condition keys that it would have. Those of the principal, the Region and the key are added.
    pub conditions: Vec<(String, String)>,
}

/// What is supposed to be asked for: a row of the tables of AWS.
#[derive(Debug, Clone, Copy)]
pub struct SupposedAction {
    row: &'static Row,
    aws: &'static AwsRow,
}

/// What would become of a request, and why.
#[derive(Debug)]
pub struct Explanation {
    /// Each permission that was asked for, up to the first that is denied.
    pub asks: Vec<ExplainedAsk>,
    /// What the identity policies are called, in their order.
    pub policy_names: Vec<String>,
    /// Why it would be refused, by policies or by anything after them.
    pub refusal: Option<AwsRefusal>,
}

/// One permission that was asked for.
#[derive(Debug)]
pub struct ExplainedAsk {
    /// As policies write it.
    pub permission: String,
    /// The ARN that it was asked for.
    pub resource: String,
    /// What each policy and grant said.
    pub trace: Trace,
}

impl SupposedAction {
    /// The action with this name, or the one that needs the permission with this name, as `kms:ReEncryptFrom`. Without regard
    /// to case, as in policies.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        let rows = actions::kms::ALL
            .iter()
            .chain(actions::iam::ALL)
            .chain(actions::sts::ALL);
        let mut of_aws = rows.filter_map(|row| row.aws.as_ref().map(|aws| Self { row, aws }));
        let is_named = |action: &Self| action.row.name.eq_ignore_ascii_case(name);
        let asks = |action: &Self| {
            let mut permissions = action.aws.permissions();
            permissions.any(|asked| asked.eq_ignore_ascii_case(name))
        };
        let mut all = of_aws.clone();
        all.find(is_named).or_else(|| of_aws.find(asks))
    }

    /// How many keys it names.
    #[must_use]
    pub fn keys(self) -> usize {
        self.aws.keys().count()
    }

    /// Whether it names an alias.
    #[must_use]
    pub fn names_alias(self) -> bool {
        self.aws.asks.iter().any(|ask| matches!(ask, Ask::Alias(_)))
    }

    /// Whether policies do not decide on it alone, but a grant that it names.
    #[must_use]
    pub fn names_grant(self) -> bool {
        self.aws.asks.iter().any(|ask| matches!(ask, Ask::Grant(_)))
    }
}

impl Supposed {
    /// What would become of it, by what is stored now. Nothing is asked for by that, and nobody is let in.
    #[must_use]
    pub fn explained(
        &self,
        repository: &Repository,
        principals: &dyn Principals,
        now: Duration,
    ) -> Explanation {
        let request = self.request();
        let explained = RefCell::default();
        let admission = Admission {
            caller: None,
            principal: &self.principal,
            region: &self.region,
            action: self.action.row,
            row: self.action.aws,
            request: &request,
            repository,
            now,
            principals,
            explained: Some(&explained),
        };
        let identity = principals.identity_policies(&self.principal);
        let boundary = principals.boundary(&self.principal);
        let policies = CallerPolicies {
            identity: &identity,
            boundary: boundary.as_deref(),
            session: &self.principal.session_policies,
        };
        let decided = admission
            .resolve()
            .and_then(|subjects| admission.decide(&subjects, policies));
        Explanation {
            asks: explained.into_inner(),
            policy_names: principals.policy_names(&self.principal),
            refusal: decided.err(),
        }
    }

    fn request(&self) -> AwsRequest {
        let last = self.keys.len().saturating_sub(1);
        let keys = (0..self.action.keys()).filter_map(|position| {
            let reference = self.keys.get(position.min(last))?.clone();
            let key = AskedKey::new(reference);
            Some(key.with_encryption_context(self.encryption_context.clone()))
        });
        let said = self.conditions.iter();
        let mut conditions: Vec<(KeyName, Vec<String>)> = said
            .map(|(name, value)| (KeyName::parse(name), vec![value.clone()]))
            .collect();
        let region = KeyName::from(ConditionKey::AwsRequestedRegion);
        if conditions.iter().all(|(name, _)| *name != region) {
            conditions.push((region, vec![self.region.as_str().to_owned()]));
        }
        AwsRequest {
            keys: keys.collect(),
            alias: self.alias.clone(),
            resource: self.resource.clone(),
            conditions,
            ..AwsRequest::default()
        }
    }
}
