#!/bin/bash
# Installs what the build, the suites and the examples need, where it is missing. Does nothing when all is there.
set -euo pipefail

missing=()
need() { # a program or file, the Debian package that has it
    command -v "$1" >/dev/null 2>&1 || [ -e "$1" ] || missing+=("$2")
}
need cc build-essential
need pkcs11-tool opensc
need openssl openssl
need p11tool gnutls-bin
need gdb gdb
need keytool default-jre-headless
need ssh-keygen openssh-client
need softhsm2-util softhsm2
need /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf fonts-dejavu-core
compgen -G '/usr/lib/*/engines-3/pkcs11.so' >/dev/null || missing+=(libengine-pkcs11-openssl)

if ! command -v cargo >/dev/null 2>&1; then
    echo "error: there is no Rust toolchain" >&2
    echo "hint: install it from https://rustup.rs, version 1.95 or later" >&2
    exit 1
fi
[ ${#missing[@]} -eq 0 ] && exit 0

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
