#!/bin/bash
# Builds for speed and measures; the report goes to target/bench, and its tables to the screen.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release --workspace
target=$(cargo metadata --format-version 1 --no-deps | sed -E 's/.*"target_directory":"([^"]+)".*/\1/')
HSM_BINARIES="$target/release" "$target/release/side-by-side" --output "${BENCH_OUTPUT:-$target/bench}" "$@"
HSM_BINARIES="$target/release" "$target/release/many-objects" | tee "${BENCH_OUTPUT:-$target/bench}/many-objects.md"
HSM_BINARIES="$target/release" "$target/release/kms-side-by-side" --output "${BENCH_OUTPUT:-$target/bench}" "$@"
HSM_BINARIES="$target/release" "$target/release/kms-many-keys" | tee "${BENCH_OUTPUT:-$target/bench}/kms-many-keys.md"
