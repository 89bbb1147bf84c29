import aws_encryption_sdk
import boto3
from aws_encryption_sdk import CommitmentPolicy

key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
client = aws_encryption_sdk.EncryptionSDKClient(
    commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
)
provider = aws_encryption_sdk.StrictAwsKmsMasterKeyProvider(key_ids=[key])
document = b"a document of some length " * 10_000
context = {"document": "example"}
sealed, _ = client.encrypt(source=document, key_provider=provider, encryption_context=context)
assert document not in sealed
opened, header = client.decrypt(source=sealed, key_provider=provider)
assert opened == document
assert header.encryption_context["document"] == "example"
print("the encryption SDK is content")
