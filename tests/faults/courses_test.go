package faults

import (
	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// What the guard of Delete says of an entry that it keeps.
const (
	keptForOther = "(a) Keep the secret: give the resource its old name, "
	keptForSame  = "This older entry was kept too"
)

// deploys is a `pulumi up`; fails is what its error says, empty if it succeeds.
func deploys(name string, d deployment, fails string) command {
	return command{name, func(w *world) error { return w.deploy(d) }, fails}
}

// destroys is a `pulumi destroy`.
func destroys(order order, refresh bool) command {
	return deploys("destroy", deployment{order: order, refresh: refresh}, "")
}

// does is what happens besides the runs.
func does(name string, what func(*world)) command {
	return command{name, func(w *world) error { what(w); return nil }, ""}
}

// renamed is a program in which the token that was ci is imported as ci-new.
func renamed(ciNew inputs, id string) deployment {
	return deployment{program: program{"ci-new": ciNew}, options: map[string]options{"ci-new": {imports: id}}}
}

// keepTheSecret is the first way out: the old name, and then an alias.
func keepTheSecret(token inputs) []command {
	return []command{
		deploys("the old name", deployment{program: program{"ci": token}}, ""),
		deploys("an alias", deployment{program: program{"ci-new": token}, options: map[string]options{"ci-new": {alias: "ci"}}}, ""),
	}
}

var zoneToken = inZone(nil)["ci"]

// toZone moves ci into a zone, which replaces it.
func toZone(o options) deployment {
	return deployment{program: inZone(nil), options: map[string]options{"ci": o}}
}

// renamesByImport are the courses that begin with the option `import` under another
// name.
var renamesByImport = []course{
	{name: "rename by import, keep the secret", before: one(nil), ends: map[string]bool{"ci-new": true}, commands: func(id string) []command {
		return append([]command{
			deploys("import", renamed(ci(nil), id), keptForOther),
			deploys("again", renamed(ci(nil), id), keptForOther),
		}, keepTheSecret(ci(nil))...)
	}},
	{name: "rename by import, keep the secret, refreshing", before: one(nil), ends: map[string]bool{"ci-new": true}, commands: func(id string) []command {
		d := renamed(ci(nil), id)
		d.refresh, d.serial = true, true
		back := keepTheSecret(ci(nil))
		return append([]command{deploys("import", d, keptForOther), deploys("again", d, keptForOther)}, back...)
	}},
	{name: "rename by import in a zone, keep the secret", before: inZone(nil), ends: map[string]bool{"ci-new": true}, commands: func(id string) []command {
		return append([]command{deploys("import", renamed(zoneToken, id), keptForOther)}, keepTheSecret(zoneToken)...)
	}},
	{name: "rename by import, take a new secret", before: one(nil), ends: map[string]bool{"ci-new": true}, commands: func(id string) []command {
		return []command{
			deploys("import", renamed(ci(nil), id), keptForOther),
			deploys("recover", renamed(ci(inputs{"recoverClientSecret": "imported"}), id), ""),
		}
	}},
	{name: "rename by import in a zone, take a new secret", before: inZone(nil), ends: map[string]bool{"ci-new": true}, commands: func(id string) []command {
		return []command{
			deploys("import", renamed(zoneToken, id), keptForOther),
			deploys("recover", renamed(more(zoneToken, inputs{"recoverClientSecret": "imported"}), id), ""),
		}
	}},
	{name: "rename by import, take a new secret by a number", before: one(nil), ends: map[string]bool{"ci-new": true}, commands: func(id string) []command {
		return []command{
			deploys("import", renamed(ci(nil), id), keptForOther),
			{"rotate", func(w *world) error {
				return w.deploy(renamed(ci(inputs{"clientSecretVersion": numberIn(w.said, 2)}), id))
			}, ""},
		}
	}},
	{name: "rename by import and take a new secret at once", before: one(nil), ends: map[string]bool{"ci-new": true}, commands: func(id string) []command {
		return []command{deploys("import", renamed(ci(inputs{"recoverClientSecret": "imported"}), id), "")}
	}},
	{name: "rename by import, beside other changes", before: program{"ci": ci(nil), "other": ci(inputs{"name": "other"})},
		parallel: true, ends: map[string]bool{"ci-new": true, "other": false, "third": false}, commands: func(id string) []command {
			d := renamed(ci(nil), id)
			d.program["other"], d.program["third"] = ci(inputs{"name": "renamed"}), ci(inputs{"name": "third"})
			back := deployment{program: program{"ci": ci(nil), "other": d.program["other"], "third": d.program["third"]}}
			alias := deployment{program: program{"ci-new": ci(nil), "other": d.program["other"], "third": d.program["third"]},
				options: map[string]options{"ci-new": {alias: "ci"}}}
			return []command{deploys("import", d, keptForOther), deploys("the old name", back, ""), deploys("an alias", alias, "")}
		}},
	{name: "rename by import of a token that was imported", ends: map[string]bool{"ci-new": true}, unavailable: []string{"ci-new"},
		prepare: func(w *world) {
			token := w.sim.AddToken(account, cfsim.NewToken{Name: "ci"})
			if err := w.adopt("ci", cfsim.DefaultAccountID+"/"+token.ID); err != nil {
				panic(err)
			}
			w.stack.resources["ci"].protected = false
		}, commands: func(id string) []command {
			return []command{deploys("import", renamed(ci(nil), id), "")}
		}},
	{name: "rename by import of a token whose stored secret is dead", before: one(nil), prepare: overtaken,
		ends: map[string]bool{"ci-new": true}, unavailable: []string{"ci-new"}, commands: func(id string) []command {
			return []command{deploys("import", renamed(ci(nil), id), "")}
		}},
	{name: "rename by import, going on after errors", before: one(nil), ends: map[string]bool{"ci-new": true}, commands: func(id string) []command {
		d := renamed(ci(nil), id)
		d.continues = true
		recovers := renamed(ci(inputs{"recoverClientSecret": "imported"}), id)
		recovers.continues = true
		return []command{deploys("import", d, keptForOther), deploys("recover", recovers, "")}
	}},
	{name: "rename by import, remove both", before: one(nil), ends: map[string]bool{}, commands: func(id string) []command {
		return []command{deploys("import", renamed(ci(nil), id), keptForOther), destroys(forwards, false)}
	}},
	{name: "rename by import, remove both at once", before: one(nil), ends: map[string]bool{}, commands: func(id string) []command {
		return []command{deploys("import", renamed(ci(nil), id), keptForOther), destroys(atOnce, false)}
	}},
	{name: "rename by import, remove both at once, refreshing", before: one(nil), ends: map[string]bool{}, commands: func(id string) []command {
		return []command{deploys("import", renamed(ci(nil), id), keptForOther), destroys(atOnce, true)}
	}},
	{name: "rename by import, remove both, refreshing, the other way round", before: one(nil), ends: map[string]bool{}, commands: func(id string) []command {
		return []command{deploys("import", renamed(ci(nil), id), keptForOther), destroys(backwards, true)}
	}},
	{name: "rename by import, remove both while the token is in use", before: one(nil), ends: map[string]bool{}, commands: func(id string) []command {
		return []command{
			deploys("import", renamed(ci(nil), id), keptForOther),
			does("a policy names it", func(w *world) { w.policyNames(lastPart(id)) }),
			deploys("destroy", deployment{order: atOnce}, "12139"),
			does("no policy names it", func(w *world) { w.policyNames() }),
			destroys(atOnce, false),
		}
	}},
	{name: "rename by import, remove both when the token is gone", before: one(nil), ends: map[string]bool{}, commands: func(id string) []command {
		return []command{
			deploys("import", renamed(ci(nil), id), keptForOther),
			does("somebody deletes it", func(w *world) { w.sim.DeleteToken(lastPart(id)) }),
			destroys(atOnce, false),
		}
	}},
	{name: "rename by pulumi import, keep the secret", before: one(nil), ends: map[string]bool{"ci-new": true}, commands: func(id string) []command {
		protected := deployment{program: program{"ci-new": ci(nil)}, options: map[string]options{"ci-new": {protect: true}}}
		return append([]command{
			{"pulumi import", func(w *world) error { return w.adopt("ci-new", id) }, ""},
			deploys("without the old name", protected, keptForOther),
			does("pulumi state unprotect", func(w *world) { w.stack.resources["ci-new"].protected = false }),
		}, keepTheSecret(ci(nil))...)
	}},
	{name: "rename by pulumi import in a zone, take a new secret", before: inZone(nil), ends: map[string]bool{"ci-new": true}, commands: func(id string) []command {
		recovers := deployment{program: program{"ci-new": more(zoneToken, inputs{"recoverClientSecret": "imported"})}}
		return []command{
			{"pulumi import", func(w *world) error { return w.adopt("ci-new", id) }, ""},
			deploys("without the old name", deployment{program: program{"ci-new": zoneToken}}, keptForOther),
			deploys("recover", recovers, ""),
		}
	}},
}
