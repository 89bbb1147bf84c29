//! The calls of IAM: one line for what each answers.

use hsmd_identity::{
    AccessKey, AwsPrincipal, Caller, Entity, IamRole, NewAccessKey, PolicyUse, PolicyVersion, Tag,
    User,
};
use hsmd_operations::OpenDaemon;
use hsmd_operations::iam::{
    self, Call, CountedPolicy, Error, Iam, InlinePolicy, MarkedVersion, Page, Shown,
};
use secrecy::ExposeSecret;

use super::form::Form;
use super::xml::Xml;

/// Matches the name of a call, and writes what it gave.
macro_rules! answers {
    ($daemon:ident, $caller:ident, $action:ident, $form:ident; $($call:ident => $write:expr;)+) => {
        match $action {
            $(stringify!($call) => {
                let output = perform::<iam::$call>($daemon, $caller, $form).await?;
                let mut xml = Xml::default();
                let write: fn(&mut Xml, <iam::$call as Call>::Output) = $write;
                write(&mut xml, output);
                Ok(Some(xml))
            })+
            _ => Ok(None),
        }
    };
}

/// Answers a call. `None` if there is none of this name.
pub(super) async fn answer(
    daemon: &OpenDaemon,
    caller: &Caller,
    action: &str,
    form: &Form,
) -> Result<Option<Xml>, Error> {
    answers! { daemon, caller, action, form;
        CreateUser => |xml, made| xml.within("User", |xml| user(xml, &made));
        GetUser => |xml, shown| xml.within("User", |xml| match &shown {
            Shown::User(found) => user(xml, found),
            Shown::Root(principal) => root(xml, principal),
        });
        ListUsers => |xml, page| list(xml, "Users", page, |xml, found| {
            entity(xml, "User", &found.arn(), &found.entity);
        });
        UpdateUser => nothing;
        DeleteUser => nothing;
        TagUser => nothing;
        UntagUser => nothing;
        ListUserTags => |xml, page| list(xml, "Tags", page, tag);
        ListGroupsForUser => |xml, ()| empty(xml, "Groups");
        ListMFADevices => |xml, ()| empty(xml, "MFADevices");
        ListVirtualMFADevices => |xml, ()| empty(xml, "VirtualMFADevices");
        ListSigningCertificates => |xml, ()| empty(xml, "Certificates");
        ListSSHPublicKeys => |xml, ()| empty(xml, "SSHPublicKeys");
        ListServiceSpecificCredentials => |xml, ()| xml.within("ServiceSpecificCredentials", |_| {});
        GetLoginProfile => nothing;
        DeleteLoginProfile => nothing;
        ListGroups => |xml, ()| empty(xml, "Groups");
        ListInstanceProfiles => |xml, ()| empty(xml, "InstanceProfiles");
        ListAccountAliases => |xml, ()| empty(xml, "AccountAliases");

        CreateAccessKey => |xml, made| xml.within("AccessKey", |xml| new_access_key(xml, &made));
        ListAccessKeys => |xml, page| list(xml, "AccessKeyMetadata", page, |xml, key| access_key(xml, &key));
        UpdateAccessKey => nothing;
        DeleteAccessKey => nothing;
        GetAccessKeyLastUsed => last_used;

        PutUserPolicy => nothing;
        GetUserPolicy => |xml, policy| inline_policy(xml, "UserName", &policy);
        ListUserPolicies => names;
        DeleteUserPolicy => nothing;
        AttachUserPolicy => nothing;
        DetachUserPolicy => nothing;
        PutUserPermissionsBoundary => nothing;
        DeleteUserPermissionsBoundary => nothing;
        ListAttachedUserPolicies => |xml, page| list(xml, "AttachedPolicies", page, attached);

        CreateRole => |xml, made| xml.within("Role", |xml| {
            role(xml, &made);
            boundary_and_tags(xml, &made.entity);
        });
        GetRole => |xml, found| xml.within("Role", |xml| {
            role(xml, &found);
            boundary_and_tags(xml, &found.entity);
            session_maximum(xml, &found);
            xml.within("RoleLastUsed", |_| {});
        });
        ListRoles => |xml, page| list(xml, "Roles", page, |xml, found| {
            role(xml, &found);
            session_maximum(xml, &found);
        });
        UpdateRole => |xml, ()| xml.text("Updated", "true");
        UpdateRoleDescription => |xml, changed| xml.within("Role", |xml| role(xml, &changed));
        UpdateAssumeRolePolicy => nothing;
        DeleteRole => nothing;
        TagRole => nothing;
        UntagRole => nothing;
        ListRoleTags => |xml, page| list(xml, "Tags", page, tag);
        ListInstanceProfilesForRole => |xml, ()| empty(xml, "InstanceProfiles");

        PutRolePolicy => nothing;
        GetRolePolicy => |xml, policy| inline_policy(xml, "RoleName", &policy);
        ListRolePolicies => names;
        DeleteRolePolicy => nothing;
        AttachRolePolicy => nothing;
        DetachRolePolicy => nothing;
        PutRolePermissionsBoundary => nothing;
        DeleteRolePermissionsBoundary => nothing;
        ListAttachedRolePolicies => |xml, page| list(xml, "AttachedPolicies", page, attached);

        CreatePolicy => |xml, made| xml.within("Policy", |xml| {
            policy(xml, &made);
            tags(xml, &made.policy.tags);
        });
        GetPolicy => |xml, found| xml.within("Policy", |xml| {
            policy(xml, &found);
            if !found.policy.description.is_empty() {
                xml.text("Description", &found.policy.description);
            }
            xml.list("Tags", found.policy.tags.iter().cloned(), tag);
        });
        ListPolicies => |xml, page| list(xml, "Policies", page, |xml, found| policy(xml, &found));
        DeletePolicy => nothing;
        CreatePolicyVersion => |xml, made| xml.within("PolicyVersion", |xml| {
            version_name(xml, &made);
        });
        GetPolicyVersion => |xml, found| xml.within("PolicyVersion", |xml| {
            xml.policy("Document", &found.version.policy.text);
            version_name(xml, &found);
        });
        ListPolicyVersions => |xml, page| list(xml, "Versions", page, |xml, version| version_name(xml, &version));
        DeletePolicyVersion => nothing;
        SetDefaultPolicyVersion => nothing;
        ListEntitiesForPolicy => policy_uses;
        TagPolicy => nothing;
        UntagPolicy => nothing;
        ListPolicyTags => |xml, page| list(xml, "Tags", page, tag);
    }
}

