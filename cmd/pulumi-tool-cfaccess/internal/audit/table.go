package audit

import (
	"fmt"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"

	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/command"
	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/stackexport"
)

// wide is from how many columns on a token takes one line.
const wide = 120

// narrowest is what the lines need at least.
const narrowest = 60

// Table shows the report to people, in lines of so many columns. Only commands and
// single words such as URNs are longer, so that they can be copied.
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

// stacks writes a stack in one line, or in two where there is less room.
func (t *table) stacks(stacks []stackexport.Export) {
	const saved = len("2006-01-02 15:04 UTC")
	label, file := len("STACK"), len("FILE")
	name := func(s stackexport.Export) string {
		if s.Stack == "" {
			return "(empty)"
		}
		return s.Label()
	}
	for _, s := range stacks {
		label, file = max(label, runewidth.StringWidth(name(s))), max(file, runewidth.StringWidth(s.File))
	}
	line := func(stack, at, path string) {
		if label+saved+file+2*len(gap) <= t.columns {
			t.cells("", cell{stack, label}, cell{at, saved}, cell{path, file})
			return
		}
		t.cells("", cell{stack, min(label, t.columns-saved-len(gap))}, cell{at, saved})
		end := runewidth.TruncatePrefix(command.Printable(path), t.columns-len(gap), "…") // which distinguishes files
		t.cells(gap, cell{end, t.columns - len(gap)})
	}
	line("STACK", "SAVED", "FILE")
	for _, s := range stacks {
		line(name(s), s.SavedAt.Format(minute), s.File)
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
				fmt.Fprintf(t, "       %s\n", command.Printable(step.Command))
			}
		}
	}
}

func (t *table) tokens(tokens []Token, stacks int) {
	for i := 0; i < len(tokens); {
		scope := tokens[i].scopes[0]
		fmt.Fprintf(t, "\n%s\n", strings.ToUpper(scope.Kind.Noun())+" "+scope.ID)
		t.token("NAME", "TOKEN", []string{"MANAGED BY"}, "ENABLED", "EXPIRES", "LAST SEEN")
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

// token writes a token in one line, or in two where there is less room. More places
// than one take a line each.
func (t *table) token(name, id string, managedBy []string, enabled, expires, seen string) {
	const uuid, day, yesNo = 36, len("2006-01-02"), len("ENABLED")
	end := []cell{{enabled, yesNo}, {expires, day}, {seen, day}}
	head, at := gap, len(gap)+uuid+len(gap)
	width := t.columns - at
	if t.columns < wide {
		t.cells("", append([]cell{{name, t.columns - yesNo - 2*day - 3*len(gap)}}, end...)...)
		end = nil
	} else {
		rest := t.columns - uuid - yesNo - 2*day - 5*len(gap)
		head, at, width = fitted(name, rest/2)+gap, rest/2+len(gap)+uuid+len(gap), rest-rest/2
	}
	lines := folded(managedBy, width)
	t.cells(head, append([]cell{{id, uuid}, {lines[0], width}}, end...)...)
	for _, line := range lines[1:] {
		t.cells(strings.Repeat(" ", at), cell{line, width})
	}
}

// managedBy says what the stacks have to do with a token, a place each.
func managedBy(t Token, stacks int) (places []string) {
	for _, holder := range t.Holders {
		switch {
		case holder.Status == t.Status && t.Status == Managed:
			places = append(places, holder.export.Label()+": "+stackexport.NameIn(holder.URN))
		case holder.Status == t.Status:
			places = append(places, string(t.Status)+" in "+holder.export.Label())
		}
	}
	switch t.Status {
	case TooNew:
		return []string{"too new: export again"}
	case Unmentioned:
		return []string{inNone(stacks)}
	}
	return places
}

// folded breaks what is longer than a line: between stack and resource, and where that
// is not enough anywhere.
func folded(places []string, width int) (lines []string) {
	for _, place := range places {
		parts := []string{command.Printable(place)}
		if stack, resource, found := strings.Cut(parts[0], ": "); found && runewidth.StringWidth(place) > width {
			parts = []string{stack + ":", gap + resource}
		}
		for _, part := range parts {
			lines = append(lines, strings.Split(runewidth.Wrap(part, width), "\n")...)
		}
	}
	return lines
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
		texts = append(texts, fitted(c.text, c.width))
	}
	t.WriteString(strings.TrimRight(indent+strings.Join(texts, gap), " ") + "\n")
}

// fitted is a text that takes just so many columns.
func fitted(text string, width int) string {
	return runewidth.FillRight(runewidth.Truncate(command.Printable(text), width, "…"), width)
}

// wrapped writes a text behind a head, with as many words a line as have room.
func (t *table) wrapped(head, text string) {
	line, indent := head, strings.Repeat(" ", len(head))
	for word := range strings.FieldsSeq(command.Printable(text)) {
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
