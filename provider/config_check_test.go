package provider

import (
	"math"
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
		refused = "apiUserServiceKey is set, but Cloudflare ended user service keys on 2026-09-30: remove it (from the stack's configuration with " +
			"`pulumi config rm cfaccess:apiUserServiceKey`) and set apiToken instead, or apiKey with email"
		stored = refused + ". Then run `pulumi up`, which removes it from the stack's state"
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

func TestAConfigurationThatCannotBeIsRefusedInItsOwnWords(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		key    string
		value  any
		reason string
	}{
		"a fraction of a day":          {"expiryWarningDays", 0.5, "0.5 is not a number of days: write a whole number from 0 to 36500"},
		"a fraction, as a text":        {"expiryWarningDays", "7.9", "7.9 is not a number of days: write a whole number from 0 to 36500"},
		"a fraction of a retry":        {"maxRetries", 2.5, "2.5 is not a number of retries: write a whole number from 0 to 2147483647"},
		"a number that is too high":    {"maxRetries", "99999999999999999999", "1e+20 is too large: write a whole number from 0 to 2147483647"},
		"a text in place of a number":  {"maxRetries", "several", "a string is not a number of retries: write a whole number from 0 to 2147483647"},
		"a text in place of a truth":   {"holdRotations", "perhaps", "a string is not a boolean: write true or false"},
		"a truth in capitals":          {"holdRotations", "True", "a string is not a boolean: write true or false"},
		"a number for a truth":         {"holdRotations", "1", "a string is not a boolean: write true or false"},
		"the text of no value":         {"maxRetries", "null", "a string is not a number of retries: write a whole number from 0 to 2147483647"},
		"a number with a plus":         {"maxRetries", "+5", "a string is not a number of retries: write a whole number from 0 to 2147483647"},
		"a number in place of a text":  {"requestTimeout", 30, "a number is not a string: write a string"},
		"a truth in place of a number": {"requestsPerSecond", true, "it is not a number: write for example 4"},
		"what is no number at all":     {"requestsPerSecond", math.NaN(), "it is not a number: write for example 4"},
		"a number without an end":      {"requestsPerSecond", math.Inf(1), "it is not a number: write for example 4"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := unconfigured(t)
			config := props(map[string]any{"apiToken": fakeAPIToken, "baseUrl": nowhere, test.key: test.value})
			resp, err := server.CheckConfig(p.CheckRequest{Urn: urnOf(t, ""), Inputs: config})
			want := test.key + ": " + test.reason
			if err != nil || !slices.Equal(resp.Failures, []p.CheckFailure{{Reason: want}}) {
				t.Errorf("got %q, %v", resp.Failures, err)
			}
			if err := server.Configure(p.ConfigureRequest{Args: config}); err == nil || err.Error() != want {
				t.Errorf("configuring it: %v", err)
			}
		})
	}
}

func TestAKeyThatComesNearOneOfTheConfigurationIsWarnedOf(t *testing.T) {
	t.Parallel()
	got := misspelt(props(map[string]any{
		"apiToken": fakeAPIToken, "acountId": accountID, "environment": "prod", "version": "0.1.0", "__internal": "{}", "apiUserServiceKey": "fake",
	}))
	if want := []string{"the provider ignores acountId, which is not one of its configuration keys: did you mean accountId?"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestRotationsAreHeldByTheConfigurationAndByTheEnvironment(t *testing.T) {
	t.Parallel()
	token := Config{APIToken: new(explicitToken)}
	held, free := token, token
	held.HoldRotations, free.HoldRotations = new(true), new(false)
	variable := func(value string) environment { return environment{"CFACCESS_HOLD_ROTATIONS": value} }
	for name, test := range map[string]struct {
		config Config
		env    environment
		want   string
		err    string
	}{
		"by nothing":                              {config: token},
		"by the configuration":                    {config: held, want: "the provider's holdRotations"},
		"by the environment":                      {config: token, env: variable("true"), want: "CFACCESS_HOLD_ROTATIONS in the environment"},
		"by the environment, whatever is written": {config: free, env: variable("1"), want: "CFACCESS_HOLD_ROTATIONS in the environment"},
		"not by an environment that says no":      {config: token, env: variable("false")},
		"which does not undo the configuration":   {config: held, env: variable("false"), want: "the provider's holdRotations"},
		"an empty variable is none":               {config: token, env: variable("")},
		"any other value is refused":              {config: token, env: variable("yes"), err: `CFACCESS_HOLD_ROTATIONS in the environment is "yes": write true or false`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := resolve(test.config, test.env.lookup)
			if got.heldBy != test.want || (err == nil) != (test.err == "") || err != nil && err.Error() != test.err {
				t.Errorf("held by %q, %v", got.heldBy, err)
			}
		})
	}
}

func TestARotationThatIsDueWaitsWhileRotationsAreHeldBack(t *testing.T) {
	t.Parallel()
	h := start(t, map[string]any{"holdRotations": "true"}) // as an import hands it over
	program := props(inAccount, map[string]any{"rotateAfter": "25h"})
	diff, err := h.Diff(p.DiffRequest{ID: accountToken, Urn: h.urn, State: stored(), OldInputs: program, Inputs: program})
	if err != nil || diff.HasChanges {
		t.Errorf("got %v, %v", diff.DetailedDiff, err)
	}
	h.expectLog(t, "WARN the client secret is not rotated, since the provider's holdRotations holds rotations back: it is 16 days old, and rotateAfter is 25h.")
}

// A process that serves several configurations, as one that is attached for debugging,
// keeps nothing of an earlier one.
func TestAConfigurationLeavesNothingToTheNext(t *testing.T) {
	t.Parallel()
	h := start(t, map[string]any{"holdRotations": true, "accountId": otherAccount})
	if err := h.Configure(p.ConfigureRequest{Args: props(map[string]any{"apiToken": fakeAPIToken, "requestTimeout": "never"})}); err == nil {
		t.Fatal("a time-out that is none is accepted")
	}
	h.config = props(map[string]any{"apiToken": fakeAPIToken, "baseUrl": nowhere})
	h.nextRun(t)
	h.refused(t, props(map[string]any{"name": "ci"}), noInputs, p.CheckFailure{Property: "accountId", Reason: noScope})
	program := props(inAccount, map[string]any{"rotateAfter": "25h"})
	if diff, err := h.Diff(p.DiffRequest{ID: accountToken, Urn: h.urn, State: stored(), OldInputs: program, Inputs: program}); err != nil || !diff.HasChanges {
		t.Errorf("rotations are still held back: %v, %v", diff.DetailedDiff, err)
	}
}
