#!/usr/bin/env bash
# Says what keeps this commit from being released as the given version, and fails if
# anything does.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$1 problems=()

[ -z "$(git status --porcelain)" ] || problems+=("There are changes that are not committed.")
git tag --points-at HEAD | grep -xF "v$version" >/dev/null || problems+=("This commit has no tag v$version.")
grep -E "^## $version \([0-9]{4}-[0-9]{2}-[0-9]{2}\)$" CHANGELOG.md >/dev/null ||
  problems+=("CHANGELOG.md has no section \"## $version (<date>)\".")
[ -n "$(find dist -name '*.nupkg' 2>/dev/null)" ] || problems+=("dist/ has no package for C#: dotnet was not on PATH.")
[ "$(grep -cE '^- \[[ x]\] ' RELEASING.md)" -gt 0 ] || problems+=("RELEASING.md has no list of what to do first.")
while IFS= read -r step; do
  problems+=("RELEASING.md: not done: ${step#- \[ \] }")
done < <(grep -E '^- \[ \] ' RELEASING.md)

[ ${#problems[@]} -gt 0 ] || { echo "dist/ can be published as v$version."; exit 0; }
echo "dist/ must not be published as v$version:"
printf -- '- %s\n' "${problems[@]}"
exit 1
