package cfapi

import (
	"errors"
	"testing"
)

func TestAnUnresolvedErrorSaysWhatFailedAndWhatMayBeLeft(t *testing.T) {
	t.Parallel()
	creation, listing := errors.New("POST x: lost"), errors.New("GET x: refused")
	for want, err := range map[string]*UnresolvedError{
		"POST x: lost; a token may be left behind: stopped: GET x: refused; it may be a or b": {Err: creation, Look: listing, Why: "stopped", Candidates: []string{"a", "b"}},
		"POST x: lost; a token may be left behind: stopped":                                   {Err: creation, Why: "stopped"},
		"a token may be left behind: stopped":                                                 {Why: "stopped"},
	} {
		if got := err.Error(); got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
		if errors.Is(err, creation) != (err.Err != nil) || errors.Is(err, listing) != (err.Look != nil) {
			t.Errorf("%q does not lead to its causes", want)
		}
	}
}
