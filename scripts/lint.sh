#!/usr/bin/env bash
# Formatting, vet and staticcheck over all of this module; who may import whom is
# a test of its own (tests/architecture).
set -euo pipefail
cd "$(dirname "$0")/.."

echo "==> gofmt"
unformatted=$(git ls-files -co --exclude-standard '*.go' ':!sdk/**' | xargs gofmt -l)
[ -z "$unformatted" ] || { printf 'gofmt would change:\n%s\n' "$unformatted"; exit 1; }

echo "==> go vet"
go vet ./...

echo "==> staticcheck"
mkdir -p bin
(cd tools && go build -o ../bin/staticcheck honnef.co/go/tools/cmd/staticcheck)
bin/staticcheck ./...

# The modules beside the root's.
for module in $(git ls-files '*/go.mod' | grep -vE '^(tools|examples)/' | xargs -n 1 dirname); do
  echo "==> go vet in $module"
  (cd "$module" && go vet ./...)
done

echo "==> go.mod"
go mod tidy -diff
