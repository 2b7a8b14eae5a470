package faults

import (
	"slices"
	"strings"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// toFullZone deletes ci before its replacement, which cannot be made.
var toFullZone = command{"to a zone that is full", func(w *world) error {
	w.sim.Inject(cfsim.Fault{Name: "the limit", Kind: cfsim.StatusBefore, Status: 403, Code: 12131, Operation: "create", Times: 2})
	defer w.sim.ClearFaults()
	return w.deploy(toZone(options{deleteBeforeReplace: true}))
}, "creating service token"}

var courses = slices.Concat(renamesByImport, replacements, twins, otherCourses)

func lastPart(id string) string { return id[strings.LastIndex(id, "/")+1:] }

// isNew: ci is left, and stands for another token than the first.
var isNew = map[string]bool{"ci": false}

// inUse has a policy name the stack's tokens, so that Cloudflare refuses to delete
// them, or no longer.
func inUse(in bool) command {
	return does("policies change", func(w *world) {
		var ids []string
		for _, token := range w.sim.Tokens() {
			if _, others := w.foreign[token.ID]; in && !others {
				ids = append(ids, token.ID)
			}
		}
		w.policyNames(ids...)
	})
}

// policyNames makes tokens those that a policy names, and no others.
func (w *world) policyNames(ids ...string) {
	w.sim.RemoveAccess(w.policy)
	var rules []cfsim.Rule
	for _, id := range ids {
		rules = append(rules, cfsim.ServiceTokenRule(id))
	}
	w.policy = w.sim.AddPolicy(account, cfsim.ServiceAuthPolicy("ci", rules...)).ID
}

// replacements are the courses in which one entry gets another token.
var replacements = []course{
	{name: "create before delete", before: one(nil), ends: isNew, commands: func(string) []command {
		return []command{deploys("to a zone", toZone(options{}), "")}
	}},
	{name: "delete before replace", before: one(nil), ends: isNew, commands: func(string) []command {
		return []command{deploys("to a zone", toZone(options{deleteBeforeReplace: true}), "")}
	}},
	{name: "delete before replace, interrupted and reverted", before: one(nil), ends: isNew, commands: func(string) []command {
		return []command{
			toFullZone,
			deploys("reverted", deployment{program: one(nil), refresh: true}, ""),
		}
	}},
	{name: "delete before replace, interrupted and removed", before: one(nil), ends: map[string]bool{}, commands: func(string) []command {
		return []command{
			toFullZone,
			deploys("removed", deployment{}, ""),
		}
	}},
	{name: "replaceOnChanges", before: one(nil), ends: isNew, commands: func(string) []command {
		d := deployment{program: one(inputs{"name": "renamed"}), options: map[string]options{"ci": {replaceOnChanges: true}}}
		return []command{deploys("a name", d, "")}
	}},
	{name: "replaceOnChanges, delete before replace", before: one(nil), ends: isNew, commands: func(string) []command {
		d := deployment{program: one(inputs{"name": "renamed"}), options: map[string]options{"ci": {replaceOnChanges: true, deleteBeforeReplace: true}}}
		return []command{deploys("a name", d, "")}
	}},
	{name: "--replace", before: one(nil), ends: isNew, commands: func(string) []command {
		return []command{deploys("--replace", deployment{program: one(nil), replace: []string{"ci"}}, "")}
	}},
	{name: "--replace, delete before replace", before: inZone(nil), ends: isNew, commands: func(string) []command {
		d := deployment{program: inZone(nil), replace: []string{"ci"}, options: map[string]options{"ci": {deleteBeforeReplace: true}}}
		return []command{deploys("--replace", d, "")}
	}},
	{name: "three deletions are pending", before: one(nil), ends: isNew, commands: func(string) []command {
		replaced := deploys("--replace", deployment{program: one(nil), replace: []string{"ci"}}, "12139")
		return []command{
			inUse(true), replaced, inUse(true), replaced, inUse(true), replaced, inUse(false),
			deploys("the pending deletions", deployment{program: one(nil), order: atOnce}, ""),
		}
	}},
	{name: "alias", before: one(nil), ends: map[string]bool{"ci-new": true}, commands: func(string) []command {
		d := deployment{program: program{"ci-new": ci(inputs{"name": "renamed"})}, options: map[string]options{"ci-new": {alias: "ci"}}}
		return []command{deploys("an alias", d, "")}
	}},
	{name: "alias and replacement", before: one(nil), ends: map[string]bool{"ci-new": false}, commands: func(string) []command {
		d := deployment{program: program{"ci-new": zoneToken}, options: map[string]options{"ci-new": {alias: "ci"}}}
		return []command{deploys("an alias", d, "")}
	}},
	{name: "alias and replacement, delete before replace", before: one(nil), ends: map[string]bool{"ci-new": false}, commands: func(string) []command {
		d := deployment{program: program{"ci-new": zoneToken}, options: map[string]options{"ci-new": {alias: "ci", deleteBeforeReplace: true}}}
		return []command{deploys("an alias", d, "")}
	}},
	{name: "import-replacement by another spelling", before: one(nil), ends: map[string]bool{"ci": true},
		prepare: func(w *world) {
			e := w.stack.resources["ci"]
			e.id = e.tokenID() // as adopted from the cloudflare provider
		}, commands: func(id string) []command {
			imports := map[string]options{"ci": {imports: id}}
			return []command{
				deploys("import", deployment{program: one(nil), options: imports}, keptForSame),
				deploys("again", deployment{program: one(nil), options: imports, refresh: true}, keptForSame),
				deploys("recover", deployment{program: one(inputs{"recoverClientSecret": "imported"}), options: imports}, ""),
			}
		}},
	{name: "import-replacement by another token", before: one(nil), ends: map[string]bool{"ci": false}, unavailable: []string{"ci"},
		prepare: func(w *world) {
			w.importable = w.sim.AddToken(account, cfsim.NewToken{Name: "ci"}).ID
			w.named[w.importable] = true // somebody made it, who knows
		},
		commands: func(string) []command {
			return []command{{"import", func(w *world) error {
				id := cfsim.DefaultAccountID + "/" + w.importable
				return w.deploy(deployment{program: one(nil), options: map[string]options{"ci": {imports: id}}})
			}, ""}}
		}},
}

// imports makes twin a second entry of ci's token.
func imports(w *world) {
	if err := w.adopt("twin", w.stack.resources["ci"].id); err != nil {
		panic(err)
	}
	w.stack.resources["twin"].protected = false
}

// twins are the courses of a stack in which ci and twin are one token.
var twins = []course{
	{name: "two entries stay", before: one(nil), prepare: imports, ends: map[string]bool{"ci": true, "twin": true},
		unavailable: []string{"twin"}, commands: func(string) []command {
			return []command{deploys("a name", deployment{program: program{"ci": ci(inputs{"name": "renamed"}), "twin": ci(inputs{"name": "renamed"})}, serial: true}, "")}
		}},
	{name: "the second entry is removed", before: one(nil), prepare: imports, ends: map[string]bool{"ci": true}, commands: func(string) []command {
		return []command{deploys("removed", deployment{program: one(nil), refresh: true}, "")}
	}},
	{name: "both of two entries are replaced", parallel: true, before: one(nil), prepare: imports, ends: map[string]bool{"ci": false, "twin": false}, commands: func(string) []command {
		return []command{deploys("to a zone", deployment{program: program{"ci": zoneToken, "twin": zoneToken}, order: atOnce, continues: true}, "")}
	}},
	{name: "both of two entries are deleted before they are replaced", parallel: true, before: one(nil), prepare: imports, ends: map[string]bool{"ci": false, "twin": false},
		commands: func(string) []command {
			before := options{deleteBeforeReplace: true}
			d := deployment{program: program{"ci": zoneToken, "twin": zoneToken}, options: map[string]options{"ci": before, "twin": before}}
			return []command{deploys("to a zone", d, "")}
		}},
	{name: "one of two entries is replaced", before: one(nil), prepare: imports, ends: map[string]bool{"ci": true, "twin": false}, commands: func(string) []command {
		return []command{deploys("to a zone", deployment{program: program{"ci": ci(nil), "twin": zoneToken}, serial: true}, "")}
	}},
	{name: "one of two entries is deleted before it is replaced", before: one(nil), prepare: imports, ends: map[string]bool{"ci": true, "twin": false},
		commands: func(string) []command {
			d := deployment{program: program{"ci": ci(nil), "twin": zoneToken}, options: map[string]options{"twin": {deleteBeforeReplace: true}}, serial: true}
			return []command{deploys("to a zone", d, "")}
		}},
	{name: "one of two entries is replaced by --replace", before: one(nil), prepare: imports, ends: map[string]bool{"ci": true, "twin": false}, commands: func(string) []command {
		return []command{deploys("--replace", deployment{program: program{"ci": ci(nil), "twin": ci(nil)}, replace: []string{"twin"}}, "")}
	}},
	{name: "one of two entries is replaced and the other removed, going on after errors", before: one(nil), prepare: imports,
		ends: map[string]bool{"twin": false}, commands: func(string) []command {
			return []command{deploys("to a zone", deployment{program: program{"twin": zoneToken}, continues: true}, "")}
		}},
	{name: "the newer secret is in the second entry", before: one(nil), prepare: func(w *world) {
		imports(w)
		w.settle(program{"ci": ci(nil), "twin": ci(inputs{"recoverClientSecret": "imported"})})
	}, ends: map[string]bool{"ci": true}, commands: func(string) []command {
		return []command{
			deploys("removed", deployment{program: one(nil)}, keptForOther),
			deploys("rotate", deployment{program: one(inputs{"clientSecretVersion": 2})}, aheadOfState),
			{"rotate above it", func(w *world) error { return w.up(one(inputs{"clientSecretVersion": numberIn(w.said, 3)})) }, ""},
		}
	}},
	{name: "two entries rotate at once", before: one(nil), prepare: imports, ends: map[string]bool{"ci": true}, commands: func(string) []command {
		to := func(version int) inputs {
			return inputs{"clientSecretVersion": version, "previousClientSecretGrace": "24h"}
		}
		both := program{"ci": ci(to(2)), "twin": ci(to(2))}
		return []command{
			deploys("rotate", deployment{program: both, serial: true}, aheadOfState),
			{"removed", func(w *world) error { return w.up(one(to(numberIn(w.said, 2)))) }, ""},
		}
	}},
}

// otherCourses are those of a process that serves several runs, and of hooks.
var otherCourses = []course{
	{name: "an attached plugin serves up, destroy, up", before: one(nil), ends: isNew, commands: func(string) []command {
		return []command{
			does("it is attached", func(w *world) { w.attached = true }),
			deploys("up", deployment{program: one(nil)}, ""),
			destroys(forwards, false),
			deploys("up again", deployment{program: one(nil)}, ""),
		}
	}},
	{name: "create, repeated by a hook", ends: isNew, commands: func(string) []command {
		return []command{deploys("create", deployment{program: one(nil), options: map[string]options{"ci": {onError: true}}}, "")}
	}},
	{name: "rotate with a grace, repeated by a hook", before: one(nil), ends: map[string]bool{"ci": true}, commands: func(string) []command {
		return rotates(one, version2)
	}},
	{name: "rotate in a zone, repeated by a hook", before: inZone(nil), ends: map[string]bool{"ci": true}, commands: func(string) []command {
		return rotates(inZone, inputs{"clientSecretVersion": 2})
	}},
}

// rotates is a rotation whose calls a hook repeats, and a run after it. What the hook
// has made of an error is a warning.
func rotates(program func(inputs) program, to inputs) []command {
	rotate := func(w *world) error {
		to := more(to, inputs{"clientSecretVersion": numberIn(w.said, 2)})
		return w.deploy(deployment{program: program(to), options: map[string]options{"ci": {onError: true}}})
	}
	return []command{{"rotate", rotate, ""}, does("the faults end", func(w *world) { w.sim.ClearFaults() }), {"again", rotate, ""}}
}
