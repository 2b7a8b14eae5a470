package sdks

import (
	"path/filepath"
	"regexp"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// absentSecrets is what a program sees in `pulumi up` of the client secret that
// an imported token does not have, by language. (In a preview it is unknown.)
//
//	language    within a string    as a stack output
//	YAML        <nil>              null
//	TypeScript  undefined          no such output
//	Python      None               no such output
//	Go          (nothing)          "", as the SDK's type is not a pointer
//	Java        null               no such output
var absentSecrets = map[string]struct{ within, output string }{
	"yaml":   {`"seen: <nil>"`, "null"},
	"nodejs": {`"seen: undefined"`, "absent"},
	"python": {`"seen: None"`, "absent"},
	"go":     {`"seen: "`, `""`},
	"java":   {`"seen: null"`, "absent"},
}

func TestAdoptionDoesTheSameInEveryLanguage(t *testing.T) {
	t.Parallel()
	inEveryLanguage(t, adopt, func(t *testing.T, records map[string]record) {
		expectRequests(t, records, map[string][]string{
			"1 up": {
				account + " create name=anywhere",
				account + " get <token id of ci>",
				zone + " get <token id of edge>",
			},
			"2 preview": {zone + " get <token id of edge>"},
			// The token that was only looked up stays.
			"3 destroy": {
				account + " delete <token id of anywhere>",
				account + " delete <token id of ci>",
			},
		})
		up := records["1 up"]
		if up.Changes["import"] != 1 {
			t.Errorf("the engine did %v, want one import", up.Changes)
		}
		expectLeaves(t, "ci", up.Tokens["ci"], map[string]string{
			"inputs.name":                `"ci-before"`,
			"outputs.clientSecretStatus": `"unavailable"`,
			"outputs.clientSecret":       "absent",
		})
		expectLeaves(t, "edge", up.Tokens["edge"], map[string]string{
			"external":         "true",
			"outputs.zoneId":   `"` + cfsim.DefaultZoneID + `"`,
			"outputs.name":     `"edge-before"`,
			"outputs.duration": `"forever"`,
		})
		expectLeaves(t, "the stack's output", up.Outputs, map[string]string{
			"edgeName":             `"edge-before"`,
			"edgeClientId":         `"<client id of edge>"`,
			"anywhereAccountId":    `"` + cfsim.DefaultAccountID + `"`,
			"anywhereClientSecret": `secret "<client secret of anywhere>"`,
		})
	})
}

// adopt takes a program through its life that imports one token, looks up
// another by its id alone, and makes a third without naming a scope.
func adopt(t *testing.T, name string) map[string]record {
	t.Helper()
	p := newProject(t, now)
	ci := p.Simulator.AddToken(account, cfsim.NewToken{Name: "ci-before", Duration: "8760h"})
	edge := p.Simulator.AddToken(zone, cfsim.NewToken{Name: "edge-before", Duration: "forever"})
	example(t, p, name, "examples/"+name, "tests/sdks/testdata/adoption/"+name)
	ciID := cfsim.DefaultAccountID + "/" + ci.ID
	if name == "yaml" { // where only a literal will do
		edit(t, filepath.Join(p.Dir, "Pulumi.yaml"), regexp.MustCompile(`\$\{ciId\}`), ciID)
	}
	p.Configure(map[string]string{
		"accountId":          cfsim.DefaultAccountID,
		"ciId":               ciID,
		"edgeId":             "zones/" + cfsim.DefaultZoneID + "/" + edge.ID,
		"cfaccess:accountId": cfsim.DefaultAccountID,
	})
	l, r := Languages[name], newRecorder(p)
	r.record(t, "1 up", l.Operate(t, p, "up"))
	r.record(t, "2 preview", l.Operate(t, p, "preview"))
	for _, step := range r.steps {
		expectLeaves(t, "the stack's output", step.Outputs, map[string]string{
			"ciClientSecret":     absentSecrets[name].output,
			"ciClientSecretSeen": absentSecrets[name].within,
		})
		delete(step.Outputs, "ciClientSecret")
		delete(step.Outputs, "ciClientSecretSeen")
	}
	p.Must(p.Destroy())
	r.record(t, "3 destroy", nil)
	return r.steps
}
