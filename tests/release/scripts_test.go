package release

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/provider"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

func TestReleaseNotesAreTheSectionOfTheVersion(t *testing.T) {
	t.Parallel()
	const changelog = "# Changelog\n\n## Unreleased (0.3.0)\n\nThree.\n\n## 0.2.0 (2026-12-01)\n\n### Added\n\n- Two.\n\n## 0.1.0 (2026-10-01)\n\nOne.\n"
	for version, want := range map[string]string{
		"0.3.0": "Three.\n",
		"0.2.0": "### Added\n\n- Two.\n",
		"0.1.0": "One.\n",
	} {
		if got, err := notes(t, version, changelog); err != nil || got != want {
			t.Errorf("of %s: %q and %v, want %q", version, got, err, want)
		}
	}
	if got, err := notes(t, "0.2", changelog); err == nil || !strings.Contains(got, "no section for 0.2") {
		t.Errorf("of a version that is not there: %q and %v", got, err)
	}
	if got, err := notes(t, provider.Version, read(t, "CHANGELOG.md")); err != nil || !strings.HasPrefix(got, "### Existing stacks\n") {
		t.Errorf("of this version: %v, %.60q…", err, got)
	}
}

// notes runs scripts/release_notes.sh.
func notes(t *testing.T, version, changelog string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "scripts/release_notes.sh", version)
	cmd.Dir = enginetest.Root(t)
	cmd.Stdin = strings.NewReader(changelog)
	output, err := cmd.CombinedOutput()
	return string(output), err
}

// publishable are the files of a repository whose commit can be published as 1.2.3.
var publishable = map[string]string{
	".gitignore":           "dist/\n",
	"CHANGELOG.md":         "# Changelog\n\n## 1.2.3 (2027-01-02)\n",
	"RELEASING.md":         "# Releasing\n\n- [x] npm: reserved\n- [x] PyPI: reserved\n",
	"dist/A.1.2.3.nupkg":   "",
	"dist/a-1.2.3.tgz":     "",
	"provider/provider.go": "package provider\n",
}

func TestOnlyWhatIsCompleteIsPublishable(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		file, text string // of the commit, in place of that of publishable
		then       string // a command, after the commit and its tag
		says       string
	}{
		"all is done":                      {says: "dist/ can be published as v1.2.3."},
		"a step that nobody has done":      {file: "RELEASING.md", text: "- [x] npm: reserved\n- [ ] PyPI: reserved\n", says: "not done: PyPI: reserved"},
		"no list of steps":                 {file: "RELEASING.md", says: "no list of what to do first"},
		"a changelog that has no date yet": {file: "CHANGELOG.md", text: "## Unreleased (1.2.3)\n", says: `no section "## 1.2.3 (<date>)"`},
		"a change that is not committed":   {then: "echo >>provider/provider.go", says: "not committed"},
		"no tag":                           {then: "git tag -d v1.2.3", says: "no tag v1.2.3"},
		"another tag":                      {then: "git tag -d v1.2.3; git tag v1.2.30", says: "no tag v1.2.3"},
		"no package for C#":                {then: "rm dist/*.nupkg", says: "no package for C#"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, filepath.Join(dir, "scripts/publishable.sh"), read(t, "scripts/publishable.sh"))
			for path, text := range publishable {
				if path == test.file {
					text = test.text
				}
				write(t, filepath.Join(dir, path), text)
			}
			if output, err := bash(t, dir, `git init --quiet && git add . && git commit --quiet --message all && git tag v1.2.3
				`+test.then); err != nil {
				t.Fatalf("%v\n%s", err, output)
			}
			output, err := bash(t, dir, "bash scripts/publishable.sh 1.2.3")
			if complete := name == "all is done"; complete != (err == nil) {
				t.Errorf("it ends with %v", err)
			}
			if !strings.Contains(output, test.says) || strings.Count(output, "\n- ") > 1 {
				t.Errorf("it says %q, want %q alone", output, test.says)
			}
		})
	}
}

// bash runs commands in a folder, with an identity for git and no settings of the user's.
func bash(t *testing.T, dir, commands string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-ec", commands)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_NAME=test", "GIT_AUTHOR_EMAIL=test@example.com", "GIT_COMMITTER_NAME=test", "GIT_COMMITTER_EMAIL=test@example.com")
	output, err := cmd.CombinedOutput()
	return string(output), err
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
