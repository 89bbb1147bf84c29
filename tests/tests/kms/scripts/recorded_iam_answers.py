"""What AWS's IAM and STS were recorded to answer: codes, messages and members, word for word. Begins with recorded.py."""

import json
import os

import boto3

iam, sts = boto3.client("iam", config=SETTINGS), boto3.client("sts", config=SETTINGS)
ACCOUNT = os.environ["HSM_ACCOUNT_ID"]
POLICIES = f"arn:aws:iam::{ACCOUNT}:policy/"
SAMPLE = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"}]}
EC2 = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
USER = {"Arn", "CreateDate", "Path", "UserId", "UserName"}
ROLE = {"Arn", "AssumeRolePolicyDocument", "CreateDate", "Path", "RoleId", "RoleName"}
POLICY = {
    "Arn", "AttachmentCount", "CreateDate", "DefaultVersionId", "IsAttachable", "Path", "PermissionsBoundaryUsageCount",
    "PolicyId", "PolicyName", "UpdateDate",
}
TAG_CHARACTERS = r"satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+"


def users():
    for name, path in [("root-path", None), ("own-path", "/test-path/")]:
        request = {"UserName": name} | ({"Path": path} if path else {})
        made = members("CreateUser", iam.create_user(**request)["User"], USER)
        same("the user's ARN", made["Arn"], f"arn:aws:iam::{ACCOUNT}:user{path or '/'}{name}")
        members("GetUser", iam.get_user(UserName=name)["User"], USER)
    refused(
        "ValidationError", constraint("test", "pathPrefix", r"satisfy regular expression pattern: \u002F[\u0021-\u007F]*"),
        iam.list_users, PathPrefix="test",
    )
    for items, rule in [(0, "greater than or equal to 1"), (1001, "less than or equal to 1000")]:
        refused("ValidationError", constraint(items, "maxItems", f"have value {rule}"), iam.list_users, MaxItems=items)
    for prefix in ["/test-path/", "/test-pa"]:
        found = iam.list_users(PathPrefix=prefix)
        same("ListUsers", [user["UserName"] for user in found["Users"]], ["own-path"])
        same("ListUsers.IsTruncated", found["IsTruncated"], False)
    iam.update_user(UserName="own-path", NewUserName="renamed", NewPath="/new/")
    same("a renamed user", iam.get_user(UserName="renamed")["User"]["Arn"], f"arn:aws:iam::{ACCOUNT}:user/new/renamed")
    refused("EntityAlreadyExists", "User with name renamed already exists.", iam.create_user, UserName="renamed")
    missing = "The user with name nonexistent-user cannot be found."
    nobody = {"UserName": "nonexistent-user"}
    for call, request in [
        (iam.get_user, {}), (iam.update_user, {"NewPath": "/x/"}), (iam.delete_user, {}),
        (iam.create_access_key, {}), (iam.tag_user, {"Tags": [{"Key": "key", "Value": "value"}]}),
        (iam.untag_user, {"TagKeys": ["key"]}), (iam.list_user_tags, {}), (iam.list_groups_for_user, {}),
        (iam.list_mfa_devices, {}), (iam.list_ssh_public_keys, {}), (iam.list_signing_certificates, {}),
        (iam.list_service_specific_credentials, {}), (iam.delete_login_profile, {}),
    ]:
        refused("NoSuchEntity", missing, call, **nobody, **request)
    refused("NoSuchEntity", "The user with name own-path cannot be found.", iam.get_user, UserName="own-path")
    renamed = {"UserName": "renamed"}
    for call, member in [
        (iam.list_groups_for_user, "Groups"), (iam.list_mfa_devices, "MFADevices"), (iam.list_ssh_public_keys, "SSHPublicKeys"),
        (iam.list_signing_certificates, "Certificates"), (iam.list_service_specific_credentials, "ServiceSpecificCredentials"),
    ]:
        same(call.__name__, call(**renamed)[member], [])
    same("ListVirtualMFADevices", iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"], [])
    for call in [iam.get_login_profile, iam.delete_login_profile]:
        refused("NoSuchEntity", "Login Profile for User renamed cannot be found.", call, **renamed)
    for call, member in [
        (iam.list_groups, "Groups"), (iam.list_instance_profiles, "InstanceProfiles"), (iam.list_account_aliases, "AccountAliases"),
    ]:
        same(call.__name__, call()[member], [])
    arn = iam.create_policy(PolicyName="of-users", PolicyDocument=json.dumps(SAMPLE))["Policy"]["Arn"]
    refused(
        "NoSuchEntity", f"Policy {POLICIES}none does not exist or is not attachable.",
        iam.attach_user_policy, PolicyArn=POLICIES + "none", **renamed,
    )
    refused("NoSuchEntity", f"Policy {arn} was not found.", iam.detach_user_policy, PolicyArn=arn, **renamed)
    iam.attach_user_policy(PolicyArn=arn, **renamed)
    told = "Cannot delete entity, must detach all policies first."
    refused("DeleteConflict", told, iam.delete_user, **renamed)
    iam.detach_user_policy(PolicyArn=arn, **renamed)
    iam.put_user_policy(PolicyName="inline", PolicyDocument=json.dumps(SAMPLE), **renamed)
    inline = members("GetUserPolicy", iam.get_user_policy(PolicyName="inline", **renamed), {"PolicyDocument", "PolicyName", "UserName"})
    same("the inline policy", inline["PolicyDocument"], SAMPLE)
    refused("DeleteConflict", "Cannot delete entity, must delete policies first.", iam.delete_user, **renamed)
    iam.delete_user_policy(PolicyName="inline", **renamed)
    told = "The user policy with name inline cannot be found."
    refused("NoSuchEntity", told, iam.get_user_policy, PolicyName="inline", **renamed)
    iam.delete_user(**renamed)


def access_keys():
    user = {"UserName": "keys"}
    iam.create_user(**user)
    same("no access keys", iam.list_access_keys(**user)["AccessKeyMetadata"], [])
    made = iam.create_access_key(**user)["AccessKey"]
    told = {"AccessKeyId", "CreateDate", "Status", "UserName"}
    members("CreateAccessKey", dict(made), told | {"SecretAccessKey"})
    key = {"AccessKeyId": made["AccessKeyId"]}
    members("ListAccessKeys", iam.list_access_keys(**user)["AccessKeyMetadata"][0], told)
    unused = members("GetAccessKeyLastUsed", iam.get_access_key_last_used(**key), {"AccessKeyLastUsed", "UserName"})
    same("a key that was not used", unused["AccessKeyLastUsed"], {"Region": "N/A", "ServiceName": "N/A"})
    own = boto3.client("sts", aws_access_key_id=made["AccessKeyId"], aws_secret_access_key=made["SecretAccessKey"])
    before = members("GetCallerIdentity", own.get_caller_identity(), {"Account", "Arn", "UserId"})
    iam.update_user(NewUserName="keys2", **user)
    user = {"UserName": "keys2"}
    after = own.get_caller_identity()
    same("the renamed user's identity", after["Arn"], f"arn:aws:iam::{ACCOUNT}:user/keys2")
    same("the renamed user's id", after["UserId"], before["UserId"])
    same("the renamed user's key", iam.list_access_keys(**user)["AccessKeyMetadata"][0]["UserName"], "keys2")
    second = iam.create_access_key(**user)["AccessKey"]["AccessKeyId"]
    refused("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2", iam.create_access_key, **user)
    for status in ["Inactive", "Active"]:
        iam.update_access_key(AccessKeyId=second, Status=status, **user)
        found = {each["AccessKeyId"]: each["Status"] for each in iam.list_access_keys(**user)["AccessKeyMetadata"]}
        same("UpdateAccessKey", found[second], status)
    example = {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE"}
    told = "The Access Key with id AKIAIOSFODNN7EXAMPLE cannot be found."
    refused("NoSuchEntity", told, iam.update_access_key, Status="Inactive", **example, **user)
    me = sts.get_caller_identity()["Arn"]
    told = f"User: {me} is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key AKIAIOSFODNN7EXAMPLE"
    refused("AccessDenied", told, iam.get_access_key_last_used, **example)
    allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:DeleteAccessKey", "Resource": "*"}]}
    iam.put_user_policy(PolicyName="delete", PolicyDocument=json.dumps(allowed), **user)
    own = boto3.client("iam", aws_access_key_id=made["AccessKeyId"], aws_secret_access_key=made["SecretAccessKey"])
    own.delete_access_key(AccessKeyId=second)
    same("what is left", len(iam.list_access_keys(**user)["AccessKeyMetadata"]), 1)


def tags():
    iam.create_user(UserName="tagged", Tags=[{"Key": "Environment", "Value": "Test"}])
    got = members("GetUser", iam.get_user(UserName="tagged")["User"], USER | {"Tags"})
    same("its tags", got["Tags"], [{"Key": "Environment", "Value": "Test"}])
    iam.create_role(RoleName="tagged", AssumeRolePolicyDocument=json.dumps(EC2))
    arn = iam.create_policy(PolicyName="tagged", PolicyDocument=json.dumps(SAMPLE))["Policy"]["Arn"]
    trust = {"RoleName": "another", "AssumeRolePolicyDocument": json.dumps(EC2)}
    for call, request, duplicate in [
        (iam.tag_role, {"RoleName": "tagged"}, True),
        (iam.create_role, trust, True),
        (iam.tag_user, {"UserName": "tagged"}, True),
        (iam.tag_policy, {"PolicyArn": arn}, False),
    ]:
        def wrong(code, message, *tags):
            pairs = [{"Key": key, "Value": value} for key, value in tags]
            refused(code, message, call, Tags=pairs, **request)

        many = [(f"key{number}", "value") for number in range(51)]
        wrong("ValidationError", constraint(None, "tags", "have length less than or equal to 50"), *many)
        wrong("ValidationError", constraint(None, "tags.1.member.key", "have length less than or equal to 128"), ("k" * 129, "v"))
        wrong("ValidationError", constraint(None, "tags.1.member.value", "have length less than or equal to 256"), ("k", "v" * 257))
        wrong("ValidationError", constraint(None, "tags.1.member.key", TAG_CHARACTERS), ("invalid,key", "v"))
        if duplicate:
            told = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
            wrong("InvalidInput", told, ("key", "one"), ("key", "two"))
            wrong("InvalidInput", told, ("key", "one"), ("KEY", "two"))
        else:
            wrong("InvalidInput", "Duplicate tag keys found.", ("key", "one"), ("key", "two"))
    iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "a", "Value": "lower"}, {"Key": "A", "Value": "upper"}])
    iam.untag_policy(PolicyArn=arn, TagKeys=["a"])
    same("a policy's tags", iam.list_policy_tags(PolicyArn=arn)["Tags"], [{"Key": "A", "Value": "upper"}])
    iam.tag_role(RoleName="tagged", Tags=[{"Key": "one", "Value": "1"}, {"Key": "two", "Value": "2"}])
    iam.tag_role(RoleName="tagged", Tags=[{"Key": "one", "Value": ""}])
    found = iam.list_role_tags(RoleName="tagged")["Tags"]
    same("a role's tags", found, [{"Key": "one", "Value": ""}, {"Key": "two", "Value": "2"}])
    iam.untag_role(RoleName="tagged", TagKeys=["one"])
    page = iam.list_role_tags(RoleName="tagged")
    members("ListRoleTags", page, {"Tags", "IsTruncated"})
    missing = f"Policy {POLICIES}NotAPolicy was not found."
    nothing = {"PolicyArn": POLICIES + "NotAPolicy"}
    refused("NoSuchEntity", missing, iam.tag_policy, Tags=[{"Key": "a", "Value": "b"}], **nothing)
    refused("NoSuchEntity", missing, iam.untag_policy, TagKeys=["a"], **nothing)


