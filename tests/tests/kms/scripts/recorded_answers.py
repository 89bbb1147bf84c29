"""What AWS KMS was recorded to answer: codes, messages and members, word for word. Begins with recorded.py."""

import json
import os
from datetime import datetime, timedelta, timezone

import boto3
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding

kms = boto3.client("kms", config=SETTINGS)
ACCOUNT, REGION = os.environ["HSM_ACCOUNT_ID"], kms.meta.region_name
ME = boto3.client("sts").get_caller_identity()["Arn"]
KEYS, ALIASES = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/", f"arn:aws:kms:{REGION}:{ACCOUNT}:"
NOBODY = "134f2428-cec1-4b25-a1ae-9048164dba47"
OTHER_REGION = "ap-southeast-1" if REGION != "ap-southeast-1" else "eu-west-1"
OAEP = padding.OAEP(mgf=padding.MGF1(algorithm=hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
SYMMETRIC = {
    "AWSAccountId", "Arn", "CreationDate", "CurrentKeyMaterialId", "CustomerMasterKeySpec", "Description", "Enabled",
    "EncryptionAlgorithms", "KeyId", "KeyManager", "KeySpec", "KeyState", "KeyUsage", "MultiRegion", "Origin",
}


def key(**request):
    return kms.create_key(**request)["KeyMetadata"]


def described(key_id):
    return kms.describe_key(KeyId=key_id)["KeyMetadata"]


def wrapped(parameters, material):
    return serialization.load_der_public_key(parameters["PublicKey"]).encrypt(material, OAEP)


def parameters_for(key_id):
    return kms.get_parameters_for_import(
        KeyId=key_id, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048"
    )


def bring(key_id, material, **request):
    parameters = parameters_for(key_id)
    request = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE", **request}
    token, wrapping = parameters["ImportToken"], wrapped(parameters, material)
    return kms.import_key_material(KeyId=key_id, ImportToken=token, EncryptedKeyMaterial=wrapping, **request)


def metadata():
    made = key(Description="test key 123", KeyUsage="ENCRYPT_DECRYPT")
    expected = {
        "AWSAccountId": ACCOUNT, "Arn": KEYS + made["KeyId"], "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "Description": "test key 123", "Enabled": True, "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "KeyId": made["KeyId"], "KeyManager": "CUSTOMER", "KeySpec": "SYMMETRIC_DEFAULT", "KeyState": "Enabled",
        "KeyUsage": "ENCRYPT_DECRYPT", "MultiRegion": False, "Origin": "AWS_KMS",
    }
    same("CreateKey", {name: made.get(name) for name in expected}, expected)
    members("DescribeKey", described(made["KeyId"]), SYMMETRIC)
    primary = key(MultiRegion=True, Description="test multi region key")
    members("CreateKey with MultiRegion", primary, SYMMETRIC | {"MultiRegionConfiguration"})
    same("id of a multi-Region key", primary["KeyId"][:4], "mrk-")
    own = {"Arn": primary["Arn"], "Region": REGION}
    expected = {"MultiRegionKeyType": "PRIMARY", "PrimaryKey": own, "ReplicaKeys": []}
    same("MultiRegionConfiguration", primary.get("MultiRegionConfiguration"), expected)
    hmac = key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    members("HMAC key", hmac, SYMMETRIC - {"CurrentKeyMaterialId", "EncryptionAlgorithms"} | {"MacAlgorithms"})
    same("MacAlgorithms", hmac["MacAlgorithms"], ["HMAC_SHA_256"])
    same("policies", kms.list_key_policies(KeyId=hmac["KeyId"])["PolicyNames"], ["default"])
    answer = kms.get_key_policy(KeyId=hmac["KeyId"])
    same("name of the default policy", answer["PolicyName"], "default")
    same(
        "default policy",
        json.loads(answer["Policy"]),
        {
            "Version": "2012-10-17",
            "Id": "key-default-1",
            "Statement": [{
                "Sid": "Enable IAM User Permissions", "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*",
            }],
        },
    )


def names_of_keys():
    made = key()["KeyId"]
    arn = KEYS + made
    for text in ["fake-key-id", "134f2428cec14b25a1ae9048164dba47", "mrk-fake-key-id", "key_id"]:
        refused("NotFoundException", f"Invalid keyId '{text}'", kms.describe_key, KeyId=text)
    for text in [NOBODY, "mrk-d3b95762d3b95762d3b95762d3b95762", KEYS + NOBODY]:
        missing = f"Key '{KEYS}{text.removeprefix(KEYS)}' does not exist"
        refused("NotFoundException", missing, kms.describe_key, KeyId=text)
        refused("NotFoundException", missing, kms.rotate_key_on_demand, KeyId=text)
    elsewhere = arn.replace(REGION, OTHER_REGION)
    refused("NotFoundException", f"Invalid arn {OTHER_REGION}", kms.describe_key, KeyId=elsewhere)
    missing = f"Alias {ALIASES}alias/none is not found."
    refused("NotFoundException", missing, kms.encrypt, KeyId="alias/none", Plaintext=b"x")
    refused("NotFoundException", missing, kms.encrypt, KeyId=ALIASES + "alias/none", Plaintext=b"x")
    kms.create_alias(AliasName="alias/names", TargetKeyId=made)
    refused("NotFoundException", "Invalid keyId alias/names", kms.enable_key_rotation, KeyId="alias/names")
    refused("NotFoundException", "Invalid keyId alias/names", kms.put_key_policy, KeyId="alias/names", Policy="{}")
    # Aliases of services whose keys are not there yet.
    pages = kms.get_paginator("list_aliases").paginate(PaginationConfig={"PageSize": 4})
    listed = [each for page in pages for each in page["Aliases"]]
    same("ListAliases", len({each["AliasName"] for each in listed}), len(listed))
    unused = [each for each in listed if each["AliasName"] == "alias/aws/xray"][0]
    members("ListAliases of a service", unused, {"AliasName", "AliasArn"})
    alias = [each for each in kms.list_aliases(KeyId=arn)["Aliases"] if each["AliasName"] == "alias/names"][0]
    members("ListAliases", alias, {"AliasName", "AliasArn", "TargetKeyId", "CreationDate", "LastUpdatedDate"})
    for name in [made, arn, "alias/names", alias["AliasArn"]]:
        same(f"Encrypt with {name}", kms.encrypt(KeyId=name, Plaintext=b"x")["KeyId"], arn)


def creation():
    told = "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."
    for spec in ["HMAC_256", "RSA_2048", "ECC_NIST_P256"]:
        refused("ValidationException", told, kms.create_key, KeySpec=spec)
    told = "KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048"
    refused("ValidationException", told, kms.create_key, KeySpec="RSA_2048", KeyUsage="KEY_AGREEMENT")
    told = "KeyUsage ENCRYPT_DECRYPT is not compatible with KeySpec ECC_NIST_P256"
    refused("ValidationException", told, kms.create_key, KeySpec="ECC_NIST_P256", KeyUsage="ENCRYPT_DECRYPT")
    told = "KeyUsage SIGN_VERIFY is not compatible with KeySpec SYMMETRIC_DEFAULT"
    refused("ValidationException", told, kms.create_key, KeyUsage="SIGN_VERIFY")
    told = "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated."
    both = {"KeySpec": "RSA_2048", "CustomerMasterKeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}
    refused("ValidationException", told, kms.create_key, **both)
    long = "d" * 8193
    told = constraint(long, "description", "have length less than or equal to 8192")
    refused("ValidationException", told, kms.create_key, Description=long)


def tags():
    def tagged(**pairs):
        return [{"TagKey": name, "TagValue": value} for name, value in pairs.items()]

    made = key(Tags=tagged(tag1="value1", tag2="value2", tag3="value3"))["KeyId"]
    kms.tag_resource(KeyId=made, Tags=tagged(tag4="value4", tag2="updated", tag5="value5"))
    expected = tagged(tag1="value1", tag2="updated", tag3="value3", tag4="value4", tag5="value5")
    answer = kms.list_resource_tags(KeyId=made)
    same("ListResourceTags", sorted(answer["Tags"], key=str), sorted(expected, key=str))
    same("ListResourceTags.Truncated", answer["Truncated"], False)
    twice = tagged(tag1="a") + tagged(tag1="b")
    refused("TagException", "Duplicate tag keys", kms.tag_resource, KeyId=made, Tags=twice)
    refused("TagException", "Duplicate tag keys", kms.create_key, Tags=twice)
    many = tagged(**{f"key{number}": "value" for number in range(51)})
    refused("TagException", "Too many tags", kms.create_key, Tags=many)
    for name in ["aws:key1", "AWS:key1"]:
        reserved = tagged(**{name: "value1"})
        refused("TagException", "Tags beginning with aws: are reserved", kms.create_key, Tags=reserved)
        refused("TagException", "Tags beginning with aws: are reserved", kms.tag_resource, KeyId=made, Tags=reserved)
    long = "a" * 129
    told = constraint(long, "tags.1.member.tagKey", "have length less than or equal to 128")
    refused("ValidationException", told, kms.create_key, Tags=tagged(**{long: "value1"}))
    long = "v" * 257
    told = constraint(long, "tags.1.member.tagValue", "have length less than or equal to 256")
    refused("ValidationException", told, kms.create_key, Tags=tagged(tag1=long))
    told = constraint("", "tags.1.member.tagKey", "have length greater than or equal to 1")
    refused("ValidationException", told, kms.create_key, Tags=tagged(**{"": "value"}))


def aliases():
    made = key()["KeyId"]
    told = 'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html'
    refused("ValidationException", told, kms.create_alias, AliasName="1a2b3c4d", TargetKeyId=made)
    for name in ["alias/aws/ebs", "alias/aws/s3"]:
        refused("NotAuthorizedException", "", kms.create_alias, AliasName=name, TargetKeyId=made)
    for name in ["alias/my-alias!", "alias/my-alias$", "alias/my-alias@"]:
        told = constraint(name, "aliasName", "satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$")
        refused("ValidationException", told, kms.create_alias, AliasName=name, TargetKeyId=made)
    told = "alias/my:alias contains invalid characters for an alias"
    refused("ValidationException", told, kms.create_alias, AliasName="alias/my:alias", TargetKeyId=made)
    for name in ["alias/my-alias_/", "alias/my_alias-/"]:
        kms.create_alias(AliasName=name, TargetKeyId=made)
    kms.create_alias(AliasName="alias/first", TargetKeyId=KEYS + made)
    told = "Aliases must refer to keys. Not aliases"
    refused("ValidationException", told, kms.create_alias, AliasName="alias/second", TargetKeyId="alias/first")
    told = f"An alias with the name {ALIASES}alias/first already exists"
    refused("AlreadyExistsException", told, kms.create_alias, AliasName="alias/first", TargetKeyId=made)
    told = f"Alias {ALIASES}alias/unknown is not found."
    refused("NotFoundException", told, kms.delete_alias, AliasName="alias/unknown")
    refused("NotFoundException", told, kms.update_alias, AliasName="alias/unknown", TargetKeyId=made)
    missing = f"Key '{KEYS}{NOBODY}' does not exist"
    refused("NotFoundException", missing, kms.create_alias, AliasName="alias/third", TargetKeyId=NOBODY)


def random_bytes():
    refused("ValidationException", "NumberOfBytes is required.", kms.generate_random)
    told = constraint(0, "numberOfBytes", "have value greater than or equal to 1")
    refused("ValidationException", told, kms.generate_random, NumberOfBytes=0)
    told = constraint(1025, "numberOfBytes", "have value less than or equal to 1024")
    refused("ValidationException", told, kms.generate_random, NumberOfBytes=1025)


def usage():
    mac_key = key(KeySpec="HMAC_224", KeyUsage="GENERATE_VERIFY_MAC")["Arn"]
    symmetric, pair = key()["Arn"], key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["Arn"]

    def misused(arn, usage, call, **request):
        name = "".join(word.capitalize() for word in call.__name__.split("_"))
        told = f"{arn} key usage is {usage} which is not valid for {name}."
        refused("InvalidKeyUsageException", told, call, KeyId=arn, **request)

    misused(symmetric, "ENCRYPT_DECRYPT", kms.generate_mac, Message="m", MacAlgorithm="HMAC_SHA_224")
    misused(mac_key, "GENERATE_VERIFY_MAC", kms.sign, Message="m", SigningAlgorithm="RSASSA_PSS_SHA_256")
    rest = {"Message": "m", "Signature": b"random text", "SigningAlgorithm": "ECDSA_SHA_256"}
    misused(symmetric, "ENCRYPT_DECRYPT", kms.verify, **rest)
    misused(pair, "SIGN_VERIFY", kms.encrypt, Plaintext="m")
    refused(
        "InvalidKeyUsageException", "Algorithm HMAC_SHA_256 is incompatible with key spec HMAC_224.",
        kms.generate_mac, KeyId=mac_key, Message="m", MacAlgorithm="HMAC_SHA_256",
    )
    refused(
        "InvalidKeyUsageException", "Algorithm HMAC_SHA_512 is incompatible with key spec HMAC_224.",
        kms.verify_mac, KeyId=mac_key, Message="m", MacAlgorithm="HMAC_SHA_512", Mac=b"m" * 64,
    )
    mac = kms.generate_mac(KeyId=mac_key, Message="m", MacAlgorithm="HMAC_SHA_224")
    members("GenerateMac", mac, {"KeyId", "Mac", "MacAlgorithm"})
    told = {"KeyId": mac_key, "MacAlgorithm": "HMAC_SHA_224", "Mac": mac["Mac"]}
    members("VerifyMac", kms.verify_mac(Message="m", **told), {"KeyId", "MacAlgorithm", "MacValid"})
    refused("KMSInvalidMacException", "", kms.verify_mac, Message="another", **told)
    blob = kms.encrypt(KeyId=symmetric, Plaintext="m")["CiphertextBlob"]
    told = "The key ID in the request does not identify a CMK that can perform this operation."
    refused("IncorrectKeyException", told, kms.decrypt, CiphertextBlob=blob, KeyId=mac_key)
    refused(
        "IncorrectKeyException", told, kms.re_encrypt, CiphertextBlob=blob,
        SourceKeyId=mac_key, DestinationKeyId=mac_key,
    )
    refused(
        "InvalidKeyUsageException", f"{pair} key usage is SIGN_VERIFY which is not valid for ReEncryptTo.",
        kms.re_encrypt, CiphertextBlob=blob, SourceKeyId=symmetric, DestinationKeyId=pair,
    )
    refused("UnsupportedOperationException", "", kms.enable_key_rotation, KeyId=pair)
    refused("UnsupportedOperationException", "", kms.rotate_key_on_demand, KeyId=pair)
    told = f"{symmetric} origin is AWS_KMS which is not valid for this operation."
    wrapping = {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}
    refused("UnsupportedOperationException", told, kms.get_parameters_for_import, KeyId=symmetric, **wrapping)
    refused("UnsupportedOperationException", told, kms.delete_imported_key_material, KeyId=symmetric)
    token = {"ImportToken": b"fake", "EncryptedKeyMaterial": b"fake", "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
    refused("UnsupportedOperationException", told, kms.import_key_material, KeyId=symmetric, **token)


def signatures():
    for spec, algorithm in [
        ("RSA_2048", "RSASSA_PSS_SHA_384"),
        ("RSA_2048", "RSASSA_PKCS1_V1_5_SHA_256"),
        ("ECC_NIST_P384", "ECDSA_SHA_384"),
        ("ECC_SECG_P256K1", "ECDSA_SHA_256"),
    ]:
        pair = {"KeyId": key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["Arn"], "SigningAlgorithm": algorithm}
        signed = kms.sign(Message=b"message", **pair)
        members("Sign", signed, {"KeyId", "Signature", "SigningAlgorithm"})
        verified = kms.verify(Message=b"message", Signature=signed["Signature"], **pair)
        members("Verify", verified, {"KeyId", "SignatureValid", "SigningAlgorithm"})
        told = f"Digest is invalid length for algorithm {algorithm}."
        refused("ValidationException", told, kms.sign, Message=b"short", MessageType="DIGEST", **pair)
        wrong = {"Message": b"bad message 321", "Signature": signed["Signature"]}
        refused("ValidationException", told, kms.verify, MessageType="DIGEST", **wrong, **pair)
        refused("KMSInvalidSignatureException", "", kms.verify, **wrong, **pair)
    other = "ECDSA_SHA_256" if spec != "ECC_SECG_P256K1" else "ECDSA_SHA_384"
    told = f"Algorithm {other} is incompatible with key spec {spec}."
    refused("InvalidKeyUsageException", told, kms.sign, KeyId=pair["KeyId"], Message=b"m", SigningAlgorithm=other)


def encryption():
    for spec, algorithm, limit in [
        ("RSA_2048", "RSAES_OAEP_SHA_1", 214),
        ("RSA_2048", "RSAES_OAEP_SHA_256", 190),
        ("RSA_3072", "RSAES_OAEP_SHA_256", 318),
    ]:
        pair = key(KeySpec=spec, KeyUsage="ENCRYPT_DECRYPT")["Arn"]
        told = f"Algorithm {algorithm} and key spec {spec} cannot encrypt data larger than {limit} bytes."
        request = {"KeyId": pair, "Plaintext": b"x" * 1000, "EncryptionAlgorithm": algorithm}
        refused("ValidationException", told, kms.encrypt, **request)
        made = kms.encrypt(KeyId=pair, Plaintext=b"x" * limit, EncryptionAlgorithm=algorithm)
        members("Encrypt", made, {"CiphertextBlob", "EncryptionAlgorithm", "KeyId"})
        opened = kms.decrypt(KeyId=pair, CiphertextBlob=made["CiphertextBlob"], EncryptionAlgorithm=algorithm)
        members("Decrypt", opened, {"EncryptionAlgorithm", "KeyId", "Plaintext"})
    symmetric = key()["Arn"]
    told = constraint(None, "plaintext", "have length less than or equal to 4096")
    refused("ValidationException", told, kms.encrypt, KeyId=symmetric, Plaintext=b"x" * 4097)
    told = constraint(None, "plaintext", "have length greater than or equal to 1")
    refused("ValidationException", told, kms.encrypt, KeyId=symmetric, Plaintext=b"")
    context = {"context-key": "context-value"}
    made = kms.encrypt(KeyId=symmetric, Plaintext=b"x", EncryptionContext=context)
    members("Encrypt", made, {"CiphertextBlob", "EncryptionAlgorithm", "KeyId"})
    blob = made["CiphertextBlob"]
    opened = kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)
    members("Decrypt", opened, {"EncryptionAlgorithm", "KeyId", "KeyMaterialId", "Plaintext"})
    refused("InvalidCiphertextException", "", kms.decrypt, KeyId=symmetric, CiphertextBlob=blob)
    for changed in [blob + b"bad_data", blob[32:]]:
        refused(
            "InvalidCiphertextException", "", kms.decrypt,
            KeyId=symmetric, CiphertextBlob=changed, EncryptionContext=context,
        )
    moved = kms.re_encrypt(CiphertextBlob=blob, SourceEncryptionContext=context, DestinationKeyId=symmetric)
    algorithms = {"SourceEncryptionAlgorithm", "DestinationEncryptionAlgorithm"}
    materials = {"SourceKeyMaterialId", "DestinationKeyMaterialId"}
    members("ReEncrypt", moved, {"CiphertextBlob", "KeyId", "SourceKeyId"} | algorithms | materials)
    one = {"KeySpec": "AES_256"}
    data_key = {"CiphertextBlob", "KeyId", "KeyMaterialId"}
    members("GenerateDataKey", kms.generate_data_key(KeyId=symmetric, **one), data_key | {"Plaintext"})
    members("GenerateDataKey…", kms.generate_data_key_without_plaintext(KeyId=symmetric, **one), data_key)
    told = "Please specify either number of bytes or key spec."
    refused("ValidationException", told, kms.generate_data_key, KeyId=symmetric)
    refused("ValidationException", told, kms.generate_data_key, KeyId=symmetric, NumberOfBytes=16, **one)
    told = constraint(2048, "numberOfBytes", "have value less than or equal to 1024")
    refused("ValidationException", told, kms.generate_data_key, KeyId=symmetric, NumberOfBytes=2048)
    spec = {"KeyPairSpec": "ECC_NIST_P256"}
    pair = {"KeyId", "KeyMaterialId", "KeyPairSpec", "PrivateKeyCiphertextBlob", "PublicKey"}
    members("GenerateDataKeyPair", kms.generate_data_key_pair(KeyId=symmetric, **spec), pair | {"PrivateKeyPlaintext"})
    members("GenerateDataKeyPair…", kms.generate_data_key_pair_without_plaintext(KeyId=symmetric, **spec), pair)
    told = "The request would have succeeded, but the DryRun option is set."
    for call in [kms.generate_data_key_pair, kms.generate_data_key_pair_without_plaintext]:
        refused("DryRunOperationException", told, call, KeyId=symmetric, DryRun=True, **spec)


def states():
    made = key()["Arn"]
    kms.disable_key(KeyId=made)
    for call, request in [
        (kms.encrypt, {"Plaintext": b"x"}),
        (kms.generate_data_key, {"KeySpec": "AES_256"}),
        (kms.enable_key_rotation, {}),
        (kms.rotate_key_on_demand, {}),
    ]:
        refused("DisabledException", f"{made} is disabled.", call, KeyId=made, **request)
    pair = key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["Arn"]
    kms.disable_key(KeyId=pair)
    refused("DisabledException", f"{pair} is disabled.", kms.rotate_key_on_demand, KeyId=pair)
    refused("KMSInvalidStateException", f"{made} is not pending deletion.", kms.cancel_key_deletion, KeyId=made)
    answer = kms.schedule_key_deletion(KeyId=made)
    members("ScheduleKeyDeletion", answer, {"KeyId", "DeletionDate", "KeyState", "PendingWindowInDays"})
    same("the waiting period", answer.get("PendingWindowInDays"), 30)
    members("a key pending deletion", described(made), SYMMETRIC | {"DeletionDate"})
    for call, request in [
        (kms.encrypt, {"Plaintext": b"x"}),
        (kms.schedule_key_deletion, {}),
        (kms.enable_key, {}),
        (kms.create_alias, {"AliasName": "alias/pending"}),
        (kms.tag_resource, {"Tags": [{"TagKey": "a", "TagValue": "b"}]}),
    ]:
        name = "TargetKeyId" if call == kms.create_alias else "KeyId"
        refused("KMSInvalidStateException", f"{made} is pending deletion.", call, **{name: made}, **request)
    same("CancelKeyDeletion", kms.cancel_key_deletion(KeyId=made)["KeyId"], made)
    members("a key after its deletion was cancelled", described(made), SYMMETRIC)
    told = "PendingWindowInDays must be between 7 and 30"
    refused("ValidationException", told, kms.schedule_key_deletion, KeyId=made, PendingWindowInDays=6)


def rotation():
    made = key()["Arn"]
    status = {"KeyId", "KeyRotationEnabled"}
    members("GetKeyRotationStatus", kms.get_key_rotation_status(KeyId=made), status)
    kms.enable_key_rotation(KeyId=made, RotationPeriodInDays=90)
    status |= {"NextRotationDate", "RotationPeriodInDays"}
    before = members("GetKeyRotationStatus", kms.get_key_rotation_status(KeyId=made), status)
    same("the rotation's period", before["RotationPeriodInDays"], 90)
    same("RotateKeyOnDemand", members("RotateKeyOnDemand", kms.rotate_key_on_demand(KeyId=made), {"KeyId"})["KeyId"], made)
    after = members("GetKeyRotationStatus", kms.get_key_rotation_status(KeyId=made), status)
    same("the next rotation", after["NextRotationDate"], before["NextRotationDate"])
    listed = kms.list_key_rotations(KeyId=made)
    same("ListKeyRotations", [each["RotationType"] for each in listed["Rotations"]], ["ON_DEMAND"])
    for _ in range(24):
        kms.rotate_key_on_demand(KeyId=made)
    told = (
        "The on-demand rotations limit has been reached for the given keyId. "
        f"No more on-demand rotations can be performed for this key: {made}"
    )
    refused("LimitExceededException", told, kms.rotate_key_on_demand, KeyId=made)
    told = constraint(89, "rotationPeriodInDays", "have value greater than or equal to 90")
    refused("ValidationException", told, kms.enable_key_rotation, KeyId=made, RotationPeriodInDays=89)


def imports():
    empty = SYMMETRIC - {"CurrentKeyMaterialId"}
    external = key(Origin="EXTERNAL")
    made = external["Arn"]
    members("CreateKey with EXTERNAL", external, empty)
    same("its state", (external["KeyState"], external["Enabled"]), ("PendingImport", False))
    pending = f"{made} is pending import."
    refused("KMSInvalidStateException", pending, kms.encrypt, KeyId=made, Plaintext=b"x")
    refused("KMSInvalidStateException", pending, kms.rotate_key_on_demand, KeyId=made)
    parameters = parameters_for(made)
    members("GetParametersForImport", dict(parameters), {"KeyId", "ImportToken", "PublicKey", "ParametersValidTo"})
    first = {"KeyId": made, "ImportToken": parameters["ImportToken"], "EncryptedKeyMaterial": wrapped(parameters, b"a" * 32)}
    told = "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES"
    refused("ValidationException", told, kms.import_key_material, **first)
    past = datetime.now(timezone.utc) - timedelta(days=1)
    refused("ValidationException", "ValidTo must be in the future", kms.import_key_material, ValidTo=past, **first)
    wrong = first | {"ImportToken": b"wrong-token", "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
    refused("InvalidImportTokenException", "", kms.import_key_material, **wrong)
    answer = kms.import_key_material(ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE", **first)
    members("ImportKeyMaterial", answer, {"KeyId", "KeyMaterialId"})
    now = members("DescribeKey", described(made), SYMMETRIC | {"ExpirationModel"})
    same("the current material", now["CurrentKeyMaterialId"], answer["KeyMaterialId"])
    told = f"No available key material pending rotation for the key: {made}."
    refused("KMSInvalidStateException", told, kms.rotate_key_on_demand, KeyId=made)
    second = bring(made, b"b" * 32, ImportType="NEW_KEY_MATERIAL")["KeyMaterialId"]
    same("the current material", described(made)["CurrentKeyMaterialId"], answer["KeyMaterialId"])
    try:
        bring(made, b"c" * 32, ImportType="NEW_KEY_MATERIAL")
        same("a second pending material", "success", "KMSInvalidStateException")
    except ClientError as error:
        told = error.response["Error"]["Message"]
        third = told.removeprefix("New key material (id: ")[:64]
        expected = (
            f"New key material (id: {third}) cannot be imported into KMS key {made}, "
            f"because another key material (id: {second}) is pending rotation."
        )
        same("a second pending material", told, expected)
    kms.rotate_key_on_demand(KeyId=made)
    same("the current material", described(made)["CurrentKeyMaterialId"], second)
    kms.delete_imported_key_material(KeyId=made)
    members("DescribeKey without material", described(made), SYMMETRIC)
    same("state without material", described(made)["KeyState"], "PendingImport")
    refused("KMSInvalidStateException", pending, kms.encrypt, KeyId=made, Plaintext=b"x")

    pair = key(Origin="EXTERNAL", KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    expected = empty - {"EncryptionAlgorithms"} | {"SigningAlgorithms"}
    members("CreateKey with EXTERNAL", pair, expected)
    material = ec.generate_private_key(ec.SECP256R1())
    encoded = material.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    members("ImportKeyMaterial", bring(pair["Arn"], encoded), {"KeyId"})
    members("DescribeKey", described(pair["Arn"]), expected | {"ExpirationModel"})
    public = material.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    same("the public key", kms.get_public_key(KeyId=pair["Arn"])["PublicKey"], public)
    kms.delete_imported_key_material(KeyId=pair["Arn"])
    members("DescribeKey without material", described(pair["Arn"]), expected)


def agreement():
    mine = key(KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT")["Arn"]
    public = kms.get_public_key(KeyId=mine)
    told = {"KeyId", "PublicKey", "CustomerMasterKeySpec", "KeySpec", "KeyUsage", "KeyAgreementAlgorithms"}
    members("GetPublicKey", public, told)
    peer = {"KeyAgreementAlgorithm": "ECDH", "PublicKey": public["PublicKey"]}
    answer = kms.derive_shared_secret(KeyId=mine, **peer)
    members("DeriveSharedSecret", answer, {"KeyId", "SharedSecret", "KeyAgreementAlgorithm", "KeyOrigin"})
    signing, symmetric = key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["Arn"], key()["Arn"]
    for arn, usage in [(signing, "SIGN_VERIFY"), (symmetric, "ENCRYPT_DECRYPT")]:
        told = f"{arn} key usage is {usage} which is not valid for DeriveSharedSecret."
        refused("InvalidKeyUsageException", told, kms.derive_shared_secret, KeyId=arn, **peer)
    told = constraint("INVALID", "keyAgreementAlgorithm", "satisfy enum value set: [ECDH]")
    wrong = peer | {"KeyAgreementAlgorithm": "INVALID"}
    same("the enumeration", "ECDH" in told, True)
    try:
        kms.derive_shared_secret(KeyId=mine, **wrong)
    except ClientError as error:
        same("an unknown algorithm", error.response["Error"]["Message"].startswith(told[:-2]), True)
    wrong = peer | {"PublicKey": b"InvalidPublicKey"}
    # AWS says nothing here; we say which curve the key has to be on.
    refused("ValidationException", None, kms.derive_shared_secret, KeyId=mine, **wrong)


def grants():
    made = key()["Arn"]
    request = {"GranteePrincipal": ME, "Operations": ["Decrypt", "Encrypt"]}
    answer = kms.create_grant(KeyId=made, Name="a", **request)
    members("CreateGrant", answer, {"GrantId", "GrantToken"})
    listed = kms.list_grants(KeyId=made)["Grants"]
    expected = {"KeyId", "GrantId", "Name", "CreationDate", "GranteePrincipal", "IssuingAccount", "Operations"}
    members("ListGrants", listed[0], expected)
    same("IssuingAccount", listed[0]["IssuingAccount"], f"arn:aws:iam::{ACCOUNT}:root")
    unnamed = kms.create_grant(KeyId=made, RetiringPrincipal=ME, **request)
    entry = kms.list_grants(KeyId=made, GrantId=unnamed["GrantId"])["Grants"][0]
    members("a grant without a name", entry, expected | {"RetiringPrincipal"})
    same("its name", entry.get("Name"), "")
    refused("NotFoundException", "Invalid keyId 'invalid'", kms.create_grant, KeyId="invalid", **request)
    refused("NotFoundException", "Invalid keyId 'invalid'", kms.list_grants, KeyId="invalid")
    for nobody in ["nobody", ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/nobody"]:
        for member in ["GranteePrincipal", "RetiringPrincipal"]:
            refused("InvalidArnException", f"Invalid arn {nobody}", kms.create_grant, KeyId=made, **{**request, member: nobody})
    refused("InvalidArnException", "Invalid arn nobody", kms.list_retirable_grants, RetiringPrincipal="nobody")
    kms.retire_grant(GrantToken=unnamed["GrantToken"])
    kms.retire_grant(KeyId=made, GrantId=answer["GrantId"])
    same("what is left", kms.list_grants(KeyId=made)["Grants"], [])


compare(
    metadata, names_of_keys, creation, tags, aliases, random_bytes, usage, signatures, encryption, states, rotation,
    imports, agreement, grants,
)
