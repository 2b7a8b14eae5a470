package audit

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/stackexport"
	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// account is a generated one: its tokens, the stacks that hold some of them, and which
// of the stacks the audit is given.
type account struct {
	stacks, given []stack
	tokens        []cfapi.Token
	// held are the tokens that a stack is, given or not, and heldByGiven those of which
	// the audit can know.
	held, heldByGiven map[string]bool
}

// accountOf generates an account. In every second one, a stack is not given.
func accountOf(seed uint64) account {
	random := rand.New(rand.NewPCG(seed, 0))
	a := account{held: map[string]bool{}, heldByGiven: map[string]bool{}}
	for i := range 2 + random.IntN(3) {
		a.stacks = append(a.stacks, stack{name: fmt.Sprintf("stack%d", i), saved: exported.Add(-time.Duration(random.IntN(72)) * time.Hour)})
	}
	missing := -1
	if seed%2 == 1 {
		missing = random.IntN(len(a.stacks))
	}
	for n := range 5 + random.IntN(20) {
		s := random.IntN(len(a.stacks))
		name := fmt.Sprintf("ci%d", random.IntN(6)) // several of one name
		mine := func(t *cfapi.Token) { made(a.stacks[s].urn(name))(t) }
		one := token(n, name)
		one.CreatedAt = new(exported.Add(-time.Duration(random.IntN(200)) * time.Hour))
		if random.IntN(2) == 0 {
			used(&one)
		}
		// Where the token comes from.
		outputs := map[string]any{}
		holds := true
		switch random.IntN(7) {
		case 0: // somebody's, made by hand
			holds = false
		case 1: // imported
			outputs["clientSecretStatus"] = "unavailable"
		case 2: // adopted from the cloudflare package
			a.stacks[s] = a.stacks[s].with(map[string]any{"urn": a.stacks[s].urn(fmt.Sprint("adopted", n)), "custom": true, "id": one.ID,
				"type": "cloudflare:index/zeroTrustAccessServiceToken:ZeroTrustAccessServiceToken"})
			a.hold(one.ID, s != missing)
			holds = false
		case 3: // rotated
			one.ClientSecretVersion = new(int64(2))
			outputs["heldClientSecretVersion"] = 2
		case 4: // left behind by a killed run, whose creation may be pending
			mine(&one)
			holds = false
			if random.IntN(2) == 0 {
				a.stacks[s] = a.stacks[s].creating(name, asks(name))
			}
		case 5: // of an earlier run of the stack, kept by retainOnDelete
			mine(&one)
			holds = false
		default: // made by a stack
			mine(&one)
		}
		if holds {
			a.stacks[s] = a.stacks[s].manages(fmt.Sprint("held", n), n, outputs)
			a.hold(one.ID, s != missing)
		}
		a.tokens = append(a.tokens, one)
	}
	for i, s := range a.stacks {
		if i != missing {
			a.given = append(a.given, s)
		}
	}
	return a
}

func (a account) hold(id string, given bool) {
	a.held[id] = true
	if given {
		a.heldByGiven[id] = true
	}
}

func TestNoTokenThatAStackHoldsIsCalledSafeToDelete(t *testing.T) {
	t.Parallel()
	advised, imported, unsure := 0, 0, 0
	for seed := range uint64(1000) {
		a := accountOf(seed)
		r := judge(t, a.given, a.tokens...)
		if strings.Contains(strings.ToLower(r.Table(80)), "safe") {
			t.Fatalf("seed %d: something is called safe:\n%s", seed, r.Table(80))
		}
		byID := map[string]Token{}
		for _, one := range r.Tokens {
			byID[one.ID] = one
			if a.heldByGiven[one.ID] != (one.Status == Managed) {
				t.Fatalf("seed %d: token %s has the status %s", seed, one.ID, one.Status)
			}
		}
		for _, f := range r.Findings {
			about := f.Tokens
			if f.Kind == SameName { // it lists all, and its advice names those that it is for
				about = slices.DeleteFunc(slices.Clone(about), func(id string) bool { return !strings.Contains(f.says(), id) })
			}
			deletes := f.deletes(t)
			for _, id := range about {
				listed := byID[id]
				switch {
				case deletes && a.heldByGiven[id]:
					t.Fatalf("seed %d: to delete %s is advised, which is in a stack that was given: %+v", seed, id, f)
				case deletes && (listed.LastSeenAt != nil || listed.tooNew):
					t.Fatalf("seed %d: to delete %s is advised, which was used or is new: %+v", seed, id, f)
				case deletes && a.held[id]:
					// It is in the stack that was not given. Nothing distinguishes it from one
					// that nobody holds, so that has to be said.
					unsure++
					if !strings.Contains(f.says(), "a stack that was not given may hold") {
						t.Fatalf("seed %d: it is not said that a stack may be missing: %+v", seed, f)
					}
				case deletes:
					advised++
				}
			}
			for _, command := range f.commands() {
				if strings.HasPrefix(command, "pulumi import") {
					imported++
					if id := f.Tokens[0]; a.heldByGiven[id] || one(f.Tokens) != id || byID[id].LastSeenAt != nil {
						t.Fatalf("seed %d: the wrong token is imported: %+v", seed, f)
					}
					if !strings.Contains(f.says(), "Only if no other stack is called") {
						t.Fatalf("seed %d: it is not said that another stack may have the name: %+v", seed, f)
					}
				}
			}
		}
	}
	if advised < 500 || imported < 100 || unsure < 50 {
		t.Errorf("to delete is advised for %d tokens that nobody holds and %d of a missing stack, and %d are imported: the accounts show too little", advised, unsure, imported)
	}
}

// one is the only one of some ids, or "".
func one(ids []string) string {
	if len(ids) != 1 {
		return ""
	}
	return ids[0]
}

func FuzzAnExportIsReadAndJudged(f *testing.F) {
	for _, text := range []string{`{"version": 3, "deployment": {"manifest": {"time": "2026-10-01T12:00:00Z"}}}`, `{"version":3,"deployment":{"manifest":{"time":"2026-10-01T12:00:00Z"},"resources":[{"urn":"::","id":"/","custom":true,"inputs":{"accountId":{}}}],
		"pending_operations":[{"type":"creating","resource":{"urn":"","type":"cfaccess:index:ServiceToken","inputs":{"clientSecretVersion":"x"}}}]}}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		export, err := stackexport.Read("fuzz.json", strings.NewReader(text))
		if err != nil {
			return
		}
		r := Judge([]stackexport.Export{export}, []Listing{{inAccount, nil}, {inZone, nil}})
		if r.Table(80) == "" || export.SavedAt.IsZero() {
			t.Error("an export was read without a time, or its report is empty")
		}
	})
}