def roles():
    role, trust = {"RoleName": "plain"}, json.dumps(EC2)
    made = iam.create_role(AssumeRolePolicyDocument=trust, **role)["Role"]
    members("CreateRole", made, ROLE)
    same("the trust policy", made["AssumeRolePolicyDocument"], EC2)
    shown = ROLE | {"MaxSessionDuration", "RoleLastUsed"}
    got = members("GetRole", iam.get_role(**role)["Role"], shown)
    same("RoleLastUsed", got.get("RoleLastUsed"), {})
    same("MaxSessionDuration", got["MaxSessionDuration"], 3600)
    found = [each for each in iam.list_roles()["Roles"] if each["RoleName"] == "plain"]
    members("ListRoles", found[0], ROLE | {"MaxSessionDuration"})
    iam.update_role(Description="updated", MaxSessionDuration=7200, **role)
    changed = members("UpdateRoleDescription", iam.update_role_description(Description="again", **role)["Role"], ROLE | {"Description"})
    same("the description", changed["Description"], "again")
    iam.update_role(**role)
    got = members("GetRole", iam.get_role(**role)["Role"], shown | {"Description"})
    same("the description and duration", (got["Description"], got["MaxSessionDuration"]), ("again", 7200))
    refused("EntityAlreadyExists", "Role with name plain already exists.", iam.create_role, AssumeRolePolicyDocument=trust, **role)
    missing = "The role with name nonexistent-role cannot be found."
    nobody = {"RoleName": "nonexistent-role"}
    for call, request in [
        (iam.get_role, {}), (iam.update_role, {}), (iam.delete_role, {}), (iam.list_role_tags, {}),
        (iam.tag_role, {"Tags": [{"Key": "key", "Value": "value"}]}), (iam.untag_role, {"TagKeys": ["key"]}),
    ]:
        refused("NoSuchEntity", missing, call, **nobody, **request)
    for document, told in [
        ("not json", "This policy contains invalid Json"),
        (json.dumps(EC2).replace("sts:AssumeRole", "kms:Decrypt"), "AssumeRole policy may only specify STS AssumeRole actions."),
        (json.dumps(EC2).replace('"Action"', '"Resource": "*", "Action"'), "Has prohibited field Resource"),
    ]:
        refused("MalformedPolicyDocument", told, iam.update_assume_role_policy, PolicyDocument=document, **role)
    iam.put_role_policy(PolicyName="inline", PolicyDocument=json.dumps(SAMPLE), **role)
    same("ListRolePolicies", iam.list_role_policies(**role)["PolicyNames"], ["inline"])
    refused("DeleteConflict", "Cannot delete entity, must delete policies first.", iam.delete_role, **role)
    iam.delete_role_policy(PolicyName="inline", **role)
    told = "The role policy with name inline cannot be found."
    for call in [iam.get_role_policy, iam.delete_role_policy]:
        refused("NoSuchEntity", told, call, PolicyName="inline", **role)
    arn = iam.create_policy(PolicyName="of-roles", PolicyDocument=json.dumps(SAMPLE))["Policy"]["Arn"]
    refused("NoSuchEntity", f"Policy {arn} was not found.", iam.detach_role_policy, PolicyArn=arn, **role)
    for text in ["longpolicynamebutnoarn", "of-roles-without-an-arn"]:
        refused("ValidationError", f"ARN {text} is not valid.", iam.attach_role_policy, PolicyArn=text, **role)
    told = f"Policy {POLICIES}none does not exist or is not attachable."
    refused("NoSuchEntity", told, iam.attach_role_policy, PolicyArn=POLICIES + "none", **role)
    iam.attach_role_policy(PolicyArn=arn, **role)
    attached = iam.list_attached_role_policies(**role)
    same("ListAttachedRolePolicies", attached["AttachedPolicies"], [{"PolicyArn": arn, "PolicyName": "of-roles"}])
    refused("DeleteConflict", "Cannot delete entity, must detach all policies first.", iam.delete_role, **role)
    iam.detach_role_policy(PolicyArn=arn, **role)
    iam.delete_role(**role)


