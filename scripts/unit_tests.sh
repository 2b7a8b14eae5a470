#!/usr/bin/env bash
# The unit tests, with the race detector: on every system that the plugin runs on.
set -euo pipefail
cd "$(dirname "$0")/.."
go test -race -shuffle=on ./cmd/... ./internal/... ./provider/... "$@"
