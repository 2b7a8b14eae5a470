package engine

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// Lives in which something fails and the engine goes on, as --continue-on-error
// says so: it then deletes what the program no longer registers. The programs
// are inline ones, since one in YAML ends with the first resource that fails.

const goOn = "--continue-on-error"

// inlineToken is a token of an inline program.
type inlineToken struct {
	name    string
	more    pulumi.Map
	options []pulumi.ResourceOption
}

// of is a program of these tokens.
func of(tokens ...inlineToken) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		for _, token := range tokens {
			if err := register(ctx, token.name, token.more, token.options...); err != nil {
				return err
			}
		}
		return nil
	}
}

// imported is the token under its second name.
func imported(id string, more pulumi.Map, options ...pulumi.ResourceOption) inlineToken {
	return inlineToken{"ci-new", more, append(options, imports(id))}
}

// twiceInline is a life in which ci, which holds the secret, and ci-new, by an
// import, stand for one token.
func twiceInline(t *testing.T) (l *life, id string) {
	t.Helper()
	l = newLife(t)
	l.Inline(of(inlineToken{name: "ci"}))
	l.ok(l.Up())
	id = l.tokenOf("ci")
	l.Inline(of(inlineToken{name: "ci"}, imported(id, nil)))
	l.ok(l.Up())
	l.Simulator.ResetRequests()
	return l, id
}

// refused is an operation that Cloudflare refuses until the faults are cleared.
func refused(operation string) cfsim.Fault {
	return cfsim.Fault{Operation: operation, Kind: cfsim.StatusBefore, Status: 403, Code: 10000, Times: -1}
}

func TestARenameWhoseImportFailsKeepsTheToken(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	l.Inline(of(inlineToken{name: "ci"}))
	l.ok(l.Up())
	id := l.tokenOf("ci")
	l.Inline(of(imported(id, nil)))
	l.Simulator.Inject(refused("get"))
	// Not the failed import's error alone: the old entry's Delete fails, too.
	l.fails(l.Up(goOn), "its import as ci-new failed", "pulumi up")
	l.expectEntries("ci")
	l.expectLive(id)
	l.expectDeletes(0)
	l.expectCurrent("ci")

	l.Simulator.ClearFaults()
	l.refuses(l.Up(goOn), "ci-new")
	l.expectBothKept(id)
	l.ended(1)
}

// A token that is gone is no reason to keep the old entry.
func TestARenameByImportOfATokenThatIsGoneDropsTheOldEntry(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	l.Inline(of(inlineToken{name: "ci"}))
	l.ok(l.Up())
	id := l.tokenOf("ci")
	l.Simulator.DeleteToken(id)
	l.Inline(of(imported(id, nil)))
	l.fails(l.Up(goOn), "does not exist")
	l.expectEntries()
	l.expectLive()
}

// An entry whose replacement fails lives on.
func TestAReplacementThatFailsKeepsTheTokenOfTheOtherEntry(t *testing.T) {
	t.Parallel()
	l, id := twiceInline(t)
	l.Inline(of(imported(id, nil, pulumi.ReplaceOnChanges([]string{"enabled"}))))
	l.refuses(l.Up(), "ci-new")
	// An import option does not go with a replacement.
	l.Inline(of(inlineToken{"ci-new", pulumi.Map{"enabled": pulumi.Bool(false)}, []pulumi.ResourceOption{pulumi.ReplaceOnChanges([]string{"enabled"})}}))
	l.Simulator.Inject(refused("create"))
	l.refuses(l.Up(goOn), "ci-new")
	l.expectBothKept(id)
	l.expectCurrent("ci")
	l.Simulator.ClearFaults()
	l.ended(1)
}

// So does one whose rotation fails, without a secret.
func TestARotationThatFailsKeepsTheSecretOfTheOtherEntry(t *testing.T) {
	t.Parallel()
	l, id := twiceInline(t)
	l.Inline(of(imported(id, pulumi.Map{"clientSecretVersion": pulumi.Int(2)})))
	l.Simulator.Inject(refused("update"))
	l.refuses(l.Up(goOn), "ci-new")
	l.expectBothKept(id)
	l.expectCurrent("ci")
	l.Simulator.ClearFaults()
	l.ended(1)
}
