package faults

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// violation is a promise that was broken: which one, and how.
type violation struct{ promise, text string }

// The promises, by their columns in the table.
const (
	orphans     = "orphans"
	lostSecrets = "lost secrets"
	duplicates  = "duplicates"
	foreign     = "foreign"
	liveDeleted = "live deleted"
	unannounced = "unannounced"
	unexplained = "unexplained"
	untrue      = "untrue"
)

var promises = []string{orphans, lostSecrets, duplicates, foreign, liveDeleted, unannounced, unexplained, untrue}

// inspection is what a world is held to.
type inspection struct {
	proof proof
	// names are those that this stack gives to its tokens.
	names []string
	// failed runs may leave entries of tokens that are gone.
	failed bool
	// twice: two entries of the state may stand for one token.
	twice bool
	// unseen: secrets may have been rotated elsewhere without a trace here. Of two
	// entries of one token, a rotation by one is elsewhere to the other.
	unseen bool
}

// inspect compares what exists at Cloudflare with what the state says.
func (w *world) inspect(i inspection) (violations []violation) {
	broken := func(promise, format string, args ...any) {
		violations = append(violations, violation{promise, fmt.Sprintf(format, args...)})
	}
	violations, w.noticed = append(violations, w.noticed...), nil
	held := map[string]int{}
	for _, e := range slices.Concat(slices.Collect(maps.Values(w.stack.resources)), w.stack.condemned) {
		id := e.tokenID()
		if held[id]++; held[id] > 1 && !i.twice {
			broken(duplicates, "two entries of the state hold %s", id)
		}
		if _, alive := w.sim.Token(id); !alive && !i.failed {
			broken(untrue, "the state holds %s, which is gone", id)
		}
	}
	for _, token := range w.sim.Tokens() {
		_, others := w.foreign[token.ID]
		switch {
		case held[token.ID] > 0, others, w.named[token.ID]:
		case i.proof >= nameable && strings.Contains(w.said, token.ID), i.proof == blind && w.advised(i.names):
			w.named[token.ID] = true
		default:
			broken(orphans, "nobody holds %s (%s), and no message named it", token.ID, token.Name)
		}
	}
	w.inspectForeign(broken)
	w.inspectSecrets(i, held, broken)
	w.inspectText(broken)
	return violations
}

// advised reports whether a message says to look for a token of these names.
func (w *world) advised(names []string) bool {
	return strings.Contains(w.said, "look in the Cloudflare dashboard") &&
		slices.ContainsFunc(names, func(name string) bool { return strings.Contains(w.said, fmt.Sprintf("%q", name)) })
}

func (w *world) inspectForeign(broken func(string, string, ...any)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, left := range w.foreign {
		if now, alive := w.sim.Token(id); !alive || !reflect.DeepEqual(now, left) {
			broken(foreign, "%s of somebody else was touched (alive: %v)", id, alive)
		}
	}
}

func (w *world) inspectSecrets(i inspection, held map[string]int, broken func(string, string, ...any)) {
	for name, e := range w.stack.resources {
		status, _ := e.output("clientSecretStatus")
		clientID, _ := e.output("clientId")
		secret, marked := e.output("clientSecret")
		switch {
		case secret != "" && !marked:
			broken(lostSecrets, "%s: the secret is not marked as one", name)
		case status != "current" && status != "stale" && status != "unavailable":
			broken(lostSecrets, "%s: the status is %q", name, status)
		case status != "unavailable" && secret == "":
			broken(lostSecrets, "%s: no secret is stored, and the status is %q", name, status)
		case status == "current" && !i.unseen && held[e.tokenID()] == 1 && w.sim.SecretState(clientID, secret) != cfsim.SecretCurrent:
			if _, alive := w.sim.Token(e.tokenID()); alive {
				broken(lostSecrets, "%s: the stored secret is not the token's, and the status is current", name)
			}
		}
	}
}

// inspectText fails what was said if it holds a secret or has no end.
func (w *world) inspectText(broken func(string, string, ...any)) {
	for _, secret := range append(w.sim.IssuedSecrets(), cfsim.DefaultAPIToken) {
		if strings.Contains(w.said, secret) {
			broken(lostSecrets, "a secret was said aloud")
		}
	}
	if len(w.said) > 10_000 {
		broken(untrue, "%d bytes were said", len(w.said))
	}
}

