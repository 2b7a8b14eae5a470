package sdks

import (
	"encoding/json"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// Programs that use other providers too have their types checked against the packages
// of these, and run with Pulumi's mocks: the providers are large, and need an account.

// mocked is how such programs of a language are installed, checked and run.
type mocked struct {
	// pins are the packages that the guide's programs need besides the example's.
	pins []string
	// main is the name of the example's program. A program is written to source, and the
	// driver runs it from program, # being its name.
	main, source, program string
	check, driver         []string
	// wrong is code that the check must not let pass.
	wrong mistakes
}

var mockedLanguages = map[string]mocked{
	"nodejs": {
		pins: []string{"@pulumi/github@6.15.0", "@pulumi/kubernetes@4.34.2"},
		main: "index", source: "#.ts", program: "bin/#.js",
		check:  []string{"node_modules/.bin/tsc"},
		driver: []string{"node", "mocks.mjs"},
		wrong: mistakes{
			file: "wrong#.ts",
			frame: `
import * as cloudflare from "@pulumi/cloudflare";
import * as github from "@pulumi/github";
import * as kubernetes from "@pulumi/kubernetes";
export const made = [cloudflare, github, kubernetes, CODE];
`,
			list: []mistake{
				{"a token by another key", `{ serviceToken: { id: "x" } } satisfies cloudflare.types.input.ZeroTrustAccessPolicyInclude`, "'id' does not exist"},
				{"a policy without a decision", `new cloudflare.ZeroTrustAccessPolicy("x", { accountId: "x", name: "x" })`, "'ZeroTrustAccessPolicyArgs'"},
				{"a secret without a name", `new github.ActionsSecret("x", { repository: "x", value: "x" })`, "'ActionsSecretArgs'"},
				{"a Secret of another key", `new kubernetes.core.v1.Secret("x", { stringdata: {} })`, "'stringdata' does not exist"},
			},
		},
	},
	"python": {
		// Not mypy, which takes ten times as long for the package of cloudflare.
		pins: []string{"pulumi_github==6.15.0", "pulumi_kubernetes==4.34.2", "ty==0.0.107"},
		main: "__main__", source: "#.py", program: "#.py",
		check:  []string{"venv/bin/ty", "check", "--python", "venv", "--output-format", "concise"},
		driver: []string{"venv/bin/python", "mocks.py"},
		wrong: mistakes{
			file: "wrong#.py",
			frame: `
import pulumi_cloudflare as cloudflare
import pulumi_github as github
import pulumi_kubernetes as kubernetes
made = CODE
`,
			list: []mistake{
				{"a token by another key", `cloudflare.ZeroTrustAccessPolicy("x", account_id="x", name="x", decision="x", includes=[{"service_token": {"id": "x"}}])`, "[invalid-argument-type]"},
				{"a policy without a decision", `cloudflare.ZeroTrustAccessPolicyArgs(account_id="x", name="x")`, "`decision`"},
				{"a secret without a name", `github.ActionsSecretArgs(repository="x", value="x")`, "`secret_name`"},
				{"a Secret of another key", `kubernetes.core.v1.Secret("x", stringdata={})`, "[no-matching-overload]"},
			},
		},
	},
}

// inputs are those of the resources that a program makes, by type.
type inputs map[string]map[string]any

// secret is how the engine is given a value that is marked as a secret.
func secret(value any) map[string]any {
	return map[string]any{"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": value}
}

const (
	tokenType       = "cfaccess:index:ServiceToken"
	policyType      = "cloudflare:index/zeroTrustAccessPolicy:ZeroTrustAccessPolicy"
	applicationType = "cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication"
)

// opened is what examples/access-application makes.
var opened = inputs{
	tokenType: {
		"accountId": cfsim.DefaultAccountID, "name": "ci",
		"minDaysForRenewal": 30.0, "rotateAfter": "2160h", "previousClientSecretGrace": "48h",
	},
	policyType: {
		"accountId": cfsim.DefaultAccountID, "name": "ci", "decision": "non_identity",
		"includes": []any{map[string]any{"serviceToken": map[string]any{"tokenId": "fake-token"}}},
	},
	applicationType: {
		"accountId": cfsim.DefaultAccountID, "name": "app", "type": "self_hosted", "domain": "app.example.com",
		"policies": []any{map[string]any{"id": "id of policy", "precedence": 1.0}},
	},
}

// consumers are what the programs of docs/guides give to others, by page and section.
var consumers = map[[2]string]inputs{
	{"passing-on-the-secret.md", "GitHub Actions"}: {
		"github:index/actionsVariable:ActionsVariable": {"repository": "app", "variableName": "CF_ACCESS_CLIENT_ID", "value": "fake-client"},
		"github:index/actionsSecret:ActionsSecret":     {"repository": "app", "secretName": "CF_ACCESS_CLIENT_SECRET", "value": secret("fake-secret")},
	},
	{"passing-on-the-secret.md", "Kubernetes"}: {
		"kubernetes:core/v1:Secret": {
			"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{"namespace": "default"},
			"stringData": secret(map[string]any{"CF_ACCESS_CLIENT_ID": "fake-client", "CF_ACCESS_CLIENT_SECRET": "fake-secret"}),
		},
	},
	{"proving-access.md", "Let the consumers wait for the check"}: {
		"cfaccess:index:AccessCheck": {
			"url": "https://db.example.com", "clientId": "fake-client", "clientSecret": secret("fake-secret"), "clientSecretStatus": "current",
		},
		"cloudflare:index/hyperdriveConfig:HyperdriveConfig": {
			"accountId": cfsim.DefaultAccountID, "name": "orders",
			"origin": secret(map[string]any{
				"scheme": "postgres", "host": "db.example.com", "database": "orders", "user": "orders", "password": "fake-password",
				"accessClientId": "fake-client", "accessClientSecret": "fake-secret",
			}),
		},
	},
}

func TestOtherProvidersAreGivenTheTokenAndItsSecret(t *testing.T) {
	t.Parallel()
	for name, language := range mockedLanguages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			copyTree(t, "examples/access-application/"+name, dir)
			Languages[name].install(t, dir, append(language.pins, Languages[name].oldest...)...)
			want := map[string]inputs{language.main: opened}
			for section, made := range consumers {
				program := strings.ReplaceAll(strings.ToLower(section[1]), " ", "_")
				writeFile(t, filepath.Join(dir, strings.Replace(language.source, "#", program, 1)), snippet(t, section[0], section[1], name))
				want[program] = made
			}
			if config := filepath.Join(dir, "tsconfig.json"); name == "nodejs" {
				edit(t, config, regexp.MustCompile(`"files": .*`), `"include": ["*.ts"]`)
			}
			run(t, dir, language.check[0], language.check[1:]...)
			for program, made := range want {
				got := runMocked(t, dir, language, program)
				for kind, properties := range made {
					if !reflect.DeepEqual(got[kind], properties) {
						t.Errorf("%s makes the %s\n%v, want\n%v", program, kind, got[kind], properties)
					}
				}
			}
			expectMistakes(t, dir, Language{check: language.check}, language.wrong)
		})
	}
}

