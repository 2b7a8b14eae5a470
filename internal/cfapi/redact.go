package cfapi

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// secretShapes matches client secrets in their old form (64 hexadecimal
// characters) and their new one, and passwords in URLs, such as a proxy's.
var secretShapes = regexp.MustCompile(`cfast_[0-9A-Za-z_-]+|[0-9A-Fa-f]{64,}|//[^/\s"@]+@`)

// redactor makes text of others fit for a message. It knows the client's own
// credentials, in case an answer echoes them.
type redactor struct{ credentials *strings.Replacer }

func newRedactor(credentials ...Secret) *redactor {
	var pairs []string
	for _, c := range credentials {
		if c != "" {
			pairs = append(pairs, c.Reveal(), redacted)
		}
	}
	return &redactor{credentials: strings.NewReplacer(pairs...)}
}

// clean returns text on one line, without secrets, and cut.
func (r *redactor) clean(text string) string {
	const longest = 400
	text = strings.Map(func(c rune) rune {
		if unicode.IsPrint(c) {
			return c
		}
		return ' '
	}, text)
	text = r.credentials.Replace(strings.Join(strings.Fields(text), " "))
	text = secretShapes.ReplaceAllStringFunc(text, func(match string) string {
		if strings.HasPrefix(match, "//") {
			return "//" + redacted + "@"
		}
		return redacted
	})
	if utf8.RuneCountInString(text) > longest {
		text = string([]rune(text)[:longest]) + "…"
	}
	return text
}
