#!/usr/bin/env bash
# Builds a command as a release has it: scripts/build.sh COMMAND FILE
# .goreleaser.yaml says the same for other platforms, and make release compares the two.
set -euo pipefail
into=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
cd "$(dirname "$0")/.."
# Static, with nothing of this machine or this checkout in it, and without the pages of
# grpc's tracing (0.3 MB), which nothing serves.
# A position-independent executable for Intel Macs would be 1.3 MB larger.
mode=default
[ "$(go env GOOS)/$(go env GOARCH)" != darwin/amd64 ] || mode=exe
CGO_ENABLED=0 go build -trimpath -buildvcs=false -buildmode=$mode -tags grpcnotrace -ldflags "-s -w" -o "$into" "./cmd/$1"
