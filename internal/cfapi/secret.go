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
// [Secret.Reveal] gives the value. Keep it in exported fields: fmt reads
// unexported ones without asking.
type Secret string

// Reveal returns the value itself.
func (s Secret) Reveal() string { return string(s) }

// visible reports whether the value holds no space, line break or control
// character, as is so for every credential. An empty one is visible.
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

// LogValue is a placeholder.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText encodes a placeholder.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
