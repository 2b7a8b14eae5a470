#!/usr/bin/env bash
# Installs the tools of tools/python/requirements.txt, unless they are there, and
# prints the folder of their commands.
set -euo pipefail
cd "$(dirname "$0")/.."
requirements=tools/python/requirements.txt tools=$PWD/.cache/python-tools
if ! cmp -s "$requirements" "$tools/requirements.txt"; then
  python3 -m venv --clear "$tools"
  "$tools/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
  cp "$requirements" "$tools/requirements.txt"
fi
echo "$tools/bin"
