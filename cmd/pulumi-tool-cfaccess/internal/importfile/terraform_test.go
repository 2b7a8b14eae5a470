package importfile

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"
)

const (
	accountID = "0000000000000000000000000000aaaa"
	zoneID    = "0000000000000000000000000000bbbb"
	tokenID   = "00000000-0000-4000-8000-000000000001"
	clientID  = "00000000000000000000000000000001.access"
)

var fakeSecret = "cfast_" + strings.Repeat("FAKE", 12)

// moving runs the program on the text of a Terraform state, and returns what it
// wrote.
func moving(t *testing.T, state string) (ran, []map[string]any) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "import.json")
	r := call(t, nil, state, "--terraform-state", "-", "--out", out)
	if r.code != 0 {
		if _, err := os.Lstat(out); err == nil {
			t.Error("a failure left a file")
		}
		return r, nil
	}
	return r, written(t, readFile(t, out))
}

// state is a Terraform state with one instance of a service token, after what
// changes it; a value of nil takes an attribute away.
func state(t *testing.T, change map[string]any, instance string) string {
	t.Helper()
	attributes := map[string]any{
		"account_id": accountID, "zone_id": nil, "id": tokenID, "name": "ci", "duration": "8760h",
		"client_id": clientID, "client_secret": fakeSecret, "client_secret_version": 1, "expires_at": "2031-01-02T03:04:05Z",
	}
	maps.Copy(attributes, change)
	text, err := json.Marshal(attributes)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`{"version":4,"resources":[{"mode":"managed","type":"cloudflare_zero_trust_access_service_token","name":"ci",
		"instances":[{%s"attributes":%s}]}]}`, instance, text)
}

// expectSame fails unless two values are alike as JSON.
func expectSame(t *testing.T, what string, got any, want string) {
	t.Helper()
	var wanted any
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, wanted) {
		t.Errorf("%s is\n%v, want\n%v", what, got, wanted)
	}
}

func TestATokenOfTheNewestTerraformMovesWithItsSecret(t *testing.T) {
	t.Parallel()
	r, resources := moving(t, string(readFile(t, "testdata/terraform-v5.json")))
	r.expect(t, 0, "Wrote 4 service tokens", "delete it once they are imported",
		"cloudflare_zero_trust_access_service_token.ci: the token is at version 3 of its client secret, and the state does not show whether "+
			"the client secret that it holds is of that version: a refresh by Terraform writes the version and keeps the client secret. So its clientSecretStatus is stale.",
		"write clientSecretVersion: 4 into the program")
	if strings.Count(r.stderr, "clientSecretStatus is stale") != 1 {
		t.Errorf("said of a token at version 1 that it cannot know: %s", r.stderr)
	}
	expectSame(t, "the account's token", resources[0], `{
		"type": "cfaccess:index:ServiceToken",
		"name": "ci",
		"id": "0000000000000000000000000000aaaa/00000000-0000-4000-8000-000000000001",
		"inputs": {"accountId": "0000000000000000000000000000aaaa", "name": "CI/CD app", "duration": "87600h"},
		"outputs": {
			"accountId": "0000000000000000000000000000aaaa", "name": "CI/CD app", "duration": "87600h", "enabled": true,
			"tokenId": "00000000-0000-4000-8000-000000000001", "clientId": "00000000000000000000000000000001.access",
			"clientSecret": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
				"plaintext": "\"cfast_FAKEci000000000000000000000000000000000000000000\""},
			"clientSecretVersion": 3, "clientSecretStatus": "stale",
			"previousClientSecretExpiresAt": "2026-01-05T00:00:00Z", "expiresAt": "2035-12-31T03:04:05Z"}}`)
	expectSame(t, "the zone's token, which lasts forever", resources[1], `{
		"type": "cfaccess:index:ServiceToken",
		"name": "edge",
		"id": "zones/0000000000000000000000000000bbbb/00000000-0000-4000-8000-000000000002",
		"inputs": {"zoneId": "0000000000000000000000000000bbbb", "name": "edge worker", "duration": "forever"},
		"outputs": {
			"zoneId": "0000000000000000000000000000bbbb", "name": "edge worker", "duration": "forever", "enabled": true,
			"tokenId": "00000000-0000-4000-8000-000000000002", "clientId": "00000000000000000000000000000002.access",
			"clientSecret": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
				"plaintext": "\"cfast_FAKEedge0000000000000000000000000000000000000000\""},
			"clientSecretVersion": 1, "heldClientSecretVersion": 1, "clientSecretStatus": "current"}}`)
	expectSame(t, "the names", names(resources), `["ci", "edge", "platform-a-fleet-eu", "platform-a-fleet-us"]`)
}

