"""Envelope encryption, as S3 and most services of AWS do it: a data key for each document, wrapped by a KMS key.

Run it with the environment of a development daemon: `. .hsmd-dev/env && python3 docs/examples/envelope.py`
"""

import os

import boto3
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

kms = boto3.client("kms")


def seal(key_id: str, document: bytes, context: dict) -> dict:
    """Encrypts a document with a data key of its own. What comes back may be stored anywhere."""
    data_key = kms.generate_data_key(KeyId=key_id, KeySpec="AES_256", EncryptionContext=context)
    nonce = os.urandom(12)
    sealed = AESGCM(data_key["Plaintext"]).encrypt(nonce, document, None)
    # The data key itself is forgotten; only its wrapped form is kept.
    return {"wrapped_key": data_key["CiphertextBlob"], "nonce": nonce, "sealed": sealed}


def open_sealed(envelope: dict, context: dict) -> bytes:
    """Asks for the data key again, which needs the permission kms:Decrypt and the same context."""
    data_key = kms.decrypt(CiphertextBlob=envelope["wrapped_key"], EncryptionContext=context)
    return AESGCM(data_key["Plaintext"]).decrypt(envelope["nonce"], envelope["sealed"], None)


if __name__ == "__main__":
    key = kms.create_key(Description="documents")["KeyMetadata"]["KeyId"]
    context = {"document": "contract-17"}
    envelope = seal(key, b"a long document" * 1000, context)
    assert open_sealed(envelope, context) == b"a long document" * 1000
    try:
        open_sealed(envelope, {"document": "contract-18"})
    except kms.exceptions.InvalidCiphertextException:
        print("the document is back, and only with its context")
