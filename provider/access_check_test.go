package provider

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
)

const clientID = "0123456789abcdef0123456789abcdef.access"

// application is an address behind Access that admits one client secret.
type application struct {
	url      string
	mu       sync.Mutex
	admits   string
	hangs    bool
	requests int
}

func (a *application) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.requests++; a.hangs {
		<-r.Context().Done()
	}
	if r.Header.Get("CF-Access-Client-Secret") != a.admits {
		w.Header().Set("Cf-Access-Domain", "127.0.0.1")
		w.WriteHeader(http.StatusForbidden)
	}
}

// dial serves the application over a pipe, in whose time nothing passes by itself.
func (a *application) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	served := make(chan net.Conn, 1)
	served <- server
	go func() { _ = (&http.Server{Handler: a}).Serve(&once{served, nil}) }()
	return client, nil
}

// once accepts one connection.
type once struct {
	conns chan net.Conn
	net.Listener
}

func (o *once) Accept() (net.Conn, error) {
	select {
	case conn := <-o.conns:
		return conn, nil
	default:
		return nil, net.ErrClosed
	}
}

func (*once) Close() error { return nil }

// behindAccess runs a test in virtual time, with an application and a provider that
// reaches it at every address.
func behindAccess(t *testing.T, admits string, test func(*testing.T, *application, *harness)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a := &application{url: "http://127.0.0.1/health?key=hidden-query", admits: admits}
		test(t, a, startWithin(t.Context(), t, nil, WithDial(a.dial)))
	})
}

func (a *application) expectRequests(t *testing.T, want int) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.requests != want {
		t.Errorf("%d requests, want %d", a.requests, want)
	}
}

// asks are the inputs of a check of the application.
func (a *application) asks(changes ...map[string]any) property.Map {
	return props(append([]map[string]any{{
		"url": a.url, "clientId": clientID, "clientSecret": property.New(newSecret).WithSecret(true), "timeout": "1s",
	}}, changes...)...)
}

// checking asks the same provider about an AccessCheck.
func (h *harness) checking(t *testing.T) *harness {
	urn := resource.NewURN("test", "provider", "", accessCheckType, urnOf(t, "check").Name())
	return &harness{h.Server, urn, h.config, h.memory}
}

func (h *harness) created(inputs property.Map) (p.CreateResponse, error) {
	return h.Create(p.CreateRequest{Urn: h.urn, Properties: inputs})
}

func expectFailure(t *testing.T, err error, want ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, text := range want {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("the error does not say %q:\n%v", text, err)
		}
	}
	for _, hidden := range []string{newSecret, oldSecret, "hidden-query"} {
		if strings.Contains(err.Error(), hidden) {
			t.Error("the error says what is hidden")
		}
	}
}

func TestAccessCheckStoresThatTheTokenIsAdmitted(t *testing.T) {
	t.Parallel()
	behindAccess(t, newSecret, func(t *testing.T, app *application, h *harness) {
		h = h.checking(t)
		inputs := app.asks(map[string]any{"url": property.New(app.url).WithSecret(true),
			"triggers": property.New([]property.Value{property.New("fake").WithSecret(true), property.New(1.0)})})
		resp, err := h.created(inputs)
		if err != nil {
			t.Fatal(err)
		}
		want := inputs.Set("outcome", property.New("admitted")).Set("status", property.New(200.0))
		if resp.ID == "" || !property.New(resp.Properties).Equals(property.New(want)) {
			t.Errorf("id %q, and the state is not the inputs with their marks, admitted and 200: %d properties", resp.ID, resp.Properties.Len())
		}
		expectSecret(t, resp.Properties)
		app.expectRequests(t, 3)
	})
}

