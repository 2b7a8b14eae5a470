#!/usr/bin/env bash
# Builds the plugin of a revision into a folder of its own, of the revision's short
# hash, in the given one, and prints that folder.
set -euo pipefail
cd "$(dirname "$0")/.."
revision=${1:?say which revision} into=$2
commit=$(git rev-parse --verify --short "$revision^{commit}")

tree=$(mktemp -d)
trap 'git worktree remove --force "$tree"' EXIT
git worktree add --quiet --detach "$tree" "$commit"

folder=$into/$commit
echo "==> building the plugin of $revision" >&2
mkdir -p "$folder"
# With today's flags, so that what is compared is the code.
cp scripts/build.sh "$tree/scripts/build.sh"
"$tree/scripts/build.sh" pulumi-resource-cfaccess "$folder/pulumi-resource-cfaccess"
echo "$folder"
