package faults

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/provider"
)

const (
	account = "accounts/" + cfsim.DefaultAccountID
	baseURL = "http://127.0.0.1/client/v4"
)

// world is a Cloudflare, a stack, and what is known of both.
type world struct {
	sim       *cfsim.Simulator
	behaviour cfsim.Behaviour
	net       *network
	stack     *stack
	// broken, if not nil, is what spoils the provider: the test of the test.
	broken *defect
	reuse  bool
	// slow is how far the provider's clock is behind Cloudflare's.
	slow time.Duration
	// refused counts the connections that were refused.
	refused int

	// said is every error of the last run, and everything that was logged.
	said string
	mu   sync.Mutex
	// foreign are the tokens of others, as they left them.
	foreign map[string]cfsim.Token
	// named are orphans that nobody could prove to be ours, and that an error
	// named; a reader of it knows.
	named map[string]bool
	// policy is the id of the policy that names tokens, if there is one.
	policy string
	// importable is the id of a token that is to be imported.
	importable string
	// company, if not nil, is called before each creation is carried out.
	company func()
	// told are the client secrets that somebody was told, with their client ids.
	told map[string]string
	// silent are the tokens of which an update was answered without the secret.
	silent map[string]bool
	// noticed is what runs have broken and no inspection has reported.
	noticed []violation
	// attached: one plugin serves every run, as one that is debugged does.
	attached bool
	plugin   *process
	// kill, if not nil, ends the process of the next run.
	kill *kill
}

// bubble runs a test in a world whose clock is virtual. When it ends, everything
// that the provider has started has to have ended too, or synctest panics.
func bubble(t *testing.T, config cfsim.Config, test func(*world)) {
	synctest.Test(t, func(t *testing.T) {
		// A bubble begins in 2000, when no previous secret can end: a creation's
		// marks are of that time.
		time.Sleep(time.Until(time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)))
		w := &world{
			sim: cfsim.New(config), behaviour: config.Behaviour, net: newNetwork(), reuse: true,
			stack:   newStack(fmt.Sprintf("%d-", worlds.Add(1))),
			foreign: map[string]cfsim.Token{}, named: map[string]bool{}, told: map[string]string{}, silent: map[string]bool{},
		}
		simulator := w.sim.Handler()
		server := &http.Server{ErrorLog: log.New(io.Discard, "", 0), Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost && w.company != nil {
				w.company()
			}
			simulator.ServeHTTP(rw, r)
		})}
		var serving sync.WaitGroup
		serving.Go(func() { _ = server.Serve(w.net) }) // ends with Close
		defer serving.Wait()
		defer func() { _ = server.Close() }()
		test(w)
	})
}

var worlds atomic.Int64

// run is one command of the user's: a process of the plugin, from its start to
// its end. It returns the command's error, and notes what was said and what was
// broken.
func (w *world) run(command func(context.Context, rpc.ResourceProviderServer) error) error {
	return w.audited(w.find(), command)
}

