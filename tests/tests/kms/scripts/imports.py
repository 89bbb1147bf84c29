"""Material from outside for every key spec: wrapped by another implementation, and what the key then computes checked by it."""

import datetime
import os

import boto3
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
)

kms = boto3.client("kms")
HASHES = {"SHA_1": hashes.SHA1(), "SHA_256": hashes.SHA256()}
WRAPPINGS = [f"{way}_{name}" for way in ("RSAES_OAEP", "RSA_AES_KEY_WRAP") for name in HASHES]


def refused(code, call, **request):
    try:
        call(**request)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response["Error"]
    else:
        raise AssertionError(f"{code} was expected")


def new_key(spec, usage):
    made = kms.create_key(KeySpec=spec, KeyUsage=usage, Origin="EXTERNAL")["KeyMetadata"]
    assert made["KeyState"] == "PendingImport" and "ExpirationModel" not in made
    return made["KeyId"]


def wrapped(parameters, wrapping, material):
    chosen = HASHES["SHA_256" if wrapping.endswith("SHA_256") else "SHA_1"]
    oaep = padding.OAEP(mgf=padding.MGF1(chosen), algorithm=chosen, label=None)
    public = load_der_public_key(parameters["PublicKey"])
    if wrapping.startswith("RSAES"):
        return public.encrypt(material, oaep)
    key = os.urandom(32)
    return public.encrypt(key, oaep) + aes_key_wrap_with_padding(key, material)


def parameters_for(key, wrapping, size):
    return kms.get_parameters_for_import(
        KeyId=key, WrappingAlgorithm=wrapping, WrappingKeySpec=f"RSA_{size}"
    )


