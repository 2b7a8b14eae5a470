package provider

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
)

func TestOfSeveralEntriesOfATokenOneRotatesInARun(t *testing.T) {
	t.Parallel()
	m := newMemory()
	var rotating atomic.Int64
	var entries sync.WaitGroup
	for i := range 100 {
		ctx := withCall(t.Context(), &call{urn: urnOf(t, strconv.Itoa(i))})
		entries.Go(func() {
			if _, twice := m.rotates(ctx, tokenID, true); !twice {
				rotating.Add(1)
			}
		})
	}
	entries.Wait()
	if n := rotating.Load(); n != 1 {
		t.Errorf("%d rotate", n)
	}
}

func TestAnEntryThatFindsTheTokenAheadLeavesTheRotationToAnother(t *testing.T) {
	t.Parallel()
	m := newMemory()
	first, second := withCall(t.Context(), &call{urn: urnOf(t, "first")}), withCall(t.Context(), &call{urn: urnOf(t, "second")})
	if _, twice := m.rotates(first, tokenID, false); twice {
		t.Error("nobody rotates it")
	}
	if _, twice := m.rotates(second, tokenID, true); twice {
		t.Error("the first does not rotate it")
	}
	if other, twice := m.rotates(first, tokenID, true); !twice || other != callFrom(second).urn.Name() {
		t.Errorf("the other is %q", other)
	}
	if _, twice := m.rotates(second, tokenID, true); twice {
		t.Error("an entry is taken for another one")
	}
}
