package faults

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// found is what a run finds: the tokens that its stack holds, and their secrets.
type found struct {
	tokens  map[string]cfsim.Token
	entries []*entry
	// stored are the secrets in the state, and known all that anyone received.
	stored, known []receivedSecret
	// requests is how long the log was.
	requests int
	// hooked: the engine may repeat calls, which is fine for what was refused.
	hooked bool
	// wanted are the tokens that the program imports.
	wanted []string
}

// receivedSecret is a client secret that this stack or someone else received.
type receivedSecret struct {
	value string
	token cfsim.Token
	state cfsim.SecretState
}

func (s receivedSecret) works() bool {
	return s.state == cfsim.SecretCurrent || s.state == cfsim.SecretPrevious
}

// rotateElsewhere rotates a token in the dashboard, where somebody is given the
// secret.
func (w *world) rotateElsewhere(tokenID string) {
	w.sim.RotateElsewhere(tokenID)
	token, _ := w.sim.Token(tokenID)
	issued := w.sim.IssuedSecrets()
	w.received[issued[len(issued)-1]] = token.ClientID
}

// find looks at the stack and at Cloudflare.
func (w *world) find() found {
	f := found{tokens: map[string]cfsim.Token{}, entries: w.stack.all(), requests: len(w.sim.Requests())}
	for _, e := range f.entries {
		clientID, _ := e.output("clientId")
		secret, _ := e.output("clientSecret")
		if secret != "" {
			w.received[secret] = clientID
		}
		if token, alive := w.sim.Token(e.tokenID()); alive {
			f.tokens[token.ID] = token
			if secret != "" {
				f.stored = append(f.stored, receivedSecret{secret, token, w.sim.SecretState(clientID, secret)})
			}
		}
	}
	for _, token := range f.tokens {
		for secret, clientID := range w.received {
			if clientID == token.ClientID {
				f.known = append(f.known, receivedSecret{secret, token, w.sim.SecretState(clientID, secret)})
			}
		}
	}
	return f
}

// audit holds a run to what no run may do, whatever happens in it.
func (w *world) audit(before found) {
	broken := func(promise, format string, args ...any) {
		w.noticed = append(w.noticed, violation{promise, fmt.Sprintf(format, args...)})
	}
	now := w.find()
	w.auditTokens(before, broken)
	auditStored(before, now, broken)
	w.auditEnds(before, broken)
	w.auditStopped(before, now, broken)
	w.auditRotations(before, broken)
}

// auditTokens finds tokens that the run deleted although an entry of the stack, or
// the program's option `import`, stands for them.
func (w *world) auditTokens(before found, broken func(string, string, ...any)) {
	for id := range before.tokens {
		if _, alive := w.sim.Token(id); alive {
			continue
		}
		if slices.Contains(before.wanted, id) {
			broken(liveDeleted, "%s was deleted, and the program imports it", id)
		}
		for _, e := range w.stack.resources {
			if e.tokenID() == id && !e.doomed {
				broken(liveDeleted, "%s was deleted, and %s stands for it", id, e.name)
			}
		}
	}
}

// auditStored finds secrets that work and that the state has lost. An earlier one may
// go if the state holds the current one.
func auditStored(before, now found, broken func(string, string, ...any)) {
	held, current := map[string]bool{}, map[string]bool{}
	for _, s := range now.stored {
		held[s.value] = true
		current[s.token.ID] = current[s.token.ID] || s.state == cfsim.SecretCurrent
	}
	for _, s := range before.stored {
		token, alive := now.tokens[s.token.ID]
		if !alive || held[s.value] || current[token.ID] {
			continue
		}
		for _, k := range now.known {
			if k.value == s.value && k.works() {
				broken(lostSecrets, "a secret of %s works and has left the state", token.ID)
			}
		}
	}
}

// becomes finds what a preview says of the current secret, which a rotation makes the
// previous one. Where the answer of an earlier rotation was lost, the current one may
// be the one from before it.
var becomes = regexp.MustCompile(`the (?:previous one|client secret from before that rotation)(?:, which (?:would have worked|was to work) until \S+,)? ` +
	`(?:(?:stops working at once if that rotation took effect, and otherwise )?works until (\S+Z)|stops working at once)`)