func names(resources []map[string]any) (names []any) {
	for _, resource := range resources {
		names = append(names, resource["name"])
	}
	return names
}

func TestATokenOfAnOlderTerraformMovesToo(t *testing.T) {
	t.Parallel()
	r, resources := moving(t, string(readFile(t, "testdata/terraform-v4.json")))
	r.expect(t, 0, "Wrote 5 service tokens",
		"cloudflare_zero_trust_access_service_token.backup: Terraform renewed the token within 30 days of its expiry. To keep that, write minDaysForRenewal: 30",
		"cloudflare_access_service_token.imported: the state holds no client secret")
	expectSame(t, "the names", names(resources), `["deploy", "backup", "worker-0", "worker-1", "imported"]`)
	outputs := resources[0]["outputs"].(map[string]any)
	expectSame(t, "the secret's version", []any{outputs["clientSecretVersion"], outputs["heldClientSecretVersion"]}, `[1, 1]`)
	expectSame(t, "a token without a secret", resources[4], `{"type": "cfaccess:index:ServiceToken", "name": "imported",
		"id": "0000000000000000000000000000aaaa/00000000-0000-4000-8000-000000000009"}`)
}

func TestWhatATerraformStateHoldsBecomesAState(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change          map[string]any
		inputs, outputs string // the ones that are changed
	}{
		"disabled":               {map[string]any{"enabled": false}, `{"enabled": false}`, `{"enabled": false}`},
		"enabled":                {map[string]any{"enabled": true}, `{"enabled": null}`, `{"enabled": true}`},
		"no duration":            {map[string]any{"duration": nil}, `{"duration": null}`, `{"duration": null}`},
		"a whole number as 2.0":  {map[string]any{"client_secret_version": json.Number("2.0")}, `{}`, `{"clientSecretVersion": 2, "heldClientSecretVersion": null, "clientSecretStatus": "stale"}`},
		"no version":             {map[string]any{"client_secret_version": nil}, `{}`, `{"clientSecretVersion": 1, "heldClientSecretVersion": 1, "clientSecretStatus": "current"}`},
		"another time zone":      {map[string]any{"expires_at": "2031-01-02T05:04:05.5+02:00"}, `{}`, `{"expiresAt": "2031-01-02T03:04:05Z"}`},
		"no time":                {map[string]any{"expires_at": "soon"}, `{}`, `{"expiresAt": null}`},
		"a time that means none": {map[string]any{"expires_at": "0001-01-01T00:00:00Z"}, `{}`, `{"expiresAt": null}`},
		"when it was made":       {map[string]any{"created_at": "2026-01-02T03:04:05Z"}, `{}`, `{"createdAt": "2026-01-02T03:04:05Z"}`},
		"the id of old":          {map[string]any{"id": strings.Repeat("a1", 16)}, `{}`, `{"tokenId": "` + strings.Repeat("a1", 16) + `"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, resources := moving(t, state(t, test.change, ""))
			r.expect(t, 0)
			for section, changed := range map[string]string{"inputs": test.inputs, "outputs": test.outputs} {
				var want map[string]any
				if err := json.Unmarshal([]byte(changed), &want); err != nil {
					t.Fatal(err)
				}
				got := resources[0][section].(map[string]any)
				for key, value := range want {
					if got[key] != value {
						t.Errorf("%s: %s is %v, want %v", section, key, got[key], value)
					}
				}
			}
		})
	}
}

func TestAStateThatMakesNoSenseIsRefusedByTheAddressOfWhatIsWrong(t *testing.T) {
	t.Parallel()
	const address = "cloudflare_zero_trust_access_service_token.ci"
	for name, test := range map[string]struct {
		state string
		says  []string
	}{
		"no JSON":             {"cloudflare_zero_trust", []string{"reading the Terraform state standard input", "it is not JSON"}},
		"nothing":             {"", []string{"it is not JSON"}},
		"another version":     {`{"version":3}`, []string{"not a state of format version 4", "terraform state pull"}},
		"what show prints":    {`{"format_version":"1.0","values":{}}`, []string{"not a state of format version 4"}},
		"no token":            {`{"version":4,"resources":[]}`, []string{"it holds no service token"}},
		"a data source alone": {`{"version":4,"resources":[{"mode":"data","type":"cloudflare_zero_trust_access_service_token","instances":[{}]}]}`, []string{"it holds no service token"}},
		"a type":              {state(t, map[string]any{"name": 7}, ""), []string{address + ": "}},
		"no id":               {state(t, map[string]any{"id": nil}, ""), []string{address + `: the attribute id is ""`}},
		"no name":             {state(t, map[string]any{"name": nil}, ""), []string{address + ": the attribute name is missing"}},
		"no client id":        {state(t, map[string]any{"client_id": nil}, ""), []string{address + ": the attribute client_id is missing"}},
		"no scope":            {state(t, map[string]any{"account_id": nil}, ""), []string{address + ": exactly one of the attributes account_id and zone_id"}},
		"two scopes":          {state(t, map[string]any{"zone_id": zoneID}, ""), []string{address + ": exactly one of"}},
		"no such scope":       {state(t, map[string]any{"account_id": "mine"}, ""), []string{address + `: the attribute account_id or zone_id is "mine"`}},
		"half a version":      {state(t, map[string]any{"client_secret_version": 1.5}, ""), []string{address + ": the attribute client_secret_version is 1.5"}},
		"no version":          {state(t, map[string]any{"client_secret_version": 0}, ""), []string{address + ": the attribute client_secret_version is 0"}},
		"an index":            {state(t, map[string]any{"id": nil}, `"index_key":"eu",`), []string{address + `["eu"]: the attribute id`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, _ := moving(t, test.state)
			r.expect(t, 1, test.says...)
			if strings.Contains(r.stdout+r.stderr, fakeSecret) {
				t.Error("the client secret was printed")
			}
		})
	}
}

func TestOneTokenIsImportedOnce(t *testing.T) {
	t.Parallel()
	one := state(t, nil, "")
	_, resource, _ := strings.Cut(strings.TrimSuffix(one, "]}"), "[")
	older := strings.Replace(resource, "zero_trust_", "", 1)
	r, resources := moving(t, strings.Replace(one, resource, resource+","+older, 1))
	r.expect(t, 0, "Wrote 1 service token.", "cloudflare_access_service_token.ci: left out, since it is the same token as cloudflare_zero_trust_access_service_token.ci.")
	if len(resources) != 1 {
		t.Errorf("%d resources were written", len(resources))
	}
}

func TestWhatTerraformStillHasToDeleteIsLeftOut(t *testing.T) {
	t.Parallel()
	r, _ := moving(t, state(t, nil, `"deposed":"fa4e0000",`))
	r.expect(t, 1, "token "+tokenID+". Let `terraform apply` delete it.", "holds no service token to import")
}

func TestAModuleAndAnIndexAreInTheName(t *testing.T) {
	t.Parallel()
	for module, want := range map[string]string{
		"":                               "ci",
		"module.edge":                    "edge-ci",
		`module.edge["eu"].module.inner`: "edge-eu-inner-ci",
		"module.mymodule.module.x":       "mymodule-x-ci",
	} {
		text := strings.Replace(state(t, nil, ""), `{"mode"`, `{"module":`+quote(t, module)+`,"mode"`, 1)
		_, resources := moving(t, text)
		expectSame(t, "the name in "+module, names(resources), `["`+want+`"]`)
	}
}

func quote(t *testing.T, text string) string {
	t.Helper()
	quoted, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(quoted)
}

func TestASecretReachesTheFileAndNothingElse(t *testing.T) {
	t.Parallel()
	for _, odd := range []string{fakeSecret, `with "quotes" <and> \ others`} {
		text := state(t, map[string]any{"client_secret": odd}, "")
		source := filepath.Join(t.TempDir(), "terraform.tfstate")
		writeFile(t, source, text, 0o600)
		out := filepath.Join(t.TempDir(), "import.json")
		r := call(t, nil, "", "--terraform-state", source, "--out", out)
		r.expect(t, 0)
		if strings.Contains(r.stdout+r.stderr, odd) || r.stdout != "" {
			t.Errorf("printed %q and %q", r.stdout, r.stderr)
		}
		envelope := written(t, readFile(t, out))[0]["outputs"].(map[string]any)["clientSecret"].(map[string]any)
		var got string
		if err := json.Unmarshal([]byte(envelope["plaintext"].(string)), &got); err != nil || got != odd {
			t.Errorf("the file's secret is not that of the state: %v", err)
		}
	}
}

func TestAStateOfWindowsPowerShellIsRead(t *testing.T) {
	t.Parallel()
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(state(t, nil, ""))
	if err != nil {
		t.Fatal(err)
	}
	if r, resources := moving(t, utf16); len(resources) != 1 {
		t.Errorf("said %s", r.stderr)
	}
}

func TestAStateThatIsNotThereIsSaid(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "missing.tfstate")
	call(t, nil, "", "--terraform-state", missing, "--out", missing+".json").expect(t, 1, "reading the Terraform state: ", missing)
}
