"""Roles are assumed by whom their trust policies name, and by nobody else, in the same account or in another."""

import json
import os

import boto3
from botocore.exceptions import ClientError

ENDPOINT = os.environ["AWS_ENDPOINT_URL_KMS"]
ACCOUNT = os.environ["HSM_ACCOUNT_ID"]


def client(service, key=None, secret=None, token=None):
    return boto3.client(
        service,
        endpoint_url=ENDPOINT,
        aws_access_key_id=key or os.environ["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=secret or os.environ["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=token,
    )


def second(service):
    return client(service, os.environ["HSM_SECOND_ACCESS_KEY_ID"], os.environ["HSM_SECOND_SECRET_ACCESS_KEY"])


def trusting(name, principal):
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}],
    }
    return iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(policy))["Role"]["Arn"]


def refused(sts, role):
    try:
        sts.assume_role(RoleArn=role, RoleSessionName="test")
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied", error
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 403, error
        return
    raise AssertionError(f"{role} was assumed")


iam = client("iam")
iam.create_user(UserName="bob")
me = client("sts").get_caller_identity()["Arn"]
for_me = trusting("for-me", me)
for_bob = trusting("for-bob", f"arn:aws:iam::{ACCOUNT}:user/bob")

session = client("sts").assume_role(RoleArn=for_me, RoleSessionName="test")["Credentials"]
assumed = client("sts", session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])
assert assumed.get_caller_identity()["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/for-me/test"

refused(client("sts"), for_bob)
refused(second("sts"), for_me)
refused(second("sts"), for_bob)
refused(second("sts"), f"arn:aws:iam::{ACCOUNT}:role/none")

# The session may do what the role's policies allow, which is nothing yet.
try:
    client("kms", session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"]).list_keys()
    raise AssertionError("a role without a policy listed keys")
except ClientError as error:
    assert error.response["Error"]["Code"] == "AccessDeniedException", error

# What a session carries: policies that are its ceiling, tags, and who it is of.


def refusing(code, saying, call, **request):
    try:
        call(**request)
    except ClientError as error:
        told = error.response["Error"]
        assert told["Code"] == code and saying in told["Message"], told
        return
    raise AssertionError(f"{code} was expected: {request}")


def role(name, *actions, trusted=me):
    """A role that lists keys and assumes roles, and that `trusted` may do `actions` with."""
    statement = {"Effect": "Allow", "Principal": {"AWS": trusted}, "Action": list(actions)}
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    allowed = {"Effect": "Allow", "Action": ["kms:ListKeys", "kms:ListAliases", "sts:*"], "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [allowed]}
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(policy))
    return arn


def clients(answer):
    found = answer["Credentials"]
    keys = found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"]
    return client("kms", *keys), client("sts", *keys)


sts = client("sts")
plain = role("plain", "sts:AssumeRole")
asked = {"RoleArn": plain, "RoleSessionName": "session"}
kms, _ = clients(sts.assume_role(**asked))
kms.list_keys(), kms.list_aliases()
ceiling = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"}]}
arn = iam.create_policy(PolicyName="ceiling", PolicyDocument=json.dumps(ceiling))["Policy"]["Arn"]
for policies in [{"PolicyArns": [{"arn": arn}]}, {"Policy": json.dumps(ceiling)}]:
    kms, _ = clients(sts.assume_role(**asked, **policies))
    kms.list_keys()
    refusing("AccessDeniedException", "kms:ListAliases", kms.list_aliases)
missing = [{"arn": arn + "-missing"}]
refusing("NoSuchEntity", "does not exist or is not attachable", sts.assume_role, PolicyArns=missing, **asked)
tag = [{"Key": "team", "Value": "blue"}]
refusing("AccessDenied", "sts:TagSession", sts.assume_role, Tags=tag, **asked)
refusing("AccessDenied", "sts:SetSourceIdentity", sts.assume_role, SourceIdentity="ada", **asked)
refusing("AccessDenied", "MultiFactorAuthentication", sts.assume_role, SerialNumber=me, TokenCode="123456", **asked)
refusing("AccessDenied", "MultiFactorAuthentication", sts.get_session_token, SerialNumber=me, TokenCode="123456")

everything = "sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"
first = role("first", *everything)
second_role = role("second", *everything, trusted=first)
found = sts.assume_role(
    RoleArn=first, RoleSessionName="session", SourceIdentity="ada", TransitiveTagKeys=["team"],
    Tags=tag + [{"Key": "only-here", "Value": "x"}],
)
assert found["SourceIdentity"] == "ada" and found["PackedPolicySize"] > 0, found
_, chained = clients(found)
asked = {"RoleArn": second_role, "RoleSessionName": "session"}
refusing("InvalidParameterValue", "transitive tag key from the calling session", chained.assume_role, Tags=tag, **asked)
refusing("InvalidParameterValue", "source identity", chained.assume_role, SourceIdentity="bob", **asked)
found = chained.assume_role(**asked)
assert found["SourceIdentity"] == "ada", found
kms, _ = clients(found)
guarded = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": second_role}, "Action": "kms:Encrypt", "Resource": "*", "Condition": {
            "StringEquals": {"aws:PrincipalTag/team": "blue", "aws:SourceIdentity": "ada"},
            "Null": {"aws:PrincipalTag/only-here": "true"},
        }},
    ],
}
key = client("kms").create_key(Policy=json.dumps(guarded))["KeyMetadata"]["KeyId"]
kms.encrypt(KeyId=key, Plaintext=b"x")
kms, _ = clients(clients(sts.assume_role(RoleArn=first, RoleSessionName="session"))[1].assume_role(**asked))
refusing("AccessDeniedException", "kms:Encrypt", kms.encrypt, KeyId=key, Plaintext=b"x")

print("roles are content")
