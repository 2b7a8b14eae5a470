package provider

import (
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
		differs string
	}{
		"it is slow":               {3 * time.Minute, inAnHour, at(63 * time.Minute), "3m"},
		"it is fast":               {-3 * time.Hour, inAnHour, at(-2 * time.Hour), "3h0m"},
		"it is almost right":       {time.Minute, inAnHour, at(time.Hour), ""},
		"there is no grace":        {3 * time.Minute, nil, at(3 * time.Minute), "3m"},
		"the program names a time": {3 * time.Minute, map[string]any{"previousClientSecretExpiresAt": end}, end, ""},
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
			if got := text(resp.Properties, "clientSecretIssuedAt"); got != at(0) {
				t.Errorf("the secret was issued at %s, by this machine's clock at %s", got, at(0))
			}
			if test.differs == "" {
				if said := strings.Join(h.log(), "\n"); strings.Contains(said, "clock") {
					t.Errorf("it says %s", said)
				}
				return
			}
			h.expectLog(t, "WARN this machine's clock differs from Cloudflare's by "+test.differs+
				": the grace of the previous client secret is measured by Cloudflare's clock, and ends at "+test.end+".")
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
