package audit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/command"
	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/stackexport"
)

// pendingCreations finds the token that each of them left. A command is only given
// where one token fits one creation, and nothing else does.
func (j *judgement) pendingCreations() {
	j.candidates = map[string]bool{}
	wanted := map[string]int{} // how many creations a token fits
	type pending struct {
		export stackexport.Export
		creation
		tokens []Token
	}
	var all []pending
	for _, export := range j.exports {
		for _, entry := range export.Creating {
			c := creationOf(entry)
			found := pending{export: export, creation: c}
			for _, t := range j.tokens {
				if c.matches(t) {
					found.tokens = append(found.tokens, t)
					wanted[t.ID]++
					j.candidates[t.ID] = true
				}
			}
			all = append(all, found)
		}
	}
	for _, p := range all {
		text := fmt.Sprintf("The creation of %s in %s was interrupted", p.URN, p.export.Label())
		switch {
		case !p.known:
			j.find(PendingCreation, nil, text+". Its name, its version, its account or its zone is a secret in the export, so no token can be matched.", searchByHand, clearIfNone)
		case index(j.listings, p.scope) < 0:
			j.find(PendingCreation, nil, fmt.Sprintf("%s. Its token belongs to %s, which was not listed.", text, p.scope),
				Step{Text: fmt.Sprintf("Run the audit again with --%s-id %s.", p.scope.Kind.Noun(), p.scope.ID)})
		case len(p.tokens) == 0:
			j.find(PendingCreation, nil, fmt.Sprintf("%s. No token of %s has its mark, its name %q and version %d, was never used and is in no stack. It probably left none.",
				text, p.scope, p.called, p.version), searchByHand, clearIfNone)
		case len(p.tokens) > 1 || wanted[p.tokens[0].ID] > 1:
			j.find(PendingCreation, p.tokens, fmt.Sprintf("%s. It may have left %s, but more than one token or pending creation fits. So it is not known which belongs to which.",
				text, ids(p.tokens, "or")), j.remove(p.tokens...)...)
		default:
			j.find(PendingCreation, p.tokens, fmt.Sprintf("%s. Token %s fits: it has the mark, the name and the version of this creation, was never used, and is %s given.", text, p.tokens[0].ID, inNone(len(j.exports))),
				j.bringIn(p.export, p.creation, p.tokens[0])...)
		}
	}
}

var (
	searchByHand = Step{Text: "Look in the Cloudflare dashboard (Zero Trust, Access controls, Service credentials) for a token of this name that was never used."}
	clearIfNone  = Step{Text: "If there is none, remove the pending creation from the stack with `pulumi refresh --clear-pending-creates`."}
	clearPending = Step{Text: "Remove the pending creation from the stack.", Command: "pulumi refresh --clear-pending-creates"}
)

// bringIn is how the token of a pending creation gets into its stack, or how it goes
// if another one has taken its place.
func (j *judgement) bringIn(export stackexport.Export, c creation, t Token) []Step {
	if export.Holds(c.URN) {
		advice := []Step{{Text: "The stack has another token under this URN by now. Do not remove that one with `pulumi state delete`."}}
		return append(advice, j.removeAndClear(t)...)
	}
	importing := []string{"pulumi import", stackexport.TokenType, shell(stackexport.NameIn(c.URN)), command.ResourceID(c.scope, t.ID)}
	if c.Parent != "" && !strings.Contains(c.Parent, "::pulumi:pulumi:Stack::") {
		if !export.Holds(c.Parent) {
			return append([]Step{{Text: "Its parent is not in the stack, so it cannot be imported."}}, j.removeAndClear(t)...)
		}
		importing = append(importing, "--parent", shell("parent="+c.Parent))
	}
	provider := c.Provider[:max(0, strings.LastIndex(c.Provider, "::"))] // without its id
	switch {
	case export.Holds(provider):
		importing = append(importing, "--provider", shell("provider="+provider))
	case !isDefault(provider):
		return append([]Step{{Text: "Its provider is not in the stack, so it cannot be imported."}}, j.removeAndClear(t)...)
	}
	return []Step{
		{Text: fmt.Sprintf("Only if no other stack is called %s (in another backend or organization, for example): import the token. Run this in the folder of the project, with the stack selected.", export.Label()),
			Command: strings.Join(append(importing, "--protect=false", "--generate-code=false"), " ")},
		clearPending,
		{Text: "Set recoverClientSecret: imported in the program, so that the next run gets a client secret.", Command: "pulumi up"},
	}
}

// isDefault reports whether a provider is one that Pulumi makes by itself, as it does
// for an import.
func isDefault(urn string) bool {
	name := stackexport.NameIn(urn)
	return name == "default" || strings.HasPrefix(name, "default_")
}

