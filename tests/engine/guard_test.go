package engine

import (
	"slices"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/provider"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// The guard of Delete, through whole lives of a stack: a Delete never deletes the
// token of another entry of the stack that lives, and the client secret of a token
// that lives never leaves the state. Every command of a life is held to that.

// life is a project whose tokens and state are compared after each command with
// what they were before.
type life struct {
	*enginetest.Project
	t *testing.T
	// known are, for each token, the client secrets of the state that worked
	// after the last command.
	known map[string][]string
	// outside are live tokens that no entry of the stack has to hold.
	outside map[string]bool
	// state is the stack after the last command, its secrets in clear.
	state enginetest.State
}

func newLife(t *testing.T) *life {
	t.Helper()
	return &life{Project: enginetest.New(t, cfsim.Config{}), t: t, outside: map[string]bool{}}
}

// begun is a life whose stack holds what the program says.
func begun(t *testing.T, entries ...string) *life {
	t.Helper()
	l := newLife(t)
	l.program(entries...)
	l.ok(l.Up())
	return l
}

// program replaces the program by one of these entries.
func (l *life) program(entries ...string) {
	l.t.Helper()
	if len(entries) == 0 {
		l.Program("")
		return
	}
	l.Program("resources:\n" + strings.Join(entries, ""))
}

// ok fails the test unless a command succeeded and lost nothing.
func (l *life) ok(r enginetest.Result) enginetest.Result {
	l.t.Helper()
	l.Must(r)
	l.expectNothingLost()
	return r
}

// fails fails the test unless a command failed, said each of the texts, and lost
// nothing.
func (l *life) fails(r enginetest.Result, texts ...string) {
	l.t.Helper()
	l.expectNothingLost()
	l.MustFail(r, texts...)
}

// refuses fails the test unless a command kept a token, since the entry that it
// was to drop alone holds the secret: it names the entry that stays, and the way
// out.
func (l *life) refuses(r enginetest.Result, stays string) {
	l.t.Helper()
	l.fails(r, "the token was kept, since", stays, "run `pulumi up`")
}

// expectNothingLost fails unless every token that lives is in the state, every
// entry that lives has its token, and every client secret that worked and stood
// in the state is still there, or the current one of its token is.
func (l *life) expectNothingLost() {
	l.t.Helper()
	held, current := map[string][]string{}, map[string]bool{}
	stands := map[string]bool{}
	l.state = l.Revealed()
	for _, entry := range l.state.Deployment.Resources {
		if entry.Type != "cfaccess:index:ServiceToken" || entry.External {
			continue
		}
		id := entry.Output("tokenId")
		stands[id] = true
		if _, lives := l.Simulator.Token(id); !lives && !entry.Delete && !entry.PendingReplacement {
			l.t.Errorf("%s stands for the token %s, which is gone", entry.URN, id)
		}
		secret, _ := entry.Secret("clientSecret")
		switch l.Simulator.SecretState(entry.Output("clientId"), secret) {
		case cfsim.SecretCurrent:
			current[id] = true
			held[id] = append(held[id], secret)
		case cfsim.SecretPrevious:
			held[id] = append(held[id], secret)
		}
	}
	for _, token := range l.Simulator.Tokens() {
		if l.outside[token.ID] {
			continue
		}
		if !stands[token.ID] {
			l.t.Errorf("the token %s lives, and no entry of the stack holds it", token.ID)
		}
		for _, secret := range l.known[token.ID] {
			if !current[token.ID] && !slices.Contains(held[token.ID], secret) {
				l.t.Errorf("the state has lost the client secret of the token %s, which lives", token.ID)
			}
		}
	}
	l.known = held
}

// expectLive fails unless exactly these tokens live.
func (l *life) expectLive(ids ...string) {
	l.t.Helper()
	var live []string
	for _, token := range l.Simulator.Tokens() {
		live = append(live, token.ID)
	}
	slices.Sort(live)
	slices.Sort(ids)
	if !slices.Equal(live, ids) {
		l.t.Errorf("the tokens %q live, want %q", live, ids)
	}
}

// expectDeletes fails unless this many deletions were sent since it was asked
// last.
func (l *life) expectDeletes(want int) {
	l.t.Helper()
	if got := count(l.Project, "delete"); got != want {
		l.t.Errorf("%d deletions were sent, want %d", got, want)
	}
	l.Simulator.ResetRequests()
}

// expectEntries fails unless the stack's entries are exactly these. A name stands
// once for each entry.
func (l *life) expectEntries(names ...string) {
	l.t.Helper()
	var got []string
	for _, entry := range l.state.Deployment.Resources {
		if entry.Type == "cfaccess:index:ServiceToken" {
			got = append(got, entry.URN[strings.LastIndex(entry.URN, "::")+2:])
		}
	}
	slices.Sort(got)
	slices.Sort(names)
	if !slices.Equal(got, names) {
		l.t.Errorf("the stack holds the entries %q, want %q", got, names)
	}
}

// tokenOf is the token of the entry of that name.
func (l *life) tokenOf(name string) string {
	l.t.Helper()
	return l.state.Token(l.t, name).Output("tokenId")
}

// expectCurrent fails unless the entry of that name holds the current secret of
// its token.
func (l *life) expectCurrent(name string) {
	l.t.Helper()
	entry := l.state.Token(l.t, name)
	secret, marked := entry.Secret("clientSecret")
	if got := l.Simulator.SecretState(entry.Output("clientId"), secret); got != cfsim.SecretCurrent || !marked {
		l.t.Errorf("the secret of %s is %s, want current (marked as a secret: %v)", name, got, marked)
	}
}

// ended destroys the stack and fails unless that deletes this many tokens, and
// leaves none, by as many requests.
func (l *life) ended(tokens int, args ...string) {
	l.t.Helper()
	l.Simulator.ResetRequests()
	l.ok(l.Destroy(args...))
	l.expectDeletes(tokens)
	l.expectLive()
	l.expectEntries()
}

// scope is where a life's tokens are.
type scope struct {
	// property is the input, prefix what stands before the token in an id, and
	// path the simulator's word for it.
	property, prefix, path string
}

var (
	ofAccount = scope{inAccount, cfsim.DefaultAccountID + "/", account}
	ofZone    = scope{inZone, "zones/" + cfsim.DefaultZoneID + "/", zone}
)

// id is the id of a token as Pulumi knows it.
func (s scope) id(tokenID string) string { return s.prefix + tokenID }

// entry is a resource of a program, as an import of its token would write it,
// with these options.
func (s scope) entry(name string, options ...string) string {
	return s.with(nil, name, options...)
}

// with is entry with further properties.
func (s scope) with(properties []string, name string, options ...string) string {
	text := enginetest.Token(name, append([]string{s.property, "name: ci", "duration: 8760h"}, properties...)...)
	if len(options) == 0 {
		return text
	}
	return text + "    options:\n      " + strings.Join(options, "\n      ") + "\n"
}

// imports is the option that imports a token of the scope.
func (s scope) imports(tokenID string) string { return "import: " + s.id(tokenID) }

// versioned is the option that every resource of an SDK carries: the version of
// the package, which gives it a default provider of its own.
const versioned = "version: " + provider.Version

// alias is the option that names a resource's former name.
func alias(name string) string { return "aliases: [" + urn(name) + "]" }

// urn is the URN of a service token of the program's top level.
func urn(name string) string {
	return "urn:pulumi:" + enginetest.Stack + "::" + enginetest.Name + "::cfaccess:index:ServiceToken::" + name
}
