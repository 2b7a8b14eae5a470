package faults

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

const (
	lag3   = 3 * time.Second
	lag20  = 20 * time.Second
	lag600 = 10 * time.Minute
)

// strike is a fault, where it hits and how often; times below zero is for ever.
type strike struct {
	variant
	target       string
	after, times int
}

func (s strike) String() string {
	often := fmt.Sprintf("%d times", s.times)
	if s.times < 0 {
		often = "for ever"
	}
	return fmt.Sprintf("%s at %s %d, %s", s.name, s.target, s.after+1, often)
}

// company is what somebody else does in the moment of a creation: a token of
// the same name.
type company struct {
	name   string
	token  cfsim.NewToken
	used   bool
	nobody bool
}

var companies = []company{
	{name: "nobody", nobody: true},
	{name: "the dashboard", token: cfsim.NewToken{Name: "ci"}},
	{name: "the dashboard, used", token: cfsim.NewToken{Name: "ci"}, used: true},
	{name: "another process", token: cfsim.NewToken{Name: "ci", PreviousClientSecretExpiresAt: new(time.Date(1983, 4, 5, 6, 7, 8, 0, time.UTC))}},
	{name: "another process, used", token: cfsim.NewToken{Name: "ci", PreviousClientSecretExpiresAt: new(time.Date(1983, 4, 5, 6, 7, 8, 0, time.UTC))}, used: true},
}

// scenario is a case of the matrix.
type scenario struct {
	operation operation
	knob      knob
	first     strike
	// second strikes what the provider does about the first; nil for nothing.
	second  *strike
	company company
}

func (c scenario) String() string {
	s := fmt.Sprintf("%s | %s | %s", c.operation.name, c.knob.name, c.first)
	if c.second != nil {
		s += ", then " + c.second.String()
	}
	if !c.company.nobody {
		s += " | meanwhile " + c.company.name
	}
	return s
}

// generate makes every case of an operation.
func generate(o operation) []scenario {
	var cases []scenario
	add := func(c scenario) {
		if c.fits() {
			cases = append(cases, c)
		}
	}
	for _, k := range knobs {
		if !k.matters(o) || o.variation && k.name != asAssumed && !k.behaviour.PutReturnsNoSecret {
			continue
		}
		for _, v := range variants {
			for _, target := range o.struck(k) {
				for after := range positions(o, k) {
					for _, times := range repetitions(v, k) {
						add(scenario{o, k, strike{v, target, after, times}, nil, companies[0]})
					}
				}
			}
		}
	}
	if o.name != "create" {
		return cases
	}
	for _, k := range knobs {
		if !k.matters(o) {
			continue
		}
		// Somebody else makes a token of the same name in the same moment.
		for _, with := range companies[1:] {
			for _, v := range variants {
				if k.name == asAssumed || v.name == "cut after" || v.name == "cut before" || v.name == noSecret {
					add(scenario{o, k, strike{v, "create", 0, 1}, nil, with})
				}
			}
		}
	}
	// What finds out about a lost answer, and mends it, goes wrong too.
	for _, lost := range []string{"cut after", "cut before", noSecret, "HTML 502 after"} {
		for _, v := range variants {
			for _, target := range []string{"create", "list", "get", "delete"} {
				for _, times := range repetitions(v, knobs[0]) {
					second := strike{v, target, 0, times}
					if target == "create" {
						second.after = 1
					}
					add(scenario{o, knobs[0], strike{variantNamed(lost), "create", 0, 1}, &second, companies[0]})
				}
			}
		}
	}
	return cases
}

// struck are the requests of an operation at which faults strike. Of a rotation these
// are all that it makes; what follows from a read that fails is the same under every
// knob.
func (o operation) struck(k knob) []string {
	if !o.looks() {
		return o.targets
	}
	var targets []string
	requests, _ := o.expected(k)
	for _, request := range requests {
		target, _, _ := strings.Cut(request, " ")
		if reads := target == "get" || target == "list"; slices.Contains(targets, target) || reads && k.name != asAssumed && len(requests) > 1 {
			continue
		}
		targets = append(targets, target)
	}
	return targets
}

// positions is at how many of its requests an operation is hit: those that it
// makes of one kind. Where they are alike, the first stands for all but once. The
// reads of a refresh share theirs.
func positions(o operation, k knob) int {
	if k.name != asAssumed || o.has("list") {
		return 1
	}
	return max(1, len(o.after))
}

func repetitions(v variant, k knob) []int {
	switch {
	case v.name == noFault:
		return []int{1}
	case k.name != asAssumed:
		return []int{1, -1}
	}
	return []int{1, 2, -1}
}

const asAssumed = "as assumed"

const (
	noFault  = "no fault"
	noSecret = "no secret"
)

// fits leaves out cases in which the fault would not strike.
func (c scenario) fits() bool {
	if c.first.refusesConnection && (c.first.target != c.operation.targets[0] || c.first.after > 0) {
		return false // the network does not distinguish requests
	}
	s := c.second
	if s == nil {
		return true
	}
	switch {
	case s.refusesConnection, s.name == noFault:
		return false
	case s.target == "get" || s.target == "delete":
		return c.first.name != "cut before" // there is nothing to delete
	case s.target == "list":
		return c.first.name != noSecret // the answer named the token
	}
	return true
}

func variantNamed(name string) variant {
	return variants[slices.IndexFunc(variants, func(v variant) bool { return v.name == name })]
}

// proof is what can be known of a creation whose answer was lost in this case.
func (c scenario) proof() proof {
	p := c.knob.proof
	if c.second != nil {
		switch c.second.target {
		case "list":
			p = max(p, blind)
		case "get", "delete":
			p = max(p, nameable)
		}
	}
	return p
}

// survives reports whether the operation has to succeed in spite of the faults.
func (c scenario) survives() bool {
	if c.second != nil || c.knob.limit > 0 || !c.company.nobody {
		return false
	}
	often := c.first.times < 0
	secret := c.first.target == "create" || c.first.target == "rotate" || c.first.target == "update" && !c.operation.calls() && c.operation.rotates()
	effect := c.first.effect
	if c.first.name == noSecret && secret {
		effect = lost
	}
	switch {
	case effect == harmless, c.first.target == "list": // what cannot be listed is asked for by id
		return true
	case often:
		return false
	case effect == throttled:
		return true
	case c.first.target == "create":
		// What two attempts in a row did not make is looked for in vain.
		inVain := c.first.times > 1 && strings.HasSuffix(string(c.first.fault.Kind), "before")
		return (effect == lost || effect == decided) && c.knob.proof == provable && !inVain
	}
	return effect == lost && !secret
}
