package docs

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/provider"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// command tries one line of a shell snippet.
func (s *session) command(f fence, line string) {
	s.t.Helper()
	line, comment, _ := strings.Cut(line, " #")
	if passed := later.FindStringSubmatch(comment); passed != nil {
		days, _ := strconv.Atoi(passed[1]) // the pattern's digits
		s.Simulator.Advance(time.Duration(days) * 24 * time.Hour)
	}
	if strings.Contains(line, " | jq ") {
		s.shell(line)
		return
	}
	words := strings.Fields(line)
	if len(words) > 0 && assignment.MatchString(words[0]) { // for this command alone
		defer func(env map[string]string) { s.Env = env }(maps.Clone(s.Env))
	}
	for len(words) > 0 && assignment.MatchString(words[0]) {
		s.assign(f, words[0])
		words = words[1:]
	}
	if len(words) == 0 {
		return
	}
	switch words[0] {
	case "export":
		for _, word := range words[1:] {
			s.assign(f, word)
		}
	case "pulumi":
		s.pulumi(words[1:], fails.MatchString(comment))
	case "make":
		s.make(f, words[1:])
	case "terraform":
		s.terraform(f, words)
	case "rm":
		for _, name := range words[1:] {
			if err := os.Remove(filepath.Join(s.Dir, name)); err != nil {
				s.t.Errorf("%s:%d: %v", f.page, f.line, err)
			}
		}
	default:
		s.t.Errorf("%s:%d: nothing says how to try the command %s", f.page, f.line, words[0])
	}
}

// shell runs a line that needs a shell.
func (s *session) shell(line string) {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), "bash", "-o", "pipefail", "-c", line)
	cmd.Dir = s.Dir
	for key, value := range s.Env {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	output, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("%s: %v\n%s", line, err, output)
	}
	s.last = enginetest.Result{Args: []string{line}, Output: string(output)}
}

// later is a comment by which time passes before its command.
var later = regexp.MustCompile(`(\d+) days later`)

// fails is a comment by which its command is to fail.
var fails = regexp.MustCompile(`\bfails\b`)

var assignment = regexp.MustCompile(`^[A-Z_]+=`)

// assign sets a variable for the commands that follow, to what it has to be here.
func (s *session) assign(f fence, word string) {
	s.t.Helper()
	here := map[string]string{
		"REAL":                  "", // the demo's, which is a test of its own
		"CLOUDFLARE_API_TOKEN":  cfsim.DefaultAPIToken,
		"CLOUDFLARE_ACCOUNT_ID": cfsim.DefaultAccountID,
		"CLOUDFLARE_ZONE_ID":    cfsim.DefaultZoneID,

		"CFACCESS_HOLD_ROTATIONS": "true",
	}
	name, _, _ := strings.Cut(word, "=")
	value, known := here[name]
	if !known {
		s.t.Errorf("%s:%d: nothing says what %s stands for", f.page, f.line, name)
	}
	s.Env[name] = value
}

// pulumi runs a pulumi command, answering what it would ask a reader at a
// terminal.
func (s *session) pulumi(words []string, fails bool) {
	s.t.Helper()
	switch words[0] {
	case "up", "refresh", "destroy", "import":
		words = append(words, "--yes", "--skip-preview", "--non-interactive")
	case "preview":
		words = append(words, "--non-interactive")
	case "state":
		words = append(words, "--yes")
	case "plugin":
		if words[1] == "run" {
			s.pluginRun(words, "")
			return
		}
		words = s.pluginInstall(words)
	}
	s.last = s.Run(append(words, "--color=never")...)
	if fails {
		s.MustFail(s.last)
	} else {
		s.Must(s.last)
	}
}

// pluginInstall lets an installation of the plugin, or of its companion, take the one
// that was built, from the command's own place or from a server that has it where a
// release is.
func (s *session) pluginInstall(words []string) []string {
	s.t.Helper()
	if len(words) != 7 || words[1] != "install" || words[2] != "resource" && words[2] != "tool" ||
		words[3] != provider.Name || words[4] != provider.Version {
		s.t.Fatalf("%q installs something else than this plugin", words)
	}
	want, flag, value := words[:5:5], words[5], words[6]
	switch flag {
	case "--server":
		if address := readSchema(s.t).PluginDownloadURL; value != address {
			s.t.Errorf("the plugin is fetched from %s, and the schema says %s", value, address)
		}
		return append(want, flag, s.releases("pulumi-"+words[2]+"-cfaccess"))
	case "--file":
		file, err := filepath.Abs(filepath.Join(root, value))
		if err != nil {
			s.t.Fatal(err)
		}
		return append(want, "--reinstall", flag, file)
	default:
		s.t.Fatalf("nothing says how to try %s", flag)
		return nil
	}
}

// releases serves a program that was built as the one file of its release.
func (s *session) releases(name string) (address string) {
	s.t.Helper()
	program, err := os.ReadFile(filepath.Join(root, "bin", name))
	if err != nil {
		s.t.Fatalf("%v (build it with `make build`)", err)
	}
	var archive bytes.Buffer
	compressed, err := gzip.NewWriterLevel(&archive, gzip.NoCompression)
	if err != nil {
		s.t.Fatal(err)
	}
	files := tar.NewWriter(compressed)
	err = files.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(program))})
	if err == nil {
		_, err = files.Write(program)
	}
	if err = errors.Join(err, files.Close(), compressed.Close()); err != nil {
		s.t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/"+name+"-v"+provider.Version+"-") {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Length", strconv.Itoa(archive.Len()))
		_, _ = w.Write(archive.Bytes())
	}))
	s.t.Cleanup(server.Close)
	return server.URL
}

// make looks for the target; running one is the caller's own business.
func (s *session) make(f fence, targets []string) {
	s.t.Helper()
	makefile := readPage(s.t, "Makefile")
	for _, target := range targets {
		if !regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(target) + `:`).MatchString(makefile) {
			s.t.Errorf("%s:%d: the Makefile has no target %s", f.page, f.line, target)
		}
	}
}
