#!/bin/bash
# Installs the programs, the module and the service below PREFIX (/usr), within DESTDIR for packages. With HSM_BINARIES it
# takes what is built in that folder; else it builds. Settings that are there already stay as they are.
set -euo pipefail
cd "$(dirname "$0")/.."
prefix=${PREFIX:-/usr}
root=${DESTDIR:-}

if [ -n "${HSM_BINARIES:-}" ]; then
    built=$HSM_BINARIES
else
    cargo build --release --bins --lib -p hsmd -p hsm-cli -p hsm-pkcs11
    built=$(cargo metadata --format-version 1 --no-deps | sed -E 's/.*"target_directory":"([^"]+)".*/\1/')/release
fi

install -D -m 0755 "$built/hsmd" "$root$prefix/bin/hsmd"
install -D -m 0755 "$built/hsm" "$root$prefix/bin/hsm"
# Scripts that call SoftHSM's tool find ours; where SoftHSM itself is installed below the same prefix, its tool stays.
if [ -e "$root$prefix/bin/softhsm2-util" ] && [ ! -L "$root$prefix/bin/softhsm2-util" ]; then
    echo "note: $root$prefix/bin/softhsm2-util is SoftHSM's own and stays; ours is \`hsm softhsm2-util\`"
else
    ln -sfn hsm "$root$prefix/bin/softhsm2-util"
fi
install -D -m 0644 "$built/libhsm_pkcs11.so" "$root$prefix/lib/libhsm_pkcs11.so"
# GnuTLS and others that use p11-kit see the tokens without being told of the module.
install -d -m 0755 "$root$prefix/share/p11-kit/modules"
echo "module: $prefix/lib/libhsm_pkcs11.so" >"$root$prefix/share/p11-kit/modules/hsmd.module"

install -d -m 0755 "$root$prefix/lib/systemd/system" "$root$prefix/share/doc/hsmd" "$root/etc/hsmd"
sed "s#/usr/#$prefix/#g" deploy/hsmd.service >"$root$prefix/lib/systemd/system/hsmd.service"
install -m 0644 README.md LICENSE CHANGELOG.md "$root$prefix/share/doc/hsmd/"
if [ -e "$root/etc/hsmd/hsmd.toml" ]; then
    echo "note: $root/etc/hsmd/hsmd.toml stays as it is"
else
    # It holds no secret, and the service reads it without being root.
    install -m 0644 deploy/hsmd.toml "$root/etc/hsmd/hsmd.toml"
fi
cat <<EOF
hsmd is installed below $root$prefix. As root, on the machine where it is to run:
  useradd --system hsmd
  systemctl daemon-reload && systemctl enable --now hsmd
  export HSM_ENDPOINT=unix:/run/hsmd/hsmd.sock
  hsm init
EOF