def send(key, parameters, material, **more):
    more = more or {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
    return kms.import_key_material(
        KeyId=key, ImportToken=parameters["ImportToken"], EncryptedKeyMaterial=material, **more
    )


def bring(key, material, wrapping="RSA_AES_KEY_WRAP_SHA_256", size=2048, **more):
    parameters = parameters_for(key, wrapping, size)
    answer = send(key, parameters, wrapped(parameters, wrapping, material), **more)
    metadata = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert metadata["KeyState"] == "Enabled" and metadata["Enabled"], metadata
    return answer, metadata


def pkcs8(key):
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def every_wrapping():
    key = new_key("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
    material = os.urandom(32)
    ids = set()
    for size in (2048, 3072, 4096):
        for wrapping in WRAPPINGS:
            answer, metadata = bring(key, material, wrapping, size)
            assert metadata["ExpirationModel"] == "KEY_MATERIAL_DOES_NOT_EXPIRE"
            ids.add(answer["KeyMaterialId"])
    assert ids == {metadata["CurrentKeyMaterialId"]}
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.delete_imported_key_material(KeyId=key)
    refused("KMSInvalidStateException", kms.decrypt, CiphertextBlob=blob)
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=5)
    _, metadata = bring(key, material, ExpirationModel="KEY_MATERIAL_EXPIRES", ValidTo=end)
    assert metadata["ExpirationModel"] == "KEY_MATERIAL_EXPIRES"
    assert abs(metadata["ValidTo"] - end) < datetime.timedelta(seconds=1)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def macs():
    kinds = {224: hashes.SHA224(), 256: hashes.SHA256(), 384: hashes.SHA384(), 512: hashes.SHA512()}
    for bits, chosen in kinds.items():
        key = new_key(f"HMAC_{bits}", "GENERATE_VERIFY_MAC")
        material = os.urandom(bits // 8)
        bring(key, material, "RSAES_OAEP_SHA_256")
        expected = hmac.HMAC(material, chosen)
        expected.update(b"message")
        made = kms.generate_mac(KeyId=key, Message=b"message", MacAlgorithm=f"HMAC_SHA_{bits}")
        assert made["Mac"] == expected.finalize()


def signatures():
    curves = {
        "ECC_NIST_P256": (ec.SECP256R1(), "ECDSA_SHA_256", hashes.SHA256()),
        "ECC_NIST_P384": (ec.SECP384R1(), "ECDSA_SHA_384", hashes.SHA384()),
        "ECC_NIST_P521": (ec.SECP521R1(), "ECDSA_SHA_512", hashes.SHA512()),
        "ECC_SECG_P256K1": (ec.SECP256K1(), "ECDSA_SHA_256", hashes.SHA256()),
    }
    for spec, (curve, algorithm, chosen) in curves.items():
        private = ec.generate_private_key(curve)
        key = new_key(spec, "SIGN_VERIFY")
        bring(key, pkcs8(private))
        made = kms.sign(KeyId=key, Message=b"message", SigningAlgorithm=algorithm)
        private.public_key().verify(made["Signature"], b"message", ec.ECDSA(chosen))
        shown = load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
        assert shown == private.public_key()
        # A pair of another curve is none for this key, and neither is another of the same curve.
        other = ec.generate_private_key(ec.SECP256R1() if spec != "ECC_NIST_P256" else ec.SECP384R1())
        for wrong in (other, ec.generate_private_key(curve)):
            refused("IncorrectKeyMaterialException", bring, key=key, material=pkcs8(wrong))
    private = ed25519.Ed25519PrivateKey.generate()
    key = new_key("ECC_NIST_EDWARDS25519", "SIGN_VERIFY")
    bring(key, pkcs8(private), "RSAES_OAEP_SHA_1")
    made = kms.sign(KeyId=key, Message=b"message", SigningAlgorithm="ED25519_SHA_512")
    private.public_key().verify(made["Signature"], b"message")


def rsa_keys():
    for size in (2048, 3072, 4096):
        private = rsa.generate_private_key(65537, size)
        key = new_key(f"RSA_{size}", "ENCRYPT_DECRYPT")
        bring(key, pkcs8(private), "RSA_AES_KEY_WRAP_SHA_1", 4096)
        oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
        blob = private.public_key().encrypt(b"secret", oaep)
        opened = kms.decrypt(KeyId=key, CiphertextBlob=blob, EncryptionAlgorithm="RSAES_OAEP_SHA_256")
        assert opened["Plaintext"] == b"secret"
    shorter = rsa.generate_private_key(65537, 2048)
    refused("IncorrectKeyMaterialException", bring, key=new_key("RSA_3072", "SIGN_VERIFY"), material=pkcs8(shorter))


def agreements():
    private, peer = ec.generate_private_key(ec.SECP384R1()), ec.generate_private_key(ec.SECP384R1())
    key = new_key("ECC_NIST_P384", "KEY_AGREEMENT")
    bring(key, pkcs8(private))
    public = peer.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    shared = kms.derive_shared_secret(KeyId=key, KeyAgreementAlgorithm="ECDH", PublicKey=public)
    assert shared["SharedSecret"] == peer.exchange(ec.ECDH(), private.public_key())


def lattices():
    try:
        from cryptography.hazmat.primitives.asymmetric import mldsa
    except ImportError:
        return
    for bits in (44, 65, 87):
        private = getattr(mldsa, f"MLDSA{bits}PrivateKey").generate()
        key = new_key(f"ML_DSA_{bits}", "SIGN_VERIFY")
        bring(key, pkcs8(private))
        made = kms.sign(KeyId=key, Message=b"message", SigningAlgorithm="ML_DSA_SHAKE_256")
        private.public_key().verify(made["Signature"], b"message")


def encapsulations():
    """Of 768 and 1024, which OpenSSL has; Wycheproof's cases are of all three."""
    try:
        from cryptography.hazmat.primitives.asymmetric import mlkem
    except ImportError:
        return
    for size in (768, 1024):
        private = getattr(mlkem, f"MLKEM{size}PrivateKey").generate()
        key = new_key(f"ML_KEM_{size}", "ENCAPSULATE_DECAPSULATE")
        bring(key, pkcs8(private))
        asked = {"KeyId": key, "EncapsulationAlgorithm": "ML_KEM"}
        shown = kms.get_public_key(KeyId=key)["PublicKey"]
        assert shown == private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        secret, blob = load_der_public_key(shown).encapsulate()
        assert kms.decapsulate(SharedSecretCiphertextBlob=blob, **asked)["SharedSecret"] == secret
        made = kms.encapsulate(**asked)
        assert private.decapsulate(made["SharedSecretCiphertextBlob"]) == made["SharedSecret"]
        # FIPS 203 §6.3: what was not made for the key gives another secret, the same one everywhere.
        blob = bytes([blob[0] ^ 1]) + blob[1:]
        other = kms.decapsulate(SharedSecretCiphertextBlob=blob, **asked)["SharedSecret"]
        assert other == private.decapsulate(blob) != secret


def what_is_broken():
    key = new_key("ECC_NIST_P256", "SIGN_VERIFY")
    good = pkcs8(ec.generate_private_key(ec.SECP256R1()))
    for material in (good[:-1], b"0" * 138, os.urandom(32)):
        refused("IncorrectKeyMaterialException", bring, key=key, material=material)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingImport"
    # P-521 does not fit into what RSA-2048 encrypts at once.
    parameters = parameters_for(key, "RSAES_OAEP_SHA_256", 2048)
    refused(
        "InvalidCiphertextException", send, key=key, parameters=parameters, material=os.urandom(256)
    )
    refused(
        "UnsupportedOperationException",
        kms.get_parameters_for_import,
        KeyId=key,
        WrappingAlgorithm="RSAES_PKCS1_V1_5",
        WrappingKeySpec="RSA_2048",
    )


every_wrapping()
macs()
signatures()
rsa_keys()
agreements()
lattices()
encapsulations()
what_is_broken()
print("imports are content")
