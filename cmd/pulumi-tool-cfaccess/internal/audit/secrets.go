package audit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/command"
	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/stackexport"
)

// secrets finds the resources that do not hold the current client secret, a stack at
// a time.
func (j *judgement) secrets() {
	for _, export := range j.exports {
		for _, kind := range []struct {
			Kind
			status, text string
		}{
			{SecretStale, "stale", "stale (not known to be the current one)"},
			{SecretUnavailable, "unavailable", "unavailable (the stack does not hold it)"},
		} {
			var affected []Token
			var names []string
			var advice eachItsOwn
			for _, t := range j.tokens {
				for _, holder := range t.managers() {
					wanted := kind.Kind == SecretStale || holder.entry.Inputs["recoverClientSecret"] != "never"
					if holder.File == export.File && holder.ClientSecretStatus == kind.status && wanted {
						affected, names = append(affected, t), append(names, stackexport.NameIn(holder.URN))
						advice.add(stackexport.NameIn(holder.URN), secretAdvice(t, holder))
					}
				}
			}
			if len(affected) > 0 {
				j.find(kind.Kind, affected, fmt.Sprintf("In %s the client secret of %s is %s: %s.", export.Label(),
					command.Count(len(affected), "resource"), kind.text, strings.Join(names, ", ")), advice.steps()...)
			}
		}
	}
}

// secretAdvice is how a resource gets the current client secret, by what its stack
// has asked for already.
func secretAdvice(t Token, h Holder) Step {
	recovers, unavailable := h.entry.Inputs["recoverClientSecret"], h.ClientSecretStatus == "unavailable"
	switch {
	case t.tooNew:
		return exportAgain
	case len(t.managers()) > 1:
		return Step{Text: "The token is in more than one place: follow the advice for that first."}
	case h.entry.Outputs["rotationCall"] == "none":
		return Step{Text: "Cloudflare returns no client secret when it rotates this token. Replace the token with `pulumi up --replace <URN>`, or move a token of a zone to its account."}
	case h.completes(t):
		return Step{Text: "Run `pulumi up`, which completes a rotation whose answer was lost, or contained no client secret."}
	case recovers == "always" || recovers == "imported" && unavailable:
		return Step{Text: fmt.Sprintf("Run `pulumi up --refresh`, which rotates the client secret, because recoverClientSecret is already %q. "+
			"If it does not, its warnings say why: holdRotations holds rotations back, or the token is in the stack twice.", recovers)}
	case h.entry.Outputs["heldClientSecretVersion"] == nil && !unavailable:
		return Step{Text: "It came from a Terraform state, which does not say whether it is the current one. Only if it does not work: " + getAnother(t, h)}
	case unavailable:
		return Step{Text: "Set recoverClientSecret to imported, so that the next `pulumi up` rotates the client secret. " +
			"The current one then works for another 24 hours, or as long as previousClientSecretGrace says. Set recoverClientSecret to never if the stack does not need the client secret."}
	}
	return Step{Text: getAnother(t, h)}
}

// completes reports whether the stack's next run completes a rotation: one is pending,
// and Cloudflare shows no later one.
func (h Holder) completes(t Token) bool {
	pending, ok := h.entry.Outputs["pendingClientSecretVersion"].(float64)
	return ok && (t.ClientSecretVersion == nil || *t.ClientSecretVersion <= int64(pending))
}

// getAnother is how a stack gets a client secret that is known to be current. A rotation
// may have left the token's version below the number that it carried out, with which the
// provider compares the next one.
func getAnother(t Token, h Holder) string {
	applied, _ := h.entry.Outputs["appliedClientSecretVersion"].(float64)
	version := "the token's version"
	if t.ClientSecretVersion != nil {
		version = fmt.Sprint(max(*t.ClientSecretVersion, int64(applied)))
	}
	return fmt.Sprintf("Set recoverClientSecret to always, or clientSecretVersion above %s, and run `pulumi up --refresh`. "+
		"The current client secret then works for another 24 hours, or stops at once if you set clientSecretVersion. To change that, set previousClientSecretGrace.", version)
}

// eachItsOwn is the advice for several resources, with the resources of one advice
// together.
type eachItsOwn struct {
	given []Step
	names map[Step][]string
}

func (e *eachItsOwn) add(name string, step Step) {
	if !slices.Contains(e.given, step) {
		e.given = append(e.given, step)
	}
	if e.names == nil {
		e.names = map[Step][]string{}
	}
	e.names[step] = append(e.names[step], name)
}

// steps name the resources where the advice is not the same for all.
func (e *eachItsOwn) steps() []Step {
	if len(e.given) == 1 {
		return e.given
	}
	var steps []Step
	for _, step := range e.given {
		steps = append(steps, Step{Text: fmt.Sprintf("%s: %s", strings.Join(e.names[step], ", "), step.Text), Command: step.Command})
	}
	return steps
}
