package command

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestProgressIsSaidAtATerminalAndAfterASecond(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		watched bool
		takes   time.Duration
		want    string
	}{
		"what is done in less":   {true, patience - time.Millisecond, ""},
		"what takes longer":      {true, patience + time.Millisecond, "Waiting.\nDone.\n"},
		"where nobody's looking": {false, time.Minute, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var out strings.Builder
				p := NewProgress(Console{Stderr: &out, Watched: test.watched})
				p.Say("Listing.")
				p.Say("Waiting.")
				time.Sleep(test.takes)
				synctest.Wait()
				p.Say("Done.")
				p.Stop()
				time.Sleep(time.Hour)
				if out.String() != test.want {
					t.Errorf("said %q, want %q", out.String(), test.want)
				}
			})
		})
	}
}
