package provider

import (
	"slices"
	"strings"
	"testing"

	"github.com/blang/semver"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// unconfigured is a provider that nothing has configured yet.
func unconfigured(t *testing.T) integration.Server {
	t.Helper()
	prov, err := New()
	if err != nil {
		t.Fatal(err)
	}
	server, err := integration.NewServer(t.Context(), Name, semver.MustParse(Version), integration.WithProvider(prov))
	if err != nil {
		t.Fatal(err)
	}
	return server
}

func TestAConfiguredServiceKeyIsRefused(t *testing.T) {
	t.Parallel()
	const (
		refused = "apiUserServiceKey is set, but Cloudflare ended user service keys on 2026-09-30: take it out (of the stack's configuration with " +
			"`pulumi config rm cfaccess:apiUserServiceKey`) and set apiToken instead, or apiKey with email"
		stored = refused + ". Then run `pulumi up`, which takes it out of the stack's state"
	)
	for name, test := range map[string]struct {
		value property.Value
		want  bool
	}{
		"a text":        {property.New("fake-service-key"), true},
		"a secret":      {property.New("fake-service-key").WithSecret(true), true},
		"an empty text": {property.New(""), true},
		"not known yet": {property.New(property.Computed), true},
		"null":          {property.New(property.Null), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := unconfigured(t)
			config := props(map[string]any{"apiToken": fakeAPIToken, "baseUrl": nowhere}).Set("apiUserServiceKey", test.value)
			resp, err := server.CheckConfig(p.CheckRequest{Urn: urnOf(t, ""), Inputs: config})
			if err != nil {
				t.Fatal(err)
			}
			// The engine prints the value of a property that a failure names.
			if want := (p.CheckFailure{Reason: refused}); slices.Contains(resp.Failures, want) != test.want || len(resp.Failures) > 1 {
				t.Errorf("the check's failures are %v", resp.Failures)
			}
			err = server.Configure(p.ConfigureRequest{Args: config})
			if (err != nil) != test.want || err != nil && err.Error() != stored {
				t.Errorf("configuring it: %v", err)
			}
		})
	}
}

func TestWhatElseIsWrongWithTheConfigurationIsSaidBesideAServiceKey(t *testing.T) {
	t.Parallel()
	resp, err := unconfigured(t).CheckConfig(p.CheckRequest{
		Urn: urnOf(t, ""), Inputs: props(map[string]any{"apiUserServiceKey": "fake-service-key", "maxRetries": "several"}),
	})
	if err != nil || len(resp.Failures) != 2 {
		t.Errorf("got %v, %v", resp.Failures, err)
	}
}

func TestAServiceKeyInTheEnvironmentIsWarnedOfOnce(t *testing.T) { // not parallel: it sets variables
	const warning = "WARN CLOUDFLARE_API_USER_SERVICE_KEY in the environment is ignored: Cloudflare ended user service keys on 2026-09-30"
	said := func() (lines []string) {
		logged.mu.Lock()
		defer logged.mu.Unlock()
		lines, logged.lines[""] = logged.lines[""], nil // of no resource
		return lines
	}
	for name, test := range map[string]struct {
		env    string
		config map[string]any
		want   []string
	}{
		"beside a token":     {"fake-service-key", map[string]any{"apiToken": fakeAPIToken}, []string{warning}},
		"beside a key":       {"fake-service-key", map[string]any{"apiKey": explicitKey, "email": email}, []string{warning}},
		"without any":        {"", map[string]any{"apiToken": fakeAPIToken}, nil},
		"with blanks for it": {" ", map[string]any{"apiToken": fakeAPIToken}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("CLOUDFLARE_API_USER_SERVICE_KEY", test.env)
			said()
			server := unconfigured(t)
			for range 2 {
				if err := server.Configure(p.ConfigureRequest{Args: props(test.config)}); err != nil {
					t.Fatal(err)
				}
			}
			if got := said(); !slices.Equal(got, test.want) {
				t.Errorf("said %q, want %q", got, test.want)
			}
		})
	}
	t.Run("alone", func(t *testing.T) {
		t.Setenv("CLOUDFLARE_API_USER_SERVICE_KEY", "fake-service-key")
		err := unconfigured(t).Configure(p.ConfigureRequest{})
		if err == nil || !strings.HasSuffix(err.Error(), strings.TrimPrefix(warning, "WARN ")) || len(said()) > 0 {
			t.Errorf("got %v", err)
		}
	})
}
