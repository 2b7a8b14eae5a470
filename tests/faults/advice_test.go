package faults

import (
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"strings"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// user is who runs `pulumi up` until the stack holds a secret that works.
type user struct {
	// unattended runs change nothing; otherwise the user does what was said, and of
	// two ways takes a number, or the recovery.
	unattended, byRecovery bool
	// refreshes is --refresh.
	refreshes bool
	// runs is how many there are at most.
	runs int
}

var (
	setNumber = regexp.MustCompile(`set clientSecretVersion to (\d+), or recoverClientSecret to "(\w+)"`)
	setOrElse = regexp.MustCompile(`set recoverClientSecret to "(\w+)", or clientSecretVersion to (\d+)`)
	write     = regexp.MustCompile(`write (\d+)`)
)

// follow runs a program of one token, named ci, until the stack holds a secret that
// works. It returns the program as it is by then, and how many runs have failed.
// After each run ran is called.
func (u user) follow(w *world, p program, ran func(error)) (_ program, failed int, err error) {
	d := deployment{program: p, refresh: u.refreshes}
	for range u.runs {
		err := w.deploy(d)
		ran(err)
		if err == nil && w.holdsWorkingSecrets() {
			return d.program, failed, nil
		}
		if err != nil {
			failed++
		}
		if !u.unattended {
			d = u.advised(d, w.said)
		}
	}
	return d.program, failed, fmt.Errorf("after %d runs the stack holds no secret that works", u.runs)
}

// advised is the next run of a user who has read what was said.
func (u user) advised(d deployment, said string) deployment {
	ci := maps.Clone(d.program["ci"])
	d.program, d.replace = program{"ci": ci}, nil
	set := func(number, recovery string) {
		if u.byRecovery {
			ci["recoverClientSecret"] = recovery
			return
		}
		n, err := strconv.Atoi(number)
		if err != nil {
			panic(err) // the pattern has digits
		}
		ci["clientSecretVersion"] = n
	}
	if strings.Contains(said, replaceAdvice) {
		d.replace = []string{"ci"}
	} else if n, ok := ci["clientSecretVersion"].(int); ok && strings.Contains(said, lowerRefused) {
		ci["clientSecretVersion"] = n + 1
	} else if m := setNumber.FindStringSubmatch(said); m != nil {
		set(m[1], m[2])
	} else if m := setOrElse.FindStringSubmatch(said); m != nil {
		set(m[2], m[1])
	} else if m := write.FindStringSubmatch(said); m != nil {
		set(m[1], "always")
	}
	return d
}

// numberIn is the clientSecretVersion that a text advises.
func numberIn(said string, otherwise int) int {
	for _, m := range [][]string{setNumber.FindStringSubmatch(said), setOrElse.FindStringSubmatch(said)} {
		for _, text := range m {
			if n, err := strconv.Atoi(text); err == nil {
				return n
			}
		}
	}
	return otherwise
}

// holdsWorkingSecrets reports whether each entry of the stack holds its token's
// current client secret, and says so.
func (w *world) holdsWorkingSecrets() bool {
	for _, e := range w.stack.resources {
		status, _ := e.output("clientSecretStatus")
		clientID, _ := e.output("clientId")
		secret, _ := e.output("clientSecret")
		if status != "current" || w.sim.SecretState(clientID, secret) != cfsim.SecretCurrent {
			return false
		}
	}
	return true
}
