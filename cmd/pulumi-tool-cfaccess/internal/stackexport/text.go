package stackexport

import "strings"

// text is all that an export says, for looking up ids in it. Ids are compared in lower
// case and without hyphens.
type text struct {
	// ids are the runs of hexadecimal digits as long as an id, and whole all of it.
	ids   map[string]bool
	whole string
}

// idLength is how many hexadecimal digits an id has.
const idLength = 32

// textOf collects the texts of a JSON document, keys included.
func textOf(document any) text {
	var all strings.Builder
	collect(document, &all)
	t := text{ids: map[string]bool{}, whole: normal(all.String())}
	run := 0
	for i := range len(t.whole) {
		if !isHex(t.whole[i]) {
			run = 0
			continue
		}
		if run++; run >= idLength {
			t.ids[t.whole[i+1-idLength:i+1]] = true
		}
	}
	return t
}

func collect(value any, into *strings.Builder) {
	switch value := value.(type) {
	case string:
		into.WriteString(value)
		into.WriteByte('\n')
	case []any:
		for _, inner := range value {
			collect(inner, into)
		}
	case map[string]any:
		for key, inner := range value {
			collect(key, into)
			collect(inner, into)
		}
	}
}

// mentions reports whether an id of a token, or a client id, stands anywhere.
func (t text) mentions(id string) bool {
	id = normal(id)
	if id == "" {
		return false
	}
	if len(id) >= idLength && strings.IndexFunc(id[:idLength], func(r rune) bool { return !isHex(byte(r)) }) < 0 {
		return t.ids[id[:idLength]]
	}
	return strings.Contains(t.whole, id)
}

func normal(id string) string { return strings.ToLower(strings.ReplaceAll(id, "-", "")) }

func isHex(b byte) bool { return '0' <= b && b <= '9' || 'a' <= b && b <= 'f' }
