package provider

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
)

func TestAGraceIsCountedByCloudflaresClockWhereThisMachinesDiffers(t *testing.T) {
	t.Parallel()
	at := func(d time.Duration) string { return servicetoken.FormatTime(now.Truncate(time.Second).Add(d)) }
	inAnHour := map[string]any{"previousClientSecretGrace": "1h"}
	for name, test := range map[string]struct {
		offset  time.Duration
		inputs  map[string]any
		end     string
		issued  string
		differs string
		ends    string
	}{
		"it is slow":               {3 * time.Minute, inAnHour, at(63 * time.Minute), at(3 * time.Minute), "3m", "ends at " + at(63*time.Minute)},
		"it is fast":               {-3 * time.Hour, inAnHour, at(-2 * time.Hour), at(-3 * time.Hour), "3h0m", "ends at " + at(-2*time.Hour)},
		"it is almost right":       {time.Minute, inAnHour, at(time.Hour), at(0), "", ""},
		"there is no grace":        {3 * time.Minute, nil, at(3 * time.Minute), at(3 * time.Minute), "3m", "the secret stops at once"},
		"there is none, and fast":  {-3 * time.Hour, nil, at(-3 * time.Hour), at(-3 * time.Hour), "3h0m", "the secret stops at once"},
		"the program names a time": {3 * time.Minute, map[string]any{"previousClientSecretExpiresAt": end}, end, at(3 * time.Minute), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := play(t, token(), withSecret(newSecret, "client_secret_version", "2"))
			c.clockOffset = test.offset
			h := c.start(t)
			resp, err := h.update(t, stored(), nil, merged(test.inputs, map[string]any{"clientSecretVersion": 2}))
			if err != nil {
				t.Fatal(err)
			}
			c.expect(t, getToken, putToken+` {"client_secret_version":2,"previous_client_secret_expires_at":"`+test.end+`"}`)
			if got := text(resp.Properties, "previousClientSecretExpiresAt"); got != test.end {
				t.Errorf("the end is %s, want %s", got, test.end)
			}
			if got := text(resp.Properties, "clientSecretIssuedAt"); got != test.issued {
				t.Errorf("the secret was issued at %s, want %s", got, test.issued)
			}
			if test.differs == "" {
				if said := strings.Join(h.log(), "\n"); strings.Contains(said, "clock") {
					t.Errorf("it says %s", said)
				}
				return
			}
			h.expectLog(t, "WARN this machine's clock differs from Cloudflare's by "+test.differs+
				": the grace of the previous client secret is measured by Cloudflare's clock, and "+test.ends+".")
		})
	}
}

func TestASecretThatNobodyReceivedEndsByCloudflaresClock(t *testing.T) {
	t.Parallel()
	c := play(t, token(at2...), withSecret(newSecret, "client_secret_version", "3"))
	c.clockOffset = -time.Hour
	if _, err := c.start(t).update(t, stored(unreturnedAt2), nil, map[string]any{"clientSecretVersion": 2, "previousClientSecretExpiresAt": end}); err != nil {
		t.Fatal(err)
	}
	c.expect(t, getToken, postRotate+" "+endAt(servicetoken.FormatTime(now.Add(-time.Hour))))
}

// secondRun is what the stack stores of a token that was rotated to version 2, in the
// given time by Cloudflare's clock and with that end of the previous secret, and the
// answer that shows it.
func secondRun(rotated, ends time.Duration) (map[string]any, []string) {
	return map[string]any{"clientSecretVersion": 2, "heldClientSecretVersion": 2, "clientSecretIssuedAt": after(rotated), "previousClientSecretExpiresAt": after(ends)},
		[]string{"client_secret_version", "2", "previous_client_secret_expires_at", `"` + after(ends) + `"`}
}

// after is a time so long after now by this machine's clock.
func after(d time.Duration) string {
	return servicetoken.FormatTime(now.Truncate(time.Second).Add(d))
}

