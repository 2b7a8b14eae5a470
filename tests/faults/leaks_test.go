package faults

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// What Pulumi and the provider print, log and store is searched for every secret that
// there ever was.

func TestNothingPrintedLoggedOrStoredHoldsASecretAtVerbosity8(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		behaviour cfsim.Behaviour
		from      credential
	}{
		"credential in the environment":                        {cfsim.Behaviour{}, fromEnvironment},
		"credential in the configuration, secrets of old form": {cfsim.Behaviour{HexSecrets: true}, fromConfiguration},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDrive(t, test.behaviour, test.from, "-v=8", "--logtostderr", "--logflow")
			d.everything(t)
			leaks, files := d.search(t)
			for _, l := range leaks {
				t.Error(l)
			}
			if n := strings.Count(d.printed.String(), `"v":8`); n < 20 {
				t.Errorf("only %d lines of verbosity 8 were printed: this searches the wrong thing", n)
			}
			if issued := len(d.Simulator.IssuedSecrets()); files < 50 || issued < 20 {
				t.Errorf("only %d files were searched for %d client secrets", files, issued)
			}
		})
	}
}

func TestSearchFindsASecretThatACommandShowsOrWrites(t *testing.T) {
	t.Parallel()
	d := newDrive(t, cfsim.Behaviour{}, fromEnvironment)
	d.says(token("ci", "name: ci"))
	d.up(t)
	if leaks, _ := d.search(t); len(leaks) > 0 {
		t.Errorf("found %v before anything was shown", leaks)
	}
	d.Must(d.keep(d.Run("stack", "output", "--show-secrets")))
	d.Must(d.Run("stack", "export", "--show-secrets", "--file", filepath.Join(d.Dir, "export.json")))
	var sources []string
	leaks, _ := d.search(t)
	for _, l := range leaks {
		sources = append(sources, filepath.Base(l.source))
	}
	for _, source := range []string{"output", "export.json"} {
		if !slices.Contains(sources, source) {
			t.Errorf("the secret in %s is not found", source)
		}
	}
}

// What holds secrets at a higher verbosity is the engine's own work, and is
// documented. It has to be that and nothing more.
func TestAtVerbosity11OnlyPulumisLogFileAndItsGRPCFileHoldSecrets(t *testing.T) {
	t.Parallel()
	d := newDrive(t, cfsim.Behaviour{}, fromEnvironment, "-v=11", "--logflow")
	d.Env["PULUMI_DEBUG_GRPC"] = filepath.Join(d.Env["HOME"], "grpc.json")
	d.everything(t)
	leaks, _ := d.search(t)

	logFile := regexp.MustCompile(`/pulumi[^/]*\.log\.INFO\.[^/]*$`)
	var documented []string
	for _, l := range leaks {
		switch {
		case strings.Contains(l.secret, apiToken):
			t.Errorf("the credential of the environment reached %s", l)
		case logFile.MatchString(l.source):
			documented = append(documented, "the log file")
		case strings.HasSuffix(l.source, "/grpc.json"):
			documented = append(documented, "the file of PULUMI_DEBUG_GRPC")
		default:
			t.Error(l)
		}
	}
	for _, place := range []string{"the log file", "the file of PULUMI_DEBUG_GRPC"} {
		if !slices.Contains(documented, place) {
			t.Errorf("%s holds no secret any more: the documentation says that it does", place)
		}
	}
}
