package faults

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// creating is a run that creates ci and renames old, both of which Cloudflare
// has done and not answered yet; next waits for ci. A rename is not worth
// protecting: its cut shows the test that the plugin has noticed.
func creating(t *testing.T) (*enginetest.Project, *gate, *enginetest.Running) {
	t.Helper()
	p, g := gated(t)
	p.Program("resources:\n" + token("old", "name: old"))
	p.Must(p.Up())
	p.Program("resources:\n" + token("old", "name: new") + token("ci", "name: ci") + token("next", "name: next") + after("ci"))
	g.hold(http.MethodPost, http.MethodPut)
	r := p.Start("up", "--yes", "--skip-preview")
	await(t, g.arrived, "a request")
	await(t, g.arrived, "a request")
	return p, g, r
}

// complete runs the program again, and fails unless Cloudflare then holds what
// the stack does, and left, and every stored credential works.
func complete(t *testing.T, p *enginetest.Project, left map[string]int) enginetest.Result {
	t.Helper()
	result := p.Must(p.Up())
	want := map[string]int{"new": 1, "ci": 1, "next": 1}
	for name, count := range left {
		want[name] += count
	}
	if got := live(p); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("Cloudflare holds %v, want %v", got, want)
	}
	p.ExpectWorking("old", "ci", "next")
	p.Must(p.Preview("--expect-no-changes"))
	return result
}

// expectCleared fails unless the pending creation, of which every run warns,
// goes the way that the warning's reader has to find.
func expectCleared(t *testing.T, p *enginetest.Project) {
	t.Helper()
	p.Must(p.Up()).MustSay(t, "1 pending operations from previous deployment")
	p.Must(p.Refresh("--clear-pending-creates"))
	if got := pending(p); len(got) > 0 {
		t.Errorf("operations are still pending: %v", got)
	}
	p.ExpectWorking("old", "ci", "next")
}

func TestInterruptLetsACreationFinishAndSavesIt(t *testing.T) {
	t.Parallel()
	p, g, r := creating(t)
	r.Interrupt()
	r.Says("^C received; cancelling")
	await(t, g.cut, "the end of a request that was cut")
	g.release()
	if result := r.Wait(); result.ExitCode == 0 {
		t.Errorf("an interrupted run succeeds\n%s", result.Output)
	}
	p.ExpectWorking("ci")
	if got, want := live(p), (map[string]int{"new": 1, "ci": 1}); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("Cloudflare holds %v, want %v: next was to wait for ci", got, want)
	}
	if got := pending(p); len(got) > 0 {
		t.Errorf("operations are pending: %v", got)
	}
	complete(t, p, nil)
}

func TestSecondInterruptDeletesTheTokenWhoseSecretCannotBeStored(t *testing.T) {
	t.Parallel()
	p, g, r := creating(t)
	r.Interrupt()
	r.Says("^C received; cancelling")
	await(t, g.cut, "the end of a request that was cut")
	r.Says("old **updating failed**")
	r.Interrupt()
	r.Says("update failed") // from now on the engine drops every answer
	g.release()
	await(t, g.deleted, "the deletion of what nobody waits for")
	r.Wait()
	if got, want := live(p), (map[string]int{"new": 1}); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("Cloudflare holds %v, want %v", got, want)
	}
	if got, want := pending(p), (map[string]string{"ci": "creating"}); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("these operations are pending: %v, want %v", got, want)
	}
	complete(t, p, nil).MustSay(t, "1 pending operations from previous deployment", "::ci, interrupted while creating")
	expectCleared(t, p)
}

func TestKilledEngineLeavesNoTokenBehind(t *testing.T) {
	t.Parallel()
	p, g, r := creating(t)
	r.Kill()
	r.Wait()
	await(t, g.cut, "the end of a request that was cut")
	g.release()
	await(t, g.deleted, "the deletion of what nobody waits for")
	if got, want := live(p), (map[string]int{"new": 1}); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("Cloudflare holds %v, want %v", got, want)
	}
	p.MustFail(p.Up(), "the stack is currently locked by 1 lock(s)", "`pulumi cancel`")
	p.Must(p.Run("cancel", "--yes"))
	complete(t, p, nil).MustSay(t, "::ci, interrupted while creating")
	expectCleared(t, p)
}

// Nobody is left who could undo the creation, and the engine does not know that
// it was one: the next run makes another token.
func TestKilledPluginLeavesTheTokenThatItWasMaking(t *testing.T) {
	t.Parallel()
	p, g, r := creating(t)
	r.KillPlugin()
	await(t, g.cut, "the end of a request that was cut")
	await(t, g.cut, "the end of a request that was cut")
	g.release()
	p.MustFail(r.Wait(), "error reading from server: EOF")
	if got := pending(p); len(got) > 0 {
		t.Errorf("operations are pending: %v", got)
	}
	complete(t, p, map[string]int{"ci": 1})
}
