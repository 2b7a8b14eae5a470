package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// running is the program, listening.
type running struct {
	exports []string
	stop    context.CancelFunc
	ended   chan error
}

// launch runs the program until it has said what a shell should evaluate.
func launch(t *testing.T, args ...string) running {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	reader, out := io.Pipe()
	p := running{stop: stop, ended: make(chan error, 1)}
	go func() {
		err := run(ctx, args, out, io.Discard)
		out.Close()
		p.ended <- err
	}()
	lines := bufio.NewScanner(reader)
	for len(p.exports) < 3 && lines.Scan() {
		p.exports = append(p.exports, lines.Text())
	}
	if len(p.exports) < 3 {
		t.Fatalf("the program ended: %v", <-p.ended)
	}
	return p
}

func (p running) end(t *testing.T) {
	t.Helper()
	p.stop()
	if err := <-p.ended; err != nil {
		t.Errorf("the program ended with %v", err)
	}
}

func TestTheReadyFileAndThePrintedLinesLeadToTheSimulator(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "ready.json")
	p := launch(t, "-ready-file", file, "-max-tokens", "1", "-seed", "7")

	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var r ready
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"export CLOUDFLARE_BASE_URL=" + r.BaseURL,
		"export CLOUDFLARE_API_TOKEN=" + cfsim.DefaultAPIToken,
		"export CLOUDFLARE_ACCOUNT_ID=" + cfsim.DefaultAccountID,
	}
	plain := regexp.MustCompile(`^export [A-Z_]+=[a-z0-9.:/-]+$`)
	for i, line := range p.exports {
		if line != want[i] || !plain.MatchString(line) {
			t.Errorf("printed %q, want %q", line, want[i])
		}
	}
	for _, scope := range []string{"/accounts/" + r.AccountID, "/zones/" + r.ZoneID} {
		for _, status := range []int{201, 400} { // one token a scope
			if got := post(t, r.BaseURL+scope+"/access/service_tokens", r.APIToken); got != status {
				t.Errorf("a creation in %s answered %d, want %d", scope, got, status)
			}
		}
	}
	answer, err := http.Get(r.ControlURL + "/tokens")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var tokens []cfsim.Token
	if err := json.NewDecoder(answer.Body).Decode(&tokens); err != nil || len(tokens) != 2 {
		t.Errorf("the control API shows %d tokens (%v), want 2", len(tokens), err)
	}
	page, err := http.Get(r.EdgeURL)
	if err != nil {
		t.Fatal(err)
	}
	page.Body.Close()
	if page.StatusCode != http.StatusOK {
		t.Errorf("a host that no application covers answered %d", page.StatusCode)
	}

	p.end(t)
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the ready file is still there: %v", err)
	}
}

func post(t *testing.T, url, token string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(`{"name":"ci"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	return answer.StatusCode
}

func TestFlagsConfigureTheSimulator(t *testing.T) {
	t.Parallel()
	o, err := parse([]string{
		"-seed", "7", "-latency", "150ms", "-max-tokens", "50", "-enforce-rate-limit",
		"-behaviour", `{"list_lag": "5s", "lower_version": "rotates"}`,
		"-inactivity", `{"enabled": true, "inactivity_threshold_days": 30, "action": "delete"}`,
	}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	c, b := o.config, o.config.Behaviour
	if c.Seed != 7 || c.Latency != 150*time.Millisecond || c.MaxTokens != 50 || !c.EnforceRateLimit ||
		b.ListLag != 5*time.Second || b.LowerVersion != cfsim.LowerRotates ||
		c.Inactivity != (cfsim.Inactivity{Enabled: true, ThresholdDays: 30, Action: cfsim.DeleteInactive}) {
		t.Errorf("got %+v", c)
	}
}

func TestWrongArgumentsAreRefusedBeforeAnythingListens(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args []string
		says string
	}{
		"an address":   {[]string{"-addr", "0.0.0.0:0"}, "starting the API: the simulator listens on this machine only"},
		"control":      {[]string{"-control", "192.0.2.1:0"}, "starting the control API: the simulator listens on this machine only"},
		"the hosts":    {[]string{"-edge", "192.0.2.1:0"}, "starting the hosts behind Access: the simulator listens on this machine only"},
		"a behaviour":  {[]string{"-behaviour", `{"name_filter":"x"}`}, "name_filter cannot be"},
		"a clean-up":   {[]string{"-inactivity", `{"enabled":true,"action":"delete"}`}, "inactivity_threshold_days cannot be 0"},
		"an argument":  {[]string{"serve"}, `unexpected argument "serve"`},
		"a flag":       {[]string{"-unknown"}, "flag provided but not defined"},
		"a ready file": {[]string{"-ready-file", filepath.Join(t.TempDir(), "missing", "ready.json")}, "writing the ready file"},
	} {
		var out strings.Builder
		err := run(t.Context(), test.args, &out, io.Discard)
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: got %v, want %q", name, err, test.says)
		}
		if out.Len() > 0 {
			t.Errorf("%s: printed %q", name, out.String())
		}
	}
}

func TestAnOldReadyFileIsGoneBeforeAnythingListens(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "ready.json")
	if err := os.WriteFile(file, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), []string{"-ready-file", file, "-addr", "0.0.0.0:0"}, io.Discard, io.Discard); err == nil {
		t.Error("the address was accepted")
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the old ready file is still there: %v", err)
	}
}

func TestHelpNamesEveryFlag(t *testing.T) {
	t.Parallel()
	var notes strings.Builder
	if err := run(t.Context(), []string{"-h"}, io.Discard, &notes); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("got %v", err)
	}
	for _, name := range []string{"addr", "control", "edge", "ready-file", "seed", "latency", "max-tokens", "enforce-rate-limit", "behaviour", "inactivity"} {
		if !strings.Contains(notes.String(), "  -"+name) {
			t.Errorf("the help lacks -%s", name)
		}
	}
}
