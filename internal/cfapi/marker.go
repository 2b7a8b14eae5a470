package cfapi

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// A creation is marked with a second between these two, sent as the end of a previous
// client secret. A new token has no previous secret, so this does nothing, but
// listings show it. It distinguishes the token of this attempt from every other one of
// the same name, even from one that another process is creating at the same time.
//
// The second is random but for its lowest bits, which are a hash of what the token is
// made for. From the hash an audit recognizes the token of a creation that was killed.
// These numbers must stay: tokens keep their marks.
var (
	firstMarker = time.Date(1971, 1, 1, 0, 0, 0, 0, time.UTC)
	pastMarkers = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
)

// hashBits is how many bits of a mark are a hash. The rest has 230,000 values.
const hashBits = 12

// NewMarker returns the mark of an attempt to make a token for a resource. Without a
// resource, it is random as a whole.
func NewMarker(resource string) time.Time {
	var random [10]byte
	_, _ = rand.Read(random[:]) // never fails
	hash := uint64(binary.BigEndian.Uint16(random[8:])) >> (16 - hashBits)
	if resource != "" {
		hash = hashOf(resource)
	}
	rest := uint64(pastMarkers.Sub(firstMarker)/time.Second) >> hashBits
	second := binary.BigEndian.Uint64(random[:8])%rest<<hashBits | hash
	return firstMarker.Add(time.Duration(second) * time.Second)
}

// MarkerIsFor reports whether a mark may be that of an attempt to make a token for a
// resource. One in 4096 of other marks looks like it.
func MarkerIsFor(marker time.Time, resource string) bool {
	second := uint64(marker.Sub(firstMarker) / time.Second)
	return resource != "" && second&(1<<hashBits-1) == hashOf(resource)
}

func hashOf(resource string) uint64 {
	sum := sha256.Sum256([]byte(resource))
	return uint64(binary.BigEndian.Uint16(sum[:2])) >> (16 - hashBits)
}

// isMarker reports whether a time is a marker. No real end of a previous secret is
// that long ago.
func isMarker(t time.Time) bool { return !t.Before(firstMarker) && t.Before(pastMarkers) }
