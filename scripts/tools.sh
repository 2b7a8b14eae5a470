#!/usr/bin/env bash
# Builds the pulumi CLI and its YAML language host into the given folder, pinned
# by tools/go.mod. A pulumi on PATH is used instead if it is recent enough and
# has its YAML host beside it or on PATH. With a second argument, java, the
# language host for Java is built too. With oldest in its place, the two are
# those of the oldest version that is supported, pinned by
# tools/oldest-pulumi/go.mod.
set -euo pipefail
bin=$1
cd "$(dirname "$0")/../tools"
minimum=3.256.0
mkdir -p "$bin"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Builds a language host from its module's package, unless the folder has that version.
host() {
  local name=pulumi-language-$1 module=github.com/pulumi/pulumi-$1 package=$2 version
  version=$(go list -m -f '{{.Version}}' "$module")
  if ! go version -m "$bin/$name" 2>/dev/null | grep -qF "$module	$version"; then
    echo "==> building $name $version"
    go build -trimpath -ldflags "-s -w" -o "$bin/$name" "$module/$package/$name"
  fi
}

# Writes a go.mod to build the CLI with, in which the two libraries that judge passwords
# load their dictionaries when `pulumi config set` first asks for them. As published they
# load them at the start of every command, which is half of a start: the tests start the
# CLI two thousand times.
dictionaries_on_demand() {
  local module source copy
  cp go.mod go.sum "$1"
  for module in github.com/nbutton23/zxcvbn-go github.com/ccojocar/zxcvbn-go; do
    copy=$1/$(basename "$(dirname "$module")")
    go mod download "$module"
    source=$(go list -m -f '{{.Dir}}' "$module")
    cp -r "$source" "$copy"
    chmod -R u+w "$copy"
    [ -f "$copy/go.mod" ] || echo "module $module" >"$copy/go.mod"
    # The first use of the matchers calls loadFrequencyList.
    sed 's/^func init() {/func Load() {/' "$source/frequency/frequency.go" >"$copy/frequency/frequency.go"
    sed -e '/^func init() {/,/^}/d' -e 's/^func loadFrequencyList() {/& frequency.Load();/' "$source/matching/matching.go" >"$copy/matching/matching.go"
    go mod edit -replace "$module=$copy" "$1/go.mod"
  done
}

# Builds the pulumi CLI, unless the folder has that version, which is stamped with
# pulumi's own variable. Without it, `pulumi version` prints nothing.
cli() {
  local version stamp
  version=$(go list -m -f '{{.Version}}' github.com/pulumi/pulumi/pkg/v3)
  stamp="-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=$version"
  if [ "$("$bin/pulumi" version 2>/dev/null || true)" != "$version" ]; then
    echo "==> building pulumi $version (a few minutes the first time)"
    dictionaries_on_demand "$work"
    go build -modfile "$work/go.mod" -trimpath -ldflags "-s -w $stamp" -o "$bin/pulumi" github.com/pulumi/pulumi/pkg/v3/cmd/pulumi
  fi
}

case ${2:-} in
  '') ;;
  java) host java pkg/cmd ;;
  oldest) cd oldest-pulumi; cli; host yaml cmd; exit ;;
  *) echo "there is no language host for $2 here" >&2; exit 1 ;;
esac

newest() { printf '%s\n' "$@" | sort -V | tail -n 1; }

# Is there one outside of bin/ that will do?
path=$(printf '%s' "$PATH" | tr ':' '\n' | grep -vxF "$bin" | paste -sd:)
if found=$(PATH=$path command -v pulumi) && PATH=$path command -v pulumi-language-yaml >/dev/null; then
  have=$("$found" version 2>/dev/null | tr -d v || true)
  if [ -n "$have" ] && [ "$(newest "$have" "$minimum")" = "$have" ]; then
    echo "==> using pulumi $have from $found"
    rm -f "$bin/pulumi" "$bin/pulumi-language-yaml"
    exit 0
  fi
  echo "==> $found is older than $minimum"
fi

cli
host yaml cmd
