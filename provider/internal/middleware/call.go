package middleware

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// Call is what infer keeps from a controller's methods: which resource the call is
// about, and the engine's own values, in which an unknown one is no zero value. On
// the way back it carries which outputs are not known yet.
type Call struct {
	URN resource.URN
	// Inputs are the program's, with what ignoreChanges takes from the state;
	// OldInputs are those of the last run, and State is what the stack stores.
	Inputs, OldInputs, State property.Map
	// Computed is set by previews: the outputs whose value only the run has.
	Computed []string

	// gone returns why the engine no longer waits for the call, if it does not.
	gone   func() error
	budget *budget
}

type callKey struct{}

// Of returns the call that ctx belongs to. Without one nothing is known of it.
func Of(ctx context.Context) *Call {
	if c, ok := ctx.Value(callKey{}).(*Call); ok {
		return c
	}
	return &Call{}
}

// in returns ctx for this call. It has to be called with the context that the
// server hands over: below, the context of a call also ends with the first Ctrl-C,
// after which the engine does wait.
func (c *Call) in(ctx context.Context) context.Context {
	c.gone = ctx.Err
	return context.WithValue(ctx, callKey{}, c)
}

// Abandoned reports whether nobody will receive the answer of the call: the user
// pressed Ctrl-C twice, or the engine was killed.
func (c *Call) Abandoned() bool {
	return c.gone != nil && errors.Is(c.gone(), context.Canceled)
}

const redacted = "[secret]"

// word matches a text of which a part of each message would be taken out if it were
// not taken as a word.
var word = regexp.MustCompile(`^\w{1,3}$`)

// Redact takes out of a message what the user has marked as secret, also out of one
// that it has returned before.
func (c *Call) Redact(message string) string {
	var texts, words []string
	for _, m := range []property.Map{c.Inputs, c.OldInputs, c.State} {
		for _, value := range m.All {
			if !value.Secret() || !value.IsString() || strings.TrimSpace(value.AsString()) == "" {
				continue
			}
			for _, spelling := range spellings(value.AsString()) {
				if word.MatchString(spelling) {
					words = append(words, spelling)
				} else {
					texts = append(texts, spelling)
				}
			}
		}
	}
	// In one pass, and the longest first, since one may be a part of another.
	slices.SortFunc(texts, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	pairs := []string{redacted, redacted}
	for _, text := range texts {
		pairs = append(pairs, text, redacted)
	}
	message = strings.NewReplacer(pairs...).Replace(message)
	for _, w := range words {
		message = regexp.MustCompile(`\b`+w+`\b`).ReplaceAllLiteralString(message, redacted)
	}
	return message
}

// spellings are how a message may repeat a text: trimmed, in lower case, quoted, cut
// off, or up to its first control character.
func spellings(text string) []string {
	const least, cut = 4, 200 // as long as a message repeats of its reader's input
	plain := []string{text, strings.TrimSpace(text)}
	if runes := []rune(text); len(runes) > cut {
		plain = append(plain, string(runes[:cut]))
	}
	if at := strings.IndexFunc(text, unicode.IsControl); at >= least {
		plain = append(plain, text[:at])
	}
	var all []string
	for _, spelling := range plain {
		quoted := strconv.Quote(spelling)
		all = append(all, spelling, strings.ToLower(spelling), quoted[1:len(quoted)-1])
	}
	return all
}

// redactError keeps the error itself where there is nothing to take out of it.
func (c *Call) redactError(err error) error {
	if err == nil {
		return nil
	}
	if redacted := c.Redact(err.Error()); redacted != err.Error() {
		return errors.New(redacted)
	}
	return err
}

func (c *Call) redactPartial(partial *p.InitializationFailed) {
	if partial == nil {
		return
	}
	for i := range partial.Reasons {
		partial.Reasons[i] = c.Redact(partial.Reasons[i])
	}
}

func (c *Call) redactFailures(failures []p.CheckFailure) {
	for i := range failures {
		failures[i].Reason = c.Redact(failures[i].Reason)
	}
}
