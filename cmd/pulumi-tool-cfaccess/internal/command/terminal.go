package command

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
)

// isSafe reports whether a character does nothing to a terminal but take its place:
// control characters do, and those that change the direction of text. The joiners are
// part of the spelling of some scripts, and of emoji.
func isSafe(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	return unicode.IsGraphic(r) || r == nonJoiner || r == joiner
}

// Printable replaces what would do something to a terminal: names are anybody's.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		if isSafe(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}

// Escaped writes such characters of a JSON document as escapes. The document says the
// same.
func Escaped(document string) string {
	var b strings.Builder
	for _, r := range document {
		switch {
		case r == '\n' || isSafe(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
