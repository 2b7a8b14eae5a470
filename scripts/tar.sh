#!/usr/bin/env bash
# Packs names of a folder into a .tar.gz that depends on nothing but their contents
# and SOURCE_DATE_EPOCH: scripts/tar.sh ARCHIVE FOLDER NAME...
set -euo pipefail
archive=$1 folder=$2
shift 2
tar=$(command -v gtar || command -v tar)
"$tar" --version | grep -F GNU >/dev/null || { echo "This needs GNU tar (on macOS: brew install gnu-tar)." >&2; exit 1; }
"$tar" --create --directory "$folder" --format ustar --sort name --mtime "@$SOURCE_DATE_EPOCH" \
  --owner 0 --group 0 --numeric-owner --mode go-w "$@" | gzip -9n >"$archive"
