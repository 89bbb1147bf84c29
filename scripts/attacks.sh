#!/bin/bash
# Tries every attack of the suite on our tokens, and on SoftHSM's where it is installed; the table goes to the screen.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet --workspace
target=$(cargo metadata --format-version 1 --no-deps | sed -E 's/.*"target_directory":"([^"]+)".*/\1/')
HSM_BINARIES="$target/debug" "$target/debug/attacks"
