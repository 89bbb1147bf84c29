const {
  KMSClient, CreateKeyCommand, EncryptCommand, DecryptCommand, SignCommand, VerifyCommand, DisableKeyCommand,
} = require("@aws-sdk/client-kms");

const kms = new KMSClient({ endpoint: process.env.AWS_ENDPOINT_URL_KMS });

async function main() {
  const { KeyMetadata: key } = await kms.send(new CreateKeyCommand({}));
  const plaintext = Buffer.from("hello");
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: key.KeyId, Plaintext: plaintext }));
  const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob }));
  if (!Buffer.from(Plaintext).equals(plaintext)) throw new Error("another plaintext");
  if (!(key.CreationDate instanceof Date)) throw new Error("no date");

  const pair = (await kms.send(new CreateKeyCommand({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" }))).KeyMetadata;
  const asked = { KeyId: pair.KeyId, Message: plaintext, SigningAlgorithm: "ECDSA_SHA_256" };
  const { Signature } = await kms.send(new SignCommand(asked));
  const { SignatureValid } = await kms.send(new VerifyCommand({ ...asked, Signature }));
  if (!SignatureValid) throw new Error("invalid");

  await kms.send(new DisableKeyCommand({ KeyId: key.KeyId }));
  try {
    await kms.send(new EncryptCommand({ KeyId: key.KeyId, Plaintext: plaintext }));
  } catch (error) {
    if (error.name !== "DisabledException") throw error;
    console.log("JavaScript is content");
    return;
  }
  throw new Error("a disabled key encrypted");
}

main().catch((error) => { console.error(error); process.exit(1); });
