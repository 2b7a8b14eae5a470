package cfapi_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// look is what a read shows of a token; the zero value is that there is none.
type look struct {
	name, duration        string
	enabled               bool
	version               int64
	end, expires, updated time.Time
}

func (l look) String() string {
	if l == (look{}) {
		return "not there"
	}
	return fmt.Sprintf("%q, %s, enabled %t, version %d, end %s, expires %s, updated %s", l.name, l.duration, l.enabled, l.version,
		l.end.Format(time.TimeOnly), l.expires.Format(time.RFC3339), l.updated.Format(time.TimeOnly))
}

func lookOf(t cfsim.Token) look {
	l := look{name: t.Name, duration: t.Duration, enabled: t.Enabled, version: int64(t.ClientSecretVersion), expires: t.ExpiresAt, updated: t.UpdatedAt}
	if t.PreviousClientSecretExpiresAt != nil && !t.PreviousClientSecretExpiresAt.Before(firstEnd) {
		l.end = *t.PreviousClientSecretExpiresAt // and not a creation's mark
	}
	return l
}

func lookAt(t *cfapi.Token) look {
	if t == nil {
		return look{}
	}
	l := look{name: t.Name, duration: t.Duration, enabled: t.Enabled != nil && *t.Enabled, expires: *t.ExpiresAt, updated: *t.UpdatedAt}
	if t.ClientSecretVersion != nil {
		l.version = *t.ClientSecretVersion
	}
	if t.PreviousClientSecretExpiresAt != nil {
		l.end = *t.PreviousClientSecretExpiresAt
	}
	return l
}

var firstEnd = time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC)

// moment is what a token was like from some time on.
type moment struct {
	at time.Time
	look
}

// crowd is everybody at work on the same tokens at the same time: this client's
// readers and writers, and somebody elsewhere.
type crowd struct {
	*bubbled
	t    *testing.T
	seed uint64
	// versionsShown: some answer shows versions.
	versionsShown bool

	// The rest is guarded by bubbled.mu, under which the simulator works too.
	random  *rand.Rand
	scopes  map[string]cfapi.Scope
	history map[string][]moment
	// written is, by token, the place in its history of what this client's last
	// request to change it left there.
	written map[string]int
}

// chance returns a number below n.
func (c *crowd) chance(n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.random.IntN(n)
}

// pass lets some time pass, mostly little.
func (c *crowd) pass() {
	time.Sleep([]time.Duration{0, 0, time.Millisecond, 50 * time.Millisecond, 500 * time.Millisecond, time.Second, 4 * time.Second, 9 * time.Second}[c.chance(8)])
}

func (c *crowd) token() (id string, scope cfapi.Scope) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ids := slices.Sorted(maps.Keys(c.scopes))
	id = ids[c.random.IntN(len(ids))]
	return id, c.scopes[id]
}

// record adds to the histories what has changed. Called with the lock held.
func (c *crowd) record() {
	now := map[string]look{}
	for _, token := range c.Tokens() {
		now[token.ID] = lookOf(token)
		c.scopes[token.ID] = map[string]cfapi.Scope{accountPath: inAccount, zonePath: cfapi.Zone(cfsim.DefaultZoneID)}[token.Scope]
	}
	for id := range c.scopes {
		past := c.history[id]
		if len(past) == 0 || past[len(past)-1].look != now[id] {
			c.history[id] = append(past, moment{time.Now(), now[id]})
		}
	}
}

// recordRequest is called with each request of the client's that was worked on.
func (c *crowd) recordRequest(r *http.Request) {
	c.record()
	token, rotates := strings.CutSuffix(r.URL.Path, "/rotate")
	if id := path.Base(token); rotates || r.Method == http.MethodPut || r.Method == http.MethodDelete {
		c.written[id] = len(c.history[id]) - 1
	}
}

// elsewhere does something that this client does not know of.
func (c *crowd) elsewhere(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
	c.record()
}

// read reads a token, perhaps stops before it is answered, and holds the answer
// against the token's history.
func (c *crowd) read() (answered, stopped bool) {
	id, scope := c.token()
	ctx, cancel := context.WithCancel(c.t.Context())
	defer cancel()
	if c.chance(3) == 0 {
		defer time.AfterFunc(time.Duration(c.chance(3000))*time.Millisecond, cancel).Stop()
	}
	c.mu.Lock()
	from, first := time.Now(), c.written[id]
	c.mu.Unlock()
	token, err := c.Read(ctx, scope, id)

	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case cfapi.IsNotFound(err):
	case err != nil && ctx.Err() != nil:
		return false, true
	case err != nil:
		c.t.Errorf("seed %d: reading %s: %v", c.seed, id, err)
		return false, false
	default:
		// Only an answer by id proves that there is none; others may be older.
		from = from.Add(-30 * time.Second)
	}
	got := lookAt(token)
	for i, m := range c.history[id] {
		if !c.versionsShown {
			m.version = 0
		}
		over := i+1 < len(c.history[id]) && c.history[id][i+1].at.Before(from)
		if i >= first && !over && m.look == got {
			return true, false
		}
	}
	past := ""
	for i, m := range c.history[id] {
		past += fmt.Sprintf("\n  %d. from %s on: %s", i, m.at.Sub(began), m.look)
	}
	c.t.Errorf("seed %d: a read may return what %s was from %s on, and from its state %d on, and returned after %s: %s\nIts states:%s",
		c.seed, id, from.Sub(began), first, time.Since(began), got, past)
	return false, false
}

