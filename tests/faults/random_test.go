package faults

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

var (
	seed = flag.Uint64("seed", 0, "replay the random run of this seed, and show what it does")
	runs = flag.Int("runs", 300, "how many random runs there are")
)

// life is a stack whose user, Cloudflare and neighbours do anything.
type life struct {
	*world
	random *rand.Rand
	knob   knob
	// wanted is the program.
	wanted program
	// armed are the faults that were injected and not cleared.
	armed []strike
	// unseen: a secret was rotated elsewhere, and not every token was read since.
	unseen bool
	// overtaken: some secret was rotated elsewhere at some time.
	overtaken bool
	log       strings.Builder
	broken    []violation
}

func (l *life) note(format string, args ...any) { fmt.Fprintf(&l.log, "\n  "+format, args...) }

// pick returns one of the values.
func pick[T any](l *life, values ...T) T { return values[l.random.IntN(len(values))] }

// change edits the program as a user would.
func (l *life) change() {
	name := pick(l, "a", "b", "c")
	token, ok := l.wanted[name]
	if !ok {
		l.wanted[name] = ci(inputs{"name": pick(l, "ci", "deploy")})
		l.note("the program gets %s", name)
		return
	}
	switch l.random.IntN(8) {
	case 0:
		delete(l.wanted, name)
	case 1:
		token["name"] = pick(l, "ci", "deploy", "renamed")
	case 2:
		token["duration"] = pick(l, "24h", "1440m", "8760h", "forever")
	case 3:
		token["enabled"] = l.random.IntN(2) == 0
	case 4:
		token["clientSecretVersion"] = l.versionOf(name) + 1
	case 5:
		token["clientSecretVersion"] = l.versionOf(name) + 1
		token["previousClientSecretExpiresAt"] = pick(l, farOff, "2027-02-01T00:00:00Z", "2020-01-01T00:00:00Z")
		delete(token, "previousClientSecretGrace")
	case 6:
		delete(token, "accountId")
		delete(token, "zoneId")
		if l.random.IntN(2) == 0 {
			token["zoneId"] = cfsim.DefaultZoneID
		} else {
			token["accountId"] = cfsim.DefaultAccountID
		}
	case 7:
		token["previousClientSecretGrace"] = pick(l, "0s", "1h", "24h", "72h")
		delete(token, "previousClientSecretExpiresAt")
		if l.random.IntN(2) == 0 {
			token["clientSecretVersion"] = l.versionOf(name) + 1
		}
	}
	l.note("the program wants %s: %v", name, l.wanted[name])
}

// versionOf is the version of a resource's token at Cloudflare.
func (l *life) versionOf(name string) int {
	if e := l.stack.resources[name]; e != nil {
		token, _ := l.sim.Token(e.tokenID())
		return max(1, token.ClientSecretVersion)
	}
	return 1
}

// interfere is what others do.
func (l *life) interfere() {
	own := slices.Sorted(maps.Keys(l.stack.resources))
	switch l.random.IntN(5) {
	case 0:
		made := l.elsewhere(cfsim.NewToken{Name: pick(l, "ci", "deploy")}, l.random.IntN(2) == 0)
		l.note("somebody makes %s", made.ID)
	case 1:
		company := companies[1+l.random.IntN(len(companies)-1)]
		l.expect(company)
		l.note("at the next creation, %s makes one too", company.name)
	case 2:
		if len(own) > 0 {
			name := pick(l, own...)
			// Nobody does it in the very second of another rotation, which could not
			// be distinguished from it where answers omit the version.
			l.sim.Advance(time.Second)
			l.rotateElsewhere(l.token(name))
			l.unseen, l.overtaken = true, true
			l.note("somebody rotates the secret of %s", name)
		}
	case 3:
		if len(own) > 0 {
			name := pick(l, own...)
			l.sim.DeleteToken(l.token(name))
			l.note("somebody deletes the token of %s", name)
		}
	case 4:
		by := pick(l, time.Minute, 24*time.Hour)
		l.sim.Advance(by)
		l.sim.SpendRateLimit(1100)
		l.note("%s pass, and others make requests", by)
	}
}

// disturb injects a fault, or ends them all.
func (l *life) disturb() {
	if l.random.IntN(4) == 0 {
		l.sim.ClearFaults()
		l.armed = nil
		l.note("the faults end")
		return
	}
	v := pick(l, variants...)
	if v.name == noFault || v.refusesConnection {
		return
	}
	s := strike{v, pick(l, "create", "create", "update", "update", "get", "list", "delete"), l.random.IntN(3), pick(l, 1, 1, 1, 2, 3, -1)}
	fault := s.fault
	fault.Name, fault.Operation, fault.After, fault.Times = s.name, s.target, s.after, s.times
	l.sim.Inject(fault)
	l.armed = append(l.armed, s)
	l.note("fault: %s", s)
}

// proof is what can be known of a lost creation as things are.
func (l *life) proof() proof {
	p := l.knob.proof
	for _, s := range l.armed {
		switch {
		case s.target == "list":
			p = max(p, blind)
		case s.target == "get", s.target == "delete",
			// Taken for a refused mark, so that what follows has none.
			s.target == "create" && s.fault.Status == 400:
			p = max(p, nameable)
		}
	}
	return p
}

// command runs one, and holds the world to the promises.
func (l *life) command(name string, command func() error) error {
	l.sim.ResetRequests()
	err := command()
	log := l.sim.Requests()
	l.log.WriteString(describe(name, log, err, l.said))
	i := inspection{proof: l.proof(), names: []string{"ci", "deploy", "renamed"}, failed: true, unseen: l.unseen}
	l.broken = slices.Concat(l.broken, l.inspect(i), rotatedTwice(log))
	return err
}

