#!/usr/bin/env bash
# Builds and packs the SDK for .NET, builds examples/dotnet and each C# example of the
# schema against that package, and runs tests/dotnet. Needs neither Go nor the plugin.
set -euo pipefail
cd "$(dirname "$0")/.."

major=$(dotnet --version 2>/dev/null | tail -n 1 | cut -d. -f1) || major=0
if [ "$major" -lt 8 ]; then
  echo "make test_dotnet needs a .NET SDK, 8 or newer, on PATH: https://dotnet.microsoft.com/download" >&2
  exit 1
fi
command -v jq >/dev/null || { echo "make test_dotnet needs jq on PATH." >&2; exit 1; }

version=$(<sdk/dotnet/version.txt)
package=CfAccess.Access.$version.nupkg
work=$PWD/.cache/dotnet
# A cache of its own: the user's may hold another package of the same version.
export NUGET_PACKAGES=$work/packages
used=$NUGET_PACKAGES/cfaccess.access
# One source more than those of the user's NuGet configuration.
source=-p:RestoreAdditionalProjectSources=$work/feed

rm -rf sdk/dotnet/{bin,obj} tests/dotnet/{bin,obj} "$work"/{feed,example,programs,warnings.log} "$used"
mkdir -p "$work"/{feed,example,programs}

# The project packs when it is built; dotnet pack fails (NU5026).
echo "==> the SDK for .NET and its package"
dotnet build sdk/dotnet -c Release "-flp:WarningsOnly;LogFile=$work/warnings.log"
# Warnings of the compiler and of packing are the SDK's own. Others depend on the
# machine: sources that lack a version of a package, frameworks out of support.
warnings=$(grep -E 'warning (CS|NU5)[0-9]+' "$work/warnings.log" || [ $? = 1 ])
[ -z "$warnings" ] || { printf 'The SDK for .NET has warnings:\n%s\n' "$warnings" >&2; exit 1; }
cp "sdk/dotnet/bin/Release/$package" "$work/feed"

echo "==> examples/dotnet"
cp examples/dotnet/{Program.cs,cfaccess-example.csproj} "$work/example"
dotnet build "$work/example" "$source"

jq -r '.. | .description? | strings' schema.json | awk -v folder="$work/programs" '
  /^```csharp$/ { file = sprintf("%s/%02d.cs", folder, ++n); next }
  /^```$/       { file = "" }
  file          { print > file }'
for program in "$work"/programs/*.cs; do
  echo "==> a C# example of schema.json: $program"
  cp "$program" "$work/example/Program.cs"
  dotnet build "$work/example" "$source"
done

echo "==> tests/dotnet"
dotnet test tests/dotnet "$source" -- RunConfiguration.TreatNoTestsAsError=true

if [ "$(ls "$used")" != "$version" ] || ! cmp "$work/feed/$package" "$used/$version/cfaccess.access.$version.nupkg"; then
  echo "Another package than $work/feed/$package was used: see $used" >&2
  exit 1
fi
