// Command cfaccess-sim runs a simulator of Cloudflare's API for Access service
// tokens on this machine, for demos and for trying the provider without an
// account. It prints how to point the provider at it, and runs until it is
// interrupted.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(os.Stderr, "cfaccess-sim: %v\n", err)
		os.Exit(1)
	}
}

// ready is what the ready file tells.
type ready struct {
	BaseURL    string `json:"base_url"`
	ControlURL string `json:"control_url"`
	APIToken   string `json:"api_token"`
	AccountID  string `json:"account_id"`
	ZoneID     string `json:"zone_id"`
}

// run serves until the context ends.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("cfaccess-sim", flag.ContinueOnError)
	address := flags.String("addr", "127.0.0.1:0", "loopback `address` of the API")
	controlAddress := flags.String("control", "127.0.0.1:0", "loopback `address` of the control API")
	seed := flags.Uint64("seed", 0, "what ids and secrets derive from")
	latency := flags.Duration("latency", 0, "how long each answer takes")
	enforce := flags.Bool("enforce-rate-limit", false, "refuse more than 1200 requests in 5 minutes, as Cloudflare does")
	readyFile := flags.String("ready-file", "", "`file` to write the addresses to, as JSON, once it listens")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}

	sim := cfsim.New(cfsim.Config{Seed: *seed, Latency: *latency, EnforceRateLimit: *enforce})
	server, err := sim.ServeAt(*address)
	if err != nil {
		return err
	}
	defer server.Close()
	listener, err := cfsim.ListenLoopback(*controlAddress)
	if err != nil {
		return err
	}
	control := &http.Server{Handler: sim.ControlHandler(), ReadHeaderTimeout: time.Minute}
	go func() { _ = control.Serve(listener) }() // ends with Close
	defer control.Close()

	r := ready{server.BaseURL, "http://" + listener.Addr().String(), cfsim.DefaultAPIToken, cfsim.DefaultAccountID, cfsim.DefaultZoneID}
	if *readyFile != "" {
		if err := writeReady(*readyFile, r); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "# A simulated Cloudflare listens here. Point the provider at it:\n"+
		"export CLOUDFLARE_BASE_URL=%s\nexport CLOUDFLARE_API_TOKEN=%s\nexport CLOUDFLARE_ACCOUNT_ID=%s\n"+
		"# A zone: %s\n# Control: %s\n", r.BaseURL, r.APIToken, r.AccountID, r.ZoneID, r.ControlURL)
	<-ctx.Done()
	return nil
}

// writeReady writes the file in one step, so that whoever waits for it never
// reads half of it.
func writeReady(path string, r ready) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".tmp", append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("writing the ready file: %w", err)
	}
	return os.Rename(path+".tmp", path)
}