// write changes something through the client.
func (c *crowd) write() {
	id, scope := c.token()
	ctx := c.t.Context()
	switch c.chance(7) {
	case 0, 1:
		_, _ = c.Update(ctx, scope, id, cfapi.UpdateParams{Name: new(fmt.Sprint("name ", c.chance(1000)))})
	case 2:
		_, _ = c.Update(ctx, scope, id, cfapi.UpdateParams{Enabled: new(c.chance(2) == 0)})
	case 3:
		version := int64(c.chance(1000) + 2)
		_, _ = c.Update(ctx, scope, id, cfapi.UpdateParams{ClientSecretVersion: &version, PreviousClientSecretExpiresAt: new(time.Now().Add(time.Hour))})
	case 4:
		_ = c.Delete(ctx, scope, id, nil)
	case 5:
		if _, err := c.Create(ctx, scope, cfapi.CreateParams{Name: "made"}); err != nil {
			c.t.Error(err)
		}
	case 6:
		_, _ = c.Rotate(ctx, scope, id, time.Now().Add(time.Hour)) // not of a zone's
	}
}

// interfere changes something elsewhere.
func (c *crowd) interfere() {
	id, _ := c.token()
	n := c.chance(1000)
	c.elsewhere(func() {
		switch n % 6 {
		case 0:
			c.SetName(id, fmt.Sprint("elsewhere ", n))
		case 1:
			c.SetEnabled(id, n%4 == 1)
		case 2:
			c.SetDuration(id, fmt.Sprintf("%dh", n+1))
		case 3:
			c.RotateElsewhere(id)
		case 4:
			c.DeleteToken(id)
		case 5:
			c.AddToken(accountPath, cfsim.NewToken{Name: "added", PreviousClientSecretExpiresAt: new(firstEnd)})
		}
	})
}

// disturb makes listings fail, or end a failure.
func (c *crowd) disturb() {
	faults := []cfsim.Fault{
		{Kind: cfsim.StatusBefore, Status: 403, Code: 10000}, {Kind: cfsim.StatusBefore}, {Kind: cfsim.Garbage}, {Kind: cfsim.CutAfter},
		{Kind: cfsim.RateLimited, RetryAfter: "2"}, {Kind: cfsim.RateLimited, RetryAfter: "40"},
	}
	i, times := c.chance(len(faults)+2), c.chance(3)+1
	c.elsewhere(func() {
		if i >= len(faults) {
			c.ClearFaults()
			return
		}
		faults[i].Operation, faults[i].Times = "list", times
		c.Inject(faults[i])
	})
}

// lists are how Cloudflare's listings may differ from reads by id.
var lists = []cfsim.Behaviour{
	{}, {}, {}, {}, {ListLag: 10 * time.Second},
	{OmitVersionIn: []string{"list"}}, {OmitVersionIn: []string{"list", "get"}}, {OmitPreviousEndIn: []string{"list"}},
}

// meet lets everybody do something for a while.
func (c *crowd) meet() (answered, stopped int64) {
	for i := range 12 {
		c.AddToken([]string{accountPath, accountPath, zonePath}[i%3], cfsim.NewToken{Name: fmt.Sprint("token ", i), PreviousClientSecretExpiresAt: new(firstEnd)})
	}
	c.elsewhere(func() {})
	c.worked = c.recordRequest
	c.before = func(*http.Request) { time.Sleep([]time.Duration{0, 0, time.Millisecond, 2 * time.Second}[c.chance(4)]) }
	c.after = c.before

	var everybody sync.WaitGroup
	join := func(many, often int, act func()) {
		for range many {
			everybody.Go(func() {
				for range often {
					c.pass()
					act()
				}
			})
		}
	}
	var answers, stops atomic.Int64
	join(6, 25, func() {
		answered, stopped := c.read()
		if answered {
			answers.Add(1)
		}
		if stopped {
			stops.Add(1)
		}
	})
	join(2, 8, c.write)
	join(2, 10, c.interfere)
	join(1, 2, c.disturb)
	everybody.Wait()
	return answers.Load(), stops.Load()
}

// TestNoReadReturnsWhatAReadByIDHalfAMinuteBeforeCouldNot also holds every read
// to what this client has written before.
func TestNoReadReturnsWhatAReadByIDHalfAMinuteBeforeCouldNot(t *testing.T) {
	t.Parallel()
	const seeds = 60
	var answered, stopped, asked, listed atomic.Int64
	t.Run("seeds", func(t *testing.T) {
		for seed := range uint64(seeds) {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				random := rand.New(rand.NewPCG(seed, 0))
				behaviour := lists[random.IntN(len(lists))]
				config := cfsim.Config{Seed: seed, PerPageCap: 1 + random.IntN(4), Behaviour: behaviour}
				bubble(t, config, func(t *testing.T, b *bubbled) {
					c := &crowd{
						bubbled: b, t: t, seed: seed, random: random, versionsShown: !slices.Contains(behaviour.OmitVersionIn, "get"),
						scopes: map[string]cfapi.Scope{}, history: map[string][]moment{}, written: map[string]int{},
					}
					a, s := c.meet()
					answered.Add(a)
					stopped.Add(s)
					for _, r := range b.Requests() {
						switch r.Operation {
						case "get":
							asked.Add(1)
						case "list":
							listed.Add(1)
						}
					}
				})
			})
		}
	})
	t.Logf("%d reads were answered and %d stopped, with %d requests by id and %d of listings",
		answered.Load(), stopped.Load(), asked.Load(), listed.Load())
	if asked.Load() > answered.Load()*9/10 || stopped.Load() == 0 {
		t.Error("hardly any read was answered from a listing, or stopped: this test shows little")
	}
}
