package provider

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	p "github.com/pulumi/pulumi-go-provider"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

func TestAWaitIsShownAndOnlyTheRateLimitGivesAnOperationMoreTime(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status int
		fails  string
		shown  string
	}{
		"the rate limit":   {http.StatusTooManyRequests, "", "INFO waiting 10m0s for Cloudflare's rate limit"},
		"before a new try": {http.StatusServiceUnavailable, "the operation took longer than 5m0s", "INFO waiting 10m0s to try again after 503 Service Unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				answers := []http.HandlerFunc{func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Retry-After", "600")
					w.WriteHeader(test.status)
				}}
				if test.fails == "" {
					answers = append(answers, token())
				}
				c := playInMemory(t, answers...)
				h := startWithin(t.Context(), t, map[string]any{"maxRetries": 1}, WithClient(func(client *cfapi.Client) { client.SetTransport(c) }))
				_, err := h.Read(p.ReadRequest{ID: accountToken, Urn: h.urn, Properties: stored(), Inputs: props(inAccount)})
				if test.fails == "" && err != nil || test.fails != "" && (err == nil || !strings.Contains(err.Error(), test.fails)) {
					t.Errorf("got %v, want %q", err, test.fails)
				}
				h.expectLog(t, test.shown)
			})
		})
	}
}
