package cfapi_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

var (
	began = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

	scopes = map[string]cfapi.Scope{
		"accounts/" + cfsim.DefaultAccountID: cfapi.Account(cfsim.DefaultAccountID),
		"zones/" + cfsim.DefaultZoneID:       cfapi.Zone(cfsim.DefaultZoneID),
	}
)

// cloudflare is a simulator, a client for it, and the clock of both, which
// passes only where the client waits.
type cloudflare struct {
	*cfsim.Simulator
	*cfapi.Client

	mu    sync.Mutex
	now   time.Time
	waits []time.Duration
	// onRequest is called when the simulator looks at the clock, which it does
	// once a request has arrived and before it can be answered.
	onRequest func()
	// onWait is called with each wait of the client's.
	onWait func()
}

func connect(t *testing.T, config cfsim.Config, change ...func(*cfapi.Config)) *cloudflare {
	t.Helper()
	c := &cloudflare{now: began, onRequest: func() {}, onWait: func() {}}
	config.Now = func() time.Time {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.onRequest()
		return c.now
	}
	c.Simulator = cfsim.New(config)
	server, err := c.Serve()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	settings := cfapi.Config{
		BaseURL:    server.BaseURL,
		APIToken:   cfsim.DefaultAPIToken,
		MaxRetries: new(2),
		Timing:     cfapi.Timing{Now: c.time, Sleep: c.wait, Jitter: func() float64 { return 0.5 }},
	}
	for _, f := range change {
		f(&settings)
	}
	if c.Client, err = cfapi.New(settings); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

func (c *cloudflare) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// atRequests calls f with every request from now on.
func (c *cloudflare) atRequests(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onRequest = f
}

func (c *cloudflare) wait(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	c.now, c.waits = c.now.Add(d), append(c.waits, d)
	c.mu.Unlock()
	c.onWait()
	return context.Cause(ctx)
}

// operations are those of the requests that arrived.
func (c *cloudflare) operations() (operations []string) {
	for _, r := range c.Requests() {
		operations = append(operations, r.Operation)
	}
	return operations
}

// expectHarmless fails unless an error is a short line of the client's without a
// secret in it, however it is printed.
func (c *cloudflare) expectHarmless(t *testing.T, err error) {
	t.Helper()
	if _, ok := errors.AsType[*cfapi.Error](err); !ok {
		t.Errorf("%T is no *cfapi.Error", err)
	}
	if text := err.Error(); len(text) > 1000 || strings.ContainsAny(text, "\n\r\t") {
		t.Errorf("the error has %d bytes or more than a line: %.1000q", len(text), text)
	}
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		text := fmt.Sprintf(verb, err)
		for i, secret := range append(c.IssuedSecrets(), cfsim.DefaultAPIToken) {
			if strings.Contains(text, secret) {
				t.Errorf("the error as %s holds secret %d", verb, i)
			}
		}
	}
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		t.Errorf("%s is %s, want %s", what, g, w)
	}
}

// inBothScopes runs a test once for an account and once for a zone.
func inBothScopes(t *testing.T, test func(t *testing.T, path string, scope cfapi.Scope)) {
	t.Helper()
	for path, scope := range scopes {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			test(t, path, scope)
		})
	}
}

func TestATokenLivesThroughTheClientAsTheSimulatorSees(t *testing.T) {
	t.Parallel()
	inBothScopes(t, func(t *testing.T, path string, scope cfapi.Scope) {
		c := connect(t, cfsim.Config{})
		created, err := c.Create(t.Context(), scope, cfapi.CreateParams{Name: "ci", Duration: new("24h"), ClientSecretVersion: new(int64(3))})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "the scope", c.live(t, created.ID).Scope, path)
		equal(t, "the version", *created.ClientSecretVersion, 3)
		equal(t, "the expiry", created.ExpiresAt, began.Add(24*time.Hour))
		first := created.ClientSecret.Reveal()
		if !c.Authenticates(created.ClientID, first) {
			t.Error("the first secret does not work")
		}

		c.Advance(time.Hour)
		renamed, err := c.Update(t.Context(), scope, created.ID, cfapi.UpdateParams{Name: new("renamed"), Enabled: new(false)})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "the expiry after a rename", renamed.ExpiresAt, began.Add(24*time.Hour))
		equal(t, "enabled", *renamed.Enabled, false)
		if c.Authenticates(created.ClientID, first) {
			t.Error("the secret of a disabled token works")
		}

		renewed, err := c.Update(t.Context(), scope, created.ID, cfapi.UpdateParams{Duration: new("24h"), Enabled: new(true)})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "the expiry after a renewal", renewed.ExpiresAt, began.Add(25*time.Hour))

		end := began.Add(2 * time.Hour)
		rotated, err := c.Update(t.Context(), scope, created.ID, cfapi.UpdateParams{ClientSecretVersion: new(int64(4)), PreviousClientSecretExpiresAt: &end})
		if err != nil {
			t.Fatal(err)
		}
		second := rotated.ClientSecret.Reveal()
		equal(t, "the new secret", c.SecretState(created.ClientID, second), cfsim.SecretCurrent)
		equal(t, "the old secret", c.SecretState(created.ClientID, first), cfsim.SecretPrevious)
		c.Advance(time.Hour)
		equal(t, "the old secret after its grace", c.SecretState(created.ClientID, first), cfsim.SecretRevoked)

		c.Use(created.ID)
		read, err := c.Get(t.Context(), scope, created.ID)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "the name", read.Name, "renamed")
		equal(t, "the end of the previous secret", read.PreviousClientSecretExpiresAt, end)
		equal(t, "the last use", read.LastSeenAt, end)
		equal(t, "the secret of a read", read.ClientSecret.Reveal(), "")

		if err := c.Delete(t.Context(), scope, created.ID, nil); err != nil {
			t.Fatal(err)
		}
		_, err = c.Get(t.Context(), scope, created.ID)
		if !cfapi.IsNotFound(err) {
			t.Errorf("after the deletion: %v", err)
		}
		equal(t, "the requests", c.operations(), "[create update update update get delete get]")
	})
}

