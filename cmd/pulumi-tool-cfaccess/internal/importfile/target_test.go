package importfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// put runs the program with a state of one token, writing to a path.
func put(t *testing.T, path string, flags ...string) ran {
	t.Helper()
	return call(t, nil, state(t, nil, ""), append([]string{"--terraform-state", "-", "--out", path}, flags...)...)
}

// expectPrivate fails unless only the owner may do anything with a file, and
// nothing else was left in its folder.
func expectPrivate(t *testing.T, path string) {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := privateMode(t); info.Mode() != want {
		t.Errorf("the file's mode is %v, want a regular file of %v", info.Mode(), want)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("beside the file there is something else: %v, %v", entries, err)
	}
}

// privateMode is the mode of a file that is made for its owner alone: 0600, but on
// Windows, where a mode does not say who may read.
func privateMode(t *testing.T) os.FileMode {
	t.Helper()
	file, err := os.OpenFile(filepath.Join(t.TempDir(), "private"), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode()
}

func TestTheFileIsItsOwnersAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "import.json")
	put(t, path).expect(t, 0)
	expectPrivate(t, path)
}

func TestAFileThatExistsIsReplacedByForceAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "import.json")
	writeFile(t, path, "precious", 0o644)
	put(t, path).expect(t, 1, path+" exists", "--force")
	if got := string(readFile(t, path)); got != "precious" {
		t.Errorf("the file holds %q", got)
	}
	put(t, path, "--force").expect(t, 0)
	expectPrivate(t, path)
	if len(written(t, readFile(t, path))) != 1 {
		t.Error("the file was not replaced")
	}
}

func TestALinkIsNotFollowed(t *testing.T) {
	t.Parallel()
	other := filepath.Join(t.TempDir(), "other")
	writeFile(t, other, "precious", 0o644)
	path := filepath.Join(t.TempDir(), "import.json")
	if err := os.Symlink(other, path); err != nil {
		t.Fatal(err)
	}
	put(t, path).expect(t, 1, "exists")
	put(t, path, "--force").expect(t, 1, "is not a regular file")
	if got := string(readFile(t, other)); got != "precious" {
		t.Errorf("the link's target holds %q", got)
	}
}

func TestTheTerraformStateIsNotReplaced(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "terraform.tfstate")
	text := state(t, nil, "")
	writeFile(t, path, text, 0o600)
	call(t, nil, "", "--terraform-state", path, "--out", path, "--force").expect(t, 1, "is the Terraform state itself")
	if string(readFile(t, path)) != text {
		t.Error("the Terraform state was replaced")
	}
}

func TestAFolderThatIsNotThereOrInTheWayIsSaid(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	put(t, filepath.Join(folder, "missing", "import.json")).expect(t, 1, "writing the import file: ")
	put(t, folder).expect(t, 1, "exists")
	put(t, folder, "--force").expect(t, 1, "is not a regular file")
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 0 {
		t.Errorf("a failure left %v, %v", entries, err)
	}
}

func TestAFailureLeavesTheFileOfBefore(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "import.json")
	writeFile(t, path, "precious", 0o644)
	broken := strings.Replace(state(t, nil, ""), tokenID, "no-id", 1)
	call(t, nil, broken, "--terraform-state", "-", "--out", path, "--force").expect(t, 1, "the attribute id")
	if got := string(readFile(t, path)); got != "precious" {
		t.Errorf("the file holds %q", got)
	}
}