func TestAccessCheckThatFailsCreatesNothing(t *testing.T) {
	t.Parallel()
	behindAccess(t, oldSecret, func(t *testing.T, app *application, h *harness) {
		h = h.checking(t)
		resp, err := h.created(app.asks())
		expectFailure(t, err, "/health refused the token: it answered 403", "no policy of the application names the token")
		if resp.ID != "" || resp.PartialState != nil {
			t.Error("something was created")
		}
		app.expectRequests(t, 2)
		hidden := app.asks(map[string]any{"url": property.New(app.url).WithSecret(true)})
		if _, err = h.created(hidden); err == nil || strings.Contains(err.Error(), "127.0.0.1:") {
			t.Errorf("an address that is a secret is printed: %v", err)
		}
	})
}

func TestCustomTimeoutsThatEndACheckEarlyAreNamed(t *testing.T) {
	t.Parallel()
	const short = "The limit in customTimeouts is shorter than the timeout of the check, 1m0s: set a longer limit there, or a shorter timeout."
	for name, test := range map[string]struct {
		hangs bool
		says  string
	}{
		"between two attempts": {false, "refused the token"},
		"during a request":     {true, "The last attempt failed: the time limit was reached before there was an answer (request without credentials)."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			behindAccess(t, oldSecret, func(t *testing.T, app *application, h *harness) {
				app.hangs = test.hangs
				check, began := h.checking(t), time.Now()
				_, err := check.Create(p.CreateRequest{Urn: check.urn, Properties: app.asks(map[string]any{"timeout": "1m"}), Timeout: 5})
				expectFailure(t, err, test.says, short)
				if took := time.Since(began); took > 5*time.Second {
					t.Errorf("the check took %s", took)
				}
				_, err = check.Create(p.CreateRequest{Urn: check.urn, Properties: app.asks(), Timeout: 30})
				if expectFailure(t, err, "/health"); strings.Contains(err.Error(), "customTimeouts") {
					t.Errorf("a limit that is long enough is named: %v", err)
				}
			})
		})
	}
}

// A call uses some of its limit before the check begins.
func TestALimitAsLongAsTheChecksOwnIsNotCalledShorter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for used, shorter := range map[time.Duration]bool{0: false, 50 * time.Millisecond: false, 2 * time.Second: true} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute-used)
			defer cancel()
			if said := endsBefore(ctx, time.Minute); (said != "") != shorter {
				t.Errorf("%s of a minute are used: says %q", used, said)
			}
		}
	})
}

func TestPreviewOfAnAccessCheckSaysWhatItAsksAndAsksNothing(t *testing.T) {
	t.Parallel()
	behindAccess(t, newSecret, func(t *testing.T, app *application, h *harness) {
		address, _, _ := strings.Cut(app.url, "?")
		const asks = ": without credentials, with the token, and with made-up credentials"
		for name, test := range map[string]struct {
			inputs   property.Map
			computed string
			says     string
		}{
			"all is known":          {app.asks(), "outcome status", address},
			"a new token":           {app.asks(map[string]any{"clientId": unknownValue, "clientSecret": unknownValue.WithSecret(true)}), "clientId clientSecret outcome status", address},
			"the address is new":    {app.asks(map[string]any{"url": unknownValue}), "outcome status url", "the address in url"},
			"the address is secret": {app.asks(map[string]any{"url": property.New(app.url).WithSecret(true)}), "outcome status", "the address in url"},
			"a status to come":      {app.asks(map[string]any{"clientSecretStatus": unknownValue}), "clientSecretStatus outcome status", address},
		} {
			check := h.checking(t)
			created, err := check.Create(p.CreateRequest{Urn: check.urn, Properties: test.inputs, DryRun: true})
			if err != nil || created.ID != "" || strings.Join(computedKeys(created.Properties), " ") != test.computed {
				t.Errorf("%s: id %q, unknown %q, %v", name, created.ID, computedKeys(created.Properties), err)
			}
			check.expectLog(t, "INFO each attempt will send up to three requests to "+test.says+asks)

			check = h.checking(t)
			updated, err := check.Update(p.UpdateRequest{Urn: check.urn, ID: "check", State: passed(app.asks()), OldInputs: app.asks(), Inputs: test.inputs, DryRun: true})
			if err != nil || strings.Join(computedKeys(updated.Properties), " ") != test.computed {
				t.Errorf("%s: unknown %q, %v", name, computedKeys(updated.Properties), err)
			}
			check.expectLog(t, "INFO each attempt will send up to three requests to "+test.says+asks)
		}
		app.expectRequests(t, 0)
	})
}

