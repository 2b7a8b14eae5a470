package cfapi

import (
	"crypto/rand"
	"encoding/binary"
	"time"
)

// A creation is marked with a random second of these, sent as the end of a
// previous client secret that a new token does not have: there it does nothing,
// and a listing shows it. It tells this attempt's token from every other one of
// the same name, also from one that another process is creating at the moment.
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

// isMarker tells a marker from a real end of a previous secret, which no token
// has had since before Cloudflare knew any.
func isMarker(t time.Time) bool { return !t.Before(firstMarker) && t.Before(pastMarkers) }
