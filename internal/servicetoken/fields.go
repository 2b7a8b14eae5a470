package servicetoken

import (
	"fmt"
	"math"
	"slices"
	"strconv"
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

// rank is the place of an input among the fields; what is none comes last.
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
	if v := m.Get("clientSecretVersion"); v.IsString() {
		if n, err := strconv.ParseFloat(v.AsString(), 64); err == nil {
			m = m.Set("clientSecretVersion", property.New(n))
		}
	}
	in := ReadInputs(m)
	if in.ClientSecretVersion.Value < 1 {
		in.ClientSecretVersion = Input[int]{}
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

// Reader reads a value of the engine, or returns what is wrong with it.
type Reader[T any] func(property.Value) (T, string)

// AsText reads a text.
func AsText(v property.Value) (string, string) {
	if !v.IsString() {
		return "", kind(v) + " is not a string: write a string"
	}
	return v.AsString(), ""
}

// AsBool reads a truth value.
func AsBool(v property.Value) (bool, string) {
	if !v.IsBool() {
		return false, kind(v) + " is not a boolean: write true or false"
	}
	return v.AsBool(), ""
}

// Whole reads a whole number; what names what it counts. Numbers out of the range
// that fit into 32 bits are left to a rule of the input, which says more.
func Whole(what string, least, most int) Reader[int] {
	return func(v property.Value) (int, string) {
		if !v.IsNumber() {
			return 0, fmt.Sprintf("%s is not %s: write a whole number from %d to %d", kind(v), what, least, most)
		}
		n := v.AsNumber()
		switch {
		case n != math.Trunc(n):
			return 0, fmt.Sprintf("%s is not %s: write a whole number from %d to %d", formatNumber(n), what, least, most)
		case n > math.MaxInt32:
			return 0, fmt.Sprintf("%s is too large: write a whole number from %d to %d", formatNumber(n), least, most)
		case n < -math.MaxInt32:
			return 0, fmt.Sprintf("%s is too small: write a whole number from %d to %d", formatNumber(n), least, most)
		}
		return int(n), ""
	}
}

func asDuration(v property.Value) (string, string) {
	s, reason := AsText(v)
	if reason != "" {
		return "", kind(v) + " is not a duration: write a string such as \"8760h\" (a year), or \"forever\""
	}
	return s, ""
}

func asSpan(v property.Value) (Span, string) {
	s, reason := AsText(v)
	if reason != "" {
		return Span{}, kind(v) + " is not a duration: write a string such as \"24h\""
	}
	if err := validateSpan(s); err != nil {
		return Span{}, err.Error()
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return Span{}, err.Error()
	}
	return Span{s, d}, ""
}

// asTime reads a time, to the second. In UTC, as it is sent and stored, the year
// has to have four digits too.
func asTime(v property.Value) (time.Time, string) {
	const form = "write it as RFC 3339, with a time zone, such as \"2027-01-31T12:00:00Z\""
	s, reason := AsText(v)
	if reason != "" {
		return time.Time{}, kind(v) + " is not a time: " + form
	}
	at, err := time.Parse(time.RFC3339, s)
	at = at.UTC().Truncate(time.Second)
	if err != nil || at.Year() < 0 || at.Year() > 9999 {
		return time.Time{}, fmt.Sprintf("%q is not a time: %s", Clip(s), form)
	}
	return at, ""
}

func asRecover(v property.Value) (Recover, string) {
	ways := fmt.Sprintf("write %q, %q or %q", RecoverNever, RecoverImported, RecoverAlways)
	s, reason := AsText(v)
	switch r := Recover(s); {
	case reason != "":
		return "", kind(v) + " is not a value of recoverClientSecret: " + ways
	case r != RecoverNever && r != RecoverImported && r != RecoverAlways:
		return "", fmt.Sprintf("%q is not a value of recoverClientSecret: %s", Clip(s), ways)
	default:
		return r, ""
	}
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

// kind names what a value is, which may be a secret.
func kind(v property.Value) string {
	switch {
	case v.IsString():
		return "a string"
	case v.IsNumber():
		return "a number"
	case v.IsBool():
		return "a boolean"
	case v.IsArray():
		return "a list"
	case v.IsMap():
		return "an object"
	}
	return "this value"
}

// formatNumber writes a whole number as people do, unless it has too many digits.
func formatNumber(n float64) string {
	const readable = 1e15
	if n == math.Trunc(n) && math.Abs(n) < readable {
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	return strconv.FormatFloat(n, 'g', -1, 64)
}
