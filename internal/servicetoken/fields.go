package servicetoken

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// fields are the inputs of the resource: where each is kept, how it is read from
// the engine's value, and what it has to be.
var fields = []field{
	row("accountId", func(in *Inputs) *Input[string] { return &in.AccountID }, AsText, scopeID("accountId")),
	row("zoneId", func(in *Inputs) *Input[string] { return &in.ZoneID }, AsText, scopeID("zoneId")),
	row("name", func(in *Inputs) *Input[string] { return &in.Name }, AsText, notBlank),
	row("duration", func(in *Inputs) *Input[string] { return &in.Duration }, asDuration, aDuration),
	row("enabled", func(in *Inputs) *Input[bool] { return &in.Enabled }, AsBool),
	row("clientSecretVersion", func(in *Inputs) *Input[int] { return &in.ClientSecretVersion }, Whole("a version", 1, math.MaxInt32), fromOne),
	row("previousClientSecretExpiresAt", func(in *Inputs) *Input[time.Time] { return &in.PreviousClientSecretExpiresAt }, asTime),
	row("previousClientSecretGrace", func(in *Inputs) *Input[Span] { return &in.PreviousClientSecretGrace }, asSpan),
	row("rotateAfter", func(in *Inputs) *Input[Span] { return &in.RotateAfter }, asSpan),
	row("minDaysForRenewal", func(in *Inputs) *Input[int] { return &in.MinDaysForRenewal }, Whole("a number of days", 0, MaxDays), daysInRange),
	row("recoverClientSecret", func(in *Inputs) *Input[Recover] { return &in.RecoverClientSecret }, asRecover),
}

// Failure says what is wrong with a property, and what to write instead.
type Failure struct{ Property, Reason string }

// field is one input, whatever its type.
type field struct {
	name string
	// read reads a value that is there, and returns what is wrong with it.
	read func(*Inputs, property.Value) string
	// judge returns what is wrong with a value that could be read.
	judge func(*Inputs) string
	// unknown reports whether the value is not known yet.
	unknown func(*Inputs) bool
}

func row[T any](name string, at func(*Inputs) *Input[T], read Reader[T], rules ...func(T) string) field {
	return field{
		name: name,
		read: func(in *Inputs, v property.Value) string {
			if v.IsComputed() {
				*at(in) = Input[T]{Unknown: true}
				return ""
			}
			value, reason := read(v)
			if reason == "" {
				*at(in) = Known(value)
			}
			return reason
		},
		judge: func(in *Inputs) string {
			if value := *at(in); value.Known {
				for _, rule := range rules {
					if reason := rule(value.Value); reason != "" {
						return reason
					}
				}
			}
			return ""
		},
		unknown: func(in *Inputs) bool { return at(in).Unknown },
	}
}

// IsInput reports whether the resource has an input of this name.
func IsInput(name string) bool { return rank(name) < len(fields) }

// IsReadable reports whether the resource has an input of this name that can have this
// value.
func IsReadable(name string, value property.Value) bool {
	return IsInput(name) && fields[rank(name)].read(new(Inputs), value) == ""
}

// InputNames are the names of the resource's inputs.
func InputNames() []string {
	var names []string
	for _, f := range fields {
		names = append(names, f.name)
	}
	return names
}

// rank is the place of an input among the fields; unknown names come last.
func rank(name string) int {
	if i := slices.IndexFunc(fields, func(f field) bool { return f.name == name }); i >= 0 {
		return i
	}
	return len(fields)
}

// ReadInputs reads what a program says. What cannot be read is absent; see [Check].
func ReadInputs(m property.Map) Inputs {
	in, _ := read(m)
	return in
}

// read also returns what is wrong with the values that cannot be read.
func read(m property.Map) (Inputs, []Failure) {
	var in Inputs
	var failures []Failure
	for _, f := range fields {
		value, ok := m.GetOk(f.name)
		if !ok || value.IsNull() {
			continue
		}
		if reason := f.read(&in, value); reason != "" {
			failures = append(failures, Failure{f.name, reason})
		}
	}
	return in, failures
}

// ReadLast reads what a program said in the last run, perhaps to the cloudflare
// provider, which also takes the text of a number. What cannot be read is absent.
func ReadLast(m property.Map) Inputs {
	in := ReadInputs(m)
	in.ClientSecretVersion = Input[int]{}
	if version := foreignVersion(m, "clientSecretVersion"); version != nil {
		in.ClientSecretVersion = Known(*version)
	}
	return in
}

// unknownNames are the inputs whose value is not known yet.
func (in Inputs) unknownNames() []string {
	var names []string
	for _, f := range fields {
		if f.unknown(&in) {
			names = append(names, f.name)
		}
	}
	return names
}

func scopeID(input string) func(string) string {
	return func(id string) string { return CheckScopeID(input, id) }
}

func notBlank(s string) string {
	if strings.TrimSpace(s) == "" {
		return "the name is empty: write what the dashboard should show, such as \"ci\""
	}
	return ""
}

// longestName is Cloudflare's own limit.
const longestName = 350

// newName refuses a name that Cloudflare would refuse or change, or that shows
// otherwise in the dashboard, mostly with the end of a line that was read from a file.
func newName(name string) string {
	at := strings.IndexFunc(name, unicode.IsControl)
	switch length := utf8.RuneCountInString(name); {
	case strings.TrimSpace(name) == "":
		return "" // refused as such
	case at >= 0:
		r, _ := utf8.DecodeRuneInString(name[at:])
		return fmt.Sprintf("the name contains the control character %U after %q: write it without", r, Clip(name[:at]))
	case name != strings.TrimSpace(name):
		return fmt.Sprintf("the name begins or ends with a space: write %q", Clip(strings.TrimSpace(name)))
	case length > longestName:
		return fmt.Sprintf("the name has %d characters, and Cloudflare allows %d: write a shorter one", length, longestName)
	}
	return ""
}

func aDuration(s string) string { return reasonOf(validateDuration(s)) }

func fromOne(n int) string {
	if n < 1 {
		return fmt.Sprintf("%d is below 1: write a whole number from 1. A number above the token's version rotates its client secret", n)
	}
	return ""
}

func daysInRange(n int) string { return reasonOf(ValidateDays(n)) }

func reasonOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
