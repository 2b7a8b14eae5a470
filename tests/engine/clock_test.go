package engine

import (
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// The plugin has this machine's clock.
func TestARevokedSecretStaysRevokedWhereThisMachinesClockIsSlow(t *testing.T) {
	t.Parallel()
	p := project(t, enginetest.OneToken("previousClientSecretGrace: 24h"))
	clientID, leaked := credential(t, p, "ci")
	p.Simulator.Advance(90 * time.Minute)
	p.Program(enginetest.OneToken("clientSecretVersion: 2", "previousClientSecretGrace: 0s"))
	p.Must(p.Up()).MustSay(t, "measured by Cloudflare's clock, and the secret stops at once.")

	p.Program(enginetest.OneToken("clientSecretVersion: 2", "previousClientSecretGrace: 24h"))
	p.Must(p.Up("--expect-no-changes"))
	if p.Simulator.Authenticates(clientID, leaked) {
		t.Error("the secret works again")
	}
}

func TestAGraceOfNothingStopsThePreviousSecretWhereThisMachinesClockIsFast(t *testing.T) {
	t.Parallel()
	p := project(t, enginetest.OneToken())
	clientID, leaked := credential(t, p, "ci")
	p.Simulator.Advance(-90 * time.Minute)
	p.Program(enginetest.OneToken("clientSecretVersion: 2", "previousClientSecretGrace: 1h"))
	p.Must(p.Up())
	p.Program(enginetest.OneToken("clientSecretVersion: 2", "previousClientSecretGrace: 0s"))
	p.Must(p.Up()).MustSay(t, "it stops working at once, if it still works")
	if p.Simulator.Authenticates(clientID, leaked) {
		t.Error("the previous secret still works")
	}
	p.ExpectQuiet()
}

func TestAGraceOfNothingStopsThePreviousSecretOfAnImportedToken(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	ends := p.Simulator.Now().Add(5 * time.Hour).UTC().Truncate(time.Second)
	existing := p.Simulator.AddToken(account, cfsim.NewToken{Name: "ci", ClientSecretVersion: 2, PreviousClientSecretExpiresAt: &ends})
	p.Program(importing(existing.ID, "recoverClientSecret: never", "previousClientSecretGrace: 1h"))
	p.Must(p.Up()).MustSay(t, "previousClientSecretGrace has no effect on the previous client secret, since it is not known when it was rotated")
	if end := only(t, p).PreviousClientSecretExpiresAt; !end.Equal(ends) {
		t.Errorf("the end was moved to %s", end)
	}
	p.Program(importing(existing.ID, "recoverClientSecret: never", "previousClientSecretGrace: 0s"))
	p.Must(p.Up()).MustSay(t, "moving the end of the previous client secret from "+ends.Format(time.RFC3339)+" to the time of this run: it stops working at once")
	if end := only(t, p).PreviousClientSecretExpiresAt; end.After(p.Simulator.Now()) {
		t.Errorf("the previous secret works until %s", end)
	}
	p.Must(p.Up("--expect-no-changes"))
}

func TestARotationByAgeIsNotCarriedOutWhereOnlyThisMachinesClockSaysThatItIsDue(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.Simulator.Advance(-2 * time.Hour)
	p.Program(enginetest.OneToken("rotateAfter: 1h", "previousClientSecretGrace: 0s"))
	p.Must(p.Up())
	for range 2 {
		p.Must(p.Up()).MustSay(t, "the client secret is not rotated: by Cloudflare's clock, which differs from this machine's, it is not yet as old as rotateAfter, 1h. Set this machine's clock.")
	}
	if version := only(t, p).ClientSecretVersion; version != 1 {
		t.Errorf("the token is at version %d", version)
	}
}
