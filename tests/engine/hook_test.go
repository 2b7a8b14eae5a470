package engine

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// repeating is a program of one token, ci, with these further inputs, whose
// onError hook has the engine repeat the first call that fails. It counts in
// asked how often the hook was.
func repeating(asked *atomic.Int32, inputs pulumi.Map) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		hook, err := ctx.RegisterErrorHook("repeat", func(*pulumi.ErrorHookArgs) (retry bool, err error) {
			return asked.Add(1) == 1, nil
		})
		if err != nil {
			return err
		}
		return register(ctx, "ci", inputs, pulumi.ResourceHooks(&pulumi.ResourceHookBinding{OnError: []*pulumi.ErrorHook{hook}}))
	}
}

func TestACreationThatAnOnErrorHookRepeatsMakesOneToken(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	// The first attempt is lost, and half a minute of listings does not show it.
	// The second is answered, and no listing can say what became of the first:
	// the creation returns the token together with an error.
	p.Simulator.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.CutBefore})
	p.Simulator.Inject(cfsim.Fault{Operation: "list", Kind: cfsim.StatusBefore, Status: 403, After: 6, Times: -1})
	var asked atomic.Int32
	p.Inline(repeating(&asked, nil))

	up := p.Must(p.Up())
	expectRepeated(t, up, "create", asked.Load())
	expectWarning(t, up, "was created, and its client secret is stored, but")
	if n := count(p, "create"); n != 2 {
		t.Errorf("%d creations were sent, want the lost one and the one that was answered", n)
	}
	if stored, live := p.State().Token(t, "ci"), only(t, p); stored.Output("tokenId") != live.ID {
		t.Errorf("the stack holds %s, and Cloudflare %s", stored.Output("tokenId"), live.ID)
	}
	p.ExpectWorking("ci")

	// The engine remembers the first call's error, and asks for one more update.
	p.Simulator.ClearFaults()
	p.Simulator.ResetRequests()
	p.Must(p.Up())
	p.ExpectRequests()
	p.Must(p.Up("--expect-no-changes"))
	p.ExpectWorking("ci")
}

func TestARotationThatAnOnErrorHookRepeatsRotatesOnce(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	var asked atomic.Int32
	p.Inline(repeating(&asked, nil))
	p.Must(p.Up())

	p.Inline(repeating(&asked, pulumi.Map{"clientSecretVersion": pulumi.Int(2), "previousClientSecretGrace": pulumi.String("24h")}))
	p.Simulator.Inject(cfsim.Fault{Operation: "update", Kind: cfsim.CutAfter})
	up := p.Must(p.Up())
	expectRepeated(t, up, "update", asked.Load())
	expectWarning(t, up, "It is not known whether the client secret was rotated")
	if n := count(p, "update"); n != 1 {
		t.Errorf("%d rotations were sent, want one", n)
	}
	stored := p.State().Token(t, "ci")
	if got := stored.Output("clientSecretStatus"); got != "stale" {
		t.Errorf("the stored client secret is %s, want stale", got)
	}
	if got := fmt.Sprint(stored.Outputs["pendingClientSecretVersion"]); got != "2" {
		t.Errorf("the pending version is %s, want 2", got)
	}
	p.ExpectWorking("ci") // by the previous secret, in its grace

	p.Must(p.Up()) // completes the rotation
	if got := p.State().Token(t, "ci").Output("clientSecretStatus"); got != "current" {
		t.Errorf("after the next run the stored client secret is %s, want current", got)
	}
	p.ExpectWorking("ci")
	p.Must(p.Up("--expect-no-changes"))
}

// expectRepeated fails unless the engine repeated a call, once, as the hook that
// was asked this often said.
func expectRepeated(t *testing.T, r enginetest.Result, call string, asked int32) {
	t.Helper()
	expectWarning(t, r, "retrying "+call+" due to on-error hook request (1/100)")
	if asked != 1 {
		t.Errorf("the hook was asked %d times, want once: the repeated call should not fail", asked)
	}
}
