package cfapi

import (
	"crypto/rand"
	"encoding/binary"
	"time"
)

// A creation is marked with a random second between these two, sent as the end of
// a previous client secret. A new token has no previous secret, so this does
// nothing, but listings show it. It distinguishes the token of this attempt from
// every other one of the same name, even from one that another process is creating
// at the same time.
var (
	firstMarker = time.Date(1971, 1, 1, 0, 0, 0, 0, time.UTC)
	pastMarkers = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
)

func newMarker() time.Time {
	var random [8]byte
	_, _ = rand.Read(random[:]) // never fails
	span := uint64(pastMarkers.Sub(firstMarker) / time.Second)
	return firstMarker.Add(time.Duration(binary.BigEndian.Uint64(random[:])%span) * time.Second)
}

// isMarker reports whether a time is a marker. No real end of a previous secret is
// that long ago.
func isMarker(t time.Time) bool { return !t.Before(firstMarker) && t.Before(pastMarkers) }
