package cfapi

import (
	"fmt"
	"testing"
	"time"
)

func TestAMarkIsASecondOfTheDistantPastAndRandom(t *testing.T) {
	t.Parallel()
	for _, resource := range []string{"", "urn:pulumi:dev::app::cfaccess:index:ServiceToken::ci"} {
		const marks = 200
		seen := map[time.Time]bool{}
		for range marks {
			m := NewMarker(resource)
			if !isMarker(m) || m.Year() < 1971 || m.Year() > 2000 || !m.Equal(m.Truncate(time.Second)) {
				t.Fatalf("%v is not a whole second between 1971 and 2000", m)
			}
			seen[m] = true
		}
		if len(seen) < marks-3 { // of 230,000 values, two of these are the same once in a dozen runs
			t.Errorf("%d marks have %d values", marks, len(seen))
		}
	}
}

func TestAMarkIsRecognizedByTheResourceThatItIsFor(t *testing.T) {
	t.Parallel()
	urn := func(n int) string { return fmt.Sprintf("urn:pulumi:dev::app::cfaccess:index:ServiceToken::ci-%d", n) }
	const resources = 500
	others := 0
	for n := range resources {
		m := NewMarker(urn(n))
		if !MarkerIsFor(m, urn(n)) {
			t.Errorf("the mark %v is not recognized", m)
		}
		for _, other := range []string{urn(n + resources), urn(n + 2*resources)} {
			if MarkerIsFor(m, other) {
				others++
			}
		}
		if MarkerIsFor(m, "") {
			t.Error("a mark is recognized by no resource")
		}
	}
	if others > 10 { // a thousand times one in 4096; the resources are always the same
		t.Errorf("%d of %d marks are taken for another resource's", others, 2*resources)
	}
}

// Tokens keep their marks, so what is recognized today has to be for ever.
func TestAMarkOfAnEarlierVersionIsRecognized(t *testing.T) {
	t.Parallel()
	marker := time.Date(1977, 8, 31, 13, 39, 10, 0, time.UTC)
	if !MarkerIsFor(marker, "urn:pulumi:dev::app::cfaccess:index:ServiceToken::ci") {
		t.Errorf("the mark is of %v", NewMarker("urn:pulumi:dev::app::cfaccess:index:ServiceToken::ci"))
	}
}

func TestAMarkForNoResourceIsRandomAsAWhole(t *testing.T) {
	t.Parallel()
	hashes := map[int64]bool{}
	for range 100 {
		hashes[NewMarker("").Sub(firstMarker).Milliseconds()/1000%(1<<hashBits)] = true
	}
	if len(hashes) < 80 {
		t.Errorf("100 marks have %d hashes", len(hashes))
	}
}
