package install

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/provider"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

func TestTheFirstProgramOfTheReadmeIsDeployedFromAnEmptyHome(t *testing.T) {
	t.Parallel()
	program, commands := firstProgram(t)
	for name, test := range map[string]struct {
		use   func(*enginetest.Project)
		first []string
	}{
		"newest": {func(*enginetest.Project) {}, nil},
		// The oldest asks Pulumi's registry first, whatever the program says.
		"oldest": {(*enginetest.Project).UseOldestPulumi, []string{"api.pulumi.com"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNewcomer(t, test.use)
			n.save("Pulumi.yaml", program)
			n.deploys(commands, "ci")
			n.expectAsked(append(test.first, n.github.Download()...)...)
			n.ExpectQuiet()
		})
	}
}

func TestTheLinesOfThePageInstallThePlugin(t *testing.T) {
	t.Parallel()
	n := newNewcomer(t)
	n.save("Pulumi.yaml", bareProgram(t)+snippetOf(t, installation, "yaml", "packages:"))
	n.Must(n.types(command(t, installation, "pulumi install")))
	n.deploys("pulumi up", "ci")
	n.expectDownloaded()
}

// The page says that the file of the folder sdks, once it is committed, is enough.
func TestTheFileThatInstallWroteServesOtherMachines(t *testing.T) {
	t.Parallel()
	program, _ := firstProgram(t)
	n := newNewcomer(t)
	n.save("Pulumi.yaml", program)
	n.Must(n.types("pulumi install"))
	n.otherMachine("Pulumi.yaml", "sdks/cfaccess/cfaccess-"+provider.Version+".yaml")
	n.deploys("pulumi up", "ci")
	n.expectDownloaded()
}

func TestPackageAddWritesTheLinesOfThePage(t *testing.T) {
	t.Parallel()
	n := newNewcomer(t)
	n.save("Pulumi.yaml", bareProgram(t))
	n.Must(n.types(command(t, installation, "pulumi package add")))
	n.expectAsked(append([]string{n.github.Latest()}, n.github.Download()...)...)
	written, err := os.ReadFile(filepath.Join(n.Dir, "Pulumi.yaml"))
	if lines := snippetOf(t, installation, "yaml", "packages:"); err != nil || !strings.Contains(string(written), lines) {
		t.Errorf("Pulumi.yaml lacks\n%s(%v)\n%s", lines, err, written)
	}
	n.deploys("pulumi up", "ci")
	n.expectAsked()
}

func TestAPluginThatIsInstalledByHandServesEveryProgram(t *testing.T) {
	t.Parallel()
	n := newNewcomer(t)
	n.Must(n.types(command(t, installation, "--server github://", "pulumi plugin install")))
	n.expectDownloaded()
	n.save("Pulumi.yaml", bareProgram(t))
	n.deploys("pulumi up", "ci")
	n.expectAsked()
}

// The page says that this needs the version. Pulumi cannot ask a plain server for the
// newest one.
func TestAServerOfOnesOwnServesTheArchive(t *testing.T) {
	t.Parallel()
	n := newNewcomer(t)
	server := httptest.NewServer(http.FileServer(http.Dir(filepath.Dir(enginetest.Archive(t, "resource")))))
	t.Cleanup(server.Close)
	const folder = "<address of the folder>"
	line := strings.ReplaceAll(command(t, installation, folder), folder, server.URL)
	n.MustFail(n.types(strings.ReplaceAll(line, provider.Version, "")), "unknown version for plugin cfaccess")
	n.Must(n.types(line))
	n.save("Pulumi.yaml", bareProgram(t))
	n.deploys("pulumi up", "ci")
	n.expectAsked()
}

// What the page says of a program that does not name the address. Pulumi asks its own
// organization on GitHub.
func TestAProgramInYAMLAloneDoesNotFindThePlugin(t *testing.T) {
	t.Parallel()
	n := newNewcomer(t)
	n.save("Pulumi.yaml", bareProgram(t))
	n.Must(n.Run("stack", "init", enginetest.Stack))
	const message = "could not find latest version for provider cfaccess"
	n.MustFail(n.types("pulumi up"), message)
	n.expectAsked("api.github.com/repos/pulumi/pulumi-cfaccess/releases/latest")
	if page, err := os.ReadFile(filepath.Join(enginetest.Root(t), installation)); err != nil || !strings.Contains(string(page), message) {
		t.Errorf("%s does not say %q (%v)", installation, message, err)
	}
}

func TestTheExampleInYAMLIsDeployedAsItsPageSays(t *testing.T) {
	t.Parallel()
	n := newNewcomer(t)
	program, err := os.ReadFile(filepath.Join(enginetest.Root(t), "examples", "yaml", "Pulumi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	n.save("Pulumi.yaml", string(program))
	delete(n.Env, "PULUMI_STACK") // the page makes its own
	shown := n.Must(n.types(command(t, examples, "pulumi install")))
	n.expectDownloaded()
	if !slices.ContainsFunc(n.Simulator.Tokens(), func(token cfsim.Token) bool {
		return token.Name == "ci-staging" && slices.ContainsFunc(n.Simulator.IssuedSecrets(), func(secret string) bool {
			return strings.Contains(shown.Output, secret) && n.Simulator.Authenticates(token.ClientID, secret)
		})
	}) {
		t.Error("the last command does not show a client secret of ci that works")
	}
}

func TestAPluginThatWasBuiltIsInstalledFromItsFile(t *testing.T) {
	t.Parallel()
	n := newNewcomer(t)
	// What `make build` has built, which the snippet begins with.
	if err := os.Symlink(filepath.Join(enginetest.Root(t), "bin"), filepath.Join(n.Dir, "bin")); err != nil {
		t.Fatal(err)
	}
	n.Must(n.types(strings.Replace(command(t, installation, "make build"), "make build\n", "", 1)))
	n.save("Pulumi.yaml", bareProgram(t))
	n.deploys("pulumi up", "ci")
	n.expectAsked()
}