// auditEnds finds secrets that worked and that the run ended, or ended earlier, and
// of which no preview said so.
func (w *world) auditEnds(before found, broken func(string, string, ...any)) {
	for _, s := range before.known {
		token, alive := w.sim.Token(s.token.ID)
		if !s.works() || !alive {
			continue
		}
		var until time.Time
		switch w.sim.SecretState(token.ClientID, s.value) {
		case cfsim.SecretCurrent:
			continue
		case cfsim.SecretPrevious:
			until = *token.PreviousClientSecretExpiresAt
		}
		text := w.announcedFor(before, token.ID)
		if s.state == cfsim.SecretCurrent {
			stored := slices.ContainsFunc(before.stored, func(held receivedSecret) bool { return held.value == s.value })
			switch {
			case !stored && w.stack.believed[token.ID]:
				// What the preview took for the current one was another.
			case !announcedUntil(text).Add(min(w.slow, 0)).After(until): // it was said by the provider's clock
				continue
			}
			broken(unannounced, "the current secret of %s works until %s, and the preview said %q", token.ID, until, text)
			continue
		}
		end := *s.token.PreviousClientSecretExpiresAt
		if !until.Before(end) || !end.After(w.sim.Now()) {
			continue
		}
		if !strings.Contains(text, end.UTC().Format(time.RFC3339)) && !strings.Contains(text, "if it still works") &&
			!strings.Contains(text, "if that rotation took effect") {
			broken(unannounced, "a previous secret of %s was to work until %s, works until %s, and the preview said %q", token.ID, end, until, text)
		}
	}
}

// auditStopped finds secrets that had stopped and that the run brought back to life.
// Where Cloudflare hides versions, a rotation may ask for the one that the token has:
// it is then none, and moves the end alone.
func (w *world) auditStopped(before, now found, broken func(string, string, ...any)) {
	if len(w.behaviour.OmitVersionIn) > 0 {
		return
	}
	for _, s := range before.known {
		for _, k := range now.known {
			if k.value == s.value && k.works() && s.state == cfsim.SecretRevoked {
				broken(untrue, "a secret of %s had stopped, and works again until %s", k.token.ID, k.token.PreviousClientSecretExpiresAt)
			}
		}
	}
}

// announcedFor is what previews of this run have said of a token.
func (w *world) announcedFor(before found, tokenID string) string {
	names := map[string]bool{}
	for _, e := range slices.Concat(before.entries, w.stack.all()) {
		if e.tokenID() == tokenID {
			names[e.name] = true
		}
	}
	var text string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		text += w.stack.announced[name]
	}
	return text
}

var farFuture = time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC)

// announcedUntil is the earliest time at which a preview lets the current secret end.
func announcedUntil(text string) time.Time {
	earliest := farFuture
	for _, match := range becomes.FindAllStringSubmatch(text, -1) {
		at, err := time.Parse(time.RFC3339, match[1])
		if err != nil {
			return time.Time{} // at once
		}
		if at.Before(earliest) {
			earliest = at
		}
	}
	return earliest
}

// auditRotations finds a second update that rotates after one that was answered
// without the secret, and tokens that were rotated more than once in the run.
func (w *world) auditRotations(before found, broken func(string, string, ...any)) {
	rotations := map[string]int{}
	for _, r := range w.sim.Requests()[before.requests:] {
		refused := r.Status >= 300 && r.Status < 500 && r.Status != 408
		if !rotatesByUpdate(r) || r.Status == 429 || refused && before.hooked {
			continue
		}
		if rotations[r.TokenID]++; rotations[r.TokenID] > 1 {
			broken(duplicates, "the secret of %s was rotated %d times in one run", r.TokenID, rotations[r.TokenID])
		}
		if w.silent[r.TokenID] {
			broken(duplicates, "a second update rotates %s, after one that was answered without the secret", r.TokenID)
		}
		withoutSecret := r.FaultName == noSecret || r.FaultName == "" && w.behaviour.PutReturnsNoSecret
		if withoutSecret && r.Status == 200 && !w.stack.dead {
			w.silent[r.TokenID] = true
		}
	}
}

func rotatesByUpdate(r cfsim.Request) bool {
	return r.Operation == "update" && slices.Contains(r.Fields, "client_secret_version")
}
