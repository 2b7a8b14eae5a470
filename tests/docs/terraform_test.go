package docs

import (
	"encoding/json"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

var terraformCommand = regexp.MustCompile(`^terraform state (show|rm) cloudflare_zero_trust_access_service_token\.\w+$`)

// terraform tries a command of Terraform. That program and its provider are not
// here: of most commands the form is all that can be looked at; what one hands on
// to the companion command is made here.
func (s *session) terraform(f fence, words []string) {
	s.t.Helper()
	pull := []string{"terraform", "state", "pull", "|", "pulumi", "plugin", "run"}
	switch {
	case len(words) > len(pull) && slices.Equal(words[:len(pull)], pull):
		s.pluginRun(words[len(pull)-2:], s.terraformState())
	case !terraformCommand.MatchString(strings.Join(words, " ")):
		s.t.Errorf("%s:%d: this is no command of Terraform that is known to help: %q", f.page, f.line, words)
	}
}

// pluginRun runs a tool plugin. What its standard input brings does not end, as of a
// command that is typed in.
func (s *session) pluginRun(args []string, stdin string) {
	s.t.Helper()
	in, write, err := os.Pipe()
	if err != nil {
		s.t.Fatal(err)
	}
	defer in.Close()
	defer write.Close()
	go func() { _, _ = io.WriteString(write, stdin) }() // the command may not read it
	cmd := s.Command(s.t.Context(), args...)
	cmd.Stdin = in
	output, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("pulumi %q: %v\n%s", args, err, output)
	}
	s.last = enginetest.Result{Args: args, Output: string(output)}
}

// terraformState is what Terraform would know of the tokens that Cloudflare holds.
func (s *session) terraformState() string {
	s.t.Helper()
	secrets := s.Simulator.IssuedSecrets()
	var resources []map[string]any
	for i, token := range s.Simulator.Tokens() {
		kind, scopeID, _ := strings.Cut(token.Scope, "/")
		attributes := map[string]any{
			strings.TrimSuffix(kind, "s") + "_id": scopeID,
			"id":                                  token.ID, "name": token.Name, "duration": token.Duration, "expires_at": token.ExpiresAt,
			"client_id": token.ClientID, "client_secret": secrets[i], "client_secret_version": token.ClientSecretVersion,
		}
		resources = append(resources, map[string]any{
			"mode": "managed", "type": "cloudflare_zero_trust_access_service_token", "name": token.Name,
			"instances": []map[string]any{{"schema_version": 500, "attributes": attributes}},
		})
	}
	text, err := json.Marshal(map[string]any{"version": 4, "resources": resources})
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}
