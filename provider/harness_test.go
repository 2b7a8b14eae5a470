package provider

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/blang/semver"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

const (
	accountID    = "0000000000000000000000000000aaaa"
	otherAccount = "0000000000000000000000000000cccc"
	zoneID       = "0000000000000000000000000000bbbb"
	tokenID      = "00000000-0000-4000-8000-000000000001"
	otherTokenID = "00000000-0000-4000-8000-00000000feed"
	accountToken = accountID + "/" + tokenID
	zoneToken    = "zones/" + zoneID + "/" + tokenID
	fakeAPIToken = "fake-api-token-for-tests-0123456789abcdef"
	nowhere      = "http://127.0.0.1:1/client/v4"
)

// The clock of the tests, and a time on either side of it.
var (
	now  = time.Date(2026, 10, 1, 12, 0, 0, 750_000_000, time.UTC)
	past = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
)

var (
	oldSecret = strings.Repeat("f4ce", 16)
	newSecret = "cfast_" + strings.Repeat("fake", 12)
)

// TestMain keeps the variables of the machine that runs the tests out of them, and
// collects what is logged where no engine listens.
func TestMain(m *testing.M) {
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "CLOUDFLARE_") || strings.HasPrefix(name, "CFACCESS_") {
			if err := os.Unsetenv(name); err != nil {
				panic(err)
			}
		}
	}
	slog.SetDefault(slog.New(logged))
	os.Exit(m.Run())
}

// logged holds what was logged about each URN, as "INFO text".
var logged = &logBook{lines: map[string][]string{}}

type logBook struct {
	mu    sync.Mutex
	lines map[string][]string
}

func (*logBook) Enabled(context.Context, slog.Level) bool { return true }
func (b *logBook) WithAttrs([]slog.Attr) slog.Handler     { return b }
func (b *logBook) WithGroup(string) slog.Handler          { return b }

func (b *logBook) Handle(_ context.Context, r slog.Record) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "urn" {
			b.lines[a.Value.String()] = append(b.lines[a.Value.String()], r.Level.String()+" "+r.Message)
		}
		return true
	})
	return nil
}

// harness is a provider of its own for one test, and the URN it is asked about.
type harness struct {
	integration.Server
	urn    resource.URN
	config property.Map
	memory *memory
}

// urnOf returns another URN each time, so that no test finds the log of another
// or of its own earlier run.
func urnOf(t *testing.T, name string) resource.URN {
	return resource.NewURN("test", "provider", "", "cfaccess:index:ServiceToken", fmt.Sprintf("%s-%s-%d", t.Name(), name, urns.Add(1)))
}

var urns atomic.Int64

// start builds and configures a provider, whose clock stands at now; values are
// added to its configuration.
func start(t *testing.T, values map[string]any) *harness {
	return startWithin(t.Context(), t, values)
}

// startWithin is start for a provider whose calls all get ctx.
func startWithin(ctx context.Context, t *testing.T, values map[string]any, options ...Option) *harness {
	t.Helper()
	prov, _, memory, err := build(append(options, WithClock(func() time.Time { return now }))...)
	if err != nil {
		t.Fatal(err)
	}
	server, err := integration.NewServer(ctx, Name, semver.MustParse(Version), integration.WithProvider(prov))
	if err != nil {
		t.Fatal(err)
	}
	config := props(map[string]any{"apiToken": fakeAPIToken, "baseUrl": nowhere, "maxRetries": 0}, values)
	h := &harness{server, urnOf(t, ""), config, memory}
	h.nextRun(t)
	return h
}

// nextRun checks the configuration and configures the provider, as the engine does at
// the beginning of an update.
func (h *harness) nextRun(t *testing.T) {
	t.Helper()
	if checked, err := h.CheckConfig(p.CheckRequest{Urn: h.urn, Inputs: h.config}); err != nil || len(checked.Failures) > 0 {
		t.Fatal(checked.Failures, err)
	}
	if err := h.Configure(p.ConfigureRequest{Args: h.config}); err != nil {
		t.Fatal(err)
	}
}

// as asks the same provider about another resource, of that name.
func (h *harness) as(t *testing.T, name string) *harness {
	return &harness{h.Server, urnOf(t, name), h.config, h.memory}
}

// log returns what was logged about the harness' URN.
func (h *harness) log() []string {
	logged.mu.Lock()
	defer logged.mu.Unlock()
	return slices.Clone(logged.lines[string(h.urn)])
}

// expectLog fails unless exactly one line says want.
func (h *harness) expectLog(t *testing.T, want string) {
	t.Helper()
	count := 0
	for _, line := range h.log() {
		if line == want {
			count++
		}
	}
	if count != 1 {
		t.Errorf("logged %d times: %s\nthe log:\n%s", count, want, strings.Join(h.log(), "\n"))
	}
}

// props builds a property map; later maps win, and a nil takes a key out.
func props(maps ...map[string]any) property.Map {
	out := map[string]property.Value{}
	for _, m := range maps {
		for key, value := range m {
			switch v := value.(type) {
			case nil:
				delete(out, key)
			case string:
				out[key] = property.New(v)
			case bool:
				out[key] = property.New(v)
			case int:
				out[key] = property.New(float64(v))
			case float64:
				out[key] = property.New(v)
			case property.Value:
				out[key] = v
			default:
				panic("props: a value of another type")
			}
		}
	}
	return property.NewMap(out)
}

var unknownValue = property.New(property.Computed)

// text returns the string at key, secret or not, and "" if there is none.
func text(m property.Map, key string) string {
	if v := m.Get(key); v.IsString() {
		return v.AsString()
	}
	return ""
}

// computedKeys lists the keys whose value is unknown, in order.
func computedKeys(m property.Map) []string {
	var keys []string
	for key, value := range m.All {
		if value.IsComputed() {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// expectSecret fails unless the client secret is there and marked.
func expectSecret(t *testing.T, m property.Map) {
	t.Helper()
	if v, ok := m.GetOk("clientSecret"); !ok || v.IsNull() || !v.Secret() {
		t.Errorf("clientSecret is not there, or not marked as a secret (there: %v)", ok)
	}
}
