package packages

import "testing"

var python = consumer{
	install: func(t *testing.T, dir string) {
		Run(t, dir, "python3", "-m", "venv", "venv")
		Run(t, dir, "venv/bin/pip", "install", "--quiet", Wheel(t), "mypy")
	},
	check: []string{"venv/bin/mypy", "--strict", "."},
	file:  "wrong#.py",
	frame: `
import pulumi_cfaccess as cfaccess
token = CODE
`,
	mistakes: []mistake{
		{"a token without a name", `cfaccess.ServiceTokenArgs(account_id="x")`, `Missing named argument "name"`},
		{"an account that is a number", `cfaccess.ServiceToken("x", name="x", account_id=7)`, "[call-overload]"},
		{"a property that does not exist", `cfaccess.ServiceTokenArgs(name="x", acount_id="x")`, `"acount_id"`},
		{"a secret outside of its output", `len(cfaccess.ServiceToken.get("x", "x").client_secret)`, `incompatible type "Output[str]"`},
	},
	deployment: deployment{driver: "driver.py", command: []string{"venv/bin/python", "driver.py"}},
}
