package audit

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/mattn/go-runewidth"

	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/command"
)

// wide is from how many columns on a token takes one line.
const wide = 120

// narrowest is what the lines need at least.
const narrowest = 60

// Table shows the report to people, in lines of so many columns. Only commands are
// longer, so that they can be copied.
func (r Report) Table(columns int) string {
	t := table{columns: max(columns, narrowest)}
	t.stacks(r.Stacks)
	t.findings(r.Findings)
	t.tokens(r.Tokens, len(r.Stacks))
	for _, remark := range r.Remarks {
		t.WriteByte('\n')
		t.wrapped("", "Note: "+remark)
	}
	return t.String()
}

type table struct {
	strings.Builder
	columns int
}

func (t *table) stacks(stacks []Export) {
	const saved = len("2006-01-02 15:04 UTC")
	name := 0
	for _, s := range stacks {
		name = max(name, runewidth.StringWidth(s.Label()))
	}
	name = min(name, t.columns/2)
	t.cells("", cell{"STACK", name}, cell{"SAVED", saved}, cell{"FILE", t.columns - name - saved - 2*len(gap)})
	for _, s := range stacks {
		t.cells("", cell{s.Label(), name}, cell{s.SavedAt.Format(minute), saved}, cell{s.File, t.columns - name - saved - 2*len(gap)})
	}
}

func (t *table) findings(findings []Finding) {
	fmt.Fprintf(t, "\n%s\n", strings.ToUpper(command.Count(len(findings), "finding")))
	for i, f := range findings {
		t.WriteByte('\n')
		t.wrapped(fmt.Sprintf("%d. ", i+1), f.Text)
		for _, step := range f.Advice {
			t.wrapped("   - ", step.Text)
			if step.Command != "" {
				fmt.Fprintf(t, "       %s\n", printable(step.Command))
			}
		}
	}
}

func (t *table) tokens(tokens []Token, stacks int) {
	for i := 0; i < len(tokens); {
		scope := tokens[i].scopes[0]
		fmt.Fprintf(t, "\n%s\n", strings.ToUpper(scope.Kind.Noun())+" "+scope.ID)
		t.token("NAME", "TOKEN", "MANAGED BY", "ENABLED", "EXPIRES", "LAST SEEN")
		for ; i < len(tokens) && tokens[i].scopes[0] == scope; i++ {
			one := tokens[i]
			t.token(one.Name, one.ID, managedBy(one, stacks), map[bool]string{true: "yes", false: "no"}[one.Enabled],
				date(one.ExpiresAt), date(one.LastSeenAt))
		}
	}
	if len(tokens) == 0 {
		t.WriteByte('\n')
		t.wrapped("", "There are no tokens that the credential may list.")
	}
}

// token writes a token in one line, or in two where there is less room.
func (t *table) token(name, id, managedBy, enabled, expires, seen string) {
	const uuid, day, yesNo = 36, len("2006-01-02"), len("ENABLED")
	end := []cell{{enabled, yesNo}, {expires, day}, {seen, day}}
	if t.columns < wide {
		t.cells("", append([]cell{{name, t.columns - yesNo - 2*day - 3*len(gap)}}, end...)...)
		t.cells(gap, cell{id, uuid}, cell{managedBy, t.columns - uuid - 2*len(gap)})
		return
	}
	rest := t.columns - uuid - yesNo - 2*day - 5*len(gap)
	t.cells("", append([]cell{{name, rest / 2}, {id, uuid}, {managedBy, rest - rest/2}}, end...)...)
}

// managedBy says what the stacks have to do with a token.
func managedBy(t Token, stacks int) string {
	var parts []string
	for _, holder := range t.Holders {
		switch {
		case holder.Status == t.Status && t.Status == Managed:
			parts = append(parts, holder.export.Label()+": "+nameIn(holder.URN))
		case holder.Status == t.Status:
			parts = append(parts, string(t.Status)+" in "+holder.export.Label())
		}
	}
	switch t.Status {
	case TooNew:
		return "too new: export again"
	case Unmentioned:
		return inNone(stacks)
	}
	return strings.Join(parts, ", ")
}

func date(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return t.Format(time.DateOnly)
}

const gap = "  "

// cell is a text and the columns that it has.
type cell struct {
	text  string
	width int
}

func (t *table) cells(indent string, cells ...cell) {
	var texts []string
	for _, c := range cells {
		texts = append(texts, runewidth.FillRight(runewidth.Truncate(printable(c.text), c.width, "…"), c.width))
	}
	t.WriteString(strings.TrimRight(indent+strings.Join(texts, gap), " ") + "\n")
}

// wrapped writes a text behind a head, with as many words a line as have room.
func (t *table) wrapped(head, text string) {
	line, indent := head, strings.Repeat(" ", len(head))
	for word := range strings.FieldsSeq(printable(text)) {
		if line != head && line != indent && runewidth.StringWidth(line)+1+runewidth.StringWidth(word) > t.columns {
			t.WriteString(line + "\n")
			line = indent
		}
		if line != head && line != indent {
			line += " "
		}
		line += word
	}
	t.WriteString(line + "\n")
}

// printable replaces what would do something to a terminal: names are anybody's.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}
