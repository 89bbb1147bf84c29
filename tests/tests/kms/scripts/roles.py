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

print("roles are content")
