#!/usr/bin/env bash
# Formatting, the linters of .golangci.yml over all modules, and those of scripts and workflows.
set -euo pipefail
cd "$(dirname "$0")/.."

echo "==> gofmt"
unformatted=$(git ls-files -co --exclude-standard '*.go' ':!sdk/**' | xargs gofmt -l)
[ -z "$unformatted" ] || { printf 'gofmt would change:\n%s\n' "$unformatted"; exit 1; }

mkdir -p bin
(cd tools/golangci-lint && go build -trimpath -o ../../bin/golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint)
linter=$PWD/bin/golangci-lint
for module in $(git ls-files go.mod '*/go.mod' | grep -vE '^(tools|examples)/' | xargs -n 1 dirname); do
  echo "==> golangci-lint in $module"
  (cd "$module" && "$linter" run ./...)
done

echo "==> go.mod"
go mod tidy -diff

echo "==> shellcheck, and actionlint, which uses it"
PATH=$(scripts/python_tools.sh):$PATH
git ls-files -co --exclude-standard '*.sh' .ci/run | xargs shellcheck
go -C tools/actionlint build -trimpath -o ../../bin/actionlint github.com/rhysd/actionlint/cmd/actionlint
bin/actionlint
