//! What AWS policies decide, explained.

use hsm_proto::{
    ExplainPolicyReply, ExplainPolicyRequest, ExplainedGrant, ExplainedPermission, ExplainedPolicy,
    ExplainedStatement, NamedText,
};
use hsmd_operations::{Error, ExplainPolicy, Explained};

use super::{Route, wire};

impl Route for ExplainPolicyRequest {
    type Operation = ExplainPolicy;

    fn operation(self) -> Result<ExplainPolicy, Error> {
        let given = |text: String| (!text.is_empty()).then_some(text);
        Ok(ExplainPolicy {
            principal: self.principal,
            action: self.action,
            keys: self.keys,
            alias: given(self.alias),
            resource: given(self.resource),
            region: wire::region(&self.region)?,
            encryption_context: pairs(self.encryption_context),
            conditions: pairs(self.conditions),
            session_policies: self.session_policies,
            session_policy_arns: self.session_policy_arns,
            session_tags: pairs(self.session_tags),
        })
    }

    fn reply(explained: Explained) -> ExplainPolicyReply {
        let allowed = || "the request would be admitted".to_owned();
        let permissions = explained.permissions.into_iter();
        ExplainPolicyReply {
            is_allowed: explained.refusal.is_none(),
            outcome: explained.refusal.unwrap_or_else(allowed),
            permissions: permissions.map(permission).collect(),
        }
    }
}

fn pairs(named: Vec<NamedText>) -> Vec<(String, String)> {
    let pair = |NamedText { name, value }| (name, value);
    named.into_iter().map(pair).collect()
}

fn permission(explained: hsmd_operations::ExplainedPermission) -> ExplainedPermission {
    let policies = explained.policies.into_iter();
    let grants = explained.grants.into_iter();
    ExplainedPermission {
        permission: explained.permission,
        resource: explained.resource,
        is_allowed: explained.is_allowed,
        decision: explained.decision,
        policies: policies.map(policy).collect(),
        grants: grants
            .map(|(id, outcome)| ExplainedGrant { id, outcome })
            .collect(),
    }
}

fn policy(explained: hsmd_operations::ExplainedPolicy) -> ExplainedPolicy {
    let statements = explained.statements.into_iter();
    ExplainedPolicy {
        policy: explained.policy,
        statements: statements
            .map(|statement| ExplainedStatement {
                sid: statement.sid.unwrap_or_default(),
                applies: statement.applies,
                outcome: statement.outcome,
            })
            .collect(),
    }
}