// passed is the state of a check that passed.
func passed(inputs property.Map) property.Map {
	return inputs.Set("outcome", property.New("admitted")).Set("status", property.New(200.0))
}

func TestAccessCheckRefusesWhatCannotBeAsked(t *testing.T) {
	t.Parallel()
	behindAccess(t, newSecret, func(t *testing.T, app *application, h *harness) {
		h = h.checking(t)
		for _, test := range []struct {
			change         map[string]any
			property, says string
		}{
			{map[string]any{}, "", ""},
			{map[string]any{"url": nil}, "url", "the address is missing"},
			{map[string]any{"url": "http://app.example.com/"}, "url", "use https (http is allowed only for this machine)"},
			{map[string]any{"url": 1}, "url", "a number is not a string"},
			{map[string]any{"url": unknownValue, "clientId": unknownValue, "clientSecret": unknownValue}, "", ""},
			{map[string]any{"clientId": ""}, "clientId", "it is empty"},
			{map[string]any{"clientSecret": nil}, "", "clientSecret: clientSecret is missing: write the output clientSecret"},
			{map[string]any{"clientSecret": ""}, "", "clientSecret: it is empty"},
			{map[string]any{"clientSecret": newSecret + "\n"}, "", "clientSecret: it contains a space, a line break"},
			{map[string]any{"clientSecretStatus": 1}, "clientSecretStatus", "not a string"},
			{map[string]any{"header": "CF-Access-Client-Id"}, "header", "cannot carry the token"},
			{map[string]any{"timeout": "2"}, "timeout", `write a duration above zero and up to "10m"`},
			{map[string]any{"timeout": "11m"}, "timeout", `up to "10m"`},
			{map[string]any{"timeout": "0s"}, "timeout", "above zero"},
			{map[string]any{"acceptOpen": "yes"}, "acceptOpen", "write true or false"},
			{map[string]any{"originStatuses": 401}, "originStatuses", "this is not a list"},
			{map[string]any{"originStatuses": aListOf(property.New(401.0), unknownValue, property.New(403.0))}, "", ""},
			{map[string]any{"originStatuses": aListOf(property.New(404.0))}, "originStatuses", "only 401 and 403 can be listed"},
			{map[string]any{"originRedirects": aListOf(property.New("https://login.example.com"))}, "originRedirects", "leave out the scheme"},
			{map[string]any{"triggers": "now"}, "triggers", "this is not a list"},
			{map[string]any{"trigers": aListOf(property.New("1"))}, "trigers", "did you mean triggers?"},
		} {
			resp, err := h.Check(p.CheckRequest{Urn: h.urn, Inputs: app.asks(test.change)})
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case test.says == "" && len(resp.Failures) == 0:
			case test.says == "" || len(resp.Failures) != 1 || resp.Failures[0].Property != test.property || !strings.Contains(resp.Failures[0].Reason, test.says):
				t.Errorf("%v: %q, want %s: %s", test.change, resp.Failures, test.property, test.says)
			}
			if secret, ok := resp.Inputs.GetOk("clientSecret"); ok && !secret.Secret() {
				t.Error("the client secret is not marked")
			}
		}
		app.expectRequests(t, 0)
	})
}

func aListOf(elements ...property.Value) property.Value { return property.New(elements) }