// verify compares Cloudflare with what the program asks for.
func (w *world) verify(p program, endsAs string) (violations []violation) {
	for name, want := range p {
		e := w.stack.resources[name]
		if e == nil {
			violations = append(violations, violation{untrue, name + " is not in the state"})
			continue
		}
		token, _ := w.sim.Token(e.tokenID())
		version, _ := want["clientSecretVersion"].(int)
		enabled, given := want["enabled"].(bool)
		duration, _ := want["duration"].(string)
		status, _ := e.output("clientSecretStatus")
		scope := account
		if zone, ok := want["zoneId"].(string); ok {
			scope = "zones/" + zone
		}
		reached := token.ClientSecretVersion
		if w.behaviour.RotateKeepsVersion {
			reached = max(reached, int(e.outputs.GetFields()["appliedClientSecretVersion"].GetNumberValue()))
		}
		if token.Scope != scope || token.Name != want["name"] || reached < version || given && token.Enabled != enabled ||
			duration != "" && !sameDuration(token.Duration, duration) {
			violations = append(violations, violation{untrue, fmt.Sprintf("Cloudflare has %+v, the program wants %v", token, want)})
		}
		if endsAs != "?" && status != endsAs {
			violations = append(violations, violation{lostSecrets, fmt.Sprintf("%s: the status is %q, want %q", name, status, endsAs)})
		}
	}
	if len(w.stack.resources) != len(p) || len(w.stack.condemned) > 0 {
		violations = append(violations, violation{untrue, "the state holds more than the program asks for"})
	}
	return violations
}

// sameDuration knows that 24h are 1440m.
func sameDuration(a, b string) bool {
	da, errA := time.ParseDuration(a)
	db, errB := time.ParseDuration(b)
	return a == b || errA == nil && errB == nil && da == db
}

// asked is a request as a plan would explain it. The mark of a creation is not
// part of what is asked for.
func asked(r cfsim.Request) string {
	fields := r.Fields
	if r.Operation == "create" {
		fields = slices.DeleteFunc(slices.Clone(fields), func(f string) bool { return f == "previous_client_secret_expires_at" })
	}
	return strings.TrimSpace(r.Operation + " " + strings.Join(fields, ","))
}

// undisturbed: nothing goes wrong, so what is asked is known exactly.
func (c scenario) undisturbed() bool {
	return c.first.name == noFault && c.knob.behaviour.MarkerAtCreation != cfsim.MarkerRefused
}

// compare finds requests that are not those of the operation's plan.
func (c scenario) compare(log []cfsim.Request) []violation {
	var got []string
	for _, r := range log {
		got = append(got, asked(r))
	}
	slices.Sort(got) // what is done in parallel has no order
	want, _ := c.operation.expected(c.knob)
	slices.Sort(want)
	if slices.Equal(got, want) {
		return nil
	}
	return []violation{{unexplained, fmt.Sprintf("asked %q, and the plan is %q", got, want)}}
}

// explain finds requests that neither the operation's plan explains nor what went
// wrong.
func (c scenario) explain(log []cfsim.Request) (violations []violation) {
	const attempts, repeats = 5, 5
	count := map[string]int{}
	requests, _ := c.operation.expected(c.knob)
	for _, r := range log {
		line := asked(r)
		if r.Status == 429 {
			continue // it had no effect, and is sent again, however often
		}
		count[line]++
		switch {
		case slices.Contains(requests, line), slices.Contains(c.operation.requests, line), c.operation.rotates() && c.explainsRotation(line):
		case c.operation.creates() && (line == "list" || line == "get" || line == "delete"):
		case line == "get" && slices.ContainsFunc(requests, func(r string) bool { return strings.HasPrefix(r, "update") }):
			// After an update that was not answered, what the token is like is looked up.
		default:
			violations = append(violations, violation{unexplained, "nothing explains " + line})
		}
	}
	for _, line := range requests {
		limit := repeats * len(c.operation.after)
		if slices.Contains(requests, "list") {
			limit++ // net/http repeats a read by itself if a connection that was kept is cut
		}
		if strings.HasPrefix(line, "create") {
			limit = 2 * attempts * len(c.operation.after) // with and without the mark
		}
		if count[line] > max(limit, repeats) {
			violations = append(violations, violation{unexplained, fmt.Sprintf("%d times %s", count[line], line)})
		}
	}
	return violations
}

// explainsRotation explains what a rotation may take after something went wrong: once
// an update was answered without the secret, the call of rotate; after a rotation
// elsewhere, one by another number, or the end of its grace.
func (c scenario) explainsRotation(line string) bool {
	b, o := c.knob.behaviour, c.operation
	switch line {
	case rotateCall:
		return !o.inZone() && (b.PutReturnsNoSecret || c.first.name == noSecret || o.fails != "")
	case "list":
		return slices.Contains(b.OmitVersionIn, "get")
	case rotation, moveGrace:
		return o.fails != ""
	case "get":
		return true
	}
	return false
}
