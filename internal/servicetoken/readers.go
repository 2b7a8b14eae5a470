package servicetoken

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

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
	d, err := parseSpan(s)
	return Span{s, d}, reasonOf(err)
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