/// Performs a call.
async fn perform<C: Call>(
    daemon: &OpenDaemon,
    caller: &Caller,
    form: &Form,
) -> Result<C::Output, Error> {
    let call = C::read(form).inspect_err(|error| daemon.service.refuse::<Iam<C>>(caller, error))?;
    let principal = caller.aws().ok_or(Error::Unavailable)?;
    let operation = Iam::new(principal, &daemon.accounts, call);
    daemon.service.perform(caller, operation).await
}

fn nothing(_: &mut Xml, (): ()) {}

fn empty(xml: &mut Xml, name: &str) {
    xml.within(name, |_| {});
    xml.text("IsTruncated", "false");
}

fn list<T>(xml: &mut Xml, name: &str, page: Page<T>, write: impl FnMut(&mut Xml, T)) {
    xml.list(name, page.items, write);
    end_of_page(xml, page.marker.as_deref());
}

/// A list of names, which have no elements of their own.
#[expect(clippy::needless_pass_by_value, reason = "as each writer of an answer")]
fn names(xml: &mut Xml, page: Page<String>) {
    xml.within("PolicyNames", |xml| {
        for name in &page.items {
            xml.text("member", name);
        }
    });
    end_of_page(xml, page.marker.as_deref());
}

fn end_of_page(xml: &mut Xml, marker: Option<&str>) {
    let is_truncated = if marker.is_some() { "true" } else { "false" };
    xml.text("IsTruncated", is_truncated);
    xml.optional("Marker", marker);
}

fn entity(xml: &mut Xml, kind: &str, arn: &str, entity: &Entity) {
    xml.text("Path", &entity.path);
    xml.text(&format!("{kind}Name"), &entity.name);
    xml.text(&format!("{kind}Id"), &entity.id);
    xml.text("Arn", arn);
    xml.moment("CreateDate", entity.created_at);
}

/// What only the answers about one user or role have.
fn boundary_and_tags(xml: &mut Xml, entity: &Entity) {
    if let Some(boundary) = &entity.boundary {
        xml.within("PermissionsBoundary", |xml| {
            xml.text("PermissionsBoundaryType", "Policy");
            xml.text("PermissionsBoundaryArn", boundary);
        });
    }
    tags(xml, &entity.tags);
}

