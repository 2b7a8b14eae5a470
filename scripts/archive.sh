#!/usr/bin/env bash
# Builds the archives of this platform into the given folder, as a release has them:
# static binaries, and the same bytes from the same commit each time.
set -euo pipefail
into=$(mkdir -p "$1" && cd "$1" && pwd)
cd "$(dirname "$0")/.."
: "${VERSION:?}" "${SOURCE_DATE_EPOCH:?}" # which the Makefile sets

# One line for each command that a release has archives of. .goreleaser.yaml has them too.
commands=(
  pulumi-resource-cfaccess
  pulumi-tool-cfaccess
)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
install -m 644 LICENSE README.md "$work"
for command in "${commands[@]}"; do
  binary=$command$(go env GOEXE) archive=$into/$command-v$VERSION-$(go env GOOS)-$(go env GOARCH).tar.gz
  scripts/build.sh "$command" "$work/$binary"
  chmod 755 "$work/$binary" # whatever the umask is
  scripts/tar.sh "$archive" "$work" LICENSE README.md "$binary"
  echo "$archive"
done