func graceOf(span string) map[string]any { return map[string]any{"previousClientSecretGrace": span} }

func TestTheEndOfAGraceIsMovedByCloudflaresClock(t *testing.T) {
	t.Parallel()
	const ahead = 90 * time.Minute
	differs := func(ends string) string {
		return "WARN this machine's clock differs from Cloudflare's by 1h30m: the grace of the previous client secret is measured by Cloudflare's clock, and " + ends + "."
	}
	for name, test := range map[string]struct {
		offset        time.Duration
		rotated, ends time.Duration // by Cloudflare's clock
		from, to      map[string]any
		stale         bool
		sent, says    string
	}{
		"more time, on a slow machine": {offset: ahead, rotated: ahead, ends: ahead + 30*time.Minute, from: graceOf("30m"), to: graceOf("1h"),
			sent: after(ahead + time.Hour), says: differs("ends at " + after(ahead+time.Hour))},
		"no time, on a slow machine": {offset: ahead, rotated: ahead, ends: ahead + 30*time.Minute, from: graceOf("30m"), to: graceOf("0s"),
			sent: after(ahead), says: differs("the secret stops at once")},
		"no time, on a fast machine": {offset: -ahead, rotated: -ahead, ends: -30 * time.Minute, from: graceOf("1h"), to: graceOf("0s"),
			sent: after(-ahead), says: differs("the secret stops at once")},
		"no time, where the rotation is not known": {offset: -ahead, rotated: -100 * time.Hour, ends: time.Hour, from: graceOf("1h"), to: graceOf("0s"), stale: true,
			sent: after(-ahead), says: differs("the secret stops at once")},
		"on a machine that is almost right": {offset: time.Minute, rotated: -time.Hour, ends: time.Hour, from: graceOf("2h"), to: graceOf("3h"),
			sent: after(2 * time.Hour)},
		"a later end, of a secret that has stopped": {offset: ahead, rotated: -time.Hour, ends: time.Hour, from: map[string]any{"previousClientSecretExpiresAt": after(time.Hour)},
			to:   map[string]any{"previousClientSecretExpiresAt": end},
			says: "WARN the end of the previous client secret is not moved to " + end + ": by Cloudflare's clock, the secret stopped working at " + after(time.Hour) + ", and it does not work again."},
		"a longer grace, of a secret that has stopped": {offset: ahead, rotated: -time.Hour, ends: time.Hour, from: graceOf("2h"), to: graceOf("24h"),
			says: "WARN the end of the previous client secret is not moved to " + after(23*time.Hour) + ": by Cloudflare's clock, the secret stopped working at " + after(time.Hour) + ", and it does not work again."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state, shown := secondRun(test.rotated, test.ends)
			if test.stale {
				state = merged(state, map[string]any{"heldClientSecretVersion": 1, "clientSecretStatus": servicetoken.StatusStale})
			}
			answers, requests := []http.HandlerFunc{token(shown...)}, []string{getToken}
			if test.sent != "" {
				answers = append(answers, token("client_secret_version", "2", "previous_client_secret_expires_at", `"`+test.sent+`"`))
				requests = append(requests, putToken+" "+endAt(test.sent))
			}
			c := play(t, answers...)
			c.clockOffset = test.offset
			h := c.start(t)
			if changes, err := h.changes(accountToken, stored(state), test.from, test.to); err != nil || !changes {
				t.Errorf("the preview shows a change: %v, %v", changes, err)
			}
			resp, err := h.update(t, stored(state), test.from, test.to)
			if err != nil {
				t.Fatal(err)
			}
			c.expect(t, requests...)
			want := test.sent
			if want == "" {
				want = after(test.ends)
			}
			if got := text(resp.Properties, "previousClientSecretExpiresAt"); got != want {
				t.Errorf("the end is %s, want %s", got, want)
			}
			if test.says != "" {
				h.expectLog(t, test.says)
			} else if said := strings.Join(h.log(), "\n"); strings.Contains(said, "clock") {
				t.Errorf("it says %s", said)
			}
			expectNoChange(t, h, accountToken, resp.Properties, test.to, test.to)
		})
	}
}

