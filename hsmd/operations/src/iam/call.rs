//! From a row of the table to an operation.

use std::sync::Arc;

use hsmd_gate::{Action, Detail, Needs, Row};
use hsmd_identity::{Accounts, AwsPrincipal, Caller};
use hsmd_keys::AccountId;

use super::{Error, Members};
use crate::{Dependencies, Operation};

/// One call of IAM with its members.
pub trait Call: Sized + Send + Sync + 'static {
    /// What it gives.
    type Output: Send;

    /// The action that is asked for.
    fn action() -> &'static Action<()>;

    /// Reads its members.
    ///
    /// # Errors
    ///
    /// Those of a member that is missing or malformed.
    fn read(members: &dyn Members) -> Result<Self, Error>;

    /// The ARN that identity policies are asked about.
    fn resource(&self, account: AccountId, accounts: &Accounts) -> String;

    /// What the audit log says of its members.
    fn details(&self) -> Vec<(&'static str, Detail)>;

    /// Does it.
    fn perform(
        self,
        principal: &AwsPrincipal,
        accounts: &Accounts,
    ) -> impl Future<Output = Result<Self::Output, Error>> + Send;
}

/// A call on its way: what it asks of, found once.
pub struct Iam<C> {
    account: AccountId,
    resource: String,
    call: C,
}

impl<C: Call> Iam<C> {
    /// A call of the account of this principal.
    #[must_use]
    pub fn new(principal: &AwsPrincipal, accounts: &Accounts, call: C) -> Self {
        Self {
            account: principal.account,
            resource: call.resource(principal.account, accounts),
            call,
        }
    }
}

impl<C: Call> Operation for Iam<C> {
    type Permits = ();
    type Output = C::Output;
    type Error = Error;

    fn action() -> &'static Row {
        C::action().row()
    }

    fn needs(&self) -> Result<Needs<()>, Error> {
        let needs = Needs::aws_service(C::action()).with_resource(self.resource.clone());
        let details = self.call.details().into_iter();
        Ok(details.fold(needs, |needs, (name, detail)| {
            let needs = match (condition(name), &detail) {
                (Some(key), Detail::Text(arn)) => needs.with_condition(key, arn.clone()),
                _ => needs,
            };
            needs.with_detail(name, detail)
        }))
    }

    async fn execute(
        self,
        (): &(),
        caller: &Caller,
        with: &Dependencies,
    ) -> Result<C::Output, Error> {
        let principal = principal(caller)?;
        // What was authorized is what is changed.
        let is_same = principal.account == self.account
            && self.call.resource(self.account, &with.accounts) == self.resource;
        if !is_same {
            return Err(Error::ConcurrentModification);
        }
        self.call.perform(&principal, &with.accounts).await
    }
}

/// The condition key that has the value of this member.
fn condition(member: &str) -> Option<&'static str> {
    match member {
        "permissionsBoundary" => Some("iam:PermissionsBoundary"),
        "policyArn" => Some("iam:PolicyARN"),
        _ => None,
    }
}

/// Who the caller is. Only AWS principals are admitted to calls of IAM.
pub(crate) fn principal(caller: &Caller) -> Result<Arc<AwsPrincipal>, Error> {
    caller.aws().cloned().ok_or(Error::Unavailable)
}

/// Makes a struct and its [`Call`] of each row.
macro_rules! calls {
    ($($(#[$documentation:meta])* $call:ident -> $output:ty {
        action: $action:ident,
        members: { $($member:ident: $type:ty = $name:literal as $detail:literal),* $(,)? },
        resource: |$account:ident, $found:ident| $resource:expr,
        perform: |$principal:ident, $accounts:ident| $perform:expr,
    })+) => {
        $($(#[$documentation])*
        #[derive(Debug, Clone)]
        pub struct $call {
            $($member: $type,)*
        }

        impl $crate::iam::Call for $call {
            type Output = $output;

            fn action() -> &'static hsmd_gate::Action<()> {
                &hsmd_gate::actions::iam::$action
            }

            fn read(_members: &dyn $crate::iam::Members) -> Result<Self, $crate::iam::Error> {
                Ok(Self {
                    $($member: $crate::iam::Member::read(_members, $name)?,)*
                })
            }

            #[allow(unused_variables, reason = "not every row names all of its members in its resource")]
            fn resource(
                &self,
                $account: hsmd_keys::AccountId,
                $found: &hsmd_identity::Accounts,
            ) -> String {
                let Self { $($member),* } = self;
                $resource
            }

            fn details(&self) -> Vec<(&'static str, hsmd_gate::Detail)> {
                let details: Vec<(&'static str, Option<hsmd_gate::Detail>)> =
                    vec![$(($detail, $crate::iam::Member::detail(&self.$member))),*];
                let present = details.into_iter();
                present.filter_map(|(name, detail)| Some((name, detail?))).collect()
            }

            async fn perform(
                self,
                $principal: &hsmd_identity::AwsPrincipal,
                $accounts: &hsmd_identity::Accounts,
            ) -> Result<$output, $crate::iam::Error> {
                let Self { $($member),* } = self;
                $perform
            }
        })+
    };
}
pub(super) use calls;

/// The ARN of a user that is there, with its path; of one that is not, as if it had none.
pub(super) fn user_arn(account: AccountId, name: &str, accounts: &Accounts) -> String {
    let user = accounts.user(account, name);
    user.map_or_else(
        |_| format!("arn:aws:iam::{account}:user/{name}"),
        |user| user.arn(),
    )
}

/// The ARN of a role that is there, with its path; of one that is not, as if it had none.
pub(super) fn role_arn(account: AccountId, name: &str, accounts: &Accounts) -> String {
    let role = accounts.role(account, name);
    role.map_or_else(
        |_| format!("arn:aws:iam::{account}:role/{name}"),
        |role| role.arn(),
    )
}

/// The ARN that something new will have.
pub(super) fn new_arn(account: AccountId, kind: &str, path: Option<&str>, name: &str) -> String {
    let path = path.unwrap_or("/");
    format!("arn:aws:iam::{account}:{kind}{path}{name}")
}