// leftBehind finds tokens that look as if a killed run had left them, an account or a
// zone at a time.
func (j *judgement) leftBehind() {
	for _, listing := range j.listings {
		var left []Token
		for _, t := range j.tokens {
			if t.scopes[0] == listing.Scope && t.CreationMark && t.mayBeUnheld() && !j.candidates[t.ID] {
				left = append(left, t)
			}
		}
		if len(left) > 0 {
			j.find(LeftBehind, left, fmt.Sprintf("%s of %s %s the mark of a creation by this provider, %s never used, and %s %s: %s. "+
				"A token that a stack keeps in reserve looks the same if that stack was not given.",
				command.Count(len(left), "token"), listing.Scope, plural(len(left), "has", "have"), plural(len(left), "was", "were"), plural(len(left), "is", "are"), j.stacks(), named(left)), j.remove(left...)...)
		}
	}
}

// managedTwice finds tokens that two resources would both change and delete.
func (j *judgement) managedTwice() {
	for _, t := range j.tokens {
		managers := t.managers()
		if len(managers) < 2 {
			continue
		}
		first := managers[0]
		others := slices.ContainsFunc(managers, func(h Holder) bool { return h.File != first.File })
		text := fmt.Sprintf("Token %s (%s) is in %s %d times: %s.", t.ID, command.Printable(t.Name), first.export.Label(), len(managers), resources(managers))
		if others {
			text = fmt.Sprintf("Token %s (%s) is in more than one stack: %s.", t.ID, command.Printable(t.Name), resources(managers))
		}
		j.find(ManagedTwice, []Token{t}, text, j.separate(t, managers, others)...)
	}
}

// separate is how a token gets out of all places but one.
func (j *judgement) separate(t Token, managers []Holder, others bool) []Step {
	if t.tooNew && others {
		return []Step{exportAgain}
	}
	if twoExportsOfOneStack(managers) {
		return []Step{{Text: "Two of these exports are of stacks of one name. If it is one stack, run the audit again with its newest export alone. " +
			"If they are two stacks, in two backends, run `pulumi refresh` in each to find out which one holds the current client secret, and export both again."}}
	}
	var advice []Step
	if others && slices.ContainsFunc(managers[1:], func(h Holder) bool { return h.Project == managers[0].Project }) {
		advice = append(advice, Step{Text: "Two exports of one project may be one stack, before and after it was renamed or the resource was moved: export both now, and run the audit again."})
	}
	advice = append(advice, Step{Text: "Do not remove the token from a program yet: that run would delete the token."})
	var leaving []Holder
	for _, holder := range managers {
		if holder.ClientSecretStatus != "current" {
			leaving = append(leaving, holder)
		}
	}
	if len(leaving) == 0 || len(leaving) == len(managers) {
		return append(advice, Step{Text: "Run `pulumi refresh` in each stack to find out which one holds the current client secret. " +
			"Remove the other resource from its stack with `pulumi state delete`, and then from its program."})
	}
	for _, holder := range leaving {
		force := ""
		if holder.entry.Protect { // as `pulumi import` does
			force = " --force"
		}
		advice = append(advice, Step{Text: fmt.Sprintf("In %s, whose client secret is not known to be current, remove the resource from the stack, and then from the program.", holder.export.Label()),
			Command: "pulumi state delete " + shell(holder.URN) + force})
	}
	return advice
}

// twoExportsOfOneStack reports whether two exports may be of the same stack, so that
// what one of them lacks says nothing of the other.
func twoExportsOfOneStack(managers []Holder) bool {
	files := map[[2]string]string{}
	for _, h := range managers {
		stack := [2]string{h.Project, h.Stack}
		if file, found := files[stack]; found && file != h.File {
			return true
		}
		files[stack] = h.File
	}
	return false
}

// sameNames finds tokens of one name in one place, if there are some that no stack has.
func (j *judgement) sameNames() {
	for i := 0; i < len(j.tokens); {
		group := j.tokens[i:]
		if end := slices.IndexFunc(group, func(t Token) bool { return t.Name != group[0].Name || t.scopes[0] != group[0].scopes[0] }); end > 0 {
			group = group[:end]
		}
		i += len(group)
		var unmentioned, unused []Token
		for _, t := range group {
			if t.Status == Unmentioned {
				unmentioned = append(unmentioned, t)
			}
			if t.mayBeUnheld() && !t.CreationMark { // the others have their advice
				unused = append(unused, t)
			}
		}
		if len(group) < 2 || len(unmentioned) == 0 {
			continue
		}
		var uses []string
		for _, t := range group {
			uses = append(uses, fmt.Sprintf("%s (%s)", t.ID, lastUse(t)))
		}
		text := fmt.Sprintf("%d tokens of %s are called %q. The most recently used come first: %s. That a token is in a stack, or the newest, does not mean that it is the one in use.",
			len(group), group[0].scopes[0], command.Printable(group[0].Name), strings.Join(uses, ", "))
		var advice []Step
		if len(unused) > 0 {
			advice = append([]Step{{Text: fmt.Sprintf("Of these, %s %s never used, and %s %s given.", ids(unused, "and"), plural(len(unused), "was", "were"), plural(len(unused), "is", "are"), inNone(len(j.exports)))}}, j.remove(unused...)...)
		}
		j.find(SameName, group, text, advice...)
	}
}

