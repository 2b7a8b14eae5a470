#!/usr/bin/env bash
# Packs the SDK of a language as its registry gets it: scripts/package.sh LANGUAGE FOLDER
set -euo pipefail
language=$1 into=$(mkdir -p "$2" && cd "$2" && pwd)
cd "$(dirname "$0")/.."
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct)}"
export SOURCE_DATE_EPOCH

# A copy, since the tools write beside the sources.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git -C "sdk/$language" ls-files -co --exclude-standard | tar -C "sdk/$language" -cf - -T - | tar -xf - -C "$work"

case $language in
  nodejs)
    cd "$work"
    npm install --prefer-offline --no-package-lock --no-audit --no-fund --silent
    npm pack --silent --pack-destination "$into"
    ;;
  python)
    tools=$(scripts/python_tools.sh)
    "$tools/python" -m build --no-isolation --outdir "$work/dist" "$work" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
    mv "$work"/dist/*.whl "$into"
    # setuptools leaves the time of the build in it.
    sdist=$(basename "$work"/dist/*.tar.gz)
    tar -xzf "$work/dist/$sdist" -C "$work/dist"
    scripts/tar.sh "$into/$sdist" "$work/dist" "${sdist%.tar.gz}"
    ;;
  java)
    (cd "$work" && mvn --quiet --batch-mode --no-transfer-progress -P release \
      -Dproject.build.outputTimestamp="$SOURCE_DATE_EPOCH" package)
    jar=$(basename "$work"/target/*-sources.jar -sources.jar)
    mv "$work/target/$jar"{,-sources,-javadoc}.jar "$into"
    cp "$work/pom.xml" "$into/$jar.pom"
    ;;
  dotnet)
    # The generated project packs itself when it is built.
    dotnet build --configuration Release --nologo --verbosity quiet -p:ContinuousIntegrationBuild=true "$work"
    mv "$work"/bin/Release/*.nupkg "$into"
    ;;
  *)
    echo "no package is made of $language" >&2
    exit 1
    ;;
esac
