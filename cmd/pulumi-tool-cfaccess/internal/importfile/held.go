package importfile

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/command"
	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/stackexport"
)

// held leaves out what stacks manage already, under whatever name. Imported again, a
// token would have two entries, and Pulumi deletes by entry.
type held struct {
	exports []stackexport.Export
	// leftOut are the tokens of each export, as a message names them, and noted their
	// ids: a Terraform state may have a token twice.
	leftOut [][]string
	noted   map[string]bool
}

func newHeld(exports []stackexport.Export) *held {
	return &held{exports, make([][]string, len(exports)), map[string]bool{}}
}

var errNothingLeft = errors.New("nothing is left to import: the stacks already manage all these tokens")

// has reports whether a stack manages a token, and notes the first that does.
func (h *held) has(tokenID, called string) bool {
	for i, export := range h.exports {
		var names []string
		for _, entry := range export.Of(tokenID) {
			if entry.Manages() {
				names = append(names, stackexport.NameIn(entry.URN))
			}
		}
		if len(names) == 0 {
			continue
		}
		if as := strings.Join(names, ", "); as != called {
			called += " (as " + as + ")"
		}
		if !h.noted[tokenID] {
			h.noted[tokenID] = true
			h.leftOut[i] = append(h.leftOut[i], called)
		}
		return true
	}
	return false
}

// say names the tokens that were left out, a stack at a time.
func (h *held) say(notes io.Writer) {
	const enough = 10
	for i, tokens := range h.leftOut {
		if len(tokens) == 0 {
			continue
		}
		list := strings.Join(tokens[:min(enough, len(tokens))], ", ")
		if more := len(tokens) - enough; more > 0 {
			list += fmt.Sprintf(" and %d more", more)
		}
		fmt.Fprintln(notes, command.Printable(fmt.Sprintf("Left out %s that %s already manages: %s.",
			command.Count(len(tokens), "token"), h.exports[i].Label(), list)))
	}
}

// names are those of the stacks' tokens, under which nothing else can be imported.
func (h *held) names() (names []string) {
	for _, export := range h.exports {
		for _, entry := range export.Entries {
			if entry.Type == stackexport.TokenType {
				names = append(names, stackexport.NameIn(entry.URN))
			}
		}
	}
	return names
}
