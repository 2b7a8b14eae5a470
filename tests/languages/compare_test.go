package languages

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// inEveryLanguage takes programs through their life in YAML, checks what was
// recorded, and then holds every other language to it.
func inEveryLanguage(
	t *testing.T, live func(t *testing.T, language string) map[string]record, check func(*testing.T, map[string]record),
) {
	want := live(t, "yaml")
	check(t, want)
	for name := range languages {
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

// compare fails for each part of a record that is not as YAML's.
func compare(t *testing.T, step string, got, want record) {
	t.Helper()
	if !maps.Equal(got.Changes, want.Changes) {
		t.Errorf("%s: the engine did %v, and in YAML %v", step, got.Changes, want.Changes)
	}
	if !slices.Equal(got.Requests, want.Requests) {
		t.Errorf("%s: Cloudflare was asked %q, and in YAML %q", step, got.Requests, want.Requests)
	}
	if tokens := slices.Sorted(maps.Keys(want.Tokens)); !reflect.DeepEqual(slices.Sorted(maps.Keys(got.Tokens)), tokens) {
		t.Errorf("%s: the state holds %v, and in YAML %v", step, slices.Collect(maps.Keys(got.Tokens)), tokens)
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
