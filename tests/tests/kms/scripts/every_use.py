"""Every call that uses a key, with every key spec: what it gives is checked by another implementation where there is one."""

import hashlib
import json
import os

import boto3
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

kms = boto3.client("kms")
CURVES = {"P256": ec.SECP256R1(), "P384": ec.SECP384R1(), "P521": ec.SECP521R1()}
SIGNING = {
    "RSA_2048": ["RSASSA_PKCS1_V1_5_SHA_256", "RSASSA_PSS_SHA_512"],
    "ECC_NIST_P256": ["ECDSA_SHA_256"],
    "ECC_NIST_P384": ["ECDSA_SHA_384"],
    "ECC_NIST_P521": ["ECDSA_SHA_512"],
    "ECC_SECG_P256K1": ["ECDSA_SHA_256"],
    "ECC_NIST_EDWARDS25519": ["ED25519_SHA_512", "ED25519_PH_SHA_512"],
    "ML_DSA_44": ["ML_DSA_SHAKE_256"],
    "ML_DSA_65": ["ML_DSA_SHAKE_256"],
    "ML_DSA_87": ["ML_DSA_SHAKE_256"],
}
ML_DSA_PUBLIC_BYTES = {"ML_DSA_44": 1312, "ML_DSA_65": 1952, "ML_DSA_87": 2592}


def refused(code, call, saying="", **request):
    try:
        call(**request)
    except ClientError as error:
        told = error.response["Error"]
        assert told["Code"] == code and saying in told["Message"], told
    else:
        raise AssertionError(f"{code} was expected")


def new_key(**request):
    return kms.create_key(**request)["KeyMetadata"]


def symmetric_keys():
    key, other = new_key(), new_key()["KeyId"]
    context = {"purpose": "test", "a": "b"}
    made = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"hello", EncryptionContext=context)
    assert made["KeyId"] == key["Arn"]
    blob = made["CiphertextBlob"]
    opened = kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)
    assert opened["Plaintext"] == b"hello" and opened["KeyId"] == key["Arn"]
    refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=blob)
    refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=b"garbage")
    changed = blob[:-1] + bytes([blob[-1] ^ 1])
    refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=changed, EncryptionContext=context)
    elsewhere = blob[:20] + bytes([blob[20] ^ 1]) + blob[21:]
    refused("AccessDeniedException", kms.decrypt, "The ciphertext refers to", CiphertextBlob=elsewhere, EncryptionContext=context)
    refused("IncorrectKeyException", kms.decrypt, CiphertextBlob=blob, EncryptionContext=context, KeyId=other)
    moved = kms.re_encrypt(CiphertextBlob=blob, SourceEncryptionContext=context, DestinationKeyId=other)
    assert moved["SourceKeyId"] == key["Arn"]
    assert kms.decrypt(CiphertextBlob=moved["CiphertextBlob"])["Plaintext"] == b"hello"
    refused("DryRunOperationException", kms.encrypt, KeyId=other, Plaintext=b"x", DryRun=True)
    kms.disable_key(KeyId=other)
    refused("DisabledException", kms.encrypt, "is disabled.", KeyId=other, Plaintext=b"x", DryRun=True)
    refused("InvalidKeyUsageException", kms.sign, "is not valid for Sign", KeyId=other, Message=b"x", SigningAlgorithm="ECDSA_SHA_256")
    kms.enable_key(KeyId=other)
    kms.rotate_key_on_demand(KeyId=other)
    newer = kms.encrypt(KeyId=other, Plaintext=b"new")["CiphertextBlob"]
    ids = {kms.decrypt(CiphertextBlob=each)["KeyMaterialId"] for each in (moved["CiphertextBlob"], newer)}
    assert len(ids) == 2


