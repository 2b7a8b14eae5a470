package main

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// generateInto runs the program with a folder to put the SDKs in.
func generateInto(t *testing.T, out string, more ...string) (string, error) {
	t.Helper()
	var stdout bytes.Buffer
	err := run(append([]string{"-schema", schemaFile, "-version", testVersion, "-out", out}, more...), &stdout)
	return stdout.String(), err
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestTwoRunsGiveTheSame(t *testing.T) {
	src, err := readSource(schemaFile, testVersion)
	if err != nil {
		t.Fatal(err)
	}
	again, err := generate(src)
	if err != nil {
		t.Fatal(err)
	}
	if !maps.EqualFunc(generated(t), again, bytes.Equal) {
		t.Error("the second run gave other files than the first")
	}
}

func TestGeneratingLeavesNothingElse(t *testing.T) {
	beside := t.TempDir()
	out := filepath.Join(beside, "sdk")
	write(t, filepath.Join(out, "nodejs", "getOldThing.ts"), "stale")
	if _, err := generateInto(t, out); err != nil {
		t.Fatal(err)
	}
	files, err := readTree(out)
	if err != nil {
		t.Fatal(err)
	}
	if !maps.EqualFunc(files, generated(t), bytes.Equal) {
		t.Errorf("the folder holds %q", slices.Sorted(maps.Keys(files)))
	}
	entries, err := os.ReadDir(beside)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 {
		t.Errorf("beside the SDKs there is something left: %v", entries)
	}
}

func TestFailedWriteKeepsThePreviousSDKs(t *testing.T) {
	out := filepath.Join(t.TempDir(), "sdk")
	if err := replaceTree(out, tree{"kept": []byte("previous")}); err != nil {
		t.Fatal(err)
	}
	// A file cannot be a folder as well.
	if err := replaceTree(out, tree{"a": nil, "a/b": nil}); err == nil {
		t.Fatal("there was no error")
	}
	differences, err := compareTree(out, tree{"kept": []byte("previous")})
	if err != nil || len(differences) > 0 {
		t.Errorf("the previous files are gone: %q, %v", differences, err)
	}
}

func TestCheckPassesWhatWasGenerated(t *testing.T) {
	out := filepath.Join(t.TempDir(), "sdk")
	if _, err := generateInto(t, out); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"nodejs/node_modules/x", "nodejs/bin", "python/pulumi_cfaccess/__pycache__", "python/dist", "python/build", "python/pulumi_cfaccess.egg-info", "java/target", "dotnet/obj"} {
		write(t, filepath.Join(out, folder, "built"), "built")
	}
	if listed, err := generateInto(t, out, "-check"); err != nil || listed != "" {
		t.Errorf("it listed %q: %v", listed, err)
	}
}

func TestCheckNoticesChangedMissingAndSurplusFiles(t *testing.T) {
	out := filepath.Join(t.TempDir(), "sdk")
	if _, err := generateInto(t, out); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(out, "nodejs", "package.json"), "{}")
	write(t, filepath.Join(out, "python", "stale.py"), "")
	if err := os.Remove(filepath.Join(out, "java", "pom.xml")); err != nil {
		t.Fatal(err)
	}
	listed, err := generateInto(t, out, "-check")
	if !errors.Is(err, errStale) {
		t.Errorf("the error is %v", err)
	}
	if want := "missing: java/pom.xml\nchanged: nodejs/package.json\nsurplus: python/stale.py\n"; listed != want {
		t.Errorf("it listed\n%s\nwant\n%s", listed, want)
	}
	after, err := os.ReadFile(filepath.Join(out, "nodejs", "package.json"))
	if err != nil || string(after) != "{}" {
		t.Errorf("the check wrote: %q, %v", after, err)
	}
}

func TestCheckListsEveryFileWhereThereIsNoFolder(t *testing.T) {
	listed, err := generateInto(t, filepath.Join(t.TempDir(), "sdk"), "-check")
	if !errors.Is(err, errStale) {
		t.Errorf("the error is %v", err)
	}
	if got, want := strings.Count(listed, "missing: "), len(generated(t)); got != want {
		t.Errorf("%d files are missing, want %d", got, want)
	}
}

func TestRunRefusesWhatItCannotUse(t *testing.T) {
	folder := t.TempDir()
	broken := filepath.Join(folder, "schema.json")
	write(t, filepath.Join(folder, "LICENSE"), "licence")
	write(t, broken, `{"name": "cfaccess", "resources": {"not-a-token": {}}}`)
	out := filepath.Join(folder, "sdk")
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no version":      {[]string{"-schema", schemaFile, "-out", out}, "-version"},
		"no such version": {[]string{"-schema", schemaFile, "-out", out, "-version", "newest"}, `reading the version "newest"`},
		"no schema":       {[]string{"-schema", filepath.Join(folder, "none.json"), "-out", out, "-version", "1.0.0"}, "reading the schema"},
		"a broken schema": {[]string{"-schema", broken, "-out", out, "-version", "1.0.0"}, "binding the schema"},
	} {
		t.Run(name, func(t *testing.T) {
			err := run(test.args, t.Output())
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v, want one with %q", err, test.want)
			}
			if _, err := os.Stat(out); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("it wrote: %v", err)
			}
		})
	}
}