// Rotated without a grace, on a machine that is slow: by its clock, the previous secret
// works for another 90 minutes.
func TestASecretThatWasRevokedOnASlowMachineStaysRevoked(t *testing.T) {
	t.Parallel()
	c := play(t, token(), withSecret(newSecret, "client_secret_version", "2"))
	c.clockOffset = 90 * time.Minute
	h := c.start(t)
	rotates := map[string]any{"clientSecretVersion": 2}
	resp, err := h.update(t, stored(), map[string]any{"clientSecretVersion": 1}, merged(rotates, graceOf("0s")))
	if err != nil {
		t.Fatal(err)
	}
	for _, grace := range []string{"24h", "0s"} {
		expectNoChange(t, h, accountToken, resp.Properties, merged(rotates, graceOf("0s")), merged(rotates, graceOf(grace)))
	}
	expectNoChange(t, h, accountToken, resp.Properties, rotates, merged(rotates, graceOf("24h")))
	expectNoChange(t, h, accountToken, resp.Properties, rotates, merged(rotates, map[string]any{"previousClientSecretExpiresAt": end}))
}

func TestANewTokensSecretIsIssuedByCloudflaresClock(t *testing.T) {
	t.Parallel()
	c := play(t, withSecret(newSecret))
	c.clockOffset = -90 * time.Minute
	resp, err := c.start(t).create()
	if err != nil {
		t.Fatal(err)
	}
	if got := text(resp.Properties, "clientSecretIssuedAt"); got != after(-90*time.Minute) {
		t.Errorf("it was issued at %s", got)
	}
}

// A refresh knows the program of the last run alone.
func TestARefreshDoesNotTakeAGraceForANewOne(t *testing.T) {
	t.Parallel()
	c := play(t, token("client_secret_version", "7", "previous_client_secret_expires_at", `"`+end+`"`))
	h := c.start(t)
	h.refresh(t, stored(), graceOf("24h"))
	if said := strings.Join(h.log(), "\n"); strings.Contains(said, "has no effect") {
		t.Errorf("it says %s", said)
	}
}

func TestARotationByAgeThatIsNotDueByCloudflaresClockIsNotCarriedOut(t *testing.T) {
	t.Parallel()
	const says = "WARN the client secret is not rotated: by Cloudflare's clock, which differs from this machine's, it is not yet as old as rotateAfter, 1h. Set this machine's clock."
	inputs := map[string]any{"rotateAfter": "1h", "previousClientSecretGrace": "0s"}
	young := map[string]any{"clientSecretIssuedAt": servicetoken.FormatTime(now.Add(-2 * time.Hour))}
	for name, test := range map[string]struct {
		program map[string]any
		answers []http.HandlerFunc
		want    []string
	}{
		"alone": {inputs, []http.HandlerFunc{token()}, []string{getToken}},
		"with a new name": {merged(inputs, map[string]any{"name": "deploy"}), []http.HandlerFunc{token(), token("name", `"deploy"`)},
			[]string{getToken, putToken + ` {"name":"deploy"}`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := play(t, test.answers...)
			c.clockOffset = -2 * time.Hour
			h := c.start(t)
			resp, err := h.update(t, stored(young), inputs, test.program)
			if err != nil {
				t.Fatal(err)
			}
			c.expect(t, test.want...)
			h.expectLog(t, says)
			if got := text(resp.Properties, "clientSecretStatus"); got != servicetoken.StatusCurrent || resp.Properties.Get("clientSecretVersion").AsNumber() != 1 {
				t.Errorf("stored %v", resp.Properties.Delete("clientSecret"))
			}
		})
	}
}
