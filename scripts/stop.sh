#!/bin/bash
# Stops the development daemon of a directory, and only that one.
set -euo pipefail
directory=${1:-.hsmd-dev}
pid_file=$directory/quickstart.pid

if [ ! -f "$pid_file" ]; then
    echo "no development daemon was left running in $directory"
    exit 0
fi
pid=$(cat "$pid_file")
# The number may have been given to another process since.
if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = hsmd ]; then
    kill -TERM "$pid"
    tail --pid="$pid" -f /dev/null
    echo "stopped the daemon of $directory (process $pid); its keys are kept, and \`make quickstart\` or"
    echo "\`hsmd dev --data-dir $directory\` starts it again"
else
    echo "the daemon of $directory is not running"
fi
rm -f "$pid_file"