func TestTheApplicationInYAMLIsTheSame(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.UseFakeCloudflare()
	_, program, _ := strings.Cut(readFile(t, filepath.Join(enginetest.Root(t), "examples/access-application/yaml/Pulumi.yaml")), "runtime: yaml\n")
	p.Program(program)
	p.Config("accountId", cfsim.DefaultAccountID)
	p.Must(p.Up())
	live := p.Simulator.Tokens()[0].ID
	state, err := enginetest.ParseState(strings.ReplaceAll(p.State().Raw, live, "fake-token"))
	must(t, err)
	got := inputs{}
	for _, resource := range state.Deployment.Resources {
		if _, ours := opened[resource.Type]; ours {
			got[resource.Type] = resource.Inputs
		}
	}
	if !reflect.DeepEqual(got, opened) {
		t.Errorf("it makes\n%v, want\n%v", got, opened)
	}
}

// snippet is the program of a language in a section of a guide.
func snippet(t *testing.T, guide, section, language string) string {
	t.Helper()
	page := readFile(t, filepath.Join(enginetest.Root(t), "docs/guides", guide))
	_, page, _ = strings.Cut(page, "\n## "+section+"\n")
	page, _, _ = strings.Cut(page, "\n## ")
	fence := "```" + map[string]string{"nodejs": "typescript", "python": "python"}[language] + "\n"
	_, text, found := strings.Cut(page, fence)
	if !found || strings.Contains(text, fence) {
		t.Fatalf("the guide has no program in %s on %s, or several", language, section)
	}
	text, _, _ = strings.Cut(text, "```\n")
	return text
}

func runMocked(t *testing.T, dir string, language mocked, program string) (made inputs) {
	t.Helper()
	copyTree(t, "tests/sdks/testdata/drivers", dir)
	output, err := try(t, dir, language.driver[0], language.driver[1], strings.Replace(language.program, "#", program, 1))
	if err == nil {
		err = json.Unmarshal([]byte(output), &made)
	}
	if err != nil {
		t.Fatalf("running %s: %v\n%s", program, err, output)
	}
	return made
}
