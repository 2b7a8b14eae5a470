#!/usr/bin/env bash
# Installs a released plugin and its companion command as a user does, into an empty home.
# Deploys a token to a simulated Cloudflare, and audits it: scripts/smoke.sh VERSION [SERVER]
set -euo pipefail
version=$1 server=${2:-github://api.github.com/cfaccess/pulumi-cfaccess}
cd "$(dirname "$0")/.."
work=$(mktemp -d)
simulator=
finish() {
  [ -z "$simulator" ] || kill "$simulator" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

go build -o "$work/cfaccess-sim$(go env GOEXE)" ./cmd/cfaccess-sim
cd "$work"
export PULUMI_HOME=$work/home PULUMI_BACKEND_URL=file://. PULUMI_CONFIG_PASSPHRASE=smoke PULUMI_SKIP_UPDATE_CHECK=true
# Not one that PATH, an earlier run or another server offers.
export PULUMI_IGNORE_AMBIENT_PLUGINS=true PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true

pulumi plugin install resource cfaccess "$version" --server "$server"
pulumi plugin install tool cfaccess "$version" --server "$server"
[ "$(pulumi plugin ls | grep -c "cfaccess.*$version")" = 2 ]

./cfaccess-sim -ready-file simulator.json &
simulator=$!
for _ in $(seq 100); do
  [ ! -s simulator.json ] || break
  sleep 0.1
done
value() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" simulator.json; }
CLOUDFLARE_BASE_URL=$(value base_url) CLOUDFLARE_API_TOKEN=$(value api_token)
export CLOUDFLARE_BASE_URL CLOUDFLARE_API_TOKEN

cat >Pulumi.yaml <<EOY
name: smoke
runtime: yaml
resources:
  ci:
    type: cfaccess:ServiceToken
    properties:
      accountId: $(value account_id)
      name: smoke
    options:
      version: $version
outputs:
  status: \${ci.clientSecretStatus}
EOY
pulumi stack init smoke
pulumi up --yes --skip-preview --non-interactive
[ "$(pulumi stack output status)" = current ]
pulumi preview --non-interactive --expect-no-changes
pulumi stack export --file smoke.json
pulumi plugin run cfaccess -- audit --account-id "$(value account_id)" --stack-export smoke.json --exit-code
pulumi destroy --yes --skip-preview --non-interactive
echo "the plugin and the companion command $version work"
