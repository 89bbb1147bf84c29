import boto3

kms = boto3.client("kms")
other = kms.create_key()["KeyMetadata"]["Arn"]
grantee = boto3.client("sts").get_caller_identity()["Arn"]
grant = kms.create_grant(KeyId=other, GranteePrincipal=grantee, Operations=["Encrypt", "Decrypt"])
assert [g["GrantId"] for g in kms.list_grants(KeyId=other)["Grants"]] == [grant["GrantId"]]
kms.encrypt(KeyId=other, Plaintext=b"x", GrantTokens=[grant["GrantToken"]])
kms.revoke_grant(KeyId=other, GrantId=grant["GrantId"])
assert kms.list_grants(KeyId=other)["Grants"] == []
print("grants are content")