def data_keys():
    key = new_key()["KeyId"]
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    assert len(made["Plaintext"]) == 32 and len(made["CiphertextBlob"]) < 256
    assert kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"] == made["Plaintext"]
    made = kms.generate_data_key_without_plaintext(KeyId=key, NumberOfBytes=100)
    assert "Plaintext" not in made and len(kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"]) == 100
    refused("ValidationException", kms.generate_data_key, KeyId=key)
    refused("ValidationException", kms.generate_data_key, KeyId=key, KeySpec="AES_256", NumberOfBytes=3)
    for spec in ["RSA_2048", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519"]:
        pair = kms.generate_data_key_pair(KeyId=key, KeyPairSpec=spec)
        private = load_der_private_key(pair["PrivateKeyPlaintext"], None)
        public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert public == pair["PublicKey"], spec
        assert kms.decrypt(CiphertextBlob=pair["PrivateKeyCiphertextBlob"])["Plaintext"] == pair["PrivateKeyPlaintext"]
    for spec in ["ML_KEM_512", "ML_KEM_768", "ML_KEM_1024"]:
        pair = kms.generate_data_key_pair(KeyId=key, KeyPairSpec=spec)
        assert kms.decrypt(CiphertextBlob=pair["PrivateKeyCiphertextBlob"])["Plaintext"] == pair["PrivateKeyPlaintext"]
        if spec == "ML_KEM_512":
            continue  # OpenSSL's Python has no such keys.
        private = load_der_private_key(pair["PrivateKeyPlaintext"], None)
        public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert public == pair["PublicKey"], spec
    pair = kms.generate_data_key_pair_without_plaintext(KeyId=key, KeyPairSpec="ECC_NIST_P256")
    assert "PrivateKeyPlaintext" not in pair


def signatures():
    for spec, algorithms in SIGNING.items():
        key = new_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyId"]
        public = kms.get_public_key(KeyId=key)
        assert set(algorithms) <= set(public["SigningAlgorithms"])
        for algorithm in algorithms:
            message, kind = b"message", "RAW"
            if algorithm == "ED25519_PH_SHA_512":
                message, kind = hashlib.sha512(message).digest(), "DIGEST"
            asked = {"KeyId": key, "SigningAlgorithm": algorithm}
            signature = kms.sign(Message=message, MessageType=kind, **asked)["Signature"]
            verified = kms.verify(Message=message, MessageType=kind, Signature=signature, **asked)
            assert verified["SignatureValid"]
            for wrong in [{"Message": message[:-1] + b"X"}, {"Signature": signature[:-1]}]:
                request = {"Message": message, "Signature": signature, "MessageType": kind, **asked, **wrong}
                refused("KMSInvalidSignatureException", kms.verify, **request)
            if algorithm.startswith("ECDSA"):
                bits = algorithm[-3:]
                digest = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}[bits]
                load_der_public_key(public["PublicKey"]).verify(signature, message, ec.ECDSA(digest))
                digested = hashlib.new(f"sha{bits}", message).digest()
                assert kms.verify(Message=digested, MessageType="DIGEST", Signature=signature, **asked)["SignatureValid"]
                refused("ValidationException", kms.sign, "Digest is invalid length", Message=b"short", MessageType="DIGEST", **asked)
            if spec in ML_DSA_PUBLIC_BYTES:
                raw = public["PublicKey"][-ML_DSA_PUBLIC_BYTES[spec] :]
                tr = hashlib.shake_256(raw).digest(64)
                mu = hashlib.shake_256(tr + b"\0\0" + message).digest(64)
                assert kms.verify(Message=mu, MessageType="EXTERNAL_MU", Signature=signature, **asked)["SignatureValid"]
                by_mu = kms.sign(Message=mu, MessageType="EXTERNAL_MU", **asked)["Signature"]
                assert kms.verify(Message=message, Signature=by_mu, **asked)["SignatureValid"]
        other = "ECDSA_SHA_256" if spec == "ECC_NIST_P384" else "ECDSA_SHA_384"
        refused("InvalidKeyUsageException", kms.sign, "incompatible with key spec", KeyId=key, Message=b"m", SigningAlgorithm=other)


def codes():
    for bits in (224, 256, 384, 512):
        key = new_key(KeySpec=f"HMAC_{bits}", KeyUsage="GENERATE_VERIFY_MAC")["KeyId"]
        asked = {"KeyId": key, "MacAlgorithm": f"HMAC_SHA_{bits}"}
        mac = kms.generate_mac(Message=b"m", **asked)["Mac"]
        assert len(mac) == bits // 8 and kms.verify_mac(Message=b"m", Mac=mac, **asked)["MacValid"]
        refused("KMSInvalidMacException", kms.verify_mac, Message=b"n", Mac=mac, **asked)
        refused("KMSInvalidMacException", kms.verify_mac, Message=b"m", Mac=mac[:-1], **asked)


def rsa_encryption():
    for bits, lengths in ((2048, (214, 190)), (3072, (342, 318)), (4096, (470, 446))):
        key = new_key(KeySpec=f"RSA_{bits}", KeyUsage="ENCRYPT_DECRYPT")["KeyId"]
        for hash_name, length in zip(("SHA_1", "SHA_256"), lengths):
            asked = {"KeyId": key, "EncryptionAlgorithm": f"RSAES_OAEP_{hash_name}"}
            ciphertext = kms.encrypt(Plaintext=b"z" * length, **asked)["CiphertextBlob"]
            assert kms.decrypt(CiphertextBlob=ciphertext, **asked)["Plaintext"] == b"z" * length
            refused("ValidationException", kms.encrypt, f"larger than {length} bytes", Plaintext=b"z" * (length + 1), **asked)
            refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=ciphertext[:-1], **asked)
        refused("InvalidKeyUsageException", kms.encrypt, KeyId=key, Plaintext=b"z")
        refused("InvalidKeyUsageException", kms.generate_data_key, KeyId=key, KeySpec="AES_256")


