package audit

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/stackexport"
	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

const (
	accountID = "0000000000000000000000000000aaaa"
	zoneID    = "0000000000000000000000000000bbbb"
)

var (
	inAccount = cfapi.Account(accountID)
	inZone    = cfapi.Zone(zoneID)
	// exported is when the stacks of the tests were saved, and before when their tokens
	// were made.
	exported = time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)
	before   = exported.Add(-90 * 24 * time.Hour)
)

func tokenID(n int) string  { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }
func clientID(n int) string { return fmt.Sprintf("%032d.access", n) }

// token is one that nobody rotated, used or disabled, after what changes it.
func token(n int, name string, change ...func(*cfapi.Token)) cfapi.Token {
	t := cfapi.Token{ID: tokenID(n), Name: name, ClientID: clientID(n), ClientSecretVersion: new(int64(1)),
		CreatedAt: &before, ExpiresAt: new(before.AddDate(1, 0, 0))}
	for _, f := range change {
		f(&t)
	}
	return t
}

// made marks a token as one that the provider made for a resource.
func made(urn string) func(*cfapi.Token) {
	return func(t *cfapi.Token) { t.Marker = new(cfapi.NewMarker(urn)) }
}

func used(t *cfapi.Token) { t.LastSeenAt = new(exported.Add(-time.Hour)) }

func fresh(t *cfapi.Token) { t.CreatedAt = new(exported.Add(-23 * time.Hour)) }

// stack is the content of an export.
type stack struct {
	name      string
	file      string // name.json if empty
	saved     time.Time
	resources []map[string]any
	pending   []map[string]any
}

func (s stack) urn(name string) string {
	return fmt.Sprintf("urn:pulumi:%s::app::%s::%s", s.name, stackexport.TokenType, name)
}

// text is what `pulumi stack export` prints of it.
func (s stack) text(t testing.TB) string {
	t.Helper()
	if s.saved.IsZero() {
		s.saved = exported
	}
	root := map[string]any{"urn": fmt.Sprintf("urn:pulumi:%s::app::pulumi:pulumi:Stack::app-%[1]s", s.name), "type": "pulumi:pulumi:Stack"}
	var pending []any
	for _, resource := range s.pending {
		pending = append(pending, map[string]any{"type": "creating", "resource": resource})
	}
	text, err := json.Marshal(map[string]any{"version": 3, "deployment": map[string]any{
		"manifest": map[string]any{"time": s.saved}, "resources": append([]map[string]any{root}, s.resources...), "pending_operations": pending,
	}})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// read is the stack, as the audit reads it.
func (s stack) read(t testing.TB) stackexport.Export {
	t.Helper()
	export, err := stackexport.Read(cmp.Or(s.file, s.name+".json"), strings.NewReader(s.text(t)))
	if err != nil {
		t.Fatal(err)
	}
	return export
}

// manages adds the resource that a token is; change is made to its outputs.
func (s stack) manages(name string, n int, change ...map[string]any) stack {
	outputs := map[string]any{"tokenId": tokenID(n), "clientId": clientID(n), "clientSecretStatus": "current", "clientSecretVersion": 1, "heldClientSecretVersion": 1}
	resource := map[string]any{"urn": s.urn(name), "type": stackexport.TokenType, "custom": true, "id": accountID + "/" + tokenID(n), "outputs": outputs}
	for _, c := range change {
		maps.Copy(outputs, c)
	}
	return s.with(resource)
}

func (s stack) with(resource map[string]any) stack {
	s.resources = append(append([]map[string]any{}, s.resources...), resource)
	return s
}

// creating adds the pending creation of a resource; change is made to its entry.
func (s stack) creating(name string, inputs map[string]any, change ...map[string]any) stack {
	resource := map[string]any{"urn": s.urn(name), "type": stackexport.TokenType, "custom": true, "inputs": inputs,
		"provider": "urn:pulumi:" + s.name + "::app::pulumi:providers:cfaccess::default_0_2_0::1234", "parent": "urn:pulumi:" + s.name + "::app::pulumi:pulumi:Stack::app-" + s.name}
	for _, c := range change {
		maps.Copy(resource, c)
	}
	s.pending = append(append([]map[string]any{}, s.pending...), resource)
	return s
}

func asks(name string) map[string]any { return map[string]any{"accountId": accountID, "name": name} }

// secretText is how an export holds a text that is a secret.
func secretText(plaintext string) map[string]any {
	return map[string]any{"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": `"` + plaintext + `"`}
}

// judge is Judge of stacks and the tokens of the account.
func judge(t testing.TB, stacks []stack, tokens ...cfapi.Token) Report {
	t.Helper()
	return judgeListings(t, stacks, Listing{inAccount, tokens})
}

func judgeListings(t testing.TB, stacks []stack, listings ...Listing) Report {
	t.Helper()
	var exports []stackexport.Export
	for _, s := range stacks {
		exports = append(exports, s.read(t))
	}
	return Judge(exports, listings)
}

// of are the findings of a kind.
func (r Report) of(kind Kind) (found []Finding) {
	for _, f := range r.Findings {
		if f.Kind == kind {
			found = append(found, f)
		}
	}
	return found
}

// one is the only finding of a report.
func (r Report) one(t testing.TB, kind Kind) Finding {
	t.Helper()
	if len(r.Findings) != 1 || r.Findings[0].Kind != kind {
		t.Fatalf("found %+v, want one of the kind %s", r.Findings, kind)
	}
	return r.Findings[0]
}

// says is the whole advice of a finding.
func (f Finding) says() string {
	var lines []string
	for _, step := range f.Advice {
		lines = append(lines, step.Text, step.Command)
	}
	return strings.Join(lines, "\n")
}

func (f Finding) commands() (commands []string) {
	for _, step := range f.Advice {
		if step.Command != "" {
			commands = append(commands, step.Command)
		}
	}
	return commands
}

// deletes reports whether an advice ends with a deletion, and fails the test unless
// what can be undone comes before it.
func (f Finding) deletes(t testing.TB) bool {
	t.Helper()
	text := f.says()
	at := strings.Index(text, "Delete the token")
	if at < 0 {
		return false
	}
	for _, first := range []string{"Ask everybody", "Wait until every job", "Find out what uses"} {
		if i := strings.Index(text, first); i < 0 || i > at {
			t.Errorf("a deletion is advised without %q before it:\n%s", first, text)
		}
	}
	return true
}
