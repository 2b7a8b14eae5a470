#!/usr/bin/env bash
# Deploys examples/yaml, shows what the stack holds, imports a token that exists,
# and destroys everything again: against a simulator of Cloudflare, or with
# REAL=1 against Cloudflare itself.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=$(mktemp -d)
simulator=

say() { printf '\n\033[1m==> %s\033[0m\n' "$*"; }

finish() {
  status=$?
  if [ "$status" -ne 0 ] && [ -f "$work/deployed" ]; then
    say "something failed: destroying what was deployed"
    (cd "$work/example" && pulumi destroy --yes --skip-preview --non-interactive) || echo "Look for tokens named ci-demo and edge-demo: they may still exist." >&2
  fi
  [ -z "$simulator" ] || kill "$simulator" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

if [ "${REAL:-}" = 1 ]; then
  : "${CLOUDFLARE_API_TOKEN:?set it to an API token with the permission \"Access: Service Tokens Write\"}"
  : "${CLOUDFLARE_ACCOUNT_ID:?set it to the account to make the tokens in}"
  account=$CLOUDFLARE_ACCOUNT_ID
  zone=${CLOUDFLARE_ZONE_ID:-}
  say "against Cloudflare, in account $account"
else
  say "starting a simulator of Cloudflare"
  cfaccess-sim -ready-file "$work/simulator.json" >"$work/simulator.log" 2>&1 &
  simulator=$!
  for _ in $(seq 100); do
    [ -s "$work/simulator.json" ] && break
    kill -0 "$simulator" 2>/dev/null || { cat "$work/simulator.log" >&2; exit 1; }
    sleep 0.1
  done
  value() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" "$work/simulator.json"; }
  CLOUDFLARE_BASE_URL=$(value base_url) CLOUDFLARE_API_TOKEN=$(value api_token)
  export CLOUDFLARE_BASE_URL CLOUDFLARE_API_TOKEN
  unset CLOUDFLARE_API_KEY CLOUDFLARE_EMAIL CLOUDFLARE_ACCOUNT_ID
  account=$(value account_id) zone=$(value zone_id)
  echo "listening at $CLOUDFLARE_BASE_URL"
fi

# A Pulumi home, a backend and a passphrase for this run alone.
export PULUMI_HOME=$work/home PULUMI_BACKEND_URL=file://$work PULUMI_CONFIG_PASSPHRASE=demo
export PULUMI_SKIP_UPDATE_CHECK=true PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true

# A project in a folder of its own, that finds the plugin built here.
project() {
  mkdir -p "$work/$1"
  cat >"$work/$1/Pulumi.yaml"
  printf 'plugins:\n  providers:\n    - name: cfaccess\n      path: %s\n' "$root/bin" >>"$work/$1/Pulumi.yaml"
  cd "$work/$1"
  pulumi stack init demo --non-interactive >/dev/null
}

if [ -n "$zone" ]; then
  project example <"$root/examples/yaml/Pulumi.yaml"
  pulumi config set zoneId "$zone"
else
  # Without a zone (CLOUDFLARE_ZONE_ID) there is no token for one.
  awk '/^ ? ?[^ ]/ { skip = /^  (zoneId|edge|# A zone|# What a worker)/ } !skip' \
    "$root/examples/yaml/Pulumi.yaml" | project example
fi
pulumi config set accountId "$account"
pulumi config set environment demo

say "pulumi preview: what is going to happen"
pulumi preview --non-interactive

say "pulumi up: deploying examples/yaml"
touch "$work/deployed"
pulumi up --yes --skip-preview --non-interactive

say "what the stack holds (the secrets are stored encrypted, and shown masked)"
pulumi stack output

say "pulumi preview: a second look finds nothing to change"
pulumi preview --non-interactive --expect-no-changes

say "pulumi import: a token that exists, into another stack, by its id"
id=$(pulumi stack export | sed -n 's/^ *"id": "\([0-9a-f]\{32\}\/[^"]*\)".*/\1/p')
echo "pulumi import cfaccess:index:ServiceToken ci $id"
project imported <<<$'name: cfaccess-imported\nruntime: yaml'
pulumi import cfaccess:index:ServiceToken ci "$id" --yes --skip-preview --non-interactive --protect=false
# The example's stack still owns the token, so this one only forgets it.
pulumi stack rm demo --yes --force >/dev/null

say "pulumi destroy"
cd "$work/example"
pulumi destroy --yes --skip-preview --non-interactive
rm "$work/deployed"
say "done: nothing is left"