def shared_secrets():
    for name, curve in CURVES.items():
        key = new_key(KeySpec=f"ECC_NIST_{name}", KeyUsage="KEY_AGREEMENT")["KeyId"]
        own = ec.generate_private_key(curve)
        peer = own.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        asked = {"KeyId": key, "KeyAgreementAlgorithm": "ECDH"}
        secret = kms.derive_shared_secret(PublicKey=peer, **asked)["SharedSecret"]
        public = load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
        assert secret == own.exchange(ec.ECDH(), public)
        off_the_curve = peer[:-1] + bytes([peer[-1] ^ 1])
        refused("ValidationException", kms.derive_shared_secret, PublicKey=off_the_curve, **asked)
    for size in (512, 768, 1024):
        key = new_key(KeySpec=f"ML_KEM_{size}", KeyUsage="ENCAPSULATE_DECAPSULATE")["KeyId"]
        asked = {"KeyId": key, "EncapsulationAlgorithm": "ML_KEM"}
        made = kms.encapsulate(**asked)
        blob = made["SharedSecretCiphertextBlob"]
        assert kms.decapsulate(SharedSecretCiphertextBlob=blob, **asked)["SharedSecret"] == made["SharedSecret"]
        refused("InvalidCiphertextException", kms.decapsulate, SharedSecretCiphertextBlob=blob[:-1], **asked)


def other_accounts():
    second = boto3.client(
        "kms",
        aws_access_key_id=os.environ["HSM_SECOND_ACCESS_KEY_ID"],
        aws_secret_access_key=os.environ["HSM_SECOND_SECRET_ACCESS_KEY"],
    )
    key = new_key()
    arn, allowed = key["Arn"], {"purpose": "test"}
    absent = arn.replace(key["KeyId"], "1234abcd-12ab-34cd-56ef-1234567890ab")
    for named in (arn, absent):
        refused("AccessDeniedException", second.encrypt, KeyId=named, Plaintext=b"x")
    blob = kms.encrypt(KeyId=arn, Plaintext=b"x")["CiphertextBlob"]
    refused("AccessDeniedException", second.decrypt, "The ciphertext refers to", CiphertextBlob=blob)
    policy = json.loads(kms.get_key_policy(KeyId=arn)["Policy"])
    policy["Statement"].append(
        {
            "Effect": "Allow",
            "Principal": {"AWS": os.environ["HSM_SECOND_ACCOUNT_ID"]},
            "Action": ["kms:Encrypt", "kms:Decrypt"],
            "Resource": "*",
            "Condition": {"StringEquals": {"kms:EncryptionContext:purpose": "test"}},
        }
    )
    kms.put_key_policy(KeyId=arn, Policy=json.dumps(policy))
    blob = second.encrypt(KeyId=arn, Plaintext=b"x", EncryptionContext=allowed)["CiphertextBlob"]
    assert second.decrypt(CiphertextBlob=blob, EncryptionContext=allowed)["Plaintext"] == b"x"
    refused("AccessDeniedException", second.encrypt, KeyId=arn, Plaintext=b"x", EncryptionContext={"purpose": "other"})
    refused("AccessDeniedException", second.describe_key, KeyId=arn)


for test in (symmetric_keys, data_keys, signatures, codes, rsa_encryption, shared_secrets, other_accounts):
    test()
print("every use of a key is right")
