package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/cfaccess/pulumi-cfaccess/internal/accesscheck"
	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
	"github.com/cfaccess/pulumi-cfaccess/provider/internal/middleware"
)

var (
	_ infer.CustomResource[AccessCheckArgs, AccessCheckState]       = (*AccessCheck)(nil)
	_ infer.CustomUpdate[AccessCheckArgs, AccessCheckState]         = (*AccessCheck)(nil)
	_ infer.ExplicitDependencies[AccessCheckArgs, AccessCheckState] = (*AccessCheck)(nil)
	_ infer.Annotated                                               = (*AccessCheck)(nil)
	_ infer.Annotated                                               = (*AccessCheckArgs)(nil)
	_ infer.Annotated                                               = (*AccessCheckState)(nil)
)

// AccessCheck is the controller of cfaccess:index:AccessCheck. It asks in Create, and
// in Update, which the engine calls when an input has changed. Deleting one is nothing
// to do. Check, Diff and Read are answered without infer (see access_check_inputs.go).
type AccessCheck struct {
	memory *memory
	now    func() time.Time
	dial   func(ctx context.Context, network, address string) (net.Conn, error)
}

// WireDependencies switches infer's guess off: what a preview does not know is said in
// Create and Update.
func (*AccessCheck) WireDependencies(f infer.FieldSelector, _ *AccessCheckArgs, state *AccessCheckState) {
	f.OutputField(state).AlwaysKnown()
}

// Create asks the address.
func (a *AccessCheck) Create(ctx context.Context, req infer.CreateRequest[AccessCheckArgs]) (infer.CreateResponse[AccessCheckState], error) {
	state, err := a.ask(ctx, req.Inputs, req.DryRun)
	if err != nil {
		return infer.CreateResponse[AccessCheckState]{}, err
	}
	resp := infer.CreateResponse[AccessCheckState]{Output: state}
	if !req.DryRun {
		resp.ID = cmp.Or(req.Name, "access-check") // `pulumi do` gives no name
	}
	return resp, nil
}

// Update asks the address again.
func (a *AccessCheck) Update(ctx context.Context, req infer.UpdateRequest[AccessCheckArgs, AccessCheckState]) (infer.UpdateResponse[AccessCheckState], error) {
	state, err := a.ask(ctx, req.Inputs, req.DryRun)
	if err != nil {
		// The engine keeps the inputs of the last check that passed, and so repeats this one.
		return infer.UpdateResponse[AccessCheckState]{}, err
	}
	return infer.UpdateResponse[AccessCheckState]{Output: state}, nil
}

// ask asks, or says in a preview what it will ask.
func (a *AccessCheck) ask(ctx context.Context, args AccessCheckArgs, preview bool) (AccessCheckState, error) {
	state := AccessCheckState{AccessCheckArgs: args}
	call := middleware.Of(ctx)
	if err := notCurrent(args.ClientSecretStatus, call.Inputs.Get("clientSecretStatus").IsComputed()); err != nil {
		return state, a.failed(ctx, err)
	}
	if preview {
		call.Computed = []string{"outcome", "status"}
		p.GetLogger(ctx).Info(willAsk(call.Inputs))
		return state, nil
	}
	question, err := args.question()
	if err != nil {
		return state, err
	}
	middleware.Extend(ctx, question.Timeout)
	checker := accesscheck.Checker{
		UserAgent: userAgent,
		Dial:      a.dial,
		Waiting: func(ctx context.Context, result string, wait time.Duration) {
			p.GetLogger(ctx).InfoStatus(hideAddress(call.Inputs, fmt.Sprintf("%s; trying again in %s", result, wait)))
		},
	}
	tooShort := endsBefore(ctx, question.Timeout)
	verdict, err := checker.Check(ctx, question)
	if err != nil {
		return state, a.failed(ctx, errors.New(hideAddress(call.Inputs, err.Error()+tooShort)))
	}
	state.Outcome, state.Status = string(verdict.Outcome), verdict.Status
	return state, nil
}

// endsBefore says that customTimeouts end a check before its own time is up, if they do.
func endsBefore(ctx context.Context, timeout time.Duration) string {
	const used = time.Second // at most, of a limit that is as long, before the check begins
	ends, ok := ctx.Deadline()
	if !ok || time.Until(ends) >= timeout-used {
		return ""
	}
	return fmt.Sprintf("\nThe limit in customTimeouts is shorter than the timeout of the check, %s: set a longer limit there, or a shorter timeout.", timeout)
}

// notCurrent refuses to ask with a client secret that is not the token's: it may be
// admitted while a grace runs, and what depends on the check would get it.
func notCurrent(status *string, unknown bool) error {
	if status == nil || unknown || *status == servicetoken.StatusCurrent {
		return nil
	}
	return fmt.Errorf("no request was sent, since clientSecretStatus is %q: this stack is not known to hold the token's current client secret. "+
		"To get a new one, set clientSecretVersion or recoverClientSecret on the token (see %s)",
		servicetoken.Clip(*status), repository+"/blob/main/docs/guides/rotation.md#rotated-elsewhere")
}

// failed adds to the failure of a check what the consumers of the client secret have
// until it passes.
func (a *AccessCheck) failed(ctx context.Context, err error) error {
	if text := a.consumersHave(middleware.Of(ctx)); text != "" {
		return errors.New(err.Error() + "\nThe resources that depend on this check " + text)
	}
	return err
}

func (a *AccessCheck) consumersHave(call *middleware.Call) string {
	id, lastID, lastSecret := call.Inputs.Get("clientId"), call.OldInputs.Get("clientId"), call.OldInputs.Get("clientSecret")
	if !id.IsString() {
		return ""
	}
	ends, known := a.memory.graceOf(id.AsString())
	rotated := lastSecret.IsString() && !plain(lastSecret).Equals(plain(call.Inputs.Get("clientSecret")))
	has := "may still have" // where it was rotated elsewhere, or the check is new
	if rotated {
		has = "still have"
	}
	switch {
	case lastID.IsString() && lastID.AsString() != id.AsString():
		return fmt.Sprintf("still have the credentials of another token, with the client id %s, which work as long as that token does.", servicetoken.Clip(lastID.AsString()))
	case known && ends.After(a.now()):
		return fmt.Sprintf("%s the previous client secret, which works until %s. For more time, move the token's previousClientSecretExpiresAt to a later time, "+
			"or raise its previousClientSecretGrace, and run `pulumi up`. If the token was rotated more than once since this check last passed, that client secret has already stopped working.", has, servicetoken.FormatTime(ends))
	case !rotated:
		return ""
	case known && !ends.IsZero():
		return fmt.Sprintf("still have the previous client secret, which stopped working at %s: they are refused until they get the current one.", servicetoken.FormatTime(ends))
	case known:
		return "still have the previous client secret. Cloudflare does not show when that stops working."
	}
	return "still have the previous client secret. This run cannot know when that stops working, since it has not read the token: " +
		"see the token's previousClientSecretExpiresAt. For more time, move it to a later time."
}
