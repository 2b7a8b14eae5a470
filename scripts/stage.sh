#!/usr/bin/env bash
# Runs a command as a stage with a name, and says how long it took.
set -euo pipefail
name=$1
shift
printf '\n==> %s\n' "$name"
status=0
"$@" || status=$?
printf '<== %s: %d s\n' "$name" "$SECONDS"
exit "$status"
