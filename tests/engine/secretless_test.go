package engine

import (
	"slices"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// No document lists a client secret in the answer to the update that rotates one.
// These are the lives of a token where there is none.

const (
	completed = "rotate previous_client_secret_expires_at"
	urnOfCI   = "urn:pulumi:" + enginetest.Stack + "::" + enginetest.Name + "::cfaccess:index:ServiceToken::ci"
	replaceIt = "To get a new secret, replace the token"
)

// secretless is a project whose program has just asked for a rotation, of a token of
// a scope, where an update returns no client secret.
func secretless(t *testing.T, scope, why, grace string, behaviour cfsim.Behaviour) *enginetest.Project {
	t.Helper()
	config := cfsim.Config{Behaviour: behaviour}
	config.Behaviour.PutReturnsNoSecret = true
	p := enginetest.New(t, config)
	p.FollowSimulator()
	place := inAccount
	if scope == zone {
		place = inZone
	}
	program := func(properties ...string) string {
		if grace != "" {
			properties = append(properties, "previousClientSecretGrace: "+grace)
		}
		return named("ci", append([]string{place, "name: ci", "duration: 8760h"}, properties...)...)
	}
	switch why {
	case "version":
		p.Program(program("clientSecretVersion: 1"))
		p.Must(p.Up())
		p.Program(program("clientSecretVersion: 2"))
	case "age":
		p.Program(program("rotateAfter: 720h"))
		p.Must(p.Up())
		p.Simulator.Advance(31 * day)
	case "recovery":
		id := p.Simulator.AddToken(scope, cfsim.NewToken{Name: "ci"}).ID
		if prefix := cfsim.DefaultAccountID + "/"; scope == account {
			id = prefix + id
		} else {
			id = scope + "/" + id
		}
		p.Must(p.Import("ci", id))
		p.Program(program("recoverClientSecret: always"))
	}
	p.Simulator.ResetRequests()
	return p
}

func TestARotationThatReturnsNoSecretIsCompletedInAnAccount(t *testing.T) {
	t.Parallel()
	const completing = "completing the rotation whose answer was lost, or contained no client secret"
	for name, test := range map[string]struct {
		why, grace string
		behaviour  cfsim.Behaviour
		// says is the preview's reason of the next `up`, which completes the rotation
		// where the previous secret has a grace.
		says    string
		version int
	}{
		"by version, which no rotate shows":    {why: "version", behaviour: cfsim.Behaviour{OmitVersionIn: []string{"rotate"}}, version: 3},
		"by age, with the grace of a day":      {why: "age", says: completing, version: 3},
		"by recovery, with the grace of a day": {why: "recovery", behaviour: cfsim.Behaviour{RotateKeepsVersion: true}, says: completing, version: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := secretless(t, account, test.why, test.grace, test.behaviour)
			requests := []string{"get", rotated, completed}
			_, up := p.Announced("ci")
			if test.says != "" {
				p.MustFail(up, "Cloudflare rotated it and returned no client secret", "Run `pulumi up` again: it rotates once more, by the call that returns the secret")
				p.ExpectRequests("get", rotated)
				if test.why != "recovery" {
					up.MustSay(t, "The stored one works until ")
					p.ExpectWorking("ci")
				}
				requests = []string{"get", completed}
				var preview enginetest.Result
				preview, up = p.Announced("ci", newest(p))
				preview.MustSay(t, test.says, "which would have worked until ", "stops working at once")
			}
			p.Must(up)
			if test.behaviour.OmitVersionIn != nil {
				requests = append(requests, "get") // which shows it
			}
			p.ExpectRequests(requests...)
			p.ExpectWorking("ci")
			if got := only(t, p).ClientSecretVersion; got != test.version {
				t.Errorf("the token is at version %d, want %d", got, test.version)
			}
			for range 2 {
				p.Must(p.Up("--expect-no-changes"))
				p.ExpectRequests()
			}
			p.ExpectQuiet()
		})
	}
}

func TestTheNextRotationIsByTheCallThatReturnsTheSecret(t *testing.T) {
	t.Parallel()
	p := secretless(t, account, "version", "", cfsim.Behaviour{})
	p.Must(p.Up())
	p.Simulator.ResetRequests()
	clientID, previous := credential(t, p, "ci")
	p.Program(enginetest.OneToken("duration: 8760h", "clientSecretVersion: 4", "previousClientSecretGrace: 24h"))
	p.Must(p.Up())
	p.ExpectRequests("get", completed)
	p.ExpectWorking("ci")
	if !p.Simulator.Authenticates(clientID, previous) {
		t.Error("the previous secret stopped before its grace was over")
	}
	p.Must(p.Up("--expect-no-changes"))
	p.ExpectRequests()
}

