#!/bin/bash
# Builds everything, runs every suite and ends with one line of counts. Any failure makes the exit code 1.
set -uo pipefail
cd "$(dirname "$0")/.."

cargo build --workspace || exit 1
target=$(cargo metadata --format-version 1 --no-deps | sed -E 's/.*"target_directory":"([^"]+)".*/\1/')
export HSM_BINARIES="$target/debug"
# A tool that is missing here is a failure, not a test left out.
export HSM_TOOLS=required

log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=0
if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --workspace --no-fail-fast 2>&1 | tee "$log" || failed=1
    # nextest does not run the examples in documentation, which hold the promises that are made at compile time.
    cargo test --workspace --doc --no-fail-fast 2>&1 | tee -a "$log" || failed=1
else
    cargo test --workspace --no-fail-fast 2>&1 | tee "$log" || failed=1
fi

# `     Summary [  12.3s] 345 tests run: 344 passed (2 slow), 1 failed, 3 skipped` and `test result: ok. 12 passed; 0 failed; 1 ignored; …`
counts=$(sed -E 's/\x1b\[[0-9;]*m//g' "$log" | awk '
    /^ *Summary \[|^test result:/ {
        line = $0
        while (match(line, /[0-9]+ (passed|failed|timed out|skipped|ignored)/)) {
            split(substr(line, RSTART, RLENGTH), word, " ")
            count[word[2]] += word[1]
            line = substr(line, RSTART + RLENGTH)
        }
    }
    END {
        printf "%d passed, %d failed, %d skipped", count["passed"], count["failed"] + count["timed"], count["skipped"] + count["ignored"]
    }')
echo
grep -a "LEFT OUT:" "$log" | sort -u
echo "$counts"
exit $failed
