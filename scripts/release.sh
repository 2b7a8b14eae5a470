#!/usr/bin/env bash
# Builds all that a release consists of into dist/, and publishes nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${VERSION:?}" "${SOURCE_DATE_EPOCH:?}" # which the Makefile sets
built=.cache/goreleaser

# README.md says so, and every user downloads it.
most=41000000

rm -rf dist
mkdir -p bin dist
for language in nodejs python java dotnet; do
  if [ "$language" = dotnet ] && ! command -v dotnet >/dev/null; then
    echo "==> NOT PACKED: the SDK for C#, which needs dotnet on PATH"
    continue
  fi
  echo "==> packing the SDK: $language"
  scripts/package.sh "$language" dist
done

echo "==> goreleaser and cyclonedx-gomod (a few minutes the first time)"
go -C tools/goreleaser build -trimpath -ldflags "-s -w" -o ../../bin/goreleaser github.com/goreleaser/goreleaser/v2
go -C tools/cyclonedx-gomod build -trimpath -ldflags "-s -w" -o ../../bin/cyclonedx-gomod github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod

echo "==> the archives"
# A snapshot has the version of provider/version.go whether there is a tag or not.
SOURCE_DATE=$(date --utc --date "@$SOURCE_DATE_EPOCH" +%FT%TZ) goreleaser release --snapshot --clean
too_big=$(find "$built" -mindepth 2 -type f -size "+${most}c" -exec ls -l {} +)
[ -z "$too_big" ] || { printf 'more than %d bytes:\n%s\n' "$most" "$too_big" >&2; exit 1; }
mv "$built"/*.tar.gz "$built"/*.cdx.json "$built"/checksums.txt dist

echo "==> this platform's archives are those that the tests install"
scripts/archive.sh "$built/here"
for archive in "$built"/here/*.tar.gz; do
  cmp <(tar -xzOf "$archive") <(tar -xzOf "dist/$(basename "$archive")")
done

scripts/release_notes.sh "$VERSION" <CHANGELOG.md >dist/release-notes.md
(cd dist && sha256sum --check --strict --quiet checksums.txt && ls -l)
