package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const zoneToken = `name: access
description: A token of a zone
runtime: yaml
resources:
  edge:
    type: cfaccess:ServiceToken
    properties:
      zoneId: 0000000000000000000000000000bbbb
      name: edge
      clientSecretVersion: 2
outputs:
  secret: ${edge.clientSecret}
`

// documentation is a folder with this page and this one example, named zone.
func documentation(t *testing.T, page, program string) string {
	t.Helper()
	docs := filepath.Join(t.TempDir(), "docs")
	write(t, filepath.Join(docs, "guides", "page.md"), page)
	write(t, filepath.Join(docs, "examples", "zone.yaml"), program)
	return docs
}

// writeExamples runs the program on a folder of documentation, and returns the
// page, the section for the resource's description and what was listed.
func writeExamples(t *testing.T, docs string, more ...string) (page, section, listed string, err error) {
	t.Helper()
	var stdout bytes.Buffer
	out := filepath.Join(docs, "..")
	err = run(append([]string{"examples", "-schema", schemaFile, "-docs", docs, "-sections", out}, more...), &stdout)
	pageText, _ := os.ReadFile(filepath.Join(docs, "guides", "page.md"))
	sectionText, _ := os.ReadFile(filepath.Join(out, "service_token_examples.md"))
	return string(pageText), string(sectionText), stdout.String(), err
}

func TestExampleIsConvertedToEveryLanguage(t *testing.T) {
	t.Parallel()
	src := source{schema: mustRead(t, schemaFile)}
	programs, err := convert([]byte(zoneToken), src)
	if err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string][]string{
		"typescript": {`from "@cfaccess/pulumi-cfaccess"`, `zoneId: "0000000000000000000000000000bbbb"`, "clientSecretVersion: 2", "edge.clientSecret"},
		"python":     {"import pulumi_cfaccess as cfaccess", `zone_id="0000000000000000000000000000bbbb"`, "client_secret_version=2", "edge.client_secret"},
		"go":         {`"github.com/cfaccess/pulumi-cfaccess/sdk/go/cfaccess"`, "ClientSecretVersion: pulumi.Int(2)", "edge.ClientSecret"},
		"csharp":     {"CfAccess.PulumiPackage", "ClientSecretVersion = 2", "edge.ClientSecret"},
		"java":       {"import io.github.cfaccess.pulumi.cfaccess.ServiceToken;", ".clientSecretVersion(2)", "edge.clientSecret()"},
	} {
		for _, text := range want {
			if !strings.Contains(programs[lang], text) {
				t.Errorf("in %s, it lacks %q:\n%s", lang, text, programs[lang])
			}
		}
	}
}

// What a function takes and gives is an output where an argument is.
func TestExampleOfAFunctionIsConvertedToEveryLanguage(t *testing.T) {
	t.Parallel()
	program := zoneToken + `  lastSeenAt: ${found.lastSeenAt}
variables:
  found:
    fn::invoke:
      function: cfaccess:getServiceToken
      arguments:
        zoneId: ${edge.zoneId}
        tokenId: ${edge.tokenId}
`
	programs, err := convert([]byte(program), source{schema: mustRead(t, schemaFile)})
	if err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string][]string{
		"typescript": {"cfaccess.getServiceTokenOutput({", "tokenId: edge.tokenId", "= found.lastSeenAt"},
		"python":     {"cfaccess.get_service_token_output(", "token_id=edge.token_id", "found.last_seen_at"},
		"go":         {"cfaccess.GetServiceTokenOutput(ctx, ", "found.LastSeenAt()"},
		"csharp":     {"PulumiPackage.GetServiceToken.Invoke(", "LastSeenAt)"},
		"java": {"import io.github.cfaccess.pulumi.cfaccess.CfaccessFunctions;", "import io.github.cfaccess.pulumi.cfaccess.inputs.GetServiceTokenArgs;",
			"CfaccessFunctions.getServiceToken(", "found.applyValue("},
	} {
		for _, text := range want {
			if !strings.Contains(programs[lang], text) {
				t.Errorf("in %s, it lacks %q:\n%s", lang, text, programs[lang])
			}
		}
	}
}

func TestExampleWithANameThatTheSchemaLacksIsRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string][2]string{
		"an input":    {"clientSecretVersion", "secretVersion"},
		"an output":   {"edge.clientSecret", "edge.password"},
		"a resource":  {"cfaccess:ServiceToken", "cfaccess:Token"},
		"a package":   {"cfaccess:ServiceToken", "cloudflare:Token"},
		"a reference": {"${edge.", "${ege."},
		"no input":    {"      name: edge\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			program := strings.Replace(zoneToken, change[0], change[1], 1)
			if _, err := convert([]byte(program), source{schema: mustRead(t, schemaFile)}); err == nil {
				t.Errorf("there was no error for\n%s", program)
			}
		})
	}
}

func TestPageGetsItsExampleInTabsAndKeepsItsText(t *testing.T) {
	t.Parallel()
	docs := documentation(t, "before\n<!-- example: zone -->\nold\n<!-- end of example -->\nafter\n", zoneToken)
	page, section, _, err := writeExamples(t, docs)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(page, "before\n<!-- example: zone -->\n{{< chooser language \"typescript,python,go,csharp,java,yaml\" >}}\n") ||
		!strings.HasSuffix(page, "{{< /chooser >}}\n<!-- end of example -->\nafter\n") || strings.Contains(page, "old") {
		t.Errorf("the page is\n%s", page)
	}
	for _, text := range []string{page, section} {
		if !strings.Contains(text, "```yaml\n"+zoneToken+"```\n") {
			t.Errorf("the YAML program is not there as it stands:\n%s", text)
		}
		if got := strings.Count(text, "```") / 2; got != len(exampleLanguages()) {
			t.Errorf("there are %d fences, want one a language", got)
		}
	}
	if !strings.HasPrefix(section, "{{% examples %}}\n## Example Usage\n\n{{% example %}}\n### A token of a zone\n\n```typescript\n") {
		t.Errorf("the section is\n%s", section)
	}
	again, _, listed, err := writeExamples(t, docs, "-check")
	if err != nil || listed != "" || again != page {
		t.Errorf("the second run listed %q: %v", listed, err)
	}
}

func TestCheckOfExamplesListsWhatIsStaleAndWritesNothing(t *testing.T) {
	t.Parallel()
	docs := documentation(t, "<!-- example: zone --><!-- end of example -->", zoneToken)
	page, section, listed, err := writeExamples(t, docs, "-check")
	if !errors.Is(err, errStaleExamples) {
		t.Errorf("the error is %v", err)
	}
	if strings.Contains(page, "```") || section != "" {
		t.Error("the check wrote")
	}
	for _, file := range []string{"page.md", "service_token_examples.md"} {
		if !strings.Contains(listed, file) {
			t.Errorf("%s is not listed in %q", file, listed)
		}
	}
}

func TestExamplesRefusesWhatItCannotUse(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ page, program, want string }{
		"an example that does not exist": {"<!-- example: none --><!-- end of example -->", zoneToken, `no example "none"`},
		"an example without an end":      {"<!-- example: zone -->", zoneToken, exampleEnds},
		"a program without a title":      {"", strings.Replace(zoneToken, "description", "author", 1), "no description"},
		"a program that is no YAML":      {"", "\t", "zone.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, _, err := writeExamples(t, documentation(t, test.page, test.program))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v, want one with %q", err, test.want)
			}
		})
	}
}

func mustRead(t *testing.T, file string) []byte {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