// rotatedTwice finds tokens whose secret was rotated more than once in a run.
func rotatedTwice(log []cfsim.Request) (violations []violation) {
	rotations := map[string]int{}
	for _, r := range log {
		if r.Operation == "update" && r.Status != 429 && slices.Contains(r.Fields, "client_secret_version") {
			rotations[r.TokenID]++
		}
	}
	for id, n := range rotations {
		if n > 1 {
			violations = append(violations, violation{duplicates, fmt.Sprintf("the secret of %s was rotated %d times in one run", id, n)})
		}
	}
	return violations
}

func (l *life) up() error {
	return l.command("up", func() error { return l.world.up(l.wanted) })
}

func (l *life) refresh() error {
	err := l.command("refresh", l.world.refresh)
	if err == nil {
		l.unseen = false
	}
	return err
}

// live goes through some days of it.
func (l *life) live() {
	l.wanted = program{"a": ci(nil), "b": ci(nil)}
	for range 20 {
		switch l.random.IntN(8) {
		case 0, 1:
			l.change()
		case 2:
			l.interfere()
		case 3, 4:
			l.disturb()
		case 5:
			_ = l.refresh() // which faults may fail
		default:
			_ = l.up()
		}
	}
}

// comeToRest deploys the program as a user does who reads what is said: once more
// where an error says so, and with --replace where nothing returns a client secret.
func (l *life) comeToRest() error {
	// The longest way: a number that is refused, a rotation elsewhere, two rotations
	// that return no secret, and a replacement.
	const patience = 5
	d := deployment{program: l.wanted}
	for run := 1; ; run++ {
		err := l.command("up", func() error { return l.deploy(d) })
		d.replace = nil
		if strings.Contains(l.said, replaceAdvice) {
			d.replace = l.withoutNewSecret()
		}
		known := err != nil && (strings.Contains(l.said, runAgain) || strings.Contains(l.said, aheadOfState))
		if run == patience || !known && d.replace == nil {
			return err
		}
	}
}

// withoutNewSecret are the resources of the program whose stored client secret is not the
// token's, or whose number asks for one that they did not get.
func (l *life) withoutNewSecret() (names []string) {
	for name, token := range l.wanted {
		if e := l.stack.resources[name]; e != nil {
			status, _ := e.output("clientSecretStatus")
			if number, asked := token["clientSecretVersion"].(int); status == "stale" || asked && number > l.versionOf(name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// settleDown ends everything that goes wrong, after which the stack has to come
// to rest as its program wants it.
func (l *life) settleDown() {
	l.note("everything calms down")
	l.sim.ClearFaults()
	l.armed, l.company = nil, nil
	l.sim.Advance(time.Hour) // the end of any rate limit
	fail := func(format string, args ...any) {
		l.broken = append(l.broken, violation{untrue, fmt.Sprintf(format, args...)})
	}
	if err := l.refresh(); err != nil {
		fail("a refresh without a fault: %v", err)
	}
	for name, token := range l.wanted {
		if token["clientSecretVersion"] != nil {
			token["clientSecretVersion"] = l.versionOf(name) + 1
		}
	}
	if err := l.comeToRest(); err != nil {
		fail("a run without a fault: %v", err)
	}
	endsAs := "current"
	if l.overtaken {
		endsAs = "?"
	}
	l.broken = slices.Concat(l.broken, l.inspect(inspection{}), l.verify(l.wanted, endsAs))

	if err := l.refresh(); err != nil {
		fail("a second refresh: %v", err)
	}
	if err := l.up(); err != nil {
		fail("a second run: %v", err)
	}
	if n := len(l.sim.Requests()); n > 0 {
		l.broken = append(l.broken, violation{unexplained, fmt.Sprintf("%d requests, though nothing has changed", n)})
	}
}

// playRandomly is a life that its seed determines, as far as things that happen
// at the same time allow.
func playRandomly(t *testing.T, seed uint64, broken *defect) *life {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 0))
	l := &life{random: random, knob: knobs[random.IntN(len(knobs))], wanted: program{}}
	l.note("knob: %s", l.knob.name)
	config := cfsim.Config{Seed: seed, Behaviour: l.knob.behaviour, EnforceRateLimit: random.IntN(4) == 0, PerPageCap: pick(l, 0, 1, 2)}
	bubble(t, config, func(w *world) {
		l.world = w
		w.stack.timeout, w.broken = l.knob.limit, broken
		l.live()
		l.settleDown()
	})
	return l
}

func TestRandomLivesKeepEveryPromise(t *testing.T) {
	t.Parallel()
	first, n := *seed, 1
	if *seed == 0 {
		first, n = rand.Uint64(), *runs
	}
	for i := range n {
		this := first + uint64(i)
		l := playRandomly(t, this, nil)
		if *seed != 0 {
			t.Log(l.log.String())
		}
		for _, v := range l.broken {
			t.Errorf("%s: %s\n  replay: go test ./tests/faults -run TestRandomLives -seed %d", v.promise, v.text, this)
		}
	}
	t.Logf("%d random runs, from seed %d on", n, first)
}

func TestRandomLivesNoticeADefect(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a creation is repeated blindly", "a rotation is repeated blindly", "an update drops the secret"} {
		d := defects[slices.IndexFunc(defects, func(d defect) bool { return d.name == name })]
		noticed := false
		for seed := uint64(0); seed < 100 && !noticed; seed++ {
			noticed = d.breaks(playRandomly(t, seed, &d).broken)
		}
		if !noticed {
			t.Errorf("no life notices that %s", name)
		}
	}
}
