// Command cfaccess-sim runs a simulator of Cloudflare's API for Access service
// tokens on this machine, for demos and for trying the provider without an
// account. It prints how to point the provider at it, and runs until it is
// interrupted.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(os.Stderr, "cfaccess-sim: %v\n", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	address, control, edge, readyFile string
	config                            cfsim.Config
}

func parse(args []string, notes io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("cfaccess-sim", flag.ContinueOnError)
	flags.SetOutput(notes)
	flags.StringVar(&o.address, "addr", "127.0.0.1:0", "loopback `address` of the API")
	flags.StringVar(&o.control, "control", "127.0.0.1:0", "loopback `address` of the control API")
	flags.StringVar(&o.edge, "edge", "127.0.0.1:0", "loopback `address` of the hosts behind Access")
	flags.StringVar(&o.readyFile, "ready-file", "", "`file` to write the addresses to, as JSON, once it listens; removed at the end")
	flags.Uint64Var(&o.config.Seed, "seed", 0, "what ids and secrets derive from")
	flags.DurationVar(&o.config.Latency, "latency", 0, "how long each answer takes")
	flags.IntVar(&o.config.MaxTokens, "max-tokens", 0, "how many tokens an account or zone holds (Cloudflare: 50); 0 is no limit")
	flags.BoolVar(&o.config.EnforceRateLimit, "enforce-rate-limit", false, "refuse everything for 5 minutes after 1200 requests in 5 minutes, as Cloudflare does")
	flags.Func("behaviour", "what Cloudflare does where nobody knows, as `JSON`: {\"list_lag\": \"5s\"}", func(text string) (err error) {
		o.config.Behaviour, err = cfsim.ParseBehaviour([]byte(text))
		return err
	})
	flags.Func("inactivity", "have tokens that nobody uses disabled or deleted, as `JSON`: {\"enabled\": true, \"inactivity_threshold_days\": 30, \"action\": \"disable\"}", func(text string) (err error) {
		o.config.Inactivity, err = cfsim.ParseInactivity([]byte(text))
		return err
	})
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	if flags.NArg() > 0 {
		return options{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return o, nil
}

// run serves until the context ends. Only lines for a shell go to out, so that
// they can be evaluated; notes are for people.
func run(ctx context.Context, args []string, out, notes io.Writer) error {
	o, err := parse(args, notes)
	if err != nil {
		return err
	}
	if o.readyFile != "" {
		// One that an earlier run was killed beside would mislead who waits.
		if err := os.Remove(o.readyFile); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("removing an old ready file: %w", err)
		}
	}
	sim := cfsim.New(o.config)
	server, err := sim.ServeAt(o.address)
	if err != nil {
		return fmt.Errorf("starting the API: %w", err)
	}
	defer server.Close()
	control, err := sim.ServeControlAt(o.control)
	if err != nil {
		return fmt.Errorf("starting the control API: %w", err)
	}
	defer control.Close()
	edge, err := sim.ServeEdgeAt(o.edge)
	if err != nil {
		return fmt.Errorf("starting the hosts behind Access: %w", err)
	}
	defer edge.Close()

	r := ready{
		BaseURL: server.BaseURL, ControlURL: control.BaseURL, EdgeURL: edge.BaseURL,
		APIToken: cfsim.DefaultAPIToken, AccountID: cfsim.DefaultAccountID, ZoneID: cfsim.DefaultZoneID,
	}
	if o.readyFile != "" {
		if err := r.write(o.readyFile); err != nil {
			return err
		}
		defer os.Remove(o.readyFile)
	}
	fmt.Fprintf(notes, "A simulated Cloudflare listens at %s, its control API at %s, and its hosts behind Access at %s.\n"+
		"It has the account %s and the zone %s.\nPoint the provider at it with these lines, and press Ctrl-C to end it:\n\n",
		r.BaseURL, r.ControlURL, r.EdgeURL, r.AccountID, r.ZoneID)
	fmt.Fprint(out, r.exports())
	<-ctx.Done()
	return nil
}
