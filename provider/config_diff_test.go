package provider

import (
	"maps"
	"slices"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// TestNoChangeOfTheConfigurationReplacesTheProvider matters because a replaced
// provider replaces its resources, and with them every credential.
func TestNoChangeOfTheConfigurationReplacesTheProvider(t *testing.T) {
	t.Parallel()
	type m = map[string]any
	everything := m{"apiToken": fakeAPIToken, "apiKey": "fake-key", "email": "ci@example.invalid",
		"baseUrl": "https://proxy.example", "accountId": accountID, "maxRetries": 3, "requestTimeout": "10s"}
	update := func(kind p.DiffKind, keys ...string) map[string]p.PropertyDiff {
		rows := map[string]p.PropertyDiff{}
		for _, key := range keys {
			rows[key] = p.PropertyDiff{Kind: kind, InputDiff: true}
		}
		return rows
	}
	all := slices.Collect(maps.Keys(everything))
	for name, test := range map[string]struct {
		before, after m
		want          map[string]p.PropertyDiff
	}{
		"nothing":                          {everything, everything, nil},
		"another API token":                {m{"apiToken": "fake-old"}, m{"apiToken": "fake-new"}, update(p.Update, "apiToken")},
		"an API token that is not known":   {m{"apiToken": "fake-old"}, m{"apiToken": unknownValue}, update(p.Update, "apiToken")},
		"a default account":                {m{}, m{"accountId": accountID}, update(p.Add, "accountId")},
		"another default account":          {m{"accountId": accountID}, m{"accountId": otherAccount}, update(p.Update, "accountId")},
		"no default account any more":      {m{"accountId": accountID}, m{}, update(p.Delete, "accountId")},
		"another base URL":                 {m{"baseUrl": "https://a.example"}, m{"baseUrl": "https://b.example"}, update(p.Update, "baseUrl")},
		"everything added":                 {m{}, everything, update(p.Add, all...)},
		"everything removed":               {everything, m{}, update(p.Delete, all...)},
		"another version of the plugin":    {m{"version": "0.1.0"}, m{"version": "0.2.0"}, update(p.Update, "version")},
		"a version that is new":            {m{}, m{"version": "0.2.0"}, update(p.Add, "version")},
		"a version that went":              {m{"version": "0.2.0"}, m{}, update(p.Delete, "version")},
		"a download URL that went":         {m{"pluginDownloadURL": "github://x"}, m{}, nil},
		"what the engine keeps for itself": {m{"__internal": "a"}, m{"__internal": "b", "__pulumi-go-provider-infer": true}, nil},
		"a service key that went":          {m{"apiUserServiceKey": "fake-s"}, m{}, update(p.Delete, "apiUserServiceKey")},
		"a key of another provider": {m{"apiHostname": "a.example"}, m{"apiToken": "fake-new"}, map[string]p.PropertyDiff{
			"apiHostname": {Kind: p.Delete, InputDiff: true}, "apiToken": {Kind: p.Add, InputDiff: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := start(t, nil)
			for how, req := range map[string]p.DiffRequest{
				"by the old inputs": {OldInputs: props(test.before), State: props(m{"apiToken": "fake-of-the-state"}), Inputs: props(test.after)},
				"by the state":      {State: props(test.before), Inputs: props(test.after)},
			} {
				if how == "by the old inputs" && len(test.before) == 0 {
					continue // this is how an engine that sends none is recognised
				}
				resp, err := h.DiffConfig(req)
				if err != nil {
					t.Fatal(err)
				}
				if resp.HasChanges != (len(test.want) > 0) || resp.DeleteBeforeReplace || !maps.Equal(resp.DetailedDiff, test.want) {
					t.Errorf("%s: got %+v, want %v", how, resp, test.want)
				}
			}
		})
	}
}

func TestASecretConfigurationThatIsEqualIsNotChanged(t *testing.T) {
	t.Parallel()
	secret := property.NewMap(map[string]property.Value{"apiToken": property.New(fakeAPIToken).WithSecret(true)})
	resp, err := start(t, nil).DiffConfig(p.DiffRequest{OldInputs: secret, State: secret, Inputs: secret})
	if err != nil || resp.HasChanges {
		t.Errorf("got %+v, %v", resp, err)
	}
}
