package packages

import "testing"

func TestPythonConsumerOfTheWheelIsCheckedStrictly(t *testing.T) {
	t.Parallel()
	dir := consumer(t, "python")
	install["python"](t, dir)
	Run(t, dir, "venv/bin/mypy", "--strict", "__main__.py")
	expectMistakes(t, dir, "wrong#.py", `
import pulumi_cfaccess as cfaccess
token = CODE
`, []mistake{
		{"a token without a name", `cfaccess.ServiceTokenArgs(account_id="x")`, `Missing named argument "name"`},
		{"an account that is a number", `cfaccess.ServiceToken("x", name="x", account_id=7)`, "[call-overload]"},
		{"a property that does not exist", `cfaccess.ServiceTokenArgs(name="x", acount_id="x")`, `"acount_id"`},
		{"a secret outside of its output", `len(cfaccess.ServiceToken.get("x", "x").client_secret)`, `incompatible type "Output[str]"`},
	}, "venv/bin/mypy", "--strict", ".")
}