def policies():
    text = json.dumps(SAMPLE)
    made = iam.create_policy(PolicyName="plain", Path="/test/path/", PolicyDocument=text, Description="said")["Policy"]
    members("CreatePolicy", dict(made), POLICY)
    arn = made["Arn"]
    same("the policy's ARN", arn, POLICIES + "test/path/plain")
    members("GetPolicy", iam.get_policy(PolicyArn=arn)["Policy"], POLICY | {"Tags", "Description"})
    listed = [each for each in iam.list_policies(Scope="Local")["Policies"] if each["Arn"] == arn]
    members("ListPolicies", listed[0], POLICY)
    told = "A policy called plain already exists. Duplicate names are not allowed."
    refused("EntityAlreadyExists", told, iam.create_policy, PolicyName="plain", PolicyDocument=text)
    version = {"PolicyArn": arn, "PolicyDocument": text}
    made = iam.create_policy_version(SetAsDefault=True, **version)["PolicyVersion"]
    same("CreatePolicyVersion", (made["VersionId"], made["IsDefaultVersion"]), ("v2", True))
    members("CreatePolicyVersion", made, {"CreateDate", "IsDefaultVersion", "VersionId"})
    got = iam.get_policy_version(PolicyArn=arn, VersionId="v2")["PolicyVersion"]
    members("GetPolicyVersion", got, {"CreateDate", "Document", "IsDefaultVersion", "VersionId"})
    for _ in range(3):
        iam.create_policy_version(**version)
    told = (
        "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version."
    )
    refused("LimitExceeded", told, iam.create_policy_version, **version)
    listed = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    same("ListPolicyVersions", [each["VersionId"] for each in listed], ["v5", "v4", "v3", "v2", "v1"])
    first = iam.list_policy_versions(PolicyArn=arn, MaxItems=3)
    rest = iam.list_policy_versions(PolicyArn=arn, MaxItems=3, Marker=first["Marker"])
    paged = [[each["VersionId"] for each in page["Versions"]] for page in (first, rest)]
    same("pages of ListPolicyVersions", (paged, rest["IsTruncated"]), ([["v5", "v4", "v3"], ["v2", "v1"]], False))
    told = "Cannot delete the default version of a policy."
    refused("DeleteConflict", told, iam.delete_policy_version, PolicyArn=arn, VersionId="v2")
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    told = "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy."
    refused("DeleteConflict", told, iam.delete_policy, PolicyArn=arn)
    for number in [2, 3, 4, 5]:
        iam.delete_policy_version(PolicyArn=arn, VersionId=f"v{number}")
    for each, number in [(POLICIES + "None", "v1"), (arn, "v9")]:
        told = f"Policy {each} version {number} does not exist or is not attachable."
        for call in [iam.get_policy_version, iam.set_default_policy_version]:
            refused("NoSuchEntity", told, call, PolicyArn=each, VersionId=number)
    told = f"Policy {arn} version v9 does not exist or is not attachable."
    refused("NoSuchEntity", told, iam.delete_policy_version, PolicyArn=arn, VersionId="v9")
    told = constraint(None, "versionId", r"satisfy regular expression pattern: v[1-9][0-9]*(\.[A-Za-z0-9-]*)?")
    for call in [iam.get_policy_version, iam.set_default_policy_version]:
        refused("ValidationError", told, call, PolicyArn=arn, VersionId="invalid")
    iam.delete_policy(PolicyArn=arn)
    refused("NoSuchEntity", f"Policy {arn} was not found.", iam.get_policy, PolicyArn=arn)


