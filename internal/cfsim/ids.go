package cfsim

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"regexp"
)

var (
	scopeIDPattern = regexp.MustCompile(`^[0-9a-f]{32}$`)
	// tokenIDPattern also matches the form of the old documentation.
	tokenIDPattern  = regexp.MustCompile(`^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})$`)
	clientIDPattern = regexp.MustCompile(`^[0-9a-f]{32}\.access$`)
	// clientSecretPattern matches today's form and the previous one.
	clientSecretPattern = regexp.MustCompile(`^(cfast_[0-9A-Za-z]{48}|[0-9a-f]{64})$`)
)

// generator makes ids and secrets that look like Cloudflare's and are the same for
// the same seed. They protect nothing.
type generator struct{ random *rand.Rand }

func newGenerator(seed uint64) *generator {
	return &generator{rand.New(rand.NewPCG(seed, 0xcf51))}
}

func (g *generator) hex(characters int) string {
	b := make([]byte, characters/2)
	for i := range b {
		b[i] = byte(g.random.UintN(256))
	}
	return hex.EncodeToString(b)
}

// tokenID is a UUID of version 4.
func (g *generator) tokenID() string {
	h := g.hex(32)
	return fmt.Sprintf("%s-%s-4%s-8%s-%s", h[:8], h[8:12], h[13:16], h[17:20], h[20:])
}

func (g *generator) clientID() string { return g.hex(32) + ".access" }

// clientSecret returns a secret of today's form, which has a prefix, 40 characters
// and a checksum of 8, or of the previous form.
func (g *generator) clientSecret(old bool) string {
	if old {
		return g.hex(64)
	}
	return "cfast_" + g.hex(40) + g.hex(8)
}
