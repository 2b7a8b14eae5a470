package engine

import (
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Moving a resource into a component, and out of it, changes its URN as a rename
// does. Its name stays.

// placed is a program of one token, ci, in a component or at the top level.
func placed(inComponent bool, more pulumi.Map, options ...pulumi.ResourceOption) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		if !inComponent {
			return register(ctx, "ci", more, options...)
		}
		var component pulumi.ResourceState
		if err := ctx.RegisterComponentResource("enginetest:index:Component", "component", &component); err != nil {
			return err
		}
		return register(ctx, "ci", more, append(slices.Clone(options), pulumi.Parent(&component))...)
	}
}

// movedByImport is a life in which ci was to be moved by an import, out of the component
// or into it: both entries are in the stack.
func movedByImport(t *testing.T, from bool) (l *life, id string) {
	t.Helper()
	l = newLife(t)
	l.Inline(placed(from, nil))
	l.ok(l.Up())
	id = only(t, l.Project).ID
	l.Inline(placed(!from, nil, imports(id)))
	l.refuses(l.Up(), "ci")
	l.expectEntries("ci", "ci")
	l.expectLive(id)
	l.expectDeletes(0)
	return l, id
}

func TestTheWayOutThatKeepsTheSecretMoves(t *testing.T) {
	t.Parallel()
	l, id := movedByImport(t, false)
	l.Inline(placed(false, nil))
	l.ok(l.Up())
	l.Inline(placed(true, nil, pulumi.Aliases([]pulumi.Alias{{NoParent: pulumi.Bool(true)}})))
	l.ok(l.Up())
	l.expectEntries("ci")
	l.expectLive(id)
	l.expectDeletes(0)
	l.expectCurrent("ci")
	l.ended(1)
}

func TestTheWayOutThatTakesANewSecretMoves(t *testing.T) {
	t.Parallel()
	l, id := movedByImport(t, true)
	recovering := pulumi.Map{"recoverClientSecret": pulumi.String("imported")}
	l.Inline(placed(false, recovering, imports(id)))
	l.ok(l.Up())
	l.expectEntries("ci")
	l.expectLive(id)
	l.expectDeletes(0)
	l.expectCurrent("ci")
	l.ended(1)
}

// Without an alias or an import the engine makes another token, and deletes the
// old one: that is no rename.
func TestAMoveWithoutAnAliasReplacesTheToken(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	l.Inline(placed(false, nil))
	l.ok(l.Up())
	old := only(t, l.Project).ID
	l.Inline(placed(true, nil))
	l.ok(l.Up())
	if only(t, l.Project).ID == old {
		t.Error("the old token lives")
	}
	l.expectDeletes(1)
	l.expectCurrent("ci")
	l.ended(1)
}