// audited is a run that found the world like this.
func (w *world) audited(before found, command func(context.Context, rpc.ResourceProviderServer) error) error {
	w.stack.dead = false
	for _, e := range w.stack.all() {
		e.doomed = false
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	plugin := w.start(ctx)
	w.stack.heard, w.stack.announced, w.stack.believed = "", map[string]string{}, map[string]bool{}
	err := command(ctx, plugin.server)
	if w.stack.dead {
		err, w.plugin = errKilled, nil
	}
	plugin.transport.CloseIdleConnections()
	synctest.Wait()
	if open := w.net.open.Load(); open != 0 {
		w.noticed = append(w.noticed, violation{unexplained, fmt.Sprintf("%d connections are left open", open)})
	}
	w.said = w.stack.heard + logged.take(w.stack.prefix)
	if err != nil {
		w.said += "\n" + err.Error()
	}
	w.audit(before)
	return err
}

// process is one of the plugin.
type process struct {
	server    rpc.ResourceProviderServer
	transport *http.Transport
}

// start starts the plugin, unless one is attached, and configures it.
func (w *world) start(ctx context.Context) *process {
	p := w.plugin
	if p == nil || w.kill != nil {
		p = w.newProcess()
	}
	if w.attached {
		w.plugin = p
	}
	if _, err := p.server.Configure(ctx, &rpc.ConfigureRequest{
		Args:                   marshal(inputs{"apiToken": cfsim.DefaultAPIToken, "baseUrl": baseURL}),
		SendsOldInputs:         true,
		SendsOldInputsToDelete: true,
	}); err != nil {
		panic(err)
	}
	return p
}

func (w *world) newProcess() *process {
	p := &process{transport: w.net.transport(w.reuse)}
	var trip http.RoundTripper = p.transport
	if w.broken != nil && w.broken.transport != nil {
		trip = w.broken.transport(trip)
	}
	if w.kill != nil {
		trip, w.kill = w.kill.transport(trip, w.stack.kill), nil
	}
	var err error
	if p.server, err = provider.NewServer(nil, provider.WithClient(func(c *cfapi.Client) { c.SetTransport(trip) })); err != nil {
		panic(err)
	}
	if w.broken != nil && w.broken.server != nil {
		p.server = w.broken.server(p.server)
	}
	return p
}

// up, deploy, refresh and adopt are such commands.
func (w *world) up(p program) error { return w.deploy(deployment{program: p}) }

func (w *world) deploy(d deployment) error {
	before := w.find()
	for _, o := range d.options {
		before.hooked = before.hooked || o.onError
		if o.imports != "" {
			before.wanted = append(before.wanted, lastPart(o.imports))
		}
	}
	return w.audited(before, func(ctx context.Context, server rpc.ResourceProviderServer) error { return w.stack.up(ctx, server, d) })
}

func (w *world) refresh() error {
	return w.run(w.stack.refresh)
}

func (w *world) adopt(name, id string) error {
	return w.run(func(ctx context.Context, server rpc.ResourceProviderServer) error {
		return w.stack.adopt(ctx, server, name, id)
	})
}

// settle deploys a program where nothing goes wrong.
func (w *world) settle(p program) {
	if err := w.up(p); err != nil {
		panic(fmt.Sprintf("deploying without a fault: %v", err))
	}
}

// token is the id of a resource's token.
func (w *world) token(name string) string {
	return w.stack.resources[name].tokenID()
}

// refuseConnections refuses as many connections; a number below zero is all.
func (w *world) refuseConnections(times int) {
	w.reuse, w.refused = false, 0
	w.net.refuse = func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		if times >= 0 && w.refused >= times {
			return false
		}
		w.refused++
		return true
	}
}

// zoned reports whether the stack has a token in a zone.
func (w *world) zoned() bool { return slices.ContainsFunc(w.stack.all(), (*entry).inZone) }

// expect lets somebody else make a token at the next creation, just before it.
func (w *world) expect(c company) {
	w.company = sync.OnceFunc(func() { w.elsewhere(c.token, c.used) })
}

// elsewhere is a token of somebody else's.
func (w *world) elsewhere(token cfsim.NewToken, used bool) cfsim.Token {
	made := w.sim.AddToken(account, token)
	if used {
		w.sim.Use(made.ID)
	}
	made, ok := w.sim.Token(made.ID)
	if !ok {
		panic("the simulator lost a token")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.foreign[made.ID] = made
	return made
}

// logged collects what is said to the user where no engine listens, by the
// prefix of the stack's resource names.
var logged = &logBook{lines: map[string][]string{}}

type logBook struct {
	mu    sync.Mutex
	lines map[string][]string
}

func (*logBook) Enabled(context.Context, slog.Level) bool { return true }
func (b *logBook) WithAttrs([]slog.Attr) slog.Handler     { return b }
func (b *logBook) WithGroup(string) slog.Handler          { return b }

func (b *logBook) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "urn" {
			name := a.Value.String()
			prefix, _, _ := strings.Cut(name[strings.LastIndex(name, ":")+1:], "-")
			b.mu.Lock()
			defer b.mu.Unlock()
			b.lines[prefix+"-"] = append(b.lines[prefix+"-"], r.Message)
		}
		return true
	})
	return nil
}

func (b *logBook) take(prefix string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	text := strings.Join(b.lines[prefix], "\n")
	delete(b.lines, prefix)
	return text
}

func TestMain(m *testing.M) {
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "CLOUDFLARE_") {
			if err := os.Unsetenv(name); err != nil {
				panic(err)
			}
		}
	}
	slog.SetDefault(slog.New(logged))
	debug.SetGCPercent(400) // thousands of short-lived worlds: a quarter of the time was collection
	os.Exit(m.Run())
}
