// Package stackexport reads what `pulumi stack export` prints, and says which tokens a
// stack has. audit and import go by it.
package stackexport

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// TokenType is the provider's type of a service token.
const TokenType = "cfaccess:index:ServiceToken"

// Export is a stack, as `pulumi stack export` prints it.
type Export struct {
	// File is where it was read from.
	File string `json:"file"`
	// Project and Stack are empty if the stack holds nothing that names them.
	Project string `json:"project"`
	Stack   string `json:"stack"`
	// SavedAt is when a command of Pulumi's last saved the stack.
	SavedAt time.Time `json:"savedAt"`

	// Entries are the resources of the stack, and Creating the tokens whose creation Pulumi
	// began and never learned the end of.
	Entries  []Entry `json:"-"`
	Creating []Entry `json:"-"`

	text text
}

// Entry is a resource of a stack.
type Entry struct {
	URN      string
	Type     string
	ID       string
	Custom   bool
	External bool
	Protect  bool
	Parent   string
	Provider string
	Inputs   map[string]any
	Outputs  map[string]any
}

// Read reads one document, and not what follows it: a pipe may have no end.
func Read(file string, from io.Reader) (Export, error) {
	decoder := json.NewDecoder(from)
	var document json.RawMessage
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) {
		return Export{}, errors.New("it is empty: give what `pulumi stack export` prints")
	}
	if _, wrong := errors.AsType[*json.SyntaxError](err); wrong || errors.Is(err, io.ErrUnexpectedEOF) {
		return Export{}, fmt.Errorf("it is not JSON that `pulumi stack export` prints: %w", err)
	}
	if err != nil {
		return Export{}, err
	}
	if rest, err := io.ReadAll(decoder.Buffered()); err != nil || len(bytes.TrimSpace(rest)) > 0 {
		return Export{}, errors.New("a second document follows: give each stack its own --stack-export")
	}
	var exported struct {
		Version    int
		Checkpoint json.RawMessage
		Deployment struct {
			Manifest          *struct{ Time time.Time }
			Resources         []Entry
			PendingOperations []struct {
				Type     string
				Resource Entry
			} `json:"pending_operations"`
		}
	}
	err = json.Unmarshal(document, &exported)
	switch {
	case err != nil:
		return Export{}, fmt.Errorf("it is not what `pulumi stack export` prints: %w", err)
	case exported.Checkpoint != nil:
		return Export{}, errors.New("it is a checkpoint file of a backend: give what `pulumi stack export` prints")
	case exported.Version != 3 && exported.Version != 4:
		return Export{}, errors.New("it is not an export of version 3 or 4: give what `pulumi stack export` prints")
	case exported.Deployment.Manifest == nil || exported.Deployment.Manifest.Time.IsZero():
		return Export{}, errors.New("it has no deployment.manifest with a time: give what `pulumi stack export` prints, as it is")
	}
	e := Export{File: file, SavedAt: exported.Deployment.Manifest.Time.UTC().Truncate(time.Second), Entries: exported.Deployment.Resources}
	for _, operation := range exported.Deployment.PendingOperations {
		if operation.Type == "creating" && operation.Resource.Type == TokenType {
			e.Creating = append(e.Creating, operation.Resource)
		}
		e.named(operation.Resource.URN)
	}
	for _, resource := range e.Entries {
		e.named(resource.URN)
	}
	var anything any
	if err := json.Unmarshal(document, &anything); err != nil {
		return Export{}, err
	}
	e.text = textOf(anything)
	return e, nil
}

// named takes the names of stack and project from a URN, urn:pulumi:<stack>::<project>::….
func (e *Export) named(urn string) {
	parts := strings.SplitN(strings.TrimPrefix(urn, "urn:pulumi:"), "::", 3)
	if e.Stack == "" && len(parts) == 3 {
		e.Stack, e.Project = parts[0], parts[1]
	}
}

// Label names the stack.
func (e Export) Label() string {
	if e.Stack == "" {
		return "the empty stack of " + e.File
	}
	return e.Project + "/" + e.Stack
}

// Holds reports whether a resource of this URN is in the stack.
func (e Export) Holds(urn string) bool {
	for _, resource := range e.Entries {
		if resource.URN == urn {
			return true
		}
	}
	return false
}

// NameIn is the name that the program gives a resource.
func NameIn(urn string) string {
	parts := strings.SplitN(urn, "::", 4) // the name may hold the separator
	return parts[len(parts)-1]
}

// Mentions reports whether an id of a token, or a client id, stands anywhere in the stack.
func (e Export) Mentions(id string) bool { return e.text.mentions(id) }

// Of are the entries that are the token itself, in whatever package: the last part of
// their ids is the token's.
func (e Export) Of(tokenID string) (entries []Entry) {
	if !e.Mentions(tokenID) {
		return nil
	}
	for _, entry := range e.Entries {
		if entry.Custom && normal(entry.ID[strings.LastIndex(entry.ID, "/")+1:]) == normal(tokenID) {
			entries = append(entries, entry)
		}
	}
	return entries
}

// Manages reports whether the stack manages what the entry is. What a program's get reads
// it does not.
func (e Entry) Manages() bool { return !e.External }