fn user(xml: &mut Xml, user: &User) {
    entity(xml, "User", &user.arn(), &user.entity);
    boundary_and_tags(xml, &user.entity);
}

fn root(xml: &mut Xml, principal: &AwsPrincipal) {
    xml.text("UserId", &principal.unique_id);
    xml.text("Arn", &principal.arn);
    xml.moment("CreateDate", 0);
}

fn role(xml: &mut Xml, role: &IamRole) {
    entity(xml, "Role", &role.arn(), &role.entity);
    xml.policy("AssumeRolePolicyDocument", &role.trust.text);
    if !role.description.is_empty() {
        xml.text("Description", &role.description);
    }
}

fn session_maximum(xml: &mut Xml, role: &IamRole) {
    xml.text("MaxSessionDuration", &role.session_seconds_max.to_string());
}

fn tags(xml: &mut Xml, tags: &[Tag]) {
    if !tags.is_empty() {
        xml.list("Tags", tags.iter().cloned(), tag);
    }
}

fn tag(xml: &mut Xml, (key, value): Tag) {
    xml.text("Key", &key);
    xml.text("Value", &value);
}

fn access_key(xml: &mut Xml, key: &AccessKey) {
    xml.optional("UserName", key.user.as_deref());
    xml.text("AccessKeyId", &key.id);
    xml.text("Status", if key.is_active { "Active" } else { "Inactive" });
    xml.moment("CreateDate", key.created_at);
}

#[expect(
    clippy::disallowed_methods,
    reason = "the secret goes into the answer, which is for whoever asked for it"
)]
fn new_access_key(xml: &mut Xml, new: &NewAccessKey) {
    access_key(xml, &new.key);
    xml.text("SecretAccessKey", new.secret.expose_secret());
}

#[expect(clippy::needless_pass_by_value, reason = "as each writer of an answer")]
fn last_used(xml: &mut Xml, key: AccessKey) {
    xml.optional("UserName", key.user.as_deref());
    xml.within("AccessKeyLastUsed", |xml| {
        xml.text("ServiceName", "N/A");
        xml.text("Region", "N/A");
    });
}

fn inline_policy(xml: &mut Xml, holder: &str, policy: &InlinePolicy) {
    xml.text(holder, &policy.holder);
    xml.text("PolicyName", &policy.name);
    xml.policy("PolicyDocument", &policy.text);
}

fn attached(xml: &mut Xml, (name, arn): (String, String)) {
    xml.text("PolicyName", &name);
    xml.text("PolicyArn", &arn);
}

fn policy(xml: &mut Xml, counted: &CountedPolicy) {
    let policy = &counted.policy;
    xml.text("PolicyName", &policy.name);
    xml.text("PolicyId", &policy.id);
    xml.text("Arn", &policy.arn());
    xml.text("Path", &policy.path);
    xml.text("DefaultVersionId", &format!("v{}", policy.default_version));
    xml.text("AttachmentCount", &counted.attachments.to_string());
    xml.text(
        "PermissionsBoundaryUsageCount",
        &counted.bounded.to_string(),
    );
    xml.text("IsAttachable", "true");
    xml.moment("CreateDate", policy.created_at);
    xml.moment("UpdateDate", policy.updated_at);
}

fn version_name(xml: &mut Xml, marked: &MarkedVersion) {
    let PolicyVersion {
        number, created_at, ..
    } = &marked.version;
    xml.text("VersionId", &format!("v{number}"));
    let is_default = if marked.is_default { "true" } else { "false" };
    xml.text("IsDefaultVersion", is_default);
    xml.moment("CreateDate", *created_at);
}

#[expect(clippy::needless_pass_by_value, reason = "as each writer of an answer")]
fn policy_uses(xml: &mut Xml, page: Page<PolicyUse>) {
    xml.within("PolicyGroups", |_| {});
    for (list, kind, is_role) in [
        ("PolicyUsers", "User", false),
        ("PolicyRoles", "Role", true),
    ] {
        let of_kind = page.items.iter().filter(|one| one.is_role == is_role);
        xml.list(list, of_kind, |xml, PolicyUse { entity, .. }| {
            xml.text(&format!("{kind}Name"), &entity.name);
            xml.text(&format!("{kind}Id"), &entity.id);
        });
    }
    end_of_page(xml, page.marker.as_deref());
}
