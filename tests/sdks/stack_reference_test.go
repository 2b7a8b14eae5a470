package sdks

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// docs/guides/secrets.md shows programs that take the secret of another stack.
func TestAClientSecretOfAnotherStackStaysASecretInTypeScript(t *testing.T) {
	t.Parallel()
	snippets := regexp.MustCompile("(?s)```typescript\n(.*?)```").
		FindAllStringSubmatch(readFile(t, filepath.Join(enginetest.Root(t), "docs/guides/secrets.md")), -1)
	if len(snippets) != 2 {
		t.Fatalf("the page has %d programs in TypeScript, want one by a stack reference and one by configuration", len(snippets))
	}
	for _, snippet := range snippets {
		p := enginetest.New(t, cfsim.Config{})
		p.Program(enginetest.OneToken() + "outputs:\n  clientSecret: ${ci.clientSecret}\n")
		p.Must(p.Up())
		secret := p.Simulator.IssuedSecrets()[0]

		setUp(t, p, "examples/nodejs")
		writeFile(t, filepath.Join(p.Dir, "index.ts"),
			strings.Replace(snippet[1], "<organization>/<project>/<stack>", "organization/"+enginetest.Name+"/"+enginetest.Stack, 1))
		p.Config("clientSecret", secret, "--secret")
		node := Languages["nodejs"]
		node.install(t, p.Dir)
		node.Build(t, p)
		node.Operate(t, p, "up")
		if got := p.Outputs()["header"]; got != "CF-Access-Client-Secret: "+secret {
			t.Errorf("it gives the header %q", got)
		}
		if strings.Contains(p.State().Raw, secret) {
			t.Error("the state holds the client secret in clear")
		}
	}
}