func TestInAZoneARotationThatReturnsNoSecretIsNotRepeated(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		why, grace, lasts string
		// wayOut is followed at the end.
		wayOut string
	}{
		"by version, with a grace, replaced": {"version", "48h", "48h", "replace"},
		"by age, moved to the account":       {"age", "", "24h", "move"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := secretless(t, zone, test.why, test.grace, cfsim.Behaviour{})
			_, up := p.Announced("ci")
			p.MustFail(up, "Cloudflare rotated it and returned no client secret", replaceIt, "move a zone's token to its account")
			p.ExpectRequests("get", rotated)
			lasts, _ := time.ParseDuration(test.lasts)
			expectStoredFor(t, p, lasts, test.why != "recovery")
			for range 2 {
				_, up = p.Announced("ci")
				up.MustSay(t, "Cloudflare returns no client secret when it rotates this token", replaceIt)
				if test.why == "version" {
					p.MustFail(up, "clientSecretVersion: 2 requests a rotation", "write 1 again")
				} else {
					p.Must(up)
				}
				p.ExpectRequests()
			}
			follow(t, p, test.wayOut)
			p.ExpectWorking("ci")
			p.Must(p.Up("--expect-no-changes"))
		})
	}
}

// expectStoredFor fails unless the stored secret works until a grace is over, and
// no longer.
func expectStoredFor(t *testing.T, p *enginetest.Project, grace time.Duration, held bool) {
	t.Helper()
	clientID, secret := credential(t, p, "ci")
	if !held {
		if secret != "" {
			t.Error("the stack holds a secret that it did not receive")
		}
		return
	}
	if got := p.Simulator.Authenticates(clientID, secret); got != (grace > 0) {
		t.Errorf("the stored secret works: %t", got)
	}
	p.Simulator.Advance(grace + time.Second)
	if p.Simulator.Authenticates(clientID, secret) {
		t.Error("the stored secret works after its grace")
	}
}

// newest is the client secret that was issued last.
func newest(p *enginetest.Project) string {
	issued := p.Simulator.IssuedSecrets()
	return issued[len(issued)-1]
}

// follow takes one of the two ways that the error names.
func follow(t *testing.T, p *enginetest.Project, way string) {
	t.Helper()
	p.Simulator.ResetRequests()
	if way == "move" {
		p.Program(enginetest.OneToken("duration: 8760h"))
		p.Must(p.Up()).ExpectOps(t, map[string]string{"ci": "replace"})
	} else {
		p.Must(p.Up("--replace", urnOfCI))
	}
	var got []string
	for _, request := range p.Simulator.Requests() {
		got = append(got, request.Operation)
	}
	if !slices.Equal(got, []string{"create", "delete"}) {
		t.Errorf("Cloudflare was asked %q", got)
	}
	p.Simulator.ResetRequests()
}

func TestWhereNothingReturnsASecretNoRunRotatesAgain(t *testing.T) {
	t.Parallel()
	p := secretless(t, account, "version", "24h", cfsim.Behaviour{RotateReturnsNoSecret: true})
	_, up := p.Announced("ci")
	p.MustFail(up, "The stored one works until ")
	p.ExpectRequests("get", rotated)
	p.ExpectWorking("ci")
	_, up = p.Announced("ci", newest(p))
	p.MustFail(up, "Cloudflare rotated it and returned no client secret", replaceIt)
	p.ExpectRequests("get", completed)
	for _, properties := range [][]string{{"clientSecretVersion: 1"}, {"recoverClientSecret: always"}} {
		p.Program(enginetest.OneToken(append(properties, "duration: 8760h")...))
		p.Must(p.Up()).MustSay(t, "Cloudflare returns no client secret when it rotates this token", replaceIt)
		p.ExpectRequests()
	}
	p.Program(enginetest.OneToken("duration: 8760h", "clientSecretVersion: 7"))
	p.MustFail(p.Preview(), "clientSecretVersion: 7 requests a rotation, but Cloudflare returns no client secret", replaceIt)
	p.ExpectRequests()
	follow(t, p, "replace")
	p.ExpectWorking("ci")
}
