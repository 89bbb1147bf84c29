import re
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.exceptions import ClientError

kms = boto3.client("kms")


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return error.response["Error"]["Message"]
    raise AssertionError(f"{call.__name__} should be {code}")


# Symmetric keys, aliases and encryption contexts.
key = kms.create_key(Description="of boto3", Tags=[{"TagKey": "team", "TagValue": "tests"}])["KeyMetadata"]
assert key["KeyState"] == "Enabled" and key["KeySpec"] == "SYMMETRIC_DEFAULT", key
arn = key["Arn"]
assert arn == f"arn:aws:kms:{kms.meta.region_name}:{key['AWSAccountId']}:key/{key['KeyId']}", arn
kms.create_alias(AliasName="alias/boto3", TargetKeyId=key["KeyId"])
context = {"purpose": "test", "owner": "boto3"}
sealed = kms.encrypt(KeyId="alias/boto3", Plaintext=b"hello", EncryptionContext=context)
assert sealed["KeyId"] == arn
opened = kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext=context)
assert opened["Plaintext"] == b"hello" and opened["KeyId"] == arn
refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=sealed["CiphertextBlob"])
data_key = kms.generate_data_key(KeyId=arn, KeySpec="AES_256")
assert len(data_key["Plaintext"]) == 32
assert kms.decrypt(CiphertextBlob=data_key["CiphertextBlob"])["Plaintext"] == data_key["Plaintext"]
assert kms.list_resource_tags(KeyId=arn)["Tags"] == [{"TagKey": "team", "TagValue": "tests"}]
assert [a["AliasName"] for a in kms.list_aliases(KeyId=arn)["Aliases"]] == ["alias/boto3"]
assert "kms:*" in kms.get_key_policy(KeyId=arn)["Policy"]

# Rotation: what the first version sealed stays readable.
kms.rotate_key_on_demand(KeyId=arn)
again = kms.re_encrypt(
    CiphertextBlob=sealed["CiphertextBlob"], SourceEncryptionContext=context, DestinationKeyId=arn
)
assert kms.decrypt(CiphertextBlob=again["CiphertextBlob"])["Plaintext"] == b"hello"
kms.enable_key_rotation(KeyId=arn, RotationPeriodInDays=180)
assert kms.get_key_rotation_status(KeyId=arn)["RotationPeriodInDays"] == 180

# Signing, in each family.
for spec, algorithm in [
    ("RSA_2048", "RSASSA_PSS_SHA_256"),
    ("ECC_NIST_P256", "ECDSA_SHA_256"),
    ("ECC_SECG_P256K1", "ECDSA_SHA_256"),
    ("ECC_NIST_EDWARDS25519", "ED25519_SHA_512"),
    ("ML_DSA_65", "ML_DSA_SHAKE_256"),
]:
    pair = kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    signature = kms.sign(KeyId=pair, Message=b"message", SigningAlgorithm=algorithm)["Signature"]
    assert kms.verify(KeyId=pair, Message=b"message", Signature=signature, SigningAlgorithm=algorithm)["SignatureValid"]
    refused(
        "KMSInvalidSignatureException",
        kms.verify,
        KeyId=pair,
        Message=b"another",
        Signature=signature,
        SigningAlgorithm=algorithm,
    )
    assert kms.get_public_key(KeyId=pair)["KeySpec"] == spec
mac_key = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
mac = kms.generate_mac(KeyId=mac_key, Message=b"message", MacAlgorithm="HMAC_SHA_256")["Mac"]
assert kms.verify_mac(KeyId=mac_key, Message=b"message", MacAlgorithm="HMAC_SHA_256", Mac=mac)["MacValid"]

# Pages.
for number in range(7):
    kms.create_alias(AliasName=f"alias/page/{number}", TargetKeyId=key["KeyId"])
pages = kms.get_paginator("list_aliases").paginate(KeyId=arn, PaginationConfig={"PageSize": 3})
names = [alias["AliasName"] for page in pages for alias in page["Aliases"]]
assert len(names) == 8 and len(set(names)) == 8, names
refused("InvalidMarkerException", kms.list_keys, Marker="somebody-elses")

# Several changes of one key at once, as Terraform asks for them.
busy = kms.create_key()["KeyMetadata"]["KeyId"]
with ThreadPoolExecutor(8) as pool:
    changes = [pool.submit(kms.create_alias, AliasName=f"alias/busy/{n}", TargetKeyId=busy) for n in range(8)]
    changes += [pool.submit(kms.tag_resource, KeyId=busy, Tags=[{"TagKey": f"t{n}", "TagValue": ""}]) for n in range(8)]
    changes += [pool.submit(kms.update_key_description, KeyId=busy, Description=f"{n}") for n in range(8)]
    for change in changes:
        change.result()
assert len(kms.list_aliases(KeyId=busy)["Aliases"]) == 8 and len(kms.list_resource_tags(KeyId=busy)["Tags"]) == 8

# What Terraform's aws provider takes for the id of a key.
uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[ab89][0-9a-f]{3}-[0-9a-f]{12}"
assert re.fullmatch(uuid, busy), busy

# States, and the errors of AWS.
refused("AccessDeniedException", kms.describe_key, KeyId=arn.replace(key["AWSAccountId"], "999999999999"))
refused("NotFoundException", kms.describe_key, KeyId="00000000-0000-0000-0000-000000000000")
refused("NotFoundException", kms.describe_key, KeyId="alias/missing")
refused("ValidationException", kms.create_key, KeySpec="ECC_NIST_P256")
refused("DryRunOperationException", kms.encrypt, KeyId=arn, Plaintext=b"x", DryRun=True)
kms.disable_key(KeyId=arn)
refused("DisabledException", kms.encrypt, KeyId=arn, Plaintext=b"x")
kms.enable_key(KeyId=arn)
kms.schedule_key_deletion(KeyId=arn, PendingWindowInDays=7)
refused("KMSInvalidStateException", kms.encrypt, KeyId=arn, Plaintext=b"x")
kms.cancel_key_deletion(KeyId=arn)
assert kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] == "Disabled"

print("boto3 is content")
