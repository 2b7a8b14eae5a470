package importfile

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/command"
	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/stackexport"
	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// fromCloudflare lists the tokens of an account or a zone.
func fromCloudflare(ctx context.Context, o options, stacks *held, console command.Console) (importFile, error) {
	found, err := command.List(ctx, console, o.scope)
	if err != nil {
		return importFile{}, err
	}
	tokens := slices.DeleteFunc(found[o.scope], func(t cfapi.Token) bool {
		return !strings.Contains(strings.ToLower(t.Name), strings.ToLower(o.nameContains))
	})
	if len(tokens) == 0 && o.nameContains != "" {
		return importFile{}, fmt.Errorf("no service token of %s that the credential may list has %q in its name", o.scope, o.nameContains)
	}
	if len(tokens) == 0 {
		return importFile{}, fmt.Errorf("%s has no service token that the credential may list", o.scope)
	}
	tokens = slices.DeleteFunc(tokens, func(t cfapi.Token) bool { return stacks.has(t.ID, t.Name) })
	if len(tokens) == 0 {
		return importFile{}, errNothingLeft
	}
	for _, t := range tokens {
		if readsAsNoText(t.Name) {
			fmt.Fprintf(console.Stderr, unquoted+"\n", t.Name)
		}
	}
	return listed(o.scope, tokens, stacks.names()), nil
}

// listed is the file for tokens that the provider then reads by itself.
func listed(scope cfapi.Scope, tokens []cfapi.Token, taken []string) importFile {
	// In the order of creation, names stay what they are when tokens are added.
	slices.SortFunc(tokens, func(a, b cfapi.Token) int {
		return cmp.Or(created(a).Compare(created(b)), cmp.Compare(a.ID, b.ID))
	})
	var file importFile
	var called []string
	for _, t := range tokens {
		called = append(called, t.Name)
		file.Resources = append(file.Resources, resource{Type: stackexport.TokenType, ID: command.ResourceID(scope, t.ID)})
	}
	file.name(called, taken)
	return file
}

func created(t cfapi.Token) time.Time {
	if t.CreatedAt == nil {
		return time.Time{}
	}
	return *t.CreatedAt
}
