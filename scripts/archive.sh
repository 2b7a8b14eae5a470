#!/usr/bin/env bash
# Builds the archives of this platform into the given folder, as a release has them:
# static binaries, and the same bytes from the same commit each time.
set -euo pipefail
into=$(mkdir -p "$1" && cd "$1" && pwd)
cd "$(dirname "$0")/.."
: "${VERSION:?}" "${LDFLAGS:?}" "${SOURCE_DATE_EPOCH:?}" # which the Makefile sets

# One line for each command that a release has archives of. .goreleaser.yaml has them too.
commands=(
  pulumi-resource-cfaccess
)

tar=$(command -v gtar || command -v tar)
"$tar" --version | grep -qF GNU || { echo "The archives need GNU tar (on macOS: brew install gnu-tar)." >&2; exit 1; }

platform=$(go env GOOS)-$(go env GOARCH)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for command in "${commands[@]}"; do
  binary=$command$(go env GOEXE) archive=$into/$command-v$VERSION-$platform.tar.gz
  CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "$LDFLAGS" -o "$work/$binary" "./cmd/$command"
  chmod 755 "$work/$binary"
  install -m 644 LICENSE README.md "$work"
  "$tar" --create --directory "$work" --format ustar --mtime "@$SOURCE_DATE_EPOCH" \
    --owner 0 --group 0 --numeric-owner LICENSE README.md "$binary" | gzip -9n >"$archive"
  echo "$archive"
done
