package faults

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// rotating is a run that rotates the secret of ci and renames old, both of which
// Cloudflare has done and not answered yet.
func rotating(t *testing.T, properties ...string) (*enginetest.Project, *gate, *enginetest.Running) {
	t.Helper()
	p, g := gated(t)
	p.Program("resources:\n" + token("old", "name: old") + token("ci", "name: ci"))
	p.Must(p.Up())
	p.Program("resources:\n" + token("old", "name: new") + token("ci", append([]string{"name: ci", "clientSecretVersion: 2"}, properties...)...))
	g.hold(http.MethodPut)
	r := p.Start("up", "--yes", "--skip-preview")
	await(t, g.arrived, "a request")
	await(t, g.arrived, "a request")
	return p, g, r
}

func TestInterruptLetsARotationFinishAndStoresTheNewSecret(t *testing.T) {
	t.Parallel()
	p, g, r := rotating(t)
	r.Interrupt()
	r.Says("^C received; cancelling")
	await(t, g.cut, "the end of a request that was cut")
	g.release()
	if result := r.Wait(); result.ExitCode == 0 {
		t.Errorf("an interrupted run succeeds\n%s", result.Output)
	}
	p.ExpectWorking("ci")
	if got := pending(p); len(got) > 0 {
		t.Errorf("operations are pending: %v", got)
	}
	p.Must(p.Up())
	expectCurrent(t, p)
}

func TestSecondInterruptDuringARotationIsNoticedByTheNextRun(t *testing.T) {
	t.Parallel()
	p, g, r := rotating(t, "previousClientSecretExpiresAt: 2099-01-01T00:00:00Z")
	r.Interrupt()
	r.Says("^C received; cancelling")
	await(t, g.cut, "the end of a request that was cut")
	r.Says("old **updating failed**")
	r.Interrupt()
	r.Says("update failed") // the engine waits for the plugin's end now, and for nothing else
	g.release()
	r.Wait()
	if got, want := pending(p), (map[string]string{"ci": "updating"}); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("these operations are pending: %v, want %v", got, want)
	}
	p.ExpectWorking("ci") // the previous secret, in the grace that the program gives it

	p.MustFail(p.Up(), "::ci, interrupted while updating", behind, "clientSecretVersion to 3")
	p.ExpectWorking("ci")
	p.Program("resources:\n" + token("old", "name: new") + token("ci", "name: ci", "clientSecretVersion: 3"))
	p.Must(p.Up()).MustSay(t, "rotating the client secret to version 3: clientSecretVersion is above the token's version, 2")
	expectCurrent(t, p)
	if got := pending(p); len(got) > 0 {
		t.Errorf("operations are still pending: %v", got)
	}
}

func TestKilledPluginDuringARotationIsSeenByARefresh(t *testing.T) {
	t.Parallel()
	p, g, r := rotating(t)
	r.KillPlugin()
	await(t, g.cut, "the end of a request that was cut")
	await(t, g.cut, "the end of a request that was cut")
	g.release()
	p.MustFail(r.Wait(), "error reading from server: EOF")

	const way = "the client secret that this stack holds is not the token's current one: it was rotated elsewhere, or by a run that could not store it. " +
		"Everything that uses the output clientSecret gets a secret that may no longer work. To get a new one, set recoverClientSecret to \"always\", or clientSecretVersion to 3"
	p.Must(p.Refresh()).MustSay(t, way)
	p.Must(p.Up()).MustSay(t, way)
	if status := p.State().Token(t, "ci").Output("clientSecretStatus"); status != "stale" {
		t.Errorf("clientSecretStatus is %q", status)
	}
	p.Program("resources:\n" + token("old", "name: new") + token("ci", "name: ci", "clientSecretVersion: 3"))
	p.Must(p.Up())
	expectCurrent(t, p)
}

// expectCurrent fails unless the stack holds ci's current secret, and has nothing
// left to do.
func expectCurrent(t *testing.T, p *enginetest.Project) {
	t.Helper()
	stored := p.Revealed().Token(t, "ci")
	secret, _ := stored.Secret("clientSecret")
	if state := p.Simulator.SecretState(stored.Output("clientId"), secret); state != cfsim.SecretCurrent {
		t.Errorf("the stored secret is %s", state)
	}
	if status := stored.Output("clientSecretStatus"); status != "current" {
		t.Errorf("clientSecretStatus is %q", status)
	}
	p.Must(p.Preview("--expect-no-changes"))
}