func TestAccessCheckWithoutCredentialsAsksNothing(t *testing.T) {
	t.Parallel()
	behindAccess(t, newSecret, func(t *testing.T, app *application, h *harness) {
		h = h.checking(t)
		for _, name := range []string{"clientId", "clientSecret"} {
			_, err := h.created(app.asks(map[string]any{name: ""}))
			expectFailure(t, err, "no request was sent: "+name+": it is empty")
		}
		app.expectRequests(t, 0)
	})
}

func TestAnyInputThatChangesChecksAgain(t *testing.T) {
	t.Parallel()
	behindAccess(t, newSecret, func(t *testing.T, app *application, h *harness) {
		h = h.checking(t)
		changed := func(before, after property.Map) []string {
			resp, err := h.Diff(p.DiffRequest{Urn: h.urn, ID: "check", State: passed(before), OldInputs: before, Inputs: after})
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for name, diff := range resp.DetailedDiff {
				if names = append(names, name); diff.Kind != p.Add && diff.Kind != p.Update && diff.Kind != p.Delete {
					t.Errorf("%s: %s", name, diff.Kind)
				}
			}
			if resp.HasChanges != (len(names) > 0) {
				t.Errorf("changes: %v, shown %q", resp.HasChanges, names)
			}
			return names
		}
		for name, value := range map[string]any{
			"url": app.url + "1", "clientId": "fa4e.access", "clientSecret": oldSecret, "clientSecretStatus": "current", "header": "X-Token", "timeout": "2s",
			"acceptOpen": true, "originStatuses": aListOf(property.New(401.0)), "originRedirects": aListOf(property.New("login.example.com")), "triggers": aListOf(property.New("1")),
		} {
			for _, value := range []any{value, unknownValue} {
				other := app.asks(map[string]any{name: value})
				if got := changed(app.asks(), other); strings.Join(got, " ") != name {
					t.Errorf("%s changed: shown %q", name, got)
				}
				if got := changed(other, app.asks()); strings.Join(got, " ") != name {
					t.Errorf("%s changed back: shown %q", name, got)
				}
			}
		}
		marked := app.asks(map[string]any{"url": property.New(app.url).WithSecret(true), "triggers": aListOf(property.New("1").WithSecret(true))})
		if got := changed(marked, app.asks(map[string]any{"triggers": aListOf(property.New("1"))})); len(got) > 0 {
			t.Errorf("marks alone changed: %q", got)
		}
	})
}

func TestAClientSecretThatIsNotCurrentIsNotAskedWith(t *testing.T) {
	t.Parallel()
	behindAccess(t, newSecret, func(t *testing.T, app *application, h *harness) {
		h = h.checking(t)
		for _, status := range []string{servicetoken.StatusStale, servicetoken.StatusUnavailable, ""} {
			for _, preview := range []bool{true, false} {
				inputs := app.asks(map[string]any{"clientSecretStatus": status})
				_, err := h.Create(p.CreateRequest{Urn: h.urn, Properties: inputs, DryRun: preview})
				expectFailure(t, err, `no request was sent, since clientSecretStatus is "`+status+`": this stack is not known to hold the token's current client secret. To get a new one`)
				_, err = h.Update(p.UpdateRequest{Urn: h.urn, ID: "check", State: passed(app.asks()), OldInputs: app.asks(), Inputs: inputs, DryRun: preview})
				expectFailure(t, err, `no request was sent, since clientSecretStatus is "`+status+`"`)
			}
		}
		app.expectRequests(t, 0)
		if _, err := h.created(app.asks(map[string]any{"clientSecretStatus": servicetoken.StatusCurrent})); err != nil {
			t.Error(err)
		}
	})
}

