#!/bin/bash
# Builds, starts a development daemon and shows the main job on real input. Each command is printed as it can be typed
# again, after `. DIR/env`. The daemon is left running.
set -euo pipefail
cd "$(dirname "$0")/.."
directory=${1:-.hsmd-dev}

bold() { printf '\n\033[1m%s\033[0m\n' "$*"; }
show() { # prints a command, then runs it
    printf '\033[36m$ %s\033[0m\n' "$*"
    eval "$*"
}

bold "Building (some minutes the first time)"
cargo build --release --bins --lib -p hsmd -p hsm-cli -p hsm-pkcs11
target=$(cargo metadata --format-version 1 --no-deps | sed -E 's/.*"target_directory":"([^"]+)".*/\1/')
# The AWS CLI that was installed for this, because there was none that knows `AWS_ENDPOINT_URL_KMS`.
[ ! -e "$target/clients/aws-cli/ready" ] || ln -sfn ../clients/aws-cli/bin/aws "$target/release/aws"
export PATH="$target/release:$PATH"

bold "A development daemon"
mkdir -p "$directory"
if [ -f "$directory/quickstart.pid" ] && [ "$(cat "/proc/$(cat "$directory/quickstart.pid")/comm" 2>/dev/null)" = hsmd ]; then
    echo "it runs already in $directory"
else
    # Its file tells that it is ready, so the file of an earlier run goes first.
    rm -f "$directory/env"
    echo "\$ hsmd dev --data-dir $directory"
    nohup hsmd dev --data-dir "$directory" >"$directory/hsmd.log" 2>&1 </dev/null &
    daemon=$!
    echo "$daemon" >"$directory/quickstart.pid"
    until [ -f "$directory/env" ]; do
        if ! kill -0 "$daemon" 2>/dev/null; then
            cat "$directory/hsmd.log" >&2
            echo "error: the daemon ended before it was ready" >&2
            rm -f "$directory/quickstart.pid"
            exit 1
        fi
        read -r -t 0.1 <> <(:) || true
    done
fi
work=$directory/quickstart
rm -rf "$work"
mkdir -p "$work"
show ". $directory/env"
tool='pkcs11-tool --module $PKCS11_MODULE --token-label $HSM_TOKEN_LABEL --login --pin $HSM_PIN'
run=$(date +%H%M%S)
rsa=rsa-$run ec=ec-$run aes=aes-$run

bold "Three keys that never leave the daemon"
show "$tool --keypairgen --key-type rsa:2048 --label $rsa --id 01$run"
show "$tool --keypairgen --key-type EC:secp384r1 --label $ec --id 02$run"
show "$tool --keygen --key-type AES:32 --label $aes --id 03$run"

bold "A file signed in the daemon, the signature checked by OpenSSL"
show "cp README.md $work/document.md"
show "$tool --sign --mechanism SHA256-RSA-PKCS --id 01$run --input-file $work/document.md --output-file $work/document.sig"
show "$tool --read-object --type pubkey --label $rsa --output-file $work/rsa.der"
show "openssl pkey -pubin -inform DER -in $work/rsa.der -out $work/rsa.pem"
show "openssl dgst -sha256 -verify $work/rsa.pem -signature $work/document.sig $work/document.md"

cat >"$work/openssl.cnf" <<EOF
openssl_conf = start
[start]
engines = engines
[engines]
pkcs11 = pkcs11
[pkcs11]
engine_id = pkcs11
MODULE_PATH = $PKCS11_MODULE
init = 0
[req]
distinguished_name = name
[name]
EOF
echo "(\$OPENSSL_CONF names the module for the engine: $work/openssl.cnf)"
show "export OPENSSL_CONF=$work/openssl.cnf"

bold "The same with the P-384 key; the public key comes through OpenSSL's engine"
public="\"pkcs11:token=\$HSM_TOKEN_LABEL;object=$ec;type=public\""
show "openssl dgst -sha384 -binary -out $work/document.sha384 $work/document.md"
show "$tool --sign --mechanism ECDSA --signature-format openssl --id 02$run --input-file $work/document.sha384 --output-file $work/document-ec.sig"
show "openssl pkey -engine pkcs11 -inform engine -pubin -in $public -out $work/ec.pem"
show "openssl dgst -sha384 -verify $work/ec.pem -signature $work/document-ec.sig $work/document.md"

bold "A certificate request and a self-signed certificate with a key that never leaves the daemon"
key="\"pkcs11:token=\$HSM_TOKEN_LABEL;object=$ec;type=private;pin-value=\$HSM_PIN\""
show "openssl req -new -engine pkcs11 -keyform engine -key $key -subj /CN=quickstart.example -sha384 -out $work/request.pem"
show "openssl req -in $work/request.pem -verify -noout"
show "openssl req -new -x509 -days 30 -engine pkcs11 -keyform engine -key $key -subj /CN=quickstart.example -sha384 -out $work/certificate.pem"
show "openssl verify -CAfile $work/certificate.pem $work/certificate.pem"
unset OPENSSL_CONF

if command -v aws >/dev/null 2>&1; then
    bold "Data encrypted and decrypted with \`aws kms\`, and a key of KMS used through PKCS#11"
    show "key=\$(aws kms create-key --description quickstart --query KeyMetadata.KeyId --output text)"
    show "aws kms create-alias --alias-name alias/quickstart-$run --target-key-id \$key"
    show "aws kms encrypt --key-id alias/quickstart-$run --plaintext fileb://$work/document.sig --encryption-context file=document.sig --query CiphertextBlob --output text | base64 -d > $work/document.sealed"
    show "aws kms decrypt --ciphertext-blob fileb://$work/document.sealed --encryption-context file=document.sig --query Plaintext --output text | base64 -d | cmp - $work/document.sig && echo the same"
    show "signer=\$(aws kms create-key --key-spec ECC_NIST_P256 --key-usage SIGN_VERIFY --query KeyMetadata.KeyId --output text)"
    show "aws kms create-alias --alias-name alias/signer-$run --target-key-id \$signer"
    show "openssl dgst -sha256 -binary -out $work/document.sha256 $work/document.md"
    show "pkcs11-tool --module \$PKCS11_MODULE --token-label kms-\$HSM_ACCOUNT_ID-\$AWS_REGION --login --pin \$HSM_PIN --sign --mechanism ECDSA --signature-format openssl --id \${signer//-/} --input-file $work/document.sha256 --output-file $work/document-kms.sig"
    show "aws kms verify --key-id alias/signer-$run --message-type DIGEST --message fileb://$work/document.sha256 --signing-algorithm ECDSA_SHA_256 --signature fileb://$work/document-kms.sig --query SignatureValid"
else
    bold "The AWS door is not shown: there is no \`aws\` command here (pip install awscli)"
fi

bold "What the daemon wrote down about it"
show "hsm audit tail -n 5"

bold "The daemon is still running. Go on by hand:"
cat <<EOF
  export PATH=$target/release:\$PATH
  . $directory/env
  hsm status
  hsm token list
  aws kms list-keys
  ${tool/\$PKCS11_MODULE/\$PKCS11_MODULE} --list-objects
Stop it with: make stop        (its log: $directory/hsmd.log)
EOF
