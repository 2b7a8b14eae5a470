#!/usr/bin/env bash
# Builds this platform's archives again, from a copy of the sources in another folder
# and for another user's settings, and compares them with those in the given folder.
set -euo pipefail
have=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -co --exclude-standard | tar -cf - -T - | tar -xf - -C "$copy"
umask 077
export TZ=Asia/Kathmandu LC_ALL=C
"$copy/scripts/archive.sh" "$copy/dist"
for archive in "$copy"/dist/*.tar.gz; do
  cmp "$archive" "$have/$(basename "$archive")"
done
(cd "$have" && sha256sum -- *.tar.gz)
