#!/usr/bin/env bash
# Prints the changelog's section of a version: scripts/release_notes.sh VERSION <CHANGELOG.md
set -euo pipefail
notes=$(awk -v version="$1" '
  /^## / { ours = $2 == version || $0 == "## Unreleased (" version ")"; next }
  ours
')
[ -n "$notes" ] || { echo "the changelog has no section for $1" >&2; exit 1; }
printf '%s\n' "$notes" | sed '/./,$!d'