func TestRefreshAndDeletionOfAnAccessCheckAskNothing(t *testing.T) {
	t.Parallel()
	behindAccess(t, oldSecret, func(t *testing.T, app *application, h *harness) {
		h = h.checking(t)
		inputs := app.asks(map[string]any{"triggers": aListOf(property.New("fake").WithSecret(true))})
		resp, err := h.Read(p.ReadRequest{Urn: h.urn, ID: "check", Properties: passed(inputs), Inputs: inputs})
		if err != nil || resp.ID != "check" || !property.New(resp.Properties).Equals(property.New(passed(inputs))) || !property.New(resp.Inputs).Equals(property.New(inputs)) {
			t.Errorf("id %q, or what the stack stores has changed: %v", resp.ID, err)
		}
		if err := h.Delete(p.DeleteRequest{Urn: h.urn, ID: "check", Properties: passed(inputs)}); err != nil {
			t.Error(err)
		}
		_, err = h.Read(p.ReadRequest{Urn: h.urn, ID: "check"})
		expectFailure(t, err, "an access check cannot be imported")
		app.expectRequests(t, 0)
	})
}

func TestFailureAfterARotationSaysWhenThePreviousSecretStops(t *testing.T) {
	t.Parallel()
	const still = "The resources that depend on this check still have the previous client secret"
	const notKnown = still + ". This run cannot know when that stops working, since it has not read the token"
	last := map[string]any{"clientSecret": property.New(oldSecret).WithSecret(true)}
	for name, test := range map[string]struct {
		end    any
		inputs map[string]any
		says   string
	}{
		"its grace runs": {"2026-10-02T12:00:00Z", nil, still + ", which works until 2026-10-02T12:00:00Z. For more time, move the token's previousClientSecretExpiresAt to a later time, " +
			"or raise its previousClientSecretGrace"},
		"its grace is over": {"2026-09-30T12:00:00Z", nil, still + ", which stopped working at 2026-09-30T12:00:00Z"},
		"no end is known":   {nil, nil, still + ". Cloudflare does not show when that stops working"},
		"a stale secret":    {"2026-10-01T13:00:00Z", merged(last, map[string]any{"clientSecretStatus": "stale"}), "The resources that depend on this check may still have the previous client secret, which works until 2026-10-01T13:00:00Z"},
		"another token":     {nil, map[string]any{"clientId": "fa4e.access"}, "still have the credentials of another token, with the client id " + clientID},
		"no rotation":       {nil, merged(last, map[string]any{"triggers": aListOf(property.New("1"))}), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			behindAccess(t, "neither", func(t *testing.T, app *application, h *harness) {
				check, before := h.checking(t), app.asks(last)
				update := func() error {
					_, err := check.Update(p.UpdateRequest{Urn: check.urn, ID: "check", State: passed(before), OldInputs: before, Inputs: app.asks(test.inputs)})
					return err
				}
				// A run compares the token before the check asks.
				state := stored(map[string]any{"previousClientSecretExpiresAt": test.end})
				if _, err := h.Diff(p.DiffRequest{Urn: h.urn, ID: accountToken, State: state, OldInputs: props(inAccount), Inputs: props(inAccount)}); err != nil {
					t.Fatal(err)
				}
				err := update()
				expectFailure(t, err, test.says)
				if test.says == "" && strings.Contains(err.Error(), "What depends") {
					t.Errorf("got %v", err)
				}
				if test.inputs == nil {
					h.nextRun(t) // what was remembered is forgotten
					expectFailure(t, update(), notKnown)
				}
			})
		})
	}
}

func TestASecretAddressIsInNoMessage(t *testing.T) {
	t.Parallel()
	inputs := props(map[string]any{"url": property.New("https://App.Fake-Host.example/Fake-Path?fake-query").WithSecret(true)})
	message := "https://App.Fake-Host.example/Fake-Path refused the token (domain app.fake-host.example); *.fake-host.example"
	if got, want := hideAddress(inputs, message), "[secret] refused the token (domain [secret]); [secret]"; got != want {
		t.Errorf("%s", got)
	}
	if got := hideAddress(props(map[string]any{"url": "https://app.fake-host.example"}), message); got != message {
		t.Errorf("of an address that is no secret: %s", got)
	}
}
