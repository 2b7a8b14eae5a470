#!/usr/bin/env bash
# Checks whether the tools of every language that has an SDK are here. Without
# them the SDKs' tests are not run, and that is said; in CI it is an error.
set -euo pipefail
missing=()
for tool in node npm python3 javac mvn; do
  command -v "$tool" >/dev/null || missing+=("$tool")
done
[ ${#missing[@]} -gt 0 ] || exit 0
printf '\nNOT RUN: the tests of the SDKs, which need %s on PATH.\n' "${missing[*]}"
[ "${CI:-}" != true ] || { echo "In CI they have to run." >&2; exit 2; }
exit 1