def uses_of_policies():
    arn = iam.create_policy(PolicyName="used", PolicyDocument=json.dumps(SAMPLE))["Policy"]["Arn"]
    iam.create_user(UserName="user-with", Path="/with/")
    iam.attach_user_policy(UserName="user-with", PolicyArn=arn)
    iam.create_role(RoleName="role-below", AssumeRolePolicyDocument=json.dumps(EC2), PermissionsBoundary=arn)
    user, role = ({"UserName": "user-with"}, {"RoleName": "role-below"})
    for asked, users, roles in [
        ({}, ["user-with"], ["role-below"]),
        ({"PolicyUsageFilter": "PermissionsPolicy"}, ["user-with"], []),
        ({"PolicyUsageFilter": "PermissionsBoundary"}, [], ["role-below"]),
        ({"EntityFilter": "User"}, ["user-with"], []),
        ({"EntityFilter": "Role"}, [], ["role-below"]),
        ({"EntityFilter": "LocalManagedPolicy"}, [], []),
        ({"PathPrefix": "/with/"}, ["user-with"], []),
    ]:
        found = iam.list_entities_for_policy(PolicyArn=arn, **asked)
        names = [each["UserName"] for each in found["PolicyUsers"]], [each["RoleName"] for each in found["PolicyRoles"]]
        same(f"ListEntitiesForPolicy({asked})", names, (users, roles))
    pages = iam.get_paginator("list_entities_for_policy").paginate(PolicyArn=arn, PaginationConfig={"PageSize": 1})
    found = [(len(page["PolicyUsers"]), len(page["PolicyRoles"])) for page in pages]
    same("pages of ListEntitiesForPolicy", found, [(0, 1), (1, 0)])
    for usage in ["PermissionsPolicy", "PermissionsBoundary"]:
        listed = iam.list_policies(PolicyUsageFilter=usage)["Policies"]
        same(f"ListPolicies of {usage}", arn in [each["Arn"] for each in listed], True)
    listed = iam.list_policies(PolicyUsageFilter="PermissionsBoundary", Scope="AWS")["Policies"]
    same("ListPolicies of AWS", listed, [])
    entities, of_policy = iam.list_entities_for_policy, {"PolicyArn": arn}
    for call, request, member, values in [
        (iam.list_policies, {}, "Scope", "[All, AWS, Local]"),
        (iam.list_policies, {}, "PolicyUsageFilter", "[PermissionsPolicy, PermissionsBoundary]"),
        (entities, of_policy, "EntityFilter", "[User, Role, Group, LocalManagedPolicy, AWSManagedPolicy]"),
    ]:
        told = constraint("Some", member[0].lower() + member[1:], f"satisfy enum value set: {values}")
        refused("ValidationError", told, call, **request, **{member: "Some"})
    iam.detach_user_policy(PolicyArn=arn, **user)
    iam.delete_role(**role)
    iam.delete_user(**user)
    iam.delete_policy(PolicyArn=arn)


