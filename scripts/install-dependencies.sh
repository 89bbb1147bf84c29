#!/bin/bash
# Installs what the build, the suites and the examples need, where it is missing. Does nothing when all is there. With the
# argument `quickstart`, only what that needs.
set -euo pipefail
purpose=${1:-suites}

missing=()
need() { # a program or file, the Debian package that has it
    command -v "$1" >/dev/null 2>&1 || [ -e "$1" ] || missing+=("$2")
}
need cc build-essential
need pkcs11-tool opensc
need openssl openssl
need python3 python3
python3 -c 'import ensurepip' >/dev/null 2>&1 || missing+=(python3-venv)
compgen -G '/usr/lib/*/engines-3/pkcs11.so' >/dev/null || missing+=(libengine-pkcs11-openssl)
if [ "$purpose" = suites ]; then
    need p11tool gnutls-bin
    need gdb gdb
    need keytool default-jre-headless
    need ssh-keygen openssh-client
    need softhsm2-util softhsm2
    need jarsigner default-jdk-headless
    need nginx nginx-light
    need curl curl
    need stunnel stunnel4
    need certutil libnss3-tools
    need osslsigncode osslsigncode
    need /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf fonts-dejavu-core
fi

if ! command -v cargo >/dev/null 2>&1; then
    echo "error: there is no Rust toolchain" >&2
    echo "hint: install it from https://rustup.rs, version 1.95 or later" >&2
    exit 1
fi
# Clients from PyPI and npm go below the target directory. Without a network the suite says that it leaves them out.
clients() {
    local target
    target=$(cargo metadata --manifest-path "$(dirname "$0")/../Cargo.toml" --format-version 1 --no-deps |
        sed -E 's/.*"target_directory":"([^"]+)".*/\1/')/clients
    mkdir -p "$target"
    if [ "$purpose" = quickstart ]; then
        # Older ones, as Debian 12's, would send the requests to AWS: they do not know `AWS_ENDPOINT_URL_KMS`.
        aws --version 2>/dev/null | grep -qE '^aws-cli/(1\.(29|[3-9][0-9])|2\.(1[3-9]|[2-9][0-9]))\.' ||
            python_clients aws-cli awscli
        return
    fi
    python_clients python python-pkcs11==0.10.1 PyKCS11==1.5.20
    python_clients aws boto3 awscli aws-encryption-sdk cryptography 'moto[kms,server]'
    if command -v npm >/dev/null 2>&1 && [ ! -e "$target/npm/ready" ]; then
        { npm install --silent --prefix "$target/npm" pkcs11js@2.1.7 &&
            { [ -e "$target/npm/node_modules/pkcs11js/build/Release/pkcs11.node" ] ||
                { cd "$target/npm" && npm install-scripts approve pkcs11js && npm rebuild pkcs11js; }; } &&
            touch "$target/npm/ready"; } >"$target/npm.log" 2>&1 ||
            { rm -rf "$target/npm"; echo "note: pkcs11js is not installed; $target/npm.log says why" >&2; }
    fi
    if command -v npm >/dev/null 2>&1 && [ ! -e "$target/npm/node_modules/@aws-sdk/client-kms" ]; then
        npm install --silent --prefix "$target/npm" @aws-sdk/client-kms >"$target/npm-aws.log" 2>&1 ||
            echo "note: AWS's SDK for JavaScript is not installed; $target/npm-aws.log says why" >&2
    fi
}
python_clients() { # a folder of its own, packages of PyPI
    local folder=$target/$1
    shift
    [ ! -e "$folder/ready" ] || return 0
    echo "installing $* in $folder"
    { python3 -m venv "$folder" && "$folder/bin/pip" install -q "$@" && touch "$folder/ready"; } >"$folder.log" 2>&1 ||
        { rm -rf "$folder"; echo "note: $* is not installed; $folder.log says why" >&2; }
}

if [ ${#missing[@]} -eq 0 ]; then
    clients
    exit 0
fi

if ! command -v apt-get >/dev/null 2>&1; then
    echo "error: these are missing, and only Debian's way to install them is known here: ${missing[*]}" >&2
    exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "error: these are missing: ${missing[*]}" >&2
        echo "hint: as root: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi
echo "installing ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
clients
