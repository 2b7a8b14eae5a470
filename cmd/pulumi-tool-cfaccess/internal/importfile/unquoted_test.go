package importfile

import (
	"path/filepath"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

func TestWhatYAMLDoesNotTakeForATextIsKnown(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"null", "~", "Null", "TRUE", "0x1f", "2026-10-01", ".inf"} {
		if !readsAsNoText(name) {
			t.Errorf("%q is taken for a text", name)
		}
	}
	for _, name := range []string{"ci", "true", "12", "1e3", "1_000", "", "a: b", "- x", "yes", "名前"} {
		if readsAsNoText(name) {
			t.Errorf("%q is not taken for a text, or not for one that Pulumi quotes", name)
		}
	}
}

func TestANameThatYAMLDoesNotTakeForATextIsRemarkedOn(t *testing.T) {
	t.Parallel()
	c := start(t, cfsim.Config{})
	c.add("accounts/"+cfsim.DefaultAccountID, "ci", "null")
	call(t, c.env, "", "--account-id", cfsim.DefaultAccountID).expect(t, 0, `Pulumi writes the name "null" without quotes`)
	state := `{"version":4,"resources":[{"mode":"managed","type":"cloudflare_zero_trust_access_service_token","name":"x","instances":[{"attributes":{` +
		`"id":"00000000-0000-4000-8000-000000000001","account_id":"` + cfsim.DefaultAccountID + `","name":"~"}}]}]}`
	call(t, nil, state, "--terraform-state", "-", "--out", filepath.Join(t.TempDir(), "import.json")).expect(t, 0, `Pulumi writes the name "~" without quotes`)
}