def documents():
    statement = SAMPLE["Statement"][0]

    def wrong(message, **changed):
        document = {"Version": "2012-10-17", "Statement": [{**statement, **changed}]}
        document["Statement"][0] = {name: value for name, value in document["Statement"][0].items() if value is not None}
        text = json.dumps(document)
        refused("MalformedPolicyDocument", message, iam.create_policy, PolicyName="wrong", PolicyDocument=text)

    wrong("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.", Action="invalid")
    wrong("Vendor a a is not valid", Action="a a:ListKeys")
    wrong("Actions/Condition can contain only one colon.", Action="a:b:c")
    wrong('Resource invalid resource must be in ARN format or "*".', Resource="invalid resource")
    wrong('Resource  must be in ARN format or "*".', Resource="")
    wrong('Partition "b" is not valid for resource "arn:b:c:d:e:f:g:h".', Resource="arn:b:c:d:e:f:g:h")
    wrong("Policy statement must contain resources.", Resource=None)
    wrong("Policy statement must contain actions.", Action=None)
    wrong("Syntax errors in policy.", Effect="Sometimes")
    # AWS says "Syntax errors in policy." of these too; we name the element.
    wrong(None, Sometimes=[])
    for version in [None, "2008-10-17"]:
        document = {"Version": version, "Statement": [statement]} if version else {"Statement": [statement]}
        told = "Policy document must be version 2012-10-17 or greater."
        refused("MalformedPolicyDocument", told, iam.create_policy, PolicyName="wrong", PolicyDocument=json.dumps(document))
    refused("MalformedPolicyDocument", None, iam.create_policy, PolicyName="wrong", PolicyDocument="{}")
    for text in ["not json", '"no object"']:
        refused("MalformedPolicyDocument", "Syntax errors in policy.", iam.create_policy, PolicyName="wrong", PolicyDocument=text)


