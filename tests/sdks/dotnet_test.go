package sdks

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// make test_dotnet compiles the SDK for .NET and the example in C#, and runs
// tests/dotnet. These tests compare their texts where there is no .NET SDK.

// program is the C# of each kind of line of the example in YAML that says what
// to deploy.
var program = []struct {
	yaml   *regexp.Regexp
	csharp string
}{
	{regexp.MustCompile(`(?m)^  (\w+):\n    type: cfaccess:ServiceToken$`), `var $1 = new ServiceToken("$1", new()`},
	{regexp.MustCompile(`(?m)^      (\w)(\w+): \$\{(\w+Id)\}$`), `U($1)$2 = config.Require("$3"),`},
	{regexp.MustCompile(`(?m)^      (\w)(\w+): (\w+-)\$\{environment\}$`), `U($1)$2 = $$"$3{environment}",`},
	{regexp.MustCompile(`(?m)^      (\w)(\w+): (\w+)$`), `U($1)$2 = "$3",`},
	{regexp.MustCompile(`(?m)^  environment:\n    type: string\n    default: (\w+)$`), `var environment = config.Get("environment") ?? "$1";`},
	{regexp.MustCompile(`(?m)^ +([\w-]+): \$\{(\w+)\.(\w)(\w+)\}$`), `["$1"] = $2.U($3)$4,`},
	{regexp.MustCompile(`(?m)^  (\w+):\n    CF-`), `["$1"] = new Dictionary<string, object?>`},
}

func TestExampleInCSharpSaysWhatYAMLSays(t *testing.T) {
	t.Parallel()
	yaml, csharp := read(t, "examples/yaml/Pulumi.yaml"), read(t, "examples/dotnet/Program.cs")
	said := 0
	for _, kind := range program {
		lines := kind.yaml.FindAllStringSubmatchIndex(yaml, -1)
		if len(lines) == 0 {
			t.Errorf("the example in YAML has no line like %s", kind.yaml)
		}
		for _, line := range lines {
			want := upper(string(kind.yaml.ExpandString(nil, kind.csharp, yaml, line)))
			if !strings.Contains(csharp, want) {
				t.Errorf("the example in C# does not say %s", want)
			}
			said++
		}
	}
	statements := regexp.MustCompile(`(?m)( = .*,|\?\? .*;|new ServiceToken.*|object\?>)$`).FindAllString(csharp, -1)
	// The dictionary of all outputs stands for none of YAML's lines.
	if len(statements)-1 != said {
		t.Errorf("the example in C# says %d things, and that in YAML %d", len(statements)-1, said)
	}
}

// upper puts the letter of each U(x) into upper case.
func upper(text string) string {
	return regexp.MustCompile(`U\(\w\)`).ReplaceAllStringFunc(text, func(letter string) string {
		return strings.ToUpper(letter[2:3])
	})
}

func TestTestsInCSharpNameEverythingInTheSchema(t *testing.T) {
	t.Parallel()
	type properties map[string]struct{}
	var schema struct {
		Provider struct {
			Inputs properties `json:"inputProperties"`
		}
		Resources map[string]struct {
			Inputs properties `json:"inputProperties"`
		}
		Functions map[string]struct {
			Inputs struct{ Properties properties }
		}
	}
	if err := json.Unmarshal([]byte(read(t, "schema.json")), &schema); err != nil {
		t.Fatalf("reading schema.json: %v", err)
	}
	files, err := filepath.Glob(filepath.Join(enginetest.Root(t), "tests/dotnet/*.cs"))
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	for _, file := range files {
		tests.WriteString(readFile(t, file))
	}
	mustName := func(format, name string) {
		t.Helper()
		if text := fmt.Sprintf(format, name); !strings.Contains(tests.String(), text) {
			t.Errorf("tests/dotnet has no %s", text)
		}
	}
	mustNameInputs := func(inputs properties) {
		t.Helper()
		for name := range inputs {
			mustName("[%q] = ", name)
		}
	}
	mustNameInputs(schema.Provider.Inputs)
	for token, resource := range schema.Resources {
		mustName("%q, sent.Type", token)
		mustNameInputs(resource.Inputs)
	}
	for token, function := range schema.Functions {
		mustName("%q, call.Token", token)
		mustNameInputs(function.Inputs.Properties)
	}
}

func TestExampleInCSharpAsksForTheSDKAndItsPulumi(t *testing.T) {
	t.Parallel()
	example, sdk := readProject(t, "examples/dotnet/cfaccess-example.csproj"), readProject(t, "sdk/dotnet/CfAccess.Access.csproj")
	if got, want := example.packages["CfAccess.Access"], minor(sdk.Version)+".*"; got != want {
		t.Errorf("the example asks for the SDK's version %s, want %s", got, want)
	}
	if got, want := example.packages["Pulumi"], sdk.packages["Pulumi"]; got != want {
		t.Errorf("the example asks for Pulumi %s, and the SDK for %s", got, want)
	}
}

func TestExampleInGoAsksForTheSDKOfThisVersion(t *testing.T) {
	t.Parallel()
	version := readProject(t, "sdk/dotnet/CfAccess.Access.csproj").Version
	want := "github.com/cfaccess/pulumi-cfaccess/sdk/go/cfaccess v" + minor(version) + "."
	if !strings.Contains(read(t, "examples/go/go.mod"), want) {
		t.Errorf("the example does not ask for %s*", want)
	}
}

// dotnetProject is what a .csproj says.
type dotnetProject struct {
	Version    string `xml:"PropertyGroup>Version"`
	References []struct {
		Include string `xml:"Include,attr"`
		Version string `xml:"Version,attr"`
	} `xml:"ItemGroup>PackageReference"`

	packages map[string]string
}

func readProject(t *testing.T, path string) dotnetProject {
	t.Helper()
	var project dotnetProject
	if err := xml.Unmarshal([]byte(read(t, path)), &project); err != nil {
		t.Fatalf("reading %s: %v", path, err)
	}
	project.packages = map[string]string{}
	for _, reference := range project.References {
		project.packages[reference.Include] = reference.Version
	}
	return project
}

// minor is a version without what follows its minor number.
func minor(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}

// read returns a file of the repository.
func read(t *testing.T, path string) string {
	t.Helper()
	return readFile(t, filepath.Join(enginetest.Root(t), path))
}