func (c *cloudflare) live(t *testing.T, id string) cfsim.Token {
	t.Helper()
	token, ok := c.Token(id)
	if !ok {
		t.Fatal("there is no such token")
	}
	return token
}

func TestListCollectsEveryPageThatTheSimulatorCaps(t *testing.T) {
	t.Parallel()
	inBothScopes(t, func(t *testing.T, path string, scope cfapi.Scope) {
		const most = 7
		for tokens := range most + 1 {
			c := connect(t, cfsim.Config{PerPageCap: 3})
			for i := range tokens {
				c.AddToken(path, cfsim.NewToken{Name: fmt.Sprint("token ", i)})
			}
			c.AddToken("accounts/"+strings.Repeat("e", 32), cfsim.NewToken{Name: "elsewhere"})
			listed, err := c.List(t.Context(), scope, cfapi.ListFilter{})
			if err != nil {
				t.Fatal(err)
			}
			var names, want []string
			for i, token := range listed {
				names, want = append(names, token.Name), append(want, fmt.Sprint("token ", i))
			}
			equal(t, "the listing", names, want)
			equal(t, "its length", len(listed), tokens)
			equal(t, "the number of pages", len(c.Requests()), max(1, (tokens+2)/3))
		}
	})
}

func TestAListingOfHundredsOfPagesIsCollected(t *testing.T) {
	t.Parallel()
	const pages = 300
	c := connect(t, cfsim.Config{PerPageCap: 1})
	for i := range pages {
		c.AddToken("accounts/"+cfsim.DefaultAccountID, cfsim.NewToken{Name: fmt.Sprint("token ", i)})
	}
	listed, err := c.List(t.Context(), inAccount, cfapi.ListFilter{})
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, token := range listed {
		names[token.Name] = true
	}
	equal(t, "the length of the listing", len(listed), pages)
	equal(t, "the number of names", len(names), pages)
	equal(t, "the number of requests", len(c.Requests()), pages)
}

func TestANameIsMatchedExactlyHoweverTheServerFilters(t *testing.T) {
	t.Parallel()
	for _, filter := range []cfsim.NameFilterBehaviour{cfsim.NameExact, cfsim.NameContains, cfsim.NameIgnored} {
		c := connect(t, cfsim.Config{PerPageCap: 1, Behaviour: cfsim.Behaviour{NameFilter: filter}})
		inBoth := []string{"ci", "ci 2", "ci", "Ci"}
		for path := range scopes {
			for _, name := range inBoth {
				c.AddToken(path, cfsim.NewToken{Name: name})
			}
		}
		listed, err := c.List(t.Context(), cfapi.Account(cfsim.DefaultAccountID), cfapi.ListFilter{Name: "ci"})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "the number of tokens", len(listed), 2)
	}
}

func TestAnswersOfEveryFormAreRead(t *testing.T) {
	t.Parallel()
	every := []string{"create", "get", "list", "update"}
	for name, behaviour := range map[string]cfsim.Behaviour{
		"the best guess":       {},
		"fractions of seconds": {FractionalTimes: true},
		"as of before":         {OmitEnabledWhenTrue: true, HexSecrets: true, CreateAnswers200: true, OmitRateLimitHeaders: true},
		"without rotations":    {OmitVersionIn: every, OmitPreviousEndIn: every},
		"other durations":      {NormalizedDurations: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := connect(t, cfsim.Config{Behaviour: behaviour})
			scope := cfapi.Account(cfsim.DefaultAccountID)
			created, err := c.Create(t.Context(), scope, cfapi.CreateParams{Name: "ci", Duration: new("24h")})
			if err != nil {
				t.Fatal(err)
			}
			rotated, err := c.Update(t.Context(), scope, created.ID, cfapi.UpdateParams{ClientSecretVersion: new(int64(2))})
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "the secrets", []string{created.ClientSecret.Reveal(), rotated.ClientSecret.Reveal()}, c.IssuedSecrets())
			read, err := c.Get(t.Context(), scope, created.ID)
			if err != nil {
				t.Fatal(err)
			}
			live := c.live(t, created.ID)
			equal(t, "the expiry", read.ExpiresAt, live.ExpiresAt)
			equal(t, "enabled absent", read.Enabled == nil, behaviour.OmitEnabledWhenTrue)
			equal(t, "the version absent", read.ClientSecretVersion == nil, slices.Contains(behaviour.OmitVersionIn, "get"))
			equal(t, "the end absent", read.PreviousClientSecretExpiresAt == nil, slices.Contains(behaviour.OmitPreviousEndIn, "get"))
			lasting, err := time.ParseDuration(read.Duration)
			equal(t, "the duration", lasting, 24*time.Hour)
			equal(t, "its error", err, nil)
		})
	}
}