func lastUse(t Token) string {
	if t.LastSeenAt == nil {
		return "never used"
	}
	return "last used on " + t.LastSeenAt.Format("2006-01-02")
}

var exportAgain = Step{Text: "Export the stacks again, a day after the token was created, and run the audit again."}

// remove is the advice for tokens that probably nobody holds. What cannot be undone
// comes last.
func (j *judgement) remove(tokens ...Token) []Step {
	if slices.ContainsFunc(tokens, func(t Token) bool { return t.tooNew }) {
		return []Step{exportAgain}
	}
	it, they := plural(len(tokens), "it", "them"), plural(len(tokens), "the token", "the tokens")
	steps := []Step{{Text: "Ask everybody who creates tokens there about " + it + ": a stack that was not given may hold " + it + "."}}
	if slices.ContainsFunc(tokens, func(t Token) bool { return t.Enabled }) {
		steps = append(steps, Step{Text: fmt.Sprintf("Disable %s in the Cloudflare dashboard (Zero Trust, Access controls, Service credentials). To undo this, enable %s again.", they, it)})
	}
	return append(steps,
		Step{Text: "Wait until every job that could use " + it + " has run, the rarest included."},
		Step{Text: "Find out what uses " + it + ": the function getServiceTokenReferences lists policies, applications and groups. Check Hyperdrive configurations by hand."},
		Step{Text: "Delete " + they + " in the dashboard."})
}

// removeAndClear is remove for the token of a pending creation, which is needed to
// recognize the token until it is gone.
func (j *judgement) removeAndClear(t Token) []Step {
	if t.tooNew {
		return j.remove(t)
	}
	return append(j.remove(t), clearPending)
}

// remarks say what the audit cannot know.
func (j *judgement) remarks() {
	remark := func(format string, args ...any) {
		j.report.Remarks = append(j.report.Remarks, fmt.Sprintf(format, args...))
	}
	young := 0
	for _, t := range j.tokens {
		if t.Status == TooNew {
			young++
		}
	}
	if young > 0 {
		oldest := slices.MinFunc(j.exports, func(a, b stackexport.Export) int { return a.SavedAt.Compare(b.SavedAt) })
		remark("%s %s %s given, and %s created less than a day before %s was saved (%s), or later. To find out about %s, export every stack again a day after that. "+
			"If a stack was not changed since, run `pulumi refresh` in it first: the time of an export is when the stack was saved.",
			command.Count(young, "token"), plural(young, "is", "are"), inNone(len(j.exports)), plural(young, "was", "were"), oldest.Label(), oldest.SavedAt.Format(minute), plural(young, "it", "them"))
	}
	seen := map[string]string{}
	for _, export := range j.exports {
		if other, twice := seen[export.Label()]; twice {
			remark("%s and %s are exports of a stack %s. If it is one stack, give the newer export only.", other, export.File, export.Label())
		}
		seen[export.Label()] = export.File
	}
}

// minute is how a time is shown that matters to the minute.
const minute = "2006-01-02 15:04 MST"

// inNone says where a token is not.
func inNone(stacks int) string {
	if stacks == 1 {
		return "not in the stack"
	}
	return fmt.Sprintf("in none of the %d stacks", stacks)
}

// stacks says where a token is not, and lists the stacks.
func (j *judgement) stacks() string {
	var names []string
	for _, export := range j.exports {
		names = append(names, fmt.Sprintf("%s of %s", export.Label(), export.SavedAt.Format(minute)))
	}
	return fmt.Sprintf("%s given (%s)", inNone(len(names)), strings.Join(names, ", "))
}

func resources(holders []Holder) string {
	var parts []string
	for _, holder := range holders {
		part := holder.URN + " in " + holder.export.Label()
		if holder.ClientSecretStatus != "" {
			part += " (client secret " + holder.ClientSecretStatus + ")"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

// named lists tokens by what the dashboard and their creators know of them.
func named(tokens []Token) string {
	var all []string
	for _, t := range tokens {
		all = append(all, fmt.Sprintf("%s (%s, created on %s)", t.ID, command.Printable(t.Name), date(t.CreatedAt)))
	}
	return strings.Join(all, ", ")
}

func ids(tokens []Token, last string) string {
	var all []string
	for _, t := range tokens {
		all = append(all, t.ID)
	}
	if n := len(all); n > 1 {
		return strings.Join(all[:n-1], ", ") + " " + last + " " + all[n-1]
	}
	return all[0]
}

// plural chooses between two words by number.
func plural(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}

// shell writes a word for a POSIX shell.
func shell(word string) string {
	if word != "" && strings.IndexFunc(word, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@", r)
	}) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