def sessions():
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": ["sts:AssumeRole", "sts:TagSession"]}]}
    role = iam.create_role(RoleName="assumed", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    asked = {"RoleArn": role["Arn"], "RoleSessionName": "session"}
    got = members("AssumeRole", sts.assume_role(**asked), {"AssumedRoleUser", "Credentials"})
    expected = {"Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/assumed/session", "AssumedRoleId": f"{role['RoleId']}:session"}
    same("AssumedRoleUser", got["AssumedRoleUser"], expected)
    members("Credentials", got["Credentials"], {"AccessKeyId", "Expiration", "SecretAccessKey", "SessionToken"})
    got = sts.assume_role(Policy=json.dumps(SAMPLE), **asked)
    members("AssumeRole with a policy", got, {"AssumedRoleUser", "Credentials", "PackedPolicySize"})
    for arn in ["nothing-valid-in-here", "arn::b:::something/test-role", "arn:a::::something/test-role", "arn:a:::something/test-role", "arn:a:a::aaaaaaaaaa:"]:
        refused("ValidationError", f"{arn} is invalid", sts.assume_role, RoleArn=arn, RoleSessionName="session")
    told = constraint("Session1:2", "roleSessionName", r"satisfy regular expression pattern: [\w+=,.@-]*")
    refused("ValidationError", told, sts.assume_role, RoleArn=role["Arn"], RoleSessionName="Session1:2")
    told = constraint("s" * 65, "roleSessionName", "have length less than or equal to 64")
    refused("ValidationError", told, sts.assume_role, RoleArn=role["Arn"], RoleSessionName="s" * 65)
    told = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    refused("ValidationError", told, sts.assume_role, DurationSeconds=3601, **asked)
    for call, request, most in [(sts.assume_role, asked, 43200), (sts.get_session_token, {}, 129600)]:
        for seconds, rule in [(899, "greater than or equal to 900"), (most + 1, f"less than or equal to {most}")]:
            told = constraint(seconds, "durationSeconds", f"have value {rule}")
            refused("ValidationError", told, call, DurationSeconds=seconds, **request)
    told = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
    twice = [{"Key": "name", "Value": "a"}, {"Key": "NAME", "Value": "b"}]
    refused("InvalidParameterValue", told, sts.assume_role, Tags=twice, **asked)
    told = "The specified transitive tag key must be included in the requested tags."
    refused("InvalidParameterValue", told, sts.assume_role, TransitiveTagKeys=["name"], **asked)


compare(users, access_keys, tags, roles, policies, uses_of_policies, documents, sessions)
