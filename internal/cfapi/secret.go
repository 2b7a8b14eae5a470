package cfapi

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"unicode"
)

const redacted = "[secret]"

// Secret is a value that does not print: every verb of fmt, log/slog and the
// JSON and text encoders show a placeholder, or nothing if it is empty. Only
// [Secret.Reveal] returns the value. Keep it in exported fields: fmt prints
// unexported ones without calling its methods.
type Secret string

// Reveal returns the value itself.
func (s Secret) Reveal() string { return string(s) }

// visible reports whether the value holds no space, line break or control
// character. No credential has one.
func (s Secret) visible() bool {
	return !strings.ContainsFunc(string(s), func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) })
}

// String returns a placeholder.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// Format writes a placeholder, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue returns a placeholder.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText encodes a placeholder.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
