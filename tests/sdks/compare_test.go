package sdks

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// now is the simulator's clock, which stands still, so that the same program
// gives the same times in every language.
var now = time.Now()

// newProject makes a project whose simulator's clock begins, and stays, at a time.
func newProject(t *testing.T, begin time.Time) *enginetest.Project {
	t.Helper()
	return enginetest.New(t, cfsim.Config{Now: func() time.Time { return begin }})
}

// inEveryLanguage takes a language's program through its life in YAML, checks
// what was recorded of each step, and then holds every other language to it.
func inEveryLanguage(
	t *testing.T, live func(t *testing.T, language string) map[string]record, check func(*testing.T, map[string]record),
) {
	t.Helper()
	want := live(t, "yaml")
	check(t, want)
	for name := range Languages {
		if name == "yaml" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := live(t, name)
			for _, step := range slices.Sorted(maps.Keys(want)) {
				compare(t, step, got[step], want[step])
			}
		})
	}
}

// expectRequests fails unless each step asked Cloudflare exactly this.
func expectRequests(t *testing.T, records map[string]record, want map[string][]string) {
	t.Helper()
	if len(records) != len(want) {
		t.Errorf("%d steps were recorded, want %d", len(records), len(want))
	}
	for step, r := range records {
		if !slices.Equal(r.Requests, want[step]) {
			t.Errorf("%s: Cloudflare was asked %q, want %q", step, r.Requests, want[step])
		}
	}
}

// expectLeaves fails unless these leaves, perhaps among others, are as wanted.
func expectLeaves(t *testing.T, where string, leaves, want map[string]string) {
	t.Helper()
	for path, value := range want {
		if got := orAbsent(leaves, path); got != value {
			t.Errorf("%s %s is %s, want %s", where, path, got, value)
		}
	}
}

// compare fails for each part of a record that is not as YAML's.
func compare(t *testing.T, step string, got, want record) {
	t.Helper()
	if !maps.Equal(got.Changes, want.Changes) {
		t.Errorf("%s: the engine did %v, and in YAML %v", step, got.Changes, want.Changes)
	}
	if !slices.Equal(got.Requests, want.Requests) {
		t.Errorf("%s: Cloudflare was asked %q, and in YAML %q", step, got.Requests, want.Requests)
	}
	gotNames, wantNames := slices.Sorted(maps.Keys(got.Tokens)), slices.Sorted(maps.Keys(want.Tokens))
	if !slices.Equal(gotNames, wantNames) {
		t.Errorf("%s: the state holds %q, and in YAML %q", step, gotNames, wantNames)
	}
	for name, properties := range want.Tokens {
		compareLeaves(t, step+": "+name, got.Tokens[name], properties)
	}
	compareLeaves(t, step+": the stack's output", beside(got.Outputs), beside(want.Outputs))
}

// beside leaves out whether the client id that stands beside a client secret
// in a map is secret too: in YAML the whole map is, elsewhere the secret alone.
func beside(outputs map[string]string) map[string]string {
	const clientID = "ciHeaders.CF-Access-Client-Id"
	outputs = maps.Clone(outputs)
	if value, ok := outputs[clientID]; ok {
		outputs[clientID] = strings.TrimPrefix(value, "secret ")
	}
	return outputs
}

func compareLeaves(t *testing.T, where string, got, want map[string]string) {
	t.Helper()
	paths := maps.Clone(want)
	maps.Copy(paths, got)
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		if got[path] != want[path] {
			t.Errorf("%s %s is %s, and in YAML %s", where, path, orAbsent(got, path), orAbsent(want, path))
		}
	}
}

func orAbsent(leaves map[string]string, path string) string {
	if leaf, ok := leaves[path]; ok {
		return leaf
	}
	return "absent"
}
